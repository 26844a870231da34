// Names and brackets over the bars: the strongest stretch, and stretches that somebody marked.

/** @import {Band, Layout, Look, Pen, Picture, Window} from "./types" */

import { baseWidth, baseX, plotWidth } from "./layout.js";
import { peak } from "./strongest.js";
import { unit } from "./words.js";

const LONGEST_NAME = 24;
const LETTER = 7.4;
const TITLE_LETTER = 7;
const UNIT_LETTER = 6;
/** Pixels per base from which on the bars are letters themselves. */
const READ_FROM = 6;

/**
 * What stands above the bars of a track among others, left and right, and the pixels that each takes. A long name is cut, and
 * the unit left out where it does not fit; the table of tracks has both.
 * @param {Picture} picture
 * @param {Layout} layout
 * @param {number} index
 */
export function trackTitle(picture, layout, index) {
  const layer = picture.layers[index];
  if (picture.layers.length === 1) return { name: "", unit: "", left: 0, right: 0 };
  const plot = plotWidth(layout);
  const most = Math.floor(plot / TITLE_LETTER);
  const name = layer.name.length > most ? `${layer.name.slice(0, most - 1)}\u2026` : layer.name;
  const left = name.length * TITLE_LETTER + 16;
  const words = picture.layers.some((other) => unit(other) !== unit(layer)) ? unit(layer) : "";
  const right = words.length * UNIT_LETTER + 16;
  return words && left + right <= plot ? { name, unit: words, left, right } : { name, unit: "", left, right: 0 };
}

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
  const title = trackTitle(picture, layout, band.index);
  const left = layout.left + title.left;
  const right = layout.left + plotWidth(layout) - title.right;
  if (right - left < width && picture.layers.length > 1) return null;
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
