// The centre: one sequence, explained in one or more ways, and mutated by a click.

/** @import {FullRow, Job, Mutation, Payload} from "./types" */
/** @import {Shown} from "./merge.js" */
/** @import {Api} from "./api.js" */
/** @import {Screen} from "./screen.js" */

import { baseName } from "../element/axis.js";
import { make } from "../element/dom.js";
import { decodePicture } from "../element/payload.js";
import { alphabet } from "../element/words.js";
import { ApiError, ServerGone, wordsOf } from "./api.js";
import { Choices } from "./choices.js";
import { together } from "./compare.js";
import { applyEdits, fitting, undone, withEdit } from "./edits.js";
import { untilThere } from "./explain.js";
import { swap } from "./focus.js";
import { CHOICES, howOf, howQuery, modelOf, SHARED, trackNames, tracksOf } from "./how.js";
import { merged, withMutations } from "./merge.js";
import { mutationElements } from "./mutation-bar.js";
import { Mutator } from "./mutator.js";
import { Stage } from "./stage.js";
import { StretchCard } from "./stretch-card.js";
import { fillWorking } from "./working-line.js";

/** Mutated bases that the name of a track tells. */
const MOST_NAMED = 3;

/** Fires "explained" when a picture has come. */
export class PicturePane extends EventTarget {
  #abort = new AbortController();
  /** @type {FullRow | null} */
  #row = null;
  /** @type {Mutation | null} */
  #mutation = null;
  /** @type {Map<string, Job>} */
  #jobs = new Map();
  /** Whether quick scores are on screen, in place of those that are being computed. */
  #preview = false;
  /** @type {Stage} */
  #stage;

  /** @param {HTMLElement} pane @param {Screen} screen @param {Api} api @param {HTMLElement} [home] of what floats above the pane @param {boolean} [saving] whether the picture has a menu of files itself */
  constructor(pane, screen, api, home = document.body, saving = true) {
    super();
    this.screen = screen;
    this.api = api;
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (pane.querySelector(`.${name}`));
    this.parts = {
      pane,
      tracks: part("tracks"),
      mutations: part("mutations"),
      working: part("working"),
      said: part("said"),
      picture: part("picture"),
    };
    this.card = new StretchCard(part("asks"), screen, api);
    this.choices = new Choices(this.parts.tracks, screen);
    this.mutator = new Mutator((at, to) => this.mutate(at, to), home);
    screen.on(["set", "item", "tracks", "pin", ...SHARED, "edits"], () => this.load());
    this.#stage = new Stage(pane, this.parts.picture, screen, saving, {
      mutate: (base) => this.#askMutation(base),
      select: (stretch) => this.card.select(stretch, this.view.picture),
    });
  }

  get view() {
    return this.#stage.view;
  }

  /** Resolves once nothing is computed for the picture any more. */
  settled = Promise.resolve();

  /** Fetch and show what the state asks for. */
  load() {
    this.settled = this.#load();
    return this.settled;
  }

  async #load() {
    const { state, dataset, config } = this.screen;
    this.#abort.abort();
    this.mutator.close(false);
    if (!dataset || !config || state.item === "") return;
    const abort = (this.#abort = new AbortController());
    const { signal } = abort;
    this.#jobs.clear();
    this.#preview = false;
    this.#busy(true);
    this.#complain([]);
    const path = `/datasets/${encodeURIComponent(dataset.id)}/rows/${encodeURIComponent(state.item)}`;
    const tracks = tracksOf(state);
    // Scores and the words around them are asked for together; mutations need the letters first.
    const asked = state.edits.length ? null : this.#ask(path, signal);
    try {
      this.#row = /** @type {FullRow} */ (await this.api.get(path, howQuery(howOf(tracks[0], state)), signal));
      this.#mutation = null;
      this.choices.know(this.#row.predicted ?? "", this.#row.probabilities);
      const edits = fitting(this.#row.sequence, state.edits);
      if (edits.length !== state.edits.length) {
        this.screen.update({ edits }, true);
        return;
      }
      this.#words();
      if (this.#row.problem) throw new ApiError(this.#row.problem, 422, "");
      if (edits.length) await this.#loadMutation(path, signal);
      else await this.#showTracks(await (asked ?? this.#ask(path, signal)), signal);
      if (signal.aborted) return;
      this.#words();
      this.#busy(false);
      this.dispatchEvent(new CustomEvent("explained", { detail: this.#row }));
    } catch (error) {
      if (signal.aborted) return;
      this.#busy(false);
      if (error instanceof ServerGone) {
        this.#wait();
        return;
      }
      this.#complain([wordsOf(error)]);
      this.#offerWindows();
      this.view.hidden = true;
      if (error instanceof ApiError) this.choices.complain(0, error.field, wordsOf(error));
    }
  }

  /** Keep what is on screen while the server is away, and say that it is not what was asked for. */
  #wait() {
    const { picture } = this.view;
    this.view.classList.toggle("stale", picture !== null);
    if (picture && !this.view.hidden)
      this.#complain([], ["This picture is the last one before the connection was lost."]);
  }

  /** A sequence that the model cannot see whole can be explained in windows. */
  #offerWindows() {
    const { state, config } = this.screen;
    const row = this.#row;
    const most = modelOf(config, tracksOf(state)[0]).max_bases;
    if (!row?.problem || state.windows || most === null || row.length <= most) return;
    const button = make("button", { type: "button", class: "primary" }, "Explain in overlapping windows");
    button.addEventListener("click", () => this.screen.update({ windows: "auto", overlap: "" }));
    this.parts.said.append(button);
  }

  /** Tell a choice for which no sequence can be listed, where none is on screen to tell it for. @param {unknown} error */
  refuse(error) {
    if (this.screen.state.item !== "" || !(error instanceof ApiError) || !CHOICES.has(error.field)) return;
    this.#complain([wordsOf(error)]);
    this.choices.complain(0, error.field, wordsOf(error));
  }

  /** Ask again for the predictions of the sequence on screen; says whether they are there. */
  async learnClasses() {
    const row = this.#row;
    const { state, dataset } = this.screen;
    if (!row || predicted(row)) return true;
    const path = `/datasets/${encodeURIComponent(dataset.id)}/rows/${row.index}`;
    try {
      const found = /** @type {FullRow} */ (await this.api.get(path, howQuery(howOf(tracksOf(state)[0], state))));
      if (this.#row === row) {
        this.#row = found;
        this.choices.know(found.predicted ?? "", found.probabilities);
        this.#words();
      }
      return predicted(found);
    } catch {
      return false; // the picture itself tells what is wrong
    }
  }

  /** The explanation of every track, or why there is none. @param {string} path @param {AbortSignal} signal */
  #ask(path, signal) {
    const { state } = this.screen;
    const tracks = tracksOf(state);
    /** @type {(Payload | undefined)[]} */
    const early = tracks.map(() => undefined);
    const asked = tracks.map(async (track, index) => {
      const body = { how: howOf(track, state) };
      const found = await untilThere(
        this.api,
        `${path}/attribution`,
        body,
        signal,
        (job) => this.#news(job),
        (quick) => {
          early[index] = quick;
          if (!signal.aborted) this.#showEarly(early);
        },
      );
      early[index] = found;
      return found;
    });
    return Promise.allSettled(asked);
  }

  /** @param {PromiseSettledResult<Payload>[]} answers @param {AbortSignal} signal */
  async #showTracks(answers, signal) {
    if (signal.aborted) return;
    /** @type {Payload[]} */
    const payloads = [];
    /** @type {string[]} */
    const mistakes = [];
    answers.forEach((answer, index) => {
      if (answer.status === "fulfilled") payloads.push(answer.value);
      else {
        if (answer.reason instanceof ServerGone) throw answer.reason;
        mistakes.push(`${answers.length > 1 ? `Track ${index + 1}: ` : ""}${wordsOf(answer.reason)}`);
        if (answer.reason instanceof ApiError) {
          this.choices.complain(index, answer.reason.field, wordsOf(answer.reason));
        }
      }
    });
    this.#complain(mistakes); // remarks stand in the picture, as its notes
    this.view.hidden = !payloads.length;
    if (!payloads.length) return;
    const { api, screen } = this;
    const rows = `/datasets/${encodeURIComponent(screen.dataset.id)}/rows`;
    const news = (/** @type {Job} */ job) => this.#news(job);
    const drawn = await together({ api, rows, state: screen.state, payloads, signal, news });
    if (signal.aborted) return;
    this.choices.pinned(drawn.pinned);
    this.#show(drawn);
  }

  /** Quick pictures, as soon as there is one for every track. @param {(Payload | undefined)[]} early */
  #showEarly(early) {
    const payloads = early.filter((one) => one !== undefined);
    if (payloads.length < early.length) return;
    const names = trackNames(payloads.map(({ how }) => how)).map((name, i) =>
      payloads[i].preview ? `${name} (preview)` : name,
    );
    this.#show(merged(payloads, names));
    this.#preview = true;
    this.#busy(true);
  }

  /** @param {string} path @param {AbortSignal} signal */
  async #loadMutation(path, signal) {
    const { state } = this.screen;
    const body = {
      how: howOf(tracksOf(state)[0], state),
      edits: state.edits.map(({ at, to }) => ({ position: at, base: to })),
    };
    const answer = /** @type {Mutation} */ (
      await untilThere(this.api, `${path}/mutation`, body, signal, (job) => this.#news(job))
    );
    if (signal.aborted) return;
    this.#mutation = answer;
    const { before, after } = answer;
    const unmutated = decodePicture(before.picture, before.shared);
    const letters = state.edits.map(({ at }) => `${unmutated.sequence[at]} at ${baseName(unmutated, at)}`);
    const was = letters.length > MOST_NAMED ? "" : ` (${letters.join(", ")})`;
    const drawn = merged([before, after, answer.difference], [`before${was}`, "after", "after \u2212 before"]);
    this.#complain([]);
    // The truth is that of the sequence as it was given.
    const picture = withMutations(drawn.picture, before.picture.s);
    this.#show({ ...drawn, picture: { ...picture, y: before.picture.y, x: answer.between } });
  }

  /** @param {Shown} shown */
  #show(shown) {
    this.#stage.show(shown, `${this.screen.dataset?.id} ${this.#row?.index}`, this.#row?.sequence ?? "");
  }

  /** Mutations, in words. */
  #words() {
    const { state } = this.screen;
    const row = this.#row;
    if (!row) return;
    const { mutations } = this.parts;
    mutations.hidden = !state.edits.length;
    if (!state.edits.length) return;
    swap(
      mutations,
      ...mutationElements(
        {
          sequence: row.sequence,
          edits: state.edits,
          number: (base) => this.#number(base),
          answer: this.#mutation,
          many: tracksOf(state).length > 1,
        },
        {
          undo: () => this.undo(),
          reset: () => this.screen.update({ edits: [] }),
          without: ({ at }) => this.screen.update({ edits: state.edits.filter((edit) => edit.at !== at) }),
        },
      ),
    );
  }

  /** @param {number} base */
  #number(base) {
    const { picture } = this.view;
    return picture ? baseName(picture, base) : String(base);
  }

  /** @param {number} base */
  #askMutation(base) {
    const row = this.#row;
    if (!row) return;
    const letter = applyEdits(row.sequence, this.screen.state.edits)[base];
    const box = this.view.getBoundingClientRect();
    const plot = this.#stage.plot?.getBoundingClientRect() ?? box;
    const place = { x: plot.left + this.view.xOf(base + 0.5), y: Math.max(80, plot.top + 60) };
    this.mutator.show(
      { at: base, letter, original: row.sequence[base], where: this.#number(base) },
      alphabet(row.sequence),
      place,
      this.#stage.plot,
    );
  }

  /** @param {number} at @param {string} to */
  mutate(at, to) {
    const row = this.#row;
    const most = this.screen.config.limits.edits ?? Infinity;
    if (!row) return;
    const edits = withEdit(row.sequence, this.screen.state.edits, { at, to });
    if (edits.length > most) this.#complain([`At most ${most} mutations. Undo one first.`]);
    else this.screen.update({ edits });
  }

  undo() {
    const { edits } = this.screen.state;
    if (edits.length) this.screen.update({ edits: undone(edits) });
  }

  /** @param {Job} job */
  #news(job) {
    this.#jobs.set(job.id, job);
    this.#busy(true);
  }

  /** @param {boolean} busy */
  #busy(busy) {
    const { working, pane } = this.parts;
    if (!busy) this.#preview = false;
    this.view.classList.toggle("stale", busy && !this.#preview);
    pane.setAttribute("aria-busy", String(busy));
    working.hidden = !busy || !(this.#jobs.size || this.#preview);
    if (working.hidden) return;
    const jobs = [...this.#jobs.values()];
    fillWorking(working, jobs, this.#preview, () => this.#cancel(jobs));
  }

  /** @param {Job[]} jobs */
  async #cancel(jobs) {
    this.#abort.abort();
    this.#jobs.clear();
    this.#busy(false);
    this.#complain([], ["Cancelled. Change a setting to compute again."]);
    await Promise.allSettled(jobs.map(({ id }) => this.api.post(`/jobs/${encodeURIComponent(id)}/cancel`, {})));
  }

  /** @param {string[]} mistakes @param {string[]} remarks */
  #complain(mistakes, remarks = []) {
    const { said } = this.parts;
    said.replaceChildren(
      ...mistakes.filter(Boolean).map((words) => make("p", { class: "error", role: "alert" }, words)),
      ...[...new Set(remarks)].map((words) => make("p", { class: "note" }, words)),
    );
    if (!mistakes.length) this.choices.complain(0, "-");
  }
}

/** @param {FullRow} row */
export function predicted(row) {
  return Object.keys(row.probabilities).length > 0;
}
