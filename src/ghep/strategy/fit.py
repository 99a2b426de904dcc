"""Carry out a plan: each stage solved on features or trained by the loop, saved after every epoch."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ghep.data.loader import LabelledExamples, batches_in_order
from ghep.errors import BundleError
from ghep.features.extract import extract
from ghep.features.probes import boundary_of_grid, solve_head
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Plan
from ghep.training.checkpoint import epoch_from, load_standing, save_standing
from ghep.training.loop import Epoch, Standing, train_stage
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
    precision: Precision = field(default_factory=Precision)
    precision_known: bool = False
    stopped: str = ""


@dataclass(frozen=True)
class FitOptions:
    """How a plan is carried out; nothing here changes what is learnt, but for ``seed`` and ``time_limit``."""

    seed: int = 0
    time_limit: float | None = None
    """Seconds for all stages together."""
    precision: str = "auto"
    workers: int = 2
    checkpoint: Path | None = None
    """Folder for the standing after each epoch; resumed from if it is there."""
    run_key: str = ""
    """Names the run a checkpoint belongs to; another run's is not resumed."""
    report: Callable[[Epoch], None] | None = None
    progress: Callable[[str, int, int], None] | None = None
    """Called with (phase, done, total)."""


def fit_plan(
    model: TransferModel, plan: Plan, train: LabelledExamples, valid: LabelledExamples | None, options: FitOptions
) -> Fitted:
    """Carry out every stage of ``plan`` on ``model``, in place."""
    fitted, began = Fitted(), time.perf_counter()
    first, standing = _resumed(options, fitted)
    for index, stage in enumerate(plan.stages):
        if index < first:
            continue
        if stage.head == "solve":
            _solve(model, stage, train, valid, options, fitted)
            continue
        if not fitted.precision_known:
            fitted.precision, fitted.precision_known = _precision(model, stage, train, options, fitted), True
        standing = _train(model, plan, index, train, valid, options, fitted, standing, began)
        if standing.stopped == "diverged":
            break
        standing = None
    model.eval()
    return fitted


def _solve(
    model: TransferModel,
    stage: Stage,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    options: FitOptions,
    fitted: Fitted,
) -> None:
    """Extract features once and put the solved heads into the model."""
    model.freeze(stage.frozen_blocks)
    began = time.perf_counter()
    tables = [
        extract(model.backbone, data, workers=options.workers, progress=_phase(options, f"features of {split}"))
        for split, data in (("train", train), ("valid", valid))
        if data is not None
    ]
    fitted.phases["extract"] = fitted.phases.get("extract", 0.0) + time.perf_counter() - began
    fitted.examples_seen += sum(len(table.ids) for table in tables)
    for task in model.tasks:
        targets = train.targets[task.name]
        weights = task.class_weights(targets) if stage.objective.class_weights else None
        on_valid = (tables[1].features, tables[1].targets[task.name]) if len(tables) > 1 else None
        start = time.perf_counter()
        head = solve_head(tables[0].features, targets, task.outputs, valid=on_valid, class_weights=weights)
        fitted.phases["solve"] = fitted.phases.get("solve", 0.0) + time.perf_counter() - start
        with torch.no_grad():
            model.head(task.name).weight.copy_(torch.from_numpy(head.weight))
            model.head(task.name).bias.copy_(torch.from_numpy(head.bias))
        edge = boundary_of_grid(head)
        fitted.findings += [edge] if edge else []
        _report_solved(fitted, options, stage, head.valid_loss[head.strength])


def _train(
    model: TransferModel,
    plan: Plan,
    index: int,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    options: FitOptions,
    fitted: Fitted,
    standing: Standing | None,
    began: float,
) -> Standing:
    stage = plan.stages[index]

    def save(current: Standing) -> None:
        if options.checkpoint is not None:
            run = {"key": options.run_key, "stage": index, "precision": fitted.precision.name}
            run["earlier"] = [dataclasses.asdict(row) for row in fitted.history]
            save_standing(options.checkpoint, current, run=run)

    start = time.perf_counter()
    result = train_stage(
        model,
        stage,
        train,
        valid,
        # Each stage draws its own order and its own views.
        seed=options.seed * 1000 + index,
        precision=fitted.precision,
        standing=standing,
        save=save if options.checkpoint is not None else None,
        report=options.report,
        budget_seconds=_budget(plan, index, options, began),
        workers=options.workers,
    )
    fitted.phases["train"] = fitted.phases.get("train", 0.0) + time.perf_counter() - start
    fitted.history += result.history
    fitted.findings += result.findings
    fitted.examples_seen += result.epochs_done * len(train)
    fitted.stopped = result.stopped or fitted.stopped
    return result


def _budget(plan: Plan, index: int, options: FitOptions, began: float) -> float | None:
    """Share what is left of the time limit by epochs."""
    if options.time_limit is None:
        return None
    left = max(1.0, options.time_limit - (time.perf_counter() - began))
    return left * plan.stages[index].epochs / max(1, sum(stage.epochs for stage in plan.stages[index:]))


def _precision(
    model: TransferModel, stage: Stage, train: LabelledExamples, options: FitOptions, fitted: Fitted
) -> Precision:
    if options.precision != "auto":
        return named(options.precision)
    began = time.perf_counter()
    model.freeze(stage.frozen_blocks)
    batch = next(iter(batches_in_order(train, batch_size=min(16, stage.batch_size))))
    best = measure(model, batch.inputs)
    fitted.phases["measure"] = time.perf_counter() - began
    return best


def _resumed(options: FitOptions, fitted: Fitted) -> tuple[int, Standing | None]:
    """Return the stage to start with and its standing; (0, None) when there is nothing to resume."""
    if options.checkpoint is None or not options.checkpoint.exists():
        return 0, None
    try:
        standing, run = load_standing(options.checkpoint)
    except BundleError as error:
        fitted.findings.append(
            Finding("checkpoint-skipped", "warning", error.cause, "the run starts again from the beginning")
        )
        return 0, None
    if run.get("key") != options.run_key:
        fitted.findings.append(
            Finding(
                "checkpoint-of-another-run",
                "warning",
                f"{options.checkpoint} belongs to other settings or data and is not used",
            )
        )
        return 0, None
    fitted.precision = named(run["precision"])
    fitted.precision_known = True  # measured by the run that is resumed
    fitted.history += [epoch_from(row) for row in run["earlier"]]
    fitted.findings.append(
        Finding("resumed", "info", f"resumed after epoch {standing.epochs_done} of stage {run['stage'] + 1}")
    )
    return int(run["stage"]), standing


def _report_solved(fitted: Fitted, options: FitOptions, stage: Stage, loss: float) -> None:
    row = Epoch(stage.name, 0, float("nan"), loss, None, 0.0, fitted.phases["extract"] + fitted.phases["solve"])
    fitted.history.append(row)
    if options.report is not None:
        options.report(row)


def _phase(options: FitOptions, phase: str) -> Callable[[int, int], None] | None:
    if options.progress is None:
        return None
    return lambda done, total: options.progress(phase, done, total) if options.progress else None
