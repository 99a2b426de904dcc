"""The gap between valid and test: found when it is there, silent when it is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ghep.data.loading.batches import LabelledExamples
from ghep.guards.splits import SplitDifferences, compared_splits, split_differences, split_findings, split_gap
from ghep.metrics.intervals import wilson
from ghep.types import Example, Score
from tiny import PREPROCESS, tiny_backbone, tiny_data


def accuracy(right: int, n: int) -> Score:
    return Score("accuracy", right / n, wilson(right, n), n)


def test_a_gap_is_a_finding_in_either_direction() -> None:
    for valid, test in (((150, 258), (195, 516)), ((40, 100), (80, 100))):
        (finding,) = split_gap(accuracy(*valid), accuracy(*test))
        assert finding.code == "valid-and-test-differ" and finding.remedy
    assert split_gap(accuracy(90, 100), accuracy(85, 100)) == ()
    assert split_gap(Score("accuracy", 0.9, None, 3), accuracy(1, 100)) == ()


def test_gaps_are_found_task_by_task_and_a_reused_split_is_said() -> None:
    low, high = accuracy(40, 100), accuracy(80, 100)
    scores = {("valid", "a"): low, ("test", "a"): high, ("valid", "b"): low, ("test", "b"): low, ("test", "c"): high}
    assert [finding.code for finding in split_findings(scores)] == ["valid-and-test-differ"]
    assert [finding.code for finding in split_findings({("valid", "a"): low})] == ["valid-reused"]
    assert [(one.code, one.severity) for one in split_findings({})] == [("nothing-held-out", "error")]


def test_false_alarms_on_healthy_runs_are_rare() -> None:
    rng = np.random.default_rng(0)
    draws = [(rng.binomial(150, p), rng.binomial(300, p)) for p in rng.uniform(0.3, 0.95, 2000)]
    alarms = sum(bool(split_gap(accuracy(int(v), 150), accuracy(int(t), 300))) for v, t in draws)
    assert alarms / len(draws) < 0.012


def test_with_several_tasks_a_gap_names_its_task() -> None:
    right = {("valid", "a"): 90, ("test", "a"): 90, ("valid", "b"): 90, ("test", "b"): 50}
    (found,) = split_findings({key: accuracy(count, 100) for key, count in right.items()})
    assert "of b is 0.900 on valid and 0.500 on test" in found.message


def sample(n: int, *, seed: int, shift: float = 0.0, shares: Sequence[float] = (0.5, 0.5)) -> tuple[Any, Any]:
    """Features (n, 20) of two classes, far apart, and their examples."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(len(shares), n, p=shares)
    rows = rng.normal(0, 1, (n, 20)).astype(np.float32)
    rows[:, 0] += 4 * targets
    rows[:, 1] += shift
    examples = tuple(Example(f"{seed}/{at}", None, {"label": str(label)}) for at, label in enumerate(targets))
    return rows, LabelledExamples(examples, {"label": targets}, lambda example: example.raw, PREPROCESS)


def compared(*samples: tuple[Any, Any], groups: Mapping[str, str] | None = None, seed: int = 0) -> SplitDifferences:
    names = ("train", "valid", "test")
    features = {name: one[0] for name, one in zip(names, samples, strict=False)}
    data = {name: one[1] for name, one in zip(names, samples, strict=False)}
    return split_differences(features, data, groups or {}, seed=seed)


def test_a_test_split_that_looks_different_is_found_before_training() -> None:
    found = compared(sample(200, seed=0), sample(60, seed=1), sample(60, seed=2, shift=2.0))
    assert [(one.first, one.second) for one in found.alarms] == [("train", "test"), ("valid", "test")]
    codes = {finding.code: finding for finding in found.findings}
    assert set(codes) == {"train-differs", "valid-and-test-differ"}
    assert "valid and test differ" in codes["valid-and-test-differ"].message and codes["train-differs"].remedy
    assert "train and valid" in found.summary and len(found.to_json()["pairs"]) == 3


@pytest.mark.slow
def test_random_splits_are_rarely_reported() -> None:
    """At most 1 in 100: the first numbers of 15 healthy splits of different sizes, three pairs each.

    A rate of 30 % would be found with a probability of .96; scripts/bench mismatch measures more draws.
    """
    sizes = ((150, 40, 40), (60, 20, 20), (256, 256, 100))
    alarms = 0
    for seed in range(15):
        counts = sizes[seed % 3]
        drawn = [sample(n, seed=10 * seed + at) for at, n in enumerate(counts)]
        alarms += bool(compared(*drawn, seed=seed).alarms)
    assert alarms <= 1  # P(more than 1 of 15 | 1 %) = 0.01


def test_other_shares_of_the_classes_are_no_difference() -> None:
    """The classes are far apart, so without strata the classifier would find the shares."""
    one, other = sample(200, seed=0, shares=(0.8, 0.2)), sample(200, seed=1, shares=(0.2, 0.8))
    found = compared(one, other)
    assert not found.alarms and found.pairs[0].auc is not None and found.pairs[0].auc > 0.7


@pytest.mark.slow
def test_examples_of_one_group_stay_together() -> None:
    """Ten near copies of each of 30 images are 30 independent examples, not 300."""
    alarms, ungrouped = 0, 0
    for seed in range(6):
        drawn, groups = [], {}
        for at in range(2):
            rows, data = sample(15, seed=100 * seed + at)
            rng = np.random.default_rng(seed)
            copies = np.repeat(rows, 10, axis=0) + rng.normal(0, 0.05, (150, 20)).astype(np.float32)
            examples = tuple(Example(f"{at}/{n}", None, data.examples[n // 10].labels) for n in range(150))
            groups |= {f"{at}/{n}": f"{at}/{n // 10}" for n in range(150)}
            targets = {"label": np.repeat(data.targets["label"], 10)}
            drawn.append((copies, replace(data, examples=examples, targets=targets)))
        alarms += bool(compared(*drawn, groups=groups, seed=seed).alarms)
        ungrouped += bool(compared(*drawn, seed=seed).alarms)
    assert alarms <= 1 < ungrouped


def test_few_examples_and_equal_features_are_not_reported() -> None:
    small = compared(sample(100, seed=0), sample(8, seed=1, shift=9.0))
    assert small.pairs[0].auc is None and not small.findings and "too few examples" in small.summary
    flat = [(np.ones_like(rows), data) for rows, data in (sample(40, seed=0), sample(40, seed=1))]
    assert compared(*flat).pairs[0].auc == 0.5 and not compared(*flat).alarms
    rows, data = sample(60, seed=0)
    copies = {one.id: one.id for one in data.examples}
    assert compared((rows, data), (rows, data), groups=copies).pairs[0].auc is None, "every group is in both splits"


def test_numbers_and_label_sets_have_strata_too() -> None:
    rows, data = sample(80, seed=0)
    numbers = replace(data, targets={"age": np.random.default_rng(0).normal(size=80).astype(np.float32)})
    sets = replace(data, targets={"tags": np.random.default_rng(0).integers(0, 2, (80, 2)).astype(np.int8)})
    for one in (numbers, sets):
        shifted = replace(one, examples=tuple(replace(e, id=f"b{e.id}") for e in one.examples))
        rng = np.random.default_rng(1)
        other = rng.normal(0, 1, rows.shape).astype(np.float32)
        other[:, 1] += 3
        assert compared((rows, one), (other, shifted)).alarms


def test_features_are_computed_where_they_are_not_at_hand() -> None:
    backbone, train, test = tiny_backbone(), tiny_data(60), tiny_data(60, seed=1)
    dark = replace(test, prepared=lambda example: (example.raw * 0.5).astype(np.uint8))
    assert not compared_splits(backbone, {"train": train, "test": test}, {}).alarms
    assert compared_splits(backbone, {"train": train, "test": dark}, {}).alarms
