"""Which words are each other's context, and which are drawn as negatives. In: a stream of words. Out: batches.

As in word2vec (arXiv:1310.4546): frequent words are left out at random, each word has a window of a random width up to
the largest, and negatives are drawn in proportion to the power .75 of their counts. Windows end with their document.

A batch is made for matrix products: up to ``BLOCKS`` runs of ``BLOCK`` successive words, each with the words around it
and ``NEGATIVES`` negatives which all words of the run share (Ji et al., arXiv:1604.04661). A shared negative counts as
the number of negatives that it stands for, so the expected loss is that of word2vec. The gradients of a batch are
summed, so a batch is smaller where a word is so frequent that its vector would overshoot (``LOAD``).

Every random choice has an address: (seed, epoch, part of the stream).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from ghep.pretrain.vectors.words import Stream, Vocabulary

BLOCK, BLOCKS, NEGATIVES = 32, 8, 64
LOAD = 150
"""Most pairs and negatives of a batch that may be expected to change one vector."""
PART = 2**20
"""Words of the stream whose batches are drawn at once: a few tens of MB."""
EXPONENT = 0.75
TRAINING, HELD_OUT, ORDER = 1, 2, 3
"""First number of an address after the seed; 0 is the initial vectors."""


class Batch(NamedTuple):
    """B blocks of T words with their C = T + 2 x window neighbours and N negatives; all places in the vocabulary."""

    contexts: torch.Tensor
    """(B, C) int64."""
    targets: torch.Tensor
    """(B, T + N) int64: the words, then the negatives."""
    positive: torch.Tensor
    """(B, C, T) float32: 1 where a context is in a word's window, else 0."""
    words: int
    """Words of the part that are read with this batch, those left out included."""


@dataclass(frozen=True, eq=False)
class Sampler:
    """How words are left out, and drawn as negatives."""

    keep: np.ndarray
    """(V,): the probability with which an occurrence of each word is kept."""
    drawn: np.ndarray
    """(V,): the probability of each word as a negative."""
    window: int
    negatives: int
    """Negatives per pair of words."""
    blocks: int
    """Blocks of a batch."""

    @classmethod
    def of(cls, vocabulary: Vocabulary, *, window: int, negatives: int, sample: float) -> Sampler:
        """Return the sampler for the counts of a vocabulary; ``sample`` 0 keeps every word."""
        shares = vocabulary.counts / vocabulary.counts.sum()
        keep = np.minimum(1, np.sqrt(sample / shares) + sample / shares) if sample else np.ones(len(shares))
        powers = vocabulary.counts.astype(np.float64) ** EXPONENT
        drawn, left = powers / powers.sum(), vocabulary.counts * keep
        most = max(drawn.max(), left.max() / left.sum())  # the share of the most frequent word, as negative or as word
        changes = (BLOCK + 2 * window) * (window + 1) * (1 + negatives) * most  # of its vector, by one block
        return cls(keep, drawn, window, negatives, int(np.clip(LOAD / changes, 1, BLOCKS)))

    def draw(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """Return negatives, int64 of this shape."""
        edges = np.cumsum(self.drawn)
        places = np.searchsorted(edges, rng.random(shape) * edges[-1], side="right")
        return np.asarray(np.minimum(places, len(edges) - 1))

    def kept(self, stream: Stream, rng: np.random.Generator) -> np.ndarray:
        """Return the places in ``stream`` of the words that are kept."""
        return np.flatnonzero(rng.random(len(stream.words)) < self.keep[stream.words])


def shuffled(stream: Stream, *, seed: int, epoch: int) -> Stream:
    """Return the stream of an epoch: the same documents in random order, because many corpora are sorted by topic."""
    lengths = np.bincount(stream.documents)
    order = np.random.default_rng((seed, ORDER, epoch)).permutation(len(lengths))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    places = np.argsort(rank[stream.documents], kind="stable")
    return Stream(stream.words[places], stream.documents[places])


def parts_of(stream: Stream) -> int:
    """Return the number of parts of an epoch."""
    return -(-len(stream.words) // PART)


def batches(stream: Stream, sampler: Sampler, *, seed: int, epoch: int, part: int, skip: int = 0) -> Iterator[Batch]:
    """Yield the batches of a part of ``stream``, that of an epoch, without the first ``skip``."""
    rng = np.random.default_rng((seed, TRAINING, epoch, part))
    stream = Stream(*(one[part * PART : (part + 1) * PART] for one in stream))
    kept = sampler.kept(stream, rng)
    widths = rng.integers(1, sampler.window + 1, len(kept))
    blocks = sampler.blocks
    size, around = BLOCK * blocks, sampler.window
    count = -(-len(kept) // size)
    negatives = torch.from_numpy(sampler.draw(rng, count, blocks, NEGATIVES))
    fill = count * size - len(kept)
    words = torch.from_numpy(np.pad(stream.words[kept].astype(np.int64), (around, fill + around)))
    documents = torch.from_numpy(np.pad(stream.documents[kept], (around, fill + around), constant_values=-1))
    reach = torch.from_numpy(np.pad(widths, (0, fill)))  # 0: a place without a word has no contexts
    near = torch.arange(0, size, BLOCK)[:, None] + torch.arange(BLOCK + 2 * around)
    away = (torch.arange(BLOCK + 2 * around)[:, None] - around - torch.arange(BLOCK)).abs()[None]
    for number in range(skip, count):
        start = number * size
        own = slice(start + around, start + around + size)
        contexts = words[start : start + size + 2 * around][near]
        positive = (away > 0) & (away <= reach[start : start + size].view(blocks, 1, BLOCK))
        of_contexts = documents[start : start + size + 2 * around][near]
        positive &= of_contexts[:, :, None] == documents[own].view(blocks, 1, BLOCK)
        targets = torch.cat([words[own].view(blocks, BLOCK), negatives[number]], 1)
        read = int(kept[start + size]) if number + 1 < count else len(stream.words)
        yield Batch(contexts, targets, positive.float(), read)


class Pairs(NamedTuple):
    """P pairs of a word and one of its contexts, with K negatives each; all places in the vocabulary."""

    contexts: np.ndarray
    """(P,) int64."""
    targets: np.ndarray
    """(P,) int64."""
    negatives: np.ndarray
    """(P, K) int64."""
    documents: np.ndarray
    """(P,) int64."""


def pairs_of(stream: Stream, sampler: Sampler, *, seed: int, most: int) -> Pairs:
    """Return at most ``most`` pairs of a held-out stream, evenly spaced over it; always the same for a seed."""
    rng = np.random.default_rng((seed, HELD_OUT))
    kept = sampler.kept(stream, rng)
    words, documents = stream.words[kept].astype(np.int64), stream.documents[kept].astype(np.int64)
    widths = rng.integers(1, sampler.window + 1, len(kept))
    targets, contexts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for away in range(1, sampler.window + 1):
        for first, second in ((slice(away, None), slice(None, -away)), (slice(None, -away), slice(away, None))):
            inside = (widths[first] >= away) & (documents[first] == documents[second])
            targets.append(np.arange(len(kept))[first][inside])
            contexts.append(np.arange(len(kept))[second][inside])
    target, context = np.concatenate(targets), np.concatenate(contexts)
    order = np.lexsort((context, target))
    chosen = order[np.linspace(0, len(order) - 1, min(most, len(order))).astype(np.int64)]
    target, context = target[chosen], context[chosen]
    negatives = sampler.draw(rng, len(chosen), sampler.negatives)
    return Pairs(words[context], words[target], negatives, documents[target])
