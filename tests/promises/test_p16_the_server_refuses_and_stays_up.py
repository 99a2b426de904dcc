"""P15, P16, P24: hostile uploads are refused with a problem, never with 500, and the server answers afterwards."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ghep.serve.server import Server
from serving import all_of, ask, connected, multipart, png, serving, tiny_predictor


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(tiny_predictor(), max_body=2 * 2**20) as running:
        yield running


def bomb(width: int, height: int) -> bytes:
    """A PNG that declares many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def saved(form: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, form)
    return written.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><script>alert(1)</script>", "not-an-image"),
        (b"SIMPLE  =                    T" + bytes(3000), "format-not-allowed"),
        (b"8BPS" + bytes(100), "format-not-allowed"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "format-not-allowed"),
        (saved("ICO"), "format-not-allowed"),
        (bomb(50_000, 50_000), "too-many-pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "too-many-pixels"),
        (bomb(60_000, 10), "too-elongated"),
        (png()[:-20], "truncated"),
        (saved("GIF")[:20], None),
        (bytes(1000), "not-an-image"),
        (b"\xff\xd8\xff" + bytes(500), None),
    ],
)
def test_a_bad_file_is_a_problem_with_its_reason(server: Server, body: bytes, reason: str | None) -> None:
    reply = ask(server, "POST", "/predict", body, {"Content-Type": "image/jpeg"})
    assert reply.status == 422 and reply.headers["content-type"] == "application/problem+json"
    assert reply.json["predictions"][0]["label"] is None
    assert reply.json["reason"] == (reason or reply.json["reason"])
    assert ask(server, "POST", "/predict", png()).status == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\x00b", "x" * 4000, "<script>.png", "..", "."]
)
def test_a_file_name_is_only_a_name(server: Server, name: str) -> None:
    body, headers = multipart(("file", name, png()))
    reply = ask(server, "POST", "/predict", body, headers)
    assert reply.status == 200
    told = reply.json["predictions"][0]["input"]
    assert len(told) <= 255 and "/" not in told and "\\" not in told and "\0" not in told and told not in ("..", ".")


@pytest.mark.parametrize(
    ("part", "status"),
    [
        (
            b'--edge\r\nContent-Disposition: form-data; name="f"; filename="'
            + b"x" * 1_900_000
            + b'"\r\n\r\nx\r\n--edge--',
            400,
        ),
        (b"--edge\r\n" + b"X: y\r\n" * 200_000 + b"\r\nx\r\n--edge--\r\n", 400),
        (b"--edge\r\n" + b"X" * 1_900_000, 400),
        (b"--edge\r\n\r\n\r\n" * 100_000, 413),
        (b"\r\n" * 900_000, 400),
        (b"--edge\r\nContent-Disposition: form-data\r\n\r\nx\r\n--edge--\r\n", 422),
        (b"--edge\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''%ff\r\n\r\nx\r\n--edge--\r\n", 422),
    ],
    ids=["long-name", "many-headers", "long-header", "many-parts", "only-lines", "no-name", "bad-name"],
)
def test_a_hostile_form_is_refused(server: Server, part: bytes, status: int) -> None:
    reply = ask(server, "POST", "/predict", part, {"Content-Type": "multipart/form-data; boundary=edge"})
    assert reply.status == status
    assert ask(server, "POST", "/predict", png()).status == 200


def test_a_boundary_may_not_be_endless(server: Server) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}
    assert ask(server, "POST", "/predict", b"--x--", headers).status == 400


KINDS = st.sampled_from(
    [
        "application/json",
        "multipart/form-data; boundary=e",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "image/png",
        "text/plain; charset=utf-7",
        "application/json; charset=utf-16",
        ";;;=",
        "",
    ]
)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [
                b"--e\r\n",
                b"--e--",
                b"\r\n\r\n",
                b'Content-Disposition: form-data; name="file"; filename="a"',
                b"inputs=",
                b'{"inputs":[',
                b"]}",
                b'"',
                b",",
                b"1e999",
                b"NaN",
                b"\\ud800",
                b"%ff",
                b"\xff\xfe",
                b'"datatype":"BYTES"',
            ]
        ),
        st.just(png()),
    ),
    max_size=8,
).map(b"".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=PIECES, kind=KINDS, path=st.sampled_from(["/predict", "/v2/models/tiny/infer", "/"]))
def test_no_body_is_an_error_of_the_server(server: Server, body: bytes, kind: str, path: str) -> None:
    reply = ask(server, "POST", path, body, {"Content-Type": kind})
    assert reply.status < 500 and server.service.bytes_held == 0


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(st.sampled_from([b"GET ", b"/", b" HTTP/1.1", b"\r\n", b"Host: localhost", b"\0", b"a" * 100, b": "]))
)
def test_no_bytes_stop_the_server(server: Server, data: list[bytes]) -> None:
    with connected(server) as client:
        client.sendall(b"".join(data) + b"\x01\r\n\r\n")
        answer = all_of(client)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 2"))
