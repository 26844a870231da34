"""Files that stand beside scores in a genome browser: which are shown, and what is wrong with the others."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pyBigWig
import pytest

from captum_dna.io.browser_files import write_browser_files
from captum_dna.io.browser_tracks import BrowserTrack, browser_track
from captum_dna.io.gene_names import places_by_name

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"chr1": 5000, "chr2": 300}
GFF = (
    "chr1\t.\tgene\t101\t200\t.\t+\t.\tID=gene:G1;Name=TP53\nchr1\t.\tmRNA\t101\t200\t.\t+\t.\tName=TP53-1\n"
)
GTF = 'chr2\tx\ttranscript\t5\t9\t.\t-\t.\tgene_id "G2"; gene_name "brca1";\n'
VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t11\trs5\tAC\tA\n"
BED = "track name=x\nchr1\t5\t90\tpeak one\nchr2\t1\t3\n"


def bigwig(path: Path, chromosomes: dict[str, int]) -> Path:
    with pyBigWig.open(str(path), "w") as file:
        file.addHeader(list(chromosomes.items()))
        for name, size in chromosomes.items():
            file.addEntries(name, 0, values=np.random.default_rng(0).normal(0, 1, size), span=1, step=1)
    return path


@pytest.fixture
def files(tmp_path):
    for name, text in (
        ("g.gff3", GFF),
        ("g.gtf", GTF),
        ("v.vcf", VCF),
        ("p.bed", BED),
        ("p.narrowPeak", BED),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "q.bed.gz").write_bytes(gzip.compress(BED.encode()))
    (tmp_path / "q.bed.gz.tbi").write_bytes(b"")
    bigwig(tmp_path / "values.bw", SIZES)
    return tmp_path


def test_the_suffix_says_what_a_track_is(files):
    kinds = {
        name: browser_track(files / name, SIZES) for name in ("g.gff3", "v.vcf", "q.bed.gz", "values.bw")
    }
    assert {name: (one.kind, one.format, one.name) for name, one in kinds.items()} == {
        "g.gff3": ("annotation", "gff3", "g"),
        "v.vcf": ("variants", "vcf", "v"),
        "q.bed.gz": ("annotation", "bed", "q"),
        "values.bw": ("values", "bigwig", "values"),
    }
    assert kinds["q.bed.gz"].index == files / "q.bed.gz.tbi"
    assert kinds["g.gff3"].index is None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.bam", b"x", "is not a track that a genome browser shows here. Give .bb"),
        ("x.bw.gz", b"x", "is not a track"),
        ("x.bed", b"1\t5\t9\n2\t1\t2\n", "There is no chromosome '1' in the genome, which calls it 'chr1'"),
        ("x.gff3", b"##gff-version 3\n", "has no line that a browser could show"),
        (
            "x.bw",
            b"not a bigWig" * 9,
            "is not a bigWig file, or is damaged or cut off, and a browser would refuse it",
        ),
        ("x.bw", b"", "would refuse it"),
    ],
)
def test_files_that_a_browser_would_refuse_or_show_empty_are_named(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match="x") as caught:
        browser_track(tmp_path / name, SIZES)
    assert told in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_bigwig_that_is_cut_off_of_another_assembly_or_of_other_names_is_refused(tmp_path):
    whole = bigwig(tmp_path / "a.bw", SIZES).read_bytes()
    for share in (0.2, 0.5, 0.9):
        (tmp_path / "cut.bw").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=r"cut.bw is not a bigWig file, or is damaged or cut off"):
            browser_track(tmp_path / "cut.bw", SIZES)
    with pytest.raises(ValueError, match=r"chr1 has 4,000 bases, and the genome's has 5,000: it belongs"):
        browser_track(bigwig(tmp_path / "b.bw", {"chr1": 4000}), SIZES)
    with pytest.raises(ValueError, match="There is no chromosome '1' in the genome, which calls it 'chr1'"):
        browser_track(bigwig(tmp_path / "c.bw", {"1": 5000}), SIZES)
    with pytest.warns(UserWarning, match=r"has chromosomes that the genome lacks \(chrUn\)"):
        browser_track(bigwig(tmp_path / "d.bw", {"chr1": 5000, "chrUn": 9}), SIZES)
    with pytest.raises(FileNotFoundError, match=r"no file .*none.bed"):
        browser_track(tmp_path / "none.bed", SIZES)


def test_names_lead_to_genes_before_what_is_called_alike(files):
    tracks = [
        browser_track(files / name, SIZES) for name in ("g.gff3", "g.gtf", "v.vcf", "p.bed", "values.bw")
    ]
    found = places_by_name(tracks, SIZES)
    assert found["TP53"] == ("chr1", 100, 200)
    assert found["BRCA1"] == ("chr2", 4, 9)
    assert found["RS5"] == ("chr1", 10, 12)
    assert found["PEAK ONE"] == ("chr1", 5, 90)
    assert found["G1"] == found["TP53"]


def test_the_folder_for_other_browsers_names_its_files_by_where_they_lie_in_it(files):
    genome = (files / "genome.fa", files / "genome.fa.fai")
    for one in genome:
        one.write_text("x")
    other = files / "other"
    other.mkdir()
    tracks = [
        BrowserTrack("TATA promoter (deeplift)", files / "values.bw", "scores", "bigwig"),
        BrowserTrack("mine", bigwig(other / "values.bw", SIZES), "values", "bigwig"),
        *(browser_track(files / name, SIZES) for name in ("g.gff3", "q.bed.gz", "v.vcf", "p.narrowPeak")),
    ]
    written = write_browser_files(files / "out", genome, tracks, assembly="hg38", locus="chr1:1-100")
    assert [one.name for one in written] == ["igv_session.json", "hub.txt", "config.json", "tracks.ini"]
    session = json.loads(written[0].read_text())
    assert [one["url"] for one in session["tracks"]] == [
        *("values.bw", "2-values.bw", "g.gff3", "q.bed.gz", "v.vcf", "p.narrowPeak"),
    ]
    for one in session["tracks"]:
        assert (files / "out" / one["url"]).is_file()
    assert session["tracks"][0]["graphType"] == "dynseq"
    assert session["loadDefaultGenomes"] is False
    hub = written[1].read_text()
    assert "genome hg38" in hub
    assert hub.count("bigDataUrl") == 2
    assert hub.count("logo on") == 1
    adapters = [one["adapter"]["type"] for one in json.loads(written[2].read_text())["tracks"]]
    assert adapters == [*["BigWigAdapter"] * 2, "Gff3Adapter", "BedTabixAdapter", "VcfAdapter", "BedAdapter"]
    ini = written[3].read_text()
    assert "# g.gff3 is gff3, which pyGenomeTracks does not read." in ini
    assert "file_type = narrow_peak" in ini
    write_browser_files(files / "out", genome, tracks[:1], assembly="hg38", locus="chr1:1-100")  # again
    assert not (files / "out" / "g.gff3").exists()
