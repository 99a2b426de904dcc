"""The order of the runs of a comparison, and the choice of runs under a time limit.

In: groups of runs (``Unit``) with their estimated seconds. Out: the groups in the order in which to make them.

The runs that inform most per second come first. The first run of a contender on all labels has value 1, its second a
quarter, its third a ninth; a run on fewer labels has half of that value. The value is divided by the estimated seconds.
So all linear probes and their label curves come before the first fine-tuning, strategies on cached activations come
before strategies that train the whole network, and scratch comes last. The comparison is usable whenever it stops.

With a time limit all probes come first, then the first run of every other contender, cheap ones before expensive ones
and controls last. Among them is one draw of each point of the label curve of the cheapest fine-tuning, so that there is
a curve next to that of the probe. The remaining time goes to further seeds and to runs on fewer labels. A run gets all
the epochs of its plan or is not made, because a shortened run would not represent its strategy. The choice is updated
with the measured times after every run. If the best contender is still open and depends on one contender's variance
between seeds, that contender's next runs come sooner.

Without a limit every contender is run once first, in order of value per second; then the longest runs come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghep.comparison.planning.grid import Cell, line_of
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, Contender
from ghep.strategy.fit import standard_error

CURVE = 0.5
"""Value of a run on fewer labels, relative to a run on all labels."""
PROBE = "linear_probe"
LATER = 0.1
"""Factor on the value of the runs of a contender that can no longer be the best."""

SURE = 1.15
"""A run that begins before short ones takes at most the time that is left divided by this: estimates are uncertain."""

SOONER = 4.0
"""Factor on the value of the runs of the contender whose variance between seeds leaves open which is the best."""


@dataclass(frozen=True)
class Unit:
    """A group of runs that are made together or not at all.

    For data with one task this is one run; for several tasks, the runs of the single-task models and the shared model.
    """

    cells: tuple[Cell, ...]
    seconds: float
    """Estimated time of these runs."""
    factor: float = 1.0
    """Factor on the value of these runs: LATER, SOONER or 1."""
    early: bool = False
    """Whether these runs on fewer labels are made with the first runs."""

    @property
    def contender(self) -> Contender:
        """Return a Contender with the strategy and the backbone of these runs only."""
        return line_of(self.cells[0].contender)

    @property
    def labels(self) -> int | None:
        """Return the number of labels per class that these runs use; None: all."""
        return self.cells[0].labels

    @property
    def repeat(self) -> int:
        """Return the number of the seed of these runs, from 0; for runs on fewer labels, the number of the draw."""
        return self.cells[0].seed if self.labels is None else self.cells[0].draw

    @property
    def first(self) -> bool:
        """Return whether these are the contender's first runs on all labels."""
        return self.labels is None and self.repeat == 0

    @property
    def in_first_round(self) -> bool:
        """Return whether these runs are made before any contender is repeated."""
        return self.first or self.early

    @property
    def merit(self) -> float:
        """Return the value of these runs per second, by which the schedule orders them."""
        value = self.factor * (1.0 if self.labels is None else CURVE) / (1 + self.repeat) ** 2
        return value / max(self.seconds, 1e-6)


def in_order(units: Iterable[Unit]) -> list[Unit]:
    """Return ``units`` in the order in which to make them: probes first, then by value per second."""
    return sorted(
        units, key=lambda unit: (_tier(unit) > 0, -unit.merit, unit.repeat, unit.labels or 0, unit.cells[0].name)
    )


def unlimited(units: Iterable[Unit]) -> list[Unit]:
    """Return ``units`` in the order in which to make them without a time limit.

    Probes and first runs as in ``in_order``, so that every contender has an early result. Then the longest come first:
    if several runs are made at once, a long one at the end would leave the other processes idle.
    """
    ordered = in_order(units)
    begin = [unit for unit in ordered if unit.first or _tier(unit) == 0]
    rest = [unit for unit in ordered if not (unit.first or _tier(unit) == 0)]
    return [*begin, *sorted(rest, key=lambda unit: -unit.seconds)]


def within(units: Sequence[Unit], left: float, *, at_once: int = 1, busy: Sequence[float] = ()) -> list[Unit]:
    """Return those of ``units`` that fit into the ``left`` seconds, in the order in which to make them.

    ``at_once`` runs are made at a time; ``busy`` are the seconds that those still take which are being made. No run is
    made faster by that, so each is assigned to one of the places, the fullest in which it fits. A long unit
    (``is_long``) comes before all others, because it would no longer fit after them, if a place is left for the short
    ones. One that repeats a contender waits until every contender has its first run.
    """
    firsts = sorted((unit for unit in units if unit.in_first_round), key=lambda unit: (_last(unit), unit.seconds))
    rest = in_order(unit for unit in units if not unit.in_first_round)
    free = [max(0.0, left - one) for one in (*busy, *([0.0] * at_once))][:at_once]
    chosen: list[Unit] = []
    for unit in (*firsts, *rest):
        after, each = list(free), unit.seconds / len(unit.cells)
        for _ in unit.cells:
            after[after.index(min((one for one in after if one >= each), default=max(after)))] -= each
        if min(after) >= 0:
            chosen, free = [*chosen, unit], after
    ordered = sorted(in_order(chosen), key=_tier)
    free_for_long = max(0, at_once - 1 - sum(one > left / 2 for one in busy))
    firsts_left = any(unit.in_first_round for unit in chosen)
    long = [unit for unit in ordered if is_long(unit, left) and (unit.first or not firsts_left)][:free_for_long]
    return [*long, *(unit for unit in ordered if unit not in long)]


def is_long(unit: Unit, left: float) -> bool:
    """Whether this is a run on all labels, of a contender that may still win, that takes over half of ``left`` seconds.

    It must fit with a margin (``SURE``): begun before the short runs, a run that does not end costs many of them. The
    first run of a control is never begun early: how long it takes is not known before, and the others matter more.
    """
    short = unit.labels is not None or _tier(unit) in (0, 2) or unit.factor < 1
    return not short and left / 2 < unit.seconds <= left / SURE


def _tier(unit: Unit) -> int:
    """Return the priority of a unit: 0 for probes, 1 for first runs, 2 for first runs of controls, 3 for others."""
    if unit.contender.plain_strategy == PROBE:
        return 0
    return 3 if not unit.in_first_round else 2 if _last(unit) else 1


def _last(unit: Unit) -> bool:
    return unit.contender.strategy in (RANDOM_FEATURES, SCRATCH)


def cannot_win(scores: Mapping[Contender, float], valid: int) -> set[Contender]:
    """Return the contenders whose validation score is below the best by more than two standard errors of the best.

    ``scores`` are accuracies on ``valid`` examples.
    """
    if not scores or not valid:
        return set()
    best = max(scores.values())
    margin = 2 * standard_error(best, valid)
    return {one for one, score in scores.items() if best - score > margin}
