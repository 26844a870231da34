// Where a person is in a picture: the bases in view, the one pointed at, those selected. Nothing here draws.

/** @import {Picture, Standing, Target, Window} from "./types" */

import { detailOf } from "./detail.js";
import { standOn } from "./layout.js";
import { peak } from "./strongest.js";
import { clamp, everything, reveal, zoomOn } from "./viewport.js";

export class Place {
  /** @type {Picture | null} */
  #picture = null;
  /** @type {Window} */
  window = { start: 0, end: 1 };
  /** @type {Target | null} */
  pointed = null;
  /** @type {Window | null} */
  selected = null;
  /** The bases whose letters stand below the bars. @type {Window | null} */
  detail = null;
  /** What a drag on the axis would zoom to. @type {Window | null} */
  sketch = null;

  get length() {
    return this.#picture?.sequence.length ?? 0;
  }

  /** Begin in a picture, at the given place if there is one. @param {Picture} picture @param {Standing | null} stay */
  enter(picture, stay) {
    this.#picture = picture;
    const { window, pointed, selected = null } = stay ?? { window: everything(this.length), pointed: null };
    this.window = clamp(window, this.length);
    this.pointed = pointed && standOn(pointed, picture);
    this.selected = selected && clamp(selected, this.length, 1);
    this.detail = detailOf(picture, this.pointed, this.selected);
  }

  /** @returns {Standing} */
  get standing() {
    return { window: this.window, pointed: this.pointed, selected: this.selected };
  }

  /** @param {Window} window */
  moveTo(window) {
    this.window = clamp(window, this.length);
  }

  /** The window zoomed by a factor (below 1: closer), on the base pointed at, the selection or the strongest stretch. @param {number} factor */
  zoomed(factor) {
    const { window, pointed, selected } = this;
    const stretch = selected ?? (this.#picture && peak(this.#picture.layers[0]));
    const middle = stretch ? (stretch.start + stretch.end) / 2 : this.length / 2;
    const around = factor > 1 ? (window.start + window.end) / 2 : (pointed?.base ?? middle - 0.5) + 0.5;
    return zoomOn(window, factor, around, this.length);
  }

  /** The whole bases between two places on the axis. @param {number} from @param {number} to @returns {Window} */
  between(from, to) {
    const [first, last] = [Math.floor(Math.min(from, to)), Math.floor(Math.max(from, to))];
    const start = Math.max(0, first);
    return { start, end: Math.max(start + 1, Math.min(this.length, last + 1)) };
  }

  /** Select bases, or none; says whether that changed anything. @param {Window | null} stretch */
  select(stretch) {
    const before = this.selected;
    this.selected = stretch;
    this.followSelection();
    return before?.start !== stretch?.start || before?.end !== stretch?.end;
  }

  /** Let the letters below the bars be those of the selection, unless a base is pointed at. */
  followSelection() {
    if (this.#picture) this.detail = detailOf(this.#picture, this.pointed, this.selected, this.pointed && this.detail);
  }

  /** Point at a base, or at none; says whether it is another one. @param {Target | null} pointed @param {boolean} [within] the letters below the bars, which stay then */
  point(pointed, within = false) {
    const before = this.pointed;
    this.pointed = pointed;
    if (this.#picture && !within) this.detail = detailOf(this.#picture, pointed, this.selected, this.detail);
    return pointed?.base !== before?.base || pointed?.token !== before?.token || pointed?.layer !== before?.layer;
  }

  /** The base to go to, with the window moved so that it is seen. @param {number} base @returns {Target} */
  reach(base) {
    const to = Math.min(this.length - 1, Math.max(0, base));
    this.window = reveal(this.window, to, this.length);
    return { base: to, token: -1, layer: this.pointed?.layer ?? 0 };
  }

  /** The base some steps further on. @param {number} step @returns {Target} */
  step(step) {
    return this.reach(this.pointed ? this.pointed.base + step : Math.floor((this.window.start + this.window.end) / 2));
  }

  /** The same base in another track. @param {number} step @returns {Target | null} */
  otherTrack(step) {
    if (!this.#picture || !this.pointed) return null;
    const count = this.#picture.layers.length;
    return { ...this.pointed, token: -1, layer: (this.pointed.layer + step + count) % count };
  }
}
