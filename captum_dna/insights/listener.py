"""A small HTTP server for one application, which nobody without the token can keep busy.

The heads of requests are read by one thread, which waits for nobody: a request gets a thread of its own when it is
complete. A body is read only from who has the token. Connections that have brought no token yet are few, and the
oldest of them makes room for the next; h11 reads the protocol.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

import h11

from captum_dna.insights.environ import environ_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.wrappers import Response

_LOG = logging.getLogger(__name__)
_READ = 1 << 16
_HEAD_BYTES = 1 << 18
"""Longest head of a request, about; its address may name many rows."""
_SMALL = 1 << 16
"""A body of up to so many bytes has room whatever else is read."""
_WRITTEN = 1 << 18
"""Bytes of an answer that must go out within :attr:`Patience.answer`."""
_MOMENT = 0.5
"""Seconds more for what has come in time, and was not read because the thread was held up."""
_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True)
class Patience:
    """How long, in seconds, and with how many connections a server has patience.

    Parameters
    ----------
    head, body
        From the first moment to the end of the head of a request, and of its body.
    answer
        Until a part of an answer has gone out.
    idle
        Between two requests of who has the token.
    refused
        In which who was refused may still send, so that the reason arrives.
    strangers, idlers
        Connections without token, and those with it that ask for nothing; the oldest goes when there are more.
    bodies
        Bytes of unfinished bodies, all connections together.
    """

    head: float = 10
    body: float = 60
    answer: float = 30
    idle: float = 75
    refused: float = 3
    strangers: int = 64
    idlers: int = 200
    bodies: int = 64 << 20


class Application(Protocol):
    """What is asked for answers; ``environ`` is that of WSGI."""

    body_bytes: int
    """Longest body of a request."""
    lanes: Mapping[str, int]
    """Threads by the name of the lane; the lanes do not wait for each other."""

    def knows(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request brings the token."""

    def refuses(self, environ: WSGIEnvironment) -> Response | None:
        """Return why a request is refused whose body is not read yet, or nothing."""

    def lane(self, environ: WSGIEnvironment) -> str:
        """Return the lane of a request."""

    def answer(self, environ: WSGIEnvironment) -> Response:
        """Answer a request; called from a thread of its lane."""

    def refusal(self, status: int) -> Response:
        """Return the answer to what is not a request, or too long a one."""


class Answer(NamedTuple):
    """An answer as it goes out."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @classmethod
    def of(cls, response: Response) -> Answer:
        """Return the answer that a response is."""
        return cls(response.status_code, response.headers.to_wsgi_list(), response.get_data())


class Listener:
    """Listens from a daemon thread until it is stopped.

    Parameters
    ----------
    application
        What answers.
    listening
        A socket that listens; it is closed at the end.
    patience
        With slow clients, and with many.
    """

    def __init__(
        self, application: Application, listening: socket.socket, patience: Patience | None = None
    ) -> None:
        self.port: int = listening.getsockname()[1]
        self._application = application
        self._socket = listening
        self._patience = patience or Patience()
        self._pools = {
            name: ThreadPoolExecutor(threads, f"captum_dna {name}")
            for name, threads in application.lanes.items()
        }
        self._connections: set[_Connection] = set()
        self.strangers = _Crowd(self._patience.strangers)
        self.idlers = _Crowd(self._patience.idlers)
        self.bodies = 0
        """Bytes of unfinished bodies."""
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="captum_dna viewer", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it listens."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait until it is stopped, at most so long."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Stop listening, and close all connections; answers that are being computed are not waited for."""
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._connected, sock=self._socket, limit=_READ, backlog=512)
        await self._over.wait()
        # None is accepted any more. What is accepted by now needs an open server to become a task, which closes it.
        self._loop.remove_reader(self._socket)
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for one in list(self._connections):
                one.close()
                one.task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._over.is_set():
            writer.transport.abort()
            return
        connection = _Connection(self, self._application, self._patience, reader, writer)
        self._connections.add(connection)
        try:
            await connection.serve()
        except (OSError, h11.LocalProtocolError, asyncio.CancelledError):
            _LOG.debug("A connection ended early.", exc_info=True)
        finally:
            self._connections.discard(connection)
            connection.close()

    async def work(self, environ: WSGIEnvironment) -> Answer:
        """Let a thread of its lane answer a request."""
        application = self._application
        pool = self._pools[application.lane(environ)]
        return await self._loop.run_in_executor(pool, lambda: Answer.of(application.answer(environ)))


class _Crowd:
    """Connections of one kind, the oldest first; one too many, and the oldest is closed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: OrderedDict[_Connection, None] = OrderedDict()

    def add(self, one: _Connection) -> None:
        self._all[one] = None
        if len(self._all) > self._most:
            oldest, _ = self._all.popitem(last=False)
            oldest.close()

    def discard(self, one: _Connection) -> None:
        self._all.pop(one, None)


class _Refused(Exception):  # noqa: N818 - it is told to a person
    """A request that is not read to its end."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = Answer.of(answer)


class _Connection:
    """One connection, and the requests that come through it one after the other."""

    def __init__(
        self,
        listener: Listener,
        application: Application,
        patience: Patience,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._listener, self._application, self._patience = listener, application, patience
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        self._known = False
        self._held = 0
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A connection is served by a task.")
        self.task: asyncio.Task[None] = task

    def close(self) -> None:
        """Close it now; what has not gone out is lost."""
        self._listener.strangers.discard(self)
        self._listener.idlers.discard(self)
        self._let_go()
        self._writer.transport.abort()

    def _let_go(self) -> None:
        """Count the bytes of a body no longer."""
        self._listener.bodies -= self._held
        self._held = 0

    async def serve(self) -> None:
        """Answer requests until one side has enough."""
        self._listener.strangers.add(self)
        try:
            while await self._one():
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint
            await self._refuse(Answer.of(self._application.refusal(status if status < 500 else 400)))
        except _Refused as refused:
            await self._refuse(refused.answer)
        else:
            self._writer.close()
            await self._writer.wait_closed()

    async def _one(self) -> bool:
        """Answer one request; tell whether there may be another."""
        head = await self._head()
        if head is None:
            return False
        client = self._writer.get_extra_info("peername") or ("", 0)
        try:
            environ = environ_of(head, str(client[0]), self._listener.port)
        except ValueError as error:
            raise _Refused(self._application.refusal(400)) from error
        if not self._known and self._application.knows(environ):
            self._known = True
            self._listener.strangers.discard(self)
        body = await self._body(head, environ)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        answer = await self._listener.work(environ)
        self._let_go()
        await self._send(answer, head=head.method == b"HEAD")
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _head(self) -> h11.Request | None:
        """Return the head of the next request; ``None`` where there is none."""
        if self._known:
            self._listener.idlers.add(self)
        with self._until(self._patience.idle if self._known else self._patience.head):
            event = await self._next()
        self._listener.idlers.discard(self)
        return event if isinstance(event, h11.Request) else None

    async def _body(self, head: h11.Request, environ: WSGIEnvironment) -> bytes:
        """Return the body of a request, if it may have one.

        Raises
        ------
        _Refused
            It may not, or it is too long.
        """
        told = [int(value) for name, value in head.headers if name == b"content-length"]
        chunked = any(name == b"transfer-encoding" for name, _ in head.headers)
        if not chunked and not any(told):
            await self._next()  # the end of the message
            return b""
        if chunked and told:  # two lengths: whoever stands before us may believe the other one
            raise _Refused(self._application.refusal(400))
        refused = self._application.refuses(environ)
        if refused is not None:
            raise _Refused(refused)
        if not self._application.knows(environ):
            raise _Refused(self._application.refusal(400))
        most = self._application.body_bytes
        if any(length > most for length in told):
            raise _Refused(self._application.refusal(413))
        if self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))
        body = bytearray()
        with self._until(self._patience.body):
            while isinstance(event := await self._next(), h11.Data):
                body += event.data
                self._held += len(event.data)
                self._listener.bodies += len(event.data)
                if len(body) > most:
                    raise _Refused(self._application.refusal(413))
                if len(body) > _SMALL and self._listener.bodies > self._patience.bodies:
                    raise _Refused(self._application.refusal(429))
        return bytes(body)

    async def _next(self) -> object:
        """Return what comes next; the end of the connection counts as one."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ))
        return event

    @contextmanager
    def _until(self, seconds: float) -> Iterator[None]:
        """Close the connection if this takes longer."""
        loop = asyncio.get_running_loop()
        timers: list[asyncio.TimerHandle] = []
        timers += [loop.call_later(seconds, lambda: timers.append(loop.call_later(_MOMENT, self._late)))]
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()

    def _late(self) -> None:
        """Tell who has begun to say something why it ends, and close."""
        begun = self._http.trailing_data[0] or self._http.their_state is not h11.IDLE
        if begun and self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = Answer.of(self._application.refusal(408))
            closing = answer._replace(headers=[*answer.headers, ("Connection", "close")])
            self._write(_head_of(closing), h11.Data(data=answer.content))
            self._writer.transport.close()
        else:
            self._writer.transport.abort()

    async def _refuse(self, answer: Answer) -> None:
        """Answer what was not read to its end, and close; the answer would be lost if that were done at once."""
        self._let_go()
        await self._send(answer._replace(headers=[*answer.headers, ("Connection", "close")]))
        self._listener.strangers.add(self)  # whoever it was
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with self._until(self._patience.refused):
            while await self._reader.read(_READ):
                continue

    async def _send(self, answer: Answer, *, head: bool = False) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        content = b"" if head or answer.status in _NO_BODY else answer.content
        events: list[h11.Event] = [_head_of(answer)]  # which goes out with what follows it
        for start in range(0, len(content), _WRITTEN):
            self._write(*events, h11.Data(data=content[start : start + _WRITTEN]))
            events = []
            with self._until(self._patience.answer):
                await self._writer.drain()
        self._write(*events, h11.EndOfMessage())

    def _write(self, *events: h11.Event) -> None:
        data = b"".join(self._http.send(event) or b"" for event in events)
        if data:
            self._writer.write(data)


def _head_of(answer: Answer) -> h11.Response:
    headers = [*answer.headers, ("Date", formatdate(usegmt=True))]
    status = HTTPStatus(answer.status)
    return h11.Response(status_code=status, reason=status.phrase.encode(), headers=headers)
