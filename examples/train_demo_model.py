"""Train the bundled model again, from two FASTA files, and measure it on sequences that it never saw.

    python examples/train_demo_model.py mouse_tata_promoters.fa mouse_nonpromoters.fa --output demo

Sequences are 251 bases with the transcription start at index 200 (EPDnew promoters and fragments of
genes, in the collection of Umarov and Solovyev 2017, doi:10.1371/journal.pone.0171410). About a
quarter of an hour on one CPU core; the same seed gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.torch import save_file

import captum_dna
from captum_dna.training import Augmentation, classification_metrics, finetune, from_scratch
from captum_dna.training.scratch import kmer_vocabulary

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier

LABELS = ("other", "TATA promoter")
PARTS = ("test", "validation", "training")
KEPT = Path(__file__).with_name("demo_parts.txt")
"""The sizes below were chosen on the validation part; the last model is trained on it as well."""
BOX = "TATAA"
BOX_STARTS = range(160, 179)
"""Where a TATA box can start when the transcription start is at index 200."""
RECIPE: dict[str, Any] = {
    "learning_rate": 2e-3,
    "weight_decay": 0.05,
    "label_smoothing": 0.05,
    "class_weights": {"TATA promoter": 1.25},  # shuffling makes a tenth of the promoters others
    "augmentation": Augmentation(substitute=0.03, shift=2, mask=0.08, shuffle=0.1, shuffle_label="other"),
}
"""How it is trained, but for the epochs."""
NEAR = 5
"""Bases that the strongest score may lie outside the box."""


def main() -> None:
    """Train, export, measure."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parts = read_parts(options.promoters, options.others)
    for name, part in parts.items():
        print(name, {label: sum(s.label == label for s in part) for label in LABELS})
    work = options.work or Path(tempfile.mkdtemp()) / "run"
    result = finetune(
        untrained(options.seed),
        evened(parts["training"] + parts["validation"]),
        validation=None,
        output=work,
        epochs=8,
        seed=options.seed,
        resume=options.work is not None,
        **RECIPE,
    )
    export(result.classifier, options.output)
    classifier = captum_dna.load(options.output)
    print("test", json.dumps(measure(classifier, parts["test"])))
    print("box", json.dumps(localisation(classifier, parts["test"])))


def untrained(seed: int) -> Classifier:
    """Return a model of the bundled one's size."""
    return from_scratch(k=6, layers=3, width=64, labels=LABELS, seed=seed)


def read_parts(promoters: Path, others: Path) -> dict[str, list[Sequence]]:
    """Return training, validation and test sequences, in the parts that the bundled weights were made with.

    They were drawn by an older rule that lost large families of relatives; ``demo_parts.txt`` keeps them by a hash
    of the letters, so that the test part stays what the weights have never seen.
    """
    parts: dict[str, list[Sequence]] = {name: [] for name in PARTS}
    known = dict(reversed(line.split()) for line in KEPT.read_text().splitlines())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*have a name that is used already")
        for label, path in zip(LABELS, (others, promoters), strict=True):
            for sequence in captum_dna.read(path, origin=200):
                digest = hashlib.sha256(sequence.bases.upper().encode()).hexdigest()[:8]
                parts[known.get(digest, "training")].append(replace(sequence, label=label))
    return parts


def evened(sequences: list[Sequence]) -> list[Sequence]:
    """Return as many promoters as others by repeating them; training changes each copy differently."""
    promoters = [s for s in sequences if s.label == LABELS[1]]
    copies = (len(sequences) - len(promoters)) // len(promoters)
    return sequences + [
        replace(s, name=f"{s.name} copy {i}") for i in range(2, copies + 1) for s in promoters
    ]


def measure(classifier: Classifier, sequences: list[Sequence]) -> dict[str, float]:
    """Return the metrics on labelled sequences, and their number."""
    truth = [LABELS.index(str(s.label)) for s in sequences]
    return {**classification_metrics(truth, classifier.predict(sequences)), "n": len(sequences)}


def localisation(classifier: Classifier, sequences: list[Sequence]) -> dict[str, float]:
    """Return the share of promoters with a TATA box whose strongest base score lies within or near it."""
    boxed = [s for s in sequences if s.label == LABELS[1] and boxes(s.bases)]
    explained = captum_dna.attribute(classifier, boxed, target=LABELS[1])
    hits = 0
    for result in explained:
        peak = int(np.argmax(result.base_scores))
        hits += any(start - NEAR <= peak < start + len(BOX) + NEAR for start in boxes(result.sequence))
    return {"peak at the box": hits / len(boxed), "n": len(boxed)}


def boxes(bases: str) -> list[int]:
    """Return where a TATA box starts, among the places where one can be."""
    return [i for i in BOX_STARTS if bases.upper().startswith(BOX, i)]


def export(classifier: Classifier, folder: Path) -> None:
    """Write the smallest folder that loads as this model: float16 weights and DNABERT's vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    classifier.model.config.dtype = "float16"
    classifier.model.config.save_pretrained(folder)
    weights = {name: tensor.half().contiguous() for name, tensor in classifier.model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    (folder / "vocab.txt").write_text("\n".join(kmer_vocabulary(6)) + "\n")
    tokenizer = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": False,
        "model_max_length": classifier.max_tokens,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("promoters", type=Path, help="FASTA of TATA promoters")
    parser.add_argument("others", type=Path, help="FASTA of other sequences")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model")
    parser.add_argument("--work", type=Path, help="folder for checkpoints, to go on from after a kill")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
