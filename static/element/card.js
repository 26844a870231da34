// The box of a picture: its elements, from the words above the plot to the notes below it.

/** @import {Picture} from "./types" */

import { KEYS } from "./controls.js";
import { closesItself, make } from "./dom.js";
import { headerElements, noteElements, scoreTitle } from "./header.js";
import { verdict } from "./verdict.js";
import { summary } from "./words.js";

/** @typedef {ReturnType<typeof makeParts>} Parts */

/** The elements that stay when another picture is shown. */
export function makeParts() {
  return {
    plot: make("div", {
      class: "plot",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "sequence picture",
    }),
    unit: make("span", { class: "unit" }),
    legend: make("div"),
    foot: make("div", { class: "foot" }),
    canvas: make("canvas"),
    mini: make("canvas", { class: "mini", "aria-hidden": "true" }),
    readout: make("div", { class: "readout", role: "tooltip", hidden: true }),
    below: make("div", { class: "below" }),
    live: make("div", { class: "hidden", "aria-live": "polite" }),
    keys: make("dl", { class: "keys", hidden: true }),
  };
}

/**
 * @param {HTMLElement} card
 * @param {Parts} parts
 * @param {HTMLElement} bar the buttons
 * @param {Picture} picture
 * @param {(start: number, end: number) => void} show goes to a stretch
 */
export function fillCard(card, parts, bar, picture, show) {
  const { plot, canvas, mini, readout, live, keys } = parts;
  card.classList.remove("placeholder");
  card.toggleAttribute(
    "data-bad",
    picture.layers.some((layer) => verdict(picture, layer).state === "bad"),
  );
  plot.replaceChildren(canvas, readout);
  plot.setAttribute("aria-label", summary(picture));
  keys.replaceChildren(...KEYS.flatMap(([key, words]) => [make("dt", {}, key), make("dd", {}, words)]));
  const header = make("div", { class: "words" }, ...headerElements(picture, show));
  for (const menu of header.querySelectorAll("details")) closesItself(menu);
  const notes = make("div", { class: "said" }, ...noteElements(picture));
  card.replaceChildren(header, bar, plot, mini, parts.foot, parts.legend, notes, keys, live);
  parts.unit.textContent = scoreTitle(picture);
}

/** Say why there is no picture; the static image takes its place. @param {HTMLElement} card @param {unknown} error */
export function failCard(card, error) {
  const words = error instanceof Error ? error.message : String(error);
  card.classList.remove("placeholder");
  card.replaceChildren(make("p", { class: "failed" }, `This picture cannot be drawn. ${words}`), make("slot"));
}
