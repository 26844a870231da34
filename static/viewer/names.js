// Names of sequences, where there is little room.

const LONGEST = 30;

/** A long name with its end, where names of one kind differ. @param {string} name */
export function shortened(name) {
  const letters = [...name];
  const half = LONGEST / 2;
  return letters.length > LONGEST ? `${letters.slice(0, half - 1).join("")}\u2026${letters.slice(-half).join("")}` : name;
}
