import assert from "node:assert/strict";
import { test } from "node:test";

import { title } from "../../../static/viewer/jobs-menu.js";

const job = { kind: "explain", question: null, total: 12, how: { method: "integrated_gradients" }, model: "demo" };

test("a job that explains or predicts is named by its sequences", () => {
  assert.equal(title(job), "Explaining 12 sequences, integrated gradients");
  assert.equal(title({ ...job, total: 1 }), "Explaining 1 sequence, integrated gradients");
  assert.equal(title({ ...job, kind: "predict" }), "Predicting 12 sequences with demo");
});

test("an experiment is named by its question, not as an explanation", () => {
  const asked = { ...job, kind: "ask", total: 200 };
  assert.equal(
    title({ ...asked, question: "enough" }),
    "Testing whether a stretch is enough, 200 sequences read by demo",
  );
  assert.equal(title({ ...asked, question: "needed", total: 1 }), "Testing whether a stretch is needed");
  const questions = ["needed", "enough", "where", "with", "spacing", "test", "faithful"];
  const titles = questions.map((question) => title({ ...asked, question }));
  assert.equal(new Set(titles).size, questions.length);
  for (const words of titles) assert.doesNotMatch(words, /Explaining|undefined/);
});

test("a measurement is named by what it measures and by the method", () => {
  const measured = { ...job, kind: "look", question: "faithful", total: 20 };
  assert.equal(title(measured), "Testing whether scores are faithful, 20 sequences, integrated gradients");
});
