// Tracks beside each other: those of one sequence, the sequence that is pinned, and what the server says of them together.

/** @import {Between, Choices, Job, Payload, ViewState} from "./types" */
/** @import {LayerPayload, PicturePayload} from "../element/types" */
/** @import {Shown} from "./merge.js" */
/** @import {Api} from "./api.js" */

import { decodeScores, decodeTokens, encodeScores } from "../element/payload.js";
import { untilThere } from "./explain.js";
import { trackNames } from "./how.js";
import { merged } from "./merge.js";

/**
 * One picture of all tracks, and of the pinned sequence in the frame of the one on screen.
 * @param {object} asked
 * @param {Api} asked.api
 * @param {string} asked.rows path of the rows of the data set
 * @param {ViewState} asked.state
 * @param {Payload[]} asked.payloads of the tracks
 * @param {AbortSignal} asked.signal
 * @param {(job: Job) => void} asked.news
 * @returns {Promise<Shown & {pinned: string}>} the name of the pinned sequence, "" for none
 */
export async function together({ api, rows, state, payloads, signal, news }) {
  const names = trackNames(payloads.map(({ how }) => how));
  /** @type {Shown[]} */
  const shown = [...payloads];
  /** @type {{name: string, how: Choices, row?: number}[]} */
  const tracks = payloads.map(({ how }, i) => ({ name: names[i], how }));
  const { pin } = state;
  let pinned = "";
  if (pin !== "" && pin !== state.item) {
    const [{ picture, shared }] = payloads;
    const [{ c: explained, r: run }] = picture.l;
    // Both are explained for the same class, so that their heights compare.
    const target = typeof explained === "number" ? shared.runs[run].labels[explained] : explained;
    const regression = shared.runs[run].regression;
    const how = { ...payloads[0].how, ...(regression ? {} : { target }) };
    const other = /** @type {Payload} */ (await untilThere(api, `${rows}/${pin}/attribution`, { how }, signal, news));
    pinned = other.picture.n;
    if (payloads.length === 1) tracks[0].name = picture.n;
    tracks.push({ name: pinned, how, row: Number(pin) });
    shown.push(framed(other, picture));
  }
  const drawn = merged(
    shown,
    tracks.map(({ name }) => name),
    payloads.length - 1,
  );
  if (tracks.length < 2) return { ...drawn, pinned };
  const between = /** @type {Between} */ (
    await api.post(`${rows}/${encodeURIComponent(state.item)}/comparison`, { tracks }, signal)
  );
  return { ...drawn, picture: { ...drawn.picture, x: between }, pinned };
}

/**
 * Another sequence on the axis of the first, with its own true class: moved so that both origins lie at the same place, and
 * cut or filled with gaps to the same length.
 * @param {Shown} shown
 * @param {PicturePayload} frame
 * @returns {Shown}
 */
export function framed({ picture, shared }, frame) {
  const length = frame.s.length;
  // Without an origin of its own a sequence begins where the other does.
  const shift = frame.o && picture.o ? frame.o - picture.o : 0;
  const [layer] = picture.l;
  const own = { ...layer, y: picture.y ?? null };
  if (!shift && picture.s.length === length) return { picture: { ...picture, l: [own] }, shared };
  const scores = decodeScores(layer.b);
  const at = (/** @type {number} */ i) => i - shift;
  const inside = (/** @type {number} */ i) => at(i) >= 0 && at(i) < picture.s.length;
  const places = Array.from({ length }, (_, i) => i);
  const letters = places.map((i) => (inside(i) ? picture.s[at(i)] : "-")).join("");
  /** @type {LayerPayload} */
  const moved = {
    ...own,
    b: encodeScores(places.map((i) => (inside(i) ? scores[at(i)] : NaN))),
    ...movedTokens(layer, picture.s, shift, length),
  };
  delete moved.m;
  delete moved.u;
  delete moved.v;
  return { picture: { ...picture, s: letters, o: frame.o, l: [moved] }, shared };
}

/** The tokens that lie within the frame, and the special ones. @param {LayerPayload} layer @param {string} letters @param {number} shift @param {number} length */
function movedTokens({ t, w }, letters, shift, length) {
  const tokens = decodeTokens(t, decodeScores(w), letters);
  const kept = Array.from({ length: tokens.count }, (_, i) => i).filter(
    (i) => tokens.starts[i] < 0 || (tokens.starts[i] + shift >= 0 && tokens.ends[i] + shift <= length),
  );
  /** @type {Record<string, string>} */
  const special = {};
  /** @type {Record<string, string>} */
  const texts = {};
  const spans = kept.flatMap((i, place) => {
    (tokens.starts[i] < 0 ? special : texts)[place] = tokens.text(i);
    return tokens.starts[i] < 0 ? [null, null] : [tokens.starts[i] + shift, tokens.ends[i] + shift];
  });
  return {
    w: encodeScores(kept.map((i) => tokens.scores[i])),
    t: { count: kept.length, special, spans, texts },
  };
}
