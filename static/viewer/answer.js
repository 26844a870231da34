// What an experiment found, as elements: sentences, what to know before reading them, a table to keep, and Python.

/** @import {Experiment} from "./types" */

import { make } from "../element/dom.js";
import { download } from "../element/export.js";
import { plain, whole } from "../element/numbers.js";

/** The sentences and remarks of an experiment. @param {Experiment} found */
export function saidElements({ sentences, remarks }) {
  const notes = remarks.map(([, severity, text]) => make("li", { "data-severity": severity }, text));
  return [
    ...sentences.map((words) => make("p", { class: "verdict" }, words)),
    ...(notes.length ? [make("ul", { class: "notes" }, ...notes)] : []),
  ];
}

/** What can be kept of an experiment. @param {Experiment} found @param {string} name of the file, without its end */
export function keptElements(found, name) {
  const save = () => download(`${name}.tsv`, new Blob([tableOf(found)], { type: "text/tab-separated-values" }));
  return make(
    "div",
    { class: "kept" },
    make("span", { class: "muted" }, `${whole(found.experiments)} sequences read by the model`),
    make("button", { type: "button", "data-key": `save-${found.question}`, onclick: save }, "Save table"),
    make("details", {}, make("summary", {}, "Python"), make("pre", { tabindex: "0" }, found.python)),
  );
}

/** A table as text, a row per line. @param {Experiment} found */
export function tableOf({ columns, rows }) {
  const cell = (/** @type {unknown} */ value) => String(value ?? "").replace(/[\t\r\n]/g, " ");
  return [columns, ...rows].map((row) => `${row.map(cell).join("\t")}\n`).join("");
}

/** The rows of a table by the names of its columns. @param {Experiment} found @returns {Record<string, any>[]} */
export function named({ columns, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}

/**
 * Effects as dots with their intervals on one scale, zero in it.
 * @param {{label: string, value: number | null, low: number | null, high: number | null}[]} rows
 */
export function intervals(rows) {
  const numbers = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((one) => one !== null);
  const low = Math.min(0, ...numbers);
  const high = Math.max(0, ...numbers);
  /** @param {number} value */
  const at = (value) => `${(100 * (value - low)) / (high - low || 1)}%`;
  return make(
    "div",
    { class: "intervals" },
    ...rows.flatMap((row) => {
      if (row.value === null) return [];
      const dot = make("i", { class: "dot" });
      dot.style.left = at(row.value);
      const zero = make("i", { class: "zero" });
      zero.style.left = at(0);
      const line = make("div", { class: "line", "aria-hidden": "true" }, zero, dot);
      if (row.low !== null && row.high !== null) {
        const bar = make("i", { class: "bar" });
        bar.style.left = at(row.low);
        bar.style.right = `calc(100% - ${at(row.high)})`;
        line.append(bar);
      }
      return [make("span", {}, row.label), line, make("span", { class: "num" }, plain(row.value))];
    }),
  );
}
