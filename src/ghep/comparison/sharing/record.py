"""The records of a comparison of several tasks.

``SharedComparison`` holds the results. For each task it has an ordinary ``Comparison``, whose contenders are the models
trained on all tasks, on this task only, or on this task and another one. It also has the costs of each model.
``SharingEvidence`` holds the conclusions. Symbols: T tasks, n test examples of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghep.comparison.record import Comparison, Contender, Evidence, Pair
from ghep.messages import Message
from ghep.types import Finding, Interval


@dataclass(frozen=True)
class Gradients:
    """The gradients of the tasks with respect to the shared backbone in one run: means over the measured steps."""

    tasks: tuple[str, ...]
    steps: int
    cosines: tuple[tuple[float, ...], ...]
    """(T, T): cosine between the gradients of two tasks; 1 on the diagonal."""
    conflicting: tuple[tuple[float, ...], ...]
    """(T, T): fraction of the steps in which the cosine was below 0."""
    norms: tuple[float, ...]
    """(T,): norm of each task's weighted gradient."""
    affinity: tuple[tuple[float, ...], ...]
    """(T, T), row i, column j: the relative decrease of the loss of task j after a small step along the gradient of
    task i, divided by the relative decrease of the loss of i; to first order (Fifty et al. 2021, arXiv:2109.04617,
    linearised). Below 0, task i harms task j; 1 on the diagonal."""


@dataclass(frozen=True)
class Model:
    """One finished run with its costs, which count once for all the tasks of the model."""

    contender: Contender
    """The contender; ``contender.tasks`` are the tasks that the model was trained on."""
    seed: int
    seconds: float
    """Measured time of the run."""
    saved_seconds: float
    """Estimated time to compute the activations that the run read from the store instead, as in ``Measured``."""
    examples_seen: int
    trained_parameters: int
    total_parameters: int
    weight_bytes: int
    """Size of the weights file in the bundle; 0 if the bundle of this seed was not kept."""
    predict_seconds: float | None = None
    """Seconds from a raw example to its predictions; None if not timed."""
    gradients: Gradients | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class SharedComparison:
    """The results of a comparison of several tasks: a ``Comparison`` for each task, and the costs of each model."""

    tasks: Mapping[str, Comparison]
    """Task -> the comparison for this task: its data, and all runs trained on it, with their predictions for it."""
    models: tuple[Model, ...]
    name: str
    folder: Path
    remedies: tuple[str, ...] = ()
    """Sharing strategies that were run as remedies, written as in ``Contender.sharing``."""
    seconds: float = 0.0
    time_limit: float | None = None
    budget_seconds: float | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def every_task(self) -> tuple[str, ...]:
        """Return the names of the tasks."""
        return tuple(self.tasks)


GainKind = Literal["helped", "no-difference", "hurt", "cannot-tell"]


@dataclass(frozen=True)
class Gain:
    """The effect of sharing on one task: accuracy of the shared model minus accuracy of the single-task model.

    Both models have the same strategy and backbone.
    """

    task: str
    together: Contender
    alone: Contender
    pair: Pair
    """The difference: ``a`` is the shared model, ``b`` the single-task model. ``adjusted`` is the p value corrected for
    all tasks of the shared model. ``needed`` test examples and ``seeds_needed`` seeds would show that the difference is
    significant, or that it is within the margin; if both are given, both are needed."""
    kind: GainKind
    message: str
    """The effect in one sentence, with the numbers."""
    identical: bool = False
    """Whether both models give the same predictions with the same confidences for each seed, as with a frozen backbone;
    then they are in effect one model."""
    sentence: Message | None = field(default=None, hash=False)
    """``message`` with its code and parameters."""


@dataclass(frozen=True)
class Bill:
    """The costs of a shared model and of all single-task models, each as if run by itself; means over seeds."""

    together: Contender
    seconds: float
    """Training time of a shared run."""
    alone_seconds: float
    """Training time of the single-task models, one run for each task, in total."""
    examples_seen: float
    alone_examples_seen: float
    weight_bytes: int
    alone_weight_bytes: int
    predict_seconds: float | None
    """Seconds of the shared model for one raw example, with predictions for all tasks."""
    alone_predict_seconds: float | None


@dataclass(frozen=True)
class Affinity:
    """A matrix of how much each task helps another: row i, column j is the effect on task j of training with task i."""

    strategy: str
    backbone: str
    tasks: tuple[str, ...]
    source: Literal["pairs", "gradients"]
    """``pairs``: measured, accuracy on j of a model of i and j minus that of the single-task model of j. ``gradients``:
    estimated to first order, see ``Gradients.affinity``."""
    values: tuple[tuple[float | None, ...], ...]
    """(T, T); None on the diagonal and for pairs that were not run."""
    intervals: tuple[tuple[Interval | None, ...], ...] = ()
    """95 % confidence intervals of the values for ``pairs``; empty for ``gradients``."""


@dataclass(frozen=True)
class MeanGradients:
    """The gradients of one shared model: means over its seeds."""

    together: Contender
    seeds: int
    mean: Gradients


@dataclass(frozen=True)
class Remedy:
    """The effect of another sharing strategy, which was tried because a task was hurt or because the user asked."""

    together: Contender
    """The shared model; ``together.sharing`` is its sharing strategy."""
    valid_score: float
    """Mean validation score over tasks and seeds; the remedy with the highest is chosen."""
    gains: tuple[Gain, ...]
    chosen: bool = False
    bill: Bill | None = None


SharingKind = Literal["share", "share-with-remedy", "separate", "cannot-tell"]


@dataclass(frozen=True)
class SharingVerdict:
    """The verdict on one shared model, by rule: share, separate or cannot tell."""

    together: Contender
    kind: SharingKind
    message: str
    reason: str
    gains: tuple[Gain, ...]
    bill: Bill
    sentences: Mapping[str, tuple[Message, ...]] = field(default_factory=dict, hash=False)
    """``message`` or ``reason`` -> its sentences, with their codes and parameters."""


@dataclass(frozen=True)
class SharingEvidence:
    """The conclusions from a ``SharedComparison``: verdicts on sharing, gains, remedies, affinities and findings."""

    by_task: Mapping[str, Evidence]
    """Task -> leaderboard, pairs and verdict of the models that answer it."""
    verdicts: tuple[SharingVerdict, ...]
    """One for each strategy and backbone that was trained as a shared model and as single-task models."""
    affinities: tuple[Affinity, ...]
    remedies: tuple[Remedy, ...]
    message: str
    """The verdict in one or two sentences."""
    recommended: Contender | None
    """The shared model to take; None means one model for each task."""
    findings: tuple[Finding, ...] = ()
    """``sharing-hurts`` (warning, with the remedy) for each task that was hurt, and others."""
    kind: SharingKind = "cannot-tell"
    """The kind of verdict on the recommended model; "separate" if each task is shown to need a model of its own."""
    gradients: tuple[MeanGradients, ...] = ()
    """One entry for each shared model whose gradients were measured."""
    sentence: Message | None = field(default=None, hash=False)
    """``message`` with its code and parameters."""
