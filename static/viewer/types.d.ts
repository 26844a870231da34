// The shapes of the viewer's state; those of the server's answers are made from its schema. Nothing here is loaded by a browser.

import type { Window } from "../element/types";
import type { Edit } from "./edits";

export * from "./answers";

/**
 * What the list is filtered by, as typed, by the keys of `filter-fields.js`; "" filters nothing. Classes stand behind a
 * "=", so that "=" is the unknown one.
 */
export type Filter = Record<string, string>;

/** One way of explaining; "" stands for the usual. */
export interface Track {
  model: string;
  method: string;
  baseline: string;
  target: string;
  strands: string;
  /** The module whose output is scored, for methods that score one. */
  layer: string;
}

export interface ViewState {
  set: string;
  item: string;
  filter: Filter;
  sort: string;
  descending: boolean;
  tracks: Track[];
  projection: string;
  output: string;
  tolerance: string;
  /** Bases of the windows in which longer sequences are explained, or "auto"; "" for none. */
  windows: string;
  overlap: string;
  /** Row of the sequence that stands beside the one on screen; "" for none. */
  pin: string;
  /** What the Genome view shows, such as "chr1:101-220"; "" for where it begins. */
  locus: string;
  edits: Edit[];
  window: Window | null;
  colors: string;
  pane: "list" | "picture" | "set";
  group: string;
  k: string;
}
