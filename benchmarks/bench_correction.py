"""What the correction of gradients (Majdandzic et al. 2023) does to nucleotide gradients on real promoters."""

from __future__ import annotations

import argparse
import sys

import numpy as np

import captum_dna
from benchmarks.real_sequences import CLASS, on_promoters, promoters
from captum_dna.core.agreement import where_it_matters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    chosen, model = on_promoters(parser, count=20)
    sequences = promoters(chosen.data, chosen.count)

    def explained(**how: object) -> captum_dna.Attributions:
        return captum_dna.attribute(model, sequences, target=CLASS, progress=False, **how)

    mutated = explained(method="ism")
    print(
        "| reference | corrected | score in the box | r with mutagenesis where it matters | moved by the correction |"
    )
    print("| --- | --- | ---: | ---: | ---: |")
    for reference in ("uniform", "composition"):
        plain, corrected = (
            explained(method="nucleotide_gradients", reference=reference, corrected=it)
            for it in (False, True)
        )
        for words, results in (("no", plain), ("yes", corrected)):
            box, agree, moved = [], [], []
            for one, before, other in zip(results, plain, mutated, strict=True):
                start, end, _ = one.tracks[0].spans[0]
                size = np.abs(one.base_scores)
                box.append(size[start:end].sum() / size.sum())
                agree.append(where_it_matters(one.base_scores, other.base_scores))
                change = np.linalg.norm(one.base_scores - before.base_scores)
                moved.append(change / np.linalg.norm(before.base_scores))
            print(
                f"| {reference} | {words} | {100 * np.mean(box):.1f} % | {np.mean(agree):.3f} | "
                f"{100 * np.mean(moved):.2g} % |"
            )
    print(f"{len(sequences)} promoters, {chosen.threads} threads", file=sys.stderr)


if __name__ == "__main__":
    main()
