"""The records of a comparison of several tasks.

``SharedComparison`` holds the results: for each task an ordinary ``Comparison``, whose contenders are the models that
answer it (trained on all tasks, on that task only, or on it and another one), and the costs of each whole model.
``SharingEvidence`` holds the conclusions. Legend: T tasks, n test examples of a task.
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
    """The tasks' gradients at the shared backbone in one run: means over the measured steps."""

    tasks: tuple[str, ...]
    steps: int
    cosines: tuple[tuple[float, ...], ...]
    """(T, T), 1 on the diagonal."""
    conflicting: tuple[tuple[float, ...], ...]
    """(T, T): share of the steps in which the cosine was below 0."""
    norms: tuple[float, ...]
    """(T,): norm of each task's weighted gradient."""
    affinity: tuple[tuple[float, ...], ...]
    """(T, T), row i, column j: the share by which the loss of j falls in a small step along the gradient of i, to
    first order, relative to the fall of the loss of i (Fifty et al. 2021, arXiv:2109.04617, linearised). Below 0
    i harms j; 1 on the diagonal."""


@dataclass(frozen=True)
class Model:
    """One finished run as a whole: its cost counts once, for all the tasks it answers."""

    contender: Contender
    """``contender.tasks`` are the tasks it was trained on."""
    seed: int
    seconds: float
    """Spent here."""
    saved_seconds: float
    """As in ``Measured``."""
    examples_seen: int
    trained_parameters: int
    total_parameters: int
    weight_bytes: int
    """Size of the weights file in the bundle; 0 if the bundle was not kept: see the contender's other seeds."""
    predict_seconds: float | None = None
    """From a raw example to its answers, mean of many; None if not timed."""
    gradients: Gradients | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class SharedComparison:
    """The results for all tasks."""

    tasks: Mapping[str, Comparison]
    """Task -> its data and the runs that answer it, with only the answers to this task."""
    models: tuple[Model, ...]
    name: str
    folder: Path
    remedies: tuple[str, ...] = ()
    """Ways of sharing run as remedies, as in ``Contender.sharing``."""
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
    """The effect of sharing on one task: shared minus single-task, with the same strategy and backbone."""

    task: str
    together: Contender
    alone: Contender
    pair: Pair
    """``a`` is shared, ``b`` single-task; ``adjusted`` is corrected for all tasks of this way of sharing. ``needed``
    and ``seeds_needed`` would settle it either way: significant, or within the margin; both if both are needed."""
    kind: GainKind
    message: str
    """One sentence with the numbers."""
    identical: bool = False
    """The same answers with the same confidence for each seed: the two are one model, as with a frozen backbone."""
    sentence: Message | None = field(default=None, hash=False)
    """``message`` with its code and parameters."""


@dataclass(frozen=True)
class Bill:
    """Costs of the shared model and of the single-task models: means over seeds, of runs on their own."""

    together: Contender
    seconds: float
    """Training time of a shared run."""
    alone_seconds: float
    """Sum over one run for each task."""
    examples_seen: float
    alone_examples_seen: float
    weight_bytes: int
    alone_weight_bytes: int
    predict_seconds: float | None
    """For the answers to all tasks for one raw example."""
    alone_predict_seconds: float | None


@dataclass(frozen=True)
class Affinity:
    """Which task helps which: row i, column j is the effect of training with i on the score of j."""

    strategy: str
    backbone: str
    tasks: tuple[str, ...]
    source: Literal["pairs", "gradients"]
    """``pairs``: measured, j trained with i minus single-task; ``gradients``: to first order, see ``Gradients``."""
    values: tuple[tuple[float | None, ...], ...]
    """(T, T); None on the diagonal and for pairs that were not run."""
    intervals: tuple[tuple[Interval | None, ...], ...] = ()
    """Intervals of ``pairs``; empty for ``gradients``."""


@dataclass(frozen=True)
class MeanGradients:
    """Mean gradients over the seeds of one way of sharing."""

    together: Contender
    seeds: int
    mean: Gradients


@dataclass(frozen=True)
class Remedy:
    """The effect of another way of sharing, tried because a task was hurt or on request."""

    together: Contender
    """``together.sharing`` is the way of sharing."""
    valid_score: float
    """Mean over tasks and seeds, on valid; the highest is chosen."""
    gains: tuple[Gain, ...]
    chosen: bool = False
    bill: Bill | None = None


SharingKind = Literal["share", "share-with-remedy", "separate", "cannot-tell"]


@dataclass(frozen=True)
class SharingVerdict:
    """The verdict on one way of sharing, by rule."""

    together: Contender
    kind: SharingKind
    message: str
    reason: str
    gains: tuple[Gain, ...]
    bill: Bill
    sentences: Mapping[str, tuple[Message, ...]] = field(default_factory=dict, hash=False)
    """``message`` and ``reason`` by name, with their codes and parameters."""


@dataclass(frozen=True)
class SharingEvidence:
    """The conclusions, computed from the results."""

    by_task: Mapping[str, Evidence]
    """Task -> leaderboard, pairs and verdict over its models."""
    verdicts: tuple[SharingVerdict, ...]
    """One for each strategy and backbone trained both ways."""
    affinities: tuple[Affinity, ...]
    remedies: tuple[Remedy, ...]
    message: str
    """The verdict in one or two sentences."""
    recommended: Contender | None
    """The shared model to take; None means one model for each task."""
    findings: tuple[Finding, ...] = ()
    """``sharing-hurts`` (warning, with the remedy) for each task that was hurt, and others."""
    kind: SharingKind = "cannot-tell"
    """The kind of the recommended model; "separate" if each task is shown to need its own."""
    gradients: tuple[MeanGradients, ...] = ()
    """For each way of sharing whose gradients were measured."""
    sentence: Message | None = field(default=None, hash=False)
    """``message`` with its code and parameters."""
