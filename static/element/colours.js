// The colours of every face, on light and on dark paper. What stands between the braces is JSON:
// captum_dna/core/colours.py reads it for figures, static pictures and genome tracks.

export const COLOURS = {
  "light": {
    "paper": "#ffffff", "ink": "#1c2128", "muted": "#596270", "grid": "#e9ebef", "zero": "#9aa2ad", "band": "#fff3c4",
    "towards": "#1a66b3", "away": "#bf4a0b", "neutral": "#f0f1f4",
    "bases": { "A": "#00806a", "C": "#1d5bb8", "G": "#9a6700", "T": "#b81d3c", "U": "#b81d3c", "N": "#69727f" }
  },
  "dark": {
    "paper": "#14171c", "ink": "#e8ebf0", "muted": "#9ca6b4", "grid": "#272c35", "zero": "#5d6775", "band": "#3a3413",
    "towards": "#5fabf2", "away": "#f28c50", "neutral": "#262b33",
    "bases": { "A": "#35d0a5", "C": "#6cb0ff", "G": "#f7c559", "T": "#ff7088", "U": "#ff7088", "N": "#8b95a3" }
  }
};
