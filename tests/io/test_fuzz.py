"""Mutated files give the right letters or a sentence: never an error of another kind, never letters that are not there."""

from __future__ import annotations

import io
import os
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.letters import is_bases
from captum_dna.io.genome import Genome, chromosome_sizes
from captum_dna.io.readers import read
from captum_dna.io.vcf import read_vcf
from captum_dna.motifs.meme import read_motifs
from tests.hostile.tally import trying

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.core.sequences import Sequence

GENOME = ">c\n" + "ACGTTGCATA" * 6 + "\n"


def _parquet() -> bytes:
    out = io.BytesIO()
    pd.DataFrame({"sequence": ["ACGT", "TTGA"], "label": [1, 0]}).to_parquet(out, index=False)
    return out.getvalue()


VALID = {
    "a.fa": b">a one\nACGT\nTTGA\n>b\nGGCA\n",
    "a.fq": b"@a\nACGT\n+\nIIII\n@b\nTT\n+\nII\n",
    "a.csv": b"name,sequence,label\na,ACGT,1\nb,TTGA,0\n",
    "a.tsv": b"name\tsequence\tlabel\na\tACGT\t1\nb\tTTGA\t\n",
    "a.txt": b"ACGT\nTTGA\n",
    "a.bed": b"c\t2\t9\tn\t0\t-\nc\t1\t5\n",
    "a.narrowPeak": b"c\t2\t30\tn\t0\t.\t1\t1\t1\t7\n",
    "a.parquet": _parquet(),
    "a.vcf": b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nc\t3\t.\tG\tA\t.\t.\t.\n",
    "a.sizes": b"c\t60\nd\t9\n",
    "g.fa.fai": b"c\t60\t3\t60\t61\n",
    "a.meme": (
        b"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF one\n"
        b"letter-probability matrix: alength= 4 w= 2 nsites= 3 E= 0\n0.25 0.25 0.25 0.25\n1 0 0 0\n"
    ),
}
NOT_READ = ("a.vcf", "a.sizes", "g.fa.fai", "a.meme")
"""What has a reader of its own."""
BITS = st.one_of(
    st.sampled_from(
        [
            b"\n",
            b"\r",
            b"\r\n",
            b"\t",
            b",",
            b";",
            b'"',
            b">",
            b"@",
            b"+",
            b"-",
            b"#",
            b"\x00",
            b"\x1b",
            b"1_0",
            b"1e20",
            b"-1",
            b"NA",
            b"9" * 25,
            b"\xff",
            "é".encode(),
            b"\xef\xbb\xbf",
            b"\x1f\x8b",
            b" ",
            b"=",
            b"{",
        ]
    ),
    st.binary(min_size=1, max_size=4),
)
EDITS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), BITS), min_size=1, max_size=4)


def mutated(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, added in edits:
        at = place % (len(content) + 1)
        content = content[:at] + added + content[at + removed :]
    return content


def is_said(error: Exception) -> bool:
    """Tell whether an error is a sentence of ours."""
    return type(error).__module__.startswith("captum_dna") and len(str(error)) > 10


def look(name: str, path: Path) -> None:
    """Read what is not sequences, and see that it makes sense."""
    if name == "a.vcf":
        assert all(str(one) for one in read_vcf(path))
    elif name == "a.sizes":
        assert all(size >= 0 for size in chromosome_sizes(path).values())
    elif name == "a.meme":
        for matrix in read_motifs(path).values():
            assert matrix.shape[0] == 4
            assert np.abs(matrix.sum(axis=0) - 1).max() < 0.03
    else:
        os.utime(path, (2e9, 2e9))  # newer than its genome
        with Genome(path.with_suffix("")) as genome:
            assert genome.bases("c", 3, 9) == GENOME[6:12]


def has_right_letters(name: str, content: bytes, found: list[Sequence]) -> None:
    letters = b"".join(content.split())
    for one in found:
        assert is_bases(one.bases)
        if name.endswith((".bed", ".narrowPeak")):
            strand = one.bases if one.interval.strand == "+" else one.reverse_complement().bases
            assert strand == GENOME[3:].strip()[one.interval.start : one.interval.end]
        elif name in ("a.fa", "a.txt"):
            assert one.bases.encode() in letters


@pytest.mark.parametrize("name", VALID)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
@trying("files of twelve formats, garbled", "silent")
def test_the_right_letters_or_a_sentence(tmp_path, name, edits):
    path = tmp_path / name
    (tmp_path / "g.fa").write_text(GENOME)
    path.write_bytes(content := mutated(VALID[name], edits))
    places = name.endswith((".bed", ".narrowPeak"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            if name in NOT_READ:
                look(name, path)
                return
            found = list(read(path, genome=tmp_path / "g.fa" if places else None))
        except (ValueError, FileNotFoundError) as error:
            if not is_said(error):
                raise
            return
    has_right_letters(name, content, found)


@pytest.mark.parametrize("name", [name for name in VALID if name not in NOT_READ])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
@trying("files of twelve formats, garbled", "silent")
def test_standard_input_is_no_other_way(tmp_path, monkeypatch, name, edits):
    (tmp_path / "g.fa").write_text(GENOME)
    content = mutated(VALID[name], edits)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    places = name.endswith((".bed", ".narrowPeak"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            found = list(read("-", genome=tmp_path / "g.fa" if places else None))
        except (ValueError, FileNotFoundError) as error:
            if not is_said(error):
                raise
            return
    has_right_letters(name, content, found)
