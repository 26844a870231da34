// The viewer's page: puts its parts together and starts them.

/** @import {Config, Dataset, Job} from "./types" */

import "../element/dna-view.js";
import { KEYS } from "../element/controls.js";
import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { AddDialog } from "./add-dialog.js";
import { Api, ServerGone, wordsOf } from "./api.js";
import { Exports } from "./exports.js";
import { filters } from "./filter-fields.js";
import { closeMenusOutside } from "./focus.js";
import { GenomePane } from "./genome-pane.js";
import { howOf, tracksOf } from "./how.js";
import { JobsMenu } from "./jobs-menu.js";
import { listenForKeys, PAGE_KEYS } from "./keyboard.js";
import { ListPane } from "./list-pane.js";
import { Panes } from "./panes.js";
import { PicturePane, predicted } from "./picture-pane.js";
import { RowSource } from "./rows.js";
import { Screen } from "./screen.js";
import { SetPane } from "./set-pane.js";
import { afterPause } from "./time.js";

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

const screen = new Screen();
const api = new Api(new URL("api", document.baseURI).pathname);
const source = new RowSource(api);
const panes = new Panes(byId("tabs"), byId("panes"), screen);
const list = new ListPane(byId("pane-list"), screen, source);
const picture = new PicturePane(byId("pane-picture"), screen, api, document.body, false);
const wholeSet = new SetPane(byId("pane-set"), screen, api, source, explainAll);
const jobs = new JobsMenu(byId("jobs"), api);
const exporting = new Exports(byId("export"), byId("code-dialog"), screen, api, picture);
const genome = new GenomePane(byId("genome"), byId("genome-toggle"), screen, api);
const adding = new AddDialog(byId("add-dialog"), screen, api, added);

/** Everything that the server knows; shown as soon as it is here. */
async function start() {
  const said = byId("said");
  try {
    const [config, { datasets }] = /** @type {[Config, {datasets: Dataset[]}]} */ (
      await Promise.all([api.get("/config"), api.get("/datasets")])
    );
    said.replaceChildren(...config.notices.map((words) => make("p", { class: "note" }, words)));
    if (config.genome) await genome.learn();
    screen.learn(config, datasets);
    genome.explainAsTheRun();
    if (screen.state.set && !datasets.some(({ id }) => id === screen.state.set)) {
      said.append(
        make("p", { class: "note" }, "The data set of this link does not exist here. The first one is shown."),
      );
      screen.update({ set: "", item: "" }, true);
    }
    list.load();
    picture.load();
    wholeSet.load();
    jobs.look();
    if (config.genome) genome.start();
  } catch (error) {
    if (!(error instanceof ServerGone))
      said.replaceChildren(make("p", { class: "error", role: "alert" }, wordsOf(error)));
  }
}

/** Data sets to choose from, and the way to forget one. */
function drawSets() {
  const select = byId("set");
  const { dataset, datasets } = screen;
  select.replaceChildren(
    ...datasets.map(({ id, name, size }) => make("option", { value: id }, `${name} (${whole(size)})`)),
  );
  if (dataset) select.value = dataset.id;
  byId("forget").hidden = !dataset?.pasted;
  byId("remarks").replaceChildren(...(dataset?.remarks ?? []).map((words) => make("p", { class: "note" }, words)));
}

/** Rows and scores may have come. */
const refresh = afterPause(300, () => {
  list.refresh();
  wholeSet.load();
});

async function explainAll() {
  const { dataset, state } = screen;
  try {
    const rows = filters(state.filter) ? { rows: await source.unexplained(dataset.size) } : {};
    if (rows.rows?.length === 0) {
      byId("said").replaceChildren(
        make("p", { class: "note" }, "The model cannot read the remaining sequences. The list says why."),
      );
      return;
    }
    const job = await api.post("/jobs", { dataset: dataset.id, how: howOf(tracksOf(state)[0], state), ...rows });
    byId("jobs").open = true;
    if (job.state !== "queued" && job.state !== "running") refresh();
    jobs.look();
  } catch (error) {
    const words = wordsOf(error);
    if (words) byId("said").replaceChildren(make("p", { class: "error", role: "alert" }, words));
  }
}

/** @param {Dataset} made @param {string} grown id of the pasted set that it replaces, "" for none */
async function added(made, grown) {
  const before = screen.datasets.find(({ id }) => id === grown && id !== made.id);
  const replaced = before?.pasted ? before.id : "";
  const others = screen.datasets.filter(({ id }) => id !== made.id && id !== replaced);
  screen.setDatasets([...others, made]);
  screen.update({ set: made.id });
  jobs.look();
  // A job on the old set keeps it: then both stay until the page is opened again.
  if (replaced) await api.remove(`/datasets/${encodeURIComponent(replaced)}`).catch(() => {});
}

async function forget() {
  const { dataset } = screen;
  try {
    await api.remove(`/datasets/${encodeURIComponent(dataset.id)}`);
    const rest = screen.datasets.filter(({ id }) => id !== dataset.id);
    screen.update({ set: rest[0]?.id ?? "" });
    screen.setDatasets(rest);
  } catch (error) {
    const words = wordsOf(error);
    if (words) byId("remarks").replaceChildren(make("p", { class: "error", role: "alert" }, words));
  }
}

function help() {
  const dialog = byId("help-dialog");
  /** @param {[string, string][]} keys */
  const keys = (keys) =>
    make("dl", { class: "keys" }, ...keys.flatMap(([key, words]) => [make("dt", {}, key), make("dd", {}, words)]));
  dialog
    .querySelector(".content")
    .replaceChildren(
      keys(PAGE_KEYS.filter(([key]) => key !== "g" || screen.config?.genome)),
      make("h2", {}, "In the picture"),
      keys([...KEYS.filter(([key]) => !["?", "Enter"].includes(key)), ["Enter", "select the base; again: mutate it"]]),
    );
  dialog.showModal();
}

/** @param {"list" | "picture" | "set"} pane @param {() => void} focus */
function go(pane, focus) {
  panes.show(pane);
  focus();
}

/** Open a menu, or close it, with the focus in it; what it is folded into opens first. @param {HTMLElement} box */
function openMenu(box) {
  const around = box.parentElement?.closest("details");
  if (around) around.open = true;
  const summary = box.querySelector("summary");
  summary?.focus();
  summary?.click();
}

screen.on(["datasets", "set", "config"], drawSets);
screen.on(["item", "set"], () => (document.title = screen.config?.title ?? "captum_dna"));
picture.addEventListener("explained", (event) => {
  const row = /** @type {CustomEvent} */ (event).detail;
  document.title = `${row.name} \u2013 ${screen.config.title}`;
  if (!source.row(source.positionOf(row.index))?.explained) refresh();
  if (!predicted(row)) jobs.look();
});
source.addEventListener("problem", (event) => picture.refuse(/** @type {CustomEvent} */ (event).detail));
jobs.addEventListener("progress", (event) => {
  const moved = /** @type {CustomEvent<Job[]>} */ (event).detail;
  if (!moved.some((job) => !job.dataset || job.dataset === screen.dataset?.id)) return;
  refresh();
  picture.learnClasses();
});
/** Say why nothing can be asked, over a picture that stays and is dimmed; "" once all is well. @param {string} words @param {boolean} [asking] whether the page asks again by itself */
function away(words, asking = false) {
  const banner = byId("gone");
  banner.hidden = !words;
  banner.querySelector("span").textContent = words;
  banner.querySelector("progress").hidden = !asking;
  document.body.classList.toggle("away", Boolean(words));
}

api.addEventListener("gone", () => away("The server does not respond. This page reconnects when it is back.", true));
api.addEventListener("back", () => {
  away("");
  start();
});
api.addEventListener("refused", () =>
  away("The viewer was restarted with another token. Open the new address that it printed."),
);
byId("set").addEventListener("change", () => screen.update({ set: byId("set").value }));
byId("forget").addEventListener("click", forget);
byId("add").addEventListener("click", () => adding.open());
byId("help").addEventListener("click", help);
byId("help-dialog")
  .querySelector("[data-close]")
  .addEventListener("click", () => byId("help-dialog").close());
closeMenusOutside();
listenForKeys({
  "/": () => go("list", () => list.filters.focus("name")),
  m: () => go("list", () => list.filters.focus("motif")),
  j: () => list.step(1),
  k: () => list.step(-1),
  l: () => go("list", () => list.box.focus()),
  p: () =>
    go("picture", () => /** @type {HTMLElement | null} */ (picture.view.shadowRoot?.querySelector(".plot"))?.focus()),
  s: () => go("set", () => byId("pane-set").focus()),
  c: () => go("picture", () => openMenu(/** @type {HTMLElement} */ (picture.parts.tracks.querySelector(".drop")))),
  a: () => adding.open(),
  e: () => openMenu(byId("export")),
  u: () => picture.undo(),
  g: () => genome.toggle(),
  "?": help,
});
genome.addEventListener("opened", () => {
  panes.show("picture");
  jobs.look();
});
void exporting;
start();
