"""Sequences as other libraries hold them are read as what they are, or refused with a sentence."""

import gzip
import io

import datasets
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyfaidx
import pytest
import torch
from Bio import SeqIO
from Bio.Seq import MutableSeq, Seq
from Bio.SeqRecord import SeqRecord
from transformers import BertConfig, BertForSequenceClassification

from captum_dna import attribute
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.io.files import InputError
from captum_dna.io.readers import read
from captum_dna.model.classifier import Classifier
from captum_dna.pipeline.validate import true_label
from tests.toy import kmer_tokenizer

LETTERS = "ACGTTGCATATAAAAGGCATGCCA"


def pairs(source, **options):
    return [(s.name, s.bases) for s in read(source, **options)]


ONE = [("sequence 1", LETTERS)]


@pytest.mark.parametrize(
    "source",
    [
        Seq(LETTERS),
        MutableSeq(LETTERS),
        np.str_(LETTERS),
        np.array(LETTERS),
        np.bytes_(LETTERS),
        np.frombuffer(LETTERS.encode(), "S1"),
        np.array(list(LETTERS)),
        np.array(list(LETTERS), dtype=object),
        list(LETTERS),
        tuple(LETTERS),
        iter(LETTERS),
        pd.Series(list(LETTERS)),
        [Seq(LETTERS)],
        [list(LETTERS)],
        np.array([LETTERS]),
        np.array([list(LETTERS)]),
        pa.array([LETTERS]),
        pl.Series([LETTERS]),
        {LETTERS},
    ],
    ids=lambda x: type(x).__name__,
)
def test_letters_of_one_sequence_are_one_sequence(source):
    assert pairs(source) == ONE


def test_records_of_biopython_are_read_as_their_file_is(tmp_path):
    path = tmp_path / "a.fa"
    path.write_text(f">chr1:100-124(-) one\n{LETTERS}\n>b\n{LETTERS[:9]}\n")
    expected = [(s.name, s.bases, s.interval) for s in read(path)]
    with path.open() as file:
        records = list(SeqIO.parse(file, "fasta"))
    for source in (records, iter(records), {r.description: r for r in records}):
        assert [(s.name, s.bases, s.interval) for s in read(source)] == expected
    assert pairs(SeqRecord(Seq(LETTERS), id="r1")) == [("r1", LETTERS)]
    assert pairs({"a": Seq(LETTERS)}) == [("a", LETTERS)]


def test_a_record_without_letters_gets_a_sentence():
    with pytest.raises(InputError, match="'r1' has no letters"):
        read(SeqRecord(Seq(None, length=9), id="r1"))


def test_records_of_pyfaidx_know_their_place(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(f">chr1\n{LETTERS}\n>chr2\n{LETTERS[:9]}\n")
    with pyfaidx.Fasta(str(path)) as genome:
        assert pairs(genome) == [("chr1", LETTERS), ("chr2", LETTERS[:9])]
        assert pairs(genome["chr1"]) == [("chr1", LETTERS)]
        [part] = read(genome["chr1"][2:9])
        assert (part.bases, part.interval) == (LETTERS[2:9], Interval("chr1", 2, 9))
        [turned] = read(-genome["chr1"][2:9])
        assert turned.interval is None
        assert turned.bases == str(Seq(LETTERS[2:9]).reverse_complement())


COLUMNS: dict[str, list] = {"sequence": [LETTERS, LETTERS[::-1]], "label": [1, None], "name": ["a", "b"]}


def fetched(columns):
    """Return a connection of DuckDB whose result is still to be fetched."""
    return duckdb.connect().register("held", columns).execute("select * from held")


TABLE = [("a", LETTERS, 1), ("b", LETTERS[::-1], None)]


@pytest.mark.parametrize(
    "make",
    [
        pd.DataFrame,
        pl.DataFrame,
        pl.LazyFrame,
        pa.table,
        lambda columns: pa.table(columns).to_reader(),
        lambda columns: pa.table(columns).to_batches()[0],
        lambda columns: duckdb.from_arrow(pa.table(columns)),
        lambda columns: fetched(pa.table(columns)),
        lambda columns: pd.DataFrame(columns).assign(label=pd.Categorical([1, None])),
        lambda columns: pl.DataFrame(columns).with_columns(pl.col("name").cast(pl.Categorical)),
        datasets.Dataset.from_dict,
        lambda columns: datasets.Dataset.from_dict(columns).to_iterable_dataset(),
        dict,
        lambda columns: pa.table(columns).to_pylist(),
        lambda columns: [row for _, row in pd.DataFrame(columns).iterrows()],
        lambda columns: list(pd.DataFrame(columns).itertuples()),
        lambda columns: pd.DataFrame(columns).itertuples(),
        lambda columns: list(datasets.Dataset.from_dict(columns)),
    ],
)
def test_tables_of_every_library_are_the_same_table(make):
    assert [(s.name, s.bases, s.label) for s in read(make(COLUMNS))] == TABLE


def test_one_row_is_one_sequence_and_a_mapping_of_names_is_not_a_row():
    row = {"sequence": LETTERS, "label": 1}
    assert [(s.bases, s.label) for s in read(row)] == [(LETTERS, 1)]
    assert [(s.bases, s.label) for s in read(pd.Series(row))] == [(LETTERS, 1)]
    assert pairs({"seq": "ACGT", "dna": "GGCC"}) == [("seq", "ACGT"), ("dna", "GGCC")]
    assert pairs(pd.Series(["ACGT", "GG"], index=["p", "q"])) == [("p", "ACGT"), ("q", "GG")]


def test_columns_may_be_called_by_numbers():
    frame = pd.DataFrame([[LETTERS, 1], [LETTERS, 0]])
    for first, second in ((0, 1), ("0", "1")):
        assert [s.label for s in read(frame, column=first, label_column=second)] == [1, 0]


@pytest.mark.parametrize("label", [np.int64(1), torch.tensor(1), np.float32(1), np.array(1), "1.0", pd.NA])
def test_labels_of_other_libraries_are_labels(label):
    frame = pd.DataFrame({"seq": [LETTERS], "label": pd.Series([label], dtype=object)})
    assert next(read(frame)).label == (None if label is pd.NA else 1)


def test_the_order_of_a_data_sets_classes_is_not_the_models():
    import captum_dna as cd

    model = cd.load("demo")
    names = list(reversed(model.labels))
    features = datasets.Features(
        {"sequence": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    )
    data = datasets.Dataset.from_dict({"sequence": [LETTERS * 4] * 3, "label": [0, 1, -1]}, features=features)
    for one in (data, data.with_format("torch"), data.to_iterable_dataset()):
        assert [s.label for s in read(one)] == [*names, None]
    result = cd.attribute(model, data, method="saliency")
    assert [r.true_label for r in result] == [*names, None]


@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        iter,
        lambda found: [list(pair) for pair in found],
        lambda found: zip(*zip(*found, strict=True), strict=True),
        lambda found: [(name, Seq(letters)) for name, letters in found],
        lambda found: [(name, list(letters)) for name, letters in found],
        lambda found: list(dict(found).items()),
    ],
)
def test_pairs_of_names_and_letters_are_read_as_such(make):
    found = [("p 1", LETTERS), ("a", LETTERS[:9]), ("GATA", LETTERS[3:])]
    assert pairs(make(found)) == found
    assert pairs(("p 1", LETTERS)) == found[:1]
    assert pairs((LETTERS, LETTERS[:9])) == [("sequence 1", LETTERS), ("sequence 2", LETTERS[:9])]


TRUTHS = [("a;c", [0, 2]), ("-", []), ("b", [1]), (None, None)]
"""What three of the names a, b and c are, and their indices."""


def hot(indices, kind=int):
    return None if indices is None else [kind(i in indices) for i in range(3)]


@pytest.mark.parametrize(
    "write",
    [
        hot,
        lambda i: hot(i, float),
        lambda i: hot(i, bool),
        lambda i: None if i is None else ["abc"[j] for j in i],
        lambda i: None if i is None else ",".join(map(str, hot(i))),
        lambda i: None if i is None else ";".join(map(str, hot(i))),
        lambda i: None if i is None else str(hot(i)),
        lambda i: None if i is None else str(np.array(hot(i, float))),
        lambda i: None if i is None else ";".join("abc"[j] for j in i) or "-",
    ],
    ids=["0/1", "0.0/1.0", "True/False", "names", "1,0,1", "1;0;1", "[1, 0, 1]", "[1. 0. 1.]", "a;c"],
)
def test_several_labels_of_a_sequence_are_the_same_from_every_source(write, three_labels, tmp_path):
    labels = [write(indices) for _, indices in TRUTHS]
    letters = [LETTERS + base for base in "ACGT"]
    columns = {"sequence": letters, "label": labels}
    frame = pd.DataFrame(columns)
    frame.to_csv(tmp_path / "x.csv", index=False)
    frame.to_csv(tmp_path / "x.tsv", index=False, sep="\t")
    frame.to_parquet(tmp_path / "x.parquet")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(letters, labels, strict=True)]
    arrays = [None if x is None or isinstance(x, str) else np.array(x) for x in labels]
    sources = [
        frame,
        pl.DataFrame(columns),
        pa.table(columns),
        rows,
        columns,
        datasets.Dataset.from_dict(columns),
    ]
    sources += [tmp_path / f"x.{suffix}" for suffix in ("csv", "tsv", "parquet")]
    if not any(isinstance(x, str) for x in labels):
        sources.append(pd.DataFrame({"sequence": letters, "label": pd.Series(arrays, dtype=object)}))
    for source in sources:
        truths = [true_label(three_labels, sequence) for sequence in read(source)]
        assert truths == [names for names, _ in TRUTHS], type(source)


def test_a_list_of_class_labels_names_its_classes(three_labels):
    features = datasets.Features(
        {
            "sequence": datasets.Value("string"),
            "label": datasets.Sequence(datasets.ClassLabel(names=["c", "b", "a"])),
        }
    )
    data = datasets.Dataset.from_dict({"sequence": [LETTERS] * 2, "label": [[0, 2], []]}, features=features)
    assert [true_label(three_labels, s) for s in read(data)] == ["a;c", "-"]


@pytest.fixture(scope="module")
def three_labels():
    config = BertConfig(
        vocab_size=69, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        num_labels=3, problem_type="multi_label_classification", id2label=dict(enumerate("abc")),
    )  # fmt: skip
    return Classifier(BertForSequenceClassification(config), kmer_tokenizer(3))


def test_a_prediction_of_several_labels_is_right_or_wrong_about_the_most_probable_one(three_labels):
    for label in ("a", "b", "c", "-", "a;b;c"):
        [result] = attribute(three_labels, [Sequence("x", LETTERS, label=label)], method="saliency")
        assert result.true_label == label
        assert result.correct == ((result.predicted in label) == (result.probability >= 0.5))


@pytest.mark.parametrize("label", ["a;d", "1;0", "0;0;1;1", "a,a"])
def test_labels_that_fit_no_model_get_a_sentence(label, three_labels):
    with pytest.raises(ValueError, match=r"Sequence 'x': the label .*a, b, c"):
        true_label(three_labels, Sequence("x", LETTERS, label=label))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"ACGT", "is bytes, not text. Decode it"),
        ([b"ACGT"], "Item 1 is bytes, not text"),
        (np.zeros((4, 9)), r"array of numbers \(float64\) is not letters"),
        ([("a", LETTERS), LETTERS], r"Item 1 is a tuple .*a pair \(name, letters\)"),
        ([(LETTERS, LETTERS)], "both parts of each look like DNA.*mapping of names to letters"),
        ([("a", LETTERS, "b")], "Item 1 is a tuple"),
        ([("a", None)], "Item 1 is a tuple"),
        (None, "None is not a source"),
        ([LETTERS, None], "Item 2 is None, not letters"),
        (io.StringIO("x"), "The open file begins with 'x' and is in none of the known formats"),
    ],
)
def test_what_holds_no_letters_gets_a_sentence(source, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(source)


def test_an_index_of_texts_holds_the_names():
    frame = pd.DataFrame({"seq": [LETTERS, LETTERS]}, index=["one", "two"])
    assert pairs(frame) == [("one", LETTERS), ("two", LETTERS)]
    assert pairs(frame.assign(id=["a", "b"])) == [("a", LETTERS), ("b", LETTERS)]
    assert pairs(frame.reset_index(drop=True)) == [("sequence 1", LETTERS), ("sequence 2", LETTERS)]


def test_the_names_of_an_index_are_columns():
    frame = pd.DataFrame(
        {"gene": [7, 8], "part": ["p", "q"], "dna": [LETTERS, LETTERS[:9]], "label": ["a", "b"]}
    )
    for index in (["gene"], ["gene", "part"], ["dna"], ["label", "gene"], ["part"]):
        indexed = frame.set_index(index)
        assert pairs(indexed, name_column="gene") == [("7", LETTERS), ("8", LETTERS[:9])]
        assert [s.label for s in read(indexed)] == ["a", "b"]
    assert pairs(frame.set_index("part")) == [("p", LETTERS), ("q", LETTERS[:9])]
    assert pairs(frame.set_index("part", drop=False), name_column="part") == [
        ("p", LETTERS),
        ("q", LETTERS[:9]),
    ]


@pytest.mark.parametrize(
    "make", [pd.DataFrame, lambda rows, columns: pa.table(list(zip(*rows, strict=True)), names=columns)]
)
def test_a_column_that_is_there_twice_is_refused_only_where_it_is_meant(make):
    rows = [(LETTERS, 1, 2), (LETTERS, 3, 4)]
    assert pairs(make(rows, columns=["seq", "x", "x"])) == [("sequence 1", LETTERS), ("sequence 2", LETTERS)]
    with pytest.raises(InputError, match="2 columns called 'label'"):
        pairs(make(rows, columns=["seq", "label", "label"]))


def broken(count):
    """Yield rows, and fail as a lost connection does."""
    yield from ({"dna": LETTERS, "name": f"s{i}"} for i in range(count))
    raise ConnectionError("the server has gone away")


def arrow_stream():
    yield pa.record_batch({"dna": [LETTERS]})
    raise ConnectionError("the server has gone away")


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (lambda: broken(3), " after 3 rows"),
        (
            lambda: datasets.IterableDataset.from_generator(broken, gen_kwargs={"count": 1000}),
            " after 1,000 rows",
        ),
        (
            lambda: pa.RecordBatchReader.from_batches(pa.schema([("dna", pa.string())]), arrow_stream()),
            "",
        ),
        (lambda: pl.LazyFrame({"seq": [LETTERS]}).select(pl.col("no such").alias("dna")), ""),
    ],
    ids=["generator", "data set", "Arrow", "query"],
)
def test_a_stream_that_ends_early_gets_a_sentence(make, rows):
    with pytest.raises(InputError, match=rf"ended early{rows}, with \w+: .*give it again"):
        read(make())


def test_a_stream_that_is_shorter_the_second_time_is_not_half_used():
    lengths = iter([4, 4, 1])  # to learn its columns, to check it, to use it
    once = datasets.IterableDataset.from_generator(
        lambda: ({"dna": LETTERS, "name": str(i)} for i in range(next(lengths)))
    )
    with pytest.raises(
        InputError, match="had 4 sequences when they were checked and 1 when they were read again"
    ):
        pairs(once)


def test_a_generated_data_set_is_read():
    def rows():
        yield {"dna": LETTERS, "name": "one"}
        yield {"dna": LETTERS, "name": "two"}

    assert pairs(datasets.IterableDataset.from_generator(rows)) == [("one", LETTERS), ("two", LETTERS)]


@pytest.mark.parametrize("axis", ["obs", "var"])
def test_anndata_is_read_by_its_letters(axis):
    import anndata

    letters = pd.DataFrame({"sequence": [LETTERS, LETTERS]}, index=["one", "two"])
    held = anndata.AnnData(np.zeros((2, 2)), **{axis: letters})
    assert pairs(held) == [("one", LETTERS), ("two", LETTERS)]


@pytest.mark.parametrize(
    ("columns", "option"), [(("seq", "DNA"), "column"), (("seq", "label", "y"), "label_column")]
)
def test_of_two_columns_it_is_asked_which(columns, option):
    frame = pd.DataFrame({column: [LETTERS] for column in columns})
    with pytest.raises(InputError, match=rf"2 possible columns \(.*`{option}=`"):
        pairs(frame)
    assert pairs(frame, **{option: columns[-1]}) == ONE


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04", "read_excel"), (b"\xd0\xcf\x11\xe0", "read_excel"), (b"\x89HDF\r\n", "read_h5ad")],
)
def test_files_of_other_programs_are_named_with_the_way_out(tmp_path, content, words):
    path = tmp_path / "table.xlsx"
    path.write_bytes(content + bytes(100))
    with pytest.raises(InputError, match=words):
        pairs(path)


def test_items_of_a_mapping_and_arrays_of_records_are_read():
    named = {"a": "ACGTTGCA", "b": "TTAACCGG"}
    assert [(s.name, s.bases) for s in read(named.items())] == list(named.items())
    frame = pd.DataFrame({"name": list(named), "seq": list(named.values()), "label": [1, 0]})
    for records in (frame.to_records(), frame.to_records(index=False)[:2]):
        found = [(s.name, s.bases, s.label) for s in read(records)]
        assert found == [("a", "ACGTTGCA", 1), ("b", "TTAACCGG", 0)]


@pytest.mark.parametrize(
    "opened",
    [
        lambda path: path.open(),
        lambda path: path.open("rb"),
        lambda path: io.StringIO(path.read_text()),
        lambda path: io.BytesIO(path.read_bytes()),
        lambda path: io.BytesIO(gzip.compress(path.read_bytes())),
    ],
    ids=["text", "bytes", "text in memory", "bytes in memory", "packed"],
)
@pytest.mark.parametrize("text", [f">a\n{LETTERS}\n", f"name,sequence\na,{LETTERS}\n"], ids=["FASTA", "CSV"])
def test_an_open_file_is_read_as_its_path_is(tmp_path, opened, text):
    path = tmp_path / "in.txt"
    path.write_text(text)
    with opened(path) as handle:
        assert pairs(handle) == [("a", LETTERS)]


def test_an_open_file_that_cannot_be_read_says_so(tmp_path):
    with (tmp_path / "new.fa").open("w") as handle, pytest.raises(InputError, match="Open it for reading"):
        read(handle)
    with pytest.raises(InputError, match="closed file"):
        read(handle)
