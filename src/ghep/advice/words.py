"""Advice in words: what to take, why, what it rests on, and how often such advice was right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ghep.advice.record import Advice, Candidate

SHOWN = 3
"""Scores that put another backbone first are named with at most so many."""


def in_words(advice: Advice) -> Iterator[str]:
    """Yield lines for a terminal."""
    best = advice.candidates[0]
    yield f"take      {best.name} with {advice.strategy}"
    yield from (f"  - {reason}" for reason in advice.ruling.reasons)
    yield f"rests on  {_scored(best)}; {_told_apart(advice)}"
    yield from (f"  - {line}" for line in (disagreement(advice),) if line)
    yield from (f"  - {line}" for line in _right_before(advice.record))
    yield ""
    yield from _table(advice)
    yield from (f"left out  {one.backbone}: {one.cause}" for one in advice.left_out)


def _scored(best: Candidate) -> str:
    probe = best.probe
    bounds = f"[{probe.interval.low:.3f}, {probe.interval.high:.3f}]"
    how = f"{probe.folds} folds over train and valid" if probe.folds else "valid"
    return f"a linear head on its frozen features: {probe.accuracy:.3f} {bounds} (n={probe.n}, {how})"


def _told_apart(advice: Advice) -> str:
    count, level = len(advice.candidates), len(advice.level)
    if count == 1:
        return "it is the only backbone that was tried"
    if level == 1:
        return f"it is ahead of the other {count - 1}"
    places = [str(place) for place, one in enumerate(advice.candidates, 1) if one.level]
    together = f"1 to {level}" if places == [str(place) for place in range(1, level + 1)] else ", ".join(places)
    return f"ranks {together} cannot be told apart"


def disagreement(advice: Advice) -> str:
    """Name the scores that rank another backbone first, one whose probe is clearly behind, and say what follows.

    Empty where none does. They are no reason to take it: none of them ordered backbones better than the probe on all
    the data sets that were measured (docs/decisions/0011-advice.md).
    """
    instead: dict[str, list[str]] = {}
    for title, of in (("LogME", "log_me"), ("H-score", "h_score"), ("k-NN", "knn"), ("LEEP", "leep")):
        scored = [one for one in advice.candidates if getattr(one.scores, of) is not None]
        first = max(scored, key=lambda one: getattr(one.scores, of), default=None)
        if first is not None and not first.level and advice.candidates[0] in scored:
            instead.setdefault(first.name, []).append(title)
    if not instead:
        return ""
    said = ", ".join(f"{' and '.join(titles)} would take {name}" for name, titles in instead.items())
    whose = "whose probe is" if len(instead) == 1 else "whose probes are"
    return f"{said}, {whose} clearly behind: keep to the probe, these scores are rougher guesses"


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
    yield f"   {'backbone':<{width}}   probe  95 % interval    LogME  H-score   k-NN    LEEP  seconds"
    for place, one in enumerate(advice.candidates, 1):
        scores, interval = one.scores, one.probe.interval
        leep = f"{scores.leep:7.3f}" if scores.leep is not None else "      -"
        mark = "=" if one.level and place > 1 else " "
        yield (
            f"{place:>2} {one.name:<{width}}{mark} {one.probe.accuracy:6.3f}  {interval.low:.3f} to {interval.high:.3f}"
            f"  {scores.log_me:6.3f}  {scores.h_score:7.3f}  {scores.knn:5.3f} {leep}  {one.seconds:7.1f}"
        )
    yield f"   {'random features':<{width}}  {advice.case.random_accuracy:6.3f}"
    yield f"   {'the commonest answer':<{width}}  {advice.case.majority:6.3f}"
    if len(advice.level) > 1:
        yield "   = cannot be told from the first"
    reasons = dict.fromkeys(one.scores.no_leep for one in advice.candidates if one.scores.no_leep)
    yield from (f"   no LEEP where {reason}" for reason in reasons)
