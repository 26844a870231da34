"""The classes that requests, files and stored rows are read into, made ready before several threads read."""

from __future__ import annotations

import msgspec


def prepare() -> None:
    """Let msgspec look at all classes of ours that are imported.

    It looks at a class when the class is first read into. Where a second thread reads into it meanwhile, msgspec 0.22
    takes what is half made, and the process ends by a segmentation fault.
    """
    waiting: list[type[msgspec.Struct]] = [msgspec.Struct]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith("captum_dna."):
            msgspec.json.Decoder(one)
