"""The training loop: epochs of batches through objective, optimiser and schedule, keeping the best weights.

    for each epoch:  for each batch:  rates -> loss -> gradients -> clip -> step -> average -> checkpoint if due
                     score on valid -> keep the best -> record -> stop early?
    on divergence: return to the last good state, at lower rates
    if the first epochs did harm: return to the start of the stage, at lower rates

In: a model, a stage, and sources of batches. Out: the model with trained weights, and the history. The loop trains one
stage of any strategy, for one task or several. Every random choice is derived from (seed, epoch, step), so a stage that
is resumed after a step continues exactly as it would have without the interruption.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from math import inf
from typing import Any

import numpy as np
import torch

from ghep.data.image.augment import AUGMENTS
from ghep.data.loading.batches import Batch, BatchSource, training_batches
from ghep.data.loading.views import Views
from ghep.errors import ConfigError, Interrupted, did_you_mean
from ghep.messages import text_of
from ghep.model.lora import merge_lora, refuse_unused
from ghep.model.memory import halved
from ghep.model.transfer import TransferModel
from ghep.team import Team
from ghep.training.adapted import adapted
from ghep.training.average import MovingAverage
from ghep.training.divergence import (
    RETRIES,
    DivergedError,
    check_gradient,
    check_loss,
    check_weights,
    root_mean_square,
)
from ghep.training.goal import Goal, LabelGoal, Measured
from ghep.training.harm import RESTARTS, acquitted, concluded, did_harm, harm_line, judged_after, restarted
from ghep.training.keep import PretrainedAnchor, SourceAnswers
from ghep.training.memory import keep_freed_memory
from ghep.training.moving import copied, moving, put
from ghep.training.objective import Losses, weighted_sum
from ghep.training.optim import build_optimizer, groups_of, load_slots, rate_factor, set_rates
from ghep.training.precision import Precision, least_rows
from ghep.training.range_test import range_test
from ghep.training.recovery import place_in, recovered
from ghep.training.session import Session
from ghep.training.stage import Stage
from ghep.training.state import COPIES, DIVERGED, TIME_LIMIT, Epoch, TaskEpoch, TrainingState, ValidResult
from ghep.training.together import Together, shared_parameters
from ghep.types import Finding


def train_stage(
    model: TransferModel,
    stage: Stage,
    train: BatchSource,
    valid: BatchSource | None,
    session: Session | None = None,
    *,
    precision: Precision,
    state: TrainingState | None = None,
    budget_seconds: float | None = None,
    save: Callable[[TrainingState], None] | None = None,
    due: Callable[[], bool] = lambda: True,
    start: Mapping[str, torch.Tensor] | None = None,
    answers: SourceAnswers | None = None,
    goal: Goal | None = None,
) -> TrainingState:
    """Train ``stage`` and return the final state. ``model`` ends with the weights that score best on ``valid``.

    Without ``valid``, ``model`` ends with the last weights, or their moving average if the stage has one.
    Adapters are added at the start and merged at the end.

    ``save`` is called with a copy of the state after every step and every epoch at which ``due`` is true. With
    ``state``, training continues after the last step in it, bit for bit on a CPU. With ``budget_seconds``, the
    learning-rate schedule and the training end after that time if the last epoch has not ended before, so the result
    depends on the machine's speed. After a divergence, training returns to the start of the epoch and continues at
    lower rates, a few times per run, unless the session's ``on_divergence`` is ``stop``; so it does, from the start of
    the stage, if the first quarter of the stage has done harm.

    A stage with ``keep`` needs the pretrained weights ``start`` (l2sp), or the source classifier's ``answers`` (lwf).
    ``goal`` is what the stage minimises; None: the loss of the model's tasks.

    Raises Interrupted after the step in which ``session.stop`` was requested; the state is saved first. Raises
    ConfigError for an unknown augmentation.
    """
    if stage.augment not in AUGMENTS:
        hint = did_you_mean(stage.augment, AUGMENTS)
        raise ConfigError("unknown-augmentation", name=stage.augment, hint=hint)
    if goal is None:
        lwf = stage.keep is not None and stage.keep.method == "lwf"
        goal = LabelGoal(stage, model.tasks, train, answers if lwf else None, None if session is None else session.team)
    if valid is not None and not goal.can_judge(valid):
        valid = None
    session, state = session or Session(), state or TrainingState()
    state = replace(state, history=list(state.history))
    if model.device.type == "cpu":
        keep_freed_memory()
    with torch.random.fork_rng(devices=[]), session.stop.heard(), adapted(model.backbone, stage, seed=session.seed):
        torch.manual_seed(session.seed)
        rows = goal.rows(train, stage, seed=session.seed, epoch=0)
        examples = len(train) if rows is None else len(rows.places)
        clock = _Clock(stage, examples, state.seconds, budget_seconds, session.team)
        training = _Training(model, stage, train, valid, session, precision, state, clock, save, due, start, goal)
        while True:
            try:
                if training.did_harm():
                    training.restart()
                elif training.state.epochs_done >= stage.epochs or training.state.stopped:
                    break
                else:
                    session.reporter.epoch(training.epoch())
            except DivergedError as cause:
                training.roll_back(cause)
            training.save_if_due()
        return training.finish()


class _Training:
    """One stage in training: the model, its optimiser, average and objective, and the current state."""

    def __init__(
        self,
        model: TransferModel,
        stage: Stage,
        train: BatchSource,
        valid: BatchSource | None,
        session: Session,
        precision: Precision,
        state: TrainingState,
        clock: _Clock,
        save: Callable[[TrainingState], None] | None,
        due: Callable[[], bool],
        start: Mapping[str, torch.Tensor] | None,
        goal: Goal,
    ) -> None:
        model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
        precision.apply(model)
        self.model, self.stage, self.train, self.valid = model, stage, train, valid
        self.session, self.clock, self.save, self.due = session, clock, save, due
        self.team = session.team
        self.moving = moving(model, stage.still_blocks)
        groups = groups_of(model, stage)
        self.optimizer = build_optimizer(groups, stage.optim)
        self.average = MovingAverage(self.moving, stage.optim.ema_decay) if stage.optim.ema_decay > 0 else None
        self.goal = goal
        l2sp = stage.keep is not None and stage.keep.method == "l2sp"
        self.anchor = PretrainedAnchor(model, stage, start or {}, stage.keep.weight) if stage.keep and l2sp else None
        self.parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.size = root_mean_square(self.parameters)
        names, self.shared = [task.name for task in model.tasks], shared_parameters(model, groups)
        self.together = (
            Together(names, self.shared, self.parameters, stage.sharing, clock.total_steps, self.team)
            if len(names) > 1
            else None
        )
        self.precision = replace(precision, rows_at_once=state.rows_at_once if self.team.size == 1 else None)
        self.state = state
        self.start: TrainingState | None = None
        """Snapshot at the start of this epoch, until a healthy step follows."""
        self._restore()
        if valid is not None and self.state.start_each is None:
            self.state.start_each = goal.start_each(model, train, valid)
        self.team.share(list(self.moving.values()))

    def epoch(self) -> Epoch:
        """Train on the rest of the epoch, score the model, keep the best weights, decide whether to stop early.

        Returns the row of the history for this epoch.

        Raises DivergedError, and Interrupted after saving.
        """
        try:
            train_loss = self._pass()
            check_weights(self.parameters, before=self.size)
            measured = None if self.valid is None else self._measure(self.valid)
        except Interrupted:
            if self.save is not None:
                self.save(self.snapshot())
            raise
        self.team.share(list(self.moving.values()))  # equal already, unless their processors round differently
        state = self.state
        state.seconds, began = self.clock.seconds, state.epoch_began
        state.epochs_done += 1
        state.step, state.loss_sum, state.loss_count, state.epoch_began = 0, 0.0, 0, state.seconds
        head_lr, seconds = float(self.optimizer.param_groups[-1]["lr"]), state.seconds - began
        tasks = self._tasks_in_epoch({} if measured is None else measured.tasks)
        loss, score = (None, None) if measured is None else (measured.result.loss, measured.result.score)
        varied = (None, None) if measured is None or measured.answers is None else measured.answers
        row = Epoch(self.stage.name, state.epochs_done, train_loss, loss, score, head_lr, seconds, tasks, *varied)
        state.history.append(row)
        _decide(self.stage, self.clock, state)
        return row

    def _pass(self) -> float:
        """Train on the rest of the epoch; return the mean loss of the whole epoch, NaN if it had no batch."""
        self.model.train()
        state = self.state
        self.start = replace(self.snapshot(), good=None, begin=None, best_state=None) if state.step == 0 else None
        if self.start is not None and state.epochs_done == 0 and self._may_restart():
            state.begin = self.start
        for step, batch in self._batches(state.epochs_done, state.step):
            self._step(step, batch)
            state.step = step + 1
            self._stop_if_asked()
            self.save_if_due()
            if self.clock.out_of_time:
                break
        return state.loss_sum / state.loss_count if state.loss_count else float("nan")

    def _batches(self, epoch: int, start: int = 0) -> Iterator[tuple[int, Batch]]:
        """Yield (step, batch) for the rest of an epoch, from step ``start`` on, without the left-out examples."""
        stage, left_out, team = self.stage, self.state.left_out, self.team
        batches = training_batches(
            self.train,
            batch_size=stage.batch_size,
            views=Views(stage.augment, stage.views),
            seed=self.session.seed,
            epoch=epoch,
            start=start,
            workers=self.session.options.workers,
            rows=self.goal.rows(self.train, stage, seed=self.session.seed, epoch=epoch),
            mine=team.rows if team.size > 1 and not stage.objective.blends else None,
        )
        for step, batch in enumerate(batches, start):
            usable = _without(batch, left_out)
            enough = len(usable.indices) > 1 or len(batch.indices) == 1  # BatchNorm needs two rows
            if enough and _each_has_rows(batch, left_out, team):
                yield step, usable

    def _step(self, step: int, batch: Batch) -> None:
        """Take one optimiser step, or raise DivergedError before any parameter changes.

        BatchNorm's statistics have changed by then; the roll-back restores them.
        """
        stage, state = self.stage, self.state
        self._set_rates(step)
        value = None
        while value is None:
            with suppress(torch.OutOfMemoryError):  # handled below: the exception holds the tensors of the failed pass
                value = self._set_gradients(step, batch)
            if value is None:
                self._take_fewer_rows(step, batch)
        if self.anchor is not None:
            self.anchor.add_gradient()
        check_gradient(_clip(self.parameters, stage.optim.clip_norm), step)
        if self.start is not None:
            state.good, state.suspected, self.start = self.start, False, None
        self.optimizer.step()
        if self.average is not None:
            self.average.update(self.moving)
        state.steps += 1
        state.loss_sum += value * len(batch.indices)
        state.loss_count += len(batch.indices)

    def _set_gradients(self, step: int, batch: Batch) -> float:
        """Set the gradients of the loss on ``batch``; return the loss, or raise DivergedError."""
        state = self.state
        rng = np.random.default_rng([self.session.seed, state.epochs_done, 2, step])
        losses, weights = self.goal.losses(self.model, batch, self.precision, rng), self._weights()
        if self.start is not None:
            refuse_unused(self.model.backbone)
        loss = weighted_sum(losses, weights)
        value = check_loss(loss, batch, step, usual=self._usual_loss(), team=self.team)
        self.optimizer.zero_grad(set_to_none=True)
        if self.together is None:
            whole = loss if losses.kept is None else loss + losses.kept
            whole.backward()  # type: ignore[no-untyped-call]
            self.team.sum_all([one.grad for one in self.shared.every if one.grad is not None])
        else:
            step_of_stage = state.epochs_done * self.clock.steps_per_epoch + step
            self.together.backward(losses, step=step_of_stage, rng=rng)
            self._count(losses, weights)
        return value

    def _take_fewer_rows(self, step: int, batch: Batch) -> None:
        """Halve the rows whose intermediate results are in memory at once, for the rest of the run, and say so.

        Raises ConfigError if several processes share the batch: they would have to begin the step again together.
        """
        if self.team.size > 1:
            raise ConfigError("team-out-of-memory", device=str(self.model.device), batch=self.stage.batch_size)
        state, model = self.state, self.model
        self.optimizer.zero_grad(set_to_none=True)
        now, least = min(len(batch.indices), state.rows_at_once or len(batch.indices)), least_rows(model)
        state.rows_at_once = halved(now, device=model.device, least=least)
        self.precision = replace(self.precision, rows_at_once=state.rows_at_once)
        told: dict[str, Any] = {"device": str(model.device), "rows": state.rows_at_once, "batch": self.stage.batch_size}
        told |= {"statistics": "yes" if least > 1 else "no", "place": place_in(self.stage, state.epochs_done, step + 1)}
        finding = Finding.of("step-in-parts", "warning" if least > 1 else "info", **told)
        state.findings = [*(one for one in state.findings if one.code != finding.code), finding]
        self.session.reporter.say(finding.message)

    def _weights(self) -> list[float]:
        """Return the factor of each task's loss."""
        return [1.0] if self.together is None else self.together.weights()

    def _count(self, losses: Losses, weights: Sequence[float]) -> None:
        """Add this step to the sums that ``TaskEpoch`` is made from."""
        for task, loss, weight in zip(self.model.tasks, losses.each, weights, strict=True):
            sums = self.state.task_sums.setdefault(task.name, [0.0, 0.0, 0.0, 0.0])
            mean = loss.mean.item() if loss.rows else 0.0
            for index, value in enumerate((mean * loss.rows, loss.rows, weight, 1.0)):
                sums[index] += value

    def _tasks_in_epoch(self, valid: Mapping[str, ValidResult]) -> tuple[TaskEpoch, ...]:
        """End the epoch in the statistics of the tasks; return a row per task, or nothing for a single-task model.

        ``valid`` holds the validation results of the tasks that have labels there.
        """
        if self.together is None:
            return ()
        self.together.end_epoch()
        self.state.gradients = self.together.seen()
        found = []
        for task, (loss, rows, weight, steps) in self.state.task_sums.items():
            score, valid_loss = valid.get(task, (None, None))
            train = loss / rows if rows else None
            found.append(TaskEpoch(task, train, valid_loss, score, weight / steps, int(rows)))
        self.state.task_sums = {}
        return tuple(found)

    def _set_rates(self, step: int) -> None:
        factor = rate_factor(self.clock.progress(self.state.epochs_done, step), self.stage.optim)
        set_rates(self.optimizer, factor * self.state.rate_scale)

    def _usual_loss(self) -> float:
        """Return the loss that ``check_loss`` compares the next loss with.

        This is the mean loss of the epoch so far, or of the epoch before at the start of one, but at least the loss of
        guessing. It is infinite for the first loss of a stage: no step was taken yet, and a head that was solved on
        wrong labels can be very confident and have a large loss.
        """
        state = self.state
        if state.loss_count:
            usual = state.loss_sum / state.loss_count
        else:
            usual = state.history[-1].train_loss if state.history else inf
        return max(self.goal.guessing(self._weights()), usual)

    def save_if_due(self) -> None:
        """Save a checkpoint if one is due."""
        if self.save is not None and self.due():
            self.save(self.snapshot())

    def _stop_if_asked(self, *_: int) -> None:
        """Raise Interrupted if any process was asked to stop; all processes call this after the same step."""
        if self.team.any(self.session.stop.asked):
            state = self.state
            raise Interrupted("training-interrupted", place=place_in(self.stage, state.epochs_done, state.step))

    def _measure(self, valid: BatchSource) -> Measured:
        """Score the epoch on valid, with the averaged weights if there are any; keep the weights if they are the best.

        Raises DivergedError if the loss is not finite.
        """
        state, workers = self.state, self.session.options.workers
        current = copied(self.moving) if self.average is not None else None
        if self.average is not None:
            put(self.moving, self.average.state())
        try:
            measured = self.goal.measure(
                self.model, valid, self.precision, workers=workers, progress=self._stop_if_asked
            )
            if self.team.size > 1:
                self._stop_if_asked()
                measured = measured._replace(result=self.team.told(measured.result))
            if not np.isfinite(measured.result.loss):  # diverged in the last step of the epoch
                raise DivergedError("valid-loss-not-finite", None)
            state.last_each = measured.each
            if measured.result.better_than(state.best):
                state.best, state.best_epoch = measured.result, state.epochs_done + 1
                state.best_state, state.best_each = copied(self.moving), state.last_each
        finally:
            if current is not None:
                put(self.moving, current)
        return measured

    def roll_back(self, cause: DivergedError) -> None:
        """Return to the last good state at lower rates, without examples whose inputs are not finite, or give up.

        That is the start of the stage if the epochs before have done harm.
        """
        self.state.seconds = self.clock.seconds
        retries = RETRIES if self.session.options.on_divergence == "retry" else 0
        self.state, finding = recovered(
            *(self.state, self.start, cause, self.stage, self.train), retries=retries, harmed=self._is_harmed()
        )
        self._restore()
        self.session.reporter.say(text_of("diverged-line", finding=finding.message))

    def did_harm(self) -> bool:
        """Whether the first quarter of the stage ended far below its start; asked until that is known."""
        state = self.state
        if state.begin is None or state.stopped in (DIVERGED, TIME_LIMIT):
            return False
        if state.epochs_done < judged_after(self.stage) and not state.stopped:
            return False
        if self._is_harmed():
            return True
        state.begin = None
        return False

    def restart(self) -> None:
        """Return to the start of the stage, at the largest rates that a range test from there calls safe.

        If the test acquits the rates, training continues instead.
        """
        begin, batches = self.state.begin, (batch for epoch in count() for _, batch in self._batches(epoch))
        assert begin is not None
        try:
            tested = range_test(
                *(self.model, self.stage, batches, self.goal, self.precision),
                start=begin.model_state,
                highest=self.state.rate_scale,
                seed=self.session.seed,
                stop_if_asked=self._stop_if_asked,
                team=self.team,
            )
        except Interrupted:
            if self.save is not None:
                self.save(self.snapshot())
            raise
        self.state.seconds = self.clock.seconds
        guessing, augmented = self.goal.guessing(self._weights()), self.goal.augments(self.stage)
        findings = acquitted(self.state, self.stage, tested, guessing=guessing, augmented=augmented)
        if findings is not None:
            self.state.begin, self.state.findings = None, [*self.state.findings, *findings]
            for finding in findings:
                self.session.reporter.say(finding.message)
            return
        self.state, finding = restarted(self.state, self.stage, tested)
        self._restore()
        self.session.reporter.say(harm_line(finding))

    def _may_restart(self) -> bool:
        state = self.state
        wanted = self.session.options.on_divergence == "retry" and state.restarts < RESTARTS
        return wanted and self.valid is not None and state.start_each is not None

    def _is_harmed(self, *, ended: bool = False) -> bool:
        """Whether the best epoch so far is far below the start of the stage."""
        state = self.state
        if state.start_each is None or state.best_each is None or not state.history:
            return False
        losses, guessing = [row.train_loss for row in state.history], self.goal.guessing(self._weights())
        return did_harm(state.start_each, state.best_each, train_losses=losses, guessing=guessing, ended=ended)

    def snapshot(self) -> TrainingState:
        """Return a copy of the state, with the tensors that training needs to continue from here."""
        self.state.seconds = self.clock.seconds
        return replace(
            self.state,
            history=list(self.state.history),
            model_state=copied(self.moving),
            task_sums={task: list(sums) for task, sums in self.state.task_sums.items()},
            average_state=self.average.state() if self.average else None,
            together_state=self.together.state() if self.together else None,
            optimizer_state={
                index: {key: torch.as_tensor(value).clone() for key, value in slots.items() if value is not None}
                for index, slots in self.optimizer.state_dict()["state"].items()
            },
            torch_rng=torch.get_rng_state(),
        )

    def _restore(self) -> None:
        """Load the tensors of ``self.state`` if it is a snapshot; the snapshot itself is not changed by training."""
        state = self.state
        if state.model_state is None:
            return
        put(self.moving, state.model_state)
        if self.average is not None and state.average_state is not None:
            self.average.load(state.average_state)
        if self.together is not None and state.together_state is not None:
            self.together.load(state.together_state)
        load_slots(self.optimizer, state.optimizer_state or {})
        if state.torch_rng is not None:
            torch.set_rng_state(state.torch_rng)
        self._set_rates(max(0, state.step - 1))  # the history shows this rate if no step of the epoch is left
        cleared: dict[str, Any] = dict.fromkeys(COPIES)
        sums = {task: list(sums) for task, sums in state.task_sums.items()}
        self.state = replace(state, task_sums=sums, **cleared)

    def finish(self) -> TrainingState:
        """Load the best weights (without a validation split the average, else the last), merge adapters."""
        harmed = self.state.stopped != DIVERGED and self._is_harmed(ended=True)
        self.state.findings = concluded(self.state.findings, self.state, self.stage, harmed=harmed)
        if self.state.best_state is not None:
            put(self.moving, self.state.best_state)
        elif self.average is not None:
            put(self.moving, self.average.state())
        merge_lora(self.model.backbone)
        self.model.eval()
        return self.state


def _without(batch: Batch, indices: Sequence[int]) -> Batch:
    """Return ``batch`` without the examples ``indices`` of the training split."""
    if not indices or not (left := np.isin(batch.indices, indices)).any():
        return batch
    rows, mine = torch.from_numpy(~left), batch.mine
    targets = {task: values[rows] for task, values in batch.targets.items()}
    inputs = batch.inputs[rows if mine is None else rows[mine]]
    if mine is not None:
        first = int(rows[: mine.start].sum())
        mine = slice(first, first + len(inputs))
    return Batch(batch.indices[~left], inputs, targets, batch.boundary, mine)


def _each_has_rows(batch: Batch, left_out: Sequence[int], team: Team) -> bool:
    """Whether each process has a row of ``batch`` without the examples ``left_out``; all processes know the answer."""
    if batch.mine is None or not left_out:
        return True
    left = ~np.isin(batch.indices, left_out)
    return all(left[team.rows(len(left), rank)].any() for rank in range(team.size))


class _Clock:
    """Progress of the stage, by steps or by time, whichever is further."""

    def __init__(
        self, stage: Stage, examples: int, seconds: float, budget_seconds: float | None, team: Team | None = None
    ) -> None:
        self.steps_per_epoch = max(1, -(-examples // stage.batch_size))
        self.total_steps = max(1, stage.epochs * self.steps_per_epoch)
        self.budget_seconds = budget_seconds
        self.began = time.perf_counter() - seconds
        self.team = team or Team()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    @property
    def share(self) -> float:
        """The share of the budget that is used, by the clock of the first process; 0 without a budget."""
        return self.team.told(self.seconds / self.budget_seconds) if self.budget_seconds else 0.0

    @property
    def out_of_time(self) -> bool:
        return self.budget_seconds is not None and self.share >= 1

    def progress(self, epoch: int, step: int) -> float:
        by_steps = (epoch * self.steps_per_epoch + step + 0.5) / self.total_steps
        return min(1.0, max(by_steps, self.share))


def _clip(parameters: Sequence[torch.Tensor], clip_norm: float) -> torch.Tensor:
    """Clip the norm of all gradients together to ``clip_norm`` (0: no clipping); return the norm before clipping."""
    if clip_norm > 0:
        return torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
    return torch.nn.utils.get_total_norm([one.grad for one in parameters if one.grad is not None])


def _decide(stage: Stage, clock: _Clock, state: TrainingState) -> None:
    """Set ``state.stopped`` when time is up, or valid has not improved for ``stage.patience`` epochs."""
    if state.stopped:
        return
    if clock.out_of_time and state.epochs_done < stage.epochs:
        state.stopped = TIME_LIMIT
    elif stage.patience and state.best is not None and state.epochs_done - state.best_epoch >= stage.patience:
        state.stopped = text_of("stopped-patience", epochs=stage.patience, best_epoch=state.best_epoch)
