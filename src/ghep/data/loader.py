"""Batches for training (shuffled, augmented) and for evaluation (in order, plain), decoded ahead in threads.

Every random choice is drawn from (seed, epoch, place in the data set), never from a stream: the same batch comes out
whatever the number of workers, and a resumed run continues with the batches an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ghep.data.augment import Augment
from ghep.data.preprocess import Preprocess
from ghep.types import Example

if TYPE_CHECKING:
    import torch


class Batch(NamedTuple):
    """``inputs`` is whatever the model takes; ``targets`` holds one tensor (N,) per task."""

    indices: np.ndarray
    inputs: torch.Tensor
    targets: dict[str, torch.Tensor]


@dataclass(frozen=True)
class LabelledExamples:
    """The examples of one split beside their targets and the way to their prepared form."""

    examples: tuple[Example, ...]
    targets: Mapping[str, np.ndarray]
    """Task name -> int64 (N,); -1 is unlabelled."""
    prepared: Callable[[Example], np.ndarray]
    """From an example to what ``preprocess.view`` takes; a PixelStore, or decoding on the spot."""
    preprocess: Preprocess

    def __len__(self) -> int:
        return len(self.examples)


def training_batches(
    data: LabelledExamples, *, batch_size: int, augment: Augment | None, seed: int, epoch: int, workers: int = 2
) -> Iterator[Batch]:
    """Yield one epoch in random order. A last batch of one is left out: BatchNorm cannot use it."""
    order = np.random.default_rng([seed, epoch, 0]).permutation(len(data))
    chunks = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    if len(chunks) > 1 and len(chunks[-1]) == 1:
        chunks.pop()
    return _load(data, chunks, workers, lambda index: (augment, np.random.default_rng([seed, epoch, 1, index])))


def batches_in_order(data: LabelledExamples, *, batch_size: int, workers: int = 2) -> Iterator[Batch]:
    """Yield every example once, in order and without augmentation."""
    indices = np.arange(len(data))
    chunks = [indices[start : start + batch_size] for start in range(0, len(data), batch_size)]
    return _load(data, chunks, workers, lambda _: (None, None))


def _load(
    data: LabelledExamples,
    chunks: Sequence[np.ndarray],
    workers: int,
    draw: Callable[[int], tuple[Augment | None, np.random.Generator | None]],
) -> Iterator[Batch]:
    """Make batches ahead of their use: at most ``workers + 1`` are in memory."""

    def make(chunk: np.ndarray) -> Batch:
        import torch

        views = [data.preprocess.view(data.prepared(data.examples[index]), *draw(int(index))) for index in chunk]
        targets = {task: torch.from_numpy(values[chunk]) for task, values in data.targets.items()}
        return Batch(chunk, data.preprocess.collate(views), targets)

    ahead: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="ghep-loader") as pool:
        todo = iter(chunks)
        try:
            for chunk in todo:
                ahead.append(pool.submit(make, chunk))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            _drop(ahead)


def _drop(ahead: deque[Future[Any]]) -> None:
    """Cancel what was not asked for when the consumer stops early."""
    for future in ahead:
        future.cancel()
