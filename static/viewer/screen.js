// What is on screen, kept in the page's address; every part of the page listens to what concerns it.
// A widget in a notebook has no address of its own: it keeps the same state for itself.

/** @import {Config, Dataset, ViewState} from "./types" */

import { formatAddress, freshState, parseAddress } from "./address.js";
import { withLayer } from "./how.js";

/** @typedef {keyof ViewState | "config" | "datasets"} Key */

export class Screen {
  /** @type {ViewState} */
  state = freshState();
  /** @type {Config} */
  config = /** @type {Config} */ (/** @type {unknown} */ (null));
  /** @type {Dataset[]} */
  datasets = [];
  /** @type {{keys: Key[], listener: (changed: Set<Key>) => void}[]} */
  #listeners = [];

  #addressed;

  /** @param {boolean} [addressed] whether the page's address is that of this screen */
  constructor(addressed = true) {
    this.#addressed = addressed;
    if (!addressed) return;
    this.state = parseAddress(location.hash);
    addEventListener("popstate", () => {
      const given = parseAddress(location.hash);
      const next = this.#explainable(given);
      if (formatAddress(next) !== formatAddress(given)) this.#write(next, true);
      this.#become(next);
    });
  }

  /** The data set on screen. */
  get dataset() {
    return this.datasets.find(({ id }) => id === this.state.set) ?? this.datasets[0];
  }

  /** @param {Key[]} keys @param {(changed: Set<Key>) => void} listener */
  on(keys, listener) {
    this.#listeners.push({ keys, listener });
  }

  /**
   * Change the state. Another data set starts with its first sequence, another sequence unmutated, in the same window.
   * @param {Partial<ViewState>} changes
   * @param {boolean} [quietly] do not make it a step that "back" undoes
   */
  update(changes, quietly = false) {
    const usual = freshState();
    const next = { ...this.state };
    if (changes.set !== undefined && changes.set !== next.set)
      Object.assign(next, { item: "", filter: usual.filter, pin: "", edits: [], window: null });
    if (changes.item !== undefined && changes.item !== next.item) Object.assign(next, { edits: [] });
    Object.assign(next, changes);
    const explainable = this.#explainable(next);
    if (formatAddress(explainable) !== formatAddress(this.state)) this.#write(explainable, quietly);
    this.#become(explainable);
  }

  /** Write the address. @param {ViewState} state @param {boolean} quietly */
  #write(state, quietly) {
    if (!this.#addressed) return;
    const words = formatAddress(state);
    const address = `${location.pathname}${location.search}${words ? `#${words}` : ""}`;
    if (quietly) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }

  /** The state with all that its methods need. @param {ViewState} state */
  #explainable(state) {
    return this.config ? { ...state, tracks: state.tracks.map((track) => withLayer(this.config, track)) } : state;
  }

  /** @param {Config} config @param {Dataset[]} datasets */
  learn(config, datasets) {
    this.config = config;
    this.datasets = datasets;
    const state = this.#explainable(this.state);
    if (formatAddress(state) !== formatAddress(this.state)) this.#write(state, true);
    this.state = state;
    this.#tell(new Set(/** @type {Key[]} */ (["config", "datasets"])));
  }

  /** @param {Dataset[]} datasets */
  setDatasets(datasets) {
    this.datasets = datasets;
    this.#tell(new Set(/** @type {Key[]} */ (["datasets"])));
  }

  /** @param {ViewState} next */
  #become(next) {
    const before = this.state;
    const keys = /** @type {(keyof ViewState)[]} */ (Object.keys(next));
    const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]));
    this.state = next;
    if (changed.length) this.#tell(new Set(/** @type {Key[]} */ (changed)));
  }

  /** @param {Set<Key>} changed */
  #tell(changed) {
    for (const { keys, listener } of this.#listeners) if (keys.some((key) => changed.has(key))) listener(changed);
  }
}
