"""What becomes of the tasks' gradients at the trunk before they are added: which name is which way.

Each way is a function of the products of the gradients alone, (T, T) -> (T,): how many times each gradient is taken. So
the work on P parameters is two passes over (T, P), whatever the way, and weights of 1 are the plain sum.
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
    way: Callable[[Floats, np.random.Generator], Floats], gradients: Tensor, rng: np.random.Generator
) -> Tensor:
    """Return (P,): ``gradients`` (T, P) added up, each as many times as ``way`` says. One is returned as it is.

    Gradients that are not finite are just added: the loop finds that in the sum.
    """
    if len(gradients) == 1:
        return gradients[0]
    gram = gram_of(gradients).numpy()
    times = way(gram, rng) if np.isfinite(gram).all() else np.ones(len(gram))
    if (times == 1).all():
        return gradients.sum(0)  # bit for bit what it is without surgery
    return torch.as_tensor(times, dtype=gradients.dtype, device=gradients.device) @ gradients


SURGERY: Mapping[str, Callable[[Tensor, np.random.Generator], Tensor]] = {
    "pcgrad": partial(combined, pcgrad),
    "cagrad": partial(combined, cagrad),
    "upgrad": partial(combined, upgrad),
}
"""Name -> (gradients (T, P) of the tasks that are present, random numbers) -> (P,)."""
