// The picture itself, drawn with a pen that may be a canvas or an SVG file. Only what the window
// shows is drawn.

/** @import {Band, Layer, Layout, Look, Pen, Picture, Window} from "./types" */

import { axisTicks } from "./axis.js";
import { drawDetailAxis, drawDetailPlace } from "./detail.js";
import { drawBandName, drawStrands, drawSubstitutions } from "./experiments.js";
import { hasGlyph } from "./glyphs.js";
import { baseWidth, baseX, plotWidth } from "./layout.js";
import { tickNames, ticks } from "./numbers.js";
import { baseColor, mix, readableOn, twoSided } from "./palette.js";
import { drawProfile } from "./profile.js";
import { drawStretches, trackTitle } from "./stretches.js";
import { covering, kmerLength, stagger } from "./tokens.js";

/** Pixels per base from which on letters, or at least bars, can be told apart. */
const LETTERS_FROM = 6;
export const BARS_FROM = 1;
const SEQUENCE_FROM = 8;
/** From here on a line through the middle of a base leaves something of its letter to be seen. */
const WHISKERS_FROM = 4;
/** How far the colour of a letter whose sign is not stable goes towards that of the paper. */
const PALE = 0.62;

/**
 * @param {Pen} pen
 * @param {Picture} picture
 * @param {Layout} layout
 * @param {Window} window
 * @param {Look} look
 */
export function drawScene(pen, picture, layout, window, look) {
  const plot = plotWidth(layout);
  drawSelected(pen, layout, window, look);
  drawPointed(pen, picture, layout, window, look);
  drawDetailPlace(pen, layout, window, look);
  for (const band of layout.bands) {
    if (band.kind === "logo") drawLogoAxis(pen, picture, layout, band, look);
    if (band.kind === "track")
      pen.text(layout.left, band.top + 6, picture.tracks[band.index].name, { fill: look.palette.muted, size: 11 });
    pen.clip(layout.left, band.top - 2, plot, band.height + 4, () => {
      if (band.kind === "logo") drawLogo(pen, picture, layout, band, window, look);
      else if (band.kind === "strands") drawStrands(pen, picture.layers[band.index], layout, band, window, look);
      else if (band.kind === "substitutions")
        drawSubstitutions(pen, picture.layers[band.index], layout, band, window, look);
      else if (band.kind === "letters") drawLetters(pen, picture, layout, band, window, look);
      else if (band.kind === "tokens") drawTokens(pen, picture, layout, band, window, look);
      else if (band.kind === "track") drawTrack(pen, picture, layout, band, window, look);
    });
    if (band.kind === "logo") drawStretches(pen, picture, layout, band, window, look);
    if (band.kind === "detail") drawDetail(pen, picture, layout, band, look);
    if (band.kind === "strands" || band.kind === "substitutions")
      drawBandName(pen, picture.layers[band.index], band, layout, look);
    if (band.kind === "tokens") drawTokenName(pen, picture.layers[band.index], layout, band, look);
    if (band.kind === "axis") drawAxis(pen, picture, layout, band, window, look);
  }
}

/** Vertical pixel of a score. @param {Band} band @param {[number, number]} extent @param {number} score */
export function scoreY(band, [low, high], score) {
  const pad = 3;
  return band.top + pad + ((high - score) / (high - low)) * (band.height - 2 * pad);
}

/** @param {Window} window @param {number} length @returns {[number, number]} */
function visible(window, length) {
  return [Math.max(0, Math.floor(window.start)), Math.min(length, Math.ceil(window.end))];
}

/** The bases that a person selected. @param {Pen} pen @param {Layout} layout @param {Window} window @param {Look} look */
function drawSelected(pen, layout, window, { selected, palette }) {
  const axis = layout.bands.find(({ kind }) => kind === "axis");
  if (!selected || !axis) return;
  pen.clip(layout.left, 0, plotWidth(layout), layout.height, () => {
    const x = baseX(layout, window, selected.start);
    const width = Math.max(2, (selected.end - selected.start) * baseWidth(layout, window));
    pen.rect(x, 0, width, axis.top, palette.band);
    pen.rect(x - 1, 0, 1, axis.top, palette.muted);
    pen.rect(x + width, 0, 1, axis.top, palette.muted);
  });
}

/** The band behind the base or token that is pointed at. @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Window} window @param {Look} look */
function drawPointed(pen, picture, layout, window, look) {
  const { pointed } = look;
  if (!pointed) return;
  const { tokens } = picture.layers[pointed.layer];
  const start = pointed.token >= 0 ? tokens.starts[pointed.token] : pointed.base;
  const end = pointed.token >= 0 ? tokens.ends[pointed.token] : pointed.base + 1;
  const axis = layout.bands.find(({ kind }) => kind === "axis");
  const width = Math.max(2, (end - start) * baseWidth(layout, window));
  pen.clip(layout.left, 0, plotWidth(layout), layout.height, () => {
    pen.rect(baseX(layout, window, start), 0, width, (axis?.top ?? layout.height) + 6, look.palette.band);
  });
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Look} look */
function drawLogoAxis(pen, picture, layout, band, look) {
  const { palette } = look;
  const scale = look.extents[band.index];
  const right = layout.width - layout.right;
  const values = ticks(scale[0], scale[1], band.height / 44);
  const names = tickNames(values);
  values.forEach((value, i) => {
    const y = Math.round(scoreY(band, scale, value)) + 0.5;
    pen.line(layout.left, y, right, y, value === 0 ? palette.zero : palette.grid);
    pen.text(layout.left - 8, y, names[i], { fill: palette.muted, size: 11, align: "right" });
  });
  const title = trackTitle(picture, layout, band.index);
  if (title.name) pen.text(layout.left, band.top - 10, title.name, { fill: palette.ink, size: 12, weight: 600 });
  if (title.unit) pen.text(right, band.top - 10, title.unit, { fill: palette.muted, size: 11, align: "right" });
}

/** The same bars where they are letters, for a few bases. @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Look} look */
function drawDetail(pen, picture, layout, band, look) {
  const { detail, palette, pointed } = look;
  if (!detail) return;
  const right = layout.width - layout.right;
  pen.clip(layout.left, band.top, plotWidth(layout), band.height, () => {
    if (pointed) {
      const x = baseX(layout, detail, pointed.base);
      pen.rect(x, band.top, baseWidth(layout, detail), band.height, palette.band);
    }
    drawLogo(pen, picture, layout, band, detail, look);
  });
  pen.frame(layout.left, band.top, plotWidth(layout), band.height, palette.grid);
  const zero = Math.round(scoreY(band, look.extents[band.index], 0)) + 0.5;
  pen.line(layout.left, zero, right, zero, palette.grid);
  const name = picture.layers.length > 1 ? picture.layers[band.index].name : "";
  if (name) pen.text(layout.left + 5, band.top + 9, name, { fill: palette.muted, size: 10.5 });
  if (band.index === picture.layers.length - 1) drawDetailAxis(pen, picture, layout, band, look);
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawLogo(pen, picture, layout, band, window, look) {
  const { scores, run, sequence, spread } = picture.layers[band.index];
  const scale = look.extents[band.index];
  const width = baseWidth(layout, window);
  const zero = scoreY(band, scale, 0);
  if (width < BARS_FROM) {
    drawProfile(pen, scores, layout, window, (score) => scoreY(band, scale, score), zero, look.palette);
    return;
  }
  const [first, last] = visible(window, scores.length);
  for (let i = first; i < last; i++) {
    const score = scores[i];
    if (score === 0 || Number.isNaN(score)) continue;
    const y = scoreY(band, scale, score);
    const top = Math.min(y, zero);
    const height = Math.abs(y - zero);
    if (height < 0.2) continue;
    const letter = sequence[i];
    const full =
      look.colors === "bases"
        ? baseColor(look.palette, letter)
        : run.signed && score < 0
          ? look.palette.away
          : look.palette.towards;
    const color = !spread || spread.stable[i] ? full : mix(full, look.palette.paper, PALE);
    const x = baseX(layout, window, i);
    if (width >= LETTERS_FROM && height > 3 && hasGlyph(letter)) {
      pen.glyph(letter.toUpperCase(), x + width * 0.04, top, width * 0.92, height, color);
    } else {
      const gap = width > 2.5 ? 0.5 : 0;
      pen.rect(x + gap / 2, top, width - gap, height, color);
    }
  }
  if (spread && look.whiskers && width >= WHISKERS_FROM)
    drawWhiskers(pen, picture.layers[band.index], layout, band, window, look);
}

/** A standard deviation to either side of each score. @param {Pen} pen @param {Layer} layer @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawWhiskers(pen, { scores, spread }, layout, band, window, look) {
  if (!spread) return;
  const scale = look.extents[band.index];
  const [first, last] = visible(window, scores.length);
  for (let i = first; i < last; i++) {
    if (Number.isNaN(scores[i]) || Number.isNaN(spread.sd[i])) continue;
    const x = baseX(layout, window, i + 0.5);
    const [top, bottom] = [scores[i] + spread.sd[i], scores[i] - spread.sd[i]].map((y) => scoreY(band, scale, y));
    pen.line(x, top, x, bottom, look.palette.ink);
  }
}

/** The sequence in letters of one size. @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawLetters(pen, picture, layout, band, window, look) {
  const width = baseWidth(layout, window);
  const { sequence } = picture.layers[band.index];
  const [first, last] = visible(window, sequence.length);
  const y = band.top + band.height / 2;
  if (width < SEQUENCE_FROM) return;
  for (let i = first; i < last; i++) {
    const letter = sequence[i];
    const style = { fill: baseColor(look.palette, letter), size: Math.min(13, width * 1.25), mono: true, weight: 600 };
    pen.text(baseX(layout, window, i + 0.5), y, letter, { ...style, align: "center" });
  }
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawTokens(pen, picture, layout, band, window, look) {
  const { tokens } = picture.layers[band.index];
  const { rows } = stagger(tokens);
  const size = look.tokenSizes[band.index];
  const width = baseWidth(layout, window);
  const { pointed, palette } = look;
  const lit =
    !pointed || pointed.layer !== band.index
      ? null
      : pointed.token >= 0
        ? [pointed.token]
        : covering(tokens, pointed.base);
  if (width < 0.35) {
    drawTokenHeat(pen, picture.layers[band.index], layout, band, window, look);
    return;
  }
  for (let i = 0; i < tokens.count; i++) {
    if (rows[i] < 0 || tokens.ends[i] <= window.start || tokens.starts[i] >= window.end) continue;
    const x = baseX(layout, window, tokens.starts[i]);
    const w = (tokens.ends[i] - tokens.starts[i]) * width;
    const y = band.top + rows[i] * band.rowHeight;
    const score = tokens.scores[i];
    const color = Number.isNaN(score) ? palette.paper : twoSided(palette, score, size);
    const gap = w > 4 ? 1 : 0;
    pen.rect(x + gap / 2, y, w - gap, band.rowHeight - 1, color);
    const text = tokens.text(i);
    if (band.rowHeight >= 9 && w > text.length * 6.2 + 4) {
      pen.text(x + w / 2, y + (band.rowHeight - 1) / 2, text, {
        fill: readableOn(color),
        size: 9,
        align: "center",
        mono: true,
      });
    }
    if (lit?.includes(i)) pen.frame(x + gap / 2, y, w - gap, band.rowHeight - 1, palette.ink);
  }
}

/** Tokens too narrow to be told apart: the strongest of every pixel. @param {Pen} pen @param {Layer} layer @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawTokenHeat(pen, layer, layout, band, window, look) {
  const { tokens } = layer;
  const strongest = new Float64Array(Math.ceil(plotWidth(layout)) + 1);
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.starts[i] < 0 || tokens.ends[i] <= window.start || tokens.starts[i] >= window.end) continue;
    const at = Math.max(0, Math.floor(baseX(layout, window, tokens.starts[i]) - layout.left));
    if (Math.abs(tokens.scores[i]) > Math.abs(strongest[at])) strongest[at] = tokens.scores[i];
  }
  const size = look.tokenSizes[band.index];
  strongest.forEach((score, at) => {
    if (score !== 0) pen.rect(layout.left + at, band.top, 1, band.height - 1, twoSided(look.palette, score, size));
  });
}

/** @param {Pen} pen @param {Layer} layer @param {Layout} layout @param {Band} band @param {Look} look */
function drawTokenName(pen, layer, layout, band, look) {
  const k = kmerLength(layer.tokens);
  const style = { fill: look.palette.muted, size: 11, align: /** @type {const} */ ("right") };
  pen.text(layout.left - 8, band.top + band.height / 2, k ? `${k}-mers` : "tokens", style);
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawTrack(pen, picture, layout, band, window, look) {
  const { palette } = look;
  const fill = mix(palette.muted, palette.paper, 0.65);
  for (const [start, end, words] of picture.tracks[band.index].spans) {
    if (end <= window.start || start >= window.end) continue;
    const x = baseX(layout, window, start);
    const width = Math.max(2, (end - start) * baseWidth(layout, window));
    pen.rect(x, band.top + 15, width, 15, fill);
    pen.rect(x, band.top + 15, 2, 15, palette.muted);
    const inside = width > words.length * 6 + 8;
    const from = inside ? Math.max(x, layout.left) + 6 : x + width + 4;
    pen.text(from, band.top + 22.5, words, { fill: inside ? readableOn(fill) : palette.muted, size: 10.5 });
  }
}

/** @param {Pen} pen @param {Picture} picture @param {Layout} layout @param {Band} band @param {Window} window @param {Look} look */
function drawAxis(pen, picture, layout, band, window, look) {
  const { palette } = look;
  const right = layout.width - layout.right;
  const y = Math.round(band.top) + 0.5;
  pen.line(layout.left, y, right, y, palette.zero);
  for (const { base, label } of axisTicks(picture, window, plotWidth(layout))) {
    const x = Math.round(baseX(layout, window, base + 0.5)) + 0.5;
    if (x < layout.left || x > right) continue;
    pen.line(x, y, x, y + 5, palette.zero);
    const half = label.length * 3.2;
    if (x + half <= layout.width && x - half >= 0)
      pen.text(x, y + 13, label, { fill: palette.muted, size: 11, align: "center" });
  }
}
