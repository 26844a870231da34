"""The types of options that are numbers: click's own also take 1_0, the digits of other scripts, nan and inf."""

from __future__ import annotations

import math
from typing import Any

import click

from captum_dna.core.written import number, whole


class Integer(click.types.IntParamType):
    """A whole number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what was typed as a number."""
        if isinstance(value, str) and whole(value) is None:
            self.fail(f"{value[:40]!r} is not a whole number.", param, ctx)
        return super().convert(value, param, ctx)


class Whole(Integer, click.IntRange):
    """A whole number in a range."""


class Number(click.FloatRange):
    """A number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what was typed as a number."""
        read = number(value) if isinstance(value, str) else value
        if read is None or not math.isfinite(read):
            self.fail(f"{value!s:.40} is not a number.", param, ctx)
        return super().convert(value, param, ctx)
