// The shapes of the viewer's state; those of the server's answers are made from its schema. Nothing here is loaded by a browser.

import type { Window } from "../element/types";
import type { Edit } from "./edits";

export * from "./answers";

/** What the list is filtered by; "" filters nothing. Classes stand behind a "=", so that "=" is the unknown one. */
export interface Filter {
  name: string;
  motif: string;
  truth: string;
  predicted: string;
  right: string;
  /** Percent, as typed. */
  pmin: string;
  pmax: string;
  lmin: string;
  lmax: string;
}

/** One way of explaining; "" stands for the usual. */
export interface Track {
  model: string;
  method: string;
  baseline: string;
  target: string;
  strands: string;
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
  edits: Edit[];
  window: Window | null;
  colors: string;
  pane: "list" | "picture" | "set";
  group: string;
  k: string;
}
