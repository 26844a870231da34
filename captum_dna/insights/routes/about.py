"""What this viewer is: its models, methods, choices, limits and versions."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app

from captum_dna._version import __version__
from captum_dna.core.options import OUTPUTS, PROJECTIONS
from captum_dna.core.projection import CONSERVING
from captum_dna.evaluation.measures import MEASURES
from captum_dna.insights.api import document, route
from captum_dna.insights.inputs import viewer
from captum_dna.insights.pictures import to_text
from captum_dna.insights.request import PREVIEW, baselines_of
from captum_dna.insights.schema.about import (
    Config,
    ExporterFacts,
    Health,
    MeasureFacts,
    MethodFacts,
    Model,
    Preview,
    ProjectionFacts,
    ReaderFacts,
    Words,
)
from captum_dna.insights.schema.base import Choices
from captum_dna.io.formats import READERS
from captum_dna.methods import METHODS
from captum_dna.methods.choice import default_options, words_of
from captum_dna.model.hooks import inner_layers
from captum_dna.render.exporters import downloads

if TYPE_CHECKING:
    from captum_dna.engine.protocol import Method

about = Blueprint("about", __name__, url_prefix="/api")

_PACKAGES = ("captum_dna", "captum", "torch", "transformers", "flask", "h11", "numpy", "pyarrow")


@route(about, "GET", "/health", {200: Health}, needs_token=False)
def health() -> Health:
    """Say that the server answers."""
    return Health()


@route(about, "GET", "/version", {200: "application/json"})
def versions() -> Response:
    """Return the version of captum_dna and of what it stands on."""
    packages = {"python": platform.python_version()} | {package: version(package) for package in _PACKAGES}
    return Response(to_text(packages), mimetype="application/json")


@route(about, "GET", "/openapi.json", {200: "application/json"})
def openapi() -> Response:
    """Return the document that describes this API."""
    return Response(to_text(document(current_app, __version__)), mimetype="application/json")


@route(about, "GET", "/config", {200: Config})
def config() -> Config:
    """Return all choices, with their words."""
    here = viewer()
    return Config(
        title=here.first.name,
        version=__version__,
        models=[_model(name) for name in here.models],
        methods=[_method(name, method) for name, method in METHODS.items()],
        projections=[
            ProjectionFacts(name=name, words=words, conserving=name in CONSERVING)
            for name, words in PROJECTIONS.items()
        ],
        exporters=[
            ExporterFacts(
                name=name,
                words=one.words,
                title=one.title,
                places=one.places,
                possible=one.missing({"sizes": here.sizes}) is None,
            )
            for name, one in downloads().items()
        ],
        measures=[
            MeasureFacts(name=name, words=one.words, columns=dict(one.columns), citation=one.citation)
            for name, one in MEASURES.items()
        ],
        readers=[
            ReaderFacts(name=name, words=one.words, suffixes=list(one.suffixes))
            for name, one in READERS.items()
        ],
        preview=Preview(method=PREVIEW),
        limits=here.limits,
        kept=here.store.kept,
        sizes=here.sizes is not None,
        genome=here.genome is not None,
        notices=here.store.notices,
    )


def _model(name: str) -> Model:
    classifier = viewer().models[name]
    return Model(
        name=name,
        labels=tuple(classifier.labels),
        head=classifier.head,
        max_bases=classifier.max_bases,
        tokenizer=classifier.encoder.kind,
        fingerprint=viewer().fingerprints[name],
        outputs=["logit"] if classifier.head == "regression" else list(OUTPUTS),
        baselines=[Words(**one) for one in baselines_of(classifier)],
        layers=inner_layers(classifier),
        default=Choices(**viewer().how({"model": name}).as_json()),
    )


def _method(name: str, method: type[Method]) -> MethodFacts:
    return MethodFacts(
        name=name,
        words=words_of(method),
        cost=method.cost,
        citation=method.citation,
        complete=method.complete,
        signed=method.signed,
        on_path=method.on_path,
        compares_with=method().compares_with,
        layered=getattr(method, "layered", False),
        inner=getattr(method, "inner", False),
        options=default_options(method),
    )
