"""Tokenizers that read DNA as the published ones do, built from their rules or trained on random DNA."""

from __future__ import annotations

import itertools
import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import BertTokenizer, EsmTokenizer, PreTrainedTokenizer, PreTrainedTokenizerFast

if TYPE_CHECKING:
    from collections.abc import Sequence

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
DNABERT2_SPECIALS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
KS = (3, 4, 5, 6)


def dna(length: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size=length))


def kmer_vocabulary(k: int) -> list[str]:
    """Return DNABERT's vocabulary: five special tokens, then all k-mers in the order A, T, C, G."""
    return SPECIALS + ["".join(p) for p in itertools.product("ATCG", repeat=k)]


def write_kmer_tokenizer(folder: Path, k: int, *, lower: bool | None = True) -> Path:
    """Write a tokenizer folder as DNABERT's are: with the wrong ``do_lower_case: true``, or without a config."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(kmer_vocabulary(k)) + "\n")
    if lower is not None:
        config = {"do_lower_case": lower, "model_max_length": 512}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@lru_cache
def kmer_tokenizer(k: int) -> BertTokenizer:
    return BertTokenizer(vocab={t: i for i, t in enumerate(kmer_vocabulary(k))}, do_lower_case=True)


def esm_tokenizer(folder: Path, *, eos: bool = False) -> EsmTokenizer:
    """Return a Python tokenizer as the Nucleotide Transformer's: 6-mers, single letters at the tail.

    The second version and AgroNT know ``<eos>`` and ``<bos>`` as well, which they never write.
    """
    words = [
        "<unk>",
        "<pad>",
        "<mask>",
        "<cls>",
        *(["<eos>", "<bos>"] if eos else []),
        *("".join(p) for p in itertools.product("ATCG", repeat=6)),
        *"ATCGN",
    ]
    (folder / "vocab.txt").write_text("\n".join(words))
    return EsmTokenizer(str(folder / "vocab.txt"), eos_token=None)


@lru_cache
def nucleotide_transformer_tokenizer(*, eos: bool = False) -> EsmTokenizer:
    with tempfile.TemporaryDirectory() as folder:
        return esm_tokenizer(Path(folder), eos=eos)


class CharacterTokenizer(PreTrainedTokenizer):
    """A Python tokenizer of single characters, as HyenaDNA's and Caduceus': no mask, one token after the sequence."""

    model_input_names: ClassVar = ["input_ids"]

    def __init__(self, characters: Sequence[str] = "ACGTN", **kwargs: Any) -> None:
        self.characters = list(characters)
        specials = ["[CLS]", "[SEP]", "[BOS]", "[MASK]", "[PAD]", "[RESERVED]", "[UNK]"]
        self._ids = {token: i for i, token in enumerate([*specials, *self.characters])}
        self._words = {i: token for token, i in self._ids.items()}
        names = {
            "bos": "BOS",
            "eos": "SEP",
            "sep": "SEP",
            "cls": "CLS",
            "pad": "PAD",
            "mask": "MASK",
            "unk": "UNK",
        }
        super().__init__(**{f"{n}_token": f"[{t}]" for n, t in names.items()} | kwargs)

    @property
    def vocab_size(self) -> int:
        return len(self._ids)

    def get_vocab(self) -> dict[str, int]:
        return dict(self._ids)

    def _tokenize(self, text: str, **_: Any) -> list[str]:
        return list(text.upper())

    def _convert_token_to_id(self, token: str) -> int:
        return self._ids.get(token, self._ids["[UNK]"])

    def _convert_id_to_token(self, index: int) -> str:
        return self._words[index]

    def build_inputs_with_special_tokens(self, token_ids_0: list[int], _other: Any = None) -> list[int]:
        return [*token_ids_0, self._ids["[SEP]"]]


@lru_cache
def character_tokenizer() -> CharacterTokenizer:
    return CharacterTokenizer()


@lru_cache
def rna_tokenizer() -> EsmTokenizer:
    """Return an RNA tokenizer: single bases with U, N and ambiguity codes, framed by <cls> and <eos>."""
    words = ["<pad>", "<cls>", "<eos>", "<unk>", "<mask>", "<null>", *"ACGUNRYSWKMBDHV"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "vocab.txt").write_text("\n".join(words))
        return EsmTokenizer(str(Path(folder) / "vocab.txt"))


@lru_cache
def bpe_tokenizer() -> PreTrainedTokenizerFast:
    """Return a fast byte-pair tokenizer trained on random DNA, as GROVER's."""
    return _trained(Tokenizer(models.BPE(unk_token="[UNK]")), trainers.BpeTrainer, SPECIALS)


@lru_cache
def dnabert2_tokenizer() -> PreTrainedTokenizerFast:
    """Return byte pairs with DNABERT-2's special tokens: [UNK] is 0 and [PAD] is 3."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _trained(tokenizer, trainers.BpeTrainer, DNABERT2_SPECIALS)


@lru_cache
def gena_tokenizer() -> PreTrainedTokenizerFast:
    """Return byte pairs that know N, alone and in runs, as GENA-LM's."""
    texts = [dna(40, seed) + "N" * (seed % 9) + dna(40, seed + 100) for seed in range(40)]
    return _trained(Tokenizer(models.BPE(unk_token="[UNK]")), trainers.BpeTrainer, SPECIALS, texts)


@lru_cache
def wordpiece_tokenizer() -> PreTrainedTokenizerFast:
    """Return word pieces, of which only the first of a sequence has no mark."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=10**6))
    return _trained(tokenizer, trainers.WordPieceTrainer, SPECIALS)


@lru_cache
def unigram_tokenizer() -> PreTrainedTokenizerFast:
    """Return sentence pieces, with the mark of a word's start before the sequence."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return _trained(tokenizer, trainers.UnigramTrainer, SPECIALS, unk_token="[UNK]")


@lru_cache
def causal_tokenizer() -> PreTrainedTokenizerFast:
    """Return byte pairs of a decoder: lower case read as upper, <s> before, no mask token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), _upper()])
    trainer = trainers.BpeTrainer(
        vocab_size=120, special_tokens=["<unk>", "<s>", "</s>", "<pad>"], show_progress=False
    )
    tokenizer.train_from_iterator([dna(300, seed) for seed in range(40)], trainer)
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def _upper() -> Any:
    return normalizers.Sequence([normalizers.Replace(a, a.upper()) for a in "acgtn"])


def _trained(
    tokenizer: Tokenizer, trainer: Any, specials: list[str], texts: list[str] | None = None, **options: Any
) -> PreTrainedTokenizerFast:
    """Return a tokenizer with [CLS] before and [SEP] after the sequence, trained on random DNA."""
    texts = texts or [dna(300, seed) for seed in range(40)]
    tokenizer.train_from_iterator(
        texts, trainer(vocab_size=120, special_tokens=specials, show_progress=False, **options)
    )
    frame = [(token, specials.index(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=frame)
    names = {f"{token[1:-1].lower()}_token": token for token in specials}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
