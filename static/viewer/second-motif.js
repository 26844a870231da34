// Which second motif a stretch is tried with: a named stretch of the same picture, or letters that a person types.

/** @import {Layer, Picture, Window} from "../element/types" */

import { rangeName } from "../element/axis.js";
import { make } from "../element/dom.js";
import { SHARE, SHORTEST } from "../element/strongest.js";

/** Bases that a stretch has at most, and how many are offered. */
const LONGEST = 24;
const MOST = 3;

/**
 * Stretches to offer: the strongest ones outside the selected one, then annotated ones.
 * @param {Picture} picture @param {Window} selected @returns {Window[]}
 */
export function otherStretches(picture, selected) {
  const [layer] = picture.layers;
  const annotated = picture.tracks.flatMap(({ spans }) => spans.map(([start, end]) => ({ start, end })));
  /** @type {Window[]} */
  const found = [];
  for (const one of [...strongOnes(layer, selected), ...annotated]) {
    const size = one.end - one.start;
    if (size < SHORTEST || size > LONGEST) continue;
    if ([selected, ...found].every(({ start, end }) => one.end <= start || one.start >= end)) found.push(one);
    if (found.length === MOST) break;
  }
  return found;
}

/** Runs of bases with strong scores of one sign, one weak base allowed within, so that neighbours stay two motifs; the strongest first. @param {Layer} layer @param {Window} selected */
function strongOnes({ scores }, selected) {
  const outside = scores.map((score, i) => (i >= selected.start && i < selected.end ? 0 : score || 0));
  const bar = SHARE * outside.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  /** @type {(Window & {sum: number})[]} */
  const runs = [];
  if (!bar) return runs;
  outside.forEach((score, i) => {
    if (Math.abs(score) < bar) return;
    const last = runs[runs.length - 1];
    if (last && Math.sign(last.sum) === Math.sign(score) && i - last.end <= 1)
      Object.assign(last, { end: i + 1, sum: last.sum + score });
    else runs.push({ start: i, end: i + 1, sum: score });
  });
  return runs.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
}

/**
 * The form that asks for it.
 * @param {Picture} picture @param {Window} selected @param {(motif: string) => void} ask
 */
export function secondMotif(picture, selected, ask) {
  const { sequence } = picture.layers[0];
  const field = make("input", {
    type: "text",
    name: "motif",
    "data-key": "motif",
    placeholder: "Letters, such as GGGCGG",
    "aria-label": "Second motif: letters, IUPAC codes included",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "100",
  });
  const offered = otherStretches(picture, selected).map(({ start, end }) => {
    const letters = sequence.slice(start, end).toUpperCase();
    const choose = () => {
      field.value = letters;
      ask(letters);
    };
    return make(
      "button",
      { type: "button", class: "mono", "data-key": `motif-${start}`, title: "Use this stretch", onclick: choose },
      `${letters} at ${rangeName(picture, start, end)}`,
    );
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    field.value = field.value.trim().toUpperCase();
    if (field.value) ask(field.value);
    else field.focus();
  };
  return make(
    "form",
    { class: "second", onsubmit: submit },
    make("span", {}, offered.length ? "Together with" : "Together with a second motif"),
    ...offered,
    field,
    make("button", { type: "submit", "data-key": "motif-ask" }, "Test the spacing"),
  );
}
