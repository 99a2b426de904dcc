"""The values of explained texts, and how they are shown: coloured words, a figure, a page.

In: effects of words, from ``words.py``. Out: HTML for notebooks, ``page.html`` with its figure, JSON and npz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from ghep.display.html import cut, element, faint, frame, heading, together
from ghep.display.look import INK, MUTED, SERIES
from ghep.errors import DataError
from ghep.explanation.output import bundle_name
from ghep.explanation.page import Page, PageFigure, Section, drawn, write_page
from ghep.messages import number_text, text_of
from ghep.storage.text import plain, write_json_atomic
from ghep.types import Finding

if TYPE_CHECKING:
    from ghep.display.figure import NotebookFigure

HOW = {"gradients": "words-how-gradients", "sum": "words-how-sum", "occlusion": "words-how-occlusion"}
FOR, AGAINST = (37, 135, 184), (217, 95, 14)
"""Colours of words for and against the label, mixed into the page: readable on light and on dark pages."""
STRONGEST = 0.55
"""Opacity of the strongest word."""
FAINTEST = 0.05
"""Part of the largest effect below which a word is not coloured."""
SHOWN_WORDS = 12
PLOTTED_WORDS = 8
PLOTTED_TEXTS = 6
LISTED = 20
"""Words that were not read that are listed."""
ROW = 0.24
WIDTH = 7.2
LONGEST_WORD = 24


@dataclass(frozen=True)
class Word:
    """A word of the original text, and its effect on the score."""

    text: str
    start: int
    end: int
    effect: float
    read: bool = True
    """False if the text was cut before this word."""


@dataclass(frozen=True)
class ExplainedText:
    """The effects of the words of one text; ``problem`` says why there are none."""

    name: str
    text: str
    label: str = ""
    """The class that is explained; the task's name for a number."""
    predicted: str = ""
    top: tuple[tuple[str, float], ...] = ()
    """The most probable classes with their probabilities; (task, number) for a number."""
    score: float = float("nan")
    """Log-odds of the label, or the number in the units of the labels."""
    base: float = float("nan")
    """The score of a text that says nothing."""
    words: tuple[Word, ...] = ()
    rest: float = 0.0
    """The effect of what is not a word of the text, such as special tokens."""
    how: str = ""
    """``gradients``, ``sum`` or ``occlusion``."""
    steps: int = 0
    gap: float = float("nan")
    """The change of the score that the effects do not account for, divided by the change."""
    baseline: str = ""
    """The token at the place of each token in the text that says nothing; empty: a zero vector."""
    tokens: tuple[float, ...] = ()
    """The effect of each position that the network reads (L,), before it is summed to words."""
    limit: int = 0
    problem: str = ""

    @property
    def unread(self) -> tuple[Word, ...]:
        """The words behind the limit of the network."""
        return tuple(word for word in self.words if not word.read)

    def strongest(self, count: int) -> tuple[Word, ...]:
        """Return the ``count`` words with the largest effects of either sign, the largest first."""
        return tuple(sorted(self.words, key=lambda word: -abs(word.effect))[:count])

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        return {**asdict(self), "unread": [word.text for word in self.unread]}


@dataclass(frozen=True)
class TextExplanation:
    """The explained texts of one call. Notebooks show them as coloured words."""

    model: str
    texts: tuple[ExplainedText, ...]
    numeric: bool = False
    """Whether scores are numbers of a regression task; otherwise they are log-odds."""

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def __getitem__(self, place: int) -> ExplainedText:
        """Return the explanation of one text."""
        return self.texts[place]

    @property
    def name(self) -> str:
        """The model's name in titles: of a bundle, the name of its run."""
        return bundle_name(self.model)

    @property
    def problems(self) -> dict[str, str]:
        """Name of each text that cannot be used -> why."""
        return {one.name: one.problem for one in self.texts if one.problem}

    @property
    def largest(self) -> float:
        """The largest effect of a word, by which all texts are coloured."""
        return max((abs(word.effect) for one in self.texts for word in one.words), default=0.0)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return a warning if texts were cut, with the names of these texts."""
        cut_ = [one for one in self.texts if one.unread]
        if not cut_:
            return ()
        words = sum(len(one.unread) for one in cut_)
        names, limit = [one.name for one in cut_], cut_[0].limit
        return (Finding.of("words-not-read", "warning", items=names, count=len(cut_), words=words, limit=limit),)

    def lines(self) -> list[str]:
        """Return the answer for each text and its strongest words, as lines for a terminal."""
        return [
            f"{one.name}\t{text_of('explain-unreadable', cause=one.problem) if one.problem else _lead(one, self)}"
            for one in self.texts
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the explanations as plain values."""
        return {
            "model": self.model,
            "numeric": self.numeric,
            "texts": [one.to_json() for one in self.texts],
            "problems": self.problems,
            "findings": [{"code": one.code, "severity": one.severity, "message": one.message} for one in self.findings],
        }

    def plot(self) -> NotebookFigure:
        """Return a figure with the strongest words of each text; raise DataError if no text could be explained."""
        return words_figure(self)

    def save(self, folder: Path | str) -> Path:
        """Write ``page.html``, ``figures/``, ``words.json`` and ``tokens.npz``; return the path of the page."""
        return write_words(self, Path(folder))

    def _repr_html_(self) -> str:
        return words_html(self)


def words_html(found: TextExplanation) -> str:
    """Return the texts with coloured words, for a notebook."""
    parts = [
        together(heading(_answer(one, found), one.name), coloured(one, found.largest), *map(faint, _notes(one, found)))
        for one in found.texts
    ]
    return frame(*parts, legend(found))


def coloured(one: ExplainedText, largest: float) -> Markup:
    """Return the text as HTML: words for the label on blue, words against it on orange and underlined.

    The opacity is the size of the effect divided by ``largest``. Words that were not read are crossed out.
    """
    return element("p", *_parts(one, largest), style="line-height:1.9;max-width:46rem", dir="auto")


def _parts(one: ExplainedText, largest: float) -> Iterator[object]:
    end = 0
    for word in one.words:
        yield one.text[end : word.start]
        yield _word(word, largest)
        end = word.end
    yield one.text[end:]


def _word(word: Word, largest: float) -> object:
    if not word.read:
        return element("s", word.text, style="opacity:.6", title=text_of("words-behind-limit"))
    share = abs(word.effect) / largest if largest else 0.0
    shown = number_text(word.effect, "+.3g")
    if share < FAINTEST:
        return element("span", word.text, title=shown)
    red, green, blue = FOR if word.effect > 0 else AGAINST
    style = f"background:rgba({red},{green},{blue},{STRONGEST * share:.2f});border-radius:.2em;padding:.1em .1em"
    style += "" if word.effect > 0 else ";text-decoration:underline;text-underline-offset:.25em"
    return element("span", word.text, style=style, title=shown)


def legend(found: TextExplanation) -> Markup:
    """Return what the colours mean, and the effect of the strongest colour."""
    largest = number_text(found.largest, ".3g")
    words = [Word(text_of("words-for"), 0, 0, 1.0), Word(text_of("words-against"), 0, 0, -1.0)]
    unit = text_of("words-scale-number" if found.numeric else "words-scale", largest=largest)
    return element("p", _word(words[0], 1.0), " ", _word(words[1], 1.0), " ", faint(unit))


def words_figure(found: TextExplanation) -> NotebookFigure:
    """Return bars of the strongest words of each text, on one scale."""
    shown = [one for one in found.texts if one.words][:PLOTTED_TEXTS]
    if not shown:
        raise DataError("words-nothing-to-plot")
    rows = [min(PLOTTED_WORDS, len(one.words)) for one in shown]
    size = (WIDTH, sum(ROW * count + 0.55 for count in rows) + 0.3)
    title = text_of("words-title", model=found.name)
    from ghep.display.figure import painted

    def paint(figure: Any) -> None:
        axes = figure.subplots(len(shown), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": rows})[:, 0]
        figure.subplots_adjust(
            0.26, 0.42 / size[1], 0.96, 1 - 0.3 / size[1], hspace=0.6 / (sum(rows) / len(rows) * ROW)
        )
        for one, place in zip(shown, axes, strict=True):
            _bars(place, one, found)
        axes[-1].set_xlabel(text_of("words-axis-number" if found.numeric else "words-axis"))

    return painted(title, size, paint, name="words")


def _bars(axes: Any, one: ExplainedText, found: TextExplanation) -> None:
    words = one.strongest(PLOTTED_WORDS)[::-1]
    effects = [word.effect for word in words]
    axes.barh(range(len(words)), effects, color=[SERIES[0] if effect > 0 else SERIES[1] for effect in effects])
    axes.axvline(0, color=MUTED, linewidth=0.7)
    axes.set_yticks(range(len(words)), [cut(word.text, LONGEST_WORD) for word in words])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_title(cut(f"{_answer(one, found)}: {' '.join(one.text.split())}", 80), loc="left", fontsize=8, color=INK)


def write_words(found: TextExplanation, folder: Path) -> Path:
    """Write the page, its figure, the words as JSON and the effects of tokens as npz; return the path of the page."""
    path = write_page(words_page(found), folder)
    write_json_atomic(folder / "words.json", plain(found.to_json()))
    arrays: dict[str, Any] = {f"text_{place:03d}": np.array(one.tokens) for place, one in enumerate(found.texts)}
    np.savez(folder / "tokens.npz", **arrays)
    return path


def words_page(found: TextExplanation) -> Page:
    """Return the page of explained texts."""
    usable = [one for one in found.texts if one.words]
    lead = _lead(usable[0], found) if len(usable) == 1 else text_of("words-lead", count=len(found.texts))
    figures: list[PageFigure] = []
    if usable:
        shown = text_of("words-figure-caption", texts=min(len(usable), PLOTTED_TEXTS))
        figures = [drawn("words", text_of("words-figure"), shown, words_figure(found))]
    caveat = text_of("words-caveat-number" if found.numeric else "words-caveat")
    sections = [_section(one, found) for one in found.texts]
    strongest = Section(text_of("words-figure"), figures=figures, caveat=caveat)
    title = text_of("words-title", model=found.name)
    return Page(
        title, str(found.model), lead, findings=found.findings, sections=[*sections, *([strongest] if usable else [])]
    )


def _section(one: ExplainedText, found: TextExplanation) -> Section:
    title = f"{cut(one.name, 60)}: {_answer(one, found)}"
    if not one.words:
        return Section(title, _notes(one, found))
    words = one.strongest(SHOWN_WORDS)
    rows = [
        (cut(word.text), number_text(word.effect, "+.3f"))
        for word in words
        if abs(word.effect) >= FAINTEST * found.largest
    ]
    header = (text_of("words-column-word"), text_of("words-column-effect", label=one.label))
    return Section(
        title,
        _notes(one, found),
        fragments=[coloured(one, found.largest), legend(found)],
        header=header,
        rows=rows,
        numbers=[1],
    )


def _answer(one: ExplainedText, found: TextExplanation) -> str:
    """Return the prediction in a few words, and the label that is explained if it is another."""
    if one.problem:
        return text_of("words-unusable")
    name, value = one.top[0]
    if found.numeric:
        return text_of("words-number", task=name, number=number_text(one.score, ".4g"))
    probability = number_text(value, ".2f")
    if one.label == one.predicted:
        return text_of("words-predicted", label=name, probability=probability)
    return text_of("words-predicted-other", label=name, probability=probability, other=one.label)


def _lead(one: ExplainedText, found: TextExplanation) -> str:
    words = [word for word in one.strongest(SHOWN_WORDS) if any(map(str.isalnum, word.text))]
    pro = [word.text for word in words if word.effect >= FAINTEST * found.largest][:3]
    con = [word.text for word in words if word.effect <= -FAINTEST * found.largest][:3]
    return text_of("words-lead-one", answer=_answer(one, found), pro=pro, pros=len(pro), con=con, cons=len(con))


def _notes(one: ExplainedText, found: TextExplanation) -> list[str]:
    """Return the sentences about one text: how it was explained, what adds up, what was not read."""
    if one.problem:
        return [one.problem]
    if not one.words:
        return [text_of("words-none")]
    change = number_text(one.score - one.base, "+.3f")
    told = {
        "change": change,
        "gap": number_text(100 * one.gap, ".2g"),
        "steps": one.steps,
        "baseline": one.baseline or "none",
    }
    kind = "number" if found.numeric else "log-odds"
    base, score = number_text(one.base, ".3f"), number_text(one.score, ".3f")
    notes = [text_of(HOW[one.how], label=one.label, kind=kind, base=base, score=score, **told)]
    if abs(one.rest) >= FAINTEST * found.largest:
        notes.append(text_of("words-rest", effect=number_text(one.rest, "+.3f")))
    if one.unread:
        listed = [word.text for word in one.unread[:LISTED]]
        more = len(one.unread) - len(listed)
        notes.append(text_of("words-truncated", count=len(one.unread), limit=one.limit, words=listed, more=more))
    return notes
