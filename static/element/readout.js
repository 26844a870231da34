// The card at the pointer that says what the base or token below it is made of.

/** @import {Picture, Target} from "./types" */

import { make } from "./dom.js";
import { plain } from "./numbers.js";
import { baseWords, scored, tokenWords } from "./words.js";

const MOST_PARTS = 8;
const AWAY = 14;

/** @typedef {ReturnType<typeof baseWords>} Words */

/**
 * Fill the card and put it beside a point of the picture; hidden where nothing is pointed at.
 * @param {HTMLElement} box
 * @param {Picture} picture
 * @param {Target | null} pointed
 * @param {{x: number, y: number, width: number}} place in the box around, which is that wide
 */
export function showReadout(box, picture, pointed, { x, y, width }) {
  box.hidden = !pointed;
  if (!pointed) return;
  box.replaceChildren(...pointedElements(picture, pointed));
  const right = x + AWAY + box.offsetWidth <= width;
  box.style.left = `${right ? x + AWAY : Math.max(0, x - AWAY - box.offsetWidth)}px`;
  box.style.top = `${Math.max(0, y + AWAY)}px`;
}

/** @param {Picture} picture @param {Target} pointed */
function pointedElements(picture, pointed) {
  const layer = picture.layers[pointed.layer];
  const name = layer.name ? `${layer.name}: ` : "";
  if (pointed.token >= 0) {
    const { title, score, sum } = tokenWords(picture, layer, pointed.token);
    return [make("p", {}, name, make("b", {}, title), "\u2003", make("b", {}, score)), make("p", {}, sum)];
  }
  const { title, score, sum, parts } = baseWords(picture, layer, pointed.base);
  const elements = [make("p", {}, name, make("b", {}, title), "\u2003", make("b", {}, score))];
  const others = picture.layers
    .filter((other) => other !== layer)
    .map((other) => `${other.name} ${scored(other, other.scores[pointed.base])}`);
  if (others.length) elements.push(make("p", {}, `(${others.join(", ")})`));
  const sd = layer.spread?.sd[pointed.base] ?? NaN;
  if (!Number.isNaN(sd))
    elements.push(
      make("p", {}, `\u00b1 ${plain(sd)} (${layer.spread?.stable[pointed.base] ? "stable" : "unstable"} sign)`),
    );
  if (sum) elements.push(make("p", {}, /^(sum|mean|largest)/.test(sum) ? `= ${sum}` : sum));
  if (parts.length) elements.push(partsElement(parts));
  return elements;
}

/** A row per token with a bar as long as its part is large. @param {Words["parts"]} parts */
function partsElement(parts) {
  const most = Math.max(...parts.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const rows = parts.slice(0, MOST_PARTS).map(({ text, share, value }) => {
    const bar = make("i", { class: value < 0 ? "part away" : "part" });
    bar.style.width = `${Math.max(1, Math.round((48 * Math.abs(value)) / most))}px`;
    return make("span", {}, make("code", {}, text), " ", bar, " ", share);
  });
  if (parts.length > MOST_PARTS) rows.push(make("span", {}, `and ${parts.length - MOST_PARTS} more`));
  return make("div", { class: "parts" }, ...rows);
}

/** The same for a screen reader. @param {Picture} picture @param {Target} pointed */
export function spoken(picture, pointed) {
  const { title, score, sum } = baseWords(picture, picture.layers[pointed.layer], pointed.base);
  return `${title}: ${score}, ${sum}`;
}
