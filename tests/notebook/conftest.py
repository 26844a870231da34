from __future__ import annotations

import pytest

from tests.notebook.lab import Lab, Reader


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()
    assert made.process.poll() is not None


@pytest.fixture
def read(lab, browser):
    """Return a function that opens a notebook as a person would."""
    opened = []

    def open_notebook(path, width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
        opened.append((context, Reader(lab, context.new_page(), path)))
        return opened[-1][1]

    yield open_notebook
    for context, reader in opened:
        context.close()
        assert reader.errors == []
        assert [url for url in reader.requests if not url.startswith((lab.url, "data:", "blob:"))] == []
