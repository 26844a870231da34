"""The application factory: models and data in, a WSGI application out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from captum_dna.core.errors import UserError
from captum_dna.insights.api import Index
from captum_dna.insights.arguments import (
    checked_frame_ancestors,
    checked_hosts,
    checked_limits,
    checked_name,
)
from captum_dna.insights.database import StoreError
from captum_dna.insights.datasets import Dataset, printable
from captum_dna.insights.limits import Problem
from captum_dna.insights.pictures import to_text
from captum_dna.insights.routes import BLUEPRINTS
from captum_dna.insights.schema.base import Error
from captum_dna.insights.security import LOOPBACK, BasePath, Guard, below_path
from captum_dna.insights.store import Store
from captum_dna.insights.typed import prepare
from captum_dna.insights.viewer import Viewer
from captum_dna.io.genome import chromosome_sizes
from captum_dna.io.readers import read_as
from captum_dna.io.reading import Reading
from captum_dna.model.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from typing_extensions import Unpack

    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.insights.genome import GenomeView
    from captum_dna.insights.limits import Limits
    from captum_dna.io.reading import ReadingOptions
    from captum_dna.model.classifier import Classifier

EXTENSION = "captum_dna"
"""Where an application keeps its :class:`captum_dna.insights.viewer.Viewer`."""
GUARD = "captum_dna guard"


def create_app(
    model_or_models: ModelLike | Mapping[str, ModelLike],
    data: SequencesLike,
    *,
    store: str | Path | None = None,
    token: str | None = None,
    name: str | None = None,
    limits: Limits | None = None,
    hosts: Iterable[str] = (),
    base_path: str = "",
    frame_ancestors: Iterable[str] = (),
    sizes: Mapping[str, int] | str | Path | None = None,
    browse: GenomeView | None = None,
    **reading: Unpack[ReadingOptions],
) -> Flask:
    """Return a WSGI application that shows what models read in sequences.

    Parameters
    ----------
    model_or_models
        What :func:`captum_dna.load` takes, or a mapping of names to such.
    data
        What :func:`captum_dna.read` takes.
    store
        Folder in which results are kept; ``None`` to forget them at the end.
    token
        What requests must bring; ``None`` asks for none, which is for tests and behind other protection.
    name
        What to call the data set.
    limits
        What requests may ask for at most.
    hosts
        Host names to answer to, besides those of this machine alone.
    base_path
        Path under which a proxy shows the viewer, such as ``/viewer``.
    frame_ancestors
        Origins that may show the page in a frame; none by default.
    sizes
        Of the chromosomes, which bigWig files need: a genome's FASTA file, its index, a table or a mapping.
    browse
        A genome to show above the pictures. See :func:`captum_dna.insights.browse.browse`.
    **reading
        How to read ``data``: ``column=``, ``split=``, ``genome=`` and so on, as for :func:`captum_dna.read`.

    Raises
    ------
    ValueError
        Models, data or folder that cannot be used, with the reason.

    Examples
    --------
    >>> app = create_app("demo", {"a": "ACGTTGCATATAAAAGGCATGCCA" * 4})
    >>> app.test_client().get("/api/health").json
    {'status': 'ok'}
    >>> app.extensions["captum_dna"].close()
    """
    if token is not None and not (isinstance(token, str) and token):
        raise UserError(f"`token` must be text, or None to ask for none, not {token!r:.60}.", option="token")
    most, named = checked_limits(limits), checked_name(name)
    below = below_path(base_path)
    guard = Guard(
        token,
        LOOPBACK | set(checked_hosts(hosts)),
        checked_frame_ancestors(frame_ancestors),
        browse is not None,
    )
    prepare()
    models = _models(model_or_models)
    sequences = list(read_as(data, Reading.of(create_app, reading)))
    called = printable(named or (data if isinstance(data, str) and len(data) < 80 else "Sequences"))
    kept = Store(store)
    try:
        viewer = Viewer(
            models,
            Dataset(sequences, called),
            kept,
            most,
            None if sizes is None else chromosome_sizes(sizes),
            browse,
        )
    except BaseException:
        kept.close()
        raise
    app = Flask("captum_dna.insights", static_folder=None, template_folder=None)
    app.url_map.converters["int"] = Index
    app.wsgi_app = BasePath(app.wsgi_app, below)  # type: ignore[method-assign]  # as Flask's documentation tells it
    app.config["MAX_CONTENT_LENGTH"] = most.body_bytes
    app.extensions[EXTENSION] = viewer
    app.before_request(guard.check)
    app.after_request(guard.protect)
    app.extensions[GUARD] = guard
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(StoreError, _store)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    viewer.start()
    return app


def refusal(app: Flask, status: int) -> Response:
    """Return the answer to what is not a request at all, for the server to give."""
    response = _told(_SENTENCES.get(status, "This request cannot be read."), status)
    response.headers.update(app.extensions[GUARD].headers)
    return response


def _models(given: ModelLike | Mapping[str, ModelLike]) -> dict[str, Classifier]:
    """Return models by name, loaded; nothing is loaded later."""
    if isinstance(given, Mapping):
        if not given:
            raise ValueError("Give at least one model.")
        names = [printable(str(name)) for name in given]
        for i, name in enumerate(names):
            if not name.strip() or name in names[:i]:
                raise UserError(f"Each model needs a name, and {name!r} is not one. Rename it.")
        return {name: load(model) for name, model in zip(names, given.values(), strict=True)}
    classifier = load(given)
    return {classifier.name: classifier}


_SENTENCES = {
    400: "This request cannot be read.",
    404: "There is no such page here.",
    408: "This request did not finish in time. Send it again.",
    405: "This address does not take that kind of request.",
    413: "This is too much at once. Start the viewer with the file instead, or paste fewer sequences.",
    429: "Too much is being sent at once. Try again in a moment.",
    431: "The address or the headers of this request are too long.",
}


def _told(sentence: str, status: int, field: str | None = None) -> Response:
    refusal = Error(error=printable(sentence), field=None if field is None else printable(field))
    return Response(to_text(refusal), status, mimetype="application/json")


def _problem(problem: Problem) -> Response:
    return _told(problem.sentence, problem.status, problem.field)


def _store(error: StoreError) -> Response:
    return _told(str(error), 507)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    response = _told(_SENTENCES.get(status, error.name + "."), status)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _unforeseen(error: Exception) -> Response:
    """Say that it is our mistake; the reason goes to the log, not to the page."""
    logging.getLogger("captum_dna.insights").error(
        "%s %s failed.", request.method, request.path, exc_info=error
    )
    return _told("Internal error. See the server log.", 500)
