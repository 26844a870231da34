// True against predicted classes; a click on a cell lists its sequences in the list.

/** @import {Filter, Rows} from "./types" */

import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";

/** @type {(a: string, b: string) => number} */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * @param {Rows["confusion"]} cells
 * @param {Filter} chosen as the filter has them
 * @param {(truth: string, predicted: string) => void} choose
 */
export function confusionTable(cells, chosen, choose) {
  const columns = [...new Set(cells.map(({ predicted }) => predicted))].sort(byName);
  const lines = [...new Set(cells.map((cell) => cell.true))].sort(byName);
  const head = make(
    "tr",
    {},
    make("td", {}),
    ...columns.map((label) => make("th", { scope: "col", title: label }, label)),
  );
  const rows = lines.map((truth) => {
    const fields = columns.map((predicted) => {
      const count = cells.find((cell) => cell.true === truth && cell.predicted === predicted)?.count ?? 0;
      const pressed = chosen.truth === `=${truth}` && chosen.predicted === `=${predicted}`;
      const kind = !count || truth === "" ? "plain" : truth === predicted ? "fit" : "miss";
      const button = make(
        "button",
        {
          type: "button",
          class: kind,
          "aria-pressed": String(pressed),
          "data-key": `${truth}|${predicted}`,
          "aria-label": `${whole(count)} sequences, true class ${truth || "unknown"}, predicted ${predicted}`,
          onclick: () => (pressed ? choose("", "") : choose(`=${truth}`, `=${predicted}`)),
        },
        whole(count),
      );
      return make("td", {}, button);
    });
    return make("tr", {}, make("th", { scope: "row", title: truth || "unknown" }, truth || "unknown"), ...fields);
  });
  return make("table", { class: "confusion" }, make("thead", {}, head), make("tbody", {}, ...rows));
}
