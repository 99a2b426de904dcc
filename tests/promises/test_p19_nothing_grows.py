"""P19: thousands of requests of every kind leave memory and file descriptors as they were."""

from __future__ import annotations

import http.client
from pathlib import Path

import psutil
import pytest

from serving import multipart, png, serving, tiny_predictor


def _requests(connection: http.client.HTTPConnection, count: int) -> None:
    form, headers = multipart(("file", "a.png", png(1)), ("file", "b.png", b"no"))
    kinds = [
        ("POST", "/predict", png(2), {}),
        ("POST", "/predict", form, headers),
        ("POST", "/predict", b"no", {}),
        ("POST", "/predict", b"{", {"Content-Type": "application/json"}),
        ("GET", "/metrics", None, {}),
    ]
    for number in range(count):
        method, path, body, given = kinds[number % len(kinds)]
        if number % 50 == 49:
            method, path, body = "GET", f"/{number}", None
        connection.request(method, path, body, given)
        connection.getresponse().read()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
def test_memory_and_descriptors_stay() -> None:
    process = psutil.Process()
    with serving(tiny_predictor()) as server:
        host, port = server.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        _requests(connection, 1500)
        memory, descriptors = process.memory_info().rss, process.num_fds()
        _requests(connection, 3000)
        assert process.memory_info().rss < 1.02 * memory and process.num_fds() == descriptors
        connection.close()
