import assert from "node:assert/strict";
import { test } from "node:test";

import { freshState } from "../../../static/viewer/address.js";
import { USUAL } from "../../../static/viewer/how.js";
import { MeasuredMethods, namesOf, questionOf, spelledOut } from "../../../static/viewer/measured.js";

const config = {
  models: [{ name: "demo", default: { method: "integrated_gradients", baseline: "mask" } }],
  methods: [
    { name: "integrated_gradients", compares_with: "baseline" },
    { name: "saliency", compares_with: "nothing" },
  ],
};
const state = freshState();
const found = (/** @type {number} */ comprehensiveness) => ({ rows: [0], scores: { numbers: { comprehensiveness } } });

test("all methods measured on one question are kept, the most faithful first", () => {
  const kept = new MeasuredMethods();
  const question = questionOf("set", USUAL, state);
  const saliency = spelledOut(config, { ...USUAL, method: "saliency" }, state);
  const usual = spelledOut(config, USUAL, state);
  kept.keep(question, saliency, found(1));
  kept.keep(question, usual, found(2));
  assert.deepEqual(
    kept.all(question).map(({ how }) => how.method),
    ["integrated_gradients", "saliency"],
  );
  assert.equal(kept.of(question, saliency).scores.numbers.comprehensiveness, 1);
});

test("another filter, class, model or output is another question", () => {
  const question = questionOf("set", USUAL, state);
  const others = [
    questionOf("other", USUAL, state),
    questionOf("set", { ...USUAL, target: "promoter" }, state),
    questionOf("set", { ...USUAL, model: "before" }, state),
    questionOf("set", USUAL, { ...state, filter: { ...state.filter, name: "x" } }),
    questionOf("set", USUAL, { ...state, output: "logit" }),
  ];
  assert.ok(!others.includes(question));
  assert.equal(questionOf("set", { ...USUAL, method: "saliency" }, state), question);
});

test("a way is spelled out, a baseline only where the method has one", () => {
  assert.equal(spelledOut(config, USUAL, state).baseline, "mask");
  assert.equal(spelledOut(config, { ...USUAL, baseline: "zero" }, state).baseline, "zero");
  assert.equal(spelledOut(config, { ...USUAL, method: "saliency" }, state).baseline, "");
});

test("ways are named by their method, and by more where one method was measured twice", () => {
  const usual = spelledOut(config, USUAL, state);
  const zero = spelledOut(config, { ...USUAL, baseline: "zero" }, state);
  const saliency = spelledOut(config, { ...USUAL, method: "saliency" }, state);
  assert.deepEqual(namesOf([usual, saliency]), ["integrated gradients", "saliency"]);
  assert.deepEqual(namesOf([usual, zero]), ["integrated gradients, mask", "integrated gradients, zero"]);
});
