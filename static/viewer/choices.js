// The controls above the picture: a row per track, with model, method, baseline and class, and what all share.

/** @import {Model, Track, Words} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
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

/** A telephone: the picture comes first there, and the controls unfold. */
const NARROW = matchMedia("(max-width: 760px)");

export class Choices {
  #predicted = "";
  #fold = make("details", { class: "fold" });

  /** @param {HTMLElement} box @param {Screen} screen */
  constructor(box, screen) {
    this.box = box;
    this.screen = screen;
    NARROW.addEventListener("change", () => this.draw());
    screen.on(["config", "tracks", ...SHARED, "edits"], () => this.draw());
  }

  draw() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.control : "";
    const tracks = tracksOf(this.screen.state);
    const rows = tracks.map((track, index) => this.#row(track, index, tracks.length));
    if (rows.length === 1) rows[0].append(...this.#common(tracks), this.#compare(tracks));
    else rows.push(make("div", { class: "track" }, ...this.#common(tracks), this.#compare(tracks)));
    this.#fold.replaceChildren(make("summary", {}, this.#words(tracks)), ...rows);
    this.#fold.open ||= !NARROW.matches;
    this.box.replaceChildren(this.#fold);
    if (focused) /** @type {HTMLElement | null} */ (this.box.querySelector(`[data-control="${focused}"]`))?.focus();
  }

  /** What stands for the controls where they are folded. @param {Track[]} tracks */
  #words(tracks) {
    const { config } = this.screen;
    const methods = tracks.map((track) => spoken(methodOf(config, track)?.name ?? track.method));
    const output = this.screen.state.output || modelOf(config, tracks[0]).default.output || "";
    return `How: ${methods.join(" and ")}, ${output === "log_odds" ? "log-odds" : spoken(output)}`;
  }

  /** The class that the model predicts for the sequence on screen. @param {string} label */
  know(label) {
    if (label === this.#predicted) return;
    this.#predicted = label;
    this.draw();
  }

  /** Show which control a refusal is about. @param {number} index @param {string} field */
  complain(index, field) {
    for (const element of this.box.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
    const wrong = this.box.querySelector(`[data-control="${field}-${index}"], [data-control="${field}"]`);
    wrong?.setAttribute("aria-invalid", "true");
    if (wrong) this.#fold.open = true;
  }

  /** @param {Track} track @param {number} index @param {number} count */
  #row(track, index, count) {
    const { config } = this.screen;
    const model = modelOf(config, track);
    const method = methodOf(config, track);
    const fields = [];
    if (config.models.length > 1)
      fields.push(
        this.#select(
          "Model",
          index,
          "model",
          track,
          config.models.map(({ name }) => [name, name]),
          model.name,
        ),
      );
    fields.push(
      this.#select(
        "Method",
        index,
        "method",
        track,
        config.methods.map(({ name }) => [name, spoken(name)]),
        method?.name ?? "",
        method?.words,
      ),
    );
    if (!method || method.on_path || method.complete) {
      const baseline = track.baseline || (model.default.baseline ?? "");
      fields.push(
        this.#select(
          "Baseline",
          index,
          "baseline",
          track,
          named(model.baselines, track.baseline),
          baseline,
          wordsFor(model.baselines, baseline),
        ),
      );
    }
    if (count > 1 && model.head !== "regression") {
      fields.push(
        this.#select(
          "Class",
          index,
          "target",
          track,
          [["", "predicted class"], ...model.labels.map((label) => /** @type {[string, string]} */ ([label, label]))],
          track.target,
        ),
      );
    }
    fields.push(
      this.#select(
        "Strands",
        index,
        "strands",
        track,
        Object.entries(STRANDS),
        track.strands || "forward",
        "Both: the mean of the sequence and its reverse complement, with the agreement of the two",
      ),
    );
    const row = make("div", { class: "track" });
    if (count > 1) row.append(make("span", { class: "tag", "aria-hidden": "true" }, String(index + 1)));
    row.append(...fields);
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
      const title = "How exact the integral is: the part of f(x) \u2212 f(baseline) that the scores may miss";
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
    const title = "Explain longer sequences in overlapping windows that are joined; auto: as long as fits the model";
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
        typed("Overlap", "overlap", overlap, "a quarter", "Bases that neighbouring windows share at least", (value) =>
          this.screen.update({ overlap: value }),
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
    const menu = make(
      "details",
      { class: "drop", ontoggle: () => intoSight(menu, this.box) },
      make(
        "summary",
        { class: "button", "data-control": "compare", title: "Draw another track below on the same axis" },
        "+ Compare",
      ),
    );
    if (tracks.length >= MOST_TRACKS)
      menu.append(make("div", { class: "menu" }, make("p", { class: "muted" }, `${MOST_TRACKS} tracks at most.`)));
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
          : key === "target"
            ? ""
            : key === "strands"
              ? "forward"
              : model.default[key];
      const changed = { ...track, [key]: value === usual ? "" : value };
      if (key === "model") Object.assign(changed, { target: "", baseline: "" });
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

/** @param {string} label @param {string} control @param {[string, string][]} choices @param {string} chosen @param {string} title @param {(value: string) => void} choose */
function select(label, control, choices, chosen, title, choose) {
  const field = make(
    "select",
    { "data-control": control, title, onchange: () => choose(field.value) },
    ...choices.map(([value, words]) => make("option", { value }, words)),
  );
  field.value = chosen;
  return make("label", { class: "field" }, label, field);
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
