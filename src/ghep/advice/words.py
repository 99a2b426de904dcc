"""Advice in words: what to try first, why, on what evidence, and how often such advice was right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ghep.advice.record import Advice, Candidate

SCORES = {"LogME": "log_me", "H-score": "h_score", "k-NN": "knn", "LEEP": "leep"}


def in_words(advice: Advice) -> Iterator[str]:
    """Yield lines for a terminal."""
    best = advice.candidates[0]
    yield f"take      {best.name} with {advice.strategy}"
    yield from (f"  - {reason}" for reason in advice.ruling.reasons)
    yield f"rests on  {rests_on(advice)}"
    yield from (f"  - {line}" for line in reasons(advice))
    yield ""
    yield from _table(advice)
    yield from (f"left out  {one.backbone}: {one.cause}" for one in advice.left_out)


def rests_on(advice: Advice) -> str:
    """Return the score of the best backbone, and whether others are level with it."""
    return f"{_scored(advice.candidates[0])}; {_ranked(advice)}"


def reasons(advice: Advice) -> list[str]:
    """Return what else there is to know: who was stopped, scores that disagree, how often such advice was right."""
    return [*filter(None, (_race(advice), disagreement(advice))), *_right_before(advice.record)]


def _scored(best: Candidate) -> str:
    probe = best.probe
    bounds = f"[{probe.interval.low:.3f}, {probe.interval.high:.3f}]"
    how = f"{probe.folds} folds over train and valid" if probe.folds else "valid"
    return f"a linear head on its frozen features: {probe.accuracy:.3f} {bounds} (n={probe.n}, {how})"


def _ranked(advice: Advice) -> str:
    count, level = len(advice.candidates), len(advice.level)
    if count == 1:
        return "it is the only backbone that was tried"
    if level == 1:
        return f"it is ahead of the other {count - 1}" if count > 2 else "it is ahead of the other one"
    places = [str(place) for place, one in enumerate(advice.candidates, 1) if one.level]
    together = f"1 to {level}" if places == [str(place) for place in range(1, level + 1)] else ", ".join(places)
    return f"ranks {together} cannot be distinguished"


def _race(advice: Advice) -> str:
    """Say who saw how many examples, where not all saw all of them."""
    stopped = [one for one in advice.candidates if one.stopped]
    if not stopped:
        return ""
    finished = len(advice.candidates) - len(stopped)
    return (
        f"{len(advice.candidates)} backbones saw {stopped[0].examples} examples; {len(stopped)} were clearly worse "
        f"there and stopped, {finished} saw all {advice.candidates[0].examples}"
    )


def disagreement(advice: Advice) -> str:
    """Say in one sentence which scores put another backbone first whose probe is clearly worse, and what to do.

    Scores are compared on the examples of the first round, which every backbone saw. They are no reason to take another
    one: none of them ordered backbones better than the probe on all the data sets that were measured
    (docs/decisions/0011-advice.md). Empty where none disagrees.
    """
    best, preferred = advice.candidates[0], dict[str, list[str]]()
    by_name = {one.backbone: one for one in advice.candidates}
    for title, of in SCORES.items():
        found = {name: getattr(one.rounds[0].scores, of) for name, one in by_name.items()}
        scored = {name: value for name, value in found.items() if value is not None}
        if best.backbone in scored:
            first = by_name[max(scored, key=lambda name: scored[name])]
            if not first.level:
                preferred.setdefault(first.backbone, []).append(title)
    if not preferred:
        return ""
    others = [by_name[name] for name in preferred]
    choices = ", ".join(f"{_listed(titles)} would take {by_name[name].name}" for name, titles in preferred.items())
    whose = "whose probe is" if len(others) == 1 else "whose probes are"
    accuracies = _listed([f"{one.rounds[0].probe.accuracy:.3f}" for one in others])
    named = ",".join(one.backbone for one in (best, *others))
    return (
        f"{choices}, {whose} clearly behind ({accuracies} against {best.rounds[0].probe.accuracy:.3f}): keep to the "
        f"probe, these scores are rougher guesses; ghep compare --backbones {named} would settle it"
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _right_before(record: Mapping[str, Any]) -> Iterator[str]:
    sets = record.get("data_sets", ())
    if sets:
        right = sum(one["regret"] <= one["best_standard_error"] for one in sets)
        median, worst = (100 * record[name] for name in ("median", "worst"))
        yield (
            f"on {len(sets)} data sets such advice cost {median:.1f} points of accuracy (median) against the best of "
            f"all that was tried afterwards, {worst:.1f} at worst; on {right} it was within a standard error of it"
        )
        rival = record["rival"]
        median, worst = (100 * rival[name] for name in ("median", "worst"))
        yield f"of rules without a table the best one, {rival['rule']}, cost {median:.1f} and {worst:.1f} there"


def _table(advice: Advice) -> Iterator[str]:
    width = max(len("backbone"), *(len(one.name) for one in advice.candidates))
    yield f"   {'backbone':<{width}}  examples   probe  95 % interval    LogME  H-score   k-NN    LEEP  seconds"
    for place, one in enumerate(advice.candidates, 1):
        scores, interval = one.scores, one.probe.interval
        leep = f"{scores.leep:7.3f}" if scores.leep is not None else "      -"
        mark = "=" if one.level and place > 1 else " "
        yield (
            f"{place:>2} {one.name:<{width}}{mark} {one.examples:>8}  {one.probe.accuracy:6.3f}"
            f"  {interval.low:.3f} to {interval.high:.3f}"
            f"  {scores.log_me:6.3f}  {scores.h_score:7.3f}  {scores.knn:5.3f} {leep}  {one.seconds:7.1f}"
        )
    first, all_ = advice.candidates[0].rounds[0].examples, advice.candidates[0].examples
    yield f"   {'random features':<{width}}  {first:>8}  {advice.case.random_accuracy:6.3f}"
    yield f"   {'the commonest answer':<{width}}  {all_:>8}  {advice.case.majority:6.3f}"
    if len(advice.level) > 1:
        yield "   = cannot be distinguished from the first"
    reasons = dict.fromkeys(one.scores.no_leep for one in advice.candidates if one.scores.no_leep)
    yield from (f"   no LEEP where {reason}" for reason in reasons)
