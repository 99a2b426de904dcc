"""Compute the activations of frozen blocks on the nodes of a cluster, in the batches of one process.

In: an engine chosen by this process, and the batches to compute. Out: the same rows, bit for bit, as this process would
compute: an actor makes the same engine from the same weights, with the same number of threads, and decodes the files of
whole batches. Processors of another kind may differ in the last bits. Rows are sent to this process, so that neither
the cache nor results need a folder that all nodes see; only the examples do.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.cluster.blocks import computed
from ghep.cluster.connect import Cluster
from ghep.data.loading.batches import LabelledExamples, batches_of
from ghep.data.loading.padded import finite_rows
from ghep.data.loading.preprocess import Preprocess
from ghep.data.loading.views import View
from ghep.errors import BadExample, ConfigError
from ghep.features.engines.choose import engine_named
from ghep.features.engines.engine import Engine
from ghep.types import Example

BATCHES = 16
"""Batches in a block: large enough to be worth sending, small enough that little is lost with a node."""

Rows = tuple[np.ndarray, list[list[np.ndarray]]]
"""Indices (n,) of the examples of a batch, and for each boundary their rows."""


def worth_sending(chunks: Sequence[np.ndarray]) -> bool:
    """Whether these batches are more than one block: less takes longer on a cluster than in this process."""
    return len(chunks) > BATCHES


def remote_rows(
    cluster: Cluster,
    backbone: Backbone,
    engine: Engine,
    data: LabelledExamples,
    chunks: Sequence[np.ndarray],
    dtypes: Mapping[int, str],
    *,
    view: View,
    workers: int,
) -> Iterator[list[Rows]]:
    """Yield the rows of each block of batches, in the order in which blocks are finished.

    ``chunks`` are the indices of the examples of each batch; ``dtypes``: boundary -> dtype of its rows. ``engine``
    computes the boundaries in this process; actors make one of the same name. Raises FloatingPointError if a row is not
    finite, ConfigError if a node has another engine or cannot read an example.
    """
    import torch

    parts = [chunks[start : start + BATCHES] for start in range(0, len(chunks), BATCHES)]
    work = _Work(
        backbone, engine.name, engine.identity, dict(dtypes), view, data.preprocess, torch.get_num_threads(), workers
    )
    gpu = next(backbone.parameters()).device.type == "cuda"
    blocks = [_block(data, part) for part in parts]
    for index, found in computed(cluster, blocks, _computing, work, threads=work.threads, gpu=gpu):
        yield list(zip(parts[index], found, strict=True))


@dataclass(frozen=True)
class _Work:
    """What an actor computes with."""

    backbone: Backbone
    engine: str
    identity: str
    dtypes: dict[int, str]
    view: View
    preprocess: Preprocess
    threads: int
    workers: int


@dataclass(frozen=True)
class _Block:
    """The examples of some batches, in order."""

    examples: tuple[Example, ...]
    digests: dict[str, str]
    lengths: np.ndarray | None
    sizes: tuple[int, ...]
    """Number of examples in each batch."""


def _block(data: LabelledExamples, chunks: Sequence[np.ndarray]) -> _Block:
    places = [int(place) for chunk in chunks for place in chunk]
    examples = tuple(data.examples[place].elsewhere() for place in places)
    digests = {data.examples[place].id: data.digest(place) for place in places}
    lengths = None if data.lengths is None else data.lengths[places]
    return _Block(examples, digests, lengths, tuple(map(len, chunks)))


def _computing(work: _Work) -> Callable[[_Block], list[list[list[np.ndarray]]]]:
    """Return the function that computes a block, in an actor: for each batch and boundary the rows."""
    import torch

    torch.set_num_threads(work.threads)
    engine = engine_named(work.engine, work.backbone, tuple(work.dtypes))
    if engine.identity != work.identity:
        found, expected = engine.identity, work.identity
        raise ConfigError("cluster-engine-differs", host=platform.node(), found=found, expected=expected)

    def prepared(example: Example) -> np.ndarray:
        try:
            return work.preprocess.decode(example.raw)
        except BadExample as error:
            raise ConfigError(
                "cluster-example-unreadable", name=example.id, host=platform.node(), cause=error.cause
            ) from None

    def compute(block: _Block) -> list[list[list[np.ndarray]]]:
        data = LabelledExamples(block.examples, {}, prepared, work.preprocess, block.digests, block.lengths)
        ends = np.cumsum(block.sizes)
        chunks = [np.arange(end - size, end) for end, size in zip(ends, block.sizes, strict=True)]
        with torch.no_grad(), evaluating(work.backbone):
            return [
                [finite_rows(out, dtype) for out, dtype in zip(engine(batch.inputs), work.dtypes.values(), strict=True)]
                for batch in batches_of(data, chunks, workers=work.workers, view=work.view)
            ]

    return compute
