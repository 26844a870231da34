// Made from captum_dna/insights/schema/ by python -m tests.insights.typescript: change it there.

import type { PicturePayload, SharedPayload } from "../element/types";

/** How to explain; what is absent has its default. */
export interface Choices {
  /** Name of the model; by default the first */
  model?: string | null;
  /** Name of the method */
  method?: string | null;
  /** Label of the class explained; by default the predicted class of each row */
  target?: string | null;
  /** The scalar explained */
  output?: string | null;
  /** A name of the model's baselines, or a DNA sequence of the same length */
  baseline?: string | null;
  /** From tokens to bases */
  projection?: string | null;
  /** Error to reach, as a share of the scores, between 0 and 1, or preview */
  tolerance?: number | string | null;
  /** A fixed number of nodes instead of the adaptive rule */
  n_steps?: number | null;
  /** Average with the reverse complement (both), or not (forward) */
  strands?: string | null;
  /** Of whatever is random */
  seed?: number | null;
  /** Bases of the overlapping windows in which longer sequences are read, or auto: as many as fit the model; absent: sequences are read whole */
  window_length?: number | string | null;
  /** Bases that neighbouring windows share at least; a quarter of a window by default */
  overlap?: number | string | null;
  /** The module whose output is scored; by default the embeddings */
  layer?: string | null;
  /** The method's own options; a JSON object, also as a query parameter */
  options?: Record<string, boolean | number | string | null | (boolean | number | string | null)[]> | null;
}

/** Why a request is not met. */
export interface Error {
  /** A sentence that says what to do; plain text */
  error: string;
  /** Where the mistake was made, if the request has such a field */
  field: string | null;
}

/** That the server answers. */
export interface Health {
  status: "ok";
}

/** A choice in words. */
export interface Words {
  name: string;
  words: string;
}

/** A model and what it can be asked. */
export interface Model {
  name: string;
  labels: string[];
  /** single_label, multi_label or regression */
  head: string;
  max_bases: number | null;
  tokenizer: string;
  fingerprint: string;
  outputs: string[];
  baselines: Words[];
  /** The modules that methods of one layer can score */
  layers: string[];
  /** The choices where nothing is said, all spelt out */
  default: Choices;
}

/** A method, what it costs and what its scores are. */
export interface MethodFacts {
  name: string;
  words: string;
  /** Evaluations per sequence of L bases and T tokens */
  cost: string;
  /** Where it was described; empty for one of our own */
  citation: string;
  complete: boolean;
  signed: boolean;
  /** Whether tolerance, n_steps and a baseline mean something to it */
  on_path: boolean;
  /** baseline, own (one of its own options) or nothing: what the scores are against */
  compares_with: string;
  /** Whether it scores the output of one layer, which is a choice */
  layered: boolean;
  /** Whether that layer must be one of the model's `layers`, the embeddings excluded */
  inner: boolean;
  /** Own options and their defaults */
  options: Record<string, unknown>;
}

/** A kind of file to save; its name is that of the file. */
export interface ExporterFacts {
  name: string;
  words: string;
  /** What the format is called */
  title: string;
  /** Only sequences with a place in a genome can be written */
  places: boolean;
  /** Whether this viewer has what it needs */
  possible: boolean;
}

/** A measure of how faithful scores are. */
export interface MeasureFacts {
  name: string;
  words: string;
  /** What it fills, and which direction is better */
  columns: Record<string, string>;
  /** Where it was described; empty for one of our own */
  citation: string;
}

/** A format that sequences are read from. */
export interface ReaderFacts {
  name: string;
  words: string;
  suffixes: string[];
}

/** A way from tokens to bases. */
export interface ProjectionFacts {
  name: string;
  words: string;
  conserving: boolean;
}

/** What to merge into choices for a quick first picture. */
export interface Preview {
  method: string;
}

/** All choices; the same while the server runs, but for the notices. */
export interface Config {
  title: string;
  version: string;
  models: Model[];
  methods: MethodFacts[];
  projections: ProjectionFacts[];
  exporters: ExporterFacts[];
  measures: MeasureFacts[];
  readers: ReaderFacts[];
  preview: Preview;
  limits: { body_bytes: number; sequence_bases: number; sequences: number; datasets: number; jobs: number; looks: number; report_sequences: number; edits: number; measured: number; option: number };
  /** Whether results outlive the server */
  kept: boolean;
  /** Whether the sizes of the chromosomes are known, which bigWig files need */
  sizes: boolean;
  /** Whether there is a Genome view */
  genome: boolean;
  /** Sentences to show, such as that a damaged store was set aside */
  notices: string[];
}

/** A data set. */
export interface Dataset {
  id: string;
  name: string;
  /** Rows */
  size: number;
  pasted: boolean;
  true_labels: string[];
  /** Shortest and longest */
  lengths: [number, number];
  /** Whether any row has an origin (a TSS, say) */
  origin: boolean;
  /** Whether any row has a genome interval */
  intervals: boolean;
  /** What the reader warned about */
  remarks: string[];
  /** Rows predicted so far, by model */
  predicted: Record<string, number>;
}

/** All data sets, in the order they were made. */
export interface Datasets {
  datasets: Dataset[];
}

/** A row of the list. */
export interface Row {
  index: number;
  name: string;
  length: number;
  true: string | null;
  /** null while it is not predicted yet, or where the model cannot read the sequence */
  predicted: string | null;
  /** Of the predicted class, or of probability_of; the value itself for a regression head */
  probability: number | null;
  correct: boolean | null;
  loss: number | null;
  /** Why the model cannot read this sequence */
  problem: string | null;
  explained: boolean;
  /** Class explained */
  target: string | null;
  delta: number | null;
  /** What the scores may be off by, as a share: their estimated error, or else what their sum misses */
  off_by: number | null;
  converged: boolean | null;
  /** Largest score, with its sign, in units of the output */
  largest: number | null;
  special_share: number | null;
  /** base64 of up to 64 int8, each the strongest score of its stretch in 1/127 of the absolute largest; -128 is no data */
  strip: string | null;
  /** Half-open stretches at which the motif fits that the rows are filtered by */
  hits: ([number, number])[];
}

/** A row with its letters and all probabilities. */
export interface FullRow {
  index: number;
  name: string;
  length: number;
  true: string | null;
  /** null while it is not predicted yet, or where the model cannot read the sequence */
  predicted: string | null;
  /** Of the predicted class, or of probability_of; the value itself for a regression head */
  probability: number | null;
  correct: boolean | null;
  loss: number | null;
  /** Why the model cannot read this sequence */
  problem: string | null;
  explained: boolean;
  /** Class explained */
  target: string | null;
  delta: number | null;
  /** What the scores may be off by, as a share: their estimated error, or else what their sum misses */
  off_by: number | null;
  converged: boolean | null;
  /** Largest score, with its sign, in units of the output */
  largest: number | null;
  special_share: number | null;
  /** base64 of up to 64 int8, each the strongest score of its stretch in 1/127 of the absolute largest; -128 is no data */
  strip: string | null;
  /** Half-open stretches at which the motif fits that the rows are filtered by */
  hits: ([number, number])[];
  sequence: string;
  /** By label; empty while not predicted */
  probabilities: Record<string, number>;
  origin: number;
  interval: string | null;
  how: Choices;
}

/** Rows that each word of a filter would keep, all other filters as they are; a regression has no classes. */
export interface Facets {
  /** By true class; an empty text for the unknown */
  true: Record<string, number>;
  predicted: Record<string, number>;
  /** right, wrong and unknown */
  correct: Record<string, number>;
  /** yes and no */
  explained: Record<string, number>;
}

/** A cell of the confusion table. */
export interface Cell {
  true: string;
  predicted: string;
  count: number;
}

/** Rows of the data set. */
export interface Counts {
  predicted: number;
  explained: number;
  problems: number;
}

/** A stretch of the list, after filters and sorting. */
export interface Rows {
  /** Rows of the data set */
  total: number;
  /** Rows that the filters keep */
  matched: number;
  offset: number;
  rows: Row[];
  facets: Facets;
  /** Over all rows kept by the filters other than true, predicted and correct */
  confusion: Cell[];
  /** Counts in 20 equal bins of the probability from 0 to 1, of the rows kept by all other filters */
  probability: number[];
  counts: Counts;
  /** How the measured and the predicted values of the rows kept correlate, in words; null without a regression, or without measured values */
  measured: string | null;
}

/** What holds between the tracks of a picture, as the picture's element reads it. */
export interface Between {
  /** Code, severity and sentence of each remark */
  k: ([string, string, string])[];
  /** Of each track with the first: Pearson's r of the base scores, and the share of the top-scoring tenth of bases that both have */
  r: ([number | null, number | null])[];
}

/** An explanation, as the picture's element reads it. */
export interface Payload {
  /** One sequence, see captum_dna/render/payload.py */
  picture: PicturePayload;
  /** What all pictures of a page share */
  shared: SharedPayload;
  how: Choices;
  /** The same for the same model, letters and choices */
  key: string;
  /** Quick scores in place of the integral that was asked for; `how` says how they were made */
  preview: boolean;
}

/** A base that was changed. */
export interface Edited {
  position: number;
  from: string;
  to: string;
}

/** A number before and after. */
export interface Change {
  before: number | null;
  after: number | null;
}

/** The probability of a class before and after. */
export interface LabelChange {
  before: number | null;
  after: number | null;
  label: string;
}

/** One sequence with bases changed: the same class, explained before and after. */
export interface Mutation {
  letters: string;
  edits: Edited[];
  target: string;
  predictions: LabelChange[];
  f: Change;
  before: Payload;
  after: Payload;
  /** Scores after minus before */
  difference: Payload;
  between: Between;
}

/** Mean scores by position of a group of rows. */
export interface Profile {
  /** all, true, predicted or correct */
  group: string;
  name: string;
  count: number;
  /** Mean score by position; null where no row has one */
  scores: (number | null)[];
  /** Rows at each position */
  rows: number[];
}

/** A k-mer of the top windows. */
export interface Kmer {
  kmer: string;
  /** Occurrences */
  count: number;
  sequences: number;
  /** Mean over occurrences of the summed base scores */
  score: number;
  /** Occurrences among the top windows */
  top: number;
  enrichment: number | null;
  p: number;
  /** p, corrected for all k-mers seen */
  q: number;
}

/** How complete the scores are. */
export interface Completeness {
  converged: number;
  /** Of what the scores may be off by, as a share */
  median_off_by: number | null;
  special_share: number | null;
}

/** What the scores of the filtered rows have in common. */
export interface Summary {
  /** Rows that the numbers are about */
  explained: number;
  matched: number;
  /** Position of the first score, relative to each row's origin (the first base where there is none) */
  start: number;
  profiles: Profile[];
  output: string;
  /** Classes that the scores are about */
  targets: string[];
  kmers: Kmer[];
  /** The test behind p and what it assumes, in words */
  test: string;
  completeness: Completeness;
}

/** A k-mer that more sequences of one side hold. */
export interface ContrastKmer {
  kmer: string;
  /** Sequences of the group that hold it */
  group: number;
  /** Sequences of the rest that hold it */
  rest: number;
  p: number;
  /** p, corrected for all k-mers seen */
  q: number;
}

/** One of two groups of rows. */
export interface Side {
  name: string;
  rows: number;
  explained: number;
  /** Mean score by position */
  scores: (number | null)[];
  /** Mean score of A, C, G and T by position, of the bases around the place */
  letters: number[][];
}

/** What the rows that the filters keep share, against the rest. */
export interface Contrast {
  /** The rows kept, and the rest */
  sides: Side[];
  /** Position of the first score of the profiles */
  start: number;
  /** Position of the first mean letter */
  place: number;
  output: string;
  kmers: ContrastKmer[];
  /** What was found, in words */
  sentences: string[];
  /** The test behind p, in words */
  test: string;
}

/** How faithful scores are, in numbers. */
export interface Numbers {
  /** Mean fall of the output without the best 5, 10 and 20 % of bases; higher is better */
  comprehensiveness: number;
  /** Mean fall with nothing but them; lower is better */
  sufficiency: number;
  /** Mean height of the curve; lower is better */
  deletion: number;
  /** Likewise; higher is better */
  insertion: number;
}

/** The output of the model while bases go or come. */
export interface Curves {
  /** Shares of the bases, from 0 to 1 */
  shares: number[];
  /** Output with that share removed */
  deletion: number[];
  /** Output with only that share left */
  insertion: number[];
  /** Share of the tokens that the deletion changes */
  tokens: number[];
  numbers: Numbers;
}

/** Curves of the scores and of random order, the mean over rows. */
export interface Faithfulness {
  rows: number[];
  output: string;
  /** How bases are removed */
  words: string;
  /** Whether the scores tell more than chance, in a sentence or two */
  verdict: string;
  scores: Curves;
  random: Curves;
}

/** What an experiment found: sentences, what to know before reading them, and a table. */
export interface Experiment {
  question: string;
  /** The function of captum_dna that made it */
  verb: string;
  sentences: string[];
  /** Code, severity and sentence of each */
  remarks: ([string, string, string])[];
  columns: string[];
  /** Of the table. See the function's own page */
  rows: ((string | number | boolean | null)[])[];
  /** The scalar that effects are differences of */
  output: string;
  /** Class explained */
  target: string;
  /** Sequences that the model read */
  experiments: number;
  start: number;
  end: number;
  /** The lines that make it again */
  python: string;
}

/** A row that could not be explained. */
export interface Failure {
  row: number;
  name: string;
  error: string;
}

/** Work under way. */
export interface Job {
  id: string;
  kind: "ask" | "explain" | "look" | "predict";
  /** What it answers beyond scores: a question about a stretch, the test of the strongest stretches of many rows, or whether scores are faithful */
  question: "enough" | "faithful" | "needed" | "spacing" | "test" | "where" | "with" | null;
  state: "cancelled" | "done" | "failed" | "interrupted" | "queued" | "running";
  dataset: string | null;
  model: string;
  how: Choices | null;
  total: number;
  /** Finished, those found in the store included */
  done: number;
  /** Found in the store */
  found: number;
  failures: Failure[];
  /** Why it failed, in a sentence */
  message: string | null;
  /** Seconds since 1970 */
  created: number;
  /** Running time so far */
  seconds: number;
  seconds_left: number | null;
  finished: number[];
  /** What an experiment has found so far, to whoever waits for it */
  so_far: Experiment;
  /** A quick picture comes before this one. Ask for it again */
  preview: boolean;
}

/** All jobs, the newest first. */
export interface Jobs {
  jobs: Job[];
}

/** What the Genome view begins with. */
export interface GenomeFacts {
  /** What igv.createBrowser takes */
  options: Record<string, unknown>;
  /** The choices that the scores were made with, as far as pictures have them */
  how: Choices;
  /** Names of the tracks of the run: a click there opens a window */
  tracks: string[];
}

/** Where it lies, counted from 1 as browsers do. */
export interface Found {
  chromosome: string;
  start: number;
  end: number;
}

/** The row of the window that covers a base, and where in it the base is. */
export interface Opened {
  dataset: Dataset;
  row: number;
  base: number;
  /** Id of the data set that this one has taken the place of */
  replaced: string | null;
}
