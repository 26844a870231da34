// A list of thousands of rows of which only those on screen exist: a listbox for keyboard and screen readers.

import { make, perFrame } from "../element/dom.js";
import { rowAfterKey, rowsInView, scrollTo } from "./virtual.js";

export const ROW_HEIGHT = 58;

export class VirtualList {
  #count = 0;
  #chosen = -1;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #all = make("div", { class: "all", role: "presentation" });
  #draw = perFrame(() => this.draw());

  /**
   * @param {HTMLElement} box the element that scrolls
   * @param {object} source
   * @param {(index: number, row: HTMLElement) => void} source.fill puts a row's content into its element
   * @param {(first: number, last: number) => void} source.need says which rows will be filled
   * @param {(index: number) => void} source.choose the person chose a row
   */
  constructor(box, { fill, need, choose }) {
    this.box = box;
    this.fill = fill;
    this.need = need;
    this.choose = choose;
    box.setAttribute("role", "listbox");
    box.tabIndex = 0;
    box.append(this.#all);
    box.addEventListener("scroll", this.#draw, { passive: true });
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest(".row") : null;
      if (row instanceof HTMLElement) this.choose(Number(row.dataset.index));
    });
    new ResizeObserver(this.#draw).observe(box);
  }

  get count() {
    return this.#count;
  }

  get chosen() {
    return this.#chosen;
  }

  /** Other rows: draw them again. @param {number} count @param {boolean} keep whether to stay where it is scrolled to */
  reset(count, keep = false) {
    this.#count = count;
    this.#all.style.height = `${count * ROW_HEIGHT}px`;
    if (!keep) this.box.scrollTop = 0;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.draw();
  }

  /** Fill the rows on screen again: their content has come or changed. */
  refill() {
    for (const [index, row] of this.#rows) this.fill(index, row);
  }

  /** @param {number} index -1 for none @param {boolean} reveal */
  mark(index, reveal = true) {
    this.#chosen = index;
    if (index >= 0 && reveal)
      this.box.scrollTop = scrollTo(index, this.box.scrollTop, this.box.clientHeight, ROW_HEIGHT);
    this.draw();
    for (const [at, row] of this.#rows) row.setAttribute("aria-selected", String(at === index));
    if (index >= 0 && this.#rows.has(index)) this.box.setAttribute("aria-activedescendant", `row-${index}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  draw() {
    const { first, last } = rowsInView(this.box.scrollTop, this.box.clientHeight, ROW_HEIGHT, this.#count);
    /** @type {HTMLElement[]} */
    const left = [];
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue;
      this.#rows.delete(index);
      left.push(row);
    }
    if (last > first) this.need(first, last);
    for (let index = first; index < last; index++) if (!this.#rows.has(index)) this.#put(index, left.pop());
    for (const row of left) row.remove();
  }

  /** Show a row in an element that has left the screen, or in a new one. @param {number} index @param {HTMLElement} [row] */
  #put(index, row = this.#all.appendChild(make("div", { class: "row", role: "option" }))) {
    row.id = `row-${index}`;
    row.dataset.index = String(index);
    row.setAttribute("aria-selected", String(index === this.#chosen));
    row.setAttribute("aria-posinset", String(index + 1));
    row.setAttribute("aria-setsize", String(this.#count));
    row.style.top = `${index * ROW_HEIGHT}px`;
    this.#rows.set(index, row);
    this.fill(index, row);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_HEIGHT) - 1);
    const to = rowAfterKey(event.key, this.#chosen, this.#count, page);
    if (to === this.#chosen) return;
    event.preventDefault();
    this.choose(to);
  }
}
