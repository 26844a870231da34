// Numbers: how they are written, and round values for an axis.

const MINUS = "\u2212";
const THOUSANDS = new Intl.NumberFormat("en-US");

/** A number in three significant digits with a true minus sign. @param {number} value */
export function plain(value) {
  if (!Number.isFinite(value)) return "no data";
  const size = Math.abs(value);
  if (size === 0) return "0";
  let text;
  if (size >= 1000) text = THOUSANDS.format(Math.round(size));
  else if (size >= 0.001) text = String(Number(size.toPrecision(3)));
  else text = size.toExponential(1).replace("-", MINUS);
  return (value < 0 ? MINUS : "") + text;
}

/** The same with a plus sign where it is positive. @param {number} value */
export function signed(value) {
  return value > 0 ? `+${plain(value)}` : plain(value);
}

/** A share of one as a percentage; never "100 %" or "0 %" by rounding. @param {number} share */
export function percent(share) {
  if (!Number.isFinite(share)) return "unknown";
  const value = 100 * share;
  if (value > 99.9 && value < 100) return "> 99.9 %";
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value >= 10 || value === 0 ? Number(value.toFixed(1)) : Number(value.toPrecision(2))} %`;
}

/** A percentage that stays a number however small it is, for errors and tolerances. @param {number} share */
export function finePercent(share) {
  return share > 0 && share < 0.001 ? `${Number((100 * share).toPrecision(2))} %` : percent(share);
}

/** A percentage of a list, where all have the same digits. @param {number} share */
export function listedPercent(share) {
  const value = 100 * share;
  return value >= 0.1 && value <= 99.9 ? `${value.toFixed(1)} %` : percent(share);
}

/** A score of a list, where all have the same digits. @param {number} value */
export function listedScore(value) {
  const size = Math.abs(value);
  return size >= 0.001 && size < 100 ? `${value < 0 ? MINUS : "+"}${size.toPrecision(3)}` : signed(value);
}

/** A correlation. @param {number} r */
export function correlation(r) {
  return r.toFixed(2).replace("-", MINUS);
}

/** A whole number with thousands separators and a true minus sign. @param {number} value */
export function whole(value) {
  return (value < 0 ? MINUS : "") + THOUSANDS.format(Math.abs(value));
}

/**
 * The round step (1, 2 or 5 times a power of ten) that cuts `range` into about `count` parts.
 * @param {number} range
 * @param {number} count
 */
export function roundStep(range, count) {
  const rough = range / Math.max(1, count);
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

/**
 * Round values within [low, high], zero among them where it is inside.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const step = roundStep(high - low, count);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i === 0 ? 0 : i * step);
  return values;
}

/** Decimals beyond which an axis is written with powers of ten. */
const MOST_DECIMALS = 5;

/** The names of an axis's ticks, all with the same decimals. @param {number[]} values with equal steps @returns {string[]} */
export function tickNames(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : 0;
  const decimals = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : Infinity;
  return values.map((value) => {
    if (value === 0 || decimals > MOST_DECIMALS || Math.abs(value) >= 1000) return plain(value);
    return (value < 0 ? MINUS : "") + Math.abs(value).toFixed(decimals);
  });
}

/**
 * [lowest, highest] score of any of the arrays, zero included; never empty.
 * @param {Float64Array[]} arrays
 * @returns {[number, number]}
 */
export function extent(arrays) {
  let low = 0;
  let high = 0;
  for (const scores of arrays) {
    for (const score of scores) {
      if (score < low) low = score;
      else if (score > high) high = score;
    }
  }
  return low === 0 && high === 0 ? [0, 1] : [low, high];
}

/** Largest absolute value; 0 where there is none. @param {Float64Array} scores */
export function largest(scores) {
  let size = 0;
  for (const score of scores) if (Math.abs(score) > size) size = Math.abs(score);
  return size;
}
