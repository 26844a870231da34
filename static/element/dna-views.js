// <dna-views>: several pictures, what they share, and the switches for all of them.

/** @import {SharedPayload} from "./types" */

import { choice, make, mark } from "./dom.js";
import { whole } from "./numbers.js";
import { viewsSheets } from "./style.js";
import { onThemeChange, themeOf } from "./theme.js";

/** @type {WeakMap<Element, SharedPayload>} */
const known = new WeakMap();

/** What all pictures around an element share; null where there is none. @param {Element} element @returns {SharedPayload | null} */
export function sharedPayload(element) {
  const home = element.closest("dna-views");
  if (!home) return null;
  const found = known.get(home);
  if (found) return found;
  const text = home.querySelector(':scope > script[type="application/json"]')?.textContent;
  if (!text) return null;
  const shared = JSON.parse(text);
  known.set(home, shared);
  return shared;
}

class DnaViews extends HTMLElement {
  static observedAttributes = ["scale", "colors", "theme"];

  #bar = make("div", { class: "card", hidden: true });
  #forgetTheme = () => {};

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = viewsSheets();
    root.append(this.#bar, make("slot"));
  }

  connectedCallback() {
    this.#forgetTheme = onThemeChange(() => this.#theme());
    if (document.readyState === "loading")
      document.addEventListener("DOMContentLoaded", () => this.#fill(), { once: true });
    else this.#fill();
  }

  disconnectedCallback() {
    this.#forgetTheme();
  }

  attributeChangedCallback() {
    this.#theme();
    for (const group of this.#bar.querySelectorAll("div")) {
      const name = group.dataset.attribute;
      if (name) mark(group, this.getAttribute(name) ?? group.dataset.usual ?? "");
    }
    for (const view of this.#views()) /** @type {any} */ (view).refresh?.();
  }

  /** @returns {NodeListOf<Element>} */
  #views() {
    return this.querySelectorAll("dna-view");
  }

  #theme() {
    this.#bar.dataset.theme = themeOf(this);
  }

  /** The switches, where there is more than one picture to switch. */
  #fill() {
    const count = this.#views().length;
    this.#theme();
    this.#bar.hidden = count < 2;
    if (count < 2) return;
    this.#bar.replaceChildren(
      make("span", {}, `${whole(count)} sequences`),
      this.#choice("Scale of the scores", "scale", [
        ["own", "Each its own scale"],
        ["same", "Same scale for all"],
      ]),
      this.#choice("Colours of the letters", "colors", [
        ["bases", "Base colours"],
        ["sign", "Sign colours"],
      ]),
    );
  }

  /** @param {string} name @param {string} attribute @param {[string, string][]} choices */
  #choice(name, attribute, choices) {
    const usual = choices[0][0];
    const group = choice(name, choices, this.getAttribute(attribute) ?? usual, (value) => {
      for (const view of this.#views()) view.removeAttribute(attribute);
      this.setAttribute(attribute, value);
    });
    group.dataset.attribute = attribute;
    group.dataset.usual = usual;
    return group;
  }
}

/** Register the element, once. */
export function defineViews() {
  if (!customElements.get("dna-views")) customElements.define("dna-views", DnaViews);
}
