"""Pretrained word vectors, from whichever format a file is in: GloVe, word2vec (text and binary), fastText (both).

The format is told by the content, never by the name. Files are sorted by frequency, so the first ``most`` words are the
ones that matter. Place 0 is the unknown word's, with a vector of zeros. Nothing is unpickled and nothing is run.
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
    binary_entries,
    damaged,
    numbers_at_end,
    text_entries,
)
from ghep.data.text.word_tokens import UNKNOWN, is_cased
from ghep.errors import BackboneError
from ghep.storage.text import reason

Format = Literal["glove", "word2vec-text", "word2vec-binary", "fasttext-binary"]

FOREIGN = {
    b"\x1f\x8b": ("packed with gzip", "unpack it first: gunzip FILE"),
    b"PK\x03\x04": ("a zip archive", "unpack it first, and pass the file of vectors in it"),
    b"\x80": ("a pickle, which could run anything", "save it with gensim's save_word2vec_format and pass that"),
    b"\x89HDF": ("an HDF5 file", "pass the text or binary file of vectors it was made from"),
}


@dataclass(frozen=True, eq=False)
class WordVectors:
    """V words and their vectors; ``words[0]`` is UNKNOWN and ``vectors[0]`` zeros, so a word's place is its id."""

    words: tuple[str, ...]
    vectors: np.ndarray
    """(V, D) float32."""
    cased: bool
    """Whether upper case means anything; where not, texts are lowered."""
    format: Format
    skipped: int = 0
    """Rows left out: a word that is not UTF-8, that is empty, or that stood before."""


def read_word_vectors(path: Path, *, most: int | None = 400_000) -> WordVectors:
    """Read the first ``most`` words of a file of word vectors (None: all of them).

    BackboneError, with the line or byte, for a file that is damaged, compressed, or of no known format.

    >>> vectors = read_word_vectors(Path("glove.6B.100d.txt"))  # doctest: +SKIP
    >>> vectors.vectors.shape  # doctest: +SKIP
    (400001, 100)
    """
    path = Path(path)
    if most is not None and most < 1:
        raise BackboneError(f"at most {most} words leave none", remedy="ask for 1 or more, or None for all")
    try:
        kind = _format(path)
        model = read_fasttext(path) if kind == "fasttext-binary" else None
        words, vectors, skipped = _collected(path, _entries(path, kind, model), most)
    except OSError as error:
        raise BackboneError(
            f"{path} cannot be read ({reason(error)})", remedy="check the path and its rights"
        ) from error
    return WordVectors(words, vectors, is_cased(words[1:]), kind, skipped)


def _format(path: Path) -> Format:
    with path.open("rb") as file:
        head = file.read(LONGEST_LINE)
    if not head.strip():
        raise BackboneError(f"{path} is empty", remedy="pass a file of word vectors")
    if head.startswith(MAGIC):
        return "fasttext-binary"
    for signature, (what, remedy) in FOREIGN.items():
        if head.startswith(signature):
            raise BackboneError(f"{path} is {what}", remedy=remedy)
    first, _, rest = head.partition(b"\n")
    if header := HEADER.fullmatch(first):
        return "word2vec-binary" if _is_binary(rest, int(header[2])) else "word2vec-text"
    if numbers_at_end(first.rstrip().split(b" ")) == 0:
        raise BackboneError(
            f"{path} is no file of word vectors: it begins with {first[:40]!r}",
            remedy="pass GloVe .txt, word2vec .bin or .txt, or fastText .vec or .bin",
        )
    return "glove"


def _is_binary(rest: bytes, dim: int) -> bool:
    """Tell Google's format by what follows the header: no row of text, and control characters."""
    row = rest.partition(b"\n")[0].rstrip().split(b" ")
    return numbers_at_end(row) < dim and any(byte < 9 or 13 < byte < 32 for byte in rest)


def _entries(path: Path, kind: Format, model: FastText | None) -> Iterator[Entry]:
    if model is not None:
        return model.entries()
    if kind == "word2vec-binary":
        return binary_entries(path)
    return text_entries(path, header=kind == "word2vec-text")


def _collected(path: Path, entries: Iterator[Entry], most: int | None) -> tuple[tuple[str, ...], np.ndarray, int]:
    """The first ``most`` distinct words with their vectors, behind UNKNOWN, and how many rows were left out."""
    words, data, skipped = {UNKNOWN: None}, bytearray(), 0
    for where, raw, vector in entries:
        word = _decoded(raw)
        if word is None or word in words:
            skipped += 1
            continue
        if not np.isfinite(vector).all():
            raise damaged(path, where, f"the vector of {word!r:.40} is not finite")
        data += vector.tobytes() if data else bytes(vector.nbytes) + vector.tobytes()
        words[word] = None
        if most is not None and len(words) > most:
            break
    kept = len(words) - 1
    if kept < max(skipped, 1):
        what = f"{kept} words came, and {skipped} that are not UTF-8, are empty or stood before"
        raise damaged(path, "as a whole", what)
    return tuple(words), np.frombuffer(data, dtype=np.float32).reshape(len(words), -1), skipped


def _decoded(raw: bytes) -> str | None:
    """The word, or None for what no text could hold."""
    try:
        word = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return word if word.strip() else None
