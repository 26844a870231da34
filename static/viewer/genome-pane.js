// The genome above the pictures: igv.js, and the way from a base of its tracks to the picture of a window.

/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */
/** @import {Dataset, FullRow, GenomeFacts, Opened, Track} from "./types" */

import { make } from "../element/dom.js";
import { onThemeChange, themeOf } from "../element/theme.js";
import { wordsOf } from "./api.js";
import { isLocus, placeOf } from "./locus.js";
import { afterPause } from "./time.js";

/** Milliseconds in which a second click makes one a double click, which zooms in. */
const DOUBLE_CLICK = 300;

/**
 * The parts of igv.js that are used here.
 * @typedef {object} Browser
 * @property {(event: string, handler: (...about: any[]) => unknown) => void} on
 * @property {(locus: string) => Promise<unknown>} search
 * @property {() => Promise<void> | void} visibilityChange
 * @property {{chr: string, start: number, end: number}[]} referenceFrameList
 */

/** igv.js's own style asks for the system's colours in dark, under a filter that turns colours round, and has no narrow form. */
const LOOK = `
  .igv-container, .igv-container input, .igv-container select { color-scheme: only light; color: black; }
  @media (max-width: 760px) {
    .igv-navbar { width: 100%; }
    .igv-logo, .igv-current-genome, .igv-navbar-toggle-button-container, .igv-windowsize-panel-container { display: none !important; }
  }
`;

function ownLook() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  return sheet;
}

/** Fires "opened" when a click has opened a window. */
export class GenomePane extends EventTarget {
  /** @type {Browser | null} */
  #browser = null;
  /** @type {GenomeFacts | null} */
  #facts = null;
  #shown = "";
  #started = false;

  /** @param {HTMLElement} box @param {HTMLButtonElement} button @param {Screen} screen @param {Api} api */
  constructor(box, button, screen, api) {
    super();
    this.box = box;
    this.button = button;
    this.screen = screen;
    this.api = api;
    button.addEventListener("click", () => this.toggle());
    screen.on(["locus"], () => this.#follow());
    screen.on(["item", "set"], () => this.#goToRow());
  }

  /** Show or hide the genome. */
  toggle() {
    if (!this.#facts) return;
    this.box.hidden = !this.box.hidden;
    this.button.setAttribute("aria-expanded", String(!this.box.hidden));
    if (!this.box.hidden) this.#browser?.visibilityChange();
  }

  /** Ask what there is to show. */
  async learn() {
    if (this.#facts) return;
    this.#facts = /** @type {GenomeFacts} */ (await this.api.get("/genome"));
    this.button.hidden = false;
    this.box.hidden = false;
  }

  /** Load igv.js, and show the genome; once. */
  async start() {
    if (!this.#facts || this.#started) return;
    this.#started = true;
    try {
      // Not written as an import that stands still: the page's own files are one script, and this one comes when it is asked for.
      const { default: igv } = await import(new URL("static/igv/igv.esm.min.js", document.baseURI).href);
      const { locus } = this.screen.state;
      const options = { ...this.#facts.options, doubleClickDelay: DOUBLE_CLICK, showSampleNameButton: false };
      const parent = /** @type {HTMLElement} */ (this.box.querySelector(".browser"));
      const dress = () => parent.toggleAttribute("data-dark", themeOf(parent) === "dark");
      dress();
      onThemeChange(dress);
      this.#browser = await igv.createBrowser(parent, isLocus(locus) ? { ...options, locus } : options);
      parent.shadowRoot?.adoptedStyleSheets.push(ownLook());
      this.#listen();
      this.box.dataset.ready = "";
    } catch (error) {
      this.#say(`The genome browser could not start: ${wordsOf(error)}`);
    }
  }

  /** Pictures show what the run explained, until somebody chooses another way. */
  explainAsTheRun() {
    if (!this.#facts) return;
    const { how } = this.#facts;
    const { state, config } = this.screen;
    if (state.tracks.length) return;
    /** @type {Track} */
    const track = {
      model: "",
      method: how.method ?? "",
      baseline: "",
      target: how.target ?? "",
      strands: how.strands === "both" ? "both" : "",
      layer: how.layer === "embeddings" ? "" : (how.layer ?? ""),
    };
    const usual = config.models[0]?.default;
    this.screen.update(
      {
        tracks: [track],
        output: how.output === usual?.output ? "" : (how.output ?? ""),
        projection: how.projection === usual?.projection ? "" : (how.projection ?? ""),
      },
      true,
    );
  }

  #listen() {
    const browser = /** @type {Browser} */ (this.#browser);
    const own = new Set(/** @type {GenomeFacts} */ (this.#facts).tracks);
    browser.on("trackclick", (track, _, position) => {
      if (!own.has(track?.name)) return undefined; // igv.js shows what is known of a gene or a variant
      this.#open(position);
      return false;
    });
    const keep = afterPause(300, () => {
      const [frame] = browser.referenceFrameList;
      if (!frame) return;
      this.#shown = `${frame.chr}:${Math.round(frame.start) + 1}-${Math.round(frame.end)}`;
      this.screen.update({ locus: this.#shown }, true);
    });
    browser.on("locuschange", keep);
  }

  /** The window behind a base. @param {number} position */
  async #open(position) {
    const browser = /** @type {Browser} */ (this.#browser);
    const at = Math.floor(position);
    const frame = browser.referenceFrameList.find(({ start, end }) => start <= at + 1 && at <= end);
    if (!frame) return;
    try {
      const found = /** @type {Opened} */ (
        await this.api.post("/genome/window", { chromosome: frame.chr, position: at })
      );
      this.#say("");
      await this.#show(found);
      this.dispatchEvent(new CustomEvent("opened", { detail: found }));
    } catch (error) {
      this.#say(wordsOf(error));
    }
  }

  /** @param {Opened} found */
  async #show({ dataset, row, replaced }) {
    const { screen } = this;
    const others = screen.datasets.filter(({ id }) => id !== dataset.id && id !== replaced);
    /** @type {Dataset[]} */
    const datasets = screen.datasets.some(({ id }) => id === dataset.id)
      ? screen.datasets.map((one) => (one.id === dataset.id ? dataset : one))
      : [...others, dataset];
    this.#here = `${dataset.id} ${row}`;
    screen.setDatasets(datasets);
    screen.update({ set: dataset.id, item: String(row), edits: [] });
    // A job on the old set keeps it: then both stay until the page is opened again.
    if (replaced) await this.api.remove(`/datasets/${encodeURIComponent(replaced)}`).catch(() => {});
  }

  /** The row that a click opened, which the genome shows already. */
  #here = "";

  /** A sequence of the list was chosen: its place comes into view. */
  async #goToRow() {
    const { dataset, state } = this.screen;
    if (!this.#browser || !dataset || state.item === "" || this.#here === `${dataset.id} ${state.item}`) return;
    this.#here = `${dataset.id} ${state.item}`;
    try {
      const path = `/datasets/${encodeURIComponent(dataset.id)}/rows/${encodeURIComponent(state.item)}`;
      const { interval } = /** @type {FullRow} */ (await this.api.get(path));
      const place = placeOf(interval);
      if (place && this.#here === `${dataset.id} ${state.item}`) await this.#browser.search(place);
    } catch {
      // the picture says what is wrong
    }
  }

  /** Back, forward, or another link. */
  #follow() {
    const { locus } = this.screen.state;
    if (this.#browser && isLocus(locus) && locus !== this.#shown) {
      this.#shown = locus;
      this.#browser.search(locus);
    }
  }

  /** @param {string} words */
  #say(words) {
    const said = /** @type {HTMLElement} */ (this.box.querySelector(".said"));
    said.replaceChildren(...(words ? [make("p", { class: "error", role: "alert" }, words)] : []));
  }
}
