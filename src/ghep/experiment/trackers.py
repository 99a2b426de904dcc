"""Report a run to the experiment trackers that ``report_to`` names: TensorBoard, MLflow, Weights & Biases.

    each epoch       train/loss, valid/loss, valid/score, head_lr
    at the end       <split>/<score> with _low and _high (several tasks: <split>/<task>/<score>), cost/..., findings

Packages are imported only if named. TensorBoard writes to the run folder, MLflow to MLFLOW_TRACKING_URI, Weights &
Biases as WANDB_MODE and WANDB_PROJECT say. A tracker that fails after training has begun is dropped with a warning, and
the run continues. Usage statistics of the trackers are off unless the environment sets them.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ghep.errors import ConfigError
from ghep.experiment.folder import TRACKERS
from ghep.experiment.record import Run
from ghep.messages import text_of
from ghep.storage.text import plain, read_json, write_json_atomic
from ghep.strategy.base import Plan
from ghep.training.state import Epoch
from ghep.types import Finding

TENSORBOARD = "tensorboard"
"""Name of the tracker, and of the folder of its event files in the run folder."""
_LONGEST = 500
"""Most characters of a setting's value: every version of MLflow accepts this many."""


class Tracker(Protocol):
    """One run in an experiment tracker."""

    id: str
    """Id of the run in the tracker; empty if no id is needed to resume the run."""

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Log the metrics of an epoch."""

    def finish(self, metrics: Mapping[str, float], findings: str) -> None:
        """Log scores and findings, and end the run."""

    def fail(self) -> None:
        """End the run as failed."""


class _TensorBoard:
    id = ""

    def __init__(self, folder: Path, settings: Mapping[str, Any], known: str) -> None:  # noqa: ARG002 - needs no id
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder / TENSORBOARD))
        self.step = 0
        rows = [f"| {name} | {value} |" for name, value in settings.items()]
        self.writer.add_text("settings", "\n".join([text_of("tracker-settings-header"), "|---|---|", *rows]), 0)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.step = step
        for name, value in metrics.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def finish(self, metrics: Mapping[str, float], findings: str) -> None:
        self.log(metrics, self.step)
        self.writer.add_text("findings", findings or text_of("tracker-no-findings"), self.step)
        self.writer.close()

    def fail(self) -> None:
        self.writer.close()


class _MLflow:
    def __init__(self, folder: Path, settings: Mapping[str, Any], known: str) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        import mlflow

        self.mlflow = mlflow
        nested = mlflow.active_run() is not None
        run = mlflow.start_run(run_id=known) if known else mlflow.start_run(run_name=folder.name, nested=nested)
        self.id = str(run.info.run_id)
        if not known:
            mlflow.log_params({_named(name): str(value)[:_LONGEST] for name, value in settings.items()})

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.mlflow.log_metrics(dict(metrics), step=step, run_id=self.id)

    def finish(self, metrics: Mapping[str, float], findings: str) -> None:
        self.mlflow.log_metrics(dict(metrics), run_id=self.id)
        self.mlflow.set_tag("findings", findings[:_LONGEST])
        self.mlflow.end_run()

    def fail(self) -> None:
        self.mlflow.end_run("FAILED")


class _Wandb:
    def __init__(self, folder: Path, settings: Mapping[str, Any], known: str) -> None:
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        self.run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "ghep"),
            name=folder.name,
            dir=str(folder),
            id=known or None,
            resume="allow" if known else None,
            config=dict(settings),
            reinit="create_new",  # a comparison makes several runs in a process
            settings=wandb.Settings(console="off"),
        )
        self.id = str(self.run.id)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self.run.log(dict(metrics), step=step)

    def finish(self, metrics: Mapping[str, float], findings: str) -> None:
        self.run.summary.update({**metrics, "findings": findings})
        self.run.finish()

    def fail(self) -> None:
        self.run.finish(exit_code=1)


_MADE: Mapping[str, Callable[[Path, Mapping[str, Any], str], Tracker]] = {
    TENSORBOARD: _TensorBoard,
    "mlflow": _MLflow,
    "wandb": _Wandb,
}
NAMES = tuple(_MADE)


def wrong_trackers(names: Any) -> str | None:
    """Return why ``names``, the value of ``report_to``, are refused (unknown, not installed); None if they are not."""
    given = [names] if isinstance(names, str) else names
    if not isinstance(given, Sequence) or any(name not in NAMES for name in given):
        return text_of("tracker-names", names=NAMES)
    missing = [name for name in given if not is_installed(name)]
    return text_of("tracker-not-installed", name=missing[0]) if missing else None


def is_installed(name: str) -> bool:
    """Return whether the package is installed, without importing it."""
    return importlib.util.find_spec(name) is not None


class Trackers:
    """The trackers of one run, as a context manager; without names it does nothing."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.open: dict[str, Tracker] = {}
        self.findings: list[Finding] = []
        self.say = say
        self.steps: dict[str, int] = {}

    def __enter__(self) -> Trackers:
        return self

    def __exit__(self, *_: object) -> None:
        """End the runs in all trackers as failed, except those that ``finish`` has ended."""
        self._each(lambda tracker: tracker.fail())
        self.open.clear()

    def begin(self, names: Sequence[str] | str, folder: Path, settings: Mapping[str, Any], plan: Plan) -> None:
        """Start a run in each tracker in ``names``; continue the runs whose ids are in ``trackers.json`` of ``folder``.

        Raises ConfigError if a tracker cannot be started.
        """
        file = folder / TRACKERS
        known = read_json(file, error=ConfigError, what=TRACKERS) if file.is_file() else {}
        flat = dict(_flat(plain(settings)))
        for name in dict.fromkeys([names] if isinstance(names, str) else names):
            try:
                self.open[name] = _MADE[name](folder, flat, str(known.get(name, "")))
            except Exception as error:  # trackers raise anything: no login, no server, no disk
                raise ConfigError("tracker-not-started", name=name, cause=_first_line(error)) from error
        ids = {name: tracker.id for name, tracker in self.open.items() if tracker.id}
        if ids:
            write_json_atomic(file, ids)
        done = 0
        for stage in plan.stages:
            self.steps[stage.name] = done
            done += stage.epochs

    def epoch(self, row: Epoch) -> None:
        """Log one row of the history."""
        losses = {"train/loss": row.train_loss, "valid/loss": row.valid_loss, "valid/score": row.valid_score}
        each = {f"valid/{one.task}/score": one.valid_score for one in row.tasks}
        each |= {"valid/answer_entropy": row.answer_entropy, "valid/largest_answer": row.largest_answer}
        step = self.steps.get(row.stage, 0) + row.epoch
        metrics = _numbers({**losses, **each, "head_lr": row.head_lr})
        self._each(lambda tracker: tracker.log(metrics, step))

    def finish(self, run: Run) -> None:
        """Log scores, cost and findings, and end the run."""
        metrics = _numbers(dict(_scores(run)))
        findings = "; ".join(f"{one.severity}: {one.code}" for one in run.findings if one.severity != "info")
        self._each(lambda tracker: tracker.finish(metrics, findings))
        self.open.clear()

    def _each(self, act: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self.open.items()):
            try:
                act(tracker)
            except Exception as error:
                del self.open[name]
                failed = Finding.of("tracker-failed", "warning", name=name, cause=_first_line(error))
                self.findings.append(failed)
                self.say(text_of("tracker-warning", cause=failed.message))


def _scores(run: Run) -> Iterator[tuple[str, float | None]]:
    several = len({result.task for result in run.results}) > 1
    for result in run.results:
        where = f"{result.split}/{result.task}" if several else result.split
        for score in result.scores:
            yield f"{where}/{score.name}", score.value
            if score.interval:
                yield f"{where}/{score.name}_low", score.interval.low
                yield f"{where}/{score.name}_high", score.interval.high
        yield f"{where}/{'mean' if result.numeric else 'majority_class'}", result.constant
    yield "cost/seconds", run.cost.seconds
    yield "cost/cpu_seconds", run.cost.cpu_seconds
    yield "cost/peak_memory_bytes", run.cost.peak_memory_bytes
    yield "cost/trained_parameters", run.cost.trained_parameters


def _numbers(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """Return the finite metrics, under names that all trackers accept."""
    return {_named(name): float(value) for name, value in metrics.items() if value is not None and math.isfinite(value)}


def _named(name: str) -> str:
    return re.sub(r"[^\w\-. /]", "_", name)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value not in (None, "", [], ()):
            yield f"{prefix}{name}", value


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
