from __future__ import annotations

import pytest

from captum_dna.families import describe

from .toy import FAMILIES, family, kmer_bert, nucleotide_transformer


def test_a_kmer_model_is_described_as_it_is_read():
    words = describe(kmer_bert(5))
    assert words["tokens"] == "overlapping k-mers, k = 5"
    assert words["longest sequence"] == "80 tokens = 82 bases"
    assert words["baseline"].startswith("mask: ")
    assert words["layer"] == "bert.embeddings (BertEmbeddings)"
    assert "[CLS] ACGTT CGTTG" in words["example"]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_can_be_described(name):
    assert all(describe(family(name)).values())


def test_a_model_read_by_alignment_is_described(tmp_path):
    assert describe(nucleotide_transformer(tmp_path))["tokens"] == "aligned"
