"""Transfer learning as a scikit-learn classifier and regressor. In: images or texts and one label each; out: labels.

``fit`` passes the examples to ``ghep.fit`` as a data set in memory, so checks, split, strategy and record are those of
the command line; ``predict`` uses the bundle that ``fit`` made. The constructor only stores its arguments, as
scikit-learn requires (https://scikit-learn.org/stable/developers/develop.html).

Wrong arguments raise ``ValueError``, as in scikit-learn; unusable examples or data sets raise ghep's ``DataError``.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from ghep.backbone.cached import keep_backbones
from ghep.backbone.catalog import load_backbone
from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.data.loading.inputs import as_sequence, guess_modality, is_ambiguous
from ghep.data.modalities import Given, modality_named
from ghep.errors import ConfigError, DataError, InputsError
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.export.base_predictor import findings_text
from ghep.export.prediction import Prediction
from ghep.export.predictor import Predictor, load
from ghep.messages import Message, text_of
from ghep.storage.folder import MANIFEST, temporary_folder, write_folder
from ghep.strategy.base import Strategy
from ghep.tasks.rating import plain_number
from ghep.types import Example, Finding, Modality, Number, Raw, Split

Inputs = Any
"""Any ``X`` that the estimators accept."""
AUTO = "auto"
SERIOUS = (
    *("blank-images", "blank-on-white", "dark-images", "conflicting-labels", "below-majority"),
    *("bit-depths-differ", "levels-hardly-used", "levels-exceeded"),
)
"""Findings of severity warning that ``fit`` also warns about, because the data or the model may be useless."""
NAMED = 10
"""Most unusable examples named in a message."""


class _Transfer(BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """What the classifier and the regressor share: training a run in a temporary folder, and keeping its bundle."""

    backbone: str | Path
    strategy: str | Strategy
    epochs: int | None
    lr: float | None
    batch_size: int | None
    random_state: int | np.random.RandomState | None
    valid_fraction: float
    time_limit: float | None
    precision: str
    workers: int
    random_weights: bool
    out: str | Path | None
    predictor_: Predictor
    run_: Run
    _bundle: Mapping[str, bytes]

    def save(self, folder: str | Path) -> Path:
        """Write the fitted model as a bundle for ``ghep.load`` and the command line; return the folder."""
        check_is_fitted(self, "predictor_")
        with write_folder(Path(folder)) as temporary:
            _write_files(temporary, {name: data for name, data in self._bundle.items() if name != MANIFEST})
        return Path(folder)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags, which declare that ``X`` is images or texts and not rows of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.one_d_labels = True
        tags.non_deterministic = self.random_state is None or self.time_limit is not None or self.precision == "auto"
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without ``predictor_``, which ``__setstate__`` loads from the files of the bundle."""
        state = dict(super().__getstate__())
        state.pop("predictor_", None)
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Restore the state, and ``predictor_`` with ``load``, which verifies every file."""
        super().__setstate__(state)
        if "_bundle" in state:
            with temporary_folder("ghep-load") as temporary:
                _write_files(temporary, state["_bundle"])
                self.predictor_ = load(temporary)

    def _inputs_of(self, X: Inputs) -> tuple[list[Raw], Modality]:  # noqa: N803
        """Return the inputs in ``X`` and their modality."""
        X = as_sequence(X)  # noqa: N806
        with keep_backbones():
            modality = self._modality(X)
        return _inputs(X, modality_named(modality).given), modality

    def _train(
        self, inputs: Sequence[Raw], labels: Sequence[str], modality: Modality, weights: np.ndarray | None
    ) -> None:
        """Train on ``inputs`` (N) with class names or numbers as ``labels`` (N); set the fitted attributes.

        ``weights`` (N,) multiply the loss of the examples; None: all are equal.
        """
        given = modality_named(modality).given
        source = _source(inputs, labels, modality, weights, valid_fraction=self.valid_fraction)
        with keep_backbones(), temporary_folder("ghep-fit") as temporary, _removed_when_terminated(temporary):
            run = self._run(source, Path(self.out) if self.out is not None else temporary / "run")
            files = _read_files(run.bundle)
            predictor = load(run.bundle)
        _warn_left_out(run, inputs, given)
        _warn_of_findings(run, nothing_held_out=not self.valid_fraction)
        self.predictor_ = predictor
        self.run_ = _without_inputs(run)
        self._bundle = files

    def _answers(self, X: Inputs) -> list[Prediction]:  # noqa: N803
        """Return a prediction for each example; raise DataError that names the unusable ones."""
        check_is_fitted(self, "predictor_")
        given = modality_named(self.predictor_.modality).given
        inputs = _inputs(X, given)
        findings: list[Finding] = []
        answers = self.predictor_.predict(inputs, report=findings.append)
        if findings:
            warnings.warn(findings_text(findings), UserWarning, stacklevel=3)
        bad = [_problem(at, inputs, answer.problem) for at, answer in enumerate(answers) if answer.problem]
        if bad:
            raise DataError("inputs-unusable", **_unusable(bad, inputs, given))
        return list(answers)

    def _modality(self, X: Inputs) -> Modality:  # noqa: N803
        """Return the modality of ``X``; if ``X`` is ambiguous, that of the backbone."""
        if str(self.backbone) == AUTO or not is_ambiguous(X):
            return guess_modality(X)
        return load_backbone(str(self.backbone), random_weights=self.random_weights).preprocess.modality

    def _own_settings(self) -> dict[str, Any]:
        """Return the keyword arguments of ``ghep.fit`` that only one of the estimators has."""
        return {}

    def _run(self, source: Source, out: Path) -> Run:
        random = check_random_state(self.random_state)
        given = isinstance(self.random_state, int | np.integer)
        settings: dict[str, Any] = {"epochs": self.epochs, "lr": self.lr, "batch_size": self.batch_size}
        return fit(
            source,
            backbone=None if str(self.backbone) == AUTO else str(self.backbone),
            seed=int(self.random_state) if given else int(random.randint(2**31 - 1)),  # type: ignore[arg-type]
            out=out,
            overwrite=True,
            random_weights=self.random_weights,
            time_limit=self.time_limit,
            precision=self.precision,
            deterministic=self.time_limit is None,
            workers=self.workers,
            familiarity=False,  # scikit-learn's methods do not abstain, and a fitted estimator is copied as a whole
            **{name: value for name, value in settings.items() if value is not None},
            **{"strategy": self.strategy, **self._own_settings()},
        )


class TransferClassifier(ClassifierMixin, _Transfer):  # type: ignore[misc]  # sklearn is untyped
    """Classify images or texts with a pretrained backbone.

    ``X`` of images is a list, Series or one-dimensional array of paths, bytes, PIL images or arrays, or one array
    (N, H, W), (N, H, W, 1 | 3 | 4), uint8 or float in [0, 1]. ``X`` of texts is a list, Series or one-dimensional array
    of str (each the text itself), or of paths of UTF-8 files or bytes. ``y`` (N,) holds str, int or bool; predictions
    have its dtype.

    - ``backbone``: as in ``ghep.fit``. Its modality decides whether a str is the path of an image or a text. "auto" is
      ``minilm`` for texts and ``efficientnet-lite0`` for images; strings are then texts unless most end like image
      files (``.jpg``), paths are images unless most end in ``.txt``, and bytes are images.
    - ``strategy``, ``epochs``, ``lr``, ``batch_size``, ``time_limit``, ``precision``, ``workers``,
      ``random_weights``: as in ``ghep.fit``. ``strategy`` is a name or a Strategy with its own settings.
      ``precision="auto"`` is faster but chosen by timing, so two fits may differ; the default is float32.
    - ``rating``: labels are ordered numbers (1 to 5 stars): larger errors cost more in training, and ``run_`` has
      ``mae`` and ``quadratic_kappa`` in addition to the accuracy.
    - ``class_weight``: "balanced" gives all classes the same total weight, in training and in choices on valid; a
      mapping from labels to numbers multiplies the loss of their examples (1 for labels that are not in it).
    - ``random_state``: an int gives the same model each time (without ``time_limit``, on one machine).
    - ``valid_fraction`` of the examples choose regularisation, epoch and temperature; copies of an example stay on one
      side. With 0 all examples are trained on, and nothing is chosen or calibrated. There is no test split: use one of
      your own, for example by ``cross_val_score``.
    - ``out``: a folder for the run and its bundle; the next ``fit`` replaces it. By default nothing stays on disk.
      Do not set it in a search, where all fits would write to one folder.

    After ``fit``: ``classes_``; ``predictor_`` (a ``ghep.export.predictor.Predictor``); ``run_`` (the measured record;
    without ``out`` its folders are removed, and ``save`` writes the bundle). If all examples of a class are unusable,
    the class is left out of ``classes_`` with a warning.

    The fitted state is the bundle: pickling stores its files as bytes, and loading verifies and reads them as
    ``ghep.load`` does. (Loading a pickle can run code, loading a bundle cannot: share bundles, written by ``save``.)

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = TransferClassifier(random_state=0)                     # doctest: +SKIP
    >>> model.fit(X[:900].reshape(-1, 8, 8) / 16, y[:900])               # doctest: +SKIP
    >>> model.score(X[900:].reshape(-1, 8, 8) / 16, y[900:])             # doctest: +SKIP
    >>> TransferClassifier().fit(["What a film!", "Dull.", ...], [1, 0, ...])  # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: str | Path = AUTO,
        strategy: str | Strategy = "linear_probe",
        *,
        rating: bool = False,
        class_weight: str | Mapping[Any, float] | None = None,
        epochs: int | None = None,
        lr: float | None = None,
        batch_size: int | None = None,
        random_state: int | np.random.RandomState | None = 0,
        valid_fraction: float = 0.2,
        time_limit: float | None = None,
        precision: str = "float32",
        workers: int = 2,
        random_weights: bool = False,
        out: str | Path | None = None,
    ) -> None:
        self.backbone = backbone
        self.strategy = strategy
        self.rating = rating
        self.class_weight = class_weight
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.random_state = random_state
        self.valid_fraction = valid_fraction
        self.time_limit = time_limit
        self.precision = precision
        self.workers = workers
        self.random_weights = random_weights
        self.out = out

    def fit(self, X: Inputs, y: Any, sample_weight: Any = None) -> TransferClassifier:  # noqa: N803 - scikit-learn's
        """Train on images or texts ``X`` (N) with labels ``y`` (N,); return self.

        ``sample_weight`` (N,), at least 0, multiplies the loss of each example; only ratios matter. It has no effect on
        the choice of regularisation or epoch, nor on ``run_``.

        Unusable examples are left out and named in a UserWarning. A second UserWarning has the findings that put the
        data or the model in doubt: all errors, blank images, copies with different labels, a score below that of the
        most frequent label. ``run_.findings`` has all findings. Raises DataError if more than a fifth of the examples
        are unusable, ValueError for a wrong ``X``, ``y`` or ``sample_weight``, ConfigError and BackboneError as
        ``ghep.fit``.
        """
        labels, classes = _labels(y, rating=self.rating)
        inputs, modality = self._inputs_of(X)
        check_consistent_length(inputs, labels)
        weights = _class_and_sample_weights(labels, classes, sample_weight, self.class_weight)
        self._train(inputs, list(map(str, labels.tolist())), modality, weights)
        learned = set(self.predictor_.classes())
        kept = [place for place, label in enumerate(classes.tolist()) if self._named(label) in learned]
        if len(kept) < len(classes):
            lost = [label for label in classes.tolist() if self._named(label) not in learned]
            message = text_of("classes-left-out", classes=lost, things=modality_named(modality).given.things)
            warnings.warn(message, UserWarning, stacklevel=2)
        self.classes_ = classes[kept]
        return self

    def predict(self, X: Inputs) -> np.ndarray:  # noqa: N803
        """Return the most probable label of each example, (N,), in the dtype of ``y``.

        Raises DataError as ``predict_proba``.
        """
        best = self.predict_proba(X).argmax(axis=1)
        labels: np.ndarray = self.classes_[best]
        return labels

    def predict_proba(self, X: Inputs) -> np.ndarray:  # noqa: N803
        """Return calibrated probabilities (N, K), columns in the order of ``classes_``.

        Raises DataError that names the unusable examples: a made-up label for them would look like a prediction.
        ``predictor_.predict`` returns an answer or a problem for each example instead.
        """
        answers = self._answers(X)
        names = [self._named(label) for label in self.classes_.tolist()]
        return np.array([[answer.probabilities[name] for name in names] for answer in answers])

    def _named(self, label: Any) -> str:
        """Return the name that ``label`` has in the bundle; a rating has its shortest spelling, 5 for 5.0."""
        return plain_number(str(label)) if self.rating else str(label)

    def _own_settings(self) -> dict[str, Any]:
        """Return the settings of ``fit`` for ``rating`` and ``class_weight="balanced"``.

        If the strategy is a Strategy object, balanced class weights are set on a copy of it.
        """
        settings: dict[str, Any] = {"ratings": (DEFAULT_TASK,) if self.rating else ()}
        if self.class_weight == "balanced":
            if isinstance(self.strategy, Strategy):
                return {**settings, "strategy": replace(self.strategy, class_weights=True)}
            settings["class_weights"] = True
        return settings


class TransferRegressor(RegressorMixin, _Transfer):  # type: ignore[misc]  # sklearn is untyped
    """Predict a number from images or texts with a pretrained backbone.

    ``X``, the other arguments and the fitted attributes are as in ``TransferClassifier``; ``y`` (N,) holds numbers.
    The errors on the ``valid_fraction`` of the examples also determine the width of the prediction intervals, which
    contain nine labels of ten. ``score`` is R².

    >>> model = TransferRegressor(random_state=0)                      # doctest: +SKIP
    >>> model.fit(paths, ages).predict(new_paths)                        # doctest: +SKIP
    >>> model.predict_interval(new_paths)                                # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: str | Path = AUTO,
        strategy: str | Strategy = "linear_probe",
        *,
        epochs: int | None = None,
        lr: float | None = None,
        batch_size: int | None = None,
        random_state: int | np.random.RandomState | None = 0,
        valid_fraction: float = 0.2,
        time_limit: float | None = None,
        precision: str = "float32",
        workers: int = 2,
        random_weights: bool = False,
        out: str | Path | None = None,
    ) -> None:
        self.backbone = backbone
        self.strategy = strategy
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.random_state = random_state
        self.valid_fraction = valid_fraction
        self.time_limit = time_limit
        self.precision = precision
        self.workers = workers
        self.random_weights = random_weights
        self.out = out

    def fit(self, X: Inputs, y: Any, sample_weight: Any = None) -> TransferRegressor:  # noqa: N803 - scikit-learn's
        """Train on images or texts ``X`` (N) with finite numbers ``y`` (N,); return self.

        ``sample_weight``, warnings and errors are as in ``TransferClassifier.fit``.
        """
        numbers = _numbers(y)
        inputs, modality = self._inputs_of(X)
        check_consistent_length(inputs, numbers)
        weights = _sample_weights(len(numbers), sample_weight)
        labels = [Number.of(number) for number in numbers.tolist()]
        self._train(inputs, labels, modality, None if (weights == weights[0]).all() else weights)
        return self

    def predict(self, X: Inputs) -> np.ndarray:  # noqa: N803
        """Return the predicted number of each example, float64 (N,).

        Raises DataError that names the unusable examples; ``predictor_.predict`` returns a problem for each instead.
        """
        return np.array([answer.value for answer in self._answers(X)], dtype=np.float64)

    def predict_interval(self, X: Inputs) -> np.ndarray:  # noqa: N803
        """Return the ends of the prediction intervals, float64 (N, 2): they contain nine labels of ten.

        NaN if there were too few validation examples to measure them. Raises DataError as ``predict``.
        """
        ends = [
            (np.nan, np.nan) if answer.interval is None else (answer.interval.low, answer.interval.high)
            for answer in self._answers(X)
        ]
        return np.array(ends, dtype=np.float64)


def _inputs(X: Inputs, given: Given) -> list[Raw]:  # noqa: N803
    """Return the inputs in ``X``, file names as paths; ``given`` has the rules of the modality.

    Raises InputsError (a ValueError) if ``X`` is empty or not a sequence.
    """
    # few_grey: three rows of a grey X must be accepted, as any part of a valid X is.
    inputs = [given.of_line(one, False) if isinstance(one, str) else one for one in given.sequence(X, few_grey=True)]
    if not inputs:
        raise InputsError("inputs-empty", things=given.things)
    return inputs


@contextmanager
def _removed_when_terminated(folder: Path) -> Iterator[None]:
    """Let SIGTERM and SIGHUP remove ``folder`` before they end the process.

    A signal for which the caller has set a handler keeps that handler.
    """
    owner = os.getpid()

    def handle(number: int, _: FrameType | None) -> None:
        if os.getpid() == owner:  # a forked worker inherits the handler but does not own the folder
            shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    main = threading.current_thread() is threading.main_thread()  # Python allows handlers there only
    taken = [number for number in wanted if main and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _labels(y: Any, *, rating: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels (N,) and their sorted classes (K,); raise ValueError for labels of the wrong kind.

    scikit-learn's check refuses mixed types, so no two labels have the same text. Ratings given as numbers are not
    passed to that check: it would take 3.5 for the target of a regression.
    """
    if y is None:
        raise ValueError(text_of("y-missing"))
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        raise ValueError(text_of("y-not-1d", shape=str(np.shape(y))))
    labels = column_or_1d(y, warn=True)
    missing = [place for place, label in enumerate(labels.tolist()) if label is None or label != label]
    if missing:
        raise ValueError(text_of("y-has-missing-labels", count=len(missing), row=missing[0]))
    if rating:
        _refuse_no_numbers(labels)
    if not rating or labels.dtype.kind not in "iuf":
        check_classification_targets(labels)
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(text_of("y-has-one-class", count=len(classes)))
    return labels, classes


def _refuse_no_numbers(labels: np.ndarray) -> None:
    for place, label in enumerate(labels.tolist()):
        try:
            number = float(str(label))
        except ValueError:
            number = float("nan")
        if not np.isfinite(number):
            raise ValueError(text_of("y-not-a-rating", label=repr(label), row=place))


def _numbers(y: Any) -> np.ndarray:
    """Return ``y`` (N,) as float64; raise ValueError if it holds anything but finite numbers, or if all are equal."""
    if y is None:
        raise ValueError(text_of("y-missing"))
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        raise ValueError(text_of("y-numbers-not-1d", shape=str(np.shape(y))))
    labels = column_or_1d(y, warn=True)
    try:
        numbers: np.ndarray = labels.astype(np.float64)
    except (TypeError, ValueError):
        numbers = np.full(len(labels), np.nan)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        raise ValueError(text_of("y-not-a-number", label=repr(labels[wrong[0]]), row=int(wrong[0])))
    if len(np.unique(numbers)) < 2:
        raise ValueError(text_of("y-has-one-number", count=len(numbers)))
    return numbers


def _sample_weights(count: int, sample_weight: Any) -> np.ndarray:
    """Return the weights of the examples (N,), 1 by default; raise ValueError for weights that cannot be used."""
    if sample_weight is None:
        return np.ones(count)
    each = np.asarray(sample_weight, dtype=np.float64)
    if each.ndim == 0:
        each = np.full(count, float(each))
    if each.shape != (count,):
        shapes = {"found": str(each.shape), "expected": str((count,))}
        raise ValueError(text_of("sample-weight-shape", **shapes))
    wrong = np.flatnonzero(~(np.isfinite(each) & (each >= 0)))
    if len(wrong) or not each.any():
        row, found = (int(wrong[0]), str(each[wrong[0]])) if len(wrong) else (0, "0")
        problem = "value" if len(wrong) else "zeros"
        raise ValueError(text_of("sample-weight-refused", problem=problem, row=row, found=found))
    return each


def _class_and_sample_weights(
    labels: np.ndarray, classes: np.ndarray, sample_weight: Any, class_weight: Any
) -> np.ndarray | None:
    """Return the weights of the examples (N,), None if all are equal; "balanced" is left to the strategy.

    Raises ValueError for weights that cannot be used.
    """
    each = _sample_weights(len(labels), sample_weight)
    if isinstance(class_weight, Mapping):
        by_class = {label: float(class_weight.get(label, 1.0)) for label in classes.tolist()}
        unknown = [label for label in class_weight if label not in by_class]
        bad = [label for label, weight in by_class.items() if not 0 <= weight < np.inf]
        if unknown or bad or not any(by_class.values()):
            found = repr(unknown[0]) if unknown else f"{class_weight!r:.80}"
            raise ValueError(text_of("class-weight-mapping", problem="label" if unknown else "value", found=found))
        each = each * np.array([by_class[label] for label in labels.tolist()])
    elif class_weight not in (None, "balanced"):
        raise ValueError(text_of("class-weight-unknown", found=f"{class_weight!r:.80}"))
    return None if (each == each[0]).all() else each


def _source(
    inputs: Sequence[Raw],
    labels: Sequence[str],
    modality: Modality,
    weights: np.ndarray | None,
    *,
    valid_fraction: float,
) -> Source:
    if not 0 <= valid_fraction < 1:
        raise ConfigError("valid-fraction-refused", found=repr(valid_fraction))
    shares: dict[Split, float] = {"train": 1 - valid_fraction}
    if valid_fraction:
        shares["valid"] = valid_fraction
    examples = (
        # Named by row: a file may occur twice (a bootstrap sample), and paths must not decide the split.
        Example(f"row {place}", one, {DEFAULT_TASK: label})
        for place, (one, label) in enumerate(zip(inputs, labels, strict=True))
    )
    name = text_of("data-in-memory", things=modality_named(modality).given.things)
    by_id = {} if weights is None else {f"row {place}": weight for place, weight in enumerate(weights.tolist())}
    return Source(name, Path("memory"), tuple(examples), fractions=shares, modality=modality, weights=by_id)


def _warn_left_out(run: Run, inputs: Sequence[Raw], given: Given) -> None:
    for finding in run.findings:
        if finding.code == "quarantined":
            rows = [item.removeprefix("row ").partition(": ") for item in finding.items]
            bad = [_problem(int(place), inputs, reason) for place, _, reason in rows]
            warnings.warn(text_of("inputs-left-out", **_unusable(bad, inputs, given)), UserWarning, stacklevel=4)


def _warn_of_findings(run: Run, *, nothing_held_out: bool) -> None:
    """Warn about the findings that put data or model in doubt, in one warning.

    With ``nothing_held_out``, the finding of that name is left out, because the caller asked for no valid split.
    """
    serious = [finding for finding in run.findings if finding.severity == "error" or finding.code in SERIOUS]
    found = [
        Message("finding-with-code", {"text": finding.message, "finding": finding.code})
        for finding in serious
        if finding.severity != "info" and not (nothing_held_out and finding.code == "nothing-held-out")
    ]
    if found:
        warnings.warn(text_of("serious-findings", found=found), UserWarning, stacklevel=4)


def _problem(row: int, inputs: Sequence[Raw], problem: str) -> Message:
    path = inputs[row] if isinstance(inputs[row], Path) else None
    return Message("input-problem", {"row": str(row), "path": str(path), "named": path is not None, "problem": problem})


def _unusable(bad: Sequence[Message], inputs: Sequence[Raw], given: Given) -> dict[str, Any]:
    return {
        "count": len(bad),
        "total": len(inputs),
        "things": given.things,
        "first": list(bad[:NAMED]),
        "more": max(0, len(bad) - NAMED),
    }


def _without_inputs(run: Run) -> Run:
    """Return ``run`` without the raw inputs in memory, so that the estimator does not keep and pickle them."""

    def light(example: Example) -> Example:
        return example if isinstance(example.raw, Path) else replace(example, raw=None)

    results = (replace(result, examples=tuple(map(light, result.examples))) for result in run.results)
    return replace(run, results=tuple(results))


def _read_files(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
