// Pictures of one sequence from several runs, put together as aligned tracks, and the difference of two.

/** @import {LayerPayload, PicturePayload, Run, SharedPayload} from "../element/types" */
/** @typedef {{picture: PicturePayload, shared: SharedPayload}} Shown */

import { decodeScores } from "../element/payload.js";

const STEPS = 32767;
const NO_DATA = -32768;

/**
 * One picture with the first layer of each as a track.
 * @param {Shown[]} shown at least one; the letters and the name are the last one's
 * @param {string[]} names of the tracks
 * @returns {Shown}
 */
export function merged(shown, names) {
  if (shown.length === 1) return { picture: shown[0].picture, shared: { ...shown[0].shared, layers: [""] } };
  /** @type {Run[]} */
  const runs = [];
  const last = shown[shown.length - 1];
  const layers = shown.map(({ picture, shared }) => {
    const [layer] = picture.l;
    runs.push(shared.runs[layer.r]);
    // Before and after a mutation differ in a letter, and each track shows its own.
    const own = picture.s === last.picture.s ? {} : { s: picture.s };
    return { ...layer, ...own, r: runs.length - 1 };
  });
  return {
    picture: { ...last.picture, l: layers },
    shared: { ...last.shared, runs, layers: names, extent: widest(shown), tokens: largestTokens(shown) },
  };
}

/**
 * After minus before, as a layer of its own: its sums are the change of f(x) \u2212 f(baseline).
 * @param {Shown} before
 * @param {Shown} after
 * @param {[number, string]} [exact] the difference of the base scores, where it is known better than from their codes
 * @returns {Shown}
 */
export function difference(before, after, exact) {
  const a = after.picture.l[0];
  const b = before.picture.l[0];
  const sameTokens = a.t.count === b.t.count;
  /** @type {LayerPayload} */
  const layer = {
    ...a,
    p: "difference",
    q: null,
    f: a.f.map((value, i) => (value === null || b.f[i] === null ? null : i === 3 ? Math.max(value, b.f[i]) : value - b.f[i])),
    e: a.e + b.e,
    ok: a.ok && b.ok ? 1 : 0,
    b: exact ?? encodeScores(minus(decodeScores(a.b), decodeScores(b.b))),
    m: undefined,
    u: undefined,
    w: encodeScores(sameTokens ? minus(decodeScores(a.w), decodeScores(b.w)) : new Float64Array(a.t.count).fill(NaN)),
  };
  // Its name says that it is no explanation of its own: nothing is said of how little f(x) moves.
  const runs = after.shared.runs.map((run) => ({ ...run, method: `difference of ${run.method}` }));
  return { picture: { ...after.picture, l: [layer] }, shared: { ...after.shared, runs } };
}

/** @param {Float64Array} a @param {Float64Array} b */
function minus(a, b) {
  return a.map((value, i) => value - b[i]);
}

/** The writer of what `decodeScores` reads. @param {Float64Array} scores @returns {[number, string]} */
export function encodeScores(scores) {
  let largest = 0;
  for (const score of scores) if (Math.abs(score) > largest) largest = Math.abs(score);
  let bytes = "";
  for (const score of scores) {
    const step = Number.isNaN(score) ? NO_DATA : largest > 0 ? Math.round((score / largest) * STEPS) : 0;
    bytes += String.fromCharCode(step & 255, (step >> 8) & 255);
  }
  return [largest, btoa(bytes)];
}

/** A track with a mark on every mutated base. @param {PicturePayload} picture @param {string} original @returns {PicturePayload} */
export function withMutations(picture, original) {
  /** @type {[number, number, string][]} */
  const spans = [];
  for (let i = 0; i < picture.s.length; i++) {
    if (picture.s[i] !== original[i]) spans.push([i, i + 1, `${original[i]}\u2192${picture.s[i]}`]);
  }
  return spans.length ? { ...picture, a: [...(picture.a ?? []), ["mutated", spans]] } : picture;
}

/** @param {Shown[]} shown */
function widest(shown) {
  /** @type {Record<string, [number, number]>} */
  const extent = {};
  for (const { shared } of shown) {
    for (const [output, [low, high]] of Object.entries(shared.extent)) {
      const known = extent[output] ?? [0, 0];
      extent[output] = [Math.min(known[0], low), Math.max(known[1], high)];
    }
  }
  return extent;
}

/** @param {Shown[]} shown */
function largestTokens(shown) {
  /** @type {Record<string, number>} */
  const tokens = {};
  for (const { shared } of shown) {
    for (const [output, size] of Object.entries(shared.tokens)) tokens[output] = Math.max(tokens[output] ?? 0, size);
  }
  return tokens;
}
