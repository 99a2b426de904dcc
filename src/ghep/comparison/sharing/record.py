"""What a comparison of several tasks holds, and what follows from it for sharing.

``SharedComparison`` is what happened: for each task an ordinary ``Comparison``, whose contenders are the models that
answer it (trained on all tasks, on it alone, on it and another one), and beside them what each model cost as a whole.
``SharingEvidence`` is what follows. Legend: T tasks, n test examples of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghep.comparison.record import Comparison, Contender, Evidence, Pair
from ghep.types import Finding, Interval


@dataclass(frozen=True)
class Gradients:
    """What the tasks' gradients at the trunk said in one run: means over the steps that were looked at."""

    tasks: tuple[str, ...]
    steps: int
    cosines: tuple[tuple[float, ...], ...]
    """(T, T), 1 on the diagonal."""
    conflicting: tuple[tuple[float, ...], ...]
    """(T, T): share of the steps in which the cosine was below 0."""
    norms: tuple[float, ...]
    """(T,), of each task's part of the gradient as it was weighted."""
    affinity: tuple[tuple[float, ...], ...]
    """(T, T), row i, column j: by what share the loss of j falls in a small step along the gradient of i alone, to
    first order, over what that step takes off the loss of i (Fifty et al. 2021, arXiv:2109.04617, linearised). Below 0
    i harms j; 1 on the diagonal."""


@dataclass(frozen=True)
class Model:
    """One finished run as a whole: whatever tasks it answers, its cost counts once."""

    contender: Contender
    """``contender.tasks`` are those it was trained on."""
    seed: int
    seconds: float
    """As spent here."""
    saved_seconds: float
    """As in ``Measured``."""
    examples_seen: int
    trained_parameters: int
    total_parameters: int
    weight_bytes: int
    """Of the weights file in the bundle; 0: the bundle was not kept, see the same contender's other seeds."""
    predict_seconds: float | None = None
    """From a raw example to its answers, mean of many; None: not timed."""
    gradients: Gradients | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class SharedComparison:
    """What happened, all tasks together."""

    tasks: Mapping[str, Comparison]
    """Task -> its data, and every run that answers it, with the answers to it alone."""
    models: tuple[Model, ...]
    name: str
    folder: Path
    remedies: tuple[str, ...] = ()
    """Ways of sharing that were tried because a task was hurt, as in ``Contender.sharing``."""
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
    """What training together did to one task: together minus alone, same strategy, same backbone."""

    task: str
    together: Contender
    alone: Contender
    pair: Pair
    """``a`` together, ``b`` alone; ``adjusted`` for all tasks of this way of sharing. ``needed`` and ``seeds_needed``
    are what would settle it either way: found to be there, or within the margin. Both are given where it takes both."""
    kind: GainKind
    message: str
    """One sentence with the numbers."""
    identical: bool = False
    """Seed by seed the same answers with the same confidence: the two are one model, as where the trunk is frozen."""


@dataclass(frozen=True)
class Bill:
    """One model for all tasks beside one for each: means over seeds, of models by themselves."""

    together: Contender
    seconds: float
    """Of a shared run."""
    alone_seconds: float
    """Of one run for each task, summed."""
    examples_seen: float
    alone_examples_seen: float
    weight_bytes: int
    alone_weight_bytes: int
    predict_seconds: float | None
    """For the answers to all tasks of one raw example."""
    alone_predict_seconds: float | None


@dataclass(frozen=True)
class Affinity:
    """Which task helps which: row i, column j: what training i beside j did to the score of j."""

    strategy: str
    backbone: str
    tasks: tuple[str, ...]
    source: Literal["pairs", "gradients"]
    """``pairs``: measured, j trained with i minus j alone; ``gradients``: to first order, see ``Gradients``."""
    values: tuple[tuple[float | None, ...], ...]
    """(T, T); None on the diagonal and where nothing was run."""
    intervals: tuple[tuple[Interval | None, ...], ...] = ()
    """Of pairs; empty for gradients."""


@dataclass(frozen=True)
class MeanGradients:
    """What the gradients said in the runs of one way of sharing, all seeds together."""

    together: Contender
    seeds: int
    mean: Gradients


@dataclass(frozen=True)
class Remedy:
    """What another way of sharing did where a task had been hurt."""

    together: Contender
    """``together.sharing`` names the way."""
    valid_score: float
    """Mean over tasks and seeds, on valid: what it is chosen by."""
    gains: tuple[Gain, ...]
    chosen: bool = False
    bill: Bill | None = None


SharingKind = Literal["share", "share-with-remedy", "separate", "cannot-tell"]


@dataclass(frozen=True)
class SharingVerdict:
    """What can be said of one strategy on one backbone, by rule."""

    together: Contender
    kind: SharingKind
    message: str
    reason: str
    gains: tuple[Gain, ...]
    bill: Bill


@dataclass(frozen=True)
class SharingEvidence:
    """What follows, by computation alone."""

    by_task: Mapping[str, Evidence]
    """Task -> leaderboard, pairs and verdict over all that answer it."""
    verdicts: tuple[SharingVerdict, ...]
    """One for each strategy and backbone that were trained both ways."""
    affinities: tuple[Affinity, ...]
    remedies: tuple[Remedy, ...]
    message: str
    """The answer in one or two sentences."""
    recommended: Contender | None
    """The shared model to take; None: one model for each task."""
    findings: tuple[Finding, ...] = ()
    """``sharing-hurts`` (warning, with the remedy) for each task that was hurt, and the like."""
    kind: SharingKind = "cannot-tell"
    """Of the answer: that of the recommended model; "separate" where it is shown that each needs its own."""
    gradients: tuple[MeanGradients, ...] = ()
    """Of every way of sharing whose gradients were looked at."""
