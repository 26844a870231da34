// One small picture that all tests share: 12 bases, overlapping 3-mers, scores worked out by hand.

import { decodePicture } from "../../static/element/payload.js";

/** Little-endian int16 in base64. @param {number[]} steps */
export function coded(steps) {
  return Buffer.from(Int16Array.from(steps).buffer).toString("base64");
}

export const shared = {
  version: 2,
  runs: [
    {
      method: "integrated_gradients",
      signed: true,
      complete: true,
      conserving: true,
      output: "log_odds",
      baseline: "mask",
      layer: "embeddings",
      projection: "split",
      precision: "float32",
      tolerance: 0.01,
      labels: ["other", "promoter"],
      model: "toy",
    },
  ],
  layers: [""],
  extent: { log_odds: [-1, 2] },
  tokens: { log_odds: 3 },
};

/** Token scores 0.3 and -0.6 (of 3-mers 1 and 2), all others 0; [CLS] 0.3. */
export function payload() {
  const steps = Array(12).fill(0);
  steps[0] = 16384;
  steps[2] = 16384;
  steps[3] = -32767;
  // split: base b gets a third of every 3-mer over it
  const base = [0, 0.1, 0.1 - 0.2, 0.1 - 0.2, -0.2, 0, 0, 0, 0, 0, 0, 0];
  return {
    n: "toy",
    s: "ACGTacgtNACG",
    y: "promoter",
    o: 4,
    l: [
      {
        r: 0,
        c: 1,
        p: 1,
        q: 0.994,
        f: [2, -1, 0.003, 0.01],
        e: 16,
        ok: 1,
        b: [0.2, coded(base.map((score) => Math.round((score / 0.2) * 32767)))],
        w: [0.6, coded(steps)],
        t: { k: 3, step: 1, first: 0, count: 12, special: { 0: "[CLS]", 11: "[SEP]" } },
      },
    ],
  };
}

/** @param {object} changes to the payload @param {object} run changes to the run */
export function picture(changes = {}, run = {}) {
  return decodePicture({ ...payload(), ...changes }, { ...shared, runs: [{ ...shared.runs[0], ...run }] });
}

/** A picture whose only layer has other values. @param {object} changes @param {object} run */
export function layer(changes = {}, run = {}) {
  return picture({ l: [{ ...payload().l[0], ...changes }] }, run);
}
