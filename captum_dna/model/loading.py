"""From a name, a folder or objects in hand to a Classifier, with the load report read."""

from __future__ import annotations

import json
import logging
import pickle
import warnings
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captum_dna.core.notices import tell
from captum_dna.core.paths import at_home
from captum_dna.model.adapters import base_of, loading_base, merged, read_adapter, take_description
from captum_dna.model.architectures import task_of, words_for
from captum_dna.model.checkpoint import (
    check_folder,
    check_tokenizer_folder,
    common_prefix,
    has_tokenizer,
    lost_weights,
    own_config,
    own_state,
    read_json,
    read_weights,
    unpickling_refused,
)
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError
from captum_dna.model.words import may_be_codons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

    from captum_dna.core.types import ModelLike, PathLike, TokenizerLike
    from captum_dna.model.adapters import Adapter
    from captum_dna.model.network import Forward

BUNDLED = "demo"
"""The name of the model that comes with the package."""

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
    model: ModelLike,
    tokenizer: TokenizerLike | PathLike | None = None,
    *,
    base: PathLike | None = None,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    num_labels: int | None = None,
    forward: Forward | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    head: str | None = None,
    logits: bool | None = None,
    stride: int | None = None,
    separator: str | None = None,
) -> Classifier:
    """Make a model ready to be explained.

    Parameters
    ----------
    model
        ``"demo"`` (the bundled model), a hub id, a folder, or a model in hand. A folder with an adapter of PEFT (LoRA,
        IA3 and so on) is put onto its base model, and merged.
    tokenizer
        The tokenizer of a model in hand, or an id or folder to take it from if not the model's own; a
        :class:`captum_dna.OneHot` for a network over one-hot bases.
    base
        The model that an adapter was trained on, where the one that it names is not to be had.
    labels
        Names of the classes, instead of those in the configuration.
    num_labels
        Number of classes of a head that is to be created (for a checkpoint without one).
    forward, head
        See :class:`captum_dna.model.classifier.Classifier`.
    logits
        Whether the model's outputs are logits (True) or probabilities (False); found out by trying, and said, if
        left out.
    stride
        Bases from one word to the next, for a vocabulary of k-mers: 1 where they overlap (as DNABERT's), k where they
        stand end to end (as codons). By default what the model or its tokenizer says, or DNABERT's where it is one.
    separator
        What stands between words in the text that the tokenizer takes, such as ``" "``, where they are not to be
        looked up in its vocabulary.
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
        Not a model, one for another task, a wrong architecture, files that are missing or damaged, or remote
        code that was not allowed or of no stated revision.

    Warns
    -----
    UntrainedHeadWarning
        The checkpoint has no weights for the classification head; the missing ones are named.
    UserWarning
        The outputs are probabilities; or the vocabulary is one of 3-mers, which may be codons.

    Examples
    --------
    >>> import captum_dna
    >>> captum_dna.load("demo").max_bases
    515
    """
    if isinstance(model, Classifier):
        return model
    options: dict[str, Any]
    how: dict[str, Any] = {"labels": labels, "forward": forward, "head": head, "logits": logits}
    how |= {"stride": stride, "separator": separator}
    if not isinstance(model, (str, Path)):
        if tokenizer is None:
            raise ModelError("A model in hand needs its tokenizer: captum_dna.load(model, tokenizer).")
        if isinstance(tokenizer, (str, Path)):
            _check_revision((tokenizer,), revision, trust_remote_code=trust_remote_code)
            with _quiet():
                options = {"revision": revision, "trust_remote_code": trust_remote_code}
                tokenizer = _load_tokenizer(tokenizer, options)
        read = cast("TokenizerLike", tokenizer)
        return _asked_about_codons(Classifier(cast("nn.Module", model), read, **how))
    name = str(model)
    source = _source(name)
    adapter = _adapter_in(source, base)
    if adapter is not None:
        tokenizer = source if tokenizer is None and has_tokenizer(source) else tokenizer
        source = base_of(adapter, base)
    with loading_base(adapter):
        check_folder(source)
        if tokenizer is None:
            check_tokenizer_folder(source)
    _check_revision((source, tokenizer), revision, trust_remote_code=trust_remote_code)
    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    if trust_remote_code:
        # Code may lie in another repository than the weights, and must not come from its newest state.
        options["code_revision"] = revision
    with _quiet(), loading_base(adapter):
        config = own_config(source)
        known = {} if config is None else {"config": config}
        own_or_given = (source, options | known) if tokenizer is None else (tokenizer, options)
        read = _load_tokenizer(*own_or_given)
        rows = num_labels if num_labels is not None or adapter is None else adapter.rows
        network, missing = _load_model(source, rows, dtype, options | known)
        if adapter is not None:
            missing = tuple(weight for weight in missing if not adapter.brings(weight))
            network = merged(network, adapter, source)
            take_description(network.config, adapter)
    if missing:
        _warn_of_untrained(name, network, missing)
    classifier = Classifier(network.to(_device(device)), read, name=name, **how)
    classifier.untrained = missing
    return _asked_about_codons(classifier)


def _source(name: str) -> str:
    """Return where a model lies: the folder of the bundled one, or what was named.

    Raises
    ------
    ModelError
        A slip of the finger, for which no hub is asked.
    """
    if name == BUNDLED:
        return str(files("captum_dna.demo"))
    if not Path(name).exists() and get_close_matches(name, [BUNDLED], cutoff=0.75):
        raise ModelError(f"There is no model or folder {name!r}. Did you mean {BUNDLED!r}?")
    # Any other path keeps its "./", which tells it from a hub's id.
    return str(at_home(name)) if name.startswith("~") else name


def _adapter_in(source: str, base: PathLike | None) -> Adapter | None:
    adapter = read_adapter(source)
    if adapter is None and base is not None:
        raise ModelError(
            f"`base=` is the model of an adapter, and {source} holds no adapter: leave it out.", option="base"
        )
    return adapter


def _asked_about_codons(classifier: Classifier) -> Classifier:
    """Ask how 3-mers follow one another where only the order of the vocabulary says so."""
    if may_be_codons(classifier.encoder):
        tell(
            f"{classifier.name}: the vocabulary is one of 3-mers, and does not tell whether they overlap. They are read as "
            "DNABERT's are, one from every base to the next; pass `stride=3` if the model reads codons end to end, or "
            "`stride=1` to say that this is right.",
        )
    return classifier


def _check_revision(sources: tuple[object, ...], revision: str | None, *, trust_remote_code: bool) -> None:
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
            named += json.dumps(read_json(folder / file).get("auto_map", {})).split()
    return any("--" in name for name in named)


def _load_tokenizer(source: object, options: dict[str, object]) -> PreTrainedTokenizerBase:
    if not isinstance(source, (str, Path)):
        return source
    check_tokenizer_folder(str(source))
    from transformers import AutoTokenizer, BertTokenizer

    try:
        return AutoTokenizer.from_pretrained(source, **options)
    except (ValueError, OSError, KeyError, TypeError, ImportError) as error:
        folder_has_vocabulary = (Path(source) / "vocab.txt").is_file()
        is_dnaberts = "DNATokenizer" in str(error)
        if (_asks_to_run_code(error) or _has_its_own_code(source, options)) and not is_dnaberts:
            raise ModelError(_UNASKED.format(source)) from error
        if is_dnaberts or folder_has_vocabulary:
            logger.info("%s: reading vocab.txt as DNABERT's (%s)", source, error)
            return BertTokenizer.from_pretrained(source, **options)
        raise ModelError(f"No tokenizer could be loaded from {source}: {_first_line(error)}") from error


def _load_model(
    source: str, num_labels: int | None, dtype: Any, options: dict[str, Any]
) -> tuple[nn.Module, tuple[str, ...]]:
    """Return the model and the names of its untrained weights."""
    import torch
    from safetensors import SafetensorError

    options = options | {"dtype": dtype or torch.float32, "ignore_mismatched_sizes": True}
    if num_labels is not None and "config" in options:
        options["config"].num_labels = num_labels
    elif num_labels is not None:
        options["num_labels"] = num_labels
    state = own_state(source)
    try:
        model, report = _from_pretrained(source, state, options)
        prefix = common_prefix(report["missing_keys"], report["unexpected_keys"])
        if prefix is not None and Path(source).is_dir():
            state = state or read_weights(source)
            state = {name.removeprefix(prefix): weight for name, weight in state.items()}
            model, report = _from_pretrained(source, state, options)
    except pickle.UnpicklingError as error:
        raise ModelError(unpickling_refused(f"A file of {source}")) from error
    except (ValueError, OSError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        if isinstance(error, ModelError):
            raise
        if _asks_to_run_code(error):
            raise ModelError(_UNASKED.format(source)) from error
        if "Unrecognized configuration class" in str(error):
            kind = read_json(Path(source, "config.json"))["model_type"] if Path(source).is_dir() else "its"
            raise ModelError(
                f"{source}: Transformers has no sequence classifier for the architecture {kind!r}. Load the model "
                "yourself and pass it with its tokenizer and `forward=`."
            ) from error
        raise ModelError(f"No model could be loaded from {source}: {_first_line(error)}") from error
    return model, _read_report(source, model, report, is_new_head=num_labels is not None)


def _from_pretrained(
    source: str, state: dict[str, object] | None, options: dict[str, object]
) -> tuple[Any, Any]:
    """Return a sequence classifier and the report on its weights, of a folder's files or of a state in hand."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    loaded: tuple[Any, Any]
    if state is None:
        loaded = AutoModelForSequenceClassification.from_pretrained(
            source, output_loading_info=True, **options
        )
        return loaded
    rest = {name: value for name, value in options.items() if name not in ("revision", "code_revision")}
    labels = {name: rest.pop(name) for name in ("num_labels",) if name in rest}
    config = rest.pop("config", None) or AutoConfig.from_pretrained(
        source, trust_remote_code=options["trust_remote_code"], **labels
    )
    kind = AutoModelForSequenceClassification._model_mapping[type(config)]  # noqa: SLF001 - no other way to ask
    loaded = kind.from_pretrained(
        None,
        config=config,
        state_dict=state,
        output_loading_info=True,
        dtype=options["dtype"],
        ignore_mismatched_sizes=True,
    )
    return loaded


def _has_its_own_code(source: str | Path, options: dict[str, object]) -> bool:
    """Tell whether the tokenizer of a folder is code that comes with it and is not to be run."""
    settings = Path(source) / "tokenizer_config.json"
    return (
        not options["trust_remote_code"]
        and settings.is_file()
        and "AutoTokenizer" in read_json(settings).get("auto_map", {})
    )


def _asks_to_run_code(error: Exception) -> bool:
    return "trust_remote_code" in str(error)


def _read_report(source: str, model: Any, report: dict[str, Any], *, is_new_head: bool) -> tuple[str, ...]:
    """Return the weights of an untrained head; those of another architecture are an error."""
    mismatched = [key if isinstance(key, str) else key[0] for key in report.get("mismatched_keys", ())]
    missing = sorted(set(report.get("missing_keys", ())) | set(mismatched))
    if mismatched and not is_new_head:
        raise ModelError(
            f"{source}: {len(mismatched)} weights of the checkpoint have another shape than config.json describes (such as "
            f"{mismatched[0]}). Is config.json the one that was saved with these weights? For a new head, pass num_labels=."
        )
    body = [key for key in missing if not _in_head(key, getattr(model, "base_model_prefix", ""))]
    if body:
        raise ModelError(
            f"{source}: {len(body)} weights of {type(model).__name__} are not in the checkpoint (such as {body[0]}), "
            "so it was made for another architecture. If it comes with its own code, pass trust_remote_code=True."
        )
    lost = lost_weights(model, report.get("unexpected_keys", ()))
    if lost:
        raise ModelError(
            f"{source}: {len(lost)} weights of the checkpoint have no place in the model that its config.json describes "
            f"(such as {lost[0]}): it has layers, or parts of layers, that the configuration does not know. Is config.json "
            "the one that was saved with these weights?"
        )
    return tuple(missing)


def _warn_of_untrained(source: str, model: Any, missing: tuple[str, ...]) -> None:
    saved = next(iter(getattr(model.config, "architectures", None) or ()), "")
    held = f" The checkpoint is {words_for(saved)}." if task_of(saved) is not None else ""
    warnings.warn(
        f"The classification head of {source} is untrained ({', '.join(missing)} start from random numbers), so its "
        f"predictions and explanations mean nothing yet.{held} Train it first, for example with captum_dna.finetune().",
        UntrainedHeadWarning,
        stacklevel=3,
    )


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
