"""The head of a request as WSGI has it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    import h11
    from _typeshed.wsgi import WSGIEnvironment


def environ_of(head: h11.Request, client: str, port: int) -> WSGIEnvironment:
    """Return what WSGI says of a request to this port; its body comes later.

    Raises
    ------
    ValueError
        It asks for an address of another kind.
    """
    target = head.target.decode("latin-1")
    if not target.startswith("/"):
        place = urlsplit(target)
        if place.scheme not in ("http", "https"):
            raise ValueError(f"{place.scheme} is not a kind of address for this server.")
        target = f"{place.path or '/'}?{place.query}"
    path, _, query = target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": head.method.decode("latin-1"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.partition("#")[0]).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": f"HTTP/{head.http_version.decode('latin-1')}",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in head.headers:
        if b"_" in name or name in (b"content-length", b"transfer-encoding"):
            continue  # an underscore would pass for a hyphen
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        said = value.decode("latin-1")
        between = "; " if key == "HTTP_COOKIE" else ", "
        environ[key] = f"{environ[key]}{between}{said}" if key in environ else said
    return environ
