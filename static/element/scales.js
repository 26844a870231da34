// Which scale a layer is drawn on: its own, one for the layers of a picture, or one for the whole page.

/** @import {Layer, Scales, SharedPayload} from "./types" */

import { extent, largest } from "./numbers.js";

/** Whether layers may share a scale: the same output, and all with a sign or all without. @param {Layer[]} layers */
export function unitsAgree(layers) {
  return layers.every(
    (layer) => layer.run.output === layers[0].run.output && layer.run.signed === layers[0].run.signed,
  );
}

/**
 * @param {Layer[]} layers
 * @param {SharedPayload | null} page what all pictures share, where they are to share a scale as well
 * @param {boolean} whiskers whether there has to be room for error bars
 * @returns {Scales}
 */
export function scalesOf(layers, page, whiskers = false) {
  const common = unitsAgree(layers);
  const drawn = whiskers ? ends : (/** @type {Layer} */ { scores }) => [scores];
  return {
    extents: layers.map(
      (layer) => page?.extent[layer.run.output] ?? extent(common ? layers.flatMap(drawn) : drawn(layer)),
    ),
    tokenSizes: layers.map(
      ({ run, tokens }) =>
        page?.tokens[run.output] ??
        Math.max(...(common ? layers.map((one) => largest(one.tokens.scores)) : [largest(tokens.scores)])),
    ),
  };
}

/** Both ends of the error bars of a layer, or its scores where it has none. @param {Layer} layer */
function ends({ scores, spread }) {
  if (!spread) return [scores];
  return [1, -1].map((sign) => scores.map((score, i) => score + sign * (spread.sd[i] || 0)));
}
