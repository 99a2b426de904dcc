"""Health, readiness, metrics, unknown paths, and what every answer has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ghep
from ghep.serve.server import Server
from serving import ask, png, serving, tiny_predictor


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(tiny_predictor()) as running:
        yield running


def test_alive_and_ready(server: Server) -> None:
    assert ask(server, "GET", "/healthz").json == {"status": "alive"}
    assert ask(server, "GET", "/readyz").json == {"status": "ready"}
    assert ask(server, "HEAD", "/readyz").status == 200


def test_a_server_that_drains_is_alive_and_not_ready_and_answers(server: Server) -> None:
    server.service.draining = True
    try:
        assert (ask(server, "GET", "/healthz").status, ask(server, "GET", "/readyz").status) == (200, 503)
        reply = ask(server, "POST", "/predict", png())
        assert reply.status == 200 and reply.headers["connection"] == "close"
    finally:
        server.service.draining = False


def test_unknown_paths_and_methods(server: Server) -> None:
    assert (ask(server, "GET", "/nothing").status, ask(server, "GET", "/nothing").json["code"]) == (
        404,
        "serve-no-such-path",
    )
    reply = ask(server, "GET", "/predict")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert ask(server, "OPTIONS", "/predict").status == 405
    assert ask(server, "GET", "/healthz/").status == 404


def test_request_ids_are_echoed_if_they_are_harmless(server: Server) -> None:
    assert ask(server, "GET", "/healthz", headers={"X-Request-ID": "abc-1_2.3"}).headers["x-request-id"] == "abc-1_2.3"
    for bad in ("a b", "x" * 129, '{"a":1}', ""):
        given = ask(server, "GET", "/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"]
        assert given != bad and len(given) == 32


def test_every_answer_has_the_headers_that_browsers_obey(server: Server) -> None:
    for path in ("/", "/healthz", "/nothing"):
        headers = ask(server, "GET", path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert not [name for name in headers if name.startswith("access-control")]
        assert "server" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[", "localhost.evil"]
)
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    reply = ask(server, "GET", "/healthz", headers={"Host": host})
    assert (reply.status, reply.json["code"]) == (403, "serve-foreign-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8000", "10.1.2.3"])
def test_addresses_and_own_names_are_accepted(server: Server, host: str) -> None:
    assert ask(server, "GET", "/healthz", headers={"Host": host}).status == 200


def test_a_page_of_another_site_is_refused(server: Server) -> None:
    place = server.address.removeprefix("http://")
    for origin, status in ((f"http://{place}", 200), ("https://evil.example", 403), ("null", 403), ("http://[", 403)):
        assert ask(server, "POST", "/predict", png(), {"Origin": origin}).status == status


def test_a_name_can_be_allowed_and_a_token_required() -> None:
    with serving(tiny_predictor(), allow_host=["Pets.Example"], token="s3cret") as server:
        there = {"Host": "pets.example"}
        assert ask(server, "GET", "/healthz", headers=there).status == 200
        assert ask(server, "GET", "/v2/health/ready").status == 200
        refused = ask(server, "POST", "/predict", png(), there)
        assert (refused.status, refused.headers["www-authenticate"][:5]) == (401, "Basic")
        for value, status in (
            ("Bearer s3cret", 200),
            ("bearer s3cret", 200),
            ("Basic OnMzY3JldA==", 200),
            ("Basic dTpzM2NyZXQ=", 200),
            ("Bearer s3cre", 401),
            ("Bearer ", 401),
            ("Basic s3cret", 401),
            ("Digest s3cret", 401),
            ("Bearer s3cret\u00e9", 401),
        ):
            assert ask(server, "POST", "/predict", png(), {"Authorization": value}).status == status, value
        assert ask(server, "GET", "/metrics").status == 401 and ask(server, "GET", "/").status == 401


@pytest.mark.slow
def test_the_server_needs_no_torch() -> None:
    script = "import sys, ghep.serve.server, ghep.export.runtime; print([m for m in sys.modules if m in sys.argv[1:]])"
    paths = {"PYTHONPATH": str(Path(ghep.__file__).parents[1])}
    heavy = ("torch", "timm", "sklearn", "transformers")
    done = subprocess.run(
        [sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True, env={**os.environ, **paths}
    )
    assert done.stdout.strip() == "[]"
