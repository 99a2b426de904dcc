"""Find test texts that were edited, cut or mixed with markup on their way into a corpus. In: letters. Out: places.

An edit changes the windows of letters around it and leaves the others. A copy counts as found if at least ``SHARE`` of
the windows of a test text lie close together in a document. Only a quarter of all windows is compared, those whose hash
falls into a fixed quarter, which is the same in both texts (Schleimer et al. 2003, doi:10.1145/872757.872770, section
2.2). Windows that many test texts have ("oneofthebest") say nothing and do not count. Texts of fewer than
``MIN_LETTERS`` letters are not searched for: one edit leaves too little of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ghep.data.corpus.letters import WINDOW, Array, HashSet, window_hashes, worth

MIN_LETTERS = 40
SHARE = 0.6
"""Share of the compared windows of a test text that a copy has. One changed letter in 60 leaves 0.8 of them."""
STRETCH = 1.5
"""Length of a copy, at most, in lengths of the test text."""
COMMON = 4
"""Test texts from which a window that all of them have does not count."""
FEWEST = 8
"""Compared windows that a test text needs: with fewer, two phrases in common are half of them."""
_MIX = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class EditedCopies:
    """The compared windows of test texts."""

    windows: HashSet
    """The hashes of all compared windows (W,)."""
    of: tuple[Array, Array]
    """For each window, where its texts begin (W + 1,) in a list of texts, and that list: indices of ``texts``."""
    totals: Array
    """Number of compared windows of each text (T,)."""
    texts: Array
    """The caller's index of each text (T,)."""
    lengths: Array
    """Letters of each text (T,)."""

    @classmethod
    def of_texts(cls, texts: Sequence[tuple[int, Array]]) -> EditedCopies:
        """Return the windows of the texts that are long enough, given as the caller's index and letters (L,)."""
        chosen = [(at, letters) for at, letters in texts if len(letters) > WINDOW and worth(letters) >= MIN_LETTERS]
        own = [np.unique(hashes[_compared(hashes)]) for _, letters in chosen for hashes in [window_hashes(letters)]]
        every = np.concatenate(own) if own else np.zeros(0, dtype=np.uint64)
        text = np.repeat(np.arange(len(chosen)), [len(one) for one in own])
        _, window, times = np.unique(every, return_inverse=True, return_counts=True)
        rare = times[window] < COMMON
        every, text = every[rare], text[rare]
        totals = np.bincount(text, minlength=len(chosen))
        enough = totals[text] >= FEWEST
        every, text = every[enough], text[enough]
        order = np.argsort(every, kind="stable")
        windows = HashSet(every)
        starts = np.searchsorted(every[order], windows.hashes)
        return cls(
            windows,
            (np.append(starts, len(every)), text[order]),
            totals,
            np.array([at for at, _ in chosen], dtype=np.int64),
            np.array([len(letters) for _, letters in chosen], dtype=np.int64),
        )

    def find(self, hashes: Array, starts: Array) -> Iterator[tuple[int, int, int]]:
        """Yield the index of a test text, and the first place and the end of its copy, in documents.

        ``hashes`` are those of all windows of the documents' letters, ``starts`` (N + 1,) the places where documents
        begin. A text is yielded once for each document.
        """
        place = np.flatnonzero(_compared(hashes))
        found, window = self.windows.find(hashes[place])
        place = place[found]
        begin, listed = self.of
        times = begin[window + 1] - begin[window]
        hit = np.repeat(np.arange(len(place)), times)
        nth = np.arange(len(hit)) - np.repeat(np.cumsum(times) - times, times)
        text = listed[begin[window[hit]] + nth]
        document = np.searchsorted(starts, place[hit], side="right") - 1
        # Sorted by document, text and place; a group is one text in one document.
        order = np.lexsort((hit, text, document))
        hit, text, document = hit[order], text[order], document[order]
        new = np.flatnonzero(np.diff(document, prepend=-1) | np.diff(text, prepend=-1))
        sizes = np.diff(np.append(new, len(hit)))
        for group in np.flatnonzero(sizes >= SHARE * self.totals[text[new]]).tolist():
            which = hit[new[group] : new[group] + sizes[group]]
            one = int(text[new[group]])
            copy = _densest(place[which], window[which], STRETCH * self.lengths[one])
            if copy[2] >= SHARE * self.totals[one]:
                yield int(self.texts[one]), copy[0], copy[1] + WINDOW


def _compared(hashes: Array) -> Array:
    """Return which windows are compared: a quarter of them."""
    return np.asarray((hashes * _MIX) >> np.uint64(62) == 0)


def _densest(places: Array, windows: Array, length: float) -> tuple[int, int, int]:
    """Return the first and last place of the stretch of ``length`` with the most windows, and how many differ."""
    best = (0, 0, 0)
    ends = np.searchsorted(places, places + length)
    for start, end in enumerate(ends.tolist()):
        if end - start > best[2]:
            count = len(np.unique(windows[start:end]))
            if count > best[2]:
                best = (int(places[start]), int(places[end - 1]), count)
    return best
