// Paper: every picture of the document is drawn before it is printed, and is as it was after that.

/** @import {DnaView} from "./dna-view.js" */

export function drawForPrinter() {
  /** @type {(() => void)[]} */
  let back = [];
  window.addEventListener("beforeprint", () => {
    back = [...document.querySelectorAll("dna-view")].map((view) => /** @type {DnaView} */ (view).toPaper());
  });
  window.addEventListener("afterprint", () => {
    for (const one of back) one();
    back = [];
  });
}
