from __future__ import annotations

import copy
import json
import string
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import BertTokenizer, PreTrainedTokenizerFast

from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Sequence
from captum_dna.model.errors import TokenizerError
from captum_dna.model.tokenization import Encoder
from captum_dna.model.vocabulary import amino_acids
from tests.toy import (
    KS,
    SPECIALS,
    bpe_tokenizer,
    dna,
    esm_tokenizer,
    kmer_tokenizer,
    kmer_vocabulary,
    rna_tokenizer,
    unigram_tokenizer,
    wordpiece_tokenizer,
    write_kmer_tokenizer,
)

NOTEBOOK = json.loads((Path(__file__).parents[1] / "notebook_ids.json").read_text())


def test_ids_alone_are_those_of_the_whole_encoding():
    encoders = [Encoder(kmer_tokenizer(3)), Encoder(kmer_tokenizer(3), stride=3), Encoder(bpe_tokenizer())]
    for encoder in encoders:
        for bases in ("ACGTTGCATATAAAAGG", "acgTUGCANNACGGATTACATT"):
            assert encoder.ids(bases) == encoder.encode(bases).input_ids
    with pytest.raises(SequenceError, match="'x' has 2 bases, but the model reads 3-mers"):
        encoders[0].ids("AC", "x")
    with pytest.raises(SequenceError, match=r"'x': .* of its .* tokens are unknown"):
        encoders[0].ids("ACGTNNANNNA", "x")


def assert_spans_hold(encoding):
    """Law 1: every base lies in a span or in an uncovered stretch, and a token's text is that of its span."""
    covered = {b for span in encoding.spans if span for b in range(*span)}
    stretches = {b for span in encoding.uncovered for b in range(*span)}
    assert covered | stretches == set(range(len(encoding.bases)))
    assert not covered & stretches
    for i, span in enumerate(encoding.spans):
        if span is not None and i not in encoding.unknown:
            assert encoding.tokens[i] == encoding.bases[slice(*span)].upper().replace("U", "T")


@pytest.mark.parametrize("record", NOTEBOOK, ids=lambda r: r["bases"][:8])
def test_the_notebooks_sequences_get_the_ids_that_it_prints(record):
    assert Encoder(kmer_tokenizer(6)).encode(record["bases"]).input_ids == (2, *record["ids"], 3)


def test_the_notebooks_example_gets_the_ids_that_it_prints():
    expected = [2, 501, 1989, 3848, 3089, 56, 212, 835, 3325, 999, 3983, 3629, 2214, 650, 2587, 2142, 3]
    assert list(Encoder(kmer_tokenizer(6)).encode("ATGGAAAGAGGCACCATTCT").input_ids) == expected


@pytest.mark.parametrize("lower", [True, False, None])
def test_the_vocabulary_decides_the_case_whatever_the_config_says(tmp_path, lower):
    tokenizer = BertTokenizer.from_pretrained(write_kmer_tokenizer(tmp_path, 6, lower=lower))
    record = NOTEBOOK[0]
    assert Encoder(tokenizer).encode(record["bases"].lower()).input_ids == (2, *record["ids"], 3)


@pytest.mark.parametrize("k", KS)
@given(bases=st.text(alphabet="ACGTUacgtu", min_size=6, max_size=60))
def test_overlapping_kmers_cover_every_base_by_its_own_text(k, bases):
    encoder = Encoder(kmer_tokenizer(k))
    encoding = encoder.encode(bases)
    assert encoder.k == k
    assert_spans_hold(encoding)
    assert encoding.spans[0] is None
    assert encoding.spans[-1] is None
    assert [s[0] for s in encoding.spans[1:-1]] == list(range(len(bases) - k + 1))
    assert encoding.unknown == encoding.uncovered == ()


@pytest.mark.parametrize("k", KS)
def test_one_n_spoils_k_tokens(k):
    encoding = Encoder(kmer_tokenizer(k)).encode("ACGTACGTAC" + "N" + "GTACGTACGT")
    assert len(encoding.unknown) == k
    assert_spans_hold(encoding)


def test_byte_pairs_are_read_by_offsets():
    encoder = Encoder(bpe_tokenizer())
    assert encoder.kind == "offsets"
    for bases in (dna(97), dna(50).lower(), dna(40).replace("T", "U")):
        encoding = encoder.encode(bases)
        assert_spans_hold(encoding)
        assert encoding.uncovered == ()


@pytest.mark.parametrize(
    "bases", [dna(60), dna(62), dna(62).lower(), dna(30) + "N" + dna(30, 1), "ACGNNN" + dna(25)]
)
def test_python_tokenizers_are_read_by_laying_tokens_along_the_bases(tmp_path, bases):
    encoder = Encoder(esm_tokenizer(tmp_path))
    assert encoder.kind == "aligned"
    encoding = encoder.encode(bases)
    assert_spans_hold(encoding)
    assert encoding.uncovered == ()
    assert encoding.spans[0] is None


def test_a_sequence_shorter_than_k_is_refused():
    with pytest.raises(SequenceError, match="'tiny' has 5 bases, but the model reads 6-mers"):
        Encoder(kmer_tokenizer(6)).encode("ACGTA", "tiny")


def test_a_sequence_that_the_model_hardly_reads_is_refused():
    with pytest.raises(SequenceError, match="tokens are unknown to the vocabulary"):
        Encoder(kmer_tokenizer(6)).encode("ACGTANNNNNNNNNNNNNNNNACGTACGTT", "gappy")


def test_a_vocabulary_without_dna_is_refused():
    words = BertTokenizer(vocab={t: i for i, t in enumerate([*SPECIALS, "the", "cat", "##s"])})
    with pytest.raises(TokenizerError, match="has no DNA"):
        Encoder(words)


def test_the_tokenizer_is_left_as_it_was():
    tokenizer = kmer_tokenizer(4)
    before = tokenizer.backend_tokenizer.to_str()
    Encoder(tokenizer).encode(dna(30))
    assert tokenizer.backend_tokenizer.to_str() == before


def test_one_n_under_word_pieces_is_refused_by_its_place():
    with pytest.raises(
        SequenceError,
        match=r"'w': the tokenizer turns bases 1 to 81 into one unknown token, because of the N at position 41",
    ):
        Encoder(wordpiece_tokenizer()).encode(dna(40) + "n" + dna(40), "w")


def test_a_word_longer_than_the_tokenizer_takes_says_where_the_limit_is():
    tokenizer = wordpiece_tokenizer()
    tokenizer.backend_tokenizer.model.max_input_chars_per_word = 50
    try:
        with pytest.raises(SequenceError, match=r"limits the length of words.*max_input_chars_per_word"):
            Encoder(tokenizer).encode(dna(81), "w")
    finally:
        tokenizer.backend_tokenizer.model.max_input_chars_per_word = 10**6


def test_the_mark_of_a_words_start_covers_no_base():
    encoder = Encoder(unigram_tokenizer())
    encoding = next(one for seed in range(50) if "▁" in (one := encoder.encode(dna(60, seed))).tokens)
    assert encoding.spans[encoding.tokens.index("▁")] is None
    assert encoding.uncovered == ()


def test_rna_is_read_from_dna_and_back():
    encoder = Encoder(rna_tokenizer())
    assert encoder.encode("ACGTTR").tokens == encoder.encode("acguur").tokens
    assert "".join(encoder.encode("ACGTTR").tokens[1:-1]) == "ACGUUR"


def spaced_tokenizer(*words):
    return BertTokenizer(vocab={t: i for i, t in enumerate([*SPECIALS, *words])}, do_lower_case=False)


def test_single_letters_that_want_blanks_are_looked_up_one_by_one():
    words = spaced_tokenizer(*"NACGT")
    encoder = Encoder(words)
    bases = dna(120)
    assert encoder.encode(bases).input_ids == tuple(words(" ".join(bases))["input_ids"])
    assert encoder.encode(bases).spans[1:-1] == tuple((i, i + 1) for i in range(120))
    assert (encoder.kind, encoder.k, encoder.most_bases(10)) == ("single bases as words", None, 10)
    through = Encoder(words, separator=" ")
    assert through.encode(bases).input_ids == encoder.encode(bases).input_ids
    with pytest.raises(TokenizerError, match=r"Leave `separator` out"):
        Encoder(words, separator="").encode(bases)


@pytest.mark.parametrize("k", [3, 6])
@pytest.mark.parametrize("tail", [0, 1, 2])
def test_words_end_to_end_are_those_of_the_training(k, tail):
    encoder, bases = Encoder(kmer_tokenizer(k), stride=k), dna(60) + "A" * tail
    places = tuple((i, i + k) for i in range(0, 60, k))
    assert encoder.encode(bases).tokens[1:-1] == tuple(bases[slice(*place)] for place in places)
    assert encoder.encode(bases).spans[1:-1] == places
    assert encoder.encode(bases).uncovered == (((60, 60 + tail),) if tail else ())
    assert (encoder.kind, encoder.k) == (f"{k}-mers end to end", None)
    assert encoder.fingerprint != Encoder(kmer_tokenizer(k)).fingerprint


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_most_bases_are_those_that_fill_the_tokens(stride):
    encoder = Encoder(kmer_tokenizer(3), stride=stride)
    most = encoder.most_bases(10)
    assert len(encoder.encode(dna(most))) == 12
    assert len(encoder.encode(dna(most + 1))) == 13


@pytest.mark.parametrize("stride", [0, 4, -1])
def test_a_stride_past_the_word_is_refused(stride):
    with pytest.raises(TokenizerError, match=rf"`stride` is 1 .* to 3 .*, not {stride}"):
        Encoder(kmer_tokenizer(3), stride=stride)


def test_words_of_two_lengths_ask_for_the_stride_and_take_it():
    words = spaced_tokenizer(*kmer_vocabulary(3)[5:], *"ACGT")
    with pytest.raises(SequenceError, match=r"expects spaces between words.*`stride=3` for codons"):
        Encoder(words).encode(dna(30))
    assert Encoder(words, stride=3).encode(dna(30)).unknown == ()
    with pytest.raises(TokenizerError, match="holds words of 1 to"):
        Encoder(bpe_tokenizer(), stride=3)


def test_a_tokenizer_that_leaves_out_merges_at_random_is_refused():
    tokenizer = copy.deepcopy(bpe_tokenizer())
    tokenizer.backend_tokenizer.model.dropout = 0.5
    with pytest.raises(TokenizerError, match=r"at random \(dropout 0.5\)"):
        Encoder(tokenizer)


def test_letters_that_a_tokenizer_fails_on_get_a_sentence():
    core = Tokenizer(models.WordLevel({"[PAD]": 0, "A": 1, "C": 2, "G": 3, "T": 4}))
    core.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    encoder = Encoder(PreTrainedTokenizerFast(tokenizer_object=core, pad_token="[PAD]"))
    assert encoder.encode("ACGT").input_ids == (1, 2, 3, 4)
    with pytest.raises(SequenceError, match=r"'x': its tokenizer cannot read it .*lacks 'N'"):
        encoder.encode("ACNGT", "x")


def letters(words):
    """Return a fast tokenizer of single letters, and of nothing else."""
    core = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(["[UNK]", "[PAD]", *words])}, "[UNK]")
    )
    core.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=core, unk_token="[UNK]", pad_token="[PAD]")


def test_small_letters_that_are_words_of_their_own_are_read_as_written_and_told():
    tokenizer = letters("ACGTNacgtn")
    encoder = Encoder(tokenizer)
    assert encoder.encode("ACgtN").input_ids == tuple(tokenizer("ACgtN")["input_ids"])
    with pytest.warns(UserWarning, match=r"'soft' has lower-case letters.*read as written.*as capitals"):
        encoder.check_written(Sequence("soft", "ACgt"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.check_written(Sequence("again", "ACgt"))
        Encoder(tokenizer).check_written(Sequence("capitals", "ACGT"))
        Encoder(letters("ACGTN")).check_written(Sequence("soft", "ACgt"))
    assert (
        Encoder(letters("ACGTN")).encode("ACgt").input_ids
        == Encoder(letters("ACGTN")).encode("ACGT").input_ids
    )


def test_a_vocabulary_of_amino_acids_is_noticed_and_an_alphabet_is_not():
    proteins = "LAGVSERTIDPKQNFYMHWCXBUZO"
    assert amino_acids(Encoder(letters(proteins))) == tuple("EFILPQ")
    assert not amino_acids(Encoder(letters("ACGTNRYSWKMBDHV")))
    assert not amino_acids(Encoder(letters(string.ascii_letters + string.digits)))


def test_a_vocabulary_without_the_word_for_what_is_unknown_is_told():
    core = Tokenizer(models.WordPiece({"ACG": 0, "CGT": 1, "[PAD]": 2}, unk_token="[UNK]"))
    with pytest.raises(TokenizerError, match=r"cannot read .*vocabulary is incomplete"):
        Encoder(PreTrainedTokenizerFast(tokenizer_object=core, pad_token="[PAD]"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stride": "x"}, "not 'x'"),
        ({"stride": True}, "not True"),
        ({"separator": 5}, "must be text such as ' ', not 5"),
    ],
)
def test_settings_of_another_type_are_told(options, sentence):
    with pytest.raises(TokenizerError, match=sentence):
        Encoder(kmer_tokenizer(3), **options)


def test_what_is_no_tokenizer_is_told():
    with pytest.raises(TokenizerError, match="5 is not a tokenizer"):
        Encoder(5)


def test_tokenizers_that_cut_otherwise_have_other_fingerprints():
    tokenizer = bpe_tokenizer()
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    content["model"]["merges"].sort(key=lambda pair: -len("".join(pair)))
    turned = copy.deepcopy(tokenizer)
    turned._tokenizer = Tokenizer.from_str(json.dumps(content))
    assert turned.get_vocab() == tokenizer.get_vocab()
    assert Encoder(turned).encode(dna(60)).input_ids != Encoder(tokenizer).encode(dna(60)).input_ids
    assert Encoder(turned).fingerprint != Encoder(tokenizer).fingerprint
    assert Encoder(copy.deepcopy(tokenizer)).fingerprint == Encoder(tokenizer).fingerprint
