"""A data set that came through the page: the texts it was made of, and how a store keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from captum_dna.insights.datasets import Dataset, parse
from captum_dna.insights.limits import Limits, Problem

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence

_HEAD = "captum_dna pasted 1\n"
"""How a kept text begins that is more than one pasted text."""


class Part(msgspec.Struct, frozen=True):
    """One pasted text, and the base to number as 0 of sequences that have none."""

    text: str
    origin: int | None = None


class Pasted(msgspec.Struct, frozen=True):
    """All that a data set was made of: pasted texts, behind the viewer's first data set or not."""

    parts: list[Part]
    onto_first: bool = False

    def kept(self) -> str:
        """Return it as a store keeps it."""
        if len(self.parts) == 1 and self.parts[0].origin is None and not self.onto_first:
            return self.parts[0].text
        return _HEAD + msgspec.json.encode(self).decode()

    @classmethod
    def of(cls, kept: str) -> Pasted:
        """Return what a store kept.

        Raises
        ------
        Problem
            It is damaged.
        """
        if not kept.startswith(_HEAD):
            return cls([Part(kept)])
        try:
            return msgspec.json.decode(kept.removeprefix(_HEAD), type=cls)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise Problem("Its text is damaged. Paste it again.") from error

    def dataset(self, name: str | None, limits: Limits, first: Dataset) -> Dataset:
        """Return the data set.

        Raises
        ------
        Problem
            The readers' own sentence, or a limit.
        """
        read = [parse(part.text, name, limits) for part in self.parts]
        own = [
            _numbered(one, part.origin)
            for part, data in zip(self.parts, read, strict=True)
            for one in data.sequences
        ]
        if len(own) > limits.sequences:
            raise Problem(
                f"These are {len(own):,} pasted sequences; a data set takes {limits.sequences:,}. Start the viewer with a "
                "file instead.",
                field="text",
            )
        remarks = tuple(dict.fromkeys(remark for data in read for remark in data.remarks))
        before = first.sequences if self.onto_first else []
        return Dataset([*before, *own], read[-1].name, pasted=True, remarks=remarks)


def _numbered(sequence: Sequence, origin: int | None) -> Sequence:
    if origin is None or sequence.origin:
        return sequence
    if origin >= len(sequence):
        raise Problem(
            f"'{sequence.name}' has {len(sequence)} bases, so its origin cannot be {origin}. Give the index of one of "
            "its bases, counted from 0.",
            field="origin",
        )
    return replace(sequence, origin=origin)
