// The page's state as the part of its address after "#", and back. What has its usual value is left out.

/** @import {Track, ViewState} from "./types" */

import { parseEdits, writeEdits } from "./edits.js";
import { FILTER_FIELDS, NO_FILTER } from "./filter-fields.js";

export const PANES = /** @type {const} */ (["list", "picture", "set"]);

/** Keys of the state that are plain words. */
const WORDS = /** @type {const} */ ([
  "projection",
  "output",
  "tolerance",
  "windows",
  "overlap",
  "colors",
  "pin",
  "locus",
  "group",
  "k",
]);

/** @returns {ViewState} */
export function freshState() {
  return {
    set: "",
    item: "",
    filter: { ...NO_FILTER },
    sort: "",
    descending: false,
    tracks: [],
    projection: "",
    output: "",
    tolerance: "",
    windows: "",
    overlap: "",
    pin: "",
    locus: "",
    edits: [],
    window: null,
    colors: "",
    pane: "picture",
    group: "",
    k: "",
  };
}

/** @param {ViewState} state @returns {string} without the "#" */
export function formatAddress(state) {
  const words = new URLSearchParams();
  /** @param {string} name @param {string} value */
  const put = (name, value) => value && words.set(name, value);
  put("set", state.set);
  put("item", state.item);
  for (const { key } of FILTER_FIELDS) put(key, state.filter[key]);
  put("sort", state.sort && (state.descending ? `-${state.sort}` : state.sort));
  for (const track of state.tracks) words.append("track", writeTrack(track));
  put("edits", writeEdits(state.edits));
  if (state.window) put("view", `${round(state.window.start)}-${round(state.window.end)}`);
  put("pane", state.pane === "picture" ? "" : state.pane);
  for (const key of WORDS) put(key, state[key]);
  return words.toString();
}

/** @param {string} hash with or without the "#" @returns {ViewState} */
export function parseAddress(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const state = freshState();
  /** @param {string} name */
  const get = (name) => words.get(name) ?? "";
  state.set = get("set");
  state.item = get("item");
  for (const { key } of FILTER_FIELDS) state.filter[key] = get(key);
  state.descending = get("sort").startsWith("-");
  state.sort = get("sort").replace(/^-/, "");
  state.tracks = words.getAll("track").map(readTrack);
  state.edits = parseEdits(get("edits"));
  state.window = readWindow(get("view"));
  state.pane = PANES.find((pane) => pane === get("pane")) ?? "picture";
  for (const key of WORDS) state[key] = get(key);
  return state;
}

/** Fields of a track, "*" between them; empty ones stand for the usual. @param {Track} track */
function writeTrack({ model, method, baseline, target, strands, layer }) {
  return [model, method, baseline, target, strands, layer]
    .map((field) => encodeURIComponent(field).replaceAll("*", "%2A"))
    .join("*")
    .replace(/\*+$/, "");
}

/** @param {string} text @returns {Track} */
function readTrack(text) {
  const [model = "", method = "", baseline = "", target = "", strands = "", layer = ""] = text.split("*").map(decode);
  return { model, method, baseline, target, strands, layer };
}

/** A shared link that was cut short must not break the page. @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} text */
function readWindow(text) {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  if (!found) return null;
  const [start, end] = [Number(found[1]), Number(found[2])];
  return end > start ? { start, end } : null;
}

/** @param {number} value */
function round(value) {
  return String(Math.round(Math.max(0, value) * 10) / 10);
}
