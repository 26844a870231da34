"""Results as stores kept them before safetensors did: a compressed JSON header, float64 arrays, then the windows.

They are read, and never written.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LENGTH = 4


def is_one(data: bytes) -> bool:
    """Tell such a result by its header, which is compressed; a safetensors file has a zero there."""
    return data[_LENGTH : _LENGTH + 1] == b"\x78"


def read(
    data: bytes, numbers: tuple[str, ...], tolerance: float | None, where: str = ""
) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    """Return what is not an array, and all arrays by name, as :mod:`captum_dna.insights.record` has them."""
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    about: dict[str, Any] = json.loads(zlib.decompress(data[_LENGTH:end]))
    arrays: dict[str, NDArray[np.float64]] = {
        f"{where}numbers": np.array([about[name] for name in numbers if name in about])
    }
    for name, shape in about["arrays"]:
        size = int(np.prod(shape))
        arrays[where + name] = np.frombuffer(data, "<f8", size, end).reshape(shape)
        end += 8 * size
    edges = iter(about["spans"])
    about["spans"] = [None if start < 0 else (start, stop) for start, stop in zip(edges, edges, strict=True)]
    windows = []
    for i, (size, rest) in enumerate(about.get("windows", ())):
        inside = f"{where}windows/{i}/"
        own, more = read(data[end + size : end + size + rest], numbers, tolerance, inside)
        arrays |= more | {f"{inside}base_scores": np.frombuffer(data[end : end + size], "<f8")}
        windows.append(own)
        end += size + rest
    return about | {"windows": windows, "tolerance": tolerance}, arrays
