"""Pages as a browser shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from captum_dna.render.view import View
from tests.browser.visitor import Visitor
from tests.held import PATIENCE
from tests.person import Person

if TYPE_CHECKING:
    from pathlib import Path


REFUSED = re.compile(r"Failed to load resource.*(404|409|422|ERR_)")
"""What a browser logs of its own accord about an answer that the page puts into words."""


class Shown(Person):
    """A page, and everything that it complained about or asked for."""

    def __init__(self, page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> Shown:
        self.page.goto(path.as_uri())
        return self

    @property
    def first(self):
        return self.page.locator("dna-view").first

    def point(self, base: float, y: float = 60, view=None) -> None:
        """Move the mouse over a base of the picture as it is zoomed."""
        self.page.mouse.move(*self.at(base, y, view))

    def at(self, base: float, y: float = 60, view=None) -> tuple[float, float]:
        view = view or self.first
        plot = view.locator(".plot")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        x = view.evaluate("(view, base) => view.xOf(base)", base + 0.5)
        return box["x"] + x, box["y"] + y


@pytest.fixture
def show(browser, tmp_path):
    """Return a function that saves results as a page and opens it."""
    opened = []

    def open_page(results, *, width=1200, scheme="light", scripts=True, html=None, **options):
        path = tmp_path / f"page{len(opened)}.html"
        if html is None:
            View(results, **options).save(path)
        else:
            path.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(1000 * PATIENCE)
        opened.append((context, Shown(context.new_page())))
        return opened[-1][1].open(path)

    yield open_page
    for context, shown in opened:
        context.close()
        assert shown.complaints == []
        assert [url for url in shown.requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture
def visit(browser, request):
    """Return a function that opens a viewer's page, by default that of the fixture ``viewer``."""
    opened = []

    def open_page(hash_: str = "", *, width=1440, scheme="light", url=None, script=None) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        context.set_default_timeout(1000 * PATIENCE)
        if script:
            context.add_init_script(path=script)
        visitor = Visitor(context.new_page(), url or request.getfixturevalue("viewer").url)
        opened.append((context, visitor))
        return visitor.open(hash_)

    yield open_page
    for context, visitor in opened:
        context.close()
        assert [words for words in visitor.complaints if not REFUSED.search(words)] == []
        assert [
            url for url in visitor.requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
        ] == []
