"""What the page shows of a model besides its answers: its tasks, its limits, and its model card in short."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ghep.export.base_predictor import BasePredictor
from ghep.messages import text_of
from ghep.types import Modality

MOST_RATINGS = 10
"""Up to so many ratings are all shown, in their order."""
WARNING = r"^- (?:\*\*(?:warning|error)\*\* `[^`]*`|\*\*info\*\* `not-calibrated`): (.+)$"
"""A finding in a card that a reader of probabilities should know."""


@dataclass(frozen=True)
class TaskFacts:
    """A task as the page shows it."""

    name: str
    kind: str
    """As in ``Task.to_json``: ``classification``, ``multi_label``, ``rating``, ``regression``."""
    classes: tuple[str, ...]
    exclusive: bool

    @property
    def ordered(self) -> bool:
        """Whether all classes are shown, in their order."""
        return self.kind == "rating" and len(self.classes) <= MOST_RATINGS


@dataclass(frozen=True)
class TaskScore:
    """The score of a task that decides between two models, as the model card gives it."""

    split: str
    task: str
    score: str
    value: str
    interval: str
    count: str


@dataclass(frozen=True)
class Card:
    """A model card in short; every part is empty where the card does not have it."""

    title: str = ""
    data: str = ""
    """Markdown: the tables of labels and splits."""
    scores: tuple[TaskScore, ...] = ()
    """Of test, or of valid if there is no test split; one for each task."""
    warnings: tuple[str, ...] = ()
    limits: str = ""
    """Markdown."""
    whole: str = ""
    """Markdown, without the front matter."""


@dataclass(frozen=True)
class Facts:
    """What is served, as far as the page shows it."""

    name: str
    version: str
    modality: Modality
    pairs: bool
    """Whether the model reads pairs of texts."""
    tasks: tuple[TaskFacts, ...]
    card: Card
    explains: bool
    """Whether ``POST /explain`` answers."""
    most_bytes: int
    most_inputs: int
    most_characters: int


def facts_of(
    predictor: BasePredictor,
    *,
    name: str,
    version: str,
    card: str,
    explains: bool,
    most_bytes: int,
    most_inputs: int,
    most_characters: int,
) -> Facts:
    """Return what the page shows of a predictor; ``card`` is its README.md, empty if it has none."""
    tasks = tuple(
        TaskFacts(
            one.name, str(one.to_json().get("kind", "")), predictor.classes(one.name), predictor.exclusive(one.name)
        )
        for one in predictor.described_tasks
    )
    pairs = bool(getattr(predictor.preprocess, "pairs", False))
    limits = {"most_bytes": most_bytes, "most_inputs": most_inputs, "most_characters": most_characters}
    return Facts(name, version, predictor.modality, pairs, tasks, card_of(card), explains, **limits)


def card_of(readme: str) -> Card:
    """Return the parts of a model card (``experiment/card.py``) that the page shows."""
    body = re.sub(r"\A---\n.*?\n---\n", "", readme, flags=re.DOTALL).strip()
    head, *parts = re.split(r"^(## .+)$", body, flags=re.MULTILINE)
    sections = {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}
    found = re.search(r"^# (.+)$", head, flags=re.MULTILINE)
    notes = re.findall(WARNING, sections.get(text_of("card-findings"), ""), re.MULTILINE)
    return Card(
        _plain(found[1]) if found else "",
        sections.get(text_of("card-data"), ""),
        _scores(sections.get(text_of("card-results"), "")),
        tuple(map(_plain, notes)),
        sections.get(text_of("card-limits"), ""),
        body,
    )


def _scores(table: str) -> tuple[TaskScore, ...]:
    """Return the first score of each task on test, or on valid if there is no test."""
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()[2:] if line.startswith("|")]
    every = [TaskScore(*(_plain(cell.strip()) for cell in line)) for line in lines if len(line) == 6]
    splits = [one.split for one in every]
    chosen = "test" if "test" in splits else next(iter(splits), "")
    first: dict[str, TaskScore] = {}
    for one in every:
        if one.split == chosen:
            first.setdefault(one.task, one)
    return tuple(first.values())


def _plain(text: str) -> str:
    """Return the text that was escaped for Markdown when the card was written."""
    return text.replace("\\|", "|").replace("&lt;", "<")
