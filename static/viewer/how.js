// From the page's state to what the server is asked: how to explain, and which rows to keep.

/** @import {Choices, Config, MethodFacts, Model, Track, ViewState} from "./types" */

import { filterQuery } from "./filter-fields.js";

/** Which way a sequence is read. @type {Record<string, string>} */
export const STRANDS = { forward: "as given", both: "both strands" };

/** @type {Track} */
export const USUAL = { model: "", method: "", baseline: "", target: "", strands: "", layer: "" };

/** Parts of the state that all tracks share: how they are explained. */
export const SHARED = /** @type {const} */ (["projection", "output", "tolerance", "windows", "overlap"]);

/** How to explain, by the server's names. */
export const CHOICES = new Set([
  "model",
  "method",
  "baseline",
  "target",
  "strands",
  "layer",
  "output",
  "projection",
  "tolerance",
  "window_length",
  "overlap",
]);

/** The tracks that are shown: at least one. @param {ViewState} state @returns {Track[]} */
export function tracksOf(state) {
  return state.tracks.length ? state.tracks : [USUAL];
}

/** @param {Config} config @param {Track} track @returns {Model} */
export function modelOf(config, track) {
  return config.models.find(({ name }) => name === track.model) ?? config.models[0];
}

/** @param {Config} config @param {Track} track @returns {MethodFacts | undefined} */
export function methodOf(config, track) {
  const name = track.method || modelOf(config, track).default.method;
  return config.methods.find((method) => method.name === name);
}

/**
 * A track that can be explained: a method that scores only layers inside the model gets the first one where none is chosen.
 * @param {Config} config @param {Track} track @returns {Track}
 */
export function withLayer(config, track) {
  const [first] = modelOf(config, track).layers;
  return first && !track.layer && methodOf(config, track)?.inner ? { ...track, layer: first } : track;
}

/**
 * A track with other choices; a layer goes with the model and the method that it was chosen for.
 * @param {Config} config @param {Track} track @param {Partial<Track>} changes @returns {Track}
 */
export function changed(config, track, changes) {
  const next = { ...track, ...changes };
  const kept = next.model === track.model && (next.method === track.method || methodOf(config, next)?.layered);
  return withLayer(config, kept || "layer" in changes ? next : { ...next, layer: "" });
}

/** What is asked for a track; what has its usual value is left to the server. @param {Track} track @param {ViewState} state @returns {Choices} */
export function howOf(track, { output, projection, tolerance, windows, overlap }) {
  const all = { ...track, output, projection, tolerance, window_length: windows, overlap: windows && overlap };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** @param {Choices} how @returns {string[][]} */
export function howQuery(how) {
  return Object.entries(how).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  );
}

/** Everything that decides which rows are listed, and in which order. @param {ViewState} state */
export function rowsQuery(state) {
  const sorting = state.sort ? [["sort", state.sort]] : [];
  const order = state.descending ? [["order", "down"]] : [];
  return [...filterQuery(state.filter), ...sorting, ...order, ...howQuery(howOf(tracksOf(state)[0], state))];
}

/** "integrated_gradients" as a person writes it. @param {string} name */
export function spoken(name) {
  return name === "ism" ? "in-silico mutagenesis" : name.replaceAll("_", " ");
}

/**
 * Short names that tell tracks apart: only what differs among them.
 * @param {Choices[]} hows completely spelled out
 * @returns {string[]}
 */
export function trackNames(hows) {
  /** @type {(keyof Choices)[]} */
  const keys = ["model", "method", "target", "baseline", "strands", "layer"];
  const differing = keys.filter((key) => hows.some((how) => (how[key] ?? "") !== (hows[0][key] ?? "")));
  const names = hows.map(
    (how) =>
      differing
        .map(
          (key) =>
            (key === "strands" ? STRANDS[how.strands ?? ""] : "") ||
            spoken(String(how[key] || (key === "target" ? "predicted class" : "none"))),
        )
        .join(", ") || spoken(how.method ?? ""),
  );
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before ? `${name} (${before + 1})` : name;
  });
}

/**
 * In what tracks differ beyond model, method and class, which have controls in their rows: in words, for each track.
 * @param {Config} config
 * @param {Track[]} tracks
 * @returns {string[]}
 */
export function differences(config, tracks) {
  const all = tracks.map((track) => {
    const method = methodOf(config, track);
    const baseline = track.baseline || (modelOf(config, track).default.baseline ?? "");
    return [
      STRANDS[track.strands || "forward"] ?? track.strands,
      method?.compares_with === "baseline" ? `baseline ${spoken(baseline)}` : "",
      method?.layered ? `layer ${track.layer || "embeddings"}` : "",
    ];
  });
  const differing = all[0].map((_, i) => new Set(all.map((words) => words[i]).filter(Boolean)).size > 1);
  return all.map((words) => words.filter((word, i) => word && differing[i]).join(", "));
}

/**
 * A track like the last one but for one thing, to compare with; null where there is nothing else.
 * @param {Config} config
 * @param {Track[]} tracks
 * @param {keyof Track} what
 * @param {string} [predicted] the class that the model predicts here
 * @returns {Track | null}
 */
export function another(config, tracks, what, predicted = "") {
  const last = tracks[tracks.length - 1];
  const model = modelOf(config, last);
  /** @type {Record<keyof Track, string[]>} */
  const all = {
    model: config.models.map(({ name }) => name),
    method: config.methods.map(({ name }) => name),
    baseline: model.baselines.map(({ name }) => name),
    target: model.labels,
    strands: Object.keys(STRANDS),
    layer: [...model.layers],
  };
  const usual = {
    model: config.models[0].name,
    method: model.default.method ?? "",
    baseline: model.default.baseline ?? "",
    target: predicted,
    strands: "forward",
    layer: "",
  };
  const used = new Set(tracks.map((track) => track[what] || usual[what]));
  const liked = ["deeplift", "ism", "integrated_gradients"].filter(
    (name) => what === "method" && all.method.includes(name),
  );
  const free = [...liked, ...all[what]].find((name) => !used.has(name));
  return free === undefined ? null : changed(config, last, { [what]: free });
}
