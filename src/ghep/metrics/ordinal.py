"""Metrics of ratings, which measure the size of errors. Arguments and results are as in ``classification.py``.

In addition, ``values`` (K,) are the ratings as numbers, ascending, not necessarily evenly spaced. Distances are in the
units of these numbers.
"""

from __future__ import annotations

import numpy as np

from ghep.metrics.weighted import Array, Floats, mean, ratio, rows


def mean_absolute_error(targets: Array, probabilities: Array, values: Array, weights: Array | None = None) -> Floats:
    """Return the mean distance between the true and the expected rating, in units of the rating.

    The expected rating is sum_k p_k r_k, with p_k the probability of the rating r_k. It is used instead of the most
    probable rating: where 3 and 4 are nearly equally probable it is about 3.5 instead of jumping between them, and
    expected ratings average to the mean rating of a product.
    """
    expected = np.asarray(probabilities, dtype=np.float64) @ values
    return mean(np.abs(expected - np.asarray(values)[targets]), rows(weights, len(targets)))


def quadratic_kappa(targets: Array, probabilities: Array, values: Array, weights: Array | None = None) -> Floats:
    """Return the quadratic kappa: 1 - (mean squared distance) / (the same for randomly permuted predictions).

    The distance is that between the true and the most probable rating.
    1 is perfect, 0 is chance level for predictions with these frequencies, below 0 is worse. NaN if a single rating is
    both given and predicted. Distances are between values; for evenly spaced values this is Cohen's kappa with
    quadratic weights (Cohen 1968, doi:10.1037/h0026256).

    No confusion matrix is needed: with E the mean, randomly permuted predictions g have the mean squared distance
    E r^2 + E g^2 - 2 E r E g from the ratings r, which makes kappa a correlation of agreement (Fleiss and Cohen 1973,
    doi:10.1177/001316447303300309; Lin 1989, doi:10.2307/2532051).
    """
    weights = rows(weights, len(targets))
    values = np.asarray(values, dtype=np.float64)
    shifted = (values - values[0]) / max(values[-1] - values[0], np.finfo(np.float64).tiny)  # 0 to 1, to keep precision
    rated, predicted = shifted[targets], shifted[probabilities.argmax(axis=1)]
    total, sum_rated, sum_predicted = weights.sum(axis=1), weights @ rated, weights @ predicted
    observed = total * (weights @ (rated - predicted) ** 2)
    by_chance = total * (weights @ (rated**2 + predicted**2)) - 2 * sum_rated * sum_predicted
    by_chance[by_chance < 1e-12 * total**2] = 0.0  # 0 but for rounding
    return 1 - ratio(observed, by_chance)
