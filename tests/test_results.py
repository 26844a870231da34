"""Results are taken by position, name, list and mask, and leave as tables, arrays and pictures of other packages."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import captum_dna
from captum_dna import Attributions
from tests import fake_attributions

NAMES = "abcd"
EXTRA = {"hypothetical": np.arange(80.0).reshape(4, 20)}


def some(**changes):
    return Attributions(
        fake_attributions.make(20, seed=i, box=False, name=name, **changes) for i, name in enumerate(NAMES)
    )


RESULTS = some()


@settings(max_examples=30)
@given(
    st.lists(st.integers(-len(NAMES), len(NAMES) - 1), max_size=6),
    st.sampled_from([list, np.array, pd.Series]),
)
def test_lists_of_positions_of_names_and_masks_take_the_same_results(places, kind):
    wanted = [NAMES[place] for place in places]
    assert [
        one.name for one in RESULTS[kind(places, dtype=np.int64) if kind is not list else places]
    ] == wanted
    assert [one.name for one in RESULTS[kind(wanted) if places else []]] == wanted
    mask = [name in wanted for name in NAMES]
    assert [one.name for one in RESULTS[kind(mask)]] == sorted(set(wanted))


def test_one_result_is_taken_by_position_of_any_kind_or_by_name():
    assert RESULTS["c"] is RESULTS[2] is RESULTS[np.int64(2)] is RESULTS[-2]
    assert "c" in RESULTS._ipython_key_completions_()
    frame = RESULTS.to_frame()
    assert [one.name for one in RESULTS[frame["peak_score"] == frame["peak_score"].max()]] != []


@pytest.mark.parametrize(
    ("index", "kind", "words"),
    [
        ("promoter", KeyError, "No result is named 'promoter'; the first names are"),
        ([True, False], IndexError, "The mask has 2 truth values, but there are 4 results"),
        ([0.5], IndexError, "by position, by name, by a list of either, or by a mask, not by"),
        ([[0, 1]], IndexError, "not by"),
        (["a", "z"], KeyError, "No result is named 'z'"),
        ([7], IndexError, "no result 7"),
    ],
)
def test_what_takes_no_result_is_said(index, kind, words):
    with pytest.raises(kind, match=words):
        RESULTS[index]


def test_a_table_has_a_row_per_sequence_base_or_token():
    assert list(RESULTS.to_frame()["name"]) == list(NAMES)
    bases = RESULTS.to_frame("base")
    assert "".join(bases["base"]) == "".join(one.sequence for one in RESULTS)
    np.testing.assert_array_equal(bases["score"], np.concatenate([one.base_scores for one in RESULTS]))
    tokens = RESULTS.to_frame(level="token")
    assert tokens["score"].sum() == pytest.approx(sum(one.token_scores.sum() for one in RESULTS))
    known = tokens[tokens["start"].notna()]
    assert (known["letters"] == known["token"]).all()
    assert len(tokens) - len(known) == 2 * len(NAMES)
    with pytest.raises(ValueError, match="no level 'bases' \\(did you mean 'base'"):
        RESULTS.to_frame("bases")


def test_one_result_saves_plots_and_shows_itself(tmp_path):
    one = RESULTS["b"]
    assert Attributions.load(one.save(tmp_path / "one.parquet"))[0].headline() == one.headline()
    assert one.plot(width=4, caption=False).get_figwidth() == 4
    with pytest.raises(ValueError, match="no option 'windw' \\(did you mean `window=`"):
        one.plot(windw=(1, 2))
    shown = one._repr_mimebundle_()
    assert one.name in shown["text/plain"]
    assert "<dna-view" in shown["text/html"]
    assert shown["image/png"]
    assert list(one.to_frame().columns) == ["name", "position", "base", "score"]


def test_logomaker_gets_each_score_in_the_column_of_its_letter():
    one = some(extras=EXTRA, origin=5)["a"]
    frame = one.to_logomaker()
    assert list(frame.columns) == list("ACGT")
    assert list(frame.index) == list(range(-5, 15))
    np.testing.assert_allclose(frame.sum(axis=1), one.base_scores)
    for letter, row in zip(one.sequence, frame.to_numpy(), strict=True):
        assert "ACGT"[np.flatnonzero(row)[0]] == letter
    np.testing.assert_array_equal(one.to_logomaker(hypothetical=True).to_numpy(), EXTRA["hypothetical"].T)
    with pytest.raises(ValueError, match="`method='ism'`"):
        RESULTS[0].to_logomaker(hypothetical=True)
    with pytest.raises(ValueError, match=r"there are 4 results. Choose one, as in results\[0\]"):
        RESULTS.to_logomaker()


def uneven(**changes):
    return Attributions(
        [*some(**changes)[:2], fake_attributions.make(12, box=False, name="short", **changes)]
    )


@pytest.mark.filterwarnings("ignore:.*chained_assignment")  # of anndata, for pandas 3
def test_anndata_has_a_row_per_sequence_and_can_be_written(tmp_path):
    import anndata

    results = uneven()
    table = results.to_anndata()
    assert list(table.obs_names) == ["a", "b", "short"]
    np.testing.assert_array_equal(table["short"].X.ravel()[:12], results["short"].base_scores)
    assert np.isnan(table["short"].X.ravel()[12:]).all()
    table.write_h5ad(tmp_path / "run.h5ad")
    back = anndata.read_h5ad(tmp_path / "run.h5ad")
    assert list(back.obs["sequence"]) == [one.sequence for one in results]
    assert back.uns["captum_dna"]["method"] == "integrated_gradients"
    layers = some(extras=EXTRA).to_anndata().layers
    np.testing.assert_array_equal(np.stack([layers[x][0] for x in "ACGT"]), EXTRA["hypothetical"])


def test_xarray_has_named_dimensions():
    data = uneven(origin=3).to_xarray()
    assert dict(data.sizes) == {"sequence": 3, "position": 20}
    assert "".join(data["base"].sel(sequence="short").values) == uneven()["short"].sequence
    assert float(data["score"].sel(sequence="b", position=-3)) == uneven()["b"].base_scores[0]
    assert np.isnan(data["score"].sel(sequence="short", position=16))
    assert float(data["f_input"].sel(sequence="a")) == RESULTS["a"].f_input
    full = some(extras=EXTRA).to_xarray()
    np.testing.assert_array_equal(full["hypothetical"].sel(sequence="c"), EXTRA["hypothetical"])


@pytest.mark.parametrize("package", ["anndata", "xarray"])
def test_a_package_that_is_missing_is_named_with_the_line_that_installs_it(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ImportError, match=rf"needs the package {package}: pip install 'captum_dna\[arrays\]'"
    ):
        getattr(RESULTS, f"to_{package}")()


def test_a_data_set_of_hugging_face_reads_the_file(tmp_path):
    import datasets

    path = str(some(extras=EXTRA).save(tmp_path / "run.parquet"))
    read = datasets.Dataset.from_parquet(path, cache_dir=str(tmp_path / "cache"))
    assert read["name"][:] == list(NAMES)
    assert read[1]["tokens"] == list(RESULTS["b"].tokens)
    assert read[0]["extras"][0]["name"] == "hypothetical"
    np.testing.assert_array_equal(read[2]["base_scores"], RESULTS["c"].base_scores)


def test_files_whose_arrays_by_name_are_maps_still_load(tmp_path):
    kept = some(extras=EXTRA, parts={"positions": np.arange(17.0)})
    path = kept.save(tmp_path / "run.parquet")
    table = parquet.read_table(path)
    for column in ("parts", "extras"):
        rows = [
            [(one["name"], {k: v for k, v in one.items() if k != "name"}) for one in row]
            for row in table[column].to_pylist()
        ]
        inner = pa.struct({"shape": pa.list_(pa.int32()), "values": pa.list_(pa.float64())})
        if column == "parts":
            rows, inner = [[(k, v["values"]) for k, v in row] for row in rows], pa.list_(pa.float64())
        at = table.column_names.index(column)
        table = table.set_column(at, column, pa.array(rows, pa.map_(pa.string(), inner)))
    windows = table.column_names.index("windows")
    parquet.write_table(table.remove_column(windows), path)
    for old, new in zip(Attributions.load(path), kept, strict=True):
        np.testing.assert_array_equal(old.extras["hypothetical"], new.extras["hypothetical"])
        np.testing.assert_array_equal(old.parts["positions"], new.parts["positions"])


def test_results_of_the_package_are_the_results_of_its_parts():
    assert isinstance(RESULTS[0], captum_dna.Attribution)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (9, "There is no result 9: there are"),
        ([0, 9], "There is no result 9: there are"),
        (-9, "There is no result -9"),
        (1.5, "by its position, a whole number, or by its name, not by 1.5"),
        (None, "not by None"),
    ],
)
def test_a_position_that_there_is_not_is_said(index, words):
    with pytest.raises(IndexError, match=words):
        RESULTS[index]
    assert len(list(RESULTS)) == len(RESULTS)
