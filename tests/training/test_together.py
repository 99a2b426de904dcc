"""Several tasks in one loop: rows without a label take no part, each way of sharing resumes to the bit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.multitask.settings import Sharing
from ghep.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ghep.training.loop import train_stage
from ghep.training.objective import Losses, TaskLoss, objective_for, weighted_sum
from ghep.training.optim import groups_of
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings
from ghep.training.state import TrainingState
from ghep.training.together import Together, shared_parameters
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks

TASKS = ("a", "b")
PLAIN = Precision("float32")
WAYS = {
    "plain": Sharing(),
    "equal": Sharing(mixing="equal"),
    "temperature": Sharing(mixing="temperature", mixing_temperature=3.0, task_weights=(("b", 2.0),)),
    "uncertainty": Sharing(weighting="uncertainty"),
    "gradnorm": Sharing(weighting="gradnorm"),
    "dwa": Sharing(weighting="dwa"),
    "pcgrad": Sharing(surgery="pcgrad"),
    "cagrad and all": Sharing(mixing="sqrt", weighting="gradnorm", surgery="cagrad"),
}


def partly(n: int = 20, *, seed: int = 0) -> LabelledExamples:
    """Of ``n`` rows 14 in 20 have a label for a, 10 in 20 one for b, 4 in 20 both."""
    data = tiny_data(n, tasks=TASKS, seed=seed)
    place = np.arange(n) % 20
    data.targets["b"] = 2 - data.targets["b"]  # so that what helps one may harm the other
    data.targets["a"][place >= 14] = -1
    data.targets["b"][place < 10] = -1
    return data


def one_batch(data: LabelledExamples):
    (batch,) = batches_in_order(data, batch_size=len(data))
    return batch


def losses_of(model, batch) -> Losses:
    objective = objective_for(ObjectiveSettings(), model.tasks, batch.targets)
    return objective(model, batch, PLAIN, np.random.default_rng(0))


# The sum


def test_one_task_fully_labelled_is_its_loss_to_the_bit() -> None:
    loss = torch.tensor(0.1234567)
    assert torch.equal(weighted_sum(Losses((TaskLoss(loss, 7),), 7), [1.0]), loss)


def test_every_label_counts_alike() -> None:
    """The sum over two tasks of mean x share of rows is the sum of all single losses over the rows."""
    each = {"a": torch.tensor([1.0, 3.0, 5.0]), "b": torch.tensor([10.0])}
    losses = Losses(tuple(TaskLoss(values.mean(), len(values)) for values in each.values()), 4)
    assert weighted_sum(losses, [1.0, 1.0]).item() == pytest.approx((1 + 3 + 5 + 10) / 4)
    assert weighted_sum(losses, [1.0, 0.5]).item() == pytest.approx((1 + 3 + 5 + 5) / 4)


# Rows without a label


def test_rows_without_a_label_add_nothing_to_the_bit() -> None:
    model = tiny_model(tasks=tiny_tasks(*TASKS)).eval()
    data = partly()
    batch = one_batch(data)
    for place, task in enumerate(TASKS):
        rows = np.flatnonzero(data.targets[task] >= 0)
        few = dataclasses.replace(
            data,
            examples=tuple(data.examples[row] for row in rows),
            targets={name: values[rows] for name, values in data.targets.items()},
        )
        whole, part = losses_of(model, batch).each[place], losses_of(model, one_batch(few)).each[place]
        assert whole.rows == part.rows == len(rows)
        assert torch.equal(whole.mean, part.mean)
        head = model.head(task)
        (there,), (alone,) = (torch.autograd.grad(one.mean, [head.bias]) for one in (whole, part))
        assert torch.equal(there, alone)


def test_what_an_unlabelled_row_shows_does_not_matter_to_the_task() -> None:
    """Other pixels in rows that b has no label for leave the loss of b, and its gradient everywhere, as they were."""
    model = tiny_model(tasks=tiny_tasks(*TASKS)).eval()
    torch.nn.init.normal_(model.head("b").weight, generator=torch.Generator().manual_seed(1))
    batch = one_batch(partly())
    other = batch.inputs.clone()
    other[batch.targets["b"] < 0] += 1.0
    gradients = []
    for inputs in (batch.inputs, other):
        loss = losses_of(model, batch._replace(inputs=inputs)).each[1]
        gradients.append(torch.autograd.grad(loss.mean, [*model.backbone.parameters()]))
    assert any(one.abs().sum() > 0 for one in gradients[0])
    assert all(torch.equal(one, same) for one, same in zip(*gradients, strict=True))


def test_every_row_with_any_label_is_trained_on() -> None:
    model = tiny_model(tasks=tiny_tasks(*TASKS))
    state = train_stage(model, tiny_stage(epochs=2), partly(), partly(seed=1), tiny_session(), precision=PLAIN)
    for row in state.history:
        assert {task.task: task.rows for task in row.tasks} == {"a": 14, "b": 10}
        assert all(task.weight == 1.0 and task.train_loss is not None for task in row.tasks)
        assert np.mean([task.valid_score for task in row.tasks]) == pytest.approx(row.valid_score)


# Gradients apart


def together(sharing: Sharing = WAYS["plain"], *, looks: bool, tasks: tuple[str, ...] = TASKS):
    model = tiny_model(tasks=tiny_tasks(*tasks)).eval()
    for task in tasks:
        torch.nn.init.normal_(model.head(task).weight, generator=torch.Generator().manual_seed(len(task)))
    groups = groups_of(model, tiny_stage(epochs=1))
    parameters = [parameter for group in groups for parameter in group.params]
    return model, Together(tasks, shared_parameters(model, groups), parameters, sharing, 1 if looks else 10**6)


def gradients(model) -> dict[str, torch.Tensor]:
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


def test_taken_apart_and_added_gradients_are_those_of_the_sum() -> None:
    found = []
    for looks in (False, True):
        model, both = together(looks=looks)
        batch = one_batch(partly())
        both.backward(losses_of(model, batch), step=0, rng=np.random.default_rng(0))
        found.append(gradients(model))
        assert (both.seen() is not None) == looks
    assert found[0].keys() == found[1].keys()
    for name, plain in found[0].items():
        torch.testing.assert_close(found[1][name], plain, msg=name)
        assert found[1][name].stride() == dict(model.named_parameters())[name].stride()


def test_what_is_seen_of_gradients_is_symmetric_and_in_bounds() -> None:
    model, both = together(looks=True)
    batch = one_batch(partly())
    both.backward(losses_of(model, batch), step=0, rng=np.random.default_rng(0))
    seen = both.seen()
    assert list(seen["tasks"]) == list(TASKS) and seen["steps"] == 1
    cosines = np.array(seen["cosines"], dtype=float)
    np.testing.assert_allclose(cosines, cosines.T)
    np.testing.assert_allclose(cosines.diagonal(), 1, rtol=1e-5)
    assert (np.abs(cosines) <= 1 + 1e-6).all() and min(seen["norms"]) > 0


@pytest.mark.parametrize("way", ["plain", "pcgrad"])
def test_what_no_task_uses_has_no_gradient_taken_apart_or_not(way: str) -> None:
    model, both = together(WAYS[way], looks=True)
    idle = torch.nn.Parameter(torch.ones(3))
    both.shared = dataclasses.replace(both.shared, every=(idle, *both.shared.every))
    both.parameters = (*both.parameters, idle)
    both.backward(losses_of(model, one_batch(partly())), step=0, rng=np.random.default_rng(0))
    assert both.seen() is not None and idle.grad is None
    assert all(one.grad is not None for one in both.shared.last)


def test_surgery_changes_the_trunk_where_tasks_conflict_and_leaves_heads_alone() -> None:
    """The heads are alike and the labels opposite."""
    found = []
    for way in ("plain", "pcgrad"):
        model, both = together(WAYS[way], looks=False)
        batch = one_batch(partly())
        both.backward(losses_of(model, batch), step=0, rng=np.random.default_rng(0))
        found.append(gradients(model))
    heads = [name for name in found[0] if name.startswith("heads")]
    assert any(not torch.equal(found[0][name], found[1][name]) for name in found[0].keys() - set(heads))
    for name in heads:
        torch.testing.assert_close(found[0][name], found[1][name])


# The loop


def trained(way: str, *, workers: int = 1, **more: Any):
    model = tiny_model(tasks=tiny_tasks(*TASKS), dropout=0.3)
    stage = dataclasses.replace(tiny_stage(epochs=3), sharing=WAYS[way])
    found = train_stage(
        model,
        stage,
        partly(),
        partly(seed=1),
        tiny_session(workers=workers),
        precision=PLAIN,
        **more,
    )
    return model, found


class CutOffError(Exception):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_resumed_inside_an_epoch_equals_never_stopped(way: str, tmp_path: Path) -> None:
    expected, whole = trained(way)

    def save(now: TrainingState) -> None:
        if (now.epochs_done, now.step) == (1, 2):
            write_checkpoint(tmp_path / "c", Checkpoint({"key": "k"}, now))
            raise CutOffError

    with pytest.raises(CutOffError):
        trained(way, save=save, workers=2)
    torch.manual_seed(99)
    model, again = trained(way, state=read_checkpoint(tmp_path / "c").state)
    assert same(tensors_of(expected), tensors_of(model))
    rows = [[dataclasses.replace(row, seconds=0.0) for row in one.history] for one in (whole, again)]
    assert repr(rows[0]) == repr(rows[1])
    assert repr(whole.gradients) == repr(again.gradients)


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("plain", "pcgrad")])  # nothing conflicts here
def test_each_way_makes_a_difference(way: str) -> None:
    assert not same(tensors_of(trained("plain")[0]), tensors_of(trained(way)[0]))


def test_equal_mixing_brings_as_many_labels_of_each() -> None:
    _, found = trained("equal")
    rows = {task: sum(one.rows for row in found.history for one in row.tasks if one.task == task) for task in TASKS}
    assert rows["a"] == pytest.approx(rows["b"], abs=6), "plain has 14 to 10 an epoch"


def test_one_task_has_nothing_of_it() -> None:
    model = tiny_model()
    state = train_stage(
        model, tiny_stage(epochs=1), tiny_data(20), tiny_data(9, seed=1), tiny_session(), precision=PLAIN
    )
    assert state.history[0].tasks == () and state.gradients is None and state.task_sums == {}
