// Colours: two themes, four bases, and a two-sided scale that colour-blind readers can tell apart.

/** @import {Palette} from "./types" */

import { COLOURS } from "./colours.js";

/** @type {Record<"light" | "dark", Palette>} */
export const PALETTES = COLOURS;

/**
 * Colour of a score on the two-sided scale: neutral at zero, full at `size`.
 * @param {Palette} palette
 * @param {number} score
 * @param {number} size
 */
export function twoSided(palette, score, size) {
  const share = size > 0 ? Math.min(1, Math.abs(score) / size) : 0;
  return mix(palette.neutral, score < 0 ? palette.away : palette.towards, share);
}

/** @param {Palette} palette @param {string} letter */
export function baseColor(palette, letter) {
  return palette.bases[letter.toUpperCase()] ?? palette.bases.N;
}

/** Black or white text, whichever reads better on a colour. @param {string} color */
export function readableOn(color) {
  const [r, g, b] = channels(color).map((c) => (c / 255) ** 2.2);
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return light > 0.19 ? "#10141a" : "#ffffff";
}

/** @param {string} from @param {string} to @param {number} share */
export function mix(from, to, share) {
  const a = channels(from);
  const b = channels(to);
  const parts = a.map((c, i) => Math.round(c + (b[i] - c) * share));
  return `#${parts.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {string} color "#rrggbb" */
function channels(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}
