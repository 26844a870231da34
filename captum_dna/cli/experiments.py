"""The verbs of experiments: ``test``, ``ablate``, ``marginalize``, ``slide``, ``space`` and ``dependencies``."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.inputs import checked_path, read_data, window_of
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import (
    MODEL_CHOICES,
    background_options,
    debug_option,
    experiment_options,
    method_options,
    model_options,
    negatives_option,
    out_option,
    sequence_options,
)
from captum_dna.cli.output import as_json, caveats_of, put, put_json, rows_of, say
from captum_dna.cli.program import main
from captum_dna.cli.spelling import as_typed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.experiments.result import Experiment
    from captum_dna.model.classifier import Classifier

_SHOWN = 20
"""Sentences that are printed."""

position_option = click.option(
    "--position",
    type=Whole(0),
    metavar="BASE",
    help="Where the motif begins, counted from 0; of two motifs, MOTIF_A.",
)


@main.command(
    short_help="Test whether the strongest stretches are needed and enough.",
    epilog=(
        'captum-dna test demo promoters.fa --target "TATA promoter"\n'
        'captum-dna test demo promoters.fa --target "TATA promoter" --out verdicts.tsv --out verdicts.svg'
    ),
)
@click.argument("model")
@click.argument("data")
@click.option("--most", type=Whole(1), default=3, show_default=True, help="Stretches per sequence.")
@click.option("--draws", type=Whole(1), default=50, show_default=True, help="Replacements of a stretch.")
@click.option("--count", type=Whole(1), default=100, show_default=True, help="Backgrounds to plant into.")
@out_option
@negatives_option
@method_options
@sequence_options
@model_options
@debug_option
def test(model: str, data: str, **options: Any) -> None:
    """Explain DATA, and test whether the strongest stretches are needed, and enough, for MODEL's output.

    MODEL and DATA are as for attribute.
    """
    from captum_dna import attribute, load
    from captum_dna import test as verdicts_of

    out, negatives = _outputs(options), options.pop("negatives")
    asked = {name: options.pop(name) for name in ("most", "draws", "count")}
    sequences, model_options, choices = read_data(data, options)
    classifier = load(model, **model_options)
    results = attribute(classifier, sequences, **choices)
    shared = {name: choices[name] for name in ("precision", "batch_size", "seed")}
    _finish(verdicts_of(results, classifier, negatives=negatives, **asked, **shared), out)


@main.command(
    short_help="Is a stretch needed? Replace it, and measure the output.",
    epilog='captum-dna ablate demo promoters.fa --stretch 5-13 --target "TATA promoter" --out needed.tsv',
)
@click.argument("model")
@click.argument("data")
@click.option(
    "--stretch", metavar="START-END", required=True, help="Bases to replace, counted from 0, END excluded."
)
@click.option(
    "--kind",
    default="surroundings",
    show_default=True,
    help="What replaces it: surroundings, dinucleotide_shuffle, gc_random.",
)
@click.option("--draws", type=Whole(1), default=100, show_default=True, help="Number of replacements.")
@negatives_option
@experiment_options
def ablate(model: str, data: str, **options: Any) -> None:
    """Replace a stretch of every sequence in DATA, and measure how MODEL's output changes.

    Other stretches of the same length are the control.
    """
    from captum_dna import ablate as verb

    options["stretch"] = window_of(options["stretch"], "--stretch")
    out, classifier = _outputs(options), _model(model, options)
    _finish(verb(classifier, data, **options), out)


@main.command(
    short_help="Is a motif enough? Plant it into backgrounds.",
    epilog='captum-dna marginalize demo TATAAAAG promoters.fa --shuffle gc_random --target "TATA promoter"',
)
@click.argument("model")
@click.argument("motif")
@click.argument("backgrounds")
@position_option
@background_options
def marginalize(model: str, motif: str, backgrounds: str, **options: Any) -> None:
    """Plant MOTIF into BACKGROUNDS, sequences of one length, and measure what it adds to MODEL's output.

    MOTIF is letters, IUPAC codes included, or FILE.meme:NAME. Controls are its letters in another order.
    """
    from captum_dna import marginalize as verb

    out, classifier = _outputs(options), _model(model, options)
    _finish(verb(classifier, _motif(motif), backgrounds, **options), out)


@main.command(
    short_help="Where does a motif matter? Plant it at each position.",
    epilog='captum-dna slide demo TATAAAAG promoters.fa --shuffle gc_random --count 20 --step 20 --target "TATA promoter"',
)
@click.argument("model")
@click.argument("motif")
@click.argument("backgrounds")
@click.option(
    "--step",
    type=Whole(1),
    default=1,
    show_default=True,
    help="Bases from one position to the next.",
)
@background_options
def slide(model: str, motif: str, backgrounds: str, **options: Any) -> None:
    """Plant MOTIF at each position of BACKGROUNDS, and measure what it adds to MODEL's output there."""
    from captum_dna import slide as verb

    out, classifier = _outputs(options), _model(model, options)
    _finish(verb(classifier, _motif(motif), backgrounds, **options), out)


@main.command(
    short_help="Do two motifs act together, and at which distance?",
    epilog=(
        "captum-dna space demo TATAAAAG GGGCGG promoters.fa --shuffle gc_random --count 20 --distances 5-8 "
        '--target "TATA promoter"'
    ),
)
@click.argument("model")
@click.argument("motif_a")
@click.argument("motif_b")
@click.argument("backgrounds")
@click.option(
    "--distances", metavar="FROM-TO", help="Bases between the motifs, TO included. Default: 0 to 30."
)
@position_option
@background_options
def space(model: str, motif_a: str, motif_b: str, backgrounds: str, **options: Any) -> None:
    """Plant two motifs into BACKGROUNDS, alone and together, and measure the effect beyond the sum of both."""
    from captum_dna import space as verb

    given = options["distances"]
    if given is not None:
        first, last = window_of(given, "--distances") or (0, 0)
        if first > last:
            raise click.BadParameter(
                f"{given!r} ends before it begins. Give the smaller number first.", param_hint="--distances"
            )
        options["distances"] = range(first, last + 1)
    out, classifier = _outputs(options), _model(model, options)
    _finish(verb(classifier, _motif(motif_a), _motif(motif_b), backgrounds, **options), out)


@main.command(
    short_help="Which bases need each other? Substitute pairs of them.",
    epilog="captum-dna dependencies demo TATAAAAGGCGGCACG --stretch 0-8 --out map.svg",
)
@click.argument("model")
@click.argument("sequence")
@click.option(
    "--stretch", metavar="START-END", help="Bases to examine, counted from 0, END excluded. Default: all."
)
@click.option(
    "--of", type=click.Choice(["output", "attribution"]), default="output", help="What is measured."
)
@click.option(
    "--substitutions",
    type=Whole(1, 3),
    default=1,
    show_default=True,
    help="Substitutions per base.",
)
@experiment_options
def dependencies(model: str, sequence: str, **options: Any) -> None:
    """Substitute pairs of bases of SEQUENCE, and measure the effect on MODEL's output beyond the sum of both."""
    from captum_dna import dependencies as verb

    options["stretch"] = window_of(options["stretch"], "--stretch")
    out, classifier = _outputs(options), _model(model, options)
    _finish(verb(classifier, sequence, **options), out)


def _outputs(options: dict[str, Any]) -> list[Path]:
    """Return the files to write, once it is known that they can be."""
    from captum_dna.experiments.result import SUFFIXES

    return [checked_path(out, SUFFIXES) for out in options.pop("out")]


def _model(model: str, options: dict[str, Any]) -> Classifier:
    from captum_dna import load

    return load(model, **{name: options.pop(name) for name in MODEL_CHOICES})


def _motif(text: str) -> str | NDArray[np.float64]:
    """Return letters as they are, and the matrix of a motif in a MEME file."""
    file, _, name = text.partition(".meme")
    if not file or len(file) == len(text):
        return text
    from captum_dna.motifs.meme import read_motifs

    path, name = f"{file}.meme", name.removeprefix(":")
    known = read_motifs(Path(path))
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        raise click.UsageError(
            f"{path} has the motifs {', '.join(known)}. Name one, as {shlex.quote(f'{path}:{next(iter(known))}')}."
        )
    return known[name]


def _finish(found: Experiment, files: list[Path]) -> None:
    """Print what was found and what to know, and write the files."""
    for path in files:
        found.save(path)
        say(f"Wrote {path}")
    if as_json():
        said = {"about": asdict(found.about), "sentences": found.sentences, "caveats": caveats_of(found)}
        put_json({"files": [str(path) for path in files], **said, "table": rows_of(found.table)})
        return
    for sentence in found.sentences[:_SHOWN]:
        put(sentence)
    if len(found.sentences) > _SHOWN:
        put(f"... and {len(found.sentences) - _SHOWN} more. --out writes all of them as a table.")
    for remark in found.caveats:
        say(f"{remark.severity.capitalize()}: {as_typed(remark.text)}")
