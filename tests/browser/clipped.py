"""Texts of a page that a person cannot read whole, however they come to be cut."""

CLIPPED = """() => {
  const documents = [document];
  for (const host of document.querySelectorAll("*")) if (host.shadowRoot) documents.push(host.shadowRoot);
  const parentOf = (e) => e.assignedSlot ?? e.parentElement ?? e.getRootNode().host ?? null;
  // A name that is cut on purpose is told whole by a title.
  const told = (e) => {
    const titled = e.closest("[title]");
    return titled !== null && titled.title.includes(titled.textContent.trim());
  };
  // What scrolls sideways on purpose shows that it does.
  const mayScroll = (e) => e.matches(".scroll, .chips, pre, textarea, .rows");
  const open = (e) => {
    for (let at = e; at; at = parentOf(at)) {
      const folded = at.parentElement?.closest("details:not([open])");
      if (folded && !at.closest("summary")) return false;
    }
    return true;
  };
  // The part of the screen in which a box is seen: what its ancestors let through.
  const seenIn = (e) => {
    const seen = { left: 0, right: innerWidth, top: -Infinity, bottom: Infinity };
    let fixed = false;
    for (let at = e; at; at = parentOf(at)) {
      if (fixed) break;
      const style = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const inner = { left: box.left + at.clientLeft, right: box.left + at.clientLeft + at.clientWidth };
      if (style.overflowX !== "visible" && at.clientWidth && at !== document.body && at !== document.documentElement) {
        if (mayScroll(at)) return null;
        seen.left = Math.max(seen.left, inner.left);
        seen.right = Math.min(seen.right, inner.right);
      }
      if ((style.overflowY === "hidden" || style.overflowY === "clip") && at.clientHeight
          && at !== document.body && at !== document.documentElement) {
        seen.top = Math.max(seen.top, box.top);
        seen.bottom = Math.min(seen.bottom, box.bottom);
      }
      if (style.position === "fixed" || at.matches("dialog[open]")) fixed = true;
    }
    return seen;
  };
  const found = [];
  for (const one of documents) {
    const texts = document.createTreeWalker(one === document ? document.body : one, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const words = texts.currentNode.data.trim();
      const e = texts.currentNode.parentElement;
      if (!words || !e || e.closest(".hidden, script, style, option, textarea, svg, noscript")) continue;
      if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !open(e) || told(e)) continue;
      const seen = seenIn(e);
      if (!seen) continue;
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      for (const box of range.getClientRects()) {
        if (!box.width) continue;
        const middle = (box.top + box.bottom) / 2;
        if (box.left < seen.left - 1 || box.right > seen.right + 1 || middle < seen.top || middle > seen.bottom) {
          found.push(words);
          break;
        }
      }
    }
    for (const field of one.querySelectorAll("select, input[placeholder]")) {
      if (!field.checkVisibility({ visibilityProperty: true }) || !open(field) || field.closest(".sets")) continue;
      const style = getComputedStyle(field);
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = style.font;
      const words = field.matches("select") ? (field.selectedOptions[0]?.textContent ?? "")
        : field.value || field.placeholder;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (!told(field) && !field.title.includes(words) && pen.measureText(words).width > room + 1) found.push(words);
    }
  }
  return found;
}"""
"""Returns texts, and chosen words of fields, of which a part lies outside of what its ancestors and the window show.

Down the page a person scrolls, so that only what is hidden for good counts; sideways nothing may be outside, but for
tables and chips that show that they scroll."""
