"""Blocks: pieces of documents that pretraining takes batches of, corrupted on the way by the objective.

In: documents and a tokenizer. Out: a ``BatchSource`` whose inputs are ``Padded`` (N, L, 2): input ids and targets.

A block is a piece of one document, with the special tokens that the tokenizer puts around a text. A short document is
a short block. What is hidden from a block is drawn from (seed, pass, place) in training, and from the place alone in
the plain view, so that every evaluation hides the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch

from ghep.data.loading.padded import Padded
from ghep.data.loading.views import View
from ghep.pretrain.tokens import Tokens

HELD_OUT = 0x6865_6C64
"""First part of the address at which the corruption of plain views is drawn."""
NONE = -1
"""Fills both channels beyond the end, and the targets where nothing is predicted."""


class Document(Protocol):
    """A document of a corpus."""

    @property
    def id(self) -> str:
        """Where the document is from."""

    @property
    def text(self) -> str:
        """Its text."""


class Corrupts(Protocol):
    """The part of an objective that the blocks need."""

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return input ids (L1,) and targets (L2,) of a block ``ids`` (L,)."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """N blocks, a source of batches."""

    ids: np.ndarray
    """(T,) int32: the ids of all blocks, one after the other."""
    starts: np.ndarray
    """(N + 1,) int64: where each block starts in ``ids``."""
    of: np.ndarray
    """(N,) int32: the index of each block's document in ``documents``."""
    documents: tuple[str, ...]
    """Ids of the documents."""
    special: np.ndarray
    """Ids of special tokens."""
    objective: Corrupts
    bytes: np.ndarray | None = None
    """(T,) int64: bytes of text that each id stands for, -1 for ids that were added; None: not counted."""
    targets: Mapping[str, np.ndarray] = field(default_factory=dict)
    weights = None
    boundary = 0

    def __len__(self) -> int:
        return len(self.of)

    @property
    def lengths(self) -> np.ndarray:
        """Return the number of ids (N,) of each block."""
        return np.diff(self.starts)

    def name(self, place: int) -> str:
        """Return the id of the document of block ``place``."""
        return self.documents[int(self.of[place])]

    def block(self, place: int) -> np.ndarray:
        """Return the ids (L,) of block ``place``, as they are in the text."""
        return self.ids[self.starts[place] : self.starts[place + 1]].astype(np.int64)

    def corrupted(self, place: int, seed: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
        """Return the input ids (L1,) and targets (L2,) of block ``place``, drawn at ``seed``; empty: the plain view."""
        ids = self.block(place)
        rng = np.random.default_rng(tuple(seed) or (HELD_OUT, int(place)))
        return self.objective.corrupt(ids, np.isin(ids, self.special), rng)

    def inputs(self, places: np.ndarray, views: Sequence[View]) -> Padded:
        """Return input ids and targets (N, L, 2) of the blocks at ``places``; ``split`` takes them apart."""
        pairs = [self.corrupted(int(place), view.seed) for place, view in zip(places, views, strict=True)]
        lengths = np.array([max(len(ids), len(targets)) for ids, targets in pairs], dtype=np.int64)
        values = np.full((len(pairs), int(lengths.max()), 2), NONE, dtype=np.int64)
        for row, channels in zip(values, pairs, strict=True):
            for channel, one in enumerate(channels):
                row[: len(one), channel] = one
        return Padded(torch.from_numpy(values), torch.from_numpy(lengths))

    def predicts(self) -> bool:
        """Return whether the objective predicts a token of the text, not only special ones, in any block."""
        targets = (self.corrupted(place)[1] for place in range(len(self)))
        return any((~np.isin(one[one >= 0], self.special)).any() for one in targets)

    def some(self, places: np.ndarray) -> Blocks:
        """Return the blocks at the indices ``places``."""
        pieces = [slice(self.starts[place], self.starts[place + 1]) for place in places]
        joined = np.concatenate([np.arange(piece.start, piece.stop) for piece in pieces])
        starts = np.concatenate([[0], np.cumsum([piece.stop - piece.start for piece in pieces])])
        counted = None if self.bytes is None else self.bytes[joined]
        return Blocks(self.ids[joined], starts, self.of[places], self.documents, self.special, self.objective, counted)


def split(inputs: Padded) -> tuple[Padded, torch.Tensor]:
    """Return the input ids (N, L1), padded, and the targets (N, L2) of what ``Blocks.inputs`` returned."""
    ids, targets = inputs.values.unbind(-1)
    lengths = (ids >= 0).sum(1)
    last = (targets >= 0).any(0).nonzero()
    end = int(last.max()) + 1 if len(last) else 0
    return Padded(ids[:, : int(lengths.max())].clamp(min=0), lengths), targets[:, :end]


def make_blocks(
    documents: Sequence[Document],
    tokens: Tokens,
    objective: Corrupts,
    *,
    length: int,
    first: int | None = None,
    count_bytes: bool = False,
) -> Blocks:
    """Return the blocks of ``documents``, at most ``length`` ids each, special tokens included.

    With ``first``, an id that starts a document (for objectives that predict the next token), each block repeats the
    last id of the block before it, so that every token is predicted once. The pieces of a document are about equally
    long: a tail of one or two tokens would be a block with nothing around it. Documents without a token are left out.
    """
    before, after = tokens.around
    room = length - len(before) - len(after) - (first is not None)
    pieces: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    of: list[int] = []
    for index, (document, ids) in enumerate(zip(documents, tokens.encode([d.text for d in documents]), strict=True)):
        if not len(ids):
            continue
        stood_for = tokens.bytes_of(document.text) if count_bytes else None
        ends = np.linspace(0, len(ids), -(-len(ids) // room) + 1).round().astype(int)
        for start, end in pairwise(ends):
            lead = [] if first is None else [first if start == 0 else int(ids[start - 1])]
            pieces.append(np.concatenate([before, lead, ids[start:end], after]).astype(np.int32))
            of.append(index)
            if stood_for is not None:
                added = np.full(len(before) + len(lead), NONE), np.full(len(after), NONE)
                counts.append(np.concatenate([added[0], stood_for[start:end], added[1]]))
    return Blocks(
        np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32),
        np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64),
        np.array(of, dtype=np.int32),
        tuple(document.id for document in documents),
        tokens.special,
        objective,
        np.concatenate(counts) if counts else None,
    )
