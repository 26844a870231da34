// The heat strip of a row: the strongest scores along a sequence, in the two-sided colours.

import { PALETTES, twoSided } from "../palette.js";
import { themeOf } from "../theme.js";

const NO_DATA = -128;

/** Shares from -1 to 1; NaN for no data. @param {string} coded base64 of int8 */
export function decodeStrip(coded) {
  return Array.from(atob(coded), (byte) => {
    const step = (byte.charCodeAt(0) << 24) >> 24;
    return step === NO_DATA ? NaN : step / 127;
  });
}

/** @param {HTMLCanvasElement} canvas @param {string | null} coded */
export function drawStrip(canvas, coded) {
  const palette = PALETTES[themeOf(canvas)];
  const shares = coded ? decodeStrip(coded) : [];
  canvas.width = Math.max(1, shares.length) * 4;
  canvas.height = 8;
  const context = canvas.getContext("2d");
  if (!context) return;
  shares.forEach((share, i) => {
    if (Number.isNaN(share)) return;
    context.fillStyle = twoSided(palette, share, 1);
    context.fillRect(i * 4, 0, 4, 8);
  });
}
