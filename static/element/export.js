// The picture as a file: SVG, PNG, and the numbers that are in view.

/** @import {Layout, Look, Picture, Window} from "./types" */

import { baseNumber, genomePosition } from "./axis.js";
import { CanvasPen } from "./canvas-pen.js";
import { largest, plain } from "./numbers.js";
import { STEPS } from "./payload.js";
import { drawScene } from "./scene.js";
import { SvgPen } from "./svg-pen.js";
import { caption, largestChange, legend, lettersAt, unit } from "./words.js";

const MARGIN = 16;
const LINE = 17;
const PNG_SCALE = 2;
/** Decimals that JavaScript writes at most. */
const MOST_DECIMALS = 100;

/** Lines above the drawing: the words and the legend. @param {Picture} picture */
function lines(picture) {
  const [layer] = picture.layers;
  const { up, down } = legend(layer);
  const changes = picture.layers.flatMap((one, i) => {
    const change = largestChange(one);
    const of = picture.layers.length > 1 ? ` of track ${i + 1}` : "";
    return change ? [`Heat map of substitutions${of}: from ${plain(-change)} to +${plain(change)}.`] : [];
  });
  return [
    ...caption(picture),
    `Score per base, ${unit(layer)}. Up: ${up}.${down ? ` Down: ${down}.` : ""}`,
    ...changes,
  ];
}

/**
 * Draw the picture, and the words above it where they are wanted.
 * @param {import("./types").Pen} pen
 * @param {Picture} picture
 * @param {Layout} layout
 * @param {Window} window
 * @param {Look} look
 * @param {boolean} said
 */
function drawSheet(pen, picture, layout, window, look, said) {
  const { palette } = look;
  const words = said ? wrapped(picture, layout.width) : [];
  pen.rect(0, 0, layout.width, sheetHeight(picture, layout, said), palette.paper);
  words.forEach((line, i) =>
    pen.text(MARGIN, MARGIN + i * LINE, line, {
      fill: i ? palette.muted : palette.ink,
      size: i ? 11 : 13,
      weight: i ? 400 : 600,
    }),
  );
  const shift = MARGIN + words.length * LINE;
  const moved = {
    ...layout,
    bands: layout.bands.map((band) => ({ ...band, top: band.top + shift })),
    height: layout.height + shift,
  };
  drawScene(pen, picture, moved, window, { ...look, pointed: null });
}

/** @param {Picture} picture @param {number} width */
function wrapped(picture, width) {
  const most = Math.max(30, Math.floor((width - 2 * MARGIN) / 5.6));
  return lines(picture).flatMap((line) => {
    const rows = [""];
    for (const word of line.split(" ")) {
      const last = rows[rows.length - 1];
      if (last && last.length + word.length + 1 > most) rows.push(word);
      else rows[rows.length - 1] = last ? `${last} ${word}` : word;
    }
    return rows;
  });
}

/** @param {Picture} picture @param {Layout} layout @param {boolean} said */
function sheetHeight(picture, layout, said) {
  return layout.height + 2 * MARGIN + (said ? wrapped(picture, layout.width).length * LINE : 0);
}

/** @param {Picture} picture @param {Layout} layout @param {Window} window @param {Look} look @param {boolean} [said] whether words stand above */
export function toSvg(picture, layout, window, look, said = true) {
  const pen = new SvgPen();
  drawSheet(pen, picture, layout, window, look, said);
  return pen.document(
    layout.width,
    sheetHeight(picture, layout, said),
    caption(picture).join("\n"),
    `Sequence: ${picture.sequence}`,
  );
}

/** @param {Picture} picture @param {Layout} layout @param {Window} window @param {Look} look @param {boolean} [said] likewise @returns {Promise<Blob>} */
export function toPng(picture, layout, window, look, said = true) {
  const canvas = document.createElement("canvas");
  canvas.width = layout.width * PNG_SCALE;
  canvas.height = sheetHeight(picture, layout, said) * PNG_SCALE;
  const context = canvas.getContext("2d");
  if (!context) return Promise.reject(new Error("This browser cannot draw the image. Save the SVG instead."));
  context.scale(PNG_SCALE, PNG_SCALE);
  drawSheet(new CanvasPen(context), picture, layout, window, look, said);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("This browser cannot write the image. Save the SVG instead.")),
    );
  });
}

/**
 * Writes scores that are kept in steps: with the decimals that tell two steps apart, and none beyond.
 * @param {Float64Array} scores
 * @returns {(score: number) => string} "" for no score
 */
function writerOf(scores) {
  const decimals = Math.ceil(-Math.log10(largest(scores) / STEPS));
  return (score) => {
    if (Number.isNaN(score)) return "";
    if (score === 0) return "0";
    if (decimals >= 0) return String(Number(score.toFixed(Math.min(decimals, MOST_DECIMALS))));
    const unit = 10 ** -decimals;
    return String(Math.round(score / unit) * unit);
  };
}

/** The scores in view and their standard deviations, one base per line. @param {Picture} picture @param {Window} window */
export function toTsv(picture, window) {
  const names = picture.layers.flatMap((layer) => {
    const name = (layer.name || `${layer.run.method}, ${unit(layer)}`).replace(/[\t\r\n]/g, " ");
    return layer.spread ? [name, `${name}, sd`] : [name];
  });
  const columns = picture.layers.flatMap(({ scores, spread }) => (spread ? [scores, spread.sd] : [scores]));
  const writers = columns.map(writerOf);
  const genomic = picture.interval !== null;
  const rows = [["index", "position", ...(genomic ? ["genome_position"] : []), "base", ...names].join("\t")];
  const last = Math.min(picture.sequence.length, Math.ceil(window.end));
  for (let i = Math.max(0, Math.floor(window.start)); i < last; i++) {
    const scores = columns.map((column, at) => writers[at](column[i]));
    rows.push(
      [
        i,
        baseNumber(picture, i),
        ...(genomic ? [genomePosition(picture, i)] : []),
        lettersAt(picture, i),
        ...scores,
      ].join("\t"),
    );
  }
  return `${rows.join("\n")}\n`;
}

/** Hand a file to the person. @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A name that every file system takes. @param {string} name @param {string} suffix */
export function fileName(name, suffix) {
  return `${name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80) || "sequence"}.${suffix}`;
}

/**
 * What the menu of a picture saves: the words, the kind of file, and what saves it.
 * @param {import("./dna-view.js").DnaView} view
 * @returns {[string, string, () => Promise<void>][]}
 */
export function savingOf(view) {
  /** @param {string} kind @param {() => Blob | Promise<Blob>} blob */
  const saves = (kind, blob) => async () => download(fileName(view.picture?.name ?? "", kind), await blob());
  return [
    ["SVG (vector)", "svg", saves("svg", () => view.svg())],
    ["PNG (image)", "png", saves("png", () => view.png())],
    ["TSV (scores in view)", "tsv", saves("tsv", () => view.tsv())],
  ];
}
