"""From logits to probabilities that mean what they say: softmax or sigmoid, and temperature scaling.

In: logits (N, K) of examples that were not trained on. Out: one number T > 0; softmax(logits / T) has the same order of
classes and the smallest negative log-likelihood. Source: Guo et al. 2017, arXiv:1706.04599, section 4.2. Where classes
do not exclude each other it is the same with sigmoid(logits / T): which of them are above one half does not change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOUNDS = (0.05, 20.0)
MIN_EXAMPLES = 20
"""Below this one wrong example decides the temperature alone; 1.0 is then the better guess."""


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn logits / temperature into probabilities over the last axis, in float64; no size of logit overflows."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def sigmoid(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn each of logits / temperature into a probability by itself, in float64; no size of logit overflows."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    small = np.exp(-np.abs(scaled))
    return np.asarray(np.where(scaled > 0, 1.0, small) / (1 + small))


def fit_temperature(logits: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the temperature in [0.05, 20] under which ``targets`` are likeliest, given ``logits`` (N, K).

    ``targets`` are classes (N,), of a softmax, or rows of 0 and 1 (N, K), of sigmoids. Rows with a negative target have
    no label and are left out. Returns 1.0, which changes nothing, when there is not enough to learn from: fewer than 20
    labelled rows, or not one of them wrong (the likeliest temperature is then 0, certainty about everything, which no
    number of right answers justifies).

    The likelihood is concave in 1/T, so the bounded search over log T finds the one optimum.
    """
    from scipy.optimize import minimize_scalar

    logits, targets = np.asarray(logits, dtype=np.float64), np.asarray(targets)
    loss = _of_sets(logits, targets) if targets.ndim == 2 else _of_classes(logits, targets)
    if loss is None:
        return 1.0
    found = minimize_scalar(
        lambda log_temperature: loss(np.exp(log_temperature)), bounds=tuple(np.log(BOUNDS)), method="bounded"
    )
    return float(np.clip(np.exp(found.x), *BOUNDS))


def _of_classes(logits: NDArray[Any], targets: NDArray[Any]) -> Callable[[float], float] | None:
    """The mean negative log-likelihood of classes (N,) by temperature; None: too little to learn from."""
    logits, targets = logits[targets >= 0], targets[targets >= 0]
    rows = np.arange(len(targets))
    if len(targets) < MIN_EXAMPLES or bool((logits.argmax(axis=1) == targets).all()):
        return None
    margins = logits - logits[rows, targets][:, None]  # log-likelihood of a row: -log sum exp(margins / T)

    def negative_log_likelihood(temperature: float) -> float:
        scaled = margins / temperature
        top = scaled.max(axis=1)
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))).mean())

    return negative_log_likelihood


def _of_sets(logits: NDArray[Any], targets: NDArray[Any]) -> Callable[[float], float] | None:
    """The same of rows of 0 and 1 (N, K): the mean over all of them of log(1 + exp(-margin / T))."""
    given = (targets >= 0).all(axis=1)
    margins = np.where(targets[given] == 1, logits[given], -logits[given])  # below 0: a wrong answer
    if len(margins) < MIN_EXAMPLES or bool((margins > 0).all()):
        return None
    return lambda temperature: float(np.logaddexp(0.0, -margins / temperature).mean())
