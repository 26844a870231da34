"""What the package imports is what ``setup.cfg`` requires, no more and no less."""

from __future__ import annotations

import ast
import re
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = ("adapters", "arrays", "cluster", "genome", "motifs", "notebook", "train")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> dict[str, set[str]]:
    """Return the names of the distributions that are always installed, and of those of each extra."""
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    sections = {"always": config["options"]["install_requires"]}
    sections |= {extra: config["options.extras_require"][extra] for extra in EXTRAS}
    return {
        kind: {normal(re.match(r"[\w.-]+", line)[0]) for line in text.split("\n") if line.strip()}
        for kind, text in sections.items()
    }


def imported() -> set[str]:
    """Return the top-level modules that the package imports or names to :func:`captum_dna.core.packages.needs`."""
    found: set[str] = set()
    for path in (ROOT / "captum_dna").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "needs":
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return {name.split(".")[0] for name in found} - sys.stdlib_module_names - {"captum_dna"}


def test_what_is_imported_is_required():
    owners = packages_distributions()
    known = set().union(*required().values())
    unknown = {name for name in imported() if not known & {normal(one) for one in owners.get(name, [name])}}
    # A notebook has the first two, and types alone need the others.
    assert unknown <= {"IPython", "traitlets", "typing_extensions", "_typeshed"}


def test_what_is_required_is_imported():
    owners = packages_distributions()
    used = {normal(owner) for name in imported() for owner in owners.get(name, [name])}
    assert set().union(*required().values()) - used == set()


def test_the_conda_recipe_requires_the_same():
    """conda calls two packages otherwise, and has markers of its own."""
    recipe = (ROOT / "examples" / "deploy" / "conda" / "meta.yaml").read_text()
    listed = re.findall(
        r"^    - (.+)$", recipe.partition("  run:\n")[2].partition("\ntest:")[0], re.MULTILINE
    )
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    asked = [line for line in config["options"]["install_requires"].split("\n") if line and line[0] != "#"]
    others = {"torch": "pytorch", "msgspec": "msgspec-python"}
    wanted = {"python": ">=3.10"}
    for line in asked:
        name, bounds = re.fullmatch(r"([\w-]+)([^;]*)(?:;.*)?", line).groups()
        wanted[others.get(name, name)] = bounds.strip()
    assert dict(line.partition("  #")[0].split(" ") for line in listed) == wanted
