"""Metrics of a classifier, each as a function of per-example weights.

Every function takes ``targets`` (n,) class indices in [0, K), ``probabilities`` (n, K) and ``weights``. Weights are
(B, n), and the result is (B,) values, one per row of weights; or they are (n,) or None (all ones), and the result is
(1,). So one call computes one value, or all values of a bootstrap. An undefined metric (no examples, or a single class
for AUROC) is NaN.

Balanced accuracy and macro F1 average over the classes that occur among targets of positive weight, AUROC over the
classes that have both positives and negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.metrics.weighted import mean, ratio, rows

Array = NDArray[Any]
Floats = NDArray[np.float64]

ECE_BINS = 15
FEW_POSITIVES = 32
"""Classes with at most this many positives are ranked by one matrix product, which for 1,000 classes is far faster than
a running sum per class."""
TOGETHER = 32
"""Number of classes with few positives per product."""


def accuracy(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the share of examples whose most probable class is their target."""
    return mean(_correct(targets, probabilities), rows(weights, len(targets)))


def balanced_accuracy(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean recall over the classes that occur among the targets."""
    weights, classes = rows(weights, len(targets)), probabilities.shape[1]
    support = _sum_by(targets, classes, weights)
    found = _sum_by(targets, classes, weights * _correct(targets, probabilities))
    return _mean_over_classes(ratio(found, support))


def macro_f1(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean F1 over the classes that occur: 2 x true positives / (predicted + actual positives)."""
    weights, classes = rows(weights, len(targets)), probabilities.shape[1]
    support = _sum_by(targets, classes, weights)
    predicted = _sum_by(probabilities.argmax(axis=1), classes, weights)
    found = _sum_by(targets, classes, weights * _correct(targets, probabilities))
    return _mean_over_classes(np.where(support > 0, ratio(2 * found, support + predicted), np.nan))


def log_loss(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the mean of -ln(probability of the target), in nats.

    Probabilities are clipped by the float64 epsilon, as in scikit-learn: an example of probability 0 costs 36 nats, not
    infinity.
    """
    given = np.asarray(probabilities, dtype=np.float64)[np.arange(len(targets)), targets]
    epsilon = np.finfo(np.float64).eps
    return mean(-np.log(np.clip(given, epsilon, 1 - epsilon)), rows(weights, len(targets)))


def expected_calibration_error(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the ECE: the mean gap between confidence and accuracy over 15 equal-width bins of the top probability.

    Bins are (0, 1/15], (1/15, 2/15], ... The error is positive by chance even for a perfectly calibrated model: see
    ``calibration_error_by_chance``. Source: Guo et al. 2017, arXiv:1706.04599.
    """
    weights = rows(weights, len(targets))
    confidence, bins = _confidence_bins(probabilities)
    gaps = _sum_by(bins, ECE_BINS, weights * (_correct(targets, probabilities) - confidence))
    return ratio(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def calibration_error_by_chance(probabilities: Array, *, resamples: int, seed: int) -> Floats:
    """Return random values (B,) of the expected calibration error, B = ``resamples``, for a perfectly calibrated model.

    The correctness of each answer is drawn from its confidence: consistency resampling, Bröcker and Smith 2007,
    doi:10.1175/WAF993.1.
    """
    rng = np.random.default_rng(seed)
    confidence, bins = _confidence_bins(probabilities)
    errors = np.empty(resamples)
    for b in range(resamples):
        correct = rng.random(len(confidence)) < confidence
        errors[b] = np.abs(np.bincount(bins, correct - confidence)).sum() / max(len(confidence), 1)
    return errors


def auroc(targets: Array, probabilities: Array, weights: Array | None = None) -> Floats:
    """Return the AUROC: the probability that an example of a class ranks above an example of another class.

    With two classes, it is that of class 1. With more, it is the mean of one-versus-rest over the classes that have
    both positives and negatives; NaN if no class has both. Ties count one half.
    """
    columns = np.ascontiguousarray(rows(weights, len(targets)).T)  # (n, B): sorting then moves whole rows
    classes = [1] if probabilities.shape[1] == 2 else np.unique(targets)
    if not len(targets):
        return np.full(columns.shape[1], np.nan)
    total = columns.sum(axis=0)
    values = np.empty((columns.shape[1], len(classes)))
    few: list[int] = []
    for place, k in enumerate(classes):
        if (targets == k).sum() <= FEW_POSITIVES:
            few.append(place)
        else:
            values[:, place] = _auroc(targets == k, probabilities[:, k], columns, total)
    for at in range(0, len(few), TOGETHER):  # for 1,000 classes: as few passes over the weights as memory allows
        places = few[at : at + TOGETHER]
        ks = [classes[place] for place in places]
        values[:, places] = _auroc_of_few([targets == k for k in ks], [probabilities[:, k] for k in ks], columns, total)
    return _mean_over_classes(values)


def _auroc(positive: Array, scores: Array, weights: Floats, total: Floats) -> Floats:
    """Return the weighted Mann-Whitney statistic (B,) for weights (n, B) with sums ``total`` (B,).

    For a positive example i with weight w_i, let R_i be the weight of the examples ranked below i plus half the weight
    of those tied with i, itself included. Then sum_i w_i R_i compares positives with all examples. Positives compared
    with positives contribute P^2 / 2 in any order, where P is their total weight; this part is subtracted.
    """
    order, at, low, high = _ranking(positive, scores)
    chosen = weights[order[at]]
    positives = chosen.sum(axis=0)
    running = np.zeros((len(scores) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=running[1:])
    wins = np.einsum("ib,ib->b", chosen, running[low] + running[high]) / 2 - positives**2 / 2
    return ratio(wins, positives * (total - positives))


def _auroc_of_few(positive: Sequence[Array], scores: Sequence[Array], weights: Floats, total: Floats) -> Floats:
    """Return the AUROC (B, k) of k classes with few positives each, by one matrix product with the weights."""
    rankings = [_ranking(one, values) for one, values in zip(positive, scores, strict=True)]
    ranks = np.concatenate([_sums_up_to(low, high, order) for order, _, low, high in rankings]) @ weights  # (p, B)
    chosen = weights[np.concatenate([order[at] for order, at, _, _ in rankings])]
    sizes = np.array([len(at) for _, at, _, _ in rankings])
    ends = np.cumsum(sizes)
    found = np.full((weights.shape[1], len(sizes)), np.nan)
    for place, (start, end) in enumerate(zip(ends - sizes, ends, strict=True)):
        positives = chosen[start:end].sum(axis=0)
        wins = np.einsum("ib,ib->b", chosen[start:end], ranks[start:end]) / 2 - positives**2 / 2
        found[:, place] = ratio(wins, positives * (total - positives))
    return found


def _ranking(positive: Array, scores: Array) -> tuple[Array, Array, Array, Array]:
    """Return four arrays: the order of the scores, the ranks of the positives, and two counts for each positive.

    The counts are the number of examples ranked below the positive, without and with those tied with it.
    """
    order = np.argsort(scores, kind="stable")
    ranked, at = scores[order], np.flatnonzero(positive[order])
    low, high = (np.searchsorted(ranked, ranked[at], side=side) for side in ("left", "right"))
    return order, at, low, high


def _sums_up_to(low: Array, high: Array, order: Array) -> Floats:
    """Return a matrix (p, n) with a row per positive: 2 for examples ranked below it, 1 for ties, else 0."""
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    counted: Floats = (places < low[:, None]).astype(np.float64) + (places < high[:, None])
    return counted


def _correct(targets: Array, probabilities: Array) -> Floats:
    return np.asarray(probabilities.argmax(axis=1) == targets, dtype=np.float64)


def _confidence_bins(probabilities: Array) -> tuple[Floats, NDArray[np.int64]]:
    confidence = np.asarray(probabilities, dtype=np.float64).max(axis=1, initial=0)
    return confidence, np.clip(np.ceil(confidence * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1)


def _sum_by(groups: Array, size: int, weights: Floats) -> Floats:
    """Sum weights (B, n) by group (n,) into (B, size), in time that does not grow with ``size``."""
    sums = np.zeros((len(weights), size))
    if len(groups):
        order = np.argsort(groups, kind="stable")
        present, starts = np.unique(groups[order], return_index=True)
        sums[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _mean_over_classes(values: Floats) -> Floats:
    """Return the mean over classes, (B, K) -> (B,); classes with NaN are left out."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1))
