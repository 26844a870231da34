"""What experiments cost, and what they find of the TATA boxes of real promoters.

Times are those of the processor, all threads together, so that what else runs does not count.

``--verdicts`` prints the table of verdicts instead of the times.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

import captum_dna
from benchmarks.real_sequences import CLASS, on_promoters, promoters, read

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence

STRETCH = 60
PASSES = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", action="store_true", help="of the TATA boxes, not times")
    chosen, model = on_promoters(parser, count=100)
    if chosen.verdicts:
        verdicts(
            model, promoters(chosen.data, chosen.count), list(read(chosen.data, "others"))[: chosen.count]
        )
    else:
        times(model, promoters(chosen.data, 1)[0])
        print(f"{chosen.threads} threads, torch {torch.__version__}", file=sys.stderr)


def times(model: captum_dna.Classifier, promoter: Sequence) -> None:
    """Print what experiments on one promoter take of the processor, and how near they come to bare forward passes."""
    result = captum_dna.attribute(model, [promoter], target=CLASS, progress=False)
    begin = time.process_time()
    tested = captum_dna.test(result, model, progress=False)
    test_seconds = time.process_time() - begin
    start = promoter.tracks[0].spans[0][0] - STRETCH // 2
    begin = time.process_time()
    linked = captum_dna.dependencies(
        model, [promoter], (start, start + STRETCH), target=CLASS, progress=False
    )
    map_seconds = time.process_time() - begin
    print(
        "| experiment | sequences read | seconds of the processor | sequences/s |\n| --- | ---: | ---: | ---: |"
    )
    for name, found, seconds in (
        ("`test()` of one promoter of 251 bases", tested, test_seconds),
        (f"`dependencies()` of {STRETCH} of its bases", linked, map_seconds),
    ):
        count = found.about.experiments
        print(f"| {name} | {count:,} | {seconds:.1f} | {count / seconds:.0f} |")
    bare, own = _rates(model, promoter)
    print(
        f"| `ablate()` of its TATA box, in turn with bare passes | {PASSES} | {PASSES / own:.1f} | {own:.0f} |"
    )
    print(f"| bare forward passes of as many | {PASSES} | {PASSES / bare:.1f} | {bare:.0f} |")


def _rates(model: captum_dna.Classifier, promoter: Sequence) -> tuple[float, float]:
    """Return sequences per second of bare passes and of an experiment: the best of three, taken in turn."""
    encoding = model.encode(promoter)
    rows = 2048 // len(encoding)
    ids = torch.tensor([encoding.input_ids] * rows)
    start, end, _ = promoter.tracks[0].spans[0]
    bare, own = [], []
    for _ in range(3):
        begin = time.process_time()
        with model.at_rest(), torch.no_grad():
            for _ in range(PASSES // rows):
                model.logits(ids)
        bare.append(PASSES // rows * rows / (time.process_time() - begin))
        begin = time.process_time()
        captum_dna.ablate(model, [promoter], (start, end), draws=PASSES // 2, target=CLASS, progress=False)
        own.append((PASSES + 1) / (time.process_time() - begin))
    return max(bare), max(own)


def verdicts(model: captum_dna.Classifier, sequences: list[Sequence], others: list[Sequence]) -> None:
    """Print the verdicts of the TATA boxes: needed where they stand, and enough in shuffles and elsewhere."""
    results = captum_dna.attribute(model, sequences, target=CLASS, progress=False)
    boxes = []
    for result in results:
        scores = np.zeros(len(result))
        start, end, _ = result.tracks[0].spans[0]
        scores[start:end] = 1
        boxes.append(replace(result, base_scores=scores))
    found = captum_dna.test(boxes, model, most=1, draws=20, count=30, negatives=others, progress=False)
    table = found.table
    print(
        "| verdict of the TATA box | promoters | evidence | loss without it | control | gain by it | control |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    columns = ["evidence", "loss", "loss_control", "gain", "gain_control"]
    for verdict, rows in [*table.groupby("verdict"), ("all", table)]:
        means = " | ".join(f"{rows[column].mean():.1f}" for column in columns)
        print(f"| {verdict} | {len(rows)} | {means} |")
    for remark in found.remarks:
        print(remark, file=sys.stderr)
    scored = captum_dna.test(results[:3], model, most=1, progress=False)
    for sentence in scored.sentences:
        print(sentence, file=sys.stderr)


if __name__ == "__main__":
    main()
