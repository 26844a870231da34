"""What a person does with a page that shows pictures, in a viewer or in a notebook."""

from __future__ import annotations

import pytest


class Person:
    """Waits and clicks; ``page`` is the browser's, and ``view`` finds the picture."""

    patience: float = 10
    """Seconds to wait for something to become true."""

    def until(self, expression: str, seconds: float | None = None) -> None:
        """Wait until an expression is true; the page's policy forbids playwright's own way, eval."""
        seconds = self.patience if seconds is None else seconds
        for _ in range(int(seconds * 40)):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(25)
        pytest.fail(f"never became true in {seconds} seconds: {expression}")

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
