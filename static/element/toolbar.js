// The buttons beside the legend of a picture.

import { button, choice, make } from "./dom.js";

/**
 * @typedef {object} Tools what the buttons do
 * @property {string} colors
 * @property {(colors: string) => void} setColors
 * @property {() => void} toggleTokens
 * @property {() => void} toggleWhiskers
 * @property {(factor: number) => void} zoomBy
 * @property {() => void} showAll
 * @property {(text: string) => string} goTo answers with what is wrong, or nothing
 * @property {() => void} help
 * @property {[string, string, () => Promise<void>][]} saving words, kind of file, and what saves it
 */

const ZOOM_STEP = 1.6;

/** @param {Tools} tools */
export function toolbar(tools) {
  const box = make("div", { class: "tools", role: "toolbar", "aria-label": "Picture" });
  /** @type {[string, string][]} */
  const colors = [
    ["bases", "Bases"],
    ["sign", "Sign"],
  ];
  const colorChoice = choice("Colours of the letters", colors, tools.colors, tools.setColors);
  const tokens = button("Tokens", "Show or hide the tokens", () => {
    tools.toggleTokens();
    tokens.setAttribute("aria-pressed", String(tokens.getAttribute("aria-pressed") !== "true"));
  });
  tokens.setAttribute("aria-pressed", "true");
  const bars = button("Error bars", "Show or hide the standard deviation of each score", () => {
    tools.toggleWhiskers();
    bars.setAttribute("aria-pressed", String(bars.getAttribute("aria-pressed") !== "true"));
  });
  bars.setAttribute("aria-pressed", "false");
  box.append(
    goToField(tools.goTo),
    button("\u2212", "Zoom out", () => tools.zoomBy(ZOOM_STEP)),
    button("+", "Zoom in", () => tools.zoomBy(1 / ZOOM_STEP)),
    button("All", "Show the whole sequence", tools.showAll),
    ...(tools.saving.length ? [saveMenu(tools.saving)] : []),
    button("?", "Keys", tools.help),
  );
  return {
    box,
    looks: make("div", { class: "tools looks" }, colorChoice, tokens, bars),
    colorChoice,
    bars,
  };
}

/** A field that takes a position of the axis. @param {(text: string) => string} goTo */
function goToField(goTo) {
  const field = make("input", {
    type: "text",
    class: "go",
    placeholder: "Go to",
    "aria-label": "Go to a position",
    title: "Go to a position of the axis",
    autocomplete: "off",
    onkeydown: (event) => {
      const key = /** @type {KeyboardEvent} */ (event).key;
      event.stopPropagation();
      if (key === "Escape") field.blur();
      if (key !== "Enter") return;
      const mistake = goTo(field.value);
      field.title = mistake || "Go to a position of the axis";
      field.toggleAttribute("aria-invalid", Boolean(mistake));
    },
    oninput: () => field.removeAttribute("aria-invalid"),
  });
  return field;
}

/** @param {Tools["saving"]} kinds */
function saveMenu(kinds) {
  const menu = make("details", { class: "save" }, make("summary", { title: "Save the picture or its scores" }, "Save"));
  const items = kinds.map(([words, kind, save]) =>
    make(
      "button",
      {
        type: "button",
        "data-kind": kind,
        onclick: () => {
          menu.open = false;
          return save();
        },
      },
      words,
    ),
  );
  menu.append(make("div", { class: "menu" }, ...items));
  return menu;
}
