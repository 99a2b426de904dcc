"""Carry out a plan: each stage solved on features or trained by the loop, saved as it goes."""

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
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Plan
from ghep.strategy.caching import Caching
from ghep.strategy.supply import Supply
from ghep.tasks.base import labelled
from ghep.training.adapted import adapted
from ghep.training.checkpoint import Checkpoint, Checkpoints, epoch_from, finding_from
from ghep.training.divergence import RETRIES
from ghep.training.loop import Epoch, Hooks, Merit, Standing, merit, train_stage
from ghep.training.moving import State, copied, moving, put
from ghep.training.precision import ROWS, Precision, measure, named, unmeasured
from ghep.training.stage import Stage
from ghep.training.stop import StopRequest
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
    seconds_before: float = 0.0
    """Of it, in the sessions that were cut off."""
    chosen_on: Mapping[str, np.ndarray] | None = None
    """Where heads were solved again on train and valid: task -> logits (n, K) on valid of those that valid chose."""
    start_kept: bool = False
    """No training stage found better weights than the solved head: training was undone."""

    stored: tuple[int, ...] = ()
    """Boundaries at which stages trained on stored activations."""
    gradients: Mapping[str, Any] | None = None
    """Of several tasks, what their gradients at the trunk said in the last stage that moved it."""
    frozen: Mapping[str, Any] = field(default_factory=dict)
    """What the frozen part computed and what it found, for the run's record."""

    def spent(self, phase: str, since: float) -> None:
        """Add the time from ``since`` to ``phase``."""
        self.phases[phase] = self.phases.get(phase, 0.0) + time.perf_counter() - since


@dataclass(frozen=True)
class Kept:
    """The best weights of all stages so far, and the stage they came from."""

    stage: int
    merit: Merit
    state: State
    """Of everything that can move in the plan."""


@dataclass(frozen=True)
class FitOptions:
    """How a plan is carried out; nothing here changes what is learnt, but for ``seed`` and ``time_limit``, and what
    becomes of a run that diverges.
    """

    seed: int = 0
    time_limit: float | None = None
    """Seconds for all stages together."""
    precision: str = "auto"
    workers: int = 2
    on_divergence: Literal["retry", "stop"] = "retry"
    """Go back to the last good weights and on at lower rates, a few times; or end with the best ones so far."""
    checkpoints: Path | None = None
    """Folder for the run's checkpoints."""
    checkpoint_seconds: float = 30.0
    """Time between two of them; one is written after each stage too."""
    resume: bool = False
    """Go on from the newest one that is whole, if there is one."""
    refit: bool = False
    """Solve heads again on train and valid, with the strength that valid chose; for plans that do nothing else."""
    run_key: str = ""
    """Names the run a checkpoint belongs to; another run's is refused."""
    stop: StopRequest = field(default_factory=StopRequest)
    """Asked after each step of training."""
    begin: Callable[[], None] | None = None
    """Called once, after anything that can be refused has been, and before the first step."""
    report: Callable[[Epoch], None] | None = None
    say: Callable[[str], None] | None = None
    """Takes one line when something goes wrong that does not end the run."""
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
    """Carry out every stage of ``plan`` on ``model``, in place.

    ``frozen`` is the model's backbone as it is now; where it has a store, stages with frozen blocks train on stored
    activations if that is quicker. Without it, and without a store, frozen blocks run in every epoch.

    Raises ConfigError when the checkpoints that are to be resumed belong to another run; Interrupted after saving,
    when ``options.stop`` was asked for during training.
    """
    if frozen is None:
        frozen = FrozenPart(model.backbone, workers=options.workers, progress=options.progress)
    for task in model.tasks if any(stage.head == "solve" for stage in plan.stages) else ():
        model.head(task.name)  # refused before the work, not after a pass over the data
    return _Fitting(model, plan, train, valid, options, frozen).run()


class _Fitting:
    """A plan under way."""

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
        self.last: Merit | None = None
        self.standing = Standing()
        self.finished = False
        """All stages are over and the weights are the last ones."""
        self.checkpoints = Checkpoints(options.checkpoints, options.checkpoint_seconds) if options.checkpoints else None
        self.frozen = [
            min(stage.frozen_blocks for stage in plan.stages[:end]) for end in range(1, len(plan.stages) + 1)
        ]
        """How many leading blocks have not moved after each stage."""
        self.began = time.perf_counter()

    def run(self) -> Fitted:
        first = self._resumed()
        if self.options.begin is not None:
            self.options.begin()
        for index, stage in enumerate(self.plan.stages[first:], first):
            if index > 0 and self._left() <= 0:
                self.fitted.stopped = "time limit"
                break
            if stage.head == "solve":
                self._keep(index, self._solve(index))
            else:
                done = self._train(index, self.standing)
                self.last, self.standing = done.best, done.next_stage()
                self._keep(index, done.best)
                if done.stopped == "diverged":
                    break
            if index + 1 < len(self.plan.stages):
                self._save(index + 1, self.standing)
        if not self.finished:
            self._come_back()
            self.finished = True
            self._save(len(self.plan.stages), self.standing)
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
            self.kept = Kept(index, found, copied(moving(self.model, self.frozen[-1])))

    def _come_back(self) -> None:
        """Go back to the best weights of all stages, if the last stage is worse than them by more than chance.

        By one standard error of the score on valid: without that margin a lucky probe on a small validation split would
        undo every fine-tuning.
        """
        if self.kept is None or self.valid is None:
            return
        count = judged_by(int(labelled(targets).sum()) for targets in self.valid.targets.values())
        if self.last is not None and self.kept.merit[0] - self.last[0] <= standard_error(self.kept.merit[0], count):
            return
        put(moving(self.model, self.frozen[-1]), self.kept.state)
        self.fitted.start_kept = self.plan.stages[self.kept.stage].head == "solve"

    def _left(self) -> float:
        """Seconds left of the time limit."""
        used = self.fitted.seconds + time.perf_counter() - self.began
        return float("inf") if self.options.time_limit is None else self.options.time_limit - used

    def _solve(self, index: int) -> Merit | None:
        """Extract features once and put the solved heads into the model; return what valid says of them."""
        stage = self.plan.stages[index]
        self.model.freeze(stage.frozen_blocks)
        since = time.perf_counter()
        features = self.supply.features(index)
        self.fitted.examples_seen += sum(len(data) for _, data in self._splits())
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
        """Return the head of train and valid together; an example of valid weighs as much as the mean one of train."""
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
    ) -> Merit | None:
        """Write the solved stage into the history as its epoch 0."""
        found: tuple[float, float] | None = None
        if self.valid is not None and any(labelled(targets).any() for targets in self.valid.targets.values()):
            found = merit(self.model.tasks, logits, self.valid.targets, weights)
        score, loss = found or (None, None)
        seconds = self.fitted.phases["extract"] + self.fitted.phases["solve"]
        row = Epoch(stage.name, 0, float("nan"), loss, score, 0.0, seconds)
        self.fitted.history.append(row)
        if self.options.report is not None:
            self.options.report(row)
        return None if found is None else (found[0], -found[1])

    def _train(self, index: int, standing: Standing) -> Standing:
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
            # Each stage draws its own order and its own views.
            seed=self.options.seed * 1000 + index,
            precision=fitted.precision,
            standing=standing,
            hooks=self._hooks(index, since),
            budget_seconds=self._budget(index, standing.seconds),
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
        """Return whom the loop asks and tells in stage ``index``, which goes on since ``since``."""
        told = {name: call for name in ("report", "say") if (call := getattr(self.options, name)) is not None}
        if self.checkpoints is None:
            return Hooks(stop=self.options.stop, **told)
        return Hooks(
            save=lambda current: self._save(index, current, since),
            due=self.checkpoints.due,
            stop=self.options.stop,
            **told,
        )

    def _budget(self, index: int, used: float) -> float | None:
        """Share what is left of the time limit by epochs, beside what the stage has ``used`` before it was resumed."""
        if self.options.time_limit is None:
            return None
        epochs = [stage.epochs for stage in self.plan.stages[index:]]
        return used + max(0.01, self._left()) * epochs[0] / max(1, sum(epochs))

    def _precision(self) -> Precision:
        """Return the given number format, or the one that is fastest for the stage that moves most.

        That one is measured once and written down, in the run and beside the store: it changes the weights. Where they
        must not depend on the machine's load it is not measured.
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
            places = typical_batch(train, stage.batch_size)
            inputs = train.inputs(places, [Views(stage.augment, stage.views).at(0, 0, 0)] * len(places))
            with adapted(self.model.backbone, stage, seed=self.options.seed):
                self.model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
                best = measure(self.model, inputs, boundary=train.boundary)
            frozen.decisions.put(name, asdict(best))
            if frozen.store is not None:
                frozen.store.write_note(name, asdict(best))
        self.fitted.spent("measure", since)
        return best

    def _precision_name(self, stage: Stage, boundary: int) -> str:
        """Return what the fastest format for ``stage`` is noted under: what its speed and measuring it depend on.

        The size of the batch is not among it: runs on fewer labels, in smaller batches, have the format of the others.
        """
        backbone = self.model.backbone
        moving = [backbone.architecture.to_json(), stage.still_blocks, boundary]
        machine = [platform.processor(), platform.machine(), os.cpu_count(), torch.get_num_threads()]
        text = json.dumps([moving, ROWS, stage.keep_statistics, machine, torch.__version__, str(self.model.device)])
        return f"number format, stage {hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def _save(self, index: int, current: Standing, since: float | None = None) -> None:
        """Write a checkpoint with ``current`` as the standing of stage ``index``, which has trained since ``since``."""
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
            "kept": None if self.kept is None else {"stage": self.kept.stage, "merit": self.kept.merit},
            "last": self.last,
            "seconds": fitted.seconds + now - self.began,
        }
        known = len(self.checkpoints.findings)
        self.checkpoints.save(Checkpoint(run, current, self._earlier(index, current), self._kept_apart()))
        if self.options.say is not None:
            for finding in self.checkpoints.findings[known:]:
                self.options.say(finding.message)

    def _earlier(self, index: int, current: Standing) -> State:
        """Return what moved before stage ``index`` and is not in its standing."""
        if index == 0:
            return {}
        held = current.model_state or {}
        moved = moving(self.model, self.frozen[index - 1])
        return {name: tensor for name, tensor in moved.items() if name not in held}

    def _kept_apart(self) -> State:
        """Return what of the best weights is not the backbone's; none once the run is over."""
        if self.kept is None or self.finished:
            return {}
        moved = moving(self.model, self.frozen[self.kept.stage])
        return {name: tensor for name, tensor in self.kept.state.items() if name in moved}

    def _resumed(self) -> int:
        """Go on from the newest checkpoint, if that is wanted and there is one; return the stage to start with."""
        if self.checkpoints is None or not self.options.resume:
            return 0
        found = self.checkpoints.newest(self.options.run_key)
        if found is None:
            if not self.checkpoints.findings:
                message = f"there is no checkpoint in {self.options.checkpoints} to resume: the run starts anew"
                self.fitted.findings.append(Finding("nothing-to-resume", "warning", message))
            return 0
        stage = int(found.run["stage"])
        self._go_on(found)
        fitted = self.fitted
        fitted.findings = [finding for finding in fitted.findings if finding.code != "resumed"]  # say the last one
        place = f"after epoch {self.standing.epochs_done}" + (
            f", step {self.standing.step}," * bool(self.standing.step)
        )
        message = f"resumed {place} of stage {stage + 1}" if not self.finished else "resumed after its last stage"
        fitted.findings.append(Finding("resumed", "info", message))
        return stage

    def _go_on(self, found: Checkpoint) -> None:
        """Take over the record and the weights of the session that was cut off."""
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
        self.standing, self.finished = found.standing, run["finished"]
        self.last = None if run["last"] is None else tuple(run["last"])
        tensors = moving(self.model, self.frozen[-1])
        if run["kept"] is not None and not self.finished:
            # What no stage had moved by then is as it was before the first one: as it is now.
            state = {**copied(tensors), **found.kept}
            self.kept = Kept(int(run["kept"]["stage"]), tuple(run["kept"]["merit"]), state)
        put({name: tensors[name] for name in found.earlier}, found.earlier)

    def _say_why_it_ended(self) -> None:
        fitted, limit = self.fitted, self.options.time_limit
        fitted.findings += self.checkpoints.findings if self.checkpoints else []
        fitted.stored = self.supply.stored
        fitted.findings += [*self.supply.findings, *self.supply.frozen.findings]
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


def judged_by(counts: Iterable[int]) -> int:
    """Return how many examples of one task would give the standard error of a mean score of tasks with ``counts``."""
    known = [count for count in counts if count]
    return round(len(known) ** 2 / sum(1 / count for count in known)) if known else 0


def standard_error(share: float, count: int) -> float:
    """Return the standard error of a share of ``count``, with one right and one wrong added so that it is never 0."""
    share = (share * count + 1) / (count + 2)
    return float(np.sqrt(share * (1 - share) / (count + 2)))
