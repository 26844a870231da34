// The words above the picture, as elements.

/** @import {Layer, Picture} from "./types" */

import { rangeName } from "./axis.js";
import { make } from "./dom.js";
import { correlation, percent, plain, whole } from "./numbers.js";
import { peak } from "./strongest.js";
import { kmerLength } from "./tokens.js";
import { verdict } from "./verdict.js";
import {
  alphabet,
  ends,
  largestChange,
  legend,
  methodName,
  notes,
  outputName,
  peakSentence,
  prediction,
  predictionSentence,
  predictionWords,
  specialWords,
  stretchDoes,
  stretchLetters,
  truth,
  unit,
} from "./words.js";

/**
 * The name and, for one track, one sentence of facts; the rest unfolds over the picture, which stays where it is.
 * @param {Picture} picture
 * @param {(start: number, end: number) => void} show goes to a stretch
 * @returns {HTMLElement[]}
 */
export function headerElements(picture, show) {
  const place = picture.interval
    ? `${picture.interval.chromosome}:${whole(picture.interval.start + 1)}\u2013${whole(picture.interval.end)} (${picture.interval.strand === "-" ? "\u2212" : "+"})`
    : "";
  const size = `${whole(picture.sequence.replaceAll("-", "").length)} bases${place ? `, ${place}` : ""}`;
  const single = picture.layers.length === 1;
  const header = make("header", {}, make("h3", { title: picture.name }, picture.name), make("small", {}, size));
  if (single) header.append(badge(picture, picture.layers[0]));
  header.append(detailsMenu(picture));
  return [header, single ? factSentence(picture, picture.layers[0], show) : comparison(picture)];
}

/** What a person must know before believing the letters. @param {Picture} picture @returns {HTMLElement[]} */
export function noteElements(picture) {
  const said = notes(picture);
  if (!said.length) return [];
  const items = said.map(({ severity, words }) => make("li", { "data-severity": severity }, words));
  return [make("ul", { class: "notes" }, ...items)];
}

/** @param {Picture} picture @param {Layer} layer @param {(start: number, end: number) => void} show */
function factSentence(picture, layer, show) {
  const sentence = make("p", { class: "fact" }, predictionSentence(picture, layer), " ");
  const found = peak(layer);
  if (!found) {
    sentence.append("No base has a score.");
    return sentence;
  }
  const { start, end } = found;
  const stretch = make(
    "button",
    { type: "button", class: "stretch", title: "Zoom to this stretch", onclick: () => show(start, end) },
    stretchLetters(layer, start, end),
  );
  const range = rangeName(picture, start, end).replace(" to ", "\u2013");
  const place = picture.origin && !picture.interval ? rangeName(picture, start, end) : range;
  sentence.append(stretch, ` at ${place} ${stretchDoes(layer, found)}`);
  return sentence;
}

/** All facts of all tracks, folded. @param {Picture} picture */
function detailsMenu(picture) {
  const single = picture.layers.length === 1;
  const content = single
    ? [factList(picture, picture.layers[0]), make("p", { class: "peak" }, peakSentence(picture, picture.layers[0]))]
    : [factTable(picture)];
  return make(
    "details",
    { class: "more" },
    make("summary", { title: "f(x), f(baseline), error, special tokens" }, "Details"),
    make("div", { class: "panel" }, ...content),
  );
}

/** @param {Picture} picture @param {Layer} layer @param {boolean} [brief] without what would fill a column of a table @returns {[string, string][]} */
function facts(picture, layer, brief = false) {
  const special = specialWords(layer);
  const judged = layer.truth !== null && !layer.run.regression && !layer.run.difference;
  const known = judged ? layer.truth === layer.predicted : "";
  const mark = known === "" ? "" : known ? " \u2713 correct" : " \u2717 wrong";
  return [
    [layer.run.regression ? "Predicted value" : "Predicted class", prediction(layer) + mark],
    ["Explained", layer.run.regression ? "the output" : [layer.target, outputName(layer)].filter(Boolean).join(", ")],
    ["f(x)", ends(layer).input],
    ["f(baseline)", ends(layer).baseline],
    ["Check", verdict(picture, layer).words],
    ["Method", methodName(layer.run)],
    ["Baseline", layer.run.baseline || "none"],
    ["Score on special tokens", special.detail && !brief ? `${special.value} (${special.detail})` : special.value],
  ];
}

/** @param {Picture} picture @param {Layer} layer */
function factList(picture, layer) {
  const all = [truth(picture), ...facts(picture, layer)];
  return make(
    "dl",
    { class: "facts" },
    ...all.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}

/** A row per track with the facts in which they differ. @param {Picture} picture */
function comparison(picture) {
  const rows = picture.layers.map((layer) => facts(picture, layer, true).filter(([name]) => name !== "Check"));
  // What the names of the tracks say already is not said again, and a difference has no settings of its own.
  const explained = rows.filter((_, at) => !picture.layers[at].run.difference);
  const differing = rows[0]
    .map(([name], i) => ({ name, i }))
    .filter(({ i }) => explained.some((row) => row[i][1] !== explained[0][i][1]))
    .filter(({ i }) => !rows.every((row, at) => picture.layers[at].name.includes(row[i][1].split(",")[0])));
  const [first] = picture.layers;
  const agreed = picture.between.agreement.some(({ r }) => !Number.isNaN(r));
  const head = make(
    "tr",
    {},
    make("th", { scope: "col" }, "Track"),
    ...differing.map(({ name }) => make("th", { scope: "col" }, name)),
    make("th", { scope: "col" }, "Check"),
    ...(agreed
      ? [
          make(
            "th",
            {
              scope: "col",
              title: `Pearson correlation of the base scores with those of ${first.name}, and overlap of the top-scoring 10 % of bases`,
            },
            "Agreement with 1",
          ),
        ]
      : []),
  );
  const body = rows.map((row, i) => {
    const layer = picture.layers[i];
    const { r, overlap } = picture.between.agreement[i];
    const words = Number.isNaN(r) ? "\u2013" : `r = ${correlation(r)}, top 10 %: ${percent(overlap)}`;
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, make("i", { class: "dot" }, String(i + 1)), layer.name),
      ...differing.map((column) => make("td", { "data-head": column.name }, row[column.i][1])),
      make("td", { "data-head": "Check" }, badge(picture, layer)),
      ...(agreed ? [make("td", { "data-head": "Agreement" }, words)] : []),
    );
  });
  const said = sentenceOfAll(picture);
  return make(
    "div",
    { class: "comparison" },
    said && make("p", { class: "fact" }, said),
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)),
  );
}

/** What all tracks predict where that is one thing, or else what is known of the truth. @param {Picture} picture */
function sentenceOfAll(picture) {
  const models = picture.layers.filter((layer) => !layer.run.difference);
  const [said, ...others] = new Set(models.map((layer) => predictionWords(layer.truth, layer)));
  if (said && !others.length) return said;
  return picture.truth === null ? "" : `${truth(picture).join(": ")}.`;
}

/** @param {Picture} picture */
function factTable(picture) {
  const rows = picture.layers.map((layer) => facts(picture, layer));
  const head = make(
    "tr",
    {},
    make("th", {}, truth(picture).join(": ")),
    ...picture.layers.map(({ name }) => make("th", { scope: "col" }, name)),
  );
  const body = rows[0].map(([name], i) =>
    make("tr", {}, make("th", { scope: "row" }, name), ...rows.map((row) => make("td", {}, row[i][1]))),
  );
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "All facts" }, table);
}

let badges = 0;

/** Whether to believe the scores; the numbers show on hover and on focus. @param {Picture} picture @param {Layer} layer */
function badge(picture, layer) {
  const { state, short, facts: numbers } = verdict(picture, layer);
  const id = `tip${badges++}`;
  const rows = numbers.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  const sign = state === "good" ? "\u2713 " : state === "bad" ? "\u26A0 " : "";
  return make(
    "span",
    { class: "badge", "data-state": state },
    make("button", { type: "button", "aria-describedby": id }, sign + short),
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
  box.append(make("span", { class: "up" }, sameTarget ? up : "towards the explained class"));
  if (down) box.append(make("span", { class: "down" }, down));
  box.append(
    make(
      "span",
      { class: "letters", "aria-hidden": "true" },
      ...alphabet(picture.sequence).map((base) => make("span", { class: base }, base)),
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
  picture.layers.forEach((one, i) => {
    const change = largestChange(one);
    if (!change) return;
    const name = picture.layers.length > 1 ? `substitutions of ${i + 1}` : "substitutions";
    box.append(make("span", { class: "ramp" }, `${name}: ${plain(-change)}`, make("i"), `+${plain(change)}`));
  });
  return box;
}

/** What the y axis counts. @param {Picture} picture */
export function scoreTitle({ layers }) {
  const [layer] = layers;
  const same = layers.every((other) => unit(other) === unit(layer));
  return same ? `Score per base, ${unit(layer)}` : "Score per base";
}
