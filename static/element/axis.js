// The base axis: what a base is numbered, and where ticks go.

/** @import {Picture, Window} from "./types" */

import { roundStep, whole } from "./numbers.js";

/** Whether the axis is numbered in genome positions. @param {Picture} picture */
export function isGenomic(picture) {
  return picture.interval !== null && picture.origin === 0;
}

/** Genome position of a base, counted from 1 as genome browsers do; NaN without an interval. @param {Picture} picture @param {number} base */
export function genomePosition(picture, base) {
  const { interval } = picture;
  if (!interval) return NaN;
  return interval.strand === "-" ? interval.end - base : interval.start + 1 + base;
}

/** The number of a base on the axis. @param {Picture} picture @param {number} base */
export function baseNumber(picture, base) {
  return isGenomic(picture) ? genomePosition(picture, base) : base - picture.origin;
}

/** The number of a base as words: "-30", "+5", "chr1:12,345". @param {Picture} picture @param {number} base */
export function baseName(picture, base) {
  const number = baseNumber(picture, base);
  if (isGenomic(picture)) return `${picture.interval?.chromosome}:${whole(number)}`;
  return picture.origin && number > 0 ? `+${whole(number)}` : whole(number);
}

/** The base that a person means by its number on the axis or its genome position; -1 where there is none. @param {Picture} picture @param {string} text */
export function baseNumbered(picture, text) {
  const typed = text.trim().replace(/[,\s]/g, "").replaceAll("\u2212", "-");
  const genome = /^(.+):(\d+)$/.exec(typed);
  const { interval, sequence } = picture;
  const number = Number(genome ? genome[2] : typed);
  if (typed === "" || !Number.isInteger(number) || (genome && genome[1] !== interval?.chromosome)) return -1;
  const found = [...sequence].findIndex(
    (_, base) => (genome ? genomePosition(picture, base) : baseNumber(picture, base)) === number,
  );
  return found;
}

/** A stretch from its first to its last base, smaller number first in a genome. @param {Picture} picture @param {number} start @param {number} end */
export function rangeName(picture, start, end) {
  if (end - start === 1) return baseName(picture, start);
  if (!isGenomic(picture)) return `${baseName(picture, start)} to ${baseName(picture, end - 1)}`;
  const ends = [genomePosition(picture, start), genomePosition(picture, end - 1)].sort((a, b) => a - b);
  return `${picture.interval?.chromosome}:${whole(ends[0])}\u2013${whole(ends[1])}`;
}

/** What the axis counts, in words. @param {Picture} picture */
export function axisTitle(picture) {
  const { interval, origin } = picture;
  if (interval && isGenomic(picture)) {
    return `${interval.chromosome}, position from 1${interval.strand === "-" ? ", minus strand" : ""}`;
  }
  return origin ? "bases from the origin" : "base, from 0";
}

/**
 * Bases to be labelled in a window: those with round numbers, as many as their labels leave room for.
 * @param {Picture} picture
 * @param {Window} window
 * @param {number} width pixels of the window
 * @returns {{base: number, label: string}[]}
 */
export function axisTicks(picture, window, width) {
  const widest = Math.max(baseName(picture, 0).length, baseName(picture, picture.sequence.length - 1).length);
  const gap = 24 + 7 * (isGenomic(picture) ? whole(genomePosition(picture, 0)).length : widest);
  const span = window.end - window.start;
  const step = Math.max(1, Math.round(roundStep(span, width / gap)));
  const first = Math.max(0, Math.ceil(window.start - 0.5));
  const last = Math.min(picture.sequence.length - 1, Math.floor(window.end - 0.5));
  const found = [];
  const start = baseNumber(picture, first);
  const falls = isGenomic(picture) && picture.interval?.strand === "-";
  const rest = (((falls ? start : -start) % step) + step) % step;
  for (let base = first + rest; base <= last; base += step) {
    const number = baseNumber(picture, base);
    found.push({
      base,
      label: !isGenomic(picture) && picture.origin && number > 0 ? `+${whole(number)}` : whole(number),
    });
  }
  return found;
}
