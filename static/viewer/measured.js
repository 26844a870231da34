// Which method to trust: what was measured of every method on one question, as a table.

/** @import {Choices, Config, Faithfulness, Track, ViewState} from "./types" */

import { make } from "../element/dom.js";
import { plain, whole } from "../element/numbers.js";
import { howOf, methodOf, modelOf, SHARED, spoken, trackNames } from "./how.js";

/** @typedef {{how: Choices, found: Faithfulness}} Measured a way to explain, spelled out, and what was measured of it */

/** What was measured while the page is open: by question, and by the way to explain. */
export class MeasuredMethods {
  /** @type {Map<string, Map<string, Measured>>} */
  #questions = new Map();

  /** @param {string} question @param {Choices} how @param {Faithfulness} found */
  keep(question, how, found) {
    const known = this.#questions.get(question) ?? new Map();
    this.#questions.set(question, known.set(keyOf(how), { how, found }));
  }

  /** @param {string} question @param {Choices} how */
  of(question, how) {
    return this.#questions.get(question)?.get(keyOf(how))?.found ?? null;
  }

  /** All ways that were measured, the most faithful first. @param {string} question */
  all(question) {
    return [...(this.#questions.get(question)?.values() ?? [])].sort((a, b) => fall(b) - fall(a));
  }
}

/**
 * What must be the same for two measurements to be compared: the sequences, the model and what is explained of it.
 * @param {string} dataset @param {Track} track @param {ViewState} state
 */
export function questionOf(dataset, track, state) {
  return JSON.stringify([dataset, state.filter, track.model, track.target, SHARED.map((key) => state[key])]);
}

/** How a track is explained, what has its usual value included. @param {Config} config @param {Track} track @param {ViewState} state @returns {Choices} */
export function spelledOut(config, track, state) {
  const usual = modelOf(config, track).default;
  const compares = methodOf(config, track)?.compares_with === "baseline";
  return {
    method: usual.method,
    ...howOf(track, state),
    baseline: compares ? track.baseline || usual.baseline : "",
    strands: track.strands || "forward",
  };
}

/** The method of each way, and what tells ways of one method apart. @param {Choices[]} hows */
export function namesOf(hows) {
  return hows.map((how) => {
    const same = hows.filter(({ method }) => method === how.method);
    const name = spoken(how.method ?? "");
    return same.length > 1 ? `${name}, ${trackNames(same)[same.indexOf(how)]}` : name;
  });
}

/** A row per way, and one for random order. @param {Measured[]} measured @param {string} unit */
export function methodTable(measured, unit) {
  const names = namesOf(measured.map(({ how }) => how));
  const head = [
    ["method", ""],
    [
      "replaced",
      `Mean drop in the ${unit} when the top-scoring 5, 10 and 20 % of bases are replaced: higher is better`,
    ],
    ["kept", `Mean drop in the ${unit} when only those bases are kept: lower is better`],
  ].map(([words, title], i) => make("th", { scope: "col", title, class: i ? "num" : "" }, words));
  const rows = measured.map(({ found }, i) => row(names[i], found.scores.numbers));
  const [{ found }] = measured;
  const counts = new Set(measured.map(({ found: { rows: own } }) => own.join()));
  const on =
    counts.size === 1
      ? `Measured on the same ${whole(found.rows.length)} ${found.rows.length === 1 ? "sequence" : "sequences"}.`
      : "Measured on different sequences: small differences mean nothing.";
  return make(
    "div",
    { class: "methods" },
    make("h3", {}, "Which method to trust?"),
    make(
      "table",
      { class: "kmers" },
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows, row("random order", found.random.numbers)),
    ),
    make(
      "p",
      { class: "hint" },
      `Drop in the ${unit} when the top-scoring bases are replaced (higher is better), and when only they are kept (lower is better). ${on}`,
    ),
  );
}

/** @param {string} name @param {Faithfulness["scores"]["numbers"]} numbers */
function row(name, { comprehensiveness, sufficiency }) {
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name),
    make("td", { class: "num" }, plain(comprehensiveness)),
    make("td", { class: "num" }, plain(sufficiency)),
  );
}

/** @param {Measured} measured */
function fall({ found }) {
  return found.scores.numbers.comprehensiveness;
}

/** @param {Choices} how */
function keyOf(how) {
  return JSON.stringify(Object.entries(how).sort());
}
