"""The tables of the page that are more than a list of values: what each line holds, in the order it is read.

In: ``Comparison`` and ``Evidence``. Out: frozen rows; the template writes their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghep.comparison.record import (
    SEEDLESS,
    Comparison,
    Contender,
    Data,
    Evidence,
    LabelsSaved,
    Pair,
    Place,
    Planned,
    Stopped,
    Verdict,
)
from ghep.comparison.report.words import MINUS, NONE, count, listed, names, plural, points, seconds
from ghep.types import Finding, Interval

SEVERITIES = ("error", "warning", "info")
UNKNOWN, NO_SEED, IN_DRAW = "unknown", "none", "in the draw"
"""Of the seed's part: there was one run; nothing is random; with one run a draw it is part of the draw's."""
NEAR = 0.25
"""Accuracy below the best down to which the bars of the leaderboard reach; what lies lower sticks out to the left."""


@dataclass(frozen=True)
class Bar:
    """An interval and its middle on an axis that all lines share, in per cent of its width."""

    low: float
    middle: float
    high: float
    outside: bool
    """The middle lies left of the axis."""


@dataclass(frozen=True)
class BoardLine:
    """A line of the leaderboard."""

    place: Place
    name: str
    marks: tuple[tuple[str, str], ...]
    """(kind, word): best, recommended, level, same, control, reference, hurt."""
    bar: Bar
    took: str
    """Wall seconds as spent here, for a tooltip."""
    cpu_seconds: float | None = None
    """Mean processor seconds of a run; None: not measured."""


@dataclass(frozen=True)
class Behind:
    """One contender minus the best, on the same examples."""

    other: Contender
    difference: float
    """In accuracy; below 0 where the best is better."""
    interval: Interval
    pair: Pair
    """As it was measured, the better one first."""


@dataclass(frozen=True)
class VarianceLine:
    """Where the uncertainty of one contender's accuracy comes from, as standard deviations and as the largest share."""

    control: bool
    name: str
    seed: str
    """In points, or why there is no number."""
    test: float
    draw: float | None
    largest: str
    """With its share of the variance; empty where one source is unknown."""


@dataclass(frozen=True)
class SplitCount:
    """Examples of one class, split by split."""

    name: str
    counts: tuple[int, ...]


def everyone(comparison: Comparison, evidence: Evidence) -> dict[Contender, str]:
    """Return a name for everyone that the page may speak of."""
    found = [place.contender for place in evidence.leaderboard]
    found += [run.contender for run in comparison.runs]
    found += [one.contender for group in (comparison.failures, comparison.stopped, comparison.rates) for one in group]
    found += [evidence.verdict.best, evidence.verdict.recommended, *evidence.verdict.not_judged]
    return names(found)


KINDS = {
    "winner": ("✓", "Winner"),
    "tie": ("=", "Tie"),
    "incomplete": ("…", "Best of those that ran"),
    "cannot-tell": ("?", "Cannot tell"),
    "no-help": ("○", "Transfer does not help"),
    "negative-transfer": ("!", "Transfer hurts"),
}
"""Kind of a verdict -> its sign and its title."""


def kind_shown(verdict: Verdict) -> tuple[str, str]:
    """Return the sign and the title of a verdict; that transfer helps is said where only the best one is open."""
    sign, title = KINDS[verdict.kind]
    known = verdict.kind == "cannot-tell" and "retrained weights help:" in verdict.message
    return sign, "Transfer helps, best open" if known else title


def headline(evidence: Evidence, called: dict[Contender, str]) -> str:
    """Return the verdict's message, with the names of those not judged that it lacks; controls may be in its reason."""
    verdict, missing = evidence.verdict, []
    for one in verdict.not_judged:
        name, said = called.get(one, str(one)), f"{verdict.message} {verdict.reason if one.control else ''}"
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE):
            missing.append(name)
    return f"{verdict.message} Not judged: {listed(missing)}." if missing else verdict.message


def board(comparison: Comparison, evidence: Evidence, called: dict[Contender, str]) -> list[BoardLine]:
    """Return the leaderboard, best first."""
    low, high = axis(evidence.leaderboard)
    return [
        BoardLine(
            place,
            called[place.contender],
            _marks(place, evidence, called),
            _bar(place, low, high),
            f"a run took {seconds(place.spent_seconds)} here, with what other runs had stored",
            _cpu_seconds(comparison, place.contender),
        )
        for place in evidence.leaderboard
    ]


def _cpu_seconds(comparison: Comparison, contender: Contender) -> float | None:
    found = [run.cpu_seconds for run in comparison.full_runs if run.contender == contender]
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if known else None


def axis(places: Sequence[Place]) -> tuple[float, float]:
    """Return the ends of the axis of the bars: all intervals, but for those of contenders that are far behind."""
    best = max((place.accuracy for place in places), default=1.0)
    near = [place for place in places if place.accuracy >= best - NEAR]
    low = min((place.interval.low for place in near), default=0.0)
    high = max((place.interval.high for place in near), default=1.0)
    return (low, high) if high > low else (low - 0.05, high + 0.05)


def _bar(place: Place, low: float, high: float) -> Bar:
    ends = np.array([place.interval.low, place.accuracy, place.interval.high])
    left, middle, right = (100 * np.clip((ends - low) / (high - low), 0, 1)).round(2)
    return Bar(float(left), float(middle), float(right), bool(place.accuracy < low))


def _marks(place: Place, evidence: Evidence, called: dict[Contender, str]) -> tuple[tuple[str, str], ...]:
    verdict, who, same = evidence.verdict, place.contender, place.same_as
    found = (
        (who == verdict.recommended, "recommended", "recommended"),
        (who == verdict.best, "best", the_best(evidence).removeprefix("the ")),
        (who != verdict.best and who in verdict.level_with_best, "level", f"level with {the_best(evidence)}"),
        (same is not None, "same", "" if same is None else f"same answers as {called.get(same, str(same))}"),
        (who.control, "control", "control"),
        (who.reference, "reference", "reference, no labels"),
        (place.hurt, "hurt", "worse than a control"),
    )
    return tuple((kind, word) for holds, kind, word in found if holds)


def the_best(evidence: Evidence) -> str:
    """Return what to call the verdict's best: a control may be ahead of it."""
    ahead = evidence.leaderboard[0].contender
    return "the best with pretrained weights" if ahead.control and ahead != evidence.verdict.best else "the best"


def behind_best(evidence: Evidence) -> list[Behind]:
    """Return every other contender minus the best, in the order of the leaderboard."""
    best, ranks = evidence.verdict.best, {place.contender: rank for rank, place in enumerate(evidence.leaderboard)}
    found = [_behind(pair, best) for pair in evidence.pairs if best in (pair.a, pair.b)]
    return sorted(found, key=lambda one: ranks.get(one.other, len(ranks)))


def _behind(pair: Pair, best: Contender) -> Behind:
    if pair.b == best:
        return Behind(pair.a, pair.difference, pair.interval, pair)
    turned = Interval(-pair.interval.high, -pair.interval.low, pair.interval.level)
    return Behind(pair.b, -pair.difference, turned, pair)


def needed(pair: Pair) -> str:
    """Say what would settle a pair: test examples, else seeds, else nothing that can be named."""
    if pair.needed is not None:
        return count(pair.needed)
    return NONE if pair.seeds_needed is None else f"{pair.seeds_needed} seeds"


def labels_needed(saved: LabelsSaved, labels: float | None) -> str:
    """Say how many labels the control needs, with the ends of its curve: no fewer were tried, no more there are."""
    if labels is None:
        return f"more than {count(saved.most)}"
    return f"{count(labels)} or fewer" if labels <= saved.fewest else count(labels)


def variance(evidence: Evidence, called: dict[Contender, str]) -> list[VarianceLine]:
    """Return one line a contender, in the order of the leaderboard, and one for each number of labels it was drawn.

    Of one run the seed's part is unknown, unless the contender is solved: then there is none.
    """
    lines = []
    for place in evidence.leaderboard:
        who, name = place.contender, called[place.contender]
        known = place.seeds > 1 and who.strategy not in SEEDLESS
        parts = {"seed": place.parts.seed if known else None, "test examples": place.parts.test}
        lines.append(_variance_line(who.control, name, parts, NO_SEED if who.strategy in SEEDLESS else UNKNOWN))
        points_of = (point for curve in evidence.curves if curve.contender == who for point in curve.points)
        for point in points_of:
            if point.parts is not None:
                drawn = {
                    "seed": point.parts.seed or None,
                    "test examples": point.parts.test,
                    "draw of labels": point.parts.draw,
                }
                lines.append(_variance_line(who.control, f"{name}, {point.labels} labels a class", drawn, IN_DRAW))
    return lines


def _variance_line(control: bool, name: str, parts: dict[str, float | None], no_seed: str) -> VarianceLine:
    known = {source: value for source, value in parts.items() if value is not None}
    largest, total = max(known, key=lambda source: known[source]), sum(known.values())
    sure = total > 0 and (parts["seed"] is not None or no_seed != UNKNOWN)
    seed, test, draw = parts["seed"], parts["test examples"] or 0.0, parts.get("draw of labels")
    return VarianceLine(
        control,
        name,
        no_seed if seed is None else points(_root(seed), signed=False),
        _root(test),
        None if draw is None else _root(draw),
        f"{largest} ({100 * known[largest] / total:.0f} %)" if sure else "",
    )


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))


def split_counts(data: Data) -> list[SplitCount]:
    """Return the examples of each class in each split, in the order of ``data.counts``."""
    return [SplitCount(name, tuple(table.get(name, 0) for table in data.counts.values())) for name in data.classes]


def grave(findings: Sequence[Finding]) -> list[Finding]:
    """Return the errors and warnings, errors first."""
    return [one for one in by_severity(findings) if one.severity != "info"]


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of comparison, graver ones first."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))


def all_findings(comparison: Comparison) -> list[Finding]:
    """Return what was found in runs and data, each once, graver ones first."""
    return by_severity(list(dict.fromkeys((*comparison.findings, *comparison.data.findings))))


def failed(comparison: Comparison, called: dict[Contender, str]) -> list[tuple[str, str, str]]:
    """Return (runs, cause, remedy), the runs of one cause together."""
    runs: dict[tuple[str, str], list[str]] = {}
    for one in comparison.failures:
        part = "" if one.labels is None else f", {plural(one.labels, 'label')} a class, draw {one.draw}"
        runs.setdefault((one.cause, one.remedy), []).append(f"{called[one.contender]}, seed {one.seed}{part}")
    return [("; ".join(of), cause, remedy) for (cause, remedy), of in runs.items()]


def left_out(comparison: Comparison) -> list[Stopped]:
    """Return what was left out, once a contender, with its commonest reason; those without any run come first."""
    by_contender: dict[Contender, list[Stopped]] = {}
    for one in comparison.stopped:
        by_contender.setdefault(one.contender, []).append(one)
    judged = set(comparison.contenders)
    return [
        Stopped(contender, sum(one.runs for one in group), _reason(group), hopeless=all(one.hopeless for one in group))
        for contender, group in sorted(by_contender.items(), key=lambda item: item[0] in judged)
    ]


def _reason(group: Sequence[Stopped]) -> str:
    """Return the reason of most runs, and how many others there are."""
    runs: dict[str, int] = {}
    for one in group:
        runs[one.reason] = runs.get(one.reason, 0) + one.runs
    most, *others = sorted(runs, key=lambda reason: -runs[reason])
    return f"{most} (and {plural(len(others), 'other reason')})" if others else most


def planned_total(plan: Sequence[Planned]) -> Planned | None:
    """Return the sum of the lines that ran, estimate against actual; None if none did."""
    ran = [one for one in plan if one.actual_seconds is not None]
    if not ran:
        return None
    return Planned(
        "all that ran",
        sum(one.runs for one in ran),
        sum(one.estimated_seconds for one in ran),
        sum(one.actual_seconds or 0.0 for one in ran),
    )


def off_by(line: Planned) -> str:
    """Say how far the actual time is from the estimate: ``+12 %``."""
    if line.actual_seconds is None or line.estimated_seconds <= 0:
        return NONE
    return f"{100 * (line.actual_seconds / line.estimated_seconds - 1):+.0f} %".replace("-", MINUS)


def touched(comparison: Comparison) -> str:
    """Say how often the headline split was looked at, and what that means."""
    split = comparison.data.headline
    if split != "test":
        return (
            f"There is no test split: all scores are on {split}, on which rates and epochs were chosen too. They are "
            "likely to be a little too good."
        )
    times = "once" if comparison.touches == 1 else f"{comparison.touches} times"
    return f"The {split} split was scored {times}: once per run, and never to choose anything."


def how_much(comparison: Comparison) -> str:
    """Say how many runs of how many contenders there are, and on which backbone if it is one."""
    seeds = sorted({run.seed for run in comparison.full_runs})
    parts = [plural(len(comparison.contenders), "contender"), plural(len(comparison.runs), "run")]
    parts.append(plural(len(seeds), "seed"))
    part = sum(run.labels is not None for run in comparison.runs)
    if part:
        parts.append(f"{part:,} of the runs on part of the labels")
    backbones = {one.backbone for one in comparison.contenders if one.backbone}
    if len(backbones) == 1:
        parts.append(f"backbone {Path(*backbones).name.removesuffix('.safetensors')}")
    return ", ".join(parts)
