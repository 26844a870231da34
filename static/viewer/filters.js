// The controls above the list: what to look for, what to keep, in which order.

/** @import {Filter, Rows} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { NO_FILTER } from "./address.js";
import { markWrong } from "./fields.js";
import { filterMistakes, filters } from "./how.js";
import { afterPause } from "./time.js";

const TYPING_MS = 160;

/** @type {[string, string][]} */
const SORTS = [
  ["", "as given"],
  ["name", "name"],
  ["length", "length"],
  ["probability", "probability"],
  ["loss", "loss"],
  ["delta", "completeness error"],
  ["largest", "largest score"],
];

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
    /** @param {keyof Filter} key @param {string} label @param {Record<string, string>} [attributes] */
    const input = (key, label, attributes = {}) => {
      const field = make("input", {
        type: "text",
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": label,
        "data-field": key,
        oninput: () => later(),
        onchange: () => this.#read(false),
        ...attributes,
      });
      this.#fields[key] = field;
      return field;
    };
    /** @param {keyof Filter | "sort"} key @param {string} label */
    const select = (key, label) => {
      const field = make("select", { "data-field": key, "aria-label": label, onchange: () => this.#read(false) });
      this.#fields[key] = field;
      return field;
    };
    const search = make(
      "div",
      { class: "search" },
      input("name", "Name contains", { type: "search", placeholder: "Name", title: "Text in the name ( / )" }),
      input("motif", "Motif in the sequence", {
        type: "search",
        placeholder: "Motif",
        title:
          "Letters in the sequence or its reverse complement, such as TATAWAWR; IUPAC codes stand for several ( m )",
      }),
    );
    const percent = { inputmode: "decimal" };
    this.#more = make(
      "details",
      { class: "unfold" },
      make("summary", {}, "Filters and order"),
      make(
        "div",
        { class: "more" },
        make("label", { class: "field" }, "True class", select("truth", "True class")),
        make("label", { class: "field" }, "Predicted", select("predicted", "Predicted class")),
        make("label", { class: "field wide" }, "Prediction is", select("right", "Prediction is right or wrong")),
        make(
          "div",
          { class: "field" },
          make("span", {}, "Probability, %"),
          make(
            "div",
            { class: "range" },
            input("pmin", "Lowest probability in percent", { placeholder: "0", ...percent }),
            "\u2013",
            input("pmax", "Highest probability in percent", { placeholder: "100", ...percent }),
          ),
        ),
        make(
          "div",
          { class: "field" },
          make("span", {}, "Length, bases"),
          make(
            "div",
            { class: "range" },
            input("lmin", "Fewest bases", { placeholder: "any", ...percent }),
            "\u2013",
            input("lmax", "Most bases", { placeholder: "any", ...percent }),
          ),
        ),
      ),
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
    box.append(search, this.#more, this.#error);
    box.addEventListener("submit", (event) => event.preventDefault());
    screen.on(["filter", "sort", "descending"], () => this.#write());
    this.#write();
    this.#more.open = this.#used();
  }

  /** @param {keyof Filter} key */
  focus(key) {
    const field = this.#fields[key];
    field.focus();
    if (field instanceof HTMLInputElement) field.select();
  }

  /** How many rows every choice would keep. @param {Rows} answer */
  count({ facets }) {
    const { filter } = this.#screen.state;
    /** @param {string} key @param {string} usual @param {[string, string, number][]} choices @param {string} chosen */
    const fill = (key, usual, choices, chosen) => {
      const options = choices.map(([value, words, count]) => make("option", { value }, `${words} (${whole(count)})`));
      if (chosen && !choices.some(([value]) => value === chosen))
        options.push(make("option", { value: chosen }, `${chosen.replace(/^=/, "") || "unknown"} (0)`));
      this.#fields[key].replaceChildren(make("option", { value: "" }, usual), ...options);
      this.#fields[key].value = chosen;
    };
    /** @param {Record<string, number>} counts @returns {[string, string, number][]} */
    const classes = (counts) =>
      Object.entries(counts).map(([label, count]) => [`=${label}`, label || "unknown", count]);
    fill("truth", "any", classes(facets.true), filter.truth);
    fill("predicted", "any", classes(facets.predicted), filter.predicted);
    fill(
      "right",
      "right, wrong or unknown",
      Object.entries(facets.correct).map(([name, count]) => [name, name, count]),
      filter.right,
    );
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
    return filters({ ...state.filter, name: "", motif: "" }) || Boolean(state.sort) || state.descending;
  }

  /** @param {boolean} typing */
  #read(typing) {
    const filter = { ...NO_FILTER };
    for (const key of /** @type {(keyof Filter)[]} */ (Object.keys(NO_FILTER))) filter[key] = this.#fields[key].value;
    this.#screen.update({ filter, sort: this.#fields.sort.value }, typing);
    this.check();
  }

  #write() {
    const { filter, sort, descending } = this.#screen.state;
    for (const key of /** @type {(keyof Filter)[]} */ (Object.keys(NO_FILTER))) {
      const field = this.#fields[key];
      if (field.value === filter[key]) continue;
      if (field instanceof HTMLSelectElement && ![...field.options].some(({ value }) => value === filter[key]))
        field.append(make("option", { value: filter[key] }, filter[key].replace(/^=/, "") || "unknown"));
      field.value = filter[key];
    }
    this.#fields.sort.value = sort;
    this.#order.textContent = descending ? "\u2193" : "\u2191";
    this.#order.title = descending ? "Largest first; smallest first instead" : "Smallest first; largest first instead";
    this.#order.setAttribute("aria-label", this.#order.title);
    if (filters(filter)) this.#box.dataset.active = "";
    else delete this.#box.dataset.active;
  }
}
