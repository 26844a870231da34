// The letters of a few bases below the bars, so that the strongest stretch is read without zooming.

/** @import {Band, Layout, Look, Pen, Picture, Target, Window} from "./types" */

import { axisTicks } from "./axis.js";
import { baseX, DETAIL_BASES, plotWidth } from "./layout.js";
import { peak } from "./strongest.js";
import { clamp } from "./viewport.js";

/** Bases at the ends of the detail from which on it moves along with the pointer. */
const EDGE = 2;

/**
 * The bases that are shown: those around the pointer, else around the selection, else around the strongest stretch.
 * @param {Picture} picture
 * @param {Target | null} pointed
 * @param {Window | null} selected
 * @param {Window | null} before what is shown; it stays while the pointer is well within it
 * @returns {Window}
 */
export function detailOf(picture, pointed, selected, before = null) {
  if (pointed && before && pointed.base >= before.start + EDGE && pointed.base < before.end - EDGE) return before;
  const strongest = selected ?? peak(picture.layers[0]) ?? { start: 0, end: 0 };
  const middle = pointed ? pointed.base + 0.5 : (strongest.start + strongest.end) / 2;
  const start = Math.round(middle - DETAIL_BASES / 2);
  return clamp({ start, end: start + DETAIL_BASES }, picture.sequence.length);
}

/** Where in the sequence the detail lies: a frame over the bars, and lines that lead from the axis to it. @param {Pen} pen @param {Layout} layout @param {Window} window @param {Look} look */
export function drawDetailPlace(pen, layout, window, { detail, palette }) {
  const axis = layout.bands.find(({ kind }) => kind === "axis");
  const box = layout.bands.find(({ kind }) => kind === "detail");
  if (!detail || !axis || !box) return;
  const right = layout.left + plotWidth(layout);
  const [from, to] = [detail.start, detail.end].map((base) =>
    Math.min(right, Math.max(layout.left, baseX(layout, window, base))),
  );
  const bottom = axis.top + axis.height;
  pen.rect(from, axis.top - 2, Math.max(2, to - from), 3, palette.muted);
  pen.line(from, bottom, layout.left, box.top, palette.grid);
  pen.line(to, bottom, right, box.top, palette.grid);
}

/** The numbers below the letters. @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Look} look */
export function drawDetailAxis(pen, picture, layout, band, { detail, palette }) {
  if (!detail) return;
  const right = layout.width - layout.right;
  for (const { base, label } of axisTicks(picture, detail, plotWidth(layout))) {
    const x = baseX(layout, detail, base + 0.5);
    const half = label.length * 3.2;
    if (x - half < layout.left - 20 || x + half > right + 10) continue;
    pen.text(x, band.top + band.height + 8, label, { fill: palette.muted, size: 10.5, align: "center" });
  }
}
