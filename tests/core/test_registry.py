from __future__ import annotations

import importlib
import sys

import pytest

from captum_dna.core.notices import collected
from captum_dna.core.registry import Registry, UnknownName, no_such

GROUP = "captum_dna.shapes"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that puts a package with entry points, and a module of its own, on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(package, entries, code="", group=GROUP):
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code)
        folder = tmp_path / f"{module}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{value}" for name, value in entries.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
        importlib.invalidate_caches()

    yield install
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(module)]:
        del sys.modules[name]


def shapes(**own):
    return Registry("shape", GROUP, own or {"pi": "math:pi"})


def test_names_come_in_order_and_are_loaded_only_when_asked_for():
    registry = shapes(pi="math:pi", nowhere="no_such_module:thing", seven=7)
    assert list(registry) == ["pi", "nowhere", "seven"]
    assert len(registry) == 3
    assert "nowhere" in registry
    assert registry["seven"] == 7
    with pytest.raises(ModuleNotFoundError):
        registry["nowhere"]


def test_an_unknown_name_is_told_with_near_names_and_all_that_there_are():
    with pytest.raises(ValueError, match=r"no shape 'pie' \(did you mean 'pi'\?\). Choose one of pi\."):
        shapes()["pie"]
    assert no_such("shape", "xyz", ["pi"]) == "There is no shape 'xyz'. Choose one of pi."


def test_another_package_adds_a_name_after_ours(installed):
    installed("square-maker", {"square": "SQUARE"}, "SQUARE = 4")
    registry = shapes()
    assert list(registry) == ["pi", "square"]
    assert registry["square"] == 4
    assert registry.source("square") == "square-maker"
    assert registry.source("pi") == "captum_dna"


def test_a_package_that_cannot_be_imported_is_named_and_spoils_nothing_else(installed):
    installed("broken-shapes", {"broken": "THING"}, "import no_such_module_at_all")
    installed("square-maker", {"square": "SQUARE"}, "SQUARE = 4")
    registry = shapes()
    with pytest.raises(
        UnknownName, match=r"'broken' of the package broken-shapes cannot be loaded.*no_such_module_at"
    ):
        registry["broken"]
    with collected() as told:
        assert [name for name, _ in registry.items()] == ["pi", "square"]
    assert len(told) == 1
    assert "broken-shapes" in told[0]


def test_our_own_name_stays_ours(installed):
    installed("pi-maker", {"pi": "PI"}, "PI = 3")
    with pytest.warns(
        UserWarning, match=r"captum_dna and pi-maker both provide a shape 'pi'; captum_dna's own is used"
    ):
        assert list(registry := shapes()) == ["pi"]
    assert registry["pi"] > 3


def test_a_name_of_two_packages_is_used_from_neither(installed):
    installed("square-maker", {"square": "SQUARE"}, "SQUARE = 4")
    installed("square-taker", {"square": "SQUARE"}, "SQUARE = 5")
    registry = shapes()
    with pytest.warns(
        UserWarning, match="square-maker and square-taker both provide a shape 'square'; neither is used"
    ):
        assert "square" not in registry
    with pytest.raises(UnknownName, match="no shape 'square'"):
        registry["square"]


def test_an_entry_without_what_its_kind_needs_is_refused_by_name(installed):
    installed(
        "thin",
        {"thin": "Thin", "other": "Other"},
        "class Thin:\n    name = 'thin'\nclass Other:\n    name, size = 'x', 1\n",
    )
    registry = Registry("shape", GROUP, {}, needs=("name", "size"))
    with pytest.raises(UnknownName, match="'thin' of the package thin has no size"):
        registry["thin"]
    with pytest.raises(UnknownName, match="calls itself 'x'"):
        registry["other"]
