// The right pane: what the scores of all listed sequences have in common.

/** @import {Profile, Summary} from "./types" */
/** @import {Api} from "./api.js" */
/** @import {RowSource} from "./rows.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { finePercent, percent, plain, signed, whole } from "../element/numbers.js";
import { onThemeChange } from "../element/theme.js";
import { wordsOf } from "./api.js";
import { confusionTable } from "./confusion.js";
import { ContrastSection } from "./contrast.js";
import { FaithfulnessSection } from "./faithfulness.js";
import { filterQuery } from "./filter-fields.js";
import { swap } from "./focus.js";
import { howOf, howQuery, methodOf, modelOf, SHARED, tracksOf } from "./how.js";
import { drawLines } from "./line-chart.js";
import { afterPause } from "./time.js";
import { VerdictsSection } from "./verdicts.js";

const KMERS_SHOWN = 12;
/** Shares below this are rounding, and nobody has to know them. */
const TINY = 1e-6;
const SERIES = 6;
/** k-mers of fewer sequences than these say nothing. */
const FEWEST_FOR_KMERS = 20;

/** @type {[string, string][]} */
const GROUPS = [
  ["", "all together"],
  ["true", "by true class"],
  ["predicted", "by predicted class"],
  ["correct", "correct and wrong"],
];

export class SetPane {
  /** @type {Summary | null} */
  #summary = null;
  #abort = new AbortController();

  /** @param {HTMLElement} pane @param {Screen} screen @param {Api} api @param {RowSource} source @param {() => void} explainAll */
  constructor(pane, screen, api, source, explainAll) {
    this.screen = screen;
    this.api = api;
    this.source = source;
    this.explainAll = explainAll;
    this.status = make("section", { "aria-label": "Sequences explained" });
    this.profile = make("section", { "aria-label": "Mean score by position" });
    this.kmers = make("section", { "aria-label": "Strongest k-mers" });
    this.confusion = make("section", { "aria-label": "Confusion table" });
    this.canvas = make("canvas", { role: "img" });
    this.faithfulness = new FaithfulnessSection(screen, api, source);
    this.contrast = new ContrastSection(screen, api);
    this.verdicts = new VerdictsSection(screen, api, source);
    pane.append(
      this.status,
      this.confusion,
      this.contrast.box,
      this.faithfulness.box,
      this.verdicts.box,
      this.profile,
      this.kmers,
    );
    screen.on(["set", "filter", "tracks", ...SHARED, "k"], () => this.load());
    screen.on(["group"], () => this.#drawProfile());
    source.addEventListener("answer", () => this.#drawCounts());
    source.addEventListener("rows", () => this.#drawCounts());
    const redraw = () => {
      this.#drawLines();
      this.faithfulness.lines();
      this.contrast.lines();
    };
    new ResizeObserver(redraw).observe(pane);
    onThemeChange(redraw);
  }

  /** Ask for what the state asks for, a moment later: what a person looks at first comes first. */
  load = afterPause(300, () => this.#load());

  async #load() {
    const { dataset, state } = this.screen;
    if (!dataset) return;
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const query = [...filterQuery(state.filter), ...howQuery(howOf(tracksOf(state)[0], state))];
    if (state.k) query.push(["k", state.k]);
    try {
      this.#summary = await this.api.get(`/datasets/${encodeURIComponent(dataset.id)}/summary`, query, signal);
      if (!signal.aborted) this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      this.#summary = null;
      this.#draw();
      const words = wordsOf(error);
      if (words) swap(this.profile, make("p", { class: "error" }, words));
    }
  }

  #draw() {
    this.#drawCounts();
    this.#drawProfile();
    this.#drawKmers();
  }

  #drawCounts() {
    const { answer } = this.source;
    if (!answer) return;
    const { matched, counts, total } = answer;
    const { yes: explained = 0, no = 0 } = answer.facets.explained;
    const left = matched === total ? no - counts.problems : no;
    /** @type {HTMLElement[]} */
    const elements = [
      make(
        "h2",
        {},
        matched === total
          ? total === 1
            ? "1 sequence"
            : `All ${whole(total)} sequences`
          : `Listed sequences: ${whole(matched)} of ${whole(total)}`,
        ...(matched ? [make("small", {}, `${whole(explained)} of ${whole(matched)} explained`)] : []),
      ),
    ];
    const facts = this.#summary?.completeness;
    const complete = methodOf(this.screen.config, tracksOf(this.screen.state)[0])?.complete ?? true;
    if (this.#summary?.explained && facts) {
      const counted = this.#summary.explained < explained ? ` of ${whole(this.#summary.explained)}` : "";
      const special = !facts.special_share ? "" : `. Score on special tokens: ${percent(facts.special_share)}`;
      elements.push(
        make(
          "p",
          { class: "hint" },
          `${complete ? `${whole(facts.converged)}${counted} converged${counted && " so far"}` : "This method does not promise scores that add up"}${facts.median_off_by === null || !complete || facts.median_off_by < TINY ? "" : `, ${this.#summary.explained > 1 ? "median " : ""}error of the scores ${finePercent(facts.median_off_by).replace(" ", "\u00a0")}`}${special}.`,
        ),
      );
    }
    if (counts.problems)
      elements.push(
        make(
          "p",
          { class: "hint wrong" },
          `The model cannot read ${whole(counts.problems)} ${counts.problems === 1 ? "sequence" : "sequences"}. The list says why.`,
        ),
      );
    if (left > 0) {
      const button = make(
        "button",
        { type: "button", class: "explain-all", "data-key": "explain-all", onclick: this.explainAll },
        `Explain ${left === matched ? (matched === 1 ? "it" : `all ${whole(left)}`) : `the other ${whole(left)}`}`,
      );
      button.style.marginTop = "8px";
      elements.push(button);
    }
    swap(this.status, ...elements);
    this.contrast.draw(matched);
    this.faithfulness.draw(explained);
    this.verdicts.draw(explained);
    this.#drawConfusion();
  }

  #drawConfusion() {
    const { answer } = this.source;
    const { filter } = this.screen.state;
    const cells = answer?.confusion ?? [];
    this.confusion.hidden = !cells.length && !answer?.measured;
    if (answer?.measured)
      swap(
        this.confusion,
        make("h2", {}, "Measured and predicted values"),
        make("p", { class: "hint" }, answer.measured),
      );
    if (!cells.length) return;
    const known = cells.some((cell) => cell.true !== "");
    const table = confusionTable(cells, filter, (truth, predicted) =>
      this.screen.update({ filter: { ...this.screen.state.filter, truth, predicted } }),
    );
    swap(
      this.confusion,
      make("h2", {}, "True and predicted classes"),
      make(
        "p",
        { class: "hint" },
        known
          ? "Rows: true class. Columns: predicted class. Click a cell to list its sequences."
          : "No true class is known. Click a cell to list its sequences.",
      ),
      table,
      ...this.#misclassified(cells),
    );
  }

  /** The way to all that is predicted wrongly, the worst first. @param {{true: string, predicted: string, count: number}[]} cells */
  #misclassified(cells) {
    const wrong = cells.filter((cell) => cell.true && cell.true !== cell.predicted);
    const count = wrong.reduce((sum, cell) => sum + cell.count, 0);
    const { filter } = this.screen.state;
    if (!count || filter.right === "wrong") return [];
    const list = () =>
      this.screen.update({
        filter: { ...filter, truth: "", predicted: "", right: "wrong" },
        sort: "loss",
        descending: true,
      });
    return [
      make(
        "button",
        { type: "button", class: "misclassified", "data-key": "misclassified", onclick: list },
        `List the ${whole(count)} misclassified`,
      ),
    ];
  }

  /** The lines of the chosen group. @returns {Profile[]} */
  #lines() {
    const group = this.screen.state.group || "all";
    return (this.#summary?.profiles ?? []).filter((profile) => profile.group === group).slice(0, SERIES);
  }

  #drawProfile() {
    const summary = this.#summary;
    this.profile.hidden = !summary?.explained;
    if (!summary?.explained) return;
    const groups = GROUPS.filter(([value]) => summary.profiles.some(({ group }) => group === (value || "all")));
    const choice = make(
      "select",
      {
        "aria-label": "Lines of the mean score",
        "data-key": "group",
        onchange: () => this.screen.update({ group: choice.value }),
      },
      ...groups.map(([value, words]) => make("option", { value }, words)),
    );
    choice.value = this.screen.state.group;
    const lines = this.#lines();
    const key = make(
      "ul",
      { class: "key" },
      ...lines.map((profile, i) =>
        make("li", { class: `s${i}` }, make("i"), `${nameOf(profile)} (${whole(profile.count)})`),
      ),
    );
    this.canvas.setAttribute(
      "aria-label",
      lines
        .map((line) => `${nameOf(line)}: ${peakWords(line, summary.start, (score) => this.#scored(score))}`)
        .join(". ") || "No scores yet.",
    );
    const words =
      "Each sequence is explained for its predicted class, so this mean mixes classes. Choose a class under Explain to explain all sequences for it.";
    const mixed = summary.targets.length > 1 ? [make("p", { class: "hint mixed" }, words)] : [];
    const aligned = summary.profiles.find(({ group }) => group === "all")?.count ?? 0;
    const left =
      aligned < summary.explained ? ` ${sequencesAre(summary.explained - aligned)} left out, without an origin.` : "";
    const place = `position${this.screen.dataset?.origin ? ` from the origin.${left}` : ""}`;
    swap(
      this.profile,
      make("h2", {}, "Mean score by position", choice),
      make("p", { class: "hint" }, `${this.#unit(summary.output)}, by ${place}`),
      ...mixed,
      this.canvas,
      key,
    );
    this.#drawLines();
  }

  /** A score, with a plus sign where the method tells up from down. @param {number} score */
  #scored(score) {
    const unsigned = methodOf(this.screen.config, tracksOf(this.screen.state)[0])?.signed === false;
    return unsigned ? plain(score) : signed(score);
  }

  /** What the mean scores count. @param {string} output */
  #unit(output) {
    if (modelOf(this.screen.config, tracksOf(this.screen.state)[0]).head === "regression") return "units of the output";
    return output === "log_odds" ? "log-odds" : output;
  }

  #drawLines() {
    const summary = this.#summary;
    if (!summary?.explained || !this.canvas.isConnected) return;
    const style = getComputedStyle(document.documentElement);
    /** @param {string} name */
    const color = (name) => style.getPropertyValue(name).trim();
    const lines = this.#lines().map(({ scores }, i) => ({
      x: scores.map((_, at) => summary.start + at),
      y: scores,
      color: color(`--series-${i}`),
      dashed: false,
    }));
    const ink = color("--muted");
    drawLines(this.canvas, lines, {
      ink,
      grid: color("--line"),
      paper: color("--paper"),
      xName: (x) => (summary.start < 0 && x > 0 ? `+${whole(x)}` : whole(x)),
    });
  }

  #drawKmers() {
    const summary = this.#summary;
    const few = !summary || summary.explained < FEWEST_FOR_KMERS;
    this.kmers.hidden = few || !summary.kmers.length;
    if (few || !summary.kmers.length) return;
    const k = make(
      "select",
      {
        "aria-label": "Length of the k-mers",
        "data-key": "k",
        onchange: () => this.screen.update({ k: k.value === "6" ? "" : k.value }),
      },
      ...[3, 4, 5, 6, 7, 8].map((size) => make("option", { value: String(size) }, `${size}-mers`)),
    );
    k.value = this.screen.state.k || "6";
    const head = make(
      "tr",
      {},
      ...[
        ["k-mer", ""],
        ["seen", "Number of occurrences"],
        ["mean", "Mean of the summed base scores"],
        ["enriched", "Share among the top-scoring windows, relative to its share among all windows"],
        ["q", summary.test],
      ].map(([words, title], i) => make("th", { scope: "col", title, class: i ? "num" : "" }, words)),
    );
    const strong = summary.kmers
      .filter(({ enrichment }) => enrichment === null || enrichment > 1)
      .slice(0, KMERS_SHOWN);
    const rows = strong.map((one) => {
      const motif = make(
        "button",
        {
          type: "button",
          title: `List the sequences with ${one.kmer}`,
          "data-key": one.kmer,
          onclick: () => this.screen.update({ filter: { ...this.screen.state.filter, motif: one.kmer } }),
        },
        ...letters(one.kmer),
      );
      return make(
        "tr",
        {},
        make("td", {}, motif),
        make("td", { class: "num", title: `in ${whole(one.sequences)} sequences` }, whole(one.count)),
        make("td", { class: "num" }, this.#scored(one.score)),
        make("td", { class: "num" }, one.enrichment === null ? "\u2013" : `${plain(one.enrichment)}\u00d7`),
        make("td", { class: "num" }, plain(one.q)),
      );
    });
    swap(
      this.kmers,
      make("h2", {}, "Strongest k-mers", k),
      make("details", {}, make("summary", {}, "How k-mers are tested"), make("p", { class: "hint" }, summary.test)),
      rows.length
        ? make("table", { class: "kmers numbers" }, make("thead", {}, head), make("tbody", {}, ...rows))
        : make("p", { class: "hint" }, "No k-mer stands out among the top-scoring windows."),
    );
  }
}

/** @param {number} count */
function sequencesAre(count) {
  return count === 1 ? "1 sequence is" : `${whole(count)} sequences are`;
}

/** @param {Profile} profile */
function nameOf({ group, name }) {
  if (group === "all") return "all";
  return group === "true" && name === "" ? "unknown" : name;
}

/** @param {Profile} profile @param {number} start @param {(score: number) => string} scored */
function peakWords({ scores }, start, scored) {
  let at = -1;
  scores.forEach((score, i) => {
    if (score !== null && (at < 0 || Math.abs(score) > Math.abs(scores[at] ?? 0))) at = i;
  });
  return at < 0 ? "no scores" : `largest mean ${scored(scores[at] ?? 0)} at ${whole(start + at)}`;
}

/** @param {string} kmer */
function letters(kmer) {
  return [...kmer].map((base) => make("span", { class: `base-${base}` }, base));
}
