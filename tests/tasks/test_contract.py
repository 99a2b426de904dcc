"""What every task keeps. A task of a user's own is held to it by adding it to ``CASES`` with labels it knows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import torch

from ghep.tasks import Classification, Classifier, MultiLabel, Rating, Regression, Task, from_json
from ghep.tasks.base import MISSING, correct, labelled, only

Labels = Sequence[Mapping[str, str]]
CASES: list[tuple[Task, Labels]] = [
    (Classification("a", ("cat", "dog")), [{"a": x} for x in ("cat", "dog", "cat", "dog", "cat")]),
    (Rating("stars", ("1", "2", "3.5", "10")), [{"stars": x} for x in ("10", "2", "1", "3.5", "2", "10", "1")]),
    (Rating("liked", ("0", "1")), [{"liked": x} for x in ("1", "0", "0")]),
    (MultiLabel("tags", ("a", "b", "c")), [{"tags": x} for x in ("a|c", "b", "", "a|b|c", "a|c", "b|c", "b")]),
    (MultiLabel("any", ("p", "q")), [{"any": x} for x in ("p|q", "q", "p|q")]),
    (Classification("b", ("x", "y", "z")), [{"b": x, "other": "q"} for x in ("z", "x", "x", "y", "z", "z")]),
    (Regression("age", 30.0, 12.5), [{"age": x} for x in ("12", "30.5", "-4", "71.25", "12")]),
]


def of(cases: list[tuple[Task, Labels]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("task", "labels"), cases, ids=lambda x: x.name if isinstance(x, Task) else "")


contract, of_classes = of(CASES), of([one for one in CASES if isinstance(one[0], Classifier)])


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

    predictions = task.predict(logits.detach().numpy())
    assert task.score(targets.numpy(), predictions) == task.score(targets[labelled].numpy(), predictions[labelled])
    assert np.array_equal(
        task.credit(targets.numpy(), predictions), task.credit(targets[labelled].numpy(), predictions[labelled])
    )
    assert task.constant(targets.numpy()) == task.constant(targets[labelled].numpy())


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
    step = 10 if isinstance(task, Classifier) else len(labels) / 4
    logits = torch.zeros(len(labels), task.outputs, requires_grad=True)
    for _ in range(30):
        (gradient,) = torch.autograd.grad(task.loss(logits, targets), logits)
        logits = (logits - step * gradient).detach().requires_grad_()
    predictions = task.predict(logits.detach().numpy())
    assert task.decode(predictions) == [row[task.name] for row in labels]
    scores = {score.name: score for score in task.score(targets.numpy(), predictions)}
    assert next(iter(scores)) == task.primary
    assert scores[task.primary].value == pytest.approx(1, abs=1e-9)
    assert scores[task.primary].value >= task.constant(targets.numpy())
    assert all(score.n == len(labels) for score in scores.values())


@of_classes
def test_probabilities_and_temperature(task: Classifier, labels: Labels) -> None:
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
    predictions = task.predict(np.zeros((0, task.outputs)))
    assert len(targets) == 0
    assert task.decode(predictions) == []
    assert all(math.isnan(score.value) and score.n == 0 for score in task.score(targets, predictions))
    assert math.isnan(task.constant(targets))


@of_classes
def test_answers_are_targets_in_the_words_of_decode(task: Classifier, labels: Labels) -> None:
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


@of_classes
def test_what_is_labelled_and_what_is_right(task: Classifier, labels: Labels) -> None:
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


@of_classes
def test_merit_is_the_accuracy_of_the_logits(task: Classifier, labels: Labels) -> None:
    targets, logits = task.encode([*labels, {}]), logits_for(task, len(labels) + 1).numpy()
    right = correct(task.answers(task.probabilities(logits)), targets)[:-1]
    assert task.merit(targets, logits) == right.mean()
    assert task.merit(targets, logits, np.ones(task.outputs)) == right.mean()
    weights = task.class_weights(targets)
    assert 0 <= task.merit(targets, logits, weights) <= 1
    assert weights.shape == (task.outputs,)


@contract
def test_credit_and_merit_are_the_primary_score(task: Task, labels: Labels) -> None:
    targets, logits = task.encode([*labels, {}]), logits_for(task, len(labels) + 1).numpy()
    predictions = task.predict(logits)
    score = next(one for one in task.score(targets, predictions) if one.name == task.primary)
    assert task.credit(targets, predictions).mean() == pytest.approx(score.value)
    assert task.merit(targets, logits) == pytest.approx(score.value)


@contract
def test_soft_targets_have_the_same_loss_and_may_be_weighted(task: Task, labels: Labels) -> None:
    targets = torch.from_numpy(task.encode([*labels, {}]))
    logits = logits_for(task, len(targets))
    soft = task.soft(targets)
    assert torch.equal(task.has_label(targets), task.has_label(soft))
    assert task.has_label(targets).tolist() == [True] * len(labels) + [False]
    torch.testing.assert_close(task.loss(logits, soft), task.loss(logits, targets))
    torch.testing.assert_close(task.loss(logits, 3 * soft), 3 * task.loss(logits, targets))
    assert torch.equal(task.soft(soft), soft)


@contract
def test_the_initial_loss_is_about_that_of_a_head_of_zeros(task: Task, labels: Labels) -> None:
    loss = task.loss(torch.zeros(len(labels), task.outputs), torch.from_numpy(task.encode(labels)))
    assert 0.3 < float(loss) / task.initial_loss < 5


@contract
def test_only_some_rows_keep_their_label(task: Task, labels: Labels) -> None:
    targets = task.encode(labels)
    rows = np.arange(len(labels)) == 1
    assert labelled(only(targets, rows)).tolist() == rows.tolist()
    assert labelled(targets).all()


@contract
def test_calibration_gives_predict_a_number_or_nothing(task: Task, labels: Labels) -> None:
    many = list(labels) * 12
    logits, targets = logits_for(task, len(many)).numpy(), task.encode(many)
    found = task.calibrate(logits, targets)
    assert found.n == len(many)
    assert found.value is not None and found.value > 0
    assert task.predict(logits, found.value).shape == task.predict(logits).shape
