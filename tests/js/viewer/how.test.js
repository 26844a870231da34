import assert from "node:assert/strict";
import { test } from "node:test";

import { freshState } from "../../../static/viewer/address.js";
import { chips, filterMistakes, filterQuery, filters, NO_FILTER } from "../../../static/viewer/filter-fields.js";
import {
  another,
  changed,
  differences,
  howOf,
  howQuery,
  rowsQuery,
  trackNames,
  USUAL,
  withLayer,
} from "../../../static/viewer/how.js";

const model = {
  name: "demo",
  labels: ["other", "promoter"],
  head: "single_label",
  max_bases: 510,
  outputs: ["log_odds"],
  layers: ["encoder.0"],
  baselines: [
    { name: "mask", words: "" },
    { name: "pad", words: "" },
  ],
  default: { model: "demo", method: "integrated_gradients", baseline: "mask" },
};
const methods = ["integrated_gradients", "saliency", "deeplift"].map((name) => ({
  name,
  words: "",
  cost: "",
  complete: true,
  signed: true,
  on_path: true,
}));
const config = {
  title: "",
  version: "",
  models: [model],
  methods,
  projections: [],
  limits: {},
  kept: true,
  notices: [],
};

test("an empty filter asks for everything", () => {
  assert.deepEqual(filterQuery(NO_FILTER), []);
  assert.deepEqual(rowsQuery(freshState()), []);
});

test("a filter is asked in the server's units", () => {
  const query = filterQuery({
    name: "x",
    motif: " tataw ",
    truth: "=",
    predicted: "=a=b",
    right: "wrong",
    pmin: "12,5 %",
    pmax: "90",
    lmin: "10",
    lmax: "",
  });
  assert.deepEqual(query, [
    ["name", "x"],
    ["motif", "TATAW"],
    ["true", ""],
    ["predicted", "a=b"],
    ["correct", "wrong"],
    ["min_probability", "0.125"],
    ["max_probability", "0.9"],
    ["min_length", "10"],
  ]);
});

test("what was typed wrong is told and not asked", () => {
  const filter = { ...NO_FILTER, motif: "TATAZ", pmin: "high", lmax: "1.5" };
  const mistakes = filterMistakes(filter);
  assert.deepEqual(Object.keys(mistakes).sort(), ["lmax", "motif", "pmin"]);
  assert.match(mistakes.motif ?? "", /'Z' is not an IUPAC code/);
  assert.deepEqual(filterQuery(filter), []);
});

test("only the filters in force have chips", () => {
  const wrong = [{ pmin: "abc" }, { pmin: "150" }, { pmax: "-1" }, { lmin: "x" }, { lmax: "1e12" }, { motif: "TAT-X" }];
  const blank = [{ pmin: " " }, { lmax: " " }, { motif: " " }, { name: " " }];
  for (const filter of [...wrong, ...blank]) {
    assert.deepEqual(chips({ ...NO_FILTER, ...filter }), []);
    assert.deepEqual(filterQuery({ ...NO_FILTER, ...filter }), []);
    assert.equal(filters({ ...NO_FILTER, ...filter }), false);
  }
  const right = { ...NO_FILTER, name: "chr1", pmin: "abc", pmax: "95,5 %", lmin: "60", truth: "=" };
  assert.deepEqual(chips(right), [
    ["name", "Name contains: chr1"],
    ["truth", "True class: unknown"],
    ["pmax", "Probability \u2264 95.5 %"],
    ["lmin", "Length \u2265 60"],
  ]);
});

test("only what a person chose is asked for", () => {
  const state = { ...freshState(), output: "logit" };
  assert.deepEqual(howOf({ ...USUAL, method: "ism" }, state), { method: "ism", output: "logit" });
  assert.deepEqual(howQuery({ method: "ism", target: null }), [["method", "ism"]]);
});

test("tracks are named by what differs", () => {
  const how = { model: "demo", method: "integrated_gradients", baseline: "mask", target: null };
  assert.deepEqual(trackNames([how, { ...how, method: "ism" }]), ["integrated gradients", "in-silico mutagenesis"]);
  assert.deepEqual(trackNames([how, { ...how, target: "promoter", baseline: "pad" }]), [
    "predicted class, mask",
    "promoter, pad",
  ]);
  assert.deepEqual(trackNames([how, how]), ["integrated gradients", "integrated gradients (2)"]);
});

test("another track differs in one thing that is not there yet", () => {
  assert.equal(another(config, [USUAL], "method")?.method, "deeplift");
  assert.equal(another(config, [USUAL], "baseline")?.baseline, "pad");
  assert.equal(another(config, [USUAL], "target")?.target, "other");
  assert.equal(another(config, [USUAL], "target", "other")?.target, "promoter");
  assert.equal(another(config, [USUAL], "model"), null);
  const all = methods.map(({ name }) => ({ ...USUAL, method: name }));
  assert.equal(another(config, all, "method"), null);
});

test("windows are asked for by the server's names, and an overlap only with them", () => {
  assert.deepEqual(howOf(USUAL, { ...freshState(), windows: "300", overlap: "50" }), {
    window_length: "300",
    overlap: "50",
  });
  assert.deepEqual(howOf(USUAL, { ...freshState(), windows: "auto" }), { window_length: "auto" });
  assert.deepEqual(howOf(USUAL, { ...freshState(), overlap: "50" }), {});
});

const inner = { ...config, methods: [...methods, { ...methods[0], name: "conductance", layered: true, inner: true }] };

test("a method that scores only layers inside the model gets the first one", () => {
  const track = { ...USUAL, method: "conductance" };
  assert.equal(withLayer(inner, track).layer, "encoder.0");
  assert.equal(changed(inner, USUAL, { method: "conductance" }).layer, "encoder.0");
  assert.equal(withLayer(inner, { ...track, layer: "encoder.1" }).layer, "encoder.1");
  assert.equal(withLayer(inner, USUAL).layer, "");
  const flat = { ...inner, models: [{ ...model, layers: [] }] };
  assert.equal(withLayer(flat, track).layer, "");
});

test("a layer goes with the method and the model that it was chosen for", () => {
  const track = { ...USUAL, method: "conductance", layer: "encoder.0" };
  assert.equal(changed(inner, track, { method: "deeplift" }).layer, "");
  assert.equal(changed(inner, track, { baseline: "pad" }).layer, "encoder.0");
  assert.equal(another(inner, [track], "method")?.layer, "");
  const two = { ...inner, models: [model, { ...model, name: "other", layers: ["blocks.0"] }] };
  assert.equal(another(two, [track], "model")?.layer, "blocks.0");
});

test("tracks whose controls read the same are told apart by strands, baseline and layer", () => {
  const against = methods.map((one) => ({ ...one, compares_with: one.name === "saliency" ? "nothing" : "baseline" }));
  const known = { ...inner, methods: [...against, { ...inner.methods[3], compares_with: "baseline" }] };
  assert.deepEqual(differences(known, [USUAL]), [""]);
  assert.deepEqual(differences(known, [USUAL, { ...USUAL, method: "deeplift" }]), ["", ""]);
  assert.deepEqual(differences(known, [USUAL, { ...USUAL, strands: "both" }]), ["as given", "both strands"]);
  assert.deepEqual(differences(known, [USUAL, { ...USUAL, baseline: "pad", strands: "both" }]), [
    "as given, baseline mask",
    "both strands, baseline pad",
  ]);
  // A method without a baseline does not differ in it.
  assert.deepEqual(differences(known, [{ ...USUAL, method: "saliency" }, USUAL]), ["", ""]);
  const layers = ["encoder.0", "encoder.1"].map((layer) => ({ ...USUAL, method: "conductance", layer }));
  assert.deepEqual(differences(known, layers), ["layer encoder.0", "layer encoder.1"]);
});
