"""Which labels are probably wrong, by class probabilities of heads that have not seen them?

In: out-of-fold logits (N, K) and the given labels, targets (N,). Out: ``Doubts``, the suspects, most doubtful first.

A head that was solved on wrong labels learns that every answer may be wrong: its probabilities are timid, those of
right answers as well. So wrong labels are part of the model here. Let q be the class probabilities of an example,
softmax(logits / T), and let a share e of the labels be replaced by another class at random. The given label g then has
the probability (1 - e) q_g + e (1 - q_g) / (K - 1), and the second term's share of it is the probability that g is
wrong. T and e maximise the likelihood of the given labels; e is the estimated share of wrong labels. On clean data e is
near zero, and hard examples are not taken for wrong labels.

A label is a suspect if another class is more probable, and if it is wrong with a probability above ``CHANCE`` or has a
probability q_g below ``CERTAIN`` / (K - 1). The second condition finds single wrong labels, too few to move e. Whatever
the accuracy of heads, if they are calibrated it is true of at most the share ``CERTAIN`` of right labels: an example
has at most K - 1 such classes, and its right label is one of them with at most the sum of their probabilities.
Suspects are ranked by the margin: q_g minus the largest other q.

Confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068), which calls a label wrong if another class
exceeds its own mean probability, is compared on the same logits in ``benchmarks/wrong_labels.py``: it found fewer wrong
labels, and suspected more right ones where heads are weak (docs/guards.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax

FOLDS = 5
FEWEST = 10
"""A class with fewer examples is not judged: the heads that judge it have seen eight or fewer."""
CHANCE = 0.2
"""The probability of being wrong above which a label is a suspect. It is low because the estimates are: at 0.2, six to
nine of ten suspects were wrong (docs/guards.md). At 0.5, 0.73 of the wrong labels of hymenoptera were found in place of
0.88 (6 draws other than those reported)."""
CERTAIN = 0.02
"""Largest share of right labels that the second condition suspects, if heads are calibrated."""
MOST = 0.4
"""Largest share of wrong labels that is considered."""
GAIN = 1.92
"""Half the 95 % quantile of chi squared with one degree of freedom: the bar of a likelihood ratio test."""
LOG_RANGE = 4.0
"""Largest logarithm of a temperature, and of its inverse."""
BAR = 0.03
"""Share of suspects above which a data set is reported; clean data have fewer (docs/guards.md)."""
DRAWS = 400_000
"""Random logits of the bound, divided among the classes."""


@dataclass(frozen=True, eq=False)
class Doubts:
    """What logits of heads that have not seen the labels say about N labels of K classes."""

    suspects: np.ndarray
    """Rows (M,) whose label is probably wrong, the smallest margin first."""
    likely: np.ndarray
    """The most probable class other than the label (N,)."""
    probabilities: np.ndarray
    """Class probabilities q (N, K), at the temperature T."""
    margins: np.ndarray
    """Probability of the label minus that of ``likely`` (N,), -1 to 1."""
    accuracy: float
    """Share of rows whose most probable class is the label."""
    wrong: float
    """Estimated share of wrong labels, e."""
    temperature: float
    """T."""


def doubtful(logits: np.ndarray, targets: np.ndarray) -> Doubts:
    """Return which of ``targets`` (N,) are probably wrong, from out-of-fold ``logits`` (N, K)."""
    logits, rows, others = logits.astype(np.float64), np.arange(len(targets)), logits.shape[1] - 1
    temperature, wrong = _temperature(logits, targets)
    probabilities = softmax(logits / temperature, axis=1)
    given, rest = probabilities[rows, targets], probabilities.copy()
    rest[rows, targets] = -1.0
    margins = given - rest.max(1)
    replaced = wrong * (1 - given) / others
    chance = replaced / np.maximum((1 - wrong) * given + replaced, 1e-300)
    found = np.flatnonzero((margins < 0) & ((chance > CHANCE) | (given < CERTAIN / others)))
    found = found[np.argsort(margins[found], kind="stable")]
    accuracy = float((margins > 0).mean())
    return Doubts(found, rest.argmax(1), probabilities, margins, accuracy, wrong, temperature)


def _temperature(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Return the temperature T and the share of wrong labels e that maximise the likelihood of ``targets``.

    e is 0 unless it raises the log likelihood by ``GAIN``: labels that no head can predict are fitted about as well by
    confident heads and many wrong labels as by heads that are not confident.
    """
    rows, others = np.arange(len(targets)), logits.shape[1] - 1

    def loss(log_temperature: float, share: float) -> float:
        scaled = logits / np.exp(np.clip(log_temperature, -LOG_RANGE, LOG_RANGE))
        q = np.exp(log_softmax(scaled, axis=1)[rows, targets])
        return -float(np.log(np.maximum((1 - share) * q + share * (1 - q) / others, 1e-300)).sum())

    plain = minimize_scalar(lambda value: loss(value, 0.0), bounds=(-LOG_RANGE, LOG_RANGE), method="bounded")
    starts = ((0.0, -4.0), (-1.0, -2.0))  # few wrong labels and calibrated heads; many, and timid heads
    options = {"xatol": 1e-3, "fatol": 1e-3, "maxiter": 300}
    found = [
        minimize(lambda both: loss(both[0], MOST * expit(both[1])), start, method="Nelder-Mead", options=options)
        for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    if plain.fun - best.fun < GAIN:
        return float(np.exp(plain.x)), 0.0
    return float(np.exp(np.clip(best.x[0], -LOG_RANGE, LOG_RANGE))), float(MOST * expit(best.x[1]))


def findable(accuracy: float, classes: int, *, wrong: float = 0.05, precision: float = 0.5, seed: int = 0) -> float:
    """Return the largest recall of wrong labels, at ``precision`` or more, that a method can have on average.

    A share ``wrong`` of the labels is replaced by another class at random. The class probabilities are exact, and their
    logits are normally distributed, with the variance that gives ``accuracy``. Real heads are worse. With two classes
    and an accuracy of 0.78, the recall is 0.27: most of the labels that look wrong are right.
    """
    count = max(2_000, DRAWS // classes)
    noise = np.random.default_rng(seed).standard_normal((count, classes), dtype=np.float32)
    low, high = 0.01, 100.0
    while high > 1.01 * low:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if softmax(middle * noise, axis=1).max(1).mean() < accuracy else (low, middle)
    given = np.sort(softmax(low * noise, axis=1), axis=None)  # an example with each label: right so often
    found = np.cumsum(wrong * (1 - given) / (classes - 1), dtype=np.float64)
    alarms = np.cumsum((1 - wrong) * given, dtype=np.float64)
    enough = found >= precision * (found + alarms)
    return float(found[enough].max(initial=0.0) / found[-1])


def folds_by_group(targets: np.ndarray, groups: np.ndarray, count: int, *, seed: int) -> np.ndarray:
    """Return the fold of each example (N,), 0 to ``count`` - 1.

    Examples with the same number in ``groups`` (N,) are in one fold, and each of the classes ``targets`` (N,) is spread
    evenly, as far as the groups allow: the largest groups are placed first, each into the fold with the fewest examples
    of its classes.
    """
    numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    members = np.split(np.argsort(numbers, kind="stable"), np.cumsum(sizes)[:-1])
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    held = np.zeros((count, int(targets.max()) + 1))
    folds = np.empty(len(targets), np.int64)
    for group in order.tolist():
        rows = members[group]
        own = targets[rows]
        fold = int((held[:, own].sum(1) * len(targets) + held.sum(1)).argmin())  # on equal counts, the smallest fold
        folds[rows] = fold
        np.add.at(held[fold], own, 1)
    return folds
