"""What a viewer is started with: a wrong type or value gets a sentence, and nothing is made to fit in silence."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.errors import UserError
from captum_dna.insights import Insights
from captum_dna.insights.limits import Limits
from tests.toy import dna

DATA = {"a": dna(40)}


def started(model, **arguments):
    """Start a viewer, listen, and end it; return what it answers to and where it listens."""
    viewer = Insights({"demo": model}, DATA, **{"store": False} | arguments)
    try:
        viewer.serve()
        return viewer.app.extensions["captum_dna guard"], viewer.url
    finally:
        viewer.stop()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"port": 70000}, r"`port` must be a whole number from 0 to 65535, not 70000\."),
        ({"port": -1}, "from 0 to 65535"),
        ({"port": "8000"}, "from 0 to 65535"),
        ({"port": True}, "from 0 to 65535"),
        ({"host": ""}, "the name or address of this machine"),
        ({"host": None}, "the name or address of this machine"),
        ({"host": "300.1.1.1"}, "Name an address of this machine"),
        (
            {"hosts": ["https://lab.org"]},
            "Each of `hosts` is the name of a host, without scheme, port and path",
        ),
        ({"hosts": ["lab.org:8000"]}, "without scheme, port and path"),
        ({"hosts": ["*"]}, "without scheme, port and path"),
        ({"hosts": 3}, "`hosts` must be a list of strings"),
        ({"frame_ancestors": "x y"}, "Each of `frame_ancestors` is an origin"),
        ({"frame_ancestors": ["https://a.org; script-src *"]}, "is an origin"),
        ({"token": True}, "at least 16 characters"),
        ({"token": ""}, "at least 16 characters"),
        ({"token": "with a blank in between"}, "without blanks"),
        ({"token": "\u00e9" * 20}, "of ASCII"),
        ({"name": 3}, "`name` must be text"),
        ({"limits": {"jobs": 3}}, r"Limits\(\.\.\.\)"),
        ({"base_path": None}, "A base path has letters"),
        ({"store": True}, "`store` must be the path of a folder"),
        ({"stroe": "x"}, r"has no option 'stroe' \(did you mean `store=`\?\)"),
        ({"store": ""}, "`store` must be the path of a folder"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(model, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        started(model, **arguments)


def test_one_text_is_one_name_and_not_its_letters(model):
    guard, _ = started(model, hosts="Lab.org", frame_ancestors="https://hub.org")
    assert "lab.org" in guard.hosts
    assert not {"l", "a", "b"} & guard.hosts
    assert "frame-ancestors https://hub.org" in guard.headers["Content-Security-Policy"]


def test_a_token_of_ones_own_stands_in_the_address_as_it_can_be_opened(model):
    guard, url = started(model, token="a&b#c%d+e?f/g=hi")
    assert guard.token == "a&b#c%d+e?f/g=hi"  # noqa: S105 - likewise
    assert url.endswith("/?token=a%26b%23c%25d%2Be%3Ff%2Fg%3Dhi")


@pytest.mark.parametrize("names", [(1, "1"), ("a\ud800", "a?"), (" ",), ("",)])
def test_models_have_names_of_their_own(model, names):
    with pytest.raises(UserError, match="Each model needs a name"):
        Insights(dict.fromkeys(names, model), DATA, store=False)


@pytest.mark.parametrize("value", [-1, "3", None, 1.5, True])
def test_limits_are_whole_numbers(value):
    with pytest.raises(UserError, match="`jobs` must be a whole number, at least 0"):
        Limits(jobs=value)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=5),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)
NAMED = sorted(
    set(inspect.signature(Insights).parameters) - {"model_or_models", "data", "reading", "store", "host"}
)


@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(NAMED), ODD)
def test_no_argument_ends_in_a_traceback(model, name, value):
    """A sentence of ours, or a viewer that listens where and as it was told."""
    try:
        guard, url = started(model, **{name: value})
    except (UserError, FileNotFoundError):
        return
    assert name not in ("port", "token") or value in (0, None, False) or str(value) in url
    if name == "hosts":
        assert guard.hosts >= ({value.lower()} if isinstance(value, str) else set(value))


def test_the_home_of_a_user_that_there_is_not_is_told(model):
    with pytest.raises(FileNotFoundError, match="there is no such home folder"):
        started(model, store="~nouser/x")
