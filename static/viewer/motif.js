// Where a motif of IUPAC codes stands in a sequence, on either strand.

/** @type {Record<string, string>} */
const STANDS_FOR = {
  A: "A",
  C: "C",
  G: "G",
  T: "T",
  U: "T",
  R: "AG",
  Y: "CT",
  S: "CG",
  W: "AT",
  K: "GT",
  M: "AC",
  B: "CGT",
  D: "AGT",
  H: "ACT",
  V: "ACG",
  N: "ACGT",
};
/** @type {Record<string, string>} */
const PAIRED = { A: "T", C: "G", G: "C", T: "A" };
const MOST = 500;

/** Whether everything that a letter of a sequence stands for is allowed. @param {string} letter @param {string} allowed */
function fits(letter, allowed) {
  const meant = STANDS_FOR[letter];
  return meant !== undefined && [...meant].every((base) => allowed.includes(base));
}

/**
 * The stretches of a sequence that a motif or its reverse complement fits, from the first on.
 * @param {string} sequence
 * @param {string} motif
 * @returns {[number, number][]}
 */
export function motifHits(sequence, motif) {
  const allowed = [...motif.trim().toUpperCase()].map((code) => STANDS_FOR[code]);
  if (!allowed.length || allowed.some((one) => one === undefined)) return [];
  const reverse = allowed.map((one) => [...one].map((base) => PAIRED[base]).join("")).reverse();
  const letters = sequence.toUpperCase();
  /** @type {[number, number][]} */
  const found = [];
  for (let at = 0; at + allowed.length <= letters.length && found.length < MOST; at++) {
    const here = [allowed, reverse].some((codes) => codes.every((code, i) => fits(letters[at + i], code)));
    if (here) found.push([at, at + allowed.length]);
  }
  return found;
}
