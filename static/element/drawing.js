// A picture on its canvases: how it is laid out, how it looks, and what lies at a pixel.

/** @import {Layout, Look, Picture, SharedPayload, Window} from "./types" */
/** @import {Place} from "./place.js" */

import { CanvasPen } from "./canvas-pen.js";
import { baseAt, baseWidth, baseX, hit, layOut } from "./layout.js";
import { drawMinimap, MINIMAP_HEIGHT } from "./minimap.js";
import { PALETTES } from "./palette.js";
import { scalesOf } from "./scales.js";
import { BARS_FROM, drawScene } from "./scene.js";
import { stretchName } from "./stretches.js";
import { themeOf } from "./theme.js";

/** Pixels between the margins of a sheet, as browsers count them, and how fine they are. */
const PAPER = 960;
const PAPER_RATIO = 2;
/** Pixels of an exported picture at least. */
const NARROWEST_SHEET = 900;
/** How far from the name of a stretch a click still means it. */
const NEAR_NAME = { x: 3, y: 10 };

/** @typedef {{window?: Window, width?: number, words?: boolean}} Sheet what an export shows, how wide, and whether words stand above */

export class Drawing {
  /** @type {Layout} */
  layout = { width: 0, height: 0, left: 0, right: 0, bands: [] };
  tokens = true;
  whiskers = false;
  onPaper = false;
  /** Pixels that the bars may take, where the page around has much room. */
  plotHeight = 0;
  /** Stretches with a bracket over them. @type {[number, number][]} */
  marks = [];

  /** @param {HTMLElement} host whose attributes say how to draw @param {Place} place */
  constructor(host, place) {
    this.host = host;
    this.place = place;
  }

  get theme() {
    return this.onPaper ? "light" : themeOf(this.host);
  }

  /** @returns {"bases" | "sign"} */
  get colors() {
    return this.#asked("colors") === "sign" ? "sign" : "bases";
  }

  /** An attribute of the element, or of the page around it. @param {string} name */
  #asked(name) {
    return this.host.getAttribute(name) ?? this.host.closest("dna-views")?.getAttribute(name);
  }

  /** Lay a picture out in a width of the screen, or in that of paper. @param {Picture} picture @param {number} width */
  layOut(picture, width) {
    const { tokens, onPaper } = this;
    const wide = onPaper ? PAPER : width;
    if (wide) this.layout = layOut(picture, wide, { tokens, plot: onPaper ? 0 : this.plotHeight });
    return wide > 0;
  }

  /** @param {Picture} picture @param {SharedPayload | null} shared @returns {Look} */
  look(picture, shared) {
    const { pointed, selected, sketch, detail } = this.place;
    const { colors, marks, whiskers } = this;
    const scales = scalesOf(picture.layers, this.#asked("scale") === "same" ? shared : null, whiskers);
    const palette = PALETTES[this.theme];
    return { ...scales, palette, colors, pointed, selected: sketch ?? selected, detail, marks, whiskers };
  }

  /** Draw; says in which colours the bars are. @param {Picture} picture @param {SharedPayload | null} shared @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} minimap */
  paint(picture, shared, canvas, minimap) {
    const { layout, place } = this;
    const look = this.look(picture, shared);
    const ratio = this.onPaper ? PAPER_RATIO : window.devicePixelRatio || 1;
    const main = prepare(canvas, layout.width, layout.height, ratio);
    if (main) drawScene(new CanvasPen(main), picture, layout, place.window, look);
    const mini = prepare(minimap, layout.width, MINIMAP_HEIGHT, ratio);
    if (mini) drawMinimap(mini, layout, picture.layers[0], place.window, look.palette);
    // Bars narrower than a pixel have the colours of their sign, and the legend says so.
    return baseWidth(layout, place.window) >= BARS_FROM ? this.colors : "sign";
  }

  /** What an export draws. @param {Picture} picture @param {SharedPayload | null} shared @param {Sheet} sheet @returns {[Picture, Layout, Window, Look, boolean]} */
  sheet(picture, shared, { window = this.place.window, width, words = true }) {
    const { tokens } = this;
    const layout = layOut(picture, width ?? Math.max(NARROWEST_SHEET, this.layout.width), { tokens });
    return [picture, layout, window, this.look(picture, shared), words];
  }

  /** Where the left edge of a base is drawn, in pixels from the left. @param {number} base */
  xOf(base) {
    return baseX(this.layout, this.place.window, base);
  }

  /** The middle of the first band of a kind, in pixels from the top. @param {string} kind */
  yOf(kind) {
    const band = this.#band(kind);
    return band ? band.top + band.height / 2 : NaN;
  }

  /** @param {string} kind */
  #band(kind) {
    return this.layout.bands.find((band) => band.kind === kind);
  }

  /** The (fractional) base at a pixel. @param {number} x */
  baseAt(x) {
    return baseAt(this.layout, this.place.window, x);
  }

  /** The base or token at a pixel, and whether it is one of the letters below the bars. @param {Picture} picture @param {number} x @param {number} y */
  targetAt(picture, x, y) {
    const { window, detail } = this.place;
    const below = this.#band("detail");
    const within = below !== undefined && y >= below.top;
    return { target: hit(this.layout, window, picture, x, y, detail), within };
  }

  /** @param {Picture | null} picture @param {number} x @param {number} y @returns {"axis" | "stretch" | "bases"} */
  partAt(picture, x, y) {
    const axis = this.#band("axis");
    if (axis && y >= axis.top - 2 && y < axis.top + axis.height) return "axis";
    return this.stretchAt(picture, x, y) ? "stretch" : "bases";
  }

  /** The named stretch whose name stands there. @param {Picture | null} picture @param {number} x @param {number} y */
  stretchAt(picture, x, y) {
    if (!picture) return null;
    const names = this.layout.bands.map((band) =>
      band.kind === "logo" ? stretchName(picture, this.layout, band, this.place.window) : null,
    );
    return names.find(
      (name) =>
        name &&
        Math.abs(y - name.y) <= NEAR_NAME.y &&
        x >= name.x - NEAR_NAME.x &&
        x <= name.x + name.width + NEAR_NAME.x,
    );
  }
}

/** A cleared context at a resolution. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} ratio */
function prepare(canvas, width, height, ratio) {
  const wide = Math.round(width * ratio);
  const high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
