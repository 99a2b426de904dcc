"""The OpenAPI 3.1 document of a server, written by hand; the tests compare it with real answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghep._version import __version__
from ghep.serve.service import Service

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNTS: Schema = {"type": "array", "items": {"type": "integer"}}


def document(service: Service) -> dict[str, Any]:
    """Return the document; with a token it says that requests need it."""
    secured = service.options.token is not None
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service.identity.name,
            "version": service.identity.version,
            "description": f"A model served by ghep {__version__}.",
            **_model(service),
        },
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "responses": {
                "Problem": {
                    "description": "The request was refused; the body says why and how to fix it.",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                },
            },
            **(
                {
                    "securitySchemes": {
                        "bearer": {"type": "http", "scheme": "bearer"},
                        "basic": {"type": "http", "scheme": "basic"},
                    }
                }
                if secured
                else {}
            ),
        },
        **({"security": [{"bearer": []}, {"basic": []}]} if secured else {}),
    }


def _model(service: Service) -> dict[str, Any]:
    """Return what a client has to know of the model; nothing until it is loaded."""
    if service.batcher is None:
        return {}
    predictor = service.batcher.predictor
    tasks = [
        {"name": name, "exclusive": predictor.exclusive(name), "least_abstain": least}
        for name, least in predictor.least_rates().items()
    ]
    return {"x-ghep": {"modality": predictor.modality, "pairs": predictor.pairs, "tasks": tasks}}


def _paths() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": TEXT}
    version = {"name": "version", "in": "path", "required": True, "schema": TEXT}
    model, versioned = "/v2/models/{name}", "/v2/models/{name}/versions/{version}"
    found = {
        "/predict": {
            "post": {
                "operationId": "predict",
                "summary": "Predict one or several inputs",
                "requestBody": {"required": True, "content": _bodies()},
                "responses": _answers("PredictAnswer", 400, 413, 415, 422, 503),
            }
        },
        "/explain": {
            "parameters": [
                {"name": name, "in": "query", "schema": TEXT, "description": description}
                for name, description in (
                    ("task", "The task; without it, the first."),
                    ("label", "The class whose evidence is shown; without it, the answer."),
                )
            ],
            "post": {
                "operationId": "explain",
                "summary": "Where in a photo the model looked, drawn over the photo",
                "requestBody": {"required": True, "content": _bodies()},
                "responses": {
                    "200": _content("image/png", {"type": "string", "format": "binary"}),
                    **_problems(400, 404, 413, 415, 422, 503),
                },
            },
        },
        "/healthz": _get("healthz", "Whether the process lives", "Status"),
        "/readyz": _get("readyz", "Whether requests should be sent here", "Status", not_ready=True),
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Metrics for Prometheus",
                "responses": {"200": _content("text/plain", TEXT), **_problems()},
            }
        },
        "/openapi.json": _get("openapi", "This document", "Document"),
        "/v2": _get("server", "The server", "ServerMetadata"),
        "/v2/health/live": _get("live", "Whether the process lives", "Live"),
        "/v2/health/ready": _get("ready", "Whether requests should be sent here", "Ready", not_ready=True),
    }
    for path, parameters, suffix in ((model, [name], ""), (versioned, [name, version], "Version")):
        found[path] = {
            **_get(f"metadata{suffix}", "Inputs and outputs of the model", "ModelMetadata", 404, 503),
            "parameters": parameters,
        }
        found[f"{path}/ready"] = {
            **_get(f"modelReady{suffix}", "Whether the model is ready", "ModelReady", 404, not_ready=True),
            "parameters": parameters,
        }
        found[f"{path}/infer"] = {
            "parameters": parameters,
            "post": {
                "operationId": f"infer{suffix}",
                "summary": "Predict with the Open Inference Protocol",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("InferRequest")}},
                },
                "responses": _answers("InferAnswer", 400, 404, 413, 422, 503),
            },
        }
    return found


def _bodies() -> dict[str, Any]:
    raw = {"schema": {"type": "string", "format": "binary"}}
    part = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {
        "application/json": {"schema": _ref("PredictRequest")},
        "application/octet-stream": raw,
        "image/*": raw,
        "text/plain": {"schema": TEXT},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": {"type": "array", "items": part}}, "required": ["file"]}
        },
    }


def _schemas() -> dict[str, Schema]:
    nullable_text, nullable_number = {"type": ["string", "null"]}, {"type": ["number", "null"]}
    tensor = {"name": TEXT, "datatype": {"enum": ["BYTES", "FP32"]}, "shape": COUNTS}
    data = {"type": "array", "items": {"type": ["string", "number", "null"]}}
    return {
        "PredictRequest": {
            "description": "Texts, or the content of image files in base64; the names appear in the answer.",
            **_object(
                {"inputs": {"type": "array", "items": _input(), "minItems": 1}}, names={"type": "array", "items": TEXT}
            ),
        },
        "PredictAnswer": _object(
            {
                "model": _object({"name": TEXT, "version": TEXT}),
                "predictions": {"type": "array", "items": _ref("Prediction"), "minItems": 1},
            }
        ),
        "Prediction": {
            "description": "For one input and one task, in the order of the request.",
            **_object(
                {
                    "input": TEXT,
                    "task": TEXT,
                    "label": nullable_text,
                    "probability": nullable_number,
                    "probabilities": {
                        "type": "object",
                        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                    "value": nullable_number,
                    "interval": {"type": ["array", "null"], "items": NUMBER, "minItems": 2, "maxItems": 2},
                    "problem": {"oneOf": [{"type": "null"}, _object({"reason": TEXT, "detail": TEXT})]},
                    "familiarity": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                    "certainty": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                    "unfamiliar": {"type": ["boolean", "null"]},
                    "abstained": {"type": "boolean"},
                }
            ),
        },
        "Problem": {
            "description": "RFC 9457, with the text again as error, as the Open Inference Protocol has it.",
            **_object(
                {
                    "type": TEXT,
                    "title": TEXT,
                    "status": {"type": "integer"},
                    "detail": TEXT,
                    "code": TEXT,
                    "fix": TEXT,
                    "error": TEXT,
                    "request_id": TEXT,
                },
                reason=TEXT,
                predictions={"type": "array", "items": _ref("Prediction")},
            ),
        },
        "Status": _object({"status": {"enum": ["alive", "ready", "loading", "draining"]}}),
        "Document": {"type": "object"},
        "ServerMetadata": _object({"name": TEXT, "version": TEXT, "extensions": {"type": "array", "items": TEXT}}),
        "Live": _object({"live": {"type": "boolean"}}),
        "Ready": _object({"ready": {"type": "boolean"}}),
        "ModelReady": _object({"name": TEXT, "ready": {"type": "boolean"}}),
        "ModelMetadata": _object(
            {
                "name": TEXT,
                "versions": {"type": "array", "items": TEXT},
                "platform": TEXT,
                "inputs": {"type": "array", "items": _object(tensor)},
                "outputs": {"type": "array", "items": _object(tensor)},
            }
        ),
        "InferRequest": {
            "description": "One tensor of whole files (base64) or texts.",
            "type": "object",
            "required": ["inputs"],
            "properties": {
                "id": TEXT,
                "inputs": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["name", "shape", "datatype"],
                        "properties": {**tensor, "datatype": {"const": "BYTES"}, "data": {"type": "array"}},
                    },
                },
                "outputs": {"type": "array", "items": {"type": "object", "required": ["name"]}},
            },
        },
        "InferAnswer": _object(
            {
                "model_name": TEXT,
                "model_version": TEXT,
                "outputs": {"type": "array", "items": _object({**tensor, "data": data})},
            },
            id=TEXT,
        ),
    }


def _input() -> Schema:
    """Return the schema of an input in JSON: a text or a file in base64, or a pair of texts."""
    return {"oneOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}]}


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(media_type: str, schema: Schema) -> dict[str, Any]:
    return {"description": "OK", "content": {media_type: {"schema": schema}}}


def _problems(*statuses: int) -> dict[str, Any]:
    """Return the problems that a path may answer with, and those that every path may."""
    return {str(status): {"$ref": "#/components/responses/Problem"} for status in (*statuses, 401, 403)}


def _answers(schema: str, *statuses: int) -> dict[str, Any]:
    return {"200": _content("application/json", _ref(schema)), **_problems(*statuses)}


def _get(operation: str, summary: str, schema: str, *statuses: int, not_ready: bool = False) -> dict[str, Any]:
    answers = _answers(schema, *statuses)
    if not_ready:
        answers["503"] = _content("application/json", _ref(schema))
    return {"get": {"operationId": operation, "summary": summary, "responses": answers}}
