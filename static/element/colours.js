// The colours of every face, on light and on dark paper. What stands between the braces is JSON:
// captum_dna/core/colours.py reads it for figures, static pictures, genome tracks and style sheets.

export const COLOURS = {
  "light": {
    "paper": "#ffffff", "ink": "#1c2128", "muted": "#596270", "grid": "#e9ebef", "zero": "#9aa2ad", "band": "#fff3c4",
    "towards": "#1a66b3", "away": "#bf4a0b", "neutral": "#f0f1f4",
    "bases": { "A": "#00806a", "C": "#1d5bb8", "G": "#9a6700", "T": "#b81d3c", "U": "#b81d3c", "N": "#69727f" },
    "face": {
      "page": "#f3f4f7", "line": "#e2e5ea", "strong-line": "#868f9b", "wash": "#f5f6f8", "chosen": "#e8f0fa",
      "accent": "#1a66b3", "on-accent": "#ffffff", "good": "#14713e", "good-wash": "#e3f4ea", "bad": "#a8201a",
      "bad-wash": "#fdeceb", "note-wash": "#fff6d6", "shadow": "0 8px 30px rgb(20 25 35 / 18%)"
    },
    "series": ["#1a66b3", "#bf4a0b", "#14713e", "#8a3fa0", "#8f5a00", "#596270"]
  },
  "dark": {
    "paper": "#14171c", "ink": "#e8ebf0", "muted": "#9ca6b4", "grid": "#272c35", "zero": "#5d6775", "band": "#3a3413",
    "towards": "#5fabf2", "away": "#f28c50", "neutral": "#262b33",
    "bases": { "A": "#35d0a5", "C": "#6cb0ff", "G": "#f7c559", "T": "#ff7088", "U": "#ff7088", "N": "#8b95a3" },
    "face": {
      "page": "#0d0f12", "line": "#2b313a", "strong-line": "#6c7684", "wash": "#1c2027", "chosen": "#1a2a3d",
      "accent": "#5fabf2", "on-accent": "#0d0f12", "good": "#6fd39c", "good-wash": "#143021", "bad": "#ff9b94",
      "bad-wash": "#3a1817", "note-wash": "#33290f", "shadow": "0 8px 30px rgb(0 0 0 / 55%)"
    },
    "series": ["#5fabf2", "#f28c50", "#6fd39c", "#d59be8", "#f2b84b", "#9ca6b4"]
  }
};
