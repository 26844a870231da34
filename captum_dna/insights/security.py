"""Who may ask: the token, the Host header, the origin of what changes something, and the headers of answers.

docs/security.md says what each of these is against.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Response, make_response, redirect, request

from captum_dna.insights.limits import Problem

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN = ("/api/health", "/static/")
"""What needs no token: it holds nothing of the user's."""

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-_]+)(:[0-9]{1,5})?")
_LOST = """<!doctype html><html lang="en"><meta charset="utf-8"><title>captum_dna</title>
<h1>This viewer needs its token</h1>
<p>Open the whole address that was printed when it started; it ends in <code>?token=</code> and a long word.</p>
"""
_ENTER = '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={}">'


@dataclass(frozen=True)
class Guard:
    """The checks of one viewer.

    Parameters
    ----------
    token
        What a request must bring, or ``None`` for no check.
    hosts
        Names under which the viewer may be asked for.
    frame_ancestors
        Origins that may show the page in a frame.
    """

    token: str | None
    hosts: frozenset[str] = LOOPBACK
    frame_ancestors: tuple[str, ...] = field(default=())

    @property
    def cookie(self) -> str:
        """Name of the cookie; another one per viewer, since cookies do not know ports."""
        return f"captum_dna_{self._derived('name')[:12]}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer, those included that the server gives by itself."""
        framed = " ".join(self.frame_ancestors) or "'none'"
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: "
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
        if request.path == "/" and "token" in request.args:
            return self._enter()
        if self.token is None or self._has_token() or request.path.startswith(OPEN):
            return None
        if request.path == "/":
            return Response(_LOST, 401, mimetype="text/html")
        raise Problem("This request needs the token of the viewer: open the address that was printed.", 401)

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
                f"This viewer does not answer to the name {host!r:.80}. If the name is right, start the viewer with "
                "it among its allowed hosts.",
                421,
            )

    def _check_origin(self) -> None:
        """Refuse a change that another site asks for, and one that a plain form could send."""
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        host = request.headers.get("Host")
        foreign = origin is not None and origin not in (f"http://{host}", f"https://{host}")
        if foreign or site not in (None, "same-origin", "none"):
            raise Problem("This request comes from another site, so nothing was changed.", 403)
        if request.mimetype != "application/json":
            raise Problem("Send JSON, with Content-Type: application/json.", 415)

    def _has_token(self) -> bool:
        kind, _, brought = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() in ("bearer", "token") and self._is_token(brought.strip()):
            return True
        return _same(request.cookies.get(self.cookie, ""), self._derived("value"))

    def _is_token(self, brought: str) -> bool:
        return self.token is not None and _same(brought, self.token)

    def _enter(self) -> Response:
        """Set the cookie and lead to the page, its address without the token."""
        if self.token is not None and not self._is_token(request.args["token"]):
            return Response(_LOST, 401, mimetype="text/html")
        # A strict cookie does not go with a redirect that another site began, so there the page itself leads on.
        if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            response = make_response(redirect("/", 303))
        else:
            response = make_response(_ENTER.format("/"))
        if self.token is not None:
            response.set_cookie(
                self.cookie, self._derived("value"), httponly=True, samesite="Strict", path="/"
            )
        return response

    def _derived(self, what: str) -> str:
        return hashlib.sha256(f"captum_dna {what} {self.token}".encode()).hexdigest()


def _same(brought: str, expected: str) -> bool:
    """Tell whether two words are one, in a time that does not tell how far they agree."""
    return hmac.compare_digest(brought.encode(errors="replace"), expected.encode())
