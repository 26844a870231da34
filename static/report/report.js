// The script of a report: the pictures' element, and tables that sort.

import "../element/dna-view.js";
import { makeSortable } from "./sortable.js";

for (const table of document.querySelectorAll("table[data-sortable]"))
  makeSortable(/** @type {HTMLTableElement} */ (table));
