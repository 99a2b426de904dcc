"""Documents to words. In: texts. Out: a vocabulary, and each text as places in it.

Vectors are of use only for words that the backbone finds in a text, so texts are split here by the backbone's own
tokenizer (``data/text/word_tokens.py``): lower-cased, NFC, punctuation and clitics on their own. White space always
separates words, so every distinct string between white space is split once, not each time it occurs: 20 MB take seconds
instead of a minute.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ghep.data.text.word_tokens import UNKNOWN, splitter_json, word_tokenizer_json
from ghep.errors import DataError

SMALL_CORPUS = 1_000_000
"""Words below which a word needs two occurrences instead of five."""
LONGEST_WORD = 100
"""Characters beyond which a "word" is none: an address, or text without spaces."""
_BETWEEN_SPACES = re.compile(r"[^ \t\r\n]+")
_SEVERAL_WORDS = re.compile(
    "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{5}|[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff]{16}"
)
"""Five ideographs in a row, or sixteen letters of another script without spaces: hardly ever one word."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The V words that get a vector of their own, the most frequent first, and the rarer words of the corpus."""

    words: tuple[str, ...]
    counts: np.ndarray
    """(V,) int64, descending."""
    rare: tuple[str, ...]
    """Words that occur less often than ``min_count``, the most frequent first."""
    min_count: int
    unsplit: float = 0.0
    """Share of the corpus' letters that are in "words" of a script without spaces which are several words."""


class Stream(NamedTuple):
    """The known words of all documents one after the other, as fastText and word2vec read them: without the others."""

    words: np.ndarray
    """(W,) int32: places in the vocabulary."""
    documents: np.ndarray
    """(W,) int32: the document of each word."""


def read_vocabulary(texts: Sequence[str], *, min_count: int | None) -> Vocabulary:
    """Return the words of ``texts``; a word needs ``min_count`` occurrences (None: 5, or 2 in a small corpus).

    Words of equal count are in alphabetical order, so the result does not depend on the order of the texts. Raises
    DataError if fewer than two words are left.
    """
    counts: Counter[str] = Counter()
    for piece, times in _pieces(texts).items():
        for word in piece:
            counts[word] += times
    total = sum(counts.values())
    least = min_count or (2 if total < SMALL_CORPUS else 5)
    ordered = sorted((word for word in counts if len(word) <= LONGEST_WORD), key=lambda word: (-counts[word], word))
    kept = next((place for place, word in enumerate(ordered) if counts[word] < least), len(ordered))
    if kept < 2:
        raise DataError("vectors-vocabulary-too-small", words=total, kept=kept, least=least)
    numbers = np.array([counts[word] for word in ordered[:kept]], dtype=np.int64)
    letters = sum(len(word) * times for word, times in counts.items())
    several = sum(len(word) * times for word, times in counts.items() if _SEVERAL_WORDS.search(word))
    return Vocabulary(tuple(ordered[:kept]), numbers, tuple(ordered[kept:]), least, several / letters)


def read_stream(texts: Sequence[str], vocabulary: Vocabulary) -> Stream:
    """Return the known words of ``texts`` in order, by the tokenizer of a backbone with this vocabulary."""
    import tokenizers

    tokenizer: Any = tokenizers.Tokenizer.from_str(word_tokenizer_json([UNKNOWN, *vocabulary.words]))
    places: dict[str, int] = {}
    sequences = [[places.setdefault(piece, len(places)) for piece in pieces_of(text)] for text in texts]
    ids = [np.array(one.ids, dtype=np.int32) for one in tokenizer.encode_batch_fast(list(places))]
    ids = [one[one > 0] - 1 for one in ids]  # 0 is the unknown word
    parts, documents = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)]
    for number, sequence in enumerate(sequences):
        words = np.concatenate([ids[place] for place in sequence]) if sequence else parts[0][:0]
        parts.append(words)
        documents.append(np.full(len(words), number, dtype=np.int32))
    return Stream(np.concatenate(parts), np.concatenate(documents))


def pieces_of(text: str) -> list[str]:
    """Return the strings between white space; the tokenizer splits them further."""
    return _BETWEEN_SPACES.findall(text)


def _pieces(texts: Iterable[str]) -> Counter[tuple[str, ...]]:
    """Return the words of each distinct string between white space, and how often it occurs."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(pieces_of(text))
    split: Counter[tuple[str, ...]] = Counter()
    for words, times in zip(_split(found), found.values(), strict=True):
        split[words] += times
    return split


def _split(pieces: Iterable[str]) -> Iterator[tuple[str, ...]]:
    import tokenizers

    tokenizer: Any = tokenizers.Tokenizer.from_str(splitter_json(lower=True))
    normalizer, splitter = tokenizer.normalizer, tokenizer.pre_tokenizer
    for piece in pieces:
        yield tuple(word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(piece)))
