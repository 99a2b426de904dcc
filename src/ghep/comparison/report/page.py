"""The report: one self-contained HTML page, without network requests or scripts.

In: ``Comparison`` and ``Evidence``. Out: ``report.html``, and each figure in ``figures/`` as SVG, PNG and CSV. The
template is page.html, an extension of base.html; the style is display/style.css. Jinja escapes every value, because
names of classes, files and texts are not trusted; the page's content security policy forbids scripts and requests.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghep.comparison.record import Comparison, Evidence
from ghep.comparison.report import words
from ghep.comparison.report.charts import all_plots
from ghep.comparison.report.configuration import toml_text
from ghep.comparison.report.figures import Drawn, draw, write
from ghep.comparison.report.mistake_neighbours import TrainingData
from ghep.comparison.report.review import AnswerReview, review_answers
from ghep.comparison.report.tables import (
    all_findings,
    axis,
    behind_best,
    board,
    display_names,
    failed,
    headline,
    labels_needed,
    left_out,
    needed,
    off_by,
    planned_total,
    serious,
    size_text,
    split_counts,
    split_use,
    the_best,
    variance,
    verdict_title,
)
from ghep.comparison.report.transfer import Transfer, transfer
from ghep.comparison.sharing.record import SharedComparison
from ghep.display.html import visible
from ghep.display.page import templates_in
from ghep.messages import Message, percent, text_of
from ghep.storage.text import plain, write_text_atomic

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
FILTERS: Mapping[str, Callable[..., str]] = {
    "score": words.score,
    "bounds": words.interval,
    "points": words.points,
    "points_bounds": words.points_interval,
    "p": words.p_value,
    "duration": words.duration,
    "milliseconds": words.milliseconds,
    "memory": words.memory,
    "count": words.count,
    "number": words.number,
    "parameters": words.parameters,
    "tenths": words.tenths,
    "percent": lambda share: percent(share, ".1f"),
    "off_by": off_by,
    "needed": needed,
    "labels_needed": labels_needed,
}
KEY = re.compile(r"[a-z]+[0-9]*(-[a-z]+)*")
"""Values that messages may select on; they need no escaping."""
HELD = re.compile("\ue000([0-9]+)\ue001")


def write_report(
    comparison: Comparison, evidence: Evidence, folder: Path, training: TrainingData | None = None
) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path.

    ``training`` is where the training examples nearest to a mistake are searched. Existing files are replaced. Raises
    OSError if a file cannot be written.
    """
    review = review_answers(comparison, evidence, training)
    shown = transfer(comparison, evidence, display_names(comparison, evidence))
    plots = (*shown.plots, *all_plots(comparison, evidence), *(review.plots if review else ()))
    drawn = {plot.name: draw(plot) for plot in plots}
    for one in drawn.values():
        write(one, folder / "figures")
    page = folder / "report.html"
    write_text_atomic(page, page_text(comparison, evidence, shown, review, drawn))
    return page


def page_text(
    comparison: Comparison, evidence: Evidence, shown: Transfer, review: AnswerReview | None, drawn: Mapping[str, Drawn]
) -> str:
    """Return the HTML of the report. ``drawn``: name -> rendered figure."""
    names, verdict = display_names(comparison, evidence), evidence.verdict
    findings, shares, (sign, title) = all_findings(comparison), variance(evidence, names), verdict_title(verdict)
    values = {
        "subject": comparison.data.name,
        "size": text_of(
            "page-size",
            contents=size_text(comparison),
            examples=evidence.leaderboard[0].n if evidence.leaderboard else 0,
            split=comparison.data.headline,
            classes=len(comparison.data.classes),
            seconds=comparison.seconds,
        ),
        "kind": verdict.kind,
        "sign": sign,
        "title": title,
        "message": headline(evidence, names),
        "next_steps": [verdict.next_step] if verdict.next_step else [],
        "result": comparison,
        "comparison": comparison,
        "data": comparison.data,
        "evidence": evidence,
        "verdict": verdict,
        "transfer": shown,
        "names": names,
        "findings": findings,
        "serious": serious(findings),
        "counts": split_counts(comparison.data),
        "split_use": split_use(comparison),
        "board": board(comparison, evidence, names),
        "axis": axis(evidence.leaderboard),
        "behind_best": behind_best(evidence),
        "the_best": the_best(evidence),
        "variance": shares,
        "drawn": any(line.draw is not None for line in shares),
        "seed_unknown": any(line.seed_unknown for line in shares),
        "learned": any(len(one.times) > 1 for one in evidence.highers),
        "saved": [one for one in evidence.saved if one.num_labels < one.most],
        "total": planned_total(comparison.plan),
        "review": review,
        **provenance(comparison),
        "left_out": left_out(comparison),
        "failures": failed(comparison, names),
        "figures": template_figures(drawn),
    }
    return rendered("page.html", values)


def provenance(comparison: Comparison | SharedComparison) -> dict[str, Any]:
    """Return how the comparison was made, as values for the template: command, settings as TOML, environment."""
    given = comparison.environment.items()
    return {
        "command": command(comparison.settings, comparison.environment),
        "toml": toml_text({key: value for key, value in comparison.settings.items() if key != "command"}),
        "environment": {key: in_one_line(value) for key, value in given if key != "command" and value is not None},
    }


def command(settings: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    """Return the command line of the comparison, stored as text or as a list of arguments; empty if not stored."""
    kept = settings.get("command") or environment.get("command") or ""
    return kept if isinstance(kept, str) else shlex.join(map(str, kept))


def template_figures(drawn: Mapping[str, Drawn]) -> dict[str, dict[str, Any]]:
    """Return figure name -> the values that the HTML templates use: SVG, title, caption, files."""
    return {name: {"svg": one.inline, "plot": one.plot} for name, one in drawn.items()}


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of ``template`` filled with ``values``, all of them escaped."""
    return str(_environment().get_template(template).render(values))


def in_one_line(value: Any) -> str:
    """Return a value of the recorded environment (a text, a number, a list or a dict) as one line of text."""
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)


def page_message(code: str, **params: Any) -> Markup:
    """Return the message ``code`` as HTML: parameters are escaped unless they are ``Markup``, and <em> is kept.

    Parameters are inserted after the message is escaped, so that no name can become part of the markup.
    """
    from markupsafe import Markup, escape

    held: list[Markup] = []

    def hold(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [hold(one) for one in value]
        if not isinstance(value, str | Message | Path) or KEY.fullmatch(str(value)):
            return value
        held.append(value if isinstance(value, Markup) else escape(visible(str(value))))
        return f"\ue000{len(held) - 1}\ue001"

    text = str(escape(text_of(code, **{key: hold(value) for key, value in params.items()})))
    text = text.replace("&lt;em&gt;", "<em>").replace("&lt;/em&gt;", "</em>")
    return Markup(HELD.sub(lambda found: held[int(found[1])], text))


def _environment() -> Environment:
    from markupsafe import Markup

    made = templates_in(HERE, none=words.NONE)
    made.filters.update(FILTERS)
    made.filters["strong_name"] = lambda name: Markup('<strong class="name">{}</strong>').format(visible(name))
    made.globals["t"] = page_message
    return made
