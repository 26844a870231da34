// Pointer, wheel and keys on a plot, translated into windows and pointed bases.

/** @import {Window} from "./types" */

import { everything, isWhole, pan, zoom } from "./viewport.js";

const CLICK_SLOP = 4;

/**
 * @typedef {object} Plot what the controls act on
 * @property {number} length bases of the sequence
 * @property {Window} window
 * @property {(window: Window) => void} setWindow
 * @property {(x: number) => number} baseAt
 * @property {(x: number, y: number) => void} point
 * @property {() => void} leave
 * @property {(step: number) => void} walk
 * @property {(base: number) => void} goTo
 * @property {(step: number) => void} changeLayer
 * @property {() => void} help
 * @property {() => void} select
 * @property {() => number} focusBase
 */

/** @param {HTMLElement} element @param {Plot} plot */
export function attachControls(element, plot) {
  attachPointer(element, plot);
  attachWheel(element, plot);
  attachKeys(element, plot);
}

/** Drag pans, two fingers pinch, a double click shows everything. @param {HTMLElement} element @param {Plot} plot */
function attachPointer(element, plot) {
  /** @type {Map<number, number>} */
  const down = new Map();
  let start = plot.window;
  let startX = 0;
  let moved = false;
  /** @param {PointerEvent} event */
  const local = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spread = () => {
    const [a, b] = [...down.values()];
    return Math.max(20, Math.abs(a - b));
  };
  let pinch = 0;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { x } = local(event);
    down.set(event.pointerId, x);
    start = plot.window;
    startX = x;
    moved = false;
    if (down.size === 2) pinch = spread();
  });
  element.addEventListener("pointermove", (event) => {
    const { x, y } = local(event);
    if (!down.has(event.pointerId)) {
      plot.point(x, y);
      return;
    }
    down.set(event.pointerId, x);
    if (down.size === 2) {
      const [a, b] = [...down.values()];
      moved = true;
      plot.setWindow(zoom(start, pinch / spread(), plot.baseAt((a + b) / 2), plot.length));
    } else if (moved || Math.abs(x - startX) > CLICK_SLOP) {
      if (!moved) element.setPointerCapture(event.pointerId);
      moved = true;
      element.classList.add("dragging");
      const perPixel = plot.baseAt(1) - plot.baseAt(0);
      plot.setWindow(pan(start, (startX - x) * perPixel, plot.length));
    }
  });
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    element.classList.remove("dragging");
    start = plot.window;
    if (!moved && event.type === "pointerup") {
      const { x, y } = local(event);
      plot.point(x, y);
      plot.select();
    }
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => {
    if (!down.size) plot.leave();
  });
  element.addEventListener("dblclick", () => plot.setWindow(everything(plot.length)));
}

/**
 * Ctrl + wheel (and a trackpad's pinch) always zooms; the bare wheel only once the plot has the focus,
 * and where there is nothing left to zoom the page scrolls on. Sideways pans.
 * @param {HTMLElement} element
 * @param {Plot} plot
 */
function attachWheel(element, plot) {
  element.addEventListener(
    "wheel",
    (event) => {
      const unit = event.deltaMode === 1 ? 16 : 1;
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const before = plot.window;
      const x = event.clientX - element.getBoundingClientRect().left;
      if (event.ctrlKey || event.metaKey || (element.matches(":focus") && !sideways)) {
        const delta = event.deltaY * unit * (event.ctrlKey && Math.abs(event.deltaY) < 20 ? 0.01 : 0.002);
        plot.setWindow(zoom(before, Math.exp(delta), plot.baseAt(x), plot.length));
      } else if (sideways && !isWhole(before, plot.length)) {
        const delta = (event.deltaX || event.deltaY) * unit;
        plot.setWindow(pan(before, delta * (plot.baseAt(1) - plot.baseAt(0)), plot.length));
      }
      const { window } = plot;
      const changed = window.start !== before.start || window.end !== before.end;
      if (changed || event.ctrlKey) event.preventDefault();
    },
    { passive: false },
  );
}

/** Keys, and what they do, as the help lists them. @type {[string, string][]} */
export const KEYS = [
  ["\u2190 \u2192", "walk base by base (with Shift: ten at a time)"],
  ["Home End", "first and last base"],
  ["+ \u2212", "zoom in and out"],
  ["0", "show everything (or double click)"],
  ["\u2191 \u2193", "next track, where several are compared"],
  ["Esc", "let go of the base"],
  ["?", "show or hide these keys"],
  ["Wheel", "zooms with Ctrl, or alone once the picture was clicked; sideways pans"],
  ["Drag", "pans; two fingers pinch; the strip below has a window to drag"],
];

/** @param {HTMLElement} element @param {Plot} plot */
function attachKeys(element, plot) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const big = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => plot.walk(-big),
      ArrowRight: () => plot.walk(big),
      ArrowUp: () => plot.changeLayer(-1),
      ArrowDown: () => plot.changeLayer(1),
      Home: () => plot.goTo(0),
      End: () => plot.goTo(plot.length - 1),
      "+": () => plot.setWindow(zoom(plot.window, 1 / 1.5, plot.focusBase(), plot.length)),
      "=": () => plot.setWindow(zoom(plot.window, 1 / 1.5, plot.focusBase(), plot.length)),
      "-": () => plot.setWindow(zoom(plot.window, 1.5, plot.focusBase(), plot.length)),
      0: () => plot.setWindow(everything(plot.length)),
      Enter: () => plot.select(),
      Escape: () => plot.leave(),
      "?": () => plot.help(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}
