// Everything that can be kept, in one menu: figures, scores, the report, and the Python lines that make what is on screen.

/** @import {DnaView} from "../element/dna-view.js" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { download, fileName } from "../element/export.js";
import { everything } from "../element/viewport.js";
import { wordsOf } from "./api.js";
import { filterQuery } from "./filter-fields.js";
import { howOf, howQuery, tracksOf } from "./how.js";

/** Name of the file, words, detail, and whether only the sequence on screen is meant. @typedef {[string, string, string, boolean]} Form */

/** @type {Form} */
const ONE = ["bases.tsv", "This sequence, TSV", "one row per base, first track", true];
/** @type {Form} */
const REPORT = ["report.html", "HTML report of all listed", "figures, table and methods on one page", false];

const PIXELS_PER_INCH = 96;
/** How wide a figure is, in inches; nothing for as wide as on screen. @type {[string, string][]} */
const WIDTHS = [
  ["", "as on screen"],
  ["3.5", "one column, 3.5 in"],
  ["7.2", "two columns, 7.2 in"],
];
/** @type {[string, string][]} */
const PARTS = [
  ["view", "this view"],
  ["strongest", "strongest stretch"],
  ["whole", "whole sequence"],
];

export class Exports {
  #part = "view";
  #width = "";
  #words = true;

  /** @param {HTMLDetailsElement} menu @param {HTMLDialogElement} dialog @param {Screen} screen @param {Api} api @param {{view: DnaView, settled: Promise<void>}} pane of the picture on screen */
  constructor(menu, dialog, screen, api, pane) {
    this.menu = menu;
    this.dialog = dialog;
    this.screen = screen;
    this.api = api;
    this.pane = pane;
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
    /** @param {Form} form */
    const file = ([form, words, detail, single]) =>
      make(
        "button",
        { type: "button", "data-form": form, "data-single": String(single), onclick: () => this.#save(form, single) },
        words,
        make("small", {}, detail),
      );
    box?.replaceChildren(
      make("h3", {}, "Figure"),
      this.#figures(),
      make("h3", {}, "Scores"),
      this.#drawn("tsv", "Scores in view, TSV", "all tracks, one row per base"),
      file(ONE),
      ...offered.map((one) => file([one.name, `All listed, ${one.title}`, one.words, false])),
      make("h3", {}, "Report and code"),
      file(REPORT),
      make(
        "button",
        { type: "button", "data-form": "reproduce.py", onclick: () => this.showCode() },
        "Python",
        make("small", {}, "the code that reproduces this view, with all tracks"),
      ),
      this.error,
    );
  }

  /** What of the picture, how wide, with its words or not, and in which format. */
  #figures() {
    /** @param {string} label @param {[string, string][]} choices @param {string} chosen @param {string} control @param {(value: string) => void} choose */
    const select = (label, choices, chosen, control, choose) => {
      const field = make(
        "select",
        { "data-control": control, onchange: () => choose(field.value) },
        ...choices.map(([value, words]) => make("option", { value }, words)),
      );
      field.value = chosen;
      return make("label", { class: "field" }, label, field);
    };
    const words = make("input", {
      type: "checkbox",
      checked: this.#words,
      "data-control": "figure-words",
      onchange: () => (this.#words = words.checked),
    });
    return make(
      "div",
      { class: "figure" },
      select("Show", PARTS, this.#part, "figure-part", (value) => (this.#part = value)),
      select("Width", WIDTHS, this.#width, "figure-width", (value) => (this.#width = value)),
      make("label", { class: "check" }, words, " with caption"),
      make(
        "div",
        { class: "kinds" },
        this.#drawn("svg", "SVG", ""),
        this.#drawn("png", "PNG", ""),
        make("button", { type: "button", "data-kind": "pdf", onclick: () => this.#paper() }, "PDF"),
      ),
    );
  }

  /** A button that saves what the page itself draws. @param {"svg" | "png" | "tsv"} kind @param {string} words @param {string} detail */
  #drawn(kind, words, detail) {
    const save = async () => {
      const view = this.pane.view;
      if (!view.picture) return;
      const blob = kind === "tsv" ? view.tsv() : await view[kind](this.#sheet());
      download(fileName(view.picture.name, kind), blob);
      this.menu.open = false;
    };
    return make(
      "button",
      { type: "button", "data-kind": kind, onclick: () => save().catch((error) => this.#complain(error)) },
      words,
      detail ? make("small", {}, detail) : "",
    );
  }

  /** The bases of a figure. */
  #window() {
    const view = this.pane.view;
    if (this.#part === "whole") return everything(view.length);
    return this.#part === "strongest" ? view.strongest : view.window;
  }

  #sheet() {
    const width = this.#width ? Number(this.#width) * PIXELS_PER_INCH : undefined;
    return { window: this.#window(), words: this.#words, ...(width ? { width } : {}) };
  }

  /** The figure for papers, which Python draws. */
  #paper() {
    const { start, end } = this.#window();
    const window = [
      ["start", String(Math.floor(start))],
      ["end", String(Math.ceil(end))],
      ["width", this.#width || "7.2"],
      ["caption", String(this.#words)],
    ];
    return this.#save("figure.pdf", true, window);
  }

  /** @param {string} form @param {boolean} single whether only the sequence on screen is wanted @param {string[][]} [more] */
  #address(form, single, more = []) {
    const { state, dataset } = this.screen;
    const [first, ...others] = tracksOf(state).map((track) => howOf(track, state));
    const also = single ? others.map((how) => ["also", JSON.stringify(how)]) : [];
    const which = single ? [["row", state.item]] : filterQuery(state.filter);
    const query = [...which, ...howQuery(first), ...also, ...more];
    return this.api.address(`/datasets/${encodeURIComponent(dataset.id)}/export/${form}`, query);
  }

  /** @param {string} form @param {boolean} single @param {string[][]} [more] */
  async #save(form, single, more) {
    this.error.hidden = true;
    try {
      if (single) await this.pane.settled; // what is on screen may be a preview
      const { blob, name } = await this.api.file(this.#address(form, single, more));
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
