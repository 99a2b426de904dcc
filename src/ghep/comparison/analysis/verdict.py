"""What can be said, by rule: questions in the order people ask them, each tested once, and one verdict.

In: a leaderboard and its pairs. Out: a ``Verdict`` in plain words, with the numbers it rests on, which contender to
take and what would settle what is open. "Cannot tell" is an answer like the others.

1. Does transfer help? The better half of the pretrained contenders, chosen on valid, is compared as one mean with each
   kind of control in a fixed order: scratch, random features, a linear model on the raw data, the majority class. A
   "yes" counts only after those before it (a fixed sequence: Maurer, Hothorn and Lehmacher 1995), so all of them
   together are wrong as seldom as one.
2. Which is the best? Asked if transfer helps, or no control was run. The best must be better than *every* other: such a
   claim is false only if one of its parts is, and each part is tested at 5 % (the intersection-union test: Berger
   1982, doi:10.2307/1267823).
3. Is a cheaper one as good? Asked of the one that is recommended: its interval must stay within the margin.

That transfer hurts, or does not help, is claimed of *every* pretrained contender, too. Where any of several controls
may be the one that beats all, the 5 % are divided by how many. docs/decisions/0010 has the measured error rates and
power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ghep.comparison.analysis.facts import Asked, Facts
from ghep.comparison.analysis.statistics import SIGNIFICANT, Against
from ghep.comparison.record import (
    MAJORITY,
    SCRATCH,
    Comparison,
    Pair,
    Place,
    Question,
    QuestionCode,
    Verdict,
    VerdictKind,
)
from ghep.comparison.report import words
from ghep.errors import DataError
from ghep.metrics.power import rounded

FEW = 30
"""Test examples below which every verdict says how few there are."""
NAMED = 3
"""Contenders that are tested together are named up to so many."""
WORDING: dict[QuestionCode, str] = {
    "helps-scratch": "Do pretrained weights help, compared with training from scratch?",
    "helps-random-features": "Do pretrained weights help, compared with random features?",
    "helps-data-control": "Do pretrained weights help, compared with a linear model on the raw data?",
    "helps-majority": "Do pretrained weights help, compared with always answering the commonest class?",
    "best": "Which contender is the best?",
    "cheaper": "Is a cheaper one as good?",
}


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
        message=_joined(rule.message(facts), _missing(facts), _few(facts)),
        reason=_joined(rule.reason(facts), *_caveats(facts)),
        best=facts.best.contender,
        recommended=recommended.contender,
        why_recommended=why,
        next_step=rule.next_step(facts),
        level_with_best=tuple(place.contender for place in facts.level(facts.best, facts.places)),
        questions=_questions(facts, rule.kind, recommended),
        not_judged=facts.not_judged,
    )


# Which rule holds.


def _no_models(facts: Facts) -> bool:
    return not facts.models


def _alone(facts: Facts) -> bool:
    return len(facts.places) == 1


def _hurts(facts: Facts) -> bool:
    return facts.better_control is not None


def _no_help(facts: Facts) -> bool:
    """Not one is better than the best control by more than the margin."""
    return bool(facts.controls) and facts.no_better(facts.controls[0])


def _a_control_leads(facts: Facts) -> bool:
    """What ran with pretrained weights hurts or does not help, and something is missing that might."""
    return bool(facts.missing) and (_hurts(facts) or _no_help(facts))


def _help_is_open(facts: Facts) -> bool:
    return facts.open_help is not None


def _wins(facts: Facts) -> bool:
    """The best is better than every other one with pretrained weights, and none is missing that might be better."""
    return not facts.rivals and not facts.missing


def _wins_of_those(facts: Facts) -> bool:
    return not facts.rivals


def _ties(facts: Facts) -> bool:
    bounds = [facts.pair(facts.best, rival).interval for rival in facts.rivals]
    return all(-facts.margin <= one.low and one.high <= facts.margin for one in bounds)


def _otherwise(facts: Facts) -> bool:
    return bool(facts.places)


# What it says.


def _say_no_models(facts: Facts) -> str:
    nothing = "Nothing here uses pretrained weights"
    if facts.missing:
        nothing = (
            f"No run with pretrained weights has finished ({words.listed([facts.name(one) for one in facts.missing])})"
        )
    return (
        f"{nothing}, so whether they help is not known. The best without them is {_with_accuracy(facts, facts.best)}."
    )


def _say_alone(facts: Facts) -> str:
    return f"There is nothing to compare {_with_accuracy(facts, facts.best)} with."


def _say_hurts(facts: Facts) -> str:
    control = facts.better_control or facts.controls[0]
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


def _say_a_control_leads(facts: Facts) -> str:
    control = facts.better_control or facts.controls[0]
    return (
        f"Of those that ran {_with_accuracy(facts, control)} is the best, without pretrained weights: "
        f"{_with_accuracy(facts, facts.best)} is no better."
    )


def _say_help_is_open(facts: Facts) -> str:
    asked = facts.open_help or facts.asked[0]
    if asked.answer == "yes":
        return (
            f"In these runs pretrained weights help: {_gain(facts, asked)}. "
            "Whether they help with other seeds is open: runs differ too much from seed to seed."
        )
    before = words.listed([facts.name(one.control) for one in facts.asked if one.passed])
    lead = f"Pretrained weights are better than {before}, but it is" if before else "It is"
    return (
        f"{lead} open whether {'they' if before else 'pretrained weights'} are better than "
        f"{_with_accuracy(facts, asked.control)}: "
        f"{_together(facts, asked.found)} reach{'es' if len(asked.found.models) == 1 else ''} "
        f"{words.share(asked.found.accuracy)}."
    )


def _say_wins(facts: Facts) -> str:
    others = len(facts.models) - 1
    if not others:
        return f"{_helps(facts)}{_with_accuracy(facts, facts.best)} is the only contender that uses them."
    beaten = "the other one" if others == 1 else f"each of the {others} others"
    helps, best = _helps(facts), _with_accuracy(facts, facts.best)
    where = "In these runs " if facts.once(facts.models) and not helps.startswith("In these runs") else ""
    return f"{helps}{where}{best} is the best: better than {beaten} with pretrained weights."


def _say_wins_of_those(facts: Facts) -> str:
    return f"{_helps(facts)}{_with_accuracy(facts, facts.best)} is the best of those that ran."


def _say_ties(facts: Facts) -> str:
    among = words.listed([facts.name(place) for place in (facts.best, *facts.rivals)])
    return f"{_helps(facts)}{among} are as good as each other: within {_points(facts.margin)} of the best."


def _say_cannot_tell(facts: Facts) -> str:
    among = words.listed([_with_accuracy(facts, place) for place in (facts.best, *facts.rivals)])
    return f"{_helps(facts)}Which contender is the best is open: {among}."


def _missing(facts: Facts) -> str:
    """Name those that could be better and have no finished run."""
    if not facts.missing or not facts.models:
        return ""
    named, were = words.listed([facts.name(one) for one in facts.missing]), "was" if len(facts.missing) == 1 else "were"
    return f"{named} {were} not judged and may be better."


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
    if facts.asked and len(facts.models) == 1:
        return _help_in_numbers(facts)
    return _joined(_help_in_numbers(facts), _against_best(facts))


def _help_in_numbers(facts: Facts) -> str:
    """Return the test of the question that is open, else of the first."""
    if not facts.asked:
        return ""
    asked = facts.open_help or facts.asked[0]
    return _numbers_of(f"{_together(facts, asked.found)} minus {facts.name(asked.control)}", asked.found)


def _hardest_control(facts: Facts) -> Place:
    """Return the control that the best is least clearly better than."""
    return min(facts.controls, key=lambda control: facts.pair(facts.best, control).interval.low)


def _numbers(facts: Facts, a: Place, b: Place) -> str:
    return _numbers_of(f"{facts.name(a)} minus {facts.name(b)}", facts.pair(a, b))


def _numbers_of(what: str, test: Pair | Against) -> str:
    found = (
        f"{what} is {_signed(test.difference)} "
        f"(95 % interval {words.points_interval(test.interval)}, {_p(test.p_value)})"
    )
    if test.p_value < SIGNIFICANT:
        return f"{found}."
    return f"{found}. A true difference of {_points(test.detectable)} would be found four times in five."


# What would settle it.


def _nothing(facts: Facts) -> str:
    return "" if facts.places else "Run something."


def _run_controls(facts: Facts) -> str:
    return "Run the controls and another strategy, too." if facts.places else ""


def _run_models(facts: Facts) -> str:
    return "Compare it with a strategy that uses pretrained weights." if facts.places else ""


def _settle_help(facts: Facts) -> str:
    asked = facts.open_help or facts.asked[0]
    return _settle(f"{_together(facts, asked.found)} against {facts.name(asked.control)}", asked.found, facts.best.n)


def _settle_best(facts: Facts) -> str:
    rival = facts.rivals[0]
    return _settle(f"{facts.name(facts.best)} against {facts.name(rival)}", facts.pair(facts.best, rival), rival.n)


def _run_missing(facts: Facts) -> str:
    return f"The same command with more time judges {words.listed([facts.name(one) for one in facts.missing])}."


def _settle(who: str, test: Pair | Against, n: int) -> str:
    if test.difference == 0:
        return f"{who} came out exactly equal: no number of test examples is known that would decide it."
    if test.needed is not None:
        count = f"About {rounded(test.needed):,} test examples (there are {n:,})"
        return f"{count} would settle {who}, if {_points(abs(test.difference))} is the true difference."
    if test.p_value < SIGNIFICANT:
        return f"More test examples than the {n:,} there are would settle {who}: it is close."
    seeds = f"about {test.seeds_needed} seeds of each would" if test.seeds_needed else "it takes more seeds as well"
    return f"No number of test examples would settle {who}: runs differ too much from seed to seed; {seeds}."


# Which to recommend.


def _models(facts: Facts) -> tuple[Place, ...]:
    return facts.models


def _helpful(facts: Facts) -> tuple[Place, ...]:
    """The best, and those that are better than every control: of these, the cheap one is no control in disguise."""
    return tuple(place for place in facts.models if place == facts.best or place in facts.helped)


def _if_in_these_runs(facts: Facts) -> tuple[Place, ...]:
    """Those with pretrained weights, if they are better in these runs; else everyone."""
    asked = facts.open_help
    return facts.models if asked is not None and asked.answer == "yes" else _everyone(facts)


def _controls(facts: Facts) -> tuple[Place, ...]:
    return facts.controls


def _everyone(facts: Facts) -> tuple[Place, ...]:
    """All but the majority class, which is no model of anything, and what came out as another contender."""
    real = tuple(one for one in (*facts.models, *facts.controls) if one.contender.strategy != MAJORITY)
    return tuple(sorted(real, key=facts.places.index)) or facts.places


def _recommended(facts: Facts, candidates: tuple[Place, ...]) -> tuple[Place, str]:
    """Return the cheapest candidate that cannot be distinguished from the best and lies inside its interval, and why.

    The best is that of the candidates, which are not empty.
    """
    top = facts.best if facts.best in candidates and facts.best.accuracy >= candidates[0].accuracy else candidates[0]
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
    apart = "cannot be distinguished from" if pair.p_value >= SIGNIFICANT else "comes nearest to"
    lost = f"gives up {_points(max(pair.interval.high, 0.0))} of accuracy at most (95 % interval)"
    cost = f"a run takes {words.seconds(taken.seconds)} instead of {words.seconds(top.seconds)}"
    return f"It {apart} {facts.name(top)}, {lost}, and {cost}."


RULES: tuple[Rule, ...] = (
    Rule("cannot-tell", _no_models, _say_no_models, _own_interval, _run_models, _everyone),
    Rule("cannot-tell", _alone, _say_alone, _own_interval, _run_controls, _models),
    Rule("incomplete", _a_control_leads, _say_a_control_leads, _against_control, _run_missing, _controls),
    Rule("negative-transfer", _hurts, _say_hurts, _against_control, _nothing, _controls),
    Rule("no-help", _no_help, _say_no_help, _against_control, _nothing, _controls),
    Rule("cannot-tell", _help_is_open, _say_help_is_open, _help_in_numbers, _settle_help, _if_in_these_runs),
    Rule("winner", _wins, _say_wins, _both_questions, _nothing, _helpful),
    Rule("incomplete", _wins_of_those, _say_wins_of_those, _both_questions, _run_missing, _helpful),
    Rule("tie", _ties, _say_ties, _both_questions, _nothing, _helpful),
    Rule("cannot-tell", _otherwise, _say_cannot_tell, _both_questions, _settle_best, _helpful),
)
"""In this order: whether transfer hurts or does not help comes before which is best, for that is what it is about."""


# Each question and its answer.


def _questions(facts: Facts, kind: VerdictKind, recommended: Place) -> tuple[Question, ...]:
    """Return every question in order; of the controls that were run, and of scratch always."""
    helps = [_help_question(facts, asked) for asked in facts.asked]
    if facts.models and not any(question.code == "helps-scratch" for question in helps):
        helps.insert(0, _unasked("helps-scratch", _no_scratch(facts)))
    return (*helps, _best_question(facts, kind), _cheaper_question(facts, kind, recommended))


def _help_question(facts: Facts, asked: Asked) -> Question:
    control, found = facts.name(asked.control), asked.found
    said = {
        "yes": f"Yes{'' if asked.new_seeds else ', in these runs'}",
        "no": f"No, by {_points(facts.margin)} at most",
        "hurts": f"No: {control} is better than every contender that uses them",
        "open": "Cannot tell",
        "not-asked": "Not asked, because the question before it is open",
    }[asked.answer]
    numbers = _numbers_of(f"{_together(facts, found)} minus {control}", found)
    if asked.answer == "yes" and not asked.passed:
        said = f"Yes, in these runs ({_p(found.p_these_runs)}); with other seeds it is open"
    return Question(
        code=asked.code,
        question=WORDING[asked.code],
        answer=asked.answer,
        message=f"{said}: {numbers}",
        a=found.models[0] if len(found.models) == 1 else None,
        b=found.control,
        difference=found.difference,
        interval=found.interval,
        p_value=found.p_value if asked.new_seeds else found.p_these_runs,
        about="new-seeds" if asked.new_seeds else "these-runs",
    )


def _best_question(facts: Facts, kind: VerdictKind) -> Question:
    if len(facts.models) < 2:
        return _unasked("best", "There are no two contenders with pretrained weights.")
    if facts.open_help is not None or kind in ("negative-transfer", "no-help"):
        return _unasked("best", "Not asked, because it is not known that pretrained weights help.")
    other = (facts.rivals or facts.models[1:])[0]
    pair, best = facts.pair(facts.best, other), facts.name(facts.best)
    said = {
        "winner": f"{best} is the best",
        "incomplete": f"{best} is the best of those that ran",
        "tie": f"{best} and {words.listed([facts.name(one) for one in facts.rivals])} are equally good",
    }.get(kind, "Cannot tell")
    once = facts.once((facts.best, other))
    return Question(
        code="best",
        question=WORDING["best"],
        answer="yes" if kind == "winner" else "no" if kind == "tie" else "open",
        message=f"{said}: {_numbers_of(f'{best} minus {facts.name(other)}', pair)}",
        **_of_pair(pair),
        about="these-runs" if once else "new-seeds",
    )


def _cheaper_question(facts: Facts, kind: VerdictKind, recommended: Place) -> Question:
    best = facts.best
    if len(facts.models) < 2 or facts.open_help is not None or kind in ("negative-transfer", "no-help"):
        return _unasked("cheaper", "Not asked, because it is not known which contenders are worth having.")
    cheaper = [one for one in facts.models if one.seconds < best.seconds]
    if not cheaper:
        return _unasked("cheaper", f"{facts.name(best)} is the cheapest.")
    one = recommended if recommended in cheaper else cheaper[0]
    pair = facts.pair(one, best)
    as_good = pair.interval.low >= -facts.margin
    worse = pair.p_value < SIGNIFICANT and pair.difference < 0
    said = (
        f"Yes, {facts.name(one)} gives up less than {_points(facts.margin)}"
        if as_good
        else f"No, {facts.name(one)} is worse"
        if worse
        else "Cannot tell"
    )
    return Question(
        code="cheaper",
        question=WORDING["cheaper"],
        answer="yes" if as_good else "no" if worse else "open",
        message=f"{said}: {_numbers_of(f'{facts.name(one)} minus {facts.name(best)}', pair)}",
        **_of_pair(pair),
        about="these-runs" if facts.once((one, best)) else "new-seeds",
    )


def _of_pair(pair: Pair) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "difference": pair.difference,
        "interval": pair.interval,
        "p_value": pair.p_value,
    }


def _unasked(code: QuestionCode, why: str) -> Question:
    return Question(code, WORDING[code], "not-asked", why)


# What every verdict has to add.


def _few(facts: Facts) -> str:
    return f"There are only {facts.best.n} test examples." if facts.best.n < FEW else ""


def _caveats(facts: Facts) -> list[str]:
    found = []
    if facts.models and not facts.controls:
        found.append("No control was run, so whether pretrained weights help or hurt is not known.")
    elif facts.models and not any(place.contender.strategy == SCRATCH for place in facts.controls):
        found.append(_no_scratch(facts))
    once = facts.once(facts.places)
    if once:
        named = words.listed([facts.name(place) for place in once])
        found.append(f"One run each of {named}: what another seed would change is not counted.")
    if facts.comparison.budget_seconds is not None:
        budget = words.seconds(facts.comparison.budget_seconds)
        found.append(f"Runs were cut to about {budget}: with more time what was cut may come out higher, scratch too.")
    said = {*facts.missing, *(one for one in facts.not_judged if one.strategy == SCRATCH and facts.models)}
    others = [facts.name(one) for one in facts.not_judged if one not in said]
    if others:
        found.append(f"Not judged, for want of a finished run: {words.listed(others)}.")
    return found


def _no_scratch(facts: Facts) -> str:
    missing = any(one.strategy == SCRATCH for one in facts.not_judged)
    how = "judged" if missing else "run"
    return f"Scratch was not {how}, so the same architecture without pretrained weights is not known."


# In words.


def _helps(facts: Facts) -> str:
    if not facts.asked:
        return ""
    first = facts.asked[0]
    them = "Pretrained weights help" if first.new_seeds else "In these runs pretrained weights help"
    return f"{them}: {_gain(facts, first)}. "


def _gain(facts: Facts, asked: Asked) -> str:
    return f"{_signed(asked.found.difference)} compared with {facts.name(asked.control)}"


def _together(facts: Facts, test: Against) -> str:
    """Name the contenders that were tested as one mean."""
    if len(test.models) > NAMED:
        return f"the {len(test.models)} contenders with the best scores on valid together"
    named = words.listed([facts.name(one) for one in test.models])
    return named if len(test.models) == 1 else f"{named} together"


def _with_accuracy(facts: Facts, place: Place) -> str:
    return f"{facts.name(place)} ({words.share(place.accuracy)})"


def _points(value: float) -> str:
    return f"{words.points(value, signed=False)} points"


def _signed(value: float) -> str:
    return f"{words.points(value)} points"


def _p(value: float) -> str:
    text = words.p_value(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
