"""The loop: epochs of batches through objective, optimiser and schedule, with the best weights kept.

    for each epoch:  for each batch:  rates -> loss -> gradients -> clip -> step -> average
                     measure on valid -> keep the best -> record -> save -> stop early?

It trains one stage of any strategy, for one task or several, and knows no strategy's name. Every random choice comes
from (seed, epoch, step), so a stage that is resumed after an epoch goes on exactly as it would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from ghep.data.augment import AUGMENTS
from ghep.data.loader import LabelledExamples, training_batches
from ghep.errors import ConfigError, did_you_mean
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.training.average import MovingAverage
from ghep.training.objective import Objective, objective_for
from ghep.training.optim import build_optimizer, groups_of, rate_factor, set_rates
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.types import Finding

State = dict[str, torch.Tensor]


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
    best: tuple[float, float] | None = None
    """(score, -loss) of the best epoch; compared in this order."""
    best_epoch: int = 0
    best_state: State | None = None
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
    train: LabelledExamples,
    valid: LabelledExamples | None,
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
    model.freeze(stage.frozen_blocks)
    precision.apply(model)
    optimizer = build_optimizer(groups_of(model, stage), stage.optim)
    average = MovingAverage(model, stage.optim.ema_decay) if stage.optim.ema_decay > 0 else None
    objective = objective_for(stage.objective, model.tasks, train.targets)
    standing = standing or Standing()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _restore(model, optimizer, average, standing)
        clock = _Clock(stage, len(train), standing.seconds, budget_seconds)
        while standing.epochs_done < stage.epochs and not standing.stopped:
            began = time.perf_counter()
            before = _kept(model, average) if standing.best_state is None else None
            loss = _epoch(model, stage, train, optimizer, average, objective, precision, clock, standing, seed, workers)
            weights = average.state() if average else None
            _measure(model, weights, stage, valid, loss, precision, standing, began, optimizer, workers)
            _fall_back(standing, before)
            if report is not None:
                report(standing.history[-1])
            _decide(stage, clock, standing)
            if save is not None:
                _remember(model, optimizer, average, standing)
                save(standing)
    _finish(model, average, standing)
    return standing


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


def _epoch(
    model: TransferModel,
    stage: Stage,
    train: LabelledExamples,
    optimizer: torch.optim.Optimizer,
    average: MovingAverage | None,
    objective: Objective,
    precision: Precision,
    clock: _Clock,
    standing: Standing,
    seed: int,
    workers: int,
) -> float:
    """One pass over the training split; the mean loss."""
    model.train()
    epoch, total, count = standing.epochs_done, 0.0, 0
    batches = training_batches(
        train, batch_size=stage.batch_size, augment=AUGMENTS[stage.augment], seed=seed, epoch=epoch, workers=workers
    )
    for step, batch in enumerate(batches):
        set_rates(optimizer, rate_factor(clock.progress(epoch, step), stage.optim))
        loss = objective(model, batch, precision, np.random.default_rng([seed, epoch, 2, step]))
        if not torch.isfinite(loss):
            _diverged("loss", stage, standing, epoch, step)
            break
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if not torch.isfinite(_clip(optimizer, stage.optim.clip_norm)):
            _diverged("gradient", stage, standing, epoch, step)
            break
        optimizer.step()
        if average is not None:
            average.update(model)
        total, count = total + loss.item() * len(batch.indices), count + len(batch.indices)
        if clock.out_of_time:
            break
    return total / count if count else float("nan")


def _clip(optimizer: torch.optim.Optimizer, clip_norm: float) -> torch.Tensor:
    """Scale all gradients together down to ``clip_norm`` (0: leave them); return their norm before."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if clip_norm > 0:
        return torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
    return torch.nn.utils.get_total_norm([one.grad for one in parameters if one.grad is not None])


def _kept(model: TransferModel, average: MovingAverage | None) -> State:
    """A copy of what would be kept if the stage ended here."""
    if average is not None:
        return average.state()
    return {name: tensor.detach().clone() for name, tensor in model.state().items()}


def _fall_back(standing: Standing, before: State | None) -> None:
    """Give a stage that diverged before anything was the best the weights from the start of that epoch."""
    if standing.stopped == "diverged" and standing.best_state is None:
        standing.best_state, standing.best_epoch = before, standing.epochs_done - 1


def _diverged(what: str, stage: Stage, standing: Standing, epoch: int, step: int | None) -> None:
    place = f"epoch {epoch + 1}" + (f", step {step + 1}" if step is not None else "")
    kept = "the best weights before it" if standing.best_state else "the weights from the start of that epoch"
    standing.stopped = "diverged"
    standing.findings.append(
        Finding(
            "diverged",
            "error",
            f"the {what} of stage {stage.name} became NaN or infinite in {place}; {kept} are kept",
            f"lower the rate (--lr; the head's was {stage.head_lr:g}) or clip gradients harder",
        )
    )


def _measure(
    model: TransferModel,
    weights: State | None,
    stage: Stage,
    valid: LabelledExamples | None,
    train_loss: float,
    precision: Precision,
    standing: Standing,
    began: float,
    optimizer: torch.optim.Optimizer,
    workers: int,
) -> None:
    """Score the epoch on valid (with the averaged weights, if there are any), keep its state if it is the best."""
    score = loss = None
    if valid is not None and standing.stopped != "diverged":
        current = {name: tensor.clone() for name, tensor in model.state().items()} if weights else None
        if weights is not None:
            model.load_state(weights)
        score, loss = _score(model, valid, precision, workers)
        if not np.isfinite(loss):  # the last step of the epoch did it
            _diverged("validation loss", stage, standing, standing.epochs_done, None)
        elif standing.best is None or (score, -loss) > standing.best:
            standing.best, standing.best_epoch = (score, -loss), standing.epochs_done + 1
            standing.best_state = {name: tensor.detach().clone() for name, tensor in model.state().items()}
        if current is not None:
            model.load_state(current)
    seconds = time.perf_counter() - began
    standing.epochs_done += 1
    standing.seconds += seconds
    head_lr = float(optimizer.param_groups[-1]["lr"])
    standing.history.append(Epoch(stage.name, standing.epochs_done, train_loss, loss, score, head_lr, seconds))


def _score(model: TransferModel, valid: LabelledExamples, precision: Precision, workers: int) -> tuple[float, float]:
    """Mean primary score and mean loss over the tasks."""
    logits = predict_logits(model, valid, forward=lambda net, inputs: precision.logits(net, inputs), workers=workers)
    scores, losses = [], []
    for task in model.tasks:
        targets = valid.targets[task.name]
        if (targets >= 0).any():
            scores.append(float((logits[task.name].argmax(1) == targets)[targets >= 0].mean()))
            losses.append(float(task.loss(torch.from_numpy(logits[task.name]), torch.from_numpy(targets))))
    return float(np.mean(scores)), float(np.mean(losses))


def _decide(stage: Stage, clock: _Clock, standing: Standing) -> None:
    """End the stage early when time is up or the validation score has stood still."""
    if standing.stopped:
        return
    if clock.out_of_time and standing.epochs_done < stage.epochs:
        standing.stopped = "time limit"
    elif stage.patience and standing.best is not None and standing.epochs_done - standing.best_epoch >= stage.patience:
        standing.stopped = f"no better for {stage.patience} epochs"


def _remember(
    model: TransferModel, optimizer: torch.optim.Optimizer, average: MovingAverage | None, standing: Standing
) -> None:
    standing.model_state = {name: tensor.detach().clone() for name, tensor in model.state().items()}
    standing.average_state = average.state() if average else None
    standing.optimizer_state = {
        index: {key: torch.as_tensor(value).detach().clone() for key, value in slots.items() if value is not None}
        for index, slots in optimizer.state_dict()["state"].items()
    }
    standing.torch_rng = torch.get_rng_state()


def _restore(
    model: TransferModel, optimizer: torch.optim.Optimizer, average: MovingAverage | None, standing: Standing
) -> None:
    if standing.model_state is None:
        return
    model.load_state(standing.model_state)
    if average is not None and standing.average_state is not None:
        average.load(standing.average_state)
    if standing.optimizer_state is not None:  # SGD without momentum has none
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": standing.optimizer_state, "param_groups": groups})
    if standing.torch_rng is not None:
        torch.set_rng_state(standing.torch_rng)


def _finish(model: TransferModel, average: MovingAverage | None, standing: Standing) -> None:
    """Leave the best weights; without a validation split the averaged ones, else the last."""
    if standing.best_state is not None:
        model.load_state(standing.best_state)
    elif average is not None:
        model.load_state(average.state())
    model.eval()
