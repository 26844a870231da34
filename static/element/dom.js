// Elements made in one line. Text is always text, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} [attributes] "on..." are listeners
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {string} label @param {string} title @param {(event: Event) => void} onclick */
export function button(label, title, onclick) {
  return make("button", { type: "button", title, "aria-label": title, onclick }, label);
}

/**
 * Two choices, one of them on.
 * @param {string} name
 * @param {[string, string][]} choices value and words
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
export function choice(name, choices, chosen, choose) {
  const group = make("div", { class: "choice", role: "group", "aria-label": name });
  const buttons = choices.map(([value, words]) =>
    make("button", { type: "button", "data-value": value, onclick: () => choose(value) }, words),
  );
  group.append(...buttons);
  mark(group, chosen);
  return group;
}

/** Mark the chosen one. @param {HTMLElement} group @param {string} chosen */
export function mark(group, chosen) {
  for (const child of group.querySelectorAll("button"))
    child.setAttribute("aria-pressed", String(child.dataset.value === chosen));
}

/** Run at most once per frame. @param {() => void} draw */
export function perFrame(draw) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };
}

/**
 * Let a menu close by Escape and by a click elsewhere.
 *
 * It listens from the click that opens it: "toggle" comes later, and whoever is quick would be overheard.
 * @param {HTMLDetailsElement} menu
 */
export function closesItself(menu) {
  const button = menu.querySelector("summary");
  button?.addEventListener("click", () => {
    if (menu.open) return; // which the click is about to change
    const until = new AbortController();
    const { signal } = until;
    document.addEventListener(
      "pointerdown",
      (event) => {
        if (!event.composedPath().includes(menu)) menu.open = false;
      },
      { signal },
    );
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        menu.open = false;
        button.focus();
        event.stopPropagation();
      },
      { signal, capture: true },
    );
    menu.addEventListener("toggle", () => menu.open || until.abort(), { signal });
  });
}
