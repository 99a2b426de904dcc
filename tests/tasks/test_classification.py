from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

from ghep.errors import BundleError, DataError
from ghep.tasks import MISSING, Classification, from_json

ANIMAL = Classification("animal", ("cat", "dog", "cow"))
LOGITS = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
TARGETS = torch.tensor([0, 2, 1, 1, 0, 2])


def test_encode() -> None:
    targets = ANIMAL.encode([{"animal": "dog"}, {"colour": "red"}, {"animal": "cat", "colour": "red"}])
    assert targets.dtype == np.int64
    assert targets.tolist() == [1, MISSING, 0]


def test_an_unknown_label_gets_a_suggestion() -> None:
    with pytest.raises(
        DataError, match=r'2 labels of task "animal" are not among.*"cta": did you mean "cat".*; "house": known: cat'
    ):
        ANIMAL.encode([{"animal": "cta"}, {"animal": "dog"}, {"animal": "house"}, {"animal": "cta"}])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_cross_entropy(smoothing: float) -> None:
    ours = ANIMAL.loss(LOGITS, TARGETS, label_smoothing=smoothing)
    torch.testing.assert_close(ours, functional.cross_entropy(LOGITS, TARGETS, label_smoothing=smoothing))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 1.0])])
def test_hard_targets_are_soft_targets(smoothing: float, weights: torch.Tensor | None) -> None:
    soft = functional.one_hot(TARGETS, 3).double()
    hard = ANIMAL.loss(LOGITS, TARGETS, label_smoothing=smoothing, class_weights=weights)
    torch.testing.assert_close(hard, ANIMAL.loss(LOGITS, soft, label_smoothing=smoothing, class_weights=weights))


def test_class_weights_multiply_and_the_row_count_divides() -> None:
    weights = torch.tensor([0.5, 2.0, 1.0])
    per_row = functional.cross_entropy(LOGITS, TARGETS, reduction="none")
    torch.testing.assert_close(ANIMAL.loss(LOGITS, TARGETS, class_weights=weights), (weights[TARGETS] * per_row).mean())
    one = ANIMAL.loss(LOGITS[:1], TARGETS[:1], class_weights=weights)
    torch.testing.assert_close(one, per_row[0] / 2)  # torch's own weighted mean would cancel the weight


def test_mixup_rows_are_linear_in_the_targets_and_empty_rows_are_missing() -> None:
    a, b = functional.one_hot(TARGETS, 3).float(), functional.one_hot(TARGETS.flip(0), 3).float()
    mixed = ANIMAL.loss(LOGITS, 0.3 * a + 0.7 * b)
    torch.testing.assert_close(mixed, 0.3 * ANIMAL.loss(LOGITS, a) + 0.7 * ANIMAL.loss(LOGITS, b))
    a[[1, 4]] = 0
    kept = [0, 2, 3, 5]
    for more in ({}, {"label_smoothing": 0.1, "class_weights": torch.tensor([1.0, 2.0, 3.0])}):
        logits, alone = LOGITS.clone().requires_grad_(), LOGITS[kept].clone().requires_grad_()
        loss, loss_alone = ANIMAL.loss(logits, a, **more), ANIMAL.loss(alone, a[kept], **more)
        assert torch.equal(loss, loss_alone)
        (gradient,), (gradient_alone,) = torch.autograd.grad(loss, logits), torch.autograd.grad(loss_alone, alone)
        assert torch.equal(gradient[kept], gradient_alone)
        assert not gradient[[1, 4]].any()
    assert ANIMAL.loss(LOGITS, torch.zeros(6, 3)) == 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    loss = ANIMAL.loss(LOGITS.to(dtype), TARGETS)
    assert loss.dtype == torch.promote_types(dtype, torch.float32)
    torch.testing.assert_close(loss.float(), ANIMAL.loss(LOGITS.to(dtype).float(), TARGETS))


def test_balanced_weights_are_sklearns() -> None:
    targets = np.array([0, 0, 0, 1, 2, 2, MISSING])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=targets[:-1])
    np.testing.assert_allclose(ANIMAL.class_weights(targets), expected)
    np.testing.assert_allclose(ANIMAL.class_weights(targets)[targets[:-1]].mean(), 1)
    np.testing.assert_allclose(ANIMAL.class_weights(np.array([0, 0, 0, 2])), [2 / 3, 0, 2])
    assert ANIMAL.class_weights(np.array([MISSING])).tolist() == [0, 0, 0]


def test_majority() -> None:
    assert ANIMAL.constant(np.array([0, 2, 2, MISSING, MISSING, MISSING])) == pytest.approx(2 / 3)


def test_json_is_what_is_promised() -> None:
    assert ANIMAL.to_json() == {"kind": "classification", "name": "animal", "classes": ["cat", "dog", "cow"]}


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ([], 'object with a "kind"'),
        ({"kind": ["x"]}, 'object with a "kind"'),
        ({"kind": "clasification"}, 'did you mean "classification"'),
        ({"kind": "classification", "name": "a"}, "not a classification task"),
        ({"kind": "classification", "name": "a", "classes": ["x", 1]}, "not a classification task"),
        ({"kind": "classification", "name": 1, "classes": ["x"]}, "not a classification task"),
        ({"kind": "classification", "name": "a", "classes": ["x", "x"]}, "a class twice"),
        ({"kind": "classification", "name": "a", "classes": []}, "no classes"),
    ],
)
def test_json_that_is_no_task(obj: object, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        from_json(obj)
