"""Corruption of token ids: the counts that the papers give, pure functions of their generator, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest

from ghep.data.corruption import NO_TARGET, corrupt_spans, delete_tokens, mask_tokens, restore_spans

CLS, SEP, MASK, END = 1, 2, 3, 4
ORDINARY = np.arange(10, 1000)
SENTINELS = np.arange(1099, 999, -1)  # falling ids, as in T5's vocabulary


def block(length: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ids (length + 2,) between [CLS] and [SEP], and which of them are special."""
    ids = np.concatenate([[CLS], np.random.default_rng([seed, length]).choice(ORDINARY, length), [SEP]])
    return ids, np.isin(ids, (CLS, SEP))


def masked(length: int, address: tuple[int, ...], **settings: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ids, fixed = block(length)
    rng = np.random.default_rng(address)
    return ids, *mask_tokens(ids, fixed, rng, mask=MASK, ordinary=ORDINARY, **settings)


def test_of_the_chosen_tokens_80_percent_are_masked_10_replaced_and_10_kept():
    ids, inputs, targets = masked(40_000, (0, 0, 0))
    chosen = targets != NO_TARGET
    assert chosen.sum() == pytest.approx(0.15 * 40_000, abs=1)
    assert np.array_equal(targets[chosen], ids[chosen]) and np.array_equal(inputs[~chosen], ids[~chosen])
    now = inputs[chosen]
    kept, hidden = now == ids[chosen], now == MASK
    # 4 standard deviations of a share of 6,000 draws are .016 and .021; a replacement is the original 1 time in 990.
    assert hidden.mean() == pytest.approx(0.8, abs=0.021) and kept.mean() == pytest.approx(0.1, abs=0.016)
    other = now[~kept & ~hidden]
    assert len(other) / len(now) == pytest.approx(0.1, abs=0.016)
    assert np.isin(other, ORDINARY).all() and len(set(other.tolist())) > 300


@pytest.mark.parametrize(("replaced", "kept"), [(0.0, 0.0), (0.0, 0.15), (1.0, 0.0)])
def test_the_rule_of_what_becomes_of_a_chosen_token_can_be_set(replaced, kept):
    ids, inputs, targets = masked(20_000, (0, 0, 0), share=0.25, replaced=replaced, kept=kept)
    chosen = targets != NO_TARGET
    now = inputs[chosen]
    assert chosen.sum() == pytest.approx(5_000, abs=1)
    assert (now == MASK).mean() == pytest.approx(1 - replaced - kept, abs=0.021)
    if replaced:
        assert (now == ids[chosen]).mean() < 0.01


@pytest.mark.parametrize("length", [1, 2, 3, 5, 17])
def test_a_short_block_has_at_least_one_target_and_special_tokens_are_never_one(length):
    counts = []
    for place in range(200):
        _, inputs, targets = masked(length, (0, 0, place))
        assert targets[0] == targets[-1] == NO_TARGET and (inputs[0], inputs[-1]) == (CLS, SEP)
        counts.append((targets != NO_TARGET).sum())
    assert min(counts) == max(1, int(0.15 * length)) and max(counts) <= max(1, int(0.15 * length) + 1)


def test_over_many_short_blocks_the_share_is_exact():
    counts = [(masked(17, (0, 0, place))[2] != NO_TARGET).sum() for place in range(2_000)]
    assert np.mean(counts) / 17 == pytest.approx(0.15, abs=0.003)


def test_every_place_is_chosen_equally_often():
    hits = sum((masked(8, (0, 0, place))[2] != NO_TARGET).astype(int) for place in range(4_000))
    share = hits[1:-1] / hits.sum()
    assert share == pytest.approx(1 / 8, abs=0.02)


def test_a_block_of_special_tokens_has_no_target():
    ids = np.array([CLS, SEP])
    inputs, targets = mask_tokens(ids, ids < 10, np.random.default_rng(0), mask=MASK, ordinary=ORDINARY)
    assert np.array_equal(inputs, ids) and (targets == NO_TARGET).all()


def corruptions(ids, fixed, address):
    """The output of every corruption at one address."""
    rng = np.random.default_rng
    return [
        *mask_tokens(ids, fixed, rng(address), mask=MASK, ordinary=ORDINARY),
        *corrupt_spans(ids, fixed, rng(address), sentinels=SENTINELS, end=END),
        *delete_tokens(ids, fixed, rng(address)),
    ]


def test_the_same_address_gives_the_same_corruption_and_any_other_a_different_one():
    ids, fixed = block(60)
    before = ids.copy()
    first, again = corruptions(ids, fixed, (7, 2, 11)), corruptions(ids, fixed, (7, 2, 11))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert np.array_equal(ids, before), "the block itself is not written to"
    for other in ((8, 2, 11), (7, 3, 11), (7, 2, 12)):
        found = corruptions(ids, fixed, other)
        # The targets of token deletion are the whole block.
        assert not any(np.array_equal(one, two) for one, two in zip(first[:-1], found[:-1], strict=True))
    assert all(one.dtype == np.int64 for one in first)


def spans(length: int, place: int = 0, **settings: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ids, fixed = block(length)
    rng = np.random.default_rng((0, 0, place))
    return ids, fixed, *corrupt_spans(ids, fixed, rng, sentinels=SENTINELS, end=END, **settings)


@pytest.mark.parametrize("length", [2, 3, 4, 7, 30, 64, 511])
@pytest.mark.parametrize("density", [0.15, 0.5, 0.9])
def test_a_round_trip_through_the_sentinels_restores_the_text(length, density):
    for place in range(50):
        ids, _, inputs, targets = spans(length, place, density=density)
        used = inputs[np.isin(inputs, SENTINELS)]
        assert len(used) and np.array_equal(used, SENTINELS[: len(used)]), "sentinels in their order, from the first"
        assert np.array_equal(targets[np.isin(targets, SENTINELS)], SENTINELS[: len(used) + 1])
        assert targets[-1] == END and targets[0] == SENTINELS[0]
        assert (inputs[0], inputs[-1]) == (CLS, SEP)
        follows = np.flatnonzero(np.isin(inputs, SENTINELS))
        assert (np.diff(follows) > 1).all(), "two spans are never neighbours"
        assert np.array_equal(restore_spans(inputs, targets[:-1], sentinels=SENTINELS), ids)


def test_the_share_and_the_mean_length_of_the_spans_are_those_asked_for():
    for length, density, mean in ((512, 0.15, 3.0), (200, 0.3, 5.0)):
        ids, _, inputs, targets = spans(length, density=density, mean_length=mean)
        count = np.isin(inputs, SENTINELS).sum()
        removed = len(ids) - (len(inputs) - count)
        assert removed == round(density * length) and count == round(removed / mean)
        assert len(targets) == removed + count + 2  # a sentinel for each span, one more, and the end


def test_every_place_of_a_block_may_be_removed_and_places_away_from_the_ends_equally_often():
    removed = np.zeros(30)
    fixed = np.zeros(30, dtype=bool)
    for place in range(3_000):
        inputs, _ = corrupt_spans(np.arange(30), fixed, np.random.default_rng(place), sentinels=SENTINELS)
        removed[np.setdiff1d(np.arange(30), inputs)] += 1
    assert removed.sum() == 3_000 * round(0.15 * 30) and removed.min() > 50
    assert removed[4:-4] == pytest.approx(removed[4:-4].mean(), rel=0.15)


def test_a_block_of_one_token_stays_whole():
    ids, _, inputs, targets = spans(1)
    assert np.array_equal(inputs, ids) and targets.tolist() == [END]


def test_no_more_spans_are_removed_than_there_are_sentinels():
    few = SENTINELS[:4]
    ids, fixed = block(400)
    fixed[5::7] = True  # special tokens inside the text divide spans
    for place in range(50):
        inputs, targets = corrupt_spans(ids, fixed, np.random.default_rng(place), sentinels=few, mean_length=9)
        assert np.isin(inputs, few).sum() <= 3 and np.isin(ids[fixed], inputs).all()
        assert np.array_equal(restore_spans(inputs, targets, sentinels=few), ids)


def test_written_targets_that_lack_a_sentinel_leave_it_in_place():
    inputs, written = np.array([50, SENTINELS[0], 51, SENTINELS[1]]), np.array([77, SENTINELS[0], 60, 61])
    assert restore_spans(inputs, written, sentinels=SENTINELS).tolist() == [50, 60, 61, 51, SENTINELS[1]]


def test_60_percent_of_the_tokens_are_deleted_and_the_others_stay_in_order():
    ids, fixed = block(20_000)
    ids[1:-1] = np.arange(10, 20_010)
    inputs, targets = delete_tokens(ids, fixed, np.random.default_rng(0))
    assert len(inputs) / len(ids) == pytest.approx(0.4, abs=0.014)
    assert (np.diff(inputs[1:-1]) > 0).all() and (inputs[0], inputs[-1]) == (CLS, SEP)
    assert np.array_equal(targets, ids)


def test_at_least_one_token_is_left_and_it_is_not_always_the_same():
    ids, fixed = np.array([CLS, 10, 11, 12, SEP]), np.array([True, False, False, False, True])
    left = [delete_tokens(ids, fixed, np.random.default_rng(place), ratio=1.0)[0] for place in range(100)]
    assert {len(one) for one in left} == {3} and {int(one[1]) for one in left} == {10, 11, 12}
    only, _ = delete_tokens(ids[[0, 4]], fixed[[0, 4]], np.random.default_rng(0))
    assert only.tolist() == [CLS, SEP]
