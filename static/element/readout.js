// The line below the plot that says what the pointed base or token is made of.

/** @import {Picture, Target} from "./types" */

import { make } from "./dom.js";
import { signed } from "./numbers.js";
import { baseWords, tokenWords } from "./words.js";

const IDLE = "Point at a base, or press an arrow key, to see how its score is made up.";

/** Fill the readout. @param {HTMLElement} box @param {Picture} picture @param {Target | null} pointed */
export function fillReadout(box, picture, pointed) {
  box.replaceChildren(...(pointed ? pointedElements(picture, pointed) : [make("p", {}, IDLE)]));
}

/** @param {Picture} picture @param {Target} pointed */
function pointedElements(picture, pointed) {
  const layer = picture.layers[pointed.layer];
  const name = layer.name ? `${layer.name}: ` : "";
  if (pointed.token >= 0) {
    const { title, score, sum } = tokenWords(picture, layer, pointed.token);
    return [make("p", {}, name, make("b", {}, title), `   ${score}, ${sum}`)];
  }
  const { title, score, sum, parts } = baseWords(picture, layer, pointed.base);
  const others = picture.layers
    .filter((other) => other !== layer)
    .map((other) => `${other.name} ${signed(other.scores[pointed.base])}`);
  const first = make(
    "p",
    {},
    name,
    make("b", {}, title),
    "\u2003",
    make("b", {}, score),
    sum
      ? ` ${sum.startsWith("sum") || sum.startsWith("mean") || sum.startsWith("largest") ? "= " : "\u2014 "}${sum}`
      : "",
  );
  if (others.length) first.append(`\u2003(${others.join(", ")})`);
  const list = make(
    "div",
    { class: "parts" },
    ...parts.slice(0, 16).map(({ text, share }) => make("span", {}, make("code", {}, text), ` ${share}`)),
  );
  return [first, list];
}

/** The same for a screen reader. @param {Picture} picture @param {Target} pointed */
export function spoken(picture, pointed) {
  const { title, score, sum } = baseWords(picture, picture.layers[pointed.layer], pointed.base);
  return `${title}: ${score}, ${sum}`;
}
