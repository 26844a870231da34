// Three panes side by side; on narrower screens, tabs.

/** @import {Screen} from "./screen.js" */
/** @import {ViewState} from "./types" */

export class Panes {
  /** @param {HTMLElement} tabs @param {HTMLElement} main @param {Screen} screen */
  constructor(tabs, main, screen) {
    this.main = main;
    this.screen = screen;
    this.tabs = /** @type {HTMLButtonElement[]} */ ([...tabs.querySelectorAll("button")]);
    for (const tab of this.tabs)
      tab.addEventListener("click", () => this.show(/** @type {ViewState["pane"]} */ (tab.dataset.pane)));
    tabs.addEventListener("keydown", (event) => {
      const seen = this.tabs.filter((tab) => tab.offsetParent);
      const at = seen.findIndex((tab) => tab === document.activeElement);
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? seen.length - 1 : 0;
      if (!step || at < 0) return;
      const next = seen[(at + step) % seen.length];
      next.focus();
      next.click();
    });
    screen.on(["pane"], () => this.#mark());
    this.#mark();
  }

  /** @param {ViewState["pane"]} pane */
  show(pane) {
    this.screen.update({ pane });
  }

  #mark() {
    const { pane } = this.screen.state;
    this.main.dataset.pane = pane;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.pane === pane));
      tab.tabIndex = tab.dataset.pane === pane ? 0 : -1;
    }
  }
}
