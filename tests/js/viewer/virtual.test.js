import assert from "node:assert/strict";
import { test } from "node:test";

import { pagesOf, rowAfterKey, rowsInView, scrollTo } from "../../../static/viewer/virtual.js";

test("only rows near the screen are drawn", () => {
  assert.deepEqual(rowsInView(0, 500, 50, 10_000, 6), { first: 0, last: 16 });
  assert.deepEqual(rowsInView(5000, 500, 50, 10_000, 6), { first: 94, last: 116 });
  assert.deepEqual(rowsInView(499_500, 500, 50, 10_000, 6), { first: 9984, last: 10_000 });
  assert.deepEqual(rowsInView(9999, 500, 50, 3, 6), { first: 3, last: 3 });
  assert.deepEqual(rowsInView(0, 500, 50, 0), { first: 0, last: 0 });
});

test("the list scrolls as little as it must", () => {
  assert.equal(scrollTo(3, 0, 500, 50), 0);
  assert.equal(scrollTo(10, 0, 500, 50), 50);
  assert.equal(scrollTo(2, 400, 500, 50), 100);
});

test("pages that hold the rows", () => {
  assert.deepEqual(pagesOf(0, 16, 100), [0]);
  assert.deepEqual(pagesOf(95, 216, 100), [0, 1, 2]);
  assert.deepEqual(pagesOf(100, 100, 100), []);
});

test("keys walk and stop at the ends", () => {
  assert.equal(rowAfterKey("ArrowDown", -1, 5, 3), 0);
  assert.equal(rowAfterKey("ArrowDown", 4, 5, 3), 4);
  assert.equal(rowAfterKey("PageUp", 4, 5, 3), 1);
  assert.equal(rowAfterKey("End", 0, 5, 3), 4);
  assert.equal(rowAfterKey("x", 2, 5, 3), 2);
  assert.equal(rowAfterKey("Home", -1, 0, 3), -1);
});
