"""Transfer learning as a scikit-learn classifier. In: a sequence of pictures and one label each; out: labels.

There is one way to train: ``fit`` hands the pictures to ``ghep.fit`` as a data set in memory, so the checks, the
split, the strategy and the measured record are those of the command line, and ``predict`` is the bundle's. The
constructor stores, ``fit`` learns (https://scikit-learn.org/stable/developers/develop.html).

A mistake in how the estimator is called is a ``ValueError``, as everywhere in scikit-learn; a picture or a data set
that cannot be used is ghep's ``DataError``.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.errors import ConfigError, DataError
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.export.predictor import Predictor, load
from ghep.storage.folder import MANIFEST, write_folder
from ghep.strategy.base import Strategy
from ghep.types import Example, Raw, Split

Pictures = Any
"""What ``X`` may be: see ``TransferClassifier``."""
NAMED = 10
"""So many unusable pictures are named in a message."""


class TransferClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Learn to tell classes of pictures apart from a pretrained backbone.

    ``X`` is a list, Series or one-dimensional array of paths, bytes, PIL images or arrays, or one array (N, H, W),
    (N, H, W, 1 | 3 | 4), uint8 or float in [0, 1]. ``y`` (N,) holds str, int or bool; predictions have its dtype.

    - ``backbone``, ``strategy``, ``epochs``, ``lr``, ``batch_size``, ``time_limit``, ``precision``, ``workers``,
      ``random_weights``: as in ``ghep.fit``. ``strategy`` is a name or a Strategy with settings of its own.
      ``precision="auto"`` is faster and decided by a stopwatch, so two fits may differ: float32 unless asked for.
    - ``random_state``: an int gives the same model each time (without ``time_limit``, on one machine).
    - ``valid_fraction`` of the pictures choose regularisation, epoch and temperature; copies of a picture are kept on
      one side. With 0 all are trained on, and nothing is chosen or calibrated. There is no test split: that is the
      caller's, for example ``cross_val_score``.
    - ``out``: a folder to keep the run and its bundle in; the next ``fit`` replaces it. Left out, nothing stays on
      disk. In a search leave it out: all fits would write to one folder.

    After ``fit``: ``classes_``; ``predictor_`` (a ``ghep.export.predictor.Predictor``); ``run_`` (the measured record;
    without ``out`` its folders are gone, ``save`` writes the bundle). If all pictures of a class are unusable, the
    class is left out of ``classes_`` with a warning.

    The fitted state is the bundle: pickling stores its files as bytes, and loading verifies and reads them as
    ``ghep.load`` does. (A pickle of any kind runs code when loaded; a bundle does not: pass bundles on, by ``save``.)

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = TransferClassifier("seedling", random_state=0)           # doctest: +SKIP
    >>> model.fit(X[:900].reshape(-1, 8, 8) / 16, y[:900])               # doctest: +SKIP
    >>> model.score(X[900:].reshape(-1, 8, 8) / 16, y[900:])             # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: str | Path = "seedling",
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

    def fit(self, X: Pictures, y: Any) -> TransferClassifier:  # noqa: N803 - scikit-learn's name
        """Train on pictures ``X`` (N) with labels ``y`` (N,); return self.

        Pictures that cannot be used are left out and named in a UserWarning. Raises DataError when they are more than a
        fifth, ValueError for an ``X`` or ``y`` of the wrong kind, ConfigError and BackboneError as ``ghep.fit`` does.
        """
        labels, classes = _labels(y)
        pictures = as_pictures(X)
        check_consistent_length(pictures, labels)
        source = _source(pictures, labels, valid_fraction=self.valid_fraction)
        with tempfile.TemporaryDirectory(prefix="ghep-fit-") as temporary:
            run = self._run(source, Path(self.out) if self.out is not None else Path(temporary) / "run")
            files = _read_files(run.bundle)
            predictor = load(run.bundle)
        _warn_left_out(run, pictures)
        learned = set(predictor.classes())
        kept = [place for place, label in enumerate(classes.tolist()) if str(label) in learned]
        if len(kept) < len(classes):
            lost = ", ".join(str(label) for label in classes.tolist() if str(label) not in learned)
            warnings.warn(f"no usable picture of {lost}: left out of classes_", UserWarning, stacklevel=2)
        self.classes_ = classes[kept]
        self.predictor_: Predictor = predictor
        self.run_ = _without_pictures(run)
        self._bundle = files
        return self

    def predict(self, X: Pictures) -> np.ndarray:  # noqa: N803
        """Return the most probable label of each picture, (N,), in the dtype of ``y``; raise as ``predict_proba``."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: np.ndarray = self.classes_[best]
        return labels

    def predict_proba(self, X: Pictures) -> np.ndarray:  # noqa: N803
        """Return calibrated probabilities (N, K), columns in the order of ``classes_``.

        Raises DataError that names every unusable picture: a label made up for one would pass for a prediction.
        ``predictor_.predict`` answers picture by picture instead.
        """
        check_is_fitted(self, "predictor_")
        pictures = as_pictures(X)
        answers = self.predictor_.predict(pictures)
        bad = [f"{_named(at, pictures)}: {answer.problem}" for at, answer in enumerate(answers) if answer.problem]
        if bad:
            raise DataError(
                f"{len(bad)} of {len(pictures)} pictures cannot be used: {_first(bad)}",
                remedy="leave them out, or ask predictor_.predict, which answers picture by picture",
            )
        names = [str(label) for label in self.classes_.tolist()]
        return np.array([[answer.probabilities[name] for name in names] for answer in answers])

    def save(self, folder: str | Path) -> Path:
        """Write the fitted model as a bundle, for ``ghep.load`` and every ``ghep`` command; return the folder."""
        check_is_fitted(self, "predictor_")
        with write_folder(Path(folder)) as temporary:
            _write_files(temporary, {name: data for name, data in self._bundle.items() if name != MANIFEST})
        return Path(folder)

    def __sklearn_tags__(self) -> Any:
        """Say what ``X`` is: pictures, not rows of numbers; none of scikit-learn's own checks has any."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.one_d_labels = True
        tags.non_deterministic = self.random_state is None or self.time_limit is not None or self.precision == "auto"
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the network: the bundle's files are its form on disk."""
        state = dict(super().__getstate__())
        state.pop("predictor_", None)
        return state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Restore the state; the network through ``load_bundle``, which verifies every file."""
        super().__setstate__(state)
        if "_bundle" in state:
            with tempfile.TemporaryDirectory(prefix="ghep-load-") as temporary:
                _write_files(Path(temporary), state["_bundle"])
                self.predictor_ = load(temporary)

    def _run(self, source: Source, out: Path) -> Run:
        random = check_random_state(self.random_state)
        given = isinstance(self.random_state, int | np.integer)
        settings: dict[str, Any] = {"epochs": self.epochs, "lr": self.lr, "batch_size": self.batch_size}
        return fit(
            source,
            backbone=str(self.backbone),
            strategy=self.strategy,
            seed=int(self.random_state) if given else int(random.randint(2**31 - 1)),  # type: ignore[arg-type]
            out=out,
            overwrite=True,
            random_weights=self.random_weights,
            time_limit=self.time_limit,
            precision=self.precision,
            workers=self.workers,
            **{name: value for name, value in settings.items() if value is not None},
        )


def as_pictures(X: Pictures) -> list[Raw]:  # noqa: N803
    """Return ``X`` as a list of pictures; raise ValueError when it is no sequence of pictures at all.

    What is wrong with a whole array (its shape, dtype or range) is said here, once; what is wrong with one picture is
    found when it is loaded.
    """
    if isinstance(X, str | bytes | Path | Image.Image):
        raise ValueError(f"X is one {type(X).__name__}; expected a sequence of pictures: put it into a list")
    if not isinstance(X, list | tuple) and hasattr(X, "__array__"):
        X = _rows_of_array(np.asarray(X))  # noqa: N806
    try:
        pictures = [Path(one) if isinstance(one, str) else one for one in X]
    except TypeError:
        raise ValueError(f"X is a {type(X).__name__}; expected a list or an array of pictures") from None
    if not pictures:
        raise ValueError("X holds 0 pictures (0 sample(s)); at least one is needed")
    return pictures


def _rows_of_array(values: np.ndarray) -> list[Any]:
    if values.dtype.kind in "OSU" and (values.ndim == 1 or values.shape[1:] == (1,)):
        return values.ravel().tolist()
    if values.ndim not in (3, 4) or values.size == 0:
        raise ValueError(
            f"X has shape {values.shape}; expected (N, H, W) or (N, H, W, 1, 3 or 4). "
            "Rows of numbers are no pictures: reshape each to its height and width."
        )
    if values.ndim == 3 and values.shape[2] in (3, 4):
        raise ValueError(
            f"X has shape {values.shape}: one colour picture, or {len(values)} grey ones, {values.shape[2]} wide? "
            "Write X[None] for the first, X[..., None] for the second."
        )
    if values.ndim == 4 and values.shape[3] not in (1, 3, 4):
        hint = ": np.moveaxis(X, 1, -1)" if values.shape[1] in (1, 3, 4) else ""
        raise ValueError(f"X has shape {values.shape}; expected the 1, 3 or 4 channels last{hint}")
    if values.dtype != np.uint8 and values.dtype.kind != "f":
        raise ValueError(f"X has dtype {values.dtype}; expected uint8, or float from 0 to 1")
    if values.dtype.kind == "f":
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)  # NaN is one picture's trouble
        if low < 0 or high > 1:
            raise ValueError(f"X has floats from {low:g} to {high:g}; expected 0 to 1: divide by what white is")
    return list(values)


def _labels(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels (N,) and their sorted classes (K,); scikit-learn refuses mixed types, so no two read alike."""
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    labels = column_or_1d(y, warn=True)
    missing = [place for place, label in enumerate(labels.tolist()) if label is None or label != label]
    if missing:
        raise ValueError(f"y has {len(missing)} missing labels (None or NaN), the first in row {missing[0]}")
    check_classification_targets(labels)
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"y has {len(classes)} class; two or more are needed to tell anything apart")
    return labels, classes


def _source(pictures: Sequence[Raw], labels: np.ndarray, *, valid_fraction: float) -> Source:
    if not 0 <= valid_fraction < 1:
        raise ConfigError(f"valid_fraction={valid_fraction!r}", remedy="choose a share from 0 (none) to below 1")
    shares: dict[Split, float] = {"train": 1 - valid_fraction}
    if valid_fraction:
        shares["valid"] = valid_fraction
    examples = (
        # Named by place: a file may come twice (a bootstrap sample), and where files lie must not decide the split.
        Example(f"row {place}", picture, {DEFAULT_TASK: str(label)})
        for place, (picture, label) in enumerate(zip(pictures, labels.tolist(), strict=True))
    )
    return Source("pictures in memory", Path("memory"), tuple(examples), fractions=shares)


def _warn_left_out(run: Run, pictures: Sequence[Raw]) -> None:
    for finding in run.findings:
        if finding.code == "quarantined":
            rows = [item.removeprefix("row ").partition(": ") for item in finding.items]
            bad = [f"{_named(int(place), pictures)}: {reason}" for place, _, reason in rows]
            message = f"{len(bad)} of {len(pictures)} pictures cannot be used and were left out: {_first(bad)}"
            warnings.warn(message, UserWarning, stacklevel=3)


def _named(place: int, pictures: Sequence[Raw]) -> str:
    picture = pictures[place]
    return f"row {place}" + (f" ({picture})" if isinstance(picture, Path) else "")


def _first(bad: Sequence[str]) -> str:
    return "; ".join(bad[:NAMED]) + (f"; and {len(bad) - NAMED} more" if len(bad) > NAMED else "")


def _without_pictures(run: Run) -> Run:
    """Let go of pictures in memory: the record is kept as long as the estimator, and pickled with it."""

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
