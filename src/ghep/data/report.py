"""The report of a data audit: as one line, as JSON and as HTML in a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ghep.data.dataset import Dataset, label_counts
from ghep.data.modalities import modality_named
from ghep.data.numbers import figure, summary, values_of
from ghep.data.splitting.copies import Pair
from ghep.display import html
from ghep.messages import text_of
from ghep.types import SPLITS, Finding, Split

MOST_CLASSES = 20
MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """The result of an audit: the data set as training would see it, and all findings."""

    dataset: Dataset
    duplicates: tuple[tuple[str, ...], ...]
    """Groups of equal files or texts."""
    near_duplicates: tuple[Pair, ...]
    """Pairs of different files with the same image, or of texts that differ only in case, spaces or punctuation."""
    leaks: tuple[Pair, ...]
    """Pairs of copies, equal or near, in different splits."""
    smallest: tuple[int, ...]
    """Width and height of the image with the fewest pixels; the number of characters of the shortest text."""
    largest: tuple[int, ...]

    def __repr__(self) -> str:
        of_each = Counter(finding.severity for finding in self.findings)
        found = [text_of("check-finding-count", count=count, kind=name) for name, count in of_each.items()]
        return f"<CheckReport of {repr(self.dataset)[1:-1]}; findings: {', '.join(found) or 'none'}>"

    def _repr_html_(self) -> str:
        return html.or_text(_check_html, self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, most severe first."""
        return self.dataset.findings

    @property
    def exit_code(self) -> int:
        """Return 2 if there is an error, 1 if there is a warning, else 0."""
        severities = {finding.severity for finding in self.findings}
        return 2 if "error" in severities else int("warning" in severities)

    def to_json(self) -> dict[str, Any]:
        """Return the whole report as plain values for ``json.dump``."""
        data = self.dataset
        return {
            "name": data.name,
            "location": str(data.location),
            "modality": data.modality,
            "exit_code": self.exit_code,
            "examples": data.counts,
            "classes": {
                task: {split: label_counts(data.examples(split), task) for split in SPLITS}
                for task in data.tasks
                if task not in data.regression
            },
            "numbers": {
                task: {split: summary(values_of(data.examples(split), task)).to_json() for split in SPLITS}
                for task in data.regression
            },
            "smallest": list(self.smallest),
            "largest": list(self.largest),
            "quarantined": [{"id": bad.id, "reason": bad.reason, "detail": bad.detail} for bad in data.quarantined],
            "duplicates": [list(group) for group in self.duplicates],
            "near_duplicates": [list(pair) for pair in self.near_duplicates],
            "leaks": [list(pair) for pair in self.leaks],
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "message": finding.message,
                    "remedy": finding.remedy,
                    "items": list(finding.items),
                    "params": dict(finding.params),
                }
                for finding in self.findings
            ],
        }


def number_rows(data: Dataset, task: str, splits: Sequence[Split]) -> list[list[str]]:
    """Return rows of a table: task, name of a statistic such as the median, and its value in each of ``splits``."""
    found = [summary(values_of(data.examples(split), task)) for split in splits]
    figures = (
        ("count", [f"{one.count:,}" for one in found]),
        ("minimum", [figure(one.low, one.spread) for one in found]),
        ("median", [figure(one.middle, one.spread) for one in found]),
        ("maximum", [figure(one.high, one.spread) for one in found]),
        ("spread", [figure(one.spread, one.spread) for one in found]),
    )
    return [
        [task if at == 0 else "", text_of("number-figure", figure=name), *row] for at, (name, row) in enumerate(figures)
    ]


def _check_html(report: CheckReport) -> str:
    """Return the HTML of the report."""
    data, audit = report.dataset, modality_named(report.dataset.modality).audit
    splits = [split for split in SPLITS if data.counts[split]]
    rows: list[list[object]] = []
    for task in data.regression:
        rows += map(list, number_rows(data, task, splits))
    for task, classes in data.classes.items():
        counts = {split: label_counts(data.examples(split), task) for split in splits}
        named = [[name, *(f"{counts[split].get(name, 0):,}" for split in splits)] for name in classes[:MOST_CLASSES]]
        rows += [[task if at == 0 else "", *row] for at, row in enumerate(named)]
        if len(classes) > MOST_CLASSES:
            more = text_of("check-more-classes", count=len(classes) - MOST_CLASSES)
            rows.append(["", html.faint(more), *[""] * len(splits)])
    rows.append([html.strong(text_of("check-in-total")), "", *(f"{data.counts[split]:,}" for split in splits)])
    smallest, largest = (" × ".join(map(str, size)) for size in (report.smallest, report.largest))
    found = report.findings
    more_findings = text_of("check-more-findings", count=len(found) - MOST_FINDINGS)
    about = text_of("check-sizes", count=len(data), things=audit.things, smallest=smallest, largest=largest)
    return html.frame(
        html.heading(data.name, about),
        html.table([text_of("check-task"), text_of("check-class"), *splits], rows, numbers=range(2, 2 + len(splits))),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in found[:MOST_FINDINGS]),
        html.faint(more_findings) if len(found) > MOST_FINDINGS else "",
        "" if found else html.line(text_of("check-findings"), text_of("check-no-findings")),
    )
