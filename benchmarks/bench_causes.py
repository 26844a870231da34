"""What the scores of real promoters depend on: the spread over baselines, strand, phase, methods and training runs.

``--replicas`` adds the training runs of benchmarks/replicas.py, which are trained where they are not there yet.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

import captum_dna
from benchmarks import replicas
from benchmarks.real_sequences import CLASS, on_promoters, promoters

OVER = {
    "baseline": "zero,mean,dinucleotide_shuffle*5",
    "strand": True,
    "phase": "1-5",
    "method": "deeplift,base_mask,ism",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", action="store_true", help="other training runs, too")
    chosen, model = on_promoters(parser, count=40)
    over = OVER | ({"model": replicas.trained(chosen.data)} if chosen.replicas else {})
    sequences = promoters(chosen.data, chosen.count)
    results = captum_dna.attribute(model, sequences, target=CLASS, over=over, progress=False)
    print(
        "| cause | values beside the explanation's own | share of the spread | sd of a base | sd of a base of the box "
        "| mean r | top tenth in common |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    table = results.causes().set_index("cause")
    for cause, values in results[0].run.over.items():
        row = table.loc[cause]
        inside = np.concatenate(
            [_box(one, one.spread.variances[list(one.run.over).index(cause)]) for one in results]
        )
        told = ", ".join(
            f"{values.count(v)} x {v}" if values.count(v) > 1 else f"{v}" for v in dict.fromkeys(values)
        )
        if cause == "model":
            told = f"{len(values)} training runs"
        print(
            f"| {cause} | {told} | {100 * row['share']:.0f} % | {row['sd']:.3f} | {np.sqrt(np.nanmean(inside)):.3f} | "
            f"{row['agreement']:.2f} | {100 * row['overlap']:.0f} % |"
        )
    scores = np.concatenate([_box(one, one.base_scores) for one in results])
    stable = np.concatenate([_box(one, one.spread.stable) for one in results])
    others = np.concatenate([np.delete(one.spread.stable, _places(one)) for one in results])
    print(
        f"{len(results)} promoters. Mean score of a base of the box: {np.abs(scores).mean():.3f}. Stable sign: "
        f"{100 * stable.mean():.0f} % of the bases of the box, {100 * others.mean():.0f} % of the others.",
        file=sys.stderr,
    )
    for cause in over:
        rows = [one.extras["repeats"][one.spread.of(cause)] for one in results]
        agree = [
            np.nanmean(np.sign(row[:, _places(one)]) == np.sign(one.base_scores[_places(one)]))
            for one, row in zip(results, rows, strict=True)
        ]
        print(f"{cause}: sign of the box kept in {100 * np.mean(agree):.0f} %", file=sys.stderr)


def _places(result: captum_dna.Attribution) -> slice:
    start, end, _ = result.tracks[0].spans[0]
    return slice(start, end)


def _box(result: captum_dna.Attribution, values: np.ndarray) -> np.ndarray:
    return values[_places(result)]


if __name__ == "__main__":
    main()
