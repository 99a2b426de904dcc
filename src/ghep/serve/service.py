"""The state of a server that its routes share: the model, the queue, the metrics, and whether it is ready."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ghep.errors import RequestError
from ghep.serve.answers import Identity
from ghep.serve.batcher import Batcher
from ghep.serve.metrics import Metrics
from ghep.serve.options import ServeOptions

BODIES = 16
"""Bodies of the largest size that may be in memory at the same time; more small ones."""


@dataclass
class Service:
    """One model that is served; ``batcher`` is None until the model is loaded and tried."""

    identity: Identity
    options: ServeOptions
    metrics: Metrics
    batcher: Batcher | None = None
    draining: bool = False
    """Whether the server was asked to stop: it answers, and says that it is not ready."""
    hosts: frozenset[str] = frozenset()
    """Names in the ``Host`` header that are accepted besides addresses."""
    folder: Path | None = None
    """Of the bundle or export: the page shows its card."""
    bytes_held: int = field(default=0)
    """Bytes of all bodies in memory."""

    explaining: int = field(default=0)
    """Maps of photos that are computed or wait."""

    @property
    def ready(self) -> bool:
        """Whether requests should be sent to this server."""
        return self.batcher is not None and not self.draining

    def model(self) -> Batcher:
        """Return the loaded model; raise RequestError (503) while it is loading."""
        if self.batcher is None:
            raise RequestError(503, "serve-loading", headers={"retry-after": "1"})
        return self.batcher

    @asynccontextmanager
    async def one_explanation(self) -> AsyncIterator[None]:
        """Count a map that is computed in the block."""
        self.explaining += 1
        try:
            yield
        finally:
            self.explaining -= 1

    def hold(self, count: int) -> None:
        """Count ``count`` bytes of a body; raise RequestError (503) if all bodies together are too large."""
        if self.bytes_held + count > BODIES * self.options.max_body:
            raise RequestError(503, "serve-bodies-full", headers={"retry-after": "1"})
        self.bytes_held += count
