import assert from "node:assert/strict";
import { test } from "node:test";

import { evenly } from "../../../static/viewer/rows.js";

test("as many rows are taken as were promised, evenly spaced", () => {
  const all = Array.from({ length: 24 }, (_, i) => i);
  const taken = evenly(all, 20);
  assert.equal(taken.length, 20);
  assert.equal(new Set(taken).size, 20);
  const steps = taken.slice(1).map((row, i) => row - taken[i]);
  assert.deepEqual([...new Set(steps)].sort(), [1, 2]);
  assert.deepEqual(evenly([7, 8, 9, 10], 2), [7, 9]);
});

test("all rows are taken where there are no more than that", () => {
  assert.deepEqual(evenly([5, 6], 20), [5, 6]);
  assert.deepEqual(evenly([], 20), []);
});
