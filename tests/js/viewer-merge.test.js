import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePicture, decodeScores } from "../../static/element/payload.js";
import { difference, encodeScores, merged, withMutations } from "../../static/viewer/merge.js";
import { decodeStrip } from "../../static/viewer/strip.js";
import { timeLeft } from "../../static/viewer/time.js";
import { payload, shared } from "./fake.js";

const one = () => ({ picture: payload(), shared });

/** The same sequence with base scores twice as large, by another run. */
function louder() {
  const picture = payload();
  const [layer] = picture.l;
  layer.b = [2 * Number(layer.b[0]), layer.b[1]];
  layer.f = [5, -1, 0.001, 0.02];
  return { picture, shared: { ...shared, runs: [{ ...shared.runs[0], method: "ism" }], extent: { log_odds: [-3, 1] } } };
}

test("scores survive their code, no data included", () => {
  const scores = decodeScores(encodeScores(Float64Array.from([0.5, -1, NaN, 0])));
  assert.ok(Math.abs(scores[0] - 0.5) < 1e-4);
  assert.equal(scores[1], -1);
  assert.ok(Number.isNaN(scores[2]));
  assert.deepEqual(encodeScores(Float64Array.from([0.5, -1.0, NaN])), [1.0, "AEABgACA"]);
  assert.equal(encodeScores(Float64Array.from([0, 0]))[0], 0);
});

test("pictures become tracks, each with its own run", () => {
  const { picture, shared: common } = merged([one(), louder()], ["first", "second"]);
  const drawn = decodePicture(picture, common);
  assert.deepEqual(drawn.layers.map(({ name, run }) => [name, run.method]), [["first", "integrated_gradients"], ["second", "ism"]]);
  assert.deepEqual(common.extent.log_odds, [-3, 2]);
});

test("one picture stays as it is", () => {
  assert.deepEqual(decodePicture(merged([one()], ["x"]).picture, shared).layers[0].name, "");
});

test("a difference is after minus before, for scores and for f", () => {
  const layer = difference(one(), louder()).picture.l[0];
  const [first, second] = [decodeScores(payload().l[0].b), decodeScores(layer.b)];
  first.forEach((score, i) => assert.ok(Math.abs(second[i] - score) < 1e-4));
  assert.deepEqual(layer.f.slice(0, 2), [3, 0]);
  assert.equal(layer.f[3], 0.02);
  assert.equal(difference(one(), louder(), [9, "AAA="]).picture.l[0].b[0], 9);
});

test("mutated bases are marked on a track of their own", () => {
  const picture = { ...payload(), s: "ACGTacgtNACT" };
  assert.deepEqual(withMutations(picture, payload().s).a, [["mutated", [[11, 12, "G\u2192T"]]]]);
  assert.equal(withMutations(picture, picture.s).a, undefined);
});

test("a strip's bytes are shares of the largest, or no data", () => {
  assert.deepEqual(decodeStrip(Buffer.from(Int8Array.from([127, -127, 0]).buffer).toString("base64")), [1, -1, 0]);
  assert.ok(Number.isNaN(decodeStrip(Buffer.from(Int8Array.from([-128]).buffer).toString("base64"))[0]));
});

test("time left is said as people say it", () => {
  assert.deepEqual([null, 0.4, 12.3, 200, 9000].map(timeLeft), ["", "nearly done", "about 12 s left", "about 3 min left", "about 3 h left"]);
});
