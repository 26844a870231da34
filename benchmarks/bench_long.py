"""Memory and time of long sequences, and of long runs, each in a process of its own.

First small models that take 10,000 bases at once, one base a token, with the same sequence in windows of
1,000 bases beside it; Mamba with the scan of the package mambapy, where that is installed. Then one gradient of Mamba
by its length, with that scan and with the loop of Transformers. Then many sequences into a folder of shards: the
memory in use after every thousand, which is to stay flat. `--bases`, `--sequences` and `--every` make it smaller.
"""

import argparse
import gc
import resource
import sys
import tempfile
import time
import warnings
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import transformers
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.utils.import_utils import is_mambapy_available

import captum_dna
from captum_dna.model.classifier import Classifier

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 1 << 17,
}


class MeanHead(torch.nn.Module):
    """A classifier for a body that Transformers has none for: the mean over all tokens, then two logits."""

    def __init__(self, body: torch.nn.Module, width: int) -> None:
        super().__init__()
        self.body = body
        self.score = torch.nn.Linear(width, 2)

    def get_input_embeddings(self) -> torch.nn.Module:
        """Return the lookup table."""
        return self.body.get_input_embeddings()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - one length, no padding
        """Return (B, 2) logits."""
        return self.score(self.body(input_ids).last_hidden_state.mean(dim=1))


def letters() -> PreTrainedTokenizerFast:
    """Return a tokenizer with one token per base and nothing around them."""
    words = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[MASK]", *"ACGTN"])}
    tokenizer = Tokenizer(models.WordLevel(words, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "mask")}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def model(kind: str) -> Classifier:
    torch.manual_seed(0)
    tokenizer = letters()
    config = {"vocab_size": len(tokenizer), "pad_token_id": 0}
    if kind.startswith("Mamba"):
        scan = {"use_mambapy": kind == "Mamba"}
        settings = transformers.MambaConfig(
            **config, **scan, hidden_size=32, state_size=8, num_hidden_layers=2
        )
        network: torch.nn.Module = MeanHead(transformers.MambaModel(settings), 32)
        return Classifier(network, tokenizer, name=kind, labels=["a", "b"], forward=network)
    own = dict.fromkeys(("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 0)
    settings = getattr(transformers, f"{kind}Config")(**config, **SMALL, **own, num_labels=2)
    network = getattr(transformers, f"{kind}ForSequenceClassification")(settings)
    return Classifier(network, tokenizer, name=kind)


def dna(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_use() -> float:
    """Return the memory that this process has now, in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def long(kind: str, bases: int, window: int | None) -> None:
    warnings.simplefilter("ignore")  # untrained models: what they say of convergence is not a news here
    transformers.logging.set_verbosity_error()
    classifier = model(kind)
    before, start = peak(), time.perf_counter()
    (result,) = captum_dna.attribute(
        classifier, dna(bases, 0), target=0, tolerance="preview", window_length=window, progress=False
    )
    seconds = time.perf_counter() - start
    how = f"{len(result.windows)} windows of {window}" if result.windows else "whole"
    print(
        f"{kind:<12} {bases:>7,} bases, {how:<20} {seconds:6.1f} s, {result.evaluations:>4} evaluations, "
        f"peak {peak():6.0f} MiB ({before:.0f} before)"
    )
    sys.stdout.flush()


def gradient(kind: str, bases: int) -> None:
    transformers.logging.set_verbosity_error()
    classifier, start = model(kind), time.perf_counter()
    # A batch size that is given is not first measured, which takes long where there are many small operations.
    captum_dna.attribute(classifier, dna(bases, 0), target=0, method="saliency", batch_size=1, progress=False)
    print(f"{kind:<12} {bases:>7,} bases, one gradient {time.perf_counter() - start:6.1f} s")
    sys.stdout.flush()


def many(sequences: int, every: int) -> None:
    warnings.simplefilter("ignore")
    classifier = captum_dna.load("demo")
    source = {f"s{i}": dna(200, i) for i in range(sequences)}
    told = [0]

    def tell(done: int, _total: int) -> None:
        if done // every > told[0]:
            told[0] = done // every
            print(f"{done:>7,} sequences: {in_use():6.0f} MiB in use, peak {peak():6.0f} MiB")
            sys.stdout.flush()

    with tempfile.TemporaryDirectory() as folder:
        captum_dna.attribute_to(
            Path(folder) / "run", classifier, source, method="input_x_gradient", shard_size=250, progress=tell
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=10_000)
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1_000)
    chosen = parser.parse_args()
    scanning = ("Mamba",) if is_mambapy_available() else ()
    if not scanning:
        print("Mamba's scan is left out: pip install mambapy.")
    whole = [
        (long, (kind, chosen.bases, w)) for kind in ("ModernBert", "Llama", *scanning) for w in (None, 1_000)
    ]
    growing = [
        (gradient, (kind, chosen.bases // part))
        for kind in (*scanning, "Mamba loop")
        for part in (20, 10, 5, 2)
    ]
    for task, arguments in (*whole, *growing, (many, (chosen.sequences, chosen.every))):
        process = get_context("spawn").Process(target=task, args=arguments)
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
