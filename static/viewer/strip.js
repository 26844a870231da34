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
 */
export function drawStrip(element, coded) {
  element.hidden = !coded;
  element.style.backgroundImage = coded ? stripes(decodeStrip(coded), PALETTES[themeOf(element)]) : "";
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
