from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner

import captum_dna
from captum_dna import Interval, Sequence, demo
from captum_dna.cli import main
from captum_dna.core.letters import reverse_complement
from captum_dna.motifs import MotifError, find_seqlets, modisco, name_seqlets, scan, with_track
from captum_dna.motifs.meme import read_motifs
from captum_dna.results import Attributions

WORDS = {"TATA": "TATAAAAG", "EBOX": "CCACGTGC"}
MEME = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
OTHERS = {"INR": "TCAGTCTT", "CAAT": "GGCCAATC", "GC": "GGGGCGGG", "CRE": "TGACGTCA"}


def meme(motifs):
    """Return a MEME file of consensus words, each letter with a probability of 0.91."""
    text = MEME
    for name, word in motifs.items():
        text += f"MOTIF {name}\nletter-probability matrix: alength= 4 w= {len(word)} nsites= 20 E= 0\n"
        text += "".join(" ".join("0.91" if b == c else "0.03" for b in "ACGT") + "\n" for c in word) + "\n"
    return text


@pytest.fixture(autouse=True)
def _torch_computes_with_as_many_threads_as_before():
    """Hold that for every call here: Numba, which compiles what these need, sets the threads of both."""
    yield
    assert torch.get_num_threads() == 1, "as tests/conftest.py has set it"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "motifs.meme"
    path.write_text(meme(WORDS | OTHERS))
    return path


class TwoMotifs(torch.nn.Module):
    """Says yes to one word and no to another, by construction: each is a filter with a threshold."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Conv1d(4, 2, 8)
        with torch.no_grad():
            for i, word in enumerate(WORDS.values()):
                self.words.weight[i] = torch.tensor([[1.0 if b == c else 0.0 for c in word] for b in "ACGT"])
            self.words.bias.fill_(-5.5)

    def forward(self, one_hot):
        seen = torch.relu(self.words(one_hot)).sum(-1)
        logit = 2 * seen[:, :1] - 2 * seen[:, 1:]
        return torch.cat([-logit / 2, logit / 2], 1)


@pytest.fixture(scope="module")
def planted():
    """Return explained sequences of three lengths, and where the two words were planted in each."""
    rng = np.random.default_rng(5)
    sequences, truth = [], []
    for i in range(24):
        length = (60, 75, 90)[i % 3]
        letters = list("".join(rng.choice(list("ACGT"), length)))
        places = {"TATA": 8 + int(rng.integers(12)), "EBOX": 36 + int(rng.integers(12))}
        for name, start in places.items():
            letters[start : start + 8] = WORDS[name]
        place = Interval("chr1", 1000 * i, 1000 * i + length, "-") if i == 1 else None
        sequences.append(Sequence(f"s{i}", "".join(letters), interval=place))
        truth.append(places)
    model = captum_dna.load(TwoMotifs().double(), captum_dna.OneHot(), labels=("no", "yes"))
    return captum_dna.attribute(model, sequences, target="yes", baseline="zero", method="deeplift"), truth


@pytest.fixture(scope="module")
def seqlets(planted):
    return find_seqlets(planted[0])


def test_planted_words_are_found_with_the_sign_of_what_they_do(planted, seqlets):
    results, truth = planted
    for i, places in enumerate(truth):
        rows = seqlets[seqlets["sequence"] == i]
        for word, sign in (("TATA", "+"), ("EBOX", "-")):
            start = places[word]
            hits = rows[(rows["start"] < start + 8) & (rows["end"] > start) & (rows["sign"] == sign)]
            assert len(hits) == 1, (i, word)
            hit = hits.iloc[0]
            assert abs(hit["start"] - start) <= 2
            assert abs(hit["end"] - start - 8) <= 2
            assert hit["score"] == pytest.approx(
                results[i].base_scores[hit["start"] : hit["end"]].sum(), abs=1e-5
            )
            assert hit["letters"] == results[i].sequence[hit["start"] : hit["end"]]


def test_seqlets_lie_inside_their_sequences_and_do_not_overlap(planted, seqlets):
    for i, rows in seqlets.groupby("sequence"):
        assert (rows["start"] >= 0).all()
        assert (rows["end"] <= len(planted[0][i])).all()
        assert (rows["start"].to_numpy()[1:] >= rows["end"].to_numpy()[:-1]).all()


def test_a_seqlet_at_an_edge_does_not_run_into_the_next_sequence(planted):
    one = planted[0][0]
    noise = np.random.default_rng(0).normal(0, 0.05, (12, 60))
    noise[10, -6:] += 2
    noise[11, :6] += 2
    found = find_seqlets([replace(one, base_scores=scores) for scores in noise])
    found = found[found["score"] > 5]
    left, right = found.sort_values("sequence").to_dict("records")
    assert (left["sequence"], left["end"]) == (10, 60)
    assert 51 <= left["start"] <= 54  # every four bases of a seqlet stand out, so up to three of them may not
    assert (right["sequence"], right["start"]) == (11, 0)
    assert 6 <= right["end"] <= 9
    assert right["score"] == pytest.approx(noise[11, : right["end"]].sum())


def test_a_place_in_a_genome_is_kept_on_the_other_strand_too(planted, seqlets):
    row = seqlets[seqlets["sequence"] == 1].iloc[0]
    length = len(planted[0][1])
    assert (row["chromosome"], row["strand"]) == ("chr1", "-")
    assert (row["genome_start"], row["genome_end"]) == (
        1000 + length - row["end"],
        1000 + length - row["start"],
    )
    assert seqlets[seqlets["sequence"] == 0]["chromosome"].isna().all()


def test_planted_words_are_named_in_place(planted, seqlets, database):
    results, truth = planted
    with pytest.warns(UserWarning, match="holds 6 motifs"):
        named = name_seqlets(seqlets, results, database)
    right = 0
    for i, places in enumerate(truth):
        for word, start in places.items():
            near = named[(named["sequence"] == i) & ((named["start"] - start).abs() <= 2)]
            hit = near.iloc[0]
            assert hit["best_match"] == word
            if hit["motif"] == word:
                right += 1
                assert hit["match_strand"] == "+"
                assert hit["start"] + hit["match_offset"] == start
                assert hit["match_width"] == 8
                assert hit["match_p"] <= hit["match_q"] <= 0.05
    assert right >= 40  # of 48


def test_a_word_on_the_other_strand_is_named_so(planted, seqlets, database):
    one = planted[0][0]
    start = planted[1][0]["TATA"]
    turned = "A" * (start - 1) + "CCTTTTATAC" + "A" * (len(one) - start - 9)
    row = seqlets.head(1).assign(sequence=0, start=start - 1, end=start + 9)
    with pytest.warns(UserWarning, match="6 motifs"):
        hit = name_seqlets(row, [replace(one, sequence=turned)], database).iloc[0]
    assert (hit["best_match"], hit["match_strand"], hit["match_offset"]) == ("TATA", "-", 1)


def test_named_seqlets_become_a_track_of_the_picture(planted, seqlets, database):
    results, _ = planted
    with pytest.warns(UserWarning, match="6 motifs"):
        drawn = with_track(results, name_seqlets(seqlets, results, database))
    texts = {text for track in drawn[0].tracks for _, _, text in track.spans}
    assert {"TATA", "EBOX, negative"} & texts
    assert drawn[0].tracks[-1].name == "motifs, by TOMTOM"
    assert results[0].tracks == ()


def test_scanning_finds_the_words_by_their_letters_on_both_strands(planted, database):
    results, truth = planted
    found = scan(results, database)
    for i, places in enumerate(truth):
        for word, start in places.items():
            hits = found[(found["sequence"] == i) & (found["motif"] == word) & (found["start"] == start)]
            assert "+" in set(hits["strand"])
            assert hits["score"].iloc[0] == pytest.approx(results[i].base_scores[start : start + 8].sum())
    assert (found["p-value"] <= 1e-4).all()
    short = [Sequence("a", "GGCTTTTATAGG"), Sequence("b", "GC" * 30)]
    turned = scan(short, database)
    assert [tuple(r) for r in turned[["name", "motif", "start", "end", "strand"]].to_numpy()] == [
        ("a", "TATA", 2, 10, "-")
    ]


def test_tfmodisco_windows_take_sequences_of_several_lengths(planted):
    found = find_seqlets(planted[0], method="tfmodisco", window_size=9, flank=2)
    assert set(found["sign"]) == {"+", "-"}
    assert set(found["sequence"]) == set(range(24))
    assert ((found["end"] - found["start"]) == 13).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("TATAAAAG", "no line 'MEME version"),
        (MEME, "no line 'MOTIF name'"),
        (meme({"A": "ACGT"}) + meme({"A": "ACGT"}), "two motifs called 'A'"),
        (meme({"A": "ACGT"}).replace("0.91", "0.5", 1), "position 1 of the motif 'A' holds no probabilities"),
        (meme({"A": "ACGT"}).replace("0.91", "x", 1), "matrix cannot be read"),
        (MEME + "MOTIF A\n", "no whole letter-probability matrix"),
        (meme({"A": "ACGT"}).replace("MOTIF A", "MOTIF"), "a motif without a name"),
        (meme({"A": "ACGT"}).replace("alength= 4", "alength= 20"), "is of 20 letters. Give motifs of DNA"),
        (MEME.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY") + "MOTIF A\n", "motifs of proteins"),
    ],
)
def test_a_bad_file_of_motifs_gets_a_sentence(text, sentence, tmp_path, planted):
    path = tmp_path / "bad.meme"
    path.write_text(text)
    with pytest.raises(MotifError, match=re.escape(sentence)):
        scan(planted[0], path)


def test_a_missing_file_and_nothing_to_look_in_get_sentences(tmp_path, planted):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        scan(planted[0], tmp_path / "none.meme")
    with pytest.raises(ValueError, match="no results to find seqlets in"):
        find_seqlets(Attributions())
    with pytest.raises(ValueError, match="no seqlet caller 'best'"):
        find_seqlets(planted[0], method="best")
    with pytest.raises(ValueError, match="'s0' has 60 bases, fewer than a window of 60"):
        find_seqlets(planted[0], method="tfmodisco", window_size=60)


def test_one_result_and_other_results_than_those_searched_get_sentences(planted, seqlets, tmp_path, database):
    one = planted[0][0]
    for call in (find_seqlets, lambda it: scan(it, database), lambda it: modisco(it, tmp_path)):
        with pytest.raises(TypeError, match=r"one result, 's0'\. Give a list"):
            call(one)
    for other in (planted[0][:5], planted[0][::-1]):
        with pytest.raises(ValueError, match="Give the results that the table was made from"):
            name_seqlets(seqlets, other, database)
        with pytest.raises(ValueError, match="Give the results that the table was made from"):
            with_track(other, seqlets)


def test_a_missing_package_is_named_with_its_extra(planted, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tangermeme", None)
    monkeypatch.delitem(__import__("sys").modules, "tangermeme.seqlet", raising=False)
    with pytest.raises(ImportError, match=re.escape("pip install 'captum_dna[motifs]'")):
        find_seqlets(planted[0])


class OverABackground(TwoMotifs):
    """Says a little about every five bases as well, for TF-MoDISco compares motifs with what else there is."""

    def __init__(self):
        super().__init__()
        self.rest = torch.nn.Conv1d(4, 1, 5, bias=False)
        weight = 0.02 * torch.randn(1, 4, 5, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            self.rest.weight[:] = weight - weight.mean(dim=1, keepdim=True)

    def forward(self, one_hot):
        little = torch.tanh(self.rest(one_hot)).sum(-1)
        return super().forward(one_hot) + torch.cat([-little / 2, little / 2], 1)


@pytest.fixture(scope="module")
def many():
    """Return 120 explained sequences of 240 bases with both words, and where they were planted in each."""
    rng = np.random.default_rng(5)
    sequences, truth = [], []
    for i in range(120):
        letters = list("".join(rng.choice(list("ACGT"), 240)))
        places = {"TATA": 50 + int(rng.integers(60)), "EBOX": 130 + int(rng.integers(60))}
        for name, start in places.items():
            letters[start : start + 8] = WORDS[name]
        sequences.append(Sequence(f"s{i}", "".join(letters)))
        truth.append(places)
    model = captum_dna.load(OverABackground().double(), captum_dna.OneHot(), labels=("no", "yes"))
    return captum_dna.attribute(model, sequences, target="yes", baseline="zero", method="deeplift"), truth


def check_discovered(table, folder, truth, known):
    """Check that each word was found, with its sign and its name, in most sequences, and reported."""
    import h5py

    names = {word: name for name, word in known.items()}
    with h5py.File(folder / "modisco.h5") as file:
        assert file.attrs["window_size"] == 240
        for name, group, sign in (("TATA", "pos_patterns", "+"), ("EBOX", "neg_patterns", "-")):
            word = WORDS[name]
            rows = table[table["pattern"].isin([f"{group}.{pattern}" for pattern in file[group]])]
            assert len(rows) == len(file[group])
            assert set(rows["sign"]) == {sign}
            assert set(rows["letters"]) <= {word, reverse_complement(word)}
            assert set(rows["motif"]) == {names[word]}
            places = pd.concat(
                pd.DataFrame({key: pattern["seqlets"][key][:] for key in ("example_idx", "start", "end")})
                for pattern in file[group].values()
            )
            planted = places["example_idx"].map(lambda i, name=name: truth[i][name])
            held = places[(places["start"] <= planted) & (planted + 8 <= places["end"])]
            assert held["example_idx"].nunique() >= 96, name  # of 120
    page = (folder / "report" / "motifs.html").read_text()
    shown = [re.findall(r"<td>(.*?)</td>", row) for row in page.split("<tr>")[1:]]
    assert [row[0] for row in shown] == list(table["pattern"])
    assert [int(row[1]) for row in shown] == list(table["seqlets"])
    assert [row[4] for row in shown] == [name.replace("/", "_") for name in table["best_match"]]
    pictures = re.findall(r'src="(.*?)"', page)
    assert len(pictures) == len(table) * (2 + min(3, len(known)))
    assert all((folder / "report" / picture).stat().st_size for picture in pictures)


def test_tfmodisco_discovers_planted_words_names_them_and_reports(many, tmp_path):
    """As the command line runs it, with a name that no file can have: one run, for most of it is to compile."""
    results, truth = many
    known = {"TATA": WORDS["TATA"], "E/BOX": WORDS["EBOX"]} | OTHERS
    (tmp_path / "known.meme").write_text(meme(known))
    results.save(tmp_path / "run.parquet")
    run, database, out, found = (
        str(tmp_path / name) for name in ("run.parquet", "known.meme", "seqlets.tsv", "found")
    )
    arguments = ["motifs", run, "--database", database, "--out", out, "--modisco", found]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("holds 6 motifs") == 1
    folder = tmp_path / "found"
    check_discovered(pd.read_csv(io.StringIO(done.stdout), sep="\t"), folder, truth, known)
    letters, scores = (np.load(folder / f"{name}.npz")["arr_0"] for name in ("sequences", "attributions"))
    assert letters.shape == scores.shape == (120, 4, 240)
    assert "".join("ACGT"[i] for i in letters[7].argmax(axis=0)) == results[7].sequence
    np.testing.assert_allclose(scores[7].sum(axis=0), results[7].base_scores, atol=1e-6)


def test_too_few_sequences_to_discover_motifs_in_get_a_sentence(tmp_path):
    results = captum_dna.attribute("demo", demo.designed()[:2], method="nucleotide_gradients")
    with pytest.raises(ValueError, match="more than 100 stretches of that sign"):
        modisco(results, tmp_path, window=200)
    scores = np.load(tmp_path / "attributions.npz")["arr_0"]
    length = len(results[0])
    middle = slice((length - 200) // 2, (length - 200) // 2 + 200)
    np.testing.assert_allclose(scores[0], results[0].extras["hypothetical"][:, middle], atol=1e-6)


def test_what_tfmodisco_cannot_use_gets_a_sentence_before_it_runs(planted, tmp_path):
    silent = [replace(item, base_scores=np.zeros(len(item))) for item in planted[0]]
    with pytest.raises(ValueError, match="no results to discover motifs in"):
        modisco(Attributions(), tmp_path)
    with pytest.raises(ValueError, match="score other than 0"):
        modisco(silent, tmp_path)
    unsigned = [replace(item, run=replace(item.run, signed=False)) for item in planted[0]]
    with pytest.raises(ValueError, match=r"scores of both signs, and these have none.*`method='deeplift'`"):
        modisco(unsigned, tmp_path)
    with pytest.raises(ValueError, match="grows a motif to 50 bases, and has 40 of each"):
        modisco(planted[0], tmp_path, window=40)
    (tmp_path / "taken").write_text("")
    with pytest.raises(ValueError, match="taken cannot be a folder"):
        modisco(planted[0], tmp_path / "taken")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        modisco(planted[0], tmp_path, motifs=tmp_path / "none.meme")


@pytest.mark.parametrize("said", [6, 9])
def test_a_matrix_of_another_width_than_its_head_says_is_refused(tmp_path, said):
    path = tmp_path / "m.meme"
    path.write_text(meme({"TATA": "TATAAAAG", "BOX": "CCACGTG"}).replace("w= 8", f"w= {said}"))
    with pytest.raises(MotifError, match=rf"'TATA' has 8 lines, and its head says w= {said}"):
        read_motifs(path)
