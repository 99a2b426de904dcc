"""POST /predict: every form of a body gives the prediction of ``predict``, and every bad one a problem."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from ghep.export.predictor import Predictor
from ghep.serve.server import Server
from serving import NAME, ask, multipart, png, post_json, serving, tiny_predictor
from tiny import tiny_tasks

ROUNDING = 2e-5
"""Convolutions sum in another order in a batch of another size (float32)."""


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return tiny_predictor()


@pytest.fixture(scope="module")
def server(predictor: Predictor) -> Iterator[Server]:
    with serving(predictor) as running:
        yield running


def same(entry: dict[str, object], raw: bytes, predictor: Predictor, name: str = "input 0") -> bool:
    (expected,) = predictor.predict([raw])
    assert entry["input"] == name and entry["task"] == "label" and entry["label"] == expected.label
    assert entry["problem"] is None and entry["abstained"] is False and entry["unfamiliar"] is None
    assert entry["familiarity"] is None and entry["certainty"] is None
    assert entry["probability"] == pytest.approx(expected.probability, abs=ROUNDING)
    assert entry["probabilities"] == pytest.approx(expected.probabilities, abs=ROUNDING)
    return True


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "application/octet-stream", None, "application/x-www-form-urlencoded", "IMAGE/JPEG; q=1"],
)
def test_a_file_as_the_body(server: Server, predictor: Predictor, content_type: str | None) -> None:
    raw = png(1)
    reply = ask(server, "POST", "/predict", raw, {} if content_type is None else {"Content-Type": content_type})
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    assert reply.json["model"] == {"name": NAME, "version": "1"}
    (entry,) = reply.json["predictions"]
    assert same(entry, raw, predictor)


def test_json_with_base64(server: Server, predictor: Predictor) -> None:
    raws = [png(seed) for seed in range(3)]
    values = [base64.b64encode(raw).decode() for raw in raws]
    values[1] = f"data:image/png;base64,{values[1]}"
    reply = post_json(server, "/predict", {"inputs": values, "names": ["a.png", "../b.png", ""]})
    assert reply.status == 200
    names = ("a.png", "b.png", "input 2")
    for entry, raw, name in zip(reply.json["predictions"], raws, names, strict=True):
        assert same(entry, raw, predictor, name)
    assert len({json.dumps(entry["probabilities"]) for entry in reply.json["predictions"]}) == 3
    (entry,) = post_json(server, "/predict", {"input": values[0]}).json["predictions"]
    assert same(entry, raws[0], predictor)


def test_a_form_with_files(server: Server, predictor: Predictor) -> None:
    raws = [png(4), png(5)]
    body, headers = multipart(("file", "x y.png", raws[0]), ("file", "C:\\\\z.png", raws[1]), ("file", "", b""))
    reply = ask(server, "POST", "/predict", body, headers)
    assert reply.status == 200
    one, two = reply.json["predictions"]
    assert same(one, raws[0], predictor, "x y.png") and same(two, raws[1], predictor, "z.png")


def test_one_unusable_input_of_several_is_a_problem_of_its_own(server: Server, predictor: Predictor) -> None:
    body, headers = multipart(("file", "a.png", png(1)), ("file", "b.png", b"<html>"), ("file", "c.png", png(2)))
    reply = ask(server, "POST", "/predict", body, headers)
    first, bad, last = reply.json["predictions"]
    assert reply.status == 200 and same(first, png(1), predictor, "a.png") and same(last, png(2), predictor, "c.png")
    assert bad["label"] is None and bad["probabilities"] == {} and bad["problem"]["reason"] == "not-an-image"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"<html>", {}, 422, "bad-example"),
        (png(0)[:60], {}, 422, "bad-example"),
        (b"", {}, 400, "serve-no-input"),
        (b"hello", {"Content-Type": "text/plain"}, 415, "serve-media-type"),
        (b"{}", {"Content-Type": "application/json"}, 400, "serve-json-no-inputs"),
        (b"[1]", {"Content-Type": "application/json"}, 400, "serve-json-not-object"),
        (b"{", {"Content-Type": "application/json"}, 400, "serve-not-json"),
        (b"[" * 100_000, {"Content-Type": "application/json"}, 400, "serve-not-json"),
        (b'{"inputs": [1]}', {"Content-Type": "application/json"}, 400, "serve-json-input"),
        (b'{"inputs": ["*"]}', {"Content-Type": "application/json"}, 400, "serve-json-input"),
        (b'{"inputs": [""]}', {"Content-Type": "application/json"}, 422, "bad-example"),
        (b'{"inputs": []}', {"Content-Type": "application/json"}, 400, "serve-no-input"),
        (b'{"inputs": ["", ""], "names": ["x"]}', {"Content-Type": "application/json"}, 400, "serve-json-names"),
        (
            json.dumps({"inputs": [""] * 17}).encode(),
            {"Content-Type": "application/json"},
            413,
            "serve-too-many-inputs",
        ),
        (b"", {"Content-Type": "multipart/form-data; boundary=edge"}, 400, "serve-not-form"),
        (b"x", {"Content-Type": "multipart/form-data"}, 400, "serve-not-form"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=edge"}, 400, "serve-not-form"),
        (b"--edge\r\nA: b\r\n\r\nx", {"Content-Type": "multipart/form-data; boundary=edge"}, 400, "serve-not-form"),
        (b"--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}, 400, "serve-no-input"),
        (b"x", {"Content-Type": "image/png; charset=nonsense"}, 415, "serve-charset"),
    ],
)
def test_a_bad_request_is_a_problem(
    server: Server, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = ask(server, "POST", "/predict", body, headers)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status and reply.json["type"] == f"urn:ghep:{code}"
    assert reply.json["detail"] and reply.json["error"] == reply.json["detail"]
    assert reply.json["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("length", ["x", "-1", "\u00b2", "9999", "1" * 5000])
def test_a_length_of_the_json_that_is_none_is_refused(server: Server, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length}
    reply = ask(server, "POST", f"/v2/models/{NAME}/infer", b"{}", headers)
    assert (reply.status, reply.json["code"]) == (400, "serve-v2-header-length")


def test_too_large_is_refused_whether_declared_or_not(server: Server) -> None:
    limit = server.service.options.max_body
    assert ask(server, "POST", "/predict", bytes(limit + 1)).status == 413
    chunks = (bytes(2**20) for _ in range(limit // 2**20 + 1))
    assert ask(server, "POST", "/predict", chunks).status == 413  # type: ignore[arg-type]
    assert server.service.bytes_held == 0


@pytest.mark.slow
def test_several_tasks_are_several_entries(predictor: Predictor) -> None:
    with serving(tiny_predictor(*tiny_tasks("one", "two"))) as server:
        body, headers = multipart(("file", "a.png", png(1)), ("file", "b.png", b"no"))
        entries = ask(server, "POST", "/predict", body, headers).json["predictions"]
        assert [(entry["input"], entry["task"]) for entry in entries] == [
            (name, task) for name in ("a.png", "b.png") for task in ("one", "two")
        ]
        assert [entry["label"] is None for entry in entries] == [False, False, True, True]
