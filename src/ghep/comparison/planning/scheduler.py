"""The scheduler: which run comes next, given the runs that are finished and the time that is left.

In: the lineup, the finished runs and the clock. Out: runs in the order in which to start them. The rules of the order
are pure functions in ``schedule.py``; the scheduler applies them to the state of a comparison.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean

from ghep.comparison.analysis.adaptive import next_seed
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.reading import measured_from, taken_from, valid_score
from ghep.comparison.planning.estimates import Estimates, Taken
from ghep.comparison.planning.grid import Cell, line_of, lines
from ghep.comparison.planning.lineup import Lineup
from ghep.comparison.planning.schedule import (
    LATER,
    PROBE,
    SOONER,
    Unit,
    cannot_win,
    in_order,
    unlimited,
    within,
)
from ghep.comparison.planning.search import judges
from ghep.comparison.record import Comparison, Contender
from ghep.comparison.sharing.parts import limited


@dataclass
class Scheduler:
    """Chooses the next run; knows the measured times and validation scores of finished runs."""

    ground: Ground
    lineup: Lineup
    ledger: Ledger
    clock: Clock
    estimates: Estimates
    scores: dict[Cell, float] = field(default_factory=dict)
    """Validation scores of finished runs on all labels."""
    ends: dict[Cell, float] = field(default_factory=dict)
    """Run that was begun -> the seconds of the comparison (``Clock.spent``) after which it is expected to end."""

    def note(self, cell: Cell) -> Taken:
        """Record the measured times and the validation score of the finished run of ``cell``; return the times."""
        folder = self.ledger.run_folder(cell)
        taken = taken_from(folder)
        self.estimates.note(cell, taken)
        if cell.labels is None:
            score = valid_score(folder, self.ground.task_names(cell.contender))
            self.scores |= {} if score is None else {cell: score}
        return taken

    def order(self, todo: Sequence[tuple[Cell, ...]], at_once: int) -> Iterator[Cell]:
        """Yield the runs of ``todo`` in the order in which to start them; ``at_once`` of them are made at a time.

        With a time limit the order depends on the measured time of finished runs. Without a limit it depends on counted
        work only, because the order determines which run computes an activation in the store, and this can change the
        last bits of the results of other runs.
        """
        if self.clock.limit is None:
            counted = (Unit(group, sum(map(self.estimates.counted, group))) for group in todo)
            yield from itertools.chain.from_iterable(unit.cells for unit in unlimited(counted))
            return
        todo = list(todo)
        while todo:
            units = self._units(todo)
            left, now = self.clock.left(), self.clock.spent()
            busy = [max(0.0, end - now) for cell, end in self.ends.items() if cell not in self.estimates.taken]
            chosen = within(units, left, at_once=at_once, busy=sorted(busy, reverse=True)[: at_once - 1])
            if not chosen and self.ledger.done:
                return
            chosen = chosen or in_order(units)  # at least one run, however short the time
            todo.remove(chosen[0].cells)
            for cell in chosen[0].cells:
                self.ends[cell] = self.clock.spent() + self.estimates.seconds(cell)
                yield cell

    def expected(self, todo: Sequence[tuple[Cell, ...]]) -> dict[Cell, float]:
        """Return cell -> estimated seconds of each run of ``todo``, in the expected order."""
        return self.estimates.of_all(cell for unit in in_order(self._units(todo)) for cell in unit.cells)

    def number_that_fit(self, todo: Sequence[tuple[Cell, ...]], at_once: int) -> int:
        """Return how many runs of ``todo`` fit into the time that is left."""
        return sum(len(unit.cells) for unit in within(self._units(todo), self.clock.left(), at_once=at_once))

    def _units(self, groups: Sequence[tuple[Cell, ...]]) -> list[Unit]:
        factors = dict.fromkeys(self.cannot_win(), LATER)
        if (decisive := self.decisive(groups)) is not None:
            factors[decisive] = SOONER
        cheapest = self._cheapest_fine_tuning()
        units = []
        for group in groups:
            line, first = line_of(group[0].contender), group[0].labels is not None and group[0].draw == 0
            seconds = sum(map(self.estimates.seconds, group))
            units.append(Unit(group, seconds, factors.get(line, 1.0), early=first and line == cheapest))
        return units

    def _cheapest_fine_tuning(self) -> Contender | None:
        """Return the line (strategy and backbone) with the least counted work that is neither probe nor control."""
        found = {
            line: sum(self.estimates.counted(Cell(one, 0)) for one in models)
            for line, models in lines(self.lineup.contenders).items()
            if not line.control and line.plain_strategy != PROBE
        }
        return min(found, key=lambda line: (found[line], line), default=None)

    def decisive(self, groups: Iterable[tuple[Cell, ...]]) -> Contender | None:
        """Return the contender whose next seed would help most to decide which is best on valid; None if none would.

        This is used only with a time limit, after every contender has run once.
        """
        left = {group[0] for group in groups if len(group) == 1 and group[0].labels is None}
        if self.clock.limit is None or any(cell.seed == 0 for cell in left) or not self.ground.dataset.valid:
            return None
        data = replace(self.ground.data, headline="valid")
        runs = [
            measured_from(cell, self.ledger.run_folder(cell), data, None)
            for cell in self._on_all_labels()
            if cell.name in self.ledger.done
        ]
        candidates = sorted({cell.contender for cell in left})
        return next_seed(Comparison(data, tuple(runs), self.ledger.folder), candidates) if runs and candidates else None

    def cannot_win(self) -> set[Contender]:
        """Return the lines (strategy and backbone) that are clearly worse than the best on valid; they run last."""
        if not self.ground.dataset.valid:
            return set()
        scores: dict[Contender, list[float]] = {}
        for cell in self._on_all_labels():
            if cell in self.scores and not cell.contender.control:
                scores.setdefault(cell.contender, []).append(self.scores[cell])
        means = {contender: mean(found) for contender, found in scores.items()}
        valid = judges(limited(self.ground.dataset, self.lineup.settings.limits, draw=0))
        return cannot_win(score_by_line(means, tasks=len(self.ground.tasks)), valid)

    def _on_all_labels(self) -> list[Cell]:
        seeds = range(self.lineup.settings.seeds)
        return [Cell(contender, seed) for contender in self.lineup.contenders for seed in seeds]


def score_by_line(scores: Mapping[Contender, float], *, tasks: int) -> dict[Contender, float]:
    """Return line (strategy and backbone) -> score: of its shared model, or the mean of its single-task models.

    The higher of the two counts. Models of two or more, but not all ``tasks``, are ignored: with two easy tasks such a
    model would make its line look better than it is.
    """
    found: dict[Contender, float] = {}
    for line, models in lines(scores).items():
        alone = [scores[one] for one in models if len(one.tasks) < 2]
        shared = [scores[one] for one in models if 1 < len(one.tasks) == tasks]
        if alone or shared:
            found[line] = max([*shared, *([mean(alone)] if alone else [])])
    return found
