"""Places in a genome give the letters that lie there, on their strand, or a sentence."""

from __future__ import annotations

import gzip
import io
import os
import sys

import pytest
from Bio import bgzf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import reverse_complement
from captum_dna.core.sequences import Interval, Track
from captum_dna.io.files import InputError
from captum_dna.io.genome import Genome, chromosome_sizes
from captum_dna.io.readers import read

LETTERS = "ACGTTGCAaacgtNRYGGTCCATA" * 40
LENGTH = len(LETTERS)
FASTA = ">chr1 the first\n" + "\n".join(LETTERS[i : i + 50] for i in range(0, LENGTH, 50)) + "\n>MT\nACGTAC\n"


@pytest.fixture(scope="module", params=["genome.fa", "genome.fa.gz", "crlf.fa"])
def genome(request, tmp_path_factory):
    """Return the same genome as plain FASTA, with Windows' line ends, and compressed with bgzip."""
    path = tmp_path_factory.mktemp("genome") / request.param
    if path.suffix == ".gz":
        with bgzf.open(str(path), "wb") as file:
            file.write(FASTA.encode())
    else:
        path.write_bytes(FASTA.encode().replace(b"\n", b"\r\n" if "crlf" in path.name else b"\n"))
    return path


@pytest.fixture
def bed(tmp_path):
    def write(content, name="peaks.bed"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# --- the genome ------------------------------------------------------------------------------------


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_stretch_has_its_letters(genome, data):
    start = data.draw(st.integers(0, LENGTH))
    end = data.draw(st.integers(start, LENGTH))
    with Genome(genome) as opened:
        assert opened.bases("chr1", start, end) == LETTERS[start:end]
        assert opened.sizes == {"chr1": LENGTH, "MT": 6}
        assert opened.chromosomes == ("chr1", "MT")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (("chr1", LENGTH - 5, LENGTH + 1), "which has 960 bases in .*: it ends 1 past the last"),
        (("chr1", LENGTH + 5, LENGTH + 6), "it ends 6 past the last"),
        (("chr1", -2, 5), "it begins 2 before the first base"),
        (("chr1", 5, 4), "it ends before it begins"),
        (("1", 0, 4), "no chromosome '1' in the genome .*, which calls it 'chr1'"),
        (("chrM", 0, 4), "which calls it 'MT'"),
        (("chr2", 0, 4), "no chromosome 'chr2' in the genome .*: it has chr1, MT"),
    ],
)
def test_what_lies_outside_is_refused_and_never_cut(genome, place, sentence):
    with Genome(genome) as opened, pytest.raises(SequenceError, match=sentence):
        opened.bases(*place)


def compressed():
    raw = io.BytesIO()
    with bgzf.BgzfWriter(fileobj=raw) as file:
        file.write(FASTA.encode())
        file.flush()
        return raw.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.fa", b"", r"a\.fa is empty"),
        ("a.fa", b"hello\n", "not valid FASTA"),
        ("a.fa", b">a\nACGT\r\nACGT\nACGT\r\n", "differ in length .*one kind of line ending"),
        ("a.fa", b">a\nACGT\nAC\nACGT\n", r"differ in length \(a at line 3\)"),
        ("a.fa", b">a\nAC\n>a\nAC\n", 'two chromosomes named "a"'),
        ("a.fa", b">a\n", "has no bases"),
        ("a.fa", b">a\n\xff\n", "not text in UTF-8"),
        ("a.fa.gz", gzip.compress(FASTA.encode(), mtime=0), "Compress it with bgzip instead"),
        ("a.fa", compressed(), r"Rename it to a\.fa\.gz"),
        ("a.fa.gz", compressed()[:300], "was cut off"),
        ("a.fa.gz", compressed()[:-30], "was cut off"),
    ],
)
def test_genomes_that_cannot_be_read_are_named_with_the_reason(bed, name, content, sentence):
    with pytest.raises(InputError, match=sentence):
        Genome(bed(content, name))


def test_an_index_of_another_file_is_found_out(bed):
    path = bed(">a\nACGTACGTAC\n", "a.fa")
    Genome(path).close()
    path.write_text(">a with a long name\nACGTACGTAC\n")
    os.utime(path, (0, 0))
    with (
        Genome(path) as genome,
        pytest.raises(InputError, match=r"a\.fa\.fai does not match .*Delete the index"),
    ):
        genome.bases("a", 0, 10)


def test_where_no_index_may_be_written_one_is_made_elsewhere(bed, monkeypatch):
    path = bed(FASTA, "a.fa")
    monkeypatch.setattr(os, "access", lambda *_: False)  # chmod does not hold root back
    with Genome(path) as genome:
        assert genome.bases("chr1", 3, 9) == LETTERS[3:9]
    assert [p.name for p in path.parent.iterdir()] == ["a.fa"]


# --- intervals -------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, LENGTH - 25), st.integers(12, 25), st.sampled_from("+-.")),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["\t", " "]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_intervals_keep_place_and_strand_and_have_the_letters_of_their_strand(
    genome, tmp_path, drawn, end, tab
):
    lines = [tab.join(["chr1", str(a), str(a + n), f"p{i}", "0", s]) for i, (a, n, s) in enumerate(drawn)]
    (tmp_path / "x.bed").write_bytes(end.join(lines).encode())
    found = list(read(tmp_path / "x.bed", genome=genome))
    for i, (sequence, (start, length, strand)) in enumerate(zip(found, drawn, strict=True)):
        there = LETTERS[start : start + length]
        assert sequence.name == f"p{i}"
        assert sequence.interval == Interval("chr1", start, start + length, "-" if strand == "-" else "+")
        assert sequence.bases == (reverse_complement(there) if strand == "-" else there)
        assert sequence.tracks == ()


def test_headers_blank_lines_and_mixed_line_ends_are_no_intervals(genome, bed):
    path = bed(
        "browser position chr1\r\ntrack name=x\n#chrom\tstart\n\nchr1\t2\t9\r\nchr1\t5\t9\rchr1\t0\t4\n"
    )
    assert [s.name for s in read(path, genome=genome)] == ["chr1:2-9(+)", "chr1:5-9(+)", "chr1:0-4(+)"]


def test_twelve_columns_and_gzip_are_read(genome, bed):
    line = b"chr1\t2\t9\tgene\t0\t-\t2\t9\t0\t1\t7\t0\n"
    [sequence] = read(bed(gzip.compress(line), "x.bed.gz"), genome=genome)
    assert sequence.interval == Interval("chr1", 2, 9, "-")


def test_length_widens_around_the_middle_and_shows_the_interval_and_its_score(genome, bed):
    path = bed("chr1\t100\t110\tpeak\t731\t+\nchr1\t100\t110\tother\t0\t-\n")
    forward, reverse = read(path, genome=genome, length=21)
    assert forward.interval == Interval("chr1", 95, 116)
    assert forward.tracks == (Track("interval", ((5, 15, "peak, score 731"),)),)
    assert reverse.interval == Interval("chr1", 95, 116, "-")
    assert reverse.bases == reverse_complement(LETTERS[95:116])
    assert reverse.tracks == (Track("interval", ((6, 16, "other"),)),)
    assert [len(s) for s in read(path, genome=genome, length=4)] == [4, 4]


def test_narrow_peaks_are_centred_on_their_summit(genome, bed):
    line = "chr1\t100\t200\t{}\t0\t{}\t1.5\t-1\t-1\t70\n"
    path = bed(line.format("p", "+") + line.format("q", "-"), "x.narrowPeak")
    forward, reverse = read(path, genome=genome, length=20, centre="summit")
    assert forward.interval == Interval("chr1", 160, 180)
    summit = {text: start for start, _, text in forward.tracks[0].spans}["summit"]
    assert forward.bases[summit] == LETTERS[170]
    turned = {text: start for start, _, text in reverse.tracks[0].spans}["summit"]
    assert reverse.bases[turned] == reverse_complement(LETTERS[170])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("chr1\t950\t961\tp", r"Line 2: chr1:950-961\(\+\) \('p'\): .*it ends 1 past the last"),
        ("1\t0\t12", "calls it 'chr1'"),
        ("chr1\t12", "2 of the first three columns"),
        ("chr1\t1\t2" + "\t." * 10, "13 columns"),
        ("chr1\ta\t12", "'a' and '12', not whole numbers"),
        ("chr1\t1e1\t12", "write plain digits"),
        ("585\tchr1\t1\t12", "so leave it out"),
        ("chrom\tstart\tend", "begin the line with #"),
        ("chr1\t12\t12", "is empty"),
        ("chr1\t0\t12\tp\t0\tx", "the strand of chr1:0-12 is 'x'"),
        ("chr1\t0\t12\tp\t0\t+\t1\t1\t1\t12", "summit, 12 bases from the start, is outside"),
        ("chr1\t0\t12\tp\t0\t+\t1\t1\t1\tx", "the summit is 'x'"),
    ],
)
def test_bad_lines_are_told_by_number_and_can_be_left_out(genome, bed, line, sentence):
    path = bed(f"chr1\t0\t12\n{line}\nchr1\t3\t20\n")
    with pytest.raises(SequenceError, match=sentence):
        read(path, genome=genome)
    with pytest.warns(UserWarning, match="1 of 3 sequences are left out"):
        assert len(list(read(path, genome=genome, on_invalid="skip"))) == 2


def test_intervals_that_length_takes_past_an_end_and_peaks_without_a_summit_are_told(genome, bed):
    with pytest.raises(SequenceError, match=r"after it was resized to 50 bases: .*begins 20 before"):
        read(bed("chr1\t0\t10"), genome=genome, length=50)
    peak = bed("chr1\t100\t110\tp\t0\t.\t1\t1\t1\t-1")
    with pytest.raises(SequenceError, match="has no summit"):
        read(peak, genome=genome, length=50, centre="summit")


def test_a_truncated_bed_is_told(genome, bed):
    lines = b"".join(b"chr1\t%d\t%d\n" % (i, i + 100) for i in range(800))
    path = bed(gzip.compress(lines, mtime=0)[:-20], "x.bed.gz")
    with pytest.raises(InputError, match="ends in the middle of its compressed data"):
        read(path, genome=genome)


@pytest.mark.parametrize("name", ["x.bed", "x.narrowPeak", "x.txt", "-"])
def test_bed_without_a_genome_asks_for_one(bed, monkeypatch, name):
    source = bed("track name=x\nchr1\t0\t12\n", name)
    if name == "-":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    with pytest.raises(InputError, match=r"is BED. .*no letters.*genome="):
        read("-" if name == "-" else source)


def test_bed_on_standard_input_is_read_with_a_genome(genome, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"chr1\t0\t12\n")))
    assert [s.bases for s in read("-", genome=genome)] == [LETTERS[:12]]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"length": 0}, "at least 1"),
        ({"centre": "summit"}, "needs `length=`"),
        ({"centre": "start", "length": 9}, "'middle' or 'summit'"),
    ],
)
def test_windows_that_make_no_sense_are_refused(genome, bed, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(bed("chr1\t0\t12"), genome=genome, **options)


def test_what_is_no_bed_needs_no_genome(genome, bed):
    with pytest.raises(InputError, match="is FASTA, and `genome=` is for"):
        read(bed(">a\nACGT\n"), genome=genome)
    with pytest.raises(InputError, match="the source is a list"):
        read(["ACGT"], genome=genome)
    with pytest.raises(ValueError, match="`length=` is for the intervals"):
        read("ACGT", length=3)
    with pytest.raises(InputError, match="has no sequences"):
        read(bed("#only a header\n"), genome=genome)


@pytest.mark.parametrize("header", ["a", "a dna:chromosome GRCh38", "a "])
def test_no_letter_is_read_by_the_index_of_another_version_of_the_file(tmp_path, header):
    path, index = tmp_path / "g.fa", tmp_path / "g.fa.fai"
    bodies = {"a": "ACGTTGCATA" * 30, "b": "GGCATTCCGA" * 30}

    def write(first):
        heads = {"a": first, "b": "b"}
        path.write_text(
            "".join(
                f">{heads[n]}\n" + "\n".join(s[i : i + 60] for i in range(0, 300, 60)) + "\n"
                for n, s in bodies.items()
            )
        )

    write("a")
    Genome(path).close()
    write(header)
    os.utime(path, (1e9, 1e9))
    os.utime(index, (1.5e9, 1.5e9))
    with Genome(path) as genome:
        for name, start in [(name, start) for name in bodies for start in range(0, 250, 37)]:
            if header == "a":
                assert genome.bases(name, start, start + 20) == bodies[name][start : start + 20]
            else:
                with pytest.raises(InputError, match="does not match"):
                    genome.bases(name, start, start + 20)


def test_no_size_is_taken_from_the_index_of_another_version_of_the_file(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">empty\n>a\nACGT\n")
    assert chromosome_sizes(path) == {"empty": 0, "a": 4}
    path.write_text(">other name\nACGTACGT\n>a\nACGTAC\n")
    os.utime(path, (1e9, 1e9))
    with pytest.raises(InputError, match=r"The index .* does not match .* Delete the index"):
        chromosome_sizes(path)


def test_a_genome_from_a_pipe_is_refused_with_a_sentence(tmp_path):
    os.mkfifo(tmp_path / "g.fa")
    with pytest.raises(InputError, match=r"is a pipe.*Save it to a file"):
        Genome(tmp_path / "g.fa")


def test_a_chromosome_has_one_size(tmp_path):
    path = tmp_path / "a.sizes"
    path.write_text("a\t5\na\t5\na\t6\n")
    with pytest.raises(InputError, match=r"Line 3 .* gives a second size for a"):
        chromosome_sizes(path)


@pytest.mark.parametrize(
    ("columns", "strand"),
    [
        ("+", "+"),
        ("-", "-"),
        ("n\t-", "-"),
        ("n\t0\t*", "+"),
        ("n\t0\tNA", "+"),
        ("n\t0\t-1", "-"),
        ("9\t1\tc:1-2", "+"),
    ],
)
def test_strands_are_read_as_tools_write_them(tmp_path, columns, strand):
    (tmp_path / "g.fa").write_text(">c\nACGTTGCATA\n")
    (tmp_path / "a.bed").write_text(f"c\t2\t6\t{columns}\n")
    [one] = read(tmp_path / "a.bed", genome=tmp_path / "g.fa")
    assert (one.interval.strand, one.bases) == (strand, "GTTG" if strand == "+" else "CAAC")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("c\t2\t6\t5\t-", "counts from 1"),
        ("c\t1_0\t20", "not whole numbers"),
        ("c\t2\t6\tn\t0\tx", "the strand"),
    ],
)
def test_places_that_would_be_read_wrongly_are_refused(tmp_path, line, sentence):
    (tmp_path / "g.fa").write_text(">c\nACGTTGCATA\n")
    (tmp_path / "a.bed").write_text(line + "\n")
    with pytest.raises(SequenceError, match=sentence):
        read(tmp_path / "a.bed", genome=tmp_path / "g.fa")


@pytest.mark.parametrize(
    "index", [b"x", b"\xff\xfe", b"c\t-3\t3\t9\t10\n", b"c\t10\t3\t0\t0\n", b"c\t%d\t3\t9\t10\n" % 2**70]
)
def test_a_damaged_index_is_named(tmp_path, index):
    path = tmp_path / "g.fa"
    path.write_text(">c\nACGTACGTA\n")
    (tmp_path / "g.fa.fai").write_bytes(index)
    with pytest.raises(InputError, match=r"The index .*g\.fa\.fai is damaged. Delete it"):
        Genome(path)
