"""The answer over all ways of sharing: which shared model to take, if any, and why; and what to be warned of.

In: the verdicts, and each task's leaderboard and pairs. Out: an ``Answer`` and findings. The rule is that of every
comparison (docs/decisions/0010), asked of each task: the cheapest shared model that in no task can be told from the
best there is, lies inside that one's interval, and hurts nobody. If there is none: a model for each task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from ghep.comparison.analysis.statistics import turned
from ghep.comparison.record import Contender, Evidence, Pair, Place
from ghep.comparison.report.words import listed, p_value, points, points_interval
from ghep.comparison.sharing.kinds import SIGNIFICANT, harmed, within_margin
from ghep.comparison.sharing.record import Bill, Gain, Remedy, SharedComparison, SharingKind, SharingVerdict
from ghep.comparison.sharing.statistics import gains, remedies_for
from ghep.comparison.sharing.words import backbones, bill_words, losses, names_beside, possible, way_names
from ghep.types import Finding

TRY = "surgery=pcgrad"
"""The remedy to name where none was tried: it takes out of each task's gradient what opposes another's."""


@dataclass(frozen=True)
class Answer:
    """What to do, over all."""

    kind: SharingKind
    message: str
    recommended: Contender | None


@dataclass(frozen=True)
class _Candidate:
    """A shared model that might be taken."""

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
    """Return the answer. ``remedies`` are those of all ways."""
    candidates = list(_candidates(verdicts, remedies))
    if not candidates:
        return Answer("cannot-tell", "No strategy was trained both ways: what sharing does cannot be told.", None)
    able = [one for one in candidates if _takes_part(one, shared) and _level_everywhere(one.together, by_task)]
    if able:
        taken = min(able, key=lambda one: one.bill.seconds if isfinite(one.bill.seconds) else inf)
        return Answer(taken.kind, _say_taken(shared, taken), taken.together)
    return _separate(shared, by_task, candidates)


def findings(
    shared: SharedComparison, verdicts: Sequence[SharingVerdict], remedies: Sequence[Remedy]
) -> tuple[Finding, ...]:
    """Return a warning for each task that a way of sharing hurt, with the remedy, and what is worth knowing besides."""
    called = way_names([one.together for one in verdicts], among=backbones(shared))
    found: list[Finding] = []
    for verdict in verdicts:
        name = called[verdict.together]
        mine = remedies_for(verdict.together, remedies)
        apart = _apart(shared, verdict)
        found += [_hurts(gain, name, mine, apart) for gain in verdict.gains if gain.kind == "hurt"]
        if all(gain.identical for gain in verdict.gains):
            found.append(
                Finding(
                    "sharing-same-answers",
                    "info",
                    f"{name}: its trunk is frozen, so every task has the very same answers as alone; "
                    "sharing changes cost and nothing else",
                )
            )
        missing = [task for task in shared.every_task if task not in {gain.task for gain in verdict.gains}]
        if missing:
            text = f"{name}: {listed(missing)} cannot be judged, for want of a finished run of both kinds"
            found.append(Finding("sharing-not-judged", "warning", text, "look at the failures, and run it again"))
    return tuple(found)


def _candidates(verdicts: Sequence[SharingVerdict], remedies: Sequence[Remedy]) -> Iterator[_Candidate]:
    """Yield the ways as they are, and of each the other way of sharing that is chosen on valid."""
    for one in verdicts:
        if one.together.control:
            continue
        yield _Candidate(one.together, one.kind, one.gains, one.bill)
        for remedy in remedies_for(one.together, remedies):
            if remedy.chosen and remedy.bill:
                well = len(remedy.gains) == len(one.gains) and all(map(within_margin, remedy.gains))
                kind: SharingKind = "share-with-remedy" if well else "cannot-tell"
                yield _Candidate(remedy.together, kind, remedy.gains, remedy.bill)


def _takes_part(one: _Candidate, shared: SharedComparison) -> bool:
    """Whether every task was judged and none was hurt, and sharing so is not idle."""
    whole = len(one.gains) == len(shared.tasks)
    return whole and one.kind != "separate" and not any(map(harmed, one.gains))


def _level_everywhere(together: Contender, by_task: Mapping[str, Evidence]) -> bool:
    return all(_ahead(together, found) is None for found in by_task.values())


def _ahead(together: Contender, found: Evidence) -> Pair | None:
    """Return the best of a task minus ``together``, where that is clearly better or leaves it outside its interval.

    None where they cannot be told apart.
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


def _say_taken(shared: SharedComparison, taken: _Candidate) -> str:
    tasks, name = listed(shared.every_task), _name(shared, taken)
    costs = bill_words(taken.bill)
    costs = f" It takes {costs} of models alone." if costs else ""
    if all(gain.identical for gain in taken.gains):
        said = "its trunk is frozen, so the answers are the very same as of one for each, and cost is all that differs."
        return f"Share: one model, {name}, for {tasks}: {said}{costs}"
    helped = [gain for gain in taken.gains if gain.kind == "helped"]
    if taken.kind == "cannot-tell":
        left = possible([gain for gain in taken.gains if not within_margin(gain)])
        where = f"sharing helps {losses(helped)}, and whether it costs accuracy elsewhere" if helped else ""
        said = f"{where or 'whether sharing costs accuracy'} cannot be told ({left})."
        return f"One model, {name}, for {tasks} is level with the best in each; {said}{costs}"
    gained = f"it helps {losses(helped)}, and " if helped else ""
    return f"Share: one model, {name}, for {tasks}: {gained}no task loses more than a point.{costs}"


def _separate(shared: SharedComparison, by_task: Mapping[str, Evidence], candidates: Sequence[_Candidate]) -> Answer:
    """Return that each task wants a model of its own: shown, if every way hurts or is clearly behind; or to be safe."""
    hurt = [one for one in candidates if any(map(harmed, one.gains))]
    rest = [one for one in candidates if one not in hurt]
    shown = all(one.kind == "separate" or _behind(one.together, by_task) for one in rest)
    why = []
    if hurt:
        most = min(hurt, key=lambda one: min(gain.pair.difference for gain in one.gains))
        lost = losses([gain for gain in most.gains if harmed(gain)])
        why.append(f"sharing with {_name(shared, most)} hurts {lost}")
    why += [text for one in rest[:1] if (text := _say_behind(shared, by_task, one))]
    said = "One model for each task" if shown else "To be safe one model for each task, though it cannot be told"
    return Answer("separate" if shown else "cannot-tell", f"{said}: {'; '.join(why)}." if why else f"{said}.", None)


def _behind(together: Contender, by_task: Mapping[str, Evidence]) -> bool:
    """Whether in some task the best is better, corrected for all pairs of a task and for the tasks."""
    found = [_ahead(together, evidence) for evidence in by_task.values()]
    return any(pair is not None and len(found) * pair.adjusted < SIGNIFICANT for pair in found)


def _say_behind(shared: SharedComparison, by_task: Mapping[str, Evidence], one: _Candidate) -> str:
    """Say in which task a shared model is farthest behind the best, and behind whom."""
    found = {task: _ahead(one.together, evidence) for task, evidence in by_task.items()}
    ahead = {task: pair for task, pair in found.items() if pair is not None}
    if not ahead:
        return ""
    task = max(ahead, key=lambda name: ahead[name].difference)
    best = names_beside([ahead[task].a], task, shared)[ahead[task].a]
    lead = f"{best}, is {points(ahead[task].difference, signed=False)} points better for {task}"
    return f"{_name(shared, one)}, shared, is not level with the best ({lead})"


def _name(shared: SharedComparison, one: _Candidate) -> str:
    return way_names([one.together], among=backbones(shared))[one.together]


def _apart(shared: SharedComparison, verdict: SharingVerdict) -> str:
    """Say what to train apart: what was hurt alone and the others together, with what that did where it was run."""
    hurt = [gain.task for gain in verdict.gains if gain.kind == "hurt"]
    rest = tuple(task for task in shared.every_task if task not in hurt)
    own = f"a model of its own for {listed(hurt)}"
    if len(rest) < 2:
        return own
    together = Contender(verdict.together.strategy, verdict.together.backbone, rest)
    measured = [f"{gain.task} {points(gain.pair.difference)} points" for gain in gains(shared, together)]
    did = f" (without {listed(hurt)}: {listed(measured)} from alone)" if measured else ""
    return f"{own} and one for {listed(rest)} together{did}"


def _hurts(gain: Gain, name: str, remedies: Sequence[Remedy], apart: str) -> Finding:
    p = p_value(gain.pair.adjusted)
    message = (
        f"{name}: sharing hurt {gain.task} by {points(abs(gain.pair.difference), signed=False)} points "
        f"(95 % interval {points_interval(gain.pair.interval)}, p {p if p.startswith('<') else f'= {p}'})"
    )
    return Finding("sharing-hurts", "warning", message, _what_to_do(gain, remedies, apart))


def _what_to_do(gain: Gain, remedies: Sequence[Remedy], apart: str) -> str:
    best = next((one for one in remedies if one.chosen), None)
    now = next((one for one in best.gains if one.task == gain.task), None) if best else None
    if best is None or now is None:
        return f"try {TRY}, or {apart}"
    how = best.together.sharing + (f", on valid the best of {len(remedies)} tried" if len(remedies) > 1 else "")
    at = f"{points(now.pair.difference)} points ({points_interval(now.pair.interval)})"
    left = f"with it {gain.task} is {at} from alone"
    if within_margin(now):
        return f"{how}: {left}"
    return f"{apart}; {how}, {'does not mend it' if harmed(now) else 'may not mend it'}: {left}"
