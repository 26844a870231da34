"""Jobs in the page, across restarts, kills, full disks and damaged stores of a real server."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from captum_dna.insights import Insights
from captum_dna.insights.database import FILE

pytestmark = pytest.mark.browser

TOKEN = "a-token-that-is-long-enough"  # noqa: S105 - of these tests alone
SERVE = """
import sys, torch
torch.set_num_threads(1)
from captum_dna.insights import Insights
from tests import held
held.register()
path, store, token = sys.argv[1:]
viewer = Insights("demo", path, store=store, token=token, name="set").serve()
print(viewer.url, flush=True)
for line in sys.stdin:
    held.GATE.shut()
    held.GATE.allow(int(line))
"""
HELD = "track=*held"


def write(path: Path, count: int, length: int = 100) -> Path:
    """Write a FASTA file of random sequences."""
    rng = random.Random(count)  # noqa: S311 - no secret
    path.write_text("".join(f">s{i}\n{''.join(rng.choices('ACGT', k=length))}\n" for i in range(count)))
    return path


class Served:
    """A server in a process of its own, which can be killed."""

    def __init__(self, data: Path, store: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(data), str(store), TOKEN],
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = self.process.stdout.readline().strip()
        self.port = int(re.search(r":(\d+)/", self.url)[1])

    def allow(self, answers: int) -> None:
        """Let so many more of the method ``"held"`` through, whatever was allowed before."""
        print(answers, file=self.process.stdin, flush=True)

    def kill(self) -> None:
        with self.process:
            os.kill(self.process.pid, signal.SIGKILL)


@pytest.fixture
def served(tmp_path):
    made = Served(write(tmp_path / "set.fa", 40, 60), tmp_path / "store")
    yield made
    if made.process.returncode is None:
        made.kill()


def explain_all(page) -> None:
    """Begin a job, which opens the menu of jobs."""
    page.page.locator(".explain-all").click()
    page.page.locator("#jobs[open]").wait_for()


def job(page, words: str):
    """Return a job of the menu."""
    return page.page.locator(".job").filter(has_text=words)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux keeps the files of one process from growing.")
def test_a_job_outlives_a_full_disk_and_a_killed_server(visit, served, held, tmp_path):
    import resource

    served.allow(1)
    page = visit(HELD, url=served.url)
    page.pictured("Scores converged to")
    full = max(path.stat().st_size for path in (tmp_path / "store").iterdir()) + 30_000
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    served.allow(40)
    explain_all(page)
    stopped = job(page, "Explaining 40").filter(has_text="The disk is full. Free some space")
    stopped.wait_for()
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    served.allow(3)
    stopped.get_by_role("button", name="Resume").click()
    # How long is left depends on the machine's speed: below a second it is "nearly done".
    job(page, "Explaining 40").filter(has_text=re.compile("left|nearly done")).wait_for()
    served.kill()
    page.page.locator("#gone").wait_for()
    held.open()
    with Insights(
        "demo", tmp_path / "set.fa", store=tmp_path / "store", token=TOKEN, port=served.port, name="set"
    ):
        page.page.locator("#gone").wait_for(state="hidden")
        left = job(page, "Explaining 40").filter(has_text="interrupted when the server stopped")
        left.wait_for()
        done = int(re.search(r"stopped, (\d+) of 40", left.inner_text())[1])
        assert 0 < done < 40
        left.get_by_role("button", name="Resume").click()
        job(page, "Explaining 40").filter(has_text="done, 40 of 40").wait_for()
        page.says(".pane-set h2 small", "40 of 40 explained")


def test_a_cancelled_job_and_its_results_are_there_after_a_restart(visit, held, tmp_path):
    data, store = write(tmp_path / "set.fa", 80, 60), tmp_path / "store"
    with Insights("demo", data, store=store) as viewer:
        held.allow(8)
        page = visit(HELD, url=viewer.url)
        explain_all(page)
        page.until("parseInt(document.querySelector('.pane-set h2 small').textContent) > 3")
        job(page, "Explaining 80").get_by_role("button", name="Cancel").click()
        held.open()
        cancelled = job(page, "Explaining 80").filter(has_text="cancelled")
        cancelled.wait_for()
        done = re.search(r"cancelled, (\d+) of 80", cancelled.inner_text())[1]
        page.says(".pane-set h2 small", f"{done} of 80 explained")
        page.page.goto("about:blank")
    with Insights("demo", data, store=store) as viewer:
        page = visit(HELD, url=viewer.url)
        page.says(".pane-set h2 small", f"{done} of 80 explained")
        page.page.locator("#jobs summary").click()
        job(page, "Explaining 80").filter(has_text=f"cancelled, {done} of 80").wait_for()
        assert page.page.locator(".row .strip:visible").count() > 3


def test_one_bad_sequence_fails_and_the_others_go_on(visit, tmp_path):
    data = write(tmp_path / "set.fa", 4)
    data.write_text(data.read_text() + f">too long\n{'ACGTTGCA' * 80}\n>too short\nACG\n")
    with Insights("demo", data, store=False) as viewer:
        page = visit("track=*deeplift", url=viewer.url)
        page.says(".pane-set .wrong", "The model cannot read 2")
        explain_all(page)
        row = job(page, "Explaining 6").filter(has_text="done, 6 of 6, 2 failed")
        row.wait_for()
        assert "too long: Sequence 'too long' has 640 bases" in row.inner_text()
        assert "with Windows set to auto above the picture" in row.inner_text()
        page.says(".pane-set h2 small", "4 of 6 explained")
        page.page.keyboard.press("Escape")
        page.page.locator(".row").filter(has_text="too long").click()
        assert "at most 515 bases" in page.says("#pane-picture .error", "too long")
        page.page.get_by_role("button", name="Explain in overlapping windows").click()
        page.pictured("2 of 2 windows complete")
        page.says('.row[aria-selected="true"] .prob', "%")
        page.until("document.querySelector('[data-control=target-0]').textContent.includes('other, ')")
        assert "windows=auto" in page.address
        page.page.locator(".row").filter(has_text="too short").click()
        page.says("#pane-picture .error", "'too short' has 3 bases")
        expect(page.page.get_by_role("button", name="Explain in overlapping windows")).to_be_hidden()


def test_windows_are_of_a_length_and_what_is_impossible_is_told_at_its_control(visit, tmp_path):
    data = write(tmp_path / "set.fa", 1, 400)
    with Insights("demo", data, store=False) as viewer:
        page = visit("track=*deeplift", url=viewer.url)
        page.choose("window_length", "own")
        length = page.page.locator('[data-control="window_length"]')
        assert length.input_value() == "515"
        length.fill("2000")
        length.press("Enter")
        page.says("#pane-picture .error", "Windows of 2000 bases are too long")
        assert length.get_attribute("aria-invalid") == "true"
        expect(page.page.locator(".filters .error")).to_be_hidden()
        length.fill("200")
        length.press("Enter")
        page.pictured("3 of 3 windows complete")
        page.page.locator('[data-control="overlap"]').fill("120")
        page.page.locator('[data-control="overlap"]').press("Enter")
        page.pictured("4 of 4 windows complete")
        again = visit(page.address.removeprefix("#"), url=viewer.url)
        again.pictured("4 of 4 windows complete")
        again.ask_mutation(200)
        again.page.keyboard.press(
            "g" if again.page.locator('.mutator [data-letter="G"]').is_enabled() else "c"
        )
        again.pictured("after \u2212 before")
        again.page.keyboard.press("u")
        again.choose("windows", "")
        again.pictured("Complete to")
        assert "overlap" not in again.address


def test_a_damaged_store_is_set_aside_said_and_built_anew(visit, tmp_path):
    data, store = write(tmp_path / "set.fa", 3), tmp_path / "store"
    with Insights("demo", data, store=store) as viewer:
        viewer.explain(method="deeplift")
    path = store / FILE
    path.write_bytes(path.read_bytes()[:5000] + os.urandom(5000))
    with Insights("demo", data, store=store) as viewer:
        page = visit("track=*deeplift", url=viewer.url)
        said = page.says("#said .note", "was damaged")
        assert [one.name for one in store.glob("*damaged*.sqlite")] == re.findall(r"renamed to (\S+),", said)
        page.pictured("deeplift")
        explain_all(page)
        page.says(".pane-set h2 small", "3 of 3 explained")
    with Insights("demo", data, store=store) as viewer:
        again = visit("track=*deeplift", url=viewer.url)
        again.says(".pane-set h2 small", "3 of 3 explained")
        assert again.page.locator("#said .note").count() == 0


def test_a_sequence_overtakes_the_running_set_and_its_picture_is_cancelled(visit, held, tmp_path):
    with Insights("demo", write(tmp_path / "set.fa", 30, 60), store=False) as viewer:
        held.allow(1)
        page = visit(HELD, url=viewer.url)
        page.pictured("Scores converged to")
        explain_all(page)
        held.until_come(2)  # the set is under way
        page.page.keyboard.press("Escape")
        page.rows.nth(3).click()
        page.page.locator(".working").get_by_role("button", name="Cancel").click()
        page.says("#pane-picture .said", "Cancelled.")
        page.rows.nth(4).click()
        page.page.locator(".working").get_by_text("Waiting for another job").wait_for()
        held.allow(6)  # at most four for the portion under way, and one for the sequence
        page.says("dna-view h3", "s4")
        page.pictured("Scores converged to")
        assert int(page.page.locator(".pane-set h2 small").inner_text().split()[0]) < 30
