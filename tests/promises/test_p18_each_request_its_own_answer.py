"""P18: hundreds of requests at once, each with an image of its own: the right answer, or 503 with Retry-After."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import numpy as np
import pytest

from serving import png, serving, tiny_predictor

ROUNDING = 2e-5


async def _ask(address: tuple[str, int], body: bytes) -> tuple[int, str, bytes]:
    reader, writer = await asyncio.open_connection(*address)
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    head_, _, content = answer.partition(b"\r\n\r\n")
    return int(head_.split(b" ", 2)[1]), head_.decode("latin-1"), content


@pytest.mark.parametrize(
    ("count", "queue"),
    [
        (150, 150),
        (150, 20),
        pytest.param(1000, 1000, marks=pytest.mark.slow),
        pytest.param(1000, 64, marks=pytest.mark.slow),
    ],
)
def test_right_or_refused_and_nothing_mixed_up(count: int, queue: int) -> None:
    predictor = tiny_predictor()
    images = [png(seed) for seed in range(count)]
    expected = [list(one.probabilities.values()) for one in predictor.predict(images)]
    assert len({tuple(np.round(one, 4)) for one in expected}) > count // 2, "a mix-up would show"
    with serving(predictor, queue=queue, connections=count + 10) as server:
        host, port = server.address.removeprefix("http://").split(":")

        async def run() -> list[tuple[int, str, bytes]]:
            return await asyncio.gather(*(_ask((host, int(port)), image) for image in images))

        replies = asyncio.run(run())
        assert server.service.batcher is not None and server.service.batcher.held == 0
    statuses = Counter(status for status, _, _ in replies)
    assert set(statuses) <= {200, 503} and statuses[200] >= min(queue, count)
    for (status, head, content), probabilities in zip(replies, expected, strict=True):
        if status == 200:
            found = [float(one) for one in re.findall(rb'"class \d": ?([0-9.e-]+)', content)]
            np.testing.assert_allclose(found, probabilities, atol=ROUNDING)
        else:
            assert re.search(r"retry-after: [1-9]", head)
    if queue >= count:
        assert statuses == {200: count}
