// Asking the kernel of the notebook what the page asks its server: the same paths, over the widget's messages.

/** @import {Answer, Kernel} from "./types" */

import { Api, ApiError } from "../viewer/api.js";

/** After so long without an answer the person is told; a job that goes on answers every two seconds. */
const PATIENCE_MS = 6000;

/** Fires "silent" when the kernel has not answered for a while and "heard" when it does again. */
export class KernelApi extends Api {
  #asked = 0;
  /** @type {Map<number, {resolve: (body: any) => void, reject: (error: Error) => void, timer: number}>} */
  #open = new Map();

  /** @param {Kernel} kernel */
  constructor(kernel) {
    super("");
    this.kernel = kernel;
    this.heard = (/** @type {Answer} */ answer) => this.#hear(answer);
    kernel.on("msg:custom", this.heard);
  }

  /** Listen no more. */
  close() {
    this.kernel.off("msg:custom", this.heard);
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }

  /** @param {string} path @param {string[][]} [query] @param {AbortSignal} [signal] @returns {Promise<any>} */
  get(path, query = [], signal) {
    return this.#tell({ method: "GET", path, query }, signal);
  }

  /** @param {string} path @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<any>} */
  post(path, body, signal) {
    return this.#tell({ method: "POST", path, body }, signal);
  }

  /** @param {object} content @param {AbortSignal} [signal] @returns {Promise<any>} */
  #tell(content, signal) {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.dispatchEvent(new Event("silent")), PATIENCE_MS);
      this.#open.set(id, { resolve, reject, timer });
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        this.#open.delete(id);
        reject(new DOMException("No longer wanted.", "AbortError"));
      });
      this.kernel.send({ id, ...content });
    });
  }

  /** @param {Answer} answer */
  #hear({ id, status, body }) {
    this.dispatchEvent(new Event("heard"));
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    if (status < 400) open.resolve(body);
    else
      open.reject(
        new ApiError(body?.error ?? `The kernel could not do that (status ${status}).`, status, body?.field ?? ""),
      );
  }
}
