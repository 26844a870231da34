// Which rows of a long list are on screen: arithmetic only.

/**
 * First and last (exclusive) row to draw.
 * @param {number} top pixels scrolled
 * @param {number} height pixels seen
 * @param {number} row pixels per row
 * @param {number} count
 * @param {number} [more] rows beyond either edge
 */
export function rowsInView(top, height, row, count, more = 6) {
  const first = Math.max(0, Math.min(count, Math.floor(top / row) - more));
  const last = Math.max(first, Math.min(count, Math.ceil((top + height) / row) + more));
  return { first, last };
}

/**
 * Where to scroll so that a row is seen whole, moving as little as possible.
 * @param {number} index
 * @param {number} top
 * @param {number} height
 * @param {number} row
 */
export function scrollTo(index, top, height, row) {
  if (index * row < top) return index * row;
  if ((index + 1) * row > top + height) return (index + 1) * row - height;
  return top;
}

/** Pages of the server that hold some rows. @param {number} first @param {number} last exclusive @param {number} size */
export function pagesOf(first, last, size) {
  const pages = [];
  for (let page = Math.floor(first / size); page * size < last; page++) pages.push(page);
  return pages;
}

/**
 * The row that a key leads to; the same one where the key means nothing here.
 * @param {string} key
 * @param {number} index -1 for none
 * @param {number} count
 * @param {number} page rows that fit
 */
export function rowAfterKey(key, index, count, page) {
  /** @type {Record<string, number>} */
  const to = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
    j: index + 1,
    k: index - 1,
  };
  if (!(key in to) || count === 0) return index;
  return Math.min(count - 1, Math.max(0, to[key]));
}
