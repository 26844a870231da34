// Lines over positions on a canvas: mean scores, deletion curves. Few numbers, drawn at the screen's resolution.

import { SANS } from "../element/canvas-pen.js";
import { tickNames, ticks } from "../element/numbers.js";

/**
 * @typedef {object} Line
 * @property {number[]} x
 * @property {(number | null)[]} y
 * @property {string} color
 * @property {boolean} [dashed]
 */

/**
 * Give a canvas as many points as the screen has for it; return what draws on it, in CSS pixels, if it is laid out.
 * @param {HTMLCanvasElement} canvas @param {number} height
 */
export function sized(canvas, height) {
  const width = canvas.clientWidth;
  const context = width ? canvas.getContext("2d") : null;
  if (!context) return null;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Line[]} lines
 * @param {{height?: number, zero?: boolean, ink: string, grid: string, paper: string, xName: (x: number) => string}} look
 */
export function drawLines(canvas, lines, { height = 150, zero = true, ink, grid, xName }) {
  const width = canvas.clientWidth;
  const context = sized(canvas, height);
  if (!context) return;
  context.font = `11px ${SANS}`;
  const box = { left: 44, right: width - 8, top: 8, bottom: height - 22 };
  const [x0, x1] = span(
    lines.flatMap(({ x }) => x),
    false,
  );
  const [y0, y1] = span(
    lines.flatMap(({ y }) => y),
    zero,
  );
  const values = ticks(y0, y1, (box.bottom - box.top) / 34);
  const names = tickNames(values);
  box.left = Math.max(box.left, ...names.map((name) => context.measureText(name).width + 8));
  /** @param {number} x */
  const toX = (x) => box.left + ((x - x0) / (x1 - x0)) * (box.right - box.left);
  /** @param {number} y */
  const toY = (y) => box.bottom - ((y - y0) / (y1 - y0)) * (box.bottom - box.top);

  context.fillStyle = ink;
  context.lineWidth = 1;
  context.strokeStyle = grid;
  context.textBaseline = "middle";
  context.textAlign = "right";
  values.forEach((value, i) => {
    const y = Math.round(toY(value)) + 0.5;
    stroke(context, [
      [box.left, y],
      [box.right, y],
    ]);
    context.fillText(names[i], box.left - 6, y);
  });
  context.textAlign = "center";
  for (const value of ticks(x0, x1, (box.right - box.left) / 62)) {
    const x = Math.min(Math.max(toX(value), box.left + 8), box.right - 12);
    context.fillText(xName(value), x, height - 9);
  }
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  for (const { x, y, color, dashed } of lines) {
    context.strokeStyle = color;
    context.setLineDash(dashed ? [4, 3] : []);
    stroke(
      context,
      x.flatMap((at, i) => (y[i] === null ? [] : [[toX(at), toY(/** @type {number} */ (y[i]))]])),
    );
  }
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {number[][]} points */
function stroke(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** @param {(number | null)[]} values @param {boolean} zero whether zero must be inside @returns {[number, number]} */
function span(values, zero) {
  let low = zero ? 0 : Infinity;
  let high = zero ? 0 : -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) return Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  return [low, high];
}
