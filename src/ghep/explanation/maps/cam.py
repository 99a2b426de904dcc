"""Where in a photo a network finds evidence for and against a class: signed Grad-CAM.

Selvaraju et al. 2017 (arXiv 1610.02391), without the last ReLU: negative values are evidence against the class. The
values are in units of the logit, so the maps of two classes of one photo can be drawn on one scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ghep.explanation.subject import Subject

NEGLIGIBLE = 1e-6
"""Positive values below this fraction of the largest absolute value are rounding errors."""


@dataclass(frozen=True, eq=False)
class Cam:
    """The logits of one photo, and where the evidence for some of them is."""

    path: str
    """The module whose output is explained: the last map that the answer depends on at every position."""
    logits: torch.Tensor
    """(1, K)."""
    maps: np.ndarray
    """(T, h, w) float32: evidence for each of T outputs; negative: evidence against it."""


def signed_cam(subject: Subject, inputs: torch.Tensor, targets: Sequence[int]) -> Cam:
    """Return the evidence for each of ``targets``, indices of outputs, in one preprocessed photo (1, 3, H, W).

    The map of output k is the sum over channels c of a_c(y, x) * mean over positions of d logit_k / d a_c. The subject
    must be ``in_use``.
    """
    last = subject.images().last_map(inputs)
    logits = subject.head(last.features)
    values = last.values()
    maps = [(last.gradient(logits[0, k]).mean((2, 3), keepdim=True) * values).sum(1)[0] for k in targets]
    return Cam(last.path, logits.detach(), torch.stack(maps).detach().cpu().numpy())


def has_positive(values: np.ndarray) -> bool:
    """Whether a map has evidence for its class: a value above the rounding error of its largest absolute value."""
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool(values.max() > NEGLIGIBLE * np.abs(values).max())


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps of one shape; NaN if one of them is constant."""
    from scipy.stats import rankdata

    first, second = rankdata(one.ravel()), rankdata(other.ravel())
    if not first.std() or not second.std():
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
