from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import captum_dna

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(captum_dna.__path__, "captum_dna.")
    if not module.name.endswith("__main__")
)

ALONE = """
import importlib, os, sys
# What others wrote is imported once (nothing that starts threads); each module of ours is then the first of a process.
import captum.attr, flask, matplotlib.figure, orjson, pandas, psutil, rich.progress, safetensors.torch, scipy.stats
import torch, transformers.modeling_utils, transformers.tokenization_utils_base
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            assert not [other for other in sys.modules if other.split(".")[0] == "captum_dna"]
            importlib.import_module(name)
        except BaseException as error:
            print(f"{name}: {error!r}", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_importing_the_package_imports_neither_torch_nor_transformers():
    code = "import sys, captum_dna; print(sorted({'torch', 'transformers', 'pandas', 'matplotlib'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in captum_dna.__all__:
        assert getattr(captum_dna, name) is not None


def test_every_module_can_be_the_first_that_a_process_imports():
    assert len(MODULES) > 100
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALONE, *MODULES], capture_output=True, text=True, check=True
    )
    assert answer.stdout == ""


@pytest.mark.parametrize(("old", "new", "name"), [
    ("captum_dna.sequences", "captum_dna.core.sequences", "reverse_complement"),
    ("captum_dna.families", "captum_dna.pipeline.families", "describe"),
])  # fmt: skip
def test_a_former_place_warns_and_has_what_the_new_one_has(old, new, name):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}"):
        module = importlib.import_module(old)
    assert getattr(module, name) is getattr(importlib.import_module(new), name)
