"""The loss of word vectors on held-out documents, next to what word frequencies alone reach.

The frequencies' score of a word u is the same for every context: ln p(u) / (K q(u)), where p is the word's share of the
targets and q its share of the K negatives. No model that ignores contexts has a lower loss. Vectors that do not beat it
have learnt nothing about which words occur together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import torch
from torch.nn.functional import softplus

from ghep.pretrain.vectors.skip_gram import SkipGram
from ghep.pretrain.vectors.windows import Pairs, Sampler
from ghep.pretrain.vectors.words import Vocabulary

MOST_PAIRS = 50_000
CHUNK = 5_000


@dataclass(frozen=True)
class Gain:
    """By how much the vectors' held-out loss is below that of word frequencies, per pair, and its standard error."""

    mean: float
    standard_error: float
    """Over documents; 0 for one document."""

    @property
    def clear(self) -> bool:
        """Whether the gain is above 0 by more than two standard errors."""
        return self.mean > 2 * self.standard_error


def guessing(negatives: int) -> float:
    """Return the loss of a pair by vectors that know nothing: each of its 1 + K decisions costs ln 2."""
    return (1 + negatives) * log(2)


def losses_of(model: SkipGram, pairs: Pairs) -> np.ndarray:
    """Return the loss of each pair, (P,) float64."""
    vectors = model.vectors()
    losses = []
    for start in range(0, len(pairs.targets), CHUNK):
        part = slice(start, start + CHUNK)
        contexts = vectors[torch.from_numpy(pairs.contexts[part])]
        others = torch.from_numpy(np.column_stack([pairs.targets[part], pairs.negatives[part]]))
        scores = torch.bmm(model.outputs[others], contexts[:, :, None])[:, :, 0].double()
        losses.append(softplus(-scores[:, 0]) + softplus(scores[:, 1:]).sum(1))
    return torch.cat(losses).numpy() if losses else np.zeros(0)


def frequency_losses(vocabulary: Vocabulary, sampler: Sampler, pairs: Pairs) -> np.ndarray:
    """Return the loss of each pair, (P,) float64, by the words' frequencies in the training documents."""
    targets = vocabulary.counts * sampler.keep
    scores = np.log(targets / targets.sum()) - np.log(sampler.negatives * sampler.drawn)
    return np.asarray(np.logaddexp(0, -scores[pairs.targets]) + np.logaddexp(0, scores[pairs.negatives]).sum(1))


def gain_of(losses: np.ndarray, frequencies: np.ndarray, documents: np.ndarray) -> Gain:
    """Return the gain of ``losses`` (P,) over those of ``frequencies``; pairs of a document are not independent."""
    differences = frequencies - losses
    mean = float(differences.mean())
    _, owner = np.unique(documents, return_inverse=True)
    residuals = np.bincount(owner, weights=differences - mean)
    count = len(residuals)
    if count < 2:
        return Gain(mean, 0.0)
    return Gain(mean, float(np.sqrt((residuals**2).sum() * count / (count - 1)) / len(differences)))
