"""The mean of a text's word vectors: the simplest text backbone, and hard to beat with few labels.

Word order is ignored, and so are words outside the vocabulary (id 0). Weighting words by inverse document frequency
keeps "the" from dominating (compare Arora et al. 2017, "A simple but tough-to-beat baseline").
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
        if pooling not in get_args(Pooling):  # read from a file, so the type is not guaranteed
            raise ValueError(f'pooling is "mean" or "tfidf", not "{pooling}"')
        self.vectors = nn.Embedding(vocabulary, dim)
        nn.init.zeros_(self.vectors.weight[0].detach())
        self.idf: torch.Tensor | None
        self.register_buffer("idf", torch.ones(vocabulary) if pooling == "tfidf" else None)

    def set_idf(self, document_frequencies: np.ndarray, documents: int) -> None:
        """Weight each word by ln((1 + n) / (1 + df)) + 1, like scikit-learn's ``smooth_idf``.

        n is the number of ``documents``; df, from ``document_frequencies`` (V,), is the number of documents that
        contain the word (``count_documents``). Raises ValueError if the pooling is not "tfidf".
        """
        if self.idf is None:
            raise ValueError('a plain mean has no idf; build the network with pooling="tfidf"')
        idf = np.log((1 + documents) / (1 + np.asarray(document_frequencies, dtype=np.float64))) + 1
        self.idf.copy_(torch.from_numpy(idf))

    def forward(self, inputs: Padded) -> torch.Tensor:
        """Return the weighted mean (N, D) of the vectors of the known tokens of each text.

        The weights are 1 (pooling "mean") or inverse document frequencies ("tfidf"). A repeated word counts each time.
        """
        ids = inputs.values
        known = inputs.mask & (ids != 0)
        vectors = self.vectors(ids)
        weights = known.to(vectors.dtype) if self.idf is None else self.idf[ids].to(vectors.dtype) * known
        total = weights.sum(1, keepdim=True)
        # idf is at least 1 for words that occur, so the total is 0 only for a text without a known word.
        pooled: torch.Tensor = (weights[:, None] @ vectors)[:, 0] / torch.where(total > 0, total, 1)
        return pooled

    def summands(self, inputs: Padded) -> Padded:
        """Return the part (N, L, D) that each token has in the features: their sum over L is the result of ``forward``.

        It is the token's vector times its share of the weights.
        """
        ids = inputs.values
        known = inputs.mask & (ids != 0)
        weights = known.float() if self.idf is None else self.idf[ids].float() * known
        total = weights.sum(1, keepdim=True)
        shares = weights / torch.where(total > 0, total, 1)
        return Padded(self.vectors(ids) * shares[..., None], inputs.lengths)


def count_documents(texts: Iterable[np.ndarray], *, vocabulary: int) -> np.ndarray:
    """Return the number of ``texts`` (arrays of token ids) that contain each id, (V,) int64."""
    counts = np.zeros(vocabulary, dtype=np.int64)
    for ids in texts:
        counts[np.unique(ids)] += 1
    return counts


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:  # noqa: ARG001
    """Return a BagOfVectors with random weights; ``arguments`` are those of its constructor, ``name`` is not used."""
    return BagOfVectors(**arguments)
