// Keys that work everywhere on the page, but for where a person types.

/** @type {[string, string][]} */
export const PAGE_KEYS = [
  ["/", "search names"],
  ["m", "search for a motif"],
  ["j k", "next and previous sequence"],
  ["l p s", "go to the list, the picture or the set"],
  ["c", "compare"],
  ["a", "add sequences"],
  ["e", "export"],
  ["g", "show or hide the genome"],
  ["u", "undo the last mutation"],
  ["?", "show this list"],
];

/** @param {Record<string, () => void>} actions by key */
export function listenForKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      document.querySelector("dialog[open]")
    )
      return;
    const from = event.composedPath()[0];
    if (from instanceof HTMLElement && from.matches("input, select, textarea")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
