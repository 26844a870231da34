// Pointer, wheel and keys on a plot, translated into windows, selections and pointed bases.

/** @import {Window} from "./types" */

import { everything, isWhole, pan, zoom } from "./viewport.js";

const CLICK_SLOP = 4;
const ZOOM_STEP = 1.5;

/**
 * @typedef {object} Plot what the controls act on
 * @property {number} length bases of the sequence
 * @property {Window} window
 * @property {(window: Window) => void} setWindow
 * @property {(x: number) => number} baseAt
 * @property {(x: number, y: number) => "axis" | "stretch" | "bases"} partAt what of the plot lies there
 * @property {(x: number, y: number) => void} point
 * @property {() => void} leave
 * @property {(x: number, y: number) => void} click selects what lies there, or goes to the stretch that is named there
 * @property {(from: number, to: number) => void} select the bases between two pixels
 * @property {(from: number, to: number) => void} sketch shows what would be zoomed to
 * @property {() => void} clear deselects
 * @property {(step: number) => void} walk
 * @property {(base: number) => void} goTo
 * @property {(step: number) => void} changeLayer
 * @property {() => void} help
 * @property {() => void} enter selects the base that is pointed at, or asks to mutate it
 * @property {(factor: number) => void} zoomBy
 */

/** @param {HTMLElement} element @param {Plot} plot */
export function attachControls(element, plot) {
  attachPointer(element, plot);
  attachWheel(element, plot);
  attachKeys(element, plot);
}

/**
 * A click selects, a drag selects a stretch or, on the axis, zooms to it; with Shift, or by a finger, a drag pans. Two
 * fingers pinch, a double click shows everything.
 * @param {HTMLElement} element
 * @param {Plot} plot
 */
function attachPointer(element, plot) {
  /** @type {Map<number, number>} */
  const down = new Map();
  let start = plot.window;
  let startX = 0;
  let moved = false;
  /** @type {"pan" | "zoom" | "select"} */
  let mode = "select";
  /** @param {MouseEvent} event */
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
    const { x, y } = local(event);
    down.set(event.pointerId, x);
    start = plot.window;
    startX = x;
    moved = false;
    mode = event.pointerType === "touch" || event.shiftKey ? "pan" : plot.partAt(x, y) === "axis" ? "zoom" : "select";
    if (down.size === 2) pinch = spread();
  });
  element.addEventListener("pointermove", (event) => {
    const { x, y } = local(event);
    if (!down.has(event.pointerId)) {
      const part = plot.partAt(x, y);
      element.style.cursor = part === "axis" ? "ew-resize" : part === "stretch" ? "pointer" : "";
      plot.point(x, y);
      return;
    }
    down.set(event.pointerId, x);
    if (down.size === 2) {
      const [a, b] = [...down.values()];
      moved = true;
      plot.setWindow(zoom(start, pinch / spread(), plot.baseAt((a + b) / 2), plot.length));
      return;
    }
    if (!moved && Math.abs(x - startX) <= CLICK_SLOP) return;
    if (!moved) element.setPointerCapture(event.pointerId);
    moved = true;
    if (mode === "pan") {
      element.classList.add("dragging");
      const perPixel = plot.baseAt(1) - plot.baseAt(0);
      plot.setWindow(pan(start, (startX - x) * perPixel, plot.length));
    } else if (mode === "zoom") plot.sketch(startX, x);
    else plot.select(startX, x);
  });
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    element.classList.remove("dragging");
    start = plot.window;
    const { x, y } = local(event);
    if (event.type !== "pointerup") return;
    if (!moved) plot.click(x, y);
    else if (mode === "zoom") {
      const [a, b] = [plot.baseAt(startX), plot.baseAt(x)].sort((one, other) => one - other);
      plot.clear();
      plot.setWindow({ start: a, end: b });
    }
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => {
    if (!down.size) plot.leave();
  });
  element.addEventListener("dblclick", (event) => {
    const { x, y } = local(event);
    if (plot.partAt(x, y) === "stretch") return; // its first click went there
    plot.clear();
    plot.setWindow(everything(plot.length));
  });
}

/**
 * Ctrl + wheel (and a trackpad's pinch) zooms, sideways pans; the bare wheel scrolls the page.
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
      if (event.ctrlKey || event.metaKey) {
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
  ["\u2190 \u2192", "move by one base (with Shift: by ten)"],
  ["Home End", "go to the first or last base"],
  ["+ \u2212", "zoom in and out"],
  ["0", "show the whole sequence (or double-click)"],
  ["\u2191 \u2193", "go to the next track"],
  ["Enter", "select the base"],
  ["Esc", "deselect"],
  ["?", "show or hide this list"],
  ["Ctrl + wheel", "zoom; a sideways wheel pans"],
  ["Drag", "select bases; on the axis: zoom; with Shift: pan"],
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
      "+": () => plot.zoomBy(1 / ZOOM_STEP),
      "=": () => plot.zoomBy(1 / ZOOM_STEP),
      "-": () => plot.zoomBy(ZOOM_STEP),
      0: () => plot.setWindow(everything(plot.length)),
      Enter: () => plot.enter(),
      Escape: () => plot.clear(),
      "?": () => plot.help(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}
