"""The folder of one training run: who it belongs to, where to go on, what it ends with.

While training runs it holds ``run.json`` and checkpoints; in the end the model, its tokenizer,
``metrics.json``, ``history.json`` and ``curve.png``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from safetensors import SafetensorError

from captum_dna.core.errors import UserError
from captum_dna.core.json_text import from_json
from captum_dna.core.paths import at_home
from captum_dna.io.writing import cannot_write, unfinished, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from captum_dna.model.classifier import Classifier

    Target = int | float | tuple[float, ...]

Row = dict[str, float]


class TrainingError(UserError):
    """Data, labels, options or a folder that training cannot start with, and what to do."""


class TrainingFolder:
    """The output folder of a run, known by its settings.

    Parameters
    ----------
    path
        The folder; made if it is not there.
    settings
        Everything that decides the result, as JSON takes it.
    """

    def __init__(self, path: Path, settings: dict[str, object]) -> None:
        self.path = at_home(path)
        self.settings = json.loads(json.dumps(settings))
        self.checkpoints = self.path / "checkpoints"

    @property
    def finished(self) -> bool:
        """Whether the run has ended and its results are here."""
        return (self.path / "metrics.json").is_file()

    def claim(self, *, resume: bool) -> list[str]:
        """Make the folder this run's, or say why it cannot be.

        Returns
        -------
        A sentence where there was nothing to resume.

        Raises
        ------
        TrainingError
            It cannot be written, holds something else, or another run's results.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / ".writable").touch()
            (self.path / ".writable").unlink()
        except OSError as error:
            raise TrainingError(
                f"The output folder {self.path} cannot be written ({error.strerror}). Name another one."
            ) from error
        record = self.path / "run.json"
        if not record.is_file():
            if any(self.path.iterdir()):
                raise TrainingError(
                    f"The output folder {self.path} is not empty and holds no training run. Name a new one."
                )
            write_text(record, json.dumps(self.settings, indent=2) + "\n")
            nothing = "holds no run"
        elif not resume:
            raise TrainingError(
                f"The output folder {self.path} holds the results of another run. Pass `resume=True` to "
                "resume it, or name a new folder with `output=`."
            )
        else:
            self._check_same_run(self._read("run"))
            nothing = "holds no whole checkpoint"
        if not resume or self.finished or self.last_checkpoint() is not None:
            return []
        return [f"There is nothing to resume: {self.path} {nothing}, so training starts from the beginning."]

    def last_checkpoint(self) -> Path | None:
        """Return the newest checkpoint that was written to its end, or ``None``."""
        found = [p for p in self.checkpoints.glob("checkpoint-*") if _is_whole(p)]
        return max(found, key=lambda p: int(p.name.rpartition("-")[2]), default=None)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Say so where the disk does not take what is written here; each library has its own error for that.

        Raises
        ------
        captum_dna.io.writing.OutputError
            Names the folder and the reason; whole checkpoints are still there, to be resumed from.
        """
        try:
            yield
        except OSError as error:
            raise cannot_write(self.path, error) from error
        except (SafetensorError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "inline_container" not in str(
                error
            ):  # torch's writer of files
                raise
            raise cannot_write(self.path, OSError(str(error).splitlines()[0])) from error

    def finish(self, classifier: Classifier, history: list[Row], metrics: dict[str, Row], card: str) -> None:
        """Write the model, its card, the numbers and the curve; the checkpoints go, metrics come last."""
        with self.writing():
            classifier.save(self.path)
        write_text(self.path / "history.json", json.dumps(history, indent=2) + "\n")
        write_text(self.path / "README.md", card)
        draw_curve(history, self.path / "curve.png")
        write_text(self.path / "metrics.json", json.dumps(metrics, indent=2) + "\n")
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def results(self) -> tuple[list[Row], dict[str, Row]]:
        """Return the history of a finished run, and the metrics of its parts."""
        return self._read("history"), self._read("metrics")

    def _read(self, name: str) -> Any:
        """Return what a file of the run says."""
        path = self.path / f"{name}.json"
        try:
            return from_json(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise TrainingError(
                f"{path} is damaged and cannot be read as JSON. Copy it again, or name a new folder with `output=`."
            ) from error

    def _check_same_run(self, then: dict[str, object]) -> None:
        changed = sorted(
            key for key in self.settings.keys() | then.keys() if self.settings.get(key) != then.get(key)
        )
        if changed:
            old, new = (_short(settings.get(changed[0])) for settings in (then, self.settings))
            raise TrainingError(
                f"The run in {self.path} cannot be resumed, because it was started with something else: "
                f"{', '.join(changed)} changed ({changed[0]} from {old} to {new}). Give it what it was "
                "started with, or name a new folder."
            )


def fingerprint(rows: Iterable[tuple[str, Target]]) -> str:
    """Return a hash of letters and classes, in order."""
    digest = hashlib.sha256()
    for bases, label in rows:
        digest.update(f"{bases}\t{label}\n".encode())
    return digest.hexdigest()[:16]


def draw_curve(history: list[Row], path: Path) -> None:
    """Draw losses and metrics over epochs."""
    figure = Figure(figsize=(9, 3.5))
    figure.subplots_adjust(left=0.07, right=0.98, bottom=0.15, top=0.9)
    left, right = figure.subplots(1, 2)
    for axes, names, title in (
        (left, ("train_loss", "loss"), "Loss"),
        (right, tuple(_LEGEND)[2:], "Validation"),
    ):
        for name in names:
            points = [(row["epoch"], row[name]) for row in history if name in row]
            if points:
                axes.plot(*zip(*points, strict=True), marker=".", label=_LEGEND[name])
        axes.set(title=title, xlabel="epoch")
        axes.spines[["top", "right"]].set_visible(False)
        if axes.lines:
            axes.legend(frameon=False)
    with unfinished(path) as part:
        figure.savefig(part, dpi=120, format="png")


_LEGEND = {
    "train_loss": "training",
    "loss": "validation",
    "balanced_accuracy": "balanced accuracy",
    "mcc": "MCC",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "r2": "R squared",
    "pearson": "Pearson's r",
}


def _is_whole(checkpoint: Path) -> bool:
    """Whether the file that is written last is there and complete."""
    try:
        from_json((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return True


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
