"""Run a plan. In: a model, a plan and two splits. Out: the fitted model and a ``Fitted`` with history and costs.

A stage either solves the heads on features or is trained by the training loop. Checkpoints are written on the way.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from ghep.data.loading.batches import LabelledExamples, typical_batch
from ghep.data.loading.views import Views
from ghep.errors import ConfigError
from ghep.features.frozen import FrozenPart
from ghep.features.probes import LinearHead, boundary_of_grid, solve_head
from ghep.messages import text_of
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Plan
from ghep.strategy.caching import Caching
from ghep.strategy.supply import Supply
from ghep.tasks.base import Classifier, labelled
from ghep.training.adapted import adapted
from ghep.training.checkpoint import Checkpoint, Checkpoints, epoch_from, finding_from
from ghep.training.divergence import RETRIES
from ghep.training.loop import DIVERGED, TIME_LIMIT, Epoch, Hooks, TrainingState, ValidResult, train_stage, valid_result
from ghep.training.moving import State, copied, moving, put
from ghep.training.precision import ROWS, Precision, measure, named, unmeasured
from ghep.training.stage import Stage
from ghep.training.stop import StopRequest
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
    frozen: Mapping[str, Any] = field(default_factory=dict)
    """What the frozen part of the backbone computed and reported, for the run's record."""

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


@dataclass(frozen=True)
class FitOptions:
    """How a plan is run.

    Only ``seed``, ``precision``, ``time_limit``, ``on_divergence`` and ``refit`` affect the weights.
    """

    seed: int = 0
    time_limit: float | None = None
    """Seconds for all stages together."""
    precision: str = "auto"
    workers: int = 2
    on_divergence: Literal["retry", "stop"] = "retry"
    """Return to the last good weights and continue at lower rates, a few times; or end with the best weights so far."""
    checkpoints: Path | None = None
    """Folder for the run's checkpoints."""
    checkpoint_seconds: float = 30.0
    """Seconds between checkpoints; there is also one after each stage."""
    resume: bool = False
    """Continue from the newest intact checkpoint, if there is one."""
    refit: bool = False
    """Solve heads again on train and valid together, with the regularisation strength that was chosen on valid.

    For plans that only solve heads."""
    run_key: str = ""
    """Identifies the run; checkpoints with another key are refused."""
    stop: StopRequest = field(default_factory=StopRequest)
    """Checked after each training step."""
    begin: Callable[[], None] | None = None
    """Called once, after all checks of the arguments and before the first step."""
    report: Callable[[Epoch], None] | None = None
    say: Callable[[str], None] | None = None
    """Called with one line if something goes wrong that does not end the run."""
    progress: Callable[[str, int, int], None] | None = None
    """Called with (phase, done, total)."""


def fit_plan(
    model: TransferModel,
    plan: Plan,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    options: FitOptions,
    frozen: FrozenPart | None = None,
) -> Fitted:
    """Run every stage of ``plan`` on ``model``, in place.

    ``frozen`` is the model's backbone in its current state. If it has a store, stages with frozen blocks train on
    cached activations where that is faster; otherwise frozen blocks run in every epoch.

    Raises ConfigError if the checkpoints to resume belong to another run, and Interrupted, after saving, if
    ``options.stop`` was requested during training.
    """
    if frozen is None:
        frozen = FrozenPart(model.backbone, workers=options.workers, progress=options.progress)
    for task in model.tasks if any(stage.head == "solve" for stage in plan.stages) else ():
        model.head(task.name)  # raises now, not after a pass over the data
    return _Fitting(model, plan, train, valid, options, frozen).run()


class _Fitting:
    """A plan in progress."""

    def __init__(
        self,
        model: TransferModel,
        plan: Plan,
        train: LabelledExamples,
        valid: LabelledExamples | None,
        options: FitOptions,
        frozen: FrozenPart,
    ) -> None:
        self.model, self.plan, self.train, self.valid, self.options = model, plan, train, valid, options
        limit = 0 if frozen.store is None else frozen.store.limit_bytes
        self.supply = Supply(plan.stages, train, valid, frozen, limit, options.say)
        self.fitted = Fitted()
        self.kept: Kept | None = None
        self.last: ValidResult | None = None
        self.state = TrainingState()
        self.finished = False
        """Whether all stages are over and the model has its final weights."""
        self.checkpoints = Checkpoints(options.checkpoints, options.checkpoint_seconds) if options.checkpoints else None
        self.frozen = [
            min(stage.frozen_blocks for stage in plan.stages[:end]) for end in range(1, len(plan.stages) + 1)
        ]
        """Number of leading blocks that are still unchanged after each stage."""
        self.began = time.perf_counter()

    def run(self) -> Fitted:
        first = self._resumed()
        if self.options.begin is not None:
            self.options.begin()
        for index, stage in enumerate(self.plan.stages[first:], first):
            if index > 0 and self._left() <= 0:
                self.fitted.stopped = TIME_LIMIT
                break
            if stage.head == "solve":
                self._keep(index, self._solve(index))
            else:
                done = self._train(index, self.state)
                self.last, self.state = done.best, done.next_stage()
                self._keep(index, done.best)
                if done.stopped == DIVERGED:
                    break
            if index + 1 < len(self.plan.stages):
                self._save(index + 1, self.state)
        if not self.finished:
            self._restore_best()
            self.finished = True
            self._save(len(self.plan.stages), self.state)
        self.model.eval()
        self.fitted.seconds += time.perf_counter() - self.began
        self._collect_findings()
        return self.fitted

    def _keep(self, index: int, found: ValidResult | None) -> None:
        """Keep a copy of the weights if they are the best of all stages so far.

        The next stage still continues from the weights of the previous stage, even if those are worse: a stage that
        unfreezes a block often loses a little accuracy before it gains.
        """
        if found is not None and found.better_than(None if self.kept is None else self.kept.result):
            self.kept = Kept(index, found, copied(moving(self.model, self.frozen[-1])))

    def _restore_best(self) -> None:
        """Load the best weights of all stages if the last stage is worse by more than one standard error.

        The standard error is that of the score on valid. Without this margin, a probe with a lucky score on a small
        validation split would undo every fine-tuning.
        """
        if self.kept is None or self.valid is None:
            return
        count = judged_by(int(labelled(targets).sum()) for targets in self.valid.targets.values())
        best = self.kept.result.score
        if self.last is not None and best - self.last.score <= standard_error(best, count):
            return
        put(moving(self.model, self.frozen[-1]), self.kept.state)
        self.fitted.start_kept = self.plan.stages[self.kept.stage].head == "solve"

    def _left(self) -> float:
        """Return the seconds left of the time limit; infinity without one."""
        used = self.fitted.seconds + time.perf_counter() - self.began
        return float("inf") if self.options.time_limit is None else self.options.time_limit - used

    def _solve(self, index: int) -> ValidResult | None:
        """Extract features once and load the solved heads into the model; return their score and loss on valid."""
        stage = self.plan.stages[index]
        self.model.freeze(stage.frozen_blocks)
        since = time.perf_counter()
        features = self.supply.features(index)
        self.fitted.examples_seen += sum(len(data) for _, data in self._splits())
        self.fitted.spent("extract", since)
        since, logits, weights = time.perf_counter(), {}, {}
        for task in self.model.tasks:
            targets = {split: data.targets[task.name] for split, data in self._splits()}
            if stage.objective.class_weights and isinstance(task, Classifier):
                weights[task.name] = torch.tensor(task.class_weights(targets["train"]), dtype=torch.float32)
            head = solve_head(
                features["train"],
                targets["train"],
                task.outputs,
                valid=(features["valid"], targets["valid"]) if self.valid is not None else None,
                class_weights=weights[task.name].numpy() if task.name in weights else None,
                example_weights=self.train.weights,
            )
            logits[task.name] = head(features["valid"]) if self.valid is not None else np.empty((0, task.outputs))
            edge = boundary_of_grid(head)
            self.fitted.findings += [edge] if edge else []
            if self.options.refit and self.valid is not None:
                head = self._refit(head, features, targets, task.outputs, weights.get(task.name))
                self.fitted.chosen_on = logits
            with torch.no_grad():
                self.model.head(task.name).weight.copy_(torch.from_numpy(head.weight))
                self.model.head(task.name).bias.copy_(torch.from_numpy(head.bias))
        self.fitted.spent("solve", since)
        return self._report_solved(stage, logits, weights)

    def _refit(
        self,
        chosen: LinearHead,
        features: Mapping[str, np.ndarray],
        targets: Mapping[str, np.ndarray],
        outputs: int,
        class_weights: torch.Tensor | None,
    ) -> LinearHead:
        """Return the head solved on train and valid with the strength of ``chosen``.

        A valid example has weight 1, the mean weight of the training examples.
        """
        each = self.train.weights
        return solve_head(
            np.concatenate([features["train"], features["valid"]]),
            np.concatenate([targets["train"], targets["valid"]]),
            outputs,
            class_weights=None if class_weights is None else class_weights.numpy(),
            example_weights=None if each is None else np.concatenate([each, np.ones(len(targets["valid"]))]),
            strengths=(chosen.strength,),
        )

    def _splits(self) -> list[tuple[str, LabelledExamples]]:
        return [("train", self.train)] + ([("valid", self.valid)] if self.valid is not None else [])

    def _report_solved(
        self, stage: Stage, logits: dict[str, np.ndarray], weights: dict[str, torch.Tensor]
    ) -> ValidResult | None:
        """Add the solved stage to the history as epoch 0; return score and loss on valid, None without labels there."""
        found: ValidResult | None = None
        if self.valid is not None and any(labelled(targets).any() for targets in self.valid.targets.values()):
            found = valid_result(self.model.tasks, logits, self.valid.targets, weights)
        score, loss = found or (None, None)
        seconds = self.fitted.phases["extract"] + self.fitted.phases["solve"]
        row = Epoch(stage.name, 0, float("nan"), loss, score, 0.0, seconds)
        self.fitted.history.append(row)
        if self.options.report is not None:
            self.options.report(row)
        return found

    def _train(self, index: int, state: TrainingState) -> TrainingState:
        stage, fitted = self.plan.stages[index], self.fitted
        since = time.perf_counter()
        train, valid = self.supply.sources(index)
        fitted.spent("extract", since)
        if fitted.precision is None:
            fitted.precision = self._precision()
        since = time.perf_counter()
        result = train_stage(
            self.model,
            stage,
            train,
            valid,
            # Each stage has its own order and views.
            seed=self.options.seed * 1000 + index,
            precision=fitted.precision,
            state=state,
            hooks=self._hooks(index, since),
            budget_seconds=self._budget(index, state.seconds),
            retries=RETRIES if self.options.on_divergence == "retry" else 0,
            workers=self.options.workers,
        )
        fitted.spent("train", since)
        fitted.history += result.history
        fitted.findings += result.findings
        fitted.examples_seen += result.epochs_done * len(self.train)
        fitted.gradients = result.gradients or fitted.gradients
        fitted.stopped = result.stopped or fitted.stopped
        return result

    def _hooks(self, index: int, since: float) -> Hooks:
        """Return the callbacks for stage ``index``, which has trained since ``since``."""
        given = {name: call for name in ("report", "say") if (call := getattr(self.options, name)) is not None}
        if self.checkpoints is None:
            return Hooks(stop=self.options.stop, **given)
        return Hooks(
            save=lambda current: self._save(index, current, since),
            due=self.checkpoints.due,
            stop=self.options.stop,
            **given,
        )

    def _budget(self, index: int, used: float) -> float | None:
        """Return the seconds that stage ``index`` may take: its share of the remaining time, in proportion to epochs.

        The seconds ``used`` for the stage in earlier sessions are added. None without a time limit.
        """
        if self.options.time_limit is None:
            return None
        epochs = [stage.epochs for stage in self.plan.stages[index:]]
        return used + max(0.01, self._left()) * epochs[0] / max(1, sum(epochs))

    def _precision(self) -> Precision:
        """Return the given precision, or the fastest one for the stage that trains the most blocks.

        The fastest precision is measured once and saved with the run and with the store, because the precision affects
        the weights. If the weights must not depend on the machine's load, nothing is measured.
        """
        if self.options.precision != "auto":
            return named(self.options.precision)
        frozen = self.supply.frozen
        if frozen.engines.fixed:
            return unmeasured(self.model)
        since = time.perf_counter()
        stages = self.plan.stages
        index = min((i for i in range(len(stages)) if stages[i].epochs), key=lambda i: stages[i].frozen_blocks)
        stage = stages[index]
        train, _ = self.supply.sources(index)
        name = self._precision_name(stage, train.boundary)
        with frozen.decisions.deciding():
            notes: list[Any] = [frozen.decisions.get(name)]
            notes += [] if frozen.store is None else [frozen.store.note(name)]
            for noted in notes:
                with suppress(KeyError, TypeError, ConfigError):
                    best = Precision(named(noted["name"]).name, noted["milliseconds"])
                    frozen.decisions.put(name, asdict(best))
                    return best
            indices = typical_batch(train, stage.batch_size)
            inputs = train.inputs(indices, [Views(stage.augment, stage.views).at(0, 0, 0)] * len(indices))
            with adapted(self.model.backbone, stage, seed=self.options.seed):
                self.model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
                best = measure(self.model, inputs, boundary=train.boundary)
            frozen.decisions.put(name, asdict(best))
            if frozen.store is not None:
                frozen.store.write_note(name, asdict(best))
        self.fitted.spent("measure", since)
        return best

    def _precision_name(self, stage: Stage, boundary: int) -> str:
        """Return the name under which the precision for ``stage`` is saved: a hash of what its speed depends on.

        The hash leaves out the batch size, so that runs on fewer labels, in smaller batches, use the same precision.
        """
        backbone = self.model.backbone
        trained = [backbone.architecture.to_json(), stage.still_blocks, boundary]
        machine = [platform.processor(), platform.machine(), os.cpu_count(), torch.get_num_threads()]
        text = json.dumps([trained, ROWS, stage.keep_statistics, machine, torch.__version__, str(self.model.device)])
        return f"number format, stage {hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def _save(self, index: int, current: TrainingState, since: float | None = None) -> None:
        """Write a checkpoint with ``current``, the state of stage ``index``, which has trained since ``since``."""
        if self.checkpoints is None:
            return
        fitted, now = self.fitted, time.perf_counter()
        train = {} if since is None else {"train": fitted.phases.get("train", 0.0) + now - since}
        run = {
            "key": self.options.run_key,
            "stage": index,
            "finished": self.finished,
            "precision": None if fitted.precision is None else asdict(fitted.precision),
            "stored": None if self.supply.caching is None else list(self.supply.caching.stored),
            "history": [asdict(row) for row in fitted.history],
            "findings": [asdict(finding) for finding in fitted.findings],
            "examples_seen": fitted.examples_seen,
            "phases": {**fitted.phases, **train},
            "stopped": fitted.stopped,
            "start_kept": fitted.start_kept,
            "gradients": fitted.gradients,
            "kept": None if self.kept is None else {"stage": self.kept.stage, "result": self.kept.result},
            "last": self.last,
            "seconds": fitted.seconds + now - self.began,
        }
        known = len(self.checkpoints.findings)
        self.checkpoints.save(Checkpoint(run, current, self._earlier(index, current), self._best_of_earlier()))
        if self.options.say is not None:
            for finding in self.checkpoints.findings[known:]:
                self.options.say(finding.message)

    def _earlier(self, index: int, current: TrainingState) -> State:
        """Return the tensors that stages before ``index`` changed and that are not in ``current``."""
        if index == 0:
            return {}
        held = current.model_state or {}
        moved = moving(self.model, self.frozen[index - 1])
        return {name: tensor for name, tensor in moved.items() if name not in held}

    def _best_of_earlier(self) -> State:
        """Return the best weights of earlier stages, without tensors that equal the pretrained backbone.

        The result is empty once the run is over.
        """
        if self.kept is None or self.finished:
            return {}
        moved = moving(self.model, self.frozen[self.kept.stage])
        return {name: tensor for name, tensor in self.kept.state.items() if name in moved}

    def _resumed(self) -> int:
        """Continue from the newest checkpoint, if requested and there is one; return the index of the first stage."""
        if self.checkpoints is None or not self.options.resume:
            return 0
        found = self.checkpoints.newest(self.options.run_key)
        if found is None:
            if not self.checkpoints.findings:
                folder = self.options.checkpoints
                self.fitted.findings.append(Finding.of("nothing-to-resume", "warning", folder=folder))
            return 0
        stage = int(found.run["stage"])
        self._continue_from(found)
        fitted = self.fitted
        fitted.findings = [finding for finding in fitted.findings if finding.code != "resumed"]  # report the last one
        if self.finished:
            fitted.findings.append(Finding.of("resumed", "info", message="resumed-finished"))
        else:
            epoch, step = self.state.epochs_done, self.state.step
            fitted.findings.append(Finding.of("resumed", "info", epoch=epoch, step=step, stage=stage + 1))
        return stage

    def _continue_from(self, found: Checkpoint) -> None:
        """Load the record and the weights of the interrupted session."""
        run, fitted = found.run, self.fitted
        fitted.precision = None if run["precision"] is None else Precision(**run["precision"])
        self.supply.caching = None if run["stored"] is None else Caching(tuple(run["stored"]))
        fitted.history = [epoch_from(row) for row in run["history"]]
        fitted.findings = [finding_from(row) for row in run["findings"]]
        fitted.examples_seen = int(run["examples_seen"])
        fitted.phases = dict(run["phases"])
        fitted.stopped, fitted.start_kept = run["stopped"], run["start_kept"]
        fitted.gradients = run["gradients"]
        fitted.seconds = fitted.seconds_before = float(run["seconds"])
        self.state, self.finished = found.state, run["finished"]
        self.last = None if run["last"] is None else ValidResult(*run["last"])
        tensors = moving(self.model, self.frozen[-1])
        if run["kept"] is not None and not self.finished:
            # Tensors that no stage had changed by then are as they were before the first stage, and as they are now.
            kept = {**copied(tensors), **found.kept}
            self.kept = Kept(int(run["kept"]["stage"]), ValidResult(*run["kept"]["result"]), kept)
        put({name: tensors[name] for name in found.earlier}, found.earlier)

    def _collect_findings(self) -> None:
        fitted, limit = self.fitted, self.options.time_limit
        fitted.findings += self.checkpoints.findings if self.checkpoints else []
        fitted.stored = self.supply.stored
        fitted.findings += [*self.supply.findings, *self.supply.frozen.findings]
        trained = any(stage.epochs for stage in self.plan.stages)
        if fitted.stopped and fitted.stopped != DIVERGED:
            cause = text_of("time-limit-reached") if fitted.stopped == TIME_LIMIT else fitted.stopped
            fitted.findings.append(Finding.of("stopped-early", "info", cause=cause))
        elif limit is not None and not trained and fitted.seconds > limit:
            finding = Finding.of("time-limit-exceeded", "warning", seconds=fitted.seconds, limit=limit)
            fitted.findings.append(finding)
        if trained and fitted.start_kept and fitted.history:
            fitted.findings.append(Finding.of("start-kept", "info"))


def judged_by(counts: Iterable[int]) -> int:
    """Return the effective number of examples of a mean score over tasks that have ``counts`` labelled examples.

    The mean has the same standard error as the score of one task with that many examples.
    """
    known = [count for count in counts if count]
    return round(len(known) ** 2 / sum(1 / count for count in known)) if known else 0


def standard_error(share: float, count: int) -> float:
    """Return the standard error of an accuracy ``share`` on ``count`` examples.

    One right and one wrong answer are added, so that the standard error is never 0. R² is treated as a share as well,
    and as 0 if it is negative: for normal errors, its standard error is about 2 (1 - R²) sqrt(R² / n), between half and
    twice that of a share.
    """
    share = (max(share, 0.0) * count + 1) / (count + 2)
    return float(np.sqrt(share * (1 - share) / (count + 2)))
