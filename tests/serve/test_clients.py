"""Clients that others wrote: curl, requests, Triton's, and schemathesis, which reads the OpenAPI document."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ghep.export.predictor import Predictor
from ghep.serve.server import Server
from serving import NAME, png, serving, text_predictor, tiny_predictor

ROUNDING = 2e-5


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return tiny_predictor()


@pytest.fixture(scope="module")
def server(predictor: Predictor) -> Iterator[Server]:
    with serving(predictor) as running:
        yield running


def curl(*arguments: str) -> dict[str, object]:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_curl(server: Server, predictor: Predictor, tmp_path: Path) -> None:
    file = tmp_path / "a photo.png"
    file.write_bytes(png(3))
    (expected,) = predictor.predict([png(3)])
    address = f"{server.address}/predict"
    for arguments in (["--data-binary", f"@{file}"], ["-F", f"file=@{file}"], ["-T", str(file), "-X", "POST"]):
        (entry,) = curl(*arguments, address)["predictions"]  # type: ignore[misc]
        assert entry["label"] == expected.label  # type: ignore[index]
    assert curl("-F", f"file=@{file}", address)["predictions"][0]["input"] == "a photo.png"  # type: ignore[index]
    (tmp_path / "large").write_bytes(bytes(21 * 2**20))
    assert curl("-T", str(tmp_path / "large"), "-X", "POST", address)["status"] == 413, "Expect: 100-continue"
    assert curl("-F", f"file=@{tmp_path / 'large'}", address)["status"] == 413


def test_requests(server: Server, predictor: Predictor) -> None:
    requests = pytest.importorskip("requests")
    with requests.Session() as session:
        for seed in range(5):
            reply = session.post(f"{server.address}/predict", files={"file": ("x.png", png(seed))}, timeout=20)
            assert reply.json()["predictions"][0]["label"] == predictor.predict([png(seed)])[0].label
        assert session.post(f"{server.address}/predict", data=b"no", timeout=20).status_code == 422
        assert session.post(f"{server.address}/predict", json={"inputs": []}, timeout=20).status_code == 400


def test_tritons_client(server: Server, predictor: Predictor, tmp_path: Path) -> None:
    client_http = pytest.importorskip("tritonclient.http")

    def ask(address: str, values: list[bytes], *, binary: bool) -> object:
        client = client_http.InferenceServerClient(address.removeprefix("http://"))
        try:
            assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(NAME)
            metadata = client.get_model_metadata(NAME)
            (told,) = metadata["inputs"]
            tensor = client_http.InferInput(told["name"], [len(values)], told["datatype"])
            tensor.set_data_from_numpy(np.array(values, dtype=object), binary_data=binary)
            return client.infer(NAME, [tensor], request_id="7")
        finally:
            client.close()

    images = [png(seed) for seed in range(3)]
    found = ask(server.address, images, binary=True)
    expected = predictor.predict(images)
    assert [str(one) for one in found.as_numpy("label")] == [one.label for one in expected]  # type: ignore[attr-defined]
    rows = np.array([list(one.probabilities.values()) for one in expected])
    np.testing.assert_allclose(found.as_numpy("probabilities"), rows, atol=ROUNDING)  # type: ignore[attr-defined]
    texts = ["a lovely film", "a dull plot \u2013 caf\u00e9"]
    reader = text_predictor(tmp_path / "bert")
    with serving(reader) as other:
        for binary in (True, False):
            found = ask(other.address, [text.encode() for text in texts], binary=binary)
            assert [str(one) for one in found.as_numpy("label")] == [one.label for one in reader.predict(texts)]  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_schemathesis_finds_no_answer_that_the_document_does_not_describe(server: Server) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi import checks as openapi

    # Not whether valid requests are accepted: most texts are no image.
    checks = [
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_headers_conformance,
        openapi.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    for operation in schema.get_all_operations():

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.ok().as_strategy())
        def run(case: object) -> None:
            reply = case.call(headers={"Host": "localhost"})  # type: ignore[attr-defined]
            assert reply.status_code < 500
            case.validate_response(reply, checks=checks)  # type: ignore[attr-defined]

        run()
