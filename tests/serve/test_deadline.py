"""Slow, silent, oversized and ambiguous requests: answered or closed in time, while others are served."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from ghep.serve import deadline
from ghep.serve.server import Server
from serving import all_of, ask, connected, png, serving, tiny_predictor, until

HEADER, REQUEST = 0.3, 0.8
"""Seconds."""
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(tiny_predictor(), header_timeout=HEADER, request_timeout=REQUEST, connections=20) as running,
    ):
        patch.setattr(deadline, "LINGER", 0.2)
        yield running


def drip(connection: socket.socket, data: bytes, pause: float = 0.05) -> bytes:
    """Send one byte at a time until the server ends the connection; return what it sent."""
    try:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(pause)
    except OSError:  # closed by the server
        pass
    return all_of(connection)


def one_answer(connection: socket.socket) -> bytes:
    """One answer, of a connection that stays open."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    while len(body) < int(head.lower().partition(b"content-length: ")[2].split()[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def code(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


def test_a_slow_header_is_cut_although_bytes_arrive(server: Server) -> None:
    with connected(server) as slow:
        started = time.monotonic()
        answer = drip(slow, GET * 10)
        assert HEADER <= time.monotonic() - started < HEADER + 3
        assert (status(answer), code(answer)) == (408, "serve-slow-header")


@pytest.mark.slow
def test_a_slow_body_is_cut_although_bytes_arrive(server: Server) -> None:
    with connected(server) as slow:
        slow.sendall(HEAD)
        started = time.monotonic()
        answer = drip(slow, bytes(100))
        assert REQUEST <= time.monotonic() - started < REQUEST + 3
        assert (status(answer), code(answer)) == (408, "serve-slow-body")
    until(lambda: server.service.bytes_held == 0)


def test_a_silent_connection_is_closed(server: Server) -> None:
    started = time.monotonic()
    with connected(server) as silent:
        assert all_of(silent) == b""
        assert HEADER <= time.monotonic() - started < HEADER + 3


@pytest.mark.slow
def test_the_deadline_starts_again_with_the_next_request_of_a_connection(server: Server) -> None:
    with connected(server) as busy:
        for _ in range(4):
            time.sleep(HEADER / 2)
            busy.sendall(GET)
            assert one_answer(busy).startswith(b"HTTP/1.1 200")
        busy.sendall(GET[:10])
        assert status(all_of(busy)) == 408


def test_line_ends_between_requests_do_not_keep_a_connection(server: Server) -> None:
    with connected(server) as busy:
        busy.sendall(GET)
        assert one_answer(busy).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert drip(busy, b"\r\n" * 100) == b""
        assert time.monotonic() - started < HEADER + 3


def test_requests_sent_at_once_are_answered_in_order(server: Server) -> None:
    with connected(server) as eager:
        last = GET.replace(b"healthz", b"readyz").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        eager.sendall(GET + GET + last)
        answer = all_of(eager)
    assert answer.count(b"HTTP/1.1 200") == 3 and answer.endswith(b'{"status":"ready"}')


@pytest.mark.slow
def test_a_client_that_does_not_read_is_cut(server: Server) -> None:
    with connected(server) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000)
        until(lambda: len(server.server_state.connections) == 0)


@pytest.mark.parametrize(
    ("request_", "status_"),
    [
        (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", 400),
        (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 403),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 400_000, 431),
        (b"GET /healthz?" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
    ],
)
def test_ambiguous_and_oversized_headers_are_refused(server: Server, request_: bytes, status_: int) -> None:
    with connected(server) as client:
        client.sendall(request_)
        answer = all_of(client) if status_ != 403 else one_answer(client)
    assert status(answer) == status_
    assert b"application/problem+json" in answer


def test_nothing_is_smuggled_behind_a_refused_request(server: Server) -> None:
    before = server.server_state.total_requests
    with connected(server) as client:
        client.sendall(HEAD.replace(b"100", b"3\r\nContent-Length: 5") + GET)
        answer = all_of(client)
    assert answer.count(b"HTTP/1.1 ") == 1 and status(answer) == 400
    assert server.server_state.total_requests == before


def test_one_connection_too_many_is_told_so(server: Server) -> None:
    open_ = [connected(server) for _ in range(20)]
    try:
        until(lambda: len(server.server_state.connections) >= 20)
        with connected(server) as extra:
            extra.sendall(GET)
            answer = all_of(extra)
        assert status(answer) == 503 and code(answer) == "serve-too-many-connections" and b"retry-after: 1" in answer
    finally:
        for one in open_:
            one.close()
    until(lambda: ask(server, "GET", "/healthz").status == 200)


def test_an_upload_that_is_refused_at_once_still_reads_the_answer(server: Server) -> None:
    with connected(server) as client:
        client.sendall(HEAD.replace(b"100", b"99999999"))
        assert status(one_answer(client)) == 413
        client.sendall(bytes(2**20))
        assert all_of(client) == b""
    assert ask(server, "POST", "/predict", png()).status == 200
