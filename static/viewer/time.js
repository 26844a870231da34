// Durations as a person says them.

/** "about 2 min left"; "" where nobody knows. @param {number | null} seconds */
export function timeLeft(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  if (seconds < 1) return "nearly done";
  if (seconds < 90) return `about ${Math.round(seconds)} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

/** Call after a pause in calls. @template {any[]} A @param {number} ms @param {(...args: A) => void} action */
export function afterPause(ms, action) {
  let timer = 0;
  return (/** @type {A} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), ms);
  };
}
