"""The search for a rate: a part of train, judged on valid, and no luck taken for skill."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ghep.comparison.planning.search as searching
from ghep.comparison.planning.search import (
    FEWEST,
    MOST,
    beyond_reach,
    choose,
    confirmed,
    first_epochs,
    judges,
    part_of,
    search,
)
from ghep.comparison.record import Contender, Rate
from ghep.data.dataset import Dataset
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.types import Example
from tiny import tiny_data

WHO = Contender("full", "a")


def rate(factor: float, score: float, loss: float = 1.0, examples: int = 100, rung: int = 0) -> Rate:
    return Rate(factor, 1e-3 * factor, 3, score, loss, 1.0, examples, rung)


def test_another_rate_has_to_be_better_by_more_than_one_standard_error() -> None:
    tried = [rate(1.0, 0.80), rate(1 / 3, 0.70), rate(3.0, 0.83)]
    assert choose(WHO, tried, valid=50).chosen == 1.0  # the standard error of 0.8 of 50 is 0.056
    assert choose(WHO, tried, valid=1000).chosen == 3.0  # of 1,000 it is 0.013
    assert "standard error" in choose(WHO, tried, valid=50).reason


def test_the_derived_rate_stays_where_nothing_can_be_told() -> None:
    assert choose(WHO, [rate(1.0, 0.8, 0.9), rate(3.0, 0.8, 0.1)], valid=10_000).chosen == 1.0
    assert choose(WHO, [rate(1.0, 0.8)], valid=100).reason.endswith("no other rate was tried")


def test_nothing_is_tried_where_not_even_a_perfect_score_would_be_chosen() -> None:
    for valid in (10, 48, 200, 1000):
        for right in range(valid + 1):
            derived = rate(1.0, right / valid)
            perfect = choose(WHO, [derived, rate(3.0, 1.0, 0.0)], valid).chosen == 3.0
            assert beyond_reach(derived, valid) is not perfect
    assert not beyond_reach(rate(1.0, math.nan), 48)
    assert "can be better" in choose(WHO, [rate(1.0, 0.99)], 48).reason


def test_a_rate_that_diverged_is_not_chosen_and_one_that_did_not_is() -> None:
    tried = [rate(1.0, 0.1, 50.0), rate(1 / 3, 0.9), rate(3.0, math.nan)]
    assert choose(WHO, tried[:2], valid=100).chosen == 1 / 3
    assert choose(WHO, [rate(1.0, 0.9), rate(3.0, math.nan)], valid=100).chosen == 1.0
    assert choose(WHO, [rate(1.0, math.nan), rate(3.0, math.nan), rate(1 / 3, 0.5)], valid=100).chosen == 1 / 3


def test_a_higher_rate_has_to_win_on_all_of_train_too() -> None:
    short = [rate(1.0, 0.6), rate(1 / 3, 0.4), rate(3.0, 0.9)]
    assert choose(WHO, short, valid=1000).chosen == 3.0
    assert confirmed(choose(WHO, short, valid=1000), 400).chosen == 1.0  # fewer steps like higher rates
    assert "too much of the time limit" in confirmed(choose(WHO, short, valid=1000), 400).reason
    lost = [*short, rate(1.0, 0.95, examples=400, rung=2), rate(3.0, 0.93, examples=400, rung=2)]
    assert confirmed(choose(WHO, lost, valid=1000), 400).chosen == 1.0
    won = [*short, rate(1.0, 0.91, examples=400, rung=2), rate(3.0, 0.95, examples=400, rung=2)]
    assert confirmed(choose(WHO, won, valid=1000), 400).chosen == 3.0
    lower = [rate(1.0, 0.4), rate(1 / 3, 0.9), rate(3.0, 0.3)]
    assert confirmed(choose(WHO, lower, valid=1000), 400).chosen == 1 / 3
    assert confirmed(choose(WHO, short, valid=1000), 100).chosen == 3.0  # so few that a trial had them all


@pytest.mark.parametrize(
    ("scores", "confirm", "rungs"),
    [
        ({1.0: [0.995]}, True, [0]),  # out of reach
        ({1.0: [0.6], 1 / 3: [0.5], 3.0: [0.6]}, True, [0, 0, 0]),  # nobody leads
        ({1.0: [0.6, 0.6], 1 / 3: [0.9, 0.9], 3.0: [0.5]}, True, [0, 0, 0, 1, 1]),  # a lower rate that wins has won
        ({1.0: [0.6, 0.9], 1 / 3: [0.5], 3.0: [0.9, 0.9]}, True, [0, 0, 0, 1, 1]),  # with all epochs it leads no more
        ({1.0: [0.6, 0.6, 0.9], 1 / 3: [0.5], 3.0: [0.9, 0.9, 0.8]}, True, [0, 0, 0, 1, 1, 2, 2]),
        ({1.0: [0.6, 0.6], 1 / 3: [0.5], 3.0: [0.9, 0.9]}, False, [0, 0, 0, 1, 1]),  # no time to confirm
    ],
)
def test_only_rates_that_lead_get_more_epochs(
    scores: dict[float, list[float]], confirm: bool, rungs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {factor: iter(its) for factor, its in scores.items()}
    monkeypatch.setattr(searching, "trial", lambda _, who, factor, *, rung: rate(factor, next(left[factor]), rung=rung))
    monkeypatch.setattr(searching, "judges", lambda dataset: 100)
    bench: Any = SimpleNamespace(prepared=SimpleNamespace(dataset=None))
    assert [one.rung for one in search(bench, WHO, confirm=confirm)] == rungs


def test_the_first_rung_is_a_third_of_the_epochs_but_never_a_few_steps() -> None:
    full = strategy_named("full")
    many = Situation(5_000, ("a", "b"), batch_norm=True, has_valid=True)
    few = replace(many, num_train=100)
    epochs = {situation.num_train: full.plan(situation).stages[0].epochs for situation in (many, few)}
    assert first_epochs(full.plan(many), 1000) == max(2, math.ceil(epochs[5_000] / 3))
    assert first_epochs(full.plan(few), 50) >= 50 / math.ceil(50 / 8)
    assert first_epochs(full.plan(few), 8) == epochs[100], "no more than the plan has"


def test_a_part_is_a_quarter_of_every_class_within_bounds() -> None:
    data = tiny_data(600, classes=3)
    part = part_of(data)
    assert len(part) == 150
    assert np.bincount(part.targets["label"]).tolist() == [50, 50, 50]
    assert [example.id for example in part.examples] == [example.id for example in part_of(data).examples]
    labels = [example.labels["label"] for example in part.examples]
    assert labels == [f"class {target}" for target in part.targets["label"]]
    assert len(part_of(tiny_data(30))) == 30  # fewer than the fewest: all
    assert len(part_of(tiny_data(120))) == FEWEST
    assert FEWEST < MOST


def test_unlabelled_examples_come_last_into_a_part() -> None:
    data = tiny_data(400)
    data.targets["label"][:200] = -1
    assert (part_of(data).targets["label"] >= 0).all()


def test_a_part_of_several_tasks_has_every_label_of_each() -> None:
    apart = tiny_data(400, tasks=("large", "small"))
    rows = np.arange(400)
    targets = {"large": np.where(rows % 10 == 0, -1, rows % 3), "small": np.where(rows % 10 == 0, rows % 4, -1)}
    examples = tuple(
        replace(one, labels={task: str(values[at]) for task, values in targets.items() if values[at] >= 0})
        for at, one in enumerate(apart.examples)
    )
    data = replace(apart, examples=examples, targets=targets)
    part = part_of(data)
    assert len(part) == 100
    assert {task: len(np.unique(values)) for task, values in part.targets.items()} == {"large": 4, "small": 3}
    assert 8 <= (part.targets["small"] >= 0).sum() <= 12
    assert [one.id for one in part_of(data).examples] == [one.id for one in part.examples]
    assert len(part_of(tiny_data(30, tasks=("a", "b")))) == 30


def test_a_mean_over_tasks_rests_on_as_many_examples_as_its_standard_error_says() -> None:
    def judged(**counts: int) -> int:
        valid = tuple(
            Example(f"{task}/{at}", "text", {task: "a"}) for task, count in counts.items() for at in range(count)
        )
        classes = dict.fromkeys(counts, ("a", "b"))
        return judges(Dataset("made up", Path(), (), valid, (), classes=classes, modality="text"))

    assert judged(x=40) == 40
    assert judged(x=40, y=40) == 80  # half of the variance of each, and half of the other
    assert judged(x=40, y=10) == 32
    assert judged(x=40, y=0) == 40
