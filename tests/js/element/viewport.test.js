import assert from "node:assert/strict";
import { test } from "node:test";

import { clamp, everything, isWhole, pan, reveal, zoom } from "../../../static/element/viewport.js";

test("zooming keeps the base under the pointer where it is", () => {
  const closer = zoom({ start: 0, end: 200 }, 0.5, 50, 200);
  assert.deepEqual(closer, { start: 25, end: 125 });
  assert.deepEqual(zoom(closer, 2, 50, 200), { start: 0, end: 200 });
});

test("a window stays within the sequence and never shows fewer than twelve bases", () => {
  assert.deepEqual(zoom({ start: 0, end: 200 }, 0.001, 100, 200), { start: 94, end: 106 });
  assert.deepEqual(pan({ start: 10, end: 60 }, -50, 200), { start: 0, end: 50 });
  assert.deepEqual(pan({ start: 10, end: 60 }, 500, 200), { start: 150, end: 200 });
  assert.deepEqual(clamp({ start: -5, end: 900 }, 200), everything(200));
  assert.deepEqual(clamp({ start: 0, end: 1 }, 5), { start: 0, end: 5 });
});

test("walking out of the window moves it just enough", () => {
  const window = { start: 50, end: 100 };
  assert.equal(reveal(window, 70, 200), window);
  assert.deepEqual(reveal(window, 99, 200), { start: 53, end: 103 });
  assert.deepEqual(reveal(window, 0, 200), { start: 0, end: 50 });
});

test("the whole is the whole", () => {
  assert.ok(isWhole(everything(7), 7));
  assert.ok(!isWhole({ start: 1, end: 7 }, 7));
});
