"""What CONTRIBUTING says of the house is so: the modules and files that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()


def rows(heading):
    """Return the cells of the first table under a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def is_there(home, name):
    return any((home / ending).exists() for ending in (name, f"{name}.py", f"deeplift/{name}.py"))


def test_every_module_on_the_map_is_in_its_folder():
    table = rows("A map of the code")
    assert len(table) > 12
    for folders, words in table:
        homes = [ROOT / "captum_dna" / folder for folder in re.findall(r"`([a-z_]+/)`", folders)]
        if len(homes) == 1:
            named = [name for name in re.findall(r"`([a-z_]{3,}/?)`", words) if name != "__init__"]
            assert [name for name in named if not is_there(homes[0], name)] == [], folders


def test_an_everyday_change_touches_two_files_that_are_there():
    table = rows("Everyday changes")
    assert len(table) > 9
    for change, files, now, _ in table:
        named = re.findall(r"`((?:\w+/)+[\w.-]+\.\w+)`", files)
        assert named, change
        assert int(now) <= 2, change
        for name in named:
            homes = [
                ROOT / name,
                ROOT / "captum_dna" / name,
                *ROOT.glob(f"captum_dna/{name.replace('NAME', '*')}"),
            ]
            assert any(home.exists() for home in homes), (change, name)


def test_the_import_order_is_that_of_the_rules():
    shown = re.search(r"```\n(core < .*?)```", PAGE, re.DOTALL)
    rules = re.search(
        r"^layers = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL
    )
    named = [set(part.split(", ")) for part in " ".join(shown[1].split()).split(" < ")]
    assert named == [set(row.split(" | ")) for row in reversed(re.findall(r'"(.*)"', rules[1]))]
