"""Carry out a plan: each stage solved on features or trained by the loop, saved after every epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.data.loader import LabelledExamples, batches_in_order
from ghep.errors import BundleError, ConfigError
from ghep.features.extract import extract
from ghep.features.probes import boundary_of_grid, solve_head
from ghep.model.transfer import TransferModel
from ghep.storage.folder import recover
from ghep.strategy.base import Plan
from ghep.training.checkpoint import epoch_from, load_standing, save_standing
from ghep.training.loop import Epoch, Merit, Standing, merit, train_stage
from ghep.training.precision import Precision, measure, named
from ghep.training.stage import Stage
from ghep.types import Finding


@dataclass
class Fitted:
    """What came of a plan, beside the model's weights."""

    history: list[Epoch] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    examples_seen: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    precision: Precision | None = None
    """None: nothing was trained by gradients."""
    stopped: str = ""
    seconds: float = 0.0
    """Of all sessions, where the run was resumed."""
    start_kept: bool = False
    """No training stage found better weights than the solved head: training was undone."""

    def spent(self, phase: str, since: float) -> None:
        """Add the time from ``since`` to ``phase``."""
        self.phases[phase] = self.phases.get(phase, 0.0) + time.perf_counter() - since


@dataclass(frozen=True)
class Kept:
    """The best weights of all stages so far, and the stage they came from."""

    stage: int
    merit: Merit
    state: dict[str, torch.Tensor]


@dataclass(frozen=True)
class FitOptions:
    """How a plan is carried out; nothing here changes what is learnt, but for ``seed`` and ``time_limit``."""

    seed: int = 0
    time_limit: float | None = None
    """Seconds for all stages together."""
    precision: str = "auto"
    workers: int = 2
    checkpoint: Path | None = None
    """Folder for the standing after each epoch."""
    resume: bool = False
    """Go on from the checkpoint, if it is there."""
    run_key: str = ""
    """Names the run a checkpoint belongs to; another run's is refused."""
    report: Callable[[Epoch], None] | None = None
    progress: Callable[[str, int, int], None] | None = None
    """Called with (phase, done, total)."""


def fit_plan(
    model: TransferModel, plan: Plan, train: LabelledExamples, valid: LabelledExamples | None, options: FitOptions
) -> Fitted:
    """Carry out every stage of ``plan`` on ``model``, in place.

    Raises ConfigError when the checkpoint that is to be resumed belongs to another run.
    """
    return _Fitting(model, plan, train, valid, options).run()


class _Fitting:
    """A plan under way."""

    def __init__(
        self,
        model: TransferModel,
        plan: Plan,
        train: LabelledExamples,
        valid: LabelledExamples | None,
        options: FitOptions,
    ) -> None:
        self.model, self.plan, self.train, self.valid, self.options = model, plan, train, valid, options
        self.fitted = Fitted()
        self.kept: Kept | None = None
        self.last: Merit | None = None
        self.began = time.perf_counter()

    def run(self) -> Fitted:
        first, standing = self._resumed()
        for index, stage in enumerate(self.plan.stages[first:], first):
            if index > 0 and self._left() <= 0:
                self.fitted.stopped = "time limit"
                break
            if stage.head == "solve":
                self._keep(index, self._solve(stage))
                continue
            done, standing = self._train(index, standing), None
            self.last = done.best
            self._keep(index, done.best)
            if done.stopped == "diverged":
                break
        self._come_back()
        self.model.eval()
        self.fitted.seconds += time.perf_counter() - self.began
        self._say_why_it_ended()
        return self.fitted

    def _keep(self, index: int, found: Merit | None) -> None:
        """Keep a copy of the weights if they are the best of all stages so far.

        The next stage goes on from its own predecessor all the same: a stage that thaws a block often loses a little
        before it gains, and to start each from the best of all would end progressive unfreezing with its probe.
        """
        if found is not None and (self.kept is None or found > self.kept.merit):
            state = {name: tensor.detach().clone() for name, tensor in self.model.state().items()}
            self.kept = Kept(index, found, state)

    def _come_back(self) -> None:
        """Go back to the best weights of all stages, if the last stage is worse than them by more than chance.

        By one standard error of the score on valid: without that margin a lucky probe on a small validation split would
        undo every fine-tuning.
        """
        if self.kept is None or self.valid is None:
            return
        labelled = max(int((targets >= 0).sum()) for targets in self.valid.targets.values())
        if self.last is not None and self.kept.merit[0] - self.last[0] <= standard_error(self.kept.merit[0], labelled):
            return
        self.model.load_state(self.kept.state)
        self.fitted.start_kept = self.plan.stages[self.kept.stage].head == "solve"

    def _left(self) -> float:
        """Seconds left of the time limit."""
        used = self.fitted.seconds + time.perf_counter() - self.began
        return float("inf") if self.options.time_limit is None else self.options.time_limit - used

    def _solve(self, stage: Stage) -> Merit | None:
        """Extract features once and put the solved heads into the model; return what valid says of them."""
        self.model.freeze(stage.frozen_blocks)
        since = time.perf_counter()
        features = {split: self._extract(split, data) for split, data in self._splits()}
        self.fitted.spent("extract", since)
        since, logits, weights = time.perf_counter(), {}, {}
        for task in self.model.tasks:
            targets = {split: data.targets[task.name] for split, data in self._splits()}
            if stage.objective.class_weights:
                weights[task.name] = torch.tensor(task.class_weights(targets["train"]), dtype=torch.float32)
            head = solve_head(
                features["train"],
                targets["train"],
                task.outputs,
                valid=(features["valid"], targets["valid"]) if self.valid is not None else None,
                class_weights=weights[task.name].numpy() if weights else None,
            )
            with torch.no_grad():
                self.model.head(task.name).weight.copy_(torch.from_numpy(head.weight))
                self.model.head(task.name).bias.copy_(torch.from_numpy(head.bias))
            edge = boundary_of_grid(head)
            self.fitted.findings += [edge] if edge else []
            logits[task.name] = head(features["valid"]) if self.valid is not None else np.empty((0, task.outputs))
        self.fitted.spent("solve", since)
        return self._report_solved(stage, logits, weights)

    def _splits(self) -> list[tuple[str, LabelledExamples]]:
        return [("train", self.train)] + ([("valid", self.valid)] if self.valid is not None else [])

    def _extract(self, split: str, data: LabelledExamples) -> np.ndarray:
        progress = self.options.progress
        told = None if progress is None else lambda done, total: progress(f"features of {split}", done, total)
        self.fitted.examples_seen += len(data)
        return extract(self.model.backbone, data, workers=self.options.workers, progress=told).features

    def _report_solved(
        self, stage: Stage, logits: dict[str, np.ndarray], weights: dict[str, torch.Tensor]
    ) -> Merit | None:
        """Write the solved stage into the history as its epoch 0."""
        found: tuple[float, float] | None = None
        if self.valid is not None and any((targets >= 0).any() for targets in self.valid.targets.values()):
            found = merit(self.model.tasks, logits, self.valid.targets, weights)
        score, loss = found or (None, None)
        seconds = self.fitted.phases["extract"] + self.fitted.phases["solve"]
        row = Epoch(stage.name, 0, float("nan"), loss, score, 0.0, seconds)
        self.fitted.history.append(row)
        if self.options.report is not None:
            self.options.report(row)
        return None if found is None else (found[0], -found[1])

    def _train(self, index: int, standing: Standing | None) -> Standing:
        stage, fitted = self.plan.stages[index], self.fitted
        if fitted.precision is None:
            fitted.precision = self._precision()
        since = time.perf_counter()
        result = train_stage(
            self.model,
            stage,
            self.train,
            self.valid,
            # Each stage draws its own order and its own views.
            seed=self.options.seed * 1000 + index,
            precision=fitted.precision,
            standing=standing,
            save=None if self.options.checkpoint is None else lambda current: self._save(index, current),
            report=self.options.report,
            budget_seconds=self._budget(index),
            workers=self.options.workers,
        )
        fitted.spent("train", since)
        fitted.history += result.history
        fitted.findings += result.findings
        fitted.examples_seen += result.epochs_done * len(self.train)
        fitted.stopped = result.stopped or fitted.stopped
        return result

    def _budget(self, index: int) -> float | None:
        """Share what is left of the time limit by epochs."""
        if self.options.time_limit is None:
            return None
        epochs = [stage.epochs for stage in self.plan.stages[index:]]
        return max(0.01, self._left()) * epochs[0] / max(1, sum(epochs))

    def _precision(self) -> Precision:
        """The given number format, or the one that is fastest for the stage that moves most."""
        if self.options.precision != "auto":
            return named(self.options.precision)
        since = time.perf_counter()
        widest = min((stage for stage in self.plan.stages if stage.epochs), key=lambda stage: stage.frozen_blocks)
        self.model.freeze(widest.frozen_blocks)
        batch = next(iter(batches_in_order(self.train, batch_size=min(16, widest.batch_size))))
        best = measure(self.model, batch.inputs)
        self.fitted.spent("measure", since)
        return best

    def _save(self, index: int, current: Standing) -> None:
        assert self.options.checkpoint is not None and self.fitted.precision is not None
        run = {
            "key": self.options.run_key,
            "stage": index,
            "precision": asdict(self.fitted.precision),
            "history": [asdict(row) for row in self.fitted.history],
            "findings": [asdict(finding) for finding in self.fitted.findings],
            "examples_seen": self.fitted.examples_seen,
            "phases": self.fitted.phases,
            "kept": None if self.kept is None else {"stage": self.kept.stage, "merit": self.kept.merit},
            "seconds": self.fitted.seconds + time.perf_counter() - self.began,
        }
        current.kept_state = None if self.kept is None else self.kept.state
        save_standing(self.options.checkpoint, current, run=run)

    def _resumed(self) -> tuple[int, Standing | None]:
        """Return the stage to start with and its standing; (0, None) when there is nothing to resume."""
        folder = self.options.checkpoint
        if folder is None or not self.options.resume:
            return 0, None
        recover(folder)
        if not folder.exists():
            message = f"there is no checkpoint in {folder} to resume: the run starts from the beginning"
            self.fitted.findings.append(Finding("nothing-to-resume", "warning", message))
            return 0, None
        try:
            standing, run = load_standing(folder)
        except BundleError as error:
            remedy = "the run starts again from the beginning"
            self.fitted.findings.append(Finding("checkpoint-skipped", "warning", error.cause, remedy))
            return 0, None
        if run.get("key") != self.options.run_key:
            raise ConfigError(
                f"the checkpoint in {folder} belongs to other data, backbone, strategy, settings or seed",
                remedy="resume with what it was started with, or start anew in another --out",
            )
        self._go_on(run, standing.kept_state)
        message = f"resumed after epoch {standing.epochs_done} of stage {int(run['stage']) + 1}"
        self.fitted.findings.append(Finding("resumed", "info", message))
        return int(run["stage"]), standing

    def _go_on(self, run: dict[str, Any], kept_state: dict[str, torch.Tensor] | None) -> None:
        """Take over the record of the session that was cut off."""
        self.fitted.precision = Precision(**run["precision"])
        self.fitted.history = [epoch_from(row) for row in run["history"]]
        self.fitted.findings = [Finding(**{**row, "items": tuple(row["items"])}) for row in run["findings"]]
        self.fitted.examples_seen = int(run["examples_seen"])
        self.fitted.phases = dict(run["phases"])
        if run["kept"] is not None and kept_state is not None:
            self.kept = Kept(int(run["kept"]["stage"]), tuple(run["kept"]["merit"]), kept_state)
        self.fitted.seconds = float(run["seconds"])

    def _say_why_it_ended(self) -> None:
        fitted, limit = self.fitted, self.options.time_limit
        trained = any(stage.epochs for stage in self.plan.stages)
        if fitted.stopped and fitted.stopped != "diverged":
            fitted.findings.append(Finding("stopped-early", "info", f"training ended early: {fitted.stopped}"))
        elif limit is not None and not trained and fitted.seconds > limit:
            message = f"solving a head took {fitted.seconds:.0f} s of the {limit:.0f} s allowed: it cannot be cut short"
            fitted.findings.append(Finding("time-limit-exceeded", "warning", message, "allow more time"))
        if trained and fitted.start_kept and fitted.history:
            message = "fine-tuning ended clearly below the solved head on valid: the solved head is kept"
            fitted.findings.append(
                Finding("start-kept", "info", message, "the linear probe is the cheaper choice here")
            )


def standard_error(share: float, count: int) -> float:
    """Return the standard error of a share of ``count``, with one right and one wrong added so that it is never 0."""
    share = (share * count + 1) / (count + 2)
    return float(np.sqrt(share * (1 - share) / (count + 2)))
