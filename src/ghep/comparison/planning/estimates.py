"""Time estimates of the runs of a comparison, refined with every finished run.

In: the work of each contender for each number of labels, the prices of its backbone, and the seconds of finished runs.
The estimate is the mean of finished runs that differ only in seed or draw; else it comes from the cost model, with the
overhead and training speed measured in finished runs of the backbone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import mean, median

from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.pricing import Prices, Work
from ghep.comparison.record import RANDOM_FEATURES, Contender

Amount = tuple[Contender, int | None]
"""Contender, labels per class; None: all."""
NOMINAL = Prices(overhead=1.0, train=0.03, passes=0.01, scored=0.01, update=0.1)
"""For a network of the size of ResNet-18 on one thread; only their ratios matter."""


@dataclass(frozen=True)
class Taken:
    """The seconds of a finished run."""

    seconds: float
    training: float = 0.0
    overhead: float = 0.0
    """Seconds without passes, training and scoring."""


@dataclass
class Estimates:
    """Estimates for all runs."""

    prices: Mapping[str, Prices]
    """Backbone -> prices."""
    works: dict[Amount, Work] = field(default_factory=dict)
    taken: dict[Cell, Taken] = field(default_factory=dict)
    """Finished run -> its seconds."""
    stored: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """Backbone -> the (views, boundary) whose rows are in the store."""

    def note(self, cell: Cell, taken: Taken) -> None:
        """Record a finished run."""
        self.taken[cell] = taken
        self._stores(cell)

    def seconds(self, cell: Cell) -> float:
        """Return the estimated additional seconds of the run of ``cell``."""
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
        """Return the work of the run of ``cell`` at nominal prices, which does not depend on measured time."""
        return NOMINAL.seconds(self._work(cell))

    def by_itself(self, contender: Contender, labels: int | None) -> float:
        """Return the price of one run in a process of its own, by the cost model alone."""
        return self.prices[contender.backbone].by_itself(self.works.get((contender, labels), Work()))

    def of_all(self, cells: Iterable[Cell]) -> dict[Cell, float]:
        """Return cell -> its estimated additional seconds if ``cells`` are made in this order."""
        before = {name: set(stored) for name, stored in self.stored.items()}
        found = {}
        for cell in cells:
            found[cell] = self.seconds(cell)
            self._stores(cell)
        self.stored = before
        return found

    def _stores(self, cell: Cell) -> None:
        """Record the rows that a run stores for others: not a draw, which has only some, nor random weights."""
        if cell.labels is None and cell.contender.strategy != RANDOM_FEATURES:
            self.stored.setdefault(cell.contender.backbone, set()).update(self._work(cell).stored)

    def _work(self, cell: Cell) -> Work:
        return self.works.get((cell.contender, cell.labels), Work())

    def _overhead(self, backbone: str) -> float:
        """Return the median overhead of finished runs; without any, that of the prices."""
        found = [taken.overhead for cell, taken in self.taken.items() if cell.contender.backbone == backbone]
        return median(found) if found else self.prices[backbone].overhead

    def _speed(self, backbone: str) -> float:
        """Return actual over estimated training time: above 1 on a busy machine, below if stages end early."""
        expected = actual = 0.0
        for cell, taken in self.taken.items():
            if cell.contender.backbone == backbone and self._work(cell).train:
                expected += self.prices[backbone].training(self._work(cell))
                actual += taken.training
        return min(5.0, max(0.2, actual / expected)) if expected else 1.0


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two runs differ only in seed or draw."""
    return one.contender == other.contender and one.labels == other.labels and one != other
