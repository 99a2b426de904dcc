"""A real server of a tiny model on a free port of loopback, in a thread of the test, and a client for it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
import torch
from PIL import Image

from ghep.backbone.catalog import load_backbone
from ghep.export.base_predictor import BasePredictor
from ghep.export.predictor import Predictor
from ghep.model.bundle import Bundle
from ghep.model.transfer import TransferModel
from ghep.serve.answers import Identity
from ghep.serve.options import ServeOptions
from ghep.serve.server import Server
from ghep.tasks.classification import Classification
from small_bert import small_bert
from tiny import SIZE, tiny_model

TIMEOUT = 60
"""Seconds after which a test gives up on an answer."""
NAME = "tiny"


@dataclass(frozen=True)
class Reply:
    """An answer of a server."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def tiny_predictor(*tasks: Classification) -> Predictor:
    """A predictor of images of 16 pixels whose logits differ from image to image."""
    model = tiny_model(tasks=tasks or None)
    model.eval()
    _randomise(model)
    return Predictor(Bundle(model, {}, {}, Path("tiny")), engine="torch-float32")


def text_predictor(folder: Path) -> Predictor:
    """A predictor of texts: a BERT of 2,000 random weights, written to ``folder``."""
    model = TransferModel(load_backbone(small_bert(folder)), [Classification("label", ("down", "up"))])
    model.eval()
    _randomise(model)
    return Predictor(Bundle(model, {}, {}, folder), engine="torch-float32")


def _randomise(model: TransferModel) -> None:
    """Heads are zero until they are trained."""
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.normal_(0, 0.5, generator=random)


def png(seed: int = 0, size: tuple[int, int] = (SIZE, SIZE)) -> bytes:
    """The content of a PNG file of noise, different for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


@contextmanager
def serving(predictor: BasePredictor, **options: Any) -> Iterator[Server]:
    """A server that is ready; it is stopped at the end of the block."""
    chosen = ServeOptions(**{"port": 0, "drain_delay": 0.0, "log_requests": False, **options})
    server = Server(lambda: predictor, chosen, Identity(NAME, "1"))
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        until(lambda: server.service.ready and server.started)
        yield server
    finally:
        server.stop()
        thread.join(TIMEOUT)
        assert not thread.is_alive()


def until(condition: Any, seconds: float = TIMEOUT) -> None:
    """Wait until ``condition()`` is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


class HasAddress(Protocol):
    """A server in this process, or in another one."""

    @property
    def address(self) -> str: ...


def ask(
    server: HasAddress, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Reply:
    """Send one request on a connection of its own."""
    place = urlsplit(server.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def post_json(server: Server, path: str, value: Any, **headers: str) -> Reply:
    return ask(server, "POST", path, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


def multipart(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, dict[str, str]]:
    """The body and header of a form; a part is its field, its file name or None, and its content."""
    lines = []
    for field, filename, content in parts:
        named = "" if filename is None else f'; filename="{filename}"'
        head = f'--edge\r\nContent-Disposition: form-data; name="{field}"{named}\r\n\r\n'
        lines.append(head.encode() + content + b"\r\n")
    return b"".join(lines) + b"--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def connected(server: Server) -> socket.socket:
    """A bare connection."""
    place = urlsplit(server.address)
    return socket.create_connection((place.hostname, place.port), timeout=TIMEOUT)


def all_of(connection: socket.socket) -> bytes:
    """Everything that the server sends until it closes the connection; b"" if it resets it."""
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found
