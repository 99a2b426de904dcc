"""Neighbours and analogies of words, by the cosine of their vectors. In: ``vectors.txt`` of a pretraining, or any file.

>>> space = WordSpace.read(Path("runs/reviews-word2vec"))  # doctest: +SKIP
>>> space.neighbours(["funny"], most=2)  # doctest: +SKIP
{'funny': (Neighbour(word='hilarious', cosine=0.71), Neighbour(word='amusing', cosine=0.70))}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ghep.backbone.word_vectors import read_word_vectors
from ghep.errors import ConfigError, did_you_mean
from ghep.pretrain.vectors.files import VECTORS

ANALOGIES = {
    "the": (
        ("man", "woman", "he", "she"),
        ("he", "she", "his", "her"),
        ("man", "woman", "actor", "actress"),
        ("boy", "girl", "son", "daughter"),
        ("man", "woman", "husband", "wife"),
        ("actor", "actors", "film", "films"),
        ("good", "better", "bad", "worse"),
        ("good", "best", "bad", "worst"),
        ("is", "was", "are", "were"),
        ("make", "made", "take", "took"),
    ),
    "của": (
        ("ông", "bà", "anh", "chị"),
        ("cha", "mẹ", "trai", "gái"),
        ("nam", "nữ", "trai", "gái"),
        ("trên", "dưới", "trong", "ngoài"),
        ("trước", "sau", "đầu", "cuối"),
        ("lớn", "nhỏ", "cao", "thấp"),
        ("đông", "tây", "nam", "bắc"),
        ("pháp", "paris", "anh", "london"),
    ),
}
"""A frequent word of a language -> a : b as c : d; those whose four words have vectors are reported."""
FREQUENT = 50
"""A language is that of the corpus if its word is among so many most frequent ones."""
COMMON, RARE, LETTERS = 100, 1_000, 4
"""Ranks by frequency between which the words are chosen whose neighbours are reported, and their shortest length."""


class Neighbour(NamedTuple):
    """A word, and the cosine of its vector and the one asked for."""

    word: str
    cosine: float


@dataclass(frozen=True, eq=False)
class WordSpace:
    """Words and their vectors divided by their lengths (V, D)."""

    words: tuple[str, ...]
    units: np.ndarray

    @classmethod
    def of(cls, words: Sequence[str], vectors: np.ndarray) -> WordSpace:
        """Return the space of ``words`` with these vectors (V, D); a vector of zeros stays zero."""
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return cls(tuple(words), vectors / np.where(lengths > 0, lengths, 1))

    @classmethod
    def read(cls, location: Path | str) -> WordSpace:
        """Return the space of a file of word vectors, or of the folder of a pretraining.

        Raises BackboneError if the file is missing or damaged.
        """
        path = Path(location)
        found = read_word_vectors(path / VECTORS if path.is_dir() else path)
        return cls.of(found.words[1:], found.vectors[1:])

    def neighbours(self, words: Sequence[str], *, most: int = 5) -> dict[str, tuple[Neighbour, ...]]:
        """Return for each word the ``most`` nearest others, nearest first; raise ConfigError for an unknown word."""
        return {word: self._nearest(self.units[self._place(word)], {word}, most) for word in words}

    def analogy(self, a: str, b: str, c: str, *, most: int = 5) -> tuple[Neighbour, ...]:
        """Return the words d nearest to b - a + c, for "a is to b as c is to d", best first, without a, b and c.

        Raises ConfigError for an unknown word.
        """
        first, second, third = (self.units[self._place(word)] for word in (a, b, c))
        return self._nearest(second - first + third, {a, b, c}, most)

    def _place(self, word: str) -> int:
        try:
            return self.words.index(word)
        except ValueError:
            hint = did_you_mean(word, self.words[:20_000])
            raise ConfigError("vectors-word-unknown", word=word, hint=hint) from None

    def _nearest(self, vector: np.ndarray, without: set[str], most: int) -> tuple[Neighbour, ...]:
        length = float(np.linalg.norm(vector))
        cosines = self.units @ (vector / (length or 1.0))
        order = np.argsort(-cosines, kind="stable")[: most + len(without)]
        found = [Neighbour(self.words[place], float(cosines[place])) for place in order]
        return tuple(one for one in found if one.word not in without)[:most]


def samples_of(space: WordSpace, *, words: int = 10, most: int = 5) -> dict[str, Any]:
    """Return neighbours of some words, and the analogies that can be asked, as the record keeps them.

    ``space`` has the most frequent words first. The words are evenly spaced over ranks COMMON to RARE.
    """
    chosen = [word for word in space.words[COMMON:RARE] if len(word) >= LETTERS and word.isalpha()]
    if len(chosen) < words:
        chosen = [word for word in space.words if word.isalpha()]
    spread = np.linspace(0, len(chosen) - 1, min(words, len(chosen))).astype(int)
    asked = dict.fromkeys(chosen[place] for place in spread)
    near = {word: [list(one) for one in found] for word, found in space.neighbours(list(asked), most=most).items()}
    known = set(space.words)
    analogies = []
    asked_of = [ANALOGIES[word] for word in space.words[:FREQUENT] if word in ANALOGIES]
    for a, b, c, expected in chain.from_iterable(asked_of):
        if known.issuperset((a, b, c, expected)):
            found = [one.word for one in space.analogy(a, b, c, most=most)]
            rank = found.index(expected) + 1 if expected in found else None
            analogies.append({"a": a, "b": b, "c": c, "found": found, "expected": expected, "rank": rank})
    return {"neighbours": near, "analogies": analogies}
