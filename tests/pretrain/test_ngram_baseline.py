"""Counts of tokens and pairs as predictors."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import log

import numpy as np
import pytest

from ghep.pretrain.ngram_baseline import TokenCounts, masked_baselines, next_token_baselines

V = 12


def sequences(count: int = 40, seed: int = 0) -> list[np.ndarray]:
    """Return sequences of a chain in which each token is mostly followed by the next; token 11 never occurs."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        ids = [int(rng.integers(0, 11))]
        while len(ids) < 30:
            ids.append((ids[-1] + 1) % 11 if rng.random() < 0.8 else int(rng.integers(0, 11)))
        made.append(np.array(ids, dtype=np.int32))
    return made


@pytest.fixture(scope="module")
def counts() -> TokenCounts:
    return TokenCounts.of(sequences(), V)


def slow(before: int | None, token: int) -> float:
    """p(x | l), as the formulas in the file say, by loops."""
    ones = Counter(int(x) for one in sequences() for x in one)
    pairs = Counter((int(a), int(b)) for one in sequences() for a, b in pairwise(one))
    unigram = (ones[token] + len(ones) / V) / (ones.total() + len(ones))
    if before is None:
        return unigram
    of = {b: n for (a, b), n in pairs.items() if a == before}
    return (of.get(token, 0) + len(of) * unigram) / (sum(of.values()) + len(of)) if of else unigram


def test_equal_to_the_formulas(counts: TokenCounts) -> None:
    ids = np.arange(V)
    assert counts.unigram_nats(ids) == pytest.approx([-log(slow(None, x)) for x in ids])
    for before in (0, 7, 11):
        found = counts.bigram_nats(np.full(V, before), ids)
        assert found == pytest.approx([-log(slow(before, x)) for x in ids])


def test_probabilities_sum_to_one(counts: TokenCounts) -> None:
    ids = np.arange(V)
    assert np.exp(-counts.unigram_nats(ids)).sum() == pytest.approx(1)
    for before, after in ((3, 5), (-1, 5), (3, -1), (-1, -1), (11, 11)):
        found = counts.between_nats(np.full(V, before), ids, np.full(V, after))
        assert np.exp(-found).sum() == pytest.approx(1)
        assert np.exp(-counts.bigram_nats(np.full(V, abs(before)), ids)).sum() == pytest.approx(1)


def test_between_two_tokens(counts: TokenCounts) -> None:
    """p(x | l, r) is proportional to p(x | l) p(r | x); an unknown neighbour has no say."""
    ids = np.arange(V)
    weights = np.array([slow(3, x) * slow(x, 5) for x in ids])
    assert np.exp(-counts.between_nats(np.full(V, 3), ids, np.full(V, 5))) == pytest.approx(weights / weights.sum())
    left_only = counts.between_nats(np.full(V, 3), ids, np.full(V, -1))
    assert left_only == pytest.approx(counts.bigram_nats(np.full(V, 3), ids))
    neither = counts.between_nats(np.full(V, -1), ids, np.full(V, -1))
    assert neither == pytest.approx(counts.unigram_nats(ids))


def test_next_tokens(counts: TokenCounts) -> None:
    found = next_token_baselines(counts, sequences(seed=1))
    assert found.tokens == 40 * 29
    assert found.bigram < found.unigram - 1  # the chain is seen in pairs only
    assert found.unigram == pytest.approx(log(11), abs=0.05)


def test_masked_tokens(counts: TokenCounts) -> None:
    """Both neighbours say more than one; where all are masked, pairs say nothing."""
    held_out = sequences(seed=1)
    some = [np.arange(30) % 7 == 3 for _ in held_out]
    found = masked_baselines(counts, held_out, some)
    assert found.tokens == 40 * 4
    one_sided = next_token_baselines(
        counts, [one[start - 1 : start + 1] for one in held_out for start in (3, 10, 17, 24)]
    )
    assert found.unigram == pytest.approx(one_sided.unigram)
    assert found.bigram < one_sided.bigram - 0.2
    everything = masked_baselines(counts, held_out, [np.ones(30, dtype=bool) for _ in held_out])
    assert everything.bigram == pytest.approx(everything.unigram)


def test_nothing_to_predict(counts: TokenCounts) -> None:
    assert masked_baselines(counts, [np.arange(5)], [np.zeros(5, dtype=bool)]).tokens == 0


def test_pairs_do_not_cross_documents() -> None:
    counts = TokenCounts.of([np.array([0, 1]), np.array([2, 3])], 4)
    assert counts.pairs.tolist() == [1, 11]


def test_what_is_never_predicted_takes_no_share() -> None:
    """Texts of four tokens between 10 and 11: probabilities of the others sum to one, the ends are neighbours."""
    rng = np.random.default_rng(0)
    texts = [np.array([10, *rng.integers(0, 9, 3), 9, 11]) for _ in range(300)]
    counts = TokenCounts.of(texts, V)
    own = counts.of_predicted(np.array([10, 11]))
    others = np.arange(10)
    assert np.exp(-own.unigram_nats(others)).sum() == pytest.approx(1, abs=0.01)
    assert np.exp(-own.bigram_nats(np.full(10, 9), others)).sum() == pytest.approx(1, abs=0.01)
    assert np.exp(-own.between_nats(np.full(10, 3), others, np.full(10, 5))).sum() == pytest.approx(1)
    last = own.between_nats(np.array([3]), np.array([9]), np.array([11]))
    assert last < 0.1 < counts.unigram_nats(np.array([9])), "the end says what comes before it"
    assert own.unigram_nats(others).mean() < counts.unigram_nats(others).mean() - 0.3


def test_counts_of_parts_are_counts_of_all(monkeypatch: pytest.MonkeyPatch, counts: TokenCounts) -> None:
    monkeypatch.setattr("ghep.pretrain.ngram_baseline._COUNTED_AT_ONCE", 100)
    parts = TokenCounts.of(sequences(), V)
    for name in ("tokens", "pairs", "times"):
        assert np.array_equal(getattr(parts, name), getattr(counts, name))
    nothing = TokenCounts.of([], V)
    assert not nothing.tokens.any() and not len(nothing.pairs)
