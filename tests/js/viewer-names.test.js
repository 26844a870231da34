import assert from "node:assert/strict";
import { test } from "node:test";

import { shortened } from "../../static/viewer/names.js";

test("a short name is shown whole", () => {
  assert.equal(shortened("chr1:1000000-1000251(+)"), "chr1:1000000-1000251(+)");
});

test("long names that differ at their ends stay apart", () => {
  const [one, other] = ["0001", "0002"].map((end) => shortened(`ENST00000456328.2|ENSG00000223972.5|${end}`));
  assert.notEqual(one, other);
  assert.equal(one.length, 30);
  assert.equal(one, "ENST0000045632\u202600223972.5|0001");
});

test("letters of two code units are not cut in half", () => {
  assert.ok(shortened("\u{1f9ec}".repeat(40)).isWellFormed());
});
