"""The number that is minimised: sums over tasks, labels blended as pictures are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ghep.data.loading.batches import Batch
from ghep.data.loading.padded import pad
from ghep.errors import ConfigError
from ghep.tasks import MultiLabel
from ghep.training.objective import mixed, objective_for, weighted_sum
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings
from tiny import tiny_data, tiny_model, tiny_tasks

TASKS = tuple(tiny_tasks("a", "b.c"))


def batch(n: int = 8, *, size: int = 16) -> Batch:
    """Picture i is i everywhere: what was blended can be read off."""
    inputs = torch.arange(n, dtype=torch.float32).reshape(n, 1, 1, 1).expand(n, 3, size, size).clone()
    targets = torch.arange(n) % 3
    hidden = targets.clone()
    hidden[::4] = -1
    return Batch(np.arange(n), inputs, {"a": targets, "b.c": hidden})


def test_both_off_is_the_batch_itself() -> None:
    plain = batch()
    assert mixed(plain, TASKS, ObjectiveSettings(), np.random.default_rng(0)) is plain
    alone = batch(1)
    assert mixed(alone, TASKS, ObjectiveSettings(mixup=1.0), np.random.default_rng(0)) is alone


@pytest.mark.parametrize("seed", range(10))
def test_mixup_blends_labels_by_the_share_of_the_picture(seed: int) -> None:
    (task,) = tiny_tasks("a", classes=8)
    plain = batch()._replace(targets={"a": torch.arange(8)})  # picture i is of class i
    kept = plain.inputs.clone()
    blend = mixed(plain, (task,), ObjectiveSettings(mixup=0.8), np.random.default_rng(seed))
    assert torch.equal(plain.inputs, kept), "the batch that came is not changed"
    torch.testing.assert_close(blend.targets["a"].sum(1), torch.ones(8))
    assert (blend.targets["a"] > 0).sum(1).max() <= 2 and (blend.targets["a"] >= 0).all()
    # The mean of the class numbers under the blended label is the blended picture.
    expected = (blend.targets["a"] @ torch.arange(8.0)).reshape(8, 1, 1, 1).expand_as(kept)
    torch.testing.assert_close(blend.inputs, expected)
    assert not torch.equal(blend.inputs, kept)


@pytest.mark.parametrize("seed", range(20))
def test_cutmix_blends_labels_by_area(seed: int) -> None:
    blend = mixed(batch(size=15), TASKS, ObjectiveSettings(cutmix=1.0), np.random.default_rng(seed))
    areas = set()
    for row in range(8):
        values, counts = blend.inputs[row, 0].unique(return_counts=True)
        kept = int(counts[values == row].sum()) / 15**2
        others = [int(value) for value in values if value != row]
        assert len(others) <= 1
        expected = kept * functional.one_hot(torch.tensor(row % 3), 3).float()
        if others:
            areas.add(round(kept, 6))
            expected += (1 - kept) * functional.one_hot(torch.tensor(others[0] % 3), 3).float()
            torch.testing.assert_close(blend.targets["a"][row], expected, atol=1e-5, rtol=0)
    assert len(areas) <= 1, "one rectangle for the batch"


@pytest.mark.parametrize("settings", [ObjectiveSettings(mixup=0.8), ObjectiveSettings(cutmix=1.0)])
def test_a_missing_label_brings_nothing_into_the_blend(settings: ObjectiveSettings) -> None:
    rng = np.random.default_rng(0)
    sums = mixed(batch(), TASKS, settings, rng).targets["b.c"].sum(1)
    assert ((sums > -1e-6) & (sums < 1 + 1e-6)).all()
    assert (sums < 0.999).any(), "rows of which a part, or all, has no label"


def test_inputs_of_different_lengths_are_not_blended() -> None:
    padded = pad([np.ones(length, dtype=np.int64) for length in (2, 3, 1, 4)])
    texts = Batch(np.arange(4), padded, {"a": torch.arange(4) % 3})
    assert mixed(texts, TASKS[:1], ObjectiveSettings(), np.random.default_rng(0)) is texts
    with pytest.raises(ConfigError, match="mixup and cutmix cannot blend inputs of different lengths"):
        mixed(texts, TASKS[:1], ObjectiveSettings(mixup=0.2, cutmix=0.2), np.random.default_rng(0))


def test_rows_without_any_label_take_no_part_in_the_loss() -> None:
    soft = torch.tensor([[0.3, 0.7, 0.0], [0.0, 0.0, 0.0]])
    logits = torch.randn(2, 3, requires_grad=True)
    loss = TASKS[0].loss(logits, soft)
    torch.testing.assert_close(loss, functional.cross_entropy(logits[:1], soft[:1]))
    loss.backward()
    assert not logits.grad[1].any()


def test_both_take_turns() -> None:
    settings = ObjectiveSettings(mixup=0.4, cutmix=1.0)
    blends = [mixed(batch(), TASKS, settings, np.random.default_rng(seed)) for seed in range(40)]
    whole = [all(len(picture.unique()) == 1 for picture in blend.inputs) for blend in blends]
    assert 5 < sum(whole) < 38


def objective_value(settings: ObjectiveSettings, data: object, model: object) -> torch.Tensor:
    objective = objective_for(settings, model.tasks, data.targets)
    inputs = data.preprocess.collate([example.raw for example in data.examples])
    targets = {task: torch.from_numpy(values) for task, values in data.targets.items()}
    whole = Batch(np.arange(len(data)), inputs, targets)
    losses = objective(model.eval(), whole, Precision(), np.random.default_rng(0))
    return weighted_sum(losses, [1.0] * len(losses.each)), model(inputs), targets


def test_the_objective_is_the_sum_of_the_tasks_losses_by_their_shares_of_the_rows() -> None:
    model, data = tiny_model(tasks=TASKS), tiny_data(9, tasks=("a", "b.c"))
    data.targets["b.c"][:4] = -1
    for task in ("a", "b.c"):
        nn.init.normal_(model.head(task).weight)
    found, logits, targets = objective_value(ObjectiveSettings(label_smoothing=0.1), data, model)
    expected = functional.cross_entropy(logits["a"], targets["a"], label_smoothing=0.1)
    part = functional.cross_entropy(logits["b.c"][4:], targets["b.c"][4:], label_smoothing=0.1)
    expected = expected + 5 / 9 * part
    torch.testing.assert_close(found, expected)


def test_class_weights_are_counted_on_the_training_targets() -> None:
    model, data = tiny_model(), tiny_data(8)
    data.targets["label"][:] = [0, 0, 0, 0, 0, 0, 1, -1]
    nn.init.normal_(model.head("label").weight)
    found, logits, targets = objective_value(ObjectiveSettings(class_weights=True), data, model)
    weights = torch.tensor([7 / (2 * 6), 7 / (2 * 1), 0.0])
    losses = functional.cross_entropy(logits["label"][:7], targets["label"][:7], reduction="none")
    torch.testing.assert_close(found, (losses * weights[targets["label"][:7]]).mean())


def test_sets_are_blended_as_yes_and_no() -> None:
    """A blend of a labelled and an unlabelled row counts by its labelled share, as that of classes does."""
    task, (places,) = MultiLabel("t", ("p", "q")), tiny_tasks("a", classes=8)
    targets = torch.tensor([[1, 0], [0, 0], [-1, -1], [1, 1]] * 2, dtype=torch.int8)
    plain = batch()._replace(targets={"t": targets, "a": torch.arange(8)})  # picture i is of class i
    blend = mixed(plain, (task, places), ObjectiveSettings(mixup=0.5), np.random.default_rng(2))
    shares = blend.targets["a"]  # of which pictures each row is made
    yes, no = blend.targets["t"].unbind(1)
    torch.testing.assert_close(yes, shares @ (targets == 1).float())
    torch.testing.assert_close(no, shares @ (targets == 0).float())
    assert 0 < yes[2].sum() + no[2].sum() < 2, "an unlabelled row is blended with a labelled one"
    logits = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    labelled = (yes + no).sum(1) > 0
    each = functional.softplus(-logits) * yes + functional.softplus(logits) * no
    torch.testing.assert_close(task.loss(logits, blend.targets["t"]), each[labelled].mean())
