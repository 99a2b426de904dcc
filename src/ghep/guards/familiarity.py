"""Unfamiliar inputs: does an input resemble the training data, and is its answer as sure as those on valid?

In: the features of training and validation examples, and the probabilities of the answers on valid. Out: a
``Familiarity``, which a bundle holds, and p-values of new inputs. Needs numpy only, because the runtime of exports uses
it.

The distance of an input is one minus the mean of two cosines: to the nearest of at most ``MOST`` training examples, and
to the nearest mean of a class. No covariance is inverted, so that there may be fewer examples than features. This was
better than the k-th nearest example alone (Sun et al. 2022, arXiv 2204.06507) on all pairs of data sets that were tried
(docs/guards.md): k has to be smaller than the smallest class, and the nearest example alone may be an odd one. Features
are not centred, as ``ghep similar`` does to find examples of the same class: then inputs that differ from all training
examples in the same way, such as black images, would be near to some.

The p-value of an input is
the share of validation examples that are as far away or farther, the input itself included (Vovk, Gammerman and Shafer
2005, doi:10.1007/b106715): for an input from the population of valid, a p-value of at most a has probability a or less,
whatever the features are. The p-value of an answer is the same for its probability: the share of answers on
valid with at most this probability. Validation examples that have a copy in train are left out, because new inputs have
none.

For a batch of inputs from that population, the number of p-values of at most a has a beta-binomial distribution, which
includes that valid is small; a binomial distribution would count a small valid as exact. ``Drift`` is its test.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ghep.errors import BundleError
from ghep.messages import number_text, text_of
from ghep.types import Finding

MOST = 2000
"""Training examples in a bundle: 5 MB at 1,280 features, and 2.6 million multiplications per input."""
STREAM = 71
"""Address of the draw, next to the seed."""
TIE = 2e-6
"""Distances that differ by less are equally far: engines and batch sizes change the last digits of the features."""
TAIL = 0.05
"""P-values up to this are counted by ``Drift``."""
DRIFT_LEVEL = 0.001
"""Share of healthy batches in which ``Drift`` may see drift."""
LEAST_BATCH = 20
"""Fewer inputs are not tested for drift."""
LEAST_VALID = 19
"""With fewer validation examples no p-value is as small as ``TAIL``, and inputs are not tested for drift."""
PROBABILITIES = "probabilities."
"""Before the name of a task: the name of its array in the file."""


def drawn(groups: Sequence[Hashable], *, most: int = MOST, seed: int = 0) -> np.ndarray:
    """Return the places, ascending, of at most ``most`` examples: as many of each group as possible, at random.

    ``groups`` (N) are the classes of the examples. A group that is smaller than its share is taken whole.

    >>> drawn(["a"] * 50 + ["b"] * 2, most=6).tolist()[-2:]
    [50, 51]
    """
    order = np.random.default_rng([seed, STREAM]).permutation(len(groups))
    turns: Counter[Hashable] = Counter()
    turn = np.empty(len(order), dtype=np.int64)
    for rank, place in enumerate(order):
        turn[rank] = turns[groups[place]]
        turns[groups[place]] += 1
    return np.sort(order[np.argsort(turn, kind="stable")[:most]])


@dataclass(frozen=True, eq=False)
class Bank:
    """Features of training examples, and their means by class, to which distances are measured."""

    features: np.ndarray
    """(n, D) float16, scaled to length 1."""
    means: np.ndarray
    """(G, D) float16: the mean of each group of them, scaled to length 1."""

    @classmethod
    def of(cls, features: np.ndarray, groups: Sequence[Hashable]) -> Bank:
        """Return the bank of ``features`` (n, D), n at least 1; ``groups`` (n) are the classes of the examples."""
        rows = _unit(features)
        places: dict[Hashable, list[int]] = {}
        for place, group in enumerate(groups):
            places.setdefault(group, []).append(place)
        means = np.stack([rows[of_group].mean(axis=0) for of_group in places.values()])
        return cls(rows.astype(np.float16), _unit(means).astype(np.float16))

    @cached_property
    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        return self.features.T.astype(np.float32), self.means.T.astype(np.float32)

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Return the distances (N,) of ``features`` (N, D), from 0 to 2; infinite for features that are not finite.

        Raises BundleError for features of another length.
        """
        dim = self.features.shape[1]
        if features.ndim != 2 or features.shape[1] != dim:
            raise BundleError("familiarity-features", found=list(features.shape[1:]), expected=dim)
        finite = np.isfinite(features).all(axis=1)
        rows = _unit(np.where(finite[:, None], features, 0))
        nearest, mean = ((rows @ columns).max(axis=1).astype(np.float64) for columns in self._columns)
        return np.where(finite, 1 - (nearest + mean) / 2, np.inf)


@dataclass(frozen=True, eq=False)
class Familiarity:
    """A bank, and what the p-values of distances and of answers are taken from."""

    bank: Bank
    distances: np.ndarray
    """(m,) float32, ascending: of validation examples without a copy in train."""
    probabilities: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Task with classes -> (m,) float32, ascending: of the answers for the labelled ones among these examples."""

    @property
    def n(self) -> int:
        """Number of validation examples behind the p-values of distances."""
        return len(self.distances)

    def of_features(self, features: np.ndarray) -> np.ndarray:
        """Return the p-values (N,) of the distances of ``features`` (N, D)."""
        return self.of_distances(self.bank.distances(features))

    def of_distances(self, distances: np.ndarray) -> np.ndarray:
        """Return the p-values (N,) of ``distances`` (N,), as from ``Bank.distances``."""
        smaller = np.searchsorted(self.distances, np.asarray(distances) - TIE, side="left")
        return np.asarray((1 + self.n - smaller) / (self.n + 1))

    def of_answers(self, task: str, probabilities: np.ndarray) -> np.ndarray:
        """Return the p-values (N,) of answers of ``task`` with these ``probabilities`` (N,)."""
        known = self.probabilities[task]
        return np.asarray((1 + np.searchsorted(known, np.float32(probabilities), side="right")) / (len(known) + 1))

    def least_rate(self, task: str, *, classes: bool) -> float:
        """Return the smallest rate at which answers of ``task`` can be withheld.

        At a smaller rate, no p-value is small enough. A task with ``classes`` divides the rate between inputs that are
        unfamiliar and answers that are undecided.
        """
        if not classes:
            return 1 / (self.n + 1)
        return 2 / (min(self.n, len(self.probabilities.get(task, ()))) + 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of ``familiarity.safetensors``; ``familiarity_from`` reads them."""
        return {
            "features": self.bank.features,
            "means": self.bank.means,
            "distances": self.distances,
            **{f"{PROBABILITIES}{task}": values for task, values in self.probabilities.items()},
        }


def familiarity(
    bank: Bank, distances: np.ndarray, probabilities: Mapping[str, np.ndarray], *, without: np.ndarray
) -> Familiarity | None:
    """Return the familiarity from the ``distances`` (m,) of validation examples; None if none of them is left.

    ``probabilities``: task with classes -> those of the answers (m,), NaN for an example without a label of the task.
    ``without``, bool (m,): examples that have a copy in train.
    """
    used = ~np.asarray(without, dtype=bool) & np.isfinite(distances)
    if not used.any():
        return None
    answered = {task: values[used & ~np.isnan(values)] for task, values in probabilities.items()}
    return Familiarity(bank, _ascending(distances[used]), {task: _ascending(one) for task, one in answered.items()})


def familiarity_from(arrays: Mapping[str, np.ndarray]) -> Familiarity | None:
    """Return what ``arrays``, the content of ``familiarity.safetensors``, describe; None if there are none.

    Raises BundleError for arrays that ghep did not write.
    """
    if not arrays:
        return None
    try:
        bank = Bank(arrays["features"], arrays["means"])
        tasks = {name.removeprefix(PROBABILITIES) for name in arrays if name.startswith(PROBABILITIES)}
        found = Familiarity(bank, arrays["distances"], {task: arrays[f"{PROBABILITIES}{task}"] for task in tasks})
        (n, dim), (groups, also) = bank.features.shape, bank.means.shape
        sound = 1 <= groups <= n <= MOST and dim == also and found.n > 0
        values = [found.distances, *found.probabilities.values()]
        sound = sound and all(one.ndim == 1 and bool((np.diff(one) >= 0).all()) for one in values)
        finite = all(
            one.dtype.kind == "f" and bool(np.isfinite(one).all()) for one in (bank.features, bank.means, *values)
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError("familiarity-invalid") from error
    if not (sound and finite):
        raise BundleError("familiarity-invalid")
    return found


def withheld(
    familiar: float | np.ndarray, certain: float | np.ndarray | None, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return which inputs are unfamiliar, and which answers to the others are undecided, at this ``rate``.

    Of inputs like valid, about this share is withheld: half of it for each reason. ``familiar`` and ``certain`` are the
    p-values of inputs and of their answers; numbers have no probability (None), so that all of it may be unfamiliar.
    """
    share = rate if certain is None else rate / 2
    unfamiliar = np.asarray(familiar) <= share
    undecided = np.zeros_like(unfamiliar) if certain is None else ~unfamiliar & (np.asarray(certain) <= share)
    return unfamiliar, undecided


@dataclass(frozen=True)
class Drift:
    """Whether a batch of inputs is farther from the training data than validation examples are."""

    n: int
    """Inputs in the batch."""
    unusual: int
    """Those with a p-value of at most ``TAIL``."""
    calibrated_on: int
    """Validation examples behind the p-values."""

    @property
    def share(self) -> float:
        """The share of unusual inputs; of inputs like valid, it is ``TAIL`` on average, or slightly less."""
        return self.unusual / self.n

    @cached_property
    def p_value(self) -> float:
        """Probability of at least as many unusual inputs in a batch from the population of valid."""
        rank = math.floor(round(TAIL * (self.calibrated_on + 1), 9))
        return beta_binomial_tail(self.unusual, self.n, rank, self.calibrated_on + 1 - rank)

    @property
    def seen(self) -> bool:
        """Whether so many unusual inputs are too many for chance."""
        return self.n >= LEAST_BATCH and self.p_value <= DRIFT_LEVEL

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning if drift is seen."""
        if not self.seen:
            return ()
        numbers: dict[str, Any] = {"count": self.unusual, "total": self.n, "expected": TAIL, "n": self.calibrated_on}
        return (Finding.of("inputs-drifted", "warning", p=number_text(self.p_value, ".1g"), **numbers),)

    @property
    def summary(self) -> str:
        """A sentence with the share, and the p-value at which it is reported."""
        numbers: dict[str, Any] = {"count": self.unusual, "total": self.n, "expected": TAIL}
        return text_of("drift-summary", p=number_text(self.p_value, ".1g"), level=DRIFT_LEVEL, **numbers)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        numbers = {"n": self.n, "unusual": self.unusual, "calibrated_on": self.calibrated_on}
        return {**numbers, "share": self.share, "expected": TAIL, "p_value": self.p_value, "drifted": self.seen}


def drift_in(p_values: Sequence[float] | np.ndarray, calibrated_on: int) -> Drift | None:
    """Return the drift of a batch of inputs with these ``p_values``; None if there are fewer than ``LEAST_BATCH``.

    None as well with fewer than ``LEAST_VALID`` validation examples, whose p-values cannot be as small as ``TAIL``.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if len(values) < LEAST_BATCH or calibrated_on < LEAST_VALID:
        return None
    return Drift(len(values), int((values <= TAIL).sum()), calibrated_on)


def beta_binomial_tail(least: int, n: int, a: float, b: float) -> float:
    """Return the probability of ``least`` or more successes in ``n`` trials, whose chance is drawn from Beta(a, b).

    >>> round(beta_binomial_tail(1, 1, 1, 19), 3), beta_binomial_tail(0, 10, 1, 1)
    (0.05, 1.0)
    """
    if least <= 0:
        return 1.0
    log = math.lgamma
    first = log(n + 1) - log(least + 1) - log(n - least + 1)
    first += log(least + a) + log(n - least + b) - log(n + a + b) - log(a) - log(b) + log(a + b)
    counts = np.arange(least, n, dtype=np.float64)
    steps = np.log((n - counts) / (counts + 1)) + np.log((counts + a) / (n - counts - 1 + b))
    terms = first + np.concatenate([[0.0], np.cumsum(steps)])
    return float(min(1.0, np.exp(terms).sum()))


def _unit(features: np.ndarray) -> np.ndarray:
    """Return ``features`` (N, D) scaled to length 1, float32; a row of zeros stays."""
    rows = np.asarray(features, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _ascending(values: np.ndarray) -> np.ndarray:
    return np.sort(np.asarray(values, dtype=np.float32))
