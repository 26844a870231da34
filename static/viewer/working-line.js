// How far the picture on its way is, with the button that cancels it.

/** @import {Job} from "./types" */

import { make } from "../element/dom.js";
import { timeLeft } from "./time.js";

/**
 * @param {HTMLElement} box
 * @param {Job[]} jobs that the picture waits for
 * @param {boolean} preview whether quick scores are on screen meanwhile
 * @param {() => void} cancel
 */
export function fillWorking(box, jobs, preview, cancel) {
  const words = preview ? "Preview by DeepLIFT. Computing the integral\u2026" : "Computing\u2026";
  const bar = make("progress", { "aria-label": "Progress of this picture" });
  const [job] = jobs;
  if (!job) {
    box.replaceChildren(bar, make("span", {}, words));
    return;
  }
  if (job.done) Object.assign(bar, { max: job.total, value: job.done });
  const left = timeLeft(job.seconds_left);
  const waiting = job.state === "queued" && !preview;
  box.replaceChildren(
    bar,
    make("span", {}, waiting ? "Waiting for another job\u2026" : `${words}${left ? ` ${left}` : ""}`),
    make("button", { type: "button", onclick: cancel }, "Cancel"),
  );
}
