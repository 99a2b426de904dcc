"""The report on several tasks: one HTML page with the same base as the report on one task.

In: ``SharedComparison`` and ``SharingEvidence``. Out: ``report.html``, and each figure in ``figures/``. The template is
sharing.html, an extension of base.html; sharing.css adds to style.css.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ghep.comparison.report.figures import Drawn, draw, write
from ghep.comparison.report.page import HERE, provenance, rendered, template_figures
from ghep.comparison.report.sharing_charts import sharing_plots
from ghep.comparison.report.sharing_tables import (
    KIND_SIGNS,
    MARK_SIGNS,
    bills,
    failures,
    findings,
    left_out,
    more_steps,
    next_steps,
    ratio,
    recommended_single,
    remedy_lines,
    settled,
    sharing_size,
    task_parts,
    way_display_names,
    way_rows,
)
from ghep.comparison.report.tables import serious
from ghep.comparison.report.words import listed, names
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.display.look import page_style
from ghep.messages import text_of
from ghep.storage.text import write_text_atomic


def write_sharing_report(shared: SharedComparison, evidence: SharingEvidence, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path.

    Existing files are replaced. Raises OSError if a file cannot be written.
    """
    drawn = {plot.name: draw(plot) for plot in sharing_plots(evidence, way_display_names(shared, evidence))}
    for one in drawn.values():
        write(one, folder / "figures")
    page = folder / "report.html"
    write_text_atomic(page, sharing_page(shared, evidence, drawn))
    return page


def sharing_page(shared: SharedComparison, evidence: SharingEvidence, drawn: Mapping[str, Drawn]) -> str:
    """Return the HTML of the report on several tasks. ``drawn``: name -> rendered figure."""
    called, parts = way_display_names(shared, evidence), task_parts(shared, evidence)
    found, failed, left = findings(shared, evidence), failures(shared), left_out(shared)
    values = {
        "subject": shared.name,
        "size": text_of("sharing-page-size", contents=sharing_size(shared), seconds=shared.seconds),
        "kind": evidence.kind,
        "sign": KIND_SIGNS[evidence.kind],
        "title": text_of("sharing-title", kind=evidence.kind),
        "message": evidence.message,
        "result": shared,
        "evidence": evidence,
        "kind_signs": KIND_SIGNS,
        "mark_signs": MARK_SIGNS,
        "called": called,
        "tasks": shared.every_task,
        "all_tasks": listed(shared.every_task),
        "ways": way_rows(evidence, called),
        "bills": bills(evidence),
        "remedies": remedy_lines(evidence, shared.every_task, called),
        "parts": parts,
        "own": recommended_single(evidence, parts),
        "next_steps": next_steps(evidence, called),
        "more_steps": more_steps(shared, evidence),
        "findings": found,
        "serious": serious(found),
        "failures": failed,
        "left_out": left,
        "names": names([*(one.contender for one in failed), *(one.contender for one in left)]),
        "ratio": ratio,
        "settled": settled,
        "style": f"{page_style()}\n{(HERE / 'sharing.css').read_text(encoding='utf-8')}",
        "figures": template_figures(drawn),
        **provenance(shared),
    }
    return rendered("sharing.html", values)
