"""Linear heads on features, solved to convergence instead of trained for a few epochs.

Multinomial logistic regression: minimise over W (K, D) and b (K)

    mean_n  cross_entropy(W z_n + b, y_n)  +  strength / 2 * ||W||^2,        z = (x - mean) / scale

with L-BFGS (Liu and Nocedal 1989), for several strengths from strong to weak, each started where the one before
ended; the strength with the lowest log loss on the validation split wins. Three things make it fast and exact:

- features are centred and divided by one common scale, so that one grid of strengths serves every backbone;
- with fewer examples than dimensions the problem is solved in the span of the examples (W has no part outside it: the
  representer theorem), which is N x N instead of N x D and changes nothing;
- the solution is folded back into a plain linear layer on the raw features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from ghep.types import Finding

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4)
TOLERANCE = {"maxiter": 1000, "gtol": 1e-6, "ftol": 1e-12}
"""At 1e-5 and 1e-10 the log loss on valid at strength 1e-4 was up to 20 % off (synthetic, 1600 x 1280, 10 classes);
now 1 %. It takes 1.2 to 1.7 times as long (400 x 512 to 3200 x 576, one core)."""


@dataclass(frozen=True)
class LinearHead:
    """``logits = features @ weight.T + bias``: weight (K, D) and bias (K), float32."""

    weight: np.ndarray
    bias: np.ndarray
    strength: float
    """The regularisation that was chosen."""
    valid_loss: dict[float, float]
    """Strength -> log loss on the validation split (on the training split where there is none)."""

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, D) -> logits (N, K)."""
        logits: np.ndarray = features @ self.weight.T + self.bias
        return logits


def solve_head(
    features: np.ndarray,
    targets: np.ndarray,
    num_classes: int,
    *,
    valid: tuple[np.ndarray, np.ndarray] | None = None,
    class_weights: np.ndarray | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> LinearHead:
    """Return the head for ``features`` (N, D) and ``targets`` (N,) with the best of ``strengths``.

    Rows with target -1 are left out. Without ``valid`` the middle strength is taken: there is nothing to choose by.
    """
    features, targets = features[targets >= 0].astype(np.float64), targets[targets >= 0]
    mean = features.mean(0)
    scale = float(np.sqrt(((features - mean) ** 2).mean())) or 1.0
    basis, inputs = _in_span((features - mean) / scale)
    weights = np.ones(num_classes) if class_weights is None else np.asarray(class_weights)
    if valid is not None and not (valid[1] >= 0).any():
        valid = None
    if valid is None:
        strengths = (sorted(strengths, reverse=True)[len(strengths) // 2],)
    losses: dict[float, float] = {}
    solved: dict[float, tuple[np.ndarray, np.ndarray]] = {}
    start = np.zeros((num_classes, inputs.shape[1] + 1))
    for strength in sorted(strengths, reverse=True):
        start = _minimise(inputs, targets, weights, strength, start)
        weight = start[:, :-1] @ basis / scale
        solved[strength] = (weight, start[:, -1] - weight @ mean)
        losses[strength] = _log_loss(solved[strength], *(valid or (features, targets)), weights)
    best = min(losses, key=lambda strength: losses[strength])
    weight, bias = solved[best]
    return LinearHead(weight.astype(np.float32), bias.astype(np.float32), best, losses)


def boundary_of_grid(head: LinearHead) -> Finding | None:
    """Say so when the best strength lies at an end of the grid: a better one may lie outside."""
    tried = sorted(head.valid_loss)
    if len(tried) < 2 or head.strength not in (tried[0], tried[-1]):
        return None
    return Finding(
        "probe-grid-edge",
        "info",
        f"the best regularisation of the linear head, {head.strength:g}, is at an end of {tried[0]:g} to {tried[-1]:g}",
        "light or full fine-tuning, or more labels, may do better than a linear head",
    )


def _in_span(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``basis`` (R, D) with orthonormal rows and coordinates (N, R) such that inputs = coordinates @ basis."""
    count, dim = inputs.shape
    if count >= dim:
        return np.eye(dim), inputs
    left, values, right = np.linalg.svd(inputs, full_matrices=False)
    return right, left * values


def _minimise(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, strength: float, start: np.ndarray
) -> np.ndarray:
    """One convex problem; parameters (K, R + 1), the bias last and not penalised."""
    count, classes = len(inputs), len(start)
    sample = weights[targets] / count
    hot = np.zeros((count, classes))
    hot[np.arange(count), targets] = 1.0

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = flat.reshape(classes, -1)
        log_probabilities = log_softmax(inputs @ parameters[:, :-1].T + parameters[:, -1], axis=1)
        residual = (np.exp(log_probabilities) - hot) * sample[:, None]
        loss = -(log_probabilities[np.arange(count), targets] * sample).sum()
        slope = np.concatenate([residual.T @ inputs + strength * parameters[:, :-1], residual.sum(0)[:, None]], axis=1)
        return float(loss + strength / 2 * (parameters[:, :-1] ** 2).sum()), slope.ravel()

    solution = minimize(
        value_and_slope,
        start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options=TOLERANCE,
    )
    minimum: np.ndarray = solution.x.reshape(classes, -1)
    return minimum


def _log_loss(
    head: tuple[np.ndarray, np.ndarray], features: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> float:
    """Mean log loss of the labelled rows, each weighing what its class weighs."""
    weight, bias = head
    labelled = targets[targets >= 0]
    log_probabilities = log_softmax(features[targets >= 0] @ weight.T + bias, axis=1)
    each = -log_probabilities[np.arange(len(labelled)), labelled] * weights[labelled]
    return float(each.sum() / max(weights[labelled].sum(), 1e-12))
