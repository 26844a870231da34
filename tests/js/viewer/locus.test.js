import assert from "node:assert/strict";
import { test } from "node:test";
import { isLocus, placeOf } from "../../../static/viewer/locus.js";

test("places of a genome are told from other texts", () => {
  for (const text of ["chr1:1-220", "HLA:A*01:5-5"]) assert.ok(isLocus(text), text);
  for (const text of ["", "chr1", "chr1:9-2", "chr1:1,000-2,000", "TP53", "chr 1:1-2"]) assert.ok(!isLocus(text), text);
});

test("an interval becomes a place counted from 1, with a tenth on either side", () => {
  assert.equal(placeOf("chr1:100-200(+)"), "chr1:91-210");
  assert.equal(placeOf("chr1:3-103(-)"), "chr1:1-113");
  assert.equal(placeOf(null), "");
});
