"""Measures of a rating: how far off, not only how often. In: what ``classification.py`` takes, and the ratings' values.

``values`` (K,) are the ratings as numbers, rising; they need not be evenly spaced. Distances are in their units.
"""

from __future__ import annotations

import numpy as np

from ghep.metrics.weighted import Array, Floats, mean, ratio, rows


def mean_absolute_error(targets: Array, probabilities: Array, values: Array, weights: Array | None = None) -> Floats:
    """Return the mean distance between the rating and the expected one, sum_k p_k r_k, in units of the rating.

    Of the expected rating, not of the likeliest: it says 3.4 where 3 and 4 are nearly as likely, instead of jumping
    from one to the other, and it is what adds up to the mean rating of a product.
    """
    expected = np.asarray(probabilities, dtype=np.float64) @ values
    return mean(np.abs(expected - np.asarray(values)[targets]), rows(weights, len(targets)))


def quadratic_kappa(targets: Array, probabilities: Array, values: Array, weights: Array | None = None) -> Floats:
    """Return 1 - (mean squared distance of the likeliest rating) / (the same if guesses were dealt out at random).

    1 is perfect, 0 what chance gives to guesses as frequent as these, below 0 worse. NaN where one rating alone is both
    given and guessed. A distance is that of the values; if they are evenly spaced this is Cohen's kappa with quadratic
    weights (Cohen 1968, doi:10.1037/h0026256).

    With distances squared no table is needed: dealt out at random, guess g and rating r are on average
    E r^2 + E g^2 - 2 E r E g apart, which makes kappa a correlation of agreement (Fleiss and Cohen 1973,
    doi:10.1177/001316447303300309; Lin 1989, doi:10.2307/2532051).
    """
    weights = rows(weights, len(targets))
    values = np.asarray(values, dtype=np.float64)
    shifted = (values - values[0]) / max(values[-1] - values[0], np.finfo(np.float64).tiny)  # 0 to 1: no digits lost
    rated, guessed = shifted[targets], shifted[probabilities.argmax(axis=1)]
    total, sum_rated, sum_guessed = weights.sum(axis=1), weights @ rated, weights @ guessed
    apart = total * (weights @ (rated - guessed) ** 2)
    by_chance = total * (weights @ (rated**2 + guessed**2)) - 2 * sum_rated * sum_guessed
    by_chance[by_chance < 1e-12 * total**2] = 0.0  # rounding of what is 0
    return 1 - ratio(apart, by_chance)
