"""What is saved comes back bit for bit, and files that are something else are told apart."""

import json
import struct
from dataclasses import astuple, replace
from unittest.mock import ANY

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from captum_dna.core.attribution import Attribution, Run
from captum_dna.core.certificate import Certificate
from captum_dna.core.sequences import Interval, Track
from captum_dna.io import files
from captum_dna.io import parquet as store
from captum_dna.io.parquet import StoreError, load, save
from captum_dna.io.writing import OutputError
from captum_dna.results import Attributions
from tests import fake_attributions
from tests.fake_attributions import nested

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)
TEXT = st.text(max_size=8)


def example(**changes):
    """Four bases in two overlapping 3-mers between two special tokens."""
    values = {
        "name": "a",
        "sequence": "ACGT",
        "tokens": ("[CLS]", "ACG", "CGT", "[SEP]"),
        "spans": (None, (0, 3), (1, 4), None),
        "token_scores": np.array([0.5, 3.0, 6.0, -0.0]),
        "base_scores": np.array([1.0, 3.0, 3.0, np.nan]),
        "target": "promoter",
        "predicted": "promoter",
        "probability": 0.9,
        "probabilities": np.array([0.1, 0.9]),
        "true_label": None,
        "f_input": 2.0,
        "f_baseline": -1.0,
        "delta": 1e-3,
        "error": float("nan"),
        "converged": True,
        "evaluations": 10,
        "run": Run(labels=("other", "promoter"), method_options={"n_steps": 50}),
    }
    return Attribution(**nested(values | changes))


def bits(value):
    """Return what must survive; floats as their bytes, so that NaN equals NaN and 0 is not -0."""
    if isinstance(value, float):
        return struct.pack("d", value)
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return [(k, bits(v)) for k, v in value.items()]
    if isinstance(value, Certificate):
        return [bits(number) for number in astuple(value)]
    return value


def all_bits(item):
    return {name: bits(getattr(item, name)) for name in Attribution.__slots__}


@st.composite
def attributions(draw):
    length, tokens = draw(st.integers(0, 6)), draw(st.integers(0, 6))

    def scores(count):
        return np.array(draw(st.lists(FLOATS, min_size=count, max_size=count)), dtype=np.float64)

    def optional(strategy):
        return draw(st.none() | strategy)

    position = st.integers(0, 1000)
    track = st.builds(Track, TEXT, st.lists(st.tuples(position, position, TEXT), max_size=2).map(tuple))
    return example(
        name=draw(TEXT),
        sequence=draw(st.text("ACGTN", min_size=length, max_size=length)),
        tokens=tuple(draw(st.lists(TEXT, min_size=tokens, max_size=tokens))),
        spans=tuple(optional(st.tuples(position, position)) for _ in range(tokens)),
        token_scores=scores(tokens),
        base_scores=scores(length),
        probabilities=scores(draw(st.integers(0, 3))),
        probability=draw(FLOATS),
        f_input=draw(FLOATS),
        delta=draw(FLOATS),
        tolerance=optional(st.floats(0, 1)),
        true_label=optional(TEXT),
        converged=draw(st.booleans()),
        evaluations=draw(st.integers(0, 2**40)),
        parts={name: scores(tokens) for name in draw(st.lists(TEXT, max_size=2, unique=True))},
        extras={name: scores(12).reshape(3, 4) for name in draw(st.lists(TEXT, max_size=2, unique=True))},
        interval=optional(st.builds(Interval, TEXT, position, position, st.sampled_from("+-"))),
        origin=draw(st.integers(-500, 500)),
        tracks=tuple(draw(st.lists(track, max_size=2))),
        run=Run(method=draw(TEXT), seed=optional(st.integers()), tolerance=optional(st.floats(0, 1))),
    )


@given(st.lists(attributions(), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_saved_comes_back_bit_for_bit(tmp_path, items):
    back = load(save(Attributions(items), tmp_path / "run.parquet"))
    assert [all_bits(item) for item in back] == [all_bits(item) for item in items]


def test_methods_of_the_result_save_and_load(tmp_path):
    path = Attributions([example()]).save(tmp_path / "run.parquet")
    assert Attributions.load(path)[0].headline() == example().headline()


def test_runs_are_stored_once_each_and_shared_again_after_loading(tmp_path):
    first, second = Run(method="a"), Run(method="b", labels=("x", "y"))
    items = [example(run=first), example(run=second), example(run=Run(method="a"))]
    path = save(items, tmp_path / "run.parquet")
    about = json.loads(parquet.read_schema(path).metadata[b"captum_dna"])
    assert [run["method"] for run in about["runs"]] == ["a", "b"]
    back = load(path)
    assert [item.run for item in back] == [first, second, first]
    assert back[0].run is back[2].run


def test_other_tools_find_plain_columns(tmp_path):
    path = save([example(interval=Interval("chr1", 5, 9))], tmp_path / "run.parquet")
    [row] = parquet.read_table(path).to_pylist()
    assert row["tokens"] == ["[CLS]", "ACG", "CGT", "[SEP]"]
    assert (row["token_starts"], row["token_ends"]) == ([None, 0, 1, None], [None, 3, 4, None])
    assert row["token_scores"] == [0.5, 3.0, 6.0, 0.0]
    assert (row["chromosome"], row["start"], row["end"], row["strand"]) == ("chr1", 5, 9, "+")
    assert row["true_label"] is None


def test_rows_are_written_in_pieces_that_join_again(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_ROWS", 3)
    items = [example(name=str(i)) for i in range(8)]
    path = save(items, tmp_path / "run.parquet")
    assert parquet.ParquetFile(path).num_row_groups == 3
    assert [item.name for item in load(path)] == list("01234567")


def test_long_sequences_make_small_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_BASES", 8)
    path = save([example() for _ in range(5)], tmp_path / "run.parquet")
    assert parquet.ParquetFile(path).num_row_groups == 3


def test_options_of_numpy_type_are_saved_as_numbers_and_objects_as_text_with_a_log_line(tmp_path, caplog):
    run = Run(method_options={"n": np.int64(3), "grid": np.array([0.5, 1.0]), "call": Interval})
    back = load(save([example(run=run)], tmp_path / "run.parquet"))[0].run
    assert back.method_options["n"] == 3
    assert back.method_options["grid"] == [0.5, 1.0]
    assert "Interval" in back.method_options["call"]
    assert "A type among the options of a run is saved as text" in caplog.text


def test_loaded_scores_can_be_written_to(tmp_path):
    item = load(save([example()], tmp_path / "run.parquet"))[0]
    item.base_scores[0] = 7.0
    assert item.base_scores[0] == 7.0


# --- failures --------------------------------------------------------------------------------------


def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = save([example(name="old")], tmp_path / "run.parquet")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "to_table", fail)
    with pytest.raises(KeyboardInterrupt):
        save([example(name="new")], path)
    assert [p.name for p in tmp_path.iterdir()] == ["run.parquet"]
    assert load(path)[0].name == "old"


def test_missing_folder_and_folder_in_place_of_a_file_are_told(tmp_path):
    with pytest.raises(OutputError, match=r"no folder .*nowhere to write run\.parquet to. Create it first"):
        save([example()], tmp_path / "nowhere" / "run.parquet")
    with pytest.raises(OutputError, match="is a folder"):
        save([example()], tmp_path)


def test_folder_without_permission_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="You may not write to"):
        save([example()], tmp_path / "run.parquet")


def test_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*run\.parquet with results"):
        load(tmp_path / "run.parquet")


def test_text_and_cut_and_damaged_files_are_told_apart(tmp_path):
    path = save([example()] * 50, tmp_path / "run.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="is damaged or was cut off"):
        load(path)
    path.write_bytes(whole[:4] + bytes(600) + whole[604:])
    with pytest.raises(StoreError, match="is damaged or was cut off"):
        load(path)
    path.write_text(">a\nACGT\n")
    with pytest.raises(StoreError, match="is not a Parquet file"):
        load(path)


def test_parquet_of_something_else_names_the_missing_columns(tmp_path):
    path = tmp_path / "data.parquet"
    parquet.write_table(pa.table({"name": ["a"], "sequence": ["ACGT"]}), path)
    with pytest.raises(
        StoreError, match=r"not of captum_dna's results: it lacks the columns true_label, predicted"
    ):
        load(path)


def test_file_without_its_note_is_told(tmp_path):
    path = save([example()], tmp_path / "run.parquet")
    parquet.write_table(parquet.read_table(path).replace_schema_metadata({}), path)
    with pytest.raises(StoreError, match="lacks the note of how its scores were made"):
        load(path)


def test_file_of_a_later_format_asks_for_an_upgrade(tmp_path, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr(store, "FORMAT", 5)
        path = save([example()], tmp_path / "run.parquet")
    with pytest.raises(StoreError, match=r"later format \(5; this version reads up to 4\). Upgrade"):
        load(path)


def test_a_file_of_the_first_format_is_still_read(tmp_path):
    path = save([example()], tmp_path / "run.parquet")
    table = parquet.read_table(path)
    about = json.loads(table.schema.metadata[b"captum_dna"]) | {"format": 1}
    flat = dict(zip(Certificate.__slots__, table["certificate"].combine_chunks().flatten(), strict=True))
    old = table.drop_columns(["windows", "certificate"])
    for name in set(flat) - {"tolerance"}:
        old = old.append_column(name, flat[name])
    old = old.replace_schema_metadata({b"captum_dna": json.dumps(about).encode()})
    parquet.write_table(old, path)
    (result,) = load(path)
    assert result.windows == ()
    assert result.certificate == replace(
        example().certificate, error=ANY, relative_error=ANY, tolerance=result.run.tolerance
    )
    assert result.sequence == example().sequence


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b"5", b"\xff", b'{"runs": 5}', b'{"runs": [5]}', b'{"format": "x"}']
)
def test_a_damaged_note_of_how_scores_were_made_is_told(tmp_path, note):
    path = tmp_path / "run.parquet"
    Attributions([fake_attributions.make(12, box=False)]).save(path)
    table = parquet.read_table(path)
    parquet.write_table(table.replace_schema_metadata({b"captum_dna": note}), path)
    with pytest.raises(StoreError, match=r"run\.parquet is damaged: the note of how its scores were made"):
        Attributions.load(path)
