"""Who may take how long when time is limited: the same budget for every run, fewer seeds, and who is stopped.

Pure arithmetic on what was measured. With time left T and S runs each, a run may take at most b seconds, the largest b
for which sum over contenders of S min(need, b) <= T: cheap strategies take what they need, dear ones are cut to the
same b. If b would leave anyone with pretrained weights less than half of the epochs of its plan, seeds are given up
first, down to one; then the worst of those that train, by their score on valid, one after the other until it fits.
Controls are never stopped, only cut: without them nothing could be called better. (After each seed the worse half is
stopped, if it is hopeless: ``running.py``; successive halving, Jamieson and Talwalkar 2016, arXiv:1502.07943.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghep.comparison.record import Contender
from ghep.strategy.fit import standard_error

ENOUGH = 0.5
"""Share of its epochs below which a run says little about its strategy."""


@dataclass(frozen=True)
class Need:
    """What one more run of a contender takes."""

    contender: Contender
    fixed: float
    """Seconds without training: loading, scoring, saving."""
    per_epoch: float = 0.0
    epochs: int = 0
    """In its plan; 0: nothing is trained by gradients."""
    least_epochs: int = 0

    @property
    def seconds(self) -> float:
        """Return what its whole plan takes."""
        return self.fixed + self.per_epoch * self.epochs

    def epochs_within(self, budget: float) -> int:
        """Return how many epochs fit ``budget`` seconds, no fewer than it needs and no more than its plan has."""
        if self.per_epoch <= 0:
            return self.epochs
        fitting = int((budget - self.fixed) / self.per_epoch)
        return max(min(self.epochs, max(1, self.least_epochs)), min(self.epochs, fitting))


def together(contender: Contender, needs: Sequence[Need]) -> Need:
    """Return what one more run of each of ``needs`` takes, as one of ``contender``'s; they are cut alike."""
    if len(needs) == 1:
        return replace(needs[0], contender=contender)
    epochs = max(need.epochs for need in needs)
    training = sum(need.per_epoch * need.epochs for need in needs)
    fixed = sum(need.fixed for need in needs)
    return Need(contender, fixed, training / max(1, epochs), epochs, max(need.least_epochs for need in needs))


def part_of_epochs(need: Need, whole: Need, budget: float) -> int:
    """Return the epochs of ``need`` where the ``whole`` it is part of has ``budget`` seconds."""
    if need.epochs == whole.epochs or not need.epochs:
        return min(need.epochs, whole.epochs_within(budget)) if need.epochs else 0
    share = whole.epochs_within(budget) / whole.epochs
    return min(need.epochs, max(1, need.least_epochs, round(share * need.epochs)))


@dataclass(frozen=True)
class Allotment:
    """What the time left is spent on."""

    budget: float | None
    """Seconds a run; None: nobody is cut."""
    seeds: int
    kept: tuple[Contender, ...]
    stopped: tuple[tuple[Contender, str], ...] = ()


def level(needs: Sequence[Need], runs: int, left: float) -> float | None:
    """Return the budget b such that ``runs`` of each fit into ``left`` seconds; None if nobody has to be cut."""
    if runs * sum(need.seconds for need in needs) <= left:
        return None
    each = left / max(1, runs)
    rising = sorted(needs, key=lambda need: need.seconds)
    for index, need in enumerate(rising):
        share = max(0.0, each) / (len(rising) - index)
        if need.seconds > share:
            return share
        each -= need.seconds
    return None


def allot(needs: Sequence[Need], scores: Mapping[Contender, float], *, seeds: int, left: float) -> Allotment:
    """Return who goes on, with how many seeds and within what, given the scores on valid so far."""
    alive, stopped = list(needs), list[tuple[Contender, str]]()
    while True:
        for runs in range(seeds, 0, -1):
            budget = level(alive, runs, left)
            if budget is None or all(_enough(need, budget) for need in alive):
                return Allotment(budget, runs, tuple(need.contender for need in alive), tuple(stopped))
        trained = [need for need in alive if not need.contender.control and need.epochs > 0]
        if len(trained) <= 1:
            return Allotment(level(alive, 1, left), 1, tuple(need.contender for need in alive), tuple(stopped))
        worst = min(trained, key=lambda need: scores.get(need.contender, 0.0))
        score, best = (find(scores.get(need.contender, 0.0) for need in trained) for find in (min, max))
        reason = f"too dear for the time left, and the worst of those that train: {score:.3f} on valid, best {best:.3f}"
        stopped.append((worst.contender, reason))
        alive = [need for need in alive if need is not worst]


def _enough(need: Need, budget: float) -> bool:
    """Whether ``budget`` leaves enough of a run to say something; a control has to do with what there is."""
    epochs = need.epochs_within(budget)
    fits = need.fixed + need.per_epoch * epochs <= 1.05 * budget
    return need.contender.control or (fits and epochs >= ENOUGH * need.epochs)


def hopeless(scores: Mapping[Contender, float], valid: int) -> dict[Contender, str]:
    """Return those of the worse half that are clearly below the best on ``valid`` examples, and how far."""
    ranked = sorted(scores, key=lambda one: scores[one], reverse=True)
    if not ranked or not valid:
        return {}
    best = scores[ranked[0]]
    far = 2 * standard_error(best, valid)
    return {
        one: f"hopeless: {scores[one]:.3f} on valid, {best - scores[one]:.3f} below the best"
        for one in ranked[(len(ranked) + 1) // 2 :]
        if best - scores[one] > far
    }
