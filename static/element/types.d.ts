// The shapes that the modules hand to each other. Nothing here is loaded by a browser.

export interface Run {
  method: string;
  signed: boolean;
  complete: boolean;
  conserving: boolean;
  output: string;
  baseline: string;
  layer: string;
  projection: string;
  precision: string;
  tolerance: number | null;
  labels: string[];
  model: string;
  /** Whether the model predicts a number, not a class. */
  regression?: true;
  /** Whether the scores are those of one result minus those of another. */
  difference?: true;
}

/** Token i covers bases starts[i]..ends[i] (half-open); a special token has starts[i] = -1. */
export interface Tokens {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  scores: Float64Array;
  text(index: number): string;
}

/** One of the overlapping windows that a long sequence's scores were joined from. */
export interface Piece {
  start: number;
  end: number;
  fInput: number;
  fBaseline: number;
  delta: number;
  converged: boolean;
}

/** What a reader of the scores has to know, as `captum_dna/core/remarks.py` says it. */
export interface Remark {
  code: string;
  severity: "warning" | "note";
  text: string;
}

/** One way of scoring the sequence: a method, a model or a class. Scores are in units of the output. */
export interface Layer {
  name: string;
  run: Run;
  target: string;
  predicted: string;
  /** Of its own sequence, where that is another one than the picture's. */
  truth: string | null;
  probability: number;
  remarks: Remark[];
  fInput: number;
  fBaseline: number;
  delta: number;
  error: number;
  /** What the scores may be off by, as a share of them in the L2 norm. */
  relativeError: number;
  evaluations: number;
  converged: boolean;
  scores: Float64Array;
  tokens: Tokens;
  /** Its letters: those of the picture, or of a sequence aligned to it, with "-" at gaps. */
  sequence: string;
  /** Empty where the model saw the whole sequence; else f(x) and f(baseline) are theirs alone. */
  windows: Piece[];
  /** Change of the output by every substitution: rows A, C, G, T, one after the other. */
  substitutions: Float64Array | null;
  /** Scores of the sequence as given and of its reverse complement, both on the axis of the first. */
  strands: [Float64Array, Float64Array] | null;
  /** Where the explanation was repeated: the standard deviation of each score, and whether its sign is stable. */
  spread: { sd: Float64Array; stable: boolean[] } | null;
}

export interface Interval {
  chromosome: string;
  start: number;
  end: number;
  strand: string;
}

export interface Track {
  name: string;
  spans: [number, number, string][];
}

export interface Picture {
  name: string;
  sequence: string;
  truth: string | null;
  origin: number;
  interval: Interval | null;
  tracks: Track[];
  layers: Layer[];
  between: Between;
}

/** What holds between the layers: remarks, and how far each agrees with the first; NaN where that cannot be said. */
export interface Between {
  remarks: Remark[];
  agreement: { r: number; overlap: number }[];
}

/** What all pictures of one page share, as `captum_dna/render/payload.py` writes it. */
export interface SharedPayload {
  version: number;
  runs: Run[];
  layers: string[];
  extent: Record<string, [number, number]>;
  tokens: Record<string, number>;
}

export interface TokenPayload {
  k?: number;
  step?: number;
  first?: number;
  count: number;
  special?: Record<string, string>;
  spans?: (number | null)[];
  texts?: Record<string, string>;
}

export interface LayerPayload {
  r: number;
  c: number | string;
  p: number | string;
  q: number | null;
  f: (number | null)[];
  e: number;
  ok: 0 | 1;
  k?: [string, Remark["severity"], string][];
  b: [number, string];
  w: [number, string];
  m?: [number, string];
  u?: [[number, string], [number, string]];
  z?: [[number, string], string];
  t: TokenPayload;
  s?: string;
  y?: string | null;
  v?: [number, number, number | null, number | null, number | null, 0 | 1][];
}

export interface PicturePayload {
  n: string;
  s: string;
  y?: string;
  o?: number;
  g?: [string, number, number, string];
  a?: [string, [number, number, string][]][];
  l: LayerPayload[];
  x?: BetweenPayload;
}

export interface BetweenPayload {
  k: [string, string, string][];
  r: [number | null, number | null][];
}

/** The visible stretch of the base axis, in (fractional) bases. */
export interface Window {
  start: number;
  end: number;
}

export interface Band {
  kind: "logo" | "strands" | "substitutions" | "letters" | "tokens" | "track" | "axis" | "detail";
  index: number;
  top: number;
  height: number;
  rowHeight: number;
}

export interface Layout {
  width: number;
  height: number;
  left: number;
  right: number;
  bands: Band[];
}

/** What is pointed at: a base, or a token of one layer. */
export interface Target {
  base: number;
  token: number;
  layer: number;
}

/** What a person looks at, points at and has selected, in whichever picture of the same bases. */
export interface Standing {
  window: Window;
  pointed: Target | null;
  selected?: Window | null;
}

export interface Palette {
  paper: string;
  ink: string;
  muted: string;
  grid: string;
  zero: string;
  band: string;
  towards: string;
  away: string;
  neutral: string;
  bases: Record<string, string>;
}

export interface TextStyle {
  fill: string;
  size: number;
  align?: "left" | "center" | "right";
  weight?: number;
  mono?: boolean;
}

/** What a scene draws with; one writes to a canvas, one writes SVG. */
export interface Pen {
  rect(x: number, y: number, width: number, height: number, fill: string): void;
  frame(x: number, y: number, width: number, height: number, stroke: string): void;
  line(x1: number, y1: number, x2: number, y2: number, stroke: string): void;
  area(points: number[], fill: string): void;
  glyph(letter: string, x: number, y: number, width: number, height: number, fill: string): void;
  text(x: number, y: number, words: string, style: TextStyle): void;
  clip(x: number, y: number, width: number, height: number, draw: () => void): void;
}

/** Per layer: lowest and highest base score of the y axis, and the token score of full colour. */
export interface Scales {
  extents: [number, number][];
  tokenSizes: number[];
}

export interface Look extends Scales {
  palette: Palette;
  colors: "bases" | "sign";
  pointed: Target | null;
  /** The bases that a person selected. */
  selected?: Window | null;
  /** The bases whose letters stand below the bars. */
  detail?: Window | null;
  /** Stretches to put a bracket over, such as the hits of a motif. */
  marks?: [number, number][];
  /** Whether the standard deviation of each score is drawn, where it is known. */
  whiskers?: boolean;
}
