// What can be asked of the selected stretch: is it needed, is it enough, where, and with what? Each answer is an experiment
// with the model; answers come as they are computed and stay while the stretch is selected.

/** @import {Experiment, Job} from "./types" */
/** @import {Picture, Window} from "../element/types" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { baseName } from "../element/axis.js";
import { make } from "../element/dom.js";
import { fileName } from "../element/export.js";
import { whole } from "../element/numbers.js";
import { onThemeChange } from "../element/theme.js";
import { stretchWords } from "../element/words.js";
import { intervals, keptElements, named, saidElements } from "./answer.js";
import { ServerGone, wordsOf } from "./api.js";
import { DependencyMap } from "./dependency-map.js";
import { LETTERS, withEdit } from "./edits.js";
import { untilThere } from "./explain.js";
import { swap } from "./focus.js";
import { howOf, SHARED, tracksOf } from "./how.js";
import { drawLines } from "./line-chart.js";
import { timeLeft } from "./time.js";

/** @type {[string, string, string][]} */
const QUESTIONS = [
  ["needed", "Needed?", "Replace the stretch, and see what the output loses"],
  ["enough", "Enough?", "Plant the stretch into shuffled sequences, and see what the output gains"],
  ["where", "Where?", "Plant the stretch at other positions"],
  ["with", "With what?", "Find the bases around it that depend on each other"],
];
/** Fewer bases than these are no stretch. */
const FEWEST = 3;

/** @typedef {{found?: Experiment, job?: Job, error?: string, abort: AbortController, map?: DependencyMap}} Asked */

export class StretchCard {
  /** @type {Window | null} */
  #stretch = null;
  /** @type {Picture | null} */
  #picture = null;
  /** @type {Map<string, Asked>} */
  #asked = new Map();
  #open = "";
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
    this.#open = "";
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
          "aria-pressed": String(question === this.#open),
          onclick: () => this.#ask(question),
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
    swap(box, head, ...this.#answer());
    this.#lines();
    this.#asked.get(this.#open)?.map?.draw();
  }

  /** What is known of the question that is open. */
  #answer() {
    const asked = this.#asked.get(this.#open);
    if (!asked) return [];
    if (asked.error) return [make("p", { class: "error", role: "alert" }, asked.error)];
    if (!asked.found) return [this.#progress(asked)];
    const name = fileName(`${this.#picture?.name} ${asked.found.verb}`, "").slice(0, -1);
    return [
      make(
        "div",
        { class: "found", "data-kind": this.#open },
        make("div", { class: "says" }, ...saidElements(asked.found)),
        ...this.#drawn(asked),
        keptElements(asked.found, name),
      ),
    ];
  }

  /** @param {Asked} asked */
  #progress({ job, abort }) {
    const bar = make("progress", { "aria-label": "Progress of the experiment" });
    const count = job && job.total > 1 ? ` ${whole(job.done)} of ${whole(job.total)} sequences` : "";
    if (job && job.total > 1) Object.assign(bar, { max: job.total, value: job.done });
    const question = this.#open;
    const cancel = () => {
      abort.abort();
      if (job) this.api.post(`/jobs/${encodeURIComponent(job.id)}/cancel`, {}).catch(() => {});
      this.#asked.delete(question);
      this.#open = "";
      this.#draw();
    };
    return make(
      "p",
      { class: "waiting", role: "status" },
      bar,
      make("span", {}, `Computing\u2026${count} ${timeLeft(job?.seconds_left ?? null)}`),
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
    if (found.question === "where") {
      const key = make(
        "ul",
        { class: "key" },
        make("li", { class: "s0" }, make("i"), "the stretch"),
        make("li", { class: "s1 dashed" }, make("i"), "its letters shuffled"),
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
    asked.map ??= new DependencyMap(
      {
        pairs: /** @type {any} */ (rows),
        sequence: layer.sequence,
        scores: layer.scores,
        number: (base) => baseName(picture, base),
        choose: (pair) => this.#mutate(layer.sequence, pair),
      },
      asked.found.sentences.join(" "),
    );
    return [asked.map.box];
  }

  /** @param {string} letters @param {import("./dependency-map.js").Pair} pair */
  #mutate(letters, { i, j, to_i, to_j }) {
    const { edits } = this.screen.state;
    const wanted = [
      { at: i, to: to_i },
      { at: j, to: to_j },
    ].filter(({ to }) => LETTERS.includes(to));
    this.screen.update({ edits: wanted.reduce((before, edit) => withEdit(letters, before, edit), edits) });
  }

  #lines() {
    const found = this.#asked.get(this.#open)?.found;
    const picture = this.#picture;
    if (!found || !picture || found.question !== "where" || !this.#canvas.isConnected) return;
    const style = getComputedStyle(this.box);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const rows = named(found).filter(({ orientation }) => orientation === "+");
    const x = rows.map(({ position }) => position);
    drawLines(
      this.#canvas,
      [
        { x, y: rows.map(({ effect }) => effect), color: color("--series-0") },
        { x, y: rows.map(({ control }) => control), color: color("--series-1"), dashed: true },
      ],
      {
        height: 140,
        ink: color("--muted"),
        grid: color("--line"),
        paper: color("--paper"),
        xName: (base) => baseName(picture, Math.min(picture.sequence.length - 1, Math.max(0, Math.round(base)))),
      },
    );
  }

  /** @param {string} question */
  async #ask(question) {
    this.#open = this.#open === question ? "" : question;
    const known = this.#asked.get(question);
    const { dataset, state } = this.screen;
    const stretch = this.#stretch;
    if (!this.#open || !stretch || (known && !known.error)) {
      this.#draw();
      return;
    }
    /** @type {Asked} */
    const asked = { abort: new AbortController() };
    this.#asked.set(question, asked);
    this.#draw();
    const { signal } = asked.abort;
    const path = `/datasets/${encodeURIComponent(dataset.id)}/rows/${encodeURIComponent(state.item)}/experiment`;
    const body = {
      question,
      start: stretch.start,
      end: stretch.end,
      edits: state.edits.map(({ at, to }) => ({ position: at, base: to })),
      how: howOf(tracksOf(state)[0], state),
    };
    try {
      asked.found = await untilThere(this.api, path, body, signal, (job) => {
        asked.job = job;
        if (!signal.aborted && this.#open === question) this.#draw();
      });
    } catch (error) {
      if (signal.aborted) return;
      asked.error =
        error instanceof ServerGone ? "The server does not respond. Ask again when it is back." : wordsOf(error);
    }
    if (!signal.aborted && this.#open === question) this.#draw();
  }
}
