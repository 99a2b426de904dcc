"""What a pass over valid tells by example agrees with what it tells in the mean, for every kind of task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ghep.tasks.base import MISSING, Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression
from ghep.training.validation import answers_of, change, each_example, guesses, valid_result

N = 40
NAMES = ("a", "b", "c")


def drawn(kind: str) -> tuple[Task, np.ndarray, np.ndarray]:
    """A task, with logits and targets of which a few are missing."""
    rng = np.random.default_rng(3)
    outputs = 1 if kind == "regression" else 3
    logits = rng.normal(0, 2, (N, outputs)).astype(np.float32)
    if kind == "regression":
        targets: Any = rng.normal(0, 1, N).astype(np.float32)
        targets[:4] = np.nan
        return Regression("t", 3.0, 2.0), logits, targets
    if kind == "multi-label":
        targets = rng.integers(0, 2, (N, 3)).astype(np.int8)
        targets[:4] = MISSING
        return MultiLabel("t", NAMES), logits, targets
    targets = rng.integers(0, 3, N)
    targets[:4] = MISSING
    task = Rating("t", ("1", "2", "3")) if kind == "rating" else Classification("t", NAMES)
    return task, logits, targets


@pytest.mark.parametrize("kind", ["classes", "multi-label", "rating", "regression"])
def test_the_means_by_example_are_the_result(kind: str) -> None:
    task, logits, targets = drawn(kind)
    each = each_example([task], {"t": logits}, {"t": targets})
    result = valid_result([task], {"t": logits}, {"t": targets}, {})
    assert {name: len(values) for name, values in each.items()} == {"loss": N - 4, "score": N - 4}
    assert float(each["loss"].mean()) == pytest.approx(result.loss, rel=1e-5)
    assert float(each["score"].mean()) == pytest.approx(result.score, rel=1e-5)


def test_a_loss_is_that_of_its_example() -> None:
    task, logits, targets = drawn("classes")
    each = each_example([task], {"t": logits}, {"t": targets})
    known = targets != MISSING
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits[known]), torch.from_numpy(targets[known]), reduction="none"
    )
    torch.testing.assert_close(each["loss"], expected)
    assert each["score"].tolist() == (logits[known].argmax(1) == targets[known]).tolist()


def test_an_example_counts_once_over_the_tasks_that_it_has_a_label_for() -> None:
    one, other = Classification("one", NAMES), Classification("other", NAMES)
    logits = {name: np.zeros((3, 3), dtype=np.float32) for name in ("one", "other")}
    targets = {"one": np.array([0, 1, MISSING]), "other": np.array([1, MISSING, MISSING])}
    each = each_example([one, other], logits, targets)
    assert each["score"].tolist() == [0.5, 0.0] and each["loss"].tolist() == pytest.approx([np.log(3)] * 2)


def test_guessing_is_the_majority_class_of_train_at_log_k() -> None:
    task = Classification("t", NAMES)
    each = guesses([task], {"t": np.array([1, 1, 0, MISSING, MISSING])}, {"t": np.array([0, 1, 1, 2, MISSING])})
    assert each["score"].tolist() == [0.0, 1.0, 1.0, 0.0]
    assert each["loss"].tolist() == pytest.approx([np.log(3)] * 4, rel=1e-5)


def test_answers_of_one_class_have_no_entropy() -> None:
    task, targets = Classification("t", NAMES), np.arange(30) % 3
    varied, one = np.eye(3, dtype=np.float32)[targets], np.eye(3, dtype=np.float32)[np.zeros(30, dtype=int)]
    assert answers_of([task], {"t": varied}, {"t": targets}) == pytest.approx((1.0, 1 / 3))
    assert answers_of([task], {"t": one}, {"t": targets}) == pytest.approx((0.0, 1.0))
    assert answers_of([task], {"t": varied}, {"t": np.zeros(30, dtype=int)}) is None, "labels of one class"
    regression, logits, numbers = drawn("regression")
    assert answers_of([regression], {"t": logits}, {"t": numbers}) is None


def test_with_several_tasks_the_one_that_varies_least() -> None:
    tasks, targets = [Classification(name, NAMES) for name in "ab"], np.arange(30) % 3
    logits = {"a": np.eye(3, dtype=np.float32)[targets], "b": np.eye(3, dtype=np.float32)[np.zeros(30, dtype=int)]}
    assert answers_of(tasks, logits, {"a": targets, "b": targets}) == pytest.approx((0.0, 1.0))


def test_a_change_is_paired() -> None:
    before = {"loss": torch.linspace(0, 5, 30), "score": torch.ones(30)}
    after = {"loss": torch.linspace(0, 5, 30) + 0.1, "score": torch.tensor([0.0] * 12 + [1.0] * 18)}
    after["loss"][0] += 0.01
    assert change(before, after, "loss").p_value < 1e-6 and change(before, after, "loss").difference > 0.1
    score = change(before, after, "score")
    assert (score.difference, score.only_b) == (pytest.approx(-0.4), 12) and score.p_value == pytest.approx(2 * 0.5**12)
