"""Read pretrained word vectors: GloVe, word2vec (text and binary) and fastText (text and binary).

In: a path. Out: ``WordVectors``. The format is detected from the content, not from the name. Such files are sorted by
word frequency, so the first ``most`` words are the most frequent. Index 0 is the unknown word, with a zero vector.
Nothing is unpickled or executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ghep.backbone.fasttext import MAGIC, FastText, read_fasttext
from ghep.backbone.vector_files import (
    HEADER,
    LONGEST_LINE,
    Entry,
    Place,
    binary_entries,
    damaged,
    numbers_at_end,
    text_entries,
)
from ghep.data.text.word_tokens import UNKNOWN, is_cased
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import reason

Format = Literal["glove", "word2vec-text", "word2vec-binary", "fasttext-binary"]

FOREIGN = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x80": "pickle", b"\x89HDF": "hdf5"}
"""First bytes of a file -> a format that is refused."""


@dataclass(frozen=True, eq=False)
class WordVectors:
    """V words and their vectors; the index of a word is its token id. ``words[0]`` is UNKNOWN, ``vectors[0]`` zeros."""

    words: tuple[str, ...]
    vectors: np.ndarray
    """(V, D) float32."""
    cased: bool
    """Whether the words are case-sensitive; if not, texts are lower-cased."""
    format: Format
    skipped: int = 0
    """Number of rows left out: words that are not UTF-8, empty, or duplicates."""


def read_word_vectors(path: Path, *, most: int | None = 400_000) -> WordVectors:
    """Return the first ``most`` words of a file of word vectors (None: all) and their vectors.

    Raises BackboneError for a file that is damaged (with the line or byte), compressed or of an unknown format.

    >>> vectors = read_word_vectors(Path("glove.6B.100d.txt"))  # doctest: +SKIP
    >>> vectors.vectors.shape  # doctest: +SKIP
    (400001, 100)
    """
    path = Path(path)
    if most is not None and most < 1:
        raise BackboneError("vectors-without-words", most=most)
    try:
        kind = _format(path)
        model = read_fasttext(path) if kind == "fasttext-binary" else None
        words, vectors, skipped = _collected(path, _entries(path, kind, model), most)
    except OSError as error:
        raise BackboneError("vectors-unreadable", path=path, error=reason(error)) from error
    return WordVectors(words, vectors, is_cased(words[1:]), kind, skipped)


def _format(path: Path) -> Format:
    with path.open("rb") as file:
        head = file.read(LONGEST_LINE)
    if not head.strip():
        raise BackboneError("vectors-empty", path=path)
    if head.startswith(MAGIC):
        return "fasttext-binary"
    for signature, kind in FOREIGN.items():
        if head.startswith(signature):
            raise BackboneError("vectors-foreign-format", path=path, kind=kind)
    first, _, rest = head.partition(b"\n")
    if header := HEADER.fullmatch(first):
        return "word2vec-binary" if _is_binary(rest, int(header[2])) else "word2vec-text"
    if numbers_at_end(first.rstrip().split(b" ")) == 0:
        raise BackboneError("vectors-unknown-format", path=path, start=repr(first[:40]))
    return "glove"


def _is_binary(rest: bytes, dim: int) -> bool:
    """Whether ``rest``, the content after the header, is in Google's binary format.

    That is the case if its first line is not a row of ``dim`` numbers and it has control characters.
    """
    row = rest.partition(b"\n")[0].rstrip().split(b" ")
    return numbers_at_end(row) < dim and any(byte < 9 or 13 < byte < 32 for byte in rest)


def _entries(path: Path, kind: Format, model: FastText | None) -> Iterator[Entry]:
    if model is not None:
        return model.entries()
    if kind == "word2vec-binary":
        return binary_entries(path)
    return text_entries(path, header=kind == "word2vec-text")


def _collected(path: Path, entries: Iterator[Entry], most: int | None) -> tuple[tuple[str, ...], np.ndarray, int]:
    """Return words (UNKNOWN, then the first ``most`` distinct ones), vectors (V, D) and the number of skipped rows."""
    words, data, skipped = {UNKNOWN: None}, bytearray(), 0
    for place, raw, vector in entries:
        word = _decoded(raw)
        if word is None or word in words:
            skipped += 1
            continue
        if not np.isfinite(vector).all():
            raise damaged(path, place, Message("vectors-not-finite", {"word": f"{word!r:.40}"}))
        data += vector.tobytes() if data else bytes(vector.nbytes) + vector.tobytes()
        words[word] = None
        if most is not None and len(words) > most:
            break
    kept = len(words) - 1
    if kept < max(skipped, 1):
        raise damaged(path, Place("file"), Message("vectors-mostly-unusable", {"kept": kept, "skipped": skipped}))
    return tuple(words), np.frombuffer(data, dtype=np.float32).reshape(len(words), -1), skipped


def _decoded(raw: bytes) -> str | None:
    """Return the word ``raw`` as text; None if it is blank or not UTF-8."""
    try:
        word = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return word if word.strip() else None
