// Two narrow tracks below a logo: the scores of each strand, and the heatmap of every substitution.

/** @import {Band, Layer, Layout, Look, Pen, Window} from "./types" */

import { baseWidth, baseX, plotWidth } from "./layout.js";
import { readableOn, twoSided } from "./palette.js";
import { alphabet, isBase, largestChange } from "./words.js";

/**
 * Left half of a base: the sequence as given; right half: its reverse complement.
 * @param {Pen} pen @param {Layer} layer @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look
 */
export function drawStrands(pen, { strands }, layout, band, window, { palette }) {
  if (!strands) return;
  const width = baseWidth(layout, window);
  const middle = band.top + band.height / 2;
  const size = Math.max(
    ...strands.map((scores) => scores.reduce((most, score) => (Math.abs(score) > most ? Math.abs(score) : most), 0)),
  );
  pen.line(layout.left, middle, layout.left + plotWidth(layout), middle, palette.grid);
  if (!size) return;
  strands.forEach((scores, number) => {
    for (const [from, to] of stretches(window, scores.length, width)) {
      const score = strongest(scores, from, to);
      if (!score) continue;
      const height = (Math.abs(score) / size) * (band.height / 2 - 2);
      const wide = ((to - from) * width) / 2;
      const x = baseX(layout, window, from) + number * wide;
      pen.rect(
        x,
        score > 0 ? middle - height : middle,
        Math.max(0.5, wide - (width > 4 ? 0.5 : 0)),
        height,
        number ? palette.muted : palette.ink,
      );
    }
  });
}

/**
 * A row per letter that a base could become, coloured by what that does to the output.
 * @param {Pen} pen @param {Layer} layer @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look
 */
export function drawSubstitutions(pen, layer, layout, band, window, { palette }) {
  const { substitutions, sequence: letters } = layer;
  if (!substitutions) return;
  const length = letters.length;
  const width = baseWidth(layout, window);
  const size = largestChange(layer);
  const gap = width > 4 ? 1 : 0;
  alphabet(letters).forEach((base, row) => {
    const own = substitutions.subarray(row * length, (row + 1) * length);
    const y = band.top + row * band.rowHeight;
    for (const [from, to] of stretches(window, length, width)) {
      const x = baseX(layout, window, from);
      const wide = (to - from) * width;
      const present = wide === width && isBase(letters[from], base);
      const change = strongest(own, from, to);
      const color = present ? palette.paper : Number.isNaN(change) ? palette.neutral : twoSided(palette, change, size);
      pen.rect(x, y, wide - gap, band.rowHeight - 1, color);
      if (present && width >= 7)
        pen.text(x + width / 2, y + band.rowHeight / 2, base, {
          fill: readableOn(color),
          size: 9,
          align: "center",
          mono: true,
        });
    }
  });
}

/** @param {Pen} pen @param {Layer} layer @param {Band} band @param {Layout} layout @param {Look} look */
export function drawBandName(pen, { sequence }, band, layout, { palette }) {
  const right = layout.left - 8;
  const narrow = layout.left < 60;
  /** @param {number} y @param {string} words @param {string} fill */
  const say = (y, words, fill) => pen.text(right, y, words, { fill, size: 10.5, align: "right" });
  if (band.kind === "substitutions") {
    alphabet(sequence).forEach((base, row) =>
      say(band.top + (row + 0.5) * band.rowHeight, narrow || row ? base : `to ${base}`, palette.muted),
    );
  } else {
    say(band.top + band.height / 2 - 8, narrow ? "given" : "as given", palette.ink);
    say(band.top + band.height / 2 + 8, narrow ? "rev." : "reverse", palette.muted);
  }
}

/** Bases, or as many at a time as share a pixel. @param {Window} window @param {number} length @param {number} width @returns {Generator<[number, number]>} */
function* stretches(window, length, width) {
  const step = Math.max(1, Math.ceil(1 / width));
  const last = Math.min(length, Math.ceil(window.end));
  for (let from = Math.max(0, Math.floor(window.start)); from < last; from += step)
    yield [from, Math.min(last, from + step)];
}

/** The number of largest size, with its sign. @param {Float64Array} values @param {number} from @param {number} to */
function strongest(values, from, to) {
  let found = values[from];
  for (let i = from + 1; i < to; i++)
    if (Math.abs(values[i]) > Math.abs(found) || Number.isNaN(found)) found = values[i];
  return found;
}
