// From the compact JSON of a page to the numbers of a picture. The format is written by
// captum_dna/render/payload.py and described there.

/** @import {SharedPayload, PicturePayload, LayerPayload, TokenPayload, Picture, Layer, Tokens} from "./types" */

export const PAYLOAD_VERSION = 2;

/** Scores are kept in steps: that many make up the largest one. */
export const STEPS = 32767;
const NO_DATA = -32768;

/**
 * Scores from base64 little-endian int16; -32768 stands for "no data".
 * @param {[number, string]} coded largest absolute score, and the steps
 */
export function decodeScores([largest, text]) {
  const bytes = atob(text);
  const scores = new Float64Array(bytes.length >> 1);
  for (let i = 0; i < scores.length; i++) {
    const raw = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
    const step = raw > STEPS ? raw - 65536 : raw;
    scores[i] = step === NO_DATA ? NaN : (step / STEPS) * largest;
  }
  return scores;
}

/** Scores as `decodeScores` reads them. @param {ArrayLike<number>} scores NaN where there are none @returns {[number, string]} */
export function encodeScores(scores) {
  let largest = 0;
  for (let i = 0; i < scores.length; i++) if (Math.abs(scores[i]) > largest) largest = Math.abs(scores[i]);
  const bytes = new Uint8Array(2 * scores.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < scores.length; i++) {
    const step = Number.isNaN(scores[i]) ? NO_DATA : largest ? Math.round((scores[i] / largest) * STEPS) : 0;
    view.setInt16(2 * i, step, true);
  }
  return [largest, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
}

/**
 * @param {TokenPayload} coded
 * @param {Float64Array} scores
 * @param {string} sequence
 * @returns {Tokens}
 */
export function decodeTokens(coded, scores, sequence) {
  const { count, special = {}, texts = {} } = coded;
  const starts = new Int32Array(count).fill(-1);
  const ends = new Int32Array(count).fill(-1);
  if (coded.spans) {
    for (let i = 0; i < count; i++) {
      const start = coded.spans[2 * i];
      const end = coded.spans[2 * i + 1];
      if (typeof start === "number" && typeof end === "number") {
        starts[i] = start;
        ends[i] = end;
      }
    }
  } else {
    const { k = 1, step = 1, first = 0 } = coded;
    let start = first;
    for (let i = 0; i < count; i++) {
      if (i in special) continue;
      starts[i] = start;
      ends[i] = start + k;
      start += step;
    }
  }
  const upper = sequence.toUpperCase();
  return {
    count,
    starts,
    ends,
    scores,
    text: (i) => texts[i] ?? special[i] ?? upper.slice(starts[i], ends[i]),
  };
}

/**
 * @param {LayerPayload} coded
 * @param {SharedPayload} shared
 * @param {string} sequence
 * @param {string} name
 * @param {string | null} truth of the picture's sequence
 * @returns {Layer}
 */
function decodeLayer(coded, shared, sequence, name, truth) {
  const run = shared.runs[coded.r];
  /** @param {number | string} label */
  const label = (label) => (typeof label === "number" ? run.labels[label] : label);
  const [fInput, fBaseline, delta, error, relativeError = NaN] = coded.f.map((value) => value ?? NaN);
  return {
    name,
    run,
    target: label(coded.c),
    predicted: label(coded.p),
    truth: coded.y === undefined ? truth : coded.y,
    probability: coded.q ?? NaN,
    remarks: (coded.k ?? []).map(([code, severity, text]) => ({ code, severity, text })),
    fInput,
    fBaseline,
    delta,
    error,
    relativeError,
    evaluations: coded.e,
    converged: coded.ok === 1,
    scores: decodeScores(coded.b),
    tokens: decodeTokens(coded.t, decodeScores(coded.w), coded.s ?? sequence),
    sequence: coded.s ?? sequence,
    substitutions: coded.m ? decodeScores(coded.m) : null,
    strands: coded.u ? [decodeScores(coded.u[0]), decodeScores(coded.u[1])] : null,
    spread: coded.z ? { sd: decodeScores(coded.z[0]), stable: Array.from(coded.z[1], (one) => one === "1") } : null,
    windows: (coded.v ?? []).map(([start, end, input, baseline, off, ok]) => ({
      start,
      end,
      fInput: input ?? NaN,
      fBaseline: baseline ?? NaN,
      delta: off ?? NaN,
      converged: ok === 1,
    })),
  };
}

/**
 * @param {PicturePayload} coded
 * @param {SharedPayload} shared
 * @returns {Picture}
 */
export function decodePicture(coded, shared) {
  if (shared.version !== PAYLOAD_VERSION) {
    throw new Error("This output was made by another version of captum_dna. Run its cell again, then reload the page.");
  }
  const interval = coded.g;
  return {
    name: coded.n,
    sequence: coded.s,
    truth: coded.y ?? null,
    origin: coded.o ?? 0,
    interval: interval ? { chromosome: interval[0], start: interval[1], end: interval[2], strand: interval[3] } : null,
    tracks: (coded.a ?? []).map(([name, spans]) => ({ name, spans })),
    layers: coded.l.map((layer, i) => decodeLayer(layer, shared, coded.s, shared.layers[i] ?? "", coded.y ?? null)),
    between: {
      remarks: (coded.x?.k ?? []).map(([code, severity, text]) => ({
        code,
        severity: severity === "warning" ? "warning" : "note",
        text,
      })),
      agreement: coded.l.map((_, i) => {
        const [r, overlap] = coded.x?.r[i] ?? [null, null];
        return { r: r ?? NaN, overlap: overlap ?? NaN };
      }),
    },
  };
}
