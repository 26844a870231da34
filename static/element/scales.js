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
 * @returns {Scales}
 */
export function scalesOf(layers, page) {
  const common = unitsAgree(layers);
  return {
    extents: layers.map(
      ({ run, scores }) => page?.extent[run.output] ?? extent(common ? layers.map((one) => one.scores) : [scores]),
    ),
    tokenSizes: layers.map(
      ({ run, tokens }) =>
        page?.tokens[run.output] ??
        Math.max(...(common ? layers.map((one) => largest(one.tokens.scores)) : [largest(tokens.scores)])),
    ),
  };
}
