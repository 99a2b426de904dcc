"""What a notebook shows of a run: scores with intervals, cost, and what the checks found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from ghep.display import html
from ghep.experiment.record import Run, SplitResult
from ghep.types import Finding, Score

MOST_ROWS = 20
"""Of the table; of more scores only the primary one of each split and task is shown."""
MOST_FINDINGS = 8


def run_html(run: Run) -> str:
    """Return the HTML of a run."""
    cost = run.cost
    memory = f"peak memory {cost.peak_memory_bytes / 2**20:,.0f} MiB"
    trained = f"{cost.trained_parameters:,} of {cost.total_parameters:,} parameters trained"
    return html.frame(
        html.heading(f"{run.strategy} from {run.backbone}", f"seed {run.seed}"),
        notes([one for one in run.findings if one.severity == "error"]),
        _scores(run.results) if run.results else html.line("scores", "nothing was held out"),
        html.line("cost", f"{cost.seconds:,.1f} s, {memory}, {trained}"),
        html.line("bundle", html.code(run.bundle)),
        notes([one for one in run.findings if one.severity != "error"]),
    )


def _scores(results: Sequence[SplitResult]) -> Markup:
    every = sum(len(result.scores) + 1 for result in results) <= MOST_ROWS
    shown = results if every else results[:MOST_ROWS]
    several = len({result.task for result in results}) > 1
    rows = []
    for result in shown:
        where = [result.split, result.task] if several else [result.split]
        for score in result.scores if every else result.scores[:1]:
            rows.append([*where, *_score(score)])
            where = [""] * len(where)
        if every:
            rows.append([*where, html.faint("majority class"), html.faint(f"{result.majority:.3f}"), "", ""])
    header = ["split", *(["task"] if several else []), "score", "value", "95 % interval", "n"]
    first = len(header) - 3
    table = html.table(header, rows, numbers=(first, len(header) - 1))
    left = len(results) - len(shown)
    return html.together(table, html.faint(f"and {left} more, see metrics.json") if left else "")


def _score(score: Score) -> tuple[object, ...]:
    ends, value = score.interval, f"{score.value:.3f}"
    name = score.name if score.higher_is_better else f"{score.name} (lower is better)"
    return name, value, "" if ends is None else f"{ends.low:.3f} to {ends.high:.3f}", f"{score.n:,}"


def notes(findings: Iterable[Finding]) -> Markup:
    """Return the first errors and warnings, and the number of all others."""
    found = list(findings)
    grave = [one for one in found if one.severity != "info"]
    shown = [html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in grave[:MOST_FINDINGS]]
    more = [f"{len(grave) - MOST_FINDINGS} more"] if len(grave) > MOST_FINDINGS else []
    more += [f"{len(found) - len(grave)} for information"] if len(found) > len(grave) else []
    rest = html.line("findings", f"{' and '.join(more)}: see findings.json") if more else ""
    return html.together(*shown, rest)
