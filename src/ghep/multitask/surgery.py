"""Gradient surgery by name: how the tasks' gradients of the shared parameters are changed before they are summed.

Each method takes only the inner products of the gradients (T, T) and returns the factor of each gradient (T,). So every
method takes two passes over the gradients (T, P), and factors of 1 give the plain sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ghep.multitask.cagrad import cagrad
from ghep.multitask.gram import gram_of
from ghep.multitask.pcgrad import pcgrad
from ghep.multitask.upgrad import upgrad

Floats = NDArray[np.float64]


def combined(
    method: Callable[[Floats, np.random.Generator], Floats], gradients: Tensor, rng: np.random.Generator
) -> Tensor:
    """Return the sum (P,) of ``gradients`` (T, P), each multiplied by its factor, which ``method`` computes.

    With one task, the gradient is unchanged. If a gradient is not finite, all factors are 1, and the training loop
    detects the divergence in the sum.
    """
    if len(gradients) == 1:
        return gradients[0]
    gram = gram_of(gradients).numpy()
    factors = method(gram, rng) if np.isfinite(gram).all() else np.ones(len(gram))
    if (factors == 1).all():
        return gradients.sum(0)  # bit-identical to no surgery
    return torch.as_tensor(factors, dtype=gradients.dtype, device=gradients.device) @ gradients


SURGERY: Mapping[str, Callable[[Tensor, np.random.Generator], Tensor]] = {
    "pcgrad": partial(combined, pcgrad),
    "cagrad": partial(combined, cagrad),
    "upgrad": partial(combined, upgrad),
}
"""Name -> function of (gradients (T, P) of the tasks with labels, random generator) that returns (P,)."""
