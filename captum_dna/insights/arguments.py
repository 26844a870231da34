"""What a viewer is started with, checked before anything is loaded; a wrong type is told, never made to fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.paths import at_home
from captum_dna.insights.limits import Limits
from captum_dna.insights.security import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORTEST_TOKEN = 16
_TOKEN = re.compile(r"[!-~]+")
_NAME = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")
"""Name or address of a host, without scheme and port."""
_ORIGIN = re.compile(r"'self'|https?://(\*\.)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}|\*))?")


def checked_host(host: object) -> str:
    """Return where to listen: a name or an address."""
    if not isinstance(host, str) or not _NAME.fullmatch(host):
        raise UserError(
            f"`host` must be the name or address of this machine to listen on, such as '127.0.0.1', not {host!r:.60}.",
            option="host",
        )
    return host


def checked_port(port: object) -> int:
    """Return a port; 0 for any that is free."""
    return whole_number("port", port, 0, 65535)


def checked_token(token: object, host: str) -> str | Literal[False] | None:
    """Return a token of the user's own, ``None`` for one that is made, or ``False`` for none where that is safe."""
    if token is False and host not in LOOPBACK:
        raise UserError(
            f"A viewer that listens on {host} can be reached from other machines, so it needs a token. "
            "Leave the token on, or listen on 127.0.0.1.",
            option="token",
        )
    if token is None or token is False:
        return token
    if not isinstance(token, str) or len(token) < _SHORTEST_TOKEN or not _TOKEN.fullmatch(token):
        raise UserError(
            f"A token of your own needs at least {_SHORTEST_TOKEN} characters: letters, digits and punctuation of "
            "ASCII, without blanks.",
            option="token",
        )
    return token


def checked_store(store: object) -> Path | Literal[False] | None:
    """Return the folder of results, ``None`` for the usual one, or ``False`` for none."""
    if store is None or store is False:
        return store
    if not isinstance(store, str | Path) or not str(store):
        raise UserError(
            f"`store` must be the path of a folder, or False to keep nothing, not {store!r:.60}.",
            option="store",
        )
    return at_home(store)


def checked_name(name: object) -> str | None:
    """Return what to call the data set."""
    if name is not None and not isinstance(name, str):
        raise UserError(f"`name` must be text, not {name!r:.60}.", option="name")
    return name


def checked_limits(limits: object) -> Limits:
    """Return what requests may ask for at most."""
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise UserError(
            f"`limits` must be a captum_dna.insights.limits.Limits(...), not {limits!r:.60}.", option="limits"
        )
    return limits


def checked_hosts(hosts: object) -> tuple[str, ...]:
    """Return the names to answer to, in lower case and as the Host header has them, without brackets."""
    names = _texts(
        "hosts",
        hosts,
        _NAME.fullmatch,
        "the name of a host, without scheme, port and path, such as 'lab.org'",
    )
    return tuple(name.strip("[]").lower() for name in names)


def checked_frame_ancestors(origins: object) -> tuple[str, ...]:
    """Return the origins that may show the page."""
    return _texts(
        "frame_ancestors", origins, _ORIGIN.fullmatch, "an origin, such as 'https://lab.org' or \"'self'\""
    )


def _texts(option: str, given: object, good: Callable[[str], object], words: str) -> tuple[str, ...]:
    """Return texts; one that is given alone is one, and not its letters."""
    texts = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else None
    if texts is None:
        raise UserError(f"`{option}` must be a list of strings, not {given!r:.60}.", option=option)
    for one in texts:
        if not isinstance(one, str) or not good(one):
            raise UserError(f"Each of `{option}` is {words}, not {one!r:.60}.", option=option)
    return tuple(texts)
