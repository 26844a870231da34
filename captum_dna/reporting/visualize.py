"""One verb to see results: whatever explains DNA goes in, a picture comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from captum_dna.core.attribution import Attribution
from captum_dna.render.view import View
from captum_dna.results import Attributions
from captum_dna.variants.effects import VariantEffects


def visualize(
    what: object,
    sequences: object = None,
    *,
    colors: Literal["bases", "sign"] = "bases",
    same_scale: bool = False,
    theme: Literal["light", "dark"] | None = None,
    **attribute_options: object,
) -> View:
    """Return the picture of what a model read; a notebook shows it as the value of a cell.

    Parameters
    ----------
    what
        A :class:`~captum_dna.Classifier`, or anything that :func:`captum_dna.load` takes by itself (then
        ``sequences`` are explained first); an ``Attribution``, ``Attributions`` or a list of them;
        Captum's ``VisualizationDataRecord`` objects, as ``captum.attr.visualization.visualize_text``
        takes them; the ``VariantEffects`` of :func:`captum_dna.variant_effect`; or a mapping from a name to
        any of the others over the same sequences, drawn as aligned tracks.
    sequences
        What to explain with a classifier: letters, a list, a path; see :func:`captum_dna.attribute`.
    colors
        ``"bases"``: letters in the colours of the four bases; ``"sign"``: in a two-sided scale.
    same_scale
        Whether all pictures start with one common y scale; by default each has its own.
    theme
        ``"light"`` or ``"dark"``; ``None`` follows the notebook or the system.
    **attribute_options
        Options of :func:`captum_dna.attribute`, with a classifier.

    Returns
    -------
    A :class:`~captum_dna.render.view.View`: shown by a notebook, saved by ``.save(path)``.

    Raises
    ------
    ValueError
        If tracks to be compared are not of the same sequences, or records cannot be read.
    """
    if isinstance(what, VariantEffects):
        _unused(what, sequences, attribute_options)
        return what.view(colors=colors, same_scale=same_scale, theme=theme)
    if isinstance(what, Mapping):
        results: Attributions | dict[str, Attributions] = {
            name: _results(item, sequences, attribute_options) for name, item in what.items()
        }
    else:
        results = _results(what, sequences, attribute_options)
    return View(results, colors=colors, same_scale=same_scale, theme=theme)


def _results(what: Any, sequences: Any, options: dict[str, Any]) -> Attributions:
    """Return the results that one object stands for."""
    if (
        isinstance(what, str | Path)
        or _is_classifier(what)
        or (sequences is not None and not _are_scores(what))
    ):
        if sequences is None:
            raise TypeError("Give the sequences to explain as well: visualize(model, sequences).")
        from captum_dna.pipeline.attribute import attribute

        return attribute(what, sequences, **options)
    _unused(what, sequences, options)
    if isinstance(what, Attributions):
        return what
    if isinstance(what, Attribution):
        return Attributions([what])
    if _is_record(what):
        what = [what]
    if not isinstance(what, Iterable):
        raise TypeError(
            f"Cannot draw {type(what).__name__}. Give a classifier and sequences, results of attribute(), "
            "Captum's VisualizationDataRecord objects, or a mapping of names to these."
        )
    items = list(what)
    if items and all(_is_record(item) for item in items):
        from captum_dna.io.captum_records import from_records

        return Attributions(from_records(items))
    return Attributions(View(items).layers[""])


def _unused(what: object, sequences: object, options: dict[str, object]) -> None:
    """Refuse what only a classifier could use."""
    unused = ["sequences"] * (sequences is not None) + list(options)
    if unused:
        raise TypeError(
            f"{', '.join(unused)}: these go with a classifier, but {type(what).__name__} was given. "
            "Leave them out for results, whose scores are made already."
        )


def _are_scores(what: object) -> bool:
    """Tell results, records and collections of them from anything that may be a model."""
    return isinstance(what, Attributions | Attribution | list | tuple | Iterator) or _is_record(what)


def _is_classifier(what: object) -> bool:
    """Tell a classifier by its verbs, without importing torch."""
    return not isinstance(what, type) and callable(getattr(what, "encode", None)) and hasattr(what, "predict")


def _is_record(what: object) -> bool:
    """Tell Captum's record by its slots, without importing Captum."""
    return hasattr(what, "word_attributions") and hasattr(what, "raw_input_ids")
