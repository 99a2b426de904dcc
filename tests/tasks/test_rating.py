from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score
from torch.nn import functional

from ghep.errors import BundleError, DataError
from ghep.tasks import MISSING, Classification, Rating, from_json, task_for

STARS = Rating("stars", ("0", "1", "2", "3", "4"))
LOGITS = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))
TARGETS = torch.tensor([0, 2, 1, 1, 4, 3, 2])
WEIGHTS = torch.tensor([0.5, 2.0, 1.0, 1.5, 0.25])


def ranked(distribution: Sequence[float], rating: int) -> float:
    """The ranked probability score, written out."""
    total = 0.0
    for k in range(len(distribution) - 1):
        total += (sum(distribution[: k + 1]) - (1.0 if rating <= k else 0.0)) ** 2
    return total / (len(distribution) - 1)


def test_ratings_are_in_order_of_value_not_of_spelling() -> None:
    assert Rating.of("r", ["10", "9", "-1", "3.5", "9"]).classes == ("-1", "3.5", "9", "10")
    task = task_for("r", ("10", "9"), rating=True)
    assert task.encode([{"r": "10"}, {"r": "9"}]).tolist() == [1, 0]
    assert task_for("r", ("10", "9"), rating=False) == Classification("r", ("10", "9"))


def test_a_rating_is_known_by_its_value() -> None:
    task = Rating.of("r", ["1", "2.5"])
    targets = task.encode([{"r": "1.0"}, {"other": "x"}, {"r": "2.50"}, {"r": " 1"}])
    assert targets.dtype == np.int64
    assert targets.tolist() == [0, MISSING, 1, 0]
    assert task.decode(np.eye(2)) == ["1", "2.5"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["1", "good", "2", "3,5", "nan", "inf"], r'4 labels .*"r" are not numbers.*"good", "3,5", "nan", "inf"\n'),
        (["1", "2", "2.0"], '"2" and "2.0" are the same rating'),
    ],
)
def test_labels_that_are_no_ratings(labels: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Rating.of("r", labels)
    assert caught.value.remedy


def test_a_false_order_is_refused() -> None:
    with pytest.raises(DataError, match='must be in ascending order, but "10" is before "9"'):
        Rating("r", ("10", "9"))


def test_labels_outside_the_scale() -> None:
    with pytest.raises(DataError, match=r'2 labels of task "stars" are not among its classes: "7".*"2.5"'):
        STARS.encode([{"stars": "7"}, {"stars": "1"}, {"stars": "2.5"}])
    with pytest.raises(DataError, match=r'not a number.*"bad"'):
        STARS.encode([{"stars": "bad"}])


def test_the_loss_is_cross_entropy_and_the_ranked_score_of_a_plain_loop() -> None:
    rows = LOGITS.double().softmax(1).tolist()
    scores = [ranked(row, y) for row, y in zip(rows, TARGETS.tolist(), strict=True)]
    expected = functional.cross_entropy(LOGITS.double(), TARGETS) + np.mean(scores)
    torch.testing.assert_close(STARS.loss(LOGITS.double(), TARGETS), expected)


def test_smoothing_and_weights_mix_the_scores_as_they_mix_the_cross_entropies() -> None:
    rows, truth = LOGITS.double().softmax(1).tolist(), functional.one_hot(TARGETS, 5).double()
    mixture = (0.9 * truth + 0.02) * WEIGHTS
    expected = sum(mixture[n, y].item() * ranked(row, y) for n, row in enumerate(rows) for y in range(5)) / len(
        rows
    ) + functional.cross_entropy(
        LOGITS.double(), TARGETS, weight=WEIGHTS.double(), label_smoothing=0.1, reduction="sum"
    ) / len(rows)
    ours = STARS.loss(LOGITS.double(), TARGETS, label_smoothing=0.1, class_weights=WEIGHTS)
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_hard_targets_are_soft_targets_and_mixtures_are_linear(smoothing: float, weights: torch.Tensor | None) -> None:
    options = {"label_smoothing": smoothing, "class_weights": weights}
    a, b = functional.one_hot(TARGETS, 5).float(), functional.one_hot(TARGETS.flip(0), 5).float()
    loss_a, loss_b = STARS.loss(LOGITS, TARGETS, **options), STARS.loss(LOGITS, TARGETS.flip(0), **options)
    torch.testing.assert_close(STARS.loss(LOGITS, a, **options), loss_a)
    torch.testing.assert_close(STARS.loss(LOGITS, 0.3 * a + 0.7 * b, **options), 0.3 * loss_a + 0.7 * loss_b)


def test_soft_rows_that_sum_to_zero_are_not_there() -> None:
    soft, kept = functional.one_hot(TARGETS, 5).float(), [0, 2, 3, 5, 6]
    soft[[1, 4]] = 0
    logits, alone = LOGITS.clone().requires_grad_(), LOGITS[kept].clone().requires_grad_()
    loss, loss_alone = STARS.loss(logits, soft), STARS.loss(alone, soft[kept])
    (gradient,), (gradient_alone,) = torch.autograd.grad(loss, logits), torch.autograd.grad(loss_alone, alone)
    assert torch.equal(loss, loss_alone)
    assert torch.equal(gradient[kept], gradient_alone)
    assert not gradient[[1, 4]].any()


def test_further_off_costs_more_and_the_slope_is_that_of_differences() -> None:
    sure = 4 * torch.eye(5, dtype=torch.float64)
    costs = [STARS.loss(row[None], torch.tensor([0])).item() for row in sure]
    assert all(near < far for near, far in pairwise(costs))
    plain = [Classification("c", STARS.classes).loss(row[None], torch.tensor([0])).item() for row in sure]
    assert len({round(cost, 9) for cost in plain[1:]}) == 1  # what classes cannot tell
    logits = LOGITS.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: STARS.loss(z, TARGETS, class_weights=WEIGHTS), logits)


@pytest.mark.slow
def test_the_loss_is_proper() -> None:
    """The truth is the best answer: from anywhere, descent on expected loss ends at the true distribution."""
    truth = torch.tensor([[0.1, 0.4, 0.05, 0.25, 0.2]], dtype=torch.float64)
    logits = 2 * LOGITS[:1].double()
    for _ in range(3000):
        logits.requires_grad_()
        (gradient,) = torch.autograd.grad(STARS.loss(logits, truth), logits)
        logits = (logits - gradient).detach()
    torch.testing.assert_close(logits.softmax(1), truth)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    loss = STARS.loss(LOGITS.to(dtype), TARGETS)
    assert loss.dtype == torch.promote_types(dtype, torch.float32)
    torch.testing.assert_close(loss.float(), STARS.loss(LOGITS.to(dtype).float(), TARGETS))


def test_the_scores_are_those_of_classes_and_two_more() -> None:
    rng = np.random.default_rng(0)
    targets, probabilities = rng.integers(5, size=300), rng.dirichlet(np.ones(5), size=300)
    scores = STARS.score(targets, probabilities)
    assert scores[:-2] == Classification("c", STARS.classes).score(targets, probabilities)
    mae, kappa = scores[-2:]
    assert (mae.name, mae.higher_is_better, kappa.name, kappa.higher_is_better) == (
        "mae",
        False,
        "quadratic_kappa",
        True,
    )
    assert mae.value == pytest.approx(np.abs(probabilities @ np.arange(5) - targets).mean())
    assert kappa.value == pytest.approx(cohen_kappa_score(targets, probabilities.argmax(1), weights="quadratic"))
    for score in (mae, kappa):
        assert score.interval is not None
        assert score.interval.low < score.value < score.interval.high
    assert STARS.score(targets, probabilities, seed=1) != scores


def test_mae_is_in_units_of_the_rating() -> None:
    halves = Rating("r", ("0.5", "1", "4"))
    (mae,) = [score for score in halves.score(np.array([0, 2]), np.eye(3)[[1, 1]]) if score.name == "mae"]
    assert mae.value == pytest.approx((0.5 + 3) / 2)


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"kind": "rating", "name": "a"}, "not a rating task"),
        ({"kind": "rating", "name": "a", "classes": ["1", "1"]}, "a class twice"),
        ({"kind": "rating", "name": "a", "classes": ["1", "x"]}, 'not a number.*"x"'),
        ({"kind": "rating", "name": "a", "classes": ["2", "1"]}, "must be in ascending order"),
    ],
)
def test_json_that_is_no_rating(obj: object, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        from_json(obj)
