"""The letters of texts, and hashes of their windows. In: texts. Out: arrays of code points and of hashes.

Copies of a text differ in spaces, punctuation, line ends, case and in how accents are encoded, so only letters and
digits are compared, case folded, in Unicode's form NFKC. All windows of ``WINDOW`` letters are hashed by a polynomial
modulo 2 ** 64, with array operations (Karp and Rabin 1987).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

PER_IDEOGRAPH = 2
"""Letters that a Chinese or Japanese character counts as, since it says as much as a syllable or a word."""
WINDOW = 10
_LAST_LETTER = 0x3FFFF
"""There are no letters and digits beyond; this one is none."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd, and near 2 ** 64 divided by the golden ratio, for good mixing."""
_TABLE_BITS = 20


class Letters(NamedTuple):
    """The letters of several texts, with a zero after each text, which is no letter."""

    points: Array
    """Code points (L,)."""
    starts: Array
    """(N + 1,): where each text begins in ``points``."""
    lines: Array
    """(L,): the line of its text that each letter is in, from 0."""


def letters_of(text: str) -> Array:
    """Return the letters and digits of a text as code points (L,)."""
    points = _points(text)
    return points[_are_letters(points)]


def letters_of_all(texts: Sequence[str]) -> Letters:
    """Return the letters of several texts."""
    points = _points("\0".join(texts) + "\0")
    kept = _are_letters(points) | (points == 0)
    letters = points[kept]
    starts = np.concatenate([[0], np.flatnonzero(letters == 0) + 1])
    lines = np.cumsum(points == ord("\n"))[kept]
    firsts = np.concatenate([[0], lines[starts[1:] - 1]])[:-1]  # line ends before each text
    return Letters(letters, starts, lines - np.repeat(firsts, np.diff(starts)))


def worth(letters: Array) -> int:
    """Return the number of letters, of which ideographs and kana count ``PER_IDEOGRAPH`` times."""
    ideographs = ((letters >= 0x3040) & (letters <= 0x9FFF)) | ((letters >= 0x20000) & (letters <= 0x3FFFF))
    return len(letters) + (PER_IDEOGRAPH - 1) * int(ideographs.sum())


def window_hashes(letters: Array) -> Array:
    """Return the hashes (L - WINDOW + 1,) uint64 of all windows of ``letters`` (L,)."""
    wide = letters.astype(np.uint64)
    hashes = np.zeros(max(0, len(letters) - WINDOW + 1), dtype=np.uint64)
    for place in range(WINDOW):
        hashes *= _FACTOR
        hashes += wide[place : place + len(hashes)]
    return hashes


class HashSet:
    """A set of hashes in which many others are looked up: most are rejected by a table of their highest bits."""

    def __init__(self, hashes: Array) -> None:
        self.hashes = np.unique(hashes.astype(np.uint64))
        """(S,), sorted."""
        self._table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self._table[_high_bits(self.hashes)] = True

    def find(self, hashes: Array) -> tuple[Array, Array]:
        """Return the indices of ``hashes`` that are in the set, and their places in ``self.hashes``."""
        likely = np.flatnonzero(self._table[_high_bits(hashes)])
        if not len(self.hashes):
            return likely, likely
        place = np.minimum(np.searchsorted(self.hashes, hashes[likely]), len(self.hashes) - 1)
        found = self.hashes[place] == hashes[likely]
        return likely[found], place[found]


def _high_bits(hashes: Array) -> Array:
    return (hashes >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)


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
