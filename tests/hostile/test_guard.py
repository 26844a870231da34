"""Names and origins that are almost ours: only those that are ours, letter by letter, get in."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from captum_dna.core.sequences import Sequence
from captum_dna.insights.app import create_app
from tests.hostile.conftest import times
from tests.hostile.tally import trying
from tests.toy import dna

TOKEN = "a word of the tests' own"  # noqa: S105 - it protects nothing
OURS = ("127.0.0.1", "localhost", "[::1]")
ALLOWED = "lab.example"
PORT = r"(:[0-9]{1,5})?"
IS_OURS = re.compile(f"({'|'.join(map(re.escape, (*OURS, ALLOWED)))}){PORT}", re.ASCII)
IS_ALLOWED = re.compile(re.escape(ALLOWED) + PORT, re.ASCII)
PIECES = (
    *OURS, ALLOWED, ":80", ":8000", ":0", "evil.example", "@", ":", "/", "#", "?", "\\", ".", "..", "%00", "%2e", "-", "_",
    "0x7f.0.0.1", "2130706433", "127.1", "0", "::1", "[::ffff:127.0.0.1]", "[", "]", ",", ";", "LOCALHOST",
    "\u0661", "\u017f", "\u212a", "http://", "https://", "//", "null", "'", '"', "~", "*", "user:x@",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
SCHEMES = st.sampled_from(
    ["http://", "https://", "HTTP://", "file://", "ftp://", "", "//", "http:", "null", "http:/"]
)
often = settings(max_examples=times(60, 4000), suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def app(model):
    made = create_app({"demo": model}, [Sequence("a", dna(60, 1))], token=TOKEN, hosts=[ALLOWED])
    yield made
    made.extensions["captum_dna"].close()


def status(app, method, **headers):
    given_ = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"} | headers
    environ = {f"HTTP_{name.upper()}": value.encode().decode("latin-1") for name, value in given_.items()}
    environ["CONTENT_TYPE"] = "application/json"
    path = "/api/config" if method == "GET" else "/api/jobs"
    return app.test_client().open(path, method=method, data="{}", environ_overrides=environ).status_code


@often
@given(NAMES)
@example("[127.0.0.1]")
@example("127.0.0.1:800")
@example("127.0.0.1@evil.example")
@trying("host names that are almost ours")
def test_only_our_names_are_answered(app, name):
    ours = IS_OURS.fullmatch(name.lower()) is not None
    assert status(app, "GET", host=name) == (200 if ours else 421)


@often
@given(SCHEMES, NAMES, st.sampled_from([f"{OURS[0]}:8000", f"{OURS[1]}:80", ALLOWED]))
@trying("origins that are almost ours")
def test_only_our_own_pages_change_anything(app, scheme, name, host):
    ours = scheme in ("http://", "https://") and (
        name == host or IS_ALLOWED.fullmatch(name.lower()) is not None
    )
    found = status(app, "POST", host=host, origin=scheme + name)
    assert found == (422 if ours else 403)
