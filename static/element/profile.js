// Many bases per pixel: the highest and the lowest score of every pixel as a filled profile, so that
// no peak is lost however far the view is zoomed out.

/** @import {Layout, Palette, Pen, Window} from "./types" */

import { baseAt, plotWidth } from "./layout.js";

/**
 * @param {Pen} pen
 * @param {Float64Array} scores
 * @param {Layout} layout
 * @param {Window} window
 * @param {(score: number) => number} toY
 * @param {number} zero
 * @param {Palette} palette
 */
export function drawProfile(pen, scores, layout, window, toY, zero, palette) {
  const columns = extremes(scores, window, Math.round(plotWidth(layout)), (x) =>
    baseAt(layout, window, layout.left + x),
  );
  for (const side of /** @type {const} */ (["high", "low"])) {
    const points = [layout.left, zero];
    columns[side].forEach((score, x) => {
      const y = toY(score);
      points.push(layout.left + x, y, layout.left + x + 1, y);
    });
    points.push(layout.left + columns[side].length, zero);
    pen.area(points, side === "high" ? palette.towards : palette.away);
  }
}

/**
 * Highest (at least 0) and lowest (at most 0) score per pixel column.
 * @param {Float64Array} scores
 * @param {Window} window
 * @param {number} width
 * @param {(x: number) => number} toBase
 */
export function extremes(scores, window, width, toBase) {
  const high = new Float64Array(width);
  const low = new Float64Array(width);
  for (let x = 0; x < width; x++) {
    const first = Math.max(0, Math.floor(toBase(x)));
    const last = Math.min(scores.length, Math.max(first + 1, Math.ceil(Math.min(window.end, toBase(x + 1)))));
    for (let i = first; i < last; i++) {
      if (scores[i] > high[x]) high[x] = scores[i];
      else if (scores[i] < low[x]) low[x] = scores[i];
    }
  }
  return { high, low };
}
