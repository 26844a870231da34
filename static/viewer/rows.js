// The rows of a data set, fetched page by page as they are looked at.

/** @import {Row, Rows} from "./types" */
/** @import {Api} from "./api.js" */

import { pagesOf } from "./virtual.js";

const PAGE = 100;

/** Fires "answer" when the first page of another query is here, "rows" when more rows are, "problem" when none come. */
export class RowSource extends EventTarget {
  /** @type {Map<number, Row[]>} */
  #pages = new Map();
  /** @type {Set<number>} */
  #asked = new Set();
  #path = "";
  /** @type {string[][]} */
  #query = [];
  #abort = new AbortController();
  /** @type {Rows | null} */
  answer = null;

  /** @param {Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** @param {number} position in the list */
  row(position) {
    return this.#pages.get(Math.floor(position / PAGE))?.[position % PAGE];
  }

  /** Where a row of the data set stands in the list, as far as that is known; -1 where not. @param {number} index */
  positionOf(index) {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.index === index);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** @param {string} dataset @param {string[][]} query */
  async load(dataset, query) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#path = `/datasets/${encodeURIComponent(dataset)}/rows`;
    this.#query = query;
    const { signal } = this.#abort;
    try {
      const answer = await this.#ask(0, signal);
      this.#pages.clear();
      this.#asked = new Set([0]);
      this.#pages.set(0, answer.rows);
      this.answer = answer;
      this.dispatchEvent(new Event("answer"));
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("problem", { detail: error }));
    }
  }

  /** Rows that are about to be seen. @param {number} first @param {number} last exclusive */
  need(first, last) {
    for (const page of pagesOf(first, last, PAGE)) if (!this.#asked.has(page)) this.#fetch(page);
  }

  /** Ask again for what is on screen, whose scores may have come since. @param {number} first @param {number} last exclusive */
  async refresh(first, last) {
    const seen = pagesOf(first, Math.max(last, first + 1), PAGE);
    for (const page of [...this.#pages.keys()]) {
      if (seen.includes(page)) continue;
      this.#pages.delete(page);
      this.#asked.delete(page);
    }
    await Promise.all(seen.map((page) => this.#fetch(page)));
  }

  /** All rows that the filters keep and that are not explained: at most `most` of them. @param {number} most @returns {Promise<number[]>} */
  async unexplained(most) {
    const found = [];
    const query = [...this.#query, ["explained", "no"], ["limit", "500"]];
    for (let offset = 0; found.length < most; offset += 500) {
      const { rows } = /** @type {Rows} */ (await this.api.get(this.#path, [...query, ["offset", String(offset)]]));
      found.push(...rows.filter(({ problem }) => !problem).map(({ index }) => index));
      if (rows.length < 500) break;
    }
    return found.slice(0, most);
  }

  /** Rows that the filters keep and that are explained, evenly spaced among the first 500. @param {number} most @returns {Promise<number[]>} */
  async explained(most) {
    const query = [...this.#query, ["explained", "yes"], ["limit", "500"]];
    const { rows } = /** @type {Rows} */ (await this.api.get(this.#path, query));
    return evenly(rows, most).map(({ index }) => index);
  }

  /** @param {number} page */
  async #fetch(page) {
    this.#asked.add(page);
    const { signal } = this.#abort;
    try {
      const answer = await this.#ask(page, signal);
      if (signal.aborted) return;
      this.#pages.set(page, answer.rows);
      this.answer = answer;
      this.dispatchEvent(new Event("rows"));
    } catch {
      this.#asked.delete(page);
    }
  }

  /** @param {number} page @param {AbortSignal} signal @returns {Promise<Rows>} */
  #ask(page, signal) {
    return this.api.get(this.#path, [...this.#query, ["offset", String(page * PAGE)], ["limit", String(PAGE)]], signal);
  }
}

/**
 * Exactly `most` of a list, or all where there are fewer, evenly spaced.
 * @template T
 * @param {T[]} all
 * @param {number} most
 * @returns {T[]}
 */
export function evenly(all, most) {
  const count = Math.min(most, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
}
