// A pen that writes SVG, for export. Pure text.

/** @import {Pen} from "./types" */

import { GLYPHS } from "./glyphs.js";

/** Text safe inside SVG elements and attributes. @param {string} text */
export function escapeXml(text) {
  return text
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}

/** @param {number} value */
function short(value) {
  return String(Math.round(value * 100) / 100);
}

/** @implements {Pen} */
export class SvgPen {
  constructor() {
    /** @type {string[]} */
    this.parts = [];
    this.clips = 0;
  }

  /** @type {Pen["rect"]} */
  rect(x, y, width, height, fill) {
    this.parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, width))}" height="${short(height)}" fill="${fill}"/>`,
    );
  }

  /** @type {Pen["frame"]} */
  frame(x, y, width, height, stroke) {
    this.parts.push(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="none" stroke="${stroke}"/>`,
    );
  }

  /** @type {Pen["line"]} */
  line(x1, y1, x2, y2, stroke) {
    this.parts.push(`<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" stroke="${stroke}"/>`);
  }

  /** @type {Pen["area"]} */
  area(points, fill) {
    this.parts.push(`<path d="M${points.map(short).join(" ")}Z" fill="${fill}"/>`);
  }

  /** @type {Pen["glyph"]} */
  glyph(letter, x, y, width, height, fill) {
    const matrix = `translate(${short(x)} ${short(y)}) scale(${(width / 100).toFixed(4)} ${(height / 100).toFixed(4)})`;
    this.parts.push(`<path d="${GLYPHS[letter]}" fill-rule="evenodd" transform="${matrix}" fill="${fill}"/>`);
  }

  /** @type {Pen["text"]} */
  text(x, y, words, style) {
    const anchor = style.align === "right" ? "end" : style.align === "center" ? "middle" : "start";
    const family = style.mono ? "monospace" : "Helvetica, Arial, sans-serif";
    this.parts.push(
      `<text x="${short(x)}" y="${short(y + style.size * 0.35)}" font-family="${family}" font-size="${style.size}" ` +
        `font-weight="${style.weight ?? 400}" text-anchor="${anchor}" fill="${style.fill}">${escapeXml(words)}</text>`,
    );
  }

  /** @type {Pen["clip"]} */
  clip(x, y, width, height, draw) {
    const id = `clip${this.clips++}`;
    this.parts.push(
      `<clipPath id="${id}"><rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"/></clipPath><g clip-path="url(#${id})">`,
    );
    draw();
    this.parts.push("</g>");
  }

  /** The whole document. @param {number} width @param {number} height @param {string} title @param {string} description */
  document(width, height, title, description) {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${short(width)}" height="${short(height)}" viewBox="0 0 ${short(width)} ${short(height)}" role="img">` +
      `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>${this.parts.join("")}</svg>\n`
    );
  }
}
