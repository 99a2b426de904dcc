"""The report on several tasks: one page in the manner of the report on one, with the same head, figures and marks.

In: ``SharedComparison`` and ``SharingEvidence``. Out: ``report.html``, and each figure in ``figures/``. The template is
sharing.html; style.css is that of every page, sharing.css what this one has besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ghep.comparison.report.figures import Drawn, draw, write
from ghep.comparison.report.page import HERE, asked_for, on_page, rendered
from ghep.comparison.report.sharing_charts import sharing_plots
from ghep.comparison.report.sharing_tables import (
    KINDS,
    MARKS,
    bills,
    everyone,
    failures,
    findings,
    how_much,
    more_steps,
    next_steps,
    ratio,
    recommended_alone,
    remedy_lines,
    settled,
    stopped,
    task_parts,
    way_rows,
)
from ghep.comparison.report.tables import grave
from ghep.comparison.report.words import listed, names
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.comparison.sharing.words import milliseconds
from ghep.storage.text import write_text_atomic


def write_sharing_report(shared: SharedComparison, evidence: SharingEvidence, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path.

    What stood there under these names is replaced. Raises OSError as the system gives it.
    """
    drawn = {plot.name: draw(plot) for plot in sharing_plots(evidence, everyone(shared, evidence))}
    for one in drawn.values():
        write(one, folder / "figures")
    page = folder / "report.html"
    write_text_atomic(page, sharing_page(shared, evidence, drawn))
    return page


def sharing_page(shared: SharedComparison, evidence: SharingEvidence, drawn: Mapping[str, Drawn]) -> str:
    """Return the page as HTML."""
    called, parts = everyone(shared, evidence), task_parts(shared, evidence)
    found, failed, left = findings(shared, evidence), failures(shared), stopped(shared)
    values = {
        "shared": shared,
        "evidence": evidence,
        "kinds": KINDS,
        "kind": KINDS[evidence.kind],
        "marks": MARKS,
        "called": called,
        "tasks": shared.every_task,
        "all_tasks": listed(shared.every_task),
        "how_much": how_much(shared),
        "ways": way_rows(evidence, called),
        "bills": bills(evidence),
        "remedies": remedy_lines(evidence, shared.every_task, called),
        "parts": parts,
        "own": recommended_alone(evidence, parts),
        "next_steps": next_steps(evidence, called),
        "more_steps": more_steps(shared, evidence),
        "findings": found,
        "grave": grave(found),
        "failures": failed,
        "stopped": left,
        "names": names([*(one.contender for one in failed), *(one.contender for one in left)]),
        "ratio": ratio,
        "settled": settled,
        "milliseconds": milliseconds,
        "style": "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "sharing.css")),
        "figures": on_page(drawn),
        **asked_for(shared),
    }
    return rendered("sharing.html", values)
