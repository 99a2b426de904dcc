"""A planted language: words of a class occur in each other's sentences, and their endings tell the class."""

from __future__ import annotations

import numpy as np

STARTS = "bdfgklmnprst"
ENDINGS = ("ako", "eli", "uru", "iso")
CLASSES = len(ENDINGS)


def words_of(kind: int) -> list[str]:
    """The words of a class."""
    return [f"{start}{ENDINGS[kind]}" for start in STARTS]


def planted_texts(documents: int, *, seed: int, structured: bool = True) -> list[str]:
    """Documents of 12 words, ten of them of one class; without ``structured``, all words of all documents shuffled."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(documents):
        own = words_of(int(rng.integers(CLASSES)))
        words = [own[place] for place in rng.integers(0, len(own), 10)]
        texts.append([*words[:5], "and", *words[5:], "."])
    if not structured:
        shuffled = rng.permutation([word for text in texts for word in text]).tolist()
        texts = [shuffled[start : start + 12] for start in range(0, len(shuffled), 12)]
    return [" ".join(text) for text in texts]
