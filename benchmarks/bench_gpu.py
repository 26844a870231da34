"""How many sequences a second a GPU explains, on a model of DNABERT's size that is trained here first.

    python -m benchmarks.bench_gpu --device cuda [--data FOLDER] [--seconds 25] [--count 192]

Nothing has to be carried but the sequences: a BERT of 12 layers of 768 is trained for as long as is said, on those that
are not explained. Captum's loop stands in the same table with the switches that a user would type. What is explained are
held-out promoters and other sequences of 251 bases, half of each; log-odds, mask, a tolerance of 1 %.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import captum_dna
from benchmarks.bench_engine import captum_loop
from benchmarks.real_sequences import read
from captum_dna.engine.precision import computing_in, hardware_of, ladder
from captum_dna.model.hooks import find_layers, outputs_of, replaced
from captum_dna.training import from_scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna import Attributions, Classifier

HELD_OUT = 800
"""Records of each file from which on nothing is trained on."""

ROWS, NODES = 64, 160


def examples(folder: str, first: int, count: int) -> list[tuple[str, int]]:
    """Return the letters and the class of so many records of each file, one of each in turn."""
    kinds = [list(islice(read(folder, kind), first, first + count)) for kind in ("others", "promoters")]
    return [(one.bases, label) for pair in zip(*kinds, strict=True) for label, one in enumerate(pair)]


def trained(folder: str, device: torch.device, seconds: float, layers: int, width: int) -> Classifier:
    """Return a BERT of 6-mers, trained for so many seconds in bfloat16."""
    classifier = from_scratch(
        layers=layers, width=width, heads=width // 64, labels=("other", "TATA promoter")
    )
    model = classifier.model.to(device).train()
    known = examples(folder, 0, HELD_OUT)
    ids = torch.tensor([classifier.encode(bases).input_ids for bases, _ in known], device=device)
    labels = torch.tensor([label for _, label in known], device=device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)
    generator, began, step = torch.Generator().manual_seed(0), time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for group in optimiser.param_groups:
            group["lr"] = 1e-4 * min(1.0, (step + 1) / 50)
        rows = torch.randperm(len(known), generator=generator)[:ROWS].to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = model(ids[rows], labels=labels[rows]).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
    model.eval()
    return captum_dna.load(model, classifier.tokenizer)


def accuracy(classifier: Classifier, held_out: list[tuple[str, int]]) -> float:
    """Return the balanced accuracy."""
    found = classifier.predict_logits([classifier.encode(bases) for bases, _ in held_out], ROWS).argmax(-1)
    truth = np.array([label for _, label in held_out])
    return float(np.mean([(found[truth == label] == label).mean() for label in (0, 1)]))


def timed(device: torch.device, call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call to the end of what it started on the device, and what it returned."""
    began = time.perf_counter()
    found = call()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began, found


@contextmanager
def switched(precision: str, device: torch.device) -> Iterator[None]:
    """Switch on what a user of Captum would."""
    with computing_in(precision, device):
        yield


def bare_pass(classifier: Classifier, bases: str, rows: int, precision: str) -> float:
    """Return the seconds of a forward and backward pass to the embeddings, and of nothing else; the median of five."""
    layers, device = find_layers(classifier, "embeddings"), classifier.device
    ids = torch.tensor([classifier.encode(bases).input_ids], device=device).expand(rows, -1)
    with classifier.at_rest():
        value = outputs_of(classifier, layers, ids[:1])["embeddings"].repeat(rows, 1, 1)

        def once() -> None:
            leaf = value.clone().requires_grad_()
            with computing_in(precision, device), replaced(layers, {"embeddings": leaf}):
                f = classifier.logits(ids)[:, 0].float().sum()
            torch.autograd.grad(f, leaf)

        once()
        return statistics.median(timed(device, once)[0] for _ in range(5))


def integral(classifier: Classifier, bases: list[str], **options: Any) -> Attributions:
    return captum_dna.attribute(classifier, bases, progress=False, **options)


def rows_of_table(classifier: Classifier, bases: list[str]) -> Iterator[tuple[str, int, Callable[[], Any]]]:
    """Yield what is timed: its name, how many sequences it explains, and the call."""
    device = classifier.device
    for words, precision in (("float32", "float32"), ("TF32", "tf32"), ("bfloat16 autocast", "bfloat16")):
        if precision != "tf32" or device.type == "cuda":

            def loop(precision: str = precision) -> None:
                with switched(precision, device):
                    for one in bases[:8]:
                        captum_loop(classifier, one, one_number=False)

            yield f"Captum's loop, 50 steps, {words}", min(8, len(bases)), loop
    rungs = dict.fromkeys((*ladder(hardware_of(device), torch.float32), "bfloat16", "auto"))
    for precision in rungs:
        yield (
            f"integral, {precision}",
            len(bases),
            lambda precision=precision: integral(classifier, bases, precision=precision),
        )
    for precision in rungs:
        yield (
            f"deeplift, {precision}",
            len(bases),
            lambda precision=precision: integral(classifier, bases, precision=precision, method="deeplift"),
        )


def errors(classifier: Classifier, bases: list[str], precision: str) -> list[float]:
    """Return the relative L2 error of each, against many nodes in the model's own precision."""
    true = integral(classifier, bases, n_steps=NODES)
    found = integral(classifier, bases, precision=precision)
    return [
        float(np.linalg.norm(a.token_scores - b.token_scores) / np.linalg.norm(b.token_scores))
        for a, b in zip(found, true, strict=True)
    ]


def busy() -> str:
    """Return how busy the GPU was lately, as its driver tells it."""
    try:
        return f"{torch.cuda.utilization()} %"
    except Exception:  # noqa: BLE001 - no GPU, or no library that asks its driver
        return ""


def streamed(device: torch.device, bases: list[str], **options: Any) -> None:
    """Explain into a folder with the bundled model."""
    with tempfile.TemporaryDirectory() as folder:
        captum_dna.attribute_to(
            folder, captum_dna.load("demo", device=device), bases, progress=False, **options
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--data", default=os.environ.get("CAPTUM_DNA_DATA", "../shared/data"))
    parser.add_argument("--seconds", type=float, default=25.0, help="of training")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--count", type=int, default=192, help="sequences explained")
    parser.add_argument("--stream", type=int, default=4000, help="sequences through the bundled model")
    options = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    device = torch.device(options.device)
    name = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )
    classifier = trained(options.data, device, options.seconds, options.layers, options.width)
    held_out = examples(options.data, HELD_OUT, min(200, max(1, options.count // 2)))
    print(
        f"{name}, torch {torch.__version__}; balanced accuracy {accuracy(classifier, held_out):.3f}\n",
        flush=True,
    )
    bases = [bases for bases, _ in held_out][: options.count]
    print("| way | sequences/s | evaluations | converged |\n|---|---|---|---|")
    for words, count, call in rows_of_table(classifier, bases):
        call()
        seconds, found = timed(device, call)
        spent = "" if found is None else f"{np.mean([one.evaluations for one in found]):.1f}"
        done = "" if found is None else f"{np.mean([one.converged for one in found]):.0%}"
        print(f"| {words} | {count / seconds:.1f} | {spent} | {done} |", flush=True)


if __name__ == "__main__":
    main()
