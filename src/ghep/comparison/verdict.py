"""What can be said, by rule: a table of questions in order, the first that is answered with yes is the verdict.

In: a leaderboard and its pairs. Out: a ``Verdict`` in plain words, with the numbers it rests on, whom to take, and what
would settle what is open. "Cannot tell" is an answer like the others.

Each rule asks something of *every* contender of a kind. Such a claim is false only if one of its parts is, and that
part was tested at 5 %: nothing is to be corrected (the intersection-union test: Berger 1982,
doi:10.2307/1267823). Where any of several controls may be the one that beats all, the 5 % are divided by how many.
Whether transfer helps asks for *some* contender that is better than every control, and there Holm's correction counts
how many were tried. docs/decisions/0010 has the measured rates of error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghep.comparison.record import (
    MAJORITY,
    SCRATCH,
    SEEDLESS,
    Comparison,
    Contender,
    Pair,
    Place,
    Verdict,
    VerdictKind,
)
from ghep.comparison.report import words
from ghep.comparison.statistics import SIGNIFICANT, against_controls, turned
from ghep.errors import DataError
from ghep.metrics.power import rounded

FEW = 30
"""Test examples below which every verdict says how few there are."""


@dataclass(frozen=True)
class Facts:
    """What the rules ask about."""

    comparison: Comparison
    places: tuple[Place, ...]
    """Best first."""
    found: tuple[Pair, ...]
    margin: float
    """A difference of accuracy that does not matter."""

    @property
    def models(self) -> tuple[Place, ...]:
        """Return those with pretrained weights that are trained on labels."""
        return tuple(one for one in self.places if not one.contender.control and not one.contender.reference)

    @property
    def controls(self) -> tuple[Place, ...]:
        """Return those without."""
        return tuple(place for place in self.places if place.contender.control)

    @property
    def best(self) -> Place:
        """Return the highest mean among those with pretrained weights; of all, if there is none."""
        return (self.models or self.places)[0]

    def pair(self, a: Place, b: Place) -> Pair:
        """Return the comparison of the two, ``a`` first."""
        for pair in self.found:
            if {pair.a, pair.b} == {a.contender, b.contender}:
                return pair if pair.a == a.contender else turned(pair)
        raise DataError(
            f"{a.contender} and {b.contender} were not compared", remedy="pass all pairs of the leaderboard"
        )

    def better(self, a: Place, b: Place, *, level: float = SIGNIFICANT) -> bool:
        """Whether a is clearly better than b, these two alone."""
        pair = self.pair(a, b)
        return pair.p_value < level and pair.difference > 0

    def level(self, place: Place, among: Sequence[Place]) -> tuple[Place, ...]:
        """Return those others that cannot be told from ``place``."""
        return tuple(one for one in among if one != place and self.pair(place, one).p_value >= SIGNIFICANT)

    @property
    def rivals(self) -> tuple[Place, ...]:
        """Return the others with pretrained weights that cannot be told from the best."""
        return self.level(self.best, self.models)

    @property
    def helped(self) -> tuple[Place, ...]:
        """Return who is better than every control, corrected for all that were tried; all, if there is no control."""
        worse = {
            pair.a for pair in against_controls(self.found) if pair.adjusted >= SIGNIFICANT or pair.difference <= 0
        }
        return tuple(place for place in self.models if place.contender not in worse)

    def name(self, place: Place | Contender) -> str:
        """Return what the report calls a contender, without the backbone if there is but one."""
        contender = place.contender if isinstance(place, Place) else place
        if len({one.contender.backbone for one in self.places if one.contender.backbone}) == 1:
            return contender.strategy  # naming the one backbone each time would say nothing
        return words.names(one.contender for one in self.places)[contender]


class Rule(NamedTuple):
    """If ``holds``, the verdict is ``kind`` and says so; ``next_step`` is what would settle what is open."""

    kind: VerdictKind
    holds: Callable[[Facts], bool]
    message: Callable[[Facts], str]
    reason: Callable[[Facts], str]
    next_step: Callable[[Facts], str]
    candidates: Callable[[Facts], tuple[Place, ...]]
    """Among whom to recommend."""


def verdict(comparison: Comparison, places: Sequence[Place], pairs: Sequence[Pair], *, margin: float = 0.01) -> Verdict:
    """Return the first rule of ``RULES`` that holds, in words.

    ``margin`` is the difference in accuracy that does not matter. Raises DataError if there is no place at all.
    """
    if not places:
        raise DataError("no run on all labels was finished", remedy="look at the failures, mend the first and repeat")
    facts = Facts(comparison, tuple(places), tuple(pairs), margin)
    rule = next(rule for rule in RULES if rule.holds(facts))
    recommended, why = _recommended(facts, rule.candidates(facts))
    return Verdict(
        kind=rule.kind,
        message=_joined(rule.message(facts), _few(facts)),
        reason=_joined(rule.reason(facts), *_caveats(facts)),
        best=facts.best.contender,
        recommended=recommended.contender,
        why_recommended=why,
        next_step=rule.next_step(facts),
        level_with_best=tuple(place.contender for place in facts.level(facts.best, facts.places)),
    )


# Which rule holds.


def _no_models(facts: Facts) -> bool:
    return not facts.models


def _alone(facts: Facts) -> bool:
    return len(facts.places) == 1


def _hurts(facts: Facts) -> bool:
    return _better_control(facts) is not None


def _better_control(facts: Facts) -> Place | None:
    """Return the best control that is better than every contender with pretrained weights.

    Any control will do, so the level of each is 5 % divided by how many there are (Bonferroni).
    """
    level = SIGNIFICANT / max(1, len(facts.controls))
    beating = (one for one in facts.controls if all(facts.better(one, model, level=level) for model in facts.models))
    return next(beating, None)


def _no_help(facts: Facts) -> bool:
    """Not one is better than the best control by more than the margin, as far as its interval reaches."""
    if not facts.controls:
        return False
    return all(facts.pair(model, facts.controls[0]).interval.high <= facts.margin for model in facts.models)


def _help_is_open(facts: Facts) -> bool:
    """Neither the best nor any that may be it is better than every control."""
    return not set(facts.helped) & {facts.best, *facts.rivals}


def _wins(facts: Facts) -> bool:
    """The best is better than every other one with pretrained weights (and than every control, or it were open)."""
    return not facts.rivals


def _ties(facts: Facts) -> bool:
    bounds = [facts.pair(facts.best, rival).interval for rival in facts.rivals]
    return all(-facts.margin <= one.low and one.high <= facts.margin for one in bounds)


def _otherwise(facts: Facts) -> bool:
    return bool(facts.places)


# What it says.


def _say_no_models(facts: Facts) -> str:
    return (
        f"Nothing here uses pretrained weights, so whether they help is not known. "
        f"The best without them is {_with_accuracy(facts, facts.best)}."
    )


def _say_alone(facts: Facts) -> str:
    return f"There is nothing to compare {_with_accuracy(facts, facts.best)} with."


def _say_hurts(facts: Facts) -> str:
    control = _better_control(facts) or facts.controls[0]
    every = "everything that uses them" if len(facts.models) > 1 else "the one that uses them"
    return (
        f"Pretrained weights hurt here: {_with_accuracy(facts, control)} does without them and is better than {every}. "
        f"The best of those is {_with_accuracy(facts, facts.best)}."
    )


def _say_no_help(facts: Facts) -> str:
    control = facts.controls[0]
    high = max(facts.pair(model, control).interval.high for model in facts.models)
    gain = f"better by {_points(high)} at most" if high > 0 else "no better"
    return (
        f"Pretrained weights do not help here: {_with_accuracy(facts, facts.best)} is {gain} than "
        f"{_with_accuracy(facts, control)}, which does without them."
    )


def _say_help_is_open(facts: Facts) -> str:
    control = _hardest_control(facts)
    return (
        f"It cannot be told whether pretrained weights help at all: {_with_accuracy(facts, facts.best)} uses them, "
        f"{_with_accuracy(facts, control)} does not, and by chance they may come out as far apart as that."
    )


def _say_wins(facts: Facts) -> str:
    others = len(facts.models) - 1
    if not others:
        return (
            f"Pretrained weights help: {_with_accuracy(facts, facts.best)} is better than every control. "
            "It is the only contender that uses them."
        )
    beaten = "the other one" if others == 1 else f"each of the {others} others"
    helps = "" if not facts.controls else " and than every control"
    return f"{_with_accuracy(facts, facts.best)} is the best: better than {beaten} with pretrained weights{helps}."


def _say_ties(facts: Facts) -> str:
    among = _listed([facts.name(place) for place in (facts.best, *facts.rivals)])
    return f"{_helps(facts)}{among} are as good as each other: within {_points(facts.margin)} of the best."


def _say_cannot_tell(facts: Facts) -> str:
    among = _listed([_with_accuracy(facts, place) for place in (facts.best, *facts.rivals)])
    if _helps(facts):
        return f"Pretrained weights help, but which contender is the best cannot be told: {among}."
    return f"Which contender is the best cannot be told: {among}."


# The numbers it rests on.


def _against_best(facts: Facts) -> str:
    """Return the best against whoever comes nearest with pretrained weights, else against the hardest control."""
    rivals = facts.rivals or tuple(place for place in facts.models if place != facts.best)
    other = rivals[0] if rivals else facts.places[1]
    return _numbers(facts, facts.best, other)


def _against_control(facts: Facts) -> str:
    return _numbers(facts, facts.best, _hardest_control(facts))


def _own_interval(facts: Facts) -> str:
    bounds = words.interval(facts.best.interval)
    return f"{facts.name(facts.best)} has {words.share(facts.best.accuracy)}, 95 % interval {bounds}."


def _both_questions(facts: Facts) -> str:
    return _joined(_against_control(facts) if facts.controls else "", _against_best(facts))


def _hardest_control(facts: Facts) -> Place:
    """Return the control that the best is least clearly better than."""
    return min(facts.controls, key=lambda control: facts.pair(facts.best, control).interval.low)


def _numbers(facts: Facts, a: Place, b: Place) -> str:
    pair = facts.pair(a, b)
    found = (
        f"{facts.name(a)} minus {facts.name(b)} is {_signed(pair.difference)} "
        f"(95 % interval {words.points_interval(pair.interval)}, {_p(pair.p_value)})"
    )
    if pair.p_value < SIGNIFICANT:
        return f"{found}."
    return f"{found}. A true difference of {_points(pair.detectable)} would be found four times in five."


# What would settle it.


def _nothing(facts: Facts) -> str:
    return "" if facts.places else "Run something."


def _run_controls(facts: Facts) -> str:
    return "Run it beside the controls and another strategy." if facts.places else ""


def _run_models(facts: Facts) -> str:
    return "Compare it with a strategy that uses pretrained weights." if facts.places else ""


def _settle_control(facts: Facts) -> str:
    return _settle(facts, facts.best, _hardest_control(facts))


def _settle_best(facts: Facts) -> str:
    return _settle(facts, facts.best, facts.rivals[0])


def _settle(facts: Facts, a: Place, b: Place) -> str:
    pair = facts.pair(a, b)
    who = f"{facts.name(a)} against {facts.name(b)}"
    if pair.difference == 0:
        return f"{who} came out exactly equal: no number of test examples is known that would part them."
    if pair.needed is not None:
        count = f"About {rounded(pair.needed):,} test examples (there are {a.n:,})"
        return f"{count} would settle {who}, if {_points(abs(pair.difference))} is the true difference."
    if pair.p_value < SIGNIFICANT:
        return f"More test examples than the {a.n:,} there are would settle {who}: it is close."
    seeds = f"about {pair.seeds_needed} seeds of each would" if pair.seeds_needed else "it takes more seeds as well"
    return f"No number of test examples would settle {who}: runs differ too much from seed to seed; {seeds}."


# Whom to take.


def _models(facts: Facts) -> tuple[Place, ...]:
    return facts.models


def _helpful(facts: Facts) -> tuple[Place, ...]:
    """The best, and those that are better than every control: of these, the cheap one is no control in disguise."""
    return tuple(place for place in facts.models if place == facts.best or place in facts.helped)


def _controls(facts: Facts) -> tuple[Place, ...]:
    return facts.controls


def _everyone(facts: Facts) -> tuple[Place, ...]:
    """All but the majority class and references, which are nobody's model, unless nothing else is there."""
    trained = tuple(one for one in facts.places if one.contender.strategy != MAJORITY and not one.contender.reference)
    return trained or facts.places


def _recommended(facts: Facts, candidates: tuple[Place, ...]) -> tuple[Place, str]:
    """Return the cheapest candidate that cannot be told from the best and lies inside its interval, and why.

    The best is that of the candidates; where they are controls it is the best of all, and if none is level with that
    the highest of them is taken.
    """
    top = facts.best if facts.best in candidates else facts.places[0]
    if candidates and candidates[0].accuracy > top.accuracy:
        top = candidates[0]
    level = [one for one in candidates if one == top or one in facts.level(top, candidates)]
    inside = [one for one in level if top.interval.low <= one.accuracy <= top.interval.high] or [candidates[0]]
    taken = min(inside, key=lambda place: (place.seconds, -place.accuracy))
    return taken, _why(facts, taken, top, len(inside))


def _why(facts: Facts, taken: Place, top: Place, level: int) -> str:
    if taken == top:
        return "It has the highest accuracy" + (
            ", and nothing that is level with it is cheaper." if level > 1 else ", and nothing is level with it."
        )
    pair = facts.pair(top, taken)
    apart = "cannot be told from" if pair.p_value >= SIGNIFICANT else "comes nearest to"
    lost = f"gives up {_points(max(pair.interval.high, 0.0))} of accuracy at most (95 % interval)"
    cost = f"a run takes {words.seconds(taken.seconds)} instead of {words.seconds(top.seconds)}"
    return f"It {apart} {facts.name(top)}, {lost}, and {cost}."


RULES: tuple[Rule, ...] = (
    Rule("cannot-tell", _no_models, _say_no_models, _own_interval, _run_models, _everyone),
    Rule("cannot-tell", _alone, _say_alone, _own_interval, _run_controls, _models),
    Rule("negative-transfer", _hurts, _say_hurts, _against_control, _nothing, _controls),
    Rule("no-help", _no_help, _say_no_help, _against_control, _nothing, _controls),
    Rule("cannot-tell", _help_is_open, _say_help_is_open, _against_control, _settle_control, _everyone),
    Rule("winner", _wins, _say_wins, _both_questions, _nothing, _helpful),
    Rule("tie", _ties, _say_ties, _both_questions, _nothing, _helpful),
    Rule("cannot-tell", _otherwise, _say_cannot_tell, _both_questions, _settle_best, _helpful),
)
"""In this order: whether transfer harms or is idle comes before who is best, for that is what it is about."""


# What every verdict has to add.


def _few(facts: Facts) -> str:
    return f"There are only {facts.best.n} test examples." if facts.best.n < FEW else ""


def _caveats(facts: Facts) -> list[str]:
    found = []
    if facts.models and not facts.controls:
        found.append("No control was run, so whether pretrained weights help or hurt is not known.")
    elif facts.models and not any(place.contender.strategy == SCRATCH for place in facts.controls):
        found.append("Scratch was not run, so the same architecture without pretrained weights is not known.")
    once = [place for place in facts.places if place.seeds == 1 and place.contender.strategy not in SEEDLESS]
    if once:
        named = _listed([facts.name(place) for place in once])
        found.append(f"One run each of {named}: what another seed would change is not counted.")
    if facts.comparison.budget_seconds is not None:
        budget = words.seconds(facts.comparison.budget_seconds)
        found.append(f"Runs were cut to about {budget}: with more time what was cut may come out higher, scratch too.")
    ranked = {place.contender for place in facts.places}
    lost = [one.contender for one in facts.comparison.failures] + [one.contender for one in facts.comparison.stopped]
    missing = [str(one) for one in dict.fromkeys(lost) if one not in ranked]
    if missing:
        found.append(f"Not judged, for want of a finished run: {_listed(missing)}.")
    return found


# In words.


def _helps(facts: Facts) -> str:
    return "Pretrained weights help, and " if facts.controls else ""


def _with_accuracy(facts: Facts, place: Place) -> str:
    return f"{facts.name(place)} ({words.share(place.accuracy)})"


def _points(value: float) -> str:
    return f"{words.points(value, signed=False)} points"


def _signed(value: float) -> str:
    return f"{words.points(value)} points"


def _p(value: float) -> str:
    text = words.p_value(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
