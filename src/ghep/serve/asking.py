"""How every route reads a body and asks the model: within the limits, and only while the client is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.requests import Request

from ghep.errors import RequestError
from ghep.serve.batcher import Answer
from ghep.serve.inputs import Input
from ghep.serve.service import Service


@asynccontextmanager
async def body_of(request: Request, service: Service) -> AsyncIterator[bytes]:
    """Yield the body of a request, which counts as held in memory for the block.

    Raises RequestError: 503 at once if the queue is full, 413 for a body that is declared or found too large.
    """
    limit = service.options.max_body
    service.model().refuse_if_full()
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise RequestError(413, "serve-body-too-large", limit=limit)
    chunks: list[bytes] = []
    size = 0
    try:
        more = True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                request.scope["gone"] = True
                raise asyncio.CancelledError
            chunk = message.get("body", b"")
            if size + len(chunk) > limit:
                raise RequestError(413, "serve-body-too-large", limit=limit)
            service.hold(len(chunk))
            size += len(chunk)
            chunks.append(chunk)
            more = message.get("more_body", False)
        yield chunks[0] if len(chunks) == 1 else b"".join(chunks)
    finally:
        service.bytes_held -= size


async def answers_to(request: Request, inputs: Sequence[Input], service: Service) -> list[Answer]:
    """Return the answer to each input; raises asyncio.CancelledError if the client leaves before they are there."""
    request.scope["log"]["inputs"] = len(inputs)
    gone = asyncio.ensure_future(_left(request))
    try:
        return await service.model().answers(inputs, gone)
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _left(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    request.scope["gone"] = True
