"""Skip-gram with negative sampling: the two matrices of vectors, and the step that trains them.

A context's vector v should score high with the words around it and low with negatives: the loss of a pair is
-log s(v.u) - sum of log s(-v.n) over its negatives n, where s is the sigmoid (arXiv:1310.4546). With n-grams, v is the
mean of the word's own row and the rows of its character n-grams (arXiv:1607.04606), so that words which share letters
share what they learn, and a word that was never seen has a vector.

The gradient is written out: a batch is three matrix products and two sums of rows by index. As in word2vec, each pair
counts fully (the loss is summed, not averaged), and, as in fastText, every row under a mean gets the whole gradient of
the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from ghep.backbone.fasttext import ngrams
from ghep.pretrain.vectors.windows import Batch

INITIAL = 0
"""First number after the seed of the address of the initial vectors."""


@dataclass(frozen=True, eq=False)
class Subwords:
    """For each of V words the rows whose mean is its vector: its own first, then those of its n-grams."""

    rows: torch.Tensor
    """(G,) int64, word by word."""
    starts: torch.Tensor
    """(V + 1,) int64: the rows of word i are ``rows[starts[i] : starts[i + 1]]``."""
    buckets: int
    shortest: int
    longest: int

    @classmethod
    def of(cls, words: tuple[str, ...], *, shortest: int, longest: int, buckets: int) -> Subwords:
        """Return the rows of ``words``; those of n-grams follow the V rows of the words."""
        raw = [word.encode() for word in words]
        owner, bucket = ngrams(raw, shortest=shortest, longest=longest, buckets=buckets)
        owner = np.concatenate([np.arange(len(raw)), owner])
        rows = np.concatenate([np.arange(len(raw)), len(raw) + bucket])
        order = np.argsort(owner, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(raw)))])
        return cls(torch.from_numpy(rows[order]), torch.from_numpy(starts), buckets, shortest, longest)

    def of_words(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rows (G,) of ``words`` (U,), and the index in ``words`` that each row belongs to (G,)."""
        begin = self.starts.index_select(0, words)
        counts = self.starts.index_select(0, words + 1) - begin
        owner = torch.repeat_interleave(torch.arange(len(words)), counts)
        shift = begin - (torch.cumsum(counts, 0) - counts)
        return self.rows.index_select(0, torch.arange(len(owner)) + shift.index_select(0, owner)), owner


@dataclass(frozen=True, eq=False)
class SkipGram:
    """The vectors in training."""

    inputs: torch.Tensor
    """(V, D) float32, or (V + buckets, D) with n-grams: the vectors that are kept."""
    outputs: torch.Tensor
    """(V, D) float32: the vectors of words as targets."""
    subwords: Subwords | None = None

    @classmethod
    def initial(cls, words: int, dim: int, *, seed: int, subwords: Subwords | None = None) -> SkipGram:
        """Return small random inputs and zero outputs; n-grams that no word has stay zero."""
        rows = words + (subwords.buckets if subwords else 0)
        rng = np.random.default_rng((seed, INITIAL))
        inputs = torch.from_numpy((rng.random((rows, dim), dtype=np.float32) - 0.5) / dim)
        if subwords is not None:
            used = torch.zeros(rows, dtype=torch.bool)
            used[subwords.rows] = True
            inputs[~used] = 0
        return cls(inputs, torch.zeros(words, dim), subwords)

    def vectors(self) -> torch.Tensor:
        """Return the vectors (V, D) of all words."""
        return self._means(torch.arange(len(self.outputs)))[0] if self.subwords else self.inputs

    def step(self, batch: Batch, *, lr: float, negatives: int, measured: bool = False) -> float | None:
        """Train on ``batch``; return the mean loss of its pairs if ``measured`` (NaN for a batch without pairs)."""
        blocks, width = batch.contexts.shape
        dim, own = self.outputs.shape[1], batch.positive.shape[2]
        flat = batch.contexts.reshape(-1)
        if self.subwords is None:
            found = self.inputs.index_select(0, flat)
        else:
            different, where = torch.unique(flat, return_inverse=True)
            means, rows, owner = self._means(different)
            found = means.index_select(0, where)
        contexts = found.view(blocks, width, dim)
        chosen = batch.targets.reshape(-1)
        targets = self.outputs.index_select(0, chosen).view(blocks, -1, dim)  # (B, T + N, D)
        scores = torch.bmm(contexts, targets.transpose(1, 2)).sigmoid_()  # (B, C, T + N)
        pairs = batch.positive.sum(2, keepdim=True)  # (B, C, 1)
        weights = pairs * (negatives / (batch.targets.shape[1] - own))
        loss = _loss(scores, batch.positive, weights, own) if measured else None
        slopes = torch.empty_like(scores)
        torch.mul(batch.positive, 1 - scores[:, :, :own], out=slopes[:, :, :own])
        torch.mul(scores[:, :, own:], -weights, out=slopes[:, :, own:])
        slopes *= lr
        to_contexts = torch.bmm(slopes, targets).view(-1, dim)
        to_targets = torch.bmm(slopes.transpose(1, 2), contexts).view(-1, dim)
        self.outputs.index_add_(0, chosen, to_targets)
        if self.subwords is None:
            self.inputs.index_add_(0, flat, to_contexts)
        else:
            to_words = torch.zeros_like(means).index_add_(0, where, to_contexts)
            self.inputs.index_add_(0, rows, to_words.index_select(0, owner))
        return loss

    def _means(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the vectors (U, D) of ``words``, their rows (G,) and the index of the word of each row (G,)."""
        assert self.subwords is not None
        rows, owner = self.subwords.of_words(words)
        firsts = torch.searchsorted(owner, torch.arange(len(words)))
        return embedding_bag(rows, self.inputs, firsts, mode="mean"), rows, owner


def _loss(scores: torch.Tensor, positive: torch.Tensor, weights: torch.Tensor, own: int) -> float:
    small = 1e-7
    of_pairs = -(positive * (scores[:, :, :own] + small).log()).sum()
    of_negatives = -(weights * (1 - scores[:, :, own:] + small).log()).sum()
    return float((of_pairs + of_negatives) / positive.sum())
