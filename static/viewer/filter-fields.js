// Every filter of the list, in one place: what it is called in the address and by the server, how it is typed,
// what may be wrong with it, and the control that asks for it.

/** @import {Facets, Filter} from "./types" */

/**
 * @typedef {object} Field
 * @property {string} key in the address and in the page's state
 * @property {string} asked the server's name
 * @property {string} label for the control and its chip
 * @property {(text: string) => string} [write] as the server wants it
 * @property {(text: string) => string} [mistake] what is wrong with it; nothing where it is right
 * @property {(text: string) => string} [chip] how an active filter is told; its label and value where nothing is said
 * @property {{placeholder: string, title: string}} [search] a text field that is always seen
 * @property {{of: keyof Facets, any: string, words?: string, wide?: boolean}} [choice] one of the words that are counted
 * @property {{words: string, empty: string}} [range] one end of a range; two fields of one range follow each other
 */

/** Bases that the server takes as a length at most. */
const LONGEST = 1e9;

/** A number as typed; NaN for what is none. @param {string} text */
function typed(text) {
  return Number(text.trim().replace(",", ".").replace(/\s*%$/, ""));
}

/** The name of a class behind its "=", which tells the unknown class from none. @param {string} text */
function named(text) {
  return text.replace(/^=/, "") || "unknown";
}

/** @param {string} text */
function notPercent(text) {
  const value = typed(text);
  return value >= 0 && value <= 100 ? "" : `'${text}' is not a percentage. Type a number from 0 to 100.`;
}

/** @param {string} text */
function notLength(text) {
  const value = typed(text);
  return Number.isInteger(value) && value >= 0 && value <= LONGEST
    ? ""
    : `'${text}' is not a length. Type a whole number of bases.`;
}

/** @param {string} text */
function notMotif(text) {
  const wrong = /[^ACGTUNRYSWKMBDHV]/i.exec(text.trim());
  if (!wrong) return "";
  return `'${wrong[0]}' is not an IUPAC code. Use A, C, G and T, or R, Y, S, W, K, M, B, D, H, V and N for several letters.`;
}

/** @type {Field[]} */
export const FILTER_FIELDS = [
  {
    key: "name",
    asked: "name",
    label: "Name contains",
    search: { placeholder: "Name", title: "Text in the name ( / )" },
  },
  {
    key: "motif",
    asked: "motif",
    label: "Motif",
    write: (text) => text.trim().toUpperCase(),
    mistake: notMotif,
    search: {
      placeholder: "Motif",
      title: "A motif on either strand, such as TATAWAWR. IUPAC codes stand for several letters ( m )",
    },
  },
  {
    key: "truth",
    asked: "true",
    label: "True class",
    write: (text) => text.slice(1),
    chip: (text) => `True class: ${named(text)}`,
    choice: { of: "true", any: "any" },
  },
  {
    key: "predicted",
    asked: "predicted",
    label: "Predicted class",
    write: (text) => text.slice(1),
    chip: (text) => `Predicted: ${named(text)}`,
    choice: { of: "predicted", any: "any" },
  },
  {
    key: "right",
    asked: "correct",
    label: "Prediction",
    chip: (text) => `Prediction: ${text}`,
    choice: { of: "correct", any: "any", wide: true },
  },
  {
    key: "pmin",
    asked: "min_probability",
    label: "Lowest probability in percent",
    write: (text) => String(typed(text) / 100),
    mistake: notPercent,
    chip: (text) => `Probability \u2265 ${typed(text)} %`,
    range: { words: "Probability, %", empty: "0" },
  },
  {
    key: "pmax",
    asked: "max_probability",
    label: "Highest probability in percent",
    write: (text) => String(typed(text) / 100),
    mistake: notPercent,
    chip: (text) => `Probability \u2264 ${typed(text)} %`,
    range: { words: "Probability, %", empty: "100" },
  },
  {
    key: "lmin",
    asked: "min_length",
    label: "Fewest bases",
    write: (text) => String(typed(text)),
    mistake: notLength,
    chip: (text) => `Length \u2265 ${typed(text)}`,
    range: { words: "Length, bases", empty: "any" },
  },
  {
    key: "lmax",
    asked: "max_length",
    label: "Most bases",
    write: (text) => String(typed(text)),
    mistake: notLength,
    chip: (text) => `Length \u2264 ${typed(text)}`,
    range: { words: "Length, bases", empty: "any" },
  },
];

/** What filters nothing. @type {Filter} */
export const NO_FILTER = Object.fromEntries(FILTER_FIELDS.map(({ key }) => [key, ""]));

/** The fields that a person filled in, rightly or not. @param {Filter} filter */
function filled(filter) {
  return FILTER_FIELDS.filter(({ key }) => filter[key].trim() !== "");
}

/** What is wrong with a filter that a person typed, by key. @param {Filter} filter @returns {Record<string, string>} */
export function filterMistakes(filter) {
  const found = filled(filter).map(({ key, mistake }) => [key, mistake?.(filter[key]) ?? ""]);
  return Object.fromEntries(found.filter(([, words]) => words));
}

/** The filters in force; what is typed wrong filters nothing. @param {Filter} filter */
export function active(filter) {
  const mistakes = filterMistakes(filter);
  return filled(filter).filter(({ key }) => !mistakes[key]);
}

/** Whether anything is filtered. @param {Filter} filter */
export function filters(filter) {
  return active(filter).length > 0;
}

/** What the server is asked. @param {Filter} filter @returns {string[][]} */
export function filterQuery(filter) {
  return active(filter).map(({ key, asked, write }) => [asked, write ? write(filter[key]) : filter[key]]);
}

/** How the filters in force are told, by key. @param {Filter} filter @returns {[string, string][]} */
export function chips(filter) {
  return active(filter).map(({ key, label, chip }) => [key, chip ? chip(filter[key]) : `${label}: ${filter[key]}`]);
}

/** The key of a field by the server's name of it. @param {string} asked */
export function keyOf(asked) {
  return FILTER_FIELDS.find((field) => field.asked === asked)?.key ?? asked;
}
