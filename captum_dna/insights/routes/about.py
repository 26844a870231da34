"""What this viewer is: its models, methods, choices, limits and versions."""

from __future__ import annotations

import dataclasses
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from captum_dna._version import __version__
from captum_dna.core.options import OUTPUTS
from captum_dna.core.projection import CONSERVING, PROJECTIONS
from captum_dna.insights.request import PREVIEW, baselines_of
from captum_dna.insights.routes.inputs import answer, viewer
from captum_dna.methods import METHODS
from captum_dna.methods.choice import default_options, words_of

if TYPE_CHECKING:
    from captum_dna.engine.protocol import Method

about = Blueprint("about", __name__, url_prefix="/api")

_PACKAGES = ("captum_dna", "captum", "torch", "transformers", "flask", "waitress", "numpy", "pyarrow")


@about.get("/health")
def health() -> Response:
    """Say that the server answers."""
    return answer({"status": "ok"})


@about.get("/version")
def versions() -> Response:
    """Return the version of captum_dna and of what it stands on."""
    return answer(
        {"python": platform.python_version()} | {package: version(package) for package in _PACKAGES}
    )


@about.get("/config")
def config() -> Response:
    """Return all choices, with their words."""
    here = viewer()
    return answer(
        {
            "title": here.first.name,
            "version": __version__,
            "models": [_model(name) for name in here.models],
            "methods": [_method(name, method) for name, method in METHODS.items()],
            "projections": [
                {"name": name, "words": words, "conserving": name in CONSERVING}
                for name, words in PROJECTIONS.items()
            ],
            "preview": {"method": PREVIEW},
            "limits": dataclasses.asdict(here.limits),
            "kept": here.store.kept,
            "sizes": here.sizes is not None,
            "notices": here.store.notices,
        }
    )


def _model(name: str) -> dict[str, Any]:
    classifier = viewer().models[name]
    return {
        "name": name,
        "labels": classifier.labels,
        "head": classifier.head,
        "max_bases": classifier.max_bases,
        "tokenizer": classifier.encoder.kind,
        "fingerprint": viewer().fingerprints[name],
        "outputs": ["logit"] if classifier.head == "regression" else list(OUTPUTS),
        "baselines": baselines_of(classifier),
        "default": viewer().how({"model": name}).as_json(),
    }


def _method(name: str, method: type[Method]) -> dict[str, Any]:
    return {
        "name": name,
        "words": words_of(method),
        "cost": method.cost,
        "citation": method.citation,
        "complete": method.complete,
        "signed": method.signed,
        "on_path": method.on_path,
        "options": default_options(method),
    }
