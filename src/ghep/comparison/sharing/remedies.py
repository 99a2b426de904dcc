"""Remedies: other sharing strategies, which are run after the default one if requested or if a task was hurt.

In: a ``Driver`` with finished runs. Out: the additional runs. Whether sharing hurt a task is measured on test. This
decides only which runs are added; the remedy to recommend is chosen on valid (``statistics.remedies``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ghep.comparison.execution.driver import Driver
from ghep.comparison.execution.gathering import by_task
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.settings import REMEDIES
from ghep.comparison.record import Contender
from ghep.comparison.sharing.kinds import harmed
from ghep.comparison.sharing.record import SharedComparison
from ghep.comparison.sharing.statistics import gains
from ghep.data.sources.tasks import Readable
from ghep.messages import text_of


def try_remedies(driver: Driver, data: Readable) -> None:
    """Run the remedies, with the same seeds, learning rate and number of epochs as the default shared model."""
    lineup, tasks = driver.lineup, tuple(driver.ground.tasks)
    for plain in [one for one in lineup.contenders if one.tasks == tasks and one in lineup.lrs]:
        for way in dict.fromkeys((*driver.settings.remedies, *_common_remedies(driver, plain, data))):
            driver.add(replace(plain, sharing=way))


def _common_remedies(driver: Driver, plain: Contender, data: Readable) -> Iterator[str]:
    """Yield the default remedies (``REMEDIES``) if the shared model ``plain`` hurt a task.

    Whether it did is saved in the ledger on the first call, so that later calls yield the same.
    """
    cells = [Cell(plain, seed) for seed in range(driver.settings.seeds)]
    if not driver.settings.remedy or not any(map(driver.ledger.finished, cells)):
        return

    def make() -> list[str]:
        runs = by_task(driver, data)
        so_far = SharedComparison(tasks=runs, models=(), name="", folder=driver.ledger.folder)
        return [gain.task for gain in gains(so_far, plain) if harmed(gain)]

    hurt = driver.ledger.decided(f"hurt by {plain.key}", make)
    if hurt:
        text = text_of("sharing-trying-remedies", name=str(plain), tasks=hurt, remedies=REMEDIES)
        driver.reporter.say(f"  {text}")
        yield from REMEDIES
