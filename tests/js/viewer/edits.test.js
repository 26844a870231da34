import assert from "node:assert/strict";
import { test } from "node:test";

import {
  applyEdits,
  editName,
  fitting,
  parseEdits,
  undone,
  withEdit,
  writeEdits,
} from "../../../static/viewer/edits.js";

test("mutations change letters, one per base", () => {
  const once = withEdit("ACGT", [], { at: 1, to: "T" });
  assert.equal(applyEdits("ACGT", once), "ATGT");
  const again = withEdit("ACGT", once, { at: 1, to: "G" });
  assert.deepEqual(again, [{ at: 1, to: "G" }]);
});

test("soft-masked bases stay soft-masked", () => {
  assert.equal(
    applyEdits("acGT", [
      { at: 1, to: "T" },
      { at: 2, to: "A" },
    ]),
    "atAT",
  );
});

test("the original letter takes a mutation back, whatever its case", () => {
  assert.deepEqual(withEdit("aCGT", [{ at: 0, to: "T" }], { at: 0, to: "A" }), []);
});

test("undo takes back the last one", () => {
  const edits = withEdit("ACGT", withEdit("ACGT", [], { at: 3, to: "A" }), { at: 0, to: "C" });
  assert.deepEqual(undone(edits), [{ at: 3, to: "A" }]);
  assert.deepEqual(undone([]), []);
});

test("edits beyond the sequence, of no letter, or to what is there are left out", () => {
  assert.deepEqual(withEdit("ACGT", [], { at: 4, to: "A" }), []);
  assert.deepEqual(withEdit("ACGT", [], { at: 0, to: "x" }), []);
  assert.deepEqual(
    fitting("ACGT", [
      { at: 9, to: "A" },
      { at: 0, to: "A" },
      { at: 1, to: "A" },
    ]),
    [{ at: 1, to: "A" }],
  );
});

test("an edit is named as people do", () => {
  assert.equal(
    editName("ACGT", { at: 1, to: "T" }, (base) => `+${base + 1}`),
    "C\u2192T at +2",
  );
});

test("a base of RNA becomes a letter of RNA", () => {
  assert.deepEqual(withEdit("ACGU", [], { at: 0, to: "U" }), [{ at: 0, to: "U" }]);
  assert.deepEqual(withEdit("ACGU", [], { at: 0, to: "T" }), [{ at: 0, to: "U" }]);
  assert.deepEqual(withEdit("ACGU", [], { at: 3, to: "T" }), []);
  assert.deepEqual(fitting("ACGU", [{ at: 3, to: "T" }]), []);
  assert.deepEqual(parseEdits(writeEdits([{ at: 0, to: "U" }])), [{ at: 0, to: "U" }]);
});
