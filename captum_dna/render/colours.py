"""The colours of the four bases and of the two sides, as ``static/palette.js`` has them on paper."""

from __future__ import annotations

BASE_COLORS = {
    "A": "#178a4c",
    "C": "#2065b5",
    "G": "#c07a00",
    "T": "#c9303e",
    "U": "#c9303e",
    "N": "#7b8490",
}

TOWARDS = "#1a66b3"
AWAY = "#bf4a0b"
