"""What a run stores to recognise unfamiliar inputs: features of training examples, and where those of valid lie.

In: a graft after training, and how it is scored. Out: a ``Bank``; from it and the logits of valid, a ``Familiarity``.
Nothing is computed twice: the features of valid are those that it is scored from, and features of train are read from
the store of activations if their blocks did not move. Otherwise one pass over the drawn examples is needed, which
``most_rows`` bounds by the length of the training and not by a clock, so that the same run stores the same features.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from ghep.data.loading.batches import BatchSource, LabelledExamples
from ghep.data.loading.views import PLAIN, View, Views
from ghep.experiment.graft import Graft
from ghep.experiment.options import RunOptions
from ghep.experiment.scoring import forward_for
from ghep.features.frozen import StoredActivations
from ghep.guards.familiarity import MOST, Bank, Familiarity, drawn, familiarity
from ghep.model.predict import Forward, plain_forward, predict_logits
from ghep.tasks.base import Classifier, Task, labelled
from ghep.types import Example, Number

LEAST_ROWS = 500
"""Training examples that a pass may always compute: with fewer, neighbours are too far apart."""
PASS_SHARE = 0.1
"""Examples of a pass, as a share of those that training saw. A step of training costs about three forward passes."""


def most_rows(examples_seen: int) -> int:
    """Return how many training examples may be computed after a training that saw ``examples_seen`` examples."""
    return min(MOST, max(LEAST_ROWS, int(PASS_SHARE * examples_seen)))


def bank_of(
    made: Graft, valid: BatchSource, forward: Forward, options: RunOptions, *, examples_seen: int, seed: int
) -> Bank | None:
    """Return the bank of the model of ``made``; None without valid, or if features have one row per token.

    ``valid`` is what valid is scored from, by ``forward``: examples, or activations at a boundary.
    """
    model, train = made.model, made.splits["train"]
    if not len(valid) or model.backbone.ragged_features:
        return None
    groups = groups_of(train.examples, model.tasks)
    k = valid.boundary
    view = _stored_view(made, train, k) if k else None
    unmoved = k == len(model.backbone.blocks())
    places = drawn(groups, most=MOST if view and unmoved else most_rows(examples_seen), seed=seed)
    source: BatchSource = train.some(places)
    if view is not None:
        source = _stored(made, train, places, k, view)
    elif forward is plain_forward:
        forward = forward_for(model, {"train": train.some(places)}, engine=options.engine)
    features = _features(made, source, forward, options.workers)
    usable = np.flatnonzero(np.isfinite(features).all(axis=1))
    return Bank.of(features[usable], [groups[place] for place in places[usable]]) if len(usable) else None


def familiarity_of(
    made: Graft,
    bank: Bank,
    distances: np.ndarray,
    logits: Mapping[str, np.ndarray],
    calibration: Mapping[str, float],
) -> Familiarity | None:
    """Return the familiarity from the ``distances`` (m,) and ``logits``, task -> (m, K), of valid."""
    valid, copies = made.splits["valid"], made.dataset.seen_copies
    answered = {
        task.name: likelihoods(task, logits[task.name], valid.targets[task.name], calibration.get(task.name))
        for task in made.model.tasks
        if isinstance(task, Classifier)
    }
    return familiarity(bank, distances, answered, without=np.array([one.id in copies for one in valid.examples]))


def likelihoods(task: Classifier, logits: np.ndarray, targets: np.ndarray, temperature: float | None) -> np.ndarray:
    """Return the probability (N,) of the answer for each example; NaN where it has no label."""
    probabilities = task.predict(logits, temperature)
    found = task.likelihood(task.answers(probabilities), probabilities)
    return np.where(labelled(targets), found, np.nan)


def _stored_view(made: Graft, train: LabelledExamples, k: int) -> View | None:
    """Return a view in which training has stored the activations of ``train`` at boundary ``k``; None without one.

    The plain view is the best. A random crop will do: whatever the bank holds, p-values are as exact, because the
    distances on valid are measured to the same bank.
    """
    kept = (view for stage in made.plan.stages for view in Views(stage.augment, stage.views).kept)
    held = (view for view in (PLAIN, *kept) if made.frozen.holds(train, [k], views=(view,), exact=False))
    return next(held, None)


def _stored(made: Graft, train: LabelledExamples, places: np.ndarray, k: int, view: View) -> StoredActivations:
    """Return the stored activations of the examples at ``places``, as if their ``view`` was the plain one."""
    stored = made.frozen.activations(train, [k], views=(view,))[k]
    digests = _at(stored.digests, places)
    rows = {(PLAIN, digest): stored.rows[view, digest] for digest in digests}
    return StoredActivations(train.some(places), k, digests, rows)


def _features(made: Graft, source: BatchSource, forward: Forward, workers: int) -> np.ndarray:
    if isinstance(source, StoredActivations) and source.boundary == len(made.backbone.blocks()):
        return source.matrix()
    found = np.empty((len(source), made.backbone.feature_dim), dtype=np.float32)

    def keep(places: np.ndarray, features: np.ndarray) -> None:
        found[places] = features

    predict_logits(made.model, source, forward=forward, workers=workers, use_features=keep)
    return found


def groups_of(examples: Sequence[Example], tasks: Sequence[Task]) -> list[Hashable]:
    """Return the class of each example, by which training examples are drawn."""
    return [_group(one, tasks) for one in examples]


def _group(one: Example, tasks: Sequence[Task]) -> Hashable:
    """Return the first task that ``one`` has a label for, and the label if it is not a number."""
    named = ((task.name, one.labels[task.name]) for task in tasks if task.name in one.labels)
    return next(((name, "" if isinstance(label, Number) else label) for name, label in named), None)


def _at(values: Sequence[Any], places: np.ndarray) -> tuple[Any, ...]:
    return tuple(values[place] for place in places)
