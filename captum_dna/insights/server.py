"""``Insights``: the viewer as an object of Python, served from a daemon thread."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from flask import Request
from werkzeug.wrappers import Response

from captum_dna.core.errors import UserError
from captum_dna.core.signals import sigterm_interrupts
from captum_dna.core.slips import names_slips
from captum_dna.insights.app import EXTENSION, GUARD, create_app, refusal
from captum_dna.insights.arguments import (
    checked_host,
    checked_hosts,
    checked_port,
    checked_store,
    checked_token,
)
from captum_dna.insights.limits import Problem
from captum_dna.insights.listener import Listener
from captum_dna.insights.security import Guard, below_path, kept_token
from captum_dna.io.reading import Reading
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from anywidget import AnyWidget
    from flask import Flask
    from typing_extensions import Self, Unpack

    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.insights.genome import GenomeView
    from captum_dna.insights.limits import Limits
    from captum_dna.io.reading import ReadingOptions

_WORK = re.compile(r"/(summary|contrast|export/[^/]*)$|/api/datasets/?$")
"""Addresses whose answers may take long to work out."""
_TURN = 0.0005
"""Seconds after which a thread that computes lets another one on; what hands results on waits for many turns of readers."""
_DOOR = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>captum_dna</title>'
    '<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url={0}">'
    '<p><a href="{0}">Open the viewer</a>'
)


class Insights:
    """A viewer of what models read in sequences.

    Parameters
    ----------
    model_or_models
        What :func:`captum_dna.load` takes, or a mapping of names to such: before and after training, say.
    data
        What :func:`captum_dna.read` takes.
    store
        Folder in which results are kept and found again; by default one of the user's cache. ``False`` forgets
        them when the viewer is stopped.
    host, port
        Where to listen; port 0 takes a free one.
    token
        The word that requests must bring: by default a random one that stays with the store, so that the address
        is good after a restart on the same port; or your own. ``False`` for none, which only a viewer that listens
        to this machine alone may have.
    name
        What to call the data set.
    limits
        What requests may ask for at most.
    hosts
        Further host names to answer to, such as that of a proxy.
    base_path
        Path under which a proxy shows the viewer, such as ``/viewer``.
    frame_ancestors
        Origins that may show the page in a frame.
    sizes
        Of the chromosomes, which bigWig files need: a genome's FASTA file, its index, a table or a mapping.
    browse
        A genome to show above the pictures. See :func:`captum_dna.insights.browse.browse`.
    **reading
        How to read ``data``: ``column=``, ``split=``, ``genome=`` and so on, as for :func:`captum_dna.read`.

    Raises
    ------
    ValueError
        Models or data that cannot be used, or a host that needs a token.

    Examples
    --------
    >>> with Insights("demo", {"a": "ACGTTGCATATAAAAGGCATGCCA" * 4}, store=False) as viewer:
    ...     viewer.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        model_or_models: ModelLike | Mapping[str, ModelLike],
        data: SequencesLike,
        *,
        store: str | Path | Literal[False] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | Literal[False] | None = None,
        name: str | None = None,
        limits: Limits | None = None,
        hosts: Iterable[str] = (),
        base_path: str = "",
        frame_ancestors: Iterable[str] = (),
        sizes: Mapping[str, int] | str | Path | None = None,
        browse: GenomeView | None = None,
        **reading: Unpack[ReadingOptions],
    ) -> None:
        Reading.of(Insights.__init__, reading)
        self.host, self.port = checked_host(host), checked_port(port)
        chosen, place = checked_token(token, host), checked_store(store)
        self.base_path = below_path(base_path)
        folder = None if place is False else place or default_store()
        own = () if host in ("0.0.0.0", "::") else (host,)  # noqa: S104 - compared, not bound
        names = (*checked_hosts(hosts), *own)
        self.token = None if chosen is False else chosen or kept_token(folder)
        self.app = create_app(
            model_or_models,
            data,
            store=folder,
            token=self.token,
            name=name,
            limits=limits,
            hosts=names,
            base_path=base_path,
            frame_ancestors=frame_ancestors,
            sizes=sizes,
            browse=browse,
            **reading,
        )
        self._listeners: list[Listener] = []
        self._doors: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._listeners else "not served"
        return f"<Insights {where}>"

    def __enter__(self) -> Self:
        if not self._listeners:
            self.serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address to open, with its token.

        Raises
        ------
        ValueError
            It is not served yet.
        """
        if not self._listeners:
            raise ValueError("The viewer is not served. Call serve() first.")
        port = self._listeners[-1].port
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        name = f"[{host}]" if ":" in host else host
        brought = f"?token={quote(self.token, safe='')}" if self.token else ""
        return f"http://{name}:{port}{self.base_path}/{brought}"

    @names_slips
    def serve(self, *, blocking: bool = False, open: bool = False) -> Self:  # noqa: A002 - what one says
        """Listen; a second call listens on another port, too, if no port was named.

        Parameters
        ----------
        blocking
            Return only when the viewer is stopped, or on Ctrl-C or SIGTERM.
        open
            Open the page in the user's browser.

        Raises
        ------
        ValueError
            The port is taken.
        """
        self._listeners.append(Listener(Answers(self.app), _listening(self.host, self.port)))
        if open:
            webbrowser.open(self._door().as_uri())
        if blocking:
            try:
                with sigterm_interrupts():
                    self.wait()
            except KeyboardInterrupt:
                self.stop()
        return self

    def _door(self) -> Path:
        """Return a page for this user's eyes alone that leads to the viewer.

        The address itself holds the token, and what a browser is started with can be read by everybody on the machine.
        """
        if self._doors is None:
            self._doors = tempfile.TemporaryDirectory(prefix="captum_dna-")
        door = Path(self._doors.name) / "open.html"
        door.touch(mode=0o600)
        door.write_text(_DOOR.format(escape(self.url)), encoding="utf-8")
        return door

    def explain(self, **choices: object) -> Attributions:
        """Explain all sequences, as the page's own button does: the page shows them as they come.

        Parameters
        ----------
        **choices
            What the page offers, by the names of :func:`captum_dna.attribute`, and ``model`` by its name here;
            the usual ones by default.

        Returns
        -------
        The results in the order of the data; sequences that cannot be explained are left out, and the page says why.

        Raises
        ------
        ValueError
            A choice that is impossible, or a job that was cancelled or failed.

        Examples
        --------
        >>> viewer = Insights("demo", {"a": "ACGTTGCATATAAAAGGCATGCCA" * 4}, store=False)
        >>> viewer.explain(method="deeplift")[0].method
        'deeplift'
        >>> viewer.stop()
        """
        viewer = self.app.extensions[EXTENSION]
        how = viewer.how(choices)
        job, _ = viewer.jobs.explain(viewer.first, None, how)
        while not job.ended.wait(1):  # in portions, so that Ctrl-C comes through
            continue
        if job.state != "done":
            raise ValueError(job.message or f"The job was {job.state}.")
        found = (viewer.result(viewer.first, row, how) for row in range(len(viewer.first)))
        return Attributions(one for one in found if one is not None)

    @names_slips
    def render(self, sequence: int | str = 0) -> AnyWidget:
        """Return the picture as a notebook widget, to be the value of a cell: choose, compare and mutate there.

        The kernel computes; no server is started. The picture of the first sequence stays in the saved notebook.

        Parameters
        ----------
        sequence
            The row to begin with, from 0, or the name of a sequence.

        Raises
        ------
        ImportError
            anywidget is not installed; the sentence says how to get it.
        ValueError
            There is no such sequence, or it cannot be explained.
        """
        from captum_dna.insights.widget import picture_widget

        viewer = self.app.extensions[EXTENSION]
        return picture_widget(self.app, viewer, self.token, viewer.first.row(sequence))

    def wait(self) -> None:
        """Return when the viewer is stopped; until then the program is the viewer's, and its threads take short turns."""
        turn = sys.getswitchinterval()
        sys.setswitchinterval(min(turn, _TURN))
        try:
            for listener in list(self._listeners):
                while listener.is_alive:
                    listener.join(1)  # in portions, so that Ctrl-C comes through on every system
        finally:
            sys.setswitchinterval(turn)

    def stop(self) -> None:
        """Stop listening and working; what is finished is kept."""
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        if self._doors is not None:
            self._doors.cleanup()
            self._doors = None
        self.app.extensions[EXTENSION].close()


def default_store() -> Path:
    """Return the folder of the user's cache in which results are kept."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "captum_dna" / "viewer"


class Answers:
    """The application as the listener asks it."""

    lanes: Mapping[str, int] = {"open": 2, "reading": 8, "search": 3, "work": 3}

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._guard: Guard = app.extensions[GUARD]
        self.body_bytes: int = app.extensions[EXTENSION].limits.body_bytes

    def knows(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request brings the token."""
        return self._guard.knows(Request(environ))

    def refuses(self, environ: WSGIEnvironment) -> Response | None:
        """Return what the application says of a request before its body is read, if it refuses it."""
        with self._app.request_context(environ):
            try:
                refused = self._app.preprocess_request()
            except Problem as problem:
                refused = self._app.handle_user_exception(problem)
            if refused is None:
                return None
            return self._app.process_response(self._app.make_response(refused))

    def lane(self, environ: WSGIEnvironment) -> str:
        """Return the lane of a request: what needs no token, what searches or may take long, or the rest."""
        path = environ["PATH_INFO"]
        if "/static/" in path or path.endswith("/api/health"):
            return "open"
        if _WORK.search(path):
            return "work"
        return "search" if "motif=" in environ["QUERY_STRING"] else "reading"

    def answer(self, environ: WSGIEnvironment) -> Response:
        """Answer a request."""
        return Response.from_app(self._app, environ)

    def refusal(self, status: int) -> Response:
        """Return the answer to what is not a request, or too long a one."""
        return refusal(self._app, status)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, or say why there is none."""
    listening = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except (OSError, UnicodeError) as error:
        if listening is not None:
            listening.close()
        raise UserError(_refused(host, port, error)) from error
    return listening


def _refused(host: str, port: int, error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):  # a name that is no name of a host
        return (
            f"The viewer cannot listen on {host!r:.60}. Name an address of this machine, such as 127.0.0.1."
        )
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken. Choose another one, or 0 for any free port."
    if error.errno == errno.EACCES:
        return f"You may not use port {port}. Choose one above 1023, or 0 for any free port."
    return (
        f"The viewer cannot listen on {host}: {error.strerror or error}. Name an address of this machine, such as "
        "127.0.0.1."
    )
