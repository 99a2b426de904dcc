"""What every task keeps. A task of a user's own is held to it by adding it to ``CASES`` with labels it knows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import torch

from ghep.tasks import Classification, MultiLabel, Rating, Task, from_json
from ghep.tasks.base import MISSING, correct, labelled

Labels = Sequence[Mapping[str, str]]
CASES: list[tuple[Task, Labels]] = [
    (Classification("a", ("cat", "dog")), [{"a": x} for x in ("cat", "dog", "cat", "dog", "cat")]),
    (Rating("stars", ("1", "2", "3.5", "10")), [{"stars": x} for x in ("10", "2", "1", "3.5", "2", "10", "1")]),
    (Rating("liked", ("0", "1")), [{"liked": x} for x in ("1", "0", "0")]),
    (MultiLabel("tags", ("a", "b", "c")), [{"tags": x} for x in ("a|c", "b", "", "a|b|c", "a|c", "b|c", "b")]),
    (MultiLabel("any", ("p", "q")), [{"any": x} for x in ("p|q", "q", "p|q")]),
    (Classification("b", ("x", "y", "z")), [{"b": x, "other": "q"} for x in ("z", "x", "x", "y", "z", "z")]),
]
contract = pytest.mark.parametrize(("task", "labels"), CASES, ids=lambda x: x.name if isinstance(x, Task) else "")


def logits_for(task: Task, n: int) -> torch.Tensor:
    return torch.randn(n, task.outputs, generator=torch.Generator().manual_seed(0))


@contract
def test_it_is_a_task_and_survives_json(task: Task, labels: Labels) -> None:
    assert isinstance(task, Task)
    assert from_json(json.loads(json.dumps(task.to_json()))) == task
    hash(task)


@contract
def test_missing_rows_are_bit_for_bit_not_there(task: Task, labels: Labels) -> None:
    mixed = [{}, *labels[:2], {}, {}, *labels[2:], {}]
    labelled = [i for i, row in enumerate(mixed) if row]
    targets = torch.from_numpy(task.encode(mixed))
    logits = logits_for(task, len(mixed)).requires_grad_()
    alone = logits.detach()[labelled].requires_grad_()

    loss, loss_alone = task.loss(logits, targets), task.loss(alone, targets[labelled])
    loss.backward()
    loss_alone.backward()

    assert torch.equal(loss, loss_alone)
    assert logits.grad is not None
    assert alone.grad is not None
    assert torch.equal(logits.grad[labelled], alone.grad)
    assert not logits.grad[[i for i, row in enumerate(mixed) if not row]].any()

    probabilities = task.probabilities(logits.detach().numpy())
    assert task.score(targets.numpy(), probabilities) == task.score(targets[labelled].numpy(), probabilities[labelled])
    assert task.majority(targets.numpy()) == task.majority(targets[labelled].numpy())


@contract
@pytest.mark.parametrize("n", [0, 3])
def test_nothing_but_missing_rows_is_zero_with_a_graph(task: Task, labels: Labels, n: int) -> None:
    logits = logits_for(task, n).requires_grad_()
    loss = task.loss(logits, torch.from_numpy(task.encode([{}] * n)))
    loss.backward()
    assert loss.shape == ()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


@contract
def test_missing_rows_with_nan_logits_do_no_harm(task: Task, labels: Labels) -> None:
    logits = logits_for(task, len(labels) + 1)
    logits[-1] = math.nan
    logits.requires_grad_()
    loss = task.loss(logits, torch.from_numpy(task.encode([*labels, {}])))
    loss.backward()
    assert logits.grad is not None
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


@contract
def test_descending_the_loss_teaches_the_labels(task: Task, labels: Labels) -> None:
    targets = torch.from_numpy(task.encode(labels))
    logits = torch.zeros(len(labels), task.outputs, requires_grad=True)
    for _ in range(20):
        (gradient,) = torch.autograd.grad(task.loss(logits, targets), logits)
        logits = (logits - 10 * gradient).detach().requires_grad_()
    probabilities = task.probabilities(logits.detach().numpy())
    assert task.decode(probabilities) == [row[task.name] for row in labels]
    scores = {score.name: score for score in task.score(targets.numpy(), probabilities)}
    assert scores[task.primary].value == 1
    assert scores[task.primary].value >= task.majority(targets.numpy())
    assert all(score.n == len(labels) for score in scores.values())


@contract
def test_probabilities_and_temperature(task: Task, labels: Labels) -> None:
    logits = logits_for(task, 4).numpy()
    probabilities = task.probabilities(logits)
    assert probabilities.dtype == np.float64
    assert probabilities.shape == logits.shape
    assert ((probabilities > 0) & (probabilities < 1)).all()
    softer = task.probabilities(logits, temperature=2.0)
    answers = task.answers(probabilities)
    assert (task.likelihood(answers, softer) < task.likelihood(answers, probabilities)).all()
    assert task.decode(softer) == task.decode(probabilities)


@contract
def test_no_example_is_no_crash(task: Task, labels: Labels) -> None:
    targets = task.encode([])
    probabilities = task.probabilities(np.zeros((0, task.outputs)))
    assert len(targets) == 0
    assert task.decode(probabilities) == []
    assert all(math.isnan(score.value) and score.n == 0 for score in task.score(targets, probabilities))
    assert math.isnan(task.majority(targets))


@contract
def test_answers_are_targets_in_the_words_of_decode(task: Task, labels: Labels) -> None:
    probabilities = task.probabilities(logits_for(task, 9).numpy())
    answers = task.answers(probabilities)
    words = [{task.name: label} for label in task.decode(probabilities)]
    assert np.array_equal(task.encode(words), answers)
    assert answers.shape[1:] == task.encode(labels).shape[1:]
    likelihood = task.likelihood(answers, probabilities)
    assert likelihood.shape == (9,)
    assert likelihood.dtype == np.float64
    others = task.encode([labels[0]] * 9)
    assert (task.likelihood(others, probabilities) <= likelihood).all()  # no answer is likelier than the one given


@contract
def test_what_is_labelled_and_what_is_right(task: Task, labels: Labels) -> None:
    targets = task.encode([{}, *labels, {}])
    given = labelled(targets)
    assert given.tolist() == [False, *([True] * len(labels)), False]
    assert (targets[~given] == MISSING).all()
    assert correct(targets, targets).all()
    probabilities = task.probabilities(logits_for(task, len(targets)).numpy())
    right = correct(task.answers(probabilities), targets)
    assert right.shape == (len(targets),)
    accuracy = next(score for score in task.score(targets, probabilities) if score.name == "accuracy")
    assert accuracy.value == right[given].mean()


@contract
def test_merit_is_the_accuracy_of_the_logits(task: Task, labels: Labels) -> None:
    targets, logits = task.encode([*labels, {}]), logits_for(task, len(labels) + 1).numpy()
    right = correct(task.answers(task.probabilities(logits)), targets)[:-1]
    assert task.merit(targets, logits) == right.mean()
    assert task.merit(targets, logits, np.ones(task.outputs)) == right.mean()
    weights = task.class_weights(targets)
    assert 0 <= task.merit(targets, logits, weights) <= 1
    assert weights.shape == (task.outputs,)
