"""What a notebook shows of an audit: how many examples each class has in each split, and every finding."""

from __future__ import annotations

from ghep.data.check import CheckReport
from ghep.data.dataset import label_counts
from ghep.data.modalities import AUDITS
from ghep.display import html
from ghep.types import SPLITS

MOST_CLASSES = 20
MOST_FINDINGS = 20


def check_html(report: CheckReport) -> str:
    """Return the HTML of what ``check`` found."""
    data, audit = report.dataset, AUDITS[report.dataset.modality]
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
