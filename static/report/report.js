// The script of a report: the pictures' element, tables that sort, and a cue where they are wider than their place.

import "../element/dna-view.js";
import { cue } from "./scroll-cue.js";
import { makeSortable } from "./sortable.js";

for (const table of document.querySelectorAll("table[data-sortable]"))
  makeSortable(/** @type {HTMLTableElement} */ (table));
for (const box of document.querySelectorAll(".report .scroll")) cue(/** @type {HTMLElement} */ (box));
