import assert from "node:assert/strict";
import { test } from "node:test";

import {
  correlation,
  extent,
  finePercent,
  listedPercent,
  listedScore,
  percent,
  plain,
  roundStep,
  signed,
  tickNames,
  ticks,
} from "../../../static/element/numbers.js";

test("numbers have three digits and a true minus sign", () => {
  assert.deepEqual([0.41234, -8.4, 0, 1234.5, -0.0000123, NaN].map(plain), [
    "0.412",
    "\u22128.4",
    "0",
    "1,235",
    "\u22121.2e\u22125",
    "no data",
  ]);
  assert.deepEqual([0.5, -0.5, 0].map(signed), ["+0.5", "\u22120.5", "0"]);
});

test("a percentage never rounds to certainty", () => {
  assert.deepEqual([0.994, 0.99999, 0.0001, 0, 1, 0.034, NaN].map(percent), [
    "99.4 %",
    "> 99.9 %",
    "< 0.1 %",
    "0 %",
    "100 %",
    "3.4 %",
    "unknown",
  ]);
});

test("steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual(
    [
      [1, 5],
      [10, 3],
      [0.03, 4],
      [700, 5],
    ].map(([range, count]) => Number(roundStep(range, count).toPrecision(3))),
    [0.2, 2, 0.01, 100],
  );
});

test("ticks lie within the range and hold zero", () => {
  assert.deepEqual(
    ticks(-0.25, 0.68, 4).map((x) => Number(x.toFixed(3))),
    [-0.2, 0, 0.2, 0.4, 0.6],
  );
  assert.ok(ticks(-1e-9, 3e-9, 4).includes(0));
  assert.ok(ticks(0, 1, 4).every((value) => !Object.is(value, -0)));
});

test("an extent holds zero, skips NaN and is never empty", () => {
  assert.deepEqual(extent([Float64Array.of(2, NaN, 5)]), [0, 5]);
  assert.deepEqual(extent([Float64Array.of(-2), Float64Array.of(1)]), [-2, 1]);
  assert.deepEqual(extent([Float64Array.of(0, NaN)]), [0, 1]);
});

test("numbers of a list have the same digits each, and certainty is not rounded to either", () => {
  assert.deepEqual([0.97, 0.9791, 0.021, 0.9999, 1, 0].map(listedPercent), [
    "97.0 %",
    "97.9 %",
    "2.1 %",
    "> 99.9 %",
    "100 %",
    "0 %",
  ]);
  assert.deepEqual([0.31, -0.4331, 1.29, 0, 1234].map(listedScore), ["+0.310", "\u22120.433", "+1.29", "0", "+1,234"]);
  assert.equal(correlation(-0.987), "\u22120.99");
});

test("the ticks of an axis have the same decimals", () => {
  assert.deepEqual(tickNames([-0.0002, 0, 0.0002]), ["\u22120.0002", "0", "0.0002"]);
  assert.deepEqual(tickNames([0.45, 0.5, 0.55]), ["0.45", "0.50", "0.55"]);
  assert.deepEqual(tickNames([0, 1000, 2000]), ["0", "1,000", "2,000"]);
  assert.deepEqual(tickNames([0, 2e-7]), ["0", "2.0e\u22127"]);
});

test("an error stays a number however small it is", () => {
  assert.deepEqual([0, 1e-9, 0.00063, 0.0101, 0.125, 2.5, NaN].map(finePercent), [
    "0 %",
    "1e-7 %",
    "0.063 %",
    "1 %",
    "12.5 %",
    "250 %",
    "unknown",
  ]);
});
