// Drawing a box again without taking the focus away from a person who is in it.

/** Replace the content; an element with the same data-key keeps the focus. @param {HTMLElement} box @param {...(Node | string)} children */
export function swap(box, ...children) {
  const focused = document.activeElement;
  const key = focused instanceof HTMLElement && box.contains(focused) ? focused.dataset.key : undefined;
  box.replaceChildren(...children);
  if (key === undefined) return;
  for (const element of box.querySelectorAll("[data-key]")) {
    if (element instanceof HTMLElement && element.dataset.key === key) element.focus();
  }
}

/** Close the menus that are open, as a click elsewhere or Escape does. */
export function closeMenusOutside() {
  /** @param {Event} event */
  const close = (event) => {
    for (const menu of document.querySelectorAll("details.drop[open]")) {
      if (
        !(menu instanceof HTMLDetailsElement) ||
        (event.type === "pointerdown" && event.composedPath().includes(menu))
      )
        continue;
      menu.open = false;
      if (event.type === "keydown" && menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    }
  };
  document.addEventListener("pointerdown", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close(event));
}
