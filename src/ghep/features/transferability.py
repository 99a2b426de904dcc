"""Transferability scores: estimates, without training, of how well frozen features suit a task, to rank backbones.

In: features (N, D), or probabilities of a source classifier (N, Z), and targets (N,). Out: one number, higher is
better. Legend: N examples, D feature_dim, K target classes, Z source classes. Rows with target -1 are left out.

    log_me    mean log evidence of a Bayesian linear model on each one-hot column,
              or on the standardised numbers of a regression task                     any number; scale-free
    h_score   variance between classes in units of the variance of the features       0 to K - 1
    knn       leave-one-out accuracy of the nearest neighbours by cosine              0 to 1
    leep      mean log probability of the target through the source classes           at most 0
    nce       minus the entropy of the target given the source class                  -log K to 0

None of the scores is reliable: which one ranks backbones best depends on the data set (measured by
``benchmarks/advice.py``). With labels for held-out examples, a linear probe scored on those examples is better than all
of these scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEIGHBOURS = 5
STEPS = 500
TOLERANCE = 1e-10
"""The iteration ends when the log evidence per example changes by this much or less."""
EXACT = 1e-10
"""Lower bound of the mean squared residual: without it, the evidence of an exact linear model would be infinite."""
CHUNK = 1024


def log_me(features: NDArray[np.floating], targets: NDArray[Any]) -> float:
    """Return LogME: log evidence per example, averaged over the K one-hot columns of ``targets``, or of numbers.

    The model of a column y, with F the features and w the weights, is y | w ~ N(F w, 1 / beta), w ~ N(0, 1 / alpha).
    alpha and beta maximise the likelihood of y; they are found by MacKay's fixed point in the basis of F's singular
    vectors, where a step costs O(D). As in the paper there is no intercept: features that are not centred contain one.

    Source: You et al. 2021, arXiv:2102.11005, algorithm 1; the singular vectors are their 2022 extension's.

    >>> rng = np.random.default_rng(0)
    >>> targets = np.arange(40) % 2
    >>> log_me(targets[:, None] + rng.normal(0, 0.1, (40, 3)), targets) > log_me(rng.normal(0, 1, (40, 3)), targets)
    True
    """
    if targets.dtype.kind == "f":
        kept = ~np.isnan(targets)
        rows, numbers = np.asarray(features[kept], dtype=np.float64), targets[kept].astype(np.float64)
        hot = ((numbers - numbers.mean()) / max(float(numbers.std()), 1e-300))[:, None]
    else:
        rows, targets = _labelled(features, targets)
        hot = _one_hot(targets)
    vectors, lengths = _singular(rows)
    squares = lengths**2
    return float(np.mean(_log_evidence(vectors, squares / max(squares.sum(), 1e-300) * len(squares), hot)))


def h_score(features: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """Return the H-score with shrinkage: tr(S_a^-1 (1 - a) S_between), S_a = (1 - a) S + a tr(S) / D.

    S is the covariance of the features, S_between that of the class means, a the weight of the shrinkage by Ledoit and
    Wolf (2004, doi:10.1016/S0047-259X(03)00096-4). The plain score (Bao et al. 2019, "An information-theoretic approach
    to transferability in task transfer learning", ICIP) has a = 0; if D is about N, it is K - 1 even for noise.
    Source: Ibrahim, Ponomareva and Mazumder 2022, arXiv:2110.06893, section 4.
    """
    features, targets = _labelled(features, targets)
    centred = features - features.mean(0)
    count, dim = centred.shape
    vectors, lengths = _singular(centred)
    variance = lengths**2 / count
    shrinkage = _ledoit_wolf(centred, variance)
    hot = _one_hot(targets)
    sizes = hot.sum(0)
    means = (hot.T @ (vectors * lengths)) / np.maximum(sizes, 1)[:, None]  # (K, R)
    between = (sizes[:, None] * means**2).sum(0) / count  # (R,), the diagonal in this basis
    within = (1 - shrinkage) * variance + shrinkage * variance.sum() / dim
    kept = within > 0
    return float((1 - shrinkage) * (between[kept] / within[kept]).sum())


def knn(features: NDArray[np.floating], targets: NDArray[np.integer], *, neighbours: int = NEIGHBOURS) -> float:
    """Return the leave-one-out accuracy of a majority vote of the ``neighbours`` nearest examples by cosine.

    Ties are broken by the similarity of the neighbours. NaN for fewer than two examples.
    """
    features, targets = _labelled(features, targets)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    directions = features / np.where(norms > 0, norms, 1)
    neighbours = min(neighbours, len(targets) - 1)
    if neighbours < 1:
        return float("nan")
    hot, right = _one_hot(targets), 0
    for start in range(0, len(targets), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(targets)))
        similar = directions[rows] @ directions.T
        similar[np.arange(len(rows)), rows] = -np.inf
        nearest = np.argpartition(-similar, neighbours - 1, axis=1)[:, :neighbours]
        # The similarities of all neighbours together count less than one vote.
        weights = 1 + np.take_along_axis(similar, nearest, axis=1) / (2 * neighbours + 1)
        votes = (weights[:, :, None] * hot[nearest]).sum(1)
        right += int((votes.argmax(1) == targets[rows]).sum())
    return right / len(targets)


def leep(probabilities: NDArray[np.floating], targets: NDArray[np.integer]) -> float:
    """Return LEEP of a source classifier's ``probabilities`` (N, Z): the mean log of sum_z P(y | z) p(z | x).

    x is an example, y its target, z a source class, and p(z | x) are the ``probabilities``. P(y | z) is estimated from
    the same probabilities and targets. Source: Nguyen et al. 2020, arXiv:2002.12462, section 3.
    """
    probabilities, targets = _labelled(probabilities, targets)
    joint = _one_hot(targets).T @ probabilities  # (K, Z), N times the joint probability
    of_source = joint.sum(0)
    conditional = joint / np.where(of_source > 0, of_source, 1)
    likelihood = (probabilities * conditional[targets]).sum(1)
    return float(np.log(likelihood).mean())


def nce(sources: NDArray[np.integer], targets: NDArray[np.integer]) -> float:
    """Return minus the empirical entropy of ``targets`` (N,) given the source classes ``sources`` (N,).

    Source: Tran, Nguyen and Hassner 2019, arXiv:1908.08142, section 3.
    """
    kept = targets >= 0
    classes = np.unique(sources[kept], return_inverse=True)[1].reshape(-1)
    return leep(np.eye(classes.max() + 1)[classes], targets[kept])  # LEEP of one-hot probabilities


def _labelled(values: NDArray[np.floating], targets: NDArray[np.integer]) -> tuple[Floats, NDArray[np.integer]]:
    """Return the labelled rows in float64, with targets renumbered to the classes that occur."""
    kept = targets >= 0
    found = np.unique(targets[kept], return_inverse=True)[1].reshape(-1)
    return np.asarray(values[kept], dtype=np.float64), found


def _one_hot(targets: NDArray[np.integer]) -> Floats:
    hot: Floats = np.eye(int(targets.max()) + 1)[targets]
    return hot


def _singular(features: Floats) -> tuple[Floats, Floats]:
    """Return left singular vectors (N, R) and singular values (R,), computed from the smaller Gram matrix.

    Singular values below 1e-7 of the largest are lost to rounding; they do not affect any of the scores.
    """
    count, dim = features.shape
    values, vectors = np.linalg.eigh(features @ features.T if count <= dim else features.T @ features)
    kept = values > 1e-14 * max(float(values[-1]), 1e-300)
    lengths = np.sqrt(values[kept])
    return (vectors[:, kept] if count <= dim else features @ vectors[:, kept] / lengths), lengths


def _log_evidence(vectors: Floats, squares: Floats, columns: Floats) -> Floats:
    """Return the log evidence per example of each column of ``columns`` (N, K), maximised over alpha and beta: (K,).

    ``squares`` (R,) are the squares s^2 of the singular values, scaled to a mean of 1: alpha absorbs the scale. With
    t = alpha / beta, MacKay's steps are gamma = sum s^2 / (s^2 + t), alpha = gamma / |w|^2 and
    beta = (N - gamma) / |y - F w|^2, with the symbols of ``log_me``.
    """
    count = len(columns)
    along = (vectors.T @ columns) ** 2  # (R, K)
    outside = np.maximum((columns**2).sum(0) - along.sum(0), 0)
    alpha, beta, best = np.ones(columns.shape[1]), np.ones(columns.shape[1]), np.full(columns.shape[1], -np.inf)
    square = squares[:, None]
    for _ in range(STEPS):
        share = square + alpha / beta
        residual = np.maximum((along * (alpha / beta / share) ** 2).sum(0) + outside, EXACT * count)
        weight = np.maximum((along * square / share**2).sum(0), np.finfo(float).tiny)
        found = (
            (np.log(alpha)[None] - np.log(alpha + beta * square)).sum(0)
            + count * np.log(beta / (2 * np.pi))
            - beta * residual
            - alpha * weight
        ) / (2 * count)
        done = np.abs(found - best) <= TOLERANCE
        best = np.fmax(best, found)
        if done.all():
            break
        gamma = (square / share).sum(0)
        # For a column of noise alpha goes to infinity, and the evidence to that of w = 0.
        alpha = np.clip(gamma / weight, 1e-12, 1e12)
        beta = np.clip((count - gamma) / residual, 1e-12, 1e12)
    return best


def _ledoit_wolf(centred: Floats, variance: Floats) -> float:
    """Return the shrinkage weight for the covariance of ``centred`` (N, D) with eigenvalues ``variance``."""
    count, dim = centred.shape
    squared = float((variance**2).sum())
    spread = float(((centred**2).sum(1) ** 2).sum()) / count - squared  # variance of the examples' outer products
    distance = squared - float(variance.sum()) ** 2 / dim
    return min(spread / count / distance, 1.0) if distance > 0 else 1.0
