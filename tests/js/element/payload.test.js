import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePicture, decodeScores, decodeTokens } from "../../../static/element/payload.js";
import { coded, payload, picture, shared } from "../fake.js";

test("steps are shares of the largest score, and one of them means no data", () => {
  assert.deepEqual([...decodeScores([2, coded([32767, -32767, 0, -32768])])], [2, -2, 0, NaN]);
  assert.deepEqual(
    [...decodeScores([2, "/38AwACAAAA="])].map((x) => Math.round(x)),
    [2, -1, NaN, 0],
  );
});

test("k-mers are counted on from the first, special tokens left out", () => {
  const { tokens } = picture().layers[0];
  assert.deepEqual([...tokens.starts], [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1]);
  assert.equal(tokens.ends[10], 12);
  assert.deepEqual([tokens.text(0), tokens.text(1), tokens.text(5), tokens.text(11)], ["[CLS]", "ACG", "ACG", "[SEP]"]);
});

test("spans of any length are listed, and an odd text is kept", () => {
  const tokens = decodeTokens(
    { count: 3, spans: [null, null, 0, 2, 2, 6], special: { 0: "<s>" }, texts: { 2: "<unk>" } },
    new Float64Array(3),
    "acgtac",
  );
  assert.deepEqual([...tokens.starts], [-1, 0, 2]);
  assert.deepEqual([tokens.text(0), tokens.text(1), tokens.text(2)], ["<s>", "AC", "<unk>"]);
});

test("labels are told by their place or by text, and missing numbers are NaN", () => {
  const [first] = picture().layers;
  assert.deepEqual([first.target, first.probability, first.converged], ["promoter", 0.994, true]);
  const [other] = picture({ l: [{ ...payload().l[0], p: "something", f: [1, null, null, null] }] }).layers;
  assert.equal(other.predicted, "something");
  assert.ok(Number.isNaN(other.fBaseline));
});

test("an unknown truth is null", () => {
  assert.equal(picture({ y: undefined }).truth, null);
});

test("a payload of another version is refused that says what to do", () => {
  assert.throws(() => decodePicture(payload(), { ...shared, version: 1 }), /another version.*Run its cell again/);
});
