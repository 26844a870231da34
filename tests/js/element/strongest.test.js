import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { strongest } from "../../../static/element/strongest.js";

/** @type {{what: string, scores: (number | null)[], start: number, end: number}[]} */
const CASES = JSON.parse(readFileSync(new URL("../../data/stretches.json", import.meta.url), "utf8"));

for (const { what, scores, start, end } of CASES)
  test(`the strongest stretch is that of BED files: ${what}`, () => {
    const found = strongest(Float64Array.from(scores, (score) => score ?? NaN));
    assert.deepEqual([found?.start, found?.end], [start, end]);
  });

test("a stretch shorter than four bases is named where there is no longer one", () => {
  assert.deepEqual(strongest(Float64Array.of(0, 2, 1, 0)), { start: 1, end: 3, sum: 3 });
  assert.equal(strongest(Float64Array.of(0, NaN)), null);
});
