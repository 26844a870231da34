// Where things are: bands from top to bottom, pixels to bases, and what lies under a pointer.

/** @import {Band, Layout, Picture, Target, Window} from "./types" */

import { stagger } from "./tokens.js";

const NARROW = 560;
const TOKEN_ROWS = 12;
const STRANDS_HEIGHT = 40;
const SUBSTITUTION_ROW = 11;
/** The strip above the bars in which stretches are named. */
const NAMES = 18;
/** Bases whose letters stand below the bars, and what of a sequence must be out of sight for that to help. */
export const DETAIL_BASES = 40;
const DETAIL_GAP = 12;

/**
 * @param {Picture} picture
 * @param {number} width pixels
 * @param {object} [options]
 * @param {boolean} [options.tokens] whether token bands are shown
 * @param {number} [options.plot] pixels that the bars of all tracks may take, where there is much room
 * @returns {Layout}
 */
export function layOut(picture, width, { tokens = true, plot = 0 } = {}) {
  const many = picture.layers.length > 1;
  const narrow = width < NARROW;
  const logoHeight = many ? Math.max(96, Math.floor(plot / picture.layers.length)) : Math.max(narrow ? 150 : 180, plot);
  const rowHeight = many ? 6 : narrow ? 9 : 11;
  /** @type {Band[]} */
  const bands = [];
  let top = many ? 0 : NAMES;
  /** @param {Band["kind"]} kind @param {number} index @param {number} height @param {number} gap */
  const add = (kind, index, height, gap, rows = 0) => {
    bands.push({ kind, index, top, height, rowHeight: rows });
    top += height + gap;
  };
  picture.layers.forEach((layer, index) => {
    if (many) top += NAMES + 4;
    add("logo", index, logoHeight, 4);
    if (layer.strands) add("strands", index, STRANDS_HEIGHT, 6);
    if (layer.substitutions) add("substitutions", index, 4 * SUBSTITUTION_ROW, 6, SUBSTITUTION_ROW);
    const aligned = picture.layers.some((other) => other.sequence !== picture.sequence);
    if (aligned || index === picture.layers.length - 1) add("letters", index, 16, 6);
    const rows = Math.min(TOKEN_ROWS, stagger(layer.tokens).count);
    if (tokens && rows && !layer.tokens.scores.every(Number.isNaN))
      add("tokens", index, rows * (rows === 1 ? 16 : rowHeight), many ? 8 : 12, rows === 1 ? 16 : rowHeight);
  });
  picture.tracks.forEach((_, index) => add("track", index, 32, 6));
  add("axis", 0, 24, 0);
  if (picture.sequence.length > 1.5 * DETAIL_BASES) {
    top += DETAIL_GAP;
    picture.layers.forEach((_, index) => add("detail", index, many ? 48 : narrow ? 64 : 76, 4));
    top += 14; // the numbers of its bases
  }
  return { width, height: top, left: narrow ? 46 : 60, right: narrow ? 8 : 16, bands };
}

/** Pixels that the base axis spans. @param {Layout} layout */
export function plotWidth(layout) {
  return Math.max(1, layout.width - layout.left - layout.right);
}

/** Pixels per base. @param {Layout} layout @param {Window} window */
export function baseWidth(layout, window) {
  return plotWidth(layout) / (window.end - window.start);
}

/** Left edge of a base, in pixels. @param {Layout} layout @param {Window} window @param {number} base */
export function baseX(layout, window, base) {
  return layout.left + (base - window.start) * baseWidth(layout, window);
}

/** The (fractional) base at a pixel. @param {Layout} layout @param {Window} window @param {number} x */
export function baseAt(layout, window, x) {
  return window.start + (x - layout.left) / baseWidth(layout, window);
}

/**
 * What lies under a pointer; null beside the plot.
 * @param {Layout} layout
 * @param {Window} window
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {Window | null} [detail] the bases below the bars
 * @returns {Target | null}
 */
export function hit(layout, window, picture, x, y, detail = null) {
  const below =
    detail && layout.bands.find(({ kind, top, height }) => kind === "detail" && y >= top && y < top + height);
  if (below) {
    const found = hit({ ...layout, bands: [] }, detail, picture, x, y);
    return found && { ...found, layer: below.index };
  }
  const base = Math.floor(baseAt(layout, window, x));
  if (x < layout.left || x > layout.width - layout.right || base < 0 || base >= picture.sequence.length) return null;
  let layer = 0;
  for (const band of layout.bands) {
    if (band.kind === "logo" && y >= band.top) layer = band.index;
    if (band.kind !== "tokens" || y < band.top || y >= band.top + band.height) continue;
    const row = Math.floor((y - band.top) / band.rowHeight);
    const { tokens } = picture.layers[band.index];
    const { rows } = stagger(tokens);
    const token = rows.findIndex((r, i) => r === row && tokens.starts[i] <= base && base < tokens.ends[i]);
    return { base, token, layer: band.index };
  }
  return { base, token: -1, layer };
}

/** The same base of another picture of the same bases, whose tracks and tokens may be other ones. @param {Target} pointed @param {Picture} picture @returns {Target} */
export function standOn({ base, token, layer }, picture) {
  const on = Math.min(layer, picture.layers.length - 1);
  const { starts, ends } = picture.layers[on].tokens;
  const covered = token >= 0 && starts[token] <= base && base < ends[token];
  return { base: Math.min(base, picture.sequence.length - 1), token: covered ? token : -1, layer: on };
}
