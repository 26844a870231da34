"""How a function becomes a route of the API, and the document that describes all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response
from werkzeug.routing import IntegerConverter

from captum_dna.insights.inputs import in_address, in_body
from captum_dna.insights.pictures import to_text
from captum_dna.insights.schema.base import Answer, Error, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Blueprint, Flask

    View = Callable[..., Answer | tuple[Answer, int] | Response]

ABOUT = (
    'What the page of the viewer asks its server. Every error is `{"error": sentence, "field": name or null}`. Every '
    "request but those marked otherwise needs the token: as the cookie that opening `/?token=...` sets, or as "
    "`Authorization: Bearer ...`. POST and DELETE need `Content-Type: application/json` (with a JSON object, `{}` if "
    "nothing else) and, from a browser, the same origin."
)
_PATHS = {
    "dataset": "Id of the data set",
    "row": "Index in the data set, from 0",
    "job": "Id of the job",
    "form": "Name of the file",
    "path": "Name of the file, with its folders",
}
_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
_REF = "#/components/schemas/{name}"


class Index(IntegerConverter):
    """A whole number in an address, in ASCII digits."""

    regex = "[0-9]{1,18}"


@dataclass(frozen=True)
class Operation:
    """What one route takes and gives.

    Parameters
    ----------
    summary
        What it does.
    query, body
        Classes of the query parameters and of the JSON object that it takes; ``None`` for none.
    answers
        Class of the answer, or its media type, by status.
    open
        Whether it needs no token.
    """

    summary: str
    query: type[Request] | None
    body: type[Request] | None
    answers: Mapping[int, type[Answer] | str | None]
    open: bool


def route(
    blueprint: Blueprint,
    method: str,
    rule: str,
    answers: Mapping[int, type[Answer] | str | None],
    *,
    query: type[Request] | None = None,
    body: type[Request] | None = None,
    needs_token: bool = True,
) -> Callable[[View], View]:
    """Make a function a route: it gets its request checked, and its answer is written as JSON.

    The function returns an answer, an answer and its status, or a whole response.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def serve(**path: object) -> Response:
            if query is not None:
                path["query"] = in_address(query)
            if body is not None:
                path["body"] = in_body(body)
            found = view(**path)
            if isinstance(found, Response):
                return found
            content, status = found if isinstance(found, tuple) else (found, 200)
            return Response(to_text(content), status, mimetype="application/json")

        summary = (view.__doc__ or "").strip().splitlines()[0].rstrip(".")
        serve.operation = Operation(summary, query, body, answers, not needs_token)  # type: ignore[attr-defined]  # a function takes attributes, which its type does not say
        blueprint.add_url_rule(rule, view.__name__, serve, methods=[method])
        return view

    return decorate


# --- the document --------------------------------------------------------------------------------------


def document(app: Flask, version: str) -> dict[str, object]:
    """Return the OpenAPI document of an application's routes."""
    operations: list[tuple[str, str, str, Operation]] = [
        (rule.rule, method.lower(), rule.endpoint, operation)
        for rule in app.url_map.iter_rules()
        if (operation := getattr(app.view_functions[rule.endpoint], "operation", None)) is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    classes: dict[type[msgspec.Struct], None] = {Error: None}
    for *_, one in operations:
        for form in (one.query, one.body, *one.answers.values()):
            if isinstance(form, type):
                classes[form] = None
    _, schemas = msgspec.json.schema_components(list(classes), ref_template=_REF)
    paths: dict[str, dict[str, dict[str, object]]] = {}
    for where, method, endpoint, one in operations:
        path = _VARIABLE.sub(r"{\2}", where)
        paths.setdefault(path, {})[method] = _described(where, endpoint, one, schemas)
    queries = {one.query.__name__ for *_, one in operations if one.query is not None}
    referred = repr((paths, schemas))
    alone = {name for name in queries if repr(_REF.format(name=name)) not in referred}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "captum_dna viewer",
            "version": version,
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
            "description": ABOUT,
        },
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in alone},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "captum_dna_..."},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _described(rule: str, endpoint: str, one: Operation, schemas: Mapping[str, Any]) -> dict[str, object]:
    kinds = {"int": {"type": "integer", "minimum": 0}}
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATHS[name],
            "schema": kinds.get(kind, {"type": "string"}),
        }
        for kind, name in _VARIABLE.findall(rule)
    ]
    if one.query is not None:
        parameters += [
            {"name": name, "in": "query", "schema": schema}
            for name, schema in schemas[one.query.__name__]["properties"].items()
        ]
    described: dict[str, object] = {
        "operationId": endpoint.replace(".", "_"),
        "tags": [endpoint.partition(".")[0]],
        "summary": one.summary,
        "parameters": parameters,
        "responses": {str(status): _response(form) for status, form in one.answers.items()}
        | {"default": _response(Error)},
    }
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": _content(one.body)}
    if one.open:
        described["security"] = []
    return described


def _response(form: type[Answer] | str | None) -> dict[str, object]:
    if form is None:
        return {"description": "Nothing more to say"}
    if isinstance(form, str):
        return {"description": "A file", "content": {form: {}}}
    return {"description": (form.__doc__ or "").strip().splitlines()[0], "content": _content(form)}


def _content(form: type[Answer | Request]) -> dict[str, object]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=form.__name__)}}}
