// What the listed sequences share, against the rest: of wrong predictions, against the right ones.

/** @import {Contrast, Side} from "./types" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { CanvasPen } from "../element/canvas-pen.js";
import { make } from "../element/dom.js";
import { plain, whole } from "../element/numbers.js";
import { baseColor, PALETTES } from "../element/palette.js";
import { onThemeChange, themeOf } from "../element/theme.js";
import { wordsOf } from "./api.js";
import { filterQuery, filters } from "./filter-fields.js";
import { swap } from "./focus.js";
import { howOf, howQuery, SHARED, tracksOf } from "./how.js";
import { drawLines, sized } from "./line-chart.js";

const LOGO_HEIGHT = 64;
const BASES = ["A", "C", "G", "T"];

export class ContrastSection {
  /** @type {Contrast | null} */
  #found = null;
  #error = "";
  #asking = false;
  #matched = 0;
  #abort = new AbortController();
  #profile = make("canvas", { role: "img" });
  #logos = [0, 1].map(() => make("canvas", { role: "img" }));

  /** @param {Screen} screen @param {Api} api */
  constructor(screen, api) {
    this.screen = screen;
    this.api = api;
    this.box = make("section", { class: "contrast", "aria-label": "What the listed sequences share" });
    screen.on(["set", "filter", "tracks", "k", ...SHARED], () => {
      this.#abort.abort();
      this.#found = null;
      this.#error = "";
      this.#asking = false;
      this.draw();
    });
    onThemeChange(() => this.lines());
    this.draw();
  }

  /** @param {number} [matched] how many sequences are listed */
  draw(matched = this.#matched) {
    const { filter } = this.screen.state;
    this.#matched = matched;
    this.box.hidden = !filters(filter) || !matched;
    if (this.box.hidden) return;
    /** @type {HTMLElement[]} */
    const elements = [make("h2", {}, filter.right === "wrong" ? "What do the errors share?" : "What do these share?")];
    if (this.#error) elements.push(make("p", { class: "error", role: "alert" }, this.#error));
    if (this.#found) elements.push(...this.#results(this.#found));
    else if (this.#asking) elements.push(make("p", { class: "hint", role: "status" }, "Comparing\u2026"));
    else
      elements.push(
        make(
          "button",
          { type: "button", class: "measure", "data-key": "contrast", onclick: () => this.#ask() },
          filter.right === "wrong" ? "Compare them with the correct ones" : "Compare them with the rest",
        ),
      );
    swap(this.box, ...elements);
    this.lines();
  }

  /** @param {Contrast} found */
  #results(found) {
    const [group, rest] = found.sides;
    const said = found.sentences.map((words) => make("p", { class: "hint" }, words));
    const last = found.place + (group.letters[0]?.length ?? 1) - 1;
    const drawn = group.explained && rest.explained;
    const key = found.sides.map((side, i) =>
      make("li", { class: `s${i}${i ? " dashed" : ""}` }, make("i"), `${side.name} (${whole(side.explained)})`),
    );
    const logos = found.sides.flatMap((side, i) => [
      make("h3", {}, `Mean letters, ${side.name}`, make("small", {}, `${whole(found.place)} to ${whole(last)}`)),
      this.#logos[i],
    ]);
    found.sides.forEach((side, i) => this.#logos[i].setAttribute("aria-label", `Mean letters of the ${side.name}`));
    this.#profile.setAttribute("aria-label", `Mean score by position of ${group.name} and ${rest.name}`);
    const more = found.kmers.length ? [this.#kmers(found)] : [];
    return [...said, ...(drawn ? [this.#profile, make("ul", { class: "key" }, ...key), ...logos] : []), ...more];
  }

  /** @param {Contrast} found */
  #kmers({ kmers, sides, test }) {
    const [group, rest] = sides;
    const head = ["k-mer", group.name, rest.name, "q"].map((words, i) =>
      make("th", { scope: "col", class: i ? "num" : "" }, words),
    );
    const share = (/** @type {number} */ count, /** @type {Side} */ { rows }) => `${whole(count)} of ${whole(rows)}`;
    const rows = kmers.map((one) =>
      make(
        "tr",
        {},
        make("td", {}, ...[...one.kmer].map((base) => make("span", { class: `base-${base}` }, base))),
        make("td", { class: "num" }, share(one.group, group)),
        make("td", { class: "num" }, share(one.rest, rest)),
        make("td", { class: "num" }, plain(one.q)),
      ),
    );
    return make(
      "div",
      {},
      make("table", { class: "kmers" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)),
      make("details", {}, make("summary", {}, "How k-mers are tested"), make("p", { class: "hint" }, test)),
    );
  }

  lines() {
    const found = this.#found;
    if (!found || !this.#profile.isConnected) return;
    const style = getComputedStyle(document.documentElement);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    drawLines(
      this.#profile,
      found.sides.map(({ scores }, i) => ({
        x: scores.map((_, at) => found.start + at),
        y: scores,
        color: color(`--series-${i}`),
        dashed: i > 0,
      })),
      {
        ink: color("--muted"),
        grid: color("--line"),
        paper: color("--paper"),
        xName: (x) => (found.start < 0 && x > 0 ? `+${whole(x)}` : whole(x)),
      },
    );
    const [up, down] = [reach(found.sides, 1), reach(found.sides, -1)];
    found.sides.forEach((side, i) => drawLogo(this.#logos[i], side, up, down));
  }

  async #ask() {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    const { dataset, state } = this.screen;
    const query = [...filterQuery(state.filter), ...howQuery(howOf(tracksOf(state)[0], state))];
    if (state.k) query.push(["k", state.k]);
    this.#asking = true;
    this.draw();
    try {
      const found = await this.api.get(`/datasets/${encodeURIComponent(dataset.id)}/contrast`, query, signal);
      if (signal.aborted) return;
      this.#found = found;
      this.#error = "";
    } catch (error) {
      if (signal.aborted) return;
      this.#error = wordsOf(error) || "The server does not respond. Ask again when it is back.";
    }
    this.#asking = false;
    this.draw();
  }
}

/** How far the letters of any position reach to one side of zero. @param {Side[]} sides @param {1 | -1} sign */
function reach(sides, sign) {
  const sums = sides.flatMap(({ letters }) =>
    (letters[0] ?? []).map((_, at) => letters.reduce((sum, line) => sum + Math.max(0, sign * line[at]), 0)),
  );
  return Math.max(0, ...sums);
}

/**
 * Letters stacked by their mean scores, to one scale above and below zero.
 * @param {HTMLCanvasElement} canvas
 * @param {Side} side
 * @param {number} up how far the letters of both sides reach above zero
 * @param {number} down and below
 */
function drawLogo(canvas, { letters }, up, down) {
  const width = canvas.clientWidth;
  const context = letters.length ? sized(canvas, LOGO_HEIGHT) : null;
  if (!context) return;
  const palette = PALETTES[themeOf(canvas)];
  const pen = new CanvasPen(context);
  const scale = (LOGO_HEIGHT - 1) / Math.max(1e-12, up + down);
  const zero = up * scale;
  const cell = width / letters[0].length;
  pen.line(0, zero, width, zero, palette.grid);
  for (let at = 0; at < letters[0].length; at++) {
    let above = zero;
    let below = zero;
    const order = BASES.map((base, i) => ({ base, value: letters[i][at] })).sort(
      (a, b) => Math.abs(a.value) - Math.abs(b.value),
    );
    for (const { base, value } of order) {
      const height = Math.abs(value) * scale;
      if (height < 0.5) continue;
      const top = value > 0 ? (above -= height) : below;
      if (value < 0) below += height;
      pen.glyph(base, at * cell, top, cell * 0.95, height, baseColor(palette, base));
    }
  }
}
