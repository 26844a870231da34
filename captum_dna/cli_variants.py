"""The verb ``variants`` of the command line: effects computed, and written as what the suffix asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.effects import VariantEffects


def explain_variants(
    model: str, vcf: str, path: Path, picture: dict[str, Any], options: dict[str, Any]
) -> None:
    """Explain the variants of a file and write them; exit with 130 after Ctrl-C, with what was finished."""
    from captum_dna import load, variant_effect
    from captum_dna.variants import VariantsInterrupted

    classifier = load(model, **{name: options.pop(name) for name in ("revision", "trust_remote_code")})
    on_invalid = "skip" if options.pop("skip_invalid") else "raise"
    chosen = options | options.pop("own") | {"on_invalid": on_invalid}
    stopped = False
    try:
        effects = variant_effect(classifier, vcf, **chosen)
    except VariantsInterrupted as stop:
        if not stop.finished:
            raise
        effects, stopped = stop.finished, True
    _write(effects, path, picture)
    if stopped:
        click.echo(f"Interrupted: the {len(effects)} variants that were finished are in {path}.", err=True)
        click.get_current_context().exit(130)
    click.echo(f"Wrote {len(effects)} {'variant' if len(effects) == 1 else 'variants'} to {path}", err=True)


def _write(effects: VariantEffects, path: Path, picture: dict[str, Any]) -> None:
    """Write a table or a picture, with the options that it has."""
    suffix = path.suffix.lower()
    page = {name: picture.pop(name) for name in ("colors", "same_scale")}
    if suffix in (".html", ".htm"):
        effects.view(**page).save(path)
    elif suffix in (".svg", ".png", ".pdf"):
        effects.figure(**picture).savefig(path)
    else:
        effects.save(path)
