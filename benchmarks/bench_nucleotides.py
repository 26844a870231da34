"""How well base scores agree with in-silico mutagenesis: nucleotide space against k-mers split onto bases.

    python -m benchmarks.bench_nucleotides [--data FOLDER] [--model FOLDER] [--count 60]

Spearman correlation with the mutagenesis scores over the 50 bases of each sequence that matter most to it, on the
bundled model or another. The bundled one is asked about sequences of the test part alone, which it was not trained on.
Sequences are grouped by how strong the strongest substitution is, since a saturated model does not react to single
substitutions, and then there is nothing to agree with.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np

import captum_dna
from benchmarks.real_sequences import FILES, options_with, read, unseen

MATTER = 50
METHODS = {
    "integrated_gradients": {},
    "nucleotide_gradients": {"method": "nucleotide_gradients"},
    "nucleotide_gradients, composition": {"method": "nucleotide_gradients", "reference": "composition"},
    "base_mask": {"method": "base_mask"},
}
GROUPS = {"below 0.3": (0, 0.3), "0.3 to 1": (0.3, 1), "1 and more": (1, np.inf)}


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo", help="a folder with a trained model of 6-mers")
    options = options_with(parser, count=60)
    classifier = captum_dna.load(options.model)
    print(
        "| sequences | strongest substitution (log-odds) | n | "
        + " | ".join(METHODS)
        + " |\n|---|---|---|"
        + "---|" * len(METHODS)
    )
    for kind in FILES:
        known = read(options.data, kind)
        new = unseen(known) if options.model == "demo" else islice(known, options.skip, None)
        sequences = list(islice(new, options.count))
        truth = captum_dna.attribute(classifier, sequences, method="ism")
        strongest = np.array([np.abs(t.base_scores).max() for t in truth])
        agreement = {}
        for method, choice in METHODS.items():
            results = captum_dna.attribute(classifier, sequences, **choice)
            agreement[method] = np.array(
                [
                    np.corrcoef(
                        *(
                            ranks(s[np.argsort(-np.abs(t.base_scores))[:MATTER]])
                            for s in (t.base_scores, r.base_scores)
                        )
                    )[0, 1]
                    for t, r in zip(truth, results, strict=True)
                ]
            )
        for group, (low, high) in GROUPS.items():
            inside = (strongest >= low) & (strongest < high)
            if inside.any():
                medians = " | ".join(f"{np.median(values[inside]):.2f}" for values in agreement.values())
                print(f"| {kind} | {group} | {inside.sum()} | {medians} |", flush=True)


if __name__ == "__main__":
    main()
