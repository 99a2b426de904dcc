"""``serve``: listen, load the model, try it, answer until asked to stop, finish what was begun.

The server listens before the model is loaded, so that an orchestrator sees it alive and not ready. Loading happens in
another thread; if it fails, the server stops and the error is raised.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from ghep.cpus import cores
from ghep.errors import ConfigError
from ghep.export.base_predictor import BasePredictor, refuse_rate
from ghep.export.deployment import model_name
from ghep.serve.answers import Identity
from ghep.serve.app import application
from ghep.serve.batcher import Batcher, Watch
from ghep.serve.deadline import Deadlines, protocol_with
from ghep.serve.familiarities import Familiarities
from ghep.serve.limits import most_connections
from ghep.serve.logs import LOGGER, log_to_stderr
from ghep.serve.metrics import Metrics
from ghep.serve.options import LOOPBACK, ServeOptions
from ghep.serve.service import Service
from ghep.setting import refusals, settings_of
from ghep.storage.folder import MANIFEST
from ghep.storage.hashing import sha256_bytes

KEEP_ALIVE = 5
"""Seconds that an idle connection stays open."""
GRACE = 30
"""Seconds that a server that stops gives to requests that it has begun."""
SETTLE = 0.2
"""Seconds between the last accepted connection and the closing of idle ones: a request may be on its way."""
BACKLOG = 2048
MOST_DECODERS = 4
VERSION_DIGITS = 12
"""Of the digest of a manifest."""


class Server(uvicorn.Server):
    """A server of one model. ``run`` returns after SIGTERM, SIGINT or ``stop``; a second signal ends the process."""

    def __init__(self, load: Callable[[], BasePredictor], options: ServeOptions, identity: Identity) -> None:
        self.load = load
        self.options = options
        self.service = Service(identity, options, Metrics(model=identity.name, version=identity.version))
        self.service.hosts = frozenset(name.lower() for name in (*LOOPBACK, options.host, *(options.allow_host or ())))
        self.failure: BaseException | None = None
        self.socket = listening(options.host, options.port)
        self.address = address_of(self.socket)
        metrics = self.service.metrics
        limits = Deadlines(
            options.header_timeout,
            options.request_timeout,
            most_connections(options.connections),
            cut=lambda reason: metrics.rejected.labels(reason).inc(),
        )
        super().__init__(
            uvicorn.Config(
                application(self.service),
                http=protocol_with(limits),
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=GRACE,
            )
        )
        metrics.measure(
            queue=lambda: 0 if self.service.batcher is None else self.service.batcher.held,
            connections=lambda: len(self.server_state.connections),
            ready=lambda: float(self.service.ready),
        )

    def serve_until_stopped(self) -> None:
        """Listen, load and answer until asked to stop; raise what loading raised."""
        threading.Thread(target=self._load, name="ghep-load", daemon=True).start()
        try:
            self.run(sockets=[self.socket])
        finally:
            if self.service.batcher is not None:
                self.service.batcher.close()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Ask the server to stop, from any thread."""
        self.should_exit = True

    def _load(self) -> None:
        try:
            predictor = self.load()
            if self.options.abstain is not None:
                refuse_rate(self.options.abstain, predictor.least_rates())
            threads = self.options.threads or cores()
            metrics = self.service.metrics

            def batch(size: int, seconds: float) -> None:
                metrics.batch.observe(size)
                metrics.inference.observe(seconds)

            batcher = Batcher(
                predictor,
                queue=self.options.queue,
                batch=self.options.batch,
                decoders=min(MOST_DECODERS, threads),
                max_pixels=self.options.max_pixels,
                max_characters=self.options.max_characters,
                abstain=self.options.abstain,
                watch=Watch(batch, metrics.dropped.inc, Familiarities(predictor, metrics).count),
            )
            batcher.try_out()
            self.service.batcher = batcher
            LOGGER.info("ready", extra={"fields": {"address": self.address, **self.service.identity.to_json()}})
        except BaseException as error:
            self.failure = error
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Report not ready, answer for ``drain_delay`` seconds, stop accepting, finish."""
        self.service.draining = True
        LOGGER.info("stopping", extra={"fields": {"held": self.service.batcher.held if self.service.batcher else 0}})
        if self.failure is None:
            await asyncio.sleep(self.options.drain_delay)
        await self._stop_accepting()
        await super().shutdown(sockets)
        LOGGER.info("stopped")

    async def _stop_accepting(self) -> None:
        """Close the listening socket right after accepting all that wait in its line: the rest would be reset."""
        loop, waiting = asyncio.get_running_loop(), []
        with suppress(OSError):  # BlockingIOError: nothing waits
            while True:
                waiting.append(self.socket.accept()[0])
        for server in self.servers:
            server.close()
        self.socket.close()
        for accepted in waiting:
            accepted.setblocking(False)
            await loop.connect_accepted_socket(self._protocol, accepted)
        if self.failure is None:
            await asyncio.sleep(SETTLE)

    def _protocol(self) -> asyncio.Protocol:
        kind = self.config.http_protocol_class
        made: asyncio.Protocol = kind(config=self.config, server_state=self.server_state, app_state={})  # type: ignore[call-arg]
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first SIGTERM or SIGINT and leave at the second.

        uvicorn raises the signal again when it has stopped, and the process would end by it instead of with 0.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop; if it is stopping already, end the process now."""
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True


def serve(
    model: str | Path,
    *,
    started: Callable[[Server], None] | None = None,
    load: Callable[[], BasePredictor],
    **options: Any,
) -> None:
    """Serve the model in a folder until asked to stop; ``started`` is called when the server listens.

    Raises ConfigError for options that cannot be used, and what ``load`` raises.
    """
    wrong = refusals(settings_of(ServeOptions), options)
    if wrong:
        raise ConfigError("serve-options-refused", wrong=wrong)
    chosen = ServeOptions(**options)
    refuse_open(chosen)
    folder = Path(model)
    server = Server(load, chosen, Identity(chosen.name or name_of(folder), version_of(folder)))
    server.service.folder = folder
    log_to_stderr()
    if started is not None:
        started(server)
    server.serve_until_stopped()


def refuse_open(options: ServeOptions) -> None:
    """Raise ConfigError for a server that other machines could use without a token, unless that was asked for."""
    if options.token is None and not options.no_token and options.host not in LOOPBACK:
        raise ConfigError("serve-open-without-token", host=options.host)
    if options.token is not None and options.no_token:
        raise ConfigError("serve-token-and-no-token")


def name_of(folder: Path) -> str:
    """Return a name for the model in ``folder``: of ``runs/pets/bundle``, ``pets``; characters of addresses only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model_name(folder)).strip("-") or "model"


def version_of(folder: Path) -> str:
    """Return the first digits of the digest of the folder's manifest, which has the digest of every file."""
    try:
        return sha256_bytes((folder / MANIFEST).read_bytes())[:VERSION_DIGITS]
    except OSError:
        return "unknown"  # loading will say why


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the address; raise ConfigError if that is impossible."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, number)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(BACKLOG)  # connections wait in line until the loop runs
        except BaseException:
            bound.close()
            raise
    except (OSError, UnicodeError, OverflowError) as error:
        raise ConfigError("serve-cannot-listen", host=host, port=port, cause=error) from error
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address of a socket as a URL."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
