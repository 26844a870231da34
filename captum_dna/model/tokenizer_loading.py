"""From a name or a folder to its tokenizer."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

from captum_dna.core.notices import tell
from captum_dna.model.checkpoint import check_tokenizer_folder, read_json
from captum_dna.model.errors import ModelError, explained, reason

if TYPE_CHECKING:
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

UNASKED = (
    "{} comes with Python code of its own, which captum_dna does not run by default. Read it, then pass "
    "`trust_remote_code=True`, and for a hub the revision that you read."
)

logger = logging.getLogger(__name__)


def load_tokenizer(source: object, options: dict[str, object]) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a folder or a hub's model; one in hand as it is.

    Raises
    ------
    ModelError
        There is none, its files are damaged, or it is code that was not allowed.
    """
    if not isinstance(source, (str, Path)):
        return cast("PreTrainedTokenizerBase", source)
    check_tokenizer_folder(str(source))
    from transformers import AutoTokenizer, BertTokenizer

    failed = f"No tokenizer could be loaded from {source}"
    way_out = "Name another tokenizer with `tokenizer=`."
    if Path(source).is_dir():
        way_out = f"Copy the tokenizer's files again from where the model was saved, or n{way_out[1:]}"
    try:
        found = AutoTokenizer.from_pretrained(source, **options)
    except MemoryError:
        raise
    except Exception as error:  # the library of tokenizers has no kinds of its own
        has_words = (Path(source) / "vocab.txt").is_file()
        is_dnaberts = "DNATokenizer" in str(error)
        if (asks_to_run_code(error) or _has_its_own_code(source, options)) and not is_dnaberts:
            raise ModelError(UNASKED.format(source)) from error
        if not is_dnaberts and not has_words:
            raise ModelError(f"{failed}: {reason(error)}. {way_out}") from error
        logger.info("%s: reading vocab.txt as DNABERT's (%s)", source, error)
        with explained(failed, way_out):
            found = BertTokenizer.from_pretrained(source, **options)
    return found


def asks_to_run_code(error: Exception) -> bool:
    """Tell whether Transformers refuses to run code that comes with a model."""
    return "trust_remote_code" in str(error)


def _has_its_own_code(source: str | Path, options: dict[str, object]) -> bool:
    """Tell whether the tokenizer of a folder is code that comes with it and is not to be run."""
    settings = Path(source) / "tokenizer_config.json"
    return (
        not options["trust_remote_code"]
        and settings.is_file()
        and "AutoTokenizer" in str(read_json(settings).get("auto_map"))
    )


def tell_of_words_made_up(tokenizer: object, source: object) -> None:
    """Tell of words that a tokenizer has added to a list of words that lacks them: a line may be missing."""
    if not isinstance(source, (str, Path)) or not hasattr(tokenizer, "get_vocab"):
        return
    folder = Path(source)
    words = folder / "vocab.txt"
    if not words.is_file() or (folder / "tokenizer.json").is_file():
        return
    listed = {line.strip() for line in words.read_text(encoding="utf-8").splitlines()}
    others = [json.dumps(read_json(folder / name)) for name in _ADDING if (folder / name).is_file()]
    added = [
        word
        for word in tokenizer.get_vocab()
        if word not in listed and not any(json.dumps(word) in text for text in others)
    ]
    if added:
        tell(
            f"{words} has no {', '.join(added)}, so the tokenizer has put {'it' if len(added) == 1 else 'them'} after all "
            "other words. If the file has lost lines, the model reads other words than it was trained on. Compare it with "
            "the file that was saved with the model."
        )


_ADDING = ("added_tokens.json", "tokenizer_config.json")
"""Files that add words to a list of words."""
