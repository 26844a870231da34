"""What Captum Insights 0.8 calls a feature, for DNA: how a model's input becomes letters with scores.

A :class:`DNAFeature` works here and inside Captum 0.8's own visualizer, so this module knows neither torch
nor Captum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from captum_dna.core.projection import project
from captum_dna.io.captum_records import spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution, Span

Transform = Callable[[Any], Any]


class FeatureOutput(NamedTuple):
    """What one feature shows of one example, with the field names of Captum 0.8.

    ``base`` are the words (here bases and special tokens), ``modified`` their scores in percent of the
    largest, ``contribution`` the feature's share of all features' scores.
    """

    name: str
    base: list[str]
    modified: list[float]
    type: str
    contribution: float


class BaseFeature:
    """The protocol of a feature.

    Parameters
    ----------
    name
        What to call it.
    baseline_transforms
        One callable or several, from the transformed input to its baseline; the first one counts.
    input_transforms
        Callables that make the model's input of a batch's, one after the other.
    visualization_transform
        From a batch's input to what is shown.
    """

    def __init__(
        self,
        name: str,
        baseline_transforms: Transform | list[Transform] | None,
        input_transforms: Transform | list[Transform] | None,
        visualization_transform: Transform | None,
    ) -> None:
        self.name = name
        self.baseline_transforms = _several(baseline_transforms)
        self.input_transforms = _several(input_transforms)
        self.visualization_transform = visualization_transform

    @staticmethod
    def visualization_type() -> str:
        """Return the kind of picture that Captum's page draws."""
        raise NotImplementedError

    def visualize(self, attribution: object, data: object, contribution_frac: float) -> FeatureOutput:
        """Return what is shown of one example."""
        raise NotImplementedError


class DNAFeature(BaseFeature):
    """Token ids of DNA, shown base by base.

    Parameters
    ----------
    name
        What to call the sequences.
    baseline_transforms, input_transforms
        As in Captum 0.8.
    visualization_transform
        From the (1, T) ids of an example to its T tokens as text; the tokenizer does it where there is none.
    tokenizer
        The model's tokenizer, which says how ids become bases and back. It is found by itself if
        ``visualization_transform`` is a method of it, such as ``tokenizer.convert_ids_to_tokens``.

    Examples
    --------
    >>> words = {1: "[CLS]", 2: "[SEP]", 5: "ACG", 6: "CGT"}
    >>> feature = DNAFeature("DNA", None, None, lambda ids: [words[i] for i in ids[0]])
    >>> feature.visualize(np.array([[0.0, 3.0, -3.0, 0.0]]), np.array([[1, 5, 6, 2]]), 1.0).base
    ['[CLS]', 'A', 'C', 'G', 'T', '[SEP]']
    """

    def __init__(
        self,
        name: str,
        baseline_transforms: Transform | list[Transform] | None = None,
        input_transforms: Transform | list[Transform] | None = None,
        visualization_transform: Transform | None = None,
        *,
        tokenizer: object = None,
    ) -> None:
        super().__init__(name, baseline_transforms, input_transforms, visualization_transform)
        owner = getattr(visualization_transform, "__self__", None)
        self.tokenizer: Any = owner if tokenizer is None and hasattr(owner, "get_vocab") else tokenizer
        if self.tokenizer is None and visualization_transform is None:
            raise ValueError(
                f"DNAFeature {name!r} cannot know how ids become bases. Give tokenizer=, or a visualization_transform "
                "that returns the tokens as text."
            )

    @staticmethod
    def visualization_type() -> str:
        """Return "text": Captum's page has no other type that shows letters in their order."""
        return "text"

    def tokens(self, data: object) -> list[str]:
        """Return the tokens of the (1, T) or (T,) ids of one example as text."""
        ids = [int(i) for i in np.asarray(_array(data)).reshape(-1)]
        transform = self.visualization_transform
        if self.tokenizer is not None and (
            transform is None or getattr(transform, "__self__", None) is self.tokenizer
        ):
            return [str(token) for token in self.tokenizer.convert_ids_to_tokens(ids)]
        return [str(token) for token in transform(data)] if transform is not None else []

    def visualize(self, attribution: object, data: object, contribution_frac: float) -> FeatureOutput:
        """Return one word per base, special tokens as words of their own, and their scores in percent.

        Parameters
        ----------
        attribution
            (1, T) scores, or (1, T, D) scores of embeddings, which are summed over D.
        data
            (1, T) ids.
        contribution_frac
            This feature's share of all features' scores.

        Raises
        ------
        ValueError
            The tokens are not DNA, or there is not one score for each.
        """
        scores = _array(attribution).astype(np.float64)
        scores = scores[0] if scores.ndim > 1 and scores.shape[0] == 1 else scores
        scores = scores.sum(-1) if scores.ndim > 1 else scores
        tokens = self.tokens(data)
        if len(tokens) != len(scores):
            raise ValueError(
                f"DNAFeature {self.name!r} has {len(tokens)} tokens but {len(scores)} scores: the visualization_transform "
                "must return one text per token."
            )
        bases, spans = spell(tuple(tokens), 1)
        base_scores = project(scores, spans, len(bases), how="split")
        return self._output(tokens, scores, spans, bases, base_scores, contribution_frac)

    def shown(self, result: Attribution) -> FeatureOutput:
        """Return the same of a result of captum_dna, which is the only feature of its model."""
        scores = (result.token_scores, result.spans, result.sequence, result.base_scores)
        return self._output(list(result.tokens), *scores, 1.0)

    def _output(
        self,
        tokens: list[str],
        scores: NDArray[np.float64],
        spans: Sequence[Span | None],
        bases: str,
        base_scores: NDArray[np.float64],
        share: float,
    ) -> FeatureOutput:
        covering = [place for place, span in enumerate(spans) if span is not None]
        before, after = range(covering[0]), range(covering[-1] + 1, len(tokens))
        words = [*(tokens[i] for i in before), *bases, *(tokens[i] for i in after)]
        values = np.concatenate([scores[list(before)], base_scores, scores[list(after)]])
        values = np.nan_to_num(values)
        largest = float(np.abs(values).max()) or 1.0
        percent = [float(value) for value in 100 * values / largest]
        return FeatureOutput(self.name, words, percent, self.visualization_type(), share)


def _several(transforms: Transform | list[Transform] | None) -> list[Transform]:
    if transforms is None:
        return []
    return [transforms] if callable(transforms) else list(transforms)


def _array(value: object) -> NDArray[np.generic]:
    """Return an array on the host, whatever held it."""
    if hasattr(value, "detach"):
        value = value.detach().to("cpu").numpy()
    return np.asarray(value)
