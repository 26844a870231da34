"""The scripts of ``static/`` as one text, and pages that need nothing but themselves.

The modules in ``static/`` are plain ES modules. A notebook output or a saved page has no server, and a
browser asks a server for sixty files more slowly than for one, so here they are joined, dependencies
first: each becomes a function that is called once and returns what it exports. For that they keep to a
few rules, which are checked: imports are named, from a file of the folder; exports stand before a
declaration; nothing imports in a circle.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib.resources import files
from posixpath import dirname, join, normpath
from string import Template

from captum_dna.core.colours import variables

ENTRY = "element/dna-view.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_SIDE_IMPORT = re.compile(r'^import "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const|let) (\w+))", re.MULTILINE)
_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)


@cache
def bundle(entry: str = ENTRY) -> str:
    """Return the module and all that it imports as one classic script; running it twice is harmless."""
    return f'(() => {{\n"use strict";\nif (customElements.get("dna-view")) return;\n{_joined(entry)}}})();\n'


@cache
def module(entry: str) -> str:
    """Return the module and all that it imports as one ES module, whose default export is what it exports."""
    return f"{_joined(entry)}export default {_variable(entry)};\n"


def _joined(entry: str) -> str:
    sources: dict[str, str] = {}
    _collect(entry, sources, ())
    return "".join(sources.values())


def _collect(name: str, sources: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module to ``sources`` after all that it imports."""
    if name in sources:
        return
    if name in importers:
        raise ValueError(f"static/{name} imports itself by way of {', '.join(importers)}.")
    source = files("captum_dna.static").joinpath(name).read_text(encoding="utf-8")

    def path(relative: str) -> str:
        return normpath(join(dirname(name), relative))

    for found in (*(m[2] for m in _IMPORT.finditer(source)), *_SIDE_IMPORT.findall(source)):
        _collect(path(found), sources, (*importers, name))
    exports = ", ".join(_EXPORT.findall(source))
    source = _IMPORT.sub(
        lambda m: f"const {{{m[1].replace(' as ', ': ')}}} = {_variable(path(m[2]))};\n", source
    )
    source = _SIDE_IMPORT.sub("", source)
    source = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", _EXPORT.sub("", source)))
    if left := re.search(r"^(import|export)\b.*", source, re.MULTILINE):
        raise ValueError(
            f"static/{name} has {left.group()!r}, which cannot be joined into one script: import names in "
            'braces from "./file.js" and export declarations only.'
        )
    if "</script" in source.lower():
        raise ValueError(f"static/{name} contains '</script', which would end the script it is part of.")
    sources[name] = f"const {_variable(name)} = (() => {{\n{source}return {{ {exports} }};\n}})();\n"


def _variable(name: str) -> str:
    """Return the variable that holds what a module exports."""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


@cache
def style_sheet(*names: str) -> str:
    """Return style sheets of ``static/`` as one, with the colours of both themes; paper is light."""
    top = files("captum_dna.static")
    own = "".join(top.joinpath(name).read_text(encoding="utf-8") for name in names)
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables('dark')} }} }}"
    return f":root {{ {variables('light')} }}\n{dark}\n{own}"


def page(title: str, body: str) -> str:
    """Return a whole HTML page that makes no request and runs no script but the element's own.

    Parameters
    ----------
    title
        Plain text; it is escaped here.
    body
        HTML that is safe already, without the script.
    """
    template = Template(files("captum_dna.templates").joinpath("page.html").read_text(encoding="utf-8"))
    style = style_sheet("element/page.css")
    script = bundle()
    return template.substitute(
        title=escape(title),
        style=style,
        style_hash=policy_hash(style),
        script=script,
        script_hash=policy_hash(script),
        body=body,
    )


def policy_hash(text: str) -> str:
    """Return the source expression that a content security policy knows an inline text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
