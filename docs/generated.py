"""What the site makes from the code while it is built: the command line and the HTTP interface."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from flask import Flask

from captum_dna._version import __version__
from captum_dna.cli import main
from captum_dna.insights.api import document
from captum_dna.insights.routes import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLE = re.compile(r":(?:func|class|meth|data|mod|attr|exc):(?=<code)")
_WIDTH = 100


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put the reference in the place of its comment."""
    for comment, made in _MADE.items():
        if comment in markdown:
            markdown = markdown.replace(comment, made())
    return markdown


def on_page_content(html: str, **_: object) -> str:
    """Take the roles of Sphinx out of docstrings."""
    return _ROLE.sub("", html).replace("<code>~captum_dna.", "<code>captum_dna.")


def command_line() -> str:
    """Return the help of every command."""
    return "\n".join(_commands(main, click.Context(main, info_name="captum-dna")))


def _commands(command: click.Command, above: click.Context) -> Iterator[str]:
    for name in command.list_commands(above) if isinstance(command, click.Group) else ():
        one = command.get_command(above, name)
        context = click.Context(one, info_name=name, parent=above, terminal_width=_WIDTH)
        yield f"## {name}\n\n```text\n{one.get_help(context)}\n```\n"


def http() -> str:
    """Return a section for every address of the viewer's server."""
    document = _document()
    schemas = document["components"]["schemas"]
    parts = [document["info"]["description"], ""]
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            parts += [f"## {method.upper()} {address}", "", f"{operation['summary']}.", ""]
            parts += _fields("Parameter", [(one["name"], one) for one in operation["parameters"]], schemas)
            if "requestBody" in operation:
                body = _referred(_json(operation["requestBody"]), schemas)
                parts += _fields("Body", list(body["properties"].items()), schemas)
            for status, answer in operation["responses"].items():
                if status == "default":
                    continue
                parts += [f"Answer {status}: {answer['description']}", ""]
                if "application/json" in answer.get("content", {}) and (form := _json(answer)):
                    found = _referred(form, schemas)
                    parts += _fields("Field", list(found.get("properties", {}).items()), schemas)
    return "\n".join(parts)


def _document() -> dict[str, Any]:
    app = Flask("captum_dna.insights", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return document(app, __version__)


def _json(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["content"]["application/json"].get("schema", {})
    return found


def _referred(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return schemas[name] if name else schema


def _fields(title: str, fields: list[tuple[str, dict[str, Any]]], schemas: dict[str, Any]) -> list[str]:
    if not fields:
        return []
    rows = [f"| `{name}` | {_kind(one.get('schema', one))} | {_said(one, schemas)} |" for name, one in fields]
    return [f"| {title} | Type | Meaning |", "|---|---|---|", *rows, ""]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "anything")
    return f"{kind} of {_kind(schema['items'])}" if kind == "array" and schema.get("items") else str(kind)


def _said(one: dict[str, Any], schemas: dict[str, Any]) -> str:
    schema = one.get("schema", one)
    words = (
        one.get("description")
        or schema.get("description")
        or _referred(schema, schemas).get("description", "")
    )
    return " ".join(str(words).split()).replace("|", "\\|")


_MADE = {"<!-- command line -->": command_line, "<!-- http -->": http}
