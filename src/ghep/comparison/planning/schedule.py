"""In which order a comparison makes its runs, and which of them it makes when time is limited.

What teaches most per second comes first. The first run of a contender on all labels is worth 1, its second a quarter,
its third a ninth; a run on fewer labels is worth half of that. Divided by its seconds this puts all probes and their
whole label curve before the first fine-tuning, strategies on stored activations before those that train the whole
network, and scratch last. When the time ends, what was made is a complete answer for as far as it goes.

With a time limit all probes come first, then the first run of every other contender, cheap ones before expensive ones
and controls last; what is left of the time goes to further seeds and to fewer labels. A run gets the epochs of its plan
or is not made: a strategy that was cut short says nothing about itself. What was chosen is chosen anew after every run,
with the seconds that runs really took, and a contender on whose scatter between seeds the answer hangs comes sooner.

Without a limit every contender is run once first, in the order of worth; of the other runs the longest come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghep.comparison.planning.grid import Cell, line_of
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, Contender
from ghep.strategy.fit import standard_error

CURVE = 0.5
"""What a run on fewer labels is worth, of one on all."""
PROBE = "linear_probe"
LATER = 0.1
"""What a run of a contender is worth that cannot win any more."""

SOONER = 4.0
"""What the next seed of a contender is worth on whose scatter the answer hangs."""


@dataclass(frozen=True)
class Unit:
    """Runs that are made together or not at all: of one task a single one, of several a model for each and for all."""

    cells: tuple[Cell, ...]
    seconds: float
    """What they are expected to take."""
    factor: float = 1.0
    """Of what they are worth."""

    @property
    def contender(self) -> Contender:
        """Return the strategy and the backbone."""
        return line_of(self.cells[0].contender)

    @property
    def labels(self) -> int | None:
        """Return the labels a class; None: all."""
        return self.cells[0].labels

    @property
    def repeat(self) -> int:
        """Return the number of runs like these that come before: earlier seeds, or earlier draws."""
        return self.cells[0].seed if self.labels is None else self.cells[0].draw

    @property
    def first(self) -> bool:
        """Return whether nothing is known of this contender before these are made."""
        return self.labels is None and self.repeat == 0

    @property
    def merit(self) -> float:
        """Return what they teach per second."""
        worth = self.factor * (1.0 if self.labels is None else CURVE) / (1 + self.repeat) ** 2
        return worth / max(self.seconds, 1e-6)


def in_order(units: Iterable[Unit]) -> list[Unit]:
    """Return ``units`` in the order they are to be made: probes, then those first that teach most per second."""
    return sorted(
        units, key=lambda unit: (_tier(unit) > 0, -unit.merit, unit.repeat, unit.labels or 0, unit.cells[0].name)
    )


def unlimited(units: Iterable[Unit]) -> list[Unit]:
    """Return ``units`` in the order they are to be made where nothing ends them: all of them will be.

    Probes and first runs as in ``in_order``, so that soon something is known of every contender. Then the longest come
    first: where several runs are made at once, a long one at the end would leave the other processes idle.
    """
    ordered = in_order(units)
    begin = [unit for unit in ordered if unit.first or _tier(unit) == 0]
    rest = [unit for unit in ordered if not (unit.first or _tier(unit) == 0)]
    return [*begin, *sorted(rest, key=lambda unit: -unit.seconds)]


def within(units: Sequence[Unit], left: float, *, at_once: int = 1, early: int = 0) -> list[Unit]:
    """Return those of ``units`` that fit into the ``left`` seconds, in the order they are to be made.

    ``at_once`` runs are made at a time, but a single one takes its seconds whoever else runs. So ``early`` of those
    that take most of the time (``is_long``) come first: behind the probes they would not fit any more.
    """
    seconds = left * at_once
    firsts = sorted((unit for unit in units if unit.first), key=lambda unit: (_last(unit), unit.seconds))
    rest = in_order(unit for unit in units if not unit.first)
    chosen: list[Unit] = []
    for unit in (*firsts, *rest):
        if unit.seconds <= min(seconds, left * min(at_once, len(unit.cells))):
            chosen.append(unit)
            seconds -= unit.seconds
    ordered = sorted(in_order(chosen), key=_tier)
    long = [unit for unit in ordered if is_long(unit, left)][:early]
    return [*long, *(unit for unit in ordered if unit not in long)]


def is_long(unit: Unit, left: float) -> bool:
    """Whether the first run of a contender that may win takes more than half of the ``left`` seconds."""
    return unit.first and _tier(unit) == 1 and unit.seconds > left / 2


def _tier(unit: Unit) -> int:
    """Return 0 for probes, 1 for the first run of a contender, 2 for that of a control, 3 for the others."""
    if unit.contender.strategy == PROBE:
        return 0
    return 3 if not unit.first else 2 if _last(unit) else 1


def _last(unit: Unit) -> bool:
    return unit.contender.strategy in (RANDOM_FEATURES, SCRATCH)


def cannot_win(scores: Mapping[Contender, float], valid: int) -> set[Contender]:
    """Return those whose score on ``valid`` examples is below the best by more than two standard errors."""
    if not scores or not valid:
        return set()
    best = max(scores.values())
    far = 2 * standard_error(best, valid)
    return {one for one, score in scores.items() if best - score > far}
