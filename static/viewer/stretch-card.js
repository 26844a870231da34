// What can be asked of the selected stretch: is it needed, is it enough, where, and with what? Each answer is an experiment
// with the model; it is drawn as it is computed, and stays while the stretch is selected.

/** @import {Experiment, Job} from "./types" */
/** @import {Picture, Window} from "../element/types" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { baseName } from "../element/axis.js";
import { choice, make } from "../element/dom.js";
import { fileName } from "../element/export.js";
import { whole } from "../element/numbers.js";
import { onThemeChange } from "../element/theme.js";
import { stretchWords } from "../element/words.js";
import { intervals, keptElements, named, saidElements } from "./answer.js";
import { ServerGone, wordsOf } from "./api.js";
import { DependencyMap } from "./dependency-map.js";
import { withEdit } from "./edits.js";
import { untilThere } from "./explain.js";
import { swap } from "./focus.js";
import { howOf, SHARED, tracksOf } from "./how.js";
import { drawLines } from "./line-chart.js";
import { secondMotif } from "./second-motif.js";
import { timeLeft } from "./time.js";

/** @type {[string, string, string][]} */
const QUESTIONS = [
  ["needed", "Needed?", "Replace the stretch, and see what the output loses"],
  ["enough", "Enough?", "Plant the stretch into shuffled sequences, and see what the output gains"],
  ["where", "Where?", "Plant the stretch at other positions"],
  ["with", "With what?", "Find the bases around it that depend on each other, or try it with a second motif"],
];
/** What "With what?" can mean. @type {[string, string][]} */
const PARTNERS = [
  ["with", "Bases around it"],
  ["spacing", "A second motif"],
];
/** Fewer bases than these are not a stretch. */
const FEWEST = 3;

/**
 * @typedef {object} Asked
 * @property {AbortController} abort
 * @property {Experiment} [found] as far as it is known
 * @property {boolean} [done] whether all of it is known
 * @property {Job} [job]
 * @property {string} [error]
 * @property {DependencyMap} [map]
 */

export class StretchCard {
  /** @type {Window | null} */
  #stretch = null;
  /** @type {Picture | null} */
  #picture = null;
  /** @type {Map<string, Asked>} */
  #asked = new Map();
  #open = "";
  #motif = "";
  /** @type {HTMLElement | null} */
  #form = null;
  #canvas = make("canvas", { role: "img" });

  /** @param {HTMLElement} box @param {Screen} screen @param {Api} api */
  constructor(box, screen, api) {
    this.box = box;
    this.screen = screen;
    this.api = api;
    screen.on(["set", "item", "edits", "tracks", ...SHARED], () => this.select(null, null));
    const redraw = () => this.#lines();
    new ResizeObserver(redraw).observe(box);
    onThemeChange(redraw);
  }

  /** @param {Window | null} stretch @param {Picture | null} picture that it is selected in */
  select(stretch, picture) {
    for (const { abort } of this.#asked.values()) abort.abort();
    this.#asked.clear();
    this.#open = this.#motif = "";
    this.#form = null;
    this.#stretch = stretch && stretch.end - stretch.start >= FEWEST ? stretch : null;
    this.#picture = picture;
    this.#draw();
  }

  #draw() {
    const { box } = this;
    const stretch = this.#stretch;
    const picture = this.#picture;
    box.hidden = !stretch || !picture;
    if (!stretch || !picture) {
      box.replaceChildren();
      return;
    }
    const [where] = stretchWords(picture, picture.layers[0], stretch);
    const buttons = QUESTIONS.map(([question, words, title]) =>
      make(
        "button",
        {
          type: "button",
          title,
          "data-key": question,
          "data-question": question,
          "aria-pressed": String(question === (this.#open === "spacing" ? "with" : this.#open)),
          onclick: () => this.#toggle(question),
        },
        words,
      ),
    );
    const close = make(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": "Close the experiments",
        title: "Close the experiments",
        onclick: () => this.select(null, null),
      },
      "\u00d7",
    );
    const head = make(
      "div",
      { class: "head" },
      make("b", {}, where),
      make("div", { class: "questions" }, ...buttons),
      close,
    );
    swap(box, head, ...this.#partners(picture, stretch), ...this.#answer());
    this.#lines();
    this.#asked.get(this.#key)?.map?.draw();
  }

  /** The name of what is open among what was asked. */
  get #key() {
    return this.#open === "spacing" ? `spacing ${this.#motif}` : this.#open;
  }

  /** What it is tried with, where that is the question. @param {Picture} picture @param {Window} stretch */
  #partners(picture, stretch) {
    if (!PARTNERS.some(([question]) => question === this.#open)) return [];
    const kinds = choice("What to try it with", PARTNERS, this.#open, (question) => this.#ask(question));
    if (this.#open !== "spacing") return [kinds];
    this.#form ??= secondMotif(picture, stretch, (motif) => {
      this.#motif = motif;
      this.#ask("spacing");
    });
    return [kinds, this.#form];
  }

  /** What is known of the question that is open. */
  #answer() {
    const asked = this.#asked.get(this.#key);
    if (!asked) return [];
    const { found, done, error } = asked;
    const waiting = done || error ? [] : [this.#progress(asked)];
    const wrong = error ? [make("p", { class: "error", role: "alert" }, error)] : [];
    if (!found) return [...wrong, ...waiting];
    const name = fileName(`${this.#picture?.name} ${found.verb}`, "").slice(0, -1);
    const said = done ? saidElements(found) : saidElements({ ...found, remarks: [] });
    return [
      ...wrong,
      ...waiting,
      make(
        "div",
        { class: "found", "data-kind": this.#open, "data-done": String(Boolean(done)) },
        make("div", { class: "says" }, ...said),
        ...this.#drawn(asked),
        ...(done ? [keptElements(found, name)] : []),
      ),
    ];
  }

  /** @param {Asked} asked */
  #progress({ job, abort, found }) {
    const bar = make("progress", { "aria-label": "Progress of the experiment" });
    const count = job && job.total > 1 ? `${whole(job.done)} of ${whole(job.total)} sequences` : "";
    const far = [count, timeLeft(job?.seconds_left ?? null)].filter(Boolean).join(", ");
    if (job && job.total > 1) Object.assign(bar, { max: job.total, value: job.done });
    const key = this.#key;
    const cancel = () => {
      abort.abort();
      if (job) this.api.post(`/jobs/${encodeURIComponent(job.id)}/cancel`, {}).catch(() => {});
      this.#asked.delete(key);
      if (this.#open === "spacing") this.#motif = "";
      else this.#open = "";
      this.#draw();
    };
    return make(
      "p",
      { class: "waiting", role: "status" },
      bar,
      make("span", {}, `${found ? "So far:" : "Computing\u2026"} ${far}`),
      make("button", { type: "button", "data-key": "cancel", onclick: cancel }, "Cancel"),
    );
  }

  /** The picture of an answer. @param {Asked} asked @returns {HTMLElement[]} */
  #drawn(asked) {
    const found = /** @type {Experiment} */ (asked.found);
    const rows = named(found);
    if (found.question === "needed" || found.question === "enough") {
      return [
        intervals(
          rows.flatMap((row) => [
            {
              label: found.question === "needed" ? "without the stretch" : `planted (${row.orientation})`,
              value: row.effect,
              low: row.low,
              high: row.high,
            },
            {
              label: found.question === "needed" ? "without another stretch" : "its letters shuffled",
              value: row.control,
              low: row.control_low,
              high: row.control_high,
            },
          ]),
        ),
      ];
    }
    if (found.question === "where" || found.question === "spacing") {
      const spacing = found.question === "spacing";
      const key = make(
        "ul",
        { class: "key" },
        make("li", { class: "s0" }, make("i"), spacing ? "effect beyond the sum of both" : "the stretch"),
        make("li", { class: "s1 dashed" }, make("i"), spacing ? "95 % interval" : "its letters shuffled"),
        ...(spacing
          ? [make("li", { class: "muted" }, "Bases between them; left of 0 the second motif comes first")]
          : []),
      );
      this.#canvas.setAttribute("aria-label", found.sentences.join(" "));
      return [this.#canvas, key];
    }
    return this.#mapOf(asked, rows);
  }

  /** @param {Asked} asked @param {Record<string, any>[]} rows */
  #mapOf(asked, rows) {
    const picture = this.#picture;
    if (!picture || !rows.length || !asked.found) return [];
    const [layer] = picture.layers;
    asked.map ??= new DependencyMap({
      pairs: /** @type {any} */ (rows),
      sequence: layer.sequence,
      scores: layer.scores,
      number: (base) => baseName(picture, base),
      choose: (pair) => this.#mutate(layer.sequence, pair),
    });
    asked.map.learn(/** @type {any} */ (rows), asked.found.sentences.join(" "));
    return [asked.map.box];
  }

  /** @param {string} letters @param {import("./dependency-map.js").Pair} pair */
  #mutate(letters, { i, j, to_i, to_j }) {
    const { edits } = this.screen.state;
    const wanted = [
      { at: i, to: to_i },
      { at: j, to: to_j },
    ];
    this.screen.update({ edits: wanted.reduce((before, edit) => withEdit(letters, before, edit), edits) });
  }

  #lines() {
    const found = this.#asked.get(this.#key)?.found;
    const picture = this.#picture;
    if (!found || !picture || !this.#canvas.isConnected) return;
    const style = getComputedStyle(this.box);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    /** @type {(x: number[], y: (number | null)[]) => import("./line-chart.js").Line} */
    const line = (x, y) => ({ x, y, color: color("--series-0") });
    /** @type {(x: number[], y: (number | null)[]) => import("./line-chart.js").Line} */
    const beside = (x, y) => ({ x, y, color: color("--series-1"), dashed: true });
    const look = { height: 140, ink: color("--muted"), grid: color("--line"), paper: color("--paper") };
    if (found.question === "where") {
      const rows = named(found).filter(({ orientation }) => orientation === "+");
      const x = rows.map(({ position }) => position);
      const last = picture.sequence.length - 1;
      drawLines(
        this.#canvas,
        [
          line(
            x,
            rows.map(({ effect }) => effect),
          ),
          beside(
            x,
            rows.map(({ control }) => control),
          ),
        ],
        { ...look, xName: (base) => baseName(picture, Math.min(last, Math.max(0, Math.round(base)))) },
      );
    } else if (found.question === "spacing") {
      const sides = sidesOf(named(found));
      const lines = sides.flatMap(({ x, rows }) => [
        line(
          x,
          rows.map(({ interaction }) => interaction),
        ),
        ...["low", "high"].map((end) =>
          beside(
            x,
            rows.map((row) => row[end]),
          ),
        ),
      ]);
      drawLines(this.#canvas, lines, { ...look, xName: (bases) => String(Math.abs(Math.round(bases))) });
    }
  }

  /** @param {string} question */
  #toggle(question) {
    const open = this.#open === question || (question === "with" && this.#open === "spacing");
    if (open) {
      this.#open = "";
      this.#draw();
    } else this.#ask(question);
  }

  /** @param {string} question */
  async #ask(question) {
    this.#open = question;
    const key = this.#key;
    const known = this.#asked.get(key);
    const { dataset, state } = this.screen;
    const stretch = this.#stretch;
    if (!stretch || (known && !known.error) || (question === "spacing" && !this.#motif)) {
      this.#draw();
      return;
    }
    /** @type {Asked} */
    const asked = { abort: new AbortController() };
    this.#asked.set(key, asked);
    this.#draw();
    const { signal } = asked.abort;
    const path = `/datasets/${encodeURIComponent(dataset.id)}/rows/${encodeURIComponent(state.item)}/experiment`;
    const body = {
      question,
      start: stretch.start,
      end: stretch.end,
      ...(question === "spacing" ? { motif: this.#motif } : {}),
      edits: state.edits.map(({ at, to }) => ({ position: at, base: to })),
      how: howOf(tracksOf(state)[0], state),
    };
    try {
      asked.found = await untilThere(this.api, path, body, signal, (job) => {
        asked.job = job;
        asked.found = job.so_far ?? asked.found;
        if (!signal.aborted && this.#key === key) this.#draw();
      });
      asked.done = true;
    } catch (error) {
      if (signal.aborted) return;
      asked.error =
        error instanceof ServerGone ? "The server does not respond. Ask again when it is back." : wordsOf(error);
    }
    if (!signal.aborted && this.#key === key) this.#draw();
  }
}

/** The rows of a spacing on either side of the stretch, by signed distance. @param {Record<string, any>[]} rows */
export function sidesOf(rows) {
  return ["BA", "AB"].flatMap((order) => {
    const own = rows.filter((row) => row.order === order);
    const sign = order === "BA" ? -1 : 1;
    own.sort((a, b) => sign * (a.distance - b.distance));
    return own.length ? [{ x: own.map(({ distance }) => sign * distance), rows: own }] : [];
  });
}
