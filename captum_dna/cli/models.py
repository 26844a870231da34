"""The verb ``models``: which families are known, and how a model is read."""

from __future__ import annotations

from typing import Any

import click

from captum_dna.cli.options import debug_option, model_options
from captum_dna.cli.output import as_json, put, put_json
from captum_dna.cli.program import main


@main.command(
    short_help="List the known model families, or show how a model is read.", epilog="captum-dna models demo"
)
@click.argument("model", required=False)
@model_options
@debug_option
def models(model: str | None, **choices: Any) -> None:
    """List the known model families, or show how MODEL is read."""
    from captum_dna.pipeline.families import FAMILIES, describe

    if model is None and as_json():
        facts = ("name", "tokens", "examples", "proved", "remark")
        put_json([{name: getattr(one, name) for name in facts} for one in FAMILIES.values()])
        return
    if model is None:
        for family in FAMILIES.values():
            put(f"{family.name}: {family.tokens}; such as {', '.join(family.examples)}")
            put(f"    tested on {', '.join(family.proved)}; note: {family.remark}.")
        put("Other sequence classifiers are read by the same rules: captum-dna models MODEL shows how.")
        return
    from captum_dna import load

    topics = describe(load(model, **choices))
    if as_json():
        put_json(topics)
        return
    widest = max(map(len, topics))
    for topic, words in topics.items():
        put(f"{topic:<{widest}}  {words}")
