// Sequences pasted, chosen or dropped become a data set of their own.

/** @import {Dataset} from "./types" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { wordsOf } from "./api.js";
import { markWrong } from "./fields.js";

/** Longer texts are sent without being shown. */
const MOST_SHOWN = 300_000;

export class AddDialog {
  /** The text of a long file. */
  #file = "";

  /** @param {HTMLDialogElement} dialog @param {Screen} screen @param {Api} api @param {(made: Dataset, grown: string) => void} added the new set, and the one that it has grown from */
  constructor(dialog, screen, api, added) {
    this.dialog = dialog;
    this.screen = screen;
    this.api = api;
    this.added = added;
    /** @param {string} selector */
    const find = (selector) => /** @type {any} */ (dialog.querySelector(selector));
    /** @type {{form: HTMLFormElement, text: HTMLTextAreaElement, name: HTMLInputElement, onto: HTMLSelectElement, origin: HTMLInputElement, file: HTMLInputElement, send: HTMLButtonElement, error: HTMLElement, said: HTMLElement}} */
    this.parts = {
      form: find("form"),
      text: find("textarea"),
      name: find("[name=name]"),
      onto: find("[name=onto]"),
      origin: find("[name=origin]"),
      file: find("[type=file]"),
      send: find(".primary"),
      error: find(".error"),
      said: find(".ends .muted"),
    };
    const { form, text, file } = this.parts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    text.addEventListener(
      "keydown",
      (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && this.#send(),
    );
    text.addEventListener("input", () => {
      this.#file = "";
      this.#complain("", "");
    });
    file.addEventListener("change", () => file.files?.[0] && this.#take(file.files[0]));
    find("[data-close]").addEventListener("click", () => dialog.close());
    this.parts.onto.addEventListener("change", () => this.#offerName());
    this.#listenForDrops();
  }

  open() {
    const { limits } = this.screen.config;
    this.parts.said.textContent = limits.sequences
      ? `At most ${whole(limits.sequences)} sequences${limits.sequence_bases ? ` of ${whole(limits.sequence_bases)} bases` : ""}. Sequences stay on this computer.`
      : "Sequences stay on this computer.";
    const { dataset } = this.screen;
    this.parts.onto.replaceChildren(
      make("option", { value: "" }, "a new data set"),
      ...(dataset ? [make("option", { value: dataset.id }, `this set (${dataset.name})`)] : []),
    );
    this.#offerName();
    if (!this.dialog.open) this.dialog.showModal();
    this.parts.text.focus();
  }

  /** A set that sequences are added to has a name already, unless it is the one that the viewer was started with. */
  #offerName() {
    const { onto, name } = this.parts;
    const { dataset } = this.screen;
    name.placeholder = !onto.value ? "pasted" : dataset.pasted ? dataset.name : `${dataset.name}, extended`;
  }

  /** What is sent. @param {string} text */
  #body(text) {
    const { name, onto, origin } = this.parts;
    const start = origin.value.trim();
    if (start && !/^\d{1,9}$/.test(start))
      throw Object.assign(new Error("The origin is a whole number: the index of a base, counted from 0."), {
        field: "origin",
      });
    return {
      text,
      ...(name.value.trim() ? { name: name.value.trim() } : {}),
      ...(start ? { origin: Number(start) } : {}),
      ...(onto.value ? { onto: onto.value } : {}),
    };
  }

  #listenForDrops() {
    /** @param {DragEvent} event */
    const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    addEventListener(
      "dragleave",
      (event) => event.relatedTarget === null && document.body.classList.remove("dropping"),
    );
    addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      this.open();
      this.#take(file);
    });
  }

  /** @param {File} file */
  async #take(file) {
    const { text, name } = this.parts;
    const most = this.screen.config.limits.body_bytes;
    name.value = file.name;
    if (most && file.size > most) {
      this.#complain(
        `${file.name} has ${whole(file.size)} bytes; the limit here is ${whole(most)}. Start the viewer with the file instead.`,
        "text",
      );
      return;
    }
    const content = await file.text();
    const long = content.length > MOST_SHOWN;
    this.#file = long ? content : "";
    text.value = long ? "" : content;
    this.#complain("", "");
    if (long) this.parts.said.textContent = `${file.name}, ${whole(file.size)} bytes, is ready to add.`;
  }

  async #send() {
    const { text, onto, send } = this.parts;
    const content = this.#file || text.value;
    if (!content.trim()) {
      this.#complain("Nothing to add yet. Paste sequences or choose a file.", "text");
      return;
    }
    send.disabled = true;
    this.#complain("", "");
    try {
      const made = /** @type {Dataset} */ (await this.api.post("/datasets", this.#body(content)));
      const grown = onto.value;
      this.dialog.close();
      this.parts.form.reset();
      this.#file = "";
      this.added(made, grown);
    } catch (error) {
      const field = error instanceof Error && "field" in error ? String(error.field) : "";
      this.#complain(
        wordsOf(error) || "The server does not respond. Add the sequences when it is back.",
        field || "text",
      );
    } finally {
      send.disabled = false;
    }
  }

  /** @param {string} words @param {string} field */
  #complain(words, field) {
    const { error, text, name, origin } = this.parts;
    const wrong = field === "name" ? name : field === "origin" ? origin : text;
    error.textContent = words;
    error.hidden = !words;
    for (const one of [text, name, origin]) markWrong(one, Boolean(words) && one === wrong);
    if (words) wrong.focus();
  }
}
