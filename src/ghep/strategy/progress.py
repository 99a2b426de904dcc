"""How far a plan has come: what a run reports at its end, and what a checkpoint holds to continue the plan.

In: the plan's results so far. Out: the plain values of a checkpoint, and the same results read from one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ghep.training.checkpoint import Checkpoint, epoch_from, finding_from
from ghep.training.moving import State
from ghep.training.precision import Precision
from ghep.training.state import Epoch, TrainingState, ValidResult
from ghep.types import Finding


@dataclass
class Fitted:
    """The result of a plan, apart from the model's weights."""

    history: list[Epoch] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    examples_seen: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    precision: Precision | None = None
    """None if no stage was trained by gradients."""
    stopped: str = ""
    seconds: float = 0.0
    """Total over all sessions of a resumed run."""
    seconds_before: float = 0.0
    """The part of ``seconds`` in earlier, interrupted sessions."""
    chosen_on: Mapping[str, np.ndarray] | None = None
    """After refitting on train and valid: task -> logits (n, K) on valid of the heads before the refit; else None."""
    start_kept: bool = False
    """Whether training was undone because no stage found better weights than the solved head."""
    stored: tuple[int, ...] = ()
    """Boundaries at which stages trained on cached activations."""
    gradients: Mapping[str, Any] | None = None
    """With several tasks: gradient statistics of the last stage that trained shared parameters."""
    features: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Split -> frozen features (N, D), of a plan that solves its heads; not in checkpoints, so empty after resuming."""
    interpolated: Mapping[str, Any] | None = None
    """With ``keep=wise``: alpha, and alpha -> score on valid, as plain values (``wise.Interpolated``)."""
    tail: Mapping[str, Any] | None = None
    """What became of valid after the best epoch of the last trained stage (``fit.tail_of``); None without valid."""
    frozen: Mapping[str, Any] = field(default_factory=dict)
    """What the frozen part of the backbone computed and reported, for the run's record."""

    @property
    def backbone_kept(self) -> bool:
        """Whether the backbone ends with the weights it began with although training moved them."""
        return self.start_kept or (self.interpolated is not None and self.interpolated["alpha"] == 0)

    def spent(self, phase: str, since: float) -> None:
        """Add the seconds since ``since`` to ``phase``."""
        self.phases[phase] = self.phases.get(phase, 0.0) + time.perf_counter() - since


@dataclass(frozen=True)
class Kept:
    """The best weights of all stages so far, and their stage."""

    stage: int
    result: ValidResult
    state: State
    """Every tensor that the plan can change."""


@dataclass
class Progress:
    """A plan between two steps."""

    fitted: Fitted = field(default_factory=Fitted)
    state: TrainingState = field(default_factory=TrainingState)
    """State of the current stage."""
    kept: Kept | None = None
    last: ValidResult | None = None
    """Best result of the last trained stage."""
    finished: bool = False
    """Whether all stages are over and the model has its final weights."""

    def to_json(self) -> dict[str, Any]:
        """Return the plain values of a checkpoint; ``progress_from`` reads them."""
        fitted = self.fitted
        return {
            "finished": self.finished,
            "precision": None if fitted.precision is None else asdict(fitted.precision),
            "history": [asdict(row) for row in fitted.history],
            "findings": [asdict(finding) for finding in fitted.findings],
            "examples_seen": fitted.examples_seen,
            "phases": fitted.phases,
            "stopped": fitted.stopped,
            "start_kept": fitted.start_kept,
            "gradients": fitted.gradients,
            "interpolated": fitted.interpolated,
            "tail": fitted.tail,
            "kept": None if self.kept is None else {"stage": self.kept.stage, "result": self.kept.result},
            "last": self.last,
            "seconds": fitted.seconds,
        }


def progress_from(found: Checkpoint, tensors: State) -> Progress:
    """Return the progress that ``found`` holds.

    ``tensors`` are copies of the tensors that the plan can change, as they were before its first stage: those that no
    stage had changed when the best weights were kept are not in the checkpoint.
    """
    run = found.run
    fitted = Fitted(
        history=[epoch_from(row) for row in run["history"]],
        findings=[one for one in map(finding_from, run["findings"]) if one.code != "resumed"],  # only the last is kept
        examples_seen=int(run["examples_seen"]),
        phases=dict(run["phases"]),
        precision=None if run["precision"] is None else Precision(**run["precision"]),
        stopped=run["stopped"],
        seconds=float(run["seconds"]),
        seconds_before=float(run["seconds"]),
        start_kept=run["start_kept"],
        gradients=run["gradients"],
        interpolated=run.get("interpolated"),
        tail=run.get("tail"),
    )
    progress = Progress(fitted, found.state, finished=run["finished"])
    progress.last = None if run["last"] is None else ValidResult(*run["last"])
    if run["kept"] is not None and not progress.finished:
        result = ValidResult(*run["kept"]["result"])
        progress.kept = Kept(int(run["kept"]["stage"]), result, {**tensors, **found.kept})
    return progress
