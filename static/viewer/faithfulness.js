// How faithful the scores are: the model's output while the top-scoring bases are replaced, or while only they are kept.

/** @import {Curves, Faithfulness} from "./types" */
/** @import {Api} from "./api.js" */
/** @import {RowSource} from "./rows.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { percent, plain, whole } from "../element/numbers.js";
import { wordsOf } from "./api.js";
import { untilThere } from "./explain.js";
import { filters } from "./filter-fields.js";
import { swap } from "./focus.js";
import { howOf, methodOf, SHARED, spoken, tracksOf } from "./how.js";
import { drawLines } from "./line-chart.js";
import { MeasuredMethods, methodTable, questionOf, spelledOut } from "./measured.js";

/** Sequences measured where the list is filtered; the server takes as many of the whole set. */
const MEASURED = 20;
/** The share of bases of which the words speak. */
const TENTH = 0.1;

/** @type {["deletion" | "insertion", string][]} */
const KINDS = [
  ["deletion", "Top-scoring bases replaced"],
  ["insertion", "Only the top-scoring bases kept"],
];

export class FaithfulnessSection {
  #measured = new MeasuredMethods();
  #said = "";
  #error = "";
  #abort = new AbortController();

  /** @param {Screen} screen @param {Api} api @param {RowSource} source */
  constructor(screen, api, source) {
    this.screen = screen;
    this.api = api;
    this.source = source;
    this.box = make("section", { class: "faithfulness", "aria-label": "Faithfulness of the scores" });
    this.canvases = KINDS.map(() => make("canvas", { role: "img" }));
    screen.on(["set", "filter", "tracks", ...SHARED], () => this.#forget());
    this.draw(0);
  }

  /** Another question: a measurement under way answers the old one. */
  #forget() {
    this.#abort.abort();
    this.#said = this.#error = "";
    this.draw();
  }

  /** What is asked now: about which sequences, and of which way to explain. */
  get #asked() {
    const { config, dataset, state } = this.screen;
    const [track] = tracksOf(state);
    return { question: questionOf(dataset?.id ?? "", track, state), how: spelledOut(config, track, state) };
  }

  /** What was measured of the method on screen. */
  get #found() {
    if (!this.screen.config) return null;
    const { question, how } = this.#asked;
    return this.#measured.of(question, how);
  }

  #explained = 0;

  /** @param {number} [explained] how many of the listed sequences have scores */
  draw(explained = this.#explained) {
    this.#explained = explained;
    const all = this.screen.config ? this.#measured.all(this.#asked.question) : [];
    this.box.hidden = !explained && !all.length;
    if (this.box.hidden) return;
    const { config, state } = this.screen;
    const method = spoken(methodOf(config, tracksOf(state)[0])?.name ?? "");
    const found = this.#found;
    /** @type {HTMLElement[]} */
    const elements = [
      make("h2", {}, "Are the scores faithful?"),
      make(
        "p",
        { class: "hint" },
        `Replacing the bases that ${method} scores highest should lower the output, and keeping only them should preserve it.`,
      ),
    ];
    if (this.#error) elements.push(make("p", { class: "error", role: "alert" }, this.#error));
    if (this.#said)
      elements.push(
        make(
          "p",
          { class: "hint", role: "status" },
          make("progress", { "aria-label": "Measuring" }),
          ` ${this.#said} `,
        ),
      );
    else if (!found && explained)
      elements.push(
        make(
          "button",
          { type: "button", class: "measure", "data-key": "measure", onclick: () => this.#measure() },
          // Sequences that were cut into windows are left out.
          `Test on ${state.windows && explained > 1 ? "up to " : ""}${sequences(Math.min(explained, MEASURED))}`,
        ),
      );
    if (found) elements.push(...this.#results(found));
    if (all.length > 1 || (all.length && !found)) elements.push(methodTable(all, unitOf(all[0].found)));
    swap(this.box, ...elements);
    this.lines();
  }

  /** @param {Faithfulness} found */
  #results(found) {
    const { scores, random } = found;
    const unit = unitOf(found);
    const tenth = scores.shares.findIndex((share) => share >= TENTH);
    const hidden = ` Replacing ${percent(scores.shares[tenth])} of the bases changes ${percent(scores.tokens[tenth])} of the tokens.`;
    const key = make(
      "ul",
      { class: "key" },
      make("li", { class: "s0" }, make("i"), "by score"),
      make("li", { class: "s1 dashed" }, make("i"), "in random order"),
    );
    return [
      make("p", { class: "verdict" }, found.verdict),
      ...KINDS.flatMap(([kind, words], i) => {
        const [a, b] = [scores.numbers[kind], random.numbers[kind]];
        this.canvases[i].setAttribute(
          "aria-label",
          `${words}: mean ${unit} ${plain(a)} by score, ${plain(b)} in random order.`,
        );
        return [
          make(
            "h3",
            {},
            words,
            make(
              "small",
              {},
              `mean ${plain(a)}, random ${plain(b)}; ${kind === "deletion" ? "lower" : "higher"} is better`,
            ),
          ),
          this.canvases[i],
        ];
      }),
      key,
      make(
        "p",
        { class: "hint" },
        `${unit} by share of replaced or kept bases, mean over ${sequences(found.rows.length)}.${hidden}`,
      ),
      make("details", {}, make("summary", {}, "How this is tested"), make("p", { class: "hint" }, found.words)),
    ];
  }

  lines() {
    const found = this.#found;
    if (!found || !this.canvases[0].isConnected) return;
    const style = getComputedStyle(document.documentElement);
    /** @param {string} name */
    const color = (name) => style.getPropertyValue(name).trim();
    /** @param {Curves} curves @param {"deletion" | "insertion"} kind @param {number} series */
    const line = (curves, kind, series) => ({
      x: curves.shares,
      y: curves[kind],
      color: color(`--series-${series}`),
      dashed: series > 0,
    });
    KINDS.forEach(([kind], i) => {
      const lines = [line(found.scores, kind, 0), line(found.random, kind, 1)];
      drawLines(this.canvases[i], lines, {
        height: 120,
        ink: color("--muted"),
        grid: color("--line"),
        paper: color("--paper"),
        xName: (x) => percent(x),
      });
    });
  }

  async #measure() {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const { dataset, state } = this.screen;
    const { question, how } = this.#asked;
    this.#error = "";
    this.#said = "Measuring\u2026";
    this.draw();
    try {
      const rows = filters(state.filter) ? { rows: await this.source.explained(MEASURED) } : {};
      const body = { how: howOf(tracksOf(state)[0], state), ...rows };
      const found = await untilThere(
        this.api,
        `/datasets/${encodeURIComponent(dataset.id)}/faithfulness`,
        body,
        signal,
        (job) => {
          this.#said = `Measuring\u2026 ${whole(job.done)} of ${whole(job.total)}`;
          if (!signal.aborted) this.draw();
        },
      );
      if (signal.aborted) return;
      this.#measured.keep(question, how, found);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = wordsOf(error) || "The server does not respond.";
    }
    this.#said = "";
    this.draw();
  }
}

/** "1 sequence", "20 sequences". @param {number} count */
function sequences(count) {
  return `${whole(count)} ${count === 1 ? "sequence" : "sequences"}`;
}

/** @param {Faithfulness} found */
function unitOf({ output }) {
  return output === "log_odds" ? "log-odds" : output;
}
