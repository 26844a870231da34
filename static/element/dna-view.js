// <dna-view>: one sequence, its scores, its tokens, and whether to believe them.

/** @import {Layout, Look, Picture, PicturePayload, SharedPayload, Standing, Target, Window} from "./types" */

import { CanvasPen } from "./canvas-pen.js";
import { attachControls, KEYS } from "./controls.js";
import { defineViews, sharedPayload } from "./dna-views.js";
import { button, choice, make, mark, perFrame } from "./dom.js";
import { download, fileName, toPng, toSvg, toTsv } from "./export.js";
import { headerElements, legendElement } from "./header.js";
import { baseAt, baseX, hit, layOut, standOn } from "./layout.js";
import { attachMinimap, drawMinimap, MINIMAP_HEIGHT } from "./minimap.js";
import { PALETTES } from "./palette.js";
import { decodePicture } from "./payload.js";
import { fillReadout, spoken } from "./readout.js";
import { scalesOf } from "./scales.js";
import { drawScene } from "./scene.js";
import { viewSheets } from "./style.js";
import { onThemeChange, themeOf } from "./theme.js";
import { clamp, everything, reveal, zoom } from "./viewport.js";
import { summary, verdict } from "./words.js";

const NEARBY = "900px 0px";
const WAKES_PER_FRAME = 2;
/** Pixels between the margins of a sheet, as browsers count them, and how fine they are. */
const PAPER = 960;
const PAPER_RATIO = 2;

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
  /** @type {Layout} */
  #layout = { width: 0, height: 0, left: 0, right: 0, bands: [] };
  #tokens = true;
  #awake = false;
  #card = make("div", { class: "card placeholder" });
  /** @type {ReturnType<typeof makeParts> | null} */
  #made = null;
  /** @type {HTMLElement | null} */
  #bar = null;
  /** @type {HTMLElement | null} */
  #colorChoice = null;
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
    nearby().observe(this);
  }

  disconnectedCallback() {
    this.#forgetTheme();
    nearby().unobserve(this);
    waiting.delete(this);
    this.sleep();
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
    return this.#picture && { window: this.#window, pointed: this.#pointed };
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

  /** Where the left edge of a base is drawn, in pixels from the left of the picture. @param {number} base */
  xOf(base) {
    return baseX(this.#layout, this.#window, base);
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
    this.#card.dataset.colors = this.#colors;
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
    const { window, pointed } = this.#stay ?? { window: everything(this.length), pointed: null };
    this.#window = clamp(window, this.length);
    this.#pointed = pointed && standOn(pointed, picture);
    this.#card.classList.remove("placeholder");
    this.#card.toggleAttribute(
      "data-bad",
      picture.layers.some((layer) => verdict(layer).state === "bad"),
    );
    plot.replaceChildren(canvas);
    plot.setAttribute("aria-label", summary(picture));
    keys.replaceChildren(...KEYS.flatMap(([key, words]) => [make("dt", {}, key), make("dd", {}, words)]));
    this.#bar ??= make("div", { class: "bar" }, this.#parts.legend, this.#tools());
    // What is put in its place again loses the focus.
    const focused = this.shadowRoot?.activeElement;
    this.#card.replaceChildren(...headerElements(picture), this.#bar, plot, mini, readout, keys, live);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    this.#attach();
    fillReadout(readout, picture, this.#pointed);
    // Another picture in the same place: its tracks are other ones, and its width is known already.
    if (this.#layout.width) this.#layout = layOut(picture, this.#layout.width, { tokens: this.#tokens });
    this.refresh();
  }

  /** @returns {Picture} */
  #read() {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    const coded = this.#given ?? (text ? JSON.parse(text) : null);
    this.#shared ??= sharedPayload(this);
    if (!coded || !this.#shared) throw new Error("Its numbers are missing: run its cell again.");
    return decodePicture(coded, this.#shared);
  }

  #attached = false;

  #attach() {
    if (this.#attached) return;
    this.#attached = true;
    const view = this;
    attachControls(this.#parts.plot, {
      get length() {
        return view.length;
      },
      get window() {
        return view.window;
      },
      setWindow: (window) => this.setWindow(window),
      baseAt: (x) => baseAt(this.#layout, this.#window, x),
      point: (x, y) => this.#picture && this.#point(hit(this.#layout, this.#window, this.#picture, x, y)),
      leave: () => this.#point(null),
      walk: (step) =>
        this.#goTo(this.#pointed ? this.#pointed.base + step : Math.floor((this.#window.start + this.#window.end) / 2)),
      goTo: (base) => this.#goTo(base),
      changeLayer: (step) => this.#changeLayer(step),
      help: () => this.#toggleKeys(),
      select: () => this.#select(),
      focusBase: () => (this.#pointed ? this.#pointed.base + 0.5 : (this.#window.start + this.#window.end) / 2),
    });
    attachMinimap(this.#parts.mini, this, () => this.#layout);
    // Drawn when its width is known: asking for it at once would make the browser lay out the page.
    new ResizeObserver(() => this.#resize()).observe(this.#parts.plot);
  }

  #tools() {
    const tools = make("div", { class: "tools", role: "toolbar", "aria-label": "Picture" });
    /** @type {[string, string][]} */
    const colors = [
      ["bases", "Bases"],
      ["sign", "Sign"],
    ];
    this.#colorChoice = choice("Colours of the letters", colors, this.#colors, (value) =>
      this.setAttribute("colors", value),
    );
    const tokens = button("Tokens", "Show or hide the tokens", () => {
      this.#tokens = !this.#tokens;
      tokens.setAttribute("aria-pressed", String(this.#tokens));
      this.#resize();
    });
    tokens.setAttribute("aria-pressed", String(this.#tokens));
    /** @param {number} factor */
    const zoomBy = (factor) =>
      this.setWindow(zoom(this.#window, factor, (this.#window.start + this.#window.end) / 2, this.length));
    tools.append(
      this.#colorChoice,
      tokens,
      button("\u2212", "Zoom out", () => zoomBy(1.6)),
      button("+", "Zoom in", () => zoomBy(1 / 1.6)),
      button("All", "Show the whole sequence", () => this.setWindow(everything(this.length))),
      this.#saveMenu(),
      button("?", "Keys", () => this.#toggleKeys()),
    );
    return tools;
  }

  #saveMenu() {
    /** @type {[string, string, () => Blob | Promise<Blob>][]} */
    const kinds = [
      ["SVG, to edit and print", "svg", () => new Blob([toSvg(...this.#sheet())], { type: "image/svg+xml" })],
      ["PNG, to paste", "png", () => toPng(...this.#sheet())],
      [
        "TSV, the scores in view",
        "tsv",
        () => new Blob([toTsv(this.#sheet()[0], this.#window)], { type: "text/tab-separated-values" }),
      ],
    ];
    const menu = make("details", {}, make("summary", { title: "Save the picture or its numbers" }, "Save"));
    const items = kinds.map(([words, suffix, blob]) =>
      make(
        "button",
        {
          type: "button",
          "data-kind": suffix,
          onclick: async () => {
            menu.open = false;
            download(fileName(this.#picture?.name ?? "", suffix), await blob());
          },
        },
        words,
      ),
    );
    menu.append(make("div", { class: "menu" }, ...items));
    return menu;
  }

  /** What an export draws. @returns {[Picture, Layout, Window, Look]} */
  #sheet() {
    const picture = /** @type {Picture} */ (this.#picture);
    const width = Math.max(900, this.#layout.width);
    return [picture, layOut(picture, width, { tokens: this.#tokens }), this.#window, this.#look(picture)];
  }

  /** @param {Picture} picture @returns {Look} */
  #look(picture) {
    const same = (this.getAttribute("scale") ?? this.closest("dna-views")?.getAttribute("scale")) === "same";
    const scales = scalesOf(picture.layers, same ? this.#shared : null);
    return { ...scales, palette: PALETTES[this.#theme], colors: this.#colors, pointed: this.#pointed };
  }

  #resize() {
    const width = this.#onPaper ? PAPER : this.#parts.plot.clientWidth;
    if (!this.#picture || !this.#awake || !width) return;
    this.#layout = layOut(this.#picture, width, { tokens: this.#tokens });
    this.#paint();
  }

  #paint() {
    const picture = this.#picture;
    if (!picture || !this.#awake || !this.#layout.width) return;
    const look = this.#look(picture);
    const ratio = this.#onPaper ? PAPER_RATIO : window.devicePixelRatio || 1;
    const main = prepare(this.#parts.canvas, this.#layout.width, this.#layout.height, ratio);
    if (main) drawScene(new CanvasPen(main), picture, this.#layout, this.#window, look);
    const mini = prepare(this.#parts.mini, this.#layout.width, MINIMAP_HEIGHT, ratio);
    if (mini) drawMinimap(mini, this.#layout, picture.layers[0], this.#window, look.palette);
  }

  /** @param {Target | null} pointed */
  #point(pointed) {
    const before = this.#pointed;
    if (pointed?.base === before?.base && pointed?.token === before?.token && pointed?.layer === before?.layer) return;
    this.#pointed = pointed;
    if (this.#picture) fillReadout(this.#parts.readout, this.#picture, pointed);
    this.#draw();
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

  #select() {
    if (!this.#pointed) return;
    this.dispatchEvent(new CustomEvent("dna-select", { detail: this.#pointed, bubbles: true, composed: true }));
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
    legend: make("div"),
    canvas: make("canvas"),
    mini: make("canvas", { class: "mini", "aria-hidden": "true" }),
    readout: make("div", { class: "readout" }),
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

/** @type {Set<DnaView>} */
const waiting = new Set();

/** Wake a few pictures per frame, so that scrolling fast stays smooth. */
const wakeSome = perFrame(() => {
  for (const view of [...waiting].slice(0, WAKES_PER_FRAME)) {
    waiting.delete(view);
    view.wake();
  }
  if (waiting.size) wakeSome();
});

/** @type {IntersectionObserver | null} */
let observer = null;

/** Tells elements that they come near the screen or leave it; one observer serves them all. */
function nearby() {
  const options = /** @type {IntersectionObserverInit} */ ({ rootMargin: NEARBY, scrollMargin: NEARBY });
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!(target instanceof DnaView)) continue;
      if (isIntersecting) waiting.add(target);
      else if (!waiting.delete(target)) target.sleep();
    }
    wakeSome();
  }, options);
  return observer;
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
