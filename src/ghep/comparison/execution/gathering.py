"""What happened in a comparison, read back from its folder: every finished run, the standing controls beside them."""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.controls import standing_controls
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.reading import measured_from
from ghep.comparison.execution.running import Running
from ghep.comparison.execution.zero_shot import zero_shot
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.settings import command_line
from ghep.comparison.record import MAJORITY, Comparison, Contender, Data, Failure, Measured, Planned
from ghep.comparison.report.words import listed, names
from ghep.comparison.sharing.parts import limited, only
from ghep.data.dataset import Source
from ghep.data.sources.tasks import Readable
from ghep.errors import ConfigError, GhepError
from ghep.experiment.prepared import tasks_of
from ghep.experiment.record import environment
from ghep.types import Finding

OF_A_RUN = ("gradients-conflict", "task-drowned")
"""Said with numbers of its own in each run."""
GAP = "valid-and-test-differ"
"""The same, and of several tasks each run may say it."""


def gathered(ground: Ground, running: Running, data: Readable) -> Comparison:
    """Read every finished run of data with one task back and put the standing controls beside them."""
    return by_task(running, data)[ground.data.task]


def by_task(running: Running, data: Readable, *, standing: bool = True) -> dict[str, Comparison]:
    """Return task -> every finished run that answers it, and the standing controls unless they are not wanted.

    Raises ConfigError if there is no finished run at all.
    """
    ground, ledger, found = running.ground, running.ledger, dict[str, list[Measured]]()
    made = without_runs(running) if standing else []
    for task, one in (*((task, one) for task, one in made if isinstance(one, Measured)), *_finished(running)):
        found.setdefault(task, []).append(one)
    if ledger.failed and all(run.folder is None for runs in found.values() for run in runs):
        first = next(iter(ledger.failed.values()))
        raise ConfigError(f"every run failed; the first: {first['cause']}", remedy=first["remedy"])
    every = ground.tasks or {ground.data.task: ground.data}
    left_out = [one for _, one in made if isinstance(one, Finding)]
    return {task: _comparison(running, of, tuple(found.get(task, ())), data, left_out) for task, of in every.items()}


def without_runs(running: Running) -> list[tuple[str, Measured | Finding]]:
    """Return (task, control or reference that makes no run, or why there is none), fitted at the first call."""
    if running.without_runs is None:
        task = running.ground.data.task
        running.without_runs = [*_standing(running), *((task, one) for one in _references(running))]
    return running.without_runs


def _comparison(
    running: Running, of: Data, runs: tuple[Measured, ...], data: Readable, left_out: Sequence[Finding]
) -> Comparison:
    def answers(contender: Contender) -> bool:
        return not contender.tasks or of.task in contender.tasks

    return Comparison(
        data=of,
        runs=runs,
        folder=running.ledger.folder,
        failures=tuple(failure for failure in _failures(running.ledger) if answers(failure.contender)),
        stopped=tuple(one for one in running.stopped if answers(one.contender)),
        rates=tuple(choice for choice in running.rates.values() if answers(choice.contender)),
        touches=len(runs),
        seconds=running.spent(),
        time_limit=running.settings.time_limit,
        environment=environment(),
        settings=asked_for(running, data),
        findings=findings_of((*of.findings, *left_out), runs),
        plan=tuple(planned(running, [cell for cell in cells_of(running) if answers(cell.contender)])),
    )


def planned(running: Running, cells: Iterable[Cell]) -> Iterator[Planned]:
    """Yield what was expected of the runs before the first began: with what it took for those that were made."""
    several, groups = len(running.ground.backbones) > 1, dict[tuple[bool, str], list[Cell]]()
    for cell in cells:
        if cell.name in running.ledger.estimates:
            who = str(cell.contender) if several else cell.contender.way
            what = who if cell.labels is None else "label curve"
            groups.setdefault((cell.name in running.ledger.done, what), []).append(cell)
    for (made, what), its in sorted(groups.items(), key=lambda group: (not group[0][0], group[0][1] == "label curve")):
        took = sum(running.ledger.done[cell.name] for cell in its) if made else None
        yield Planned(what, len(its), sum(running.ledger.estimates[cell.name] for cell in its), took)


def asked_for(running: Running, data: Readable) -> dict[str, Any]:
    """Return the exact configuration, and the command that goes on with it."""
    where, settings = location_of(data), running.settings
    command = f"{command_line(where, settings)} --out {shlex.quote(str(running.ledger.folder))}"
    return {"data": where, "command": command, **settings.to_json()}


def location_of(data: Readable) -> str | dict[str, str]:
    """Return where the data lie, as somebody would say it on the command line."""
    if isinstance(data, Mapping):
        return {task: str(location_of(one)) for task, one in data.items()}
    return str(data.location if isinstance(data, Source) else data)


def _finished(running: Running) -> Iterator[tuple[str, Measured]]:
    for cell in cells_of(running):
        if cell.name in running.ledger.done:
            yield from measured(running, cell)


def measured(running: Running, cell: Cell) -> Iterator[tuple[str, Measured]]:
    """Yield (task, what the finished run of ``cell`` says of it) for each of its tasks."""
    ground = running.ground
    costs = ground.costs[cell.contender.backbone]
    if cell.contender.tasks:  # a model for some tasks needs the rows of these alone
        rows = len(running.prepared(cell.contender, cell.seed).dataset)
        costs = replace(costs, read_seconds=costs.read_seconds * rows / len(ground.dataset))
    for data in ground.of(cell.contender):
        found = measured_from(cell, running.ledger.run_folder(cell), data, costs)
        yield data.task, replace(found, price_seconds=running.estimates.by_itself(cell.contender, cell.labels))


def cells_of(running: Running) -> Iterator[Cell]:
    """Yield every run that may have been made, in order."""
    settings = running.settings
    who = running.who
    for seed in range(settings.seeds):
        yield from (Cell(contender, seed) for contender in who)
    for labels in settings.labels:
        for draw in range(settings.seeds):
            yield from (Cell(contender, draw, labels, draw) for contender in who)


def _standing(running: Running) -> Iterator[tuple[str, Measured]]:
    """Yield (task, standing control) on all labels, then on fewer."""
    ground = running.ground
    if not running.settings.controls:
        return
    first = ground.backbones[0]
    linear = load_backbone(first).preprocess.linear_control(ground.prepared[first].store)
    tasks = tasks_of(ground.dataset, running.settings.run.get("ratings", ()))
    for task in tasks:
        data = ground.tasks.get(task.name, ground.data)
        draws = running.settings.seeds if task.name in running.settings.limits else 1
        for seed in range(draws):
            part = limited(ground.dataset, running.settings.limits, draw=seed)
            for one in standing_controls(only(part, (task.name,)), linear, task, data, seed=seed):
                if seed == 0 or one.contender.strategy != MAJORITY:
                    yield task.name, one
    for (labels, draw), part in running.draws().items():
        for one in standing_controls(part, linear, tasks[0], ground.data, labels=labels, draw=draw):
            if one.contender.strategy != MAJORITY:
                yield ground.data.task, one


def _references(running: Running) -> Iterator[Measured | Finding]:
    """Yield how each backbone that can embed class names does without labels, or why not; of one task."""
    ground, settings = running.ground, running.settings
    if not settings.controls or ground.tasks or not load_backbone(ground.backbones[0]).preprocess.embeds_class_names:
        return
    (task,) = tasks_of(ground.dataset, settings.run.get("ratings", ()))
    for name in ground.backbones:
        try:
            yield zero_shot(name, ground.prepared[name], task, ground.data, settings, running.ledger.measured)
        except GhepError as error:  # the runs are made: they are not lost because a reference cannot be
            yield Finding("no-zero-shot", "info", f"zero_shot was left out: {error.cause}", error.remedy)


def _failures(ledger: Ledger) -> Iterator[Failure]:
    for one in ledger.failed.values():
        labels = int(one["labels"]) if one["labels"] else None
        who = Contender(one["strategy"], one["backbone"], tuple(one.get("tasks", ())), one.get("sharing", ""))
        yield Failure(who, int(one["seed"]), labels, int(one["draw"]), one["cause"], one["remedy"])


def findings_of(said: Iterable[Finding], runs: Iterable[Measured]) -> tuple[Finding, ...]:
    """Return the findings of data and runs, each once, worst first; those of some runs say whose they are."""
    runs = [run for run in runs if run.labels is None]
    once = {(finding.code, finding.message): finding for finding in said}
    once |= {(one.code, one.message): one for one in _of_runs(runs, known=frozenset(once))}
    once |= {(one.code, one.message): one for one in _of_some_runs(runs)}
    rank = ("error", "warning", "info")
    return tuple(sorted(once.values(), key=lambda finding: rank.index(finding.severity)))


def _of_runs(runs: Sequence[Measured], known: Container[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what runs found and the data did not say, each with its runs unless all say the same.

    Findings of one code and remedy differ in their details alone: they are one, in the words of the first.
    """
    by_message: dict[tuple[str, str], tuple[Finding, dict[tuple[Contender, int], None]]] = {}
    for run in runs:
        for one in run.findings:
            if not _told_once(run, one) and (one.code, one.message) not in known:
                _, found = by_message.setdefault((one.code, one.message), (one, {}))
                found[run.contender, run.seed] = None
    every = list(dict.fromkeys((run.contender, run.seed) for run in runs if run.folder is not None))
    alike: dict[tuple[str, str], list[tuple[Finding, list[tuple[Contender, int]]]]] = {}
    for finding, of in by_message.values():
        alike.setdefault((finding.code, finding.remedy), []).append((finding, list(of)))
    for group in alike.values():
        first, of_first = group[0]
        of_all = list(dict.fromkeys(one for _, of in group for one in of))
        if len(group) == 1 and set(of_all) == set(every):
            yield first
            continue
        details = f"; details of {whose(of_first, every)}" if len(group) > 1 else ""
        yield replace(first, message=f"{first.message} ({whose(of_all, every)}{details})")


def whose(runs: Iterable[tuple[Contender, int]], every: Iterable[tuple[Contender, int]]) -> str:
    """Return the contenders and seeds of ``runs``, some of ``every``: ``light, seed 0; full, all 3 seeds``."""
    every = list(every)
    called, by_contender = names(one for one, _ in every), dict[Contender, list[int]]()
    for contender, seed in runs:
        by_contender.setdefault(contender, []).append(seed)
    parts = []
    for contender, seeds in by_contender.items():
        there = {seed for one, seed in every if one == contender}
        if len(seeds) > 1 and set(seeds) == there:
            which = "both seeds" if len(seeds) == 2 else f"all {len(seeds)} seeds"
        else:
            which = f"{'seed' if len(seeds) == 1 else 'seeds'} {listed([str(seed) for seed in sorted(seeds)])}"
        parts.append(f"{called.get(contender, str(contender))}, {which}")
    return "; ".join(parts)


def _told_once(run: Measured, finding: Finding) -> bool:
    """Whether a finding has numbers that differ from run to run and is told once for all that say it of the same."""
    return finding.code in OF_A_RUN or (finding.code == GAP and bool(run.contender.tasks))


def _of_some_runs(runs: Iterable[Measured]) -> Iterator[Finding]:
    """Yield what was found in some runs, in the words of the first, with how many others say so too."""
    found: dict[tuple[str, tuple[str, ...]], dict[Path | None, tuple[Measured, Finding]]] = {}
    for run in runs:
        for one in run.findings:
            if _told_once(run, one):
                of = run.contender.tasks if one.code == GAP and not one.items else one.items  # of its only task
                found.setdefault((one.code, of), {}).setdefault(run.folder, (run, one))
    for alike in found.values():
        run, first = next(iter(alike.values()))
        more = f", and {len(alike) - 1} more runs" if len(alike) > 2 else ", and one more run" * (len(alike) > 1)
        yield replace(first, message=f"{first.message} ({run.contender}, seed {run.seed}{more})")
