"""The queue: batches that do not wait, by length; a full queue refuses; clients that leave are dropped."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ghep.errors import BadExample, BadImage, BundleError, RequestError
from ghep.export.base_predictor import BasePredictor
from ghep.export.prediction import Prediction
from ghep.serve.batcher import Batcher, Watch
from ghep.serve.inputs import Input
from tiny import PREPROCESS, tiny_tasks

RAW = np.zeros((4, 4, 3), np.uint8)


class Slow(BasePredictor):
    """Answers when it is let; records what it was asked."""

    def __init__(self, lengths: Sequence[int] = ()) -> None:
        super().__init__(PREPROCESS, tiny_tasks(), {})
        self.may = threading.Event()
        self.may.set()
        self.asked: list[list[str]] = []
        self.lengths = iter(lengths)
        self.prepared: list[int] = []
        self.fails: set[str] = set()

    def logits(self, prepared: Sequence[np.ndarray], *, count: int | None = None) -> dict[str, np.ndarray]:
        raise NotImplementedError

    def prepare(self, raws: Sequence[Any]) -> list[np.ndarray | BadExample]:
        self.prepared.append(len(raws))
        return [BadImage("empty", "image-no-bytes") if isinstance(raw, bytes) else raw for raw in raws]

    def answer(
        self, prepared: Sequence[np.ndarray], names: Sequence[str], *, count: int | None = None
    ) -> list[Prediction]:
        self.asked.append(list(names))
        assert self.may.wait(10)
        if self.fails & set(names):
            raise BundleError("bundle-tasks-duplicate")
        return [Prediction(name, "label", f"of {name}", 1.0, {}) for name in names]


def inputs(*names: str) -> list[Input]:
    return [Input(name, RAW) for name in names]


def started(predictor: BasePredictor, **options: Any) -> Batcher:
    return Batcher(predictor, **{"decoders": 1, **options})


async def labels(batcher: Batcher, *names: str) -> list[Any]:
    return [answer[0].label for answer in await batcher.answers(inputs(*names)) if not isinstance(answer, BadExample)]


async def soon(condition: Any) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("waited too long")


def test_what_waits_is_one_batch_and_every_answer_is_its_own() -> None:
    predictor = Slow()
    batcher = started(predictor, batch=4)

    async def run() -> None:
        predictor.may.clear()
        first = asyncio.ensure_future(labels(batcher, "first"))
        await soon(lambda: predictor.asked == [["first"]])
        rest = [asyncio.ensure_future(labels(batcher, str(k))) for k in range(6)]
        await soon(lambda: len(batcher._waiting) == 6)
        predictor.may.set()
        assert await first == ["of first"]
        assert [await one for one in rest] == [[f"of {k}"] for k in range(6)]

    asyncio.run(run())
    assert [len(names) for names in predictor.asked] == [1, 4, 2]
    assert batcher.held == 0
    batcher.close()


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    predictor = Slow()
    batcher = started(predictor, queue=3)

    async def run() -> None:
        predictor.may.clear()
        held = [asyncio.ensure_future(labels(batcher, str(k))) for k in range(3)]
        await soon(lambda: batcher.held == 3)
        with pytest.raises(RequestError) as refused:
            await batcher.answers(inputs("late"))
        assert refused.value.status == 503 and int(refused.value.headers["retry-after"]) >= 1
        predictor.may.set()
        assert [await one for one in held] == [["of 0"], ["of 1"], ["of 2"]]
        assert await labels(batcher, "again") == ["of again"]

    asyncio.run(run())
    batcher.close()


def test_inputs_of_a_client_that_has_left_are_not_computed() -> None:
    predictor, dropped = Slow(), []
    batcher = started(predictor, watch=Watch(dropped=dropped.append))

    async def run() -> None:
        predictor.may.clear()
        first = asyncio.ensure_future(labels(batcher, "first"))
        await soon(lambda: predictor.asked == [["first"]])
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        leaving = asyncio.ensure_future(batcher.answers(inputs("gone", "gone too"), gone))
        staying = asyncio.ensure_future(labels(batcher, "stays"))
        await soon(lambda: len(batcher._waiting) == 3)
        gone.set_result(None)
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert batcher.held == 2
        predictor.may.set()
        assert (await first, await staying) == (["of first"], ["of stays"])

    asyncio.run(run())
    assert predictor.asked == [["first"], ["stays"]] and sum(dropped) == 2
    batcher.close()


def test_one_input_that_fails_does_not_take_its_batch_along() -> None:
    predictor = Slow()
    predictor.fails = {"bad"}
    batcher = started(predictor)

    async def run() -> None:
        predictor.may.clear()
        first = asyncio.ensure_future(labels(batcher, "first"))
        await soon(lambda: predictor.asked == [["first"]])
        rest = [asyncio.ensure_future(labels(batcher, name)) for name in ("a", "bad", "b")]
        await soon(lambda: len(batcher._waiting) == 3)
        predictor.may.set()
        found = await asyncio.gather(first, *rest, return_exceptions=True)
        assert found[0] == ["of first"] and found[1] == ["of a"] and found[3] == ["of b"]
        assert isinstance(found[2], BundleError)

    asyncio.run(run())
    batcher.close()


def test_unusable_inputs_have_their_reason_and_their_place() -> None:
    batcher = started(Slow())

    async def run() -> None:
        found = await batcher.answers([Input("a", RAW), Input("b", b""), Input("c", RAW)])
        assert [isinstance(one, BadExample) for one in found] == [False, True, False]
        assert (
            isinstance(await_ := (await batcher.answers([Input("b", b"")]))[0], BadExample) and await_.reason == "empty"
        )

    asyncio.run(run())
    batcher.close()


def test_texts_of_like_length_are_batched_and_the_oldest_is_never_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Slow()
    batcher = started(predictor, batch=3)
    lengths = {"first": 1, "a": 50, "b": 3, "c": 60, "d": 4, "e": 52, "f": 5}

    async def run() -> None:
        predictor.may.clear()
        first = asyncio.ensure_future(labels(batcher, "first"))
        await soon(lambda: predictor.asked == [["first"]])
        rest = []
        for name in "abcdef":
            rest.append(asyncio.ensure_future(labels(batcher, name)))
            await soon(lambda: len(batcher._waiting) == len(rest))
        for item in batcher._waiting:
            item.length = lengths[item.job.inputs[item.place].name]
        predictor.may.set()
        await asyncio.gather(first, *rest)

    asyncio.run(run())
    assert [sorted(names) for names in predictor.asked] == [["first"], ["a", "c", "e"], ["b", "d", "f"]]
    batcher.close()


def test_a_long_text_does_not_make_short_ones_as_expensive() -> None:
    predictor = Slow()
    batcher = started(predictor, batch=8)

    async def run() -> None:
        predictor.may.clear()
        first = asyncio.ensure_future(labels(batcher, "first"))
        await soon(lambda: predictor.asked == [["first"]])
        rest = []
        for name in "abcd":
            rest.append(asyncio.ensure_future(labels(batcher, name)))
            await soon(lambda: len(batcher._waiting) == len(rest))
        for item, length in zip(batcher._waiting, (10, 100, 11, 12), strict=True):
            item.length = length
        predictor.may.set()
        await asyncio.gather(first, *rest)

    asyncio.run(run())
    assert predictor.asked == [["first"], ["a", "c", "d"], ["b"]]
    batcher.close()


def test_pixels_that_are_decoded_are_limited_together() -> None:
    predictor, most, now = Slow(), [0], [0]
    lock = threading.Lock()

    def prepare(raws: Sequence[Any]) -> list[np.ndarray | BadExample]:
        with lock:
            now[0] += len(raws)
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= len(raws)
        return list(raws)

    predictor.prepare = prepare  # type: ignore[method-assign]
    batcher = Batcher(predictor, decoders=4, max_pixels=2 * RAW.shape[0] * RAW.shape[1])

    async def run() -> None:
        await asyncio.gather(*(labels(batcher, str(k)) for k in range(20)))

    asyncio.run(run())
    assert most[0] == 2
    batcher.close()
