"""Who may ask: the token, the Host header, the origin of what changes something, and the headers of answers.

docs/security.md says what each of these is against.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Request, Response, make_response, redirect, request

from captum_dna.core.errors import UserError
from captum_dna.insights.limits import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask.typing import ResponseReturnValue

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN = ("/api/health", "/static/")
"""What needs no token: it holds nothing of the user's."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOST = re.compile(r"(\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]|[A-Za-z0-9.\-_]+)(:[0-9]{1,5})?")
_LOST = """<!doctype html><html lang="en"><meta charset="utf-8"><title>captum_dna</title>
<h1>This viewer needs its token</h1>
<p>Open the whole address that was printed when it started; it ends in <code>?token=</code> and a long word.</p>
"""
_IGV_STYLES = (
    "sha256-ITHmamcImsZ/Je1xrdtDLZVvRSpj1Zokb6uHXORB824=",
    "sha256-NTwDUA6nIvRRpI2lIBtHJqkV0TlTj4HVmI6vI81fIfM=",
)
"""Hashes of the two style sheets that static/igv/igv.esm.min.js puts into the page when it is loaded."""
_HERE = "./"
"""Where an address with a token leads: the same one without it, whatever a proxy has put before it."""
_ENTER = f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={_HERE}">'


def below_path(path: str) -> str:
    """Return the path below which the viewer is shown, such as ``/viewer``, or ``""`` for the root.

    Raises
    ------
    ValueError
        It is not a path.
    """
    below = "/" + path.strip("/") if isinstance(path, str) and path.strip("/") else ""
    if not isinstance(path, str) or _PREFIX.fullmatch(below) is None:
        raise UserError(
            f"A base path has letters, digits and / . _ ~ -, such as /viewer, not {path!r:.60}.",
            option="base_path",
        )
    return below


class BasePath:
    """Middleware that answers below a path, for a proxy that has other things beside the viewer.

    A proxy that takes the path off before it asks is answered, too.

    Parameters
    ----------
    app
        The application.
    path
        What :func:`below_path` returns.
    """

    def __init__(self, app: WSGIApplication, path: str) -> None:
        self.app, self.path = app, path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application would at the root."""
        asked = environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = self.path
        if self.path and f"{asked}/".startswith(f"{self.path}/"):
            environ["PATH_INFO"] = asked[len(self.path) :]
        return self.app(environ, start_response)


@dataclass(frozen=True)
class Guard:
    """The checks of one viewer.

    Parameters
    ----------
    token
        What a request must bring, or ``None`` for no check.
    hosts
        Names under which the viewer may be asked for, in lower case; a page of any of them that is not this
        machine's own is the viewer's page behind a proxy.
    frame_ancestors
        Origins that may show the page in a frame.
    browses
        Whether the page has a genome browser in it, whose own two style sheets are let in then.
    """

    token: str | None
    hosts: frozenset[str] = LOOPBACK
    frame_ancestors: tuple[str, ...] = field(default=())
    browses: bool = False

    @property
    def cookie(self) -> str:
        """Name of the cookie; another one per viewer, since cookies do not know ports."""
        return f"captum_dna_{self._derived('name')[:12]}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer, those included that the server gives by itself."""
        styles = "".join(f" '{one}'" for one in _IGV_STYLES) if self.browses else ""
        framed = " ".join(self.frame_ancestors) or "'none'"
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'{styles}; connect-src 'self'; img-src 'self' data: "
            f"blob:; base-uri 'none'; form-action 'none'; frame-ancestors {framed}"
        )
        return {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        } | ({} if self.frame_ancestors else {"X-Frame-Options": "DENY"})

    def check(self) -> ResponseReturnValue | None:
        """Refuse a request that must not be answered, or let it pass."""
        self._check_host()
        if request.method in _CHANGING:
            self._check_origin()
        if not request.environ.get("PATH_INFO"):  # the page's files stand beside it
            return redirect(f"{request.root_path}/?{request.query_string.decode('latin-1')}", 303)
        if request.path == "/" and "token" in request.args:
            return self._enter()
        if self.knows(request) or request.path.startswith(OPEN):
            return None
        if request.path == "/":
            return Response(_LOST, 401, mimetype="text/html")
        raise Problem("This request needs the token of the viewer. Open the address that was printed.", 401)

    def protect(self, response: Response) -> Response:
        """Add the headers that keep a browser from doing more than the page needs."""
        headers = response.headers
        headers.update(self.headers)
        if not request.path.startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        return response

    def _check_host(self) -> None:
        """Refuse a name that is not ours: a foreign name that leads here is DNS rebinding."""
        host = request.headers.get("Host", "")
        name = _HOST.fullmatch(host)
        if name is None or name[1].strip("[]").lower() not in self.hosts:
            raise Problem(
                f"This viewer does not accept the host name {host!r:.80}. If the name is right, start the viewer with "
                "it among its allowed hosts.",
                421,
            )

    def _check_origin(self) -> None:
        """Refuse a change that another site asks for, and one that a plain form could send."""
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if not (origin is None or self._is_own(origin)) or site not in (None, "same-origin", "none"):
            raise Problem("This request comes from another site, so nothing was changed.", 403)
        if request.mimetype != "application/json":
            raise Problem("Send JSON, with Content-Type: application/json.", 415)

    def _is_own(self, origin: str) -> bool:
        """Tell whether an origin is that of the page, seen from here or from before a proxy."""
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https"):
            return False
        name = _HOST.fullmatch(host)
        named = name is not None and name[1].strip("[]").lower() in self.hosts - LOOPBACK
        return named or host == request.headers.get("Host")

    def knows(self, asked: Request) -> bool:
        """Tell whether a request brings the token, if there is one."""
        if self.token is None:
            return True
        kind, _, brought = asked.headers.get("Authorization", "").partition(" ")
        if kind.lower() in ("bearer", "token") and self._is_token(brought.strip()):
            return True
        return _same(asked.cookies.get(self.cookie, ""), self._derived("value"))

    def _is_token(self, brought: str) -> bool:
        return self.token is not None and _same(brought, self.token)

    def _enter(self) -> Response:
        """Set the cookie and lead to the page, its address without the token."""
        if self.token is not None and not self._is_token(request.args["token"]):
            return Response(_LOST, 401, mimetype="text/html")
        # A strict cookie does not go with a redirect that another site began, so there the page itself leads on.
        if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            response = make_response(redirect(_HERE, 303))
        else:
            response = make_response(_ENTER)
        if self.token is not None:
            response.set_cookie(
                self.cookie,
                self._derived("value"),
                httponly=True,
                samesite="Strict",
                path=f"{request.root_path}/",
            )
        return response

    def _derived(self, what: str) -> str:
        return hashlib.sha256(f"captum_dna {what} {self.token}".encode()).hexdigest()


def kept_token(folder: Path | None) -> str:
    """Return the token that stays with a store, for its owner's eyes alone; a new one where there is none.

    Parameters
    ----------
    folder
        That of the store; ``None`` for a token that is kept nowhere.
    """
    made = secrets.token_urlsafe(24)
    if folder is None:
        return made
    path = folder / "token"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and _is_private(path.lstat()):
            known = path.read_text("ascii", errors="replace")
            if _TOKEN.fullmatch(known):
                return known
        handle, part = tempfile.mkstemp(dir=folder, prefix=".token-")  # for the owner alone
        with os.fdopen(handle, "w") as file:
            file.write(made)
        Path(part).replace(path)
    except OSError:
        logging.getLogger(__name__).info("The token cannot be kept in %s.", folder, exc_info=True)
    return made


def _is_private(facts: os.stat_result) -> bool:
    """Tell whether nobody but its owner, who we are, can have read or written a file."""
    if os.name != "posix":
        return True
    return stat.S_ISREG(facts.st_mode) and not facts.st_mode & 0o077 and facts.st_uid == os.geteuid()


def _same(brought: str, expected: str) -> bool:
    """Tell whether two words are one, in a time that does not tell how far they agree."""
    return hmac.compare_digest(brought.encode(errors="replace"), expected.encode())
