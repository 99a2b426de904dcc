"""What ``ghep doctor`` found: a result for each guard, as lines, JSON, a page and HTML in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghep.display import html
from ghep.explanation.page import Page, Section, write_page
from ghep.messages import number_text, text_of
from ghep.storage.text import write_json_atomic
from ghep.types import Finding, Severity

State = Literal["ok", "info", "warning", "error", "skipped"]
ORDER: Mapping[str, int] = {"error": 0, "warning": 1, "info": 2, "ok": 3, "skipped": 4}


@dataclass(frozen=True)
class Examination:
    """The result of one guard."""

    name: str
    """Name of the guard: data, backbone, mismatch, splits, features, labels, ..."""
    summary: str
    """What was measured and the bar at which it alarms; for a skipped guard, the reason."""
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The measured numbers, as plain values."""
    tried: tuple[str, ...] = ()
    """Remedies that were tried, and what each brought."""
    seconds: float = 0.0
    skipped: bool = False

    @property
    def state(self) -> State:
        """The highest severity of the findings; ``ok`` without findings, ``skipped`` if the guard does not apply."""
        if self.skipped:
            return "skipped"
        severities: list[Severity] = [one.severity for one in self.findings]
        return min(severities, key=lambda one: ORDER[one], default="ok")

    @property
    def title(self) -> str:
        """What the guard asks, as a heading."""
        return text_of(f"doctor-title-{self.name}")

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "guard": self.name,
            "state": self.state,
            "summary": self.summary,
            "findings": [
                {"code": one.code, "severity": one.severity, "message": one.message, "remedy": one.remedy}
                for one in self.findings
            ],
            "tried": list(self.tried),
            "facts": dict(self.facts),
            "seconds": self.seconds,
        }


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The results of all guards on ``target``, data or a run."""

    target: str
    backbone: str
    examinations: tuple[Examination, ...]
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, most severe first."""
        found = {one: None for each in self.examinations for one in each.findings}
        return tuple(sorted(found, key=lambda one: ORDER[one.severity]))

    @property
    def exit_code(self) -> int:
        """Return 1 if there is a warning or an error, else 0."""
        return int(any(one.severity in ("warning", "error") for one in self.findings))

    @property
    def conclusion(self) -> str:
        """The answer in one sentence."""
        told = [one for one in self.findings if one.severity in ("warning", "error")]
        run = [one for one in self.examinations if not one.skipped]
        if not told:
            return text_of("doctor-healthy", guards=len(run))
        names = list(dict.fromkeys(one.title for one in self._ordered() if one.state in ("warning", "error")))
        return text_of("doctor-problems", count=len(told), guards=len(run), names=names)

    def lines(self) -> list[str]:
        """Return one line for each guard, the most severe first."""
        width = max(len(one.title) for one in self.examinations)
        states = {state: text_of(f"doctor-state-{state}") for state in ORDER}
        wide = max(map(len, states.values()))
        lines = []
        for one in self._ordered():
            lines.append(f"{states[one.state]:<{wide}}  {one.title:<{width}}  {one.summary}")
            lines += [f"{'':<{wide + width + 4}}{text_of('doctor-tried', what=what)}" for what in one.tried]
        return [*lines, "", self.conclusion]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "target": self.target,
            "backbone": self.backbone,
            "conclusion": self.conclusion,
            "guards": [one.to_json() for one in self.examinations],
            "seconds": self.seconds,
        }

    def save(self, folder: str | Path) -> Path:
        """Write ``page.html`` and ``diagnosis.json`` into ``folder``, and return the path of the page."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json_atomic(folder / "diagnosis.json", self.to_json())
        return write_page(self._page(), folder)

    def _ordered(self) -> list[Examination]:
        return sorted(self.examinations, key=lambda one: ORDER[one.state])

    def _page(self) -> Page:
        header = [text_of(f"doctor-head-{column}") for column in ("state", "guard", "summary", "seconds")]
        rows = [
            [text_of(f"doctor-state-{one.state}"), one.title, one.summary, number_text(one.seconds, ".1f")]
            for one in self._ordered()
        ]
        overview = Section(text_of("doctor-overview"), header=header, rows=rows, numbers=[3])
        details = [_section(one) for one in self._ordered() if one.findings or one.tried]
        return Page(
            text_of("doctor-page-title", target=self.target),
            text_of("doctor-page-subtitle", backbone=self.backbone, seconds=number_text(self.seconds, ".0f")),
            self.conclusion,
            sections=(overview, *details),
        )

    def __repr__(self) -> str:
        return f"<Diagnosis of {self.target}; {self.conclusion}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return html.or_text(_in_notebook, self)


def _section(one: Examination) -> Section:
    notes: list[Any] = [html.note(f.severity, f.code, f.message, f.remedy, f.items) for f in one.findings]
    tried = [text_of("doctor-tried", what=what) for what in one.tried]
    return Section(one.title, (one.summary, *tried), fragments=notes)


def _in_notebook(diagnosis: Diagnosis) -> str:
    rows: Sequence[Sequence[str]] = [
        (text_of(f"doctor-state-{one.state}"), one.title, one.summary) for one in diagnosis._ordered()
    ]
    header = [text_of(f"doctor-head-{column}") for column in ("state", "guard", "summary")]
    notes = [html.note(f.severity, f.code, f.message, f.remedy, f.items) for f in diagnosis.findings]
    return html.frame(html.heading(diagnosis.conclusion), html.table(header, rows, wrapped=[2]), *notes)
