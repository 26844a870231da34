// The heat strip of a row: the strongest scores along a sequence, in the two-sided colours.

/** @import {Palette} from "../element/types" */

import { PALETTES, twoSided } from "../element/palette.js";
import { themeOf } from "../element/theme.js";

const NO_DATA = -128;

/** Shares from -1 to 1; NaN for no data. @param {string} coded base64 of int8 */
export function decodeStrip(coded) {
  return Array.from(atob(coded), (byte) => {
    const step = (byte.charCodeAt(0) << 24) >> 24;
    return step === NO_DATA ? NaN : step / 127;
  });
}

/**
 * Paint it as a background, which costs the browser less than a canvas in every row.
 * @param {HTMLElement} element
 * @param {string | null} coded nothing for none
 * @param {[number, number][]} [hits] stretches to mark with a tick each
 * @param {number} [length] bases
 */
export function drawStrip(element, coded, hits = [], length = 1) {
  const palette = PALETTES[themeOf(element)];
  element.hidden = !coded && !hits.length;
  const images = coded ? [stripes(decodeStrip(coded), palette)] : [];
  if (hits.length) images.unshift(ticked(hits, length, palette.ink));
  element.style.backgroundImage = images.join(", ");
  element.style.backgroundSize = images.map((_, i) => (hits.length && !i ? "100% 100%" : "100% 8px")).join(", ");
  element.classList.toggle("ticked", hits.length > 0);
}

/** A CSS image of one tick per stretch, at its middle. @param {[number, number][]} hits @param {number} length @param {string} color */
function ticked(hits, length, color) {
  const stops = hits
    .map(([start, end]) => `${+((50 * (start + end)) / length).toFixed(2)}%`)
    .map(
      (at) =>
        `transparent calc(${at} - 1px), ${color} calc(${at} - 1px) calc(${at} + 1px), transparent calc(${at} + 1px)`,
    );
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** A CSS image of shares side by side. @param {number[]} shares @param {Palette} palette */
export function stripes(shares, palette) {
  const colors = shares.map((share) => (Number.isNaN(share) ? "transparent" : twoSided(palette, share, 1)));
  const stops = colors.map((color, i) => `${color} ${percent(i, shares)} ${percent(i + 1, shares)}`);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** @param {number} i @param {number[]} shares */
function percent(i, shares) {
  return `${+((100 * i) / shares.length).toFixed(2)}%`;
}
