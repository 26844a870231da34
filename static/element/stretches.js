// Names and brackets over the bars: the strongest stretch, and stretches that somebody marked.

/** @import {Band, Layout, Look, Pen, Picture, Window} from "./types" */

import { baseWidth, baseX, plotWidth } from "./layout.js";
import { peak, unit } from "./words.js";

const LONGEST_NAME = 24;
const LETTER = 7.4;
/** Pixels per base from which on the bars are letters themselves. */
const READ_FROM = 6;

/**
 * The name of the strongest stretch of a track and where it is written; null where the letters can be read anyway.
 * @param {Picture} picture
 * @param {Layout} layout
 * @param {Band} band
 * @param {Window} window
 * @returns {{words: string, x: number, y: number, width: number, start: number, end: number} | null}
 */
export function stretchName(picture, layout, band, window) {
  const layer = picture.layers[band.index];
  const found = peak(layer);
  if (!found || found.end - found.start > LONGEST_NAME || baseWidth(layout, window) >= READ_FROM) return null;
  if (found.end <= window.start || found.start >= window.end) return null;
  const words = layer.sequence.slice(found.start, found.end);
  const width = words.length * LETTER;
  const many = picture.layers.length > 1;
  const left = layout.left + (many ? layer.name.length * 7 + 16 : 0);
  const apart = many && picture.layers.some((other) => unit(other) !== unit(layer));
  const right = layout.left + plotWidth(layout) - (apart ? unit(layer).length * 6 + 16 : 0);
  const middle = baseX(layout, window, (found.start + found.end) / 2);
  const x = Math.max(left, Math.min(right - width, middle - width / 2));
  return { words, x, y: band.top - 10, width, start: found.start, end: found.end };
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
export function drawStretches(pen, picture, layout, band, window, { palette, marks = [] }) {
  for (const [start, end] of marks) bracket(pen, layout, band, window, start, end, palette.muted);
  const name = stretchName(picture, layout, band, window);
  if (!name) return;
  bracket(pen, layout, band, window, name.start, name.end, palette.ink);
  const style = { fill: palette.ink, size: 12, weight: 600, mono: true };
  pen.text(name.x, name.y, name.words, style);
}

/** @param {Pen} pen @param {Layout} layout @param {Band} band @param {Window} window @param {number} start @param {number} end @param {string} color */
function bracket(pen, layout, band, window, start, end, color) {
  const right = layout.left + plotWidth(layout);
  const from = Math.round(Math.max(layout.left, baseX(layout, window, start)));
  const to = Math.round(Math.min(right, baseX(layout, window, end)));
  if (to < layout.left || from > right) return;
  const y = band.top - 3;
  pen.rect(from, y, Math.max(2, to - from), 1.5, color);
  pen.rect(from, y, 1.5, 4, color);
  pen.rect(Math.max(from, to - 1.5), y, 1.5, 4, color);
}
