"""The loop: epochs of batches through objective, optimiser and schedule, with the best weights kept.

    for each epoch:  for each batch:  rates -> loss -> gradients -> clip -> step -> average
                     measure on valid -> keep the best -> record -> save -> stop early?

It trains one stage of any strategy, for one task or several, and knows no strategy's name. Every random choice comes
from (seed, epoch, step), so a stage that is resumed after an epoch goes on exactly as it would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ghep.data.augment import AUGMENTS
from ghep.data.loader import BatchSource, training_batches
from ghep.data.views import Views
from ghep.errors import ConfigError, did_you_mean
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Task
from ghep.training.average import MovingAverage
from ghep.training.objective import objective_for
from ghep.training.optim import build_optimizer, groups_of, rate_factor, set_rates
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.types import Finding

State = dict[str, torch.Tensor]
Merit = tuple[float, float]
"""(validation score, minus validation loss): compared in this order, more is better."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of the history. Losses are means per example; ``valid_score`` is the tasks' mean primary score."""

    stage: str
    epoch: int
    train_loss: float
    """NaN where nothing was trained: in a solved stage, or when the first step of an epoch diverged."""
    valid_loss: float | None
    valid_score: float | None
    head_lr: float
    seconds: float


@dataclass
class Standing:
    """Where a stage stands after an epoch: all that is needed to go on from there."""

    epochs_done: int = 0
    history: list[Epoch] = field(default_factory=list)
    best: Merit | None = None
    best_epoch: int = 0
    best_state: State | None = None
    kept_state: State | None = None
    """The best weights of earlier stages, which the plan may come back to."""
    seconds: float = 0.0
    stopped: str = ""
    """Why the stage ended before its last epoch; empty if it did not."""
    findings: list[Finding] = field(default_factory=list)
    model_state: State | None = None
    average_state: State | None = None
    optimizer_state: dict[int, State] | None = None
    torch_rng: torch.Tensor | None = None


Save = Callable[[Standing], None]


def train_stage(
    model: TransferModel,
    stage: Stage,
    train: BatchSource,
    valid: BatchSource | None,
    *,
    seed: int,
    precision: Precision,
    standing: Standing | None = None,
    save: Save | None = None,
    report: Callable[[Epoch], None] | None = None,
    budget_seconds: float | None = None,
    workers: int = 2,
) -> Standing:
    """Train ``stage`` and leave ``model`` with its best weights (its last ones, if there is no ``valid``).

    ``standing`` continues after its last epoch. With ``budget_seconds`` the schedule runs out with the time if that
    comes before the last epoch.
    """
    if stage.augment not in AUGMENTS:
        raise ConfigError(f'no augmentation is called "{stage.augment}"', remedy=did_you_mean(stage.augment, AUGMENTS))
    if valid is not None and not any((targets >= 0).any() for targets in valid.targets.values()):
        valid = None  # nothing in it to choose by
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        training = _Training(model, stage, train, valid, precision, seed, workers, standing or Standing())
        training.restore()
        clock = _Clock(stage, len(train), training.standing.seconds, budget_seconds)
        while training.standing.epochs_done < stage.epochs and not training.standing.stopped:
            training.epoch(clock)
            if report is not None:
                report(training.standing.history[-1])
            if save is not None:
                training.remember()
                save(training.standing)
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
    ) -> None:
        model.freeze(stage.frozen_blocks)
        precision.apply(model)
        self.model, self.stage, self.train, self.valid = model, stage, train, valid
        self.precision, self.seed, self.workers, self.standing = precision, seed, workers, standing
        self.optimizer = build_optimizer(groups_of(model, stage), stage.optim)
        self.average = MovingAverage(model, stage.optim.ema_decay) if stage.optim.ema_decay > 0 else None
        self.objective = objective_for(stage.objective, model.tasks, train.targets)

    def epoch(self, clock: _Clock) -> None:
        """Train on every batch once, score the result, keep it if it is the best, and decide whether to go on."""
        began = time.perf_counter()
        before = self._kept() if self.standing.best_state is None else None
        train_loss = self._pass(clock)
        score = loss = None
        if self.valid is not None and self.standing.stopped != "diverged":
            score, loss = self._measure(self.valid)
        seconds = time.perf_counter() - began
        self.standing.epochs_done += 1
        self.standing.seconds += seconds
        head_lr = float(self.optimizer.param_groups[-1]["lr"])
        row = Epoch(self.stage.name, self.standing.epochs_done, train_loss, loss, score, head_lr, seconds)
        self.standing.history.append(row)
        if self.standing.stopped == "diverged" and self.standing.best_state is None:
            self.standing.best_state, self.standing.best_epoch = before, self.standing.epochs_done - 1
        _decide(self.stage, clock, self.standing)

    def _pass(self, clock: _Clock) -> float:
        """One pass over the training split; the mean loss."""
        self.model.train()
        stage, epoch, total, count = self.stage, self.standing.epochs_done, 0.0, 0
        views = Views(stage.augment, stage.views)
        batches = training_batches(
            self.train, batch_size=stage.batch_size, views=views, seed=self.seed, epoch=epoch, workers=self.workers
        )
        for step, batch in enumerate(batches):
            set_rates(self.optimizer, rate_factor(clock.progress(epoch, step), stage.optim))
            loss = self.objective(self.model, batch, self.precision, np.random.default_rng([self.seed, epoch, 2, step]))
            if not torch.isfinite(loss):
                self._diverged("loss", step)
                break
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            if not torch.isfinite(_clip(self.optimizer, stage.optim.clip_norm)):
                self._diverged("gradient", step)
                break
            self.optimizer.step()
            if self.average is not None:
                self.average.update(self.model)
            total, count = total + loss.item() * len(batch.indices), count + len(batch.indices)
            if clock.out_of_time:
                break
        return total / count if count else float("nan")

    def _measure(self, valid: BatchSource) -> tuple[float, float]:
        """Score the epoch on valid, with the averaged weights if there are any; keep its state if it is the best."""
        current = _copy(self.model) if self.average is not None else None
        if self.average is not None:
            self.model.load_state(self.average.state())
        logits = predict_logits(self.model, valid, forward=self.precision.logits, workers=self.workers)
        score, loss = merit(self.model.tasks, logits, valid.targets, self.objective.weights)
        if not np.isfinite(loss):  # the last step of the epoch did it
            self._diverged("validation loss", None)
        elif self.standing.best is None or (score, -loss) > self.standing.best:
            self.standing.best, self.standing.best_epoch = (score, -loss), self.standing.epochs_done + 1
            self.standing.best_state = _copy(self.model)
        if current is not None:
            self.model.load_state(current)
        return score, loss

    def _diverged(self, what: str, step: int | None) -> None:
        place = f"epoch {self.standing.epochs_done + 1}" + (f", step {step + 1}" if step is not None else "")
        kept = "the best weights before it" if self.standing.best_state else "the weights from the start of that epoch"
        self.standing.stopped = "diverged"
        message = f"the {what} of stage {self.stage.name} became NaN or infinite in {place}; {kept} are kept"
        remedy = f"lower the rate (--lr; the head's was {self.stage.head_lr:g}) or clip gradients harder"
        self.standing.findings.append(Finding("diverged", "error", message, remedy))

    def _kept(self) -> State:
        """A copy of what would be kept if the stage ended here."""
        return self.average.state() if self.average is not None else _copy(self.model)

    def remember(self) -> None:
        """Put all that is needed to go on from here into the standing."""
        self.standing.model_state = _copy(self.model)
        self.standing.average_state = self.average.state() if self.average else None
        self.standing.optimizer_state = {
            index: {key: torch.as_tensor(value).detach().clone() for key, value in slots.items() if value is not None}
            for index, slots in self.optimizer.state_dict()["state"].items()
        }
        self.standing.torch_rng = torch.get_rng_state()

    def restore(self) -> None:
        """Go on from the standing, if it remembers anything."""
        standing = self.standing
        if standing.model_state is None:
            return
        self.model.load_state(standing.model_state)
        if self.average is not None and standing.average_state is not None:
            self.average.load(standing.average_state)
        if standing.optimizer_state is not None:  # SGD without momentum has none
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": standing.optimizer_state, "param_groups": groups})
        if standing.torch_rng is not None:
            torch.set_rng_state(standing.torch_rng)

    def finish(self) -> Standing:
        """Leave the best weights; without a validation split the averaged ones, else the last."""
        if self.standing.best_state is not None:
            self.model.load_state(self.standing.best_state)
        elif self.average is not None:
            self.model.load_state(self.average.state())
        self.model.eval()
        return self.standing


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
        labelled = targets[task.name] >= 0
        if labelled.any():
            right = logits[task.name].argmax(1)[labelled] == targets[task.name][labelled]
            classes = weights.get(task.name)
            each = np.ones(len(right)) if classes is None else classes.cpu().numpy()[targets[task.name][labelled]]
            scores.append(float((right * each).sum() / each.sum()))
            tensors = torch.from_numpy(logits[task.name]), torch.from_numpy(targets[task.name])
            losses.append(float(task.loss(*tensors, class_weights=None if classes is None else classes.cpu())))
    return float(np.mean(scores)), float(np.mean(losses))


def _copy(model: TransferModel) -> State:
    return {name: tensor.detach().clone() for name, tensor in model.state().items()}


def _clip(optimizer: torch.optim.Optimizer, clip_norm: float) -> torch.Tensor:
    """Scale all gradients together down to ``clip_norm`` (0: leave them); return their norm before."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
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
        standing.stopped = f"no better for {stage.patience} epochs"
