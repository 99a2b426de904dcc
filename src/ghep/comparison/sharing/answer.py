"""The overall verdict on sharing: which shared model to take, if any, and why; and the findings.

A *way of sharing* is a shared model: a strategy on a backbone with a sharing strategy, trained on all tasks. In: the
verdict on each of them, and each task's leaderboard and pairs. Out: an ``Answer`` and findings. The rule of every
comparison (docs/decisions/0010) is applied to each task. It recommends the cheapest shared model that hurts no task
and, in every task, cannot be distinguished from the best model and lies inside the confidence interval of that model.
If there is no such shared model, it recommends a single-task model for each task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from ghep.comparison.analysis.statistics import turned
from ghep.comparison.record import Contender, Evidence, Pair, Place
from ghep.comparison.sharing.kinds import MARGIN, SIGNIFICANT, harmed, within_margin
from ghep.comparison.sharing.record import Bill, Gain, Remedy, SharedComparison, SharingKind, SharingVerdict
from ghep.comparison.sharing.statistics import gains, remedies_for
from ghep.comparison.sharing.words import (
    backbones,
    changes,
    costs_message,
    interval_and_p,
    names_for_task,
    ranges,
    way_names,
)
from ghep.messages import Message
from ghep.types import Finding

TRY = "surgery=pcgrad"
"""The remedy to suggest if none was tried. It removes from each task's gradient the part that conflicts with the
gradient of another task."""


@dataclass(frozen=True)
class Answer:
    """The overall verdict on sharing: the recommended model and the reason."""

    kind: SharingKind
    message: Message
    recommended: Contender | None


@dataclass(frozen=True)
class _Candidate:
    """A shared model that may be recommended, with its gains and costs."""

    together: Contender
    kind: SharingKind
    gains: tuple[Gain, ...]
    bill: Bill


def answer(
    shared: SharedComparison,
    by_task: Mapping[str, Evidence],
    verdicts: Sequence[SharingVerdict],
    remedies: Sequence[Remedy],
) -> Answer:
    """Return the overall verdict on sharing.

    ``by_task``: task -> its leaderboard and pairs; ``verdicts``: one for each shared model; ``remedies``: the other
    sharing strategies that were tried for any shared model.
    """
    candidates = list(_candidates(verdicts, remedies))
    if not candidates:
        return Answer("cannot-tell", Message("sharing-answer-none"), None)
    able = [one for one in candidates if _takes_part(one, shared) and _level_everywhere(one.together, by_task)]
    if able:
        taken = min(able, key=lambda one: one.bill.seconds if isfinite(one.bill.seconds) else inf)
        return Answer(taken.kind, _taken_message(shared, taken), taken.together)
    return _separate(shared, by_task, candidates)


def findings(
    shared: SharedComparison, verdicts: Sequence[SharingVerdict], remedies: Sequence[Remedy]
) -> tuple[Finding, ...]:
    """Return the findings on sharing: a warning for each task that was hurt, others on identical or missing models."""
    called = way_names([one.together for one in verdicts], among=backbones(shared))
    found: list[Finding] = []
    for verdict in verdicts:
        name = called[verdict.together]
        tried = remedies_for(verdict.together, remedies)
        separate = _separate_models(shared, verdict)
        found += [_hurts(gain, name, tried, separate) for gain in verdict.gains if gain.kind == "hurt"]
        if all(gain.identical for gain in verdict.gains):
            found.append(Finding.of("sharing-same-answers", "info", name=name))
        missing = [task for task in shared.every_task if task not in {gain.task for gain in verdict.gains}]
        if missing:
            found.append(Finding.of("sharing-not-judged", "warning", name=name, missing=missing))
    return tuple(found)


def _candidates(verdicts: Sequence[SharingVerdict], remedies: Sequence[Remedy]) -> Iterator[_Candidate]:
    """Yield each shared model, followed by the remedy for it that was chosen on valid, if any was tried."""
    for one in verdicts:
        if one.together.control:
            continue
        yield _Candidate(one.together, one.kind, one.gains, one.bill)
        for remedy in remedies_for(one.together, remedies):
            if remedy.chosen and remedy.bill:
                harmless = len(remedy.gains) == len(one.gains) and all(map(within_margin, remedy.gains))
                kind: SharingKind = "share-with-remedy" if harmless else "cannot-tell"
                yield _Candidate(remedy.together, kind, remedy.gains, remedy.bill)


def _takes_part(one: _Candidate, shared: SharedComparison) -> bool:
    """Whether the candidate can be recommended: all tasks were judged, none was hurt, the verdict is not "separate"."""
    whole = len(one.gains) == len(shared.tasks)
    return whole and one.kind != "separate" and not any(map(harmed, one.gains))


def _level_everywhere(together: Contender, by_task: Mapping[str, Evidence]) -> bool:
    return all(_ahead(together, found) is None for found in by_task.values())


def _ahead(together: Contender, found: Evidence) -> Pair | None:
    """Return the difference between the best model of a task and the shared model ``together``, if this is behind.

    It is behind if the difference is significant, or if its accuracy is below the confidence interval of the best
    model. Return None if it is not behind.
    """
    places = [place for place in found.leaderboard if not place.contender.control]
    own = next((place for place in places if place.contender == together), None)
    if own is None or not places or places[0] == own:
        return None
    pair = _between(found, places[0], own)
    inside = places[0].interval.low <= own.accuracy
    return None if pair.p_value >= SIGNIFICANT and inside else pair


def _between(found: Evidence, a: Place, b: Place) -> Pair:
    pair = next(one for one in found.pairs if {one.a, one.b} == {a.contender, b.contender})
    return pair if pair.a == a.contender else turned(pair)


def _taken_message(shared: SharedComparison, taken: _Candidate) -> Message:
    name, costs = _name(shared, taken), costs_message(taken.bill)
    if all(gain.identical for gain in taken.gains):
        return Message("sharing-answer-identical", {"name": name, "tasks": shared.every_task, "costs": costs})
    helped = [gain for gain in taken.gains if gain.kind == "helped"]
    if taken.kind == "cannot-tell":
        return Message(
            "sharing-answer-open",
            {
                "name": name,
                "tasks": shared.every_task,
                "helped": changes(helped),
                "num_helped": len(helped),
                "open": ranges([gain for gain in taken.gains if not within_margin(gain)]),
                "costs": costs,
            },
        )
    return Message(
        "sharing-answer-share",
        {
            "name": name,
            "tasks": shared.every_task,
            "helped": changes(helped),
            "num_helped": len(helped),
            "margin": MARGIN,
            "costs": costs,
        },
    )


def _separate(shared: SharedComparison, by_task: Mapping[str, Evidence], candidates: Sequence[_Candidate]) -> Answer:
    """Return the verdict that recommends a single-task model for each task.

    The verdict says that this is better if every shared model hurts a task or is clearly behind; else that it is safe.
    """
    hurt = [one for one in candidates if any(map(harmed, one.gains))]
    rest = [one for one in candidates if one not in hurt]
    shown = all(one.kind == "separate" or _behind(one.together, by_task) for one in rest)
    why = []
    if hurt:
        most = min(hurt, key=lambda one: min(gain.pair.difference for gain in one.gains))
        lost = changes([gain for gain in most.gains if harmed(gain)])
        why.append(Message("sharing-hurts-tasks", {"name": _name(shared, most), "harmed": lost}))
    why += [found for one in rest[:1] if (found := _behind_message(shared, by_task, one)) is not None]
    message = Message("sharing-answer-separate", {"shown": shown, "reasons": len(why), "why": why})
    return Answer("separate" if shown else "cannot-tell", message, None)


def _behind(together: Contender, by_task: Mapping[str, Evidence]) -> bool:
    """Whether the best model is significantly better than ``together`` in some task.

    The test is corrected for all pairs of a task and for the number of tasks.
    """
    found = [_ahead(together, evidence) for evidence in by_task.values()]
    return any(pair is not None and len(found) * pair.adjusted < SIGNIFICANT for pair in found)


def _behind_message(shared: SharedComparison, by_task: Mapping[str, Evidence], one: _Candidate) -> Message | None:
    """Return a message on the task in which a shared model is farthest behind the best model.

    Return None if it is behind in no task.
    """
    found = {task: _ahead(one.together, evidence) for task, evidence in by_task.items()}
    ahead = {task: pair for task, pair in found.items() if pair is not None}
    if not ahead:
        return None
    task = max(ahead, key=lambda name: ahead[name].difference)
    best = names_for_task([ahead[task].a], task, shared)[ahead[task].a]
    difference = ahead[task].difference
    return Message(
        "sharing-not-level", {"name": _name(shared, one), "best": best, "difference": difference, "task": task}
    )


def _name(shared: SharedComparison, one: _Candidate) -> str:
    return way_names([one.together], among=backbones(shared))[one.together]


def _separate_models(shared: SharedComparison, verdict: SharingVerdict) -> Message:
    """Return a message on how to split the tasks: single-task models for those that were hurt, one for the others."""
    hurt = [gain.task for gain in verdict.gains if gain.kind == "hurt"]
    rest = tuple(task for task in shared.every_task if task not in hurt)
    single = Message("separate-single", {"hurt": hurt, "count": len(hurt)})
    if len(rest) < 2:
        return single
    together = Contender(verdict.together.strategy, verdict.together.backbone, rest)
    measured = [
        Message("task-difference", {"task": gain.task, "difference": gain.pair.difference})
        for gain in gains(shared, together)
    ]
    if not measured:
        return Message("separate-rest", {"separate": single, "rest": rest})
    return Message("separate-rest-measured", {"separate": single, "rest": rest, "hurt": hurt, "measured": measured})


def _hurts(gain: Gain, name: str, remedies: Sequence[Remedy], separate: Message) -> Finding:
    return Finding.of(
        "sharing-hurts",
        "warning",
        name=name,
        task=gain.task,
        loss=abs(gain.pair.difference),
        numbers=interval_and_p(gain),
        advice=_advice(gain, remedies, separate),
    )


def _advice(gain: Gain, remedies: Sequence[Remedy], separate: Message) -> Message:
    best = next((one for one in remedies if one.chosen), None)
    now = next((one for one in best.gains if one.task == gain.task), None) if best else None
    if best is None or now is None:
        return Message("remedy-to-try", {"fix": TRY, "separate": separate})
    ends = now.pair.interval
    fix = Message("remedy-tried", {"fix": best.together.sharing, "tried": len(remedies)})
    effect = Message(
        "remedy-effect", {"task": gain.task, "difference": now.pair.difference, "low": ends.low, "high": ends.high}
    )
    if within_margin(now):
        return Message("remedy-helps", {"fix": fix, "effect": effect})
    return Message("remedy-doubtful", {"separate": separate, "fix": fix, "harmed": harmed(now), "effect": effect})
