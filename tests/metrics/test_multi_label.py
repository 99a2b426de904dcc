"""Measures of sets of classes against scikit-learn's, weighted and not."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from ghep.errors import DataError
from ghep.metrics import multi_label as ours
from ghep.metrics.scores import multi_label_scores

RNG = np.random.default_rng(0)
N, K = 60, 4
TARGETS = (RNG.random((N, K)) < (0.1, 0.3, 0.5, 0.9)).astype(np.int8)
PROBABILITIES = np.round(np.clip(0.3 + 0.4 * TARGETS + RNG.normal(0, 0.25, (N, K)), 0.01, 0.99), 1)  # with ties
WEIGHTS = RNG.integers(0, 4, (5, N)).astype(float)
SAID = (PROBABILITIES > 0.5).astype(int)


def of_classes(weights: np.ndarray, one: Callable[..., float]) -> float:
    """The mean over classes that occur."""
    found = [k for k in range(K) if (weights * TARGETS[:, k]).sum() > 0]
    return float(np.mean([one(k) for k in found]))


SKLEARN: dict[str, Callable[[np.ndarray], float]] = {
    "exact_match": lambda w: metrics.accuracy_score(TARGETS, SAID, sample_weight=w),
    "hamming_loss": lambda w: metrics.hamming_loss(TARGETS, SAID, sample_weight=w),
    "micro_f1": lambda w: metrics.f1_score(TARGETS, SAID, average="micro", sample_weight=w),
    "macro_f1": lambda w: of_classes(w, lambda k: metrics.f1_score(TARGETS[:, k], SAID[:, k], sample_weight=w)),
    "mean_average_precision": lambda w: of_classes(
        w, lambda k: metrics.average_precision_score(TARGETS[:, k], PROBABILITIES[:, k], sample_weight=w)
    ),
    "log_loss": lambda w: np.mean(
        [metrics.log_loss(TARGETS[:, k], PROBABILITIES[:, k], sample_weight=w, labels=[0, 1]) for k in range(K)]
    ),
}


@pytest.mark.parametrize("name", SKLEARN)
def test_values_are_those_of_scikit_learn(name: str) -> None:
    function = getattr(ours, name)
    assert function(TARGETS, PROBABILITIES) == pytest.approx([SKLEARN[name](np.ones(N))])
    assert function(TARGETS, PROBABILITIES, WEIGHTS) == pytest.approx([SKLEARN[name](w) for w in WEIGHTS])


@pytest.mark.parametrize("name", SKLEARN)
def test_a_weight_of_two_is_an_example_twice(name: str) -> None:
    function, times = getattr(ours, name), WEIGHTS[0].astype(int)
    twice = function(np.repeat(TARGETS, times, axis=0), np.repeat(PROBABILITIES, times, axis=0))
    assert function(TARGETS, PROBABILITIES, WEIGHTS[:1]) == pytest.approx(twice)


def test_classes_that_do_not_occur_are_no_part_of_an_average() -> None:
    targets, probabilities = np.array([[1, 0], [0, 0]]), np.array([[0.9, 0.8], [0.2, 0.1]])
    assert ours.macro_f1(targets, probabilities) == [1]
    assert ours.mean_average_precision(targets, probabilities) == [1]
    nothing = np.zeros((3, 2), int)
    assert math.isnan(ours.macro_f1(nothing, np.full((3, 2), 0.2))[0])
    assert math.isnan(ours.mean_average_precision(nothing, np.full((3, 2), 0.2))[0])
    assert math.isnan(ours.micro_f1(nothing, np.full((3, 2), 0.2))[0])


def test_scores_have_names_directions_and_intervals() -> None:
    scores = multi_label_scores(TARGETS, PROBABILITIES)
    assert [score.name for score in scores] == [
        *("accuracy", "hamming_loss", "micro_f1", "macro_f1", "mean_average_precision", "log_loss"),
    ]
    assert [score.name for score in scores if not score.higher_is_better] == ["hamming_loss", "log_loss"]
    for score in scores:
        assert score.n == N
        assert score.interval is not None
        assert score.interval.low < score.value < score.interval.high, score.name
    assert multi_label_scores(TARGETS, PROBABILITIES, seed=1) != scores


@pytest.mark.slow
def test_intervals_cover() -> None:
    """95 % intervals of 200 draws of 150 examples from known chances hold the truth about as often as they should."""
    rng, large = np.random.default_rng(3), 100_000
    chance = rng.beta(0.7, 0.9, (large, 3))
    targets = (rng.random((large, 3)) < chance).astype(np.int8)
    truth = {name: float(getattr(ours, name)(targets, chance)[0]) for name in ("micro_f1", "mean_average_precision")}
    held = dict.fromkeys(truth, 0)
    for _ in range(200):
        drawn = rng.integers(large, size=150)
        for score in multi_label_scores(targets[drawn], chance[drawn], resamples=300):
            if score.name in truth and score.interval is not None:
                held[score.name] += score.interval.low <= truth[score.name] <= score.interval.high
    assert all(180 <= count <= 199 for count in held.values()), held


@pytest.mark.parametrize(
    ("targets", "probabilities", "message"),
    [
        (TARGETS[:, 0], PROBABILITIES, "expected targets and probabilities"),
        (TARGETS[:-1], PROBABILITIES, "expected targets and probabilities"),
        (TARGETS - 1, PROBABILITIES, "must be 0 or 1"),
        (TARGETS, PROBABILITIES * np.nan, "60 of 60 rows of probabilities are not finite"),
    ],
)
def test_arrays_that_are_none(targets: np.ndarray, probabilities: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        multi_label_scores(targets, probabilities)
