"""A person at the viewer's page, as the browser tests play one."""

from __future__ import annotations

from playwright.sync_api import TimeoutError  # noqa: A004 - that of the browser

from tests.person import Person


class Visitor(Person):
    """A browser's page of a viewer, and everything that it complained about or asked for."""

    def __init__(self, page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, hash_: str = "") -> Visitor:
        self.page.goto(self.url + (f"#{hash_}" if hash_ else ""))
        self.page.locator("dna-view .plot canvas, .error:not(:empty)").first.wait_for(state="attached")
        return self

    @property
    def view(self):
        return self.page.locator("dna-view")

    @property
    def rows(self):
        return self.page.locator(".row")

    @property
    def address(self) -> str:
        return self.page.evaluate("decodeURIComponent(location.hash)")

    def says(self, selector: str, words: str) -> str:
        """Wait until an element has these words, and return all of its text."""
        found = self.page.locator(selector).filter(has_text=words).first
        found.wait_for()
        return found.inner_text()

    def pictured(self, words: str) -> str:
        """Wait until the picture says so, and return the words above it."""
        try:
            self.view.locator(".card").filter(has_text=words).wait_for()
        except TimeoutError as error:
            shown = self.page.locator("#pane-picture").inner_text()
            raise AssertionError(f"No picture says {words!r}; the pane says: {shown}") from error
        return self.view.locator(".card").inner_text()

    def choose(self, control: str, value: str) -> None:
        field = self.page.locator(f'[data-control="{control}"]')
        if not field.is_visible():
            self.page.locator(".settings > summary").click()
        field.select_option(value)

    def explain(self, label: str) -> None:
        """Choose the class that is explained."""
        self.choose("target-0", label)

    def paste(self, text: str, name: str = "") -> None:
        self.page.get_by_role("button", name="Add sequences").click()
        self.page.locator("#add-dialog textarea").fill(text)
        self.page.locator("#add-dialog [name=name]").fill(name)
        self.page.locator("#add-dialog .primary").click()
