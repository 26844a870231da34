import assert from "node:assert/strict";
import { test } from "node:test";

import { axisTicks, axisTitle, baseName, genomePosition, rangeName } from "../../../static/element/axis.js";
import { picture } from "../fake.js";

const forward = { o: 0, g: ["chr1", 100, 112, "+"] };
const reverse = { o: 0, g: ["chr1", 100, 112, "-"] };

test("bases are numbered from the origin", () => {
  const toy = picture();
  assert.deepEqual(
    [0, 4, 5].map((base) => baseName(toy, base)),
    ["\u22124", "0", "+1"],
  );
  assert.equal(baseName(picture({ o: 0 }), 3), "3");
});

test("genome positions count from 1 and fall on the minus strand", () => {
  assert.deepEqual(
    [0, 11].map((base) => genomePosition(picture(forward), base)),
    [101, 112],
  );
  assert.deepEqual(
    [0, 11].map((base) => genomePosition(picture(reverse), base)),
    [112, 101],
  );
  assert.equal(baseName(picture(forward), 0), "chr1:101");
  assert.equal(rangeName(picture(reverse), 0, 3), "chr1:110\u2013112");
  assert.match(axisTitle(picture(reverse)), /minus strand/);
});

test("ticks stand at round numbers, on either strand", () => {
  const window = { start: 0, end: 12 };
  assert.deepEqual(
    axisTicks(picture(), window, 200).map(({ label }) => label),
    ["\u22124", "\u22122", "0", "+2", "+4", "+6"],
  );
  assert.deepEqual(
    axisTicks(picture(forward), window, 130).map(({ base, label }) => [base, label]),
    [
      [4, "105"],
      [9, "110"],
    ],
  );
  assert.deepEqual(
    axisTicks(picture(reverse), window, 130).map(({ base, label }) => [base, label]),
    [
      [2, "110"],
      [7, "105"],
    ],
  );
});
