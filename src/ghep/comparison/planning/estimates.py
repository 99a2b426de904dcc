"""Time estimates of the runs of a comparison, refined with every finished run.

In: the work of each contender for each number of labels, the prices of its backbone, and the seconds of finished runs.
Out: the estimated seconds of a run. If there are finished runs that differ only in seed or draw, the estimate is their
mean. Else it comes from the cost model (``pricing.py``), with the overhead and the training speed that were measured in
finished runs of the same backbone that train about as much of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import mean, median

from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.pricing import Prices, Work
from ghep.comparison.record import RANDOM_FEATURES, Contender
from ghep.strategy.base import REESTIMATE

Amount = tuple[Contender, int | None]
"""A contender, and the labels per class that it uses; None: all labels."""
NOMINAL = Prices(overhead=1.0, train=0.03, passes=0.01, scored=0.01, update=0.1)
"""Fixed prices, as of a network of the size of ResNet-18 on one thread; only the ratios of the prices matter."""


@dataclass(frozen=True)
class Taken:
    """The measured seconds of a finished run."""

    seconds: float
    training: float = 0.0
    overhead: float = 0.0
    """Seconds that are not spent on passes, solving heads, training or scoring."""


@dataclass
class Estimates:
    """Estimates the seconds of every run of a comparison."""

    prices: Mapping[str, Prices]
    """Backbone -> prices."""
    works: dict[Amount, Work] = field(default_factory=dict)
    taken: dict[Cell, Taken] = field(default_factory=dict)
    """Finished run -> its measured seconds."""
    stored: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """Network (``_network``) -> the (views, boundary) pairs whose activations are in the store; 0 views: those of the
    scored splits."""

    def note(self, cell: Cell, taken: Taken) -> None:
        """Record the measured time of a finished run."""
        self.taken[cell] = taken
        self._stores(cell)

    def seconds(self, cell: Cell, *, likely: bool = False) -> float:
        """Return the estimated seconds of the run of ``cell`` in this comparison, which reuses stored activations.

        Before runs are finished, training is estimated to its last epoch, or with ``likely`` as far as is expected.
        """
        like = [taken.seconds for one, taken in self.taken.items() if _alike(one, cell)]
        if like:
            return mean(like)
        backbone = cell.contender.backbone
        work, prices = self._work(cell), self.prices[backbone]
        own = cell.contender.strategy == RANDOM_FEATURES
        stored = set() if own else self.stored.get(_network(cell.contender), set())
        passes = 0.0 if set(work.stored) <= stored else work.passes * prices.passes
        passes += 0.0 if (0, work.scored_at) in stored else work.scored_passes * prices.scored
        speed = self._speed(backbone, work.depth)
        if speed is None:
            speed = work.likely if likely else 1.0
        training = prices.training(work) * speed + work.solved * prices.head
        return self._overhead(backbone) + passes + training + work.scored * prices.scored

    def counted(self, cell: Cell) -> float:
        """Return the cost of the run of ``cell`` at the fixed ``NOMINAL`` prices, the same on every machine."""
        return NOMINAL.seconds(self._work(cell))

    def training(self, contender: Contender) -> float:
        """Return the estimated seconds that one run on all labels trains, by the cost model alone."""
        return self.prices[contender.backbone].training(self.works[contender, None])

    def by_itself(self, contender: Contender, labels: int | None) -> float:
        """Return the estimated seconds of one run in a process of its own, by the cost model alone."""
        return self.prices[contender.backbone].by_itself(self.works.get((contender, labels), Work()))

    def of_all(self, cells: Iterable[Cell]) -> dict[Cell, float]:
        """Return cell -> its estimated seconds, if ``cells`` are run in this order and reuse stored activations."""
        before = {name: set(stored) for name, stored in self.stored.items()}
        found = {}
        for cell in cells:
            found[cell] = self.seconds(cell, likely=True)
            self._stores(cell)
        self.stored = before
        return found

    def _stores(self, cell: Cell) -> None:
        """Record which activations the run of ``cell`` leaves in the store for other runs.

        None are recorded for a run on few labels, which stores only some rows, or for random weights.
        """
        if cell.labels is None and cell.contender.strategy != RANDOM_FEATURES:
            work = self._work(cell)
            self.stored.setdefault(_network(cell.contender), set()).update({*work.stored, (0, work.scored_at)})

    def _work(self, cell: Cell) -> Work:
        return self.works.get((cell.contender, cell.labels), Work())

    def _overhead(self, backbone: str) -> float:
        """Return the median overhead of the backbone's finished runs, in seconds; without runs, the measured price."""
        found = [taken.overhead for cell, taken in self.taken.items() if cell.contender.backbone == backbone]
        return median(found) if found else self.prices[backbone].overhead

    def _speed(self, backbone: str, depth: float) -> float | None:
        """Return the ratio of measured to estimated training time: large on a busy machine, small if stages end early.

        Finished runs count that train about as much of the network as ``depth`` (``Work``), up to a factor of two: an
        operation of the last blocks can take a fraction of the time of one of the first. Without such runs, others
        count if they took longer than estimated, because then the machine may be busy. The ratio is limited to 0.2 to
        5. None before any run is finished.
        """
        found = [
            (self._work(cell).depth, self.prices[backbone].training(self._work(cell)), taken.training)
            for cell, taken in self.taken.items()
            if cell.contender.backbone == backbone and self._work(cell).train
        ]
        alike = [one for one in found if depth / 2 <= one[0] <= 2 * depth]
        expected, actual = (sum(one[column] for one in alike or found) for column in (1, 2))
        if not expected:
            return None
        ratio = min(5.0, max(0.2, actual / expected))
        return ratio if alike else max(1.0, ratio)


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two runs differ only in seed or draw."""
    return one.contender == other.contender and one.labels == other.labels and one != other


def _network(contender: Contender) -> str:
    """Return a name that contenders with the same weights and BatchNorm statistics share."""
    return contender.backbone + REESTIMATE * ("reestimate" in contender.strategy.split("+"))
