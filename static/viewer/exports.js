// Files to keep, and the Python lines that make what is on screen.

/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { download } from "../element/export.js";
import { wordsOf } from "./api.js";
import { filterQuery } from "./filter-fields.js";
import { howOf, howQuery, tracksOf } from "./how.js";

/** Name of the file, words, detail, and whether only the sequence on screen is meant. @typedef {[string, string, string, boolean]} Form */

/** @type {Form} */
const ONE = ["bases.tsv", "This sequence, TSV", "one row per base", true];
/** @type {Form} */
const REPORT = ["report.html", "All listed, HTML report", "figures, table and methods on one page", false];

export class Exports {
  /** @param {HTMLDetailsElement} menu @param {HTMLDialogElement} dialog @param {Screen} screen @param {Api} api */
  constructor(menu, dialog, screen, api) {
    this.menu = menu;
    this.dialog = dialog;
    this.screen = screen;
    this.api = api;
    this.error = make("p", { class: "error", role: "alert", hidden: true });
    screen.on(["config", "datasets", "set"], () => this.#draw());
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-copy]")?.addEventListener("click", () => this.#copy());
    dialog
      .querySelector("[data-save]")
      ?.addEventListener("click", () => download("reproduce.py", new Blob([this.#code], { type: "text/x-python" })));
    menu.addEventListener("toggle", () => (this.error.hidden = true));
  }

  #code = "";

  #draw() {
    const box = this.menu.querySelector(".menu");
    const { dataset, config } = this.screen;
    const offered = (config?.exporters ?? []).filter((one) => one.possible && (dataset?.intervals || !one.places));
    /** @type {Form[]} */
    const forms = [
      ONE,
      ...offered.map((one) => /** @type {Form} */ ([one.name, `All listed, ${one.title}`, one.words, false])),
      REPORT,
    ];
    box?.replaceChildren(
      ...forms.map(([form, words, detail, single]) =>
        make(
          "button",
          { type: "button", "data-form": form, "data-single": String(single), onclick: () => this.#save(form, single) },
          words,
          make("small", {}, detail),
        ),
      ),
      make(
        "button",
        { type: "button", "data-form": "reproduce.py", onclick: () => this.showCode() },
        "Python",
        make("small", {}, "the code that reproduces this view"),
      ),
      this.error,
    );
  }

  /** @param {string} form @param {boolean} single whether only the sequence on screen is wanted */
  #address(form, single) {
    const { state, dataset } = this.screen;
    const how = howQuery(howOf(tracksOf(state)[0], state));
    const which = single ? [["row", state.item]] : filterQuery(state.filter);
    return this.api.address(`/datasets/${encodeURIComponent(dataset.id)}/export/${form}`, [...which, ...how]);
  }

  /** @param {string} form @param {boolean} single */
  async #save(form, single) {
    this.error.hidden = true;
    try {
      const { blob, name } = await this.api.file(this.#address(form, single));
      download(name || form, blob);
      this.menu.open = false;
    } catch (error) {
      this.#complain(error);
    }
  }

  async showCode() {
    try {
      const { blob } = await this.api.file(this.#address("reproduce.py", true));
      this.#code = await blob.text();
      const place = this.dialog.querySelector("pre");
      if (place) place.textContent = this.#code;
      this.menu.open = false;
      this.dialog.showModal();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #copy() {
    const button = this.dialog.querySelector("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(this.#code);
      button.textContent = "Copied";
    } catch {
      const place = this.dialog.querySelector("pre");
      if (place) getSelection()?.selectAllChildren(place);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2500);
  }

  /** @param {unknown} error */
  #complain(error) {
    this.error.textContent = wordsOf(error) || "The server does not respond.";
    this.error.hidden = false;
    this.menu.open = true;
  }
}
