// Agreement of tracks: the numbers of captum_dna/evaluation/agreement.py, and the sentences made of them.

import assert from "node:assert/strict";
import test from "node:test";

import { agreementNotes, pearson, whereItMatters } from "../../../static/element/agreement.js";
import { layOut } from "../../../static/element/layout.js";
import { decodePicture } from "../../../static/element/payload.js";
import { baseWords } from "../../../static/element/words.js";
import { coded, payload, shared } from "../fake.js";

const MUTAGENESIS = [0, 0.1, -0.2, 3, -4, 0.5, 1, -1.5, 2, 0.05, -0.3, 0.4];
const SCORES = [5, -5, 1, 2, -3, 0.1, 1.5, -1, 1, 9, 0, 0.2];

test("mutagenesis is compared where it matters, as Python does", () => {
  assert.ok(Math.abs(whereItMatters(SCORES, MUTAGENESIS, true).r - 0.9716017135234716) < 1e-12);
  assert.ok(Math.abs(whereItMatters(SCORES.map(Math.abs), MUTAGENESIS, false).r - 0.9352477746692973) < 1e-12);
  assert.equal(whereItMatters(SCORES, MUTAGENESIS, true).count, 8);
});

test("what is constant or unknown agrees with nothing", () => {
  assert.ok(Number.isNaN(pearson([1, 1, 1], [1, 2, 3])));
  assert.equal(pearson([1, 2, NaN, 3], [2, 4, 100, 6]), 1);
});

/** A picture of two tracks, the second of which is mutagenesis with one large substitution. */
function compared() {
  const picture = payload();
  const matrix = Array(48).fill(0);
  matrix[12 * 1 + 2] = -32767; // the third base to C
  const [layer] = picture.l;
  const nothing = /** @type {[number, string]} */ ([0, coded(Array(layer.t.count).fill(-32768))]);
  picture.l.push({ ...layer, w: nothing, m: [2, coded(matrix)] });
  return decodePicture(picture, { ...shared, layers: ["integral", "mutagenesis"] });
}

test("a track of mutagenesis is a heatmap without tokens, and says how far the other one agrees", () => {
  const picture = compared();
  const kinds = layOut(picture, 900)
    .bands.filter(({ index, kind }) => index === 1 || kind === "axis")
    .map(({ kind }) => kind);
  assert.deepEqual(kinds, ["logo", "substitutions", "letters", "axis"]);
  assert.match(
    agreementNotes(picture.layers)[0],
    /^integral correlates with mutagenesis with r = 1\.00 on the 8 bases that matter most to mutagenesis\.$/,
  );
  const { parts } = baseWords(picture, picture.layers[1], 2);
  assert.equal(parts.find(({ text }) => text === "\u2192C")?.share, "\u22122");
  assert.equal(parts.length, 3);
});

test("both strands are drawn apart", () => {
  const picture = payload();
  const there = /** @type {[number, string]} */ ([1, coded([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])]);
  const back = /** @type {[number, string]} */ ([1, coded([-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12])]);
  picture.l[0].u = [there, back];
  const decoded = decodePicture(picture, shared);
  assert.ok(layOut(decoded, 900).bands.some(({ kind }) => kind === "strands"));
});
