import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePicture } from "../../../static/element/payload.js";
import { merged, withMutations } from "../../../static/viewer/merge.js";
import { decodeStrip } from "../../../static/viewer/strip.js";
import { timeLeft } from "../../../static/viewer/time.js";
import { payload, shared } from "../fake.js";

const one = () => ({ picture: payload(), shared });

/** The same sequence with base scores twice as large, by another run. */
function louder() {
  const picture = payload();
  const [layer] = picture.l;
  layer.b = [2 * Number(layer.b[0]), layer.b[1]];
  layer.f = [5, -1, 0.001, 0.02];
  return {
    picture,
    shared: { ...shared, runs: [{ ...shared.runs[0], method: "ism" }], extent: { log_odds: [-3, 1] } },
  };
}

test("pictures become tracks, each with its own run", () => {
  const { picture, shared: common } = merged([one(), louder()], ["first", "second"]);
  const drawn = decodePicture(picture, common);
  assert.deepEqual(
    drawn.layers.map(({ name, run }) => [name, run.method]),
    [
      ["first", "integrated_gradients"],
      ["second", "ism"],
    ],
  );
  assert.deepEqual(common.extent.log_odds, [-3, 2]);
});

test("one picture stays as it is", () => {
  assert.deepEqual(decodePicture(merged([one()], ["x"]).picture, shared).layers[0].name, "");
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
  assert.deepEqual([null, 0.4, 12.3, 200, 9000].map(timeLeft), [
    "",
    "nearly done",
    "about 12 s left",
    "about 3 min left",
    "about 3 h left",
  ]);
});
