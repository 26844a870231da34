// The small box beside a base in which a person picks the letter that it becomes.

import { make } from "../element/dom.js";

export class Mutator {
  #box = make("div", { class: "mutator", role: "dialog", "aria-label": "Mutate this base", hidden: true });
  /** @type {Element | null} */
  #from = null;

  /** @param {(at: number, to: string) => void} mutate @param {HTMLElement} home what the box is put into */
  constructor(mutate, home) {
    this.mutate = mutate;
    home.append(this.#box);
    document.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(this.#box)) this.close(false);
    });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  get open() {
    return !this.#box.hidden;
  }

  /**
   * @param {{at: number, letter: string, original: string, where: string}} base
   * @param {string[]} letters what it can become
   * @param {{x: number, y: number}} place pixels of the window
   * @param {Element | null} from where the focus goes back to
   */
  show({ at, letter, original, where }, letters, place, from) {
    this.#from = from;
    const buttons = letters.map((to) =>
      make(
        "button",
        {
          type: "button",
          class: `base-${to}`,
          disabled: to === letter.toUpperCase(),
          "data-letter": to,
          "aria-label": to === original.toUpperCase() ? `Back to ${to}` : `Mutate to ${to}`,
          onclick: () => this.#pick(at, to),
        },
        to,
      ),
    );
    const words =
      letter === original
        ? `Mutate ${letter} at ${where} to`
        : `${original} at ${where} is now ${letter}. Mutate it to`;
    this.#box.replaceChildren(make("p", {}, words), make("div", { class: "letters" }, ...buttons));
    this.#box.hidden = false;
    const { width, height } = this.#box.getBoundingClientRect();
    this.#box.style.left = `${Math.max(8, Math.min(place.x - width / 2, innerWidth - width - 8))}px`;
    this.#box.style.top = `${place.y + 18 + height > innerHeight ? place.y - height - 18 : place.y + 18}px`;
    buttons.find((button) => !button.disabled)?.focus();
  }

  /** @param {boolean} back whether the focus returns to where it came from */
  close(back) {
    if (this.#box.hidden) return;
    this.#box.hidden = true;
    if (back && this.#from instanceof HTMLElement) this.#from.focus();
  }

  /** @param {number} at @param {string} to */
  #pick(at, to) {
    this.close(true);
    this.mutate(at, to);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const buttons = [...this.#box.querySelectorAll("button")];
    const chosen = buttons.find((button) => !button.disabled && button.dataset.letter === event.key.toUpperCase());
    const free = buttons.filter((button) => !button.disabled);
    const at = free.findIndex((button) => button === document.activeElement);
    if (event.key === "Escape") this.close(true);
    else if (chosen && !event.ctrlKey && !event.metaKey && !event.altKey) chosen.click();
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft")
      free[(at + (event.key === "ArrowRight" ? 1 : free.length - 1)) % free.length]?.focus();
    else if (event.key === "Tab") this.close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
