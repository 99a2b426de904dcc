from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from ghep.metrics.calibration import softmax
from ghep.metrics.classification import (
    ECE_BINS,
    accuracy,
    auroc,
    balanced_accuracy,
    calibration_error_by_chance,
    expected_calibration_error,
    log_loss,
    macro_f1,
)

METRICS = (accuracy, balanced_accuracy, macro_f1, log_loss, expected_calibration_error, auroc)
Arrays = tuple[np.ndarray, np.ndarray]


def draw(n: int, classes: int, seed: int = 0, *, round_to: int | None = None) -> Arrays:
    """Targets (n,) and probabilities (n, K) of a middling model; rounding makes ties."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(classes, size=n)
    logits = rng.normal(size=(n, classes)) + np.eye(classes)[targets]
    return targets, softmax(logits if round_to is None else logits.round(round_to))


def by_sklearn(name: str, y: np.ndarray, p: np.ndarray, w: np.ndarray | None) -> float:
    classes, guess = np.arange(p.shape[1]), p.argmax(axis=1)
    present = np.unique(y if w is None else y[w > 0])
    if name == "accuracy":
        return sk.accuracy_score(y, guess, sample_weight=w)
    if name == "balanced_accuracy":
        return sk.recall_score(y, guess, labels=present, average="macro", sample_weight=w)
    if name == "macro_f1":
        return sk.f1_score(y, guess, labels=present, average="macro", sample_weight=w)
    if name == "log_loss":
        return sk.log_loss(y, p, labels=classes, sample_weight=w)
    if len(classes) == 2:
        return sk.roc_auc_score(y, p[:, 1], sample_weight=w)
    return float(np.mean([sk.roc_auc_score(y == k, p[:, k], sample_weight=w) for k in present]))


@pytest.mark.parametrize("metric", [accuracy, balanced_accuracy, macro_f1, log_loss, auroc], ids=lambda f: f.__name__)
@pytest.mark.parametrize("classes", [2, 5, 20])  # more and fewer than FEW_POSITIVES of a class
@pytest.mark.parametrize("weighted", [None, "counts", "fractions"])
@pytest.mark.parametrize("round_to", [None, 0], ids=["smooth", "ties"])
def test_the_same_numbers_as_sklearn(
    metric: Callable[..., Any], classes: int, weighted: str | None, round_to: int | None
) -> None:
    y, p = draw(200, classes, round_to=round_to)
    rng = np.random.default_rng(1)
    w = {None: None, "counts": rng.multinomial(200, np.full(200, 1 / 200)), "fractions": rng.random(200)}[weighted]
    with warnings.catch_warnings(action="ignore"):
        expected = by_sklearn(metric.__name__, y, p, w)
    value = metric(y, p, w)
    assert value.shape == (1,)
    np.testing.assert_allclose(value[0], expected, rtol=1e-12)


def test_sklearns_own_averages_where_every_class_occurs() -> None:
    y, p = draw(300, 4)
    np.testing.assert_allclose(auroc(y, p)[0], sk.roc_auc_score(y, p, multi_class="ovr"))
    np.testing.assert_allclose(balanced_accuracy(y, p)[0], sk.balanced_accuracy_score(y, p.argmax(1)))
    np.testing.assert_allclose(macro_f1(y, p)[0], sk.f1_score(y, p.argmax(1), average="macro"))


@pytest.mark.parametrize("metric", METRICS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("classes", [2, 6])
def test_a_count_is_a_repetition_and_rows_do_not_mix(metric: Callable[..., Any], classes: int) -> None:
    y, p = draw(40, classes, round_to=0)
    counts = np.random.default_rng(2).multinomial(40, np.full(40, 1 / 40), size=7)
    together = metric(y, p, counts)
    assert together.shape == (7,)
    for value, row in zip(together, counts, strict=True):
        drawn = np.repeat(np.arange(40), row)
        np.testing.assert_allclose(value, metric(y[drawn], p[drawn])[0], rtol=1e-12)


def ece_by_hand(y: np.ndarray, p: np.ndarray) -> float:
    confidence, correct, total = p.max(axis=1), p.argmax(axis=1) == y, 0.0
    for b in range(ECE_BINS):
        inside = (confidence > b / ECE_BINS) & (confidence <= (b + 1) / ECE_BINS)
        if inside.any():
            total += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return total


def test_ece_as_in_the_paper() -> None:
    y, p = draw(500, 3)
    np.testing.assert_allclose(expected_calibration_error(y, p)[0], ece_by_hand(y, p), rtol=1e-12)
    certain = np.eye(2)[[0, 0, 0, 0]]
    assert expected_calibration_error(np.array([0, 0, 0, 1]), certain)[0] == pytest.approx(0.25)
    assert expected_calibration_error(np.array([0, 0, 0, 0]), certain)[0] == 0


def test_chance_is_what_calibrated_models_show() -> None:
    rng = np.random.default_rng(0)
    p = softmax(rng.normal(size=(100, 3)))
    drawn = [(p.cumsum(axis=1) > rng.random((100, 1))).argmax(axis=1) for _ in range(2000)]
    shown = np.array([expected_calibration_error(y, p)[0] for y in drawn])
    chance = calibration_error_by_chance(p, resamples=2000, seed=1)
    assert chance.shape == (2000,)
    np.testing.assert_allclose(np.quantile(chance, [0.1, 0.5, 0.9]), np.quantile(shown, [0.1, 0.5, 0.9]), rtol=0.06)


def test_classes_that_do_not_occur_are_no_part_of_an_average() -> None:
    y = np.array([0, 0, 2, 2])
    p = np.eye(4)[[0, 1, 2, 3]] * 0.7 + 0.1
    assert balanced_accuracy(y, p)[0] == 0.5
    assert macro_f1(y, p)[0] == pytest.approx(2 / 3)
    assert auroc(y, p)[0] == pytest.approx((0.75 + 0.75) / 2)
    assert log_loss(y, p)[0] == pytest.approx(-(np.log(0.8) + np.log(0.1)) / 2)


def test_undefined_is_nan_and_never_a_warning() -> None:
    y, p = np.zeros(3, dtype=int), softmax(np.random.default_rng(0).normal(size=(3, 2)))
    assert np.isnan(auroc(y, p)).all()
    assert np.isnan(auroc(y, np.hstack([p, p]))).all()
    for metric in METRICS:
        assert np.isnan(metric(y[:0], p[:0])).tolist() == [True]
        assert np.isnan(metric(y, p, np.zeros((2, 3)))).tolist() == [True, True]


def test_an_impossible_example_costs_36_nats_as_in_sklearn() -> None:
    y, p = np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]])
    np.testing.assert_allclose(log_loss(y, p)[0], sk.log_loss(y, p))
    assert log_loss(y, p)[0] == pytest.approx(36.04 / 2, abs=0.01)
