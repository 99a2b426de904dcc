"""Encode words as rows of bytes, for networks that read spelling, as ELMo does (Peters et al. 2018, arXiv:1802.05365).

A word becomes its UTF-8 bytes between a mark for its beginning and one for its end, padded to a fixed length:

    0 to 255   bytes            258, 259   beginning and end of a word
    256, 257   beginning and end of a sentence (for language models; unused in texts)        260   padding

One is added to each of these values, so that 0 can mean a position without a word. The embedding table of letters
therefore has 262 rows, like the published one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BEGIN, END, FILL = 259, 260, 261
NUM_BYTES = 262


def word_bytes(words: Sequence[str], most: int = 50) -> np.ndarray:
    """Return (L, most) int16: the bytes of each word between the two marks; only ``most - 2`` bytes of long words.

    >>> word_bytes(["a"], 5).tolist()
    [[259, 98, 260, 261, 261]]
    """
    found = np.full((len(words), most), FILL, dtype=np.int16)
    for row, word in zip(found, words, strict=True):
        letters = np.frombuffer(word.encode("utf-8", "replace")[: most - 2], dtype=np.uint8)
        row[0], row[len(letters) + 1] = BEGIN, END
        row[1 : len(letters) + 1] = letters + np.int16(1)
    return found
