import assert from "node:assert/strict";
import { test } from "node:test";

import { covering, kmerLength, makeUp, specialScore, specialShare, stagger } from "../../../static/element/tokens.js";
import { layer, picture } from "../fake.js";

const near = (/** @type {number} */ a, /** @type {number} */ b) =>
  assert.ok(Math.abs(a - b) < 1e-4, `${a} is not ${b}`);

test("overlapping 3-mers need three rows, pieces end to end one", () => {
  const { rows, count } = stagger(picture().layers[0].tokens);
  assert.equal(count, 3);
  assert.deepEqual([...rows], [-1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, -1]);
  const pieces = {
    count: 3,
    starts: Int32Array.of(0, 2, 7),
    ends: Int32Array.of(2, 7, 9),
    scores: new Float64Array(3),
    text: () => "",
  };
  assert.equal(stagger(pieces).count, 1);
  assert.equal(kmerLength(pieces), 0);
});

test("tokens over a base are those whose half-open span holds it", () => {
  const { tokens } = picture().layers[0];
  assert.deepEqual(covering(tokens, 0), [1]);
  assert.deepEqual(covering(tokens, 3), [2, 3, 4]);
  assert.deepEqual(covering(tokens, 11), [10]);
});

test("under split, a base's score is the sum of a third of each 3-mer over it", () => {
  const [toy] = picture().layers;
  const { shares, value, agrees } = makeUp(toy, 3);
  shares.forEach((share, i) => near(share, [0.1, -0.2, 0][i]));
  near(value, -0.1);
  assert.ok(agrees);
});

test("under mean, max and center the rule is another one", () => {
  near(makeUp(layer({}, { projection: "mean" }).layers[0], 3).value, -0.1);
  near(makeUp(layer({}, { projection: "max" }).layers[0], 3).value, -0.6);
  const centred = makeUp(layer({}, { projection: "center" }).layers[0], 3);
  assert.deepEqual(centred.tokens, [3]);
  near(centred.value, -0.6);
  assert.ok(!centred.agrees, "the toy's base scores follow split, so center must not claim them");
});

test("an unknown projection claims nothing", () => {
  assert.equal(makeUp(layer({}, { projection: "else" }).layers[0], 3).agrees, false);
});

test("special tokens are summed apart", () => {
  const { tokens } = picture().layers[0];
  near(specialScore(tokens), 0.3);
  near(specialShare(tokens), 0.25);
});
