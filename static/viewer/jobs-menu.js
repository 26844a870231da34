// Jobs: how far they are, how long they take, and the buttons that stop them or take them up again.

/** @import {Job} from "./types" */
/** @import {Api} from "./api.js" */

import { make } from "../element/dom.js";
import { whole } from "../element/numbers.js";
import { wordsOf } from "./api.js";
import { swap } from "./focus.js";
import { spoken } from "./how.js";
import { timeLeft } from "./time.js";

const BUSY_MS = 700;
const IDLE_MS = 6000;
const SHOWN = 8;

/** Fires "progress" when a job went on or ended. */
export class JobsMenu extends EventTarget {
  /** @type {Job[]} */
  #jobs = [];
  #timer = 0;
  #error = "";

  /** @param {HTMLDetailsElement} menu @param {Api} api */
  constructor(menu, api) {
    super();
    this.menu = menu;
    this.api = api;
    this.label = /** @type {HTMLElement} */ (menu.querySelector("summary"));
    this.box = /** @type {HTMLElement} */ (menu.querySelector(".menu"));
    this.live = make("span", { class: "hidden", role: "status" });
    menu.append(this.live);
    document.addEventListener("visibilitychange", () => !document.hidden && this.look());
    this.#draw();
  }

  /** Ask the server now, and again as long as there is something to see. */
  async look() {
    clearTimeout(this.#timer);
    if (this.api.gone) return;
    try {
      const { jobs } = /** @type {{jobs: Job[]}} */ (await this.api.get("/jobs"));
      this.#news(jobs);
    } catch (error) {
      if (this.api.gone) return;
      this.#error = wordsOf(error);
      this.#draw();
    }
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.look(), this.#jobs.some(underWay) ? BUSY_MS : IDLE_MS);
  }

  /** @param {Job[]} jobs */
  #news(jobs) {
    const before = new Map(this.#jobs.map((job) => [job.id, job]));
    const moved = jobs.filter((job) => {
      const old = before.get(job.id);
      return (
        job.kind !== "look" &&
        (!old ? underWay(job) || before.size > 0 : old.done !== job.done || old.state !== job.state)
      );
    });
    this.#jobs = jobs;
    this.#error = "";
    this.#draw();
    if (moved.length) this.dispatchEvent(new CustomEvent("progress", { detail: moved }));
    const ended = moved.filter((job) => !underWay(job) && before.has(job.id));
    if (ended.length) this.live.textContent = ended.map((job) => `${title(job)}: ${stateWords(job)}.`).join(" ");
  }

  #draw() {
    const shown = this.#jobs.filter((job) => job.kind !== "look" || job.state === "running").slice(0, SHOWN);
    const busy = this.#jobs.filter((job) => job.kind !== "look" && underWay(job));
    const [first] = busy.filter((job) => job.state === "running");
    this.label.textContent = busy.length
      ? `Jobs: ${first ? `${Math.floor((100 * first.done) / Math.max(1, first.total))} %` : "waiting"}`
      : "Jobs";
    const rows = shown.map((job) => this.#row(job));
    if (this.#error) rows.unshift(make("p", { class: "error", role: "alert" }, this.#error));
    swap(
      this.box,
      ...(rows.length
        ? rows
        : [
            make("p", { class: "muted" }, "No jobs yet. Click \u201cExplain all\u201d in the right pane to start one."),
          ]),
    );
  }

  /** @param {Job} job */
  #row(job) {
    const row = make("div", { class: "job", "data-state": job.state }, make("span", {}, title(job)));
    if (underWay(job)) row.append(this.#button(job, "cancel", "Cancel"));
    else if (job.dataset !== null && job.state !== "done") row.append(this.#button(job, "resume", "Resume"));
    if (underWay(job)) {
      const bar = make("progress", { "aria-label": title(job), max: String(Math.max(1, job.total)) });
      if (job.state === "running") bar.value = job.done;
      row.append(bar);
    }
    row.append(make("span", { class: "said" }, stateWords(job)));
    if (job.message) row.append(make("span", { class: "said wrong" }, job.message));
    for (const { name, error } of job.failures.slice(0, 3))
      row.append(make("span", { class: "said wrong" }, `${name}: ${error}`));
    if (job.failures.length > 3)
      row.append(make("span", { class: "said wrong" }, `and ${whole(job.failures.length - 3)} more`));
    return row;
  }

  /** @param {Job} job @param {"cancel" | "resume"} what @param {string} words */
  #button(job, what, words) {
    return make(
      "button",
      {
        type: "button",
        "data-key": `${what}-${job.id}`,
        "aria-label": `${words}: ${title(job)}`,
        onclick: async () => {
          try {
            await this.api.post(`/jobs/${encodeURIComponent(job.id)}/${what}`, {});
          } catch (error) {
            this.#error = wordsOf(error);
            this.#draw();
          }
          this.look();
        },
      },
      words,
    );
  }
}

/** @param {Job} job */
function underWay({ state }) {
  return state === "running" || state === "queued";
}

/** What a job does that answers a question. @type {Record<NonNullable<Job["question"]>, string>} */
const ANSWERING = {
  needed: "Testing whether a stretch is needed",
  enough: "Testing whether a stretch is enough",
  where: "Testing where a stretch acts",
  with: "Mapping which bases depend on each other",
  spacing: "Testing the spacing of two motifs",
  test: "Testing the strongest stretches",
  faithful: "Testing whether scores are faithful",
};

/** What a job does, and to how many sequences. @param {Job} job */
export function title({ kind, question, total, how, model }) {
  const count = `${whole(total)} ${total === 1 ? "sequence" : "sequences"}`;
  const method = how?.method ? `, ${spoken(how.method)}` : "";
  if (kind === "predict") return `Predicting ${count} with ${model}`;
  if (question === "faithful") return `${ANSWERING[question]}, ${count}${method}`;
  // How many variants of the sequences an experiment reads is known once it has begun; no method plays a part in it.
  if (question) return ANSWERING[question] + (total > 1 ? `, ${count} read by ${model}` : "");
  return `Explaining ${count}${method}`;
}

/** @param {Job} job */
function stateWords({ state, done, total, seconds_left: left, failures }) {
  const far = `${whole(done)} of ${whole(total)}`;
  const failed = failures.length ? `, ${whole(failures.length)} failed` : "";
  if (state === "queued") return "waiting";
  if (state === "running") return [far + failed, timeLeft(left)].filter(Boolean).join(", ");
  return `${state === "interrupted" ? "interrupted when the server stopped" : state}, ${far}${failed}`;
}
