"""Word vectors row by row, from text (GloVe, word2vec, fastText's ``.vec``) and from Google's word2vec binary.

A reader yields ``Entry`` after ``Entry`` and says where a damaged file breaks off, by line or by byte. Nothing that
stands in a header is believed: memory grows with the rows that are really there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ghep.errors import BackboneError

HEADER = re.compile(rb"\s*(\d{1,12}) (\d{1,12})\s*")
"""Words and numbers per word, as word2vec and fastText write them in front; GloVe has no such line."""
LONGEST_LINE = 2**20
LONGEST_WORD = 2**14


class Entry(NamedTuple):
    """One word as the file has it, its vector (D,) float32, and where it stands: "line 7", "byte 1024"."""

    where: str
    word: bytes
    vector: np.ndarray


def damaged(path: Path, where: str, what: str) -> BackboneError:
    """Return the error for a file that is not what it began as."""
    return BackboneError(f"{path}, {where}: {what}", remedy="download the file again and compare its size or checksum")


def text_entries(path: Path, *, header: bool) -> Iterator[Entry]:
    """Yield the rows of ``word number number ...``, behind a line "words numbers" or without one.

    The numbers are the last columns, as a few words have spaces in them (GloVe 840B: "at name@domain.com").
    """
    with path.open("rb") as file:
        promised, dim = _header(path, file) if header else (0, 0)
        rows = 0
        for number, line in _lines(path, file, first=2 if header else 1):
            columns = line.rstrip().split(b" ")
            dim = dim or min(numbers_at_end(columns), len(columns) - 1)
            yield _row(path, f"line {number}", columns, dim)
            rows += 1
    if rows < promised:
        raise damaged(path, "its end", f"its first line promises {promised} words, {rows} came")


def binary_entries(path: Path) -> Iterator[Entry]:
    """Yield what Google's word2vec wrote: a header, then ``word``, a space, D float32 and perhaps a line's end."""
    with path.open("rb") as file:
        promised, dim = _header(path, file)
        size = os.fstat(file.fileno()).st_size
        if promised * (4 * dim + 1) > size:
            what = f"{promised} words of {dim} numbers need at least {promised * (4 * dim + 1)} bytes"
            raise damaged(path, f"byte {size} (its end)", f"its first line promises more: {what}")
        for _ in range(promised):
            where = f"byte {file.tell()}"
            word, data = _word(path, file, where), file.read(4 * dim)
            if len(data) < 4 * dim:
                raise damaged(path, where, f"{4 * dim} bytes of numbers were expected, {len(data)} came")
            yield Entry(where, word, np.frombuffer(data, dtype="<f4"))
        if file.read(LONGEST_WORD).strip():
            raise damaged(
                path, f"byte {file.tell()}", f"more follows the {promised} words that its first line promises"
            )


def numbers_at_end(columns: list[bytes]) -> int:
    """Count the columns at the end of a line that are numbers."""
    count = 0
    while count < len(columns) and _is_number(columns[-1 - count]):
        count += 1
    return count


def _header(path: Path, file: BinaryIO) -> tuple[int, int]:
    match = HEADER.fullmatch(file.readline(LONGEST_LINE))
    if match is None:
        raise damaged(path, "line 1", 'two numbers were expected, "words numbers-per-word"')
    words, dim = int(match[1]), int(match[2])
    if words == 0 or dim == 0:
        raise damaged(path, "line 1", f"it promises {words} words of {dim} numbers")
    return words, dim


def _lines(path: Path, file: BinaryIO, *, first: int) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each line that is not blank."""
    number = first
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise damaged(path, f"line {number}", f"it is longer than {LONGEST_LINE} bytes")
        if line.strip():
            yield number, line
        number += 1


def _row(path: Path, where: str, columns: list[bytes], dim: int) -> Entry:
    word, numbers = columns[:-dim], columns[-dim:]
    # A word may have spaces, but one whose last part is a number is a row with too many of them.
    if not word or (len(word) > 1 and _is_number(word[-1])):
        raise damaged(path, where, f"a word and {dim} numbers were expected, {len(columns)} columns came")
    try:
        with np.errstate(over="ignore"):  # 1e50 becomes infinite, and is refused as that
            vector = np.array([float(number) for number in numbers], dtype=np.float32)
    except ValueError:
        bad = next(number for number in numbers if not _is_number(number))
        raise damaged(path, where, f"a word and {dim} numbers were expected, {bad!r:.40} came among them") from None
    return Entry(where, b" ".join(word), vector)


def _is_number(column: bytes) -> bool:
    try:
        float(column)
    except ValueError:
        return False
    return True


def _word(path: Path, file: BinaryIO, where: str) -> bytes:
    """Read up to the space behind a word, without the line's end that some writers put in front of it."""
    word = bytearray()
    while (byte := file.read(1)) != b" ":
        if not byte or len(word) == LONGEST_WORD:
            raise damaged(path, where, f"a word and a space were expected, none ended within {len(word)} bytes")
        word += byte
    return bytes(word).lstrip(b"\n")
