"""What is written of word vectors: word2vec's text form, and fastText's binary form.

vectors.txt     "words dim", then a word and its numbers per line, the most frequent word first. With n-grams, the rare
                words of the corpus follow, whose vectors are the means of their n-grams.
vectors.bin     only with n-grams: a model that fastText and its readers load, and which has a vector for any word
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ghep.backbone.fasttext import MAGIC, VERSIONS
from ghep.pretrain.vectors.options import VectorOptions
from ghep.pretrain.vectors.skip_gram import SkipGram, Subwords
from ghep.pretrain.vectors.words import Vocabulary

VECTORS, BINARY = "vectors.txt", "vectors.bin"
NEGATIVE_SAMPLING, SKIP_GRAM, WORD = 2, 2, 0
"""Codes of fastText: the loss, the model, and the type of a dictionary's entry."""
UPDATE_RATE = 100
"""fastText's ``lrUpdateRate``; it is stored and has no effect on a trained model."""


def write_vectors(path: Path, words: Sequence[str], vectors: np.ndarray) -> None:
    """Write ``vectors`` (V, D) float32 in word2vec's text form; nine digits, by which float32 survives exactly."""
    count, dim = vectors.shape
    form = " ".join(["%.9g"] * dim)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{count} {dim}\n")
        file.writelines(f"{word} {form % tuple(row)}\n" for word, row in zip(words, vectors.tolist(), strict=True))


def rare_vectors(model: SkipGram, words: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Return those of ``words``, which have no row of their own, that have trained n-grams, and their vectors.

    A vector is the mean over all n-grams of the word, as fastText computes it.
    """
    own = model.subwords
    assert own is not None
    known = len(model.outputs)
    found = Subwords.of(tuple(words), shortest=own.shortest, longest=own.longest, buckets=own.buckets)
    rows = model.inputs.numpy()
    kept, vectors = [], []
    for place, word in enumerate(words):
        of_word = found.rows[int(found.starts[place]) + 1 : int(found.starts[place + 1])].numpy()
        if len(of_word):
            vector = rows[of_word - len(words) + known].mean(0)
            if vector.any():
                kept.append(word)
                vectors.append(vector)
    return kept, np.array(vectors, dtype=np.float32).reshape(len(kept), rows.shape[1])


def write_fasttext(path: Path, model: SkipGram, vocabulary: Vocabulary, options: VectorOptions) -> None:
    """Write the model in fastText's binary form, which ``backbone/fasttext.py`` describes."""
    own = model.subwords
    assert own is not None
    arguments = (
        *(options.dim, options.window, round(options.passes or 1), vocabulary.min_count, options.negatives),
        *(1, NEGATIVE_SAMPLING, SKIP_GRAM, own.buckets, own.shortest, own.longest, UPDATE_RATE),
    )
    count = len(vocabulary.words)
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<i", max(VERSIONS)))
        file.write(struct.pack("<12id", *arguments, options.sample))
        file.write(struct.pack("<iiiqq", count, count, 0, int(vocabulary.counts.sum()), -1))
        for word, times in zip(vocabulary.words, vocabulary.counts.tolist(), strict=True):
            file.write(word.encode() + b"\0" + struct.pack("<qb", times, WORD))
        for matrix in (model.inputs, model.outputs):
            file.write(struct.pack("<?qq", False, *matrix.shape))
            file.write(matrix.numpy().astype("<f4", copy=False).tobytes())
