// Which bases need each other: a heatmap of all pairs with the letters on both axes. Ctrl + wheel zooms, drag pans, a click
// makes the double mutant.

/** @import {Palette, Window} from "../element/types" */

import { CanvasPen } from "../element/canvas-pen.js";
import { make } from "../element/dom.js";
import { hasGlyph } from "../element/glyphs.js";
import { plain, signed } from "../element/numbers.js";
import { baseColor, mix, PALETTES, twoSided } from "../element/palette.js";
import { onThemeChange, themeOf } from "../element/theme.js";
import { clamp, pan, zoom } from "../element/viewport.js";

/** @typedef {{i: number, j: number, base_i: string, base_j: string, to_i: string, to_j: string, dependency: number, shared_token: boolean}} Pair */
/**
 * @typedef {object} Shown
 * @property {Pair[]} pairs some of them at least, of all bases
 * @property {string} sequence
 * @property {ArrayLike<number>} scores of its bases
 * @property {(base: number) => string} number how a base is numbered
 * @property {(pair: Pair) => void} choose
 */

/** Pixels of the letters beside the map, of the numbers beside them, and of the map at most. */
const LOGO = 34;
const NUMBERS = 34;
const LARGEST = 310;
const LEAST_CELL = 12;
const FEWEST = 8;
const STEP = 1.5;
const SLOP = 4;
/** Pixels that the number of the first base may stand out. */
const SLACK = 12;

export class DependencyMap {
  #canvas = make("canvas", { tabindex: "0", role: "img" });
  #said = make("p", { class: "hint", "aria-live": "polite" });
  /** @type {Window} */
  #window;
  #first;
  #length;
  /** @type {Map<string, Pair>} */
  #at = new Map();
  #size = 0;
  #ramp = make("span", { class: "ramp" });
  #small = make("span");
  /** @type {Pair | null} */
  #pointed = null;

  /** @param {Shown} shown */
  constructor(shown) {
    this.shown = shown;
    const bases = shown.pairs.flatMap(({ i, j }) => [i, j]);
    this.#first = Math.min(...bases);
    this.#length = Math.max(...bases) - this.#first + 1;
    this.#window = { start: 0, end: this.#length };
    /** @param {string} label @param {string} title @param {() => void} onclick */
    const button = (label, title, onclick) =>
      make("button", { type: "button", title, "aria-label": title, onclick }, label);
    const tools = make(
      "div",
      { class: "maptools" },
      button("\u2212", "Zoom out of the map", () => this.#zoom(STEP)),
      button("+", "Zoom into the map", () => this.#zoom(1 / STEP)),
      button("All", "Show the whole map", () => this.#show({ start: 0, end: this.#length })),
    );
    const key = make("p", { class: "hint" }, this.#ramp, this.#small);
    this.box = make("div", { class: "map" }, tools, this.#canvas, key, this.#said);
    this.#tell();
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.box);
    onThemeChange(() => this.draw());
  }

  /** Take the pairs that are known by now. @param {Pair[]} pairs @param {string} words for who cannot see the map */
  learn(pairs, words) {
    this.shown.pairs = pairs;
    for (const pair of pairs) {
      this.#at.set(`${pair.i} ${pair.j}`, pair);
      this.#at.set(`${pair.j} ${pair.i}`, pair);
    }
    const apart = pairs.filter((pair) => !pair.shared_token);
    this.#size = Math.max(...(apart.length ? apart : pairs).map(({ dependency }) => Math.abs(dependency)));
    this.#small.textContent = apart.length < pairs.length ? " Small squares: both bases lie in one token." : "";
    this.#canvas.setAttribute("aria-label", words);
    this.#ramp.replaceChildren(plain(-this.#size), make("i"), `+${plain(this.#size)}`);
    this.draw();
  }

  #listen() {
    const canvas = this.#canvas;
    /** @type {{x: number, y: number, window: Window} | null} */
    let down = null;
    let moved = false;
    canvas.addEventListener("pointerdown", (event) => {
      down = { x: event.offsetX, y: event.offsetY, window: this.#window };
      moved = false;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!down) {
        this.#point(this.#pairAt(event.offsetX, event.offsetY));
        return;
      }
      const along = down.x - event.offsetX;
      if (!moved && Math.abs(along) <= SLOP) return;
      moved = true;
      this.#show(pan(down.window, along / this.#cell, this.#length));
    });
    canvas.addEventListener("pointerup", (event) => {
      const pair = this.#pairAt(event.offsetX, event.offsetY);
      if (down && !moved && pair) this.shown.choose(pair);
      down = null;
    });
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.#zoom(event.deltaY > 0 ? STEP : 1 / STEP, this.#baseAt(event.offsetX));
      },
      { passive: false },
    );
  }

  /** @param {number} factor @param {number} [around] */
  #zoom(factor, around = (this.#window.start + this.#window.end) / 2) {
    const least = Math.min(FEWEST, this.#length);
    const span = (this.#window.end - this.#window.start) * factor;
    this.#show(
      span < least ? clamp(this.#window, this.#length, least) : zoom(this.#window, factor, around, this.#length),
    );
  }

  /** @param {Window} window */
  #show(window) {
    this.#window = window;
    this.draw();
  }

  get #side() {
    return Math.max(120, Math.min(LARGEST, this.box.clientWidth - LOGO - NUMBERS - SLACK - 2));
  }

  /** Pixels of a cell. */
  get #cell() {
    return this.#side / (this.#window.end - this.#window.start);
  }

  /** @param {number} x */
  #baseAt(x) {
    return this.#window.start + (x - LOGO - NUMBERS) / this.#cell;
  }

  /** @param {number} x @param {number} y */
  #pairAt(x, y) {
    const from = LOGO + NUMBERS;
    if (x < from || y < from || x >= from + this.#side || y >= from + this.#side) return null;
    const [j, i] = [x, y].map((at) => this.#first + Math.floor(this.#baseAt(at)));
    return this.#at.get(`${i} ${j}`) ?? null;
  }

  /** @param {Pair | null} pair */
  #point(pair) {
    if (pair === this.#pointed) return;
    this.#pointed = pair;
    this.#canvas.style.cursor = pair ? "pointer" : "";
    this.#tell();
    this.draw();
  }

  #tell() {
    const pair = this.#pointed;
    const { number } = this.shown;
    if (!pair) {
      this.#said.textContent = "Point at a cell to read it. Click it to make that double mutant.";
      return;
    }
    const change = (/** @type {"i" | "j"} */ side) =>
      `${pair[`base_${side}`]}\u2192${pair[`to_${side}`] ?? "?"} at ${number(pair[side])}`;
    const token = pair.shared_token ? " Both lie in one token." : "";
    this.#said.textContent = `${change("i")} and ${change("j")}: ${signed(pair.dependency)} beyond the sum of both.${token}`;
  }

  draw() {
    const canvas = this.#canvas;
    const total = LOGO + NUMBERS + this.#side + SLACK;
    if (!this.box.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(total * ratio);
    canvas.style.width = canvas.style.height = `${total}px`;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const pen = new CanvasPen(context);
    const palette = PALETTES[themeOf(canvas)];
    const from = LOGO + NUMBERS;
    pen.clip(from, from, this.#side, this.#side, () => this.#cells(pen, palette));
    pen.frame(from, from, this.#side, this.#side, palette.grid);
    pen.clip(from - SLACK, 0, this.#side + 2 * SLACK, from, () => this.#logo(pen, palette));
    // The same letters down the side: turned about the diagonal.
    context.save();
    context.transform(0, 1, 1, 0, 0, 0);
    pen.clip(from - SLACK, 0, this.#side + 2 * SLACK, from, () => this.#logo(pen, palette, true));
    context.restore();
  }

  /** @param {CanvasPen} pen @param {Palette} palette */
  #cells(pen, palette) {
    const cell = this.#cell;
    const from = LOGO + NUMBERS;
    /** @param {number} base */
    const place = (base) => from + (base - this.#first - this.#window.start) * cell;
    for (const pair of this.shown.pairs) {
      for (const [row, column] of [
        [pair.i, pair.j],
        [pair.j, pair.i],
      ]) {
        const color = twoSided(palette, Math.max(-this.#size, Math.min(this.#size, pair.dependency)), this.#size);
        const inset = pair.shared_token ? cell * 0.28 : 0;
        pen.rect(place(column) + inset, place(row) + inset, cell - 2 * inset + 0.3, cell - 2 * inset + 0.3, color);
        if (pair === this.#pointed) pen.frame(place(column), place(row), cell, cell, palette.ink);
      }
    }
  }

  /** Letters as high as their scores, and the numbers of some bases. @param {CanvasPen} pen @param {Palette} palette @param {boolean} [turned] */
  #logo(pen, palette, turned = false) {
    const { sequence, scores, number } = this.shown;
    const cell = this.#cell;
    const shown = Array.from({ length: this.#length }, (_, i) => this.#first + i);
    const highest = Math.max(1e-12, ...shown.map((base) => Math.abs(scores[base]) || 0));
    const every = Math.max(1, Math.ceil((LEAST_CELL * 2.6) / cell));
    const window = this.#window;
    for (const base of shown) {
      if (base + 1 - this.#first <= window.start || base - this.#first >= window.end) continue;
      const x = LOGO + NUMBERS + (base - this.#first - this.#window.start) * cell;
      const height = ((Math.abs(scores[base]) || 0) / highest) * (LOGO - 4);
      const letter = sequence[base].toUpperCase();
      const color =
        scores[base] < 0 ? mix(baseColor(palette, letter), palette.paper, 0.45) : baseColor(palette, letter);
      const top = NUMBERS + LOGO - 2 - height;
      if (cell >= 5 && height > 3 && hasGlyph(letter))
        pen.glyph(letter, x + cell * 0.05, top, cell * 0.9, height, color);
      else pen.rect(x, top, Math.max(1, cell - 1), height, color);
      if ((base - this.#first) % every) continue;
      const { context } = pen;
      context.save();
      context.translate(x + cell / 2, NUMBERS / 2);
      if (turned) context.transform(0, 1, 1, 0, 0, 0);
      pen.text(0, 0, number(base), { fill: palette.muted, size: 10, align: "center" });
      context.restore();
    }
  }
}
