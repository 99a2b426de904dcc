"""P17: slow headers, slow bodies and silent connections are closed in time, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from serving import ask, png, serving, tiny_predictor

HEADER, REQUEST, CLIENTS = 0.6, 1.0, 60
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"


async def _drip(address: tuple[str, int], begin: bytes, more: bytes) -> float:
    """Send ``begin``, then a byte of ``more`` every 50 ms; return the seconds until the server ended the connection."""
    reader, writer = await asyncio.open_connection(*address)
    started = time.monotonic()
    writer.write(begin)
    ended = asyncio.ensure_future(reader.read())
    with suppress(OSError):
        for byte in more:
            writer.write(bytes([byte]))
            if (await asyncio.wait({ended}, timeout=0.05))[0]:
                break
        await ended
    writer.close()
    return time.monotonic() - started


def test_all_of_them_are_cut_and_the_server_answers() -> None:
    with serving(tiny_predictor(), header_timeout=HEADER, request_timeout=REQUEST) as server:
        host, port = server.address.removeprefix("http://").split(":")
        slow = (
            (b"", b""),
            (b"", b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 2000),
            (HEAD, b"a" * 900),
        )

        async def run() -> tuple[list[float], list[float]]:
            drips = [asyncio.ensure_future(_drip((host, int(port)), *slow[number % 3])) for number in range(CLIENTS)]
            seconds = []
            while not all(one.done() for one in drips):
                begun = time.monotonic()
                assert (await asyncio.to_thread(ask, server, "GET", "/healthz")).status == 200
                assert (await asyncio.to_thread(ask, server, "POST", "/predict", png())).status == 200
                seconds.append(time.monotonic() - begun)
            return [one.result() for one in drips], seconds

        lives, seconds = asyncio.run(run())
    assert len(lives) == CLIENTS and min(lives) > HEADER / 2 and max(lives) < REQUEST + 3
    assert len(seconds) >= 2 and sorted(seconds)[len(seconds) // 2] < REQUEST
