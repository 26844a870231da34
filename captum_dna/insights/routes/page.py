"""The page and its files."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, render_template_string, request

from captum_dna._version import __version__
from captum_dna.insights.api import route
from captum_dna.insights.inputs import viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.schema.about import Entry
from captum_dna.render.page import module, style_sheet

page = Blueprint("page", __name__)

_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
_WORTH_PACKING = 1000
_SCRIPT = "viewer/viewer.js"


@route(page, "GET", "/", {200: "text/html", 303: None, 401: "text/html"}, query=Entry)
def show(query: Entry) -> Response:  # noqa: ARG001 - the guard has dealt with the token
    """Return the page; with ?token=, set the cookie and lead to itself without the token."""
    template = files("captum_dna.templates").joinpath("viewer.html").read_text(encoding="utf-8")
    title = f"{viewer().first.name} - captum_dna"
    genome = viewer().genome is not None
    return Response(render_template_string(template, title=title, version=__version__, genome=genome))


@route(page, "GET", "/static/<path:path>", {200: "*/*", 304: None}, needs_token=False)
def static(path: str) -> Response:
    """Return a file of the page; its name is looked up, never joined to a path."""
    names = _names()
    if path not in names:
        raise Problem("There is no such file here.", 404)
    content, packed, tag = _file(path)
    suffix = path[path.rfind(".") :]
    kind = _KINDS.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = Response(content, mimetype=kind)
    if len(content) > _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(tag)
    response.make_conditional(request)
    return response


@cache
def _names() -> frozenset[str]:
    """Return the files that pages may load."""
    top = files("captum_dna.static")
    found = {item.name for item in top.iterdir() if item.is_file()}
    for folder in (item for item in top.iterdir() if item.is_dir()):
        found |= {f"{folder.name}/{item.name}" for item in folder.iterdir() if item.is_file()}
    return frozenset(name for name in found if name.endswith((".js", ".css", ".svg", ".png", ".ico")))


@cache
def _file(path: str) -> tuple[bytes, bytes, str]:
    """Return a file as it is, packed, and its hash; the page's script comes with all that it imports."""
    if path == _SCRIPT:
        content = module(path).encode()
    elif path.endswith(".css"):
        content = style_sheet(path).encode()
    else:
        content = files("captum_dna.static").joinpath(*path.split("/")).read_bytes()
    return content, gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:16]
