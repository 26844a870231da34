// Tokens on the base axis: rows that do not overlap, who covers a base, and how token scores make
// up a base's score.

/** @import {Layer, Tokens} from "./types" */

/** @type {WeakMap<Tokens, {rows: Int32Array, count: number}>} */
const staggered = new WeakMap();

/**
 * A row for every token such that no two of a row overlap: k rows for overlapping k-mers, one for
 * pieces that lie end to end. Special tokens have row -1.
 * @param {Tokens} tokens
 * @returns {{rows: Int32Array, count: number}}
 */
export function stagger(tokens) {
  const known = staggered.get(tokens);
  if (known) return known;
  const rows = new Int32Array(tokens.count).fill(-1);
  /** @type {number[]} */
  const freeFrom = [];
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.starts[i] < 0) continue;
    let row = freeFrom.findIndex((free) => free <= tokens.starts[i]);
    if (row < 0) row = freeFrom.length;
    freeFrom[row] = tokens.ends[i];
    rows[i] = row;
  }
  const found = { rows, count: freeFrom.length };
  staggered.set(tokens, found);
  return found;
}

/**
 * Indices of the tokens whose span holds a base.
 * @param {Tokens} tokens
 * @param {number} base
 */
export function covering(tokens, base) {
  const found = [];
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.starts[i] <= base && base < tokens.ends[i]) found.push(i);
  }
  return found;
}

/** The k of a k-mer tokenizer; 0 where lengths differ or k is 1. @param {Tokens} tokens */
export function kmerLength(tokens) {
  let k = 0;
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.starts[i] < 0) continue;
    const length = tokens.ends[i] - tokens.starts[i];
    if (k && k !== length) return 0;
    k = length;
  }
  return k > 1 ? k : 0;
}

/** What a token is called in a sentence. @param {Tokens} tokens */
export function tokenNoun(tokens) {
  const k = kmerLength(tokens);
  return k ? `${k}-mer` : "token";
}

/**
 * How the covering tokens make up the score of a base under the layer's projection. `value` is NaN
 * where the projection is not one of the known ones or the method scores bases directly.
 * @param {Layer} layer
 * @param {number} base
 * @returns {{tokens: number[], shares: number[], value: number, agrees: boolean}}
 */
export function makeUp(layer, base) {
  const { tokens } = layer;
  const over = covering(tokens, base);
  const scores = over.map((i) => tokens.scores[i]);
  let used = over;
  let shares = scores;
  let value = NaN;
  if (layer.run.projection === "split") {
    shares = over.map((i) => tokens.scores[i] / (tokens.ends[i] - tokens.starts[i]));
    value = sum(shares);
  } else if (layer.run.projection === "mean") {
    value = sum(scores) / scores.length;
  } else if (layer.run.projection === "max") {
    const at = scores.reduce((best, s, i) => (Math.abs(s) > Math.abs(scores[best]) ? i : best), 0);
    used = over.slice(at, at + 1);
    shares = scores.slice(at, at + 1);
    value = shares[0] ?? NaN;
  } else if (layer.run.projection === "center") {
    used = over.filter((i) => centreShare(tokens, i, base) > 0);
    shares = used.map((i) => tokens.scores[i] * centreShare(tokens, i, base));
    value = sum(shares);
  }
  return { tokens: used, shares, value, agrees: Math.abs(value - layer.scores[base]) <= tolerance(layer) };
}

/** Share of a token that its middle base, or each of its middle two, gets. @param {Tokens} tokens @param {number} i @param {number} base */
function centreShare(tokens, i, base) {
  const low = (tokens.starts[i] + tokens.ends[i] - 1) >> 1;
  const high = (tokens.starts[i] + tokens.ends[i]) >> 1;
  return (base === low ? 0.5 : 0) + (base === high ? 0.5 : 0);
}

/** Sum of the scores of the tokens that belong to no base. @param {Tokens} tokens */
export function specialScore(tokens) {
  let total = 0;
  for (let i = 0; i < tokens.count; i++) if (tokens.starts[i] < 0) total += tokens.scores[i];
  return total;
}

/** Share of special tokens in the sum of absolute scores; NaN without token scores. @param {Tokens} tokens */
export function specialShare(tokens) {
  let special = 0;
  let total = 0;
  for (let i = 0; i < tokens.count; i++) {
    const size = Math.abs(tokens.scores[i]);
    total += size;
    if (tokens.starts[i] < 0) special += size;
  }
  return total > 0 ? special / total : NaN;
}

/** Scores are kept in steps of 1/32767 of the largest: sums of them agree to a few steps. @param {Layer} layer */
function tolerance(layer) {
  let size = 0;
  for (const score of layer.tokens.scores) if (Math.abs(score) > size) size = Math.abs(score);
  for (const score of layer.scores) if (Math.abs(score) > size) size = Math.abs(score);
  return (size / 32767) * 4;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
