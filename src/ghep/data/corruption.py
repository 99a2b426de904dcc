"""Corrupt token ids for pretraining. In: the ids of one block. Out: the ids a network sees, and the tokens to predict.

    mask_tokens      BERT (arXiv:1810.04805, section 3.1): some tokens are masked, replaced or kept, and predicted
    corrupt_spans    T5 (arXiv:1910.10683, section 3.1.4): spans become sentinels; the targets are what was removed
    delete_tokens    TSDAE (arXiv:2104.06979, section 3): most tokens are removed; the target is the whole block

Every number is drawn from the generator that is passed in, so with a generator seeded by (seed, epoch, place) the
corruption of a block is a pure function of that address. ``fixed`` (L,) bool marks special tokens, which are never
corrupted. Targets are int64; ``NO_TARGET`` marks places where nothing is predicted.
"""

from __future__ import annotations

import numpy as np

NO_TARGET = -1


def mask_tokens(
    ids: np.ndarray,
    fixed: np.ndarray,
    rng: np.random.Generator,
    *,
    mask: int,
    ordinary: np.ndarray,
    share: float = 0.15,
    replaced: float = 0.1,
    kept: float = 0.1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids (L,) after masking, and the targets (L,): the original id at chosen places, else NO_TARGET.

    ``share`` of the tokens that are not ``fixed`` are chosen, at least one if there is any. Of those, the part
    ``replaced`` becomes a token drawn from ``ordinary`` (V,), the ids without special tokens; the part ``kept`` stays
    as it is; the others become ``mask``. ``replaced=0, kept=0`` masks all of them.
    """
    places = _chosen(np.flatnonzero(~fixed), share, rng)
    inputs, targets = ids.astype(np.int64), np.full(len(ids), NO_TARGET, dtype=np.int64)
    targets[places] = inputs[places]
    fate = rng.random(len(places))
    other = rng.choice(ordinary, len(places)) if len(places) else places
    inputs[places] = np.where(fate < replaced, other, np.where(fate < replaced + kept, inputs[places], mask))
    return inputs, targets


def corrupt_spans(
    ids: np.ndarray,
    fixed: np.ndarray,
    rng: np.random.Generator,
    *,
    sentinels: np.ndarray,
    end: int | None = None,
    density: float = 0.15,
    mean_length: float = 3.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids (L1,) with one sentinel in place of each removed span, and the targets (L2,).

    The targets are, for each span, its sentinel and its tokens, then one more sentinel and the token ``end``, if given
    (Figure 2 of the paper). ``sentinels`` (S,) are used in their order, which for T5's own vocabulary is that of
    falling ids. ``density`` of the tokens that are not ``fixed`` are removed, at least one and never all, in spans of
    ``mean_length`` on average. Every division into spans is equally likely, so the ends of a block are removed less
    often. A block with fewer than two such tokens stays whole. No more than S - 1 spans are removed.
    """
    free = np.flatnonzero(~fixed)
    removed = np.zeros(len(ids), dtype=bool)
    if len(free) >= 2:
        removed[free] = _span_mask(len(free), rng, density=density, mean_length=mean_length, most=len(sentinels) - 1)
    starts = removed & ~np.concatenate([[False], removed[:-1]])
    number = np.cumsum(starts)  # the span, from 1, that a removed token belongs to
    removed &= number < len(sentinels)  # fixed tokens inside a span divide it, so there may be more than were drawn
    starts &= removed
    inputs = np.where(starts, sentinels[np.minimum(number, len(sentinels)) - 1], ids)[~removed | starts]
    # A sentinel before each span: span k, from 0, starts k places later in the targets than in the removed tokens.
    spans = int(starts.sum())
    tokens = ids[removed]
    targets = np.insert(tokens, np.flatnonzero(starts[removed]), sentinels[:spans])
    last = sentinels[spans : spans + 1] if spans else sentinels[:0]
    targets = np.concatenate([targets, last, [] if end is None else [end]])
    return inputs.astype(np.int64), targets.astype(np.int64)


def restore_spans(inputs: np.ndarray, targets: np.ndarray, *, sentinels: np.ndarray) -> np.ndarray:
    """Return the ids (L,) that ``corrupt_spans`` was given: each sentinel of ``inputs`` replaced by its tokens.

    Also for targets that a decoder has written: a sentinel that they lack stays, tokens before the first are ignored.
    """
    known = {int(one) for one in sentinels}
    spans: dict[int, list[int]] = {}
    current: list[int] = []
    for token in targets.tolist():
        if token in known:
            current = spans.setdefault(token, [])
        else:
            current.append(token)
    found = [spans.get(token, [token]) if token in known else [token] for token in inputs.tolist()]
    return np.array([token for span in found for token in span], dtype=np.int64)


def delete_tokens(
    ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator, *, ratio: float = 0.6
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids (L1,) that are left, in order, and the whole block (L,) as targets.

    Each token that is not ``fixed`` is deleted with probability ``ratio``; one drawn at random stays if none is left.
    """
    kept = fixed | (rng.random(len(ids)) >= ratio)
    free = np.flatnonzero(~fixed)
    if len(free) and not kept[free].any():
        kept[rng.choice(free)] = True
    return ids[kept].astype(np.int64), ids.astype(np.int64)


def _chosen(free: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return ``share`` of ``free`` in ascending order, at least one if there is any.

    The count is rounded up or down at random, so that over many blocks exactly ``share`` of the tokens are chosen.
    """
    count = min(len(free), max(1, int(share * len(free) + rng.random())))
    return np.sort(rng.permutation(free)[:count])


def _span_mask(length: int, rng: np.random.Generator, *, density: float, mean_length: float, most: int) -> np.ndarray:
    """Return bool (length,): True in the spans to remove, of which there are 1 to ``most``."""
    noise = min(length - 1, max(1, round(length * density)))
    spans = max(1, min(round(noise / mean_length), length - noise + 1, most))
    inside = _parts(noise, spans, rng)
    # The text before the first span and after the last may be empty, text between two spans may not.
    outside = _parts(length - noise + 2, spans + 1, rng)
    outside[[0, -1]] -= 1
    lengths = np.empty(2 * spans + 1, dtype=np.int64)
    lengths[0::2], lengths[1::2] = outside, inside
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def _parts(total: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` positive integers (count,) with the sum ``total``; all such sequences are equally likely."""
    cuts = np.sort(rng.permutation(total - 1)[: count - 1]) + 1
    return np.diff(np.concatenate([[0], cuts, [total]]))
