"""Batches for training (shuffled, augmented) and for evaluation (in order, centre crops), prefetched in threads.

In: labelled examples or cached activations. Out: an iterator of ``Batch``. Every random choice depends only on seed,
epoch and index in the data set. So batches do not depend on the number of workers, and a resumed run continues with the
batches that an uninterrupted run would have seen.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from ghep.data.loading.padded import Inputs, padded_to
from ghep.data.loading.preprocess import Preprocess
from ghep.data.loading.views import PLAIN, View, Views
from ghep.types import Example

if TYPE_CHECKING:
    import torch


WINDOW = 32
"""Batches among which examples of similar length are grouped: almost no padding, and still a random order."""
POSITIONS = 2048
"""Maximum positions in one evaluation batch: 80 sentences, or 8 texts of 256 tokens."""


class Batch(NamedTuple):
    """A batch of examples: the model's inputs, or activations at ``boundary``; and targets, task name -> tensor."""

    indices: np.ndarray
    inputs: Inputs
    targets: dict[str, torch.Tensor]
    boundary: int = 0
    """The number of blocks whose output the inputs are; 0: the loader's output."""
    mine: slice | None = None
    """With several processes: the rows of the batch whose inputs these are; None: all. Indices and targets are always
    those of the whole batch."""


class Rows(NamedTuple):
    """The examples of an epoch in which some examples occur several times and others not at all.

    ``places`` (M,): indices of examples, in random order. ``passes`` (M,): how often the example was taken before,
    which decides its view.
    """

    places: np.ndarray
    passes: np.ndarray


class BatchSource(Protocol):
    """Where the inputs of batches come from: examples that are decoded, or cached activations."""

    @property
    def targets(self) -> Mapping[str, np.ndarray]:
        """Task name -> int64 (N,), int8 (N, K) if multi-label, or float32 (N,) if regression; -1 or NaN: unlabelled."""

    @property
    def weights(self) -> np.ndarray | None:
        """Weight of each example in training, (N,) with a mean of 1; None: equal weights."""

    @property
    def boundary(self) -> int:
        """The number of blocks that computed the inputs; 0: the inputs are not activations."""

    def __len__(self) -> int: ...

    @property
    def lengths(self) -> np.ndarray | None:
        """Return the length (N,) of each example in positions; None: all examples have one size."""

    def inputs(self, places: np.ndarray, views: Sequence[View]) -> Inputs:
        """Return the inputs of the examples at indices ``places``, each in its view. Called from several threads."""

    def name(self, place: int) -> str:
        """Return the id of the example at index ``place``, for messages."""


@dataclass(frozen=True)
class LabelledExamples:
    """The examples of one split with their targets and access to their prepared form."""

    examples: tuple[Example, ...]
    targets: Mapping[str, np.ndarray]
    """Task name -> int64 (N,), int8 (N, K) if multi-label, or float32 (N,) if regression; -1 or NaN: unlabelled."""
    prepared: Callable[[Example], np.ndarray]
    """Example -> input of ``preprocess.view``: a PixelStore, or a function that decodes."""
    preprocess: Preprocess
    digests: Mapping[str, str] = field(default_factory=dict)
    """Example id -> SHA-256 of its content, in hexadecimal."""
    lengths: np.ndarray | None = None
    """Positions (N,) that each example takes in a batch; None: all have one size."""
    weights: np.ndarray | None = None
    """Weight of each example in training, (N,) with a mean of 1; None: equal weights."""

    boundary = 0

    def __len__(self) -> int:
        return len(self.examples)

    def name(self, place: int) -> str:
        """Return the id of the example at index ``place``."""
        return self.examples[place].id

    def digest(self, place: int) -> str:
        """Return the hash of the content of the example at ``place``, or of its id if the content has no hash."""
        identity = self.examples[place].id
        return self.digests.get(identity) or hashlib.sha256(identity.encode()).hexdigest()

    def some(self, places: np.ndarray) -> LabelledExamples:
        """Return the examples at the indices ``places``."""
        return replace(
            self,
            examples=tuple(self.examples[place] for place in places),
            targets={task: targets[places] for task, targets in self.targets.items()},
            lengths=None if self.lengths is None else self.lengths[places],
            weights=None if self.weights is None else self.weights[places],
        )

    def inputs(self, places: np.ndarray, views: Sequence[View]) -> Inputs:
        """Return the inputs of the examples at the indices ``places``: decoded or cached, viewed and collated."""
        return self.preprocess.collate(
            [
                self.preprocess.view(self.prepared(self.examples[place]), view.augment, view.rng(self.digest(place)))
                for place, view in zip(places, views, strict=True)
            ]
        )


def training_batches(
    data: BatchSource,
    *,
    batch_size: int,
    views: Views,
    seed: int,
    epoch: int,
    start: int = 0,
    workers: int = 2,
    rows: Rows | None = None,
    mine: Callable[[int], slice] | None = None,
) -> Iterator[Batch]:
    """Yield the batches of one epoch in random order, from batch ``start`` on: each example once, or those of ``rows``.

    ``mine`` returns, for the number of rows of a batch, the rows whose inputs are loaded; None: all.

    If the last batch has only one example, it is dropped: BatchNorm needs two. If examples differ in length, those of
    ``WINDOW`` consecutive batches of the random order are regrouped into batches of similar length.
    """
    rng = np.random.default_rng([seed, epoch, 0])
    if rows is None:
        order, rows = rng.permutation(len(data)), Rows(np.arange(len(data)), np.full(len(data), epoch))
    else:
        order = np.arange(len(rows.places))
    chunks = chunks_of_epoch(order, None if data.lengths is None else data.lengths[rows.places], batch_size)
    if len(chunks) > 1 and len(chunks[-1]) == 1:
        chunks.pop()
    if data.lengths is not None:
        chunks = [chunks[at] for at in rng.permutation(len(chunks))]
    seen = [(rows.places[chunk], rows.passes[chunk]) for chunk in chunks[start:]]
    return _load(data, seen, workers, lambda place, number: views.at(place, number, seed), mine)


def chunks_of_epoch(order: np.ndarray, lengths: np.ndarray | None, batch_size: int) -> list[np.ndarray]:
    """Return ``order`` divided into batches; with ``lengths`` (N,), windows of it are first ordered by length."""
    if lengths is not None:
        window = WINDOW * batch_size
        parts = [order[first : first + window] for first in range(0, len(order), window)]
        order = np.concatenate([part[np.argsort(lengths[part], kind="stable")] for part in parts])
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]


def spaced(count: int, most: int) -> np.ndarray:
    """Return the indices of at most ``most`` of ``count`` examples, evenly spaced, so that no class is left out."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(int)) if count else np.arange(0)


def typical_batch(data: BatchSource, size: int) -> np.ndarray:
    """Return the indices of up to ``size`` examples: the first, or if lengths differ, those of about median length."""
    if data.lengths is None:
        return np.arange(min(size, len(data)))
    start = max(0, (len(data) - size) // 2)
    return np.argsort(data.lengths[: len(data)], kind="stable")[start : start + size]


def batches_in_order(
    data: BatchSource,
    *,
    batch_size: int,
    workers: int = 2,
    view: View = PLAIN,
    places: np.ndarray | None = None,
    every: slice = slice(None),
) -> Iterator[Batch]:
    """Yield batches with every example (or those at indices ``places``) once, in one view, by default the plain view.

    ``every`` selects batches: ``slice(1, None, 3)`` yields the second, the fifth, and so on.
    The order is that of ``chunks_in_order``.
    """
    chunks = chunks_in_order(data, batch_size=batch_size, places=places)
    return batches_of(data, chunks[every], workers=workers, view=view)


def chunks_in_order(data: BatchSource, *, batch_size: int, places: np.ndarray | None = None) -> list[np.ndarray]:
    """Return the indices of each batch of a pass over every example, or over those at indices ``places``.

    The order is that of the data set. If examples differ in length, they are ordered from the longest to the shortest,
    in batches of at most ``POSITIONS`` positions.
    """
    places = np.arange(len(data)) if places is None else places
    if data.lengths is None:
        return [places[first : first + batch_size] for first in range(0, len(places), batch_size)]
    return chunks_by_length(places, data.lengths[places])


def batches_of(
    data: BatchSource, chunks: Sequence[np.ndarray], *, workers: int = 2, view: View = PLAIN
) -> Iterator[Batch]:
    """Yield a batch for each of ``chunks``, the indices of its examples, in one view."""
    return _load(data, [(chunk, chunk) for chunk in chunks], workers, lambda *_: view)


def chunks_by_length(places: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Return ``places`` divided into batches of at most ``POSITIONS`` positions after padding, longest texts first."""
    order = np.argsort(-lengths, kind="stable")
    chunks, first = [], 0
    while first < len(order):
        count = max(1, POSITIONS // int(lengths[order[first]]))
        chunks.append(places[order[first : first + count]])
        first += count
    return chunks


def _load(
    data: BatchSource,
    chunks: Sequence[tuple[np.ndarray, np.ndarray]],
    workers: int,
    view_of: Callable[[int, int], View],
    mine: Callable[[int], slice] | None = None,
) -> Iterator[Batch]:
    """Yield a batch for each chunk (places, passes; see ``Rows``); threads prefetch at most ``workers + 1``.

    ``mine`` as in ``training_batches``. Texts are padded as in the whole batch.
    """

    def make(chunk: np.ndarray, passes: np.ndarray) -> Batch:
        import torch

        part = None if mine is None else mine(len(chunk))
        places, numbers = (chunk, passes) if part is None else (chunk[part], passes[part])
        inputs = data.inputs(places, [view_of(int(place), int(n)) for place, n in zip(places, numbers, strict=True)])
        if part is not None and data.lengths is not None:
            inputs = padded_to(inputs, int(data.lengths[chunk].max()))
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # a model is on a GPU: copying need not wait
            inputs = inputs.pin_memory()
        targets = {task: torch.from_numpy(values[chunk]) for task, values in data.targets.items()}
        return Batch(chunk, inputs, targets, data.boundary, part)

    ahead: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="ghep-loader") as pool:
        todo = iter(chunks)
        try:
            for chunk in todo:
                ahead.append(pool.submit(make, *chunk))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            _cancel(ahead)


def _cancel(ahead: deque[Future[Any]]) -> None:
    """Cancel the batches that are no longer needed because the consumer stopped early."""
    for future in ahead:
        future.cancel()
