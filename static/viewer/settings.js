// The settings above the picture: what each track has for itself, and what all share.

/** @import {MethodFacts, Model, Track, ViewState} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { named, same, select, trackSelect, typed, wordsFor } from "./choice-fields.js";
import { methodOf, modelOf, STRANDS, spoken, tracksOf } from "./how.js";

/** Bases of a window to begin with, where the model has no limit of its own. */
const USUAL_WINDOW = 500;

/** @type {[string, string][]} */
const TOLERANCES = [
  ["0.05", "5 %"],
  ["0.01", "1 %"],
  ["0.001", "0.1 %"],
];

/**
 * Everything that is seldom changed, folded.
 * @param {Screen} screen
 * @param {boolean} open
 * @param {(menu: HTMLDetailsElement) => void} toggled
 */
export function settingsMenu(screen, open, toggled) {
  const tracks = tracksOf(screen.state);
  const words = settingWords(screen, tracks);
  // Where the words do not fit beside their title, the title stands alone.
  const menu = make(
    "details",
    { class: "drop settings", ontoggle: () => toggled(menu) },
    make(
      "summary",
      { class: "button", "data-control": "settings", title: `Settings: ${words}` },
      make("span", {}, "Settings"),
      make("span", {}, `: ${words}`),
    ),
  );
  const own = tracks.flatMap((track, index) => {
    const fields = ownSettings(screen, track, index);
    if (tracks.length === 1) return fields;
    return fields.length ? [make("p", { class: "muted" }, `Track ${index + 1}`), ...fields] : [];
  });
  menu.append(make("div", { class: "menu" }, ...own, ...common(screen, tracks)));
  menu.open = open;
  return menu;
}

/** "mask, log-odds, split, 1 %". @param {Screen} screen @param {Track[]} tracks */
function settingWords(screen, tracks) {
  const { config, state } = screen;
  const [track] = tracks;
  const model = modelOf(config, track);
  const method = methodOf(config, track);
  const { output, projection, tolerance } = { ...model.default, ...given(state) };
  const words = [
    method?.compares_with === "baseline" ? spoken(track.baseline || (model.default.baseline ?? "")) : "",
    output === "log_odds" ? "log-odds" : spoken(output ?? ""),
    spoken(projection ?? ""),
    method?.on_path ? percentOf(String(tolerance ?? "")) : "",
    track.strands === "both" ? "both strands" : "",
    state.windows ? "windows" : "",
  ];
  return words.filter(Boolean).join(", ");
}

/** What only one track has. @param {Screen} screen @param {Track} track @param {number} index */
function ownSettings(screen, track, index) {
  const { config } = screen;
  const model = modelOf(config, track);
  const method = methodOf(config, track);
  const fields = [];
  if (!method || method.compares_with === "baseline") {
    const baseline = track.baseline || (model.default.baseline ?? "");
    const words = wordsFor(model.baselines, baseline);
    fields.push(
      trackSelect(screen, "Baseline", index, "baseline", named(model.baselines, track.baseline), baseline, words),
    );
  }
  if (method?.layered)
    fields.push(
      trackSelect(
        screen,
        "Layer",
        index,
        "layer",
        layersOf(model, method, track),
        track.layer,
        "The module whose output is scored",
      ),
    );
  fields.push(
    trackSelect(
      screen,
      "Strands",
      index,
      "strands",
      Object.entries(STRANDS),
      track.strands || "forward",
      "Both: score the sequence and its reverse complement, and take the mean",
    ),
  );
  return fields;
}

/** The layers that a method can score. @param {Model} model @param {MethodFacts} method @param {Track} track @returns {[string, string][]} */
function layersOf({ layers }, { inner }, { layer }) {
  const known = same(layers.includes(layer) || !layer ? layers : [...layers, layer]);
  return inner && known.length ? known : [["", "embeddings"], ...known];
}

/** What all tracks share. @param {Screen} screen @param {Track[]} tracks */
function common(screen, tracks) {
  const { config, state } = screen;
  const model = modelOf(config, tracks[0]);
  const output = state.output || model.default.output || "";
  const projection = state.projection || model.default.projection || "";
  /** @param {string} label @param {"output" | "projection"} key @param {[string, string][]} choices @param {string} chosen @param {string} [title] */
  const field = (label, key, choices, chosen, title = "") =>
    select(label, key, choices, chosen, title, (value) =>
      screen.update({ [key]: value === model.default[key] ? "" : value }),
    );
  const fields = [
    field(
      "Projection",
      "projection",
      config.projections.map(({ name }) => [name, spoken(name)]),
      projection,
      wordsFor(config.projections, projection),
    ),
  ];
  if (model.outputs.length > 1)
    fields.unshift(
      field(
        "Output",
        "output",
        model.outputs.map((name) => [name, name === "log_odds" ? "log-odds" : spoken(name)]),
        output,
        "The number that the scores add up to",
      ),
    );
  if (tracks.some((track) => methodOf(config, track)?.on_path)) {
    const title = "The share of f(x) \u2212 f(baseline) by which the scores may be off";
    const usual = String(model.default.tolerance ?? "");
    fields.push(
      select("Tolerance", "tolerance", TOLERANCES, state.tolerance || usual, title, (value) =>
        screen.update({ tolerance: value === usual ? "" : value }),
      ),
    );
  }
  return [...fields, ...windowFields(screen, model)];
}

/** How sequences that are longer than the model sees are cut. @param {Screen} screen @param {Model} model */
function windowFields(screen, model) {
  const { windows, overlap } = screen.state;
  const own = windows !== "" && windows !== "auto";
  const title =
    "Split sequences that are too long for the model into overlapping windows. Auto: windows as long as the model can read";
  /** @param {string} value */
  const choose = (value) =>
    screen.update({ windows: value === "own" ? String(model.max_bases ?? USUAL_WINDOW) : value, overlap: "" });
  const fields = [
    select(
      "Windows",
      own ? "windows" : "window_length",
      [
        ["", "off"],
        ["auto", "auto"],
        ["own", "of a length"],
      ],
      own ? "own" : windows,
      title,
      choose,
    ),
  ];
  if (own) {
    fields.push(
      typed("Length", "window_length", windows, "", "Bases of a window", (value) =>
        screen.update({ windows: value || "auto" }),
      ),
      typed(
        "Overlap",
        "overlap",
        overlap,
        "a quarter",
        "Least number of bases that neighbouring windows share",
        (value) => screen.update({ overlap: value }),
      ),
    );
  }
  return fields;
}

/** The settings that a person chose. @param {ViewState} state */
function given({ output, projection, tolerance }) {
  return Object.fromEntries(Object.entries({ output, projection, tolerance }).filter(([, value]) => value));
}

/** @param {string} share */
function percentOf(share) {
  return TOLERANCES.find(([value]) => value === share)?.[1] ?? share;
}
