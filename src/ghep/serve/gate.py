"""What happens to every request around its route: who may ask, the request id, headers, errors, metrics, the log.

A browser sends a page of any site to any server that it can reach, also to one on loopback. So the ``Host`` header must
be an address or a name that the server knows (else a foreign name could be pointed at it: DNS rebinding), a request of
a foreign ``Origin`` is refused, and no answer permits other sites to read it (no CORS).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ghep.errors import GhepError, RequestError
from ghep.messages import remedy_of, text_of
from ghep.serve.logs import LOGGER
from ghep.serve.problems import MEDIA_TYPE, as_json, problem, problem_of
from ghep.serve.service import Service

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
PROBES = ("/healthz", "/readyz", "/v2/health/live", "/v2/health/ready")
"""Paths that need no token: an orchestrator asks them."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, browsers send forms without their Origin
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
CLIENT_LEFT = 499
"""In logs and metrics: the client closed the connection before it was answered."""
METHODS = ("GET", "HEAD", "POST")


class Gate:
    """An ASGI application around the routes."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["app"] = self  # so that the router raises HTTPException for unknown paths and methods
        scope["log"] = log = {"status": 0}
        scope["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                log["status"] = message["status"]
                more = [(b"x-request-id", request_id.encode()), *HEADERS]
                if self.service.draining:
                    more.append((b"connection", b"close"))
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        async def fail(status: int, body: dict[str, Any], more: MutableMapping[str, str] | None = None) -> None:
            log["reason"] = body["code"]
            if not log["status"]:
                await _send_problem(send_with_headers, status, {**body, "request_id": request_id}, more or {})

        try:
            self._check(scope, headers)
            await self.app(scope, receive, send_with_headers)
        except RequestError as error:
            if error.status in (413, 429, 503):
                self.service.metrics.rejected.labels(error.code.removeprefix("serve-")).inc()
            await fail(error.status, problem_of(error), error.headers)
        except HTTPException as error:
            code = "serve-no-such-method" if error.status_code == 405 else "serve-no-such-path"
            said = problem(error.status_code, code, text_of(code), remedy_of(code))
            await fail(error.status_code, said, dict(error.headers or {}))
        except asyncio.CancelledError:
            if not scope.get("gone"):
                raise
            log["status"] = CLIENT_LEFT
        except GhepError as error:
            LOGGER.exception("failed", extra={"fields": {"request_id": request_id}})
            await fail(500, {**problem_of(error), "status": 500, "title": "Internal Server Error"})
        except Exception:
            LOGGER.exception("failed", extra={"fields": {"request_id": request_id}})
            await fail(500, problem(500, "serve-bug", text_of("serve-bug"), remedy_of("serve-bug")))
        finally:
            self._count(scope, log, request_id, time.perf_counter() - started)

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        """Raise RequestError unless the request comes from here, or from a program, and has the token."""
        host = headers.get("host", "")
        if not self._known(host):
            raise RequestError(403, "serve-foreign-host", found=f"{host:.80}")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            raise RequestError(403, "serve-foreign-origin", found=f"{origin:.80}")
        token = self.service.options.token
        if (
            token is not None
            and scope["path"] not in PROBES
            and not _has_token(headers.get("authorization", ""), token)
        ):
            raise RequestError(
                401, "serve-no-token", headers={"www-authenticate": 'Basic realm="ghep", charset="UTF-8"'}
            )

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self.service.hosts:
                return True
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _count(self, scope: Scope, log: dict[str, Any], request_id: str, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        metrics = self.service.metrics
        metrics.requests.labels(route, method, log["status"]).inc()
        metrics.seconds.labels(route, method).observe(seconds)
        if self.service.options.log_requests:
            fields = {"request_id": request_id, "method": method, "route": route, **log, "seconds": round(seconds, 6)}
            LOGGER.info("request", extra={"fields": fields})


def _has_token(authorization: str, token: str) -> bool:
    """Whether the header has ``Bearer TOKEN``, or ``Basic`` with the token as password, which browsers ask for."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(value.strip().encode(), token.encode())


async def _send_problem(send: Send, status: int, body: dict[str, Any], headers: MutableMapping[str, str]) -> None:
    content = as_json(body)
    lines = {"content-type": MEDIA_TYPE, "content-length": str(len(content)), **headers}
    pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
