// The fields of the controls above the picture, and what a choice in one of them changes.

/** @import {Track, Words} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { changed, modelOf, spoken, tracksOf } from "./how.js";

/** Show other tracks. @param {Screen} screen @param {Track[]} tracks */
export function setTracks(screen, tracks) {
  const plain = tracks.length === 1 && Object.values(tracks[0]).every((value) => value === "");
  screen.update({ tracks: plain ? [] : tracks });
}

/** A choice of one track. @param {Screen} screen @param {string} label @param {number} index @param {keyof Track} key @param {[string, string][]} choices @param {string} chosen @param {string} [title] */
export function trackSelect(screen, label, index, key, choices, chosen, title = "") {
  return select(label, `${key}-${index}`, choices, chosen, title, (value) => {
    const { config, state } = screen;
    const tracks = tracksOf(state);
    const track = tracks[index];
    const model = modelOf(config, track);
    const usual =
      key === "model"
        ? config.models[0].name
        : key === "target" || key === "layer"
          ? ""
          : key === "strands"
            ? "forward"
            : model.default[key];
    const others = key === "model" ? { target: "", baseline: "" } : {};
    const next = changed(config, track, { ...others, [key]: value === usual ? "" : value });
    setTracks(
      screen,
      tracks.map((old, i) => (i === index ? next : old)),
    );
  });
}

/** @param {string} label @param {string} control @param {[string, string][]} choices @param {string} chosen @param {string} title @param {(value: string) => void} choose */
export function select(label, control, choices, chosen, title, choose) {
  const field = make(
    "select",
    { "data-control": control, title, onchange: () => choose(field.value) },
    ...choices.map(([value, words]) => make("option", { value }, words)),
  );
  field.value = chosen;
  return make("label", { class: "field" }, make("span", {}, label), field);
}

/** @param {string} label @param {string} control @param {string} value @param {string} placeholder @param {string} title @param {(value: string) => void} choose */
export function typed(label, control, value, placeholder, title, choose) {
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

/** @param {Words[]} all @param {string} chosen @returns {[string, string][]} */
export function named(all, chosen) {
  /** @type {[string, string][]} */
  const choices = all.map(({ name }) => [name, spoken(name)]);
  if (chosen && !all.some(({ name }) => name === chosen))
    choices.push([chosen, chosen.length > 24 ? `${chosen.slice(0, 24)}\u2026` : chosen]);
  return choices;
}

/** @param {Words[]} all @param {string | undefined} name */
export function wordsFor(all, name) {
  return all.find((one) => one.name === name)?.words;
}

/** Choices that are called what they are. @param {readonly string[]} names @returns {[string, string][]} */
export function same(names) {
  return names.map((name) => [name, name]);
}
