// Light or dark: what was asked for, else what the notebook says, else the system.

/** @typedef {"light" | "dark"} Theme */

/** @param {Element} element @returns {Theme} */
export function themeOf(element) {
  const asked = element.closest("[theme]")?.getAttribute("theme");
  if (asked === "light" || asked === "dark") return asked;
  const { body, documentElement } = document;
  const jupyter = body.dataset.jpThemeLight;
  if (jupyter) return jupyter === "false" ? "dark" : "light";
  if (body.classList.contains("vscode-dark")) return "dark";
  if (body.classList.contains("vscode-high-contrast"))
    return body.classList.contains("vscode-high-contrast-light") ? "light" : "dark";
  if (body.classList.contains("vscode-light")) return "light";
  const page = documentElement.getAttribute("theme") ?? documentElement.dataset.theme;
  if (page === "light" || page === "dark") return page;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Call back when the notebook or the system changes its theme.
 * @param {() => void} listener
 * @returns {() => void} stops it
 */
export function onThemeChange(listener) {
  if (listeners.size === 0) watch();
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let watching = false;

function watch() {
  if (watching) return;
  watching = true;
  const tell = () => listeners.forEach((listener) => listener());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  const observer = new MutationObserver(tell);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["theme", "data-theme"] });
}
