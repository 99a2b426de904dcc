"""Errors as answers: problem details (RFC 9457) with a code, a fix, and ``error`` for the Open Inference Protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ghep.errors import GhepError, RequestError
from ghep.messages import remedy_of, text_of

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, fix: str = "", **more: Any) -> dict[str, Any]:
    """Return the members of a problem; ``more`` are further ones, left out if they are None."""
    said = {
        "type": f"urn:ghep:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "fix": fix,
        "error": detail,
    }
    return {**said, **{name: value for name, value in more.items() if value is not None}}


def problem_of(error: GhepError, **more: Any) -> dict[str, Any]:
    """Return the problem for an error: the status of a ``RequestError``, else 422."""
    status = error.status if isinstance(error, RequestError) else 422
    return problem(status, error.code or "error", error.cause, error.remedy, **more)


def problem_text(status: int, code: str, **params: Any) -> bytes:
    """Return a problem from the catalogue as JSON."""
    return as_json(problem(status, code, text_of(code, **params), remedy_of(code, **params)))


def as_json(value: Mapping[str, Any]) -> bytes:
    """Return ``value`` as JSON in ASCII, without NaN, which JSON does not have."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
