// A pen that draws on a canvas.

/** @import {Pen} from "./types" */

import { GLYPHS } from "./glyphs.js";

export const SANS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
export const MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace';

/** @type {Record<string, Path2D>} */
const outlines = {};

/** @implements {Pen} */
export class CanvasPen {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    /** The font that is set: setting it is slow, so it is set when it changes. */
    this.font = "";
  }

  /** @type {Pen["rect"]} */
  rect(x, y, width, height, fill) {
    this.context.fillStyle = fill;
    this.context.fillRect(x, y, width, height);
  }

  /** @type {Pen["frame"]} */
  frame(x, y, width, height, stroke) {
    this.context.strokeStyle = stroke;
    this.context.lineWidth = 1;
    this.context.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), Math.max(0, height - 1));
  }

  /** @type {Pen["line"]} */
  line(x1, y1, x2, y2, stroke) {
    const { context } = this;
    context.strokeStyle = stroke;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  }

  /** @type {Pen["area"]} */
  area(points, fill) {
    const { context } = this;
    context.fillStyle = fill;
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
    context.fill();
  }

  /** @type {Pen["glyph"]} */
  glyph(letter, x, y, width, height, fill) {
    const { context } = this;
    outlines[letter] ??= new Path2D(GLYPHS[letter]);
    context.save();
    context.translate(x, y);
    context.scale(width / 100, height / 100);
    context.fillStyle = fill;
    context.fill(outlines[letter], "evenodd");
    context.restore();
  }

  /** @type {Pen["text"]} */
  text(x, y, words, style) {
    const { context } = this;
    const font = `${style.weight ?? 400} ${style.size}px ${style.mono ? MONO : SANS}`;
    if (font !== this.font) context.font = this.font = font;
    context.textAlign = style.align ?? "left";
    context.textBaseline = "middle";
    context.fillStyle = style.fill;
    context.fillText(words, x, y);
  }

  /** @type {Pen["clip"]} */
  clip(x, y, width, height, draw) {
    const { context, font } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
    this.font = font;
  }
}
