// The menu of what to compare with.

/** @import {Track} from "./types" */
/** @import {Screen} from "./screen.js" */

import { make } from "../element/dom.js";
import { setTracks } from "./choice-fields.js";
import { another, spoken, tracksOf } from "./how.js";

const MOST_TRACKS = 6;

/** @type {[keyof Track, string][]} */
const DIFFERENT = [
  ["method", "Another method"],
  ["target", "Another class"],
  ["baseline", "Another baseline"],
  ["model", "Another model"],
  ["strands", "Both strands"],
];

/**
 * What can be laid beside the tracks: another method, class and so on, or a sequence that is pinned.
 * @param {Screen} screen
 * @param {string} predicted the class that the model predicts here
 * @param {boolean} open
 * @param {(menu: HTMLDetailsElement) => void} toggled
 */
export function compareMenu(screen, predicted, open, toggled) {
  const tracks = tracksOf(screen.state);
  const { config } = screen;
  const ways = DIFFERENT.flatMap(([what, words]) => {
    const track = another(config, tracks, what, predicted);
    return track ? [{ what, words, track }] : [];
  });
  const { item, pin } = screen.state;
  const pinning = make(
    "button",
    { type: "button", "data-what": "pin", onclick: () => screen.update({ pin: pin === item ? "" : item }) },
    pin === item ? "Unpin this sequence" : "Pin this sequence",
    make("small", {}, "it stays beside the sequences that you choose next"),
  );
  const menu = make(
    "details",
    { class: "drop compare", ontoggle: () => toggled(menu) },
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
            { type: "button", "data-what": what, onclick: () => setTracks(screen, [...tracks, track]) },
            words,
            make("small", {}, what === "strands" ? "the mean with the reverse complement" : spoken(track[what])),
          ),
        ),
        pinning,
      ),
    );
  menu.open = open;
  return menu;
}
