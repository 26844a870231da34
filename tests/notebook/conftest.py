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
def read(browser):
    """Return a function that opens a notebook as a person would."""
    opened = []

    def open_notebook(lab, path, program="jupyterlab", *, width=1440, theme="JupyterLab Light"):
        if find_spec(program) is None:
            missing(f"{program} is not installed: pip install 'captum_dna[dev]'.")
        lab.theme(theme)
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme="light")
        context.set_default_timeout(1000 * PATIENCE)
        opened.append((context, Reader(lab, context.new_page(), path, program)))
        return opened[-1][1]

    yield open_notebook
    for context, reader in opened:
        context.close()
        # Notebook's own script complains of a setting as it starts; the widget's script is a blob.
        assert [e for e in reader.errors if reader.program == "jupyterlab" or "blob:" in e] == []
        own = (reader.lab.url, "data:", "blob:")
        assert [url for url in reader.requests if not url.startswith(own)] == []
