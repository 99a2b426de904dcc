"""Other ways of sharing, tried after the usual runs: those that were named, and the common ones where a task was hurt.

Whether sharing hurt a task is a finding on test, as all findings are. It decides which runs are made and reported
beside the others; which of them is taken is chosen on valid (``statistics.remedies``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ghep.comparison.execution.gathering import by_task
from ghep.comparison.execution.running import Running
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.settings import REMEDIES
from ghep.comparison.record import Contender
from ghep.comparison.sharing.kinds import harmed
from ghep.comparison.sharing.record import SharedComparison
from ghep.comparison.sharing.statistics import gains
from ghep.data.sources.tasks import Readable


def try_remedies(running: Running, data: Readable) -> None:
    """Make shared runs in other ways, with the seeds, the rate and the length of the usual ones."""
    for usual in [one for one in running.who if one.tasks == tuple(running.ground.tasks) and one in running.lrs]:
        for way in dict.fromkeys((*running.settings.remedies, *_called_for(running, usual, data))):
            running.also(replace(usual, sharing=way))


def _called_for(running: Running, usual: Contender, data: Readable) -> Iterator[str]:
    """Yield the common remedies if ``usual`` hurt a task, as was found once and written down."""
    if not running.settings.remedy or not any(running.ledger.finished(Cell(usual, seed)) for seed in running.seeds):
        return

    def make() -> list[str]:
        runs = by_task(running, data, standing=False)
        so_far = SharedComparison(tasks=runs, models=(), name="", folder=running.ledger.folder)
        return [gain.task for gain in gains(so_far, usual) if harmed(gain)]

    hurt = running.ledger.decided(f"hurt by {usual.key}", make)
    if hurt:
        running.reporter.say(f"  {usual} hurt {', '.join(hurt)}: trying {', '.join(REMEDIES)}")
        yield from REMEDIES
