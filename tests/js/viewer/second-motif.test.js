import assert from "node:assert/strict";
import { test } from "node:test";
import { otherStretches } from "../../../static/viewer/second-motif.js";
import { sidesOf } from "../../../static/viewer/stretch-card.js";
import { picture } from "../fake.js";

/** A picture with these scores and annotated stretches. @param {number[]} scores @param {[number, number, string][]} spans */
function scored(scores, spans = []) {
  const toy = picture();
  toy.layers[0].scores = Float64Array.from(scores);
  toy.tracks = [{ name: "known", spans }];
  return toy;
}

test("the strongest stretches beside the selected one are offered, then annotated ones, none twice", () => {
  const scores = [9, 9, 9, 9, 0, 1, 1, 0.1, 1, 1, 0, 0, 0, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0];
  const toy = scored(scores, [
    [13, 18, "overlaps"],
    [18, 23, "box"],
  ]);
  assert.deepEqual(
    otherStretches(toy, { start: 0, end: 4 }).map(({ start, end }) => [start, end]),
    [
      [13, 17],
      [5, 10],
      [18, 23],
    ],
  );
});

test("nothing is offered where nothing else has a score, or of fewer than four bases", () => {
  assert.deepEqual(otherStretches(scored([9, 9, 9, 9, 0, 0, 0, 0]), { start: 0, end: 4 }), []);
  assert.deepEqual(otherStretches(scored([9, 9, 9, 9, 0, 3, 3, 0]), { start: 0, end: 4 }), []);
});

test("a spacing has two sides: left of 0 the second motif stands first", () => {
  const rows = ["AB", "BA"].flatMap((order) => [0, 2].map((distance) => ({ order, distance })));
  assert.deepEqual(
    sidesOf(rows).map(({ x, rows: own }) => [x, own.map(({ order }) => order)]),
    [
      [
        [-2, -0],
        ["BA", "BA"],
      ],
      [
        [0, 2],
        ["AB", "AB"],
      ],
    ],
  );
  assert.deepEqual(sidesOf([]), []);
});
