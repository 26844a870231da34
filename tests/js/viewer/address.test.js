import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAddress, freshState, parseAddress } from "../../../static/viewer/address.js";

test("a fresh page has an empty address, and an empty address is a fresh page", () => {
  assert.equal(formatAddress(freshState()), "");
  assert.deepEqual(parseAddress(""), freshState());
});

test("everything on screen comes back from the address", () => {
  const state = {
    ...freshState(),
    set: "pasted-1",
    item: "17",
    sort: "loss",
    descending: true,
    projection: "max",
    output: "logit",
    windows: "300",
    overlap: "50",
    colors: "sign",
    pane: "set",
    group: "true",
    k: "4",
    filter: {
      name: "chr1 & co",
      motif: "TATAWAWR",
      truth: "=",
      predicted: "=TATA promoter",
      right: "wrong",
      pmin: "5",
      pmax: "99.5",
      lmin: "10",
      lmax: "400",
    },
    tracks: [
      { model: "", method: "", baseline: "", target: "", strands: "", layer: "" },
      { model: "a*b", method: "ism", baseline: "", target: "x=1&y#*~%20 \u00e9", strands: "", layer: "a.0" },
    ],
    edits: [
      { at: 169, to: "G" },
      { at: 0, to: "T" },
    ],
    window: { start: 12.5, end: 80 },
  };
  const address = formatAddress(state);
  assert.deepEqual(parseAddress(address), state);
  assert.deepEqual(parseAddress(`#${address}`), state);
});

test("a broken address is read as far as it goes", () => {
  const state = parseAddress("#set=a&view=9-3&edits=1A.x.-3T.4Q.7C&pane=elsewhere&track=%25E0%25A4%25A*ism");
  assert.equal(state.set, "a");
  assert.equal(state.window, null);
  assert.equal(state.pane, "picture");
  assert.deepEqual(state.edits, [
    { at: 1, to: "A" },
    { at: 7, to: "C" },
  ]);
  assert.equal(state.tracks[0].method, "ism");
});
