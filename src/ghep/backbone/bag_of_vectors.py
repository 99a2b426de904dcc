"""A text as the mean of its words' vectors: the plainest backbone for texts, and hard to beat on few labels.

Order is lost; words that the vocabulary lacks (id 0) take no part. Weighing each word by its inverse document frequency
keeps "the" from drowning the rest (Arora et al. 2017, "A simple but tough-to-beat baseline", has the same in mind).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import nn

from ghep.data.loading.padded import Padded

Pooling = Literal["mean", "tfidf"]


class BagOfVectors(nn.Module):
    """Token ids (N, L) -> mean of their vectors (N, D); zeros for a text without a known word."""

    shallow = True

    def __init__(self, vocabulary: int, dim: int, pooling: Pooling = "mean") -> None:
        super().__init__()
        if pooling not in get_args(Pooling):  # it comes from a file
            raise ValueError(f'pooling is "mean" or "tfidf", not "{pooling}"')
        self.vectors = nn.Embedding(vocabulary, dim)
        nn.init.zeros_(self.vectors.weight[0].detach())
        self.idf: torch.Tensor | None
        self.register_buffer("idf", torch.ones(vocabulary) if pooling == "tfidf" else None)

    def set_idf(self, document_frequencies: np.ndarray, documents: int) -> None:
        """Weigh words by ln((1 + n) / (1 + df)) + 1, as scikit-learn does with its ``smooth_idf``.

        ``document_frequencies`` (V,) say in how many of the ``documents`` each word stands; see ``count_documents``.
        """
        if self.idf is None:
            raise ValueError('idf has no place in a plain mean; build the network with pooling="tfidf"')
        idf = np.log((1 + documents) / (1 + np.asarray(document_frequencies, dtype=np.float64))) + 1
        self.idf.copy_(torch.from_numpy(idf))

    def forward(self, inputs: Padded) -> torch.Tensor:
        """Return sum(w v) / sum(w) over the known tokens of each text, (N, D); w is 1 or idf. Repetition counts."""
        ids = inputs.values
        known = inputs.mask & (ids != 0)
        vectors = self.vectors(ids)
        weights = known.to(vectors.dtype) if self.idf is None else self.idf[ids].to(vectors.dtype) * known
        total = weights.sum(1, keepdim=True)
        # idf is 1 or more for words that occur, so only a text without a known word has a total of 0.
        pooled: torch.Tensor = (weights[:, None] @ vectors)[:, 0] / torch.where(total > 0, total, 1)
        return pooled


def count_documents(texts: Iterable[np.ndarray], *, vocabulary: int) -> np.ndarray:
    """Return in how many of ``texts`` (token ids each) every id stands, (V,) int64."""
    counts = np.zeros(vocabulary, dtype=np.int64)
    for ids in texts:
        counts[np.unique(ids)] += 1
    return counts


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:  # noqa: ARG001
    """Build with random weights."""
    return BagOfVectors(**arguments)
