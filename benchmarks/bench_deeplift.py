"""How many forward passes ``method="deeplift"`` takes on a DNABERT of full size, and how complete it is."""

import statistics
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from captum_dna import attribute
from captum_dna.model.classifier import Classifier

K, BASES, ROUNDS = 6, 251, 5
BATCHES = (1, 4, 16)
torch.set_num_threads(1)


def dnabert() -> Classifier:
    """Return a 12-layer, 768-wide 6-mer BERT with random weights."""
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *("".join(p) for p in product("ATCG", repeat=K))]
    model = BertForSequenceClassification(BertConfig(vocab_size=len(words))).eval()
    with torch.no_grad():
        # At initialisation a model hardly looks at its input; this one does.
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(3)
    return Classifier(model, BertTokenizer(vocab={word: i for i, word in enumerate(words)}))


def seconds(function: Callable[[], object]) -> float:
    """Return processor seconds of one thread, which other work on the machine disturbs least."""
    began = time.process_time()
    function()
    return time.process_time() - began


def main() -> None:
    model = dnabert()
    rng = np.random.default_rng(0)
    for batch in BATCHES:
        sequences = ["".join(rng.choice(list("ACGT"), BASES)) for _ in range(batch)]
        encodings = [model.encode(sequence) for sequence in sequences]

        def forward(encodings: list = encodings, batch: int = batch) -> object:
            return model.predict_logits(encodings, batch)

        def deeplift(sequences: list = sequences, batch: int = batch) -> object:
            return attribute(model, sequences, method="deeplift", batch_size=batch, progress=False)

        forward()
        results = deeplift()
        # Interleaved, because other work on the machine comes and goes.
        pairs = [(seconds(forward), seconds(deeplift)) for _ in range(ROUNDS)]
        ratios = [slow / fast for fast, slow in pairs]
        error = max(abs(r.delta / (r.f_input - r.f_baseline)) for r in results)
        print(
            f"{batch} x {BASES} bases: forward {statistics.median(fast for fast, _ in pairs):.2f} s, "
            f"deeplift {statistics.median(slow for _, slow in pairs):.2f} s, "
            f"ratio {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}), "
            f"completeness error at most {error:.0e} of |f(x) - f(baseline)|"
        )


if __name__ == "__main__":
    main()
