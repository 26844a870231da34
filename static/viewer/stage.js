// The <dna-view> of the pane: it shows pictures, and its window, colours and brackets are those of the address.

/** @import {PicturePayload, Window} from "../element/types" */
/** @import {DnaView} from "../element/dna-view.js" */
/** @import {Shown} from "./merge.js" */
/** @import {Screen} from "./screen.js" */

import { everything } from "../element/viewport.js";
import { motifHits } from "./motif.js";
import { afterPause } from "./time.js";

/** Pixels of the bars: at least, as a share of the pane at most, and what else the pane has to show. */
const LEAST_PLOT = 240;
const MOST_PLOT = 0.45;
const AROUND_PLOT = 585;
/** A pane narrower than this is a telephone's. */
const NARROW = 560;
/** Milliseconds that a window has to stay before it becomes part of the address. */
const STAYS = 250;

export class Stage {
  /** What the rows of the picture depend on. */
  #shape = "";
  /** Which bases are on screen. */
  #bases = "";
  /** How long they are and from where they are counted. */
  #axis = "";
  /** @type {DnaView} */
  #view;

  /**
   * @param {HTMLElement} pane
   * @param {HTMLElement} box in which the picture stands
   * @param {Screen} screen
   * @param {boolean} saving whether the picture has a menu of files itself
   * @param {object} actions
   * @param {(base: number) => void} actions.mutate a person asks to mutate a base
   * @param {(stretch: Window | null) => void} actions.select bases were selected, or none
   */
  constructor(pane, box, screen, saving, actions) {
    this.pane = pane;
    this.screen = screen;
    this.saving = saving;
    this.actions = actions;
    this.#view = this.#made();
    box.append(this.#view);
    screen.on(["window"], (changed) => {
      if (changed.has("item") || changed.has("set")) return; // another sequence comes with its own stretch
      if (screen.state.window) this.#toWindow();
      else this.#view.setWindow(everything(this.#view.length));
    });
    screen.on(["filter"], () => this.#mark());
    screen.on(["colors"], () => this.#color());
    new ResizeObserver(() => this.#fit()).observe(pane);
  }

  get view() {
    return this.#view;
  }

  /** The part of the picture that takes keys. */
  get plot() {
    return /** @type {HTMLElement | null} */ (this.#view.shadowRoot?.querySelector(".plot") ?? null);
  }

  /** A new element. It is hidden until there is something to show: it would complain otherwise. */
  #made() {
    const { screen } = this;
    const view = /** @type {DnaView} */ (document.createElement("dna-view"));
    view.hidden = true;
    view.setAttribute("mutable", "");
    view.toggleAttribute("no-save", !this.saving);
    view.addEventListener("dna-mutate", (event) => this.actions.mutate(/** @type {CustomEvent} */ (event).detail.base));
    view.addEventListener("dna-select", (event) => this.actions.select(/** @type {CustomEvent} */ (event).detail));
    const keep = afterPause(STAYS, (/** @type {Window} */ window) => {
      const whole = window.start <= 0 && window.end >= this.#view.length;
      screen.update({ window: whole ? null : window }, true);
    });
    view.addEventListener("dna-window", (event) => keep(/** @type {CustomEvent} */ (event).detail));
    this.#color(view);
    new MutationObserver(() =>
      screen.update({ colors: view.getAttribute("colors") === "sign" ? "sign" : "" }, true),
    ).observe(view, { attributeFilter: ["colors"] });
    return view;
  }

  /** Put another element in the place of the present one; says whether that had the focus. */
  #renew() {
    const old = this.#view;
    const focused = document.activeElement === old;
    this.#view = this.#made();
    this.#fit();
    old.replaceWith(this.#view);
    return focused;
  }

  /** Show a picture. @param {Shown} shown @param {string} bases whose picture it is @param {string} letters of them */
  show({ picture, shared }, bases, letters) {
    // An element lays itself out once: other tracks get another element.
    const shape = shapeOf(picture);
    const axis = `${picture.s.length} ${picture.o ?? 0}`;
    const stay = this.#stay(bases, axis);
    if (this.#axis && axis !== this.#axis && bases !== this.#bases) this.screen.update({ window: null }, true);
    this.#bases = bases;
    this.#axis = axis;
    const focused = this.#shape && shape !== this.#shape ? this.#renew() : false;
    this.#shape = shape;
    this.#letters = letters;
    this.#view.hidden = false;
    this.#view.show(picture, shared, stay);
    this.#view.wake();
    this.#mark();
    if (focused) this.plot?.focus();
    this.#toWindow();
  }

  #letters = "";

  /** The same bases, better known or mutated: who walks on them stays. Others on the same axis are seen through the same window. @param {string} bases @param {string} axis */
  #stay(bases, axis) {
    const { standing } = this.#view;
    if (bases === this.#bases) return standing;
    return axis === this.#axis && standing ? { ...standing, pointed: null, selected: null } : null;
  }

  /** Brackets over the hits of the motif that the list is filtered by. */
  #mark() {
    const letters = this.#view.picture?.sequence ?? this.#letters;
    this.#view.marks = motifHits(letters, this.screen.state.filter.motif);
  }

  /** Give the bars the room that the pane has. */
  #fit() {
    const { pane } = this;
    const narrow = pane.clientWidth < NARROW;
    const height = narrow ? 0 : Math.min(MOST_PLOT * pane.clientHeight, pane.clientHeight - AROUND_PLOT);
    this.#view.plotHeight = Math.max(0, Math.round(height), narrow ? 0 : LEAST_PLOT);
  }

  /** The stretch that the address names, as soon as the picture is drawn. */
  #toWindow() {
    const wanted = this.screen.state.window;
    const view = this.#view;
    if (!wanted || view.hidden) return;
    const now = () => {
      if (this.screen.state.window !== wanted) return;
      if (!view.picture) requestAnimationFrame(now);
      else if (Math.abs(view.window.start - wanted.start) > 0.06 || Math.abs(view.window.end - wanted.end) > 0.06)
        view.setWindow(wanted);
    };
    now();
  }

  /** @param {DnaView} view */
  #color(view = this.#view) {
    if (this.screen.state.colors === "sign") view.setAttribute("colors", "sign");
    else view.removeAttribute("colors");
  }
}

/** What the rows of a picture depend on. @param {PicturePayload} picture */
function shapeOf({ l: layers, a: tracks = [] }) {
  return JSON.stringify([tracks.length, layers.map(({ t }) => (t.spans ? t : [t.k, t.step]))]);
}
