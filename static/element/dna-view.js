// <dna-view>: one sequence, its scores, its tokens, and whether to believe them.

/** @import {Picture, PicturePayload, SharedPayload, Standing, Target, Window} from "./types" */
/** @import {Parts} from "./card.js" */
/** @import {Sheet} from "./drawing.js" */

import { baseNumbered } from "./axis.js";
import { failCard, fillCard, makeParts } from "./card.js";
import { attachControls } from "./controls.js";
import { defineViews, sharedPayload } from "./dna-views.js";
import { closesItself, make, mark, perFrame } from "./dom.js";
import { Drawing } from "./drawing.js";
import { savingOf, toPng, toSvg, toTsv } from "./export.js";
import { legendElement } from "./header.js";
import { attachMinimap } from "./minimap.js";
import { unwatch, watch } from "./nearby.js";
import { decodePicture } from "./payload.js";
import { Place } from "./place.js";
import { drawForPrinter } from "./print.js";
import { showReadout, spoken } from "./readout.js";
import { fillSelection } from "./selection.js";
import { peak } from "./strongest.js";
import { viewSheets } from "./style.js";
import { onThemeChange } from "./theme.js";
import { toolbar } from "./toolbar.js";
import { aroundStretch, everything } from "./viewport.js";

/** Where the card of a base that was reached by keys stands. */
const CARD_TOP = 26;

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
  #place = new Place();
  #drawing = new Drawing(this, this.#place);
  #awake = false;
  #card = make("div", { class: "card placeholder" });
  /** @type {Parts | null} */
  #made = null;
  /** @type {HTMLElement | null} */
  #bar = null;
  /** @type {HTMLElement | null} */
  #colorChoice = null;
  /** The button of the error bars. @type {HTMLElement | null} */
  #bars = null;

  #draw = perFrame(() => this.#paint());
  #forgetTheme = () => {};
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
    return this.#picture && this.#place.standing;
  }

  get length() {
    return this.#place.length;
  }

  get window() {
    return this.#place.window;
  }

  /** @param {Window} window */
  setWindow(window) {
    this.#place.moveTo(window);
    this.#draw();
    this.dispatchEvent(new CustomEvent("dna-window", { detail: this.window, bubbles: true, composed: true }));
  }

  /** Pixels that the bars may take, where the page around has much room. @param {number} height */
  set plotHeight(height) {
    if (Math.abs(height - this.#drawing.plotHeight) < 4) return;
    this.#drawing.plotHeight = height;
    this.#resize();
  }

  /** Stretches to put a bracket over. @param {[number, number][]} marks */
  set marks(marks) {
    this.#drawing.marks = marks;
    this.#draw();
  }

  /** Select bases, or none. @param {Window | null} stretch */
  select(stretch) {
    const changed = this.#place.select(stretch);
    this.#showSelection();
    this.#draw();
    if (!changed) return;
    this.dispatchEvent(new CustomEvent("dna-select", { detail: stretch, bubbles: true, composed: true }));
  }

  /** Zoom by a factor (below 1: closer), on the base pointed at, the selection or the strongest stretch. @param {number} factor */
  zoomBy(factor) {
    if (this.#picture) this.setWindow(this.#place.zoomed(factor));
  }

  /** Where the left edge of a base is drawn, in pixels from the left of the picture. @param {number} base */
  xOf(base) {
    return this.#drawing.xOf(base);
  }

  /** The middle of the first band of a kind, in pixels from the top of the picture. @param {string} kind */
  yOf(kind) {
    return this.#drawing.yOf(kind);
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
    this.#drawing.onPaper = true;
    this.wake();
    this.refresh();
    this.#resize();
    return () => {
      this.#drawing.onPaper = false;
      this.refresh();
      if (awake) this.#resize();
      else this.sleep();
    };
  }

  /** Draw again with the present theme, colours and scale. */
  refresh() {
    this.#card.dataset.theme = this.#drawing.theme;
    if (!this.#picture) return;
    const look = this.#drawing.look(this.#picture, this.#shared);
    this.#parts.legend.replaceChildren(legendElement(this.#picture, look.tokenSizes[0]));
    if (this.#colorChoice) mark(this.#colorChoice, this.#drawing.colors);
    this.#draw();
  }

  #build() {
    try {
      this.#picture = this.#read();
    } catch (error) {
      this.append(...this.#images);
      failCard(this.#card, error);
      return;
    }
    const picture = this.#picture;
    this.#place.enter(picture, this.#stay);
    this.#bar ??= make("div", { class: "bar" }, this.#parts.unit, this.#tools());
    if (this.#bars) this.#bars.hidden = !picture.layers.some(({ spread }) => spread);
    // What is put in its place again loses the focus.
    const focused = this.shadowRoot?.activeElement;
    fillCard(this.#card, this.#parts, this.#bar, picture, (start, end) => this.#show(start, end));
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    this.#attach();
    this.#showSelection();
    // Another picture in the same place: its tracks are other ones, and its width is known already.
    if (this.#drawing.layout.width) this.#drawing.layOut(picture, this.#drawing.layout.width);
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
    const at = (x) => this.#drawing.baseAt(x);
    attachControls(this.#parts.plot, {
      get length() {
        return view.length;
      },
      get window() {
        return view.window;
      },
      setWindow: (window) => {
        this.#place.sketch = null;
        this.setWindow(window);
      },
      baseAt: at,
      partAt: (x, y) => this.#drawing.partAt(this.#picture, x, y),
      point: (x, y) => this.#pointAt(x, y),
      leave: () => this.#point(null),
      click: (x, y) => this.#click(x, y),
      select: (from, to) => this.select(this.#place.between(at(from), at(to))),
      sketch: (from, to) => {
        this.#place.sketch = { start: Math.min(at(from), at(to)), end: Math.max(at(from), at(to)) };
        this.#draw();
      },
      clear: () => {
        this.#point(null);
        this.select(null);
      },
      walk: (step) => this.#arrive(this.#place.step(step)),
      goTo: (base) => this.#arrive(this.#place.reach(base)),
      changeLayer: (step) => this.#arrive(this.#place.otherTrack(step)),
      help: () => this.#toggleKeys(),
      enter: () => this.#enter(),
      zoomBy: (factor) => this.zoomBy(factor),
    });
    attachMinimap(this.#parts.mini, this, () => this.#drawing.layout);
    // Drawn when its width is known: asking for it at once would make the browser lay out the page.
    new ResizeObserver(() => this.#resize()).observe(this.#parts.plot);
  }

  #tools() {
    const { box, looks, colorChoice, bars } = toolbar({
      colors: this.#drawing.colors,
      setColors: (colors) => this.setAttribute("colors", colors),
      toggleTokens: () => {
        this.#drawing.tokens = !this.#drawing.tokens;
        this.#resize();
      },
      toggleWhiskers: () => {
        this.#drawing.whiskers = !this.#drawing.whiskers;
        this.#draw();
      },
      zoomBy: (factor) => this.zoomBy(factor),
      showAll: () => this.setWindow(everything(this.length)),
      goTo: (text) => this.#goToNumber(text),
      help: () => this.#toggleKeys(),
      saving: this.hasAttribute("no-save") ? [] : savingOf(this),
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
    return new Blob([toTsv(/** @type {Picture} */ (this.#picture), this.window)], {
      type: "text/tab-separated-values",
    });
  }

  /** The window of letters around the strongest stretch. */
  get strongest() {
    const found = this.#picture && peak(this.#picture.layers[0]);
    return found ? aroundStretch(found.start, found.end, this.length) : everything(this.length);
  }

  /** @param {Sheet} sheet */
  #sheet(sheet) {
    return this.#drawing.sheet(/** @type {Picture} */ (this.#picture), this.#shared, sheet);
  }

  #resize() {
    if (!this.#picture || !this.#awake) return;
    if (this.#drawing.layOut(this.#picture, this.#parts.plot.clientWidth)) this.#paint();
  }

  #paint() {
    if (!this.#picture || !this.#awake || !this.#drawing.layout.width) return;
    const { canvas, mini } = this.#parts;
    this.#card.dataset.colors = this.#drawing.paint(this.#picture, this.#shared, canvas, mini);
  }

  /** @param {number} x @param {number} y */
  #click(x, y) {
    const stretch = this.#drawing.stretchAt(this.#picture, x, y);
    if (stretch) {
      this.#show(stretch.start, stretch.end);
      return;
    }
    this.#pointAt(x, y);
    this.#selectPointed();
  }

  /** Select the base that is pointed at, or none. */
  #selectPointed() {
    const { pointed } = this.#place;
    this.select(pointed && this.#place.between(pointed.base, pointed.base));
  }

  /** Go to a stretch, with some of what is around it. @param {number} start @param {number} end */
  #show(start, end) {
    this.select({ start, end });
    this.setWindow(aroundStretch(start, end, this.length));
  }

  /** @param {number} x @param {number} y */
  #pointAt(x, y) {
    if (!this.#picture) return;
    const { target, within } = this.#drawing.targetAt(this.#picture, x, y);
    this.#point(target, { x, y }, within);
  }

  /** @param {Target | null} pointed @param {{x: number, y: number} | null} [at] of the pointer @param {boolean} [within] the letters below the bars */
  #point(pointed, at = null, within = false) {
    const other = this.#place.point(pointed, within);
    if (!other && !at) return;
    this.#showReadout(at);
    if (other) this.#draw();
  }

  /** @param {{x: number, y: number} | null} [at] of the pointer; beside the base otherwise */
  #showReadout(at = null) {
    if (!this.#picture) return;
    const { pointed } = this.#place;
    const { x, y } = at ?? { x: pointed ? this.xOf(pointed.base + 1) : 0, y: CARD_TOP };
    const { width } = this.#drawing.layout;
    showReadout(this.#parts.readout, this.#picture, pointed, { x, y, width });
  }

  #showSelection() {
    const picture = this.#picture;
    if (!picture) return;
    const { selected } = this.#place;
    this.#place.followSelection();
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
    this.#arrive(this.#place.reach(base));
    this.#selectPointed();
    return "";
  }

  /** Point at a base that was reached by keys, and say it. @param {Target | null} target */
  #arrive(target) {
    if (!this.#picture || !target) return;
    this.#point(target);
    this.#draw();
    this.#parts.live.textContent = spoken(this.#picture, target);
  }

  #enter() {
    const { pointed } = this.#place;
    if (!pointed) return;
    this.#selectPointed();
    if (this.hasAttribute("mutable")) this.#mutate(pointed.base);
  }

  /** @param {number} base */
  #mutate(base) {
    this.dispatchEvent(new CustomEvent("dna-mutate", { detail: { base }, bubbles: true, composed: true }));
  }

  #toggleKeys() {
    this.#parts.keys.hidden = !this.#parts.keys.hidden;
  }
}

defineViews();
if (!customElements.get("dna-view")) {
  customElements.define("dna-view", DnaView);
  drawForPrinter();
}
