"""A report in a browser: its wide table never shows a part of a number as if it were a number."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.reporting.test_report import results, written

pytestmark = pytest.mark.browser

CUT = """box => {
  const edges = box.getBoundingClientRect();
  const found = [];
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (!texts.currentNode.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const one of range.getClientRects())
      for (const side of ["left", "right"])
        if (one.left < edges[side] - 0.5 && one.right > edges[side] + 0.5)
          found.push({ side, text: texts.currentNode.data, y: one.top - edges.top + one.height / 2 });
  }
  return found;
}"""
"""Texts that an edge of the table's place cuts in two, and at which height."""


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    return written(results(), tmp_path_factory.mktemp("report"))


def ink(box) -> dict[str, float]:
    """Return how far the pixels at either side of a table differ from its background, at most."""
    shot = np.asarray(Image.open(io.BytesIO(box.screenshot())).convert("L"), dtype=float)
    strips = {"left": shot[:, 1:3], "right": shot[:, -3:-1]}
    return {side: float(np.abs(strip - np.median(strip)).max()) for side, strip in strips.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_table_fades_out_where_more_of_it_is_and_nowhere_else(show, html, scheme):
    page = show(None, html=html, width=390, scheme=scheme).page
    box = page.get_by_role("region", name="Table of sequences")
    box.scroll_into_view_if_needed()
    assert box.evaluate("box => box.scrollWidth > box.clientWidth + 40")
    seen = set()
    for share in (0, 0.31, 0.5, 0.73, 1):
        box.evaluate(
            "(box, share) => { box.scrollLeft = share * (box.scrollWidth - box.clientWidth); }", share
        )
        page.wait_for_function(
            "([box, left, right]) => box.dataset.more.includes('left') === left "
            "&& box.dataset.more.includes('right') === right",
            arg=[box.element_handle(), share > 0, share < 1],
        )
        shown = ink(box)
        for one in box.evaluate(CUT):
            assert shown[one["side"]] < 24, one
            seen.add(one["side"])
    assert seen == {"left", "right"}
    box.evaluate("box => { box.style.maskImage = 'none'; }")
    cut = []
    for share in (0.31, 0.5, 0.73):
        box.evaluate(
            "(box, share) => { box.scrollLeft = share * (box.scrollWidth - box.clientWidth); }", share
        )
        shown = ink(box)
        cut += [shown[one["side"]] for one in box.evaluate(CUT)]
    assert max(cut) > 24  # what the cue hides
    box.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("box => box.dataset.more.includes('right')", arg=box.element_handle())


def test_on_a_desk_the_table_is_seen_whole(show, html):
    page = show(None, html=html, width=1440).page
    for box in page.locator(".report .scroll").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), box.get_attribute("aria-label")
        assert box.get_attribute("data-more") == ""
