"""Requests -> predictions: threads that decode, one thread that computes, a bounded number of inputs in between.

The thread that computes takes what waits, at most ``batch`` inputs, and never waits for more: a single client gets its
answer at once, and under load batches fill by themselves. With inputs of different lengths it takes the oldest one and
those of about its length, because a batch is padded to its longest text. Inputs of a client that has left are
dropped before they are computed.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from ghep.data.modalities import modality_named
from ghep.errors import BadExample, RequestError
from ghep.export.base_predictor import BasePredictor
from ghep.export.prediction import Prediction, judged
from ghep.serve.inputs import Input
from ghep.serve.limits import Budget

MANY = 1_000_000
"""Inputs that a server expects: an engine that needs seconds to compile is worthwhile."""
PADDING = 0.2
"""Largest share of padding in a batch of texts: computing a text takes longer than calling the network once more."""
SMOOTHING = 0.1
"""Weight of the newest batch in the moving average of seconds per input."""

Answer = list[Prediction] | BadExample
"""The predictions for one input, one per task; or why there are none."""


@dataclass(eq=False)
class _Job:
    """The inputs of one request, and their answers."""

    inputs: Sequence[Input]
    done: asyncio.Future[list[Answer]]
    answers: list[Answer | None]
    left: int
    gone: bool = False
    """Nothing waits for the answers any longer."""


@dataclass(eq=False)
class _Item:
    """One prepared input that waits to be computed."""

    job: _Job
    place: int
    prepared: np.ndarray
    length: int


@dataclass
class Watch:
    """Called with what happens; the metrics of the server."""

    batch: Callable[[int, float], None] = field(default=lambda *_: None)
    """Inputs in a batch, and the seconds that it took."""
    dropped: Callable[[int], None] = field(default=lambda _: None)
    """Inputs that were dropped because their client had left."""
    answers: Callable[[Sequence[Prediction]], None] = field(default=lambda _: None)
    """The predictions of a batch."""


class Batcher:
    """Answers the inputs of requests with ``predictor``; ``answers`` is called in an event loop, in any number."""

    def __init__(
        self,
        predictor: BasePredictor,
        *,
        queue: int = 64,
        batch: int = 8,
        decoders: int = 2,
        max_pixels: int = 64_000_000,
        max_characters: int = 100_000,
        abstain: float | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.predictor = predictor
        self.abstain = abstain
        self.kind = modality_named(predictor.modality)
        self.queue, self.batch = queue, batch
        self.decoders = decoders
        self.watch = watch or Watch()
        self.held = 0
        """Inputs that were admitted and not yet answered; changed in the event loop only."""
        self.budget = Budget(max_pixels)
        """Pixels of images, or characters of texts, that are decoded at the same time."""
        self._longest = max_characters if self.kind.audit.unit == "characters" else None
        self._pool = ThreadPoolExecutor(decoders, thread_name_prefix="ghep-decode")
        self._waiting: deque[_Item] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._seconds = 0.01
        """Moving average of the seconds that one input takes to compute."""
        self._thread = threading.Thread(target=self._compute_forever, name="ghep-compute", daemon=True)
        self._thread.start()

    def try_out(self) -> None:
        """Prepare and compute trial inputs, one and a whole batch, so that the first request is not a slow one.

        Raises GhepError if the model cannot be run.
        """
        trial = self.kind.given.trial(self.predictor.preprocess.pairs)
        for count in dict.fromkeys((1, self.batch)):
            prepared = self.predictor.prepare([trial] * count)
            for one in prepared:
                if isinstance(one, BadExample):
                    raise one
            started = time.perf_counter()
            self.predictor.answer(
                [one for one in prepared if not isinstance(one, BadExample)], ["trial"] * count, count=MANY
            )
            self._seconds = (time.perf_counter() - started) / count

    def refuse_if_full(self, count: int = 1) -> None:
        """Raise RequestError (503, with the seconds until it is worth trying again) if ``count`` more do not fit."""
        if self.held + count > self.queue:
            wait = max(1, ceil(self.held * self._seconds))
            raise RequestError(503, "serve-queue-full", headers={"retry-after": str(wait)}, limit=self.queue)

    async def answers(self, inputs: Sequence[Input], gone: asyncio.Future[None] | None = None) -> list[Answer]:
        """Return the answer to each of ``inputs``, in order.

        Raises RequestError (503) if the queue is full. If ``gone`` is done before the answers are there, they are
        given up and asyncio.CancelledError is raised.
        """
        self.refuse_if_full(len(inputs))
        loop = asyncio.get_running_loop()
        job = _Job(inputs, loop.create_future(), [None] * len(inputs), len(inputs))
        self.held += len(inputs)
        try:
            if gone is not None:
                gone.add_done_callback(lambda _: job.done.cancel())
            part = ceil(len(inputs) / self.decoders)
            for start in range(0, len(inputs), part):
                self._pool.submit(self._prepare, job, range(start, min(start + part, len(inputs))), loop)
            return await job.done
        finally:
            job.gone = True
            self.held -= len(inputs)

    def close(self) -> None:
        """Stop the threads; inputs that still wait are not answered."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _prepare(self, job: _Job, places: range, loop: asyncio.AbstractEventLoop) -> None:
        if job.gone:
            self.watch.dropped(len(places))
            return
        try:
            raws = [job.inputs[place].raw for place in places]
            given = self.kind.given
            amounts = [given.amount(raw) for raw in raws]
            if self._longest is not None and max(amounts) > self._longest:
                raise RequestError(413, "serve-text-too-long", found=max(amounts), limit=self._longest)
            with self.budget.holding(sum(amounts)):
                prepared = self.predictor.prepare(raws)
            usable = [one for one in prepared if not isinstance(one, BadExample)]
            lengths = iter(() if (found := given.lengths(usable)) is None else found.tolist())
            items, refused = [], []
            for place, one in zip(places, prepared, strict=True):
                if isinstance(one, BadExample):
                    refused.append((job, place, one))
                else:
                    items.append(_Item(job, place, one, next(lengths, 0)))
        except Exception as error:
            self._deliver(loop, [], [(job, error)])
            return
        if refused:
            self._deliver(loop, refused, [])
        with self._changed:
            self._waiting.extend(items)
            self._changed.notify()

    def _compute_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                items = self._next_batch()
            if items:
                self._compute(items)

    def _next_batch(self) -> list[_Item]:
        """Take the oldest input and others of about its length, without those of clients that have left."""
        here = [item for item in self._waiting if not item.job.gone]
        if len(here) < len(self._waiting):
            self.watch.dropped(len(self._waiting) - len(here))
        chosen = here[:1]
        longest = total = here[0].length if here else 0
        for item in sorted(here[1:], key=lambda item: abs(item.length - here[0].length)):  # stable: images keep order
            longest, total = max(longest, item.length), total + item.length
            if len(chosen) == self.batch or total < (1 - PADDING) * longest * (len(chosen) + 1):
                break
            chosen.append(item)
        taken = set(map(id, chosen))
        self._waiting = deque(item for item in here if id(item) not in taken)
        return chosen

    def _compute(self, items: list[_Item]) -> None:
        started = time.perf_counter()
        names = [item.job.inputs[item.place].name for item in items]
        try:
            found = self.predictor.answer([item.prepared for item in items], names, count=MANY)
        except Exception as error:
            if len(items) == 1:
                self._deliver(items[0].job.done.get_loop(), [], [(items[0].job, error)])
            else:  # the others are not affected by the one that fails
                for item in items:
                    self._compute([item])
            return
        seconds = time.perf_counter() - started
        self._seconds += SMOOTHING * (seconds / len(items) - self._seconds)
        self.watch.batch(len(items), seconds)
        if self.abstain is not None:
            found = [judged(one, self.abstain) for one in found]
        self.watch.answers(found)
        tasks = len(self.predictor.tasks)
        told = [(item.job, item.place, found[k * tasks : (k + 1) * tasks]) for k, item in enumerate(items)]
        self._deliver(items[0].job.done.get_loop(), told, [])

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        told: Sequence[tuple[_Job, int, Answer]],
        failed: Sequence[tuple[_Job, Exception]],
    ) -> None:
        """Hand answers and errors over to the event loop."""

        def deliver() -> None:
            for job, place, answer in told:
                job.answers[place] = answer
                job.left -= 1
                if job.left == 0 and not job.done.done():
                    job.done.set_result([one for one in job.answers if one is not None])
            for job, error in failed:
                if not job.done.done():
                    job.done.set_exception(error)

        try:
            loop.call_soon_threadsafe(deliver)
        except RuntimeError:  # the loop is closed: the server has left
            return
