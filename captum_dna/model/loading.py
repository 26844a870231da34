"""From a name, a folder or objects in hand to a Classifier, with the load report read."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captum_dna.core.checks import check_name
from captum_dna.core.notices import tell
from captum_dna.core.paths import at_home
from captum_dna.core.slips import names_slips
from captum_dna.model.adapters import (
    adapted,
    base_of,
    check_adapters,
    loading_base,
    read_adapter,
    take_description,
)
from captum_dna.model.architectures import task_of, words_for
from captum_dna.model.checkpoint import (
    check_folder,
    check_tokenizer_folder,
    has_tokenizer,
    own_config,
    read_json,
)
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError, reason
from captum_dna.model.holders import unpacked
from captum_dna.model.hub import check_reachable
from captum_dna.model.pretrained import load_weights
from captum_dna.model.tokenizer_loading import (
    load_tokenizer,
    tell_of_words_made_up,
)
from captum_dna.model.vocabulary import amino_acids
from captum_dna.model.words import may_be_codons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch
    from torch import nn

    from captum_dna.core.types import ModelLike, PathLike, TokenizerLike
    from captum_dna.model.adapters import Adapter
    from captum_dna.model.network import Forward

BUNDLED = "demo"
"""The name of the model that comes with the package, and of the folder that it lies in."""

logger = logging.getLogger(__name__)


class UntrainedHeadWarning(UserWarning):
    """The classification head holds random numbers, and so do the predictions."""


@names_slips
def load(
    model: ModelLike,
    tokenizer: TokenizerLike | PathLike | None = None,
    *,
    base: PathLike | None = None,
    adapter: PathLike | None = None,
    merge: bool = True,
    labels: Sequence[str] | Mapping[int, str] | None = None,
    num_labels: int | None = None,
    forward: Forward | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | str | None = None,
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
        ``"demo"`` (the bundled model), a hub id, a folder, or a model in hand; a pipeline or a ``Trainer`` of
        Transformers, or a model of Sentence Transformers (its embedding through `forward=`), which hold their tokenizer,
        too. A folder with an adapter of PEFT (LoRA,
        IA3 and so on) is put onto its base model, and merged.
    tokenizer
        The tokenizer of a model in hand, or an id or folder to take it from if not the model's own; a
        :class:`captum_dna.OneHot` for a network over one-hot bases.
    base
        The model that an adapter was trained on, where the one that it names is not available.
    adapter
        The folder of an adapter to put onto ``model``: ``load(BASE, adapter=FOLDER)`` is ``load(FOLDER, base=BASE)``.
    merge
        Whether an adapter is merged into the weights; otherwise its layers stay, as PEFT puts them, and so does a
        prefix. The numbers are the same.
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
        hand stays where it is, and a device for it is refused.
    dtype
        Number format of a model loaded by name, such as ``"bfloat16"`` or torch's own. float32 by default,
        whatever the file holds.
    revision
        The commit, tag or branch to load from a hub.
    trust_remote_code
        Run the Python code that comes with the model: of a folder, or of a hub's model at the ``revision``
        that you have read.

    Raises
    ------
    ModelError
        Not a model, one for another task, a wrong architecture, files that are missing or damaged, remote
        code that was not allowed or of no stated revision; or an option that would have no effect.

    Warns
    -----
    UntrainedHeadWarning
        The checkpoint has no weights for the classification head; the missing ones are named.
    UserWarning
        The outputs are probabilities; the vocabulary is one of 3-mers, which may be codons, or of amino acids;
        or weights of the checkpoint are not used.

    Examples
    --------
    >>> import captum_dna
    >>> captum_dna.load("demo").max_bases
    515
    """
    model, base = _with_adapter(model, adapter, base)
    options: dict[str, object]
    how: dict[str, Any] = {"labels": labels, "forward": forward, "head": head, "logits": logits}
    how |= {"stride": stride, "separator": separator}
    by_name = {"base": base, "num_labels": num_labels, "dtype": dtype, "device": device}
    if isinstance(model, Classifier):
        _refuse(
            {"tokenizer": tokenizer, **how, **by_name, "revision": revision},
            f"{model.name} is loaded already, so",
            "would change nothing. Leave it out, or give it to load() with the name, the folder or the module.",
        )
        return model
    dtype = _number_format(dtype)
    if not isinstance(model, (str, Path)):
        _refuse(
            by_name,
            f"This {type(model).__name__} is in hand, and",
            "is for a model that is loaded by name. Leave it out, and set it on the model.",
        )
        return _in_hand(model, tokenizer, revision, how, trust_remote_code=trust_remote_code)
    name = str(model)
    source = _source(name)
    found = _adapter_in(source, base)
    if found is not None:
        tokenizer = source if tokenizer is None and has_tokenizer(source) else tokenizer
        with loading_base(found):
            source = _source(base_of(found, base))
        revision = revision or found.config.get("revision")
    with loading_base(found):
        check_folder(source)
        if tokenizer is None:
            check_tokenizer_folder(source)
    _check_revision((source, tokenizer), revision, trust_remote_code=trust_remote_code)
    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    if trust_remote_code:
        # Code may lie in another repository than the weights, and must not come from its newest state.
        options["code_revision"] = revision
    with _quiet(), loading_base(found):
        config = own_config(source)
        known = {} if config is None else {"config": config}
        own_or_given = (source, options | known) if tokenizer is None else (tokenizer, options)
        read = load_tokenizer(*own_or_given)
        rows = num_labels if num_labels is not None or found is None else found.rows
        network, missing = load_weights(source, rows, dtype, options | known)
        if found is not None:
            missing = tuple(weight for weight in missing if not found.brings(weight))
            take_description(network.config, found)
            network = adapted(network, found, source, merge=merge)
    if missing:
        _warn_of_untrained(name, network, missing)
    classifier = Classifier(network.to(device_for(device)), read, name=name, **how)
    classifier.untrained = missing
    tell_of_words_made_up(read, source if tokenizer is None else tokenizer)
    return _asked_about_words(classifier)


def _in_hand(
    model: object,
    tokenizer: TokenizerLike | PathLike | None,
    revision: str | None,
    how: Mapping[str, Any],
    *,
    trust_remote_code: bool,
) -> Classifier:
    """Return a model in hand, or what an object holds, with its tokenizer, which may be named."""
    held, tokenizer = unpacked(model, tokenizer)
    if tokenizer is None:
        raise ModelError("A model object needs its tokenizer: captum_dna.load(model, tokenizer).")
    if isinstance(tokenizer, (str, Path)):
        _check_revision((tokenizer,), revision, trust_remote_code=trust_remote_code)
        with _quiet():
            options: dict[str, object] = {"revision": revision, "trust_remote_code": trust_remote_code}
            tokenizer = load_tokenizer(tokenizer, options)
    check_adapters(held)
    return _asked_about_words(Classifier(held, cast("TokenizerLike", tokenizer), **how))


def _refuse(given: Mapping[str, object], before: str, after: str) -> None:
    """Refuse the first option that was given and has no effect.

    Raises
    ------
    ModelError
        The sentence, with the option in its middle.
    """
    for name, value in given.items():
        if value is not None:
            raise ModelError(f"{before} `{name}=` {after}", option=name)


def _with_adapter(
    model: ModelLike, adapter: PathLike | None, base: PathLike | None
) -> tuple[ModelLike, PathLike | None]:
    """Return what to load and the base under it: where an adapter is named, its folder and the model.

    Raises
    ------
    ModelError
        The model is none that is loaded by name, its base is named twice, or the folder holds no adapter.
    """
    if adapter is None:
        return model, base
    if not isinstance(model, (str, Path)):
        raise ModelError(
            "`adapter=` is for a model that is loaded by name. For a model object, use PEFT: "
            "PeftModel.from_pretrained(model, folder)."
        )
    if base is not None:
        raise ModelError("The model is named already. Leave `base=` out.", option="base")
    if not (at_home(adapter) / "adapter_config.json").is_file():
        raise ModelError(
            f"{adapter} holds no adapter (adapter_config.json). Name the folder that PEFT saved.",
            option="adapter",
        )
    return str(at_home(adapter)), model


def _number_format(dtype: torch.dtype | str | None) -> torch.dtype | None:
    """Return torch's number format of a name."""
    if not isinstance(dtype, str):
        return dtype
    import torch

    check_name("number format", dtype, ("float32", "float64", "bfloat16", "float16"), option="dtype")
    found: torch.dtype = getattr(torch, dtype)
    return found


def _source(name: str) -> str:
    """Return where a model lies: the folder of the bundled one, or what was named.

    Raises
    ------
    ModelError
        A slip of the finger, for which no hub is asked; or a hub that does not respond.
    """
    if name == BUNDLED:
        return str(files("captum_dna").joinpath(BUNDLED))
    try:
        there = Path(name).exists()
    except (OSError, ValueError) as error:
        raise ModelError(f"There is no model or folder {name!r:.60} ({reason(error):.60}).") from error
    if not there and get_close_matches(name, [BUNDLED], cutoff=0.75):
        raise ModelError(f"There is no model or folder {name!r}. Did you mean {BUNDLED!r}?")
    if not there and not name.startswith("~"):
        check_reachable(name)
    # Any other path keeps its "./", which tells it from a hub's id.
    return str(at_home(name)) if name.startswith("~") else name


def _adapter_in(source: str, base: PathLike | None) -> Adapter | None:
    adapter = read_adapter(source)
    if adapter is None and base is not None:
        raise ModelError(
            f"`base=` is the model of an adapter, and {source} holds no adapter. Leave it out.", option="base"
        )
    return adapter


def _asked_about_words(classifier: Classifier) -> Classifier:
    """Ask how 3-mers follow one another where only their order says so, and whether amino acids are meant."""
    acids = amino_acids(classifier.encoder)
    if acids:
        tell(
            f"{classifier.name}: the vocabulary has the letters of amino acids "
            f"({', '.join(acids)} and others), like that of a protein model, which reads A, C, G "
            "and T as alanine, cysteine, glycine and threonine. Its predictions for DNA are meaningful "
            "only if it was trained on DNA as well.",
        )
    if may_be_codons(classifier.encoder):
        tell(
            f"{classifier.name}: the vocabulary has 3-mers but does not show whether they overlap. They "
            "are read as overlapping, as in DNABERT. Pass `stride=3` if the model reads codons end to "
            "end, or `stride=1` to confirm this.",
        )
    return classifier


def _check_revision(sources: tuple[object, ...], revision: str | None, *, trust_remote_code: bool) -> None:
    """Refuse to run code of a hub that may be another tomorrow."""
    if revision is not None or not trust_remote_code:
        return
    for source in sources:
        if isinstance(source, (str, Path)) and (not Path(source).is_dir() or _code_is_on_a_hub(Path(source))):
            raise ModelError(
                f"`trust_remote_code=True` runs whatever Python code {source} holds at that moment. Read the code, then "
                "pass the commit that you read as `revision=`."
            )


def _code_is_on_a_hub(folder: Path) -> bool:
    """Tell whether a folder names code of a repository (owner/name--module.Class) in place of its own."""
    named: list[str] = []
    for file in ("config.json", "tokenizer_config.json"):
        if (folder / file).is_file():
            named += json.dumps(read_json(folder / file).get("auto_map", {})).split()
    return any("--" in name for name in named)


def _warn_of_untrained(source: str, model: nn.Module, missing: tuple[str, ...]) -> None:
    saved = next(iter(getattr(model.config, "architectures", None) or ()), "")
    held = f" The checkpoint is {words_for(saved)}." if task_of(saved) is not None else ""
    tell(
        f"The classification head of {source} is untrained ({', '.join(missing)} start from random numbers), so its "
        f"predictions and explanations mean nothing yet.{held} Train it first, for example with captum_dna.finetune().",
        UntrainedHeadWarning,
    )


def device_for(device: str | torch.device | None) -> torch.device:
    """Return where to put a model that is loaded: where it is said, else to a GPU if there is one."""
    import torch

    try:
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except (RuntimeError, TypeError) as error:
        raise ModelError(
            f"`device` must be a device such as 'cpu', 'cuda' or 'cuda:0', not {device!r:.40}.",
            option="device",
        ) from error
    try:
        torch.zeros(1, device=place).item()
    except (RuntimeError, AssertionError) as error:  # whatever kind of device it is
        why = str(error).splitlines()[0].rstrip(".")
        raise ModelError(
            f"Nothing can be computed on {str(place)!r} here ({why}). Leave `device` out, or name another one.",
            option="device",
        ) from error
    return place


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
