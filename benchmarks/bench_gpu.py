"""How many sequences a second a GPU explains, on a model of DNABERT's size that is trained here first.

    python -m benchmarks.bench_gpu --device cuda [--data FOLDER] [--seconds 25] [--count 400]

Nothing has to be carried but the sequences: a BERT of 12 layers of 768 is trained for as long as is said, on those that
are not explained. Captum's loop stands in the same table with the switches that a user would type. What is explained are
held-out promoters and other sequences of 251 bases, half of each; log-odds, mask, a tolerance of 1 %. The bundled model
explains into a folder, in one process and in several that share the GPU.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from itertools import islice
from pathlib import Path
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
    from collections.abc import Callable

    from captum_dna import Attributions, Classifier

HELD_OUT = 800
"""Records of each file from which on nothing is trained on."""

ROWS, RATE, WARM_UP = 64, 1e-4, 50
NODES, BARE_ROWS, LOOPS = 160, 132, 8


def examples(folder: str, first: int, count: int) -> list[tuple[str, int]]:
    """Return the letters and the class of so many records of each file, one of each in turn."""
    kinds = [list(islice(read(folder, kind), first, first + count)) for kind in ("others", "promoters")]
    return [(one.bases, label) for pair in zip(*kinds, strict=True) for label, one in enumerate(pair)]


def trained(options: argparse.Namespace, device: torch.device) -> Classifier:
    """Return a BERT of 6-mers, trained for so many seconds in bfloat16."""
    width, labels = options.width, ("other", "TATA promoter")
    classifier = from_scratch(layers=options.layers, width=width, heads=width // 64, labels=labels)
    model = classifier.model.to(device).train()
    known = examples(options.data, 0, HELD_OUT)
    ids = torch.tensor([classifier.encode(bases).input_ids for bases, _ in known], device=device)
    truth = torch.tensor([label for _, label in known], device=device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    generator, began, step = torch.Generator().manual_seed(0), time.perf_counter(), 0
    while time.perf_counter() - began < options.seconds:
        step += 1
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, step / WARM_UP)
        rows = torch.randperm(len(known), generator=generator)[:ROWS].to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = model(ids[rows], labels=truth[rows]).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return captum_dna.load(model.eval(), classifier.tokenizer)


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


def explained(classifier: Classifier, bases: list[str], **options: Any) -> Attributions:
    return captum_dna.attribute(classifier, bases, progress=False, **options)


def bare(classifier: Classifier, bases: str, precision: str) -> float:
    """Return the seconds per row of a forward and backward pass to the embeddings and nothing else; a median of five."""
    layers, device = find_layers(classifier, "embeddings"), classifier.device
    ids = torch.tensor([classifier.encode(bases).input_ids], device=device).expand(BARE_ROWS, -1)
    with classifier.at_rest():
        value = outputs_of(classifier, layers, ids[:1])["embeddings"].repeat(BARE_ROWS, 1, 1)

        def once() -> None:
            leaf = value.clone().requires_grad_()
            with computing_in(precision, device):
                with replaced(layers, {"embeddings": leaf}):
                    f = classifier.logits(ids)[:, 0].float().sum()
                torch.autograd.grad(f, leaf)

        once()
        return statistics.median(timed(device, once)[0] for _ in range(5)) / BARE_ROWS


def print_loops(classifier: Classifier, bases: list[str]) -> None:
    device = classifier.device
    for words, precision in (("float32", "float32"), ("TF32", "tf32"), ("bfloat16 autocast", "bfloat16")):
        if precision == "tf32" and device.type != "cuda":
            continue

        def loop(precision: str = precision) -> None:
            with computing_in(precision, device):
                for one in bases[:LOOPS]:
                    captum_loop(classifier, one, one_number=False)

        loop()
        seconds, _ = timed(device, loop)
        print(f"| Captum's loop, 50 steps, {words} | {LOOPS / seconds:.1f} | 50 | | |", flush=True)


def print_methods(classifier: Classifier, bases: list[str]) -> None:
    device = classifier.device
    rungs = dict.fromkeys(("auto", *ladder(hardware_of(device), classifier.dtype)[1:]))
    for method in ("integrated_gradients", "deeplift"):
        for precision in rungs:

            def call(
                some: list[str] = bases, precision: str = precision, method: str = method
            ) -> Attributions:
                return explained(classifier, some, precision=precision, method=method)

            if device.type == "cuda":
                call(bases[:ROWS])
                torch.cuda.reset_peak_memory_stats()
            seconds, found = timed(device, call)
            evaluations = float(np.mean([one.evaluations for one in found]))
            ratio = ""
            # A pass of several precisions has no equal.
            used = {str(one.precision) for one in found} if precision == "auto" else {precision}
            if method == "integrated_gradients" and len(used) == 1:
                alone = bare(classifier, bases[0], used.pop())
                ratio = f"{seconds / len(bases) / evaluations / alone:.2f}"
            peak = f"{torch.cuda.max_memory_allocated() / 1e9:.1f}" if device.type == "cuda" else ""
            print(
                f"| {method}, {precision} | {len(bases) / seconds:.1f} | {evaluations:.1f} | {ratio} | {peak} |",
                flush=True,
            )


def print_errors(classifier: Classifier, bases: list[str]) -> None:
    """Print how far converged scores are off, against many nodes in the model's own precision."""
    true = explained(classifier, bases, n_steps=NODES, precision="float32")
    for precision in ("auto", "float32"):
        found = explained(classifier, bases, precision=precision)
        off = [
            float(np.linalg.norm(a.token_scores - b.token_scores) / np.linalg.norm(b.token_scores))
            for a, b in zip(found, true, strict=True)
            if a.converged
        ]
        print(
            f"{precision}: {len(off)} of {len(bases)} converged; off by {np.median(off):.2%} (median), "
            f"{np.percentile(off, 95):.2%} (95 %), {max(off):.2%} (most); computed in "
            f"{', '.join(sorted({one.precision for one in found}))}",
            flush=True,
        )


def print_latency(classifier: Classifier, bases: str) -> None:
    for method in ("integrated_gradients", "deeplift"):

        def call(method: str = method) -> Attributions:
            return explained(classifier, [bases], method=method)

        call()
        seconds = statistics.median(timed(classifier.device, call)[0] for _ in range(7))
        print(f"one sequence alone, {method}: {1000 * seconds:.0f} ms", flush=True)


def print_streams(device: str, bases: list[str], processes: int) -> None:
    """Explain into a folder with the bundled model, in one process and in several, each after a warm-up of its own."""
    for method in ("integrated_gradients", "deeplift"):
        for count in (1, processes):
            with tempfile.TemporaryDirectory() as place:
                many = bases * count
                fasta = Path(place) / "many.fa"
                fasta.write_text("".join(f">s{i}\n{one}\n" for i, one in enumerate(many)))
                command = [sys.executable, "-W", "ignore", "-m", "benchmarks.bench_gpu", "--device", device]
                parts = [
                    subprocess.Popen(
                        [*command, "--part", f"{part}/{count}", "--place", place, "--method", method],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                    for part in range(count)
                ]
                said = [part.stdout.readline() for part in parts]
                began = time.perf_counter()
                for part in parts:
                    with contextlib.suppress(BrokenPipeError):
                        part.stdin.write("\n")
                        part.stdin.flush()
                said += [part.stdout.readline() for part in parts]
                seconds = time.perf_counter() - began
                for part in parts:
                    part.communicate()
                if said != ["ready\n"] * count + ["done\n"] * count:
                    raise SystemExit("A process that explains a part ended before it was done.")
                print(
                    f"attribute_to, bundled model, {method}, {count} processes: {len(many) / seconds:.0f}/s",
                    flush=True,
                )


def explain_part(options: argparse.Namespace) -> None:
    """Get ready, wait for a word, and explain a part."""
    torch.set_num_threads(1)
    own, count = map(int, options.part.split("/"))
    classifier = captum_dna.load("demo", device=options.device)
    with tempfile.TemporaryDirectory() as warm:  # written, too: the first shard imports what writes it
        many = ["ACGTTGCATC" * 25 + "A"] * 64
        captum_dna.attribute_to(Path(warm) / "run", classifier, many, method=options.method, progress=False)
    print("ready", flush=True)
    sys.stdin.readline()
    place = Path(options.place)
    captum_dna.attribute_to(
        place / "run", classifier, place / "many.fa", part=(own, count), method=options.method, progress=False
    )
    print("done", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--data", default=os.environ.get("CAPTUM_DNA_DATA", "../shared/data"))
    parser.add_argument("--seconds", type=float, default=25.0, help="of training")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--count", type=int, default=400, help="sequences explained")
    parser.add_argument("--checked", type=int, default=40, help="sequences whose error is measured")
    parser.add_argument(
        "--stream", type=int, default=2000, help="sequences for each process of the bundled model"
    )
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    parser.add_argument("--method", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    if options.part:
        explain_part(options)
        return
    device = torch.device(options.device)
    name = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )
    classifier = trained(options, device)
    held_out = examples(options.data, HELD_OUT, max(1, options.count // 2))
    bases = [bases for bases, _ in held_out]
    print(
        f"{name}, torch {torch.__version__}; balanced accuracy {accuracy(classifier, held_out):.3f}\n",
        flush=True,
    )
    print("| way | sequences/s | evaluations | of a bare pass | peak memory, GB |\n|---|---|---|---|---|")
    print_loops(classifier, bases)
    print_methods(classifier, bases)
    print()
    print_errors(classifier, bases[: options.checked])
    print_latency(classifier, bases[1])
    del classifier
    print_streams(
        options.device,
        [bases for bases, _ in examples(options.data, 0, options.stream // 2)],
        options.processes,
    )


if __name__ == "__main__":
    main()
