"""The control for texts: a linear model on the n-grams of words and characters. No network, no pretraining.

In: texts and targets. Out: probabilities. TF-IDF (``ngrams.py``), then one linear classifier for each class against the
rest: logistic regression or a linear support vector machine, whichever has the lower log loss on texts it was not
fitted to, with the regularisation that has. On a few thousand texts this is hard to beat without pretraining (Wang and
Manning 2012, "Baselines and Bigrams", ACL P12-2018), so what a pretrained network is worth is what it adds to this.
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
"""What it is called in every table and message."""

Kind = Literal["svm", "logistic"]
Labelled = tuple[Sequence[str], NDArray[Any]]
"""Texts (N of them) and targets, (N,) or (N, K), -1 for no label."""


class Setting(NamedTuple):
    """A linear classifier and C, scikit-learn's inverse of the strength of its regularisation."""

    kind: Kind
    inverse_strength: float


PATHS: tuple[tuple[Setting, ...], ...] = (
    tuple(Setting("svm", c) for c in (0.1, 0.3, 1.0, 3.0)),
    tuple(Setting("logistic", c) for c in (1.0, 3.0, 10.0, 30.0)),
)
"""What is tried, of each kind from strong to weak until the loss rises."""
UNTUNED = Setting("logistic", 10.0)
"""Where there is nothing to choose by."""
ENOUGH = 100
"""Texts that are enough to choose a setting by. With fewer for validation, cross-validation on the training texts does;
with fewer of both, ``UNTUNED`` is taken: of 36 texts the temperature alone came out so wrong that the loss doubled."""
FOLDS = 5
MOST_WORK = 10_000_000
"""Entries of the features times classes that a setting is tried on; of larger data a random part. A few seconds."""
TOLERANCE = 1e-2
"""Of liblinear. At 1e-4, its default, a solution took three times as long and was right as often."""
MAX_FEATURES = 200_000
MAX_WEIGHTS = 20_000_000
"""Features by classes, 160 MB: with more than 100 classes the features are the most frequent ones."""
FEWEST_FEATURES = 2_000
"""However many classes there are."""
CERTAIN = 50.0
"""The score of a class that every training text has; minus it, of one that none has."""


@dataclass(frozen=True, eq=False)
class LinearNgrams:
    """A fitted control. ``probabilities`` is what it is for; the rest says what it is."""

    units: Units
    """Whether words are separated by spaces; else the features are characters alone."""
    pairs: bool
    """Whether it reads pairs of texts."""
    setting: Setting
    """The one that was chosen."""
    weight: NDArray[np.float64]
    """(P, num_features): a row for each class that occurs in training."""
    bias: NDArray[np.float64]
    """(P,)."""
    temperature: float
    """Scores are divided by it before they become probabilities; fitted where the setting was chosen."""
    held_out_loss: Mapping[Setting, float]
    """Log loss on texts that were not fitted to, of what was tried; empty where there was nothing to choose by."""
    tfidf: TfIdf
    num_classes: int
    seconds: float
    """To fit, all of it."""
    present: NDArray[np.int64]
    """(P,): which classes these are."""
    exclusive: bool = True
    """A text has one class; else any number of them."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (N, K); a class that no training text had gets 0."""
        found = np.zeros((len(texts), self.num_classes))
        if len(texts):
            turned = softmax if self.exclusive else sigmoid
            features = self.tfidf.features(count_ngrams(texts, self.units, pairs=self.pairs))
            found[:, self.present] = turned(features @ self.weight.T + self.bias, self.temperature)
        return found


def fit_linear_ngrams(
    texts: Sequence[str], targets: NDArray[Any], num_classes: int, *, valid: Labelled | None = None
) -> LinearNgrams:
    """Fit the control on ``texts`` and ``targets`` (N,), class indices below ``num_classes``; -1 is left out.

    Where a text may have several classes, ``targets`` are rows of 0 and 1 (N, K), and a class that every text has, or
    none, is answered so always.

    The setting with the lowest log loss on ``valid`` is taken, or by cross-validation on ``texts`` where ``valid`` has
    fewer than ``ENOUGH`` texts of known classes: accuracy is too coarse to choose by. The classifier is fitted to
    ``texts`` alone. The same input gives the same numbers.

    Raises DataError when fewer than two classes are labelled, and when there is no n-gram in any text.

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
        raise DataError(
            f"{len(texts)} labelled texts of {found} class(es): two classes are needed to distinguish anything",
            remedy="label some texts of another class",
        )
    units, pairs = units_of(texts), any(isinstance(text, TextPair) for text in texts)
    counts = count_ngrams(texts, units, pairs=pairs)
    tfidf = fit_tfidf(counts, max_features=min(MAX_FEATURES, max(FEWEST_FEATURES, MAX_WEIGHTS // len(present))))
    if not tfidf.num_features:
        raise DataError(
            f"no word to learn from in {len(texts)} texts (first: {texts[0]!r:.60})",
            remedy="check that the column of texts is the one meant",
        )
    features = tfidf.features(counts)
    sets = targets if not exclusive else (targets[:, None] == present).astype(np.int64)
    known = None
    if valid is not None:
        valid_texts, held_out = _known(*valid, present)
        if len(held_out) >= ENOUGH:
            known = tfidf.features(count_ngrams(valid_texts, units, pairs=pairs)), held_out
    with threadpool_limits(1, user_api="blas"):
        setting, temperature, losses = _chosen(features, sets, known, exclusive=exclusive)
        weight, bias = _solved(features, sets, setting, exclusive=exclusive)
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


def _labelled(texts: Sequence[str], targets: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    targets = np.asarray(targets)
    kept = np.flatnonzero(labelled(targets))
    return [texts[n] for n in kept.tolist()], targets[kept].astype(np.int64)


def _known(
    texts: Sequence[str], targets: NDArray[Any], present: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts whose class is ``present``, and their targets as places in it; of sets all of them."""
    texts, targets = _labelled(texts, targets)
    if targets.ndim == 2:
        return texts, targets
    kept = np.flatnonzero(np.isin(targets, present))
    return [texts[n] for n in kept.tolist()], np.searchsorted(present, targets[kept])


def _chosen(
    features: csr_matrix,
    sets: NDArray[np.int64],
    known: tuple[csr_matrix, NDArray[np.int64]] | None,
    *,
    exclusive: bool,
) -> tuple[Setting, float, dict[Setting, float]]:
    """Return the setting with the lowest loss on ``known``, or in folds of ``features``; its temperature; all losses.

    ``sets`` are rows of 0 and 1 (N, P).
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
            scores = _held_out(features, sets, setting, known[0] if known else None, exclusive=exclusive)
            temperatures[setting] = fit_temperature(scores, truth).temperature
            losses[setting] = _loss(truth, scores, temperatures[setting])
            if losses[setting] > best:
                break
            best = losses[setting]
    setting = min(losses, key=losses.__getitem__)
    return setting, temperatures[setting], losses


def _held_out(
    features: csr_matrix, sets: NDArray[np.int64], setting: Setting, valid: csr_matrix | None, *, exclusive: bool
) -> NDArray[np.float64]:
    """Return the scores (M, P) of ``valid``; without it of each row (N, P), by the model that was not fitted to it."""
    if valid is not None:
        weight, bias = _solved(features, sets, setting, exclusive=exclusive)
        scores: NDArray[np.float64] = valid @ weight.T + bias
        return scores
    scores, fold = np.empty(sets.shape), _folds(sets)
    for place in range(FOLDS):
        weight, bias = _solved(features[fold != place], sets[fold != place], setting, exclusive=exclusive)
        scores[fold == place] = features[fold == place] @ weight.T + bias
    return scores


def _folds(sets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fold (N,) of each row: rows with the same labels take turns."""
    alike = np.unique(sets, axis=0, return_inverse=True)[1].ravel()
    fold = np.empty(len(sets), dtype=np.int64)
    fold[np.argsort(alike, kind="stable")] = np.arange(len(sets)) % FOLDS
    return fold


def _loss(targets: NDArray[Any], scores: NDArray[Any], temperature: float) -> float:
    if targets.ndim == 1:
        return float(log_loss(targets, softmax(scores, temperature))[0])
    return float(multi_label.log_loss(targets, sigmoid(scores, temperature))[0])


def _solved(
    features: csr_matrix, sets: NDArray[np.int64], setting: Setting, *, exclusive: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weight (P, num_features) and bias (P,): each column of ``sets`` (N, P) against the rest.

    Two classes that exclude each other are one question, and get half of its score each, with opposite signs.
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
        warnings.simplefilter("ignore", ConvergenceWarning)  # a solution that is nearly the best is good enough here
        for k in range(count - opposite):
            if (sets[:, k] == sets[0, k]).all():
                bias[k] = CERTAIN if sets[0, k] else -CERTAIN
            else:
                model.fit(features, sets[:, k])
                weight[k], bias[k] = model.coef_[0], model.intercept_[0]
    if opposite:
        weight, bias = np.stack([weight[0], -weight[0]]) / 2, np.stack([bias[0], -bias[0]]) / 2
    return weight, bias
