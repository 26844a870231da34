"""Every snippet and command of the README and the docs runs."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.registries import TABLES
from benchmarks.tables import TABLE, renewed
from captum_dna.cli import main
from captum_dna.training import card

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROMOTERS = ">one\n" + "GCGCCTATAAAAGGCGGCACGTTGCA" * 4 + "\n>two\n" + "GCGCCGCGCCAGGCGGCACGTTGCAT" * 4 + "\n"

GENOME = ">chr1\n" + "GCGCCTATAAAAGGCGGCACGTTGCA" * 40 + "\n"
VARIANTS = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(
    f"chr1\t{position}\t{name}\t{ref}\t{alt}\t.\t.\t.\n"
    for position, name, ref, alt in (
        (528, "rs1", "T", "G,C"),
        (529, "ins", "A", "ACC"),
        (526, "del", "TATAA", "T"),
    )
)


def blocks(page):
    """Return the language and the text of every block that is to run."""
    return re.findall(r"```(python|sh)\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Return a folder with the files that the docs speak of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(card, "_RESAMPLES", 10)  # intervals take most of the time of a small training run
    (tmp_path / "promoters.fa").write_text(PROMOTERS)
    (tmp_path / "mixed.fa").write_text(PROMOTERS + ">bad\nACXT\n")
    rows = "".join(f"{'GCGCCTATAAAAGGCGGCACGTTGCA' * 4},{label}\n" for label in ("TATA promoter", "other"))
    (tmp_path / "genome.fa").write_text(GENOME)
    (tmp_path / "variants.vcf").write_text(VARIANTS)
    (tmp_path / "promoters.csv").write_text("promoter,truth\n" + rows)
    box = "GCGCCTATAAAAGGCGGCACGTTGCA"
    genome = "".join(box if i == 20 else "ACGGCTCGATTGCCAGTACGCTTAGG" for i in range(40))
    (tmp_path / "genome.fa").write_text(f">chr1\n{genome}\n")
    (tmp_path / "peaks.bed").write_text("chr1\t500\t560\tbox\t900\t+\nchr1\t700\t760\tother\t100\t-\n")
    return tmp_path


RUN_HERE = [page for page in PAGES if page.name != "ten-minutes.md"]
"""The one left out has the cells of a notebook, which a kernel runs: see ``test_examples.py``."""


@pytest.mark.parametrize("page", RUN_HERE, ids=lambda p: str(p.relative_to(ROOT)))
def test_snippets_and_commands_run_in_the_order_of_the_page(page, workplace):
    space: dict[str, object] = {}
    for number, (language, block) in enumerate(blocks(page), 1):
        if language == "sh":
            run_commands(block)
        elif ">>>" in block:
            flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
            test = doctest.DocTestParser().get_doctest(block, space, f"{page.name} {number}", str(page), 0)
            runner = doctest.DocTestRunner(optionflags=flags)
            runner.run(test, clear_globs=False)
            space.update(test.globs)
            assert runner.failures == 0, f"{page.name}, block {number}"
        else:
            exec(compile(block, f"{page.name} {number}", "exec"), space)  # noqa: S102 - our own docs


def test_the_gallery_shows_what_its_lines_make():
    page = (ROOT / "docs" / "gallery.md").read_text()
    made = re.findall(r'\.save\("(.+?)"', page)
    assert made
    assert made == re.findall(r"\(gallery/(.+?)\)", page)


def run_commands(block: str) -> None:
    for line in block.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "captum-dna":
            done = CliRunner().invoke(main, words[1:], prog_name="captum-dna")
            assert done.exit_code == 0, f"{line}\n{done.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_table_names_the_benchmark_that_prints_it():
    tables = [found for page in PAGES for found in TABLE.finditer(page.read_text())]
    assert tables
    for found in tables:
        module = shlex.split(found[2])[0]
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists(), module
        lines = found[0].splitlines()[1:-1]
        assert len([line for line in lines if line]) >= 3
        assert all(line.startswith("|") for line in lines if line), found[2]


def test_tables_of_registries_say_what_these_have():
    shown = {}
    for page in PAGES:
        for found in TABLE.finditer(page.read_text()):
            module, *names = shlex.split(found[2])
            if module == "benchmarks.registries":
                shown[names[0]] = found[0].partition("-->\n")[2].rpartition("<!--")[0].strip()
    assert shown == {name: table().strip() for name, table in TABLES.items()}


def test_a_table_is_put_where_its_command_stands():
    page = "Words\n<!-- python -m benchmarks.one --a 1 -->\n\n| old |\n\n<!-- end -->\n| kept |\n"
    assert renewed(page, lambda command: f"| {command} |\n") == (
        "Words\n<!-- python -m benchmarks.one --a 1 -->\n\n| benchmarks.one --a 1 |\n\n<!-- end -->\n| kept |\n"
    )


def test_the_targets_of_make_are_there():
    text = (ROOT / "Makefile").read_text()
    commands = next(block for language, block in blocks(ROOT / "README.md") if language == "sh")
    for line in commands.splitlines():
        assert f"\n{shlex.split(line, comments=True)[1]}:" in text
