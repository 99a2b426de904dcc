from __future__ import annotations

import math
import time

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix
from sklearn.metrics import precision_recall_fscore_support

from ghep.errors import DataError
from ghep.metrics.calibration import softmax
from ghep.metrics.classification import auroc, balanced_accuracy, expected_calibration_error, log_loss, macro_f1
from ghep.metrics.intervals import wilson
from ghep.metrics.scores import METRICS, class_scores, classification_scores, confusion_matrix
from ghep.types import Score


def draw(rng: np.random.Generator, n: int, classes: int, *, sharpen: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Targets drawn from a softmax, and that softmax made over-confident by ``sharpen``."""
    logits = 1.5 * rng.normal(size=(n, classes))
    return (softmax(logits).cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1), softmax(sharpen * logits)


def by_name(scores: tuple[Score, ...]) -> dict[str, Score]:
    return {score.name: score for score in scores}


@pytest.mark.parametrize("classes", [2, 6])
def test_the_scores(classes: int) -> None:
    y, p = draw(np.random.default_rng(0), 300, classes)
    scores = classification_scores(y, p)
    assert [score.name for score in scores] == ["accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece", "auroc"]
    assert [score.name for score in scores if not score.higher_is_better] == ["log_loss", "ece"]
    for score in scores:
        assert score.n == 300
        assert score.value == METRICS[score.name][0](y, p)[0]
        assert score.interval is not None
        assert score.interval.low < score.value < score.interval.high
    assert by_name(scores)["accuracy"].interval == wilson(int((p.argmax(1) == y).sum()), 300)


def test_the_seed_decides() -> None:
    y, p = draw(np.random.default_rng(0), 100, 3)
    assert classification_scores(y, p, seed=1) == classification_scores(y, p, seed=1)
    assert classification_scores(y, p, seed=1) != classification_scores(y, p, seed=2)


def test_no_interval_where_the_bootstrap_has_nothing_to_say() -> None:
    y = np.array([0, 1] * 10)
    perfect = by_name(classification_scores(y, np.eye(2)[y] * 0.8 + 0.1))
    assert perfect["balanced_accuracy"].value == perfect["auroc"].value == 1
    assert perfect["balanced_accuracy"].interval is None
    assert perfect["auroc"].interval is None
    assert perfect["accuracy"].interval == wilson(20, 20)
    assert by_name(classification_scores(y[:1], np.eye(2)[:1]))["log_loss"].interval is None


def test_undefined_scores_are_nan() -> None:
    one_class = by_name(classification_scores(np.zeros(9, dtype=int), draw(np.random.default_rng(0), 9, 3)[1]))
    assert math.isnan(one_class["auroc"].value)
    assert one_class["auroc"].interval is None
    assert not math.isnan(one_class["balanced_accuracy"].value)
    for score in classification_scores(np.zeros(0, dtype=int), np.zeros((0, 3))):
        assert math.isnan(score.value)
        assert score.interval is None


@pytest.mark.parametrize(
    ("targets", "probabilities", "message"),
    [
        (np.zeros(3, dtype=int), np.zeros((4, 2)), r"expected targets \(n,\)"),
        (np.zeros(3, dtype=int), np.zeros(3), r"expected targets \(n,\)"),
        (np.array([0, -1]), np.zeros((2, 2)), r"are in \[-1, 0\]"),
        (np.array([0, 2]), np.zeros((2, 2)), r"are in \[0, 2\]"),
        (np.array([0, 1]), np.array([[0, 1], [np.nan, 1]]), "first: row 1"),
    ],
)
def test_arrays_that_cannot_be_scored(targets: np.ndarray, probabilities: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        classification_scores(targets, probabilities)
    assert caught.value.remedy


def test_confusion_and_class_scores_are_sklearns() -> None:
    rng = np.random.default_rng(0)
    y, guess = rng.integers(4, size=60), rng.integers(1, 5, size=60)  # 0 is never predicted, 4 never occurs
    np.testing.assert_array_equal(confusion_matrix(y, guess, 6), sklearn_confusion_matrix(y, guess, labels=range(6)))
    expected = precision_recall_fscore_support(y, guess, labels=range(6), zero_division=np.nan)
    np.testing.assert_allclose(np.array(class_scores(y, guess, 6)).T, np.array(expected, dtype=float))


@pytest.mark.slow
def test_scoring_is_quick() -> None:
    y, p = draw(np.random.default_rng(0), 5000, 17)
    start = time.process_time()
    classification_scores(y, p)
    assert time.process_time() - start < 6  # 0.8 s; processor time, which hardly depends on what else runs


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("sharpen", [1.0, 2.0], ids=["calibrated", "over-confident"])
def test_the_intervals_cover(classes: int, sharpen: float) -> None:
    rng = np.random.default_rng(0)
    y, p = draw(rng, 400_000, classes, sharpen=sharpen)
    truths = {name: function(y, p)[0] for name, (function, _) in METRICS.items()}
    hits = dict.fromkeys(METRICS, 0)
    for trial in range(300):
        y, p = draw(rng, 200, classes, sharpen=sharpen)
        for score in classification_scores(y, p, seed=trial, resamples=200):
            assert score.interval is not None
            hits[score.name] += score.interval.low <= truths[score.name] <= score.interval.high
    # 300 trials: a true coverage of 0.95 shows 0.91 to 0.98; percentile intervals at n = 200 are a little short of it.
    assert all(0.88 <= hit / 300 <= 0.995 for hit in hits.values()), {name: hit / 300 for name, hit in hits.items()}


def test_the_percentile_interval_of_ece_would_miss() -> None:
    """Why ece has an interval of its own: under calibration resamples lie above the value, and far above the truth."""
    rng = np.random.default_rng(0)
    y, p = draw(rng, 200, 2)
    counts = rng.multinomial(200, np.full(200, 1 / 200), size=300)
    assert (expected_calibration_error(y, p, counts) > expected_calibration_error(y, p)[0]).mean() > 0.8
    interval = by_name(classification_scores(y, p))["ece"].interval
    assert interval is not None
    assert interval.low == 0
    for metric in (auroc, balanced_accuracy, log_loss, macro_f1):
        assert 0.2 < (metric(y, p, counts) > metric(y, p)[0]).mean() < 0.8
