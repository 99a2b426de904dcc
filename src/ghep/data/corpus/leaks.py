"""Find a task's test texts in a corpus. In: documents and test texts. Out: leaks, and the documents without them.

A model that was pretrained on a test text has seen it, and its test score is no longer that of unseen texts. A test
text is found if its letters (``letters.py``) are those of a whole document, or of any part of one. Short texts ("a must
see") occur in other texts by chance, so a text of fewer than ``MIN_LETTERS`` letters is found as a whole document only.
Longer texts are also found where they were edited or cut (``edited_copies.py``).

What is dropped are the lines in which a test text stands; a document of one line is dropped as a whole. Reworded copies
are not searched for. ``benchmarks/corpus_leaks.py`` measures which edits hide a copy, and false alarms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ghep.data.corpus.documents import Document
from ghep.data.corpus.edited_copies import EditedCopies
from ghep.data.corpus.letters import (
    WINDOW,
    Array,
    HashSet,
    Letters,
    letters_of,
    letters_of_all,
    window_hashes,
    worth,
)
from ghep.data.text.loader import texts_in
from ghep.errors import ConfigError

How = Literal["whole", "part", "edited"]

MIN_LETTERS = 20
"""Fewest letters of a test text that is searched for within longer documents."""
BEGINNING = 60
"""Characters of a test text that a leak quotes."""
_AT_ONCE = 1 << 18
"""Characters of the corpus that are compared at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A test text that was found in a document."""

    document: str
    """Id of the document."""
    line: int
    """Line of the document in which the text begins, from 1."""
    text: int
    """Index of the test text, from 0."""
    how: How
    """Whether the text is the whole document, a part of it, or a part of it with edits."""
    beginning: str
    """The beginning of the test text."""


def texts_to_exclude(given: Any) -> tuple[str, ...]:
    """Return ``given``, the test texts of a task, as a tuple; a pair of texts (``TextPair``) is one of them.

    Raises ConfigError for anything that is not several texts. A text or a path would be read letter by letter, and a
    table as the names of its columns: nothing would be left out of the corpus, and nothing would say so.
    """
    if isinstance(given, str | bytes | Path | Mapping) or hasattr(given, "columns"):
        raise ConfigError("corpus-exclude-invalid", found=type(given).__name__)
    texts = tuple(given)
    for text in texts:
        if not isinstance(text, str):
            raise ConfigError("corpus-exclude-invalid", found=f"{type(text).__name__} in {type(given).__name__}")
    return texts


def without_leaks(documents: Sequence[Document], texts: Sequence[str]) -> tuple[list[Document], tuple[Leak, ...]]:
    """Return the documents without the lines in which one of ``texts`` stands, and the leaks.

    Leaks are in the order of the documents. Each text of a pair is a text of its own.
    """
    sides = [(at, letters_of(side)) for at, text in enumerate(texts) for side in texts_in(text)]
    wanted = [(at, letters) for at, letters in sides if len(letters)]
    if not wanted:
        return list(documents), ()
    exact, edited = _Exact.of(wanted), EditedCopies.of_texts(wanted)
    kept: list[Document] = []
    leaks: list[Leak] = []
    for batch in _batches(documents):
        found = _found(letters_of_all([document.text for document in batch]), exact, edited)
        for at, document in enumerate(batch):
            of_this = found.get(at, [])
            if not of_this:
                kept.append(document)
                continue
            leaks += [
                Leak(document.id, one.first + 1, one.text, one.how, _beginning(texts[one.text])) for one in of_this
            ]
            bad = {line for one in of_this for line in range(one.first, one.last + 1)}
            lines = [line for number, line in enumerate(document.text.split("\n")) if number not in bad]
            if text := "\n".join(lines).strip():
                kept.append(replace(document, text=text))
    return kept, tuple(leaks)


@dataclass(frozen=True, slots=True)
class _Exact:
    """The test texts, by what is looked up: texts are their indices, letters their code points (L,)."""

    short: Mapping[bytes, Sequence[int]]
    """All letters of a text -> the texts that are found as whole documents only."""
    longest_short: int
    long: Mapping[int, Sequence[tuple[int, Array, int]]]
    """Hash of a window -> the other texts, their letters, and the place of the window in them: the window that is in
    the fewest test texts, because thousands may begin alike."""
    hashes: HashSet

    @classmethod
    def of(cls, texts: Sequence[tuple[int, Array]]) -> _Exact:
        """Return the test texts, each with its index."""
        short: dict[bytes, list[int]] = defaultdict(list)
        long: dict[int, list[tuple[int, Array, int]]] = defaultdict(list)
        searched = []
        for at, letters in texts:
            if len(letters) >= WINDOW and worth(letters) >= MIN_LETTERS:
                searched.append((at, letters, window_hashes(letters)))
            else:
                short[letters.tobytes()].append(at)
        if searched:
            _, window, times = np.unique(
                np.concatenate([hashes for _, _, hashes in searched]), return_inverse=True, return_counts=True
            )
            ends = np.cumsum([len(hashes) for _, _, hashes in searched])
            for (at, letters, hashes), frequency in zip(searched, np.split(times[window], ends[:-1]), strict=True):
                rarest = int(np.argmin(frequency))
                long[int(hashes[rarest])].append((at, letters, rarest))
        longest = max((len(letters) for letters in short), default=0) // np.dtype(np.uint32).itemsize
        return cls(short, longest, long, HashSet(np.array(list(long), dtype=np.uint64)))


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a test text stands in a document: the first and the last line, from 0."""

    text: int
    first: int
    last: int
    how: How


def _found(batch: Letters, exact: _Exact, edited: EditedCopies) -> dict[int, list[_Match]]:
    """Return a dict, index of a document in ``batch`` -> the test texts in it, in their order."""
    letters, starts, lines = batch
    found: dict[int, dict[int, _Match]] = defaultdict(dict)

    def add(text: int, place: int, end: int, how: How) -> None:
        document = int(np.searchsorted(starts, place, side="right")) - 1
        if how == "part" and place == starts[document] and end == starts[document + 1] - 1:
            how = "whole"
        found[document].setdefault(text, _Match(text, int(lines[place]), int(lines[end - 1]), how))

    lengths = np.diff(starts) - 1  # of each document, without the zero after it
    for document in np.flatnonzero((lengths > 0) & (lengths <= exact.longest_short)).tolist():
        place, end = int(starts[document]), int(starts[document + 1]) - 1
        for text in exact.short.get(letters[place:end].tobytes(), ()):
            add(text, place, end, "whole")
    hashes = window_hashes(letters)
    for place in exact.hashes.find(hashes)[0].tolist():
        for text, own, before in exact.long[int(hashes[place])]:
            start, end = place - before, place - before + len(own)
            if start >= 0 and np.array_equal(letters[start:end], own):
                add(text, start, end, "part")
    for text, place, end in edited.find(hashes, starts):
        add(text, place, end, "edited")
    return {document: sorted(texts.values(), key=lambda one: one.text) for document, texts in found.items()}


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


def _beginning(text: str) -> str:
    line = " ".join(text[: 4 * BEGINNING].split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 3]}..."
