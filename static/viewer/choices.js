// The controls above the picture: a row per track, with model, method, baseline and class, and what all share.

/** @import {Model, Track, ViewState, Words} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { percent } from "../element/numbers.js";
import { another, methodOf, modelOf, SHARED, STRANDS, spoken, tracksOf } from "./how.js";

const MOST_TRACKS = 6;
/** Bases of a window to begin with, where the model has no limit of its own. */
const USUAL_WINDOW = 500;

/** @type {[string, string][]} */
const TOLERANCES = [
  ["0.05", "5 %"],
  ["0.01", "1 %"],
  ["0.001", "0.1 %"],
];

/** @type {[keyof Track, string][]} */
const DIFFERENT = [
  ["method", "Another method"],
  ["target", "Another class"],
  ["baseline", "Another baseline"],
  ["model", "Another model"],
  ["strands", "Both strands"],
];

export class Choices {
  #predicted = "";
  /** @type {Record<string, number>} */
  #probabilities = {};
  #open = false;

  /** @param {HTMLElement} box @param {Screen} screen */
  constructor(box, screen) {
    this.box = box;
    this.screen = screen;
    screen.on(["config", "tracks", "pin", ...SHARED, "edits"], () => this.draw());
  }

  /** The name of the sequence that is pinned, once it is known. @param {string} name */
  pinned(name) {
    if (name === this.#pinned) return;
    this.#pinned = name;
    this.draw();
  }

  #pinned = "";

  draw() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.control : "";
    const tracks = tracksOf(this.screen.state);
    const pin = this.#pinRow(tracks.length);
    const rows = tracks.map((track, index) => this.#row(track, index, tracks.length));
    const last = tracks.length === 1 ? rows[0] : make("div", { class: "track last" });
    if (pin) rows.push(pin);
    if (tracks.length > 1) rows.push(last);
    last.append(this.#compare(tracks), this.#settings(tracks));
    this.box.replaceChildren(...rows);
    if (focused) /** @type {HTMLElement | null} */ (this.box.querySelector(`[data-control="${focused}"]`))?.focus();
  }

  /** What the model says of the sequence on screen. @param {string} label that it predicts @param {Record<string, number>} probabilities */
  know(label, probabilities) {
    if (label === this.#predicted && JSON.stringify(probabilities) === JSON.stringify(this.#probabilities)) return;
    this.#predicted = label;
    this.#probabilities = probabilities;
    this.draw();
  }

  /** Show which control a refusal is about. @param {number} index @param {string} field */
  complain(index, field) {
    for (const element of this.box.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
    const wrong = this.box.querySelector(`[data-control="${field}-${index}"], [data-control="${field}"]`);
    wrong?.setAttribute("aria-invalid", "true");
    const menu = wrong?.closest("details");
    if (menu) menu.open = true;
  }

  /** What stands in the row of a track: its model, its method, its class. @param {Track} track @param {number} index @param {number} count */
  #row(track, index, count) {
    const { config } = this.screen;
    const model = modelOf(config, track);
    const method = methodOf(config, track);
    const row = make("div", { class: "track" });
    if (count > 1) row.append(make("span", { class: "tag", "aria-hidden": "true" }, String(index + 1)));
    if (config.models.length > 1)
      row.append(this.#select("Model", index, "model", track, same(config.models.map(({ name }) => name)), model.name));
    const methods = config.methods.map(({ name }) => /** @type {[string, string]} */ ([name, spoken(name)]));
    row.append(this.#select("Method", index, "method", track, methods, method?.name ?? "", method?.words));
    if (model.head !== "regression" && model.labels.length > 1)
      row.append(this.#select("Explain", index, "target", track, this.#classes(model), track.target));
    if (count > 1)
      row.append(
        make(
          "button",
          {
            type: "button",
            "aria-label": `Remove track ${index + 1}`,
            title: `Remove track ${index + 1}`,
            onclick: () => this.#set(tracksOf(this.screen.state).filter((_, i) => i !== index)),
          },
          "\u00d7",
        ),
      );
    return row;
  }

  /** The sequence that is pinned, with the cross that lets it go; nothing where none is. @param {number} count tracks above */
  #pinRow(count) {
    const { item, pin } = this.screen.state;
    if (!pin) return null;
    const name = pin === item ? "this sequence. Choose another one to compare with it" : this.#pinned;
    return make(
      "div",
      { class: "track pinned" },
      make("span", { class: "tag", "aria-hidden": "true" }, pin === item ? "\u25CF" : String(count + 1)),
      make("span", {}, "Pinned: ", make("b", {}, name)),
      make(
        "button",
        {
          type: "button",
          "aria-label": "Unpin the sequence",
          title: "Unpin the sequence",
          onclick: () => this.screen.update({ pin: "" }),
        },
        "\u00d7",
      ),
    );
  }

  /** The classes with their probabilities. @param {Model} model @returns {[string, string][]} */
  #classes({ labels }) {
    /** @param {string} label */
    const share = (label) => (label in this.#probabilities ? `, ${percent(this.#probabilities[label])}` : "");
    return [
      ["", this.#predicted ? `predicted: ${this.#predicted}` : "predicted class"],
      ...labels.map((label) => /** @type {[string, string]} */ ([label, label + share(label)])),
    ];
  }

  /** Everything that is seldom changed, folded. @param {Track[]} tracks */
  #settings(tracks) {
    const menu = make(
      "details",
      {
        class: "drop settings",
        ontoggle: () => {
          this.#open = menu.open;
          intoSight(menu, this.box);
        },
      },
      make("summary", { class: "button", "data-control": "settings" }, `Settings: ${this.#settingWords(tracks)}`),
    );
    const own = tracks.flatMap((track, index) => {
      const fields = this.#ownSettings(track, index);
      if (tracks.length === 1) return fields;
      return fields.length ? [make("p", { class: "muted" }, `Track ${index + 1}`), ...fields] : [];
    });
    menu.append(make("div", { class: "menu" }, ...own, ...this.#common(tracks)));
    menu.open = this.#open;
    return menu;
  }

  /** "mask, log-odds, split, 1 %". @param {Track[]} tracks */
  #settingWords(tracks) {
    const { config, state } = this.screen;
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

  /** What only one track has. @param {Track} track @param {number} index */
  #ownSettings(track, index) {
    const { config } = this.screen;
    const model = modelOf(config, track);
    const method = methodOf(config, track);
    const fields = [];
    if (!method || method.compares_with === "baseline") {
      const baseline = track.baseline || (model.default.baseline ?? "");
      const words = wordsFor(model.baselines, baseline);
      fields.push(
        this.#select("Baseline", index, "baseline", track, named(model.baselines, track.baseline), baseline, words),
      );
    }
    if (method?.layered)
      fields.push(
        this.#select(
          "Layer",
          index,
          "layer",
          track,
          [["", "embeddings"], ...same(model.layers)],
          track.layer,
          "The module whose output is scored",
        ),
      );
    fields.push(
      this.#select(
        "Strands",
        index,
        "strands",
        track,
        Object.entries(STRANDS),
        track.strands || "forward",
        "Both: score the sequence and its reverse complement, and take the mean",
      ),
    );
    return fields;
  }

  /** @param {Track[]} tracks */
  #common(tracks) {
    const { config, state } = this.screen;
    const model = modelOf(config, tracks[0]);
    const output = state.output || model.default.output || "";
    const projection = state.projection || model.default.projection || "";
    /** @param {string} label @param {"output" | "projection"} key @param {[string, string][]} choices @param {string} chosen @param {string} [title] */
    const field = (label, key, choices, chosen, title = "") =>
      select(label, key, choices, chosen, title, (value) =>
        this.screen.update({ [key]: value === model.default[key] ? "" : value }),
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
          this.screen.update({ tolerance: value === usual ? "" : value }),
        ),
      );
    }
    return [...fields, ...this.#windows(model)];
  }

  /** How sequences that are longer than the model sees are cut. @param {Model} model */
  #windows(model) {
    const { windows, overlap } = this.screen.state;
    const own = windows !== "" && windows !== "auto";
    const title =
      "Split sequences that are too long for the model into overlapping windows. Auto: windows as long as the model can read";
    /** @param {string} value */
    const choose = (value) =>
      this.screen.update({ windows: value === "own" ? String(model.max_bases ?? USUAL_WINDOW) : value, overlap: "" });
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
          this.screen.update({ windows: value || "auto" }),
        ),
        typed(
          "Overlap",
          "overlap",
          overlap,
          "a quarter",
          "Least number of bases that neighbouring windows share",
          (value) => this.screen.update({ overlap: value }),
        ),
      );
    }
    return fields;
  }

  /** @param {Track[]} tracks */
  #compare(tracks) {
    const { config } = this.screen;
    const ways = DIFFERENT.flatMap(([what, words]) => {
      const track = another(config, tracks, what, this.#predicted);
      return track ? [{ what, words, track }] : [];
    });
    const { item, pin } = this.screen.state;
    const pinning = make(
      "button",
      { type: "button", "data-what": "pin", onclick: () => this.screen.update({ pin: pin === item ? "" : item }) },
      pin === item ? "Unpin this sequence" : "Pin this sequence",
      make("small", {}, "it stays beside the sequences that you choose next"),
    );
    const menu = make(
      "details",
      { class: "drop", ontoggle: () => intoSight(menu, this.box) },
      make(
        "summary",
        { class: "button", "data-control": "compare", title: "Add another track on the same axis ( c )" },
        "Compare",
      ),
    );
    if (tracks.length >= MOST_TRACKS)
      menu.append(make("div", { class: "menu" }, make("p", { class: "muted" }, `At most ${MOST_TRACKS} tracks.`)));
    else
      menu.append(
        make(
          "div",
          { class: "menu" },
          ...ways.map(({ what, words, track }) =>
            make(
              "button",
              { type: "button", "data-what": what, onclick: () => this.#set([...tracks, track]) },
              words,
              make("small", {}, what === "strands" ? "the mean with the reverse complement" : spoken(track[what])),
            ),
          ),
          pinning,
        ),
      );
    return menu;
  }

  /** @param {string} label @param {number} index @param {keyof Track} key @param {Track} track @param {[string, string][]} choices @param {string} chosen @param {string} [title] */
  #select(label, index, key, track, choices, chosen, title = "") {
    return select(label, `${key}-${index}`, choices, chosen, title, (value) => {
      const { config, state } = this.screen;
      const model = modelOf(config, track);
      const usual =
        key === "model"
          ? config.models[0].name
          : key === "target" || key === "layer"
            ? ""
            : key === "strands"
              ? "forward"
              : model.default[key];
      const changed = { ...track, [key]: value === usual ? "" : value };
      if (key === "model") Object.assign(changed, { target: "", baseline: "", layer: "" });
      this.#set(tracksOf(state).map((old, i) => (i === index ? changed : old)));
    });
  }

  /** @param {Track[]} tracks */
  #set(tracks) {
    const plain = tracks.length === 1 && Object.values(tracks[0]).every((value) => value === "");
    this.screen.update({ tracks: plain ? [] : tracks });
  }
}

/** @param {Words[]} all @param {string} chosen @returns {[string, string][]} */
function named(all, chosen) {
  /** @type {[string, string][]} */
  const choices = all.map(({ name }) => [name, spoken(name)]);
  if (chosen && !all.some(({ name }) => name === chosen))
    choices.push([chosen, chosen.length > 24 ? `${chosen.slice(0, 24)}\u2026` : chosen]);
  return choices;
}

/** @param {Words[]} all @param {string | undefined} name */
function wordsFor(all, name) {
  return all.find((one) => one.name === name)?.words;
}

/** Choices that are called what they are. @param {readonly string[]} names @returns {[string, string][]} */
function same(names) {
  return names.map((name) => [name, name]);
}

/** The settings that a person chose. @param {ViewState} state */
function given({ output, projection, tolerance }) {
  return Object.fromEntries(Object.entries({ output, projection, tolerance }).filter(([, value]) => value));
}

/** @param {string} share */
function percentOf(share) {
  return TOLERANCES.find(([value]) => value === share)?.[1] ?? share;
}

/** @param {string} label @param {string} control @param {[string, string][]} choices @param {string} chosen @param {string} title @param {(value: string) => void} choose */
function select(label, control, choices, chosen, title, choose) {
  const field = make(
    "select",
    { "data-control": control, title, onchange: () => choose(field.value) },
    ...choices.map(([value, words]) => make("option", { value }, words)),
  );
  field.value = chosen;
  return make("label", { class: "field" }, make("span", {}, label), field);
}

/** @param {string} label @param {string} control @param {string} value @param {string} placeholder @param {string} title @param {(value: string) => void} choose */
function typed(label, control, value, placeholder, title, choose) {
  const field = make("input", {
    "data-control": control,
    inputmode: "numeric",
    value,
    placeholder,
    title,
    size: "7",
    onchange: () => choose(field.value.trim()),
  });
  return make("label", { class: "field" }, label, field);
}

/** Open to the side where there is room. @param {HTMLElement} menu @param {HTMLElement} box */
function intoSight(menu, box) {
  const list = /** @type {HTMLElement | null} */ (menu.querySelector(".menu"));
  if (!list) return;
  list.classList.toggle(
    "to-right",
    menu.getBoundingClientRect().left + list.offsetWidth <= box.getBoundingClientRect().right,
  );
}
