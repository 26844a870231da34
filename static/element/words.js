// The sentences of the picture: what was explained, whether to believe it, what a base says.

/** @import {Layer, Picture, Window} from "./types" */

import { axisTitle, baseName, genomePosition, isGenomic, rangeName } from "./axis.js";
import { largest, percent, plain, signed, whole } from "./numbers.js";
import { peak, sumOf } from "./strongest.js";
import { covering, kmerLength, makeUp, specialScore, specialShare, tokenNoun } from "./tokens.js";
import { verdict } from "./verdict.js";

/** @type {Record<string, string>} */
const OUTPUTS = { log_odds: "log-odds", logit: "logit", probability: "probability", unknown: "" };

/** @param {Layer} layer */
export function outputName(layer) {
  return OUTPUTS[layer.run.output] ?? layer.run.output;
}

/** A score with its unit, where that is known. @param {Layer} layer @param {number} score */
function withUnit(layer, score) {
  if (Number.isNaN(score)) return "no score";
  return `${scored(layer, score)} ${outputName(layer)}`.trim();
}

/** A score, with a plus sign where its method tells up from down. @param {Layer} layer @param {number} score */
export function scored(layer, score) {
  return layer.run.signed ? signed(score) : plain(score);
}

/** The letters that bases of a sequence can be: those of RNA where it has U and no T. @param {string} sequence */
export function alphabet(sequence) {
  return ["A", "C", "G", /u/i.test(sequence) && !/t/i.test(sequence) ? "U" : "T"];
}

/** Whether a letter of a sequence is a base; U and T are one. @param {string} letter @param {string} base */
export function isBase(letter, base) {
  return letter.toUpperCase().replace("U", "T") === base.replace("U", "T");
}

/** The unit of a score: "log-odds of TATA promoter". @param {Layer} layer */
export function unit(layer) {
  if (layer.run.regression) return "units of the output";
  return outputName(layer) ? `${outputName(layer)} of ${layer.target}` : "unit unknown";
}

/** "integrated_gradients" as a person writes it. @param {Layer["run"]} run */
export function methodName({ method, difference }) {
  const name = method === "ism" ? "in-silico mutagenesis" : method.replaceAll("_", " ");
  return difference ? `difference of ${name}` : name;
}

/** "TATA promoter, 99.4 %" or the value of a model without classes. @param {Layer} layer */
export function prediction(layer) {
  const pooled = layer.windows.length ? ` (mean of ${layer.windows.length} windows)` : "";
  if (layer.run.regression) return plain(layer.probability) + pooled;
  return (
    (Number.isFinite(layer.probability) ? `${layer.predicted}, ${percent(layer.probability)}` : layer.predicted) +
    pooled
  );
}

/** f(x) and f(baseline): one number each, or from the least to the largest of the windows. @param {Layer} layer @returns {{input: string, baseline: string}} */
export function ends(layer) {
  if (!layer.windows.length) {
    const known = Number.isFinite(layer.fInput);
    return {
      input: known ? plain(layer.fInput) : "unknown",
      baseline: Number.isFinite(layer.fBaseline) ? plain(layer.fBaseline) : known ? "none" : "unknown",
    };
  }
  /** @param {number[]} values */
  const range = (values) => {
    const found = values.filter(Number.isFinite);
    if (!found.length) return "none";
    const [low, high] = [Math.min(...found), Math.max(...found)].map(plain);
    if (low !== high) return `${low} to ${high} by window`;
    return `${low} in ${found.length < values.length ? `${whole(found.length)} windows` : "every window"}`;
  };
  return { input: range(layer.windows.map((w) => w.fInput)), baseline: range(layer.windows.map((w) => w.fBaseline)) };
}

/**
 * What up and down mean.
 * @param {Layer} layer
 * @returns {{up: string, down: string | null}}
 */
export function legend(layer) {
  if (!layer.run.signed)
    return { up: `matters for ${layer.run.regression ? "the output" : layer.target}, in either direction`, down: null };
  if (layer.run.regression) return { up: "raises the output", down: "lowers the output" };
  return { up: `pushes towards ${layer.target}`, down: "pushes away" };
}

/** The largest change by a substitution, of either sign: the full colour of the heat map. @param {Layer} layer */
export function largestChange({ substitutions }) {
  return substitutions ? largest(substitutions) : 0;
}

/**
 * What a person must know before reading the letters: the remarks that came with the scores, and those on the tracks
 * together.
 * @param {Picture} picture
 * @returns {{severity: "warning" | "note", words: string}[]}
 */
export function notes({ layers, between }) {
  /** @type {Map<string, {severity: "warning" | "note", text: string, tracks: number[]}>} */
  const same = new Map();
  layers.forEach(({ remarks }, i) => {
    for (const { severity, text } of remarks) {
      const known = same.get(severity + text) ?? { severity, text, tracks: [] };
      same.set(severity + text, { ...known, tracks: [...known.tracks, i] });
    }
  });
  const said = [...same.values()].map(({ severity, text, tracks }) => {
    if (tracks.length === layers.length) return { severity, words: text };
    const numbers = tracks.map((i) => i + 1).join(", ");
    return { severity, words: `${tracks.length > 1 ? `Tracks ${numbers}` : layers[tracks[0]].name}: ${text}` };
  });
  const all = [...said, ...between.remarks.map(({ severity, text }) => ({ severity, words: text }))];
  // Options stand between backticks, for faces that write them in their own way.
  return all.map(({ severity, words }) => ({ severity, words: words.replaceAll("`", "") }));
}

/** What a stretch's scores come to, and their part of what is explained, where that can be said. @param {Layer} layer @param {number} start @param {number} end */
function stretchSum(layer, start, end) {
  const sum = sumOf(layer.scores, start, end);
  const share = sum / (layer.fInput - layer.fBaseline);
  const { complete, conserving, signed: hasSign } = layer.run;
  return { sum, share: complete && conserving && hasSign && share > 0 && share <= 1 ? share : null };
}

/** The letters of a stretch, or how many there are. @param {Layer} layer @param {number} start @param {number} end */
export function stretchLetters(layer, start, end) {
  return end - start <= 24 ? layer.sequence.slice(start, end) : `${whole(end - start)} bases`;
}

/** A stretch in words: "TATAAAAT at 169 to 176", and what its scores come to. @param {Picture} picture @param {Layer} layer @param {Window} stretch @returns {[string, string]} */
export function stretchWords(picture, layer, { start, end }) {
  const { sum, share } = stretchSum(layer, start, end);
  const part = share === null || end - start === 1 ? "" : `, ${percent(share)} of f(x) \u2212 f(baseline)`;
  return [
    `${stretchLetters(layer, start, end)} at ${rangeName(picture, start, end)}`,
    `${withUnit(layer, sum)}${part}`,
  ];
}

/** What was predicted and whether it is right: "Predicted TATA promoter, 97.9 % (correct)." @param {string | null} truth @param {Layer} layer */
export function predictionWords(truth, layer) {
  if (layer.run.regression)
    return `Predicted value ${prediction(layer)}${truth === null ? "" : ` (measured: ${truth})`}.`;
  const fit = truth === null ? "" : truth === layer.predicted ? " (correct)" : ` (wrong: ${truth})`;
  return `Predicted ${prediction(layer)}${fit}.`;
}

/** The same, and which class is explained where it is another. @param {Picture} picture @param {Layer} layer */
export function predictionSentence(picture, layer) {
  const usual = layer.run.regression || layer.target === layer.predicted || !layer.target;
  return predictionWords(picture.truth, layer) + (usual ? "" : ` The scores explain ${layer.target}.`);
}

/** What the strongest stretch does: "carries 74 % of the score." @param {Layer} layer @param {{start: number, end: number, sum: number}} found */
export function stretchDoes(layer, { start, end, sum }) {
  const { share } = stretchSum(layer, start, end);
  if (share !== null) return `carries ${percent(share)} of the score.`;
  return `has the largest scores (${scored(layer, sum)} in all).`;
}

/** Where the model looked, in one sentence. @param {Picture} picture @param {Layer} layer */
export function peakSentence(picture, layer) {
  const found = peak(layer);
  if (!found) return "No base has a score.";
  const { start, end, sum } = found;
  const letters = stretchLetters(layer, start, end);
  const { share } = stretchSum(layer, start, end);
  const part = share === null ? "" : `, ${percent(share)} of f(x) \u2212 f(baseline)`;
  return `Strongest stretch: ${letters} at ${rangeName(picture, start, end)}, ${scored(layer, sum)} in all${part}.`;
}

/** The letter of a base: "A", or "A/G" where the layers are of aligned sequences that differ. @param {Picture} picture @param {number} base */
export function lettersAt(picture, base) {
  const letters = picture.layers.map((layer) => layer.sequence[base]);
  return [...new Set([picture.sequence[base], ...letters])].join("/");
}

/** Which base, with both numbers where both are known. @param {Picture} picture @param {number} base */
export function whichBase(picture, base) {
  const { interval } = picture;
  const genome =
    interval && !isGenomic(picture) ? ` (${interval.chromosome}:${whole(genomePosition(picture, base))})` : "";
  return `${lettersAt(picture, base)} at ${baseName(picture, base)}${genome}`;
}

/**
 * A base's score and how the tokens make it up.
 * @param {Picture} picture
 * @param {Layer} layer
 * @param {number} base
 * @returns {{title: string, score: string, sum: string, parts: {token: number, text: string, share: string, value: number}[]}}
 */
export function baseWords(picture, layer, base) {
  const score = layer.scores[base];
  const title = whichBase(picture, base);
  const noun = kmerLength(layer.tokens) ? "k-mer" : "token";
  const over = covering(layer.tokens, base);
  const made = makeUp(layer, base);
  const count = `${over.length} ${noun}${over.length === 1 ? "" : "s"}`;
  let sum;
  if (over.length === 0) sum = "no token covers it";
  else if (over.every((i) => Number.isNaN(layer.tokens.scores[i]))) sum = "scored directly by the method";
  else if (!made.agrees) sum = `covered by ${count}`;
  else if (layer.run.projection === "split") sum = `sum of ${over.length} ${noun} share${over.length === 1 ? "" : "s"}`;
  else if (layer.run.projection === "mean") sum = `mean of ${over.length} ${noun} score${over.length === 1 ? "" : "s"}`;
  else if (layer.run.projection === "max")
    sum = `largest of ${over.length} ${noun} score${over.length === 1 ? "" : "s"}`;
  else
    sum = made.tokens.length
      ? `sum of the shares of ${made.tokens.length} ${noun}s centred here`
      : `no ${noun} is centred here`;
  if (layer.substitutions)
    return {
      title,
      score: withUnit(layer, score),
      sum: "f(x) minus the mean over its substitutions",
      parts: substitutionsOf(layer, base),
    };
  const shown = made.agrees ? made.tokens : over;
  const parts = shown.map((token, i) => {
    const value = made.agrees ? made.shares[i] : layer.tokens.scores[token];
    return { token, text: layer.tokens.text(token), share: scored(layer, value), value };
  });
  return { title, score: withUnit(layer, score), sum, parts };
}

/** What each other letter would do to the output. @param {Layer} layer @param {number} base */
function substitutionsOf({ substitutions, sequence }, base) {
  return alphabet(sequence).flatMap((letter, row) => {
    const change = substitutions?.[row * sequence.length + base] ?? NaN;
    return isBase(sequence[base], letter) || Number.isNaN(change)
      ? []
      : [{ token: -1, text: `\u2192${letter}`, share: signed(change), value: change }];
  });
}

/**
 * A token's score and what it gives to each of its bases.
 * @param {Picture} picture
 * @param {Layer} layer
 * @param {number} token
 * @returns {{title: string, score: string, sum: string}}
 */
export function tokenWords(picture, layer, token) {
  const { tokens, run } = layer;
  const start = tokens.starts[token];
  const end = tokens.ends[token];
  const score = tokens.scores[token];
  const each = score / (end - start);
  return {
    title: `${tokens.text(token)} at ${rangeName(picture, start, end)}`,
    score: withUnit(layer, score),
    sum:
      run.projection === "split" && end - start > 1
        ? `${scored(layer, each)} to each of its ${end - start} bases`
        : `one ${tokenNoun(tokens)}`,
  };
}

/** The scores of special tokens, those of one kind together. @param {Layer} layer */
export function specialWords(layer) {
  const { tokens } = layer;
  const share = specialShare(tokens);
  if (Number.isNaN(share)) return { value: "no token scores", detail: "This method scores bases only." };
  /** @type {Map<string, {count: number, sum: number}>} */
  const kinds = new Map();
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.starts[i] >= 0) continue;
    const { count, sum } = kinds.get(tokens.text(i)) ?? { count: 0, sum: 0 };
    kinds.set(tokens.text(i), { count: count + 1, sum: sum + tokens.scores[i] });
  }
  if (!kinds.size) return { value: percent(share), detail: "There are none." };
  const each = [...kinds].map(
    ([text, { count, sum }]) => `${count > 1 ? `${whole(count)} \u00d7 ` : ""}${text} ${scored(layer, sum)}`,
  );
  const all = each.length > 1 ? `; together ${scored(layer, specialScore(tokens))}` : "";
  return { value: percent(share), detail: each.slice(0, 6).join(", ") + all };
}

/** What is known of the truth: "True class: promoter", or a measured value. @param {Picture} picture @returns {[string, string]} */
export function truth(picture) {
  return [picture.layers[0].run.regression ? "Measured value" : "True class", picture.truth ?? "unknown"];
}

/** One sentence for a screen reader. @param {Picture} picture */
export function summary(picture) {
  const [layer] = picture.layers;
  const layers =
    picture.layers.length > 1
      ? ` ${picture.layers.length} tracks: ${picture.layers.map((l) => l.name).join(", ")}.`
      : "";
  return (
    `${picture.name}, ${whole(picture.sequence.length)} bases. ${truth(picture).join(" ")}, predicted ${prediction(layer)}. ` +
    `Scores are in ${unit(layer)}. ${verdict(picture, layer).words}. ${peakSentence(picture, layer)}${layers} ` +
    `Arrow keys walk base by base; axis: ${axisTitle(picture)}.`
  );
}

/** The lines above an exported picture. @param {Picture} picture */
export function caption(picture) {
  return [
    `${picture.name}, ${truth(picture)[0].toLowerCase()}: ${truth(picture)[1]}`,
    ...picture.layers.map(
      (layer) =>
        `${layer.name ? `${layer.name}: ` : ""}predicted ${prediction(layer)}, explained ${layer.run.regression ? "the output" : layer.target} [${outputName(layer) || "unit unknown"}], ` +
        `f(x) = ${ends(layer).input}, f(baseline) = ${ends(layer).baseline}, ${layer.windows.length ? "largest " : ""}delta = ${plain(layer.delta)}; ${verdict(picture, layer).words}; ` +
        `${methodName(layer.run)}, baseline ${layer.run.baseline}, special tokens ${specialWords(layer).value}`,
    ),
  ];
}
