"""What an audit found, and how it is shown: as one line, as JSON and in a notebook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ghep.data.dataset import Dataset, label_counts
from ghep.data.modalities import modality_named
from ghep.data.splitting.copies import Pair
from ghep.display import html
from ghep.types import SPLITS, Finding

MOST_CLASSES = 20
MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """What an audit found: the data set as training would see it, and all there is to say about it."""

    dataset: Dataset
    duplicates: tuple[tuple[str, ...], ...]
    """Groups of equal files or texts."""
    near_duplicates: tuple[Pair, ...]
    """Pairs of different files that show the same image; of texts that differ only in case, spaces or punctuation."""
    leaks: tuple[Pair, ...]
    """Pairs of copies, equal or alike, in different splits."""
    smallest: tuple[int, ...]
    """Width and height of the picture with the fewest pixels; how many characters the shortest text has."""
    largest: tuple[int, ...]

    def __repr__(self) -> str:
        of_each = Counter(finding.severity for finding in self.findings)
        found = ", ".join(f"{count} {severity}{'s' * (count > 1)}" for severity, count in of_each.items())
        return f"<CheckReport of {repr(self.dataset)[1:-1]}; findings: {found or 'none'}>"

    def _repr_html_(self) -> str:
        return html.or_text(_check_html, self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what there is to say, worst first."""
        return self.dataset.findings

    @property
    def exit_code(self) -> int:
        """Return 2 if there is an error, 1 if there is a warning, else 0."""
        severities = {finding.severity for finding in self.findings}
        return 2 if "error" in severities else int("warning" in severities)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for ``json.dump``; nothing is shortened."""
        data = self.dataset
        return {
            "name": data.name,
            "location": str(data.location),
            "modality": data.modality,
            "exit_code": self.exit_code,
            "examples": data.counts,
            "classes": {
                task: {split: label_counts(data.examples(split), task) for split in SPLITS} for task in data.tasks
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
                }
                for finding in self.findings
            ],
        }


def _check_html(report: CheckReport) -> str:
    """Return the HTML of what ``check`` found."""
    data, audit = report.dataset, modality_named(report.dataset.modality).audit
    splits = [split for split in SPLITS if data.counts[split]]
    rows: list[list[object]] = []
    for task, classes in data.classes.items():
        counts = {split: label_counts(data.examples(split), task) for split in splits}
        named = [[name, *(f"{counts[split].get(name, 0):,}" for split in splits)] for name in classes[:MOST_CLASSES]]
        rows += [[task if at == 0 else "", *row] for at, row in enumerate(named)]
        if len(classes) > MOST_CLASSES:
            rows.append(["", html.faint(f"and {len(classes) - MOST_CLASSES:,} more classes"), *[""] * len(splits)])
    rows.append([html.strong("in all"), "", *(f"{data.counts[split]:,}" for split in splits)])
    smallest, largest = (" × ".join(map(str, size)) for size in (report.smallest, report.largest))
    found = report.findings
    return html.frame(
        html.heading(data.name, f"{len(data):,} {audit.things}, {smallest} to {largest} {audit.unit}"),
        html.table(["task", "class", *splits], rows, numbers=range(2, 2 + len(splits))),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in found[:MOST_FINDINGS]),
        html.faint(f"and {len(found) - MOST_FINDINGS} more findings") if len(found) > MOST_FINDINGS else "",
        "" if found else html.line("findings", "nothing suspicious"),
    )
