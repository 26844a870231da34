"""Markup in every text, and other sites, names and tokens: what the page and its server must not let through."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest

from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.training import from_scratch
from tests.fake_attributions import MARKUP
from tests.insights.client import Client
from tests.toy import dna

pytestmark = pytest.mark.browser

TRACK = "*".join([quote(MARKUP, safe="")] * 5)
ADDRESS = "&".join(
    f"{name}={quote(MARKUP, safe='')}"
    for name in [
        *(
            "set",
            "item",
            "name",
            "motif",
            "truth",
            "predicted",
            "right",
            "pmin",
            "pmax",
            "lmin",
            "lmax",
            "sort",
        ),
        *(
            "edits",
            "view",
            "pane",
            "projection",
            "output",
            "tolerance",
            "windows",
            "overlap",
            "colors",
            "group",
            "k",
        ),
    ]
)


@pytest.fixture(scope="module")
def viewer():
    """Serve a model, classes, a set and sequences that are all called by markup; one is too long to be read."""
    model = from_scratch(k=3, layers=1, width=16, heads=2, max_bases=60, labels=("none", MARKUP), seed=0)
    rows = [Sequence(f"{i} {MARKUP}", dna(40, i), MARKUP) for i in range(3)]
    rows.append(Sequence(f"long {MARKUP}", dna(100, 4), "none"))
    with Insights({MARKUP: model, "other": model}, rows, store=False, name=MARKUP) as served:
        yield served


def inert(page) -> None:
    """Hold that no markup became part of the page, and no script of it ran."""
    page = page.page
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[onerror], script:not([src])").count() == 0


def test_markup_in_names_classes_and_models_is_text(visit):
    page = visit()
    page.pictured(MARKUP.split("\u2028")[0])
    page.page.locator('[data-control="target-0"]').select_option(index=1)
    page.page.locator(".unfold summary").first.click()
    page.page.locator(".explain-all").click()
    page.says(".job", "done, 4 of 4, 1 failed")
    page.page.keyboard.press("Escape")
    for control in ("model", "target"):
        page.page.locator('[data-control="compare"]').click()
        page.page.locator(f'.menu [data-what="{control}"]').click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 3")
    inert(page)
    page.page.locator("#export summary").click()
    page.page.locator('[data-form="reproduce.py"]').click()
    page.says("#code-dialog pre", "import captum_dna")
    page.page.locator("#code-dialog [data-close].primary").click()
    page.page.locator(".row").last.click()
    page.says("#pane-picture .error", "long </script>")
    inert(page)


def test_markup_in_every_field_is_text(visit):
    page = visit()
    page.choose("window_length", "own")
    page.page.locator(".unfold summary").first.click()
    fields = page.page.locator("input[data-field]")
    controls = page.page.locator('input[data-control="window_length"], input[data-control="overlap"]')
    assert (fields.count(), controls.count()) == (6, 2)
    for field in (*fields.all(), *controls.all()):
        if not field.is_visible():
            page.page.locator(".settings > summary").click()
        field.fill(MARKUP)
        field.press("Enter")
    page.says("#pane-picture .error", "or 'auto'")
    page.says(".filters .error", "is no")
    inert(page)
    page.page.evaluate(
        """name => {
          const carried = new DataTransfer();
          carried.items.add(new File([name], name));
          document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: carried }));
        }""",
        MARKUP,
    )
    page.until("document.querySelector('#add-dialog textarea').value.startsWith('</script>')")
    page.page.locator("#add-dialog .primary").click()
    page.says("#add-error", "is in none of the known formats")
    page.page.locator("#add-dialog textarea").fill(f"name,sequence\n{MARKUP[:9]},{dna(30, 9)}\n")
    page.page.locator("#add-dialog .primary").click()
    page.until("document.querySelector('#set option:checked').textContent.includes('onerror')")
    inert(page)


@pytest.mark.parametrize("address", [ADDRESS, f"track={TRACK}&track={TRACK}", quote(MARKUP)])
def test_markup_in_the_address_is_text(visit, address):
    page = visit(address)
    inert(page)
    page.page.evaluate("location.hash = ''")
    page.page.reload()
    page.pictured(MARKUP[:20])


class _Evil(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>evil</title>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def evil():
    """Return the port of another site of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


ATTACK = """async viewer => {
  const sets = `${viewer}api/datasets`;
  const make = (tag, facts) => Object.assign(document.createElement(tag), facts);
  const loads = (tag, src) => new Promise((onload, onerror) => document.head.append(make(tag, { src, onload, onerror })));
  const body = JSON.stringify({ text: "ACGTTGCATATAAAAGGCATGCCA", name: "stolen" });
  const ways = [
    () => fetch(sets, { credentials: "include" }),
    () => fetch(sets, { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body }),
    () => fetch(sets, { method: "POST", credentials: "include", mode: "no-cors", body }),
    () => loads("script", `${viewer}api/config`),
    () => loads("img", sets),
  ];
  const form = make("form", { method: "post", action: sets, enctype: "text/plain", target: "frame" });
  document.body.append(make("iframe", { name: "frame", src: viewer }), form);
  form.append(make("input", { name: body }));
  form.submit();
  const got = await Promise.allSettled(ways.map((way) => way()));
  return got.filter(({ status }) => status === "fulfilled").length;
}"""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_another_site_in_the_same_browser_reads_and_changes_nothing(browser, viewer, evil, name):
    client = Client(viewer.url)
    before = client.get("/api/datasets").json
    context = browser.new_context()
    page = context.new_page()
    page.goto(viewer.url)
    page.locator("dna-view .plot").wait_for()
    page.goto(f"http://{name}:{evil}/")
    assert page.evaluate(ATTACK, f"http://{client.netloc}/") == 0
    page.wait_for_load_state("networkidle")
    assert all(frame.locator(".brand").count() == 0 for frame in page.frames[1:])
    assert client.get("/api/datasets").json == before
    context.close()


def test_a_foreign_name_and_a_wrong_token_lead_nowhere(browser, viewer):
    address = urlsplit(viewer.url)
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://evil.localhost:{address.port}/?{address.query}")
    assert "does not accept the host name 'evil.localhost" in page.locator("body").inner_text()
    for query in ("", "?token=wrong"):
        page.goto(f"http://{address.netloc}/{query}")
        assert "needs its token" in page.locator("h1").inner_text()
    assert context.cookies() == []
    context.close()


def test_a_page_whose_token_is_gone_says_how_to_come_back(browser, viewer):
    context = browser.new_context()
    page = context.new_page()
    page.goto(viewer.url)
    page.locator("dna-view .plot").wait_for()
    context.clear_cookies()
    page.locator('[data-control="method-0"]').select_option("deeplift")
    said = page.locator("#pane-picture .error")
    said.wait_for()
    assert "Open its new address" in said.inner_text()
    context.close()
