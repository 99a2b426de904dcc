"""Remedies: other sharing strategies, which are run after the default one if requested or if a task was hurt.

In: a ``Running`` with finished runs. Out: the additional runs. Whether sharing hurt a task is measured on test. This
decides only which runs are added; the remedy to recommend is chosen on valid (``statistics.remedies``).
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
from ghep.messages import text_of


def try_remedies(running: Running, data: Readable) -> None:
    """Run the remedies, with the same seeds, learning rate and number of epochs as the default shared model."""
    for plain in [one for one in running.contenders if one.tasks == tuple(running.ground.tasks) and one in running.lrs]:
        for way in dict.fromkeys((*running.settings.remedies, *_common_remedies(running, plain, data))):
            running.also(replace(plain, sharing=way))


def _common_remedies(running: Running, plain: Contender, data: Readable) -> Iterator[str]:
    """Yield the default remedies (``REMEDIES``) if the shared model ``plain`` hurt a task.

    Whether it did is saved in the ledger on the first call, so that later calls yield the same.
    """
    if not running.settings.remedy or not any(running.ledger.finished(Cell(plain, seed)) for seed in running.seeds):
        return

    def make() -> list[str]:
        runs = by_task(running, data, with_controls=False)
        so_far = SharedComparison(tasks=runs, models=(), name="", folder=running.ledger.folder)
        return [gain.task for gain in gains(so_far, plain) if harmed(gain)]

    hurt = running.ledger.decided(f"hurt by {plain.key}", make)
    if hurt:
        text = text_of("sharing-trying-remedies", name=str(plain), tasks=hurt, remedies=REMEDIES)
        running.reporter.say(f"  {text}")
        yield from REMEDIES
