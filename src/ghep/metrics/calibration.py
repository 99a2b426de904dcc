"""From logits to calibrated probabilities: softmax or sigmoid, and temperature scaling.

In: logits (N, K) of examples that were not trained on, and their targets. Out: the temperature T > 0 at which
softmax(logits / T) has the smallest negative log-likelihood; the order of the classes does not change. Source: Guo et
al. 2017, arXiv:1706.04599, section 4.2. For classes that do not exclude each other, the probabilities are
sigmoid(logits / T): the classes above one half do not change.

The targets are smoothed as in Platt 1999 ("Probabilistic outputs for support vector machines", section 2.2): with n
labelled rows, each target has the probability (n + 1) / (n + 2), and the other class with the largest logit (the rival)
has the rest. Without smoothing, the optimal temperature for answers that are all correct is 0, which means certainty;
with smoothing, 90 of 90 correct answers give a confidence of 91/92.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

FLATTEST = 20.0
"""Largest temperature, in units of the mean gap between the logits of the target and of its rival. At this temperature,
a typical answer has the probability 0.51 if there are two classes."""
LOWEST, HIGHEST = 1e-30, 1e30
"""Bounds of a temperature, which float32 can hold. A network that has diverged may need one of 1e6 and more."""
MIN_EXAMPLES = 20
"""With fewer labelled rows, a single wrong example decides the temperature, and 1.0 is the better guess."""


class Calibrated(Protocol):
    """The result of a task's ``calibrate``: a temperature, or the half width of prediction intervals."""

    @property
    def value(self) -> float | None:
        """The temperature or half width, for a task's ``predict``; None if there were too few examples to fit one."""

    @property
    def n(self) -> int:
        """The number of labelled examples."""


class Calibration(NamedTuple):
    """A temperature, the number of labelled rows it was fitted on, and whether it is the largest one allowed."""

    temperature: float
    n: int
    at_bound: bool = False
    """Whether the temperature is the largest one allowed. If so, confidence says nothing about correctness."""

    @property
    def value(self) -> float:
        """The temperature."""
        return self.temperature

    @property
    def fitted(self) -> bool:
        """Whether there were enough labelled rows; if not, the temperature is 1."""
        return self.n >= MIN_EXAMPLES


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn logits / temperature into probabilities over the last axis, in float64, without overflow."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def sigmoid(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn each of logits / temperature into a probability, in float64, without overflow."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    small = np.exp(-np.abs(scaled))
    return np.asarray(np.where(scaled > 0, 1.0, small) / (1 + small))


def fit_temperature(logits: NDArray[Any], targets: NDArray[Any]) -> Calibration:
    """Return the temperature that maximises the likelihood of the smoothed ``targets``, given ``logits`` (N, K).

    ``targets`` are classes (N,), for a softmax, or rows of 0 and 1 (N, K), for sigmoids. Rows with a negative target
    have no label and are left out. With fewer than 20 labelled rows the temperature is 1.0, which changes nothing.
    Scaling the logits scales the temperature.

    The likelihood is concave in 1/T, so the bounded search over log T finds its only optimum. The optimum is above the
    lower bound of the search: below that bound, the rivals alone cost (mean gap) / (T (n + 2)), which is more than
    ln K, the total cost at 1/T = 0.
    """
    from scipy.optimize import minimize_scalar

    logits, targets = np.asarray(logits, dtype=np.float64), np.asarray(targets)
    given = (targets >= 0).all(axis=1) if targets.ndim == 2 else targets >= 0
    logits, targets = logits[given], targets[given]
    n = len(targets)
    if n < MIN_EXAMPLES or logits.shape[1] < (1 if targets.ndim == 2 else 2):
        return Calibration(1.0, n)
    loss, gap = (_of_sets if targets.ndim == 2 else _of_classes)(logits, targets, 1 / (n + 2))
    if gap == 0:  # every answer has the same probability, at any temperature
        return Calibration(1.0, n, at_bound=True)
    lower, upper = np.clip([gap / ((n + 2) * np.log(max(logits.shape[1], 2))), FLATTEST * gap], LOWEST, HIGHEST)
    if lower == upper:
        return Calibration(float(upper), n, at_bound=True)
    bounds = np.log([lower, upper])
    found = minimize_scalar(lambda log_temperature: loss(np.exp(log_temperature)), bounds=bounds, method="bounded")
    return Calibration(float(np.clip(np.exp(found.x), LOWEST, HIGHEST)), n, at_bound=bool(found.x > bounds[1] - 0.01))


Loss = Callable[[float], float]


def _of_classes(logits: NDArray[Any], targets: NDArray[Any], smoothing: float) -> tuple[Loss, float]:
    """Return the mean negative log-likelihood of the classes ``targets`` (n,) as a function of the temperature.

    The second value is the mean gap between the logits of target and rival.
    """
    rows = np.arange(len(targets))
    of_target = logits[rows, targets]
    others = logits.copy()
    others[rows, targets] = -np.inf
    rival = others.max(axis=1)
    smoothed = (1 - smoothing) * of_target + smoothing * rival
    margins = logits - smoothed[:, None]  # a row costs log sum exp(margins / T)

    def negative_log_likelihood(temperature: float) -> float:
        scaled = margins / temperature
        top = scaled.max(axis=1)
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))).mean())

    return negative_log_likelihood, float(np.abs(of_target - rival).mean())


def _of_sets(logits: NDArray[Any], targets: NDArray[Any], smoothing: float) -> tuple[Loss, float]:
    """Return the same as ``_of_classes`` for rows of 0 and 1 (n, K): each number is a target, the other its rival."""
    margins = np.where(targets == 1, logits, -logits)  # below 0: a wrong answer

    def negative_log_likelihood(temperature: float) -> float:
        scaled = margins / temperature
        return float((np.logaddexp(0.0, -scaled) + smoothing * scaled).mean())

    return negative_log_likelihood, float(np.abs(margins).mean())
