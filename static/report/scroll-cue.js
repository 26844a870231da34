// A table that is wider than its place fades out at the side where more of it is, so that no cut number looks whole.

/** Keep what lies out of sight at either side as an attribute, for the style. @param {HTMLElement} box that scrolls sideways */
export function cue(box) {
  const look = () => {
    const rest = box.scrollWidth - box.clientWidth;
    const sides = [box.scrollLeft > 1 && "left", box.scrollLeft < rest - 1 && "right"].filter(Boolean);
    box.dataset.more = rest > 1 ? sides.join(" ") : "";
  };
  box.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(box);
}
