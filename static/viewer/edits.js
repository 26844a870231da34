// Mutations of a sequence: each base is edited at most once, and the last edit is undone first.

/** @typedef {{at: number, to: string}} Edit a base, from 0, and its new letter */

import { alphabet, isBase } from "../element/words.js";

/** The sequence with its edits; soft-masked bases stay soft-masked. @param {string} sequence @param {Edit[]} edits */
export function applyEdits(sequence, edits) {
  const letters = [...sequence];
  for (const { at, to } of edits)
    if (at < letters.length) letters[at] = letters[at] === letters[at].toLowerCase() ? to.toLowerCase() : to;
  return letters.join("");
}

/**
 * The edits after one more, whose T is a U in RNA: the same letter as the original takes an edit back, another one replaces it.
 * @param {string} sequence unmutated
 * @param {Edit[]} edits
 * @param {Edit} edit
 * @returns {Edit[]}
 */
export function withEdit(sequence, edits, { at, to }) {
  const letter = alphabet(sequence).find((one) => isBase(one, to));
  if (at < 0 || at >= sequence.length || !letter) return edits;
  const others = edits.filter((edit) => edit.at !== at);
  return isBase(sequence[at], to) ? others : [...others, { at, to: letter }];
}

/** @param {Edit[]} edits @returns {Edit[]} */
export function undone(edits) {
  return edits.slice(0, -1);
}

/** Edits that a sequence has room for and that change it. @param {string} sequence @param {Edit[]} edits */
export function fitting(sequence, edits) {
  return edits.filter(({ at, to }) => at < sequence.length && !isBase(sequence[at], to));
}

/** "171G", as it stands in the address. @param {Edit[]} edits */
export function writeEdits(edits) {
  return edits.map(({ at, to }) => `${at}${to}`).join(".");
}

/** @param {string} text @returns {Edit[]} */
export function parseEdits(text) {
  return text.split(".").flatMap((word) => {
    const found = /^(\d{1,9})([ACGTU])$/.exec(word);
    return found ? [{ at: Number(found[1]), to: found[2] }] : [];
  });
}

/** "T\u2192G at 171" for people. @param {string} sequence @param {Edit} edit @param {(base: number) => string} [number] how bases are numbered */
export function editName(sequence, { at, to }, number = String) {
  return `${sequence[at] ?? "?"}\u2192${to} at ${number(at)}`;
}
