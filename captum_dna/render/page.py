"""The script of the element as one text, and pages that need nothing but themselves.

The modules in ``static/`` are plain ES modules that a server hands out one by one. A notebook output
or a saved page has no server, so here they are joined, dependencies first, into one classic script.
For that they keep to a few rules, which :func:`bundle` checks: imports are named, from a file beside
them, without renaming; exports stand before a declaration; no top-level name is used twice.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

ENTRY = "dna-view.js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_SIDE_IMPORT = re.compile(r'^import "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const|let) )", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)


@cache
def bundle(entry: str = ENTRY) -> str:
    """Return the module and all that it imports as one classic script; running it twice is harmless."""
    sources: dict[str, str] = {}
    _collect(entry, sources)
    owners: dict[str, str] = {}
    for name, source in sources.items():
        for declared in _DECLARED.findall(source):
            if declared in owners:
                raise ValueError(
                    f"static/{name} and static/{owners[declared]} both declare {declared!r} at the top level; "
                    "joined into one script they would collide, so rename one."
                )
            owners[declared] = name
    joined = "".join(sources.values())
    return f'(() => {{\n"use strict";\nif (customElements.get("dna-view")) return;\n{joined}}})();\n'


def _collect(name: str, sources: dict[str, str]) -> None:
    """Add a module to ``sources`` after all that it imports."""
    if name in sources:
        return
    source = files("captum_dna.static").joinpath(name).read_text(encoding="utf-8")
    for pattern in (_IMPORT, _SIDE_IMPORT):
        for imported in pattern.findall(source):
            _collect(imported, sources)
    source = _SIDE_IMPORT.sub("", _IMPORT.sub("", source))
    source = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", _EXPORT.sub("", source)))
    if left := re.search(r"^(import|export)\b.*", source, re.MULTILINE):
        raise ValueError(
            f"static/{name} has {left.group()!r}, which cannot be joined into one script: import names in "
            'braces from "./file.js" and export declarations only.'
        )
    if "</script" in source.lower():
        raise ValueError(f"static/{name} contains '</script', which would end the script it is part of.")
    sources[name] = source


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
    style = files("captum_dna.static").joinpath("page.css").read_text(encoding="utf-8")
    script = bundle()
    return template.substitute(
        title=escape(title),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        body=body,
    )


def _hash(text: str) -> str:
    """Return the source expression that a content security policy knows an inline text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
