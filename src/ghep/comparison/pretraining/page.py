"""The page of "did it help?": an HTML page with the same base as the report of a comparison.

In: ``BenefitEvidence`` and ``Comparison``. Out: ``report.html``, and each figure in ``figures/``. The template is
``report/pretraining.html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ghep.comparison.pretraining.charts import benefit_plots, called
from ghep.comparison.pretraining.progress import Progress, facts_of, progress_of
from ghep.comparison.pretraining.record import BenefitEvidence
from ghep.comparison.pretraining.terminal import (
    bill_text,
    findings_of_benefit,
    labels_text,
    sides_text,
    strategies_text,
)
from ghep.comparison.pretraining.verdict import saved_message
from ghep.comparison.record import Comparison
from ghep.comparison.report.figures import Drawn, draw, write
from ghep.comparison.report.page import HERE, provenance, rendered, template_figures
from ghep.comparison.report.tables import failed, left_out, serious, size_text
from ghep.comparison.report.words import names
from ghep.display.look import page_style
from ghep.messages import text_of
from ghep.storage.text import write_text_atomic

SIGNS = {"helped": "▲", "no-difference": "=", "hurt": "▼", "cannot-tell": "?"}
MOST_SAMPLES = 6


def write_benefit_report(evidence: BenefitEvidence, comparison: Comparison, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path; existing files are replaced.

    Raises OSError if a file cannot be written.
    """
    progress = progress_of(evidence.pretraining)
    drawn = {plot.name: draw(plot) for plot in benefit_plots(evidence, progress)}
    for one in drawn.values():
        write(one, folder / "figures")
    page = folder / "report.html"
    write_text_atomic(page, benefit_page(evidence, comparison, progress, drawn))
    return page


def benefit_page(
    evidence: BenefitEvidence, comparison: Comparison, progress: Progress, drawn: Mapping[str, Drawn]
) -> str:
    """Return the HTML of the page. ``drawn``: name -> rendered figure."""
    data, shown = comparison.data, called(evidence)
    findings = findings_of_benefit(evidence, comparison)
    examples = len(comparison.runs[0].answers.targets)
    values = {
        "subject": evidence.pretrained.name or evidence.sides.after,
        "size": text_of(
            "page-size",
            contents=size_text(comparison),
            examples=examples,
            split=data.headline,
            classes=len(data.classes),
            seconds=comparison.seconds,
        ),
        "kind": evidence.kind,
        "sign": SIGNS[evidence.kind],
        "title": text_of("benefit-kind", kind=evidence.kind),
        "message": evidence.message,
        "next_steps": [],
        "result": comparison,
        "evidence": evidence,
        "progress": progress,
        "samples": progress.samples[:MOST_SAMPLES],
        "facts": facts_of(evidence.pretraining),
        "signs": SIGNS,
        "rows": [(labels_text(one, evidence), one) for one in evidence.at],
        "sides": sides_text(evidence),
        "strategies": strategies_text,
        "bill": bill_text(evidence),
        "saved": [(one, str(saved_message(one)).strip()) for one in evidence.saved],
        "controls": [(shown[curve.contender], curve) for curve in evidence.curves],
        "findings": findings,
        "serious": serious(findings),
        "failures": failed(comparison, names(one.contender for one in comparison.failures)),
        "left_out": left_out(comparison),
        "names": names([*(one.contender for one in comparison.stopped), *comparison.contenders]),
        "comparison_report": "comparison/report.html",
        "style": f"{page_style()}\n{(HERE / 'pretraining.css').read_text(encoding='utf-8')}",
        "figures": template_figures(drawn),
        **provenance(comparison),
    }
    return rendered("pretraining.html", values)
