"""Are the weights trained? A check of the weight matrices alone: no data, no second network, the same for all families.

Training leaves a few large singular values in a weight matrix, far above those of a matrix with the same entries in
random order (Martin and Mahoney 2018, arXiv:1810.01075). So each matrix is compared with a copy whose entries are
shuffled. For trained weights the largest singular value shrinks; for weights that are random, or were permuted when
they were loaded, it stays. A probe on such features may still beat the majority by far, so scores do not show it.

    excess of a matrix  = log(largest squared singular value / that of the shuffled copy), both without the mean entry
    excess of a network = the median over its matrices

Embeddings of words are judged on their own as well: "embedding.weight[i].data = vector" is a well-known line that
changes nothing, and the layers above random embeddings may be perfectly trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from torch import nn

from ghep.backbone.base import Backbone
from ghep.messages import text_of
from ghep.types import Finding

UNTRAINED = 0.1
"""Excess of the network below which the weights count as untrained or shuffled."""
NARROWEST = 8
"""Matrices with fewer rows or columns are not judged."""
SMALLEST = 2000
"""Nor are matrices with fewer entries."""
FEWEST = 4
"""A network with fewer matrices than this to judge is not judged."""
MOST_MATRICES = 24
WORDS = (nn.Embedding, nn.EmbeddingBag)
FEWEST_WORDS = 1000
"""Rows from which an embedding is a table of words, and not of positions or segments."""
LARGEST = 256
"""Rows and columns that are taken of a larger matrix."""


@dataclass(frozen=True)
class WeightCheck:
    """How far the weight matrices of a backbone are from random order."""

    name: str
    pretrained: bool
    """Whether the card says that weights were pretrained; a network that is meant to be random is not judged."""
    excess: float
    """Median over the matrices; NaN if there are too few to judge."""
    matrices: int
    without: tuple[str, ...]
    """Names of the judged matrices whose own excess is below the bar."""
    embeddings: Mapping[str, float] = field(default_factory=dict)
    """Name of each table of word embeddings -> its excess."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return ``weights-without-structure`` if the weights look untrained or shuffled, else nothing.

        If only embeddings do, the finding is ``embeddings-without-structure``.
        """
        bar = float(np.exp(UNTRAINED))
        if not self.pretrained:
            return ()
        if not self.excess < UNTRAINED:
            names = tuple(name for name, excess in self.embeddings.items() if excess < UNTRAINED)
            if not names:
                return ()
            worst = float(np.exp(min(self.embeddings.values())))
            code = "embeddings-without-structure"
            return (Finding.of(code, "warning", items=names, name=self.name, names=names, excess=worst, bar=bar),)
        return (
            Finding.of(
                "weights-without-structure",
                "warning",
                items=self.without,
                name=self.name,
                excess=float(np.exp(self.excess)),
                bar=bar,
                count=self.matrices,
            ),
        )

    @property
    def summary(self) -> str:
        """Return one sentence with the measured number and the bar."""
        judged = [self.excess, *self.embeddings.values()]
        if np.isnan(judged).all():
            return text_of("weights-not-judged", name=self.name)
        excess, bar = float(np.exp(np.nanmin(judged))), float(np.exp(UNTRAINED))
        return text_of("weights-summary", name=self.name, excess=excess, bar=bar, count=self.matrices)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        return {**asdict(self), "bar": UNTRAINED}


def check_weights(backbone: Backbone) -> WeightCheck:
    """Return the check of the weight matrices of ``backbone``; takes about a second, whatever the network's size."""
    judged = {
        name: weight.detach().flatten(1)
        for name, weight in backbone.net.named_parameters()
        if weight.ndim >= 2 and weight.numel() >= SMALLEST and min(weight.detach().flatten(1).shape) >= NARROWEST
    }
    tables = [f"{path}.weight" for path, one in backbone.net.named_modules() if isinstance(one, WORDS)]
    tables = [name for name in tables if name in judged and len(judged[name]) >= FEWEST_WORDS]
    rng, names = np.random.default_rng(0), list(judged)
    places = np.unique(np.linspace(0, len(names) - 1, min(MOST_MATRICES, len(names))).astype(int)) if names else ()
    found: dict[str, float] = {}
    for name in dict.fromkeys((*tables, *(names[place] for place in places))):
        rows, columns = (np.sort(rng.choice(size, min(size, LARGEST), replace=False)) for size in judged[name].shape)
        excess = excess_of(judged[name][rows][:, columns].float().cpu().numpy(), rng)
        if np.isfinite(excess):  # not a matrix of zeros or ones, as of a layer that starts as the identity
            found[name] = excess
    embeddings = {name: found[name] for name in tables if name in found}
    enough = len(found) >= FEWEST
    median = float(np.median(list(found.values()))) if enough else float("nan")
    below = tuple(name for name, excess in found.items() if excess < UNTRAINED) if enough else ()
    return WeightCheck(backbone.card.name, backbone.card.pretrained, median, len(found), below, embeddings)


def excess_of(matrix: np.ndarray, rng: np.random.Generator) -> float:
    """Return the log of the largest squared singular value of ``matrix`` over that of a copy with shuffled entries."""
    entries = matrix.astype(np.float64) - matrix.mean()
    shuffled = rng.permutation(entries.ravel()).reshape(entries.shape)
    own, other = (_largest(one) for one in (entries, shuffled))
    return float(np.log(own / other)) if own > 0 and other > 0 else float("nan")


def _largest(matrix: np.ndarray) -> float:
    rows, columns = matrix.shape
    return float(np.linalg.eigvalsh(matrix @ matrix.T if rows <= columns else matrix.T @ matrix)[-1])
