// Outlines of the letters of a logo, each filling a box of 100 by 100, drawn for this project so that
// canvas and SVG show the same shapes whatever fonts a machine has.

/** @type {Record<string, string>} */
export const GLYPHS = {
  A: "M0 100L37 0H63L100 100H77L70 79H30L23 100ZM36 61H64L50 18Z",
  C: "M98 34C94 12 77 0 53 0C21 0 0 20 0 50C0 80 21 100 53 100C77 100 95 88 100 65L77 60C74 75 66 82 53 82C34 82 23 70 23 50C23 30 34 18 53 18C65 18 73 25 76 39Z",
  G: "M98 32C93 11 76 0 53 0C21 0 0 20 0 50C0 80 21 100 52 100C73 100 89 93 100 83V46H52V63H78V74C71 79 63 82 53 82C34 82 23 70 23 50C23 30 34 18 53 18C64 18 72 25 76 37Z",
  T: "M0 0H100V18H61V100H39V18H0Z",
  U: "M0 0H22V62C22 76 34 82 50 82C66 82 78 76 78 62V0H100V62C100 87 80 100 50 100C20 100 0 87 0 62Z",
  N: "M0 0H24L78 68V0H100V100H76L22 32V100H0Z",
};

/** Whether a letter has an outline; other IUPAC codes are drawn as bars. @param {string} letter */
export function hasGlyph(letter) {
  return letter.toUpperCase() in GLYPHS;
}
