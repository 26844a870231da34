"""A sequence is read and tokenised once on its way, and twice where memory has to stay bounded."""

from __future__ import annotations

from collections import Counter

import pytest

from captum_dna import attribute, attribute_to, variant_effect
from captum_dna.io import readers
from captum_dna.model.tokenization import Encoder
from tests.toy import dna, family, kmer_bert

LETTERS = [dna(60, seed) for seed in range(4)]


@pytest.fixture
def encoded(monkeypatch):
    """Count what the real encoder is given, once the model has been tried."""
    for model in (kmer_bert(3), family("ModernBert")):
        assert model.labels, model.max_bases
    seen: Counter[str] = Counter()
    whole = Encoder.encode

    def counted(self, bases, *rest):
        seen[bases] += 1
        return whole(self, bases, *rest)

    monkeypatch.setattr(Encoder, "encode", counted)
    return seen


@pytest.fixture
def passes(monkeypatch):
    """Count how often the records of a source are begun."""
    begun = []
    whole = readers.SequenceSource

    class Counted(whole):
        def __init__(self, what, records, origin, *, skip):
            super().__init__(what, lambda: (begun.append(what), records())[1], origin, skip=skip)

    monkeypatch.setattr(readers, "SequenceSource", Counted)
    monkeypatch.setattr("captum_dna.pipeline.shards.SequenceSource", Counted)
    return begun


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text("".join(f">s{i}\n{bases}\n" for i, bases in enumerate(LETTERS)))
    return path


def test_attribute_reads_and_encodes_each_sequence_once(fasta, encoded, passes):
    attribute(kmer_bert(3), fasta, method="saliency")
    assert encoded == Counter(LETTERS)
    assert len(passes) == 1


def test_each_strand_and_each_window_is_encoded_once(encoded):
    attribute(kmer_bert(3), LETTERS, method="saliency", strands="both", window_length=30)
    assert set(encoded.values()) == {1}
    assert {len(bases) for bases in encoded} == {30}
    encoded.clear()
    attribute(family("ModernBert"), LETTERS, method="saliency", window_length="auto")
    assert encoded == Counter(LETTERS)


def test_attribute_to_reads_once_to_check_and_once_to_compute(fasta, encoded, passes, tmp_path):
    attribute_to(tmp_path / "run", kmer_bert(3), fasta, method="saliency", shard_size=3)
    assert encoded == Counter(dict.fromkeys(LETTERS, 2))
    assert len(passes) == 2


def test_variants_encode_each_allele_twice(encoded):
    changes = [(bases, 30, bases[30], "ACGT".replace(bases[30], "")[0]) for bases in LETTERS]
    variant_effect(kmer_bert(3), changes, method="saliency")
    assert set(encoded.values()) == {2}
    assert len(encoded) == 2 * len(LETTERS)
