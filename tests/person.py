"""What a person does with a page that shows pictures, in a viewer or in a notebook."""

from __future__ import annotations

import time

import pytest

from tests.held import PATIENCE


class Person:
    """Waits and clicks; ``page`` is the browser's, and ``view`` finds the picture."""

    def until(self, expression: str) -> None:
        """Wait until an expression is true; the page's policy forbids playwright's own way, eval."""
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(expression):
            if time.monotonic() > end:
                pytest.fail(f"never became true: {expression}")
            self.page.wait_for_timeout(25)

    def click_base(self, base: int) -> None:
        """Select a base by a click."""
        plot = self.view.locator(".plot")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        x = self.view.evaluate("(view, base) => view.xOf(base)", base + 0.5)
        self.page.mouse.click(box["x"] + x, box["y"] + 70)

    def ask_mutation(self, base: int) -> None:
        """Select a base and ask what it may become."""
        self.click_base(base)
        self.view.locator("button.mutate").click()
