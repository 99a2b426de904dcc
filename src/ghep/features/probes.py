"""Linear heads on features, solved to convergence instead of trained for a few epochs.

In: features (N, D) and targets of train and, if there is one, of valid. Out: a ``LinearHead`` with weights and bias.

Multinomial logistic regression (if an example may have several classes: K binary logistic regressions, solved
together): minimise over W (K, D) and b (K)

    mean_n  cross_entropy(W z_n + b, y_n)  +  strength / 2 * ||W||^2,        z = (x - mean) / scale

with L-BFGS (Liu and Nocedal 1989), for several strengths from strong to weak, each started from the solution before;
the strength with the lowest log loss on valid is chosen. Here z_n are the features x_n of example n after scaling, y_n
is its class, and strength is the regularisation. What makes the solution fast and exact:

- features are centred and divided by one common scale, so that one grid of strengths fits every backbone;
- features are rotated to their principal axes, of which there are at most N (by the representer theorem, W has no part
  outside the span of the examples);
- in these axes, the curvature of the problem along axis i is close to c s_i^2 + strength, with s_i^2 the variance along
  the axis and c = mean p (1 - p) of each class, p its probability. Dividing by the root of the curvature makes the
  directions alike: L-BFGS needs at most half the steps for a result ten times closer to the minimum;
- the solution is converted to a plain linear layer on the raw features.

Heads for numbers are solved by ridge regression, with the squared error in place of the cross-entropy. In the principal
axes of the weighted features, the solution for every strength is one division, so that a finer grid costs nothing, and
without a valid split the strength is chosen by the leave-one-out errors, which have a closed form (Allen 1974,
doi:10.1080/00401706.1974.10489157).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from threadpoolctl import ThreadpoolController

from ghep.tasks.base import labelled
from ghep.tasks.multi_label import no_weights
from ghep.types import Finding

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4)
RIDGE_STRENGTHS = tuple(float(10.0**power) for power in np.arange(2.0, -4.25, -0.5))
"""Strengths of ridge regression, as a share of the mean variance of the features, which is 1 after scaling. Weaker ones
would amplify the rounding errors of float32 features more than a hundredfold."""
TOLERANCE = {"maxiter": 1000, "gtol": 1e-7, "ftol": 1e-14}
"""Tolerances of L-BFGS, in the rotated and scaled coordinates. The relative error of the log loss on valid at strength
1e-3 was 5e-6 (680 examples x 1280 features, 17 classes of flowers). With gtol 1e-5 and ftol 1e-12, that of a loss near
zero was 6 % (30 x 60, synthetic)."""
WORSE = 1.02
"""Weaker strengths are not tried once the loss on valid has risen by this factor: it continues to rise, and weak
strengths take longest to solve."""
LARGE = 2e7
"""From this number of multiplications per product on (examples x features x classes, such as 10,000 x 256 x 10),
strengths are compared at a coarse tolerance and only the best is solved to convergence. No solution is stopped earlier,
because its loss on valid may rise first and then fall below the best (docs/LOG.md)."""
COARSE = {**TOLERANCE, "gtol": 1e-5, "ftol": 1e-8}
INTERMEDIATE = {**TOLERANCE, "gtol": 1e-3, "ftol": 1e-4}
"""Tolerances for strengths whose solution is only the start for the next strength."""
IN_SINGLE = {**TOLERANCE, "gtol": 1e-6, "ftol": 1e-9}
"""Tolerances for float32 coordinates. With tighter ones, line searches end in rounding noise: 135 evaluations for 7
steps (10,000 x 256 x 1,000)."""
DOUBLE_BYTES = 2**28
"""Features larger than this in float64 (26,000 x 1280) are kept in float32; sums stay in float64."""
SINGLE = 1e9
"""Products with more multiplications than this are also computed in float32, which takes half the time."""
CHUNK = 2**22
"""Logits in memory at a time."""
ONE_THREAD = 2e8
"""Products with fewer multiplications than this are computed in one thread. Next to another busy process, two threads
that waited for each other made 680 x 1280 x 17 take 60 s instead of 2 (OpenBLAS)."""


@dataclass(frozen=True)
class Convergence:
    """How close a head that was solved by passes over blocks of rows is to the minimum."""

    rows: int
    passes: int
    """Passes over the rows."""
    gradient: float
    """Norm of the gradient of the objective with respect to the standardised weights and the biases."""
    gap: float
    """The objective is above its minimum by at most this."""


@dataclass(frozen=True)
class LinearHead:
    """``logits = features @ weight.T + bias``: weight (K, D) and bias (K), float32."""

    weight: np.ndarray
    bias: np.ndarray
    strength: float
    """The chosen regularisation."""
    valid_loss: dict[float, float]
    """Strength -> log loss on valid (on train without a valid split), for the tried strengths. For a large problem only
    the loss of the chosen strength is exact; the others are from heads solved to the tolerance COARSE."""
    convergence: Convergence | None = None
    """None for a head that was solved in memory."""

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return logits (N, K) of ``features`` (N, D)."""
        logits: np.ndarray = features @ self.weight.T + self.bias
        return logits


def solve_head(
    features: np.ndarray,
    targets: np.ndarray,
    num_classes: int,
    *,
    valid: tuple[np.ndarray, np.ndarray] | None = None,
    class_weights: np.ndarray | None = None,
    example_weights: np.ndarray | None = None,
    strengths: Sequence[float] = STRENGTHS,
    coarse: bool = False,
) -> LinearHead:
    """Return the head for ``features`` (N, D) and ``targets`` with the best of ``strengths``.

    ``targets`` are classes (N,); or rows of 0 and 1 (N, K), whose K cross-entropies are summed and share one strength;
    or numbers (N,), for which ``solve_ridge`` solves the head. Rows with target -1 or NaN are left out. ``valid``,
    (features, targets), selects the strength; without it, the middle strength is used. ``class_weights`` (K,) and
    ``example_weights`` (N,) multiply the loss of each row; valid rows count equally. With ``coarse``, the head is only
    solved in float32 to the tolerance COARSE, which is enough to rank backbones.
    """
    if targets.dtype.kind == "f":
        path = RIDGE_STRENGTHS if strengths is STRENGTHS else strengths
        return solve_ridge(features, targets, valid=valid, example_weights=example_weights, strengths=path)
    each = np.ones(len(targets)) if example_weights is None else np.asarray(example_weights, dtype=np.float64)
    features, targets, each = (values[labelled(targets)] for values in (features, targets, each))
    weights = np.ones(num_classes) if class_weights is None else np.asarray(class_weights, dtype=np.float64)
    if valid is not None and not labelled(valid[1]).any():
        valid = None
    if valid is None:
        strengths = (sorted(strengths, reverse=True)[len(strengths) // 2],)
    size = features.size * num_classes
    ends_coarse, coarse = coarse, coarse or (size > LARGE and len(strengths) > 1)
    with blas_threads(size):
        single = ends_coarse or size > SINGLE or features.size * 8 > DOUBLE_BYTES
        axes = _principal_axes(features, np.float32 if single else np.float64)
        fine = TOLERANCE if axes.coordinates.dtype == np.float64 else IN_SINGLE
        losses: dict[float, float] = {}
        link = (Softmax if targets.ndim == 1 else Sigmoids)(targets, weights, each)
        start = best = np.zeros((num_classes, axes.coordinates.shape[1] + 1))
        chosen = max(strengths)

        def loss_of(parameters: np.ndarray) -> float:
            return _log_loss(link, axes.to_raw(parameters), *(valid or (features, targets)))

        for strength in sorted(strengths, reverse=True):
            start = minimise(axes, link, strength, start, COARSE if coarse else fine)
            losses[strength] = loss_of(start)
            if losses[strength] == min(losses.values()):
                best, chosen = start, strength
            elif losses[strength] > WORSE * min(losses.values()):
                break
        if coarse and not ends_coarse:
            best = minimise(axes, link, chosen, best, fine)
            losses[chosen] = loss_of(best)
        weight, bias = axes.to_raw(best)
    return LinearHead(weight.astype(np.float32), bias.astype(np.float32), chosen, losses)


def solve_ridge(
    features: np.ndarray,
    targets: np.ndarray,
    *,
    valid: tuple[np.ndarray, np.ndarray] | None = None,
    example_weights: np.ndarray | None = None,
    strengths: Sequence[float] = RIDGE_STRENGTHS,
) -> LinearHead:
    """Return the head (1, D) that predicts the numbers ``targets`` (N,) with the smallest penalised squared error.

    The strength of the penalty is the one with the smallest mean squared error on ``valid``, (features, targets), or
    without ``valid`` the one with the smallest leave-one-out error on train. Rows with target NaN are left out.
    ``example_weights`` (N,) multiply the squared error of each row; valid rows count equally.
    """
    known = labelled(targets)
    features, targets = features[known], targets[known].astype(np.float64)
    each = np.ones(len(targets)) if example_weights is None else np.asarray(example_weights, np.float64)[known]
    each = each / each.sum()
    if valid is not None and not labelled(valid[1]).any():
        valid = None
    with blas_threads(features.size * min(features.shape)):
        axes = _principal_axes(features, np.float64)
        middle, mean = each @ axes.coordinates, float(each @ targets)
        inputs, wanted = axes.coordinates - middle, targets - mean  # (N, R), (N,)
        curvature, rotation = np.linalg.eigh((inputs * each[:, None]).T @ inputs)  # (R,), (R, R)
        rotated = inputs @ rotation
        parts = rotated.T @ (each * wanted)
        losses: dict[float, float] = {}
        solutions: dict[float, tuple[np.ndarray, np.ndarray]] = {}
        for strength in sorted(strengths, reverse=True):
            shares = 1 / (np.maximum(curvature, 0) + strength)
            turned = rotation @ (shares * parts)  # (R,)
            parameters = np.append(turned, mean - middle @ turned)[None]
            solutions[strength] = axes.to_raw(parameters)
            if valid is None:
                leverage = each * (1 + np.square(rotated) @ shares)
                residual = (wanted - rotated @ (shares * parts)) / np.maximum(1 - leverage, 1e-9)
                losses[strength] = float(each @ residual**2)
            else:
                weight, bias = solutions[strength]
                scored = labelled(valid[1])
                losses[strength] = float(np.square(valid[0][scored] @ weight[0] + bias[0] - valid[1][scored]).mean())
    chosen = min(losses, key=losses.__getitem__)
    weight, bias = solutions[chosen]
    return LinearHead(weight.astype(np.float32), bias.astype(np.float32), chosen, losses)


def out_of_fold(
    features: np.ndarray, targets: np.ndarray, num_classes: int, folds: np.ndarray, *, strength: float
) -> np.ndarray:
    """Return logits (N, K), each row by a head that was solved on the rows of all other folds.

    ``features`` (N, D), ``targets`` (N,) without -1, ``folds`` (N,) from 0 to F - 1. The F heads are one problem with
    F * K outputs in the same coordinates (rotating and centring use no labels and change no solution), so one matrix
    product serves all folds. The problem is solved in float32 to the tolerance COARSE. It starts from zero weights and
    passes through stronger regularisation: a start that was solved with the label of a row could leak that label into
    the row's logits.
    """
    count, num_folds = len(targets), int(folds.max()) + 1
    with blas_threads(features.size * num_classes * num_folds):
        axes = _principal_axes(features, np.float32)
        inputs = axes.coordinates  # (N, R)
        solved_on = folds[:, None] != np.arange(num_folds)  # (N, F)
        weights = (solved_on / solved_on.sum(0)).astype(np.float32)
        rows = np.arange(count)

        def logits(parameters: np.ndarray) -> np.ndarray:
            flat = parameters.reshape(-1, parameters.shape[-1]).astype(np.float32)
            found: np.ndarray = (inputs @ flat[:, :-1].T + flat[:, -1]).reshape(count, num_folds, num_classes)
            return found

        def probabilities(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Return probabilities (N, F, K) by the heads of F folds, and the log probability of each target (N, F)."""
            out = logits(parameters)
            out -= out.max(2, keepdims=True)
            of_target = out[rows, :, targets]
            np.exp(out, out=out)
            total = out.sum(2)
            out /= total[..., None]
            return out, of_target - np.log(total)

        def solved(strength: float, start: np.ndarray, tolerance: Mapping[str, float]) -> np.ndarray:
            each = probabilities(start)[0]
            curvature = np.einsum("nfk,nf->fk", each * (1 - each), weights)
            curvature = np.maximum(curvature, 1e-4 / num_classes)[..., None]
            roots = np.concatenate([np.sqrt(curvature * axes.variance + strength), np.sqrt(curvature)], axis=2)

            def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
                parameters = flat.reshape(roots.shape) / roots
                residual, log_probability = probabilities(parameters)
                loss = strength / 2 * float((parameters[..., :-1] ** 2).sum())
                loss -= float((log_probability * weights).sum(dtype=np.float64))
                residual[rows, :, targets] -= 1
                residual *= weights[..., None]
                slope = np.empty_like(parameters)
                slope[..., :-1] = (residual.reshape(count, -1).T @ inputs).reshape(slope[..., :-1].shape)
                slope[..., :-1] += strength * parameters[..., :-1]
                slope[..., -1] = residual.sum(0, dtype=np.float64)
                return loss, (slope / roots).ravel()

            found = minimize(
                value_and_slope, (start * roots).ravel(), jac=True, method="L-BFGS-B", options=dict(tolerance)
            )
            minimum: np.ndarray = found.x.reshape(roots.shape) / roots
            return minimum

        parameters = np.zeros((num_folds, num_classes, inputs.shape[1] + 1))
        for stronger in (one for one in STRENGTHS if strength < one <= 1):
            parameters = solved(stronger, parameters, INTERMEDIATE)
        found: np.ndarray = logits(solved(strength, parameters, COARSE))[rows, folds]
    return found


def boundary_of_grid(head: LinearHead) -> Finding | None:
    """Return a finding if the chosen strength of ``head`` is the smallest or largest tried; else None."""
    tried = sorted(head.valid_loss)
    if len(tried) < 2 or head.strength not in (tried[0], tried[-1]):
        return None
    end = "weakest" if head.strength == tried[0] else "strongest"
    return Finding.of("probe-grid-edge", "info", strength=head.strength, weakest=tried[0], strongest=tried[-1], end=end)


@dataclass(frozen=True)
class Axes:
    """N examples in R principal axes: ``(features - mean) / scale`` = ``coordinates @ basis``."""

    mean: np.ndarray
    scale: float
    basis: np.ndarray
    """The axes (R, D), orthonormal rows."""
    coordinates: np.ndarray
    """(N, R)."""
    variance: np.ndarray
    """(R,), variances of the coordinates."""

    def to_raw(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Convert ``parameters`` (K, R + 1) in the principal axes to weight (K, D) and bias (K,) for raw features."""
        weight = parameters[:, :-1] @ self.basis / self.scale
        return weight, parameters[:, -1] - weight @ self.mean


def _principal_axes(features: np.ndarray, dtype: type) -> Axes:
    """Return the principal axes of ``features`` X (N, D), by the eigenvectors of the smaller of X X^T and X^T X.

    That is an eighth of the work of a singular value decomposition. Variances are exact to 1e-16 of the largest. Axes
    with a variance below 1e-14 of the largest are rounding noise and are left out; they affect no logit.
    """
    count, dim = features.shape
    rows = [slice(at, at + 4096) for at in range(0, count, 4096)]
    inputs: np.ndarray = np.empty(features.shape, dtype=dtype)
    mean = features.mean(0, dtype=np.float64)
    for part in rows:
        inputs[part] = features[part] - mean
    scale = float(np.sqrt(sum(float(np.vdot(inputs[part], inputs[part])) for part in rows) / features.size)) or 1.0
    inputs /= scale
    if count < dim:
        values, vectors = _large_eigenvectors((inputs @ inputs.T).astype(np.float64))  # (R,), (N, R)
        lengths = np.sqrt(values)
        return Axes(mean, scale, (vectors / lengths).T @ inputs, vectors * lengths, values / count)
    gram = np.zeros((dim, dim))
    for part in rows:
        gram += inputs[part].T @ inputs[part]
    values, vectors = _large_eigenvectors(gram)
    rotation = vectors.astype(inputs.dtype)  # (D, R)
    for part in rows:  # in place, in the only copy of the features
        inputs[part, : len(values)] = inputs[part] @ rotation
    return Axes(mean, scale, vectors.T, inputs[:, : len(values)], values / count)


def _large_eigenvectors(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-14 * max(values[-1], 1e-300)
    return values[kept], vectors[:, kept]


def minimise(axes: Axes, link: Link, strength: float, start: np.ndarray, tolerance: Mapping[str, float]) -> np.ndarray:
    """Return the parameters (K, R + 1) that minimise the loss at ``strength``, starting from ``start``.

    The last column is the bias, which is not penalised.
    """
    classes, chunk = len(start), max(1, CHUNK // len(start))
    rows = [slice(at, at + chunk) for at in range(0, len(axes.coordinates), chunk)]

    def logits(parameters: np.ndarray, part: slice) -> np.ndarray:
        """Return the logits (n, K) of the examples in ``part``, in the dtype of the coordinates."""
        inputs = axes.coordinates[part]
        found: np.ndarray = inputs @ parameters[:, :-1].T.astype(inputs.dtype) + parameters[:, -1].astype(inputs.dtype)
        return found

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = flat.reshape(classes, -1) / roots
        loss, slope = strength / 2 * float((parameters[:, :-1] ** 2).sum()), np.zeros_like(parameters)
        slope[:, :-1] = strength * parameters[:, :-1]
        for part in rows:
            more, residual = link.loss_and_residual(logits(parameters, part), part)
            loss += more
            slope[:, :-1] += residual.T @ axes.coordinates[part]
            slope[:, -1] += residual.sum(0, dtype=np.float64)
        return loss, (slope / roots).ravel()

    curvature = np.zeros(classes)  # of each class: mean p (1 - p)
    for part in rows:
        curvature += link.curvature(logits(start, part), part)
    roots = roots_of(axes, curvature, strength)
    solution = minimize(value_and_slope, (start * roots).ravel(), jac=True, method="L-BFGS-B", options=dict(tolerance))
    minimum: np.ndarray = solution.x.reshape(classes, -1) / roots
    return minimum


def roots_of(axes: Axes, curvature: np.ndarray, strength: float) -> np.ndarray:
    """Return the roots (K, R + 1) of the curvature along each axis, given the mean p (1 - p) of each class (K,)."""
    curvature = np.maximum(curvature, 1e-4 / len(curvature))[:, None]
    return np.concatenate([np.sqrt(curvature * axes.variance + strength), np.sqrt(curvature)], axis=1)


class Link(Protocol):
    """The loss for one kind of targets. Methods may overwrite the given logits (n, K) of the examples in ``part``."""

    targets: np.ndarray
    """Of the examples, all labelled: (N,) or (N, K)."""
    weights: np.ndarray
    """Of the classes (K,)."""

    def loss_and_residual(self, logits: np.ndarray, part: slice) -> tuple[float, np.ndarray]:
        """Return what the examples in ``part`` add to the mean loss, and the gradient of that by the logits (n, K)."""

    def curvature(self, logits: np.ndarray, part: slice) -> np.ndarray:
        """Return what the examples in ``part`` add to the mean of p (1 - p) of each class (K,), p its probability."""

    def scored(self, logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
        """Return the summed loss of ``logits`` (n, K) on labelled ``targets``, with class weights, and their weight."""


class Softmax:
    """The loss for one class per example: targets (N,), all labelled, weights of classes (K,) and of rows (N,)."""

    def __init__(self, targets: np.ndarray, weights: np.ndarray, each: np.ndarray) -> None:
        self.targets, self.weights = targets, weights
        self.sample = weights[targets] * each / len(targets)

    def loss_and_residual(self, logits: np.ndarray, part: slice) -> tuple[float, np.ndarray]:
        """Return the sum of weighted cross-entropies, and weight times (probability - target) for each logit."""
        sample = self.sample[part]
        residual, log_probability = self._probabilities(logits, part)
        residual[np.arange(len(residual)), self.targets[part]] -= 1
        residual *= sample[:, None].astype(residual.dtype)
        return -float((log_probability * sample).sum()), residual

    def curvature(self, logits: np.ndarray, part: slice) -> np.ndarray:
        """Return the weighted sum of p (1 - p) of each class (K,)."""
        each = self._probabilities(logits, part)[0]
        found: np.ndarray = (each * (1 - each) * self.sample[part, None]).sum(0, dtype=np.float64)
        return found

    def scored(self, logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
        """Return the sum of weighted cross-entropies and the sum of their weights."""
        weights = self.weights[targets]
        each = -log_softmax(logits, axis=1)[np.arange(len(targets)), targets] * weights
        return float(each.sum(dtype=np.float64)), float(weights.sum())

    def _probabilities(self, logits: np.ndarray, part: slice) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities (n, K) of the examples in ``part``, and the log probability of each target (n,)."""
        logits -= logits.max(1, keepdims=True)
        of_target = logits[np.arange(len(logits)), self.targets[part]]
        np.exp(logits, out=logits)
        total = logits.sum(1)
        logits /= total[:, None]
        return logits, of_target - np.log(total)


class Sigmoids:
    """The loss for several classes per example: targets (N, K) of 0 and 1, weights of classes (K,) and of rows (N,)."""

    def __init__(self, targets: np.ndarray, weights: np.ndarray, each: np.ndarray) -> None:
        self.targets, self.weights, self.each = targets, weights, each[:, None] / len(targets)

    def loss_and_residual(self, logits: np.ndarray, part: slice) -> tuple[float, np.ndarray]:
        """Return the sum of weighted cross-entropies, and weight times (probability - target) for each logit."""
        yes, each = self.targets[part] == 1, self._weights(self.targets[part]) * self.each[part]
        loss = np.logaddexp(0, np.where(yes, -logits, logits)) * each
        return float(loss.sum(dtype=np.float64)), ((expit(logits) - yes) * each).astype(logits.dtype)

    def curvature(self, logits: np.ndarray, part: slice) -> np.ndarray:
        """Return the weighted sum of p (1 - p) of each class (K,)."""
        each, weights = expit(logits), self._weights(self.targets[part]) * self.each[part]
        found: np.ndarray = (each * (1 - each) * weights).sum(0, dtype=np.float64)
        return found

    def scored(self, logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
        """Return the sum of weighted cross-entropies and the sum of their weights."""
        weights = self._weights(targets)
        each = np.logaddexp(0, np.where(targets == 1, -logits, logits)) * weights
        return float(each.sum(dtype=np.float64)), float(weights.sum())

    def _weights(self, targets: np.ndarray) -> np.ndarray:
        """Return the weight (n, K) of each cross-entropy, which differs for examples with and without the class."""
        found: np.ndarray = np.where(targets == 1, self.weights, no_weights(self.weights))
        return found


def _log_loss(link: Link, head: tuple[np.ndarray, np.ndarray], features: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean loss of ``head`` (weight, bias) on the labelled rows, with class weights as in training."""
    weight, bias = head
    known = labelled(targets)
    loss, total = link.scored(features[known] @ weight.T + bias, targets[known])
    return loss / max(total, 1e-12)


@contextmanager
def blas_threads(multiplications: float) -> Iterator[None]:
    """Inside the ``with`` statement, NumPy's large products use all threads, SciPy's L-BFGS uses one.

    SciPy's wheels have a separate BLAS, whose threads would busy-wait while NumPy's threads need the cores (10,000 x
    256 x 100 on two cores: 8 s with two threads each, 2.7 s with this context).
    """
    blas = ThreadpoolController().select(user_api="blas")
    if multiplications >= ONE_THREAD:
        blas = blas.select(
            filepath=[library.filepath for library in blas.lib_controllers if "scipy.libs" in library.filepath]
        )
    with blas.limit(limits=1):
        yield
