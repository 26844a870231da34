// The line below the plot: what is selected and what can be done with it, or how to select.

/** @import {Picture, Window} from "./types" */

import { make } from "./dom.js";
import { stretchWords } from "./words.js";

const HINT = "Click or drag to select bases. Drag the axis or use Ctrl + wheel to zoom.";
const TOUCH_HINT = "Tap a base to select it. Drag to pan, pinch to zoom.";
const TOUCH = matchMedia("(pointer: coarse)");

/**
 * @param {HTMLElement} box
 * @param {Picture} picture
 * @param {Window | null} selected
 * @param {object} actions
 * @param {(() => void) | null} actions.mutate where a single base can be mutated
 * @param {() => void} actions.zoom
 * @param {() => void} actions.clear
 */
export function fillSelection(box, picture, selected, { mutate, zoom, clear }) {
  if (!selected) {
    box.replaceChildren(make("span", { class: "hint" }, TOUCH.matches ? TOUCH_HINT : HINT));
    return;
  }
  const [where, score] = stretchWords(picture, picture.layers[0], selected);
  const elements = [make("span", {}, make("b", {}, where), ` ${score}`)];
  /** @param {string} words @param {string} title @param {() => void} onclick @param {string} name */
  const add = (words, title, onclick, name) =>
    elements.push(make("button", { type: "button", title, class: name, "aria-label": title, onclick }, words));
  if (mutate && selected.end - selected.start === 1) add("Mutate", "Mutate this base ( Enter )", mutate, "mutate");
  add("Zoom", "Zoom to the selection", zoom, "zoom");
  add("\u00d7", "Deselect ( Esc )", clear, "clear");
  box.replaceChildren(...elements);
}
