// Whether to believe the scores of one layer: the phrase of its badge, and the numbers behind it.

/** @import {Layer, Picture} from "./types" */

import { rangeName } from "./axis.js";
import { finePercent, percent, plain, whole } from "./numbers.js";

/** Whether the server said something of this kind. @param {Layer} layer @param {string} code */
function isSaid(layer, code) {
  return layer.remarks.some((remark) => remark.code === code);
}

/**
 * Whether to believe the scores, as the remarks and the certificate tell: in one phrase and in numbers.
 * @param {Picture} picture
 * @param {Layer} layer
 * `short` is the phrase without its number.
 * @returns {{state: "good" | "bad" | "none", words: string, short: string, facts: [string, string][]}}
 */
export function verdict(picture, layer) {
  const { run, windows } = layer;
  const facts = windows.length ? windowFacts(picture, layer) : certificateFacts(layer);
  // Scores that add up may still be wrong one by one, so their own error comes first, where it is estimated.
  const estimated = Number.isFinite(layer.relativeError);
  const lacks = Math.abs(layer.delta / (layer.fInput - layer.fBaseline));
  const share = estimated ? finePercent(layer.relativeError) : percent(lacks);
  const unknown = !estimated && lacks <= (run.tolerance ?? 0);
  // Some ways to spread a token's score over its bases lose the sum, and the error of a base is then another.
  const scores = run.conserving ? "Scores" : "Token scores";
  const count = whole(windows.length);
  const open = whole(windows.filter((window) => !window.converged).length);
  /** @param {"good" | "bad" | "none"} state @param {string} words @param {string} short @param {[string, string][]} numbers */
  const say = (state, words, short = words, numbers = facts) => ({ state, words, short, facts: numbers });
  if (isSaid(layer, "no_output") || isSaid(layer, "no_scores"))
    return say("bad", windows.length ? "No output in some windows" : "No scores");
  if (isSaid(layer, "not_recorded"))
    return say("none", "Completeness unknown", undefined, [
      ["f(x) and f(baseline)", "not recorded"],
      ["delta, as recorded", plain(layer.delta)],
    ]);
  if (isSaid(layer, "not_converged"))
    return say(
      "bad",
      windows.some((window) => !window.converged)
        ? `${open} of ${count} windows not converged`
        : `Not converged: ${unknown ? "error unknown" : `off by ${estimated ? "up to " : ""}${share}`}`,
    );
  if (!run.complete)
    return say("none", "No completeness check", "Scores need not add up", [
      ["this method", "does not promise scores that add up to f(x) \u2212 f(baseline)"],
      ["evaluations of the model", whole(layer.evaluations)],
    ]);
  if (isSaid(layer, "preview")) return say("none", "Preview");
  return say(
    "good",
    windows.length
      ? `${count} of ${count} windows ${estimated ? "converged" : "complete"}`
      : `${estimated ? `${scores} converged` : "Complete"} to ${share}`,
    `${scores} ${estimated ? "converged" : "add up"}`,
  );
}

/** @param {Layer} layer @returns {[string, string][]} */
function certificateFacts(layer) {
  return [
    ["estimated error of the scores", errorOf(layer)],
    ["tolerance", tolerance(layer)],
    ["f(x) \u2212 f(baseline)", plain(layer.fInput - layer.fBaseline)],
    ["sum of scores minus (f(x) \u2212 f(baseline))", plain(layer.delta)],
    ["evaluations of the model", whole(layer.evaluations)],
  ];
}

/** @param {Layer} layer */
function errorOf({ error, relativeError }) {
  if (!Number.isFinite(error)) return "not estimated";
  return Number.isFinite(relativeError)
    ? `${finePercent(relativeError)} of them, ${plain(error)} in all`
    : plain(error);
}

/** There is no f(x) of the whole: what is checked is every window. @param {Picture} picture @param {Layer} layer @returns {[string, string][]} */
function windowFacts(picture, layer) {
  const { windows } = layer;
  const worst = windows.reduce((a, b) => (Math.abs(b.delta) > Math.abs(a.delta) ? b : a));
  return [
    ["windows", `${whole(windows.length)} of ${whole(windows[0].end - windows[0].start)} bases`],
    ["estimated error of the scores", errorOf(layer)],
    ["tolerance", tolerance(layer)],
    ["largest delta of a window", plain(worst.delta)],
    ["its f(x) \u2212 f(baseline)", plain(worst.fInput - worst.fBaseline)],
    ["its bases", rangeName(picture, worst.start, worst.end)],
    ["evaluations of the model", whole(layer.evaluations)],
  ];
}

/** @param {Layer} layer */
function tolerance({ run }) {
  return run.tolerance === null ? "none, this is a preview" : finePercent(run.tolerance);
}
