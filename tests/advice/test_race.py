"""Who stops in a race, and what each round shows."""

from __future__ import annotations

import numpy as np
import pytest

from ghep.advice.race import FIRST, clearly_worse, rounds
from ghep.types import Example


def examples(split: str, count: int) -> tuple[Example, ...]:
    return tuple(Example(f"{split}/{at}", None, {"label": "ab"[at % 2]}) for at in range(count))


def test_the_first_round_is_a_part_of_the_last_with_the_same_shares() -> None:
    train, valid = examples("train", 1000), examples("valid", 500)
    first, last = rounds(train, valid, classes=2, seed=0)
    assert last == (train, valid)
    for part, whole in zip(first, last, strict=True):
        assert {one.id for one in part} < {one.id for one in whole}
    assert len(first[0]) == pytest.approx(FIRST * 2 / 3, abs=2) and len(first[1]) == pytest.approx(FIRST / 3, abs=2)
    assert [one.labels["label"] for one in first[0]].count("a") == pytest.approx(len(first[0]) / 2, abs=1)


def test_few_examples_are_one_round() -> None:
    train, valid = examples("train", 400), examples("valid", 100)
    assert rounds(train, valid, classes=2, seed=0) == ((train, valid),)


def test_many_classes_need_more_examples_and_a_small_valid_split_is_used_as_a_whole() -> None:
    train, valid = examples("train", 1000), examples("valid", 200)
    first, _ = rounds(train, valid, classes=60, seed=0)
    assert first[1] == valid and len(first[0]) + 200 == pytest.approx(60 * 7, abs=2)
    assert len(rounds(train, valid, classes=100, seed=0)) == 1


def test_clearly_worse_is_beyond_chance() -> None:
    leader = np.arange(300) < 280
    assert clearly_worse(leader, np.arange(300) < 240)
    assert not clearly_worse(leader, leader)
    assert not clearly_worse(leader, np.arange(300) < 277)
    assert not clearly_worse(np.arange(300) < 240, leader)


def test_the_best_of_equals_rarely_stops() -> None:
    """Nine equally good backbones: a given one stops in at most 1 of 20 races."""
    rng = np.random.default_rng(0)
    stopped = 0
    for _ in range(400):
        correct = rng.random((9, 300)) < 0.8
        stopped += clearly_worse(correct[correct.mean(1).argmax()], correct[0])
    assert stopped <= 20
