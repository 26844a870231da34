// Which scale a layer is drawn on: its own, one for the layers of a picture, or one for the whole page.

/** @import {Layer, Scales, SharedPayload} from "./types" */

import { extent, largest } from "./numbers.js";

/** Whether two layers may share a scale: the same output, both with a sign or both without, and no difference. @param {Layer} a @param {Layer} b */
function together({ run: a }, { run: b }) {
  return a.output === b.output && a.signed === b.signed && !a.difference && !b.difference;
}

/**
 * @param {Layer[]} layers
 * @param {SharedPayload | null} page what all pictures share, where they are to share a scale as well
 * @param {boolean} whiskers whether there has to be room for error bars
 * @returns {Scales}
 */
export function scalesOf(layers, page, whiskers = false) {
  const drawn = whiskers ? ends : (/** @type {Layer} */ { scores }) => [scores];
  const whole = layers.filter(({ run }) => !run.difference);
  const common = whole.every((layer) => together(layer, whole[0]));
  /** The layers that share the scale of one. @param {Layer} layer */
  const alike = (layer) => (common && !layer.run.difference ? whole : [layer]);
  /** The page's scale is that of whole scores. @param {Layer} layer */
  const shared = ({ run }) => (run.difference ? null : page);
  return {
    extents: layers.map((layer) => shared(layer)?.extent[layer.run.output] ?? extent(alike(layer).flatMap(drawn))),
    tokenSizes: layers.map(
      (layer) =>
        shared(layer)?.tokens[layer.run.output] ??
        Math.max(...alike(layer).map(({ tokens }) => largest(tokens.scores))),
    ),
  };
}

/** Both ends of the error bars of a layer, or its scores where it has none. @param {Layer} layer */
function ends({ scores, spread }) {
  if (!spread) return [scores];
  return [1, -1].map((sign) => scores.map((score, i) => score + sign * (spread.sd[i] || 0)));
}
