from __future__ import annotations

import pytest

import captum_dna
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.insights import Insights
from tests.insights.client import Client
from tests.toy import dna

MARKUP = "<script>alert(1)</script>\"'&"


def some_sequences() -> list[Sequence]:
    """Return six labelled sequences; the first holds a TATA box, the second turned markup in its name."""
    box = dna(30, 1) + "TATAAAAG" + dna(30, 2)
    return [
        Sequence("box", box, "TATA promoter", Interval("chr1", 100, 168, "+"), origin=60),
        Sequence(f"box turned {MARKUP}", captum_dna.Sequence("x", box).reverse_complement().bases, "other"),
        Sequence("plain a", dna(60, 3), "other"),
        Sequence("plain b", dna(50, 4).lower(), "other"),
        Sequence("unknown", dna(40, 5)),
        Sequence("Plain C", dna(70, 6).replace("TATAAAAG", "GGGGGGGG"), "TATA promoter"),
    ]


@pytest.fixture(scope="session")
def model():
    return captum_dna.load("demo")


@pytest.fixture(scope="session")
def viewer(model, tmp_path_factory):
    """Return a viewer that all tests may read from and explain in."""
    folder = tmp_path_factory.mktemp("store")
    with Insights({"demo": model}, some_sequences(), store=folder, name="some", sizes={"chr1": 1000}) as made:
        yield made


@pytest.fixture(scope="session")
def client(viewer):
    found = Client(viewer.url)
    found.predicted()
    return found


@pytest.fixture(scope="session")
def explained(client):
    """Return the client once all rows are explained by DeepLIFT."""
    job = client.post("/api/jobs", {"dataset": client.dataset()["id"], "how": {"method": "deeplift"}}).json
    assert client.job_done(job)["failures"] == []
    return client
