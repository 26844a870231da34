"""Experiments: what the model says when tokens are hidden or bases are changed.

Effects are differences of near numbers: bfloat16, if asked for, resolves them to some hundredths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna.engine.baselines import Start, baseline_ids, path_ends
from captum_dna.engine.batching import Room
from captum_dna.model.hooks import find_layers, replaced
from captum_dna.model.outputs import objective
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.engine.protocol import Settings
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding

    Hidden = NDArray[np.bool_]


class Experiments:
    """Forward passes of altered sequences of one model.

    Parameters
    ----------
    classifier
        The model, at rest.
    settings
        ``output``, ``baseline``, ``seed``, ``batch_size`` and ``precision`` are used, and ``layer``
        where the baseline has no token ids (zero, mean).
    """

    def __init__(self, classifier: Classifier, settings: Settings) -> None:
        self.classifier = classifier
        self.settings = settings
        self.room = Room(classifier, settings.precision, settings.batch_size)
        self._device = classifier.device
        self._last: tuple[list[tuple[int, ...]], NDArray[np.float64]] | None = None
        """What was read last: another class of the same sequence asks for it again."""

    def read(self, rows: list[tuple[int, ...]]) -> NDArray[np.float64]:
        """Return (N, C) logits of token ids; only rows of one length share a batch."""
        if self._last is not None and self._last[0] == rows:
            return self._last[1]
        found = self._read(rows)
        self._last = rows, found
        return found

    def _read(self, rows: list[tuple[int, ...]]) -> NDArray[np.float64]:
        places: dict[int, list[int]] = {}
        for place, ids in enumerate(rows):
            places.setdefault(len(ids), []).append(place)
        result: list[NDArray[np.float64]] = [np.empty(0)] * len(rows)
        for length, own in places.items():
            found = self.room.run([rows[place] for place in own], length, self._logits)
            for place, logits in zip(own, found, strict=True):
                result[place] = logits
        return np.stack(result)

    def read_letters(self, texts: list[str], name: str) -> NDArray[np.float64]:
        """Return (N, C) logits of letters, tokenised again; each text is read once.

        Parameters
        ----------
        texts
            N edited copies of one sequence.
        name
            How to call it in an error.
        """
        distinct = dict.fromkeys(texts)
        found = self.read([self.classifier.ids(text, name) for text in distinct])
        place = dict(zip(distinct, range(len(distinct)), strict=True))
        logits: NDArray[np.float64] = found[[place[text] for text in texts]]
        return logits

    def hide(self, encoding: Encoding, hidden: Hidden) -> NDArray[np.float64]:
        """Return (N, C) logits of one sequence with the tokens of each row of (N, T) hidden.

        A hidden token becomes what the baseline has in its place.
        """
        reference = baseline_ids(self.classifier, encoding, self.settings.baseline, self.settings.seed)
        if reference is None:
            return self._hide_in_layers(encoding, hidden)
        rows = np.where(hidden, np.array(reference), np.array(encoding.input_ids))
        return self.read([tuple(row) for row in rows.tolist()])

    def f(self, logits: NDArray[np.float64], target: int) -> NDArray[np.float64]:
        """Return the output explained (N,) of (N, C) logits."""
        return objective(
            torch.from_numpy(logits), [target] * len(logits), self.settings.output, self.classifier.head
        ).numpy()

    def _hide_in_layers(self, encoding: Encoding, hidden: Hidden) -> NDArray[np.float64]:
        layers = find_layers(self.classifier, self.settings.layer)
        start = Start(encoding, self.settings.baseline, self.settings.seed)
        (ends,) = path_ends(self.classifier, layers, [start])
        ids = sent([encoding.input_ids], self._device)

        def evaluate(rows: list[Hidden]) -> list[NDArray[np.float64]]:
            gone = torch.from_numpy(np.stack(rows)).to(ids.device).unsqueeze(-1)
            altered = {name: torch.where(gone, ends.reference[name], ends.real[name]) for name in layers}
            with torch.no_grad(), replaced(layers, altered):
                return list(_numbers(self.classifier.logits(ids.expand(len(rows), -1))))

        found = self.room.run(list(hidden), len(encoding), evaluate)
        return np.stack(found)

    def _logits(self, rows: list[tuple[int, ...]]) -> list[NDArray[np.float64]]:
        with torch.no_grad():
            return list(_numbers(self.classifier.logits(sent(rows, self._device))))


def covering(encoding: Encoding, starts: Iterable[int], ends: Iterable[int]) -> Hidden:
    """Return (N, T): which tokens overlap each half-open stretch of bases."""
    edges = np.array([span or (-1, -1) for span in encoding.spans])
    first, last = np.array(list(starts))[:, None], np.array(list(ends))[:, None]
    found: Hidden = (edges[:, 0] < last) & (edges[:, 1] > first) & (edges[:, 0] >= 0)
    return found


def touching(encoding: Encoding, removed: NDArray[np.bool_]) -> Hidden:
    """Return (N, T): which tokens cover at least one of the removed bases (N, L)."""
    before = np.concatenate([np.zeros((len(removed), 1), int), removed.cumsum(axis=1)], axis=1)
    edges = np.array([span or (0, 0) for span in encoding.spans])
    found: Hidden = before[:, edges[:, 1]] > before[:, edges[:, 0]]
    return found


def _numbers(logits: torch.Tensor) -> NDArray[np.float64]:
    return logits.double().cpu().numpy()
