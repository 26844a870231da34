// <dna-view>: one sequence, its scores, its tokens, and whether to believe them.

/** @import {Layout, Look, Picture, PicturePayload, SharedPayload, Standing, Target, Window} from "./types" */

import { baseNumbered } from "./axis.js";
import { CanvasPen } from "./canvas-pen.js";
import { attachControls, KEYS } from "./controls.js";
import { detailOf } from "./detail.js";
import { defineViews, sharedPayload } from "./dna-views.js";
import { closesItself, make, mark, perFrame } from "./dom.js";
import { download, fileName, toPng, toSvg, toTsv } from "./export.js";
import { headerElements, legendElement, noteElements, scoreTitle } from "./header.js";
import { baseAt, baseWidth, baseX, hit, layOut, standOn } from "./layout.js";
import { attachMinimap, drawMinimap, MINIMAP_HEIGHT } from "./minimap.js";
import { unwatch, watch } from "./nearby.js";
import { PALETTES } from "./palette.js";
import { decodePicture } from "./payload.js";
import { showReadout, spoken } from "./readout.js";
import { scalesOf } from "./scales.js";
import { BARS_FROM, drawScene } from "./scene.js";
import { fillSelection } from "./selection.js";
import { stretchName } from "./stretches.js";
import { viewSheets } from "./style.js";
import { onThemeChange, themeOf } from "./theme.js";
import { toolbar } from "./toolbar.js";
import { aroundStretch, clamp, everything, reveal, zoomOn } from "./viewport.js";
import { peak, summary, verdict } from "./words.js";

/** Pixels between the margins of a sheet, as browsers count them, and how fine they are. */
const PAPER = 960;
const PAPER_RATIO = 2;
/** Where the card of a base that was reached by keys stands. */
const CARD_TOP = 26;

/** @typedef {{window?: Window, width?: number, words?: boolean}} Sheet what an export shows, how wide, and whether words stand above */

/**
 * With the attribute "mutable", fires "dna-mutate" when a person asks to mutate a base; fires "dna-window" when the
 * window moved, and "dna-select" when bases were selected, or none. With "no-save" it has no menu of files: the page
 * around has one.
 */
export class DnaView extends HTMLElement {
  static observedAttributes = ["theme", "colors", "scale"];

  /** @type {Picture | null} */
  #picture = null;
  /** @type {SharedPayload | null} */
  #shared = null;
  /** @type {PicturePayload | null} */
  #given = null;
  /** @type {Standing | null} */
  #stay = null;
  /** @type {Window} */
  #window = { start: 0, end: 1 };
  /** @type {Target | null} */
  #pointed = null;
  /** @type {Window | null} */
  #selected = null;
  /** @type {Window | null} */
  #detail = null;
  /** What a drag on the axis would zoom to. @type {Window | null} */
  #sketch = null;
  /** @type {[number, number][]} */
  #marks = [];
  #plotHeight = 0;
  /** @type {Layout} */
  #layout = { width: 0, height: 0, left: 0, right: 0, bands: [] };
  #tokens = true;
  #whiskers = false;
  #awake = false;
  #card = make("div", { class: "card placeholder" });
  /** @type {ReturnType<typeof makeParts> | null} */
  #made = null;
  /** @type {HTMLElement | null} */
  #bar = null;
  /** @type {HTMLElement | null} */
  #colorChoice = null;
  /** The button of the error bars. @type {HTMLElement | null} */
  #bars = null;

  #draw = perFrame(() => this.#paint());
  #forgetTheme = () => {};
  #onPaper = false;
  /** @type {Element[]} */
  #images = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = viewSheets();
    root.append(this.#card);
  }

  connectedCallback() {
    this.#forgetTheme = onThemeChange(() => this.refresh());
    // A thousand images that load lazily are watched by the browser in every frame: they step aside.
    this.#images = [...this.#images, ...this.querySelectorAll(":scope > img")];
    for (const image of this.#images) image.remove();
    watch(this);
  }

  disconnectedCallback() {
    this.#forgetTheme();
    unwatch(this);
  }

  attributeChangedCallback() {
    this.refresh();
  }

  /**
   * Show a picture that a script has, in place of the JSON inside the element.
   * @param {PicturePayload} picture
   * @param {SharedPayload} shared
   * @param {Standing | null} [stay] where a person stands in these bases already, whose picture is another one now
   */
  show(picture, shared, stay = null) {
    this.#given = picture;
    this.#shared = shared;
    this.#stay = stay;
    this.#picture = null;
    if (this.#awake) this.#build();
  }

  /** The elements of the picture; a page of a thousand makes only those that come near the screen. */
  get #parts() {
    return (this.#made ??= makeParts());
  }

  /** The picture that is shown, or null before it is near the screen. */
  get picture() {
    return this.#picture;
  }

  /** Where a person stands in the picture: null before it is drawn. @returns {Standing | null} */
  get standing() {
    return this.#picture && { window: this.#window, pointed: this.#pointed, selected: this.#selected };
  }

  get length() {
    return this.#picture?.sequence.length ?? 0;
  }

  get window() {
    return this.#window;
  }

  /** @param {Window} window */
  setWindow(window) {
    this.#window = clamp(window, this.length);
    this.#draw();
    this.dispatchEvent(new CustomEvent("dna-window", { detail: this.#window, bubbles: true, composed: true }));
  }

  /** Pixels that the bars may take, where the page around has much room. @param {number} height */
  set plotHeight(height) {
    if (Math.abs(height - this.#plotHeight) < 4) return;
    this.#plotHeight = height;
    this.#resize();
  }

  /** Stretches to put a bracket over. @param {[number, number][]} marks */
  set marks(marks) {
    this.#marks = marks;
    this.#draw();
  }

  /** Select bases, or none. @param {Window | null} stretch */
  select(stretch) {
    const before = this.#selected;
    this.#selected = stretch;
    this.#showSelection();
    this.#draw();
    if (before?.start === stretch?.start && before?.end === stretch?.end) return;
    this.dispatchEvent(new CustomEvent("dna-select", { detail: stretch, bubbles: true, composed: true }));
  }

  /** Zoom by a factor (below 1: closer), on the base pointed at, the selection or the strongest stretch. @param {number} factor */
  zoomBy(factor) {
    if (!this.#picture) return;
    const stretch = this.#selected ?? peak(this.#picture.layers[0]);
    const middle = stretch ? (stretch.start + stretch.end) / 2 : this.length / 2;
    const around =
      factor > 1 ? (this.#window.start + this.#window.end) / 2 : (this.#pointed?.base ?? middle - 0.5) + 0.5;
    this.setWindow(zoomOn(this.#window, factor, around, this.length));
  }

  /** Where the left edge of a base is drawn, in pixels from the left of the picture. @param {number} base */
  xOf(base) {
    return baseX(this.#layout, this.#window, base);
  }

  /** The middle of the first band of a kind, in pixels from the top of the picture. @param {string} kind */
  yOf(kind) {
    const band = this.#layout.bands.find((one) => one.kind === kind);
    return band ? band.top + band.height / 2 : NaN;
  }

  /** Near the screen: decode and draw. */
  wake() {
    if (this.#awake) return;
    this.#awake = true;
    if (!this.#picture) this.#build();
    else this.#draw();
  }

  /** Far from the screen: give the canvas's memory back. */
  sleep() {
    this.#awake = false;
    if (this.#made) this.#made.canvas.width = this.#made.mini.width = 0;
  }

  /**
   * Draw for a printer, near the screen or not, in the light theme and as wide as paper is.
   * @returns {() => void} what puts it back
   */
  toPaper() {
    const awake = this.#awake;
    this.#onPaper = true;
    this.wake();
    this.refresh();
    this.#resize();
    return () => {
      this.#onPaper = false;
      this.refresh();
      if (awake) this.#resize();
      else this.sleep();
    };
  }

  get #theme() {
    return this.#onPaper ? "light" : themeOf(this);
  }

  /** Draw again with the present theme, colours and scale. */
  refresh() {
    this.#card.dataset.theme = this.#theme;
    if (!this.#picture) return;
    this.#parts.legend.replaceChildren(legendElement(this.#picture, this.#look(this.#picture).tokenSizes[0]));
    if (this.#colorChoice) mark(this.#colorChoice, this.#colors);
    this.#draw();
  }

  /** @returns {"bases" | "sign"} */
  get #colors() {
    const asked = this.getAttribute("colors") ?? this.closest("dna-views")?.getAttribute("colors");
    return asked === "sign" ? "sign" : "bases";
  }

  #build() {
    try {
      this.#picture = this.#read();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      this.#card.classList.remove("placeholder");
      this.append(...this.#images);
      this.#card.replaceChildren(
        make("p", { class: "failed" }, `This picture cannot be drawn. ${words}`),
        make("slot"),
      );
      return;
    }
    const picture = this.#picture;
    const { plot, canvas, mini, readout, live, keys } = this.#parts;
    const { window, pointed, selected = null } = this.#stay ?? { window: everything(this.length), pointed: null };
    this.#window = clamp(window, this.length);
    this.#pointed = pointed && standOn(pointed, picture);
    this.#selected = selected && clamp(selected, this.length, 1);
    this.#detail = detailOf(picture, this.#pointed, this.#selected);
    this.#card.classList.remove("placeholder");
    this.#card.toggleAttribute(
      "data-bad",
      picture.layers.some((layer) => verdict(layer).state === "bad"),
    );
    plot.replaceChildren(canvas, readout);
    plot.setAttribute("aria-label", summary(picture));
    keys.replaceChildren(...KEYS.flatMap(([key, words]) => [make("dt", {}, key), make("dd", {}, words)]));
    this.#bar ??= make("div", { class: "bar" }, this.#parts.unit, this.#tools());
    if (this.#bars) this.#bars.hidden = !picture.layers.some(({ spread }) => spread);
    // What is put in its place again loses the focus.
    const focused = this.shadowRoot?.activeElement;
    const header = make("div", { class: "words" }, ...headerElements(picture, (start, end) => this.#show(start, end)));
    for (const menu of header.querySelectorAll("details")) closesItself(menu);
    const notes = make("div", { class: "said" }, ...noteElements(picture));
    this.#card.replaceChildren(header, this.#bar, plot, mini, this.#parts.foot, this.#parts.legend, notes, keys, live);
    this.#parts.unit.textContent = scoreTitle(picture);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    this.#attach();
    this.#showSelection();
    // Another picture in the same place: its tracks are other ones, and its width is known already.
    if (this.#layout.width) this.#layout = this.#layOut(picture, this.#layout.width);
    this.#showReadout();
    this.refresh();
  }

  /** @returns {Picture} */
  #read() {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    const coded = this.#given ?? (text ? JSON.parse(text) : null);
    this.#shared ??= sharedPayload(this);
    if (!coded || !this.#shared) throw new Error("Its numbers are missing. Run its cell again.");
    return decodePicture(coded, this.#shared);
  }

  #attached = false;

  #attach() {
    if (this.#attached) return;
    this.#attached = true;
    const view = this;
    /** @param {number} x */
    const at = (x) => baseAt(this.#layout, this.#window, x);
    attachControls(this.#parts.plot, {
      get length() {
        return view.length;
      },
      get window() {
        return view.window;
      },
      setWindow: (window) => {
        this.#sketch = null;
        this.setWindow(window);
      },
      baseAt: at,
      partAt: (x, y) => this.#partAt(x, y),
      point: (x, y) => this.#pointAt(x, y),
      leave: () => this.#point(null),
      click: (x, y) => this.#click(x, y),
      select: (from, to) => this.#selectBetween(at(from), at(to)),
      sketch: (from, to) => {
        this.#sketch = { start: Math.min(at(from), at(to)), end: Math.max(at(from), at(to)) };
        this.#draw();
      },
      clear: () => {
        this.#point(null);
        this.select(null);
      },
      walk: (step) =>
        this.#goTo(this.#pointed ? this.#pointed.base + step : Math.floor((this.#window.start + this.#window.end) / 2)),
      goTo: (base) => this.#goTo(base),
      changeLayer: (step) => this.#changeLayer(step),
      help: () => this.#toggleKeys(),
      enter: () => this.#enter(),
      zoomBy: (factor) => this.zoomBy(factor),
    });
    attachMinimap(this.#parts.mini, this, () => this.#layout);
    // Drawn when its width is known: asking for it at once would make the browser lay out the page.
    new ResizeObserver(() => this.#resize()).observe(this.#parts.plot);
  }

  #tools() {
    /** @param {string} kind @param {() => Blob | Promise<Blob>} blob */
    const saves = (kind, blob) => async () => download(fileName(this.#picture?.name ?? "", kind), await blob());
    /** @type {[string, string, () => Promise<void>][]} */
    const saving = [
      ["SVG (vector)", "svg", saves("svg", () => this.svg())],
      ["PNG (image)", "png", saves("png", () => this.png())],
      ["TSV (scores in view)", "tsv", saves("tsv", () => this.tsv())],
    ];
    const { box, looks, colorChoice, bars } = toolbar({
      colors: this.#colors,
      setColors: (colors) => this.setAttribute("colors", colors),
      toggleTokens: () => {
        this.#tokens = !this.#tokens;
        this.#resize();
      },
      toggleWhiskers: () => {
        this.#whiskers = !this.#whiskers;
        this.#draw();
      },
      zoomBy: (factor) => this.zoomBy(factor),
      showAll: () => this.setWindow(everything(this.length)),
      goTo: (text) => this.#goToNumber(text),
      help: () => this.#toggleKeys(),
      saving: this.hasAttribute("no-save") ? [] : saving,
    });
    this.#colorChoice = colorChoice;
    this.#bars = bars;
    this.#parts.foot.append(this.#parts.below, looks);
    for (const menu of box.querySelectorAll("details")) closesItself(menu);
    return box;
  }

  /** The picture as a drawing, as it is zoomed or as asked for. @param {Sheet} [sheet] */
  svg(sheet = {}) {
    return new Blob([toSvg(...this.#sheet(sheet))], { type: "image/svg+xml" });
  }

  /** Likewise, as an image. @param {Sheet} [sheet] */
  png(sheet = {}) {
    return toPng(...this.#sheet(sheet));
  }

  /** The scores in view as a table. */
  tsv() {
    return new Blob([toTsv(/** @type {Picture} */ (this.#picture), this.#window)], {
      type: "text/tab-separated-values",
    });
  }

  /** The window of letters around the strongest stretch. */
  get strongest() {
    const found = this.#picture && peak(this.#picture.layers[0]);
    return found ? aroundStretch(found.start, found.end, this.length) : everything(this.length);
  }

  /** What an export draws. @param {Sheet} sheet @returns {[Picture, Layout, Window, Look, boolean]} */
  #sheet({ window = this.#window, width = Math.max(900, this.#layout.width), words = true }) {
    const picture = /** @type {Picture} */ (this.#picture);
    const layout = layOut(picture, width, { tokens: this.#tokens });
    return [picture, layout, window, this.#look(picture), words];
  }

  /** @param {Picture} picture @returns {Look} */
  #look(picture) {
    const same = (this.getAttribute("scale") ?? this.closest("dna-views")?.getAttribute("scale")) === "same";
    const scales = scalesOf(picture.layers, same ? this.#shared : null, this.#whiskers);
    return {
      ...scales,
      palette: PALETTES[this.#theme],
      colors: this.#colors,
      pointed: this.#pointed,
      selected: this.#sketch ?? this.#selected,
      detail: this.#detail,
      marks: this.#marks,
      whiskers: this.#whiskers,
    };
  }

  #resize() {
    const width = this.#onPaper ? PAPER : this.#parts.plot.clientWidth;
    if (!this.#picture || !this.#awake || !width) return;
    this.#layout = this.#layOut(this.#picture, width);
    this.#paint();
  }

  /** @param {Picture} picture @param {number} width */
  #layOut(picture, width) {
    return layOut(picture, width, { tokens: this.#tokens, plot: this.#onPaper ? 0 : this.#plotHeight });
  }

  #paint() {
    const picture = this.#picture;
    if (!picture || !this.#awake || !this.#layout.width) return;
    const look = this.#look(picture);
    // Bars narrower than a pixel have the colours of their sign, and the legend says so.
    const wide = baseWidth(this.#layout, this.#window) >= BARS_FROM;
    this.#card.dataset.colors = wide ? this.#colors : "sign";
    const ratio = this.#onPaper ? PAPER_RATIO : window.devicePixelRatio || 1;
    const main = prepare(this.#parts.canvas, this.#layout.width, this.#layout.height, ratio);
    if (main) drawScene(new CanvasPen(main), picture, this.#layout, this.#window, look);
    const mini = prepare(this.#parts.mini, this.#layout.width, MINIMAP_HEIGHT, ratio);
    if (mini) drawMinimap(mini, this.#layout, picture.layers[0], this.#window, look.palette);
  }

  /** @param {number} x @param {number} y @returns {"axis" | "stretch" | "bases"} */
  #partAt(x, y) {
    const axis = this.#layout.bands.find(({ kind }) => kind === "axis");
    if (axis && y >= axis.top - 2 && y < axis.top + axis.height) return "axis";
    return this.#stretchAt(x, y) ? "stretch" : "bases";
  }

  /** The named stretch whose name stands there. @param {number} x @param {number} y */
  #stretchAt(x, y) {
    const picture = this.#picture;
    if (!picture) return null;
    const names = this.#layout.bands.map((band) =>
      band.kind === "logo" ? stretchName(picture, this.#layout, band, this.#window) : null,
    );
    return names.find((name) => name && Math.abs(y - name.y) <= 10 && x >= name.x - 3 && x <= name.x + name.width + 3);
  }

  /** @param {number} x @param {number} y */
  #click(x, y) {
    const stretch = this.#stretchAt(x, y);
    if (stretch) {
      this.#show(stretch.start, stretch.end);
      return;
    }
    this.#pointAt(x, y);
    if (this.#pointed) this.#selectBetween(this.#pointed.base, this.#pointed.base);
    else this.select(null);
  }

  /** @param {number} from @param {number} to */
  #selectBetween(from, to) {
    const [first, last] = [Math.floor(Math.min(from, to)), Math.floor(Math.max(from, to))];
    const start = Math.max(0, first);
    this.select({ start, end: Math.max(start + 1, Math.min(this.length, last + 1)) });
  }

  /** Go to a stretch, with some of what is around it. @param {number} start @param {number} end */
  #show(start, end) {
    this.select({ start, end });
    this.setWindow(aroundStretch(start, end, this.length));
  }

  /** @param {number} x @param {number} y */
  #pointAt(x, y) {
    if (!this.#picture) return;
    const detail = this.#layout.bands.find(({ kind }) => kind === "detail");
    const within = detail !== undefined && y >= detail.top;
    this.#point(hit(this.#layout, this.#window, this.#picture, x, y, this.#detail), { x, y }, within);
  }

  /** @param {Target | null} pointed @param {{x: number, y: number} | null} [place] of the pointer @param {boolean} [within] the detail, which stays then */
  #point(pointed, place = null, within = false) {
    const before = this.#pointed;
    const same = pointed?.base === before?.base && pointed?.token === before?.token && pointed?.layer === before?.layer;
    this.#pointed = pointed;
    if (this.#picture && !within) this.#detail = detailOf(this.#picture, pointed, this.#selected, this.#detail);
    if (same && !place) return;
    this.#showReadout(place);
    if (!same) this.#draw();
  }

  /** @param {{x: number, y: number} | null} [place] of the pointer; beside the base otherwise */
  #showReadout(place = null) {
    if (!this.#picture) return;
    const { x, y } = place ?? { x: this.#pointed ? this.xOf(this.#pointed.base + 1) : 0, y: CARD_TOP };
    showReadout(this.#parts.readout, this.#picture, this.#pointed, { x, y, width: this.#layout.width });
  }

  #showSelection() {
    const picture = this.#picture;
    if (!picture) return;
    const selected = this.#selected;
    this.#detail = detailOf(picture, this.#pointed, selected, this.#pointed && this.#detail);
    const { start, end } = selected ?? { start: 0, end: 0 };
    fillSelection(this.#parts.below, picture, selected, {
      mutate: this.hasAttribute("mutable") ? () => this.#mutate(start) : null,
      zoom: () => this.setWindow(aroundStretch(start, end, this.length)),
      clear: () => this.select(null),
    });
  }

  /** @param {string} text */
  #goToNumber(text) {
    if (!this.#picture) return "";
    const base = baseNumbered(this.#picture, text);
    if (base < 0) return `There is no base ${text.trim() || "without a number"} in this sequence.`;
    this.#goTo(base);
    this.#selectBetween(base, base);
    return "";
  }

  /** @param {number} base */
  #goTo(base) {
    if (!this.#picture) return;
    const to = Math.min(this.length - 1, Math.max(0, base));
    this.#window = reveal(this.#window, to, this.length);
    this.#point({ base: to, token: -1, layer: this.#pointed?.layer ?? 0 });
    if (this.#pointed) this.#parts.live.textContent = spoken(this.#picture, this.#pointed);
  }

  /** @param {number} step */
  #changeLayer(step) {
    if (!this.#picture || !this.#pointed) return;
    const count = this.#picture.layers.length;
    this.#point({ ...this.#pointed, token: -1, layer: (this.#pointed.layer + step + count) % count });
    this.#parts.live.textContent = spoken(this.#picture, this.#pointed);
  }

  #enter() {
    if (!this.#pointed) return;
    const { base } = this.#pointed;
    this.#selectBetween(base, base);
    if (this.hasAttribute("mutable")) this.#mutate(base);
  }

  /** @param {number} base */
  #mutate(base) {
    this.dispatchEvent(new CustomEvent("dna-mutate", { detail: { base }, bubbles: true, composed: true }));
  }

  #toggleKeys() {
    this.#parts.keys.hidden = !this.#parts.keys.hidden;
  }
}

/** The elements of one picture below its words. */
function makeParts() {
  return {
    plot: make("div", {
      class: "plot",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "sequence picture",
    }),
    unit: make("span", { class: "unit" }),
    legend: make("div"),
    foot: make("div", { class: "foot" }),
    canvas: make("canvas"),
    mini: make("canvas", { class: "mini", "aria-hidden": "true" }),
    readout: make("div", { class: "readout", role: "tooltip", hidden: true }),
    below: make("div", { class: "below" }),
    live: make("div", { class: "hidden", "aria-live": "polite" }),
    keys: make("dl", { class: "keys", hidden: true }),
  };
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

defineViews();
if (!customElements.get("dna-view")) {
  customElements.define("dna-view", DnaView);
  /** @type {(() => void)[]} */
  let fromPaper = [];
  window.addEventListener("beforeprint", () => {
    fromPaper = [...document.querySelectorAll("dna-view")].map((view) => /** @type {DnaView} */ (view).toPaper());
  });
  window.addEventListener("afterprint", () => {
    for (const back of fromPaper) back();
    fromPaper = [];
  });
}
