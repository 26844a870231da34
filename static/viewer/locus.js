// Places in a genome, as the server writes them and as genome browsers take them.

/** Bases that are shown on either side of a window. */
const AROUND = 0.1;

/** Whether a text is a place as browsers have it, such as "chr1:101-220". @param {string} text */
export function isLocus(text) {
  const found = /^[^\s:]+(?::[^\s:]+)*:(\d+)-(\d+)$/.exec(text);
  return found !== null && Number(found[1]) <= Number(found[2]);
}

/** The place of an interval such as "chr1:100-220(+)", which counts from 0, with some bases around it; "" for none. @param {string | null | undefined} interval */
export function placeOf(interval) {
  const found = /^(.+):(\d+)-(\d+)\([+-]\)$/.exec(interval ?? "");
  if (!found) return "";
  const [start, end] = [Number(found[2]), Number(found[3])];
  const more = Math.round(AROUND * (end - start));
  return `${found[1]}:${Math.max(0, start - more) + 1}-${end + more}`;
}
