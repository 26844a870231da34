from __future__ import annotations

import subprocess
import sys


def test_importing_the_package_imports_neither_torch_nor_transformers():
    code = "import sys, captum_dna; print(sorted({'torch', 'transformers', 'pandas', 'matplotlib'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_public_name_is_there():
    import captum_dna

    for name in captum_dna.__all__:
        assert getattr(captum_dna, name) is not None
