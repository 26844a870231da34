import assert from "node:assert/strict";
import { test } from "node:test";

import { Place } from "../../../static/element/place.js";
import { picture } from "../fake.js";

/** @param {any} [stay] */
function standing(stay = null) {
  const place = new Place();
  place.enter(picture(), stay);
  return place;
}

test("before a picture there are no bases, and in it all are seen", () => {
  assert.equal(new Place().length, 0);
  assert.deepEqual(standing().window, { start: 0, end: 12 });
  assert.equal(standing().pointed, null);
});

test("who comes from another picture stands where they stood, within the bases that there are", () => {
  const place = standing({ window: { start: 0, end: 90 }, pointed: { base: 99, token: -1, layer: 4 }, selected: null });
  assert.deepEqual(place.standing, {
    window: { start: 0, end: 12 },
    pointed: { base: 11, token: -1, layer: 0 },
    selected: null,
  });
});

test("bases between two places of the axis are whole, in order, and at least one", () => {
  const place = standing();
  assert.deepEqual(place.between(5.7, 2.2), { start: 2, end: 6 });
  assert.deepEqual(place.between(3.1, 3.9), { start: 3, end: 4 });
  assert.deepEqual(place.between(-4, 40), { start: 0, end: 12 });
});

test("selecting and pointing say whether anything changed", () => {
  const place = standing();
  assert.equal(place.select({ start: 2, end: 5 }), true);
  assert.equal(place.select({ start: 2, end: 5 }), false);
  assert.equal(place.select(null), true);
  assert.equal(place.point({ base: 3, token: -1, layer: 0 }), true);
  assert.equal(place.point({ base: 3, token: -1, layer: 0 }), false);
  assert.equal(place.point({ base: 3, token: 1, layer: 0 }), true);
});

test("steps begin in the middle and end at the ends", () => {
  const place = standing();
  place.point(place.step(1));
  assert.equal(place.pointed?.base, 6);
  place.point(place.step(-1));
  assert.equal(place.pointed?.base, 5);
  assert.equal(place.step(-10).base, 0);
  assert.equal(place.reach(400).base, 11);
});

test("another track is the same base, and the tracks go round", () => {
  const place = standing();
  assert.equal(place.otherTrack(1), null);
  place.point({ base: 4, token: 2, layer: 0 });
  assert.deepEqual(place.otherTrack(1), { base: 4, token: -1, layer: 0 });
});
