"""Find a task's test texts in a corpus. In: documents and test texts. Out: leaks, and the documents without them.

A model that was pretrained on a test text has seen it, and its test score is no longer that of unseen texts. Only
letters and digits are compared, without case and in Unicode's form NFKC, because copies differ in spaces, punctuation,
line ends and how accents are encoded. A test text is found if it is a whole document or stands anywhere in one. Short
texts ("a must see") occur in other texts by chance, so a text of fewer than ``MIN_LETTERS`` letters is found as a whole
document only. A Chinese character counts as ``PER_IDEOGRAPH`` letters, since it says as much as a syllable or a word.

What is dropped are the lines in which a test text stands; a document of one line is dropped as a whole. Reworded or
edited copies are not searched for; ``benchmarks/corpus_leaks.py`` measures which edits hide a copy.

All windows of ``WINDOW`` letters of the corpus are hashed by a polynomial modulo 2 ** 64, with array operations, and
looked up among the first windows of the test texts (Karp and Rabin 1987). A window that is found is compared letter by
letter. A corpus of 20 MB and thousands of test texts take a few seconds.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from ghep.data.corpus.documents import Document
from ghep.data.text.loader import texts_in

Array = np.ndarray[Any, Any]

MIN_LETTERS = 20
"""Fewest letters of a test text that is searched for within longer documents."""
PER_IDEOGRAPH = 2
WINDOW = 10
"""Letters of a window: a text of ``MIN_LETTERS`` Chinese characters' worth has this many."""
BEGINNING = 60
"""Characters of a test text that a leak quotes."""
_AT_ONCE = 1 << 18
"""Characters of the corpus that are compared at a time, so that they stay in the processor's cache."""
_LAST_LETTER = 0x3FFFF
"""There are no letters and digits beyond; this one is none."""
_FACTOR = 0x9E3779B97F4A7C15
"""Odd, and near 2 ** 64 divided by the golden ratio, for good mixing."""
_TABLE_BITS = 20
"""Bits of a hash by which most windows are rejected before they are looked up."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A test text that was found in a document."""

    document: str
    """Id of the document."""
    line: int
    """Line of the document in which the text begins, from 1."""
    text: int
    """Index of the test text, from 0."""
    whole: bool
    """Whether the text is the whole document, rather than a part of it."""
    beginning: str
    """The beginning of the test text."""


def without_leaks(documents: Sequence[Document], texts: Sequence[str]) -> tuple[list[Document], tuple[Leak, ...]]:
    """Return the documents without the lines in which one of ``texts`` stands, and the leaks.

    Leaks are in the order of the documents. Each text of a pair is a text of its own.
    """
    wanted = _Wanted.of(texts)
    if not wanted.short and not wanted.long:
        return list(documents), ()
    kept: list[Document] = []
    leaks: list[Leak] = []
    for batch in _batches(documents):
        found = _found(batch, wanted)
        for at, document in enumerate(batch):
            of_this = found.get(at, [])
            if not of_this:
                kept.append(document)
                continue
            leaks += [
                Leak(document.id, one.first + 1, one.text, one.whole, _beginning(texts[one.text])) for one in of_this
            ]
            bad = {line for one in of_this for line in range(one.first, one.last + 1)}
            lines = [line for number, line in enumerate(document.text.split("\n")) if number not in bad]
            if text := "\n".join(lines).strip():
                kept.append(replace(document, text=text))
    return kept, tuple(leaks)


def letters_of(text: str) -> Array:
    """Return the letters and digits of a text as code points (L,), case folded, accents composed."""
    points = _points(text)
    return points[_are_letters(points)]


def _points(text: str) -> Array:
    """Return the code points (L,) of a text, case folded, accents composed; line ends and zeros stay."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded)
    return np.frombuffer(folded.encode("utf-32-le", "replace"), dtype=np.uint32)


def _are_letters(points: Array) -> Array:
    return np.asarray(_letter_table()[np.minimum(points, _LAST_LETTER)])


@cache
def _letter_table() -> Array:
    return np.fromiter(map(str.isalnum, map(chr, range(_LAST_LETTER + 1))), dtype=bool, count=_LAST_LETTER + 1)


def _worth(letters: Array) -> int:
    """Return the number of letters, of which ideographs and kana count more."""
    ideographs = ((letters >= 0x3040) & (letters <= 0x9FFF)) | ((letters >= 0x20000) & (letters <= 0x3FFFF))
    return len(letters) + (PER_IDEOGRAPH - 1) * int(ideographs.sum())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The test texts, by what is looked up: texts are their indices, letters their code points (L,)."""

    short: Mapping[bytes, Sequence[int]]
    """All letters of a text -> the texts that are found as whole documents only."""
    longest_short: int
    long: Mapping[int, Sequence[tuple[int, Array]]]
    """Hash of the first ``WINDOW`` letters -> the other texts, and their letters."""
    hashes: Array
    """The keys of ``long``, sorted."""
    table: Array
    """Whether a hash may be among them, by its highest bits."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Wanted:
        """Return the test texts that have letters."""
        short: dict[bytes, list[int]] = defaultdict(list)
        long: dict[int, list[tuple[int, Array]]] = defaultdict(list)
        longest = 0
        for at, text in enumerate(texts):
            for letters in map(letters_of, texts_in(text)):
                if len(letters) >= WINDOW and _worth(letters) >= MIN_LETTERS:
                    long[int(_hashes(letters[:WINDOW])[0])].append((at, letters))
                elif len(letters):
                    short[letters.tobytes()].append(at)
                    longest = max(longest, len(letters))
        hashes = np.array(sorted(long), dtype=np.uint64)
        table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        table[_entry(hashes)] = True
        return cls(short, longest, long, hashes, table)


def _batches(documents: Sequence[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        if batch and size + len(document.text) > _AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document.text)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a test text stands in a document: the first and the last line, from 0."""

    text: int
    first: int
    last: int
    whole: bool


def _found(batch: Sequence[Document], wanted: _Wanted) -> dict[int, list[_Match]]:
    """Return a dict, index of a document in ``batch`` -> the test texts in it, in their order."""
    letters, starts, lines = _letters_of_batch(batch)
    found: dict[int, dict[int, _Match]] = defaultdict(dict)

    def add(document: int, text: int, place: int, end: int) -> None:
        whole = place == starts[document] and end == starts[document + 1] - 1
        match = _Match(text, int(lines[place]), int(lines[end - 1]), bool(whole))
        found[document].setdefault(text, match)

    lengths = np.diff(starts) - 1  # of each document, without the zero after it
    for document in np.flatnonzero((lengths > 0) & (lengths <= wanted.longest_short)).tolist():
        place, end = int(starts[document]), int(starts[document + 1]) - 1
        for text in wanted.short.get(letters[place:end].tobytes(), ()):
            add(document, text, place, end)
    hashes = _hashes(letters)
    for place in _among(hashes, wanted).tolist():
        for text, own in wanted.long[int(hashes[place])]:
            end = place + len(own)
            if np.array_equal(letters[place:end], own):
                add(int(np.searchsorted(starts, place, side="right")) - 1, text, place, end)
    return {document: sorted(texts.values(), key=lambda one: one.text) for document, texts in found.items()}


def _letters_of_batch(batch: Sequence[Document]) -> tuple[Array, Array, Array]:
    """Return the letters (L,) of all documents with a zero after each, their starts (N + 1,), and each letter's line.

    A zero is in no test text, so no match crosses from one document to the next.
    """
    points = _points("\0".join(document.text for document in batch) + "\0")
    kept = _are_letters(points) | (points == 0)
    letters = points[kept]
    starts = np.concatenate([[0], np.flatnonzero(letters == 0) + 1])
    lines = np.cumsum(points == ord("\n"))[kept]
    firsts = np.concatenate([[0], lines[starts[1:] - 1]])[:-1]  # line ends before each document
    return letters, starts, lines - np.repeat(firsts, np.diff(starts))


def _hashes(letters: Array) -> Array:
    """Return the hashes (L - WINDOW + 1,) of all windows of ``letters``."""
    wide = letters.astype(np.uint64)
    hashes = np.zeros(max(0, len(letters) - WINDOW + 1), dtype=np.uint64)
    for place in range(WINDOW):
        hashes *= np.uint64(_FACTOR)
        hashes += wide[place : place + len(hashes)]
    return hashes


def _among(hashes: Array, wanted: _Wanted) -> Array:
    """Return the indices of ``hashes`` that are hashes of the wanted texts."""
    likely = np.flatnonzero(wanted.table[_entry(hashes)])
    if not len(wanted.hashes):
        return likely
    place = np.minimum(np.searchsorted(wanted.hashes, hashes[likely]), len(wanted.hashes) - 1)
    return np.asarray(likely[wanted.hashes[place] == hashes[likely]])


def _entry(hashes: Array) -> Array:
    return (hashes >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)


def _beginning(text: str) -> str:
    line = " ".join(text[: 4 * BEGINNING].split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 3]}..."
