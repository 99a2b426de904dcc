"""What counts of tokens and of pairs of tokens predict: the losses that a language model must beat to have learnt more.

In: token ids of training texts. Out: nats per token of other texts. Probabilities are those of Witten and Bell 1991
(doi:10.1109/18.87000, method C): for a token l that occurred c(l) times before T(l) different tokens,

    p(x | l) = (c(l, x) + T(l) p(x)) / (c(l) + T(l)),    p(x) = (c(x) + T / V) / (N + T)

where T is the number of different tokens among all N. A masked token has neighbours on both sides, and the counts of
pairs may use both, as the model does: p(x | l, r) is proportional to p(x | l) p(r | x). A neighbour that is masked too
is unknown, and its factor is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_PLACES_AT_ONCE = 256
_COUNTED_AT_ONCE = 1 << 22
"""Tokens whose pairs are sorted at a time, which takes some 200 MB."""


@dataclass(frozen=True, eq=False)
class TokenCounts:
    """How often each token, and each pair of consecutive tokens, occurs in training texts."""

    tokens: Array
    """c(x) (V,) int64."""
    pairs: Array
    """l * V + x (P,) int64 of each pair that occurs, sorted."""
    times: Array
    """c(l, x) (P,) int64."""
    never: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Ids that are neighbours of tokens and never predicted."""

    @classmethod
    def of(cls, sequences: Iterable[Array], size: int) -> TokenCounts:
        """Return the counts of sequences of ids (L,), with a vocabulary of ``size``; pairs do not cross sequences."""
        tokens, pairs, times = (np.zeros(count, dtype=np.int64) for count in (size, 0, 0))
        for part in _parts(sequences):
            tokens += np.bincount(np.concatenate(part), minlength=size)
            found, count = np.unique(np.concatenate([one[:-1] * size + one[1:] for one in part]), return_counts=True)
            pairs, place = np.unique(np.concatenate([pairs, found]), return_inverse=True)
            times = np.bincount(place, np.concatenate([times, count]), len(pairs)).astype(np.int64)
        return cls(tokens, pairs, times)

    @property
    def size(self) -> int:
        """V."""
        return len(self.tokens)

    def of_predicted(self, special: Array) -> TokenCounts:
        """Return the same counts for predictions that are never one of ``special``, which are neighbours only.

        A network soon knows what it never has to predict. The share of these tokens would count against the counts: in
        a corpus of short texts, a fifth of all tokens begin or end one.
        """
        tokens = self.tokens.copy()
        tokens[special] = 0
        return replace(self, tokens=tokens, never=np.asarray(special, dtype=np.int64))

    def unigram(self) -> Array:
        """Return p(x) (V,)."""
        different = max(1, int((self.tokens > 0).sum()))
        return np.asarray((self.tokens + different / self.size) / (self.tokens.sum() + different))

    def followers(self, *, predicted: bool = False) -> tuple[Array, Array]:
        """Return c(l) and T(l) (V,): how often each token is followed by another, and by how many different ones.

        ``predicted``: only by tokens that may be predicted.
        """
        kept: Any = ~np.isin(self.pairs % self.size, self.never) if predicted and len(self.never) else slice(None)
        first = self.pairs[kept] // self.size
        total = np.bincount(first, weights=self.times[kept], minlength=self.size)
        return total, np.bincount(first, minlength=self.size)

    def unigram_nats(self, ids: Array) -> Array:
        """Return -ln p(x) (L,) of the tokens ``ids``."""
        return np.asarray(-np.log(self.unigram()[ids]))

    def bigram_nats(self, before: Array, ids: Array) -> Array:
        """Return -ln p(x | l) (L,) of the tokens ``ids``, each after the token in ``before``."""
        before, ids = np.asarray(before, dtype=np.int64), np.asarray(ids, dtype=np.int64)
        times = np.zeros(len(ids))
        if len(self.pairs):
            wanted = before * self.size + ids
            place = np.minimum(np.searchsorted(self.pairs, wanted), len(self.pairs) - 1)
            times = np.where(self.pairs[place] == wanted, self.times[place], 0)
        total, different = self.followers(predicted=True)
        unigram = self.unigram()[ids]
        weight = different[before]
        seen = (times + weight * unigram) / np.maximum(1, total[before] + weight)
        return np.asarray(-np.log(np.where(weight > 0, seen, unigram)))

    def between_nats(self, before: Array, ids: Array, after: Array) -> Array:
        """Return -ln p(x | l, r) (M,) of the tokens ``ids`` between two others; -1 for a neighbour that is unknown."""
        before, ids, after = (np.asarray(one, dtype=np.int64) for one in (before, ids, after))
        found = np.zeros(len(ids))
        unigram = self.unigram()
        total, different = self.followers()
        by_second = np.argsort(self.pairs % self.size, kind="stable")
        seconds = (self.pairs % self.size)[by_second]
        for start in range(0, len(ids), _PLACES_AT_ONCE):
            part = slice(start, start + _PLACES_AT_ONCE)
            scores = np.tile(unigram, (len(ids[part]), 1))  # (M, V)
            for row, left, right in zip(scores, before[part], after[part], strict=True):
                if left >= 0 and different[left]:
                    low, high = np.searchsorted(self.pairs, (left * self.size, (left + 1) * self.size))
                    row *= different[left]
                    row[self.pairs[low:high] % self.size] += self.times[low:high]
                if right >= 0:
                    low, high = np.searchsorted(seconds, (right, right + 1))
                    places = by_second[low:high]
                    to_right = different * unigram[right]
                    to_right[self.pairs[places] // self.size] += self.times[places]
                    row *= np.where(different > 0, to_right / np.maximum(1, total + different), unigram[right])
            scores[:, self.never] = 0
            own = scores[np.arange(len(scores)), ids[part]]
            found[part] = np.log(scores.sum(1)) - np.log(own)
        return found


@dataclass(frozen=True, slots=True)
class Baselines:
    """Mean nats per predicted token."""

    unigram: float
    bigram: float
    """Of the next token, by the one before it; of a masked token, by the token on each side."""
    tokens: int
    """Predicted tokens."""


def next_token_baselines(counts: TokenCounts, sequences: Sequence[Array]) -> Baselines:
    """Return the losses of predicting each token of ``sequences`` (L,) but the first of each."""
    before = np.concatenate([one[:-1] for one in sequences])
    ids = np.concatenate([one[1:] for one in sequences])
    return _means(counts.unigram_nats(ids), counts.bigram_nats(before, ids))


def masked_baselines(counts: TokenCounts, sequences: Sequence[Array], masked: Sequence[Array]) -> Baselines:
    """Return the losses of predicting the masked tokens.

    ``sequences`` are ids (L,) as they are in the text, ``masked`` (L,) bool is True at each token that is predicted.
    """
    before, ids, after = [], [], []
    for sequence, hidden in zip(sequences, masked, strict=True):
        visible = np.concatenate([[-1], np.where(hidden, -1, sequence), [-1]])
        places = np.flatnonzero(hidden)
        before.append(visible[places])
        ids.append(np.asarray(sequence)[places])
        after.append(visible[places + 2])
    joined = [np.concatenate(one) for one in (before, ids, after)]
    return _means(counts.unigram_nats(joined[1]), counts.between_nats(*joined))


def _parts(sequences: Iterable[Array]) -> Iterator[list[Array]]:
    """Yield the sequences as int64, in lists of about ``_COUNTED_AT_ONCE`` tokens."""
    part: list[Array] = []
    tokens = 0
    for one in sequences:
        part.append(np.asarray(one, dtype=np.int64))
        tokens += len(one)
        if tokens >= _COUNTED_AT_ONCE:
            yield part
            part, tokens = [], 0
    if part:
        yield part


def _means(unigram: Array, bigram: Array) -> Baselines:
    if not len(unigram):
        return Baselines(float("nan"), float("nan"), 0)
    return Baselines(float(unigram.mean()), float(bigram.mean()), len(unigram))
