"""The controls and references of a comparison that are computed directly, without a run.

In: the data and the settings. Out: the results of ``controls.py`` for each task and draw, and of ``zero_shot.py`` for
each backbone.
"""

from __future__ import annotations

from collections.abc import Iterator

from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.controls import fitted_controls
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.zero_shot import left_out, zero_shot
from ghep.comparison.planning.draws import nested_draws
from ghep.comparison.planning.settings import Settings
from ghep.comparison.record import CONSTANT, Measured
from ghep.comparison.sharing.parts import limited, only
from ghep.errors import GhepError
from ghep.experiment.prepared import tasks_of
from ghep.types import Finding

WithoutRun = tuple[str, Measured | Finding]
"""A task, and the result of a control or reference without a run, or a finding why it is missing."""


def without_runs(ground: Ground, settings: Settings, ledger: Ledger) -> list[WithoutRun]:
    """Return (task, result) of each control and reference that needs no run, or (task, finding) if it cannot be made.

    Empty if the settings turn controls off.
    """
    if not settings.controls:
        return []
    task = ground.data.task
    return [*_fitted(ground, settings), *((task, one) for one in _references(ground, settings, ledger))]


def _fitted(ground: Ground, settings: Settings) -> Iterator[tuple[str, Measured]]:
    """Yield (task, result) of the controls that are fitted directly: all labels first, then fewer."""
    first = ground.backbones[0]
    linear = load_backbone(first).preprocess.linear_control(ground.prepared[first].store)
    tasks = tasks_of(ground.dataset, settings.run.get("ratings", ()))
    for task in tasks:
        data = ground.tasks.get(task.name, ground.data)
        for seed in range(settings.seeds if task.name in settings.limits else 1):
            part = limited(ground.dataset, settings.limits, draw=seed)
            for one in fitted_controls(only(part, (task.name,)), linear, task, data, seed=seed):
                if seed == 0 or one.contender.strategy not in CONSTANT:
                    yield task.name, one
    for draw in range(settings.seeds if settings.labels else 0):
        drawn = nested_draws(ground.dataset, ground.data.task, settings.labels, draw=draw)
        for labels, part in drawn.items():
            for one in fitted_controls(part, linear, tasks[0], ground.data, labels=labels, draw=draw):
                if one.contender.strategy not in CONSTANT:
                    yield ground.data.task, one


def _references(ground: Ground, settings: Settings, ledger: Ledger) -> Iterator[Measured | Finding]:
    """Yield the zero-shot result of each backbone, or a finding why it has none; nothing if there are several tasks."""
    if ground.tasks or not load_backbone(ground.backbones[0]).preprocess.embeds_class_names:
        return
    (task,) = tasks_of(ground.dataset, settings.run.get("ratings", ()))
    for name in ground.backbones:
        try:
            yield zero_shot(name, ground.prepared[name], task, ground.data, settings, ledger.measured)
        except GhepError as error:  # the runs are kept even if the reference fails
            yield left_out(error.cause, error.remedy)
