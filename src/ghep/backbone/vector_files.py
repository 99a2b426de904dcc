"""Read word vectors row by row, from text (GloVe, word2vec, fastText's ``.vec``) and Google's word2vec binary.

In: a path. Out: an ``Entry`` for each row. The error for a damaged file gives the line or byte. The number of rows in a
header is not trusted: memory grows only with the rows that are present.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from ghep.errors import BackboneError
from ghep.messages import Message

HEADER = re.compile(rb"\s*(\d{1,12}) (\d{1,12})\s*")
"""Number of words and numbers per word, the first line of word2vec and fastText files; GloVe has none."""
LONGEST_LINE = 2**20
LONGEST_WORD = 2**14


class Place(NamedTuple):
    """A position in a file: line 7, byte 1024, word 3, the end at byte 2048, or the whole file."""

    unit: Literal["line", "byte", "word", "end", "file"]
    number: int = 0


class Entry(NamedTuple):
    """A word as in the file, its vector (D,) float32, and the position of its row in the file."""

    place: Place
    word: bytes
    vector: np.ndarray


def damaged(path: Path, place: Place, detail: Message) -> BackboneError:
    """Return the BackboneError for a damaged file; ``detail`` says what is wrong at ``place``."""
    return BackboneError("vectors-damaged", path=path, unit=place.unit, number=place.number, detail=detail)


def text_entries(path: Path, *, header: bool) -> Iterator[Entry]:
    """Yield the rows of a text file, ``word number number ...``, with or without a header line.

    The numbers are the last columns, because some words contain spaces (GloVe 840B: "at name@domain.com").
    """
    with path.open("rb") as file:
        promised, dim = _header(path, file) if header else (0, 0)
        rows = 0
        for number, line in _lines(path, file, first=2 if header else 1):
            columns = line.rstrip().split(b" ")
            dim = dim or min(numbers_at_end(columns), len(columns) - 1)
            yield _row(path, Place("line", number), columns, dim)
            rows += 1
    if rows < promised:
        raise damaged(path, Place("file"), Message("vectors-too-few", {"announced": promised, "found": rows}))


def binary_entries(path: Path) -> Iterator[Entry]:
    """Yield the rows of Google's word2vec binary: a header, then word, space, D float32 and an optional newline."""
    with path.open("rb") as file:
        promised, dim = _header(path, file)
        size = os.fstat(file.fileno()).st_size
        if promised * (4 * dim + 1) > size:
            needed = {"words": promised, "dim": dim, "bytes": promised * (4 * dim + 1)}
            raise damaged(path, Place("end", size), Message("vectors-larger-than-file", needed))
        for _ in range(promised):
            place = Place("byte", file.tell())
            word, data = _word(path, file, place), file.read(4 * dim)
            if len(data) < 4 * dim:
                raise damaged(path, place, Message("vectors-truncated", {"expected": 4 * dim, "found": len(data)}))
            yield Entry(place, word, np.frombuffer(data, dtype="<f4"))
        if file.read(LONGEST_WORD).strip():
            raise damaged(path, Place("byte", file.tell()), Message("vectors-trailing-data", {"words": promised}))


def numbers_at_end(columns: list[bytes]) -> int:
    """Return how many columns at the end of a line are numbers."""
    count = 0
    while count < len(columns) and _is_number(columns[-1 - count]):
        count += 1
    return count


def _header(path: Path, file: BinaryIO) -> tuple[int, int]:
    match = HEADER.fullmatch(file.readline(LONGEST_LINE))
    if match is None:
        raise damaged(path, Place("line", 1), Message("vectors-header"))
    words, dim = int(match[1]), int(match[2])
    if words == 0 or dim == 0:
        raise damaged(path, Place("line", 1), Message("vectors-header-empty", {"words": words, "dim": dim}))
    return words, dim


def _lines(path: Path, file: BinaryIO, *, first: int) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of each line that is not blank, numbered from ``first``."""
    number = first
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise damaged(path, Place("line", number), Message("vectors-line-too-long", {"limit": LONGEST_LINE}))
        if line.strip():
            yield number, line
        number += 1


def _row(path: Path, place: Place, columns: list[bytes], dim: int) -> Entry:
    word, numbers = columns[:-dim], columns[-dim:]
    # A word may contain spaces; if its last part is a number, the row has too many numbers.
    if not word or (len(word) > 1 and _is_number(word[-1])):
        raise damaged(path, place, Message("vectors-row-width", {"dim": dim, "columns": len(columns)}))
    try:
        with np.errstate(over="ignore"):  # 1e50 becomes infinity, which the caller refuses
            vector = np.array([float(number) for number in numbers], dtype=np.float32)
    except ValueError:
        bad = next(number for number in numbers if not _is_number(number))
        raise damaged(path, place, Message("vectors-row-number", {"dim": dim, "found": f"{bad!r:.40}"})) from None
    return Entry(place, b" ".join(word), vector)


def _is_number(column: bytes) -> bool:
    try:
        float(column)
    except ValueError:
        return False
    return True


def _word(path: Path, file: BinaryIO, place: Place) -> bytes:
    """Return the next word of ``file``, up to the next space, without the newline that some writers put before it."""
    word = bytearray()
    while (byte := file.read(1)) != b" ":
        if not byte or len(word) == LONGEST_WORD:
            raise damaged(path, place, Message("vectors-word-without-end", {"bytes": len(word)}))
        word += byte
    return bytes(word).lstrip(b"\n")
