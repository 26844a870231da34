"""An exporter: a number per line."""

from pathlib import Path

from captum_dna.io.exporters import Exporter


def write_wiggle(results, path, *, step=1):
    """Write every so many scores of all results."""
    scores = [score for one in results for score in one.base_scores[::step]]
    Path(path).write_text("".join(f"{score:.6g}\n" for score in scores))
    return Path(path)


WIGGLE = Exporter(
    "wiggle",
    "wiggle",
    "a score per line",
    (".wig",),
    write_wiggle,
    options=("step",),
    download="scores.wig",
    media_type="text/plain",
)
