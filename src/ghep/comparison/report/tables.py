"""The rows of the report's tables, in reading order, and short texts about the comparison.

In: ``Comparison`` and ``Evidence``. Out: dataclasses, one per row; the template formats their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    VerdictKind,
)
from ghep.comparison.report.words import NONE, count, names, points
from ghep.messages import percent, text_of
from ghep.types import Finding, Interval

SEVERITIES = ("error", "warning", "info")
UNKNOWN, NO_SEED, IN_DRAW = "unknown", "none", "in-draw"
"""Why the variance between seeds has no number. UNKNOWN: there was only one run. NO_SEED: the result does not depend on
a seed. IN_DRAW: there is one run per draw, so it is part of the variance between draws."""
NEAR = 0.25
"""The axis of the leaderboard's bars covers contenders up to this far below the best accuracy. Bars of lower contenders
are marked at the left edge."""


@dataclass(frozen=True)
class Bar:
    """A contender's accuracy and confidence interval as a bar on the leaderboard.

    Positions are in percent of the width of the axis, which is the same for all rows.
    """

    low: float
    middle: float
    high: float
    outside: bool
    """Whether the middle lies left of the axis."""


@dataclass(frozen=True)
class BoardLine:
    """A row of the leaderboard, as the HTML page shows it."""

    place: Place
    name: str
    marks: tuple[tuple[str, str], ...]
    """(kind, text); kinds: best, recommended, level, same, control, reference, hurt."""
    bar: Bar
    took: str
    """Text of the tooltip: the measured wall time."""
    cpu_seconds: float | None = None
    """Mean processor seconds per run; None if not measured."""


@dataclass(frozen=True)
class Behind:
    """The difference in accuracy between a contender and the best contender, on the same examples."""

    other: Contender
    difference: float
    """The difference in accuracy; negative if the best contender is better."""
    interval: Interval
    pair: Pair
    """The pair as measured, with the better contender first."""


@dataclass(frozen=True)
class VarianceLine:
    """The sources of uncertainty of one contender's accuracy, as standard deviations, and the largest of them."""

    control: bool
    name: str
    seed: str
    """Standard deviation from seeds in points, or the reason why there is no number."""
    seed_unknown: bool
    test: float
    draw: float | None
    largest: str
    """The largest source and its share of the variance; empty if one source is unknown."""


@dataclass(frozen=True)
class SplitCount:
    """The number of examples of one class in each split."""

    name: str
    counts: tuple[int, ...]


def display_names(comparison: Comparison, evidence: Evidence) -> dict[Contender, str]:
    """Return contender -> its display name, for each contender that the report may mention."""
    found = [place.contender for place in evidence.leaderboard]
    found += [run.contender for run in comparison.runs]
    found += [one.contender for group in (comparison.failures, comparison.stopped, comparison.rates) for one in group]
    found += [evidence.verdict.best, evidence.verdict.recommended, *evidence.verdict.not_judged]
    return names(found)


SIGNS: Mapping[VerdictKind, str] = {
    "winner": "✓",
    "tie": "=",
    "incomplete": "…",
    "cannot-tell": "?",
    "no-help": "○",
    "negative-transfer": "!",
}


def verdict_title(verdict: Verdict) -> tuple[str, str]:
    """Return the sign and the title of a verdict, such as ("✓", "Winner").

    If transfer helps but no contender is shown to be the best, the kind is "cannot-tell", and the title says that
    transfer helps.
    """
    helps = {one.answer for one in verdict.questions if one.code.startswith("helps-")} - {"not-asked"}
    best_open = verdict.kind == "cannot-tell" and helps == {"yes"}
    return SIGNS[verdict.kind], text_of("verdict-title", kind="best-open" if best_open else verdict.kind)


def headline(evidence: Evidence, called: dict[Contender, str]) -> str:
    """Return the verdict's message, followed by the contenders without a finished run that it does not name.

    A control that the verdict's reason names is left out too.
    """
    verdict, missing = evidence.verdict, []
    for one in verdict.not_judged:
        name, text = called.get(one, str(one)), f"{verdict.message} {verdict.reason if one.control else ''}"
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            missing.append(name)
    message = str(verdict.message)
    return text_of("headline-not-judged", verdict=message, names=missing) if missing else message


def board(comparison: Comparison, evidence: Evidence, called: dict[Contender, str]) -> list[BoardLine]:
    """Return the rows of the leaderboard, best first. ``called``: contender -> display name."""
    low, high = axis(evidence.leaderboard)
    return [
        BoardLine(
            place,
            called[place.contender],
            _marks(place, evidence, called),
            _bar(place, low, high),
            text_of("run-took", seconds=place.spent_seconds),
            _cpu_seconds(comparison, place.contender),
        )
        for place in evidence.leaderboard
    ]


def _cpu_seconds(comparison: Comparison, contender: Contender) -> float | None:
    found = [run.cpu_seconds for run in comparison.full_runs if run.contender == contender]
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if known else None


def shows_kept(places: Sequence[Place]) -> bool:
    """Whether the leaderboard has a column of the source knowledge that is left: where a contender moved blocks."""
    return any(place.source_kept not in (None, 1.0) for place in places)


def axis(places: Sequence[Place]) -> tuple[float, float]:
    """Return the range (low, high) of the axis of the leaderboard's bars.

    It covers all confidence intervals, except those of contenders more than ``NEAR`` below the best accuracy.
    """
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
    verdict, contender, same = evidence.verdict, place.contender, place.same_as
    found = (
        (contender == verdict.recommended, "recommended"),
        (contender == verdict.best, "best"),
        (contender != verdict.best and contender in verdict.level_with_best, "level"),
        (same is not None, "same"),
        (contender.control, "control"),
        (contender.reference, "reference"),
        (place.hurt, "hurt"),
    )
    same_as = [] if same is None else [called.get(same, str(same))]
    return tuple((mark, mark_text(mark, evidence, same_as)) for holds, mark in found if holds)


def mark_text(mark: str, evidence: Evidence, same_as: Sequence[str] = ()) -> str:
    """Return a mark on the leaderboard, such as "best" or "control", as text.

    ``same_as`` are the names of the contenders with the same predictions, for the mark "same".
    """
    leads = control_leads(evidence)
    return text_of("board-mark", mark=mark, control_leads=leads, best=the_best(evidence), names=same_as)


def the_best(evidence: Evidence) -> str:
    """Return the text "the best", or "the best with pretrained weights" if a control is ahead of the verdict's best."""
    return text_of("the-best", control_leads=control_leads(evidence))


def control_leads(evidence: Evidence) -> bool:
    """Whether a control is ahead of the verdict's best contender."""
    first = evidence.leaderboard[0].contender
    return first.control and first != evidence.verdict.best


def behind_best(evidence: Evidence) -> list[Behind]:
    """Return the difference of every other contender from the best, in the order of the leaderboard."""
    best, ranks = evidence.verdict.best, {place.contender: rank for rank, place in enumerate(evidence.leaderboard)}
    found = [_behind(pair, best) for pair in evidence.pairs if best in (pair.a, pair.b)]
    return sorted(found, key=lambda one: ranks.get(one.other, len(ranks)))


def _behind(pair: Pair, best: Contender) -> Behind:
    if pair.b == best:
        return Behind(pair.a, pair.difference, pair.interval, pair)
    turned = Interval(-pair.interval.high, -pair.interval.low, pair.interval.level)
    return Behind(pair.b, -pair.difference, turned, pair)


def needed(pair: Pair) -> str:
    """Return what would make a pair's difference significant: a number of test examples, else of seeds, else a dash."""
    if pair.needed is not None:
        return count(pair.needed)
    return NONE if pair.seeds_needed is None else text_of("num-seeds", count=pair.seeds_needed)


def labels_needed(saved: LabelsSaved, labels: float | None) -> str:
    """Return the number ``labels`` that a control needs as text, or a bound such as ``more than 244``.

    A bound is used at the ends of the control's label curve; None means beyond the upper end.
    """
    if labels is None:
        return text_of("labels-more-than", count=saved.most)
    return text_of("labels-or-fewer", count=labels) if labels <= saved.fewest else count(labels)


def variance(evidence: Evidence, called: dict[Contender, str]) -> list[VarianceLine]:
    """Return the rows of the table of uncertainty: one per contender, and one per point of its label curve.

    They are in the order of the leaderboard.

    With one run the variance between seeds is unknown, unless the contender does not depend on its seed.
    """
    lines = []
    for place in evidence.leaderboard:
        contender, name = place.contender, called[place.contender]
        seedless = contender.plain_strategy in SEEDLESS
        parts = {"seed": place.parts.seed if place.seeds > 1 and not seedless else None, "test": place.parts.test}
        lines.append(_variance_line(contender.control, name, parts, NO_SEED if seedless else UNKNOWN))
        points_of = (point for curve in evidence.curves if curve.contender == contender for point in curve.points)
        for point in points_of:
            if point.parts is not None:
                drawn = {"seed": point.parts.seed or None, "test": point.parts.test, "draw": point.parts.draw}
                drawn_name = text_of("name-with-shots", name=name, count=point.labels, numeric=evidence.score == "r2")
                lines.append(_variance_line(contender.control, drawn_name, drawn, IN_DRAW))
    return lines


def _variance_line(control: bool, name: str, parts: dict[str, float | None], no_seed: str) -> VarianceLine:
    known = {source: value for source, value in parts.items() if value is not None}
    largest, total = max(known, key=lambda source: known[source]), sum(known.values())
    seed, test, draw = parts["seed"], parts["test"] or 0.0, parts.get("draw")
    unknown = seed is None and no_seed == UNKNOWN
    percent = round(100 * known[largest] / total) if total > 0 else 0
    return VarianceLine(
        control,
        name,
        text_of("seed-part", cause=no_seed) if seed is None else points(_root(seed), sign="auto"),
        unknown,
        _root(test),
        None if draw is None else _root(draw),
        text_of("largest-source", source=largest, percent=percent) if total > 0 and not unknown else "",
    )


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))


def split_counts(data: Data) -> list[SplitCount]:
    """Return the number of examples of each class in each split, in the order of ``data.counts``."""
    names = data.classes or (data.task,)
    return [SplitCount(name, tuple(table.get(name, 0) for table in data.counts.values())) for name in names]


def serious(findings: Sequence[Finding]) -> list[Finding]:
    """Return the errors and warnings, errors first."""
    return [one for one in by_severity(findings) if one.severity != "info"]


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings in the order of severity: errors, warnings, information."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))


def all_findings(comparison: Comparison) -> list[Finding]:
    """Return the findings on runs and data, without duplicates, errors first."""
    return by_severity(list(dict.fromkeys((*comparison.findings, *comparison.data.findings))))


def failed(comparison: Comparison, called: dict[Contender, str]) -> list[tuple[str, str, str]]:
    """Return one (names of the failed runs, cause, remedy) for each cause and remedy."""
    runs: dict[tuple[str, str], list[str]] = {}
    for one in comparison.failures:
        of_run = {"seed": one.seed, "labels": one.labels or 0, "draw": one.draw, "numeric": comparison.data.numeric}
        name = text_of("run-name", name=called[one.contender], **of_run)
        runs.setdefault((one.cause, one.remedy), []).append(name)
    return [("; ".join(of), cause, remedy) for (cause, remedy), of in runs.items()]


def left_out(comparison: Comparison) -> list[Stopped]:
    """Return the runs that were left out, one item per contender, with the most frequent reason.

    Contenders without any finished run come first.
    """
    by_contender: dict[Contender, list[Stopped]] = {}
    for one in comparison.stopped:
        by_contender.setdefault(one.contender, []).append(one)
    judged = set(comparison.contenders)
    return [
        Stopped(contender, sum(one.runs for one in group), _reason(group), hopeless=all(one.hopeless for one in group))
        for contender, group in sorted(by_contender.items(), key=lambda item: item[0] in judged)
    ]


def _reason(group: Sequence[Stopped]) -> str:
    """Return the reason why most runs of ``group`` were left out, and the number of other reasons, as text."""
    runs: dict[str, int] = {}
    for one in group:
        runs[one.reason] = runs.get(one.reason, 0) + one.runs
    most, *others = sorted(runs, key=lambda reason: -runs[reason])
    return text_of("reason-and-others", cause=most, others=len(others)) if others else most


def planned_total(plan: Sequence[Planned]) -> Planned | None:
    """Return the estimated and the actual time of all parts of the plan that ran, in total; None if none did."""
    ran = [one for one in plan if one.actual_seconds is not None]
    if not ran:
        return None
    return Planned(
        text_of("plan-total"),
        sum(one.runs for one in ran),
        sum(one.estimated_seconds for one in ran),
        sum(one.actual_seconds or 0.0 for one in ran),
    )


def off_by(line: Planned) -> str:
    """Return by how much the actual time exceeds the estimate, as text: ``+12 %``; a dash if one is unknown."""
    if line.actual_seconds is None or line.estimated_seconds <= 0:
        return NONE
    return percent(line.actual_seconds / line.estimated_seconds - 1, "+.0f")


def split_use(comparison: Comparison) -> str:
    """Return a sentence on how often the split that results are measured on was scored, and what that means."""
    split = comparison.data.headline
    if split != "test":
        return text_of("scored-on-other-split", split=split)
    return text_of("test-split-scored", split=split, times=comparison.touches)


def size_text(comparison: Comparison) -> str:
    """Return the number of contenders, runs and seeds as text, and the backbone if there is only one."""
    backbones = {one.backbone for one in comparison.contenders if one.backbone}
    return text_of(
        "comparison-size",
        contenders=len(comparison.contenders),
        runs=len(comparison.runs),
        seeds=len({run.seed for run in comparison.full_runs}),
        partial=sum(run.labels is not None for run in comparison.runs),
        backbones=len(backbones),
        backbone=Path(*backbones).name.removesuffix(".safetensors") if len(backbones) == 1 else "",
    )
