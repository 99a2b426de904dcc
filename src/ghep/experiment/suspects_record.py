"""What ``ghep.suspects`` returns, and how it is shown: lines, a table, a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.data.dataset import place
from ghep.data.modalities import Shown, modality_named
from ghep.display import html
from ghep.display.page import templates_in
from ghep.experiment.drop_suspects import CONTENT, CONTENT_DIGITS, ID, TASK
from ghep.experiment.folder import csv_text
from ghep.messages import number_text, text_of
from ghep.storage.text import write_text_atomic
from ghep.types import Finding, Modality, Raw, Split

TABLE, PAGE = "suspects.csv", "suspects.html"
SHOWN_LINES = 10
"""Suspects of a task that the terminal and a notebook list."""
SHOWN_EXAMPLES = 200
"""Suspects of a task that have an image or text on the page: 200 photos are about 5 MB."""
SHOWN_PAIRS = 20
HEADER = (ID, "split", TASK, "label", "likely", "label_probability", "likely_probability", "margin", CONTENT)


@dataclass(frozen=True)
class Suspect:
    """An example whose label is probably wrong. Probabilities are of heads that were solved without the example."""

    id: str
    split: Split
    label: str
    """As given."""
    likely: str
    """The most probable other label; of several classes, the label with the doubtful class added or removed."""
    label_probability: float
    likely_probability: float
    margin: float
    """``label_probability`` minus ``likely_probability``, from -1: the smaller, the more doubtful."""
    content: str = ""
    """The beginning of the SHA-256 of the example, in hexadecimal."""
    raw: Raw = field(default=None, repr=False, compare=False)

    def numbers(self) -> str:
        """Return both probabilities as text."""
        return text_of(
            "suspect-numbers",
            likely=number_text(self.likely_probability, ".2f"),
            label=number_text(self.label_probability, ".2f"),
        )


@dataclass(frozen=True)
class TaskSuspects:
    """The suspects of one task, most doubtful first."""

    task: str
    judged: int
    """Labels that were judged: those of classes with enough examples."""
    classes: int
    accuracy: float
    """Share of the judged examples whose most probable class is the label, by heads solved without the example."""
    wrong: float
    """Estimated share of wrong labels."""
    suspects: tuple[Suspect, ...]
    findable: float | None
    """Largest recall of wrong labels, at a precision of one half, that a method can have with heads of this accuracy if
    5 % of the labels are wrong at random; None where an example may have several classes."""

    @property
    def share(self) -> float:
        """The share of the judged labels that are suspects."""
        return len(self.suspects) / self.judged if self.judged else 0.0

    @property
    def weak(self) -> bool:
        """Whether heads of this accuracy could find less than half of random wrong labels."""
        return self.findable is not None and self.findable < 0.5

    def said(self) -> str:
        """Return the number of suspects in a sentence."""
        return text_of("suspects-said", task=self.task, count=len(self.suspects), total=self.judged, share=self.share)

    def summary(self, bar: float) -> str:
        """Return the number of suspects, the share at which the guard alarms, and whether the heads are too weak."""
        found = {"weak": "yes" if self.weak else "no", "accuracy": self.accuracy, "findable": self.findable or 0.0}
        return text_of("suspects-summary", said=self.said(), bar=bar, **found)

    def notes(self) -> list[str]:
        """Return what else to know, a sentence each."""
        if not self.judged:
            return []
        few = "no" if self.wrong else "weak" if self.weak else "yes"
        notes = [text_of("suspects-estimate", wrong=self.wrong, accuracy=self.accuracy, few=few)]
        if self.findable is not None:
            classes = self.classes
            notes.append(text_of("suspects-bound", findable=self.findable, accuracy=self.accuracy, classes=classes))
        return notes

    def pairs(self) -> list[tuple[str, str, int]]:
        """Return (label, likely label, number of suspects), most frequent first."""
        counts = Counter((one.label, one.likely) for one in self.suspects)
        return [(*pair, count) for pair, count in counts.most_common(SHOWN_PAIRS)]

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "task": self.task,
            "judged": self.judged,
            "classes": self.classes,
            "accuracy": self.accuracy,
            "wrong": self.wrong,
            "findable": self.findable,
            "suspects": [{name: getattr(one, name) for name in SUSPECT_JSON} for one in self.suspects],
        }


SUSPECT_JSON = ("id", "split", "label", "likely", "label_probability", "likely_probability", "margin", "content")


@dataclass(frozen=True, repr=False)
class Suspects:
    """Examples whose labels are probably wrong, by task; nothing is deleted."""

    data: str
    """The name of the data set."""
    backbone: str
    modality: Modality
    tasks: tuple[TaskSuspects, ...]
    findings: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[Suspect]:
        """Yield the suspects of all tasks."""
        return (suspect for task in self.tasks for suspect in task.suspects)

    def __len__(self) -> int:
        """Return the number of suspects of all tasks."""
        return sum(len(task.suspects) for task in self.tasks)

    def __repr__(self) -> str:
        return f"<Suspects of {self.data} by {self.backbone}: {len(self)}>"

    @property
    def summary(self) -> str:
        """One sentence for each task, with the measured share and the bar at which it alarms."""
        if not self.tasks:
            return text_of("suspects-none-judged")
        from ghep.guards.labels import BAR

        return " ".join(task.summary(BAR) for task in self.tasks)

    def lines(self) -> list[str]:
        """Return the result as lines for a terminal: what was found, and the most doubtful labels of each task."""
        found = [text_of("suspects-head", data=self.data, backbone=self.backbone)]
        for task in self.tasks:
            found += ["", task.said(), *(f"  {note}" for note in task.notes())]
            rows = [_header(), *(self._cells(one) for one in task.suspects[:SHOWN_LINES])]
            widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
            if task.suspects:
                found += ["", *("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)]
            if (more := len(task.suspects) - SHOWN_LINES) > 0:
                found.append("  " + text_of("suspects-more", count=more))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "data": self.data,
            "backbone": self.backbone,
            "tasks": [task.to_json() for task in self.tasks],
            "findings": [{"code": one.code, "severity": one.severity, "message": one.message} for one in self.findings],
        }

    def save(self, folder: str | Path) -> Path:
        """Write ``suspects.csv`` and ``suspects.html`` into ``folder``, and return the path of the page.

        ``fit --drop-suspects suspects.csv`` leaves the listed examples out of train; delete the rows that are right.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_text_atomic(folder / TABLE, csv_text(HEADER, self._rows()))
        write_text_atomic(folder / PAGE, self.page())
        return folder / PAGE

    def page(self) -> str:
        """Return a page with the suspects' images or texts: one HTML file, without scripts or requests."""
        template = templates_in(Path(__file__).parent).get_template("suspects.html")
        return str(
            template.render(
                title=text_of("suspects-title", data=self.data),
                subtitle=text_of("suspects-head", data=self.data, backbone=self.backbone),
                leads=[task.said() for task in self.tasks] or [text_of("suspects-none-judged")],
                notes=[*(note for task in self.tasks for note in task.notes()), text_of("suspects-advice")],
                findings=self.findings,
                parts=[self._part(task) for task in self.tasks if task.suspects],
                modality=self.modality,
                zoom=text_of("suspect-zoom"),
                likely=text_of("suspect-likely"),
                pairs_heading=text_of("suspects-pairs"),
                columns={name: text_of("suspects-column", column=name) for name in ("label", "likely", "count")},
            )
        )

    def _part(self, task: TaskSuspects) -> dict[str, Any]:
        shown = task.suspects[:SHOWN_EXAMPLES]
        more = len(task.suspects) - len(shown)
        return {
            "heading": text_of("suspects-heading", task=task.task, count=len(task.suspects)),
            "about": text_of("suspects-about"),
            "shown": [self._shown(one) for one in shown],
            "more": text_of("suspects-more", count=more) if more else "",
            "pairs": task.pairs(),
        }

    def _shown(self, one: Suspect) -> dict[str, Any]:
        named = {
            "label": html.cut(one.label, 80),
            "likely": html.cut(one.likely, 80),
            "place": place(one.id),
            "split": one.split,
        }
        alt = text_of("suspect-alt", example=named["place"], label=named["label"], likely=named["likely"])
        return {**named, "view": _view(one.raw, self.modality), "alt": alt, "numbers": one.numbers()}

    def _cells(self, one: Suspect) -> tuple[str, ...]:
        numbers = (number_text(one.likely_probability, ".2f"), number_text(one.label_probability, ".2f"))
        return (html.cut(one.label, 24), html.cut(one.likely, 24), *numbers, one.split, place(one.id))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for task in self.tasks:
            for one in task.suspects:
                yield {
                    **{ID: one.id, "split": one.split, TASK: task.task, "label": one.label, "likely": one.likely},
                    "label_probability": round(one.label_probability, 6),
                    "likely_probability": round(one.likely_probability, 6),
                    "margin": round(one.margin, 6),
                    CONTENT: one.content[:CONTENT_DIGITS],
                }

    def _repr_html_(self) -> str:
        return html.or_text(_notebook, self)


def _notebook(found: Suspects) -> str:
    """Return the HTML of ``found`` for a notebook."""
    parts: list[object] = [html.heading(text_of("suspects-head", data=found.data, backbone=found.backbone))]
    for task in found.tasks:
        parts.append(html.line(task.task, task.said()))
        if task.suspects:
            rows = [list(found._cells(one)) for one in task.suspects[:SHOWN_LINES]]
            parts.append(html.table(_header(), rows, numbers=(2, 3)))
    parts += [html.note(one.severity, one.code, one.message, one.remedy) for one in found.findings]
    return html.frame(html.together(*parts))


def _header() -> tuple[str, ...]:
    names: Sequence[str] = ("label", "likely", "likely_probability", "label_probability", "split", "id")
    return tuple(text_of("suspects-column", column=name) for name in names)


def _view(raw: Raw, modality: Modality) -> Shown:
    if not isinstance(raw, str | Path | bytes):
        return Shown(missing=text_of("suspect-in-memory"))
    return modality_named(modality).shown(raw)
