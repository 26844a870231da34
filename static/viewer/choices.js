// The controls above the picture: a row per track with its model, method and class, and the menus beside them.

/** @import {Model, Track} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { percent } from "../element/numbers.js";
import { same, setTracks, trackSelect } from "./choice-fields.js";
import { compareMenu } from "./compare-menu.js";
import { differences, methodOf, modelOf, SHARED, spoken, tracksOf } from "./how.js";
import { settingsMenu } from "./settings.js";

export class Choices {
  #predicted = "";
  /** @type {Record<string, number>} */
  #probabilities = {};

  /** @param {HTMLElement} box @param {Screen} screen */
  constructor(box, screen) {
    this.box = box;
    this.screen = screen;
    screen.on(["config", "tracks", "pin", ...SHARED, "edits"], () => this.draw());
  }

  /** The name of the sequence that is pinned, once it is known. @param {string} name */
  pinned(name) {
    if (name === this.#pinned) return;
    this.#pinned = name;
    this.draw(true);
  }

  #pinned = "";

  /** @param {boolean} [answered] whether something became known, so that nobody has chosen anything: menus stay as they are */
  draw(answered = false) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.control : "";
    // Asked of the menu itself: its own event comes later, and a menu that is opened now must not close.
    const isOpen = (/** @type {string} */ name) =>
      /** @type {HTMLDetailsElement | null} */ (this.box.querySelector(`details.${name}`))?.open ?? false;
    const [settings, compare] = [isOpen("settings"), answered && isOpen("compare")];
    const tracks = tracksOf(this.screen.state);
    const pin = this.#pinRow(tracks.length);
    const told = differences(this.screen.config, tracks);
    const rows = tracks.map((track, index) => this.#row(track, index, tracks.length, told[index]));
    const last = tracks.length === 1 ? rows[0] : make("div", { class: "track last" });
    if (pin) rows.push(pin);
    if (tracks.length > 1) rows.push(last);
    const inSight = (/** @type {HTMLDetailsElement} */ menu) => intoSight(menu, this.box);
    last.append(
      compareMenu(this.screen, this.#predicted, compare, inSight),
      settingsMenu(this.screen, settings, inSight),
    );
    this.box.replaceChildren(...rows);
    if (focused) /** @type {HTMLElement | null} */ (this.box.querySelector(`[data-control="${focused}"]`))?.focus();
  }

  /** What the model says of the sequence on screen. @param {string} label that it predicts @param {Record<string, number>} probabilities */
  know(label, probabilities) {
    if (label === this.#predicted && JSON.stringify(probabilities) === JSON.stringify(this.#probabilities)) return;
    this.#predicted = label;
    this.#probabilities = probabilities;
    this.draw(true);
  }

  /** Show which control a refusal is about; in a menu, which opens over the pane, with the sentence. @param {number} index @param {string} field @param {string} [words] */
  complain(index, field, words = "") {
    for (const element of this.box.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
    for (const element of this.box.querySelectorAll(".refusal")) element.remove();
    const wrong = this.box.querySelector(`[data-control="${field}-${index}"], [data-control="${field}"]`);
    wrong?.setAttribute("aria-invalid", "true");
    const menu = wrong?.closest("details");
    if (!menu) return;
    menu.open = true;
    if (words) wrong?.closest("label")?.after(make("p", { class: "error refusal" }, words));
  }

  /** What stands in the row of a track: its model, its method, its class, and what else sets it apart from the others. @param {Track} track @param {number} index @param {number} count @param {string} apart */
  #row(track, index, count, apart) {
    const { config } = this.screen;
    const model = modelOf(config, track);
    const method = methodOf(config, track);
    const row = make("div", { class: "track" });
    if (count > 1) row.append(make("span", { class: "tag", "aria-hidden": "true" }, String(index + 1)));
    if (config.models.length > 1)
      row.append(
        trackSelect(this.screen, "Model", index, "model", same(config.models.map(({ name }) => name)), model.name),
      );
    const methods = config.methods.map(({ name }) => /** @type {[string, string]} */ ([name, spoken(name)]));
    row.append(trackSelect(this.screen, "Method", index, "method", methods, method?.name ?? "", method?.words));
    if (model.head !== "regression" && model.labels.length > 1)
      row.append(trackSelect(this.screen, "Explain", index, "target", this.#classes(model), track.target));
    if (apart) row.append(make("span", { class: "apart", title: `${apart}. It is chosen in Settings` }, apart));
    if (count > 1)
      row.append(
        make(
          "button",
          {
            type: "button",
            "aria-label": `Remove track ${index + 1}`,
            title: `Remove track ${index + 1}`,
            onclick: () =>
              setTracks(
                this.screen,
                tracksOf(this.screen.state).filter((_, i) => i !== index),
              ),
          },
          "\u00d7",
        ),
      );
    return row;
  }

  /** The sequence that is pinned, with a cross to unpin it, or nothing. @param {number} count tracks above */
  #pinRow(count) {
    const { item, pin } = this.screen.state;
    if (!pin) return null;
    const name = pin === item ? "this sequence. Choose another one to compare with it" : this.#pinned;
    return make(
      "div",
      { class: "track pinned" },
      make("span", { class: "tag", "aria-hidden": "true" }, pin === item ? "\u25CF" : String(count + 1)),
      make("span", {}, "Pinned: ", make("b", {}, name)),
      make(
        "button",
        {
          type: "button",
          "aria-label": "Unpin the sequence",
          title: "Unpin the sequence",
          onclick: () => this.screen.update({ pin: "" }),
        },
        "\u00d7",
      ),
    );
  }

  /** The classes with their probabilities. @param {Model} model @returns {[string, string][]} */
  #classes({ labels }) {
    /** @param {string} label */
    const share = (label) => (label in this.#probabilities ? `, ${percent(this.#probabilities[label])}` : "");
    return [
      ["", this.#predicted ? `predicted: ${this.#predicted}` : "predicted class"],
      ...labels.map((label) => /** @type {[string, string]} */ ([label, label + share(label)])),
    ];
  }
}

/** Open to the side where there is room. @param {HTMLElement} menu @param {HTMLElement} box */
function intoSight(menu, box) {
  const list = /** @type {HTMLElement | null} */ (menu.querySelector(".menu"));
  if (!list) return;
  list.classList.toggle(
    "to-right",
    menu.getBoundingClientRect().left + list.offsetWidth <= box.getBoundingClientRect().right,
  );
}
