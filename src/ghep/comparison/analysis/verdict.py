"""The verdict of a comparison, by rule: planned questions, each tested once, and one conclusion.

In: a leaderboard and its pairs. Out: a ``Verdict`` with messages, the numbers behind them, the recommended contender,
and what to do about an open question. "Cannot tell" is a possible verdict.

1. Does transfer help? The better half of the pretrained contenders, chosen on valid, is compared as one mean with each
   kind of control in a fixed order: scratch, random features, a linear model on the raw data, the majority class. A
   "yes" counts only if every earlier answer is "yes" (a fixed sequence: Maurer, Hothorn and Lehmacher 1995), so the
   error rate of the whole sequence is that of one test.
2. Which is the best? This is asked if transfer helps, or if no control was run. The best contender must be better than
   *every* other; each of these differences is tested at 5 %, and all must be significant (the intersection-union test:
   Berger 1982, doi:10.2307/1267823).
3. Is a cheaper contender as good? This is asked about the recommended one: the 95 % confidence interval of its
   difference from the best must exclude a loss larger than the margin.

The claims that transfer hurts, or does not help, are also about *every* pretrained contender. If any one of several
controls may be the one that is better than all, the 5 % are divided by the number of controls. docs/decisions/0010 has
the measured error rates and power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ghep.comparison.analysis.facts import Facts, HelpTest
from ghep.comparison.analysis.statistics import SIGNIFICANT, Against
from ghep.comparison.record import (
    CONSTANT,
    SCRATCH,
    Comparison,
    Pair,
    Place,
    Question,
    QuestionCode,
    Verdict,
    VerdictKind,
)
from ghep.errors import DataError
from ghep.messages import Message
from ghep.metrics.power import rounded

FEW = 30
"""The verdict warns about fewer test examples than this."""
NAMED = 3
"""Largest number of contenders tested together whose names are listed."""
QUESTIONS: dict[QuestionCode, Message] = {
    "helps-scratch": Message("question-helps-scratch"),
    "helps-random-features": Message("question-helps-random-features"),
    "helps-data-control": Message("question-helps-data-control"),
    "helps-majority": Message("question-helps-majority"),
    "best": Message("question-best"),
    "cheaper": Message("question-cheaper"),
}

Sentences = tuple[Message, ...]


class Rule(NamedTuple):
    """One rule: if ``holds``, the verdict is ``kind``.

    The other fields are functions that return the sentences of the verdict and the contenders to choose the recommended
    one from.
    """

    kind: VerdictKind
    holds: Callable[[Facts], bool]
    message: Callable[[Facts], Sentences]
    reason: Callable[[Facts], Sentences]
    next_step: Callable[[Facts], Sentences]
    """What to do to decide an open question; empty if no question is open."""
    candidates: Callable[[Facts], tuple[Place, ...]]
    """The places of the contenders that may be recommended."""


def verdict(comparison: Comparison, places: Sequence[Place], pairs: Sequence[Pair], *, margin: float = 0.01) -> Verdict:
    """Return the verdict of the first rule of ``RULES`` that holds.

    ``margin`` is the largest difference in accuracy that does not matter. Raises DataError if ``places`` is empty.
    """
    if not places:
        raise DataError("verdict-no-finished-run")
    facts = Facts(comparison, tuple(places), tuple(pairs), margin)
    rule = next(rule for rule in RULES if rule.holds(facts))
    recommended, because = _recommended(facts, rule.candidates(facts))
    why = (because, *_level_control(facts, recommended))
    message = (*rule.message(facts), *_missing(facts), *_few_examples(facts))
    reason = (*rule.reason(facts), *_caveats(facts))
    next_step = rule.next_step(facts)
    return Verdict(
        kind=rule.kind,
        message=_text(message),
        reason=_text(reason),
        best=facts.best.contender,
        recommended=recommended.contender,
        why_recommended=_text(why),
        next_step=_text(next_step),
        level_with_best=tuple(place.contender for place in facts.level_with(facts.best, facts.places)),
        questions=_questions(facts, rule.kind, recommended),
        not_judged=facts.not_judged,
        sentences={"message": message, "reason": reason, "why_recommended": why, "next_step": next_step},
    )


def _text(sentences: Sentences) -> str:
    return " ".join(map(str, sentences))


# Conditions of the rules.


def _no_models(facts: Facts) -> bool:
    return not facts.models


def _single(facts: Facts) -> bool:
    return len(facts.places) == 1


def _hurts(facts: Facts) -> bool:
    return facts.better_control is not None


def _no_help(facts: Facts) -> bool:
    """Whether no pretrained contender is better than the best control by more than the margin."""
    return bool(facts.controls) and facts.no_better(facts.controls[0])


def _a_control_leads(facts: Facts) -> bool:
    """Whether a control is ahead so far, while a pretrained contender that might beat it has no finished run."""
    return bool(facts.missing) and (_hurts(facts) or _no_help(facts))


def _help_is_open(facts: Facts) -> bool:
    return facts.open_help is not None


def _wins(facts: Facts) -> bool:
    """Whether the best contender beats every other pretrained one, and none without a finished run might be better."""
    return not facts.rivals and not facts.missing


def _best_so_far(facts: Facts) -> bool:
    return not facts.rivals


def _ties(facts: Facts) -> bool:
    bounds = [facts.pair(facts.best, rival).interval for rival in facts.rivals]
    return all(-facts.margin <= one.low and one.high <= facts.margin for one in bounds)


def _otherwise(facts: Facts) -> bool:
    return bool(facts.places)


# Messages of the rules.


def _say_no_models(facts: Facts) -> Sentences:
    best = {"best": facts.name(facts.best), "accuracy": facts.best.accuracy}
    if facts.missing:
        return (Message("verdict-no-pretrained-finished", {"missing": _names(facts, facts.missing), **best}),)
    return (Message("verdict-no-pretrained", best),)


def _say_single(facts: Facts) -> Sentences:
    return (Message("verdict-single", {"best": facts.name(facts.best), "accuracy": facts.best.accuracy}),)


def _say_hurts(facts: Facts) -> Sentences:
    control = facts.better_control or facts.controls[0]
    named = {**_best_and_control(facts, control), "pretrained": len(facts.models)}
    return (Message("verdict-negative-transfer", named),)


def _say_no_help(facts: Facts) -> Sentences:
    control = facts.controls[0]
    most = max(facts.pair(model, control).interval.high for model in facts.models)
    named = {**_best_and_control(facts, control), "better": most > 0, "most": most}
    return (Message("verdict-no-help", named),)


def _say_a_control_leads(facts: Facts) -> Sentences:
    control = facts.better_control or facts.controls[0]
    return (Message("verdict-control-leads", _best_and_control(facts, control)),)


def _say_help_is_open(facts: Facts) -> Sentences:
    test = facts.open_help or facts.help_tests[0]
    if test.answer == "yes":
        return (_helps(facts, test, new_seeds=False), Message("verdict-other-seeds-open"))
    named = {
        "control": facts.name(test.control),
        "control_accuracy": test.control.accuracy,
        "contenders": _together(facts, test.found),
        "count": len(test.found.models),
        "accuracy": test.found.accuracy,
    }
    beaten = [facts.name(one.control) for one in facts.help_tests if one.passed]
    if beaten:
        return (Message("verdict-help-open-after", {**named, "beaten": beaten}),)
    return (Message("verdict-help-open", named),)


def _say_wins(facts: Facts) -> Sentences:
    others = len(facts.models) - 1
    named = {"best": facts.name(facts.best), "accuracy": facts.best.accuracy}
    if not others:
        return (*_first_help(facts), Message("verdict-only", named))
    said = bool(facts.help_tests) and not facts.help_tests[0].new_seeds
    these_runs = bool(facts.single_runs(facts.models)) and not said
    return (*_first_help(facts), Message("verdict-winner", {**named, "these_runs": these_runs, "others": others}))


def _say_best_so_far(facts: Facts) -> Sentences:
    named = {"best": facts.name(facts.best), "accuracy": facts.best.accuracy}
    return (*_first_help(facts), Message("verdict-best-so-far", named))


def _say_ties(facts: Facts) -> Sentences:
    named = {"contenders": _names(facts, (facts.best, *facts.rivals)), "margin": facts.margin}
    return (*_first_help(facts), Message("verdict-tie", named))


def _say_cannot_tell(facts: Facts) -> Sentences:
    contenders = [_with_accuracy(facts, place) for place in (facts.best, *facts.rivals)]
    return (*_first_help(facts), Message("verdict-best-open", {"contenders": contenders}))


def _missing(facts: Facts) -> Sentences:
    """Return a sentence that names the contenders without a finished run that could be better; empty if none could."""
    if not facts.missing or not facts.models:
        return ()
    named = {"contenders": _names(facts, facts.missing), "count": len(facts.missing)}
    return (Message("verdict-not-judged", named),)


def _few_examples(facts: Facts) -> Sentences:
    return (Message("verdict-few-examples", {"count": facts.best.n}),) if facts.best.n < FEW else ()


# Numbers behind the messages.


def _against_best(facts: Facts) -> Sentences:
    """Return a message with the difference between the best contender and the next pretrained one.

    If there is no other pretrained contender, the next one on the leaderboard is used.
    """
    rivals = facts.rivals or tuple(place for place in facts.models if place != facts.best)
    other = rivals[0] if rivals else facts.places[1]
    return (_numbers_of_pair(facts, facts.best, other),)


def _against_control(facts: Facts) -> Sentences:
    return (_numbers_of_pair(facts, facts.best, _hardest_control(facts)),)


def _own_interval(facts: Facts) -> Sentences:
    bounds = facts.best.interval
    named = {"accuracy": facts.best.accuracy, "low": bounds.low, "high": bounds.high}
    return (Message("verdict-interval", {"contender": facts.name(facts.best), **named}),)


def _both_questions(facts: Facts) -> Sentences:
    if facts.help_tests and len(facts.models) == 1:
        return _help_in_numbers(facts)
    return (*_help_in_numbers(facts), *_against_best(facts))


def _help_in_numbers(facts: Facts) -> Sentences:
    """Return a message with the numbers of one test of whether pretrained weights help; empty if no control was run.

    It is the first open test; if none is open, the first test.
    """
    if not facts.help_tests:
        return ()
    test = facts.open_help or facts.help_tests[0]
    return (_numbers(_together(facts, test.found), facts.name(test.control), test.found),)


def _hardest_control(facts: Facts) -> Place:
    """Return the control with the weakest evidence that the best contender is better than it."""
    return min(facts.controls, key=lambda control: facts.pair(facts.best, control).interval.low)


def _numbers_of_pair(facts: Facts, a: Place, b: Place) -> Message:
    return _numbers(facts.name(a), facts.name(b), facts.pair(a, b))


def _numbers(a: str | Message, b: str, test: Pair | Against) -> Message:
    bounds = test.interval
    named = {"a": a, "b": b, "difference": test.difference, "low": bounds.low, "high": bounds.high, "p": test.p_value}
    if test.p_value < SIGNIFICANT:
        return Message("verdict-difference", named)
    return Message("verdict-difference-not-significant", {**named, "detectable": test.detectable})


# What would settle an open question.


def _nothing(_facts: Facts) -> Sentences:
    return ()


def _run_controls(_facts: Facts) -> Sentences:
    return (Message("next-run-controls"),)


def _run_models(_facts: Facts) -> Sentences:
    return (Message("next-run-pretrained"),)


def _settle_help(facts: Facts) -> Sentences:
    test = facts.open_help or facts.help_tests[0]
    return (_settle(_together(facts, test.found), facts.name(test.control), test.found, facts.best.n),)


def _settle_best(facts: Facts) -> Sentences:
    rival = facts.rivals[0]
    return (_settle(facts.name(facts.best), facts.name(rival), facts.pair(facts.best, rival), rival.n),)


def _run_missing(facts: Facts) -> Sentences:
    return (Message("next-run-unfinished", {"contenders": _names(facts, facts.missing)}),)


def _settle(a: str | Message, b: str, test: Pair | Against, n: int) -> Message:
    sides = {"a": a, "b": b}
    if test.difference == 0:
        return Message("next-exactly-equal", sides)
    if test.needed is not None:
        needed = {"needed": rounded(test.needed), "count": n, "difference": abs(test.difference)}
        return Message("next-more-examples", {**sides, **needed})
    if test.p_value < SIGNIFICANT:
        return Message("next-some-more-examples", {**sides, "count": n})
    if test.seeds_needed:
        return Message("next-more-seeds", {**sides, "seeds": test.seeds_needed})
    return Message("next-more-seeds-too", sides)


# Which contender to recommend.


def _models(facts: Facts) -> tuple[Place, ...]:
    return facts.models


def _helpful(facts: Facts) -> tuple[Place, ...]:
    """Return the candidates for the recommendation: the best contender and those that are better than every control."""
    return tuple(place for place in facts.models if place == facts.best or place in facts.helped)


def _if_in_these_runs(facts: Facts) -> tuple[Place, ...]:
    """Return the candidates for the recommendation if it is open whether pretrained weights help.

    These are the pretrained contenders if they are better in these runs, else all contenders.
    """
    test = facts.open_help
    return facts.models if test is not None and test.answer == "yes" else _all_models(facts)


def _controls(facts: Facts) -> tuple[Place, ...]:
    return facts.controls


def _all_models(facts: Facts) -> tuple[Place, ...]:
    """Return the pretrained contenders and the controls, best first; constant answers only if there is nothing else.

    Contenders with the same predictions as another one are left out.
    """
    real = tuple(one for one in (*facts.models, *facts.controls) if one.contender.strategy not in CONSTANT)
    return tuple(sorted(real, key=facts.places.index)) or facts.places


def _recommended(facts: Facts, candidates: tuple[Place, ...]) -> tuple[Place, Message]:
    """Return the recommended contender (its row of the leaderboard), and a message with the reason.

    It is the cheapest candidate that cannot be distinguished from the best candidate and lies inside the confidence
    interval of the best. ``candidates`` must not be empty.
    """
    top = facts.best if facts.best in candidates and facts.best.accuracy >= candidates[0].accuracy else candidates[0]
    level = [one for one in candidates if one == top or one in facts.level_with(top, candidates)]
    inside = [one for one in level if top.interval.low <= one.accuracy <= top.interval.high] or [candidates[0]]
    chosen = min(inside, key=lambda place: (place.seconds, -place.accuracy))
    return chosen, _why(facts, chosen, top, candidates)


def _why(facts: Facts, chosen: Place, top: Place, candidates: Sequence[Place]) -> Message:
    """Return a message on why ``chosen`` is recommended; ``top`` is the best of ``candidates``.

    If a cheaper contender cannot be distinguished from ``top``, but is no candidate or lies outside the interval of
    ``top``, the message says so.
    """
    if chosen == top:
        level = facts.level_with(top, facts.models if top in facts.models else candidates)
        cheaper = min((one for one in level if one.seconds < top.seconds), key=lambda one: one.seconds, default=None)
        if cheaper is None:
            return Message("why-most-accurate", {"level": len(level)})
        named = {"cheaper": facts.name(cheaper), "shown": cheaper in candidates}
        return Message("why-most-accurate-not-cheaper", named)
    pair = facts.pair(top, chosen)
    named = {
        "distinguished": pair.p_value < SIGNIFICANT,
        "best": facts.name(top),
        "lost": max(pair.interval.high, 0.0),
        "seconds": chosen.seconds,
        "best_seconds": top.seconds,
    }
    return Message("why-cheaper", named)


def _level_control(facts: Facts, recommended: Place) -> Sentences:
    """Return a sentence on the best cheaper control that cannot be distinguished from ``recommended``, if there is one.

    Constant answers are not named, nor controls whose score lies outside the interval of ``recommended``.
    """
    if recommended not in facts.models:
        return ()
    ends, level = recommended.interval, facts.level_with(recommended, facts.controls)
    for one in sorted(level, key=facts.places.index):
        cheaper = one.contender.strategy not in CONSTANT and one.seconds < recommended.seconds
        if cheaper and ends.low <= one.accuracy <= ends.high:
            return (Message("why-control-level", {"control": facts.name(one), "seconds": one.seconds}),)
    return ()


RULES: tuple[Rule, ...] = (
    Rule("cannot-tell", _no_models, _say_no_models, _own_interval, _run_models, _all_models),
    Rule("cannot-tell", _single, _say_single, _own_interval, _run_controls, _models),
    Rule("incomplete", _a_control_leads, _say_a_control_leads, _against_control, _run_missing, _controls),
    Rule("negative-transfer", _hurts, _say_hurts, _against_control, _nothing, _controls),
    Rule("no-help", _no_help, _say_no_help, _against_control, _nothing, _controls),
    Rule("cannot-tell", _help_is_open, _say_help_is_open, _help_in_numbers, _settle_help, _if_in_these_runs),
    Rule("winner", _wins, _say_wins, _both_questions, _nothing, _helpful),
    Rule("incomplete", _best_so_far, _say_best_so_far, _both_questions, _run_missing, _helpful),
    Rule("tie", _ties, _say_ties, _both_questions, _nothing, _helpful),
    Rule("cannot-tell", _otherwise, _say_cannot_tell, _both_questions, _settle_best, _helpful),
)
"""The rules in order: whether transfer hurts or helps is decided before which contender is best."""


# The planned questions and their answers.


def _questions(facts: Facts, kind: VerdictKind, recommended: Place) -> tuple[Question, ...]:
    """Return the planned questions with their answers, in order.

    They are: whether pretrained weights help, once for each kind of control that was run and always for scratch; which
    contender is the best; and whether a cheaper one is as good.
    """
    helps = [_help_question(facts, test) for test in facts.help_tests]
    if facts.models and not any(question.code == "helps-scratch" for question in helps):
        helps.insert(0, _not_asked("helps-scratch", _no_scratch(facts)))
    return (*helps, _best_question(facts, kind), _cheaper_question(facts, kind, recommended))


def _help_question(facts: Facts, test: HelpTest) -> Question:
    found = test.found
    return _question(
        test.code,
        test.answer,
        _help_answer(facts, test),
        a=found.models[0] if len(found.models) == 1 else None,
        b=found.control,
        difference=found.difference,
        interval=found.interval,
        p_value=found.p_value if test.new_seeds else found.p_these_runs,
        about="new-seeds" if test.new_seeds else "these-runs",
    )


def _help_answer(facts: Facts, test: HelpTest) -> Message:
    found, control = test.found, facts.name(test.control)
    numbers = _numbers(_together(facts, found), control, found)
    if test.answer == "yes" and not test.passed:
        return Message("answer-yes-other-seeds-open", {"p": found.p_these_runs, "numbers": numbers})
    if test.answer == "yes":
        return Message("answer-yes" if test.new_seeds else "answer-yes-these-runs", {"numbers": numbers})
    if test.answer == "no":
        return Message("answer-no", {"margin": facts.margin, "numbers": numbers})
    if test.answer == "hurts":
        return Message("answer-hurts", {"control": control, "numbers": numbers})
    return Message("answer-open" if test.answer == "open" else "answer-not-asked", {"numbers": numbers})


def _best_question(facts: Facts, kind: VerdictKind) -> Question:
    if len(facts.models) < 2:
        return _not_asked("best", Message("answer-one-contender"))
    if facts.open_help is not None or kind in ("negative-transfer", "no-help"):
        return _not_asked("best", Message("answer-help-unknown"))
    other = (facts.rivals or facts.models[1:])[0]
    pair, best = facts.pair(facts.best, other), facts.name(facts.best)
    numbers = _numbers_of_pair(facts, facts.best, other)
    answers = {
        "winner": Message("answer-best", {"best": best, "numbers": numbers}),
        "incomplete": Message("answer-best-so-far", {"best": best, "numbers": numbers}),
        "tie": Message(
            "answer-equally-good", {"contenders": _names(facts, (facts.best, *facts.rivals)), "numbers": numbers}
        ),
    }
    return _question(
        "best",
        "yes" if kind == "winner" else "no" if kind == "tie" else "open",
        answers.get(kind, Message("answer-open", {"numbers": numbers})),
        **_of_pair(pair),
        about="these-runs" if facts.single_runs((facts.best, other)) else "new-seeds",
    )


def _cheaper_question(facts: Facts, kind: VerdictKind, recommended: Place) -> Question:
    best = facts.best
    if len(facts.models) < 2 or facts.open_help is not None or kind in ("negative-transfer", "no-help"):
        return _not_asked("cheaper", Message("answer-choice-unknown"))
    cheaper = [one for one in facts.models if one.seconds < best.seconds]
    if not cheaper:
        return _not_asked("cheaper", Message("answer-cheapest", {"best": facts.name(best)}))
    one = recommended if recommended in cheaper else cheaper[0]
    pair, numbers = facts.pair(one, best), _numbers_of_pair(facts, one, best)
    as_good = pair.interval.low >= -facts.margin
    worse = pair.p_value < SIGNIFICANT and pair.difference < 0
    if as_good:
        named = {"contender": facts.name(one), "margin": facts.margin, "numbers": numbers}
        answer = Message("answer-cheaper-as-good", named)
    elif worse:
        answer = Message("answer-cheaper-worse", {"contender": facts.name(one), "numbers": numbers})
    else:
        answer = Message("answer-open", {"numbers": numbers})
    return _question(
        "cheaper",
        "yes" if as_good else "no" if worse else "open",
        answer,
        **_of_pair(pair),
        about="these-runs" if facts.single_runs((one, best)) else "new-seeds",
    )


def _of_pair(pair: Pair) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "difference": pair.difference,
        "interval": pair.interval,
        "p_value": pair.p_value,
    }


def _question(code: QuestionCode, answer: Any, sentence: Message, **numbers: Any) -> Question:
    return Question(code, str(QUESTIONS[code]), answer, str(sentence), **numbers, sentence=sentence)


def _not_asked(code: QuestionCode, why: Message) -> Question:
    return _question(code, "not-asked", why)


# What limits the conclusion.


def _caveats(facts: Facts) -> list[Message]:
    found = []
    if facts.models and not facts.controls:
        found.append(Message("verdict-no-controls"))
    elif facts.models and not any(place.contender.strategy == SCRATCH for place in facts.controls):
        found.append(_no_scratch(facts))
    single = facts.single_runs(facts.places)
    if single:
        found.append(Message("verdict-single-runs", {"contenders": _names(facts, single), "count": len(single)}))
    if facts.comparison.budget_seconds is not None:
        found.append(Message("verdict-budget", {"seconds": facts.comparison.budget_seconds}))
    said = {*facts.missing, *(one for one in facts.not_judged if one.strategy == SCRATCH and facts.models)}
    others = [facts.name(one) for one in facts.not_judged if one not in said]
    if others:
        found.append(Message("verdict-unfinished", {"contenders": others}))
    return found


def _no_scratch(facts: Facts) -> Message:
    planned = any(one.strategy == SCRATCH for one in facts.not_judged)
    return Message("verdict-no-scratch", {"planned": planned})


# Parts of messages.


def _first_help(facts: Facts) -> Sentences:
    """Return a sentence on how much pretrained weights help compared with the first control; empty without controls."""
    if not facts.help_tests:
        return ()
    return (_helps(facts, facts.help_tests[0], new_seeds=facts.help_tests[0].new_seeds),)


def _helps(facts: Facts, test: HelpTest, *, new_seeds: bool) -> Message:
    named = {"new_seeds": new_seeds, "difference": test.found.difference, "control": facts.name(test.control)}
    return Message("verdict-helps", named)


def _together(facts: Facts, test: Against) -> str | Message:
    """Return the names of the contenders whose mean was tested, or how many there are if they are too many to name."""
    if len(test.models) == 1:
        return facts.name(test.models[0])
    if len(test.models) > NAMED:
        return Message("contenders-best-on-valid", {"count": len(test.models)})
    return Message("contenders-together", {"contenders": _names(facts, test.models)})


def _names(facts: Facts, contenders: Sequence[Any]) -> list[str]:
    return [facts.name(one) for one in contenders]


def _with_accuracy(facts: Facts, place: Place) -> Message:
    return Message("contender-accuracy", {"contender": facts.name(place), "accuracy": place.accuracy})


def _best_and_control(facts: Facts, control: Place) -> dict[str, Any]:
    return {
        "best": facts.name(facts.best),
        "accuracy": facts.best.accuracy,
        "control": facts.name(control),
        "control_accuracy": control.accuracy,
    }
