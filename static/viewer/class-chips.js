// The classes with their probabilities; a click explains one.

import { make } from "../element/dom.js";
import { percent } from "../element/numbers.js";

/**
 * @param {object} facts
 * @param {string[]} facts.labels
 * @param {Record<string, number>} facts.probabilities
 * @param {Record<string, number> | null} facts.before of the unmutated sequence, where it is mutated
 * @param {string} facts.target "" for the predicted class
 * @param {(target: string) => void} choose
 */
export function classChips({ labels, probabilities, before, target }, choose) {
  const predicted = labels.reduce(
    (best, label) => ((probabilities[label] ?? -1) > (probabilities[best] ?? -1) ? label : best),
    labels[0],
  );
  /** @param {string} value @param {string} words @param {string} detail @param {number} share @param {string} title */
  const chip = (value, words, detail, share, title) => {
    const fill = make("i", { class: "fill" });
    fill.style.width = `${100 * share}%`;
    const element = make(
      "button",
      {
        type: "button",
        class: "class",
        "aria-pressed": String(value === target),
        title,
        "data-target": value,
        "data-key": `class-${value}`,
        onclick: () => choose(value),
      },
      fill,
      make("span", {}, words),
    );
    if (detail) element.append(make("small", {}, detail));
    return element;
  };
  const chips = labels.map((label) => {
    const now = probabilities[label];
    const was = before?.[label];
    const detail =
      now === undefined
        ? ""
        : was === undefined || Math.abs(was - now) < 5e-4
          ? percent(now)
          : `${percent(was)} \u2192 ${percent(now)}`;
    return chip(label, label, detail, now ?? 0, `Explain ${label}, for every sequence`);
  });
  const usual = chip(
    "",
    "predicted class",
    Object.keys(probabilities).length ? "" : "\u2026",
    0,
    `Explain the class that the model predicts${predicted ? `, here ${predicted}` : ""}`,
  );
  return [make("span", { class: "muted", id: "explain-words" }, "Explain"), usual, ...chips];
}
