"""What a notebook shows of advice: what to take, why, and the backbones that were tried."""

from __future__ import annotations

from markupsafe import Markup

from ghep.advice.record import Advice, Candidate
from ghep.advice.words import reasons, rests_on
from ghep.display import html

MOST_CANDIDATES = 15


def advice_html(advice: Advice) -> str:
    """Return the HTML of advice."""
    best = advice.candidates[0]
    findings = [*advice.findings, *best.findings]
    grave = [one for one in findings if one.severity != "info"]
    return html.frame(
        html.heading(f"Take {best.name} with {advice.strategy}"),
        html.bullets(advice.ruling.reasons),
        html.line("rests on", rests_on(advice)),
        _table(advice),
        html.details("how far to trust it", html.bullets(reasons(advice))),
        html.bullets(f"{one.backbone} was left out: {one.cause}" for one in advice.left_out[:MOST_CANDIDATES]),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in grave),
    )


def _table(advice: Advice) -> Markup:
    shown, case = advice.candidates[:MOST_CANDIDATES], advice.case
    axis = (min(one.probe.interval.low for one in shown), max(one.probe.interval.high for one in shown))
    rows = [_row(place, one, axis) for place, one in enumerate(shown, 1)]
    for name, accuracy in (("random features", case.random_accuracy), ("the commonest answer", case.majority)):
        rows.append(("", html.faint(name), "", html.faint(f"{accuracy:.3f}"), "", "", "", ""))
    header = ("", "backbone", "examples", "probe", "95 % interval", f"{axis[0]:.2f} to {axis[1]:.2f}", "", "seconds")
    left = len(advice.candidates) - len(shown)
    table = html.table(header, rows, numbers=(0, 2, 3, 7), wrapped=(1,))
    return html.together(table, html.faint(f"and {left} more") if left else "")


def _row(place: int, one: Candidate, axis: tuple[float, float]) -> tuple[object, ...]:
    probe = one.probe
    said = "first" if place == 1 else "level with the first" if one.level else "stopped" if one.stopped else ""
    return (
        place,
        html.strong(one.name) if place == 1 else one.name,
        f"{one.examples:,}",
        f"{probe.accuracy:.3f}",
        f"{probe.interval.low:.3f} to {probe.interval.high:.3f}",
        html.whisker(probe.accuracy, probe.interval.low, probe.interval.high, axis=axis),
        html.faint(said),
        f"{one.seconds:.1f}",
    )
