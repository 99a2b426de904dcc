"""The answer to "did it help?" as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ghep.comparison.pretraining.record import AtLabels, BenefitEvidence
from ghep.comparison.pretraining.verdict import saved_message
from ghep.comparison.record import Comparison
from ghep.comparison.report.tables import all_findings, by_severity, failed, serious
from ghep.comparison.report.terminal import finding_lines, labelled
from ghep.comparison.report.words import names, points, points_interval, score
from ghep.display.html import visible
from ghep.messages import text_of
from ghep.types import Finding

OF_RANDOM_WEIGHTS = ("weights-without-structure", "embeddings-without-structure")
"""Codes of the findings that weights look random."""


def benefit_lines(evidence: BenefitEvidence, comparison: Comparison, report: Path) -> list[str]:
    """Return the verdict, the advice, the table, the cost and the findings, as lines of at most 100 characters."""
    kind = text_of("benefit-kind", kind=evidence.kind).upper()
    lines = [
        *labelled("verdict", f"{kind}: {evidence.message}"),
        *labelled("take", str(evidence.advice)),
        "",
        *_board(evidence),
        "",
        *_saved(evidence),
        *labelled("data", sides_text(evidence)),
        *labelled("time", bill_text(evidence)),
        *_trouble(evidence, comparison),
        *labelled("report", str(report)),
    ]
    return [visible(line) for line in lines]


def labels_text(one: AtLabels, evidence: BenefitEvidence) -> str:
    """Return the number of labels of a row: ``16 per class`` (of numbers ``16 labels``), ``all 8,527``."""
    numeric = evidence.score == "r2"
    return text_of("benefit-row", labels=one.labels or 0, count=round(one.num_labels), numeric=numeric)


def strategies_text(chosen: Mapping[str, int]) -> str:
    """Return the strategies that valid chose: ``light``, or with the number of draws ``light 4, linear_probe 1``."""
    return next(iter(chosen)) if len(chosen) == 1 else ", ".join(f"{name} {draws}" for name, draws in chosen.items())


def sides_text(evidence: BenefitEvidence) -> str:
    """Return which backbones were before and after."""
    sides = evidence.sides
    return text_of("benefit-sides", before=sides.before, after=sides.after, random=sides.random)


def bill_text(evidence: BenefitEvidence) -> str:
    """Return what pretraining cost, and per point gained."""
    bill, ends = evidence.bill, evidence.bill.seconds_per_point_interval or (None, None)
    return text_of(
        "benefit-bill",
        seconds=bill.pretraining_seconds,
        comparison=bill.comparison_seconds,
        priced=bill.seconds_per_point is not None,
        per_point=bill.seconds_per_point,
        low=ends[0],
        high=ends[1],
    )


def _board(evidence: BenefitEvidence) -> list[str]:
    rows = [labels_text(one, evidence) for one in evidence.at]
    mean = text_of("benefit-mean", numbers=len(evidence.primary.labels))
    wide = max(map(len, (*rows, mean)))
    columns = ("labels", "before", "after", "points", "interval", "verdict")
    headers = [text_of("benefit-column", column=one) for one in columns]
    widths = [wide, *(max(len(header), least) for header, least in zip(headers[1:5], (6, 6, 6, 15), strict=True))]

    def line(*cells: str) -> str:
        name, *numbers, interval, kind = cells
        right = "  ".join(f"{number:>{width}}" for number, width in zip(numbers, widths[1:4], strict=True))
        return f"  {name:<{wide}}  {right}  {interval:<{widths[4]}}  {kind}"

    lines = [line(*headers)]
    for name, one in zip(rows, evidence.at, strict=True):
        found = (score(one.before_score), score(one.after_score), points(one.test.difference))
        lines.append(line(name, *found, points_interval(one.test.interval), text_of("benefit-mark", kind=one.kind)))
    primary, kind = evidence.primary, text_of("benefit-mark", kind=evidence.kind)
    return [*lines, line(mean, "", "", points(primary.difference), points_interval(primary.interval), kind)]


def _saved(evidence: BenefitEvidence) -> Iterable[str]:
    for one in evidence.saved[:-1]:  # with all labels there is nothing left to save
        yield from labelled("note", str(saved_message(one)).strip())


def _trouble(evidence: BenefitEvidence, comparison: Comparison) -> Iterable[str]:
    for runs, cause, remedy in failed(comparison, names(one.contender for one in comparison.failures)):
        yield from labelled("failed", text_of("failed-runs", runs=runs, cause=cause, advice=remedy))
    yield from finding_lines(serious(findings_of_benefit(evidence, comparison)))


def findings_of_benefit(evidence: BenefitEvidence, comparison: Comparison) -> list[Finding]:
    """Return the findings on the verdict and then those on the comparison, errors first.

    Left out is that random weights from before look random.
    """
    random = evidence.sides.before if evidence.sides.random else None
    meant = {
        code
        for code in OF_RANDOM_WEIGHTS
        if {run.contender.backbone for run in comparison.runs if code in [one.code for one in run.findings]} == {random}
    }
    return [*by_severity(evidence.findings), *(one for one in all_findings(comparison) if one.code not in meant)]
