"""Absolute deadlines for slow clients, limits on headers, and answers that arrive: uvicorn's protocol has none of them.

uvicorn waits forever for a header and for a body, and its timer for idle connections starts again with every byte. Here
each connection has one timer: for the header of a request, then for the rest of the request and its answer. It ends
the connection, with an answer (408) where the client can still read one. After a refusal the rest of what the client
sends is read and discarded for a moment, because a socket closed with unread bytes resets the connection, and the
client would not see the answer.

The parser is llhttp (``httptools``), which refuses the ambiguous requests that smuggling needs: Content-Length together
with Transfer-Encoding, several Content-Length, bare line feeds, spaces before a colon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ghep.serve.problems import MEDIA_TYPE, problem_text

LINGER = 2.0
"""Seconds in which the rest of a refused request is read and discarded."""
HEAD_BYTES = 32 * 2**10
HEAD_LINES = 100


@dataclass
class Deadlines:
    """Limits of a connection, and what is called when one is exceeded."""

    header: float = 10.0
    request: float = 60.0
    connections: int = 512
    cut: Callable[[str], None] = field(default=lambda _: None)


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with deadlines."""

    deadlines = Deadlines()
    """Replaced by ``protocol_with``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False
        """Whether any request has begun."""
        self._in_head = False
        """Between the first byte of a request and the end of its header."""
        self._in_message = False
        """Between the end of a header and the end of the body."""
        self._head_bytes = 0
        self._head_too_large = False
        self._crowded = False
        """Whether this connection is one too many."""
        self._leaving = False
        """Whether the last answer was sent and everything else is discarded."""
        self._stopping = False

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline for the first header."""
        super().connection_made(transport)
        self._crowded = len(self.connections) > self.deadlines.connections
        self._arm(self.deadlines.header)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse ``data``, unless it is discarded."""
        if self._leaving:
            return
        if self._crowded:
            self._refuse(503, "serve-too-many-connections", "connections", limit=self.deadlines.connections)
            return
        if self._timer is None:
            self._arm(self.deadlines.header)
        begun = self._in_head
        super().data_received(data)
        if self._in_head and not self._leaving:
            self._head_bytes = self._head_bytes + len(data) if begun else len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431, "serve-header-too-large", "header", limit=HEAD_BYTES, lines=HEAD_LINES)

    def eof_received(self) -> None:
        """Close: the client sends nothing more."""
        if self._leaving:
            self.transport.close()

    # The parser

    def on_message_begin(self) -> None:
        """Start the deadline for a header, unless an earlier request of this connection is still being answered."""
        super().on_message_begin()
        self._begun = self._in_head = True
        if not self._answering():
            self._arm(self.deadlines.header)

    def on_headers_complete(self) -> None:
        """Start the deadline for the rest of the request and for its answer."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEAD_LINES:
            self._head_too_large = True
            raise ValueError("header too large")  # stops the parser, which calls send_400_response
        self._in_head, self._in_message = False, True
        first = not self._answering()
        super().on_headers_complete()
        if self._stopping:
            self.cycle.keep_alive = False
        if first:
            self._arm(self.deadlines.request)

    def on_message_complete(self) -> None:
        """Note that the whole request is here."""
        self._in_message = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the deadline for whatever is to come next on this connection."""
        super().on_response_complete()
        if self.transport.is_closing():
            return  # the deadline still ends a client that does not read its answer
        if self._answering():  # the next one of several requests sent at once
            self._arm(self.deadlines.request)
        elif self._in_head:
            self._arm(self.deadlines.header)
        elif self._in_message:  # answered before the whole body was here: refused
            self._arm(LINGER)
        else:
            self._disarm()  # idle: uvicorn's timer

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Answer a request that cannot be parsed."""
        if self._head_too_large:
            self._refuse(431, "serve-header-too-large", "header", limit=HEAD_BYTES, lines=HEAD_LINES)
        else:
            self._refuse(400, "serve-not-http", "not-http")

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; at once if the client has not read its last answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    # The end

    def shutdown(self) -> None:
        """Close when what was begun is answered; called once, when the server stops.

        A new connection has a moment to send its request, which may be on its way.
        """
        self._stopping = True
        if self._in_head:
            return  # the request is answered, and then the connection is closed
        if not self._begun:
            self._arm(LINGER)
        else:
            super().shutdown()

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, self._expired)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        self._timer = None
        begun = self._answering() and self.cycle.response_started
        refused = self._in_message and not self._answering()
        if self._leaving or begun or refused or self.transport.is_closing():
            self.transport.abort()
        elif self._in_head:
            self._refuse(408, "serve-slow-header", "slow-header", seconds=self.deadlines.header)
        elif self._in_message:
            self._refuse(408, "serve-slow-body", "slow-body", seconds=self.deadlines.request)
        elif self._answering():
            self._refuse(503, "serve-no-answer-in-time", "slow-answer", seconds=self.deadlines.request)
        else:
            self.deadlines.cut("silent")
            self.transport.close()

    def _refuse(self, status: int, code: str, reason: str, **params: Any) -> None:
        """Send a problem, unless an answer has begun, and end the connection; the application is told that it ended."""
        self.deadlines.cut(reason)
        begun = self._answering() and self.cycle.response_started
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.pipeline.clear()
        self._leaving = True
        if begun or self.transport.is_closing():
            self.transport.abort()
            return
        body = problem_text(status, code, **params)
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            "connection: close",
            *(["retry-after: 1"] if status == 503 else []),
        ]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._arm(LINGER)


def protocol_with(limits: Deadlines) -> type[DeadlineProtocol]:
    """Return the protocol with these limits."""
    return type("LimitedProtocol", (DeadlineProtocol,), {"deadlines": limits})
