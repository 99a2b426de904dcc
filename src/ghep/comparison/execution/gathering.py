"""Collect the results of a comparison: every finished run, read from its folder, and the controls without a run.

In: a ``Driver`` whose runs are finished, and the controls (``without_runs.py``). Out: a ``Comparison``, or one for each
task.
"""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.comparison.execution.driver import Driver
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.reading import measured_from
from ghep.comparison.execution.without_runs import WithoutRun
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.lineup import part_for
from ghep.comparison.planning.settings import command_line
from ghep.comparison.record import Comparison, Contender, Data, Failure, Measured, Planned
from ghep.comparison.report.words import names
from ghep.data.dataset import Source
from ghep.data.sources.tasks import Readable
from ghep.errors import ConfigError
from ghep.experiment.record import environment
from ghep.messages import text_of
from ghep.types import Finding

OF_A_RUN = ("gradients-conflict", "task-drowned", "forgot-source")
"""Codes of findings whose numbers differ between runs: only the first finding is shown, for all these runs."""
GAP = "valid-and-test-differ"
"""Code of a finding that is treated like those of OF_A_RUN in comparisons of several tasks."""


def gathered(driver: Driver, data: Readable, controls: Sequence[WithoutRun]) -> Comparison:
    """Return the comparison of data with one task: its finished runs and the ``controls`` without a run."""
    return by_task(driver, data, controls)[driver.ground.data.task]


def by_task(driver: Driver, data: Readable, controls: Sequence[WithoutRun] = ()) -> dict[str, Comparison]:
    """Return task -> Comparison of its finished runs and the ``controls`` without a run.

    Raises ConfigError if every run failed.
    """
    ground, ledger, found = driver.ground, driver.ledger, dict[str, list[Measured]]()
    for task, one in controls:
        if isinstance(one, Measured):
            found.setdefault(task, []).append(one)
    for cell in driver.lineup.cells():
        if cell.name in ledger.done:
            for task, one in measured(driver, cell):
                found.setdefault(task, []).append(one)
    if ledger.failed and all(run.folder is None for runs in found.values() for run in runs):
        first = next(iter(ledger.failed.values()))
        raise ConfigError("every-run-failed", cause=first["cause"], first_remedy=first["remedy"])
    every = ground.tasks or {ground.data.task: ground.data}
    missing = [one for _, one in controls if isinstance(one, Finding)]
    return {task: _comparison(driver, of, tuple(found.get(task, ())), data, missing) for task, of in every.items()}


def _comparison(
    driver: Driver, of: Data, runs: tuple[Measured, ...], data: Readable, missing: Sequence[Finding]
) -> Comparison:
    def answers(contender: Contender) -> bool:
        return not contender.tasks or of.task in contender.tasks

    return Comparison(
        data=of,
        runs=runs,
        folder=driver.ledger.folder,
        failures=tuple(failure for failure in _failures(driver.ledger) if answers(failure.contender)),
        stopped=tuple(one for one in driver.left_out if answers(one.contender)),
        rates=tuple(choice for choice in driver.lineup.rates.values() if answers(choice.contender)),
        touches=len(runs),
        seconds=driver.clock.spent(),
        time_limit=driver.settings.time_limit,
        environment=environment(),
        settings=configuration(driver, data),
        findings=findings_of((*of.findings, *missing), runs),
        plan=tuple(planned(driver, [cell for cell in driver.lineup.cells() if answers(cell.contender)])),
    )


def planned(driver: Driver, cells: Iterable[Cell]) -> Iterator[Planned]:
    """Yield the lines of the plan for the runs ``cells``, first those of finished runs.

    A line has the time estimated before the first run and, if its runs are finished, their measured time.
    """
    several, groups = len(driver.ground.backbones) > 1, dict[tuple[bool, bool, str], list[Cell]]()
    for cell in cells:
        if cell.name in driver.ledger.estimates:
            name = str(cell.contender) if several else cell.contender.way
            few = cell.labels is not None
            what = text_of("planned-label-curves") if few else name
            groups.setdefault((cell.name in driver.ledger.done, few, what), []).append(cell)
    for (made, _, what), its in sorted(groups.items(), key=lambda group: (not group[0][0], group[0][1])):
        took = sum(driver.ledger.done[cell.name] for cell in its) if made else None
        yield Planned(what, len(its), sum(driver.ledger.estimates[cell.name] for cell in its), took)


def configuration(driver: Driver, data: Readable) -> dict[str, Any]:
    """Return the exact settings of the comparison, with the command that continues or repeats it."""
    where, settings = location_of(data), driver.settings
    command = f"{command_line(where, settings)} --out {shlex.quote(str(driver.ledger.folder))}"
    return {"data": where, "command": command, **settings.to_json()}


def location_of(data: Readable) -> str | dict[str, str]:
    """Return the location of the data as on the command line; task -> location for several data sets."""
    if isinstance(data, Mapping):
        return {task: str(location_of(one)) for task, one in data.items()}
    return str(data.location if isinstance(data, Source) else data)


def measured(driver: Driver, cell: Cell) -> Iterator[tuple[str, Measured]]:
    """Yield (task, result) of the finished run of ``cell``, for each of its tasks."""
    ground = driver.ground
    costs = ground.costs[cell.contender.backbone]
    if cell.contender.tasks:  # only the rows of these tasks are read
        rows = len(part_for(cell.contender, ground, driver.settings, cell.seed).dataset)
        costs = replace(costs, read_seconds=costs.read_seconds * rows / len(ground.dataset))
    for data in ground.of(cell.contender):
        found = measured_from(cell, driver.ledger.run_folder(cell), data, costs)
        yield data.task, replace(found, price_seconds=driver.estimates.by_itself(cell.contender, cell.labels))


def _failures(ledger: Ledger) -> Iterator[Failure]:
    for one in ledger.failed.values():
        labels = int(one["labels"]) if one["labels"] else None
        contender = Contender(one["strategy"], one["backbone"], tuple(one.get("tasks", ())), one.get("sharing", ""))
        yield Failure(contender, int(one["seed"]), labels, int(one["draw"]), one["cause"], one["remedy"])


def findings_of(said: Iterable[Finding], runs: Iterable[Measured]) -> tuple[Finding, ...]:
    """Return the findings ``said`` (on the data) and those of ``runs``, without duplicates, errors first.

    A finding that only some of the runs have names these runs.
    """
    runs = [run for run in runs if run.labels is None]
    once = {(finding.code, finding.message): finding for finding in said}
    once |= {(one.code, one.message): one for one in _of_runs(runs, known=frozenset(once))}
    once |= {(one.code, one.message): one for one in _of_some_runs(runs)}
    rank = ("error", "warning", "info")
    return tuple(sorted(once.values(), key=lambda finding: rank.index(finding.severity)))


def _of_runs(runs: Sequence[Measured], known: Container[tuple[str, str]]) -> Iterator[Finding]:
    """Yield the findings that the runs reported, except those whose (code, message) is in ``known``.

    A finding that only some runs reported names these runs. Of findings with the same code and remedy, which differ
    only in details, the first is yielded, with the runs that reported that one.
    """
    by_message: dict[tuple[str, str], tuple[Finding, dict[tuple[Contender, int], None]]] = {}
    for run in runs:
        for one in run.findings:
            if not _shown_once(run, one) and not _of_splits(one) and (one.code, one.message) not in known:
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
        shown = {"finding": first.message, "runs": runs_in_words(of_all, every)}
        if len(group) > 1:
            message = text_of("finding-of-runs-details", **shown, first=runs_in_words(of_first, every))
        else:
            message = text_of("finding-of-runs", **shown)
        yield replace(first, message=message)


def runs_in_words(runs: Iterable[tuple[Contender, int]], every: Iterable[tuple[Contender, int]]) -> str:
    """Return the contenders and seeds of ``runs`` as text: ``light, seed 0; full, all 3 seeds``.

    ``every`` are all runs (contender, seed) of the comparison.
    """
    every = list(every)
    called, by_contender = names(one for one, _ in every), dict[Contender, list[int]]()
    for contender, seed in runs:
        by_contender.setdefault(contender, []).append(seed)
    parts = []
    for contender, seeds in by_contender.items():
        of_all = {seed for one, seed in every if one == contender}
        named = {"contender": called.get(contender, str(contender)), "count": len(seeds)}
        if len(seeds) > 1 and set(seeds) == of_all:
            parts.append(text_of("runs-all-seeds", **named))
        else:
            parts.append(text_of("runs-of-seeds", **named, seeds=sorted(seeds)))
    return "; ".join(parts)


def _of_splits(finding: Finding) -> bool:
    """Whether a finding is on the splits' features, which a comparison compares itself, once for all runs."""
    return finding.code == GAP and finding.items == ("valid", "test")


def _shown_once(run: Measured, finding: Finding) -> bool:
    """Whether the numbers in this finding differ between runs, so that it is shown once instead of once per run."""
    if _of_splits(finding):
        return False
    return finding.code in OF_A_RUN or (finding.code == GAP and bool(run.contender.tasks))


def _of_some_runs(runs: Iterable[Measured]) -> Iterator[Finding]:
    """Yield the findings whose numbers differ between runs: the first of each kind, with the number of other runs."""
    found: dict[tuple[str, tuple[str, ...]], dict[Path | None, tuple[Measured, Finding]]] = {}
    for run in runs:
        for one in run.findings:
            if _shown_once(run, one):
                of = run.contender.tasks if one.code == GAP and not one.items else one.items  # a run of one task
                found.setdefault((one.code, of), {}).setdefault(run.folder, (run, one))
    for alike in found.values():
        run, first = next(iter(alike.values()))
        named = {"finding": first.message, "contender": run.contender, "seed": run.seed, "more": len(alike) - 1}
        yield replace(first, message=text_of("finding-of-a-run", **named))
