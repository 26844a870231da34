"""How far results that are joined, or that score bases or samples, are off, against what they say.

    python -m benchmarks.bench_joined [--sequences 3] [--seed 100] [--tables integrals|samples]

Small random models in double precision and the bundled one, three outputs. The reference takes the same baselines,
windows or strands with 128 Gauss-Legendre nodes; it counts where 64 of them agree to a tenth of the tolerance, and is
counted apart where not. Samples are judged by the share of draws whose true error is within the stated one.
"""

from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import captum_dna
from tests.toy import dna, lawful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna import Classifier
    from captum_dna.core.attribution import Attribution

TOLERANCE = 0.01
OUTPUTS = ("log_odds", "logit", "probability")
MODELS: dict[str, Callable[[], Classifier]] = {
    "3-mer BERT": lambda: lawful("3-mer BERT"),
    "6-mer BERT": lambda: lawful("6-mer BERT"),
    "bundled": lambda: captum_dna.load("demo"),
}
WAYS: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "nucleotide_gradients": (
        40,
        [{"method": "nucleotide_gradients", "reference": one} for one in ("uniform", "composition")],
    ),
    "expected_gradients": (40, [{"method": "expected_gradients", "samples": 3}]),
    "windows": (70, [{"window_length": 40}]),
    "both strands": (40, [{"strands": "both"}]),
}
"""What is tried, on how many bases."""


class Found(NamedTuple):
    """One run: whether its reference settled, and shares of the tolerance and of ``error`` that the true errors are."""

    settled: bool
    converged: bool
    off: float
    exceeds: float


def scored(result: Attribution) -> list[np.ndarray]:
    """Return all that is read from a result, each to be within the tolerance; the scores first."""
    bases = not np.isfinite(result.token_scores).any()
    hypothetical = result.extras.get("hypothetical")
    return [
        result.base_scores if bases else result.token_scores,
        *([] if hypothetical is None else [hypothetical]),
    ]


def share(ours: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(ours - exact) / np.linalg.norm(exact))


def found(classifier: Classifier, bases: str, choices: dict[str, Any]) -> Found:
    """Run a case against its reference."""
    ours, fine, rough = (
        captum_dna.attribute(classifier, bases, progress=False, **choices, **how)[0]
        for how in ({}, {"n_steps": 128}, {"n_steps": 64})
    )
    off = max(share(*pair) for pair in zip(scored(ours), scored(fine), strict=True))
    unsure = max(share(*pair) for pair in zip(scored(rough), scored(fine), strict=True))
    absolute = float(np.abs(scored(ours)[0] - scored(fine)[0]).sum())
    return Found(
        unsure <= 0.1 * TOLERANCE,
        ours.converged,
        off / TOLERANCE,
        0.0 if off <= 0.1 * TOLERANCE else absolute / ours.error,
    )


def integrals(seeds: range) -> None:
    """Print how far results made of integrals are off."""
    print(
        "| what | runs | reference unsettled | converged | median error | p99 | worst | error above the tolerance | "
        "L1 error above `error` |\n|---|---|---|---|---|---|---|---|---|"
    )
    for way, (length, choices) in WAYS.items():
        every = [
            found(classifier, dna(length, seed), {**choice, "output": output})
            for classifier in (build() for build in MODELS.values())
            for output in OUTPUTS
            for choice in choices
            for seed in seeds
        ]
        settled = [one for one in every if one.settled]
        done = [one for one in settled if one.converged]
        off = 100 * TOLERANCE * np.array([one.off for one in done])
        print(
            f"| {way} | {len(settled)} | {len(every) - len(settled)} | {len(done)} | {np.median(off):.2f} % | "
            f"{np.percentile(off, 99):.2f} % | {off.max():.2f} % | {sum(one.off > 1 for one in done)} | "
            f"{sum(one.exceeds > 1 for one in done)} |",
            flush=True,
        )


def drawn(
    classifier: Classifier, bases: str, choices: dict[str, Any], draws: int
) -> Iterator[tuple[Attribution, np.ndarray]]:
    """Yield results of several draws, each with the mean of the others' scores."""
    results = [
        captum_dna.attribute(classifier, bases, progress=False, seed=i, **choices)[0] for i in range(draws)
    ]
    scores = np.array([result.token_scores for result in results])
    for i, result in enumerate(results):
        yield result, np.delete(scores, i, axis=0).mean(axis=0)


def samples(seeds: range, draws: int) -> None:
    """Print how often what is stated of samples holds."""
    print(
        "| what | draws | what is stated | share of draws in which it holds | true error over stated, median |\n"
        "|---|---|---|---|---|"
    )
    shap: list[float] = []
    spread: list[float] = []
    for build in MODELS.values():
        classifier = build()
        for seed in seeds:
            bases = dna(40, seed)
            fine = captum_dna.attribute(classifier, bases, n_steps=128)[0].token_scores
            for result, _ in drawn(classifier, bases, {"method": "gradient_shap"}, draws):
                shap.append(float(np.abs(result.token_scores - fine).sum()) / result.error)
            choices = {"method": "expected_gradients", "samples": 5, "n_steps": 16}
            for result, mean in drawn(classifier, bases, choices, draws):
                # The mean of the other draws errs too, by one part in their number.
                stated = 2 * result.extras["spread"] * (1 / 4 + 1 / (5 * (draws - 1))) ** 0.5
                spread.append(float(np.abs(result.token_scores - mean).sum() / stated.sum()))
    for what, stated, ratios in (
        ("gradient_shap, 20 samples", "`error`, twice the standard error, summed over the tokens", shap),
        ("expected_gradients, 5 shuffles", "twice the standard error that `spread` makes", spread),
    ):
        print(
            f"| {what} | {len(ratios)} | {stated} | {100 * np.mean(np.array(ratios) <= 1):.0f} % | {np.median(ratios):.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=3)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--tables", choices=["integrals", "samples"], default="integrals")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seeds = range(options.seed, options.seed + options.sequences)
    if options.tables == "integrals":
        integrals(seeds)
    else:
        samples(seeds, options.draws)


if __name__ == "__main__":
    main()
