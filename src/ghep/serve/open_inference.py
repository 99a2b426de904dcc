"""The Open Inference Protocol (V2) over HTTP: health, metadata, inference, as clients of KServe and Triton speak it.

The input is one tensor of type BYTES, an element for each file or text: in JSON a text as it is and a file in base64,
in the binary extension (Inference-Header-Content-Length) the bytes themselves, each after its length in four bytes.
Outputs are tensors for each task: ``label``, ``probability`` and ``probabilities``, or ``value``, ``low`` and ``high``
of a number; with several tasks their names start with the task's. A server that abstains also has ``abstained``: why an
answer is withheld, or an empty text. Outputs are JSON in both cases.

https://github.com/open-inference-protocol/open-inference-protocol
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ghep._version import __version__
from ghep.errors import BadExample, RequestError
from ghep.export.prediction import Prediction
from ghep.messages import text_of
from ghep.serve.asking import answers_to, body_of
from ghep.serve.inputs import Input, json_object, raw_of_json, too_many
from ghep.serve.problems import as_json
from ghep.serve.service import Service

HEADER_LENGTH = "inference-header-content-length"
INPUTS = "inputs"
"""Name of the only input tensor."""
LONGEST_NUMBER = 20
"""Digits of a header that is a number: Python refuses to read thousands of digits."""


def routes(service: Service) -> list[Route]:
    """Return the routes below ``/v2``."""

    async def server(_: Request) -> Response:
        return _json({"name": "ghep", "version": __version__, "extensions": ["binary_tensor_data"]})

    async def live(_: Request) -> Response:
        return _json({"live": True})

    async def ready(_: Request) -> Response:
        return _json({"ready": service.ready}, 200 if service.ready else 503)

    async def metadata(request: Request) -> Response:
        _check_name(request, service)
        identity = service.identity
        outputs = [
            {"name": name, "datatype": datatype, "shape": shape} for name, datatype, shape, _ in _tensors(service)
        ]
        return _json(
            {
                "name": identity.name,
                "versions": [identity.version],
                "platform": "ghep",
                "inputs": [{"name": INPUTS, "datatype": "BYTES", "shape": [-1]}],
                "outputs": outputs,
            }
        )

    async def model_ready(request: Request) -> Response:
        _check_name(request, service)
        return _json({"name": service.identity.name, "ready": service.ready}, 200 if service.ready else 503)

    async def infer(request: Request) -> Response:
        _check_name(request, service)
        async with body_of(request, service) as body:
            said, rest = _split(body, request.headers.get(HEADER_LENGTH))
            inputs = _inputs(said, rest, service)
            wanted = _wanted(said, service)
            answers = await answers_to(request, inputs, service)
        rows: list[Sequence[Prediction]] = []
        for place, answer in enumerate(answers):
            if isinstance(answer, BadExample):
                raise RequestError(422, "serve-unusable-input", place=place, detail=answer.cause)
            if (problem := next((one.problem for one in answer if one.problem), "")) != "":
                raise RequestError(422, "serve-unusable-input", place=place, detail=problem)
            rows.append(answer)
        identity = service.identity
        outputs = [
            {"name": name, "datatype": datatype, "shape": [len(rows), *shape[1:]], "data": read(rows)}
            for name, datatype, shape, read in _tensors(service)
            if name in wanted
        ]
        return _json(
            {
                "model_name": identity.name,
                "model_version": identity.version,
                **({"id": said["id"]} if isinstance(said.get("id"), str) else {}),
                "outputs": outputs,
            }
        )

    name = "/v2/models/{name}"
    return [
        Route("/v2", server, methods=["GET"]),
        Route("/v2/health/live", live, methods=["GET"]),
        Route("/v2/health/ready", ready, methods=["GET"]),
        *(
            route
            for path in (name, f"{name}/versions/{{version}}")
            for route in (
                Route(path, metadata, methods=["GET"]),
                Route(f"{path}/ready", model_ready, methods=["GET"]),
                Route(f"{path}/infer", infer, methods=["POST"]),
            )
        ),
    ]


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")


def _check_name(request: Request, service: Service) -> None:
    identity = service.identity
    name, version = request.path_params["name"], request.path_params.get("version", identity.version)
    if (name, version) != (identity.name, identity.version):
        raise RequestError(404, "serve-no-such-model", name=identity.name, version=identity.version)


def _tensors(service: Service) -> list[tuple[str, str, list[int], Any]]:
    """Return name, datatype, shape and the function that reads the data from rows of predictions, for each output."""
    found: list[tuple[str, str, list[int], Any]] = []
    batcher = service.model()
    predictor = batcher.predictor
    several = len(predictor.tasks) > 1
    for place, task in enumerate(predictor.tasks):
        start = f"{task}." if several else ""
        if batcher.abstain is not None:
            found.append((f"{start}abstained", "BYTES", [-1], _column(place, lambda one: one.abstained)))
        classes = predictor.classes(task)
        if classes:
            found += [
                (f"{start}label", "BYTES", [-1], _column(place, lambda one: one.label)),
                (f"{start}probability", "FP32", [-1], _column(place, lambda one: one.probability)),
                (f"{start}probabilities", "FP32", [-1, len(classes)], _flat(place)),
            ]
            continue
        found.append((f"{start}value", "FP32", [-1], _column(place, lambda one: one.value)))
        if task in predictor.calibration:
            found += [
                (f"{start}low", "FP32", [-1], _column(place, lambda one: one.interval.low)),
                (f"{start}high", "FP32", [-1], _column(place, lambda one: one.interval.high)),
            ]
    return found


def _column(place: int, value: Any) -> Any:
    return lambda rows: [value(row[place]) for row in rows]


def _flat(place: int) -> Any:
    return lambda rows: [one for row in rows for one in row[place].probabilities.values()]


def _split(body: bytes, length: str | None) -> tuple[dict[str, Any], memoryview]:
    """Return the JSON of a request and the binary data after it."""
    if length is None:
        return json_object(body), memoryview(b"")
    if not length.isdecimal() or len(length) > LONGEST_NUMBER or int(length) > len(body):
        raise RequestError(400, "serve-v2-header-length", found=f"{length:.40}")
    return json_object(body[: int(length)]), memoryview(body)[int(length) :]


def _inputs(said: Mapping[str, Any], rest: memoryview, service: Service) -> list[Input]:
    tensors = said.get("inputs")
    if not isinstance(tensors, list) or len(tensors) != 1 or not isinstance(tensors[0], dict):
        raise RequestError(400, "serve-v2-inputs")
    (tensor,) = tensors
    if tensor.get("datatype") != "BYTES":
        raise RequestError(400, "serve-v2-datatype", found=f"{tensor.get('datatype')!s:.40}")
    kind, most = service.model().kind, service.options.files
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is not None:
        if not isinstance(size, int) or isinstance(size, bool) or size != len(rest):
            raise RequestError(400, "serve-v2-binary", cause=text_of("serve-v2-size", found=len(rest)))
        raws = [kind.given.of_bytes(one, None) for one in _elements(rest, most)]
    else:
        data = tensor.get("data")
        if not isinstance(data, list):
            raise RequestError(400, "serve-v2-inputs")
        if len(data) > most:
            raise too_many(most, len(data))
        raws = [raw_of_json(value, place, kind) for place, value in enumerate(data)]
    shape = tensor.get("shape")
    if not isinstance(shape, list) or not raws or _product(shape) != len(raws):
        raise RequestError(400, "serve-v2-shape", found=f"{shape!s:.80}", count=len(raws))
    return [Input(text_of("unnamed-input", place=place), raw) for place, raw in enumerate(raws)]


def _product(shape: Sequence[Any]) -> int:
    found = 1
    for side in shape:
        if not isinstance(side, int) or isinstance(side, bool) or not 0 <= side <= 1_000_000:
            return -1
        found *= side
    return found


def _elements(rest: memoryview, most: int) -> list[bytes]:
    """Return the elements of a BYTES tensor: each is preceded by its length, four bytes, little endian."""
    found: list[bytes] = []
    at = 0
    while at < len(rest):
        if len(found) == most:
            raise too_many(most, most + 1)
        if at + 4 > len(rest):
            raise RequestError(400, "serve-v2-binary", cause=text_of("serve-v2-cut"))
        (length,) = struct.unpack_from("<I", rest, at)
        at += 4
        if at + length > len(rest):
            raise RequestError(400, "serve-v2-binary", cause=text_of("serve-v2-cut"))
        found.append(bytes(rest[at : at + length]))
        at += length
    return found


def _wanted(said: Mapping[str, Any], service: Service) -> set[str]:
    """Return the names of the outputs that are asked for: all, unless some are named."""
    known = [name for name, *_ in _tensors(service)]
    outputs = said.get("outputs")
    if not outputs:
        return set(known)
    if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
        raise RequestError(400, "serve-v2-outputs", known=known)
    names = {str(one.get("name")) for one in outputs}
    if not names <= set(known):
        raise RequestError(400, "serve-v2-outputs", known=known)
    return names
