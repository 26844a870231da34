"""Every source that a user may name gives checked sequences, or a sentence that says what to do."""

import bz2
import gzip
import io
import subprocess
import sys
from pathlib import Path

import datasets
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.io import files
from captum_dna.io.fasta import interval_of
from captum_dna.io.files import InputError
from captum_dna.io.readers import read
from captum_dna.io.tables import join_kmers

BASES = st.text("ACGTUNRYKMSWBDHVacgtn", min_size=1, max_size=80).filter(lambda s: set(s.upper()) != {"N"})


@pytest.fixture
def write(tmp_path):
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def pairs(source, **options):
    return [(s.name, s.bases) for s in read(source, **options)]


# --- FASTA ---------------------------------------------------------------------------------------


def test_fasta_keeps_names_with_spaces_lower_case_and_joins_lines_with_any_line_end(write):
    path = write("a.fa", b">one two\r\nACGT\r\nacgt\r\n\r\n>b\r\nACGT\r\n")
    assert pairs(path) == [("one two", "ACGTacgt"), ("b", "ACGT")]
    assert pairs(str(path)) == pairs(path)


def test_comments_stand_before_headers_and_never_join_records(write):
    """Where a header lost its ``>``, dnaio would give its letters to the record before."""
    assert pairs(write("a.fa", "# of mine\n>a #1\nACGT\n\n# more\n#\n\n>b\nGGCA\n# end")) == [
        ("a #1", "ACGT"),
        ("b", "GGCA"),
    ]
    for end in ("\n", "\r\n", "\r"):
        for line in ("#b", "#>b", " #b", "\t#", f"#{'x' * 70_000}", f"#b{end * 70_000}"):
            for letters in ("ACGT", "ACGT" * 20_000):
                with pytest.raises(InputError, match="has letters right after the line '#"):
                    pairs(write("a.fa", f">a{end}{letters}{end}{line}{end}GGCA{end}"))
    quality = "@a\nACGT\n+\n####\n@b\nACG\n+\n#II\n"
    assert pairs(write("a.fq", quality)) == [("a", "ACGT"), ("b", "ACG")]


def test_no_byte_of_a_line_is_dropped_as_white_space(write):
    for place in range(5):
        line = "ACGT"[:place] + "\x1f" + "ACGT"[place:]
        with pytest.raises(SequenceError, match=f"has '.x1f' at position {place + 3}"):
            pairs(write("a.fa", f">a\nGG\n{line}\nGGCA\n"))


def test_gzip_is_seen_from_the_bytes_not_from_the_name(write):
    zipped = gzip.compress(b">a\nACGT\n", mtime=0)
    assert pairs(write("a.fa.gz", zipped)) == pairs(write("a.fa", zipped)) == [("a", "ACGT")]


def test_two_gzip_members_as_bgzip_writes_them_are_both_read(write):
    assert (
        len(pairs(write("a.fa.gz", gzip.compress(b">a\nACGT\n", mtime=0) + gzip.compress(b">b\nAC\n")))) == 2
    )


def test_byte_order_mark_and_a_missing_name_do_no_harm(write):
    assert pairs(write("a.fa", b"\xef\xbb\xbf>\nACGT\n")) == [("sequence 1", "ACGT")]


def test_headers_may_have_letters_of_any_script(write):
    assert pairs(write("a.fa", ">启动ж1 é\nACGT\n>b\nTT\n")) == [("启动ж1 é", "ACGT"), ("b", "TT")]
    assert pairs(write("a.fq", "@é\nACGT\n+\nIIII\n")) == [("é", "ACGT")]
    with pytest.raises(SequenceError, match="'ж' at position 3"):
        read(write("b.fa", ">a\nACжT\n"))


@pytest.mark.parametrize(
    ("header", "interval"),
    [
        ("x range=chr1:101-140 5'pad=0 3'pad=0 strand=- repeatMasking=none", Interval("chr1", 100, 140, "-")),
        ("NC_000001.11:c140-101 Homo sapiens", Interval("NC_000001.11", 100, 140, "-")),
        ("NC_000001.11:101-140 Homo sapiens", Interval("NC_000001.11", 100, 140)),
        ("ENSG1 chromosome:GRCh38:1:101:140:-1", Interval("1", 100, 140, "-")),
        ("HLA-A*01:01:10-50", Interval("HLA-A*01:01", 10, 50)),
        ("chr1:100-140(.)", Interval("chr1", 100, 140)),
        ("x range=chr1:101-150 strand=-", None),
        ("chr1:9999999999999999999999-10000000000000000000039", None),
    ],
)
def test_headers_of_databases_state_their_place(header, interval):
    assert interval_of(header, 40) == interval


def test_fastq_is_read_without_its_qualities(write):
    assert pairs(write("a.fastq", "@r1\nACGT\n+\nIIII\n")) == [("r1", "ACGT")]


def test_headers_of_bedtools_and_samtools_become_the_same_interval(write):
    path = write(
        "a.fa", ">chr1:100-104(-)\nACGT\n>gene::chr1:100-104(+)\nACGT\n>chr1:101-104\nACGT\n>chr1:1-9\nACGT\n"
    )
    intervals = [s.interval for s in read(path)]
    assert intervals == [
        Interval("chr1", 100, 104, "-"),
        Interval("chr1", 100, 104),
        Interval("chr1", 100, 104),
        None,
    ]


@pytest.mark.parametrize("header", ["", "gene", "chr1:5", "chr1:9-5", "chr1:0-3 x"])
def test_headers_that_state_no_fitting_interval_give_none(header):
    assert interval_of(header, 4) is None


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.fa", b"", r"a\.fa is empty"),
        ("a.fa", b"hello\n>a\nACGT\n", r"not FASTA: it begins with 'hello'"),
        ("a.fa", b"\x00\x01\x02", "is not text"),
        ("a.fa", b">na\xefve\nACGT\n", "not text in UTF-8"),
        ("a.fq", b"@a\nACGT\n+\nIII\n", "line 4: Length of sequence and qualities differ"),
        (
            "a.fa.gz",
            gzip.compress(b">a\n" + b"ACGT" * 500, mtime=0)[:-12],
            "ends in the middle of its compressed data",
        ),
        ("a.fa.gz", gzip.compress(b">a\nACGT\n", mtime=0)[:-8] + bytes(8), "cannot be decompressed"),
        ("a.fa.gz", b">a\nACGT\n", "not compressed with gzip"),
        ("a.dat", b"hello world\n", "is in none of the known formats: Parquet"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_reason(write, name, content, sentence):
    with pytest.raises(InputError, match=sentence):
        read(write(name, content))


def test_missing_file_names_its_neighbours(write):
    path = write("promoters.fa", ">a\nACGT\n")
    with pytest.raises(
        FileNotFoundError, match=r"no file .*promoter\.fa\. In that folder there is promoters\.fa"
    ):
        read(path.with_name("promoter.fa"))


# --- bad records ---------------------------------------------------------------------------------


def test_one_bad_record_is_told_with_file_number_name_and_position(write):
    with pytest.raises(SequenceError, match=r"a\.fa: Sequence 2 \('b'\) has 'X' at position 3"):
        read(write("a.fa", ">a\nACGT\n>b\nACXT\n"))


def test_many_bad_records_are_listed_up_to_five_with_the_number_in_all(write):
    path = write("a.fa", ">ok\nACGT\n" + "".join(f">e{i}\n\n" for i in range(8)))
    with pytest.raises(SequenceError) as error:
        read(path)
    assert "8 of 9 sequences cannot be used" in str(error.value)
    assert "'e4'" in str(error.value)
    assert "'e5'" not in str(error.value)
    assert "and 3 more" in str(error.value)


def test_bad_records_are_left_out_on_request_and_named_in_a_warning(write):
    path = write("a.fa", ">p\nMKVLEEF\n>n\nNNNN\n>ok\nACGT\n")
    with pytest.warns(UserWarning, match=r"2 of 3 sequences are left out:\n.*'p'.*protein.*\n.*'n'.*only N"):
        sequences = read(path, on_invalid="skip")
    assert [s.name for s in sequences] == ["ok"]


def test_leaving_out_everything_is_an_error(write):
    with pytest.raises(SequenceError, match="is empty"):
        read(write("a.fa", ">a\n"), on_invalid="skip")


def test_errors_come_at_the_call_before_the_first_sequence_is_used(write):
    path = write("a.fa", ">a\nACGT\n" * 3 + ">bad\nACGT!\n")
    with pytest.raises(SequenceError):
        read(path)  # not iterated


def test_repeated_names_are_told_apart_and_warned_of_once():
    items = [Sequence("a", "A"), Sequence("a", "C"), Sequence("a (2)", "G"), Sequence("a", "T")]
    with pytest.warns(UserWarning, match="3 of 4 sequences have a name that is used already"):
        names = [s.name for s in read(items)]
    assert names == ["a", "a (2)", "a (2) (2)", "a (3)"]


def test_interval_of_another_length_is_refused():
    with pytest.raises(SequenceError, match="has 4 bases but the interval chr1:0-9"):
        read(Sequence("a", "ACGT", interval=Interval("chr1", 0, 9)))


# --- strings, lists, mappings ----------------------------------------------------------------------


def test_strings_lists_sequences_and_mappings():
    assert pairs("ACGT\nacgt\n") == [("sequence 1", "ACGTacgt")]
    assert pairs(["AC", Sequence("x", "GT")]) == [("sequence 1", "AC"), ("x", "GT")]
    assert pairs(iter(["AC"])) == [("sequence 1", "AC")]
    assert pairs({"a": "AC", "b": Sequence("x", "GT")}) == [("a", "AC"), ("b", "GT")]


def test_label_tracks_and_origin_of_a_sequence_survive():
    sequence = Sequence("a", "ACGT", label="TATA", origin=2)
    assert next(read([sequence])) == sequence
    assert next(read([sequence], origin=1)).origin == 1


@pytest.mark.parametrize("name", ["data.tab", "x.fa", "folder/x", "~nobody/x.csv"])
def test_strings_with_a_suffix_or_separator_are_paths_even_if_spelled_in_bases(name):
    with pytest.raises((FileNotFoundError, InputError)):
        read(f"./{name}" if "/" in name else name)


def test_existing_file_wins_over_letters_and_long_strings_are_letters(write, monkeypatch):
    path = write("cat", ">a\nGGGG\n")
    monkeypatch.chdir(path.parent)
    assert pairs("cat") == [("a", "GGGG")]
    assert pairs("tac") == [("sequence 1", "tac")]
    assert pairs("ACGT" * 5000)[0][1] == "ACGT" * 5000


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "is empty"),
        ("ACG-T", "'-' at position 4.*Remove gaps"),
        (["AC", 3], r"Item 2 is an int \(3\)"),
        ([], "has no sequences"),
        ({"a": None}, "value of 'a' is None, not letters"),
        (3, "An int is not a source of sequences"),
        (b"ACGT", "is bytes, not text. Decode it"),
    ],
)
def test_sources_that_are_none_get_a_sentence(source, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(source)


def test_unknown_way_with_invalid_sequences_is_refused():
    with pytest.raises(ValueError, match="Choose one of raise, skip"):
        read("ACGT", on_invalid="ignore")


@given(
    st.lists(BASES, min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 70),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fasta_round_trip_whatever_the_line_length_and_line_end(tmp_path, sequences, end, width, zipped):
    lines = []
    for i, bases in enumerate(sequences):
        lines += [f">s{i}", *(bases[j : j + width] for j in range(0, len(bases), width))]
    content = end.join([*lines, ""]).encode()
    path = tmp_path / "a.fa"
    path.write_bytes(gzip.compress(content) if zipped else content)
    assert pairs(path) == [(f"s{i}", bases) for i, bases in enumerate(sequences)]


# --- tables ----------------------------------------------------------------------------------------


def test_csv_finds_usual_columns(write):
    path = write("a.csv", "id,Sequence,labels\nx,ACGT,1\nNA,TTTT,promoter\nz,AC,\n")
    assert [(s.name, s.bases, s.label) for s in read(path)] == [
        ("x", "ACGT", 1),
        ("NA", "TTTT", "promoter"),
        ("z", "AC", None),
    ]


@pytest.mark.parametrize("missing", ["", "NA", "nan", "None"])
def test_a_cell_without_letters_is_told_in_text_as_in_frames(write, missing):
    path = write("a.csv", f"seq,label\nACGT,1\n{missing},0\n")
    for source in (path, pd.read_csv(path), pd.read_csv(path, keep_default_na=False)):
        with pytest.raises(SequenceError, match=r"Sequence 2 \('sequence 2'\) is empty"):
            read(source)


def test_a_label_means_the_same_in_text_and_in_frames(write):
    cells = ["1", "0", "1.0", "", "NA", "-1", "True", "false", "promoter", "0.37", "-1.2e-3"]
    meant = [1, 0, 1, None, None, -1, "True", "False", "promoter", 0.37, -0.0012]
    text = "seq,label\n" + "".join(f"ACGT,{cell}\n" for cell in cells)
    assert [s.label for s in read(write("a.csv", text))] == meant
    typed = [1, 0.0, 1.0, None, float("nan"), -1, True, False, "promoter", 0.37, -0.0012]
    frame = pd.DataFrame({"seq": ["ACGT"] * len(typed), "label": pd.Series(typed, dtype=object)})
    assert [s.label for s in read(frame)] == meant
    assert [s.label for s in read([Sequence(f"s{i}", "ACGT", cell) for i, cell in enumerate(cells)])] == meant


@pytest.mark.parametrize(
    "text",
    [
        "sequence;label\nACGT;1\n",
        "sequence\tlabel\nACGT\t1\n",
        "sequence,label\rACGT,1\r",
        "\ufeffsequence,label\nACGT,1\n",
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tables_are_read_as_programs_write_them(write, name, text, encoding):
    [sequence] = read(write(name, text.encode(encoding)))
    assert (sequence.bases, sequence.label) == ("ACGT", 1)


def test_a_damaged_parquet_file_is_told_without_words_of_its_inside(write):
    out = io.BytesIO()
    pd.DataFrame({"seq": ["ACGT"] * 99}).to_parquet(out, index=False)
    whole = out.getvalue()
    for content in (
        b"PAR1" + b"\0" * 60 + b"PAR1",
        whole[:90],
        whole[:-9] + whole[-8:],
        b"PAR1" + whole[40:],
    ):
        with pytest.raises(
            InputError, match=r"a.parquet cannot be read as Parquet: it is damaged, was cut off"
        ):
            list(read(write("a.parquet", content)))


def test_which_of_two_columns_is_meant_is_asked_where_case_alone_tells_them_apart(write):
    with pytest.raises(InputError, match=r"2 possible columns \(Seq, seq\)"):
        read(write("a.csv", "Seq,seq\nACGT,TTTT\n"))
    [sequence] = read(write("a.csv", "Seq,seq\nACGT,TTTT\n"), column="seq")
    assert sequence.bases == "TTTT"


def test_which_of_two_columns_of_one_name_is_meant_is_asked(write):
    frame = pd.DataFrame([["ACGT", "TTTT", 1]], columns=["seq", "seq", "label"])
    for source in (frame, write("a.csv", "seq,seq,label\nACGT,TTTT,1\n")):
        with pytest.raises(InputError, match="has 2 columns called 'seq'"):
            read(source)
        with pytest.raises(InputError, match="has 2 columns called 'seq'"):
            read(source, column="seq")


def test_a_cell_may_hold_a_whole_chromosome(write):
    letters = "ACGT" * 50_000
    assert pairs(write("a.csv", f"{letters},1\n")) == [("sequence 1", letters)]


@pytest.mark.parametrize("option", ["column", "label_column", "name_column", "split"])
@pytest.mark.parametrize("source", ["ACGT", ["ACGT", "TT"], {"a": "ACGT"}, "a.fa", "a.txt"])
def test_options_that_a_source_would_not_follow_are_refused(write, monkeypatch, source, option):
    monkeypatch.chdir(write("a.fa", ">a\nACGT\n").parent)
    write("a.txt", "ACGT\n")
    with pytest.raises(InputError, match=f"Leave `{option}=` out"):
        read(source, **{option: "x"})


@pytest.mark.parametrize(
    "name", ["promoters.seq", "hg38.2bit", "promoters.xlsx", "sample_1", "data", "cat.seq"]
)
def test_a_missing_file_is_never_explained_as_letters(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"There is no file {name}"):
        read(name)


def test_columns_can_be_named(write):
    path = write("a.tsv", "what\tdna2\ttruth\nx\tACGT\tyes\n")
    [sequence] = read(path, column="dna2", label_column="truth", name_column="what")
    assert (sequence.name, sequence.bases, sequence.label) == ("x", "ACGT", "yes")


def test_dnabert_kmers_with_and_without_a_header_are_joined(write):
    with_header = write("dev.tsv", "sequence\tlabel\nATGCAA TGCAAT GCAATC\t1\n")
    without = write("raw.tsv", "ATGCAA TGCAAT GCAATC\t1\nTTTTTA TTTTAC\t0\n")
    assert [(s.bases, s.label) for s in read(with_header)] == [("ATGCAATC", 1)]
    assert [(s.bases, s.label) for s in read(without)] == [("ATGCAATC", 1), ("TTTTTAC", 0)]


def test_kmers_that_do_not_overlap_are_told_by_number(write):
    path = write("dev.tsv", "sequence\tlabel\nATG TGC GCA\t1\nATG TGC CCC CCA\t0\n")
    with pytest.raises(
        InputError, match=r"Row 2 of .*number 2 \('TGC'\) and number 3 \('CCC'\) do not overlap by 2"
    ):
        read(path)


@given(st.text("ACGT", min_size=12, max_size=60), st.integers(2, 8))
def test_joining_undoes_cutting_into_kmers(bases, k):
    assert join_kmers(" ".join(bases[i : i + k] for i in range(len(bases) - k + 1))) == bases


def test_blocks_that_do_not_overlap_are_left_to_be_joined_as_letters():
    with pytest.warns(UserWarning, match="1 of 1 sequences have spaces between their letters"):
        assert pairs("ACGTACGTAA GGGTTTACCC") == [("sequence 1", "ACGTACGTAAGGGTTTACCC")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"seq,label\n", "has no sequences"),
        ("a.csv", b"\n\n", "is empty"),
        (
            "a.csv",
            b"one,two\nACGT,1\n",
            r"no column called seq, sequence, dna, bases\. Its columns are one, two",
        ),
        ("a.csv", b"seq,label\nACGT,1\nACGT\n", "Row #3: Expected 2 columns, got 1"),
        ("a.csv", b"seq,label\nAC\xffGT,1\n", "is not text in UTF-8"),
        ("a.csv", b"seq,label\n,1\n", "Sequence 1.*is empty"),
        ("a.csv.gz", gzip.compress(b"seq\n" + b"ACGTT\n" * 900, mtime=0)[:-9], "ends in the middle"),
        ("a.parquet", b"PAR1 and then nothing of use", "cannot be read as Parquet"),
        ("a.parquet", b"hi", "cannot be read as Parquet"),
    ],
)
def test_tables_that_cannot_be_read_get_a_sentence(write, name, content, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(write(name, content))


@pytest.mark.parametrize(
    ("name", "pack", "head"),
    [
        ("a.fa.gz", gzip.compress, b">a\n"),
        ("a.csv.gz", gzip.compress, b"sequence\n"),
        ("a.txt.bz2", bz2.compress, b""),
    ],
)
def test_what_unpacks_to_more_than_sequences_do_is_not_read_to_its_end(write, monkeypatch, name, pack, head):
    path = write(name, pack(head + b"A" * 3_000_000))
    assert len(next(read(path))) == 3_000_000
    monkeypatch.setattr(files, "_ALWAYS_UNPACKED", 1 << 20)
    with pytest.raises(InputError, match=r"unpacks to more than 200 times its size.*unpack it yourself"):
        read(path)


def test_a_split_is_refused_where_there_is_none(tmp_path):
    frame = pd.DataFrame({"seq": ["ACGT"]})
    data = datasets.Dataset.from_pandas(frame)
    data.save_to_disk(tmp_path / "saved")
    for source in (frame, data, [{"seq": "ACGT"}], str(tmp_path / "saved")):
        with pytest.raises(InputError, match=r"no split 'test'\. Leave `split=` out"):
            read(source, split="test")
    assert len(list(read(datasets.DatasetDict(test=data, train=data), split="test"))) == 1


def test_an_origin_that_no_sequence_has_is_told():
    with pytest.raises(InputError, match=r"`origin` is .* no sequence has that many bases"):
        read("ACGT", origin=2**70)
    with pytest.raises(SequenceError, match=r"'a'. has the origin .* outside any sequence"):
        read(Sequence("a", "ACGT", origin=-(2**70)))


def test_a_column_asked_for_must_exist(write):
    with pytest.raises(InputError, match=r"no column 'x' \(`label_column=`\)\. Its columns are seq, label"):
        read(write("a.csv", "seq,label\nACGT,1\n"), label_column="x")


def test_parquet_and_data_frame_and_data_set_give_the_same(tmp_path):
    frame = pd.DataFrame({"seq": ["ACGT", "TTAA"], "label": [1, None]})
    frame.to_parquet(tmp_path / "a.parquet")
    expected = [("sequence 1", "ACGT", 1), ("sequence 2", "TTAA", None)]
    data = datasets.Dataset.from_pandas(frame)
    for source in (tmp_path / "a.parquet", frame, data, data.to_iterable_dataset()):
        assert [(s.name, s.bases, s.label) for s in read(source)] == expected


def test_numbers_in_the_sequence_column_are_refused():
    with pytest.raises(InputError, match="Row 1 of The data frame holds int 3 in column 'seq'"):
        read(pd.DataFrame({"seq": [3]}))


@pytest.mark.parametrize("value", [float("inf"), "-inf", {"a": 1}, [{"a": 1}]])
def test_labels_that_are_neither_class_nor_number_are_refused(value):
    with pytest.raises(InputError, match="Row 1 of The data frame has the label"):
        read(pd.DataFrame({"seq": ["ACGT"], "label": [value]}))


def test_local_folder_as_data_set_needs_a_split_only_where_there_are_several(tmp_path):
    datasets.disable_progress_bars()
    data = datasets.Dataset.from_dict({"seq": ["ACGT"], "labels": [1]})
    both = datasets.DatasetDict(train=data, test=data)
    (tmp_path / "one").mkdir()
    data.to_csv(tmp_path / "one" / "train.csv")
    both.save_to_disk(tmp_path / "two")
    assert [s.label for s in read(tmp_path / "one")] == [1]
    assert [s.label for s in read(tmp_path / "two", split="test")] == [1]
    for source in (tmp_path / "two", both):
        with pytest.raises(InputError, match=r"has the splits train, test\. Choose one"):
            read(source)


def test_hub_name_goes_to_datasets_and_its_failure_becomes_a_sentence(monkeypatch):
    asked = []

    def no_hub(name, split=None):
        asked.append((name, split))
        raise datasets.exceptions.DatasetNotFoundError("Dataset 'owner/data' doesn't exist.")

    monkeypatch.setattr(datasets, "load_dataset", no_hub)
    with pytest.raises(
        InputError, match="data set owner/data cannot be loaded: Dataset 'owner/data' doesn't exist"
    ):
        read("owner/data", split="test")
    assert asked == [("owner/data", "test")]


# --- standard input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b">a\nACGT\n>b\nTT\n", [("a", "ACGT"), ("b", "TT")]),
        (b"ACGT\n\nTT\n", [("sequence 1", "ACGT"), ("sequence 2", "TT")]),
        (gzip.compress(b">a\nACGT\n", mtime=0), [("a", "ACGT")]),
    ],
)
def test_standard_input_takes_fasta_and_plain_lines(monkeypatch, content, expected):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert pairs("-") == expected


def test_empty_standard_input_is_told(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError, match="Standard input is empty"):
        read("-")


def test_importing_the_readers_imports_nothing_heavy():
    code = (
        "import sys, captum_dna.io.readers as r; list(r.read('ACGT'));"
        "heavy = {'torch', 'pandas', 'datasets', 'pyarrow', 'transformers', 'dnaio'} & sys.modules.keys();"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
