"""What the runs of a comparison are expected to take, before it begins and better with every run that is finished.

In: the work of each contender on each number of labels, the prices of its backbone, and the seconds of finished runs.
A run like one that was made takes as long as that one. Another takes what the cost model says, with the overhead and
the speed of training that finished runs of its backbone showed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import mean, median

from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.pricing import Prices, Work
from ghep.comparison.record import RANDOM_FEATURES, Contender

Amount = tuple[Contender, int | None]
"""Contender, labels a class; None: all."""
NOMINAL = Prices(overhead=1.0, train=0.03, passes=0.01, scored=0.01, update=0.1)
"""Of a network as large as ResNet-18 on one thread; only how they compare matters."""


@dataclass(frozen=True)
class Taken:
    """The seconds of a finished run."""

    seconds: float
    training: float = 0.0
    """Of them."""
    overhead: float = 0.0
    """Of them: without passes, training and scoring."""


@dataclass
class Estimates:
    """Of all runs that are wanted."""

    prices: Mapping[str, Prices]
    """By backbone."""
    works: dict[Amount, Work] = field(default_factory=dict)
    taken: dict[Cell, Taken] = field(default_factory=dict)
    """Of finished runs."""
    stored: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """Backbone -> the (views, boundary) whose rows are in the store."""

    def note(self, cell: Cell, taken: Taken) -> None:
        """Take a finished run into account."""
        self.taken[cell] = taken
        self._stores(cell)

    def seconds(self, cell: Cell) -> float:
        """Return what the run of ``cell`` is expected to add."""
        like = [taken.seconds for one, taken in self.taken.items() if _alike(one, cell)]
        if like:
            return mean(like)
        backbone = cell.contender.backbone
        work, prices = self._work(cell), self.prices[backbone]
        own = cell.contender.strategy == RANDOM_FEATURES
        stored = not own and set(work.stored) <= self.stored.get(backbone, set())
        passes = 0.0 if stored else work.passes * prices.passes
        training = prices.training(work) * self._speed(backbone)
        return self._overhead(backbone) + passes + training + work.scored * prices.scored

    def counted(self, cell: Cell) -> float:
        """Return what the run of ``cell`` counts for where the clock must not matter: its work at nominal prices."""
        return NOMINAL.seconds(self._work(cell))

    def by_itself(self, contender: Contender, labels: int | None) -> float:
        """Return the price of one run in a process of its own, by the cost model alone."""
        return self.prices[contender.backbone].by_itself(self.works.get((contender, labels), Work()))

    def of_all(self, cells: Iterable[Cell]) -> dict[Cell, float]:
        """Return cell -> what it is expected to add if ``cells`` are made in this order."""
        before = {name: set(there) for name, there in self.stored.items()}
        found = {}
        for cell in cells:
            found[cell] = self.seconds(cell)
            self._stores(cell)
        self.stored = before
        return found

    def _stores(self, cell: Cell) -> None:
        """Note the rows that a run leaves for others: not a draw, which has a few of all, nor random weights."""
        if cell.labels is None and cell.contender.strategy != RANDOM_FEATURES:
            self.stored.setdefault(cell.contender.backbone, set()).update(self._work(cell).stored)

    def _work(self, cell: Cell) -> Work:
        return self.works.get((cell.contender, cell.labels), Work())

    def _overhead(self, backbone: str) -> float:
        """Return the median overhead of finished runs, once there are some."""
        found = [taken.overhead for cell, taken in self.taken.items() if cell.contender.backbone == backbone]
        return median(found) if found else self.prices[backbone].overhead

    def _speed(self, backbone: str) -> float:
        """Return how many times as long training took as was expected: a busy machine, or stages that ended early."""
        expected = actual = 0.0
        for cell, taken in self.taken.items():
            if cell.contender.backbone == backbone and self._work(cell).train:
                expected += self.prices[backbone].training(self._work(cell))
                actual += taken.training
        return min(5.0, max(0.2, actual / expected)) if expected else 1.0


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two runs differ by their seed or their draw alone."""
    return one.contender == other.contender and one.labels == other.labels and one != other
