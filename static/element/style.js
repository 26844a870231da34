// The look of the element. A constructed style sheet passes a strict content security policy.

import { COLOURS } from "./colours.js";

/** The colours of a theme, as the style sheet names them. @param {typeof COLOURS.light} theme */
function variables({ paper, ink, muted, neutral, towards, away, bases, face }) {
  const named = { paper, ink, muted, neutral, towards, away, a: bases.A, c: bases.C, g: bases.G, t: bases.T, ...face };
  return Object.entries(named)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ");
}

const CSS = `
:host { display: block; margin: 0; min-width: 0; text-align: left; }
:host([hidden]) { display: none; }
.card {
  ${variables(COLOURS.light)}
  box-sizing: border-box; position: relative; margin: 0 0 16px; padding: 12px 18px 10px; min-height: 200px;
  background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 10px;
  font: 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
.card[data-theme="dark"] {
  ${variables(COLOURS.dark)} color-scheme: dark;
}
.card[data-bad] { border-color: var(--bad); }
.placeholder { min-height: 580px; }
*, *::before { box-sizing: border-box; }
header { display: flex; gap: 4px 12px; align-items: center; min-width: 0; height: 26px; }
h3 { margin: 0; font-size: 15px; font-weight: 650; letter-spacing: -0.005em; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
header small { color: var(--muted); font-size: 13px; white-space: nowrap; margin-right: auto; }
.fact { margin: 4px 0 0; min-height: 22px; line-height: 22px; overflow-wrap: anywhere; }
.stretch { border: 0; padding: 0 3px; border-radius: 4px; background: var(--wash); color: var(--ink); font: 650 12.5px ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; cursor: pointer; }
.stretch:hover { color: var(--accent); text-decoration: underline; }
.more > summary { color: var(--muted); cursor: pointer; white-space: nowrap; border-radius: 4px; }
.more > .panel { position: absolute; right: 0; top: calc(100% + 4px); z-index: 4; width: max-content; max-width: min(560px, 82vw); padding: 12px 16px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shadow); }
.peak { margin: 10px 0 0; color: var(--muted); overflow-wrap: anywhere; }
.facts { display: grid; gap: 4px; margin: 0; }
.facts > div { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 12px; }
.comparison { margin-top: 6px; }
.comparison table { width: 100%; white-space: normal; }
.comparison th:first-child { width: 30%; }
.comparison th[scope="row"] { font-size: 13px; color: var(--ink); font-weight: 600; }
.comparison thead th { vertical-align: bottom; }
.dot { display: inline-block; width: 18px; height: 18px; margin-right: 7px; line-height: 18px; text-align: center; border-radius: 50%; background: var(--line); font-size: 11px; font-style: normal; font-weight: 650; }
.facts dt, th { font-size: 11.5px; color: var(--muted); font-weight: 400; }
.facts dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.facts dd small, td small { font-weight: 400; color: var(--muted); font-size: 12px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; white-space: nowrap; }
th, td { padding: 2px 16px 2px 0; text-align: left; }
.right { color: var(--good); }
.wrong { color: var(--bad); }
.badge { position: relative; display: inline-block; }
.badge > button { white-space: nowrap; border: 0; border-radius: 20px; padding: 1px 10px; font: inherit; font-weight: 600; cursor: help; background: var(--wash); color: var(--muted); }
.badge[data-state="good"] > button { background: var(--good-wash); color: var(--good); }
.badge[data-state="bad"] > button { background: var(--bad-wash); color: var(--bad); }
.tip { visibility: hidden; opacity: 0; position: absolute; z-index: 3; top: calc(100% + 6px); left: 0; width: max-content; max-width: min(420px, 78vw); padding: 10px 14px;
  background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shadow); font-weight: 400; white-space: normal; transition: opacity 0.12s; }
/* Without an inset, a fixed box stays below its button and is not cut off by the table that scrolls. */
.scroll .tip { position: fixed; display: block; top: auto; left: auto; margin-top: 4px; }
header .tip { left: auto; right: 0; }
.badge:hover .tip, .badge:focus-within .tip { visibility: visible; opacity: 1; }
.tip dl { display: grid; grid-template-columns: auto auto; gap: 2px 18px; margin: 0; }
.tip dt { color: var(--muted); }
.tip dd { margin: 0; text-align: right; font-weight: 550; }
.notes { list-style: none; margin: 12px 0 0; padding: 0; display: grid; gap: 4px; }
.notes li { padding: 5px 12px; border-left: 3px solid var(--muted); background: var(--wash); border-radius: 0 6px 6px 0; overflow-wrap: anywhere; }
.notes li[data-severity="warning"] { border-color: var(--bad); background: var(--bad-wash); color: var(--bad); font-weight: 600; }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; margin: 6px 0 4px; align-items: center; }
.foot { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; margin-top: 4px; }
.foot .looks { margin-left: auto; }
.bar .unit { font-weight: 550; min-width: 0; }
.tools .go { width: 62px; font: inherit; font-size: 12px; line-height: 18px; padding: 2px 7px; color: inherit; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); }
.tools .go[aria-invalid] { border-color: var(--bad); }
.tools .go::placeholder { color: var(--muted); opacity: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 3px 18px; color: var(--muted); font-size: 12.5px; align-items: center; min-width: 0; }
.legend b { font-weight: 550; color: var(--ink); }
.legend .up, .legend .down { color: var(--ink); }
.legend .up::before { content: "\\25B2\\00A0"; font-size: 9px; vertical-align: 1px; color: var(--muted); }
.legend .down::before { content: "\\25BC\\00A0"; font-size: 9px; vertical-align: 1px; color: var(--muted); }
.card[data-colors="sign"] .up::before { color: var(--towards); }
.card[data-colors="sign"] .down::before { color: var(--away); }
.ramp { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.ramp i { width: 72px; height: 9px; border-radius: 2px; background: linear-gradient(90deg, var(--away), var(--neutral), var(--towards)); }
.ramp.unsigned i { background: linear-gradient(90deg, var(--neutral), var(--towards)); }
.letters { font-weight: 700; letter-spacing: 4px; }
.letters .A { color: var(--a); } .letters .C { color: var(--c); } .letters .G { color: var(--g); } .letters .T, .letters .U { color: var(--t); }
.card[data-colors="sign"] .letters { display: none; }
.tools { margin-left: auto; display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.tools button, .tools summary, .choice button, .below button { font: inherit; font-size: 12px; line-height: 18px; padding: 2px 9px; min-width: 26px; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); color: var(--ink); cursor: pointer; list-style: none; }
.tools summary::-webkit-details-marker { display: none; }
.tools button:hover, .tools summary:hover { background: var(--wash); }
.choice { display: inline-flex; }
.choice button { border-radius: 0; margin-left: -1px; color: var(--muted); }
.choice button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
.choice button:last-child { border-radius: 0 6px 6px 0; }
[aria-pressed="true"], .choice button[aria-pressed="true"] { background: var(--wash); color: var(--ink); font-weight: 600; }
details { position: relative; }
.menu { position: absolute; right: 0; top: calc(100% + 4px); z-index: 3; display: grid; min-width: 190px; padding: 4px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shadow); }
.menu button { border: 0; text-align: left; padding: 5px 9px; }
.plot { position: relative; cursor: crosshair; touch-action: pan-y; border-radius: 4px; outline-offset: 0; user-select: none; -webkit-user-select: none; }
.plot.dragging { cursor: grabbing; }
.mini { cursor: pointer; touch-action: pan-y; margin-top: 4px; }
canvas { display: block; width: 100%; }
:focus-visible { outline: 2px solid var(--accent); }
.readout { position: absolute; z-index: 3; top: 0; left: 0; width: max-content; max-width: min(340px, 86%); padding: 8px 11px; pointer-events: none; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shadow); color: var(--muted); font-size: 12px; cursor: default; }
.readout[hidden] { display: none; }
.readout p { margin: 0; overflow-wrap: anywhere; }
.readout b { color: var(--ink); font-weight: 650; font-size: 13px; }
.parts { display: grid; gap: 1px; margin-top: 4px; }
.parts .part { display: inline-block; height: 7px; border-radius: 2px; background: var(--towards); }
.parts .part.away { background: var(--away); }
.below { flex: 1; min-width: 0; display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; min-height: 30px; color: var(--muted); }
.below b { color: var(--ink); font-weight: 650; }
.below .hint { font-size: 12px; }
.said .notes { margin: 6px 0 4px; }
.parts code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; color: var(--ink); }
.keys { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 8px 0 0; padding: 12px 14px; background: var(--wash); border-radius: 8px; }
.keys dt { font-weight: 600; } .keys dd { margin: 0; color: var(--muted); }
.keys[hidden] { display: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.failed { color: var(--bad); font-weight: 600; }
@media (max-width: 620px) {
  .card { padding: 14px 12px 10px; }
  .card:not(.placeholder) { display: flex; flex-direction: column; }
  header { flex-wrap: wrap; height: auto; }
  header small { margin-right: auto; }
  .words { display: contents; }
  .words > :not(header) { order: 4; margin-top: 8px; }
  .said { order: 5; } .keys { order: 6; }
  .fact { height: auto; white-space: normal; }
  .comparison thead { display: none; }
  .comparison tr { display: grid; padding: 5px 0; border-top: 1px solid var(--line); }
  .comparison td[data-head]::before { content: attr(data-head) ": "; color: var(--muted); }
  .more { position: static; }
  .more > .panel { left: 8px; right: 8px; top: auto; width: auto; max-width: none; }
  .facts > div { grid-template-columns: 110px minmax(0, 1fr); }
  .tools { gap: 4px; margin-left: 0; }
  .tools button, .tools summary, .choice button { padding: 2px 7px; min-width: 22px; }
}
@media (prefers-reduced-motion: reduce) { .tip { transition: none; } }
@media print { .tools, .below, .readout, .mini, .choice { display: none; } canvas { height: auto !important; } .ramp i { print-color-adjust: exact; } }
`;

const PAGE_CSS = `
:host { display: block; }
.card { border: 0; padding: 0; min-height: 0; background: none; margin: 0 0 14px; display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; color: inherit; }
.card span { color: inherit; }
@media (max-width: 620px) { .card:not(.placeholder) { flex-direction: row; } }
`;

/** @type {Record<string, CSSStyleSheet>} */
const sheets = {};

/** @param {string} css */
function sheet(css) {
  if (!sheets[css]) {
    sheets[css] = new CSSStyleSheet();
    sheets[css].replaceSync(css);
  }
  return sheets[css];
}

/** Style sheets of one picture. */
export function viewSheets() {
  return [sheet(CSS)];
}

/** Style sheets of the bar above many pictures. */
export function viewsSheets() {
  return [sheet(CSS), sheet(PAGE_CSS)];
}
