"""Train the stages of a pretraining, with checkpoints. In: a model and blocks. Out: the history, and what was measured.

The number format and the size of a round may be chosen by measuring time. So a checkpoint holds both, and a resumed
training continues with the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from ghep.data.loading.batches import Batch, typical_batch
from ghep.data.loading.views import View
from ghep.messages import Message
from ghep.pretrain.blocks import Blocks, split
from ghep.pretrain.goal import Evaluation, PretrainingGoal, bits_factor, each_block, evaluate
from ghep.pretrain.lines import round_line
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Objective
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.plan import HEAD_SHARE, Schedule, schedule_for, stages_of
from ghep.reporter import Reporter
from ghep.training.checkpoint import Checkpoint, epoch_from, finding_from
from ghep.training.loop import train_stage
from ghep.training.moving import copied, moving, put
from ghep.training.precision import Precision, measure, named
from ghep.training.session import Session
from ghep.training.state import DIVERGED, TIME_LIMIT, Epoch, TrainingState
from ghep.types import Finding

TIMED_STEPS = 2
"""Training steps whose time decides how many blocks a round has, if there is a time limit."""


@dataclass
class Trained:
    """A training in progress, and in the end its result."""

    precision: Precision
    schedule: Schedule
    start: Evaluation
    """The held-out blocks before training."""
    history: list[Epoch]
    findings: list[Finding]
    seconds: float = 0.0
    """Of training, all sessions together."""
    steps: int = 0
    stopped: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values, from which a resumed training continues."""
        return {
            "precision": {"name": self.precision.name, "milliseconds": dict(self.precision.milliseconds)},
            "schedule": self.schedule.to_json(),
            "start": {name: values.tolist() for name, values in asdict(self.start).items()},
            "history": [asdict(row) for row in self.history],
            "findings": [asdict(one) for one in self.findings],
            "seconds": self.seconds,
            "steps": self.steps,
            "stopped": self.stopped,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Trained:
        """Return what ``to_json`` returned."""
        return cls(
            Precision(**plain["precision"]),
            Schedule(**plain["schedule"]),
            Evaluation(**{name: np.array(values, dtype=float) for name, values in plain["start"].items()}),
            [epoch_from(row) for row in plain["history"]],
            [finding_from(one) for one in plain["findings"]],
            plain["seconds"],
            plain["steps"],
            plain["stopped"],
        )


def train(
    model: PretrainingModel,
    objective: Objective,
    blocks: Blocks,
    held_out: Blocks,
    options: PretrainOptions,
    session: Session,
    *,
    head_first: bool,
    resume_from: Checkpoint | None = None,
) -> Trained:
    """Train ``model`` in place; it ends with the weights that are best on ``held_out``.

    With ``head_first``, the head is trained alone before everything. Raises Interrupted, after saving, if
    ``session.stop`` was requested.
    """
    began = time.perf_counter()
    first, state = 0, TrainingState()
    if resume_from is None:
        done = _begun(model, objective, blocks, held_out, options)
    else:
        done = Trained.from_json(resume_from.run["trained"])
        first, state = int(resume_from.run["stage"]), resume_from.state
        tensors = moving(model, 0)
        put({name: tensors[name] for name in resume_from.earlier}, resume_from.earlier)
        done.findings.append(Finding.of("resumed", "info", epoch=state.epochs_done, step=state.step, stage=first + 1))
    before = done.seconds
    count = len(model.backbone.blocks())
    stages = stages_of(options, blocks=count, rounds=done.schedule.rounds, head_first=head_first)

    rounds = _Rounds(
        session.reporter,
        len(done.history) + len(state.history),
        0 if options.time_limit else sum(stage.epochs for stage in stages),
        bits_factor(done.start),
    )

    def save(index: int, current: TrainingState, *, between: bool = False) -> None:
        if session.checkpoints is None:
            return
        run = {
            "key": session.checkpoints.key,
            "stage": index,
            "trained": replace(done, seconds=before + time.perf_counter() - began).to_json(),
        }
        earlier = copied(moving(model, 0)) if between else {}
        session.checkpoints.save(Checkpoint(run, current, earlier), session.reporter.say)

    for index, stage in enumerate(stages[first:], first):
        result = train_stage(
            model,
            stage,
            blocks,
            held_out,
            replace(session, seed=session.seed * 1000 + index, reporter=rounds),
            precision=done.precision,
            state=state,
            budget_seconds=_budget(
                options, last=index + 1 == len(stages), used=sum(row.seconds for row in done.history)
            ),
            save=lambda current, index=index: save(index, current),  # type: ignore[misc]
            due=session.checkpoints.due if session.checkpoints else lambda: False,
            goal=PretrainingGoal(objective, done.precision, done.schedule.round_blocks, each_block(done.start)),
        )
        done.history += result.history
        done.findings += result.findings
        done.steps, done.stopped = result.steps, result.stopped
        state = result.next_stage()
        if result.stopped == DIVERGED:
            break
        if index + 1 < len(stages):
            save(index + 1, state, between=True)
    done.seconds = before + time.perf_counter() - began
    if done.stopped and done.stopped != DIVERGED:
        cause = Message("time-limit-reached") if done.stopped == TIME_LIMIT else done.stopped
        done.findings.append(Finding.of("stopped-early", "info", cause=cause))
    done.findings += session.checkpoints.findings if session.checkpoints else []
    model.eval()
    return done


class _Rounds:
    """A reporter that says the rounds in bits per byte."""

    def __init__(self, reporter: Reporter, done: int, rounds: int, factor: float | None) -> None:
        self.say, self.progress = reporter.say, reporter.progress
        self.done, self.rounds, self.factor = done, rounds, factor

    def epoch(self, row: Epoch) -> None:
        self.done += 1
        self.say(round_line(row, round_=self.done, rounds=self.rounds, factor=self.factor))


def _budget(options: PretrainOptions, *, last: bool, used: float) -> float | None:
    """Return the seconds of a stage; None without a time limit. The last stage gets all that are not ``used``."""
    if options.time_limit is None:
        return None
    return max(0.01, options.time_limit - used) if last else HEAD_SHARE * options.time_limit


def _begun(
    model: PretrainingModel, objective: Objective, blocks: Blocks, held_out: Blocks, options: PretrainOptions
) -> Trained:
    """Choose the number format and the size of a round; judge the model before training."""
    model.freeze(0)
    batch = typical_batch(blocks, options.batch_size or 1)
    inputs = blocks.inputs(batch, [View(None, None, (0, 0, int(place))) for place in batch])
    chosen = options.training().precision
    if getattr(objective, "float32", False):
        precision = Precision()
    elif chosen != "auto":
        precision = named(chosen)
    else:
        ids, _ = split(inputs)
        precision = measure(model, ids)
    seconds = None
    if options.time_limit is not None:
        seconds = _seconds_per_block(model, objective, Batch(batch, inputs, {}), precision)
    schedule = schedule_for(options, blocks=len(blocks), seconds_per_block=seconds)
    start = evaluate(model, objective, held_out, precision, workers=options.workers)
    return Trained(precision, schedule, start, [], [])


def _seconds_per_block(model: PretrainingModel, objective: Objective, batch: Batch, precision: Precision) -> float:
    goal = PretrainingGoal(objective, precision)
    model.train()
    with torch.random.fork_rng(devices=[]):
        began = time.perf_counter()
        for step in range(TIMED_STEPS + 1):
            if step == 1:  # the first one compiles kernels
                began = time.perf_counter()
            losses = goal.losses(model, batch, precision, np.random.default_rng(step))
            losses.each[0].mean.backward()  # type: ignore[no-untyped-call]
            if model.device.type == "cuda":  # kernels run asynchronously
                torch.cuda.synchronize()
    model.zero_grad(set_to_none=True)
    return (time.perf_counter() - began) / TIMED_STEPS / len(batch.indices)
