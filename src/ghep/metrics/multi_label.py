"""Metrics of multi-label answers, each as a function of per-example weights.

Every function takes ``targets`` (n, K) of 0 and 1, ``probabilities`` (n, K) of having each class, and ``weights`` as in
``classification.py``; it returns (B,) values. A probability above one half is a yes. An undefined metric is NaN;
averages over classes are over the classes that occur (with positive weight).
"""

from __future__ import annotations

import numpy as np

from ghep.metrics.weighted import Array, Floats, mean, ratio, rows

YES = 0.5
"""A probability above this is a yes."""


def exact_match(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the share of examples whose K answers are all correct."""
    right = ((probabilities > YES) == (targets == 1)).all(axis=1)
    return mean(right.astype(np.float64), rows(weights, len(targets)))


def hamming_loss(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the share of wrong answers among all n x K answers."""
    wrong = ((probabilities > YES) != (targets == 1)).mean(axis=1)
    return mean(wrong, rows(weights, len(targets)))


def micro_f1(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return F1 over all classes together: 2 x true positives / (predicted + actual positives)."""
    weights = rows(weights, len(targets))
    found, predicted, given = _counts(targets, probabilities, weights)
    return ratio(2 * found.sum(axis=1), (predicted + given).sum(axis=1))


def macro_f1(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean F1 over the classes that occur: 2 x true positives / (predicted + actual positives)."""
    weights = rows(weights, len(targets))
    found, predicted, given = _counts(targets, probabilities, weights)
    return _mean_over(np.where(given > 0, ratio(2 * found, predicted + given), np.nan))


def mean_average_precision(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean of the average precision over the classes that occur.

    Average precision of a class is a mean over the examples of that class. Each contributes the precision among all
    examples that are ranked as high or higher, including ties. This is the step-wise area under the precision-recall
    curve.
    """
    columns = np.ascontiguousarray(rows(weights, len(targets)).T)  # (n, B): sorting then moves whole rows
    if not len(targets):
        return np.full(columns.shape[1], np.nan)
    each = [_average_precision(targets[:, k] == 1, probabilities[:, k], columns) for k in range(targets.shape[1])]
    return _mean_over(np.stack(each, axis=1))


def log_loss(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean over examples and classes of -ln(probability of the correct answer), in nats.

    Probabilities are clipped as in ``classification.log_loss``.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    given = np.where(targets == 1, probabilities, 1 - probabilities)
    epsilon = np.finfo(np.float64).eps
    return mean(-np.log(np.clip(given, epsilon, 1 - epsilon)).mean(axis=1), rows(weights, len(targets)))


def _counts(targets: Array, probabilities: Array, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return, for each class, the weight of true positives, predicted positives and positives: three arrays (B, K)."""
    given, predicted = (targets == 1).astype(np.float64), (probabilities > YES).astype(np.float64)
    return weights @ (given * predicted), weights @ predicted, weights @ given


def _average_precision(positive: Array, scores: Array, weights: Floats) -> Floats:
    """Return the average precision (B,) of one class for weights (n, B); NaN without positives."""
    order = np.argsort(-scores, kind="stable")
    ranked = -scores[order]
    at = np.flatnonzero(positive[order])
    chosen = weights[order[at]]
    above = np.cumsum(weights[order], axis=0)[np.searchsorted(ranked, ranked[at], side="right") - 1]
    found = np.cumsum(chosen, axis=0)[np.searchsorted(ranked[at], ranked[at], side="right") - 1]
    precision = np.divide(found, above, out=np.zeros_like(found), where=above > 0)
    return ratio(np.einsum("ib,ib->b", chosen, precision), chosen.sum(axis=0))


def _mean_over(values: Floats) -> Floats:
    """Return the mean over classes, (B, K) -> (B,); classes with NaN are left out."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1))
