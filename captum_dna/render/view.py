"""A picture of results: shown by a notebook, or saved as a page, a drawing or an image."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captum_dna.core.attribution import Attribution
from captum_dna.core.slips import names_slips
from captum_dna.io.writing import check_writable, write_text
from captum_dna.render.fallback import fallback
from captum_dna.render.page import bundle, page
from captum_dna.render.payload import picture, shared, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from matplotlib.figure import Figure
    from typing_extensions import Unpack

    from captum_dna.core.attribution import Run
    from captum_dna.render.figure.figure import FigureOptions

    Results = Attribution | Iterable[Attribution]

MOST_IN_NOTEBOOK = 1000
"""Sequences drawn in one notebook output; a saved page has them all."""

MOST_IN_FIGURE = 10
"""Sequences of the static image that stands beside the interactive one."""

ROOM = 4040
"""Bytes that one sequence of ordinary length may take, its scores and the static picture together."""

LEAST_ROOM = 1900
"""Bytes that the static picture gets in any case: long sequences have long payloads."""

FIGURE_SUFFIXES = (".svg", ".png", ".pdf")
PAGE_SUFFIXES = (".html", ".htm")


class View:
    """The picture of one or more explained sequences.

    A notebook shows it when it is the value of a cell; nothing is displayed before that.

    Parameters
    ----------
    results
        Results, or a mapping from a name to results of the same sequences in the same order; these
        are drawn as aligned tracks, one above the other.
    colors
        ``"bases"``: letters in the colours of the four bases; ``"sign"``: in a two-sided scale.
    same_scale
        Whether all pictures start with one common y scale; by default each has its own.
    theme
        ``"light"`` or ``"dark"``; ``None`` follows the notebook or the system.
    aligned
        Whether the layers are of different sequences that are aligned, with ``-`` at gaps.
    """

    def __init__(
        self,
        results: Results | Mapping[str, Results],
        *,
        colors: Literal["bases", "sign"] = "bases",
        same_scale: bool = False,
        theme: Literal["light", "dark"] | None = None,
        aligned: bool = False,
    ) -> None:
        if colors not in ("bases", "sign"):
            raise ValueError(f"There is no colouring {colors!r}. Choose 'bases' or 'sign'.")
        if theme not in (None, "light", "dark"):
            raise ValueError(f"There is no theme {theme!r}. Choose 'light', 'dark' or None.")
        named = results if isinstance(results, Mapping) else {"": results}
        self.layers = {str(name): _attributions(items) for name, items in named.items()}
        _check_same_sequences(self.layers, aligned=aligned)
        self._aligned = aligned
        self._attributes = "".join(
            f' {name}="{value}"'
            for name, value in (
                ("colors", colors),
                ("theme", theme),
                ("scale", "same" if same_scale else None),
            )
            if value is not None and value != "bases"
        )

    def __len__(self) -> int:
        return len(next(iter(self.layers.values())))

    def __repr__(self) -> str:
        shown = [
            f"{name}: {line}" if name else line
            for name, layer in self._layers(MOST_IN_FIGURE)
            for line in (layer.headline(), *(f"  {remark}" for remark in layer.remarks))
        ]
        rest = f"\n... and {len(self) - MOST_IN_FIGURE} more sequences" if len(self) > MOST_IN_FIGURE else ""
        return "\n".join(shown) + rest

    @names_slips
    def html(self, *, most: int | None = None, script: bool = True) -> str:
        """Return the pictures as HTML that can stand anywhere in a page.

        Parameters
        ----------
        most
            Draw the first so many sequences only, and say so.
        script
            Whether to add the element's script, which a page needs once.
        """
        pictures = list(zip(*self.layers.values(), strict=True))[:most]
        runs = _distinct(layer.run for layers in pictures for layer in layers)
        names = list(self.layers)
        parts = [f"<dna-views{self._attributes}>", _data(shared(runs, names, pictures))]
        for layers in pictures:
            data = _data(picture(layers, runs, names))
            room = (
                max(ROOM - len(data.encode("utf-8")), LEAST_ROOM)
                if len(layers) == 1
                else ROOM * len(layers) // 2
            )
            parts.append(f"<dna-view>{data}{fallback(layers, names, room)}</dna-view>")
        if len(pictures) < len(self):
            parts.append(
                f"<p>{len(self) - len(pictures):,} more sequences are not drawn here: "
                "<code>.save('pictures.html')</code> writes a page with all of them.</p>"
            )
        parts.append("</dna-views>")
        return "\n".join(parts) + (f"<script>{bundle()}</script>" if script else "")

    def page(self) -> str:
        """Return a whole HTML page with all pictures; it needs nothing but itself."""
        return page(self._title(), self.html(script=False))

    def figure(self, **options: Unpack[FigureOptions]) -> Figure:
        """Return all pictures as one matplotlib figure, with the options of :meth:`captum_dna.Attributions.save`."""
        from captum_dna.render.figure.figure import figure

        return figure(self.layers, aligned=self._aligned, **options)

    def show(self) -> None:
        """Display the pictures now, in a notebook; elsewhere print the lines of words."""
        try:
            from IPython.display import display
        except ImportError:
            print(self)  # noqa: T201 - showing is what was asked for
        else:
            display(self)  # type: ignore[no-untyped-call]  # IPython's is untyped

    def save(self, path: str | Path, **options: Unpack[FigureOptions]) -> Path:
        """Write a self-contained page (.html) or a figure (.svg, .png, .pdf).

        Parameters
        ----------
        path
            The file; its suffix says which.
        **options
            Of a figure: ``window``, ``tokens``, ``whiskers``, ``style``, ``rows``, ``width``.

        Raises
        ------
        ValueError
            If the suffix is another one, an option does not fit, or the file cannot be written.
        """
        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in PAGE_SUFFIXES + FIGURE_SUFFIXES:
            raise ValueError(
                f"Cannot save a picture as '{target}': the suffix must be .html (interactive), .svg, .png or .pdf."
            )
        if options and suffix in PAGE_SUFFIXES:
            raise ValueError(f"{', '.join(options)}: for figures only. Leave it out for a page.")
        check_writable(target)
        if suffix in PAGE_SUFFIXES:
            write_text(target, self.page())
        else:
            self.figure(**options).savefig(target, bbox_inches="tight")
        return target

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        bundle_ = {"text/plain": repr(self), "text/html": self.html(most=MOST_IN_NOTEBOOK)}
        if 0 < len(self) <= MOST_IN_FIGURE:
            bundle_["image/png"] = _png(self.figure())
        wanted = bundle_.keys() & set(include) if include else bundle_.keys()
        return {kind: bundle_[kind] for kind in bundle_ if kind in wanted and kind not in (exclude or ())}

    def _layers(self, most: int) -> list[tuple[str, Attribution]]:
        pictures = list(zip(*self.layers.values(), strict=True))[:most]
        return [one for layers in pictures for one in zip(self.layers, layers, strict=True)]

    def _title(self) -> str:
        first = next(iter(self.layers.values()))
        if len(first) == 1:
            return first[0].name
        compared = f", {' and '.join(self.layers)} compared" if len(self.layers) > 1 else ""
        return f"{len(first):,} sequences{compared}"


def _attributions(results: Results) -> tuple[Attribution, ...]:
    if isinstance(results, Attribution):
        return (results,)
    items = tuple(results)
    for item in items:
        if not isinstance(item, Attribution):
            raise TypeError(
                "A picture needs Attribution objects, as attribute() returns them, not "
                f"{type(item).__name__}."
            )
    return items


def _check_same_sequences(layers: dict[str, tuple[Attribution, ...]], *, aligned: bool) -> None:
    """Raise unless all layers explain the same sequences in the same order, or sequences aligned to them."""
    if not layers:
        raise ValueError("There is nothing to draw. Give at least one set of results.")
    (first, reference), *others = layers.items()
    for name, items in others:
        if len(items) != len(reference):
            raise ValueError(
                f"{name!r} has {len(items)} sequences and {first!r} has {len(reference)}: tracks can only be "
                "compared over the same sequences, so attribute the same list for both."
            )
        for place, (one, other) in enumerate(zip(reference, items, strict=True), start=1):
            if len(one) != len(other) or (one.sequence.upper() != other.sequence.upper() and not aligned):
                raise ValueError(
                    f"Sequence {place} is '{one.name}' ({len(one)} bases) in {first!r} but '{other.name}' "
                    f"({len(other)} bases) with other letters in {name!r}: tracks can only be compared over "
                    "the same sequences in the same order."
                )


def _distinct(runs: Iterable[Run]) -> list[Run]:
    """Return the runs without repeats; runs hold dictionaries, so they cannot be hashed."""
    found: list[Run] = []
    for run in runs:
        if not any(run is other or run == other for other in found):
            found.append(run)
    return found


def _data(value: object) -> str:
    return f'<script type="application/json">{to_json(value)}</script>'


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
