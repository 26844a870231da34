// What was mutated, what it changed, and the way back.

/** @import {Mutation} from "./types" */
/** @import {Edit} from "./edits.js" */

import { make } from "../element/dom.js";
import { percent, plain, signed } from "../element/numbers.js";
import { editName } from "./edits.js";

/**
 * @param {object} facts
 * @param {string} facts.sequence unmutated
 * @param {Edit[]} facts.edits
 * @param {(base: number) => string} facts.number
 * @param {Mutation | null} facts.answer null while it is being computed
 * @param {boolean} facts.many whether more tracks wait
 * @param {{undo: () => void, reset: () => void, without: (edit: Edit) => void}} actions
 */
export function mutationElements({ sequence, edits, number, answer, many }, { undo, reset, without }) {
  const chips = edits.map((edit) => {
    const name = editName(sequence, edit, number);
    return make(
      "button",
      { type: "button", title: `Undo ${name}`, "aria-label": `Undo ${name}`, onclick: () => without(edit) },
      `${name} \u00d7`,
    );
  });
  const elements = [
    make("b", {}, edits.length === 1 ? "1 mutation" : `${edits.length} mutations`),
    ...chips,
    make(
      "span",
      { class: "ends" },
      make(
        "button",
        { type: "button", class: "undo", "data-key": "undo", title: "Undo the last mutation ( u )", onclick: undo },
        "Undo",
      ),
      make("button", { type: "button", class: "reset", "data-key": "reset", onclick: reset }, "Reset"),
    ),
  ];
  if (answer) {
    const found = answer.predictions.find(({ label }) => label === answer.target);
    const share = found
      ? `${answer.target}: ${percent(found.before ?? NaN)} \u2192 ${percent(found.after ?? NaN)}`
      : "";
    const { before, after } = answer.f;
    // A sequence in windows has no f(x) of its own.
    const f =
      before === null || after === null
        ? ""
        : `f(x): ${plain(before)} \u2192 ${plain(after)} (${signed(after - before)})`;
    elements.push(make("span", { class: "change", role: "status" }, [share, f].filter(Boolean).join(", ")));
  } else elements.push(make("span", { class: "change muted" }, "Computing\u2026"));
  if (many)
    elements.push(make("span", { class: "muted" }, "Only the first track is mutated. Reset to see the others."));
  return elements;
}
