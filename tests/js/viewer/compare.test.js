import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePicture } from "../../../static/element/payload.js";
import { framed } from "../../../static/viewer/compare.js";
import { payload, shared } from "../fake.js";

/** The scores of the first layer. @param {import("../../../static/element/types").PicturePayload} picture */
const scores = (picture) => [...decodePicture(picture, shared).layers[0].scores];

test("a pinned sequence of the same frame stays as it is", () => {
  const frame = payload();
  const pinned = { picture: payload(), shared };
  const { picture } = framed(pinned, frame);
  assert.deepEqual(scores(picture), scores(pinned.picture));
  assert.equal(picture.s, pinned.picture.s);
});

test("another one is moved so that the origins meet, and filled with gaps", () => {
  const frame = { ...payload(), s: "ACGTACGTACGTACGT", o: 6 };
  const { picture } = framed({ picture: payload(), shared }, frame);
  assert.equal(picture.s, "--ACGTacgtNACG--");
  assert.equal(picture.o, 6);
  const was = scores(payload());
  const is = scores(picture);
  assert.ok(Number.isNaN(is[0]) && Number.isNaN(is[15]));
  for (const i of [1, 2, 3, 4]) assert.ok(Math.abs(is[i + 2] - was[i]) < 1e-4);
  const { tokens } = decodePicture(picture, shared).layers[0];
  assert.deepEqual([tokens.starts[1], tokens.ends[1], tokens.text(1)], [2, 5, "ACG"]);
  assert.equal(tokens.starts[0], -1);
});

test("what does not fit into a shorter frame is cut off, tokens that stick out with it", () => {
  const frame = { ...payload(), s: "ACGTA", o: 2 };
  const { picture } = framed({ picture: payload(), shared }, frame);
  assert.equal(picture.s, "GTacg");
  const { tokens } = decodePicture(picture, shared).layers[0];
  const inside = [...tokens.starts].filter((start) => start >= 0);
  assert.deepEqual(inside, [0, 1, 2]);
});

test("its true class is its own, and without an origin it begins where the other does", () => {
  const pinned = { picture: { ...payload(), y: "other", o: undefined }, shared };
  const { picture } = framed(pinned, payload());
  assert.equal(picture.s, payload().s);
  const whole = { ...payload(), l: [...payload().l, ...picture.l] };
  assert.deepEqual(
    decodePicture(whole, shared).layers.map(({ truth }) => truth),
    ["promoter", "other"],
  );
});
