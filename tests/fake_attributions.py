"""Results without a model: promoters with a TATA-like peak, 6-mer tokens, scores by the split rule."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from captum_dna.core.attribution import Attribution, Run
from captum_dna.core.certificate import Certificate
from captum_dna.core.sequences import Interval, Track
from captum_dna.results import Attributions

LABELS = ("non-promoter", "TATA promoter")
RUN = Run(tolerance=0.01, labels=LABELS, model="toy")
BOX = "TATAAAAG"


def make(
    length: int = 251,
    k: int = 6,
    seed: int = 0,
    *,
    name: str | None = None,
    noise: float = 0.012,
    box: bool = True,
    **changes,
) -> Attribution:
    """Return one result; its base scores are its token scores split over their bases."""
    rng = np.random.default_rng(seed)
    letters = list("".join(rng.choice(list("ACGT"), length)))
    at = length // 2 - 8
    if box:
        letters[at : at + len(BOX)] = BOX
    sequence = "".join(letters)
    count = length - k + 1
    tokens = ("[CLS]", *(sequence[i : i + k] for i in range(count)), "[SEP]")
    spans = (None, *((i, i + k) for i in range(count)), None)
    wave = 0.02 * np.sin(np.arange(count) / 17 + seed)
    scores = rng.normal(0, noise, count) + rng.normal(0, 0.1, count) * (rng.random(count) < 0.06) + wave
    if box:
        middle = at + (len(BOX) - k) / 2
        scores += 1.1 * np.exp(-(((np.arange(count) - middle) / 2.2) ** 2))
        scores -= 0.35 * np.exp(-(((np.arange(count) - middle - 45) / 3) ** 2))
    token_scores = np.concatenate([[0.12], scores, [-0.05]])
    f_baseline = -0.62
    delta = 0.004
    probability = 0.994 if box else 0.31
    result = Attribution(
        name=name or f"{'promoter' if box else 'other'}_{seed:03d}",
        sequence=sequence,
        tokens=tokens,
        spans=spans,
        token_scores=token_scores,
        base_scores=split(token_scores, spans, length),
        target=LABELS[1],
        predicted=LABELS[1] if box else LABELS[0],
        probability=probability if box else 1 - probability,
        probabilities=np.array([1 - probability, probability]),
        true_label=LABELS[1] if box else LABELS[0],
        certificate=Certificate(
            f_input=float(f_baseline + token_scores.sum() - delta),
            f_baseline=f_baseline,
            delta=delta,
            error=0.01,
            converged=True,
            evaluations=16,
            tolerance=0.01,
        ),
        run=RUN,
        origin=at + 30 if box else 0,
    )
    return replace(result, **nested(changes, result.certificate))


def nested(values, certificate=None) -> dict:
    """Return fields of a result with those of its certificate in their place."""
    own = {name: values[name] for name in Certificate.__slots__ if name in values}
    rest = {name: value for name, value in values.items() if name not in own}
    return {"certificate": replace(certificate or Certificate(), **own)} | rest


def split(token_scores, spans, length) -> np.ndarray:
    """Return base scores by the split rule, written out the slow way."""
    scores = np.zeros(length)
    for score, span in zip(token_scores, spans, strict=True):
        if span is not None:
            scores[slice(*span)] += score / (span[1] - span[0])
    return scores


def many(count: int, **options) -> Attributions:
    return Attributions(make(seed=seed, box=seed % 3 != 2, **options) for seed in range(count))


def bpe(seed: int = 0, length: int = 251) -> Attribution:
    """Return a result whose tokens lie end to end and have different lengths."""
    rng = np.random.default_rng(seed)
    base = make(length, seed=seed)
    edges = [0]
    while edges[-1] < length:
        edges.append(min(length, edges[-1] + int(rng.integers(2, 9))))
    spans = (None, *pairwise(edges), None)
    tokens = ("[CLS]", *(base.sequence[a:b] for a, b in spans[1:-1]), "[SEP]")
    sums = [float(base.base_scores[a:b].sum()) for a, b in spans[1:-1]]
    token_scores = np.array([0.1, *sums, -0.1])
    return replace(
        base,
        name="bpe",
        tokens=tokens,
        spans=spans,
        token_scores=token_scores,
        base_scores=split(token_scores, spans, length),
    )


MARKUP = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=2>\"'&`${1}\u2028"


def hostile() -> Attribution:
    """Return a result with markup in every field that holds text."""
    base = make(60)
    run = replace(RUN, method=MARKUP, baseline=MARKUP, labels=("no", MARKUP), model=MARKUP, layer=MARKUP)
    return replace(
        base,
        name=MARKUP,
        target=MARKUP,
        predicted=MARKUP,
        true_label=MARKUP,
        run=run,
        tokens=(MARKUP, *base.tokens[1:-1], MARKUP),
        interval=Interval(MARKUP, 0, 60),
        origin=5,
        tracks=(Track(MARKUP, ((3, 40, MARKUP),)),),
    )
