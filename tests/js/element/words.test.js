import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePicture } from "../../../static/element/payload.js";
import { scalesOf } from "../../../static/element/scales.js";
import { peak } from "../../../static/element/strongest.js";
import { verdict } from "../../../static/element/verdict.js";
import {
  alphabet,
  baseWords,
  caption,
  ends,
  legend,
  lettersAt,
  methodName,
  notes,
  peakSentence,
  prediction,
  specialWords,
  summary,
  tokenWords,
} from "../../../static/element/words.js";
import { coded, layer, payload, picture, shared } from "../fake.js";

const told = (/** @type {import("../../../static/element/types").Picture} */ toy) => verdict(toy, only(toy));
const only = (/** @type {import("../../../static/element/types").Picture} */ toy) => toy.layers[0];

test("a base says its score and how k-mers make it up", () => {
  const toy = picture();
  const said = baseWords(toy, only(toy), 3);
  assert.deepEqual([said.title, said.score, said.sum], ["T at \u22121", "\u22120.1 log-odds", "sum of 3 k-mer shares"]);
  assert.deepEqual(
    said.parts.map(({ text, share }) => `${text} ${share}`),
    ["CGT +0.1", "GTA \u22120.2", "TAC 0"],
  );
});

test("a base no rule explains is only said to be covered", () => {
  const toy = layer({}, { projection: "center" });
  assert.equal(baseWords(toy, only(toy), 3).sum, "covered by 3 k-mers");
});

test("a score whose unit is unknown is a bare number", () => {
  const toy = layer({}, { output: "unknown" });
  assert.equal(baseWords(toy, only(toy), 3).score, "\u22120.1");
});

test("a token says what it gives to each of its bases", () => {
  const toy = picture();
  const said = tokenWords(toy, only(toy), 3);
  assert.deepEqual(
    [said.title, said.score, said.sum],
    ["GTA at \u22122 to 0", "\u22120.6 log-odds", "\u22120.2 to each of its 3 bases"],
  );
});

/** @param {string} code @param {"warning" | "note"} severity @param {string} text @returns {[string, "warning" | "note", string]} */
const said = (code, severity = "note", text = `About ${code}.`) => [code, severity, text];

test("the badge follows what was said of the scores, with the certificate's numbers", () => {
  const state = (/** @type {object} */ changes, run = {}) => {
    const { state, words } = told(layer(changes, run));
    return [state, words];
  };
  assert.deepEqual(state({}), ["good", "Complete to 0.1 %"]);
  const off = { ok: 0, f: [2, -1, 0.9, 0.01] };
  assert.deepEqual(state({ ...off, k: [said("not_converged", "warning")] }), ["bad", "Not converged: off by 30 %"]);
  assert.deepEqual(state(off), ["good", "Complete to 30 %"]); // nothing is judged here
  const unconverged = { ok: 0, k: [said("not_converged", "warning")] };
  assert.deepEqual(state({ f: [2, -1, 0.003, 0.01, 0.004] }), ["good", "Scores converged to 0.4 %"]);
  assert.deepEqual(state({ f: [2, -1, 1e-7, 3, 0.3], ...unconverged }), ["bad", "Not converged: off by up to 30 %"]);
  assert.deepEqual(state({ f: [2, -1, 1e-7, null, null], ...unconverged }), ["bad", "Not converged: error unknown"]);
  assert.deepEqual(state({ k: [said("preview")] }, { tolerance: null }), ["none", "Preview"]);
  assert.deepEqual(state({}, { complete: false }), ["none", "No completeness check"]);
  const short = (/** @type {(number | null)[]} */ f, /** @type {boolean} */ conserving) =>
    told(layer({ f }, { conserving })).short;
  assert.equal(short([2, -1, 0.003, 0.01], false), "Token scores add up");
  assert.equal(short([2, -1, 0.003, 0.01, 0.004], false), "Token scores converged");
  assert.equal(short([2, -1, 0.003, 0.01], true), "Scores add up");
  assert.deepEqual(state({ f: [null, null, 0.1, null], k: [said("not_recorded")] }), ["none", "Completeness unknown"]);
  assert.deepEqual(state({ f: [null, null, null, null], k: [said("no_output", "warning")] }), ["bad", "No scores"]);
});

test("the numbers of the badge tell the error of the scores beside that of their sum", () => {
  const error = (/** @type {(number | null)[]} */ f) =>
    new Map(told(layer({ f })).facts).get("estimated error of the scores");
  assert.equal(error([2, -1, 0.003, 0.01, 0.004]), "0.4 % of them, 0.01 in all");
  assert.equal(error([2, -1, 0.003, 0.01]), "0.01");
  assert.equal(error([2, -1, 0.003, null, null]), "not estimated");
});

test("a preview has no tolerance, and fixed steps have one", () => {
  const tolerance = (/** @type {object} */ run) => new Map(told(layer({}, run)).facts).get("tolerance");
  assert.equal(tolerance({ tolerance: null }), "none, this is a preview");
  assert.equal(tolerance({ tolerance: 0.01 }), "1 %");
});

test("the remarks that come with the scores are shown as they are, under the track's name where there are several", () => {
  const bad = said("not_converged", "warning", "Not converged.");
  assert.deepEqual(notes(layer({ k: [bad] })), [{ severity: "warning", words: "Not converged." }]);
  assert.deepEqual(notes(picture()), []);
  const [one] = payload().l;
  const two = picture({ l: [one, { ...one, k: [bad] }] });
  two.layers[1].name = "second";
  assert.deepEqual(notes(two), [{ severity: "warning", words: "second: Not converged." }]);
  const three = picture({ l: [one, { ...one, k: [bad] }, { ...one, k: [bad] }] });
  assert.deepEqual(notes(three), [{ severity: "warning", words: "Tracks 2, 3: Not converged." }]);
  const both = picture({
    l: [
      { ...one, k: [bad] },
      { ...one, k: [bad] },
    ],
  });
  assert.deepEqual(notes(both), [{ severity: "warning", words: "Not converged." }]);
});

test("what the server says of the tracks together is shown after what it says of each, and nothing is made up here", () => {
  const [one] = payload().l;
  const x = {
    k: [said("scales", "note", "Compare shapes.")],
    r: [
      [null, null],
      [0.5, 0.25],
    ],
  };
  const two = picture({ l: [one, one], x });
  assert.deepEqual(notes(two), [{ severity: "note", words: "Compare shapes." }]);
  assert.deepEqual(two.between.agreement[1], { r: 0.5, overlap: 0.25 });
  assert.ok(Number.isNaN(two.between.agreement[0].r));
  two.layers[1].target = "other";
  assert.equal(notes({ ...two, between: picture().between }).length, 0);
});

test("a difference has a scale of its own beside whole scores", () => {
  const [one] = payload().l;
  const small = { ...one, r: 1, b: [0.01, one.b[1]], w: [0.03, one.w[1]] };
  const runs = [shared.runs[0], { ...shared.runs[0], difference: true }];
  const both = decodePicture({ ...payload(), l: [one, small] }, { ...shared, runs });
  const { extents, tokenSizes } = scalesOf(both.layers, null);
  assert.ok(extents[1][0] > extents[0][0] / 10);
  assert.ok(tokenSizes[1] < tokenSizes[0] / 10);
});

test("a scale is a layer's own, common to agreeing layers, or the page's", () => {
  const [coded] = payload().l;
  const two = picture({ l: [coded, { ...coded, b: [0.4, coded.b[1]], w: [1.2, coded.w[1]] }] });
  const rounded = (/** @type {import("../../../static/element/types").Scales} */ { extents, tokenSizes }) =>
    [...extents, tokenSizes].map((row) => row.map((x) => Number(x.toFixed(2))));
  assert.deepEqual(rounded(scalesOf(two.layers, null)), [
    [-0.4, 0.2],
    [-0.4, 0.2],
    [1.2, 1.2],
  ]);
  assert.deepEqual(rounded(scalesOf(two.layers.slice(0, 1), null)), [[-0.2, 0.1], [0.6]]);
  assert.deepEqual(rounded(scalesOf(two.layers.slice(0, 1), shared)), [[-1, 2], [3]]);
  two.layers[1].run = { ...two.layers[1].run, output: "probability" };
  assert.deepEqual(rounded(scalesOf(two.layers, null)), [
    [-0.2, 0.1],
    [-0.4, 0.2],
    [0.6, 1.2],
  ]);
});

test("the strongest stretch is found with its sum and place", () => {
  const toy = picture();
  assert.deepEqual([peak(only(toy))?.start, peak(only(toy))?.end], [2, 5]);
  assert.equal(peakSentence(toy, only(toy)), "Strongest stretch: GTa at \u22122 to 0, \u22120.4 in all.");
});

test("up and down are words", () => {
  assert.deepEqual(legend(only(picture())), { up: "pushes towards promoter", down: "pushes away" });
  assert.equal(legend(only(layer({}, { signed: false }))).down, null);
  assert.equal(legend(only(layer({}, { regression: true }))).up, "raises the output");
});

test("an unknown truth is unknown everywhere", () => {
  const toy = picture({ y: undefined });
  assert.match(summary(toy), /True class unknown/);
  assert.match(caption(toy)[0], /true class: unknown/);
});

test("prediction and special tokens are told", () => {
  assert.equal(prediction(only(picture())), "promoter, 99.4 %");
  assert.equal(prediction(only(layer({ q: 3.25 }, { regression: true }))), "3.25");
  assert.deepEqual(specialWords(only(picture())), { value: "25 %", detail: "[CLS] +0.3, [SEP] 0; together +0.3" });
});

test("special tokens of one kind are told together", () => {
  const steps = [32767, 0, 0, 0, 0, 16384, -32767, 0, 0, 0, 0, 16384];
  const special = { 0: "[CLS]", 5: "[SEP]", 6: "[CLS]", 11: "[SEP]" };
  const t = { count: 12, special, k: 3, step: 1, first: 0 };
  const joined = layer({ w: [0.6, coded(steps)], t });
  assert.equal(specialWords(only(joined)).detail, "2 \u00d7 [CLS] 0, 2 \u00d7 [SEP] +0.6; together +0.6");
  const one = layer({ w: [0.6, coded(steps)], t: { ...t, special: { 0: "[CLS]" } } });
  assert.equal(specialWords(only(one)).detail, "[CLS] +0.6");
});

test("scores of a method that does not tell up from down have no sign", () => {
  const toy = layer({ b: [0.2, coded(Array(12).fill(32767))] }, { signed: false });
  const words = [
    baseWords(toy, only(toy), 3).score,
    ...baseWords(toy, only(toy), 3).parts.map(({ share }) => share),
    tokenWords(toy, only(toy), 2).sum,
    specialWords(only(toy)).detail,
  ];
  for (const said of words) assert.doesNotMatch(said, /\+/);
  assert.match(peakSentence(toy, only(toy)), /, 2\.4 in all/);
});

test("the letters of RNA are those of RNA", () => {
  assert.deepEqual(alphabet("ACGUacgu"), ["A", "C", "G", "U"]);
  assert.deepEqual(alphabet("ACGT"), ["A", "C", "G", "T"]);
  assert.deepEqual(alphabet("ACG"), ["A", "C", "G", "T"]);
  assert.deepEqual(alphabet("ACGTU"), ["A", "C", "G", "T"]);
  const m = [0.5, coded(Array.from({ length: 48 }, (_, i) => -680 * i))];
  const toy = picture({ s: "ACGUacguNACG", l: [{ ...payload().l[0], m }] }, { method: "ism" });
  const becomes = (/** @type {number} */ base) => baseWords(toy, only(toy), base).parts.map(({ text }) => text);
  assert.deepEqual(becomes(0), ["\u2192C", "\u2192G", "\u2192U"]);
  assert.deepEqual(becomes(3), ["\u2192A", "\u2192C", "\u2192G"]);
});

test("a joined result is judged window by window and claims no f(x) of the whole", () => {
  const f = [null, null, 0.4, null];
  const joined = layer({
    f,
    v: [
      [0, 8, 2, -1, 0.001, 1],
      [4, 12, -0.5, -1, 0.002, 1],
    ],
  });
  assert.deepEqual([told(joined).state, told(joined).words], ["good", "2 of 2 windows complete"]);
  assert.equal(new Map(told(joined).facts).get("its bases"), "0 to +7"); // as the axis has it, whose origin is base 4
  assert.deepEqual(ends(only(joined)), { input: "\u22120.5 to 2 by window", baseline: "\u22121 in every window" });
  assert.match(prediction(only(joined)), /mean of 2 windows/);
  const bad = layer({
    f,
    ok: 0,
    v: [
      [0, 8, 2, -1, 0.001, 1],
      [4, 12, -0.5, -1, 0.4, 0],
    ],
    k: [said("not_converged", "warning")],
  });
  assert.equal(told(bad).words, "1 of 2 windows not converged");
  /** @type {[number, number, number, number, number, number][]} */
  const windows = [
    [0, 8, 2, -1, 0.001, 1],
    [4, 12, -0.5, -1, 0.002, 1],
  ];
  const estimated = [null, null, 0.4, 0.1, 0.004];
  assert.equal(told(layer({ f: estimated, v: windows })).words, "2 of 2 windows converged");
  const cancelling = layer({ ok: 0, f: [null, null, 0, 1, 0.2], v: windows, k: [said("not_converged", "warning")] });
  assert.equal(told(cancelling).words, "Not converged: off by up to 20 %");
});

test("aligned alleles have their own letters, gaps are not missing scores, and a difference may be small", () => {
  const [one] = payload().l;
  const other = { ...one, s: "ACGTACG-NACG", f: [0.2, 0.1, 0, 0] };
  other.b = [0.2, coded([1, 1, 1, 1, 1, 1, 1, -32768, 1, 1, 1, 1])];
  const pair = picture({ l: [one, other] }, { difference: true });
  assert.equal(methodName(pair.layers[0].run), "difference of integrated gradients");
  assert.equal(lettersAt(pair, 7), "t/-");
  assert.equal(pair.layers[1].tokens.text(1), "ACG");
  assert.equal(notes(pair).length, 0);
});

test("options in remarks have no marks around them", () => {
  const advised = only(layer({ k: [["not_converged", "warning", "Load it with `dtype='float64'`."]] }));
  const [said] = notes(
    picture({ l: [{ ...payload().l[0], k: [["not_converged", "warning", "Load it with `dtype='float64'`."]] }] }),
  );
  assert.equal(said.words, "Load it with dtype='float64'.");
  assert.equal(advised.remarks[0].text, "Load it with `dtype='float64'`.");
});
