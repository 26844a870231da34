// The shapes of the viewer's state and of the server's answers. Nothing here is loaded by a browser.

import type { PicturePayload, SharedPayload, Window } from "../element/types";
import type { Edit } from "./edits";

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

export interface How {
  model?: string;
  method?: string;
  target?: string | null;
  output?: string;
  baseline?: string;
  projection?: string;
  strands?: string;
  tolerance?: number | string;
  window_length?: number | string | null;
  overlap?: number | string | null;
}

export interface Words {
  name: string;
  words: string;
}

export interface Model {
  name: string;
  labels: string[];
  head: string;
  max_bases: number | null;
  outputs: string[];
  baselines: Words[];
  default: How;
}

export interface MethodFacts extends Words {
  cost: string;
  citation: string;
  complete: boolean;
  signed: boolean;
  on_path: boolean;
}

export interface Config {
  title: string;
  version: string;
  models: Model[];
  methods: MethodFacts[];
  projections: (Words & { conserving: boolean })[];
  limits: { body_bytes?: number; sequence_bases?: number; sequences?: number; edits?: number };
  kept: boolean;
  /** Whether the sizes of the chromosomes are known, which bigWig files need. */
  sizes: boolean;
  notices: string[];
}

export interface Dataset {
  id: string;
  name: string;
  size: number;
  pasted: boolean;
  intervals: boolean;
  origin: boolean;
  remarks: string[];
  predicted: Record<string, number>;
}

export interface Row {
  index: number;
  name: string;
  length: number;
  true: string | null;
  predicted: string | null;
  probability: number | null;
  correct: boolean | null;
  loss: number | null;
  problem: string | null;
  explained: boolean;
  target: string | null;
  delta: number | null;
  converged: boolean | null;
  largest: number | null;
  strip: string | null;
}

export interface FullRow extends Row {
  sequence: string;
  probabilities: Record<string, number>;
  origin: number;
}

export interface Rows {
  total: number;
  matched: number;
  offset: number;
  rows: Row[];
  facets: Record<"true" | "predicted" | "correct" | "explained", Record<string, number>>;
  confusion: { true: string; predicted: string; count: number }[];
  probability: number[];
  counts: { predicted: number; explained: number; problems: number };
}

export interface Payload {
  picture: PicturePayload;
  shared: SharedPayload;
  remarks: string[];
  how: How;
  key: string;
  /** Quick scores that stand in for an integral until that is there. */
  preview?: true;
}

export interface Mutation {
  letters: string;
  target: string;
  predictions: { label: string; before: number; after: number }[];
  f: { before: number | null; after: number | null };
  before: Payload;
  after: Payload;
  difference: [number, string];
}

export interface Profile {
  group: string;
  name: string;
  count: number;
  scores: (number | null)[];
  rows: number[];
}

export interface Kmer {
  kmer: string;
  count: number;
  sequences: number;
  score: number;
  top: number;
  enrichment: number | null;
  q: number;
}

export interface Summary {
  explained: number;
  matched: number;
  profiles: Profile[];
  start: number;
  output: string;
  /** Classes that the scores are about. */
  targets: string[];
  kmers: Kmer[];
  test: string;
  completeness: { converged: number; median_delta: number | null; special_share: number | null };
}

export interface Curves {
  shares: number[];
  deletion: number[];
  insertion: number[];
  /** Share of the tokens that the deletion changes. */
  tokens: number[];
  numbers: Record<"comprehensiveness" | "sufficiency" | "deletion" | "insertion", number>;
}

export interface Faithfulness {
  rows: number[];
  output: string;
  words: string;
  scores: Curves;
  random: Curves;
}

export interface Job {
  id: string;
  kind: "predict" | "explain" | "look";
  state: "queued" | "running" | "done" | "cancelled" | "failed" | "interrupted";
  dataset: string | null;
  model: string;
  how: How | null;
  total: number;
  done: number;
  failures: { row: number; name: string; error: string }[];
  message: string | null;
  created: number;
  seconds: number;
  seconds_left: number | null;
}
