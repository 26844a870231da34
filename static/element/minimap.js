// The strip that shows the whole sequence and the window on it, which can be dragged and resized.

/** @import {Layer, Palette, Window} from "./types" */

import { CanvasPen } from "./canvas-pen.js";
import { extent } from "./numbers.js";
import { drawProfile } from "./profile.js";
import { clamp, everything, isWhole, pan } from "./viewport.js";

export const MINIMAP_HEIGHT = 30;

const GRIP = 8;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, left: number, right: number}} box
 * @param {Layer} layer
 * @param {Window} window
 * @param {Palette} palette
 */
export function drawMinimap(context, box, layer, window, palette) {
  const pen = new CanvasPen(context);
  const length = layer.scores.length;
  const [low, high] = extent([layer.scores]);
  const plot = box.width - box.left - box.right;
  /** @param {number} score */
  const toY = (score) => 2 + ((high - score) / (high - low)) * (MINIMAP_HEIGHT - 4);
  const layout = { ...box, height: MINIMAP_HEIGHT, bands: [] };
  pen.rect(box.left, 0, plot, MINIMAP_HEIGHT, palette.neutral);
  const left = box.left + (window.start / length) * plot;
  const right = box.left + (window.end / length) * plot;
  pen.rect(left, 0, right - left, MINIMAP_HEIGHT, palette.paper);
  drawProfile(pen, layer.scores, layout, everything(length), toY, toY(0), palette);
  pen.frame(Math.round(left), 0, Math.round(right - left), MINIMAP_HEIGHT, palette.zero);
  for (const x of [left, right]) pen.rect(Math.round(x) - 2, 8, 4, MINIMAP_HEIGHT - 16, palette.muted);
}

/**
 * Drag inside the window moves it, at its ends resizes it, elsewhere centres it.
 * @param {HTMLElement} element
 * @param {{length: number, window: Window, setWindow: (window: Window) => void}} view
 * @param {() => {width: number, left: number, right: number}} box
 */
export function attachMinimap(element, view, box) {
  /** @type {"move" | "start" | "end" | null} */
  let mode = null;
  let grabbed = 0;
  let from = view.window;
  /** @param {PointerEvent} event */
  const baseUnder = (event) => {
    const { width, left, right } = box();
    const x = event.clientX - element.getBoundingClientRect().left;
    return ((x - left) / (width - left - right)) * view.length;
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const { width, left, right } = box();
    const grip = (GRIP / (width - left - right)) * view.length;
    const base = baseUnder(event);
    from = view.window;
    if (isWhole(from, view.length)) mode = Math.abs(base) < Math.abs(base - view.length) ? "start" : "end";
    else if (Math.abs(base - from.start) < grip) mode = "start";
    else if (Math.abs(base - from.end) < grip) mode = "end";
    else {
      mode = "move";
      if (base < from.start || base > from.end) {
        view.setWindow(pan(from, base - (from.start + from.end) / 2, view.length));
        from = view.window;
      }
    }
    grabbed = base;
  });
  element.addEventListener("pointermove", (event) => {
    if (!mode) return;
    const moved = baseUnder(event) - grabbed;
    if (mode === "move") view.setWindow(pan(from, moved, view.length));
    else if (mode === "start")
      view.setWindow(clamp({ start: Math.min(from.start + moved, from.end - 12), end: from.end }, view.length));
    else view.setWindow(clamp({ start: from.start, end: Math.max(from.end + moved, from.start + 12) }, view.length));
  });
  const stop = () => {
    mode = null;
  };
  element.addEventListener("pointerup", stop);
  element.addEventListener("pointercancel", stop);
}
