"""Count the n-grams of texts, and weight the counts by TF-IDF. In: texts. Out: sparse matrices (N, features).

The n-grams are words, pairs of consecutive words, and 2 to 5 characters within a word. Character n-grams match what
words miss: endings, compounds, misspellings, hashtags. For languages without spaces between words (Chinese, Japanese,
Thai ...) 1 to 4 characters are used instead. For a pair of texts, the n-grams of the first, of the second and of both
texts are separate features.

N-grams are hashed (Weinberger et al. 2009, arXiv:0902.2206) into 4 million buckets with array operations. So no
vocabulary is kept, memory is bounded, and 8,500 sentences take about a second. TF-IDF (Spärck Jones 1972,
doi:10.1108/eb026526) uses 1 + ln(count) for the counts.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ghep.data.text.loader import TextPair, texts_in

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Units = Literal["words", "characters"]

BITS = 22
"""There are 2 ** BITS buckets. 300,000 different n-grams, from 8,500 sentences, share a bucket in 7 % of cases."""
CHARACTERS = {"words": (2, 5), "characters": (1, 4)}
"""Units -> shortest and longest character n-gram."""
MOST_CHARACTERS = 10_000_000
"""Maximum characters of all texts together for character n-grams; only the beginnings of many long texts are read.
About 300 MB."""
SHORTEST_BEGINNING = 200
"""Minimum characters read of each text."""
CHUNK = 1 << 19
"""Characters processed at a time."""
MANY_TEXTS = 2_000
"""Number of texts above which n-grams that occur in one text only are dropped: about half of all, and useless."""

_PUNCTUATION = r"!-&(-/:-@\[-`{-~¡«»¿،؛؟।॥\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3020\u3030"
WORD = rf"[^\s{_PUNCTUATION}]+|[!?]"
"""Everything between spaces and punctuation, and "!" and "?", which carry mood. Not ``\\w+``, which splits words of
Hindi and other languages at every vowel sign. The apostrophe stays: "n't" is a word."""
_WORD = re.compile(WORD)
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, kana, Han."""
_LETTER = re.compile(r"[^\W\d_]")
_SPACE = ord(" ")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd, and near 2 ** 64 divided by the golden ratio (Knuth, TAOCP volume 3, section 6.4), for good mixing."""


def units_of(texts: Sequence[str]) -> Units:
    """Return "characters" if most texts are mostly in scripts written without spaces between words, else "words".

    Texts without a letter are ignored.
    """
    letters = np.array([len(_LETTER.findall(text)) for text in texts])
    unspaced = np.array([len(_UNSPACED.findall(text)) for text in texts])
    votes = (2 * unspaced > letters)[letters > 0]
    return "characters" if 2 * votes.sum() > len(votes) else "words"


def count_words(text: str) -> int:
    """Return the number of words between white space; of scripts without spaces, each character counts.

    >>> count_words("a fine film"), count_words("好电影 !")
    (3, 4)
    """
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    return unspaced + len((_UNSPACED.sub(" ", text) if unspaced else text).split())


def plain(text: str) -> str:
    """Return a text in Unicode's form NFKC (full-width ！ as !, accents composed) and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def count_ngrams(texts: Sequence[str], units: Units, *, pairs: bool = False) -> tuple[csr_matrix, ...]:
    """Return a matrix (N, 2 ** BITS) of counts for words (if ``units`` is "words") and one for characters.

    With ``pairs`` there are three matrices of each kind: for the first text, for the second text, and for the n-grams
    in both texts (the smaller count). A single text counts as a pair whose second text is empty.
    """
    if not pairs:
        return tuple(_counts([plain(text) for text in texts], units))
    both = [texts_in(text) if isinstance(text, TextPair) else (text, "") for text in texts]
    sides = (_counts([plain(sides[place]) for sides in both], units) for place in (0, 1))
    return tuple(one for first, second in zip(*sides, strict=True) for one in (first, second, first.minimum(second)))


def _counts(texts: Sequence[str], units: Units) -> Iterator[csr_matrix]:
    if units == "words":
        yield _word_counts(texts)
    yield _character_counts(texts, *CHARACTERS[units])


def _word_counts(texts: Sequence[str]) -> csr_matrix:
    """Return counts (N, 2 ** BITS) of words and of two consecutive words."""
    hashes: dict[str, int] = {}
    found: list[int] = []
    lengths = []
    for text in texts:
        words = _WORD.findall(text)
        lengths.append(len(words))
        for word in words:
            known = hashes.get(word)
            if known is None:
                data = word.encode("utf-8", "surrogatepass")
                known = hashes[word] = zlib.crc32(data) << 32 | zlib.adler32(data)
            found.append(known)
    single = np.array(found, dtype=np.uint64)
    rows = np.repeat(np.arange(len(texts)), lengths)
    double = single[:-1] * _FACTOR + single[1:]
    together = rows[:-1] == rows[1:]
    return _matrix(
        np.concatenate([rows, rows[:-1][together]]), _bucket(np.concatenate([single, double[together]])), len(texts)
    )


def _character_counts(texts: Sequence[str], shortest: int, longest: int) -> csr_matrix:
    """Return counts (N, 2 ** BITS) of character n-grams that have spaces only at their ends."""
    from scipy.sparse import csr_matrix, vstack

    most = max(SHORTEST_BEGINNING, MOST_CHARACTERS // max(1, len(texts)))
    spaced = [f" {' '.join(text[:most].split())} " for text in texts]
    parts, first, size = [], 0, 0
    for place, text in enumerate(spaced, 1):
        size += len(text)
        if size >= CHUNK or place == len(spaced):
            parts.append(_chunk_counts(spaced[first:place], shortest, longest))
            first, size = place, 0
    return csr_matrix(vstack(parts)) if parts else csr_matrix((0, 1 << BITS))


def _chunk_counts(texts: Sequence[str], shortest: int, longest: int) -> csr_matrix:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    space = codes == _SPACE
    before = np.concatenate([[0], np.cumsum(space)])  # spaces among the first i characters
    found_rows, found_buckets = [], []
    hashes = codes + np.uint64(1)
    for n in range(1, longest + 1):
        if n > 1:
            hashes = hashes[:-1] * _FACTOR + codes[n - 1 :] + np.uint64(1)
        if n >= shortest:
            starts = np.arange(len(hashes))
            ends = starts + n - 1
            if n < 3:  # not spaces alone
                kept = ~(space[starts] & space[ends])
            else:  # no space inside
                kept = before[ends] == before[starts + 1]
            kept &= rows[starts] == rows[ends]
            found_rows.append(rows[: len(hashes)][kept])
            found_buckets.append(_bucket(hashes[kept]))
    return _matrix(np.concatenate(found_rows), np.concatenate(found_buckets), len(texts))


def _bucket(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the bucket of each of ``hashes``: the highest bits of a multiplicative hash, which depend on all bits."""
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _FACTOR
    return (mixed >> np.uint64(64 - BITS)).astype(np.int64)


def _matrix(rows: NDArray[np.int64], buckets: NDArray[np.int64], num_rows: int) -> csr_matrix:
    """Return the matrix (num_rows, 2 ** BITS) float32 that counts how often each bucket occurs in each row."""
    from scipy.sparse import csr_matrix

    keys, counts = np.unique((rows << BITS) | buckets, return_counts=True)
    ends = np.searchsorted(keys, np.arange(1, num_rows + 1) << BITS)
    columns = (keys & ((1 << BITS) - 1)).astype(np.int32)
    starts = np.concatenate([[0], ends]).astype(np.int64)
    return csr_matrix((counts.astype(np.float32), columns, starts), shape=(num_rows, 1 << BITS))


@dataclass(frozen=True, eq=False)
class TfIdf:
    """Fitted TF-IDF: the buckets that are features, and their idf, for each matrix of ``count_ngrams``."""

    kept: tuple[NDArray[np.int64], ...]
    idf: tuple[NDArray[np.float64], ...]

    @property
    def num_features(self) -> int:
        """Return the number of columns of ``features``."""
        return sum(map(len, self.kept))

    def features(self, counts: Sequence[csr_matrix]) -> csr_matrix:
        """Return (N, num_features) float64: (1 + ln(count)) times idf, with unit length for each kind of n-gram."""
        from scipy.sparse import csr_matrix, hstack

        made = [_weighted(one, kept, idf) for one, kept, idf in zip(counts, self.kept, self.idf, strict=True)]
        return csr_matrix(hstack(made))


def fit_tfidf(counts: Sequence[csr_matrix], *, max_features: int) -> TfIdf:
    """Return the TF-IDF fitted to ``counts``, on the most frequent features of each kind, ``max_features`` in all.

    The idf of a feature is ln((1 + N) / (1 + n)) + 1, where n of the N texts have the feature, as in scikit-learn.
    """
    kept, idf = [], []
    for one in counts:
        num_texts = one.shape[0]
        frequency = np.bincount(one.indices, minlength=1 << BITS)
        places = np.flatnonzero(frequency >= (2 if num_texts > MANY_TEXTS else 1))
        most = max_features // len(counts)
        if len(places) > most:
            places = np.sort(places[np.argsort(-frequency[places], kind="stable")[:most]])
        kept.append(places)
        idf.append(np.log((1 + num_texts) / (1 + frequency[places])) + 1)
    return TfIdf(tuple(kept), tuple(idf))


def _weighted(counts: csr_matrix, kept: NDArray[np.int64], idf: NDArray[np.float64]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    place = np.full(1 << BITS, -1, dtype=np.int32)
    place[kept] = np.arange(len(kept))
    columns = place[counts.indices]
    there = columns >= 0
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))[there]
    columns = columns[there]
    values = (1 + np.log(counts.data[there].astype(np.float64))) * idf[columns]
    length = np.sqrt(np.bincount(rows, values**2, minlength=counts.shape[0]))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=counts.shape[0]))])
    return csr_matrix((values / length[rows], columns, starts), shape=(counts.shape[0], len(kept)))
