// The viewer's picture in a notebook: the same parts as on the page, with the kernel in place of the server.

/** @import {Config, Dataset, FullRow, Row} from "../viewer/types" */
/** @import {Kernel} from "./types" */

import "../element/dna-view.js";
import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { onThemeChange, themeOf } from "../element/theme.js";
import { wordsOf } from "../viewer/api.js";
import { closeMenusOutside } from "../viewer/focus.js";
import { PicturePane, predicted } from "../viewer/picture-pane.js";
import { Screen } from "../viewer/screen.js";
import { KernelApi } from "./kernel-api.js";

const MOST_LISTED = 500;
const AGAIN_MS = 500;

closeMenusOutside();

/** Show the picture and its controls. @param {{model: Kernel, el: HTMLElement}} place @returns {() => void} ends it */
export function render({ model, el }) {
  const screen = new Screen(false);
  const api = new KernelApi(model);
  // A notebook takes single keys for itself unless it is told that they are ours.
  const ours = { class: "captum-dna", "data-lm-suppress-shortcuts": "true" };
  const above = make("div", ours);
  const silent = make(
    "p",
    { class: "note", role: "status", hidden: true },
    "The kernel does not respond. It is busy with another cell, or it was stopped. If it was stopped, run this cell again.",
  );
  const chooser = make("div", { class: "chooser" });
  const said = make("div", { class: "said" });
  const pane = make("section", { "aria-label": "Picture" }, ...parts());
  const box = make("div", ours, silent, chooser, said, pane);
  const color = () => [box, above].forEach((element) => (element.dataset.theme = themeOf(element)));
  el.append(box);
  document.body.append(above);
  color();
  const forgetTheme = onThemeChange(color);
  const picture = new PicturePane(pane, screen, api, above);
  picture.view.hidden = true;
  let timer = 0;
  const learn = async () => {
    if (!(await picture.learnClasses())) timer = setTimeout(learn, AGAIN_MS);
  };
  picture.addEventListener("explained", (event) => {
    const row = /** @type {CustomEvent<FullRow>} */ (event).detail;
    clearTimeout(timer);
    // The classes of a set that was just given are being predicted still.
    if (!predicted(row)) timer = setTimeout(learn, AGAIN_MS);
  });
  api.addEventListener("silent", () => (silent.hidden = false));
  api.addEventListener("heard", () => (silent.hidden = true));
  start(screen, api, chooser, model.get("row")).catch((error) =>
    said.replaceChildren(make("p", { class: "error", role: "alert" }, wordsOf(error))),
  );
  return () => {
    clearTimeout(timer);
    forgetTheme();
    api.close();
    above.remove();
  };
}

/** What the picture's pane is made of, as on the page. */
function parts() {
  return [
    make("div", { class: "tracks" }),
    make("div", { class: "mutations", role: "group", "aria-label": "Mutations", hidden: true }),
    make("div", { class: "working", role: "status", hidden: true }),
    make("div", { class: "said" }),
    make("div", { class: "picture" }),
    make("section", { class: "asks", "aria-label": "Experiments on the selected stretch", hidden: true }),
  ];
}

/** Learn what there is, and show the first picture. @param {Screen} screen @param {KernelApi} api @param {HTMLElement} chooser @param {string} item */
async function start(screen, api, chooser, item) {
  const [config, { datasets }] = /** @type {[Config, {datasets: Dataset[]}]} */ (
    await Promise.all([api.get("/config"), api.get("/datasets")])
  );
  const [data] = datasets;
  const offset = Math.max(0, Math.min(Number(item) - MOST_LISTED / 2, data.size - MOST_LISTED));
  const query = [
    ["offset", String(Math.floor(offset))],
    ["limit", String(MOST_LISTED)],
  ];
  const { rows } = /** @type {{rows: Row[]}} */ (await api.get(`/datasets/${encodeURIComponent(data.id)}/rows`, query));
  choose(chooser, screen, rows, data.size);
  screen.learn(config, datasets);
  screen.update({ item });
}

/** The way from one sequence to another. @param {HTMLElement} box @param {Screen} screen @param {Row[]} rows @param {number} size */
function choose(box, screen, rows, size) {
  if (rows.length < 2) return;
  const select = make(
    "select",
    { "data-control": "sequence", onchange: () => screen.update({ item: select.value }) },
    ...rows.map(({ index, name }) => make("option", { value: String(index) }, `${whole(index + 1)}. ${name}`)),
  );
  /** @param {number} step */
  const go = (step) => screen.update({ item: String(rows[select.selectedIndex + step].index) });
  const before = make(
    "button",
    { type: "button", "aria-label": "Sequence before", title: "Sequence before", onclick: () => go(-1) },
    "\u2039",
  );
  const after = make(
    "button",
    { type: "button", "aria-label": "Next sequence", title: "Next sequence", onclick: () => go(1) },
    "\u203a",
  );
  const rest = size > rows.length ? `, of which ${whole(rows.length)} can be chosen here: serve() lists them all` : "";
  box.replaceChildren(
    make("label", { class: "field" }, "Sequence", select),
    before,
    after,
    make("span", { class: "muted" }, `${whole(size)} sequences${rest}`),
  );
  screen.on(["item"], () => {
    select.value = screen.state.item;
    before.disabled = select.selectedIndex <= 0;
    after.disabled = select.selectedIndex >= rows.length - 1;
  });
}
