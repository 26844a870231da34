// Pictures of one sequence from several runs, put together as aligned tracks.

/** @import {PicturePayload, Run, SharedPayload} from "../element/types" */
/** @typedef {{picture: PicturePayload, shared: SharedPayload}} Shown */

/**
 * One picture with the first layer of each as a track.
 * @param {Shown[]} shown at least one
 * @param {string[]} names of the tracks
 * @param {number} [main] the one whose letters and name the picture has; by default the last
 * @returns {Shown}
 */
export function merged(shown, names, main = shown.length - 1) {
  if (shown.length === 1) return { picture: shown[0].picture, shared: { ...shown[0].shared, layers: [""] } };
  /** @type {Run[]} */
  const runs = [];
  const whole = shown[main];
  const layers = shown.map(({ picture, shared }) => {
    const [layer] = picture.l;
    runs.push(shared.runs[layer.r]);
    // Before and after a mutation differ in a letter, a pinned sequence in most: each track shows its own.
    const own = picture.s === whole.picture.s ? {} : { s: picture.s };
    return { ...layer, ...own, r: runs.length - 1 };
  });
  return {
    picture: { ...whole.picture, l: layers },
    shared: { ...whole.shared, runs, layers: names, extent: widest(shown), tokens: largestTokens(shown) },
  };
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
