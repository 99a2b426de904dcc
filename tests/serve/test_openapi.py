"""The OpenAPI document describes what the server really answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ghep.model.bundle import save_bundle
from ghep.serve import app, open_inference
from ghep.serve.page import assets
from ghep.serve.server import Server
from serving import NAME, ask, multipart, png, post_json, serving, tiny_predictor
from tiny import tiny_tasks

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(tiny_predictor(*tiny_tasks("one", "two"))) as running:
        yield running


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    return ask(server, "GET", "/openapi.json").json  # type: ignore[no-any-return]


def fits(document: dict[str, Any], path: str, method: str, reply: Any) -> None:
    """The answer has a schema in the document, and is valid by it."""
    operation = document["paths"][path][method]
    answer = operation["responses"][str(reply.status)]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    media_type = reply.headers["content-type"].partition(";")[0]
    schema = answer["content"][media_type]["schema"]
    if media_type.endswith("json"):
        whole = {"components": document["components"], **schema}
        jsonschema.Draft202012Validator(whole).validate(reply.json)


def test_every_route_is_in_the_document(server: Server, document: dict[str, Any]) -> None:
    service = server.service
    routes = [*app._routes(service), *open_inference.routes(service)]
    page = {"/", *assets()}
    real = {(route.path, method.lower()) for route in routes if route.path not in page for method in route.methods}
    told = {
        (path, method)
        for path, entry in document["paths"].items()
        for method in entry
        if method in ("get", "post", "put", "delete")
    }
    assert {one for one in real if one[1] != "head"} == told
    operations = [
        entry[method]["operationId"]
        for entry in document["paths"].values()
        for method in entry
        if method in ("get", "post")
    ]
    assert len(set(operations)) == len(operations)


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/v2", "/v2/health/live", "/v2/health/ready"]
)
def test_a_route_without_parameters_answers_as_described(server: Server, document: dict[str, Any], path: str) -> None:
    fits(document, path, "get", ask(server, "GET", path))
    fits(document, path, "get", ask(server, "GET", path, headers={"Host": "evil.example"}))


def test_predictions_and_problems_are_as_described(server: Server, document: dict[str, Any]) -> None:
    body, headers = multipart(("file", "a", png()), ("file", "b", b"no"))
    replies = [
        ask(server, "POST", "/predict", png()),
        ask(server, "POST", "/predict", body, headers),
        ask(server, "POST", "/predict", b"no"),
        ask(server, "POST", "/predict", b"no", {"Content-Type": "text/plain"}),
        ask(server, "POST", "/predict", b"{", {"Content-Type": "application/json"}),
        post_json(server, "/predict", {"inputs": [""] * 17}),
    ]
    assert [reply.status for reply in replies] == [200, 200, 422, 415, 400, 413]
    for reply in replies:
        fits(document, "/predict", "post", reply)


@pytest.mark.slow
def test_maps_are_as_described(document: dict[str, Any], tmp_path: Path) -> None:
    save_bundle(tmp_path / "pets", tiny_predictor().model, calibration={}, training={}, metrics={}, card="")
    with serving(tiny_predictor()) as server:
        server.service.folder = tmp_path / "pets"
        replies = [ask(server, "POST", f"/explain{query}", png()) for query in ("", "?label=zebra")]
        replies.append(ask(server, "POST", "/explain", b""))
    with serving(tiny_predictor()) as server:
        replies.append(ask(server, "POST", "/explain", png()))
    assert [reply.status for reply in replies] == [200, 422, 400, 404]
    for reply in replies:
        fits(document, "/explain", "post", reply)


def test_the_inference_protocol_is_as_described(server: Server, document: dict[str, Any]) -> None:
    for path, real in (
        ("/v2/models/{name}", f"/v2/models/{NAME}"),
        ("/v2/models/{name}/versions/{version}", f"/v2/models/{NAME}/versions/1"),
    ):
        fits(document, path, "get", ask(server, "GET", real))
        fits(document, f"{path}/ready", "get", ask(server, "GET", f"{real}/ready"))
        tensor = {"name": "inputs", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(png()).decode()]}
        for sent, status in (
            ({"inputs": [tensor]}, 200),
            ({"inputs": [tensor], "id": "7", "outputs": [{"name": "one.label"}]}, 200),
            ({"inputs": []}, 400),
            ({"inputs": [{**tensor, "data": ["AAAA"]}]}, 422),
        ):
            reply = post_json(server, f"{real}/infer", sent)
            assert reply.status == status
            fits(document, f"{path}/infer", "post", reply)
        reply = ask(server, "GET", real.replace(NAME, "other"))
        assert reply.status == 404
        fits(document, path, "get", reply)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(json.loads(json.dumps(document)))


@pytest.mark.slow
def test_a_token_is_described() -> None:
    with serving(tiny_predictor(), token="x") as server:
        told = ask(server, "GET", "/openapi.json", headers={"Authorization": "Bearer x"}).json
        assert {"bearer": []} in told["security"]
