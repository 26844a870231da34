// The controls above the list: what to look for, what to keep, in which order.

/** @import {Rows} from "./types" */
/** @import {Field} from "./filter-fields.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { markWrong } from "./fields.js";
import { FILTER_FIELDS, filterMistakes, filters, NO_FILTER } from "./filter-fields.js";
import { afterPause } from "./time.js";

const TYPING_MS = 160;

/** What rows are sorted by, and what they need for that. @type {[string, string, "" | "labels" | "scores"][]} */
const SORTS = [
  ["", "as given", ""],
  ["name", "name", ""],
  ["length", "length", ""],
  ["probability", "probability", ""],
  ["loss", "loss", "labels"],
  ["off_by", "error of the scores", "scores"],
  ["largest", "largest score", "scores"],
];
const NEEDS = { labels: "needs true classes", scores: "needs explained sequences" };

export class Filters {
  #box;
  #screen;
  /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */
  #fields = {};
  #error = make("p", { class: "error", role: "alert", hidden: true });
  #more;
  #order;

  /** @param {HTMLElement} box @param {Screen} screen */
  constructor(box, screen) {
    this.#box = box;
    this.#screen = screen;
    const later = afterPause(TYPING_MS, () => this.#read(true));
    /** @param {Field} field @param {Record<string, string>} attributes */
    const input = ({ key, label }, attributes) => {
      const made = make("input", {
        type: "text",
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": label,
        "data-field": key,
        oninput: () => later(),
        onchange: () => this.#read(false),
        ...attributes,
      });
      this.#fields[key] = made;
      return made;
    };
    /** @param {string} key @param {string} label */
    const select = (key, label) => {
      const made = make("select", { "data-field": key, "aria-label": label, onchange: () => this.#read(false) });
      this.#fields[key] = made;
      return made;
    };
    const search = FILTER_FIELDS.flatMap((field) =>
      field.search ? [input(field, { type: "search", ...field.search })] : [],
    );
    const choices = FILTER_FIELDS.flatMap(({ key, label, choice }) =>
      choice
        ? [make("label", { class: choice.wide ? "field wide" : "field", hidden: true }, label, select(key, label))]
        : [],
    );
    const ranges = [...new Set(FILTER_FIELDS.flatMap(({ range }) => range?.words ?? []))].map((words) => {
      const ends = FILTER_FIELDS.flatMap((field) =>
        field.range?.words === words ? [input(field, { placeholder: field.range.empty, inputmode: "decimal" })] : [],
      );
      return make(
        "div",
        { class: "field" },
        make("span", {}, words),
        make("div", { class: "range" }, ...ends.flatMap((end, i) => (i ? ["\u2013", end] : [end]))),
      );
    });
    this.#more = make(
      "details",
      { class: "unfold" },
      make("summary", {}, "Filters and order"),
      make("div", { class: "more" }, ...choices, ...ranges),
    );
    this.#order = make(
      "button",
      { type: "button", onclick: () => screen.update({ descending: !screen.state.descending }) },
      "\u2191",
    );
    const sorting = make(
      "label",
      { class: "sorting wide" },
      make("span", { class: "muted" }, "Sort by"),
      select("sort", "Sort by"),
      this.#order,
    );
    this.#fields.sort.append(...SORTS.map(([value, words]) => make("option", { value }, words)));
    this.#more.querySelector(".more")?.append(sorting);
    box.append(make("div", { class: "search" }, ...search), this.#more, this.#error);
    box.addEventListener("submit", (event) => event.preventDefault());
    screen.on(["filter", "sort", "descending"], () => this.#write());
    this.#write();
    this.#more.open = this.#used();
  }

  /** @param {string} key */
  focus(key) {
    const field = this.#fields[key];
    field.focus();
    if (field instanceof HTMLInputElement) field.select();
  }

  /** How many rows every choice would keep. @param {Rows} answer */
  count({ facets }) {
    const { filter } = this.#screen.state;
    for (const { key, choice } of FILTER_FIELDS) {
      if (!choice) continue;
      const chosen = filter[key];
      const counts = Object.entries(facets[choice.of]).map(([label, count]) => ({
        value: choice.of === "correct" ? label : `=${label}`,
        words: label || "unknown",
        count,
      }));
      if (chosen && !counts.some(({ value }) => value === chosen))
        counts.push({ value: chosen, words: chosen.replace(/^=/, "") || "unknown", count: 0 });
      // A choice with one answer tells nothing.
      const told = Boolean(chosen) || counts.filter(({ count }) => count).length > 1;
      /** @type {HTMLElement} */ (this.#fields[key].closest("label")).hidden = !told;
      this.#fields[key].replaceChildren(
        make("option", { value: "" }, choice.any),
        ...counts.map(({ value, words, count }) => make("option", { value }, `${words} (${whole(count)})`)),
      );
      this.#fields[key].value = chosen;
    }
  }

  /** Offer only what can be sorted by. @param {boolean} labels whether any true class is known @param {boolean} scores whether any sequence is explained */
  offerSorts(labels, scores) {
    const there = { "": true, labels, scores };
    this.#fields.sort.replaceChildren(
      ...SORTS.map(([value, words, needs]) =>
        make(
          "option",
          { value, disabled: !there[needs] },
          there[needs] || !needs ? words : `${words} (${NEEDS[needs]})`,
        ),
      ),
    );
    this.#fields.sort.value = this.#screen.state.sort;
  }

  /** Show a sentence where the mistake was made. @param {string} words @param {string} field */
  complain(words, field = "") {
    this.#error.textContent = words;
    this.#error.hidden = !words;
    for (const [key, element] of Object.entries(this.#fields)) markWrong(element, Boolean(words) && key === field);
  }

  /** Tell the first mistake in what was typed; none, if there is none. */
  check() {
    const [mistake] = Object.entries(filterMistakes(this.#screen.state.filter));
    this.complain(mistake?.[1] ?? "", mistake?.[0]);
  }

  /** Whether any of the folded controls is in use. */
  #used() {
    const { state } = this.#screen;
    return (
      FILTER_FIELDS.some(({ key, search }) => !search && state.filter[key]) || Boolean(state.sort) || state.descending
    );
  }

  /** @param {boolean} typing */
  #read(typing) {
    const filter = { ...NO_FILTER };
    for (const key of Object.keys(NO_FILTER)) filter[key] = this.#fields[key].value;
    this.#screen.update({ filter, sort: this.#fields.sort.value }, typing);
    this.check();
  }

  #write() {
    const { filter, sort, descending } = this.#screen.state;
    for (const key of Object.keys(NO_FILTER)) {
      const field = this.#fields[key];
      if (field.value === filter[key]) continue;
      if (field instanceof HTMLSelectElement && ![...field.options].some(({ value }) => value === filter[key]))
        field.append(make("option", { value: filter[key] }, filter[key].replace(/^=/, "") || "unknown"));
      field.value = filter[key];
    }
    this.#fields.sort.value = sort;
    this.#order.textContent = descending ? "\u2193" : "\u2191";
    this.#order.title = descending
      ? "Largest first. Click for smallest first"
      : "Smallest first. Click for largest first";
    this.#order.setAttribute("aria-label", this.#order.title);
    if (filters(filter)) this.#box.dataset.active = "";
    else delete this.#box.dataset.active;
  }
}
