// The strongest stretches of the listed sequences, each tried: is it needed, and is it enough?

/** @import {Experiment, Job} from "./types" */
/** @import {Api} from "./api.js" */
/** @import {RowSource} from "./rows.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { signed, whole } from "../element/numbers.js";
import { aroundStretch } from "../element/viewport.js";
import { keptElements, named, saidElements } from "./answer.js";
import { wordsOf } from "./api.js";
import { untilThere } from "./explain.js";
import { swap } from "./focus.js";
import { howOf, SHARED, tracksOf } from "./how.js";

/** Sequences that are tested at a time. */
const TESTED = 10;

export class VerdictsSection {
  /** @type {Experiment | null} */
  #found = null;
  /** @type {Job | null} */
  #job = null;
  #busy = false;
  #error = "";
  #explained = 0;
  #abort = new AbortController();

  /** @param {Screen} screen @param {Api} api @param {RowSource} source */
  constructor(screen, api, source) {
    this.screen = screen;
    this.api = api;
    this.source = source;
    this.box = make("section", { class: "verdicts", "aria-label": "Which motifs are needed, which are enough" });
    screen.on(["set", "filter", "tracks", ...SHARED], () => this.#forget());
    this.draw(0);
  }

  #forget() {
    this.#abort.abort();
    this.#found = this.#job = null;
    this.#busy = false;
    this.#error = "";
    this.draw();
  }

  /** @param {number} [explained] how many of the listed sequences have scores */
  draw(explained = this.#explained) {
    this.#explained = explained;
    this.box.hidden = !explained;
    if (!explained) return;
    const count = Math.min(explained, TESTED);
    /** @type {HTMLElement[]} */
    const elements = [
      make("h2", {}, "Are the motifs needed and enough?"),
      make(
        "p",
        { class: "hint" },
        "The strongest stretches are replaced where they are, and planted into shuffled sequences.",
      ),
    ];
    if (this.#error) elements.push(make("p", { class: "error", role: "alert" }, this.#error));
    if (this.#busy) elements.push(this.#progress());
    else if (!this.#found)
      elements.push(
        make(
          "button",
          { type: "button", class: "measure", "data-key": "verdicts", onclick: () => this.#test() },
          `Test ${count === 1 ? "this sequence" : `${whole(count)} sequences`}`,
        ),
      );
    if (this.#found) elements.push(...this.#results(this.#found));
    swap(this.box, ...elements);
  }

  #progress() {
    const bar = make("progress", { "aria-label": "Progress of the test" });
    const job = this.#job;
    if (job && job.total > 1) Object.assign(bar, { max: job.total, value: job.done });
    const cancel = () => {
      if (job) this.api.post(`/jobs/${encodeURIComponent(job.id)}/cancel`, {}).catch(() => {});
      this.#forget();
    };
    return make(
      "p",
      { class: "waiting", role: "status" },
      bar,
      make("span", {}, "Testing\u2026"),
      make("button", { type: "button", "data-key": "cancel-verdicts", onclick: cancel }, "Cancel"),
    );
  }

  /** @param {Experiment} found @returns {HTMLElement[]} */
  #results(found) {
    const rows = named(found);
    const body = rows.map((row) => {
      const motif = make(
        "button",
        {
          type: "button",
          title: `Show it in ${row.name}`,
          "data-key": `${row.sequence} ${row.start}`,
          onclick: () => this.#show(row),
        },
        ...[...String(row.letters).slice(0, 12)].map((base) => make("span", { class: `base-${base}` }, base)),
      );
      return make(
        "tr",
        {},
        make("td", {}, motif),
        make("td", {}, row.verdict),
        make("td", { class: "num", title: "Change of the output without it" }, signed(-row.loss)),
        make(
          "td",
          { class: "num", title: "Change of the output by it alone, in shuffled sequences" },
          signed(row.gain),
        ),
      );
    });
    const head = make(
      "tr",
      {},
      ...["stretch", "verdict", "without", "alone"].map((words, i) =>
        make("th", { scope: "col", class: i > 1 ? "num" : "" }, words),
      ),
    );
    if (this.#busy) return [table(head, body)];
    const notes = saidElements({ ...found, sentences: rows.length ? [] : found.sentences });
    return [...(rows.length ? [table(head, body)] : []), ...notes, keptElements(found, "test")];
  }

  /** @param {Record<string, any>} row */
  #show({ sequence, start, end }) {
    const item = String(sequence);
    const window = aroundStretch(start, end, Infinity);
    const changes = this.screen.state.item === item ? {} : { item };
    this.screen.update({ ...changes, window: { start: Math.max(0, window.start), end: window.end } });
  }

  async #test() {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const { dataset, state } = this.screen;
    this.#busy = true;
    this.#error = "";
    this.draw();
    try {
      const rows = await this.source.explained(TESTED);
      const body = { how: howOf(tracksOf(state)[0], state), rows };
      const found = await untilThere(
        this.api,
        `/datasets/${encodeURIComponent(dataset.id)}/test`,
        body,
        signal,
        (job) => {
          this.#job = job;
          this.#found = job.so_far ?? this.#found;
          this.draw();
        },
      );
      if (!signal.aborted) this.#found = found;
    } catch (error) {
      if (signal.aborted) return;
      this.#found = null;
      this.#error = wordsOf(error) || "The server does not respond. Ask again when it is back.";
    }
    if (signal.aborted) return;
    this.#busy = false;
    this.draw();
  }
}

/** @param {HTMLElement} head @param {HTMLElement[]} body */
function table(head, body) {
  return make("table", { class: "kmers" }, make("thead", {}, head), make("tbody", {}, ...body));
}
