"""The control for texts: a linear model on the n-grams of words and characters, without a network or pretraining.

In: texts and targets. Out: probabilities, or numbers. The features are TF-IDF (``ngrams.py``). One linear classifier is
fitted for each class against the rest: logistic regression or a linear support vector machine. Its kind and
regularisation are those with the lowest log loss on held-out texts. With a few thousand texts this model is hard to
beat without pretraining (Wang and Manning 2012, "Baselines and Bigrams", ACL P12-2018), so the gain of a network over
this model shows what pretraining is worth. Numbers are predicted by ridge regression on the same features.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ghep.data.text.loader import TextPair
from ghep.data.text.ngrams import TfIdf, Units, count_ngrams, fit_tfidf, units_of
from ghep.errors import DataError
from ghep.metrics import multi_label
from ghep.metrics.calibration import fit_temperature, sigmoid, softmax
from ghep.metrics.classification import log_loss
from ghep.tasks.base import labelled

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NAME = "linear_ngrams"
"""Name of this control in tables and messages."""

Kind = Literal["svm", "logistic"]
Labelled = tuple[Sequence[str], NDArray[Any]]
"""Texts (N) and targets, (N,) or (N, K), -1 for no label."""


class Setting(NamedTuple):
    """Settings of a fit: the kind of classifier, and scikit-learn's C, the inverse of the regularisation strength."""

    kind: Kind
    inverse_strength: float


PATHS: tuple[tuple[Setting, ...], ...] = (
    tuple(Setting("svm", c) for c in (0.1, 0.3, 1.0, 3.0)),
    tuple(Setting("logistic", c) for c in (1.0, 3.0, 10.0, 30.0)),
)
"""Settings to try: of each kind from strong to weak regularisation, until the loss rises."""
UNTUNED = Setting("logistic", 10.0)
"""Setting for too few texts to choose one."""
RIDGE_STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Strengths of ridge regression to choose from."""
ENOUGH = 100
"""Minimum number of texts to choose a setting. With fewer for validation, cross-validation on the training texts is
used; with fewer of both, ``UNTUNED``: with 36 texts the temperature alone was so wrong that the loss doubled."""
FOLDS = 5
MOST_WORK = 10_000_000
"""Maximum non-zero features times classes for trying a setting (a few seconds); of more data a random part is used."""
TOLERANCE = 1e-2
"""Tolerance of liblinear. At 1e-4, its default, a solution took three times as long and was right as often."""
MAX_FEATURES = 200_000
MAX_WEIGHTS = 20_000_000
"""Maximum features times classes, 160 MB: with more than 100 classes the most frequent features are used."""
FEWEST_FEATURES = 2_000
"""Minimum number of features, for any number of classes."""
CERTAIN = 50.0
"""Score of a class that every training text has; its negative for a class that no training text has."""


@dataclass(frozen=True, eq=False)
class LinearNgrams:
    """A fitted linear model on n-grams; ``probabilities`` predicts."""

    units: Units
    """Whether words are separated by spaces; else the features are character n-grams only."""
    pairs: bool
    """Whether it reads pairs of texts."""
    setting: Setting
    """The chosen setting."""
    weight: NDArray[np.float64]
    """(P, num_features): one row for each class that occurs in training."""
    bias: NDArray[np.float64]
    """(P,)."""
    temperature: float
    """Scores are divided by it before they become probabilities; fitted with the setting."""
    held_out_loss: Mapping[Setting, float]
    """Log loss of each setting on held-out texts; empty if there were too few texts to choose."""
    tfidf: TfIdf
    num_classes: int
    seconds: float
    """Total time of fitting."""
    present: NDArray[np.int64]
    """(P,): the classes that occur in training."""
    exclusive: bool = True
    """Whether a text has exactly one class; else any number."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return class probabilities (N, K) of ``texts``; 0 for a class without training texts."""
        found = np.zeros((len(texts), self.num_classes))
        if len(texts):
            to_probabilities = softmax if self.exclusive else sigmoid
            features = self.tfidf.features(count_ngrams(texts, self.units, pairs=self.pairs))
            found[:, self.present] = to_probabilities(features @ self.weight.T + self.bias, self.temperature)
        return found


def fit_linear_ngrams(
    texts: Sequence[str], targets: NDArray[Any], num_classes: int, *, valid: Labelled | None = None
) -> LinearNgrams:
    """Return a model fitted on ``texts`` and ``targets`` (N,), class indices below ``num_classes``; -1 is skipped.

    For a multi-label task, ``targets`` are rows of 0 and 1 (N, K). If all texts have a class, or none has, the model
    always predicts this.

    Chooses the ``Setting`` with the lowest log loss (accuracy is too coarse for this) on ``valid``, or by
    cross-validation on ``texts`` if ``valid`` has fewer than ``ENOUGH`` texts of known classes. The classifier is
    fitted to ``texts`` alone. The result is deterministic.

    Raises DataError if fewer than two classes are labelled, or if no text contains an n-gram.

    >>> model = fit_linear_ngrams(["good film", "bad film", "so good", "so bad"], np.array([1, 0, 1, 0]), 2)
    >>> model.units, model.probabilities(["a good one"]).argmax(axis=1).tolist()
    ('words', [1])
    """
    start = time.perf_counter()
    texts, targets = _labelled(texts, targets)
    exclusive = targets.ndim == 1
    present = np.unique(targets) if exclusive else np.arange(num_classes)
    found = len(np.unique(targets, axis=0))
    if found < 2:
        raise DataError("texts-one-class", count=len(texts), classes=found)
    units, pairs = units_of(texts), any(isinstance(text, TextPair) for text in texts)
    counts = count_ngrams(texts, units, pairs=pairs)
    tfidf = fit_tfidf(counts, max_features=min(MAX_FEATURES, max(FEWEST_FEATURES, MAX_WEIGHTS // len(present))))
    if not tfidf.num_features:
        raise DataError("texts-without-words", count=len(texts), first=f"{texts[0]!r:.60}")
    features = tfidf.features(counts)
    sets = targets if not exclusive else (targets[:, None] == present).astype(np.int64)
    known = None
    if valid is not None:
        valid_texts, held_out = _of_known_classes(*valid, present)
        if len(held_out) >= ENOUGH:
            known = tfidf.features(count_ngrams(valid_texts, units, pairs=pairs)), held_out
    with threadpool_limits(1, user_api="blas"):
        setting, temperature, losses = _choose_setting(features, sets, known, exclusive=exclusive)
        weight, bias = _fit_classifiers(features, sets, setting, exclusive=exclusive)
    return LinearNgrams(
        units=units,
        pairs=pairs,
        setting=setting,
        weight=weight,
        bias=bias,
        temperature=temperature,
        held_out_loss=losses,
        tfidf=tfidf,
        num_classes=num_classes,
        seconds=time.perf_counter() - start,
        present=present,
        exclusive=exclusive,
    )


@dataclass(frozen=True, eq=False)
class RidgeNgrams:
    """Ridge regression of numbers on n-grams; ``numbers`` predicts."""

    units: Units
    pairs: bool
    strength: float
    """The chosen regularisation."""
    weight: NDArray[np.float64]
    """(num_features,)."""
    bias: float
    tfidf: TfIdf
    seconds: float

    def numbers(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the predicted number of each text, (N, 1)."""
        if not len(texts):
            return np.zeros((0, 1))
        features = self.tfidf.features(count_ngrams(texts, self.units, pairs=self.pairs))
        return np.asarray(features @ self.weight + self.bias)[:, None]


def fit_ridge_ngrams(texts: Sequence[str], targets: NDArray[Any], *, valid: Labelled | None = None) -> RidgeNgrams:
    """Return ridge regression fitted on ``texts`` and the numbers ``targets`` (N,); NaN is skipped.

    Chooses the strength with the smallest squared error on ``valid``, or by cross-validation on ``texts`` if ``valid``
    has fewer than ``ENOUGH`` texts. Raises DataError if fewer than two numbers differ, or if no text contains an
    n-gram.
    """
    start = time.perf_counter()
    kept = labelled(targets)
    texts, numbers = [text for text, keep in zip(texts, kept, strict=True) if keep], targets[kept].astype(np.float64)
    if len(np.unique(numbers)) < 2:
        raise DataError("texts-one-number", count=len(texts))
    units, pairs = units_of(texts), any(isinstance(text, TextPair) for text in texts)
    counts = count_ngrams(texts, units, pairs=pairs)
    tfidf = fit_tfidf(counts, max_features=MAX_FEATURES)
    if not tfidf.num_features:
        raise DataError("texts-without-words", count=len(texts), first=f"{texts[0]!r:.60}")
    features = tfidf.features(counts)
    known = None
    if valid is not None and int(labelled(valid[1]).sum()) >= ENOUGH:
        there = labelled(valid[1])
        held = [text for text, keep in zip(valid[0], there, strict=True) if keep]
        known = tfidf.features(count_ngrams(held, units, pairs=pairs)), valid[1][there].astype(np.float64)
    with threadpool_limits(1, user_api="blas"):
        errors = {strength: _ridge_error(features, numbers, strength, known) for strength in RIDGE_STRENGTHS}
        strength = min(errors, key=errors.__getitem__)
        weight, bias = _ridge(features, numbers, strength)
    return RidgeNgrams(units, pairs, strength, weight, bias, tfidf, time.perf_counter() - start)


def _ridge(features: csr_matrix, numbers: NDArray[Any], strength: float) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=strength, solver="sparse_cg", tol=1e-4).fit(features, numbers)
    return np.asarray(model.coef_, dtype=np.float64), float(model.intercept_)


def _ridge_error(
    features: csr_matrix, numbers: NDArray[Any], strength: float, known: tuple[csr_matrix, NDArray[Any]] | None
) -> float:
    """Return the mean squared error on ``known`` (features and numbers), or in cross-validation if it is None."""
    if known is not None:
        weight, bias = _ridge(features, numbers, strength)
        return float(np.square(known[0] @ weight + bias - known[1]).mean())
    fold = np.random.default_rng(0).permutation(len(numbers)) % FOLDS
    squares = []
    for place in range(min(FOLDS, len(numbers))):
        weight, bias = _ridge(features[fold != place], numbers[fold != place], strength)
        squares.append(np.square(features[fold == place] @ weight + bias - numbers[fold == place]))
    return float(np.concatenate(squares).mean())


def _labelled(texts: Sequence[str], targets: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    targets = np.asarray(targets)
    kept = np.flatnonzero(labelled(targets))
    return [texts[n] for n in kept.tolist()], targets[kept].astype(np.int64)


def _of_known_classes(
    texts: Sequence[str], targets: NDArray[Any], present: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts whose class is in ``present``, and their targets as indices into ``present``.

    For a multi-label task, with ``targets`` (N, K), all texts are returned.
    """
    texts, targets = _labelled(texts, targets)
    if targets.ndim == 2:
        return texts, targets
    kept = np.flatnonzero(np.isin(targets, present))
    return [texts[n] for n in kept.tolist()], np.searchsorted(present, targets[kept])


def _choose_setting(
    features: csr_matrix,
    sets: NDArray[np.int64],
    known: tuple[csr_matrix, NDArray[np.int64]] | None,
    *,
    exclusive: bool,
) -> tuple[Setting, float, dict[Setting, float]]:
    """Return the setting with the lowest log loss, its temperature, and the log loss of every setting.

    The loss is measured on ``known`` (features and targets), or by cross-validation on ``features`` and ``sets``, rows
    of 0 and 1 (N, P). ``exclusive``: each text has exactly one class.
    """
    entries = features.nnz / features.shape[0] * sets.shape[1]
    most = max(ENOUGH, int(MOST_WORK / max(entries, 1)))
    if len(sets) > most:
        part = np.sort(np.random.default_rng(0).permutation(len(sets))[:most])
        features, sets = features[part], sets[part]
    truth = known[1] if known else sets.argmax(axis=1) if exclusive else sets
    if len(truth) < ENOUGH:
        return UNTUNED, 1.0, {}
    losses: dict[Setting, float] = {}
    temperatures: dict[Setting, float] = {}
    for path in PATHS:
        best = np.inf
        for setting in path:
            scores = _held_out_scores(features, sets, setting, known[0] if known else None, exclusive=exclusive)
            temperatures[setting] = fit_temperature(scores, truth).temperature
            losses[setting] = _loss(truth, scores, temperatures[setting])
            if losses[setting] > best:
                break
            best = losses[setting]
    setting = min(losses, key=losses.__getitem__)
    return setting, temperatures[setting], losses


def _held_out_scores(
    features: csr_matrix, sets: NDArray[np.int64], setting: Setting, valid: csr_matrix | None, *, exclusive: bool
) -> NDArray[np.float64]:
    """Return scores (M, P) of the texts ``valid``, or if it is None, cross-validated scores (N, P) of ``features``."""
    if valid is not None:
        weight, bias = _fit_classifiers(features, sets, setting, exclusive=exclusive)
        scores: NDArray[np.float64] = valid @ weight.T + bias
        return scores
    scores, fold = np.empty(sets.shape), _folds(sets)
    for place in range(FOLDS):
        weight, bias = _fit_classifiers(features[fold != place], sets[fold != place], setting, exclusive=exclusive)
        scores[fold == place] = features[fold == place] @ weight.T + bias
    return scores


def _folds(sets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cross-validation fold (N,) of each row; rows with the same labels are spread over the folds."""
    alike = np.unique(sets, axis=0, return_inverse=True)[1].ravel()
    fold = np.empty(len(sets), dtype=np.int64)
    fold[np.argsort(alike, kind="stable")] = np.arange(len(sets)) % FOLDS
    return fold


def _loss(targets: NDArray[Any], scores: NDArray[Any], temperature: float) -> float:
    if targets.ndim == 1:
        return float(log_loss(targets, softmax(scores, temperature))[0])
    return float(multi_label.log_loss(targets, sigmoid(scores, temperature))[0])


def _fit_classifiers(
    features: csr_matrix, sets: NDArray[np.int64], setting: Setting, *, exclusive: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weight (P, num_features) and bias (P,): a classifier for each column of ``sets`` (N, P) against the rest.

    Two exclusive classes need only one classifier: the two classes get half of its score, with opposite signs.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    c, count = setting.inverse_strength, sets.shape[1]
    if setting.kind == "svm":
        model: Any = LinearSVC(C=c, dual=True, tol=TOLERANCE, random_state=0)
    else:
        model = LogisticRegression(C=c, solver="liblinear", dual=True, tol=TOLERANCE, random_state=0)
    weight, bias = np.zeros((count, features.shape[1])), np.zeros(count)
    opposite = exclusive and count == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a nearly optimal solution is good enough here
        for k in range(count - opposite):
            if (sets[:, k] == sets[0, k]).all():
                bias[k] = CERTAIN if sets[0, k] else -CERTAIN
            else:
                model.fit(features, sets[:, k])
                weight[k], bias[k] = model.coef_[0], model.intercept_[0]
    if opposite:
        weight, bias = np.stack([weight[0], -weight[0]]) / 2, np.stack([bias[0], -bias[0]]) / 2
    return weight, bias
