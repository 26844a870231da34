"""Train a classifier on your own labelled sequences, then see what it reads.

    python examples/finetune_your_model.py armheb/DNA_bert_6 train.csv --output my_model
    python examples/finetune_your_model.py demo train.tsv --output my_model

The table has a column with letters (seq, sequence, dna or bases) and one with classes (label). DNABERT's
own format, k-mers with spaces and a tab before the label, is read as well.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import captum_dna


def main() -> None:
    """Train, tell the metrics, and explain the first sequence."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="hub name or folder of a model, or demo")
    parser.add_argument("data", help="CSV, TSV, Parquet or data set with labelled sequences")
    parser.add_argument("--output", type=Path, required=True, help="folder for the trained model")
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--learning-rate", type=float, help="3e-5 unless given")
    parser.add_argument("--resume", action="store_true", help="go on with the run in the output folder")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    result = captum_dna.finetune(
        options.model,
        options.data,
        output=options.output,
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        resume=options.resume,
    )
    print(result)

    first = next(captum_dna.read(options.data))
    for attribution in captum_dna.attribute(result.classifier, first):
        print(attribution.headline())


if __name__ == "__main__":
    main()
