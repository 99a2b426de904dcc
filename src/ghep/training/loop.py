"""The loop: epochs of batches through objective, optimiser and schedule, with the best weights kept.

    for each epoch:  for each batch:  rates -> loss -> gradients -> clip -> step -> average -> save if it is time
                     measure on valid -> keep the best -> record -> stop early?
    what diverges goes back to the last good standing, at lower rates

It trains one stage of any strategy, for one task or several, and knows no strategy's name. Every random choice comes
from (seed, epoch, step), so a stage that is resumed after a step goes on exactly as it would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np
import torch

from ghep.data.image.augment import AUGMENTS
from ghep.data.loading.batches import Batch, BatchSource, training_batches
from ghep.data.loading.views import Views
from ghep.errors import ConfigError, Interrupted, did_you_mean
from ghep.model.lora import merge_lora, refuse_unused
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.multitask.mixing import drawn
from ghep.tasks.base import Task, labelled
from ghep.training.adapted import adapted
from ghep.training.average import MovingAverage
from ghep.training.divergence import (
    RETRIES,
    DivergedError,
    check_gradient,
    check_loss,
    check_weights,
    guessing,
    root_mean_square,
    slower,
)
from ghep.training.memory import keep_freed_memory
from ghep.training.moving import State, copied, moving, put
from ghep.training.objective import Losses, objective_for, weighted_sum
from ghep.training.optim import build_optimizer, groups_of, load_slots, rate_factor, set_rates
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.training.stop import StopRequest
from ghep.training.together import Together, trunk_of
from ghep.types import Finding, Severity

Merit = tuple[float, float]
"""(validation score, minus validation loss): compared in this order, more is better."""


@dataclass(frozen=True, slots=True)
class TaskEpoch:
    """One task in an epoch, where there are several. Losses are means per labelled example."""

    task: str
    train_loss: float | None
    """None: no row of it came."""
    valid_loss: float | None
    valid_score: float | None
    weight: float
    """What its loss was multiplied by, mean over the steps."""
    rows: int
    """Labelled for it, that came."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of the history. Losses are means per example; ``valid_score`` is the tasks' mean primary score."""

    stage: str
    epoch: int
    train_loss: float
    """NaN where nothing was trained: in a solved stage."""
    valid_loss: float | None
    valid_score: float | None
    head_lr: float
    seconds: float
    tasks: tuple[TaskEpoch, ...] = ()
    """Each of them, where there are several."""


@dataclass
class Standing:
    """Where a stage stands after a step: all that is needed to go on from there."""

    epochs_done: int = 0
    step: int = 0
    """Batches of the current epoch that are done."""
    loss_sum: float = 0.0
    loss_count: int = 0
    """Of the current epoch, examples."""
    task_sums: dict[str, list[float]] = field(default_factory=dict)
    """Of the current epoch, where there are several tasks: [loss, labelled rows, weight, steps] of each, summed."""
    history: list[Epoch] = field(default_factory=list)
    best: Merit | None = None
    best_epoch: int = 0
    best_state: State | None = None
    seconds: float = 0.0
    epoch_began: float = 0.0
    """``seconds`` at the start of the current epoch."""
    stopped: str = ""
    """Why the stage ended before its last epoch; empty if it did not."""
    findings: list[Finding] = field(default_factory=list)
    steps: int = 0
    """Optimiser steps since the run began, all stages together, those that were rolled back too."""
    retries: int = 0
    """Divergences since the run began that were answered with lower rates."""
    rate_scale: float = 1.0
    """What every rate is multiplied by because of them."""
    left_out: tuple[int, ...] = ()
    """Places of training examples whose inputs are not finite."""
    gradients: dict[str, Any] | None = None
    """Of several tasks: what was seen of their gradients, as plain values, at the end of an epoch."""
    good: Standing | None = None
    """The latest start of an epoch from which a step was healthy: to roll back to."""
    suspected: bool = False
    """The start of the current epoch was rolled back to already, and no step from it was healthy yet."""
    model_state: State | None = None
    """What can move in this stage; None: the stage has not begun."""
    average_state: State | None = None
    optimizer_state: dict[int, State] | None = None
    together_state: State | None = None
    """Of several tasks: how their losses are weighted, and what was seen of their gradients."""
    torch_rng: torch.Tensor | None = None

    def next_stage(self) -> Standing:
        """Return the standing before the next stage: what has been learnt about the run goes with it."""
        return Standing(steps=self.steps, retries=self.retries, rate_scale=self.rate_scale, left_out=self.left_out)


COPIES = ("model_state", "average_state", "optimizer_state", "together_state", "torch_rng")
"""What of a standing is a copy, there only when it is to be gone on from."""
LEARNT = ("findings", "steps", "retries", "rate_scale", "left_out", "good", "best", "best_epoch", "best_state")
"""What of a standing is not forgotten when it is rolled back."""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Who is asked and told while a stage trains."""

    save: Callable[[Standing], None] | None = None
    """Called with copies, after every step and every epoch at which it is ``due``."""
    due: Callable[[], bool] = lambda: True
    stop: StopRequest = field(default_factory=StopRequest)
    report: Callable[[Epoch], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None


def train_stage(
    model: TransferModel,
    stage: Stage,
    train: BatchSource,
    valid: BatchSource | None,
    *,
    seed: int,
    precision: Precision,
    standing: Standing | None = None,
    hooks: Hooks | None = None,
    budget_seconds: float | None = None,
    retries: int = RETRIES,
    workers: int = 2,
) -> Standing:
    """Train ``stage`` and leave ``model`` with its best weights (its last ones, if there is no ``valid``).

    Adapters are there while it trains, and merged when it ends.

    ``standing`` continues after its last step; on a processor bit for bit, but for ``budget_seconds``, with which the
    schedule runs out with the time if that comes before the last epoch. What diverges goes back to the start of its
    epoch and on at lower rates, until the run has had ``retries`` of that.

    Raises Interrupted after a step in which ``hooks.stop`` was asked for; the standing is saved before.
    """
    if stage.augment not in AUGMENTS:
        raise ConfigError(f'no augmentation is called "{stage.augment}"', remedy=did_you_mean(stage.augment, AUGMENTS))
    if valid is not None and not any((targets >= 0).any() for targets in valid.targets.values()):
        valid = None  # nothing in it to choose by
    standing, hooks = standing or Standing(), hooks or Hooks()
    standing = replace(standing, history=list(standing.history))
    if model.device.type == "cpu":
        keep_freed_memory()
    with torch.random.fork_rng(devices=[]), hooks.stop.heard(), adapted(model.backbone, stage, seed=seed):
        torch.manual_seed(seed)
        clock = _Clock(stage, len(train), standing.seconds, budget_seconds)
        training = _Training(model, stage, train, valid, precision, seed, workers, standing, hooks, clock)
        while training.standing.epochs_done < stage.epochs and not training.standing.stopped:
            try:
                hooks.report(training.epoch())
            except DivergedError as cause:
                training.roll_back(cause, retries)
            if hooks.save is not None and hooks.due():
                hooks.save(training.remembered())
        return training.finish()


class _Training:
    """A stage under way: the model with its optimiser, average and objective, and where it stands."""

    def __init__(
        self,
        model: TransferModel,
        stage: Stage,
        train: BatchSource,
        valid: BatchSource | None,
        precision: Precision,
        seed: int,
        workers: int,
        standing: Standing,
        hooks: Hooks,
        clock: _Clock,
    ) -> None:
        model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
        precision.apply(model)
        self.model, self.stage, self.train, self.valid = model, stage, train, valid
        self.precision, self.seed, self.workers, self.hooks, self.clock = precision, seed, workers, hooks, clock
        self.moving = moving(model, stage.still_blocks)
        groups = groups_of(model, stage)
        self.optimizer = build_optimizer(groups, stage.optim)
        self.average = MovingAverage(self.moving, stage.optim.ema_decay) if stage.optim.ema_decay > 0 else None
        self.objective = objective_for(stage.objective, model.tasks, train.targets, train.weights)
        self.parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.size = root_mean_square(self.parameters)
        names = [task.name for task in model.tasks]
        self.together = (
            Together(names, trunk_of(model, groups), self.parameters, stage.sharing, clock.total_steps)
            if len(names) > 1
            else None
        )
        self.standing = standing
        self.start: Standing | None = None
        """The start of this epoch, until a step from it was healthy."""
        self._restore()

    def epoch(self) -> Epoch:
        """Train on what is left of the epoch, score the result, keep it if it is the best; decide whether to go on.

        Raises DivergedError, and Interrupted after saving.
        """
        try:
            train_loss = self._pass()
            check_weights(self.parameters, before=self.size)
            (score, loss), each = ((None, None), {}) if self.valid is None else self._measure(self.valid)
        except Interrupted:
            if self.hooks.save is not None:
                self.hooks.save(self.remembered())
            raise
        standing = self.standing
        standing.seconds, began = self.clock.seconds, standing.epoch_began
        standing.epochs_done += 1
        standing.step, standing.loss_sum, standing.loss_count, standing.epoch_began = 0, 0.0, 0, standing.seconds
        head_lr, seconds = float(self.optimizer.param_groups[-1]["lr"]), standing.seconds - began
        tasks = self._tasks_in_epoch(each)
        row = Epoch(self.stage.name, standing.epochs_done, train_loss, loss, score, head_lr, seconds, tasks)
        standing.history.append(row)
        _decide(self.stage, self.clock, standing)
        return row

    def _pass(self) -> float:
        """One pass over the training split, or the rest of one; the mean loss of all of it."""
        self.model.train()
        standing = self.standing
        self.start = replace(self.remembered(), good=None, best_state=None) if standing.step == 0 else None
        for step, batch in self._batches():
            self._step(step, batch)
            standing.step = step + 1
            self._look_up()
            if self.clock.out_of_time:
                break
        return standing.loss_sum / standing.loss_count if standing.loss_count else float("nan")

    def _batches(self) -> Iterator[tuple[int, Batch]]:
        """What is left of the epoch, without the examples that are left out."""
        stage, standing = self.stage, self.standing
        there = {task: labelled(targets) for task, targets in self.train.targets.items()}
        batches = training_batches(
            self.train,
            batch_size=stage.batch_size,
            views=Views(stage.augment, stage.views),
            seed=self.seed,
            epoch=standing.epochs_done,
            start=standing.step,
            workers=self.workers,
            rows=drawn(there, stage.sharing, seed=self.seed, epoch=standing.epochs_done),
        )
        for step, batch in enumerate(batches, standing.step):
            usable = _without(batch, standing.left_out)
            if len(usable.indices) > 1 or len(batch.indices) == 1:  # BatchNorm cannot use what is left of it
                yield step, usable

    def _step(self, step: int, batch: Batch) -> None:
        """One step of the optimiser, unless something is wrong with it: then DivergedError, and nothing has moved.

        (BatchNorm's statistics have; rolling back mends them.)
        """
        stage, standing = self.stage, self.standing
        self._set_rates(step)
        rng = np.random.default_rng([self.seed, standing.epochs_done, 2, step])
        losses = self.objective(self.model, batch, self.precision, rng)
        if self.start is not None:
            refuse_unused(self.model.backbone)
        loss = weighted_sum(losses, self._weights())
        value = check_loss(loss, batch, step, usual=self._usual_loss())
        self.optimizer.zero_grad(set_to_none=True)
        if self.together is None:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            self._count(losses)
            place = standing.epochs_done * self.clock.steps_per_epoch + step
            self.together.backward(losses, step=place, rng=rng)
        check_gradient(_clip(self.parameters, stage.optim.clip_norm), step)
        if self.start is not None:
            standing.good, standing.suspected, self.start = self.start, False, None
        self.optimizer.step()
        if self.average is not None:
            self.average.update(self.moving)
        standing.steps += 1
        standing.loss_sum += value * len(batch.indices)
        standing.loss_count += len(batch.indices)

    def _weights(self) -> list[float]:
        """What each task's loss is multiplied by."""
        return [1.0] if self.together is None else self.together.weights()

    def _count(self, losses: Losses) -> None:
        """Add up what the history says of each task."""
        for task, loss, weight in zip(self.model.tasks, losses.each, self._weights(), strict=True):
            sums = self.standing.task_sums.setdefault(task.name, [0.0, 0.0, 0.0, 0.0])
            mean = loss.mean.item() if loss.rows else 0.0
            for place, one in enumerate((mean * loss.rows, loss.rows, weight, 1.0)):
                sums[place] += one

    def _tasks_in_epoch(self, valid: Mapping[str, Merit]) -> tuple[TaskEpoch, ...]:
        """Close the epoch for several tasks; ``valid`` holds (score, -loss) of those that have labels there."""
        if self.together is None:
            return ()
        self.together.end_epoch()
        self.standing.gradients = self.together.seen()
        found = []
        for task, (loss, rows, weight, steps) in self.standing.task_sums.items():
            score, merit = valid.get(task, (None, None))
            train = loss / rows if rows else None
            found.append(TaskEpoch(task, train, None if merit is None else -merit, score, weight / steps, int(rows)))
        self.standing.task_sums = {}
        return tuple(found)

    def _set_rates(self, step: int) -> None:
        factor = rate_factor(self.clock.progress(self.standing.epochs_done, step), self.stage.optim)
        set_rates(self.optimizer, factor * self.standing.rate_scale)

    def _usual_loss(self) -> float:
        """The mean loss of the epoch so far, else of the one before; that of guessing, if it is larger.

        The first loss of a stage may be of any size: no step has been taken, and a head that was solved on wrong labels
        can be very sure of itself.
        """
        standing = self.standing
        if standing.loss_count:
            usual = standing.loss_sum / standing.loss_count
        else:
            usual = standing.history[-1].train_loss if standing.history else inf
        return max(guessing(self.model.tasks, self._weights()), usual)

    def _look_up(self) -> None:
        """After a step: stop if that was asked for, save if it is time."""
        self._stop_if_asked()
        if self.hooks.save is not None and self.hooks.due():
            self.hooks.save(self.remembered())

    def _stop_if_asked(self, *_: int) -> None:
        if self.hooks.stop.asked:
            standing = self.standing
            place = f"epoch {standing.epochs_done + 1}, step {standing.step} of stage {self.stage.name}"
            raise Interrupted(f"training was asked to stop and did, after {place}", remedy="resume it to go on")

    def _measure(self, valid: BatchSource) -> tuple[tuple[float, float], dict[str, Merit]]:
        """Score the epoch on valid, with the averaged weights if there are any; keep its state if it is the best.

        Returns (score, loss), and of several tasks the merit of each.
        """
        standing = self.standing
        current = copied(self.moving) if self.average is not None else None
        if self.average is not None:
            put(self.moving, self.average.state())
        try:
            logits = predict_logits(
                self.model, valid, forward=self.precision.logits, workers=self.workers, progress=self._stop_if_asked
            )
            score, loss = merit(self.model.tasks, logits, valid.targets, self.objective.weights)
            if not np.isfinite(loss):  # the last step of the epoch did it
                raise DivergedError("the validation loss became NaN or infinite", None)
            if standing.best is None or (score, -loss) > standing.best:
                standing.best, standing.best_epoch = (score, -loss), standing.epochs_done + 1
                standing.best_state = copied(self.moving)
        finally:
            if current is not None:
                put(self.moving, current)
        return (score, loss), {} if self.together is None else self._each(logits, valid)

    def _each(self, logits: Mapping[str, np.ndarray], valid: BatchSource) -> dict[str, Merit]:
        there = [task for task in self.model.tasks if labelled(valid.targets[task.name]).any()]
        found = {task.name: merit([task], logits, valid.targets, self.objective.weights) for task in there}
        return {task: (score, -loss) for task, (score, loss) in found.items()}

    def roll_back(self, cause: DivergedError, retries: int) -> None:
        """Go back to the last good standing, as if the steps since then had not been; go on slower, or end the stage.

        Inputs that are not finite are no question of the rate: their examples are left out instead.
        """
        now, good = self.standing, self._last_good()
        self.standing = replace(
            good,
            history=list(good.history),
            seconds=self.clock.seconds,
            suspected=self.start is not None and not cause.bad,
            **{name: getattr(now, name) for name in LEARNT},
        )
        self._restore()
        place = f"epoch {now.epochs_done + 1}" + (f", step {cause.step + 1}" if cause.step is not None else "")
        seen = f"{cause.what} ({place} of stage {self.stage.name})"
        again = retries > 0 and len(now.left_out) + len(cause.bad) < len(self.train)
        if not again or (not cause.bad and now.retries >= retries):
            self._give_up(seen, cause)
        elif cause.bad:
            self.standing.left_out = tuple(sorted({*now.left_out, *cause.bad}))
            message = f"{seen}: the inputs of {len(cause.bad)} training examples are not finite; they are left out"
            self._tell("warning", message, "replace them, and run again", cause.bad)
        else:
            self.standing.retries += 1
            self.standing.rate_scale = slower(now.rate_scale, self.standing.retries)
            before, rate = (self.stage.head_lr * one.rate_scale for one in (now, self.standing))
            back = f"back to the start of epoch {good.epochs_done + 1}"
            message = f"{seen}: {back}, all rates times {self.standing.rate_scale:.0e} from here on (head {rate:.1e})"
            self._tell("warning", message, f"the rate was too high: lower it (--lr; the head's was {before:g})")

    def _last_good(self) -> Standing:
        """The start of this epoch, if a step from it was healthy, or if this is the first one that was not.

        The last step of an epoch is seen by no loss before the next one: if that fails at once, twice, back one more.
        """
        good = self.standing.good or self.start if self.standing.suspected else self.start or self.standing.good
        assert good is not None
        return good

    def _give_up(self, seen: str, cause: DivergedError) -> None:
        kept = "the best weights before it" if self.standing.best_state else "the weights from before it"
        rate = self.stage.head_lr * self.standing.rate_scale
        tries = f" after {self.standing.retries} retries at lower rates" if self.standing.retries else ""
        self.standing.stopped = "diverged"
        remedy = f"lower the rate (--lr; the head's was {rate:g}) or clip gradients harder"
        remedy = "replace these examples, or leave them out" if cause.bad else remedy
        self._tell("error", f"{seen}{tries}; {kept} are kept", remedy, cause.bad)

    def _tell(self, severity: Severity, message: str, remedy: str, places: Sequence[int] = ()) -> None:
        items = tuple(self.train.name(place) for place in places)
        self.standing.findings = [*self.standing.findings, Finding("diverged", severity, message, remedy, items)]
        self.hooks.say(f"diverged: {message}")

    def remembered(self) -> Standing:
        """Return the standing with copies of all that is needed to go on from here."""
        self.standing.seconds = self.clock.seconds
        return replace(
            self.standing,
            history=list(self.standing.history),
            model_state=copied(self.moving),
            task_sums={task: list(sums) for task, sums in self.standing.task_sums.items()},
            average_state=self.average.state() if self.average else None,
            together_state=self.together.state() if self.together else None,
            optimizer_state={
                index: {key: torch.as_tensor(value).clone() for key, value in slots.items() if value is not None}
                for index, slots in self.optimizer.state_dict()["state"].items()
            },
            torch_rng=torch.get_rng_state(),
        )

    def _restore(self) -> None:
        """Go on from the standing, if it remembers anything; the copies it was given stay copies."""
        standing = self.standing
        if standing.model_state is None:
            return
        put(self.moving, standing.model_state)
        if self.average is not None and standing.average_state is not None:
            self.average.load(standing.average_state)
        if self.together is not None and standing.together_state is not None:
            self.together.load(standing.together_state)
        load_slots(self.optimizer, standing.optimizer_state or {})
        if standing.torch_rng is not None:
            torch.set_rng_state(standing.torch_rng)
        self._set_rates(max(0, standing.step - 1))  # what the history says, should no step of the epoch be left
        cleared: dict[str, Any] = dict.fromkeys(COPIES)
        sums = {task: list(sums) for task, sums in standing.task_sums.items()}
        self.standing = replace(standing, task_sums=sums, **cleared)

    def finish(self) -> Standing:
        """Leave the best weights; without a validation split the averaged ones, else the last."""
        if self.standing.best_state is not None:
            put(self.moving, self.standing.best_state)
        elif self.average is not None:
            put(self.moving, self.average.state())
        merge_lora(self.model.backbone)
        self.model.eval()
        return self.standing


def _without(batch: Batch, places: Sequence[int]) -> Batch:
    """Return ``batch`` without the examples at ``places``."""
    if not places or not (left := np.isin(batch.indices, places)).any():
        return batch
    rows = torch.from_numpy(~left)
    targets = {task: values[rows] for task, values in batch.targets.items()}
    return batch._replace(indices=batch.indices[~left], inputs=batch.inputs[rows], targets=targets)


class _Clock:
    """How far the stage is, by steps or by time, whichever is further."""

    def __init__(self, stage: Stage, examples: int, seconds: float, budget_seconds: float | None) -> None:
        self.steps_per_epoch = max(1, -(-examples // stage.batch_size))
        self.total_steps = max(1, stage.epochs * self.steps_per_epoch)
        self.budget_seconds = budget_seconds
        self.began = time.perf_counter() - seconds

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    @property
    def out_of_time(self) -> bool:
        return self.budget_seconds is not None and self.seconds >= self.budget_seconds

    def progress(self, epoch: int, step: int) -> float:
        by_steps = (epoch * self.steps_per_epoch + step + 0.5) / self.total_steps
        by_time = self.seconds / self.budget_seconds if self.budget_seconds else 0.0
        return min(1.0, max(by_steps, by_time))


def merit(
    tasks: Sequence[Task],
    logits: Mapping[str, np.ndarray],
    targets: Mapping[str, np.ndarray],
    weights: Mapping[str, torch.Tensor],
) -> tuple[float, float]:
    """Return (accuracy, loss), each the mean over the tasks that have labels; ``weights`` are the classes'.

    With class weights both count each class alike, so that what is chosen is what was asked for in training.
    """
    scores, losses = [], []
    for task in tasks:
        if labelled(targets[task.name]).any():
            classes = weights.get(task.name)
            counted = None if classes is None else classes.cpu()
            each = None if counted is None else counted.numpy()
            scores.append(task.merit(targets[task.name], logits[task.name], each))
            tensors = torch.from_numpy(logits[task.name]), torch.from_numpy(targets[task.name])
            losses.append(float(task.loss(*tensors, class_weights=counted)))
    return float(np.mean(scores)), float(np.mean(losses))


def _clip(parameters: Sequence[torch.Tensor], clip_norm: float) -> torch.Tensor:
    """Scale all gradients together down to ``clip_norm`` (0: leave them); return their norm before."""
    if clip_norm > 0:
        return torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
    return torch.nn.utils.get_total_norm([one.grad for one in parameters if one.grad is not None])


def _decide(stage: Stage, clock: _Clock, standing: Standing) -> None:
    """End the stage early when time is up or the validation score has stood still."""
    if standing.stopped:
        return
    if clock.out_of_time and standing.epochs_done < stage.epochs:
        standing.stopped = "time limit"
    elif stage.patience and standing.best is not None and standing.epochs_done - standing.best_epoch >= stage.patience:
        standing.stopped = f"no better for {stage.patience} epochs, epoch {standing.best_epoch} is kept"
