"""Which contender should get the next seed: the one that the answer hangs on.

In: a comparison so far. Out: a contender, or None where more seeds would not settle what is open. A pure function: the
schedule calls it between runs.

The questions are taken in the order of the verdict. To stop as soon as p is below 0.05 would give chance several tries.
A question therefore counts as settled below 0.01, while the verdict tests at 0.05: docs/decisions/0010 has the error
rates of both together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghep.comparison.analysis.facts import Facts
from ghep.comparison.analysis.seeds import Priors, Right, priors
from ghep.comparison.analysis.statistics import leaderboard, pairs, right_answers
from ghep.comparison.record import Comparison, Contender
from ghep.metrics.crossed import Runs, contrast, seed_variance

SETTLED = 0.01
"""p below which a question gets no more seeds."""
SHARE = 0.25
"""Of the error's variance that must be the seeds': otherwise test examples decide, and another seed changes little."""

Sides = tuple[tuple[Contender, ...], tuple[Contender, ...]]


def next_seed(comparison: Comparison, candidates: Sequence[Contender], *, margin: float = 0.01) -> Contender | None:
    """Return the candidate whose next seed narrows the first open question most; None if none would.

    ``candidates`` are those that can still get a seed. A contender with a single run counts with the scatter that is
    known of such contenders. Raises DataError where runs did not answer the same examples.
    """
    places = leaderboard(comparison)
    if not places:
        return None
    facts = Facts(comparison, places, pairs(comparison), margin)
    right = right_answers(comparison)
    known = priors(right)
    for sides in _questions(facts):
        found = _most_telling(right, known, sides, candidates)
        if found is not None:
            return found
    return None


def _questions(facts: Facts) -> Iterator[Sides]:
    """Yield what is compared in each question, up to the first that is not answered with yes."""
    for asked in facts.asked:
        if asked.answer in ("yes", "open"):
            yield asked.found.models, (asked.found.control,)
        if not asked.passed:
            return
    for other in facts.models:
        bounds = facts.pair(facts.best, other).interval if other != facts.best else None
        if bounds is not None and not (-facts.margin <= bounds.low and bounds.high <= facts.margin):
            yield (facts.best.contender,), (other.contender,)


def _most_telling(right: Right, known: Priors, sides: Sides, candidates: Sequence[Contender]) -> Contender | None:
    """Return the candidate whose next run takes most of the variance away, where the seeds have a share in it."""
    one, other = ([Runs(right[contender], known[contender]) for contender in side] for side in sides)
    found = contrast(one, other, single=True)
    if float(found.p_value) < SETTLED or found.errors.seed < SHARE * (found.errors.seed + found.errors.test):
        return None
    gains: dict[Contender, float] = {}
    for side in sides:
        for contender in side:
            seeds, variance = len(right[contender]), float(seed_variance(right[contender], known[contender]))
            gains[contender] = variance / len(side) ** 2 / (seeds * (seeds + 1))
    open_to = [contender for contender in candidates if gains.get(contender, 0.0) > 0]
    return max(open_to, key=lambda contender: gains[contender], default=None)
