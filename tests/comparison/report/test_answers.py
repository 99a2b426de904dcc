"""Counts of one contender's answers, compared with scikit-learn and with metrics of full probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from comparison import made_up
from ghep.comparison.record import Answers, Measured
from ghep.comparison.report.answers import class_rows, confused_pairs, confusion, reliability, worst
from ghep.metrics.classification import expected_calibration_error


@pytest.fixture(scope="module")
def runs() -> list[Measured]:
    comparison = made_up.texts()
    return [run for run in comparison.full_runs if run.contender.strategy == "lora"]


def test_classes_agree_with_scikit_learn(runs: list[Measured]) -> None:
    targets = np.concatenate([run.answers.targets for run in runs])
    predicted = np.concatenate([run.answers.predicted for run in runs])
    table = confusion(runs, 6)
    assert (table == confusion_matrix(targets, predicted, labels=range(6))).all()
    precision, recall, f1, support = precision_recall_fscore_support(targets, predicted)
    rows = class_rows(table, made_up.SUBJECTS, len(runs))
    assert [row.precision for row in rows] == pytest.approx(precision)
    assert [row.recall for row in rows] == pytest.approx(recall)
    assert [row.f1 for row in rows] == pytest.approx(f1)
    assert [row.n * len(runs) for row in rows] == list(support)


def test_a_class_never_predicted_has_no_precision_and_an_absent_class_no_row() -> None:
    table = np.array([[3, 0, 1], [2, 0, 0], [0, 0, 0]])
    rows = class_rows(table, ("a", "b", "c"), 1)
    assert np.isnan(rows[1].precision)
    assert rows[1].confusion == "a"
    assert rows[1].confused == 1.0
    assert [row.name for row in rows] == ["a", "b", "c"]  # c was an answer
    assert [row.name for row in class_rows(table[:2, :2], ("a", "b"), 1)] == ["a", "b"]
    pairs = confused_pairs(table, ("a", "b", "c"), 2)
    assert [(pair.label, pair.answer, pair.examples, pair.share) for pair in pairs] == [
        ("b", "a", 1.0, 1.0),
        ("a", "c", 0.5, 0.25),
    ]


def test_the_calibration_error_equals_that_of_full_probabilities() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([0.5, 0.5, 0.5], 500)
    targets = rng.integers(0, 3, 500)
    answers = Answers(
        tuple(map(str, range(500))),
        targets,
        probabilities.argmax(1),
        probabilities.max(1),
        probabilities[np.arange(500), targets],
    )
    run = replace(made_up.texts().runs[0], answers=answers)
    found = reliability([run])
    assert found.error == pytest.approx(float(expected_calibration_error(targets, probabilities)[0]))
    gaps = np.abs(found.accuracy - found.confidence) * found.count
    assert gaps.sum() / 500 == pytest.approx(found.error)
    assert 0 < found.by_chance < found.error
    assert found.count.sum() == 500


def test_the_worst_mistakes_have_the_highest_confidence_over_all_runs() -> None:
    run = made_up.texts().runs[0]
    ids = ("a", "b", "c", "d")
    targets, given = np.zeros(4, np.int64), np.array([0, 1, 2, 1])
    one = Answers(ids, targets, given, np.array([1.0, 0.9, 0.6, 0.8]), np.zeros(4))
    other = replace(one, predicted=np.array([0, 0, 1, 1]))
    found = worst([replace(run, answers=one), replace(run, answers=other)], most=3)
    assert [(wrong.index, wrong.wrong, wrong.runs) for wrong in found] == [(3, 2, 2), (2, 2, 2), (1, 1, 2)]
    assert [wrong.confidence for wrong in found] == pytest.approx([0.8, 0.6, 0.9])
    assert found[0].answer == 1
