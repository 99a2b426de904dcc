"""Choose the contender to run with one more seed: the one whose variance between seeds keeps a question open.

In: the runs of a comparison so far. Out: a contender, or None if more seeds would not help to answer an open question.
It is a pure function, which the schedule calls between runs.

The questions are those of the verdict (``verdict.py``), in the same order. Each is tested again after every run, so
stopping as soon as p is below 0.05 would give too many false positives. Here a question counts as answered when p is
below 0.01, while the verdict tests at 0.05. docs/decisions/0010 has the error rates of both together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghep.comparison.analysis.facts import Facts
from ghep.comparison.analysis.seeds import Priors, Right, priors
from ghep.comparison.analysis.statistics import leaderboard, pairs, right_answers
from ghep.comparison.record import Comparison, Contender
from ghep.metrics.crossed import Runs, contrast, seed_variance

SETTLED = 0.01
"""A question whose p value is below this gets no more seeds."""
SHARE = 0.25
"""If a smaller fraction of the error variance than this comes from seeds, another seed changes too little."""

Sides = tuple[tuple[Contender, ...], tuple[Contender, ...]]


def next_seed(comparison: Comparison, candidates: Sequence[Contender], *, margin: float = 0.01) -> Contender | None:
    """Return the candidate whose next run reduces the uncertainty of the first open question most, or None.

    The result is None if more seeds would not help to answer any question. ``candidates`` are the contenders that have
    seeds left; ``margin`` is the largest difference in accuracy that does not matter. The variance between seeds of a
    contender with a single run is taken from a prior (``seeds.py``). Raises DataError if runs were scored on different
    examples.
    """
    places = leaderboard(comparison)
    if not places:
        return None
    facts = Facts(comparison, places, pairs(comparison), margin)
    right = right_answers(comparison)
    known = priors(right)
    for sides in _questions(facts):
        found = _most_informative(right, known, sides, candidates)
        if found is not None:
            return found
    return None


def _questions(facts: Facts) -> Iterator[Sides]:
    """Yield, for each open or confirmed question of the verdict, the two groups of contenders that it compares.

    The questions whether pretrained weights help come first. If the answer to one of them is not a clear yes, it is the
    last that is yielded.
    """
    for test in facts.help_tests:
        if test.answer in ("yes", "open"):
            yield test.found.models, (test.found.control,)
        if not test.passed:
            return
    for other in facts.models:
        bounds = facts.pair(facts.best, other).interval if other != facts.best else None
        if bounds is not None and not (-facts.margin <= bounds.low and bounds.high <= facts.margin):
            yield (facts.best.contender,), (other.contender,)


def _most_informative(right: Right, known: Priors, sides: Sides, candidates: Sequence[Contender]) -> Contender | None:
    """Return the candidate whose next run reduces the variance of the difference between the two ``sides`` most.

    Return None if the question is answered already (p below ``SETTLED``), or if seeds contribute too little to this
    variance. ``right`` has each contender's correct predictions (S, n), ``known`` its prior variance between seeds.
    """
    one, other = ([Runs(right[contender], known[contender]) for contender in side] for side in sides)
    found = contrast(one, other, single=True)
    if float(found.p_value) < SETTLED or found.errors.seed < SHARE * (found.errors.seed + found.errors.test):
        return None
    gains: dict[Contender, float] = {}
    for side in sides:
        for contender in side:
            seeds, variance = len(right[contender]), float(seed_variance(right[contender], known[contender]))
            gains[contender] = variance / len(side) ** 2 / (seeds * (seeds + 1))
    useful = [contender for contender in candidates if gains.get(contender, 0.0) > 0]
    return max(useful, key=lambda contender: gains[contender], default=None)
