"""From a name, a folder or objects in hand to a Classifier, with the load report read."""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from torch import nn

    from captum_dna.model.network import Forward

logger = logging.getLogger(__name__)

_HEADS = (
    "classifier",
    "score",
    "pooler",
    "head",
    "classification_head",
    "pre_classifier",
    "sequence_summary",
)


_UNASKED = (
    "{} comes with Python code of its own, which captum_dna does not run unasked. Read it, then pass "
    "trust_remote_code=True, and for a hub the revision that you read."
)


class UntrainedHeadWarning(UserWarning):
    """The classification head holds random numbers, and so do the predictions."""


def load(
    model: str | Path | nn.Module | Classifier,
    tokenizer: Any = None,
    *,
    labels: Sequence[str] | None = None,
    num_labels: int | None = None,
    forward: Forward | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    head: str | None = None,
) -> Classifier:
    """Make a model ready to be explained.

    Parameters
    ----------
    model
        ``"demo"`` (the bundled model), a hub id, a folder, or a model in hand.
    tokenizer
        The tokenizer of a model in hand, or an id or folder to take it from if not the model's own; a
        :class:`captum_dna.OneHot` for a network over one-hot bases.
    labels
        Names of the classes, instead of those in the configuration.
    num_labels
        Number of classes of a head that is to be created (for a checkpoint without one).
    forward, head
        See :class:`captum_dna.model.classifier.Classifier`.
    device
        Where to put a model that is loaded by name: by default a GPU if there is one. A model in
        hand stays where it is.
    dtype
        Number format of a model loaded by name; float32 by default, whatever the file holds.
    revision
        The commit, tag or branch to load from a hub.
    trust_remote_code
        Run the Python code that comes with the model: of a folder, or of a hub's model at the ``revision``
        that you have read.

    Raises
    ------
    ModelError
        Not a model, a wrong architecture, or remote code that was not allowed or of no stated revision.

    Warns
    -----
    UntrainedHeadWarning
        The checkpoint has no weights for the classification head; the missing ones are named.

    Examples
    --------
    >>> import captum_dna
    >>> captum_dna.load("demo").max_bases
    515
    """
    if isinstance(model, Classifier):
        return model
    if not isinstance(model, (str, Path)):
        if tokenizer is None:
            raise ModelError("A model in hand needs its tokenizer: captum_dna.load(model, tokenizer).")
        return Classifier(model, tokenizer, labels=labels, forward=forward, head=head)
    name = str(model)
    source = str(files("captum_dna.demo")) if name == "demo" else name
    _check_folder(source)
    _check_revision((source, tokenizer), revision, trust_remote_code=trust_remote_code)
    options: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    if trust_remote_code:
        # Code may lie in another repository than the weights, and must not come from its newest state.
        options["code_revision"] = revision
    with _quiet():
        tokenizer = _load_tokenizer(source if tokenizer is None else tokenizer, options)
        network, untrained = _load_model(source, num_labels, dtype, options)
    classifier = Classifier(
        network.to(_device(device)), tokenizer, name=name, labels=labels, forward=forward, head=head
    )
    classifier.untrained = untrained
    return classifier


def _check_folder(source: str) -> None:
    path = Path(source)
    if path.is_file():
        raise ModelError(f"{source} is a file; a model is a folder with config.json, weights and vocabulary.")
    if path.is_dir() and not (path / "config.json").is_file():
        found = ", ".join(sorted(p.name for p in path.iterdir())[:5]) or "nothing"
        raise ModelError(f"{source} is not a model: it has no config.json (found: {found}).")
    if not path.is_dir() and (source.startswith((".", "/", "~")) or source.count("/") > 1):
        raise ModelError(f"There is no folder {source}.")


def _check_revision(sources: tuple[Any, ...], revision: str | None, *, trust_remote_code: bool) -> None:
    """Refuse to run code of a hub that may be another tomorrow."""
    if revision is not None or not trust_remote_code:
        return
    for source in sources:
        if isinstance(source, (str, Path)) and (not Path(source).is_dir() or _code_is_on_a_hub(Path(source))):
            raise ModelError(
                f"trust_remote_code=True runs whatever Python code {source} holds at that moment. Read the code, then "
                "pass the commit that you read as `revision=`."
            )


def _code_is_on_a_hub(folder: Path) -> bool:
    """Tell whether a folder names code of a repository (owner/name--module.Class) in place of its own."""
    named: list[str] = []
    for file in ("config.json", "tokenizer_config.json"):
        if (folder / file).is_file():
            named += json.dumps(json.loads((folder / file).read_text()).get("auto_map", {})).split()
    return any("--" in name for name in named)


def _load_tokenizer(source: Any, options: dict[str, Any]) -> Any:
    if not isinstance(source, (str, Path)):
        return source
    from transformers import AutoTokenizer, BertTokenizer

    try:
        return AutoTokenizer.from_pretrained(source, **options)
    except (ValueError, OSError, KeyError, TypeError, ImportError) as error:
        folder_has_vocabulary = (Path(source) / "vocab.txt").is_file()
        if "DNATokenizer" in str(error) or folder_has_vocabulary:
            logger.info("%s: reading vocab.txt as DNABERT's (%s)", source, error)
            return BertTokenizer.from_pretrained(source, **options)
        if _asks_to_run_code(error):
            raise ModelError(_UNASKED.format(source)) from error
        raise ModelError(f"No tokenizer could be loaded from {source}: {_first_line(error)}") from error


def _load_model(
    source: str, num_labels: int | None, dtype: Any, options: dict[str, Any]
) -> tuple[nn.Module, tuple[str, ...]]:
    """Return the model and the names of its untrained weights."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification

    extra = {} if num_labels is None else {"num_labels": num_labels}
    try:
        model, report = AutoModelForSequenceClassification.from_pretrained(
            source, output_loading_info=True, dtype=dtype or torch.float32, **options, **extra
        )
    except (ValueError, OSError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        if _asks_to_run_code(error):
            raise ModelError(_UNASKED.format(source)) from error
        if "Unrecognized configuration class" in str(error):
            kind = (
                json.loads(Path(source, "config.json").read_text())["model_type"]
                if Path(source).is_dir()
                else "its"
            )
            raise ModelError(
                f"{source}: Transformers has no sequence classifier for the architecture {kind!r}. Load the model "
                "yourself and pass it with its tokenizer and `forward=`."
            ) from error
        raise ModelError(f"No model could be loaded from {source}: {_first_line(error)}") from error
    return model, _read_report(source, model, report)


def _asks_to_run_code(error: Exception) -> bool:
    return "trust_remote_code" in str(error)


def _read_report(source: str, model: Any, report: dict[str, Any]) -> tuple[str, ...]:
    """Tell an untrained head (a warning; its weights) from weights of another architecture (an error)."""
    mismatched = [key if isinstance(key, str) else key[0] for key in report.get("mismatched_keys", ())]
    missing = sorted(set(report.get("missing_keys", ())) | set(mismatched))
    body = [key for key in missing if not _in_head(key, getattr(model, "base_model_prefix", ""))]
    if body:
        raise ModelError(
            f"{source}: {len(body)} weights of {type(model).__name__} are not in the checkpoint (such as {body[0]}), "
            "so it was made for another architecture. If it comes with its own code, pass trust_remote_code=True."
        )
    if missing:
        warnings.warn(
            f"The classification head of {source} is untrained ({', '.join(missing)} start from random numbers), so its "
            "predictions and explanations mean nothing yet. Train it first, for example with captum_dna.finetune().",
            UntrainedHeadWarning,
            stacklevel=4,
        )
    return tuple(missing)


def _in_head(key: str, base: str) -> bool:
    parts = key.split(".")
    return parts[0] in _HEADS or parts[:2] == [base, "pooler"]


def _device(device: str | torch.device | None) -> torch.device:
    import torch

    return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence progress bars and load reports of Transformers; what matters in them is read by us."""
    from transformers.utils import logging as theirs

    level, bars = theirs.get_verbosity(), theirs.is_progress_bar_enabled()
    theirs.set_verbosity_error()
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.set_verbosity(level)
        if bars:
            theirs.enable_progress_bar()
