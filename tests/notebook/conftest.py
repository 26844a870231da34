from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.chromium import missing
from tests.held import PATIENCE
from tests.notebook.lab import Lab, Reader


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()
    assert made.process.poll() is not None


@pytest.fixture
def notebook_7(tmp_path):
    if find_spec("notebook") is None:
        missing("Notebook 7 is not installed: pip install 'captum_dna[dev]'.")
    made = Lab(tmp_path, "notebook")
    yield made
    made.close()


@pytest.fixture
def read(browser):
    """Return a function that opens a notebook as a person would."""
    opened = []

    def open_notebook(lab, path, width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
        context.set_default_timeout(1000 * PATIENCE)
        opened.append((context, Reader(lab, context.new_page(), path)))
        return opened[-1][1]

    yield open_notebook
    for context, reader in opened:
        context.close()
        # Notebook's own script complains of a setting as it starts; the widget's script is a blob.
        assert [e for e in reader.errors if reader.lab.program == "jupyterlab" or "blob:" in e] == []
        own = (reader.lab.url, "data:", "blob:")
        assert [url for url in reader.requests if not url.startswith(own)] == []
