"""Tables, figures and pages of claims."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cells import Fitted
from claim import Claim, Row, verdict

BEGIN, END = "<!-- measured: scripts/bench claims writes this part -->", "<!-- end of the measured part -->"
COLOURS = {"holds": "#00795a", "does not hold": "#b54400", "cannot tell": "#656d76"}
MARKERS = {"holds": "o", "does not hold": "s", "cannot tell": "D"}


def shown(claim: Claim, value: float, *, sign: bool = True) -> str:
    """Return a measured value as the tables write it."""
    value = round(value * claim.scale, claim.digits) + 0.0  # no minus zero
    text = f"{value:{'' if claim.ratio or not sign else '+'}.{claim.digits}f}"
    return text.replace("-", "−")


def table(claim: Claim, rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    more = list(dict.fromkeys(name for row in rows for name, _ in row.more))
    head = ["where", *more, f"{claim.measure} (95 % interval)", "n", "seeds", "holds?"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        ends = shown(claim, row.value)
        if row.low < row.high:  # one ratio alone has no interval
            ends += f" ({shown(claim, row.low)} to {shown(claim, row.high)})"
        said = {"holds": "yes", "does not hold": "no", "cannot tell": "cannot tell"}[row.answer] if row.counts else ""
        extra = [dict(row.more).get(name, "") for name in more]
        lines.append("| " + " | ".join([row.where, *extra, ends, f"{row.n:,}", str(row.seeds), said]) + " |")
    return "\n".join(lines)


def figure(claim: Claim, rows: Sequence[Row], file: Path) -> None:
    """Draw each row's value with its interval and the bar, as SVG; rows that do not decide have hollow marks."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter

    from ghep.display.look import look

    with matplotlib.rc_context(look(claim.name)):
        drawn = Figure(figsize=(5.8, 0.75 + 0.27 * len(rows)), layout="constrained")
        axes = drawn.subplots()
        for place, row in enumerate(rows):
            said = row.answer if row.counts else "cannot tell"
            low, high = (row.low * claim.scale, row.high * claim.scale)
            axes.plot([low, high], [place, place], color=COLOURS[said], solid_capstyle="butt")
            fill = COLOURS[said] if row.counts else "white"
            axes.plot([row.value * claim.scale], [place], MARKERS[said], color=COLOURS[said], mfc=fill, markersize=5)
        for bar in sorted({row.bar * claim.scale for row in rows}):
            axes.axvline(bar, color="#1f2328", linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_yticks(range(len(rows)), [row.where for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        if claim.ratio:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(claim.measure)
        file.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(file, format="svg", metadata={"Date": None})


def numbers(rows: Sequence[Row], used: Mapping[str, Fitted], file: Path) -> None:
    """Write the rows, and after them the fits that they were computed from, as CSV."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["where", "part", "value", "low", "high", "bar", "n", "seeds", "answer"])
    for row in rows:
        ends = [f"{one:.5g}" for one in (row.value, row.low, row.high, row.bar)]
        out.writerow([row.where, row.part, *ends, row.n, row.seeds, row.answer if row.counts else ""])
    if used:
        out.writerow([])
        out.writerow(["data", "backbone", "strategy", "labels", "seed", "options", "accuracy", "n", "cpu seconds"])
    for one in used.values():
        cell, options = one.cell, " ".join(f"{name}={value}" for name, value in one.cell.options)
        named = [cell.data, cell.backbone, cell.strategy, cell.labels or "all", cell.seed, options]
        n = sum(len(right) for right in one.right.values())
        out.writerow([*named, f"{one.accuracy:.4f}", n, f"{one.cpu_seconds or 0:.1f}"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.getvalue(), encoding="utf-8")


def measured_part(claim: Claim, rows: Sequence[Row], more: str, repeated: str | None) -> str:
    """Return the part of the page that is written by the command."""
    parts = [
        f"**Answer: {verdict(rows)}.**",
        f"![{claim.measure}, one line for each row of the table](figures/{claim.name}.svg)",
        table(claim, rows),
        more,
        f"Numbers: [numbers/{claim.name}.csv](numbers/{claim.name}.csv). Command: `scripts/bench claims {claim.name}`.",
        "" if repeated is None else f"Repeated with other seeds: {repeated}.",
    ]
    return "\n\n".join(part for part in parts if part)


def into(page: Path, part: str) -> None:
    """Put ``part`` between the marks of ``page``; raise ValueError if the page has no marks."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} needs the lines {BEGIN!r} and {END!r}, between which the measured part is written")
    before, rest = text.split(BEGIN, 1)
    page.write_text(before + BEGIN + "\n\n" + part + "\n\n" + END + rest.split(END, 1)[1], encoding="utf-8")


def verdict_in(file: Path) -> dict[str, Any]:
    """Return the answers of the rows in a file of numbers, by where."""
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8").split("\n\n", 1)[0]))
    return {row["where"]: row["answer"] for row in rows if row["answer"]}


def answer_of(page: Path) -> str:
    """Return the answer that a page gives, or "not measured yet"."""
    found = re.search(r"\*\*Answer: (.+?)\.\*\*", page.read_text(encoding="utf-8")) if page.exists() else None
    return found.group(1) if found else "not measured yet"
