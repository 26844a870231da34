"""The picture in a real browser: what is seen, pointed at, walked, zoomed, saved."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from playwright.sync_api import expect

from captum_dna.core.sequences import Track
from captum_dna.render.page import bundle
from captum_dna.render.payload import VERSION, picture, shared
from captum_dna.render.view import View
from tests.fake_attributions import BOX, MARKUP, RUN, hostile, make, many

pytestmark = pytest.mark.browser

MINUS = "\u2212"


def number(text: str) -> float:
    """Return a number as the page writes it."""
    return float(text.replace(MINUS, "-").replace("+", "").replace(",", ""))


def window(view) -> tuple[float, float]:
    shown = view.evaluate("view => view.window")
    return shown["start"], shown["end"]


INKED = """view => {
  const canvas = view.shadowRoot.querySelector(".plot canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext("2d").drawImage(canvas, 0, 0);
  const { data } = copy.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]) count++;
  return count;
}"""


def inked(view) -> int:
    """Return how many pixels of the picture are not transparent."""
    return view.evaluate(INKED)


def test_the_words_and_the_picture_are_there(show):
    shown = show(make())
    text = shown.first.locator(".card").inner_text()
    for words in ("promoter_000", "Predicted TATA promoter, 99.4 % (correct).", "log-odds of TATA promoter"):
        assert words in text
    assert "Scores add up" in shown.first.locator(".badge").inner_text()
    assert "pushes towards TATA promoter" in text
    assert f"{BOX} at " in shown.first.locator(".fact").inner_text()
    before = shown.first.locator(".plot").bounding_box()
    shown.first.locator(".more summary").click()
    details = shown.first.locator(".facts").inner_text()
    assert "mask" in details
    assert "Complete to" in details
    assert "not estimated" not in shown.first.locator(".badge .tip").text_content()
    assert shown.first.locator(".plot").bounding_box() == before
    shown.page.keyboard.press("Escape")
    expect(shown.first.locator(".facts")).to_be_hidden()
    assert inked(shown.first) > 5000


def test_the_badge_shows_its_numbers_on_focus(show):
    shown = show(make())
    tip = shown.first.locator(".tip")
    expect(tip).to_be_hidden()
    shown.first.locator(".badge button").focus()
    expect(tip).to_be_visible()
    assert re.search(r"tolerance\s+1 %", tip.inner_text())
    assert re.search(r"evaluations of the model\s+16", tip.inner_text())


def test_a_run_that_did_not_converge_says_so_loudly(show):
    shown = show(make(converged=False, delta=1.5))
    assert "Not converged" in shown.first.locator(".badge").inner_text()
    expect(shown.first.locator('.notes [data-severity="warning"]')).to_be_visible()


def test_a_base_under_the_pointer_is_the_sum_of_its_kmer_shares(show):
    item = make()
    shown = show(item)
    for base in (item.sequence.index(BOX) + 2, 0, 200):
        shown.point(base)
        readout = shown.first.locator(".readout")
        readout.locator(".parts span").first.wait_for()
        covering = sum(span is not None and span[0] <= base < span[1] for span in item.spans)
        noun = "share" if covering == 1 else "shares"
        assert f"= sum of {covering} k-mer {noun}" in readout.inner_text()
        shares = [number(part.split()[-1]) for part in readout.locator(".parts > span").all_inner_texts()]
        assert len(shares) == covering
        written = number(re.search(r"([+\u2212]?[\d.e\u2212]+) log-odds", readout.inner_text())[1])
        assert written == pytest.approx(item.base_scores[base], rel=6e-3, abs=1e-4)
        assert sum(shares) == pytest.approx(written, rel=0.02, abs=1e-3)


def test_a_token_under_the_pointer_says_what_it_gives(show):
    item = make()
    shown = show(item)
    base = item.sequence.index(BOX)
    shown.point(base, y=shown.first.evaluate("view => view.yOf('tokens')"))
    text = shown.first.locator(".readout").inner_text()
    assert re.search(r"[ACGT]{6} at .* to each of its 6 bases", text, re.DOTALL)


def test_keys_walk_zoom_and_reset(show):
    item = make()
    shown = show(item)
    plot, live = shown.first.locator(".plot"), shown.first.locator("[aria-live]")
    plot.focus()
    keys = shown.page.keyboard
    keys.press("Home")
    assert live.inner_text().startswith(f"{item.sequence[0]} at {MINUS}{item.origin}:")
    keys.press("ArrowRight")
    keys.press("Shift+ArrowRight")
    assert f" at {MINUS}{item.origin - 11}:" in live.inner_text()
    keys.press("End")
    assert live.inner_text().startswith(f"{item.sequence[-1]} at +{250 - item.origin}:")
    for _ in range(4):
        keys.press("+")
    start, end = window(shown.first)
    assert end - start < 60
    assert end > 250
    keys.press("Home")
    assert window(shown.first)[0] == 0
    keys.press("0")
    assert window(shown.first) == (0, 251)
    help_ = shown.first.locator(".keys")
    expect(help_).to_be_hidden()
    keys.press("?")
    expect(help_).to_be_visible()


def test_a_wheel_zooms_only_when_asked_to(show):
    shown = show(many(6))
    mouse = shown.page.mouse
    mouse.move(*shown.at(120))
    mouse.wheel(0, 300)
    shown.until("scrollY > 0")
    assert window(shown.first) == (0, 251)
    shown.page.evaluate("scrollTo(0, 0)")
    mouse.move(*shown.at(120))
    shown.page.keyboard.down("Control")
    mouse.wheel(0, -300)
    shown.page.keyboard.up("Control")
    shown.until("document.querySelector('dna-view').window.end < 251")
    mouse.dblclick(*shown.at(120))
    assert window(shown.first) == (0, 251)
    mouse.wheel(0, 300)  # the click gave it the focus, which takes no wheel from the page
    shown.until("scrollY > 0")
    assert window(shown.first) == (0, 251)


def drag(shown, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = shown.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(*end, steps=4)
    mouse.up()


def selected(shown):
    return shown.first.evaluate("view => view.standing.selected")


def test_a_click_selects_a_base_and_a_drag_a_stretch(show):
    item = make()
    shown = show(item)
    shown.page.mouse.click(*shown.at(40))
    assert selected(shown) == {"start": 40, "end": 41}
    assert f"{item.sequence[40]} at" in shown.first.locator(".below").inner_text()
    assert not shown.first.locator("button.mutate").count()  # nobody here could
    drag(shown, shown.at(60), shown.at(69))
    assert selected(shown) == {"start": 60, "end": 70}
    assert item.sequence[60:70] in shown.first.locator(".below").inner_text()
    assert window(shown.first) == (0, 251)
    shown.first.locator(".below .zoom").click()
    start, end = window(shown.first)
    assert start <= 60
    assert end >= 70
    assert end - start < 80
    shown.page.mouse.dblclick(*shown.at(65))
    assert window(shown.first) == (0, 251)
    assert selected(shown) is None


def test_a_drag_on_the_axis_zooms_and_with_shift_a_drag_pans(show):
    shown = show(make())
    axis = shown.first.evaluate("view => view.yOf('axis')")
    drag(shown, shown.at(50, axis), shown.at(149, axis))
    start, end = window(shown.first)
    assert start == pytest.approx(50.5, abs=0.6)
    assert end == pytest.approx(149.5, abs=0.6)
    assert selected(shown) is None
    shown.page.keyboard.down("Shift")
    drag(shown, shown.at(120), shown.at(100))
    shown.page.keyboard.up("Shift")
    assert window(shown.first)[0] == pytest.approx(start + 20, abs=0.6)


def test_plus_zooms_on_the_strongest_stretch_and_its_name_leads_there(show):
    item = make()
    box = item.sequence.index(BOX)
    shown = show(item)
    for _ in range(4):
        shown.first.get_by_label("Zoom in").click()
    start, end = window(shown.first)
    assert end - start < 60
    assert start <= box < box + len(BOX) <= end
    shown.first.get_by_label("Show the whole sequence").click()
    shown.first.locator(".stretch").click()
    start, end = window(shown.first)
    assert start <= box < box + len(BOX) <= end
    assert end - start < 60
    shown.first.get_by_label("Show the whole sequence").click()
    shown.page.mouse.click(*shown.at(box + len(BOX) / 2, y=8))
    assert window(shown.first) == (start, end)


def test_a_position_is_gone_to_and_one_that_is_not_there_is_said(show):
    item = make()
    shown = show(item)
    field = shown.first.get_by_label("Go to a position")
    field.fill("-30")
    field.press("Enter")
    assert selected(shown) == {"start": item.origin - 30, "end": item.origin - 29}
    field.fill("9999")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") is not None
    assert "There is no base 9999" in field.get_attribute("title")


def test_letters_of_the_strongest_stretch_are_read_without_a_click_and_nothing_jumps(show):
    item = make()
    shown = show(item)
    canvas = shown.first.locator(".plot canvas")
    before = canvas.bounding_box()
    size = shown.first.bounding_box()
    assert shown.first.evaluate("view => view.yOf('detail')") < before["height"]
    shown.point(40)
    shown.first.locator(".readout").wait_for()
    assert canvas.bounding_box() == before
    assert shown.first.bounding_box() == size


def test_the_save_menu_closes_by_escape_and_by_a_click_elsewhere(show):
    shown = show(make())
    menu = shown.first.locator(".save .menu")
    for close in (lambda: shown.page.keyboard.press("Escape"), lambda: shown.page.mouse.click(5, 5)):
        shown.first.locator(".save summary").click()
        expect(menu).to_be_visible()
        close()
        expect(menu).to_be_hidden()


def test_bars_in_the_colours_of_their_sign_have_the_legend_of_signs(show):
    shown = show(make(10_000, noise=0.05))
    expect(shown.first.locator(".letters")).to_be_hidden()
    shown.first.locator(".stretch").click()
    shown.first.locator(".letters").wait_for()


def test_the_minimap_window_is_dragged_and_resized(show):
    shown = show(make())
    mouse = shown.page.mouse
    box = shown.first.locator(".mini").bounding_box()
    left, right = (
        box["x"] + shown.first.evaluate("(view, base) => view.xOf(base)", base) for base in (0, 251)
    )
    y = box["y"] + 15
    mouse.move(right - 2, y)
    mouse.down()
    mouse.move((left + right) / 2, y, steps=4)
    mouse.up()
    assert window(shown.first) == (0, pytest.approx(126, abs=3))
    mouse.move(left + 40, y)
    mouse.down()
    mouse.move(left + 40 + (right - left) / 4, y, steps=4)
    mouse.up()
    assert window(shown.first) == (pytest.approx(63, abs=3), pytest.approx(188, abs=3))


def test_colours_and_tokens_can_be_switched(show):
    shown = show(make())
    before = inked(shown.first)
    shown.first.get_by_label("Show or hide the tokens").click()
    assert inked(shown.first) < before
    shown.first.get_by_text("Sign", exact=True).click()
    assert shown.first.get_attribute("colors") == "sign"
    expect(shown.first.locator(".letters")).to_be_hidden()


def paper(shown) -> str:
    return shown.first.locator(".card").evaluate("card => getComputedStyle(card).backgroundColor")


def test_the_theme_follows_the_system_the_notebook_and_the_attribute(show):
    dark, light = "rgb(20, 23, 28)", "rgb(255, 255, 255)"
    assert paper(show(make(), scheme="dark")) == dark
    assert paper(show(make(), scheme="dark", theme="light")) == light
    shown = show(make())
    assert paper(shown) == light
    for change in (
        "document.body.dataset.jpThemeLight = 'false'",
        "delete document.body.dataset.jpThemeLight; document.body.className = 'vscode-dark'",
        "document.body.className = ''; document.documentElement.setAttribute('theme', 'dark')",
    ):
        shown.page.evaluate(change)
        shown.until(
            "getComputedStyle(document.querySelector('dna-view').shadowRoot.firstChild).backgroundColor"
            f" === '{dark}'"
        )


@pytest.mark.parametrize("compare", [False, True])
def test_a_narrow_screen_has_no_sideways_scroll(show, compare):
    item = make(name="a_very_long_name_without_any_place_to_break_" * 3)
    shown = show({"before": item, "after": item} if compare else item, width=390)
    shown.first.locator(".plot canvas").wait_for()
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_the_words_and_bars_are_seen(show):
    shown = show(make(), scripts=False)
    image = shown.page.locator("dna-view img")
    expect(image).to_be_visible()
    assert image.bounding_box()["height"] > 60
    assert "predicted TATA promoter" in shown.page.locator("dna-view p").inner_text()


def test_the_static_picture_is_a_valid_image_and_gives_way_to_the_element(show):
    shown = show(make())
    expect(shown.page.locator("dna-view img, dna-view p").first).to_be_hidden()
    source = show(make(), scripts=False).page.locator("dna-view img").get_attribute("src")
    size = """source => new Promise(done => {
      const loaded = new Image();
      loaded.onload = () => done(loaded.width);
      loaded.onerror = () => done(0);
      loaded.src = source;
    })"""
    assert shown.page.evaluate(size, source) > 0


def test_several_outputs_in_one_document_are_all_drawn_and_registered_once(show):
    outputs = "".join(View(make(seed=seed)).html() for seed in range(3))
    shown = show(None, html=f"<!doctype html><html><body>{outputs}</body></html>")
    shown.page.locator("dna-view .plot").nth(2).scroll_into_view_if_needed()
    assert shown.page.locator("dna-view .plot").count() == 3
    assert inked(shown.page.locator("dna-view").nth(2)) > 5000


def test_a_script_that_comes_before_its_elements_draws_them_too(show):
    body = f"<script>{bundle()}</script>{View(make()).html(script=False)}"
    shown = show(None, html=f"<!doctype html><html><body>{body}</body></html>")
    shown.first.locator(".plot canvas").wait_for()
    assert inked(shown.first) > 5000


def test_modules_load_by_address_under_a_strict_policy(browser):
    """The page of a server: modules one by one, nothing inline."""
    static = Path(__file__).parents[2] / "static"
    policy = "default-src 'none'; script-src 'self'; img-src data: blob:; style-src 'self'"
    inline = View(make()).html(script=False)
    html = f'<!doctype html><body>{inline}<script type="module" src="/element/dna-view.js"></script></body>'
    page = browser.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route):
        name = urlsplit(route.request.url).path.removeprefix("/")
        if name:
            route.fulfill(path=static / name, content_type="text/javascript")
        else:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    page.route("**/*", answer)
    page.goto("http://localhost/")
    page.locator("dna-view .plot canvas").wait_for()
    assert inked(page.locator("dna-view")) > 5000
    assert complaints == []
    page.close()


def test_svg_png_and_tsv_are_saved(show):
    item = make(name="gene/1: <x>")
    shown = show(item)
    files = {}
    for kind in ("svg", "png", "tsv"):
        shown.first.locator(".save summary").click()
        with shown.page.expect_download() as started:
            shown.first.locator(f'[data-kind="{kind}"]').click()
        assert started.value.suggested_filename == f"gene_1_x_.{kind}"
        files[kind] = Path(started.value.path()).read_bytes()
    svg = ET.fromstring(files["svg"])  # noqa: S314 - written by the page itself
    assert item.sequence in svg.find("{http://www.w3.org/2000/svg}desc").text
    assert "gene/1: <x>" in "".join(svg.itertext())
    assert files["png"].startswith(b"\x89PNG")
    rows = [line.split("\t") for line in files["tsv"].decode().splitlines()]
    assert rows[0][:3] == ["index", "position", "base"]
    assert len(rows) == 252
    saved = np.array([float(row[3]) for row in rows[1:]])
    assert np.allclose(saved, item.base_scores, atol=np.abs(item.base_scores).max() / 32767)


def test_markup_in_every_field_is_inert(show):
    shown = show({MARKUP: hostile(), "other": hostile()})
    shown.first.locator(".plot canvas").wait_for()
    shown.point(10)
    assert shown.page.evaluate("window.pwned") is None
    assert shown.page.locator("dna-view img[onerror]").count() == 0
    assert MARKUP.replace("\u2028", "") in shown.first.locator("h3").inner_text().replace("\u2028", "")


def test_two_results_are_compared_on_one_scale(show):
    item = make()
    louder = replace(item, base_scores=2 * item.base_scores, token_scores=2 * item.token_scores)
    shown = show({"before": item, "after": louder})
    assert shown.first.locator(".comparison tr").count() == 3
    shown.point(item.sequence.index(BOX) + 2)
    text = shown.first.locator(".readout").inner_text()
    assert text.startswith("before:")
    assert "(after +" in text
    assert shown.first.locator(".notes").count() == 0
    other = replace(item, run=replace(RUN, output="probability"))
    shown = show({"before": item, "after": other})
    assert "each track has its own scale" in shown.first.locator(".notes").inner_text()


def test_another_picture_takes_the_place_of_the_first(show):
    item = make()
    shown = show([item])
    height = "view => view.shadowRoot.querySelector('.plot canvas').height"
    before = shown.first.evaluate(height)
    two = [item, replace(item, base_scores=-item.base_scores)]
    names = ["up", "down"]
    given = [picture(two, [item.run], names), shared([item.run], names, [two])]
    shown.first.evaluate("(view, [picture, shared]) => view.show(picture, shared)", given)
    shown.page.wait_for_function(
        "before => document.querySelector('dna-view').shadowRoot.querySelector('.plot canvas').height > before",
        arg=before,
    )
    assert "up" in shown.first.locator(".comparison").inner_text()


def test_error_bars_are_offered_for_a_picture_that_has_them_and_for_no_other(show):
    plain = make()
    run = replace(RUN, method_options={"over": {"strand": ["reverse"]}})
    repeated = replace(plain, run=run, extras={"repeats": -plain.base_scores[None]})
    shown = show([plain])
    bars = shown.first.locator("button:visible", has_text="Error bars")
    shown.first.locator(".looks").wait_for()
    for item, offered in ((repeated, 1), (plain, 0), (repeated, 1)):
        given = [picture([item], [item.run], [""]), shared([item.run], [""], [[item]])]
        shown.first.evaluate("(view, [picture, shared]) => view.show(picture, shared)", given)
        assert bars.count() == offered
    before = inked(shown.first)
    bars.click()
    assert bars.get_attribute("aria-pressed") == "true"
    shown.page.wait_for_function(
        f"before => ({INKED})(document.querySelector('dna-view')) !== before", arg=before
    )


def test_one_scale_for_all_pictures_changes_their_heights(show):
    quiet = make(seed=1)
    shown = show([replace(quiet, base_scores=0.1 * quiet.base_scores), make(seed=0)])
    assert shown.page.get_by_text("2 sequences").count() >= 1
    before = inked(shown.first)
    shown.page.get_by_text("Same scale for all").click()
    shown.until(f"({INKED})(document.querySelector('dna-view')) < {before}")


def test_gaps_tracks_and_unsigned_scores_are_said(show):
    scores = make().base_scores.copy()
    scores[:10] = np.nan
    run = replace(RUN, method="saliency", signed=False, complete=False)
    item = make(base_scores=scores, run=run, tracks=(Track("planted", ((5, 9, "box"),)),))
    notes = show(item).first.locator(".notes").inner_text()
    assert "The scores have no sign" in notes
    assert "There is no score for 10 bases" in notes


def test_a_broken_picture_says_so_and_keeps_its_static_image(show):
    html = View(make()).html().replace(f'"version":{VERSION}', '"version":99')
    shown = show(None, html=f"<!doctype html><html><body>{html}</body></html>")
    assert "Run its cell again" in shown.first.locator(".failed").inner_text()
    expect(shown.page.locator("dna-view img")).to_be_visible()


def test_a_long_sequence_is_drawn_whole_and_close(show):
    shown = show(make(10_000, noise=0.05))
    assert inked(shown.first) > 5000
    for _ in range(15):
        shown.first.get_by_label("Zoom in").click()
    start, end = window(shown.first)
    assert end - start == pytest.approx(12, abs=1)
    assert inked(shown.first) > 1000


def test_far_pictures_cost_no_canvas(show):
    shown = show(many(60))
    shown.first.locator(".plot canvas").wait_for()
    drawn = """() => [...document.querySelectorAll("dna-view")]
      .filter(view => view.shadowRoot.querySelector("canvas")?.width > 0).length"""
    assert 1 <= shown.page.evaluate(drawn) < 20
    shown.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    shown.until(
        "document.querySelector('dna-view:last-of-type').shadowRoot.querySelector('canvas')?.width > 0"
    )
    shown.until("document.querySelector('dna-view').shadowRoot.querySelector('canvas').width === 0")


def test_paper_gets_every_picture_in_the_light_theme(show):
    shown = show(many(30), scheme="dark")
    shown.first.locator(".plot canvas").wait_for()
    shown.page.evaluate(
        """() => addEventListener("beforeprint", () => {
          window.printed = [...document.querySelectorAll("dna-view")].map(({ shadowRoot }) => {
            const canvas = shadowRoot.querySelector(".plot canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const card = shadowRoot.querySelector(".card");
            return { theme: card.dataset.theme, width: canvas.width, inked: data.some(part => part > 0) };
          });
        })"""
    )
    shown.page.pdf()
    printed = shown.page.evaluate("window.printed")
    assert len(printed) == 30
    assert all(one == printed[0] for one in printed)
    assert printed[0]["theme"] == "light"
    assert printed[0]["inked"]
    shown.until(
        "document.querySelector('dna-view:last-of-type').shadowRoot.querySelector('canvas').width === 0"
    )
    assert paper(shown) == "rgb(20, 23, 28)"
    screen = shown.first.evaluate("view => view.shadowRoot.querySelector('.plot').clientWidth")
    shown.until(f"document.querySelector('dna-view').shadowRoot.querySelector('canvas').width === {screen}")


def test_the_badge_of_a_compared_layer_is_not_cut_off_by_its_table(show):
    shown = show({"before": make(), "after": make()})
    badge = shown.first.locator(".badge button").nth(1)
    badge.focus()
    tip, button = shown.first.locator(".tip").nth(1).bounding_box(), badge.bounding_box()
    assert 0 <= tip["y"] - (button["y"] + button["height"]) < 20
    assert abs(tip["x"] - button["x"]) < 20
    top = """([x, y]) => document.querySelector("dna-view").shadowRoot.elementFromPoint(x, y).closest(".tip") !== null"""
    assert shown.page.evaluate(top, [tip["x"] + 20, tip["y"] + tip["height"] - 12])
