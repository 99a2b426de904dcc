"""The tables of the page that are more than a list of values: what each line holds, in the order it is read.

In: ``Comparison`` and ``Evidence``. Out: frozen rows; the template writes their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghep.comparison.record import Comparison, Contender, Data, Evidence, LabelsSaved, Pair, Parts, Place, Stopped
from ghep.comparison.report.words import NONE, count, names, plural
from ghep.types import Finding, Interval

SEVERITIES = ("error", "warning", "info")
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
    """(kind, word): best, recommended, level, control, hurt."""
    bar: Bar


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
    seed: float
    test: float
    draw: float | None
    largest: str
    percent: float


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
    found += [evidence.verdict.best, evidence.verdict.recommended]
    return names(found)


def board(evidence: Evidence, called: dict[Contender, str]) -> list[BoardLine]:
    """Return the leaderboard, best first."""
    low, high = axis(evidence.leaderboard)
    return [
        BoardLine(place, called[place.contender], _marks(place, evidence), _bar(place, low, high))
        for place in evidence.leaderboard
    ]


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


def _marks(place: Place, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    verdict, who = evidence.verdict, place.contender
    found = (
        (who == verdict.recommended, "recommended", "recommended"),
        (who == verdict.best, "best", "best"),
        (who != verdict.best and who in verdict.level_with_best, "level", "level with the best"),
        (who.control, "control", "control"),
        (place.hurt, "hurt", "worse than a control"),
    )
    return tuple((kind, word) for holds, kind, word in found if holds)


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
    """Return one line a contender, in the order of the leaderboard, and one for each number of labels it was drawn."""
    lines = []
    for place in evidence.leaderboard:
        lines.append(_variance_line(place.contender.control, called[place.contender], place.parts))
        points = (point for curve in evidence.curves if curve.contender == place.contender for point in curve.points)
        for point in points:
            if point.parts is not None:
                name = f"{called[place.contender]}, {point.labels} labels a class"
                lines.append(_variance_line(place.contender.control, name, point.parts))
    return lines


def _variance_line(control: bool, name: str, parts: Parts) -> VarianceLine:
    by_source = {"test examples": parts.test, "seed": parts.seed, "draw of labels": parts.draw or 0.0}
    largest = max(by_source, key=lambda source: by_source[source])
    total = sum(by_source.values())
    draw = None if parts.draw is None else _root(parts.draw)
    percent = 100 * by_source[largest] / total if total > 0 else 0.0
    return VarianceLine(
        control, name, _root(parts.seed), _root(parts.test), draw, largest if total > 0 else "", percent
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


def left_out(comparison: Comparison) -> list[Stopped]:
    """Return what was left out, once a contender, with all of its reasons."""
    by_contender: dict[Contender, list[Stopped]] = {}
    for one in comparison.stopped:
        by_contender.setdefault(one.contender, []).append(one)
    return [
        Stopped(contender, sum(one.runs for one in group), "; ".join(dict.fromkeys(one.reason for one in group)))
        for contender, group in by_contender.items()
    ]


def touched(comparison: Comparison) -> str:
    """Say how often the headline split was looked at, and what that means."""
    split = comparison.data.headline
    if split != "test":
        return (
            f"There is no test split: all scores are on {split}, which rates and epochs were chosen by too. They are "
            "likely to be a little too good."
        )
    times = "once" if comparison.touches == 1 else f"{comparison.touches} times"
    return f"The {split} split was scored {times}, once a run, never to choose anything."


def how_much(comparison: Comparison) -> str:
    """Say how many runs of how many contenders there are."""
    seeds = sorted({run.seed for run in comparison.full_runs})
    parts = [plural(len(comparison.contenders), "contender"), plural(len(comparison.runs), "run")]
    parts.append(plural(len(seeds), "seed"))
    part = sum(run.labels is not None for run in comparison.runs)
    if part:
        parts.append(f"{part:,} of the runs on part of the labels")
    return ", ".join(parts)
