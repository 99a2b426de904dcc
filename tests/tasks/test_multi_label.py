from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_sample_weight
from torch.nn import functional

from ghep.errors import BundleError, DataError
from ghep.tasks import MISSING, Classification, MultiLabel, from_json, task_for
from ghep.tasks.multi_label import no_weights
from ghep.types import LabelSet, classes_in

TAGS = MultiLabel("tags", ("a", "b", "c", "d"))
LOGITS = 2 * torch.randn(9, 4, generator=torch.Generator().manual_seed(1))
TARGETS = (torch.rand(9, 4, generator=torch.Generator().manual_seed(2)) < 0.4).to(torch.int8)
WEIGHTS = torch.tensor([0.75, 2.0, 1.0, 3.5])


def soft(targets: torch.Tensor) -> torch.Tensor:
    return torch.stack([targets == 1, targets == 0], dim=1).float()


def test_labels_are_divided_at_bars_sorted_and_trimmed() -> None:
    task = MultiLabel.of("shape", ["red|square", "square", "blue | red |", "|"])
    assert task.classes == ("blue", "red", "square")
    targets = task.encode([{"shape": "square| red|square"}, {"other": "x"}, {"shape": "|"}, {"shape": ""}])
    assert targets.dtype == np.int8
    assert targets.tolist() == [[0, 1, 1], [MISSING] * 3, [0, 0, 0], [0, 0, 0]]
    assert task.written(targets) == ["red|square", "", "", ""]
    assert task_for("shape", task.classes, rating=False, multi_label=True) == task


def test_only_a_set_of_labels_is_divided() -> None:
    assert classes_in("red|square") == ("red|square",)
    assert classes_in(LabelSet("square|red|")) == ("red", "square")
    assert LabelSet("b|a") == "b|a"
    assert LabelSet.of(["b", "a", "b"]) == "a|b"


def test_names_that_are_no_class() -> None:
    with pytest.raises(DataError, match=r'2 names in labels of task "tags" are not among its classes: "x".*"aa"'):
        TAGS.encode([{"tags": "a|x"}, {"tags": "b"}, {"tags": "aa|x"}])


@pytest.mark.parametrize("name", ["a|b", " a", "", "|"])
def test_a_class_that_no_label_could_name_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="split at bars"):
        MultiLabel("t", (name, "b"))
    with pytest.raises(BundleError, match="split at bars"):
        from_json({"kind": "multi_label", "name": "t", "classes": [name, "b"]})


def test_the_loss_is_the_binary_cross_entropy_of_torch() -> None:
    wanted = functional.binary_cross_entropy_with_logits(LOGITS.double(), TARGETS.double())
    torch.testing.assert_close(TAGS.loss(LOGITS.double(), TARGETS), wanted)
    by_hand = np.mean([TAGS.loss(row[None], target[None]) for row, target in zip(LOGITS, TARGETS, strict=True)])
    assert TAGS.loss(LOGITS, TARGETS).item() == pytest.approx(by_hand, rel=1e-6)  # the mean over rows


def test_smoothing_moves_each_answer_towards_one_half() -> None:
    wanted = functional.binary_cross_entropy_with_logits(LOGITS, 0.8 * TARGETS + 0.1)
    torch.testing.assert_close(TAGS.loss(LOGITS, TARGETS, label_smoothing=0.2), wanted)


def test_weights_are_of_yes_and_of_no() -> None:
    each = torch.where(TARGETS == 1, WEIGHTS, no_weights(WEIGHTS))
    wanted = functional.binary_cross_entropy_with_logits(LOGITS, TARGETS.float(), weight=each)
    torch.testing.assert_close(TAGS.loss(LOGITS, TARGETS, class_weights=WEIGHTS), wanted)
    torch.testing.assert_close(TAGS.loss(LOGITS, TARGETS, class_weights=torch.ones(4)), TAGS.loss(LOGITS, TARGETS))


def test_balanced_weights_are_those_of_scikit_learn_class_by_class() -> None:
    targets = np.concatenate([TARGETS.numpy(), np.full((3, 4), MISSING, np.int8)])
    weights = TAGS.class_weights(targets)
    for k in range(4):
        wanted = compute_sample_weight("balanced", TARGETS[:, k].numpy())
        each = np.where(TARGETS[:, k].numpy() == 1, weights[k], no_weights(weights[k]))
        assert each == pytest.approx(wanted)
        assert each.mean() == pytest.approx(1)
    constant = np.array([[0, 1, 1, 0], [0, 1, 0, 0]], np.int8)
    assert TAGS.class_weights(constant).tolist() == [1, 1, 1, 1]  # never, always, half, never
    assert TAGS.class_weights(constant[:0]).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_hard_targets_are_soft_targets_and_mixtures_are_linear(smoothing: float, weights: torch.Tensor | None) -> None:
    options = {"label_smoothing": smoothing, "class_weights": weights}
    a, b = soft(TARGETS), soft(TARGETS.flip(0))
    loss_a, loss_b = TAGS.loss(LOGITS, TARGETS, **options), TAGS.loss(LOGITS, TARGETS.flip(0), **options)
    torch.testing.assert_close(TAGS.loss(LOGITS, a, **options), loss_a)
    torch.testing.assert_close(TAGS.loss(LOGITS, 0.3 * a + 0.7 * b, **options), 0.3 * loss_a + 0.7 * loss_b)


def test_soft_rows_without_yes_or_no_are_not_there() -> None:
    blended, kept = soft(TARGETS), [0, 2, 3, 5, 6, 7, 8]
    blended[[1, 4]] = 0
    logits, alone = LOGITS.clone().requires_grad_(), LOGITS[kept].clone().requires_grad_()
    loss, loss_alone = TAGS.loss(logits, blended), TAGS.loss(alone, blended[kept])
    (gradient,), (gradient_alone,) = torch.autograd.grad(loss, logits), torch.autograd.grad(loss_alone, alone)
    assert torch.equal(loss, loss_alone)
    assert torch.equal(gradient[kept], gradient_alone)
    assert not gradient[[1, 4]].any()


def test_the_slope_is_that_of_differences_and_large_logits_stay_finite() -> None:
    logits = LOGITS.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: TAGS.loss(z, TARGETS, class_weights=WEIGHTS), logits)
    far = torch.tensor([[1e4, -1e4, 1e4, -1e4]])
    assert TAGS.loss(far, torch.tensor([[1, 0, 0, 1]], dtype=torch.int8)).item() == pytest.approx(5e3)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    loss = TAGS.loss(LOGITS.to(dtype), TARGETS)
    assert loss.dtype == torch.promote_types(dtype, torch.float32)
    torch.testing.assert_close(loss.float(), TAGS.loss(LOGITS.to(dtype).float(), TARGETS))


def test_one_class_is_a_question_of_two_answers() -> None:
    """The loss of K = 1 is that of two classes whose logits are 0 and z."""
    one, two = MultiLabel("t", ("yes",)), Classification("t", ("no", "yes"))
    z = LOGITS[:, :1]
    both = torch.cat([torch.zeros_like(z), z], dim=1)
    torch.testing.assert_close(one.loss(z, TARGETS[:, :1]), two.loss(both, TARGETS[:, 0].long()))
    assert one.probabilities(z.numpy())[:, 0] == pytest.approx(two.probabilities(both.numpy())[:, 1])


def test_probabilities_and_likelihoods() -> None:
    probabilities = TAGS.probabilities(LOGITS.numpy(), 2.0)
    assert probabilities == pytest.approx(torch.sigmoid(LOGITS.double() / 2).numpy())
    answers = TAGS.answers(probabilities)
    assert (answers == (LOGITS.numpy() > 0)).all()
    every = np.array([[int(bit) for bit in f"{k:04b}"] for k in range(16)], np.int8)
    total = sum(TAGS.likelihood(np.tile(row, (9, 1)), probabilities) for row in every)
    assert total == pytest.approx(np.ones(9))  # over all sets
    assert TAGS.decode(np.array([[0.6, 0.5, 0.51, 0.1], [0.5, 0.4, 0.1, 0.0]])) == ["a|c", ""]


def test_majority_is_the_commonest_set() -> None:
    targets = TAGS.encode([{"tags": x} for x in ("a|b", "b|a", "a", "", "c")] + [{}, {}])
    assert TAGS.constant(targets) == 2 / 5


def test_merit_with_weights_counts_a_row_as_the_loss_does() -> None:
    targets = TARGETS.numpy()
    weights = TAGS.class_weights(targets)
    each = np.where(targets == 1, weights, no_weights(weights)).mean(axis=1)
    right = ((LOGITS.numpy() > 0) == targets).all(axis=1)
    assert TAGS.merit(targets, LOGITS.numpy(), weights) == pytest.approx((right * each).sum() / each.sum())
    wrong = np.where(targets == 1, -1.0, 1.0)
    assert TAGS.merit(targets, -wrong, weights) == 1
    assert TAGS.merit(targets, wrong, weights) == 0
