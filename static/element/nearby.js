// Pictures near the screen are awake; those far from it give their memory back.

import { perFrame } from "./dom.js";

const NEARBY = "900px 0px";
const WAKES_PER_FRAME = 2;

/** @typedef {HTMLElement & {wake: () => void, sleep: () => void}} Sleeper */

/** @type {Set<Sleeper>} */
const waiting = new Set();

/** Wake a few pictures per frame, so that scrolling fast stays smooth. */
const wakeSome = perFrame(() => {
  for (const view of [...waiting].slice(0, WAKES_PER_FRAME)) {
    waiting.delete(view);
    view.wake();
  }
  if (waiting.size) wakeSome();
});

/** @type {IntersectionObserver | null} */
let observer = null;

/** Tells elements that they come near the screen or leave it; one observer serves them all. */
function nearby() {
  const options = /** @type {IntersectionObserverInit} */ ({ rootMargin: NEARBY, scrollMargin: NEARBY });
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const view = /** @type {Sleeper} */ (target);
      if (isIntersecting) waiting.add(view);
      else if (!waiting.delete(view)) view.sleep();
    }
    wakeSome();
  }, options);
  return observer;
}

/** @param {Sleeper} view */
export function watch(view) {
  nearby().observe(view);
}

/** @param {Sleeper} view */
export function unwatch(view) {
  nearby().unobserve(view);
  waiting.delete(view);
  view.sleep();
}
