import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName, toSvg, toTsv } from "../../../static/element/export.js";
import { baseAt, baseX, hit, layOut, standOn } from "../../../static/element/layout.js";
import { PALETTES, readableOn, twoSided } from "../../../static/element/palette.js";
import { decodePicture } from "../../../static/element/payload.js";
import { extremes } from "../../../static/element/profile.js";
import { scalesOf } from "../../../static/element/scales.js";
import { drawScene, scoreY } from "../../../static/element/scene.js";
import { stretchName } from "../../../static/element/stretches.js";
import { everything } from "../../../static/element/viewport.js";
import { coded, layer, payload, picture, shared } from "../fake.js";

const window = everything(12);
const look = () => ({
  palette: PALETTES.light,
  colors: /** @type {const} */ ("bases"),
  tokenSizes: [0.6],
  extents: /** @type {[number, number][]} */ ([[-0.2, 0.2]]),
  pointed: null,
});

/** A pen that remembers what it was told. */
function recorder() {
  /** @type {any[]} */
  const calls = [];
  const note =
    (/** @type {string} */ kind) =>
    (/** @type {any[]} */ ...rest) =>
      void calls.push([kind, ...rest]);
  const pen = {
    rect: note("rect"),
    frame: note("frame"),
    line: note("line"),
    area: note("area"),
    glyph: note("glyph"),
    text: note("text"),
    clip: (
      /** @type {number} */ _x,
      /** @type {number} */ _y,
      /** @type {number} */ _w,
      /** @type {number} */ _h,
      /** @type {() => void} */ draw,
    ) => draw(),
  };
  return { calls, pen };
}

test("pixels and bases are each other's inverse", () => {
  const layout = layOut(picture(), 1000);
  for (const base of [0, 3.5, 12])
    assert.ok(Math.abs(baseAt(layout, window, baseX(layout, window, base)) - base) < 1e-9);
});

test("a letter is as high as its score, up or down from zero", () => {
  const toy = picture();
  const layout = layOut(toy, 1000);
  const { calls, pen } = recorder();
  drawScene(pen, toy, layout, window, look());
  const band = layout.bands[0];
  const zero = scoreY(band, [-0.2, 0.2], 0);
  const glyphs = calls.filter(([kind]) => kind === "glyph");
  assert.deepEqual(
    glyphs.map(([, letter]) => letter),
    ["C", "G", "T", "A"],
  );
  const full = (band.height - 6) / 2;
  const [c, , , a] = glyphs;
  assert.ok(Math.abs(c[5] - full / 2) < 0.02 && Math.abs(c[3] + c[5] - zero) < 0.02, "C: +0.1 stands on the zero line");
  assert.ok(Math.abs(a[5] - full) < 0.02 && Math.abs(a[3] - zero) < 0.02, "A: -0.2 hangs from the zero line");
});

test("no data is drawn as a gap", () => {
  const toy = picture();
  toy.layers[0].scores[4] = NaN;
  const { calls, pen } = recorder();
  drawScene(pen, toy, layOut(toy, 1000), window, look());
  assert.deepEqual(
    calls.filter(([kind]) => kind === "glyph").map(([, letter]) => letter),
    ["C", "G", "T"],
  );
});

test("only what the window shows is drawn", () => {
  const toy = picture();
  const { calls, pen } = recorder();
  drawScene(pen, toy, layOut(toy, 1000), { start: 6, end: 12 }, look());
  assert.equal(calls.filter(([kind]) => kind === "glyph").length, 0);
});

test("pointing finds bases, tokens in their row, and nothing beside the plot", () => {
  const toy = picture();
  const layout = layOut(toy, 1000);
  const band = layout.bands.find(({ kind }) => kind === "tokens");
  assert.ok(band);
  const x = baseX(layout, window, 3.5);
  assert.deepEqual(hit(layout, window, toy, x, 20), { base: 3, token: -1, layer: 0 });
  assert.deepEqual(hit(layout, window, toy, x, band.top + band.rowHeight * 1.5), { base: 3, token: 2, layer: 0 });
  assert.equal(hit(layout, window, toy, 5, 20), null);
});

test("who stands on a base stands there in another picture too, and on the token if that is still there", () => {
  const toy = picture();
  assert.deepEqual(standOn({ base: 3, token: 2, layer: 0 }, toy), { base: 3, token: 2, layer: 0 });
  assert.deepEqual(standOn({ base: 3, token: 9, layer: 2 }, toy), { base: 3, token: -1, layer: 0 });
  assert.deepEqual(standOn({ base: 40, token: -1, layer: 0 }, toy), { base: 11, token: -1, layer: 0 });
});

test("a profile loses no peak, however many bases share a pixel", () => {
  const scores = new Float64Array(1000);
  scores[777] = 3;
  scores[778] = -2;
  const { high, low } = extremes(scores, everything(1000), 10, (x) => x * 100);
  assert.deepEqual([...high], [0, 0, 0, 0, 0, 0, 0, 3, 0, 0]);
  assert.equal(low[7], -2);
});

test("compared layers lie above one axis, each with its tokens", () => {
  const [coded] = payload().l;
  const { bands } = layOut(picture({ l: [coded, coded] }), 1000);
  assert.deepEqual(
    bands.map(({ kind, index }) => `${kind}${index}`),
    ["logo0", "tokens0", "logo1", "letters1", "tokens1", "axis0"],
  );
  const tops = bands.map(({ top }) => top);
  assert.deepEqual(
    tops,
    [...tops].sort((a, b) => a - b),
  );
});

test("the two-sided scale is neutral at zero and full at the largest", () => {
  const { towards, away, neutral } = PALETTES.light;
  assert.deepEqual(
    [0, 2, -2].map((score) => twoSided(PALETTES.light, score, 2)),
    [neutral, towards, away],
  );
  assert.deepEqual([readableOn("#ffffff"), readableOn("#1a66b3")], ["#10141a", "#ffffff"]);
});

test("text has AA contrast in both themes", () => {
  const light = (/** @type {string} */ color) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (/** @type {string} */ a, /** @type {string} */ b) =>
    (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  for (const palette of Object.values(PALETTES)) {
    for (const text of [palette.ink, palette.muted]) assert.ok(contrast(text, palette.paper) >= 4.5, text);
    for (const mark of [palette.towards, palette.away, ...Object.values(palette.bases)])
      assert.ok(contrast(mark, palette.paper) >= 3, mark);
  }
});

test("the SVG holds the sequence, and a name that is markup stays text", () => {
  const toy = picture({ n: '<script>alert("1")</script>' });
  const svg = toSvg(toy, layOut(toy, 900), window, look());
  assert.match(svg, /<desc>Sequence: ACGTacgtNACG<\/desc>/);
  assert.doesNotMatch(svg, /<script/);
  assert.match(svg, /^<svg xmlns=/);
});

test("the table holds what is in view, with empty cells for no data", () => {
  const toy = layer();
  toy.layers[0].scores[3] = NaN;
  assert.deepEqual(toTsv(toy, { start: 2, end: 4 }).split("\n"), [
    "index\tposition\tbase\tintegrated_gradients, log-odds of promoter",
    "2\t-2\tG\t-0.099997",
    "3\t-1\tT\t",
    "",
  ]);
  assert.equal(fileName("a/b: <c>", "svg"), "a_b_c_.svg");
});

test("the table has the digits that the steps of the scores hold", () => {
  /** @param {number} size the largest score @param {number[]} steps */
  const written = (size, steps) =>
    toTsv(layer({ b: [size, coded([...steps, ...Array(12 - steps.length).fill(0)])] }), { start: 0, end: steps.length })
      .trim()
      .split("\n")
      .slice(1)
      .map((row) => row.split("\t")[3]);
  // A step is 2 / 32767 = 0.000061: five decimals, and 3 steps are no 0.000183111.
  assert.deepEqual(written(2, [32767, 3, -1, 0]), ["2", "0.00018", "-0.00006", "0"]);
  assert.deepEqual(written(2e-6, [32767, 3]), ["0.000002", "1.8e-10"]);
  assert.deepEqual(written(2e6, [32767, 3, 1]), ["2000000", "180", "60"]);
  assert.deepEqual(written(0, [0]), ["0"]);
  // No two steps read the same.
  for (const size of [1, 2, 5, 9.9]) {
    const steps = [1, 2, 3, 500, 501, 32765, 32766, 32767];
    assert.equal(new Set(written(size, steps)).size, steps.length);
  }
});

test("the table has the standard deviations beside the scores, where they are known", () => {
  const toy = layer();
  toy.layers[0].spread = { sd: Float64Array.from({ length: 12 }, (_, i) => i / 8), stable: Array(12).fill(true) };
  const [head, first] = toTsv(toy, { start: 2, end: 3 }).split("\n");
  assert.ok(head.endsWith("log-odds of promoter\tintegrated_gradients, log-odds of promoter, sd"));
  assert.equal(first, "2\t-2\tG\t-0.099997\t0.25");
});

test("a letter whose sign is not stable is pale, and its error bar is drawn on request", () => {
  const given = payload();
  const sure = drawn(picture());
  /** @type {any} */ (given.l[0]).z = [[0.1, coded(Array(12).fill(32767))], "101111111111"];
  const toy = decodePicture(given, shared);
  const pale = drawn(toy);
  const colors = (/** @type {any[][]} */ calls) => calls.filter(([kind]) => kind === "glyph").map((call) => call[6]);
  assert.deepEqual(
    colors(pale).map((color, i) => color === colors(sure)[i]),
    colors(sure).map((_, i) => i !== 0), // base 1 is the first with a score
  );
  const lines = (/** @type {any[][]} */ calls) => calls.filter(([kind]) => kind === "line").length;
  assert.equal(lines(drawn(toy, true)), lines(pale) + 12);
  const { extents } = scalesOf(toy.layers, null, true);
  assert.ok(extents[0][0] <= -0.3 && extents[0][1] >= 0.2);
});

/** @param {import("../../../static/element/types").Picture} toy */
function drawn(toy, whiskers = false) {
  const { calls, pen } = recorder();
  drawScene(pen, toy, layOut(toy, 1000), window, { ...look(), whiskers });
  return calls;
}

test("the name of the strongest stretch stands above all bars and within the plot", () => {
  const toy = picture();
  const layout = layOut(toy, 100); // too narrow for letters
  const [band] = layout.bands;
  const name = stretchName(toy, layout, band, window);
  assert.ok(name);
  assert.ok(name.y < band.top);
  assert.ok(name.x >= layout.left);
  assert.equal(name.words, toy.layers[0].sequence.slice(name.start, name.end));
});
