"""The classes that requests, files and stored rows are read into, made ready before several threads read."""

from __future__ import annotations

import msgspec


def prepare() -> list[type[msgspec.Struct]]:
    """Let msgspec look at all classes of ours that are imported; return them.

    It looks at a class when the class is first read into. Where a second thread reads into it meanwhile, msgspec 0.22
    takes what is half made, and the process ends by a segmentation fault.
    """
    waiting: list[type[msgspec.Struct]] = [msgspec.Struct]
    found = []
    while waiting:
        inner = waiting.pop().__subclasses__()
        waiting += inner
        found += [one for one in inner if one.__module__.startswith("captum_dna.")]
    for one in found:
        msgspec.json.Decoder(one)
    return found
