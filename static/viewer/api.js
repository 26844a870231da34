// Asking the server: JSON in and out, every refusal a sentence, and knowing when nobody answers.

export class ApiError extends Error {
  /** @param {string} words a sentence for the person @param {number} status @param {string} field where the mistake was made, or "" */
  constructor(words, status, field) {
    super(words);
    this.status = status;
    this.field = field;
  }
}

/** Nobody answered: the server stopped, or the way to it is cut. */
export class ServerGone extends Error {}

const TRIES_MS = [1000, 1000, 2000, 3000, 5000];

/** Fires "gone" when nobody answers, "back" when somebody does again, and "refused" when it is not for this page. */
export class Api extends EventTarget {
  /** @param {string} root address below which the routes are */
  constructor(root) {
    super();
    this.root = root;
    this.gone = false;
  }

  /** @param {string} path @param {string[][]} [query] names and values; a name may come several times */
  address(path, query = []) {
    const text = new URLSearchParams(query).toString();
    return `${this.root}${path}${text ? `?${text}` : ""}`;
  }

  /**
   * @param {string} path
   * @param {string[][]} [query]
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  get(path, query, signal) {
    return this.#ask(this.address(path, query), { signal });
  }

  /** @param {string} path @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<any>} */
  post(path, body, signal) {
    return this.#ask(this.address(path), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  }

  /** @param {string} path @returns {Promise<any>} */
  remove(path) {
    return this.#ask(this.address(path), { method: "DELETE", headers: { "Content-Type": "application/json" } });
  }

  /** A file, and the name that the server gives it. @param {string} address @param {RequestInit} [options] */
  async file(address, options = {}) {
    const answer = await this.#fetch(address, options);
    if (!answer.ok) throw await refusal(answer);
    const named = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "");
    return { blob: await answer.blob(), name: named?.[1] ?? "" };
  }

  /** @param {string} address @param {RequestInit} options */
  async #ask(address, options) {
    const answer = await this.#fetch(address, options);
    if (answer.status === 401) this.dispatchEvent(new Event("refused"));
    if (!answer.ok) throw await refusal(answer);
    return answer.status === 204 ? null : answer.json();
  }

  /** @param {string} address @param {RequestInit} options */
  async #fetch(address, options) {
    try {
      return await fetch(address, { credentials: "same-origin", cache: "no-cache", ...options });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      this.#lost();
      throw new ServerGone("The server does not respond.");
    }
  }

  #lost() {
    if (this.gone) return;
    this.gone = true;
    this.dispatchEvent(new Event("gone"));
    this.#await(0);
  }

  /** Ask until somebody answers. @param {number} tries */
  #await(tries) {
    setTimeout(
      async () => {
        try {
          const answer = await fetch(this.address("/health"), { credentials: "same-origin", cache: "no-store" });
          if (!answer.ok && answer.status >= 500) throw new Error();
          this.gone = false;
          this.dispatchEvent(new CustomEvent("back", { detail: answer.ok }));
        } catch {
          this.#await(tries + 1);
        }
      },
      TRIES_MS[Math.min(tries, TRIES_MS.length - 1)],
    );
  }
}

/** The server's own sentence, or one that says what its status means. @param {Response} answer */
async function refusal(answer) {
  /** @type {{error?: unknown, field?: unknown}} */
  let body = {};
  try {
    body = (await answer.json()) ?? {};
  } catch {
    // Not JSON: the status must do.
  }
  const usual =
    answer.status === 401 || answer.status === 403
      ? "The viewer was restarted. Open its new address."
      : `The server could not do that (status ${answer.status}). Try again, or see the server log.`;
  const words = typeof body.error === "string" && answer.status !== 401 ? body.error : usual;
  return new ApiError(words, answer.status, typeof body.field === "string" ? body.field : "");
}

/** What to tell a person about anything that was thrown; "" for what needs no words. @param {unknown} error */
export function wordsOf(error) {
  if (error instanceof DOMException && error.name === "AbortError") return "";
  if (error instanceof ServerGone) return "";
  return error instanceof Error ? error.message : String(error);
}
