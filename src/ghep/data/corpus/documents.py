r"""Divide the text of a file into documents. In: a text. Out: documents, each with the line it begins in.

A document is what was written as one piece: a review, an article, a speech. Language models read no further than its
end, and it is held out as a whole. Files mark documents in different ways. The first rule of these that fits is used:

    separator   a line "<|endoftext|>" separates documents, as in TinyStories
    article     headings "= Title =" begin documents; "= = Section = =" and "== Section ==" do not, as in WikiText
    paragraph   blank lines separate documents, if at least 1 line in 100 is blank, as in plays, books, BERT's corpora
    line        each line is a document, as in files of reviews or Wikipedia articles

With fewer blank lines than 1 in 100, as where a few reviews are empty, each line is a document. In a folder of many
short files (``files.py``), each file is a document. A rule can be given instead.

Lines end with "\n", "\r\n" or "\r". Other characters that Unicode lists as line ends, such as U+2028 and form feeds,
are part of a line: ``str.splitlines`` would divide one review in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ghep.data.text.loader import MAX_CHARACTERS

Rule = Literal["separator", "article", "paragraph", "line", "file"]
RULES: tuple[Rule, ...] = ("line", "paragraph", "article", "separator", "file")

SEPARATOR = "<|endoftext|>"
BLANK_SHARE = 0.01
"""Share of blank lines from which they separate documents."""
_HEADING = re.compile(r"\s*=\s*(?=[^=\s])[^=]*(?:=[^=]+)*?(?<=[^=\s])\s*=\s*")
"""A title between single equals signs; there may be others within: "= E = mc² ="."""
_SECTION = re.compile(r"\s*=\s*=")
_NEW_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was written as one piece, such as a review or an article."""

    id: str
    """``file:line``, the line in which it begins; for a row of a table, the id of the row."""
    text: str


def documents_in(text: str, rule: Rule | None = None) -> tuple[Rule, list[tuple[int, str]]]:
    """Return the rule, and the documents of a text: the number of the first line, from 1, and the text.

    ``rule`` None: the first rule that fits. White space around a document is removed; blank documents are dropped. A
    document of more than ``MAX_CHARACTERS`` is cut at white space.
    """
    lines = _NEW_LINE.sub("\n", text).split("\n")
    rule = rule or rule_for(lines)
    return rule, [
        (number + piece.count("\n", 0, start), part)
        for number, piece in _pieces(lines, rule)
        for start, part in _of_bounded_length(piece)
    ]


def rule_for(lines: Sequence[str]) -> Rule:
    """Return the first rule that fits the lines of a file."""
    if any(line.strip() == SEPARATOR for line in lines):
        return "separator"
    blank = [not line.strip() for line in lines]
    while blank and blank[-1]:
        blank.pop()
    first = next((at for at, empty in enumerate(blank) if not empty), None)
    if first is None:
        return "line"
    if _begins_article(lines, first):
        return "article"
    return "paragraph" if sum(blank[first:]) >= BLANK_SHARE * len(blank) and any(blank[first:]) else "line"


def _begins_article(lines: Sequence[str], at: int) -> bool:
    """Return whether line ``at`` is a title with a blank line, or the end of the file, on both sides."""
    if not _HEADING.fullmatch(lines[at]) or _SECTION.match(lines[at]):
        return False
    around = (*lines[max(0, at - 1) : at], *lines[at + 1 : at + 2])
    return not any(line.strip() for line in around)


def _pieces(lines: Sequence[str], rule: Rule) -> Iterator[tuple[int, str]]:
    """Yield the number of the first line and the text of each document; blank lines around a document are left out."""
    start, kept = 0, 0  # kept: the line at which the next document begins
    for at, line in enumerate(lines):
        if rule == "line":
            cut, kept = True, at
        elif rule == "paragraph":
            cut, kept = not line.strip(), at + 1
        elif rule == "separator":
            cut, kept = line.strip() == SEPARATOR, at + 1
        else:
            cut, kept = rule == "article" and _begins_article(lines, at), at
        if cut:
            yield from _trimmed(lines, start, at)
            start = kept
    yield from _trimmed(lines, start, len(lines))


def _trimmed(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[int, str]]:
    while start < end and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:end]).strip()
    if text:
        yield start + 1, text


def _of_bounded_length(text: str) -> Iterator[tuple[int, str]]:
    """Yield the start and the text of each part of at most ``MAX_CHARACTERS``, cut at white space if there is any."""
    start = 0
    while len(text) - start > MAX_CHARACTERS:
        end = last_space(text, start + MAX_CHARACTERS // 2, start + MAX_CHARACTERS)
        yield start, text[start:end].strip()
        start = end
    yield start, text[start:].strip()


def last_space(text: str, start: int, end: int) -> int:
    """Return the position after the last line end between ``start`` and ``end``, else after a space, else ``end``."""
    for mark in ("\n", " "):
        found = text.rfind(mark, start, end)
        if found >= 0:
            return found + 1
    return end
