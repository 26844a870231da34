// What a stretch is that stands out: the same in the picture as in BED files and experiments, which have it from
// captum_dna/io/stretches.py and its numbers from captum_dna/core/options.py.

/** @import {Layer} from "./types" */

import { largest } from "./numbers.js";

/** Bases of a stretch have a quarter of the largest score, but for weak ones between two that are strong enough. */
export const SHARE = 0.25;
/** Bases that a stretch has at least; fewer only where none has as many. */
export const SHORTEST = 4;

/** @typedef {{start: number, end: number, sum: number}} Stretch */

/** @type {WeakMap<Layer, Stretch | null>} */
const found = new WeakMap();

/** The strongest stretch of a layer; null where no base has a score. @param {Layer} layer @returns {Stretch | null} */
export function peak(layer) {
  const known = found.get(layer);
  if (known !== undefined) return known;
  const made = strongest(layer.scores);
  found.set(layer, made);
  return made;
}

/** The stretch whose scores sum to most; null where no base has one. @param {Float64Array} scores @returns {Stretch | null} */
export function strongest(scores) {
  const bar = SHARE * largest(scores);
  if (bar === 0) return null;
  const every = [1, -1]
    .flatMap((sign) => segments(scores, sign, bar))
    .sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum) || a.start - b.start);
  return every.find(({ start, end }) => end - start >= SHORTEST) ?? every[0] ?? null;
}

/**
 * The maximal segments of the scores of one sign less the bar (Ruzzo and Tompa 1999), from left to right.
 * @param {Float64Array} scores
 * @param {number} sign
 * @param {number} bar
 * @returns {Stretch[]}
 */
function segments(scores, sign, bar) {
  /** @type {{start: number, end: number, left: number, right: number}[]} */
  const kept = [];
  let total = 0;
  scores.forEach((score, index) => {
    const gain = (Number.isNaN(score) ? 0 : sign * score) - bar;
    let left = total;
    total += gain;
    if (gain <= 0) return;
    let start = index;
    for (;;) {
      let at = kept.length - 1;
      while (at >= 0 && kept[at].left >= left) at--;
      if (at < 0 || kept[at].right >= total) break;
      ({ start, left } = kept[at]);
      kept.length = at;
    }
    kept.push({ start, end: index + 1, left, right: total });
  });
  return kept.map(({ start, end }) => ({ start, end, sum: sumOf(scores, start, end) }));
}

/** The sum of the scores of a stretch; a base without one counts nothing. @param {Float64Array} scores @param {number} start @param {number} end */
export function sumOf(scores, start, end) {
  return scores.slice(start, end).reduce((total, score) => total + (Number.isNaN(score) ? 0 : score), 0);
}
