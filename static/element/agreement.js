// How far two tracks agree, as captum_dna/evaluation/agreement.py reckons it: mutagenesis is compared
// on the bases that matter to it, since agreement on the many scores near 0 would count otherwise.

/** @import {Layer} from "./types" */

/** Share of the bases, by the size of their mutagenesis score. */
const MATTERING = 0.1;
const FEWEST = 8;

/** Pearson's r over what both know; NaN where one is constant. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function pearson(a, b) {
  const pairs = Array.from(a, (value, i) => [value, b[i]]).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const count = pairs.length;
  if (count < 2) return NaN;
  const meanA = pairs.reduce((sum, [x]) => sum + x, 0) / count;
  const meanB = pairs.reduce((sum, [, y]) => sum + y, 0) / count;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (const [x, y] of pairs) {
    ab += (x - meanA) * (y - meanB);
    aa += (x - meanA) ** 2;
    bb += (y - meanB) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : NaN;
}

/**
 * Pearson's r of a track with mutagenesis on the tenth of bases where that is largest, and how many these are.
 * @param {ArrayLike<number>} scores
 * @param {ArrayLike<number>} mutagenesis
 * @param {boolean} signed whether both have a sign; sizes are compared otherwise
 */
export function whereItMatters(scores, mutagenesis, signed) {
  const size = Array.from(mutagenesis, (value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  const count = Math.min(size.length, Math.max(FEWEST, Math.round(MATTERING * size.length)));
  const top = size
    .map((_, i) => i)
    .sort((i, j) => size[j] - size[i] || i - j)
    .slice(0, count);
  /** @param {number} value */
  const seen = (value) => (signed ? value : Math.abs(value));
  return {
    r: pearson(
      top.map((i) => seen(scores[i])),
      top.map((i) => seen(mutagenesis[i])),
    ),
    count,
  };
}

/** Share of the top-scoring bases, by size, that overlap is counted over. */
const TOP = 0.1;

/** Pearson's r of two tracks and the overlap of their top-scoring tenth of bases; NaN where they are of different letters. @param {Layer} a @param {Layer} b */
export function agreement(a, b) {
  if (a.sequence !== b.sequence) return { r: NaN, overlap: NaN };
  const [one, other] = [a, b].map(({ scores }) => topBases(scores));
  const both = [...one].filter((base) => other.has(base)).length;
  return { r: pearson(a.scores, b.scores), overlap: one.size ? both / one.size : NaN };
}

/** @param {Float64Array} scores */
function topBases(scores) {
  const size = Array.from(scores, (value) => (Number.isNaN(value) ? -1 : Math.abs(value)));
  const count = Math.max(1, Math.round(TOP * size.length));
  const order = size.map((_, i) => i).sort((i, j) => size[j] - size[i] || i - j);
  return new Set(order.slice(0, count));
}

/** What the tracks say of each other, in sentences. @param {Layer[]} layers */
export function agreementNotes(layers) {
  const said = [];
  const experiment = layers.find(({ substitutions }) => substitutions);
  for (const layer of layers) {
    if (
      !experiment ||
      layer.substitutions ||
      layer.target !== experiment.target ||
      layer.run.output !== experiment.run.output
    )
      continue;
    if (layer.sequence !== experiment.sequence) continue;
    const { r, count } = whereItMatters(layer.scores, experiment.scores, layer.run.signed);
    if (!Number.isNaN(r))
      said.push(
        `${layer.name} correlates with mutagenesis with r = ${r.toFixed(2)} on the ${count} bases that matter most to mutagenesis.`,
      );
  }
  return said;
}
