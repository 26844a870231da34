"""Networks that end in a softmax or a sigmoid: their outputs are probabilities, and logits are what went in.

Taken for logits, probabilities give a smaller effect for every base and another probability for every class. The last
step is noticed by trying a few sequences: what the network returned is compared with what PyTorch's functions
returned on the way. Where the last step is the network's own arithmetic, rows that sum to one give it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.overrides import TorchFunctionMode

from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_STEPS: dict[Callable[..., Tensor], str] = {
    **dict.fromkeys((torch.softmax, torch.Tensor.softmax, F.softmax, torch.special.softmax), "softmax"),
    **dict.fromkeys(
        (torch.log_softmax, torch.Tensor.log_softmax, F.log_softmax, torch.special.log_softmax), "log-softmax"
    ),
    **dict.fromkeys((torch.sigmoid, torch.Tensor.sigmoid, F.sigmoid, torch.special.expit), "sigmoid"),
    F.logsigmoid: "log-sigmoid",
}
"""Functions that turn logits into probabilities or their logarithms."""

_SUM = 1e-3
"""How far from one the sum of probabilities in half precision may lie."""


@dataclass(frozen=True)
class Ending:
    """The last step of a network.

    Parameters
    ----------
    step
        ``"softmax"``, ``"log-softmax"``, ``"sigmoid"``, ``"log-sigmoid"``, or ``"none"`` for logits.
    column
        The one class of a softmax that the network returns, if it returns one.
    seen
        Whether what goes into the step can be taken; its outputs are turned back where it cannot.
    """

    step: str = "none"
    column: int | None = None
    seen: bool = False

    @property
    def head(self) -> str | None:
        """What a network with this ending answers; ``None`` where the ending does not tell."""
        if self.step == "none":
            return None
        return "single_label" if self.step.endswith("softmax") and self.column is None else "multi_label"

    @property
    def words(self) -> str:
        """The ending in words."""
        if self.step == "none":
            return "logits"
        if self.column is not None:
            return f"the probability of class {self.column} of a {self.step}"
        return f"{'log-' if self.step.startswith('log') else ''}probabilities of a {self.step.removeprefix('log-')}"

    def logits(self, ask: Callable[[], Tensor]) -> Tensor:
        """Return the (B, C) logits behind the outputs that ``ask`` gives."""
        if not self.seen:
            return self._turned_back(ask())
        watch = _Watch()
        with watch:
            outputs = ask()
        given = watch.given
        if given is None:
            return self._turned_back(outputs)
        if self.column is None:
            return given.reshape(outputs.shape)
        others = [i for i in range(given.shape[-1]) if i != self.column]
        odds = given[..., self.column] - given[..., others].logsumexp(-1)
        return odds.reshape(outputs.shape)

    def _turned_back(self, outputs: Tensor) -> Tensor:
        """Return logits of probabilities; the logarithm of a softmax is a set of its logits."""
        if self.step == "softmax":
            smallest = torch.finfo(outputs.dtype).tiny
            return torch.log(outputs.clamp_min(smallest))
        if self.step == "sigmoid":
            smallest = torch.finfo(outputs.dtype).eps / 4
            return torch.logit(outputs, eps=smallest)
        return outputs


class _Watch(TorchFunctionMode):
    """Keeps what went into, and came out of, the last step that makes probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.step = "none"
        self.given: Tensor | None = None
        self.made: Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        step = _STEPS.get(func)
        if step is not None:
            given = args[0] if args else (kwargs or {}).get("input")
            self.step, self.given, self.made = step, given, made
        return made


def find_ending(
    ask: list[Callable[[], Tensor]], *, stated: bool | None, stretched: Callable[[], Tensor]
) -> tuple[Ending, str | None]:
    """Return the last step of a network, and a sentence about it where the user has not settled it.

    Parameters
    ----------
    ask
        Functions that each run the network at rest and return (B, C) outputs of other sequences.
    stated
        Whether the user says that the outputs are logits; ``None`` if nothing is said.
    stretched
        Returns outputs for embeddings far larger than the network's own: bounds hold there, too.

    Raises
    ------
    ModelError
        The outputs are said to be probabilities, but cannot be.
    """
    if stated:
        return Ending(), None
    outputs, endings = [], set()
    for one in ask:
        watch = _Watch()
        with watch:
            outputs.append(one().detach())
        endings.add(_seen(watch, outputs[-1]))
    rows = torch.cat([one.float() for one in outputs])
    between = _between(rows)
    varies = bool((rows != rows[0]).any())
    ending = endings.pop() if len(endings) == 1 else Ending()
    if ending.step == "none" and between and varies and rows.shape[1] > 1 and _is_one(rows.sum(-1)):
        ending = Ending("softmax")
    if ending.step == "none" and stated is False:
        if not between:
            raise ModelError(
                "`logits=False` says that the network gives probabilities, but it gave "
                f"{float(rows[(rows < 0) | (rows > 1)][0]):.4g}. Leave `logits` out, or pass `forward=` that returns logits."
            )
        ending = Ending("sigmoid")
    if stated is False or (ending.step == "none" and not (between and varies and _between(stretched()))):
        return ending, None
    if ending.step == "none":
        return ending, (
            "all its outputs lie between 0 and 1 for the sequences that were tried. They are treated as "
            "logits. Pass `logits=False` if they are probabilities, `logits=True` if they are not."
        )
    return ending, (
        f"its outputs are {ending.words}, so the logits behind them are explained. Pass `logits=False` to "
        "confirm this, or `logits=True` to explain the outputs as they are."
    )


def _seen(watch: _Watch, outputs: Tensor) -> Ending:
    """Return the ending whose result is what the network returned, in whole or for one class."""
    made, given = watch.made, watch.given
    if not isinstance(made, torch.Tensor) or not isinstance(given, torch.Tensor):
        return Ending()
    rows, count = outputs.shape
    if made.numel() == outputs.numel() and torch.equal(made.detach().reshape(outputs.shape), outputs):
        # A softmax over another axis than the classes makes no probabilities of classes.
        sums = made.detach().float() if watch.step == "softmax" else made.detach().float().exp()
        is_over_classes = not watch.step.endswith("softmax") or _is_one(sums.reshape(outputs.shape).sum(-1))
        return Ending(watch.step, seen=True) if is_over_classes else Ending()
    if watch.step == "softmax" and count == 1 and made.ndim == 2 and len(made) == rows:
        for column in range(made.shape[1]):
            if torch.equal(made[:, column].detach(), outputs[:, 0]):
                return Ending("softmax", column=column, seen=True)
    return Ending()


def _between(outputs: Tensor) -> bool:
    return bool(((outputs >= 0) & (outputs <= 1)).all())


def _is_one(sums: Tensor) -> bool:
    return bool(((sums - 1).abs() <= _SUM).all())
