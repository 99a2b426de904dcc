"""The values that pass between the packages of ghep: plain, frozen, without behaviour and without torch.

Legend for shapes everywhere in ghep: N batch, D feature_dim, K outputs (classes), C channels, H W grid, L tokens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ghep.messages import listed_plainly, number_text, plain_params, remedy_of, text_of, translated

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")

Modality = str
"""The name of a row in ``data/modalities.py``: image, text."""

Raw = Any
"""What a source hands over, undecoded: for an image a ``Path``, ``bytes``, PIL image or array; for a text a ``str``."""


BAR = "|"
"""Between the classes of a label that names several."""


class LabelSet(str):
    """The label of a multi-label example, as written: "red|square" names two classes. A plain ``str`` is one class.

    Names are trimmed; a label that names nothing ("|", "") says that the example has none of the classes.

    >>> LabelSet("square| red|square").names, LabelSet("|").names
    (('red', 'square'), ())
    """

    __slots__ = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> LabelSet:
        """Return the label that consists of ``names``, sorted, each once."""
        return cls(BAR.join(sorted(set(names))))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that the label names, sorted, each once."""
        return tuple(sorted({name.strip() for name in self.split(BAR)} - {""}))


class Number(str):
    """The label of a regression task: a real number in its shortest decimal form.

    >>> Number.of(23.50), Number.of(-4.0).value
    ('23.5', -4.0)
    """

    __slots__ = ()

    @classmethod
    def of(cls, value: float) -> Number:
        """Return the label for the number ``value``."""
        return cls(f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value))

    @property
    def value(self) -> float:
        """The number."""
        return float(self)


def classes_in(label: str) -> tuple[str, ...]:
    """Return the classes that a label stands for: the names in a ``LabelSet``, or a plain label itself.

    A ``Number`` stands for no class.

    >>> classes_in(LabelSet("red|square")), classes_in("red|square"), classes_in(Number("3"))
    (('red', 'square'), ('red|square',), ())
    """
    if isinstance(label, Number):
        return ()
    return label.names if isinstance(label, LabelSet) else (label,)


def as_one_class(label: str) -> str:
    """Return the class name for a task in which each example has one class.

    A ``LabelSet`` of several classes is returned as written, which is not a class of such a task.

    >>> as_one_class(LabelSet("red|")), as_one_class(LabelSet("red|square"))
    ('red', 'red|square')
    """
    names = classes_in(label)
    return names[0] if len(names) == 1 else str(label)


@dataclass(frozen=True, slots=True)
class Example:
    """One item of a data set, with its labels. If ``labels`` lacks a task, the example is unlabelled for that task."""

    id: str
    """Unique in its data set; for files the path relative to the data root, with forward slashes."""
    raw: Raw
    labels: Mapping[str, str] = field(default_factory=dict)
    """Task name -> label, as given; a ``LabelSet`` where an example may have several classes, a ``Number`` where the
    task is regression."""

    def elsewhere(self) -> Example:
        """Return the example as a process in another folder reads it: with the whole path, without labels."""
        raw = self.raw
        return Example(self.id, Path(os.path.abspath(raw)) if isinstance(raw, Path) else raw)  # noqa: PTH100 - links stay


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: a stable code, a severity, one line that says what was found, one line how to fix it.

    ``Finding.of`` takes the two lines from the catalogue.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    items: tuple[str, ...] = ()
    """The examples, classes, files or engines concerned, all of them; printing may shorten the list."""
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Named parameters of the message, as plain values."""

    @classmethod
    def of(
        cls, code: str, severity: Severity, *, items: Iterable[str] = (), message: str = "", **params: Any
    ) -> Finding:
        """Return the finding ``code`` with the text of the message ``message``; if empty, of the message ``code``."""
        name = message or code
        text, remedy = text_of(name, **params), remedy_of(name, **params)
        return cls(code, severity, text, remedy, tuple(items), plain_params(params))

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Finding:
        """Return a finding that was stored as JSON, in the language in use; in that of the file if it is not known."""
        found = cls(**{**row, "items": tuple(row["items"])})
        said = translated(found.code, found.params, found.message)
        if said is None or str(said) == found.message:
            return found
        return replace(found, message=str(said), remedy=remedy_of(said.code, **said.params) or found.remedy)

    @property
    def level(self) -> str:
        """Return the severity in the language in use."""
        return text_of(f"severity-{self.severity}")

    def __str__(self) -> str:
        """Return two lines: what was found, and how to fix it."""
        said = text_of("finding-line", level=self.level, finding=self.message, name=self.code)
        return f"{said}\n{text_of('fix-line', text=self.remedy)}" if self.remedy else said

    def _repr_html_(self) -> str:
        from ghep.display.html import frame, note

        return frame(note(self.severity, self.code, self.message, self.remedy, self.items))


def three(value: float) -> str:
    """Return a score as text: with three decimals, or with four significant digits below 0.01 and from 1000 on."""
    return number_text(value, ".3f" if value == 0 or 0.01 <= abs(value) < 1000 or value != value else ".4g")


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval from ``low`` to ``high``; ``level`` is 0.95 unless given."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """One measured score: the value, its confidence interval, the number of examples, and whether higher is better."""

    name: str
    value: float
    interval: Interval | None
    n: int
    higher_is_better: bool = True

    def __str__(self) -> str:
        if self.interval is None:
            return f"{three(self.value)} (n={self.n})"
        bounds = listed_plainly([three(self.interval.low), three(self.interval.high)])
        return f"{three(self.value)} [{bounds}] (n={self.n})"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took. ``peak_memory_bytes`` is the peak of the whole process, as the operating system counts it."""

    seconds: float
    peak_memory_bytes: int
    trained_parameters: int
    total_parameters: int
    examples_seen: int
    phases: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase: read, extract, train, evaluate, save."""
    cpu_seconds: float | None = None
    """Processor seconds of all threads; None for a resumed run, where the time before the resumption is not known."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An example that was left out, and why. ``reason`` is a stable code, ``detail`` a sentence."""

    id: str
    reason: str
    detail: str
    path: Path | None = None
