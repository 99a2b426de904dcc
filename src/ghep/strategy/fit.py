"""Run a plan. In: a model, a plan and two splits. Out: the fitted model and a ``Fitted`` with history and costs.

A stage either solves the heads on features or is trained by the training loop. Checkpoints are written on the way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ghep.backbone.source_head import SourceHead
from ghep.data.loading.batches import LabelledExamples
from ghep.features.frozen import FrozenPart
from ghep.messages import Message
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Interpolation, Plan
from ghep.strategy.caching import Caching
from ghep.strategy.precision import precision_of
from ghep.strategy.progress import Fitted, Kept, Progress, progress_from
from ghep.strategy.solve import SolvedHeads, solve_heads
from ghep.strategy.supply import Supply
from ghep.strategy.wise import interpolate
from ghep.tasks.base import labelled
from ghep.training.checkpoint import Checkpoint
from ghep.training.keep import SourceAnswers
from ghep.training.loop import train_stage
from ghep.training.moving import State, copied, moving, put
from ghep.training.objective import objective_for
from ghep.training.precision import Precision
from ghep.training.session import Session
from ghep.training.stage import Stage
from ghep.training.state import DIVERGED, TIME_LIMIT, Epoch, TrainingState, ValidResult
from ghep.training.validation import change
from ghep.types import Finding


def fit_plan(
    model: TransferModel,
    plan: Plan,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    session: Session,
    frozen: FrozenPart | None = None,
    *,
    resume_from: Checkpoint | None = None,
    source: SourceHead | None = None,
    inspect: Callable[[], Mapping[str, float]] | None = None,
) -> Fitted:
    """Run every stage of ``plan`` on ``model``, in place.

    ``frozen`` is the model's backbone in its current state. If it has a store, stages with frozen blocks train on
    cached activations where that is faster; otherwise frozen blocks run in every epoch. With ``resume_from``, the plan
    continues where that checkpoint was written. ``source`` is the classifier of the backbone's source task, which
    stages with ``keep="lwf"`` need. ``inspect`` measures the model at each alpha that an interpolation tries; the
    numbers are added to its record.

    Raises Interrupted, after saving, if ``session.stop`` was requested during training.
    """
    if frozen is None:
        frozen = FrozenPart(model.backbone, workers=session.options.workers, progress=session.reporter.progress)
    return _Fitting(model, plan, train, valid, session, frozen, source, inspect).run(resume_from)


class _Fitting:
    """A plan in progress."""

    def __init__(
        self,
        model: TransferModel,
        plan: Plan,
        train: LabelledExamples,
        valid: LabelledExamples | None,
        session: Session,
        frozen: FrozenPart,
        source: SourceHead | None,
        inspect: Callable[[], Mapping[str, float]] | None,
    ) -> None:
        self.model, self.plan, self.train, self.valid, self.session = model, plan, train, valid, session
        self.source, self.inspect = source, inspect
        limit = 0 if frozen.store is None else frozen.store.limit_bytes
        self.team = session.team
        self.supply = Supply(plan.stages, train, valid, frozen, limit, session.reporter.say, team=self.team)
        self.progress = Progress()
        self.patience: Message | None = None
        """Why the last stage that patience ended did so."""
        self.unchanged = [
            min(stage.frozen_blocks for stage in plan.stages[:end]) for end in range(1, len(plan.stages) + 1)
        ]
        """Number of leading blocks that are still unchanged after each stage."""
        keeps = [stage.keep.method for stage in plan.stages if stage.keep is not None]
        from_start = plan.interpolation is not None or "l2sp" in keeps
        self.start: State = copied(moving(model, self.unchanged[-1])) if from_start else {}
        """The weights before training that the plan refers to later; with an interpolation, with the solved heads."""
        self.answers: SourceAnswers | None = None
        """With lwf: what the source classifier answered before training."""
        self.began = time.perf_counter()

    @property
    def fitted(self) -> Fitted:
        return self.progress.fitted

    def run(self, resume_from: Checkpoint | None) -> Fitted:
        first, progress, last = 0, self.progress, len(self.plan.stages)
        if resume_from is not None and resume_from.run["stored"] is not None:
            self.supply.caching = Caching(tuple(resume_from.run["stored"]))
        if self.source is not None:
            self.answers = SourceAnswers(self.source, self._plain_features()["train"])
        if resume_from is not None:
            first, progress = self._resume(resume_from), self.progress
        elif self.plan.interpolation is not None and self.plan.stages[0].head != "solve":
            self._solve_before(self.plan.interpolation.solve)
        for index, stage in enumerate(self.plan.stages[first:], first):
            if index > 0 and self._left() <= 0:
                self.fitted.stopped = TIME_LIMIT
                break
            if stage.head == "solve":
                self._keep(index, self._solve(index))
            else:
                done = self._train(index, progress.state)
                progress.last, progress.state = done.best, done.next_stage()
                self._keep(index, done.best)
                if done.stopped == DIVERGED:
                    break
            if index + 1 < last:
                self._save(index + 1, progress.state)
        if not progress.finished:
            self._restore_best()
            if self.plan.interpolation is not None:
                self._interpolate(self.plan.interpolation)
            progress.finished = True
            self._save(last, progress.state)
        self.model.eval()
        self.fitted.seconds += time.perf_counter() - self.began
        self._collect_findings()
        return self.fitted

    def _keep(self, index: int, found: ValidResult | None) -> None:
        """Keep a copy of the weights if they are the best of all stages so far.

        The next stage still continues from the weights of the previous stage, even if those are worse: a stage that
        unfreezes a block often loses a little accuracy before it gains.
        """
        kept = self.progress.kept
        if found is not None and found.better_than(None if kept is None else kept.result):
            self.progress.kept = Kept(index, found, copied(moving(self.model, self.unchanged[-1])))

    def _restore_best(self) -> None:
        """Load the best weights of all stages if the last stage is worse by more than one standard error.

        The standard error is that of the score on valid. Without this margin, a probe with a lucky score on a small
        validation split would undo every fine-tuning.
        """
        kept, last = self.progress.kept, self.progress.last
        if kept is None or self.valid is None:
            return
        count = judged_by(int(labelled(targets).sum()) for targets in self.valid.targets.values())
        best = kept.result.score
        if last is not None and best - last.score <= standard_error(best, count):
            return
        put(moving(self.model, self.unchanged[-1]), kept.state)
        self.fitted.start_kept = self.plan.stages[kept.stage].head == "solve"

    def _left(self) -> float:
        """Return the seconds left of the time limit; infinity without one."""
        used, limit = self.fitted.seconds + time.perf_counter() - self.began, self.session.options.time_limit
        return float("inf") if limit is None else self.team.told(limit - used)

    def _solve(self, index: int) -> ValidResult | None:
        """Extract features once and load the solved heads into the model; return their score and loss on valid.

        The solved stage is in the history as epoch 0.
        """
        stage, fitted, refit = self.plan.stages[index], self.fitted, self.session.options.refit
        self.model.freeze(stage.frozen_blocks)
        since = time.perf_counter()
        features = self.supply.features(index, by_all=False)
        fitted.examples_seen += len(self.train) + (0 if self.valid is None else len(self.valid))
        fitted.spent("extract", since)
        fitted.features = features
        since = time.perf_counter()
        solved = self._solved(stage, features, refit=refit)
        fitted.spent("solve", since)
        fitted.findings += solved.findings
        if self.plan.interpolation is not None and index == 0:
            self.start |= self._heads()
        if refit and self.valid is not None:
            fitted.chosen_on = solved.logits
        self.progress.state.start_each = solved.each
        score, loss = solved.result or (None, None)
        seconds = fitted.phases["extract"] + fitted.phases["solve"]
        varied = solved.answers or (None, None)
        row = Epoch(stage.name, 0, float("nan"), loss, score, 0.0, seconds, (), *varied)
        fitted.history.append(row)
        self.session.reporter.epoch(row)
        return solved.result

    def _solved(self, stage: Stage, features: Mapping[str, np.ndarray], *, refit: bool = False) -> SolvedHeads:
        """Load the heads for ``features`` into the model, and return how they do; the first process solves for all."""
        alone = (
            solve_heads(self.model, stage, features, self.train, self.valid, refit=refit) if self.team.first else None
        )
        solved = self.team.told(alone)
        assert solved is not None
        self.team.share(list(self.model.heads.parameters()))
        return solved

    def _heads(self) -> State:
        """Return copies of the heads' tensors, by their names in a bundle."""
        return copied({name: one for name, one in self.model.state().items() if name.startswith("heads.")})

    def _plain_features(self, *, by_all: bool = True) -> dict[str, np.ndarray]:
        """Return split -> features (N, D) of the backbone before training, in the plain view.

        ``by_all`` as in ``Supply.features``.
        """
        since, blocks = time.perf_counter(), len(self.model.backbone.blocks())
        if self.plan.stages[0].head == "solve":
            features = self.supply.features(0, by_all=by_all)
        else:
            solve, supply = Stage("solve", (0.0,) * blocks, head="solve"), self.supply
            alone = Supply((solve,), self.train, self.valid, supply.frozen, supply.limit_bytes, team=self.team)
            features = alone.features(0, by_all=by_all)
            self.fitted.examples_seen += len(self.train) + (0 if self.valid is None else len(self.valid))
        self.fitted.spent("extract", since)
        return features

    def _solve_before(self, solve: Stage) -> None:
        """Solve the heads on the features before training for ``start``, and leave the model as it was."""
        before, features, since = self._heads(), self._plain_features(by_all=False), time.perf_counter()
        self.fitted.findings += self._solved(solve, features).findings
        self.start |= self._heads()
        put({name: self.model.state()[name] for name in before}, before)
        self.fitted.spent("solve", since)

    def _interpolate(self, wanted: Interpolation) -> None:
        """Put the model between ``start`` and its trained weights; record alpha and how others scored on valid."""
        since, fitted = time.perf_counter(), self.fitted
        index = min(range(len(self.plan.stages)), key=lambda i: self.plan.stages[i].frozen_blocks)
        stage, (_, valid) = self.plan.stages[index], self.supply.sources(index)
        objective = objective_for(stage.objective, self.model.tasks, self.train.targets)
        found = interpolate(
            self.model,
            self.start,
            unchanged=self.unchanged[-1],
            alpha=wanted.alpha,
            valid=valid,
            class_weights=objective.weights,
            precision=fitted.precision or Precision(),
            workers=self.session.options.workers,
            inspect=self.inspect,
            team=self.team,
        )
        fitted.interpolated = found.to_json()
        fitted.findings.append(found.finding(given=wanted.alpha is not None))
        fitted.spent("interpolate", since)

    def _train(self, index: int, state: TrainingState) -> TrainingState:
        """Train stage ``index`` from ``state``, add its results to ``fitted``, and return its final state."""
        stage, fitted, session = self.plan.stages[index], self.fitted, self.session
        since = time.perf_counter()
        train, valid = self.supply.sources(index)
        fitted.spent("extract", since)
        if fitted.precision is None:
            precision = precision_of(self.model, self.plan.stages, self.supply, session, fitted)
            fitted.precision = self.team.told(precision)
        since = time.perf_counter()
        result = train_stage(
            self.model,
            stage,
            train,
            valid,
            replace(session, seed=session.seed * 1000 + index),  # each stage has its own order and views
            precision=fitted.precision,
            state=state,
            budget_seconds=self.team.told(self._budget(index, state.seconds)),
            save=lambda current: self._save(index, current, since),
            due=session.checkpoints.due if session.checkpoints else lambda: False,
            start=self.start,
            answers=self.answers,
        )
        fitted.spent("train", since)
        fitted.history += result.history
        fitted.tail = tail_of(stage, result) or fitted.tail
        fitted.findings += result.findings
        fitted.examples_seen += result.epochs_done * len(self.train)
        fitted.gradients = result.gradients or fitted.gradients
        fitted.stopped = result.stopped or fitted.stopped
        if result.stopped not in ("", TIME_LIMIT, DIVERGED):
            said = {"epochs": stage.patience, "best_epoch": result.best_epoch}
            self.patience = Message("stopped-patience", said)
        return result

    def _budget(self, index: int, used: float) -> float | None:
        """Return the seconds that stage ``index`` may take: its share of the remaining time, in proportion to epochs.

        The seconds ``used`` for the stage in earlier sessions are added. None without a time limit.
        """
        if self.session.options.time_limit is None:
            return None
        epochs = [stage.epochs for stage in self.plan.stages[index:]]
        return used + max(0.01, self._left()) * epochs[0] / max(1, sum(epochs))

    def _save(self, index: int, current: TrainingState, since: float | None = None) -> None:
        """Write a checkpoint with ``current``, the state of stage ``index``, which has trained since ``since``."""
        checkpoints, caching = self.session.checkpoints, self.supply.caching
        if checkpoints is None:
            return
        run, now = self.progress.to_json(), time.perf_counter()
        train = {} if since is None else {"train": run["phases"].get("train", 0.0) + now - since}
        run |= {
            "key": checkpoints.key,
            "stage": index,
            "stored": None if caching is None else list(caching.stored),
            "phases": {**run["phases"], **train},
            "seconds": run["seconds"] + now - self.began,
        }
        heads = {name: tensor for name, tensor in self.start.items() if name.startswith("heads.")}
        solved = heads if self.plan.interpolation is not None else {}
        made = Checkpoint(run, current, self._earlier(index, current), self._best_of_earlier(), solved)
        checkpoints.save(made, self.session.reporter.say)

    def _earlier(self, index: int, current: TrainingState) -> State:
        """Return the tensors that stages before ``index`` changed and that are not in ``current``."""
        if index == 0:
            return {}
        held = current.model_state or {}
        moved = moving(self.model, self.unchanged[index - 1])
        return {name: tensor for name, tensor in moved.items() if name not in held}

    def _best_of_earlier(self) -> State:
        """Return the best weights of earlier stages, without tensors that equal the pretrained backbone.

        The result is empty once the run is over.
        """
        kept = self.progress.kept
        if kept is None or self.progress.finished:
            return {}
        moved = moving(self.model, self.unchanged[kept.stage])
        return {name: tensor for name, tensor in kept.state.items() if name in moved}

    def _resume(self, found: Checkpoint) -> int:
        """Load progress and weights of the interrupted session; return the index of the stage to continue."""
        stage, tensors = int(found.run["stage"]), moving(self.model, self.unchanged[-1])
        self.progress = progress_from(found, copied(tensors))
        put({name: tensors[name] for name in found.earlier}, found.earlier)
        self.start |= found.solved
        if self.progress.finished:
            self.fitted.findings.append(Finding.of("resumed", "info", message="resumed-finished"))
        else:
            epoch, step = found.state.epochs_done, found.state.step
            self.fitted.findings.append(Finding.of("resumed", "info", epoch=epoch, step=step, stage=stage + 1))
        return stage

    def _collect_findings(self) -> None:
        fitted, limit, checkpoints = self.fitted, self.session.options.time_limit, self.session.checkpoints
        fitted.findings += checkpoints.findings if checkpoints else []
        fitted.stored = self.supply.stored
        fitted.findings += [*self.supply.findings, *self.supply.frozen.findings]
        trained = any(stage.epochs for stage in self.plan.stages)
        if fitted.stopped and fitted.stopped != DIVERGED:
            cause = Message("time-limit-reached") if fitted.stopped == TIME_LIMIT else self.patience or fitted.stopped
            fitted.findings.append(Finding.of("stopped-early", "info", cause=cause))
        elif limit is not None and not trained and fitted.seconds > limit:
            finding = Finding.of("time-limit-exceeded", "warning", seconds=fitted.seconds, limit=limit)
            fitted.findings.append(finding)
        if trained and fitted.start_kept and fitted.history:
            augmented = any(one.epochs and (one.augment != "none" or one.objective.blends) for one in self.plan.stages)
            fitted.findings.append(Finding.of("start-kept", "info", augmented="yes" if augmented else "no"))


def tail_of(stage: Stage, state: TrainingState) -> dict[str, Any] | None:
    """Return what became of valid after the best epoch of a finished stage, as plain values; None without valid."""
    if state.best_each is None or state.last_each is None:
        return None
    loss, score = (change(state.best_each, state.last_each, what) for what in ("loss", "score"))
    return {
        "stage": stage.name,
        "best_epoch": state.best_epoch,
        "epochs": state.epochs_done,
        "seconds": sum(row.seconds for row in state.history if row.epoch > state.best_epoch),
        "loss": {"rise": loss.difference, "p": loss.p_value},
        "score": {"rise": score.difference, "p": score.p_value},
    }


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
