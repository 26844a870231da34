// Tables that sort by a click on a column's head, marked with data-sortable.

/** The value of a cell to sort by: a number where it reads as one. @param {HTMLTableRowElement} row @param {number} column */
function cellValue(row, column) {
  const text = row.cells[column]?.textContent?.trim() ?? "";
  return { text, number: text === "" ? NaN : Number(text.replace(/[,%]/g, "")) };
}

/** Compare two rows; numbers before words, what is missing last. @param {number} column @param {number} turn */
function byColumn(column, turn) {
  /** @param {HTMLTableRowElement} a @param {HTMLTableRowElement} b */
  return (a, b) => {
    const one = cellValue(a, column);
    const other = cellValue(b, column);
    if (one.text === "" || other.text === "") return Number(one.text === "") - Number(other.text === "");
    if (!Number.isNaN(one.number) && !Number.isNaN(other.number)) return turn * (one.number - other.number);
    return turn * one.text.localeCompare(other.text, undefined, { numeric: true });
  };
}

/** Give every head of a table a button that sorts by it. @param {HTMLTableElement} table */
export function makeSortable(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const body = table.tBodies[0];
  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body?.append(...[...body.rows].sort(byColumn(column, up ? 1 : -1)));
    });
  }
}
