from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import captum_dna

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(captum_dna.__path__, "captum_dna.")
    if not module.name.endswith("__main__")
)


def test_importing_the_package_imports_neither_torch_nor_transformers():
    code = "import sys, captum_dna; captum_dna.demo.designed()\n"
    code += "print(sorted({'torch', 'transformers', 'pandas', 'matplotlib'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def imported_with(path):
    """Return what a module names in imports that run as it is imported itself."""
    waiting, found = [ast.parse(path.read_text())], set()
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                waiting += node.orelse
            elif not isinstance(node, (ast.FunctionDef, ast.Lambda)):
                waiting.append(node)
    return found


def test_a_viewer_starts_without_what_its_charts_and_tables_need():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in ROOT.glob("captum_dna/**/*.py")
    }
    files = {name.removesuffix(".__init__"): path for name, path in files.items()}
    waiting, seen = ["captum_dna.insights.server"], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imported_with(files[name]) if name in files else []
            waiting += [name.rpartition(".")[0]] if "." in name else []
    assert "captum_dna.insights.routes.exports" in seen
    assert not {"scipy.stats", "pandas", "matplotlib", "pyarrow"} & seen


def test_every_public_name_is_there():
    for name in captum_dna.__all__:
        assert getattr(captum_dna, name) is not None


def test_every_module_can_be_the_first_that_a_process_imports():
    assert len(MODULES) > 100
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.project.alone", *MODULES],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.stdout == f"{len(MODULES)} modules can come first.\n", told
    assert done.returncode == 0, told


@pytest.mark.parametrize(("old", "new", "name"), [
    ("captum_dna.sequences", "captum_dna.core.sequences", "Interval"),
    ("captum_dna.sequences", "captum_dna.core.letters", "reverse_complement"),
    ("captum_dna.sequences", "captum_dna.core.shuffles", "dinucleotide_shuffle"),
    ("captum_dna.sequences", "captum_dna.core.errors", "SequenceError"),
    ("captum_dna.families", "captum_dna.pipeline.families", "describe"),
])  # fmt: skip
def test_a_former_place_warns_and_has_what_the_new_one_has(old, new, name):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is now .*{new}"):
        module = importlib.import_module(old)
    assert getattr(module, name) is getattr(importlib.import_module(new), name)


@pytest.mark.parametrize("name", [one.name for one in pkgutil.iter_modules([str(BENCHMARKS)])])
def test_every_benchmark_finds_what_it_imports(name):
    importlib.import_module(f"benchmarks.{name}")
