"""The report: one page that shows everything and asks for nothing, neither a network nor a script.

In: ``Comparison`` and ``Evidence``. Out: ``report.html``, and each figure in ``figures/`` as SVG, PNG and CSV. The
template is page.html, its looks style.css; both are read here and nowhere else. Every value passes Jinja's escaping,
for names of classes, files and texts come from anywhere; the page's own policy forbids scripts and requests besides.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ghep.comparison.record import Comparison, Evidence
from ghep.comparison.report import words
from ghep.comparison.report.charts import all_plots
from ghep.comparison.report.closer import Closer, look_closer
from ghep.comparison.report.configuration import toml_text
from ghep.comparison.report.figures import Drawn, draw, write
from ghep.comparison.report.tables import (
    UNKNOWN,
    all_findings,
    axis,
    behind_best,
    board,
    everyone,
    failed,
    grave,
    headline,
    how_much,
    kind_shown,
    labels_needed,
    left_out,
    needed,
    off_by,
    planned_total,
    split_counts,
    the_best,
    touched,
    variance,
)
from ghep.comparison.report.transfer import Transfer, transfer
from ghep.comparison.sharing.record import SharedComparison
from ghep.display.html import visible
from ghep.storage.text import plain, write_text_atomic

HERE = Path(__file__).parent
FILTERS: Mapping[str, Callable[..., str]] = {
    "share": words.share,
    "bounds": words.interval,
    "points": words.points,
    "points_bounds": words.points_interval,
    "p": words.p_value,
    "seconds": words.seconds,
    "memory": words.memory,
    "count": words.count,
    "number": words.number,
    "parameters": words.parameters,
    "off_by": off_by,
    "plural": words.plural,
    "needed": needed,
    "labels_needed": labels_needed,
}


def write_report(comparison: Comparison, evidence: Evidence, folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path.

    What stood there under these names is replaced. Raises OSError as the system gives it.
    """
    closer, shown = look_closer(comparison, evidence), transfer(comparison, evidence, everyone(comparison, evidence))
    plots = (*shown.plots, *all_plots(comparison, evidence), *(closer.plots if closer else ()))
    drawn = {plot.name: draw(plot) for plot in plots}
    for one in drawn.values():
        write(one, folder / "figures")
    page = folder / "report.html"
    write_text_atomic(page, page_text(comparison, evidence, shown, closer, drawn))
    return page


def page_text(
    comparison: Comparison, evidence: Evidence, shown: Transfer, closer: Closer | None, drawn: Mapping[str, Drawn]
) -> str:
    """Return the page as HTML."""
    names = everyone(comparison, evidence)
    findings, shares = all_findings(comparison), variance(evidence, names)
    values = {
        "comparison": comparison,
        "data": comparison.data,
        "evidence": evidence,
        "verdict": evidence.verdict,
        "headline": headline(evidence, names),
        "transfer": shown,
        "kind": kind_shown(evidence.verdict),
        "names": names,
        "findings": findings,
        "grave": grave(findings),
        "counts": split_counts(comparison.data),
        "touched": touched(comparison),
        "how_much": how_much(comparison),
        "board": board(comparison, evidence, names),
        "axis": axis(evidence.leaderboard),
        "behind_best": behind_best(evidence),
        "the_best": the_best(evidence),
        "variance": shares,
        "drawn": any(line.draw is not None for line in shares),
        "unknown": UNKNOWN,
        "learned": any(len(one.times) > 1 for one in evidence.highers),
        "saved": [one for one in evidence.saved if one.num_labels < one.most],
        "total": planned_total(comparison.plan),
        "closer": closer,
        **asked_for(comparison),
        "left_out": left_out(comparison),
        "failed": failed(comparison, names),
        "figures": on_page(drawn),
    }
    return rendered("page.html", values)


def asked_for(comparison: Comparison | SharedComparison) -> dict[str, Any]:
    """Return what the page says of how it was made: the command, the settings as TOML, the environment."""
    told = comparison.environment.items()
    return {
        "command": command(comparison.settings, comparison.environment),
        "toml": toml_text({key: value for key, value in comparison.settings.items() if key != "command"}),
        "environment": {key: in_one_line(value) for key, value in told if key != "command" and value is not None},
    }


def command(settings: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    """Return the command line that was called, if it was kept; as text or as a list of arguments."""
    kept = settings.get("command") or environment.get("command") or ""
    return kept if isinstance(kept, str) else shlex.join(map(str, kept))


def on_page(drawn: Mapping[str, Drawn]) -> dict[str, dict[str, Any]]:
    """Return the figures as the templates take them."""
    return {name: {"svg": one.inline, "plot": one.plot} for name, one in drawn.items()}


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return ``template`` with ``values`` in it, every one of them escaped."""
    return str(_environment().get_template(template).render(values))


def in_one_line(value: Any) -> str:
    """Return a value of the environment as text."""
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        if value is None:
            return words.NONE
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    made.filters.update(FILTERS)
    made.filters["own"] = Markup  # what this package wrote itself: SVG and CSS, escaped where they were made
    made.globals["style"] = (HERE / "style.css").read_text(encoding="utf-8")
    return made
