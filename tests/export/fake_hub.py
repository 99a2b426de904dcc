"""A hub on loopback: the endpoints that huggingface_hub calls to create a repository and upload files in one commit.

It keeps the bytes that it receives, and answers as the real hub does to a wrong token, a foreign owner and an unknown
organisation.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_ATokenOfTheTests"
USER = "ann"
ERRORS = {
    "someone-else": (403, "You don't have the rights to create a model under the namespace"),
    "no-such-organisation": (404, "Not found"),
    "busy": (503, "Service unavailable"),
}
"""Owner -> what the hub answers when a repository is created there."""


@dataclass
class FakeHub:
    """What the hub has: repositories, their files, the requests that it answered."""

    endpoint: str = ""
    private: dict[str, bool] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    """SHA-256 -> content, of files sent outside of the commit."""
    requests: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    hub = FakeHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None: ...

    def do_POST(self) -> None:
        body, path = self._body(), self.path.partition("?")[0]
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer({"error": "Invalid username or password."}, 401)
        if path == "/api/validate-yaml":
            return self._answer({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path.endswith("/info/lfs/objects/batch"):
            return self._answer(self._batch(json.loads(body)))
        if "/preupload/" in path:
            files = [self._mode(one) for one in json.loads(body)["files"]]
            return self._answer({"files": files})
        if "/commit/" in path:
            return self._commit(path.removeprefix("/api/models/").partition("/commit/")[0], body)
        return self._answer({"error": "Not found"}, 404)

    def do_GET(self) -> None:
        repository = self.path.partition("?")[0].removeprefix("/api/models/")
        if repository not in self.hub.private:
            return self._answer({"error": "Repository not found"}, 404)
        return self._answer({"id": repository, "private": self.hub.private[repository], "sha": "0" * 40})

    def do_PUT(self) -> None:
        body = self._body()
        assert hashlib.sha256(body).hexdigest() == self.path.rpartition("/")[2], "the client sent other bytes"
        self.hub.stored[hashlib.sha256(body).hexdigest()] = body
        self._answer({})

    def _create(self, asked: dict[str, Any]) -> None:
        owner = asked.get("organization") or USER
        if owner in ERRORS:
            status, said = ERRORS[owner]
            return self._answer({"error": said}, status)
        repository = f"{owner}/{asked['name']}"
        if repository in self.hub.private:
            said = {"error": "You already created this model repo", "url": f"{self.hub.endpoint}/{repository}"}
            return self._answer(said, 409)
        self.hub.private[repository] = asked.get("visibility") == "private" or asked.get("private") is True
        self.hub.files[repository] = {}
        return self._answer({"url": f"{self.hub.endpoint}/{repository}", "name": repository})

    def _mode(self, one: dict[str, Any]) -> dict[str, Any]:
        large = one["path"].endswith((".safetensors", ".onnx", ".bin"))
        return {"path": one["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}

    def _batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        objects = [
            {**one, "actions": {"upload": {"href": f"{self.hub.endpoint}/storage/{one['oid']}"}}}
            for one in asked["objects"]
        ]
        return {"transfer": "basic", "objects": objects}

    def _commit(self, repository: str, body: bytes) -> None:
        files = self.hub.files[repository]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
        self._answer({"commitUrl": f"{self.hub.endpoint}/{repository}/commit/{'1' * 40}", "commitOid": "1" * 40})

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, content: Any, status: int = 200) -> None:
        self.hub.requests.append(f"{self.command} {self.path.partition('?')[0]}")
        self.hub.agents.add(self.headers.get("User-Agent", ""))
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status >= 400:
            self.send_header("X-Error-Message", content["error"])
        self.end_headers()
        self.wfile.write(data)
