// The words above the picture, as elements.

/** @import {Layer, Picture} from "./types" */

import { make } from "./dom.js";
import { plain, whole } from "./numbers.js";
import { kmerLength } from "./tokens.js";
import {
  ends,
  legend,
  methodName,
  notes,
  outputName,
  peakSentence,
  prediction,
  specialWords,
  truth,
  unit,
  verdict,
} from "./words.js";

/** Everything above the plot. @param {Picture} picture @returns {HTMLElement[]} */
export function headerElements(picture) {
  const place = picture.interval
    ? `${picture.interval.chromosome}:${whole(picture.interval.start + 1)}\u2013${whole(picture.interval.end)} (${picture.interval.strand === "-" ? "\u2212" : "+"})`
    : "";
  const size = `${whole(picture.sequence.replaceAll("-", "").length)} bases${place ? `, ${place}` : ""}`;
  const title = make("header", {}, make("h3", {}, picture.name, make("small", {}, size)));
  const single = picture.layers.length === 1;
  const facts = single ? factList(picture, picture.layers[0]) : factTable(picture);
  const elements = [title, facts, make("p", { class: "peak" }, single ? peakSentence(picture, picture.layers[0]) : "")];
  if (!single) elements.pop();
  const said = notes(picture);
  if (said.length) {
    elements.push(
      make(
        "ul",
        { class: "notes" },
        ...said.map(({ severity, words }) => make("li", { "data-severity": severity }, words)),
      ),
    );
  }
  return elements;
}

/** @param {Picture} picture @param {Layer} layer @returns {[string, Node | string][]} */
function facts(picture, layer) {
  const right = picture.truth === null ? "" : picture.truth === layer.predicted ? "right" : "wrong";
  const mark = right ? make("small", { class: right }, right === "right" ? " \u2713 right" : " \u2717 wrong") : "";
  const special = specialWords(layer);
  return [
    [
      layer.run.regression ? "Predicted value" : "Predicted class",
      make("span", {}, prediction(layer), layer.run.regression ? "" : mark),
    ],
    ["Explained", layer.run.regression ? "the output" : [layer.target, outputName(layer)].filter(Boolean).join(", ")],
    ["f(x)", ends(layer).input],
    ["f(baseline)", ends(layer).baseline],
    ["Completeness", badge(layer)],
    ["Method", methodName(layer.run)],
    ["Baseline", layer.run.baseline || "none"],
    ["On special tokens", make("span", { title: special.detail }, special.value)],
  ];
}

/** @param {Picture} picture @param {Layer} layer */
function factList(picture, layer) {
  /** @type {[string, Node | string][]} */
  const all = [truth(picture), ...facts(picture, layer)];
  return make(
    "dl",
    { class: "facts" },
    ...all.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}

/** @param {Picture} picture */
function factTable(picture) {
  const rows = picture.layers.map((layer) => facts(picture, layer));
  const head = make(
    "tr",
    {},
    make("th", {}, truth(picture).join(": ")),
    ...rows[0].map(([name]) => make("th", { scope: "col" }, name)),
  );
  const body = rows.map((row, i) =>
    make("tr", {}, make("td", {}, picture.layers[i].name), ...row.map(([, value]) => make("td", {}, value))),
  );
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "What is compared" },
    make("table", {}, head, ...body),
  );
}

let badges = 0;

/** The completeness badge; its numbers show on hover and on focus. @param {Layer} layer */
function badge(layer) {
  const { state, words, facts: numbers } = verdict(layer);
  const id = `tip${badges++}`;
  const rows = numbers.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  const sign = state === "good" ? "\u2713 " : state === "bad" ? "\u26A0 " : "";
  return make(
    "span",
    { class: "badge", "data-state": state },
    make("button", { type: "button", "aria-describedby": id }, sign + words),
    make("span", { class: "tip", role: "tooltip", id }, make("dl", {}, ...rows)),
  );
}

/** What heights and colours mean. @param {Picture} picture @param {number} size the token score of full colour */
export function legendElement(picture, size) {
  const [layer] = picture.layers;
  const { up, down } = legend(layer);
  const sameTarget = picture.layers.every(
    (other) => other.target === layer.target && other.run.output === layer.run.output,
  );
  const box = make("div", { class: "legend" });
  box.append(make("b", {}, sameTarget ? `Score per base, ${unit(layer)}` : "Score per base"));
  box.append(make("span", { class: "up" }, sameTarget ? up : "pushes towards the explained class"));
  if (down) box.append(make("span", { class: "down" }, down));
  box.append(
    make(
      "span",
      { class: "letters", "aria-hidden": "true" },
      ...["A", "C", "G", "T"].map((base) => make("span", { class: base }, base)),
    ),
  );
  if (size > 0) {
    const k = kmerLength(layer.tokens);
    const low = layer.run.signed ? plain(-size) : "0";
    box.append(
      make(
        "span",
        { class: layer.run.signed ? "ramp" : "ramp unsigned" },
        `${k ? `${k}-mers` : "tokens"}: ${low}`,
        make("i"),
        layer.run.signed ? `+${plain(size)}` : plain(size),
      ),
    );
  }
  return box;
}
