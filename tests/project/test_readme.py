"""The README on a package index, which has none of the repository's files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.readme import for_index

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
TARGETS = re.compile(r"\]\(([^)]+)\)")


@pytest.mark.parametrize("url", ["https://code.example/me/it", "https://code.example/me/it/", None])
def test_every_link_and_picture_has_an_address_or_is_left_out(url):
    there = for_index(README, url, "1.2")
    targets = TARGETS.findall(there)
    assert all(target.startswith(("https://", "#")) for target in targets)
    if url:
        assert len(targets) == len(TARGETS.findall(README))
        assert "](https://code.example/me/it/raw/v1.2/docs/viewer.png)" in there
        assert "](https://code.example/me/it/blob/v1.2/docs/how-to.md)" in there
    else:
        assert "viewer.png" not in there
        assert "docs/how-to.md" in there  # its words


def test_links_with_an_address_stay_and_without_one_words_stay():
    text = "[a](https://a.example) [b](b.md#part) ![c](c.png) [d](#here)"
    assert for_index(text, None, "1") == "[a](https://a.example) b  [d](#here)"
