// The visible stretch of a sequence: zoom, pan, keep in bounds. Pure arithmetic on {start, end}.

/** @import {Window} from "./types" */

const FEWEST_BASES = 12;
const AROUND = 16;

/** @param {number} length @returns {Window} */
export function everything(length) {
  return { start: 0, end: Math.max(1, length) };
}

/** The window within the sequence that is nearest to the one asked for. @param {Window} window @param {number} length @param {number} [fewest] bases of it @returns {Window} */
export function clamp(window, length, fewest = FEWEST_BASES) {
  const span = Math.min(length, Math.max(Math.min(fewest, length), window.end - window.start));
  const start = Math.min(Math.max(0, window.start), length - span);
  return { start, end: start + span };
}

/** Zoom by a factor (below 1: closer) around a base that stays where it is. @param {Window} window @param {number} factor @param {number} around @param {number} length */
export function zoom(window, factor, around, length) {
  const span = Math.min(length, Math.max(Math.min(FEWEST_BASES, length), (window.end - window.start) * factor));
  const share = (around - window.start) / (window.end - window.start);
  const start = around - share * span;
  return clamp({ start, end: start + span }, length);
}

/** The same around a base that may lie outside: it comes to the middle then. @param {Window} window @param {number} factor @param {number} around @param {number} length */
export function zoomOn(window, factor, around, length) {
  const inside = around >= window.start && around <= window.end;
  const middle = (window.start + window.end) / 2;
  const from = inside ? window : pan(window, around - middle, length);
  return zoom(from, factor, around, length);
}

/** A window on a stretch with some of what is around it, wide enough to read the letters. @param {number} start @param {number} end @param {number} length */
export function aroundStretch(start, end, length) {
  const margin = Math.max(end - start, AROUND);
  return clamp({ start: start - margin, end: end + margin }, length);
}

/** @param {Window} window @param {number} bases @param {number} length */
export function pan(window, bases, length) {
  return clamp({ start: window.start + bases, end: window.end + bases }, length);
}

/** Move the window as little as possible so that a base is in it, with some of its neighbours. @param {Window} window @param {number} base @param {number} length */
export function reveal(window, base, length) {
  const margin = Math.min(3, (window.end - window.start) / 4);
  if (base < window.start + margin) return pan(window, base - margin - window.start, length);
  if (base + 1 > window.end - margin) return pan(window, base + 1 + margin - window.end, length);
  return window;
}

/** @param {Window} window @param {number} length */
export function isWhole(window, length) {
  return window.end - window.start >= length - 1e-6;
}
