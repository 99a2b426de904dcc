"""Regression: labels become standardised numbers, logits numbers with an interval in the units of the labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.errors import BundleError, DataError
from ghep.tasks import Classifier, Regression, from_json

AGE = Regression("age", 30.0, 10.0)


def test_the_mean_and_the_spread_are_those_of_the_labels() -> None:
    task = Regression.of("age", ["20", "40", "30", "30"])
    assert (task.mean, task.spread) == (30.0, np.std([20, 40, 30, 30]))
    targets = task.encode([{"age": one} for one in ("20", "40", "30", "30")])
    assert targets.mean() == pytest.approx(0) and targets.std() == pytest.approx(1)
    assert not isinstance(task, Classifier)


@pytest.mark.parametrize("labels", [[], ["7"], ["7", "7.0", "7"]])
def test_equal_labels_are_refused(labels: list[str]) -> None:
    with pytest.raises(DataError, match="there is nothing to predict"):
        Regression.of("age", labels)


@pytest.mark.parametrize("label", ["old", "nan", "inf", ""])
def test_a_label_that_is_no_finite_number_is_refused_by_name(label: str) -> None:
    with pytest.raises(DataError, match=rf'one of 2 labels of .age. is not a number.*"{label}"'):
        AGE.encode([{"age": "3"}, {"age": label}, {}])


def test_predictions_are_in_the_units_of_the_labels() -> None:
    found = AGE.predict(np.array([[0.5], [-1.0]]), 0.8)
    np.testing.assert_allclose(found, [[35, 27, 43], [20, 12, 28]])
    assert np.isnan(AGE.predict(np.array([[0.5]]))[0, 1:]).all()
    assert AGE.decode(found) == ["35", "20"]
    assert AGE.written(np.array([0.5, np.nan])) == ["35", ""]


def test_the_scale_of_the_labels_changes_nothing_but_the_units() -> None:
    rng = np.random.default_rng(0)
    numbers, logits = rng.normal(size=40), rng.normal(size=(40, 1))
    found = []
    for factor, shift in ((1.0, 0.0), (1e6, -5e7), (1e-3, 2.0)):
        labels = [repr(float(one * factor + shift)) for one in numbers]
        task = Regression.of("x", labels)
        targets = task.encode([{"x": one} for one in labels])
        scores = {one.name: one.value for one in task.score(targets, task.predict(logits, 1.0))}
        loss = float(task.loss(torch.from_numpy(logits), torch.from_numpy(targets)))
        found.append([scores["r2"], scores["spearman"], scores["coverage"], scores["mae"] / factor, loss])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-3)


def test_a_blend_of_two_examples_has_the_blended_number() -> None:
    soft = AGE.soft(torch.tensor([1.0, -1.0, torch.nan]))
    blend = 0.75 * soft + 0.25 * soft[[1, 2, 0]]  # the second with an unlabelled one, the third the other way round
    assert AGE.has_label(blend).tolist() == [True, True, True]
    logits = torch.tensor([[0.5], [-1.0], [1.0]])
    assert float(AGE.loss(logits, blend)) == pytest.approx(0)
    off = AGE.loss(logits + 1, blend)
    assert float(off) == pytest.approx((1 + 0.75 + 0.25) / 3)  # each counts by its labelled share


def test_half_precision_is_computed_in_float32() -> None:
    loss = AGE.loss(torch.zeros(2, 1, dtype=torch.bfloat16), torch.tensor([1.0, 3.0]))
    assert loss.dtype == torch.float32 and float(loss) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"mean": 1.0},
        {"mean": 1.0, "spread": 0.0},
        {"mean": float("nan"), "spread": 1.0},
        {"mean": "1", "spread": 1},
    ],
)
def test_a_damaged_task_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="not a regression task"):
        from_json({"kind": "regression", "name": "age", **wrong})
