// The left pane: the sequences of a data set.

/** @import {Row} from "./types" */
/** @import {Screen} from "./screen.js" */
/** @import {RowSource} from "./rows.js" */

import { make } from "../element/dom.js";
import { listedPercent, listedScore, whole } from "../element/numbers.js";
import { onThemeChange } from "../element/theme.js";
import { wordsOf } from "./api.js";
import { chips, filters, keyOf, NO_FILTER } from "./filter-fields.js";
import { Filters } from "./filters.js";
import { swap } from "./focus.js";
import { CHOICES, methodOf, modelOf, rowsQuery, SHARED, tracksOf } from "./how.js";
import { drawStrip } from "./strip.js";
import { rowsInView } from "./virtual.js";
import { ROW_HEIGHT, VirtualList } from "./virtual-list.js";

export class ListPane {
  /** @param {HTMLElement} pane @param {Screen} screen @param {RowSource} source */
  constructor(pane, screen, source) {
    this.screen = screen;
    this.source = source;
    this.filters = new Filters(/** @type {HTMLElement} */ (pane.querySelector(".filters")), screen);
    this.count = /** @type {HTMLElement} */ (pane.querySelector(".count"));
    this.chips = /** @type {HTMLElement} */ (pane.querySelector(".chips"));
    this.box = /** @type {HTMLElement} */ (pane.querySelector(".rows"));
    this.empty = make("div", { class: "empty", hidden: true });
    this.box.append(this.empty);
    this.list = new VirtualList(this.box, {
      fill: (index, row) => this.#fill(row, source.row(index)),
      need: (first, last) => source.need(first, last),
      choose: (index) => this.choose(index),
    });
    screen.on(["set", "filter", "sort", "descending", "tracks", ...SHARED], (changed) => {
      const rows = changed.has("set") || changed.has("filter") || changed.has("sort") || changed.has("descending");
      if (rows) this.#again = false;
      this.load();
    });
    // An address without a sequence means the first one of the list.
    screen.on(["item"], () => (screen.state.item === "" ? this.load() : this.#mark()));
    source.addEventListener("answer", () => this.#answered());
    source.addEventListener("rows", () => this.#more());
    source.addEventListener("problem", (event) => this.#failed(/** @type {CustomEvent} */ (event).detail));
    onThemeChange(() => this.list.refill());
  }

  /** Whether the same rows are listed again, with other scores. */
  #again = false;

  load() {
    const { screen } = this;
    if (screen.dataset) this.source.load(screen.dataset.id, rowsQuery(screen.state));
  }

  /** Rows on screen may have got predictions or scores. */
  refresh() {
    const { first, last } = rowsInView(this.box.scrollTop, this.box.clientHeight, ROW_HEIGHT, this.list.count);
    return this.source.refresh(first, last);
  }

  /** @param {number} position */
  choose(position) {
    const row = this.source.row(position);
    if (!row) {
      this.list.mark(position);
      this.#wanted = position;
      return;
    }
    this.list.mark(position);
    this.screen.update({ item: String(row.index) });
  }

  /** A row that was chosen before it came. */
  #wanted = -1;

  /** @param {number} by */
  step(by) {
    if (this.list.count) this.choose(Math.min(this.list.count - 1, Math.max(0, this.list.chosen + by)));
  }

  #answered() {
    const { answer } = this.source;
    if (!answer) return;
    this.filters.check();
    const again = this.#again;
    this.list.reset(answer.matched, again);
    this.#again = true;
    this.#words();
    // The picture is of a sequence that is listed: the first one, where the filters left out the one on screen.
    const listed = this.#position() >= 0 || answer.matched > answer.rows.length;
    if (answer.matched && (!this.screen.state.item || (!again && !listed)))
      this.screen.update({ item: String(answer.rows[0].index) }, true);
    this.#mark();
  }

  #more() {
    const answer = this.source.answer;
    if (answer && answer.matched !== this.list.count) {
      this.list.reset(answer.matched, true);
    }
    this.list.refill();
    this.#words();
    if (this.#wanted >= 0 && this.source.row(this.#wanted)) {
      const position = this.#wanted;
      this.#wanted = -1;
      this.choose(position);
    } else if (this.list.chosen < 0) this.#mark();
  }

  /** Where the sequence on screen stands in the list, as far as that is known; -1 where not. */
  #position() {
    const { item, filter, sort, descending } = this.screen.state;
    const position = item === "" ? -1 : this.source.positionOf(Number(item));
    if (position < 0 && item !== "" && !filters(filter) && !sort && !descending) return Number(item);
    return position;
  }

  #mark() {
    const position = this.#position();
    this.list.mark(position < this.list.count ? position : -1);
  }

  #words() {
    const { answer } = this.source;
    if (!answer) return;
    this.filters.count(answer);
    this.filters.offerSorts(Boolean(this.screen.dataset?.true_labels.length), answer.counts.explained > 0);
    const { matched, total } = answer;
    const words = make(
      "span",
      {},
      make("b", {}, whole(matched)),
      matched === total ? (total === 1 ? " sequence" : " sequences") : ` of ${whole(total)} sequences`,
    );
    const explained = answer.facets.explained.yes ?? 0;
    const heading = make("span", { class: "heading", title: "Prediction, and the largest score of a base" });
    const value = this.#regression() ? "value" : "probability";
    heading.textContent = explained ? `${value}, top score` : value;
    this.count.replaceChildren(words, heading);
    this.#drawChips();
    this.empty.hidden = matched > 0;
    if (!matched)
      this.empty.replaceChildren(
        make("p", {}, total ? "No sequence matches all filters." : "This data set has no sequences."),
      );
  }

  /** The filters in force, each with the cross that drops it. */
  #drawChips() {
    const { filter } = this.screen.state;
    const told = chips(filter);
    this.chips.hidden = !told.length;
    /** @param {string} words @param {string} title @param {object} changes @param {string} key */
    const chip = (words, title, changes, key) =>
      make(
        "button",
        {
          type: "button",
          title,
          "aria-label": title,
          "data-key": key,
          onclick: () => this.screen.update({ filter: { ...NO_FILTER, ...changes } }),
        },
        words,
      );
    const drops = told.map(([key, words]) =>
      chip(`${words} \u00d7`, `Remove the filter ${words}`, { ...filter, [key]: "" }, `chip-${key}`),
    );
    if (drops.length > 1) drops.push(chip("Clear all", "Clear filters", {}, "chip-all"));
    swap(this.chips, ...drops);
  }

  /** @param {unknown} error */
  #failed(error) {
    const field = error instanceof Error && "field" in error ? String(error.field) : "";
    if (CHOICES.has(field)) return; // it is told above the picture, where it was chosen
    this.filters.complain(wordsOf(error), keyOf(field));
  }

  #regression() {
    return modelOf(this.screen.config, tracksOf(this.screen.state)[0]).head === "regression";
  }

  /** @param {HTMLElement} element @param {Row | undefined} row */
  #fill(element, row) {
    const { name, prob, what, peak, strip } = partsOf(element);
    name.classList.toggle("muted", !row);
    what.className = "what";
    if (!row) {
      name.textContent = "\u2026";
      name.title = what.title = "";
      for (const part of [prob, what, peak]) part.textContent = "";
      drawStrip(strip, null);
      return;
    }
    const [track] = tracksOf(this.screen.state);
    const regression = this.#regression();
    nameInto(name, row.name);
    prob.textContent =
      row.probability === null
        ? ""
        : regression
          ? listedScore(row.probability).replace("+", "")
          : listedPercent(row.probability);
    const top = row.explained && row.largest !== null ? listedScore(row.largest) : "";
    peak.textContent = methodOf(this.screen.config, track)?.signed === false ? top.replace("+", "") : top;
    what.title = row.problem ?? "";
    if (row.problem) {
      what.classList.add("wrong");
      what.textContent = row.problem;
    } else if (row.predicted === null && !regression) what.textContent = `${whole(row.length)} bases, predicting\u2026`;
    else {
      const mark =
        row.correct === null
          ? ""
          : make(
              "span",
              { class: row.correct ? "right" : "wrong" },
              row.correct ? " \u2713 correct" : ` \u2717 wrong: ${row.true ?? ""}`,
            );
      what.replaceChildren(regression ? `${whole(row.length)} bases` : (row.predicted ?? ""), mark);
      if (row.explained && row.converged === false && methodOf(this.screen.config, track)?.complete)
        what.append(make("span", { class: "wrong" }, " \u00b7 not converged"));
    }
    drawStrip(strip, row.strip, row.hits, row.length);
  }
}

/** Letters at the end of a name that are always seen: what tells names apart often stands there. */
const TAIL = 12;

/** A name that is cut in its middle where there is no room. @param {HTMLElement} element @param {string} name */
function nameInto(element, name) {
  element.title = name;
  const at = name.length > 2 * TAIL ? name.length - TAIL : name.length;
  element.replaceChildren(make("span", {}, name.slice(0, at)), make("span", {}, name.slice(at)));
}

/** @typedef {Record<"name" | "prob" | "what" | "peak" | "strip", HTMLElement>} Parts */

/** @type {WeakMap<HTMLElement, Parts>} */
const known = new WeakMap();

/** The parts of a row's element, which serve one row after the other. @param {HTMLElement} element @returns {Parts} */
function partsOf(element) {
  let parts = known.get(element);
  if (!parts) {
    parts = {
      name: make("span", { class: "name" }),
      prob: make("span", { class: "prob" }),
      what: make("span", { class: "what" }),
      peak: make("span", { class: "peak", title: "Largest score of a base" }),
      strip: make("span", { class: "strip", "aria-hidden": "true" }),
    };
    element.replaceChildren(...Object.values(parts));
    known.set(element, parts);
  }
  return parts;
}
