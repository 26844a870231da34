// Asking for an explanation until it is there, with news of its job meanwhile.

/** @import {Job} from "./types" */
/** @import {Api} from "./api.js" */

const FIRST_WAIT = 1;
const NEXT_WAIT = 2;

/**
 * @param {Api} api
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 * @param {(job: Job) => void} news
 * @param {(early: any) => void} [preview] takes a quick answer that comes before the one asked for
 * @returns {Promise<any>} the answer that is not a job
 */
export async function untilThere(api, path, body, signal, news, preview) {
  let early = preview ? { preview: true } : {};
  for (let wait = FIRST_WAIT; ; wait = NEXT_WAIT) {
    const answer = await api.post(path, { ...body, ...early, wait }, signal);
    if (!("state" in answer && "id" in answer)) {
      if (!answer.preview) return answer;
      early = {};
      preview?.(answer);
      continue;
    }
    if (!answer.preview) early = {}; // none comes
    const job = /** @type {Job} */ (answer);
    if (job.state === "cancelled") throw new Error("Cancelled. Choose it again to compute it.");
    if (job.state === "failed") throw new Error(job.message || job.failures[0]?.error || "Failed. See the server log.");
    news(job);
  }
}
