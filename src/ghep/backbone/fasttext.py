"""Read fastText's binary format, in which a word's vector is the mean of its row and the rows of its character n-grams.

Source: arXiv:1607.04606. Layout, little-endian, as written by fastText's ``saveModel``: magic and version; twelve int32
and a double of arguments; the dictionary (counts, then per entry a zero-terminated word, an int64 count and an int8
type, words before labels); a flag for quantised matrices; int64 rows and columns; and the rows, float32: one per word,
then one per bucket of n-grams. The output matrix after them is not read. The rows are memory-mapped, because
the buckets of the published models alone are 2.4 GB.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghep.backbone.vector_files import Entry, Place, damaged
from ghep.errors import BackboneError
from ghep.messages import Message

MAGIC = struct.pack("<i", 793712314)
VERSIONS = (11, 12)
SUPERVISED = 3
END_OF_LINE = b"</s>"
"""Token for the end of a line; the only word without n-grams."""
CHUNK = 1024
"""Words per chunk: the rows of their n-grams take about 30 MB at 300 dimensions."""


@dataclass(frozen=True, eq=False)
class FastText:
    """The input matrix of a model: ``rows`` (words + buckets, D) float32, memory-mapped."""

    words: tuple[bytes, ...]
    rows: np.ndarray
    shortest: int
    longest: int
    """Range of n-gram lengths in characters; a ``longest`` of 0 means no n-grams."""

    @property
    def buckets(self) -> int:
        """Number of hash buckets: rows of the matrix that the character n-grams share."""
        return len(self.rows) - len(self.words)

    def entries(self) -> Iterator[Entry]:
        """Yield each word with its vector, the mean of the word's own row and the rows of its n-grams."""
        for start in range(0, len(self.words), CHUNK):
            words = self.words[start : start + CHUNK]
            places = range(start, start + len(words))
            for place, word, vector in zip(places, words, self._means(words, places), strict=True):
                yield Entry(Place("word", place + 1), word, vector)

    def _means(self, words: Sequence[bytes], own: Sequence[int]) -> np.ndarray:
        word, bucket = ngrams(words, shortest=self.shortest, longest=self.longest, buckets=self.buckets)
        word = np.concatenate([np.arange(len(own)), word])
        rows = np.concatenate([np.asarray(own, dtype=np.int64), len(self.words) + bucket])
        order = np.argsort(word, kind="stable")
        present, starts, counts = np.unique(word[order], return_index=True, return_counts=True)
        means = np.zeros((len(words), self.rows.shape[1]), dtype=np.float32)
        if len(present):
            with np.errstate(all="ignore"):  # the caller refuses rows that are not finite
                means[present] = np.add.reduceat(self.rows[rows[order]], starts, axis=0) / counts[:, None]
        return means


def read_fasttext(path: Path) -> FastText:
    """Memory-map a fastText model; raise BackboneError if it is pruned, quantised or truncated."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _parsed(path, data)
    except struct.error:
        raise damaged(path, Place("end", len(data)), Message("fasttext-ends-in-dictionary")) from None


def _parsed(path: Path, data: mmap.mmap) -> FastText:
    version, dim = struct.unpack_from("<ii", data, 4)
    if version not in VERSIONS:
        raise BackboneError("fasttext-version", path=path, version=version)
    model, buckets, shortest, longest = struct.unpack_from("<iiii", data, 8 + 4 * 7)
    if version == 11 and model == SUPERVISED:
        longest = 0  # as in fastText: these models were trained without n-grams, whatever their arguments say
    words, at = _dictionary(path, data, 8 + 4 * 12 + 8)
    (quantised,) = struct.unpack_from("<?", data, at)
    if quantised:
        raise _compressed(path, "quantised")
    rows, columns = struct.unpack_from("<qq", data, at + 1)
    if rows != len(words) + buckets or columns != dim or rows < 1 or dim < 1 or buckets < 0:
        detail = Message(
            "fasttext-matrix-size",
            {"words": len(words), "buckets": buckets, "dim": dim, "rows": rows, "columns": columns},
        )
        raise damaged(path, Place("byte", at + 1), detail)
    if at + 17 + 4 * rows * columns > len(data):
        detail = Message("fasttext-matrix-truncated", {"rows": rows, "columns": columns})
        raise damaged(path, Place("end", len(data)), detail)
    numbers = np.frombuffer(data, dtype="<f4", count=rows * columns, offset=at + 17)
    return FastText(words, numbers.reshape(rows, columns), shortest, min(longest, 64) if buckets else 0)


def _dictionary(path: Path, data: mmap.mmap, at: int) -> tuple[tuple[bytes, ...], int]:
    """Return the words in the dictionary that starts at byte ``at``, and the position of the byte after it."""
    size, num_words, num_labels, _, pruned = struct.unpack_from("<iiiqq", data, at)
    if pruned >= 0:
        raise _compressed(path, "pruned")
    if num_words < 0 or num_labels < 0 or size != num_words + num_labels:
        counts = {"entries": size, "words": num_words, "labels": num_labels}
        raise damaged(path, Place("byte", at), Message("fasttext-dictionary-counts", counts))
    at += 28
    words = []
    for place in range(size):
        end = data.find(b"\0", at)
        if end < 0:
            detail = Message("fasttext-dictionary-truncated", {"found": place, "entries": size})
            raise damaged(path, Place("byte", at), detail)
        if place < num_words:
            words.append(data[at:end])
        at = end + 10
    return tuple(words), at


def _compressed(path: Path, how: str) -> BackboneError:
    return BackboneError("fasttext-compressed", path=path, how=how)


def ngrams(words: Sequence[bytes], *, shortest: int, longest: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the word index and the bucket, both (G,) int64, of each of the G character n-grams of all "<word>"s.

    The hash is 32-bit FNV-1a over UTF-8 bytes, except that bytes from 128 on are sign-extended and so flip the upper
    24 bits: fastText hashes signed chars, and its models depend on it.
    """
    letters, owner = _letters(words)
    found_words, found_hashes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint32)]
    hashes = np.full(len(owner), 2166136261, dtype=np.uint32)
    first = np.diff(owner, prepend=-1) > 0
    last = np.diff(owner, append=len(words)) > 0
    for n in range(1, longest + 1 if buckets else 0):
        if n > len(owner):
            break
        starts = len(owner) - n + 1
        hashes = _hashed_on(hashes[:starts], letters[n - 1 :])
        keep = owner[:starts] == owner[n - 1 :]
        if n == 1:
            keep = keep & ~first & ~last  # the brackets alone are not n-grams
        if n >= shortest:
            found_words.append(owner[:starts][keep])
            found_hashes.append(hashes[keep])
    return np.concatenate(found_words), np.concatenate(found_hashes).astype(np.int64) % max(buckets, 1)


def _letters(words: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Return the T characters of all words, each written as "<word>", and the index of each character's word (T,).

    A character is a row of its 1 to 4 UTF-8 bytes, (T, 1 to 4) int16, padded with -1.
    """
    text = b"".join(b"" if word == END_OF_LINE else b"<" + word + b">" for word in words)
    sizes = [0 if word == END_OF_LINE else len(word) + 2 for word in words]
    data = np.frombuffer(text, dtype=np.uint8)
    begins = np.flatnonzero((data & 0xC0) != 0x80)  # first bytes of characters, not continuation bytes
    lengths = np.diff(begins, append=len(data))
    letters = np.full((len(begins), int(lengths.max(initial=0))), -1, dtype=np.int16)
    for byte in range(letters.shape[1]):
        has = lengths > byte
        letters[has, byte] = data[begins[has] + byte]
    return letters, np.repeat(np.arange(len(words)), sizes)[begins]


def _hashed_on(hashes: np.ndarray, letters: np.ndarray) -> np.ndarray:
    """Return the FNV-1a hashes (T,) uint32 after each has been extended by one character, a row of ``letters``."""
    for byte in letters.T:
        signed = byte.astype(np.uint8).astype(np.int8).astype(np.int32).view(np.uint32)
        hashes = np.where(byte >= 0, (hashes ^ signed) * np.uint32(16777619), hashes)
    return hashes
