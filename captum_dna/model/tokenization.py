"""From bases to token ids, with the bases that each token covers.

One rule reads every tokenizer, and what it finds is checked, not assumed:

1. Case and T/U are brought to the vocabulary's own alphabet.
2. If all DNA tokens have one length k and raw DNA comes back unknown, the model reads words of k letters:
   they are looked up one by one, past the tokenizer's own normalisation. Whether words overlap is not in the
   vocabulary: see :mod:`captum_dna.model.words`.
3. Otherwise a fast tokenizer's offsets are the spans.
4. Otherwise the token texts are aligned with the sequence: end to end, or as windows of one length.

In the end the text of a token is the text of its span, or the encoding is refused.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, TypedDict

from captum_dna.core.errors import SequenceError
from captum_dna.core.notices import tell
from captum_dna.model.alignment import MARKERS, gaps, plain, slide, tile, windows
from captum_dna.model.encoding import Encoding
from captum_dna.model.encoding_check import check_encoding, core_of
from captum_dna.model.errors import TokenizerError

if TYPE_CHECKING:
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    from captum_dna.core.attribution import Span
    from captum_dna.core.sequences import Sequence

_TO_RNA, _TO_DNA = str.maketrans("Tt", "Uu"), str.maketrans("Uu", "Tt")
_DNA = re.compile("[ACGTUNacgtun]+")
_PROBE = "ACGTTGCATCGATTACGGATCCATGCAAGTCCTAGGTACCGATATGCCGTTAACTGGA"
BY_ORDER = "its vocabulary is DNABERT's"
"""Why words are taken to overlap where nothing else says it."""
_LONGEST_LISTED = 8
"""Letters of words of which all that there are can be gone through."""


class WordReading(TypedDict, total=False):
    """How words are read, as keywords of a call; nothing where there are no words of one length."""

    stride: int
    separator: str | None


class Encoder:
    """Reads sequences through one tokenizer.

    Parameters
    ----------
    tokenizer
        Any Hugging Face tokenizer, fast or not. It is not changed.
    stride
        Bases from the start of one word to the next, for a vocabulary of k-mers: 1 (overlapping, the default) to k
        (end to end, as codons).
    separator
        What stands between words in the text that the tokenizer is given, such as ``" "``, where words are to go
        through the tokenizer and not be looked up in its vocabulary.
    stride_by
        What tells the stride, in words.

    Raises
    ------
    TokenizerError
        The vocabulary holds no DNA, or no words of one length to which a stride or a separator could apply.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        stride: int | None = None,
        separator: str | None = None,
        stride_by: str = "`stride=` says so",
    ) -> None:
        self.tokenizer = tokenizer
        if not hasattr(tokenizer, "get_vocab"):
            raise TokenizerError(
                f"{tokenizer!r:.40} is not a tokenizer. Give one of Transformers, the folder or hub id of one, or a OneHot."
            )
        self.vocabulary: dict[str, int] = dict(tokenizer.get_vocab())
        self.unknown_id: int | None = tokenizer.unk_token_id
        drops = getattr(core_of(tokenizer), "dropout", None)
        if drops:
            raise TokenizerError(
                f"{type(tokenizer).__name__} leaves out merges at random (dropout {drops:g}), so a "
                "sequence has different tokens each time. Set tokenizer.backend_tokenizer.model.dropout = "
                "None."
            )
        self._texts = {i: t for t, i in self.vocabulary.items()}
        self._special_ids = set(tokenizer.all_special_ids) - {self.unknown_id}
        texts = [plain(t) for t, i in self.vocabulary.items() if i not in self._special_ids]
        dna = [t for t in texts if _DNA.fullmatch(t)]
        if not {"A", "C", "G"} <= set("".join(dna).upper()):
            raise TokenizerError(
                f"The vocabulary of {type(tokenizer).__name__} ({len(self.vocabulary)} tokens) has no DNA. "
                "Is this the tokenizer that the model was trained with?"
            )
        # The mark of a word's start, alone: its offsets are those of the letter after it.
        self._bare_marks = {i for t, i in self.vocabulary.items() if t in MARKERS}
        letters = set("".join(dna))
        self._lower = not letters & set("ACG")
        self.both_cases = set("ACGacg") <= letters and self._ids(_PROBE) != self._ids(_PROBE.lower())
        """Whether small letters, as of soft-masked bases, are words of their own; all letters are then read as written."""
        self._told_of_cases = False
        self._rna = bool(letters & set("Uu")) and not letters & set("Tt")
        self._sizes = {len(t) for t in dna if "N" not in t.upper()}
        if separator is not None and not isinstance(separator, str):
            raise TokenizerError(f"`separator` must be text such as ' ', not {separator!r:.40}.")
        self.separator = separator
        self.word = self._word_length(asked=stride is not None or separator is not None)
        """Bases of a word, where the sequence is cut into words of one length."""
        self.stride = _checked_stride(stride, self.word)
        """Bases from one word to the next."""
        self.stride_is_given = stride is not None
        """Whether the stride was said, and is not the one of overlapping words for want of a better."""
        self.stride_by = stride_by
        """What says the stride, in words."""
        self.k = self.word if self.word and self.word > 1 and self.stride == 1 else None
        """Length of overlapping k-mers, one from every base to the next; ``None`` for any other tokens."""

    @property
    def kind(self) -> str:
        """How the tokenizer is read, such as ``"overlapping k-mers"``, ``"offsets"`` or ``"aligned"``."""
        if self.k:
            return "overlapping k-mers"
        if not self.word:
            return "offsets" if self.tokenizer.is_fast else "aligned"
        if self.word == 1:
            return "single bases as words"
        return f"{self.word}-mers " + (
            "end to end" if self.stride == self.word else f"at every {self.stride} bases"
        )

    @property
    def reading(self) -> WordReading:
        """What the vocabulary does not tell, as :class:`Encoder` takes it."""
        return {"stride": self.stride, "separator": self.separator} if self.word else {}

    def most_bases(self, tokens: int) -> int | None:
        """Return the bases that so many tokens cover at most; ``None`` where that depends on the sequence."""
        if self.word:
            return tokens * self.stride + self.word - 1
        return tokens if self.single else None

    @property
    def longest(self) -> int:
        """Bases of the longest token."""
        return self.word or max(self._sizes)

    @property
    def single(self) -> bool:
        """Whether every DNA token is one base."""
        return self._sizes == {1}

    @cached_property
    def frame(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The special token ids before and after the tokens of a sequence."""
        empty, one = self._ids(""), self._ids("N")
        for cut in range(len(empty), -1, -1):
            after = empty[cut:]
            if one[:cut] == empty[:cut] and one[len(one) - len(after) :] == after:
                return empty[:cut], after
        raise TokenizerError(
            f"{type(self.tokenizer).__name__} puts other special tokens around each sequence."
        )

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the vocabulary, the special tokens and the way of reading, and of what the tokenizer itself cuts."""
        content = [sorted(self.vocabulary.items()), sorted(self._special_ids), self.kind, self.frame]
        if not self.word:  # tokenizers of one vocabulary may merge its words in another order
            content.append(self._ids(self._normalise(_PROBE + _PROBE[::-1])))
        if self.separator is not None:
            content.append(self.separator)
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    def words_lacking(self) -> list[str]:
        """Return the words of A, C, G, T that a vocabulary of words of one length lacks."""
        if not self.word or self.word > _LONGEST_LISTED:
            return []
        every = map("".join, itertools.product("ACGT", repeat=self.word))
        return [word for word in every if self._normalise(word) not in self.vocabulary]

    def token_id(self, text: str) -> int | None:
        """Return the id of a token by its text in A, C, G, T; ``None`` if the vocabulary lacks it."""
        return self.vocabulary.get(self._normalise(text))

    def encode(self, bases: str, name: str = "sequence") -> Encoding:
        """Return ids, tokens and spans of one sequence.

        Parameters
        ----------
        bases
            Cleaned letters; see :func:`captum_dna.core.letters.clean`.
        name
            How to call the sequence in an error.

        Raises
        ------
        SequenceError
            Shorter than one token, or mostly unknown to the vocabulary.
        TokenizerError
            The tokens cannot be brought back to bases.
        """
        text = self._normalise(bases)
        if self.word:
            ids, spans = self._words(text, name)
        elif self.tokenizer.is_fast:
            ids, spans = self._by_offsets(text, name)
        else:
            ids, spans = self._by_alignment(text, name)
        unknown: tuple[int, ...] = ()
        if self.unknown_id in ids:
            unknown = tuple(i for i, span in enumerate(spans) if span and ids[i] == self.unknown_id)
        tokens = tuple(map(self._texts.get, ids, itertools.repeat("")))
        encoding = Encoding(bases, ids, tokens, spans, unknown, gaps(spans, len(bases)))
        check_encoding(encoding, text, name, self.tokenizer, looked_up=bool(self.word))
        return encoding

    def ids(self, bases: str, name: str = "sequence") -> tuple[int, ...]:
        """Return the ids of :meth:`encode` alone, sooner where words are looked up and all of them are known."""
        if self.word and self.separator is None:
            ids, _ = self._words(self._normalise(bases), name)
            if self.unknown_id not in ids:
                return ids
        return self.encode(bases, name).input_ids

    def check_written(self, sequence: Sequence) -> None:
        """Refuse a sequence that is written in the model's words end to end where only DNABERT's custom says they overlap.

        Raises
        ------
        SequenceError
            Its letters stand in words as long as the model's, and nobody has said that those overlap.

        Warns
        -----
        UserWarning
            Some of its letters are small and some are not, which the vocabulary tells apart; once.
        """
        if self.both_cases and not self._told_of_cases and not sequence.bases.isupper():
            self._told_of_cases = True
            tell(
                f"Sequence '{sequence.name}' has lower-case letters (soft-masked bases), which are "
                f"different words in the vocabulary of {type(self.tokenizer).__name__}. They are read as "
                "written. If the model was trained on capitals, write all letters as capitals.",
            )
        if self.k and sequence.words == self.k and self.stride_by == BY_ORDER:
            raise SequenceError(
                f"Sequence '{sequence.name}' is written in words of {self.k} letters that do not overlap, but the model is "
                f"assumed to read {self.k}-mers that do, because {self.stride_by}. Choose: "
                f"`stride={self.k}` of "
                "load() for words end to end, or `stride=1` for words that overlap."
            )

    def _normalise(self, bases: str) -> str:
        text = bases if self.both_cases else bases.upper()
        if self._rna and self.both_cases:
            return text.translate(_TO_RNA)
        if self.both_cases:
            return text.translate(_TO_DNA)
        text = text.replace("T", "U") if self._rna else text.replace("U", "T")
        return text.lower() if self._lower else text

    def _ids(self, text: str, **options: bool) -> tuple[int, ...]:
        """Return the ids that the tokenizer makes of a text.

        Raises
        ------
        TokenizerError
            It fails, as one does whose vocabulary lacks the word for what is unknown.
        """
        try:
            return tuple(self.tokenizer(text, **options)["input_ids"])
        except Exception as error:
            if type(error) is not Exception:  # the tokenizers library has no exception of its own
                raise
            raise TokenizerError(
                f"{type(self.tokenizer).__name__} cannot read {text!r:.30} ({error}): its vocabulary is incomplete. Copy "
                "its files again from where the model was saved."
            ) from error

    def _word_length(self, *, asked: bool) -> int | None:
        """Return the length of the words that a sequence is to be cut into, ``None`` if the tokenizer cuts it."""
        if asked:
            sizes = self._sizes - {1} if self._sizes != {1} else {1}
            if len(sizes) != 1:
                raise TokenizerError(
                    f"`stride` and `separator` are for vocabularies of words of one length, but that of "
                    f"{type(self.tokenizer).__name__} holds words of {min(self._sizes)} to {max(self._sizes)} letters. "
                    "Leave them out."
                )
            return next(iter(sizes))
        if len(self._sizes) != 1:
            return None
        ids = self._ids(self._normalise(_PROBE), add_special_tokens=False)
        is_unknown = self.unknown_id is not None and ids.count(self.unknown_id) * 2 > len(ids)
        return next(iter(self._sizes)) if is_unknown else None

    def _words(self, text: str, name: str) -> tuple[tuple[int, ...], tuple[Span | None, ...]]:
        """Cut a sequence into words of one length; bases at the end that make no whole word are left over."""
        size = self.word or 1
        if len(text) < size:
            raise SequenceError(
                f"Sequence '{name}' has {len(text)} bases, but the model reads {size}-mers: it needs at least {size} bases."
            )
        before, after = self.frame
        words = [text[i : i + size] for i in range(0, len(text) - size + 1, self.stride)]
        spans = windows(len(text), size, self.stride, len(before), len(after))
        if self.separator is None:
            lookup, unknown = self.vocabulary, self.unknown_id
            return (*before, *map(lookup.get, words, itertools.repeat(unknown)), *after), spans  # type: ignore[arg-type]  # k-mers are looked up only where there is an unknown token
        ids = self._ids(self.separator.join(words))
        if len(ids) != len(spans):
            raise TokenizerError(
                f"With {self.separator!r} for `separator` the tokenizer makes {len(ids) - len(before) - len(after)} tokens "
                f"of the {len(words)} words of sequence '{name}' ({words[0]!r}, ...): its words are separated otherwise. "
                "Leave `separator` out, and words are looked up in its vocabulary."
            )
        return ids, spans

    def _by_offsets(self, text: str, name: str) -> tuple[tuple[int, ...], tuple[Span | None, ...]]:
        try:
            output = self.tokenizer(text, return_offsets_mapping=True)
        except Exception as error:  # the tokenizers library has no exception of its own
            if type(error) is not Exception:
                raise
            letters = "".join(sorted(set(text) - set("".join(self.vocabulary))))
            raise SequenceError(
                f"Sequence '{name}': its tokenizer cannot read it ({error})"
                + (f", because its vocabulary lacks {letters!r}. Replace these letters." if letters else ".")
            ) from error
        ids = tuple(output["input_ids"])
        marks = self._special_ids | self._bare_marks
        spans = tuple(
            None if token in marks or start == end else (int(start), int(end))
            for token, (start, end) in zip(ids, output["offset_mapping"], strict=True)
        )
        return ids, spans

    def _by_alignment(self, text: str, name: str) -> tuple[tuple[int, ...], tuple[Span | None, ...]]:
        ids = self._ids(text)
        content = [i for i, token in enumerate(ids) if token not in self._special_ids]
        pieces = [None if ids[i] == self.unknown_id else plain(self._texts.get(ids[i], "")) for i in content]
        found = tile(text, pieces, single=self.single) or slide(text, pieces)
        if found is None:
            raise TokenizerError(
                f"The tokens of sequence '{name}' cannot be aligned with its bases "
                f"({len(pieces)} tokens, {len(text)} bases); captum_dna would have to guess, so it stops."
            )
        spans: list[Span | None] = [None] * len(ids)
        for i, span in zip(content, found, strict=True):
            spans[i] = span
        return ids, tuple(spans)


def _checked_stride(stride: object, word: int | None) -> int:
    if stride is None:
        return 1
    if isinstance(stride, bool) or not isinstance(stride, Integral) or not 1 <= int(stride) <= (word or 1):
        raise TokenizerError(
            f"`stride` is 1 (overlapping words) to {word} (end to end) in a vocabulary of {word}-mers, not {stride!r:.40}."
        )
    return int(stride)
