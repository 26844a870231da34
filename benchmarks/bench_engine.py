"""Time and memory of the integral, against the usual loops, on a trained 6-mer BERT or one of 12 layers and random weights.

    python -m benchmarks.bench_engine [--repeats 3] [--device cpu] [--sections loops,evaluation,batch,...]
    python -m benchmarks.bench_engine --sections loops --model FOLDER [--data FOLDER]

Each loop runs in a process of its own, so that peak memory is its own; figures are medians of its runs, the
first of them on the first sequence and so on. Random weights say nothing about how many evaluations a trained model
needs: name one with --model for the loops, which then explain promoters from the record 900 on.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

import captum_dna
from benchmarks.real_sequences import read
from captum_dna.engine.memory import Height
from captum_dna.model.hooks import find_layers, outputs_of, replaced
from captum_dna.pipeline import side_by_side
from captum_dna.training import from_scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna import Classifier

STEPS = 50
BASES = 251


def dna(length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size=length))


def large_model(device: str) -> Classifier:
    """Return DNABERT's architecture with random weights, rough enough that classes differ."""
    tokenizer = from_scratch(k=6, layers=1, width=8, heads=1).tokenizer
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(vocab_size=4101, initializer_range=0.04)).to(device)
    return captum_dna.load(model.eval(), tokenizer)


def subjects(model: str | None, data: str, device: str, first: int) -> tuple[Classifier, list[str]]:
    """Return the model and 16 sequences, from the given one on: promoters for a trained model, or random bases."""
    if not model:
        return large_model(device), [dna(BASES, seed) for seed in range(first, first + 16)]
    found = islice(read(data, "promoters"), 900 + first, 916 + first)
    return captum_dna.load(model, device=device), [sequence.bases for sequence in found]


def captum_loop(classifier: Classifier, bases: str, *, one_number: bool) -> None:
    """Run Captum as the notebook does: all steps in one batch, weights tracking gradients."""
    from captum.attr import LayerIntegratedGradients

    ids = torch.tensor([classifier.encode(bases).input_ids], device=classifier.device)
    baseline = ids.clone()
    baseline[:, 1:-1] = classifier.tokenizer.mask_token_id

    def forward(rows: torch.Tensor) -> torch.Tensor:
        probabilities = classifier.model(rows).logits.softmax(-1)
        return probabilities[0][0].unsqueeze(-1) if one_number else probabilities[:, 0]

    layer = LayerIntegratedGradients(forward, classifier.model.bert.embeddings)
    layer.attribute(ids, baseline, n_steps=STEPS)


def padded_loop(classifier: Classifier, bases: str) -> None:
    """Run Captum over the word embeddings of a sequence padded to 512 tokens, all steps in one batch."""
    from captum.attr import LayerIntegratedGradients

    own = classifier.encode(bases).input_ids
    ids = torch.zeros((1, 512), dtype=torch.long, device=classifier.device)
    ids[0, : len(own)] = torch.tensor(own)
    mask = (ids != 0).long()
    layer = LayerIntegratedGradients(
        lambda rows, m: classifier.model(rows, attention_mask=m.expand(len(rows), -1)).logits[:, 0],
        classifier.model.bert.embeddings.word_embeddings,
    )
    layer.attribute(ids, torch.zeros_like(ids), additional_forward_args=(mask,), n_steps=STEPS)


LOOPS: dict[str, Callable[[Classifier, list[str]], Any]] = {
    "notebook's loop": lambda c, s: captum_loop(c, s[0], one_number=True),
    "the same, one row per step": lambda c, s: captum_loop(c, s[0], one_number=False),
    "one at a time, padded to 512": lambda c, s: padded_loop(c, s[0]),
    "captum_dna, 50 steps": lambda c, s: captum_dna.attribute(c, s[0], n_steps=STEPS),
    "captum_dna, adaptive": lambda c, s: captum_dna.attribute(c, s[0]),
    "captum_dna, adaptive, 16 sequences": captum_dna.attribute,
    "captum_dna, deeplift": lambda c, s: captum_dna.attribute(c, s[0], method="deeplift"),
    "captum_dna, deeplift, 16 sequences": lambda c, s: captum_dna.attribute(c, s, method="deeplift"),
}


def run_alone(options: argparse.Namespace) -> None:
    """Run one loop once after a short sequence, and print seconds, memory and evaluations as JSON."""
    name, device = options.alone, options.device
    classifier, sequences = subjects(options.model, options.data, device, options.first)
    LOOPS[name](classifier, [dna(20, 1)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    result = LOOPS[name](classifier, sequences)
    if device == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if device == "cuda":
        before, peak = 0, torch.cuda.max_memory_allocated() // 1024
    ours = isinstance(result, captum_dna.Attributions)
    evaluations = statistics.mean(one.evaluations for one in result) if ours else STEPS
    seconds /= len(result) if ours else 1
    print(json.dumps({"seconds": seconds, "peak": peak, "before": before, "evaluations": evaluations}))


def loops(options: argparse.Namespace) -> None:
    """Print medians of runs taken in turn, so that a machine whose speed drifts is the same for all."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in LOOPS}
    start = [sys.executable, "-W", "ignore", "-m", "benchmarks.bench_engine", "--device", options.device]
    start += ["--data", options.data, *(["--model", options.model] if options.model else [])]
    for first in range(options.repeats):
        for name in LOOPS:
            command = [*start, "--alone", name, "--first", str(first)]
            answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            runs[name].append(json.loads(answer))
    print("| loop | s per sequence | times faster | peak memory (GB) | evaluations |\n|---|---|---|---|---|")
    seconds = {name: statistics.median(run["seconds"] for run in own) for name, own in runs.items()}
    reference = next(iter(seconds.values()))
    for name, own in runs.items():
        peak = statistics.median(run["peak"] for run in own) / 1024**2
        print(
            f"| {name} | {seconds[name]:.2f} | {reference / seconds[name]:.1f} | {peak:.2f} | "
            f"{statistics.mean(run['evaluations'] for run in own):.1f} |",
            flush=True,
        )


def evaluation(device: str, repeats: int) -> None:
    """Compare one path evaluation with a bare forward and backward pass to the embeddings."""
    classifier = large_model(device)
    network = classifier.model
    sequences = [dna(BASES, seed) for seed in range(8)]
    ids = torch.tensor([classifier.encode(s).input_ids for s in sequences], device=device)

    def bare() -> float:
        start = time.perf_counter()
        with classifier.at_rest():
            for _ in range(9):
                held: list[torch.Tensor] = []

                def keep(
                    _m: Any, _a: Any, output: torch.Tensor, held: list[torch.Tensor] = held
                ) -> torch.Tensor:
                    held.append(output.detach().requires_grad_())
                    return held[0]

                handle = network.bert.embeddings.register_forward_hook(keep)
                logits = network(ids, attention_mask=torch.ones_like(ids)).logits
                handle.remove()
                torch.autograd.grad((logits[:, 0] - logits[:, 1]).sum(), held)
        return (time.perf_counter() - start) / 9

    def ours() -> float:
        start = time.perf_counter()
        results = captum_dna.attribute(classifier, sequences, batch_size=8, target=0)
        return (time.perf_counter() - start) / (sum(r.evaluations for r in results) / 8)

    bare(), ours()
    ratios = [ours() / bare() for _ in range(2 * repeats)]
    print(
        f"one path evaluation costs {statistics.median(ratios):.3f} of a bare forward and backward pass (batch of 8)"
    )


def batch(device: str) -> None:
    """Show what more rows in one pass bring, and what memory is counted for them."""
    classifier = large_model(device)
    layers = find_layers(classifier, "embeddings")
    one = torch.tensor([classifier.encode(dna(BASES, 0)).input_ids], device=device)
    print("| rows | tokens | ms per row | MB counted |\n|---|---|---|---|")
    with classifier.at_rest():
        values = outputs_of(classifier, layers, one)
        for rows in (1, 2, 4, 8, 16):
            ids = one.expand(rows, -1)

            def once(ids: torch.Tensor = ids) -> None:
                leaves = {name: v.repeat(len(ids), 1, 1).requires_grad_() for name, v in values.items()}
                with replaced(layers, leaves):
                    logits = classifier.logits(ids)
                torch.autograd.grad(logits[:, 0].sum(), list(leaves.values()))

            with Height() as height:
                once()
            seconds = []
            for _ in range(max(3, 16 // rows)):
                start = time.perf_counter()
                once()
                seconds.append((time.perf_counter() - start) / rows)
            print(
                f"| {rows} | {ids.numel()} | {1000 * statistics.median(seconds):.0f} | {height.peak / 1e6:.0f} |",
                flush=True,
            )


def compiled(device: str, repeats: int) -> None:
    """Tell whether torch.compile pays for a forward and backward pass from the embeddings."""
    network = large_model(device).model.requires_grad_(requires_grad=False)
    embeddings = torch.randn(8, 248, 768, device=device)
    faster = torch.compile(network)

    def once(model: Any) -> float:
        values = embeddings.clone().requires_grad_()
        start = time.perf_counter()
        torch.autograd.grad(model(inputs_embeds=values).logits[:, 0].sum(), values)
        return time.perf_counter() - start

    start = time.perf_counter()
    once(faster)
    first = time.perf_counter() - start
    once(network)
    ratios = [once(faster) / once(network) for _ in range(2 * repeats)]
    print(
        f"torch.compile: {statistics.median(ratios):.2f} of the time, {first:.0f} s to compile for one length"
    )


def products(device: str) -> None:
    """Compare MKL and oneDNN, in turn, on BERTs of two layers; a CPU with AMX rounds to bfloat16 for the second."""
    print("| width | of one head | MKL (ms) | oneDNN (ms) | times faster |\n|---|---|---|---|---|")
    setting = torch.backends.mkldnn.matmul
    for width, heads in ((64, 4), (128, 4), (256, 8), (256, 4), (384, 6), (512, 8), (768, 12), (1280, 20)):
        shape = {"hidden_size": width, "num_attention_heads": heads, "intermediate_size": 4 * width}
        model = BertForSequenceClassification(BertConfig(vocab_size=100, num_hidden_layers=2, **shape))
        model.eval().requires_grad_(requires_grad=False).to(device)
        embeddings = torch.randn(8, 248, width, device=device)
        seconds: dict[str, list[float]] = {"none": [], "bf16": []}
        for library in [*seconds] * 6:
            setting.fp32_precision = library
            start = time.perf_counter()
            rows = embeddings.clone().requires_grad_()
            torch.autograd.grad(model(inputs_embeds=rows).logits.sum(), rows)
            seconds[library].append(time.perf_counter() - start)
        setting.fp32_precision = "none"
        usual, quick = (1000 * min(own) for own in seconds.values())
        print(f"| {width} | {width // heads} | {usual:.1f} | {quick:.1f} | {usual / quick:.2f} |", flush=True)


def sides(options: argparse.Namespace) -> None:
    """Compare one set of modules with all threads and two with half of them each, in turn, on promoters."""
    classifier = captum_dna.load(options.model or "demo")
    found = [one.bases for one in islice(read(options.data, "promoters"), 900, 916)]
    usual = side_by_side.LEAST
    print(
        "| method | sequences | one set, per second | two sets | times faster, each pair |\n|---|---|---|---|---|"
    )
    for count in (4, 8, 16):
        speeds: dict[int, list[float]] = {len(found) + 1: [], usual: []}
        for least in [*speeds] * (options.repeats + 1):
            side_by_side.LEAST = least
            start = time.perf_counter()
            captum_dna.attribute(classifier, found[:count])
            speeds[least].append(count / (time.perf_counter() - start))
        one, two = (own[1:] for own in speeds.values())  # the first are for what is done once
        ratios = ", ".join(f"{quick / slow:.2f}" for slow, quick in zip(one, two, strict=True))
        middles = f"{statistics.median(one):.2f} | {statistics.median(two):.2f}"
        print(f"| integrated_gradients | {count} | {middles} | {ratios} |", flush=True)
    side_by_side.LEAST = usual


def number(device: str) -> None:
    classifier = captum_dna.load("demo", device=device)
    print("| sequences (bundled model) | s | ms per sequence |\n|---|---|---|")
    captum_dna.attribute(classifier, [dna(BASES, 0)] * 4)
    for count in (16, 64, 256):
        sequences = [dna(BASES, seed) for seed in range(count)]
        start = time.perf_counter()
        captum_dna.attribute(classifier, sequences)
        seconds = time.perf_counter() - start
        print(f"| {count} | {seconds:.2f} | {1000 * seconds / count:.0f} |", flush=True)


def length(device: str) -> None:
    classifier = large_model(device)
    print("| tokens (12 layers) | s | ms per evaluation |\n|---|---|---|")
    for tokens in (64, 128, 248, 384, 502):
        start = time.perf_counter()
        result = captum_dna.attribute(classifier, dna(tokens + 3, 0))[0]
        seconds = time.perf_counter() - start
        print(f"| {tokens} | {seconds:.2f} | {1000 * seconds / result.evaluations:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sections", default="loops,evaluation,batch,compile,products,sides,number,length")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--model", help="a folder with a trained BERT of 6-mers, for loops and sides")
    parser.add_argument("--data", default=os.environ.get("CAPTUM_DNA_DATA", "../shared/data"))
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        run_alone(options)
        return
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {options.device}\n")
    for section in options.sections.split(","):
        {
            "loops": lambda: loops(options),
            "evaluation": lambda: evaluation(options.device, options.repeats),
            "batch": lambda: batch(options.device),
            "compile": lambda: compiled(options.device, options.repeats),
            "products": lambda: products(options.device),
            "sides": lambda: sides(options),
            "number": lambda: number(options.device),
            "length": lambda: length(options.device),
        }[section]()
        print()


if __name__ == "__main__":
    main()
