"""The estimator is scikit-learn's in protocol and ghep's in everything else."""

# ruff: noqa: N803, N806 - pictures are X in scikit-learn

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone, is_classifier
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

import ghep
import ghep.backbone.catalog as catalog
from ghep import TransferClassifier
from ghep.errors import BundleError, ConfigError, DataError
from ghep.strategy.catalog import Scratch

SIZE = 16
CARD = {
    "builder": "small-resnet",
    "name": "tiny",
    "arguments": {"widths": [8, 16], "depths": [1, 1]},
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "input_size": [3, SIZE, SIZE],
    "crop_pct": 1.0,
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("backbone") / "tiny.json"
    path.write_text(json.dumps(CARD), encoding="utf-8")
    return str(path)


def pictures(n: int = 30, *, classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Class k is bright in colour channel k: uint8 (N, 16, 16, 3) and int labels."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.integers(0, 120, (n, SIZE, SIZE, 3), dtype=np.uint8)
    X[np.arange(n), :, :, y] += 100
    return X, y


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def fitted(tiny: str) -> TransferClassifier:
    return TransferClassifier(tiny).fit(*pictures())


# --- what X and y may be


@pytest.mark.slow
def test_floats_on_another_scale_are_a_warning_of_fit_and_predict(tiny: str) -> None:
    X, y = pictures()
    floats = X.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = TransferClassifier(tiny).fit(list(floats), y)
        model.predict(list(floats))
    for wrong in (list(floats / 255), floats / 255):
        with pytest.warns(UserWarning, match="was trained on floats from 0 .black. to 255") as caught:
            model.predict(wrong)
        assert "[other-levels]" in str(caught[0].message)
    mixed = [one if label else one / 255 for one, label in zip(floats, y, strict=True)]
    with pytest.warns(UserWarning, match="15 files use 0 to 1 and 15 use 8 bits"):
        model = TransferClassifier(tiny).fit(mixed, y)
    assert "bit-depths-differ" in {one.code for one in model.run_.findings}


@pytest.mark.slow
def test_every_form_of_the_same_pictures_gives_the_same_model(
    tiny: str, tmp_path: Path, fitted: TransferClassifier
) -> None:
    X, y = pictures()
    paths = [tmp_path / f"{place}.png" for place in range(len(X))]
    for path, values in zip(paths, X, strict=True):
        path.write_bytes(png(values))
    mixed = np.empty(len(X), dtype=object)
    mixed[:] = [paths[0], *map(png, X[1:10]), *map(Image.fromarray, X[10:20]), *X[20:]]
    forms: dict[str, Any] = {
        "list of arrays": list(X),
        "floats": X / 255,
        "paths": paths,
        "array of str": np.array([str(path) for path in paths]),
        "column of str": np.array([[str(path)] for path in paths], dtype=object),
        "mixed": mixed,
        "pictures": tuple(map(Image.fromarray, X)),
    }
    expected = fitted.predict_proba(X)
    for name, form in forms.items():
        assert np.array_equal(fitted.predict_proba(form), expected), name
    for name in ("paths", "mixed"):
        model = TransferClassifier(tiny).fit(forms[name], y)  # where the files lie does not decide the split
        assert np.array_equal(model.predict_proba(X), expected), name


def test_grey_pictures_of_any_layout_are_one(tiny: str) -> None:
    X, y = pictures()
    grey = X[..., 0]
    model = TransferClassifier(tiny).fit(grey, y)
    expected = model.predict_proba(grey)
    assert np.array_equal(expected, model.predict_proba(grey[..., None]))
    for count in (1, 3, 4):  # (3, H, W) could be one colour image; here it is a part of X
        assert model.predict_proba(grey[:count]) == pytest.approx(expected[:count], abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        np.array(["ant", "bee"]),
        np.array([10, 9]),  # as text "10" comes before "9"
        np.array([True, False]),
        np.array(["x", "y"], dtype=object),
        np.array([3.0, -1.0]),
    ],
    ids=["str", "int", "bool", "object", "float"],
)
def test_labels_come_back_as_they_were_given(tiny: str, names: np.ndarray) -> None:
    X, y = pictures()
    model = TransferClassifier(tiny).fit(X, names[y])
    assert model.classes_.dtype == names.dtype
    assert model.classes_.tolist() == sorted(names.tolist())
    predicted = model.predict(X)
    assert predicted.dtype == names.dtype and predicted.shape == (len(X),)
    assert model.score(X, names[y]) == 1.0
    probabilities = model.predict_proba(X)
    assert np.array_equal(model.classes_[probabilities.argmax(axis=1)], predicted)
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_three_classes_and_labels_as_a_list(tiny: str) -> None:
    X, y = pictures(45, classes=3)
    model = TransferClassifier(tiny).fit(X, [f"class {label}" for label in y])
    assert model.predict_proba(X).shape == (45, 3)
    assert model.score(X, [f"class {label}" for label in y]) > 0.9


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda X: X[0], "one colour image"),
        (lambda X: X.reshape(len(X), -1), "reshape rows of numbers"),
        (lambda X: np.moveaxis(X, -1, 1), "np.moveaxis"),
        (lambda X: X.astype(int), "expected uint8"),
        (lambda X: X.astype(float), r"floats from 0 to 2(?s:.)*divide by"),
        (lambda X: X[:0], r"0 images \(0 sample"),
        (lambda X: [], "0 images"),
        (lambda X: "photos/", "one str"),
        (lambda X: Image.fromarray(X[0]), "one image"),
        (lambda X: 3, "of type int"),
        (lambda X: np.array(X, dtype=object), "dtype object"),
    ],
)
def test_what_is_no_sequence_of_pictures_is_a_value_error(fitted: TransferClassifier, make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted.predict(make(pictures()[0]))


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (None, "requires y"),
        ([0, 1], "inconsistent numbers"),
        ([0] * 30, "1 class,"),
        ([0.5, 1.5] * 15, "[cC]ontinuous"),
        (np.array([1, "1"] * 15, dtype=object), "Unknown label type"),
        ([0.0, 1.0, float("nan")] * 10, "10 missing labels.*row 2"),
        (np.array(["a", "b", None] * 10, dtype=object), "10 missing labels"),
        (np.eye(3, dtype=int)[[0, 1, 2] * 10], r"shape \(30, 3\).*one class per example.*as a\|b and call"),
    ],
)
def test_what_are_no_labels_is_a_value_error(tiny: str, y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TransferClassifier(tiny).fit(pictures()[0], y)


# --- pictures that cannot be used


def test_fit_leaves_bad_pictures_out_and_names_them(tiny: str, tmp_path: Path) -> None:
    X, y = pictures()
    mixed: list[Any] = list(X)
    mixed[3], mixed[17] = png(X[3])[:60], tmp_path / "gone.png"
    with pytest.warns(UserWarning, match=r"2 of 30 .*row 3: truncated.*; row 17 .*gone\.png\): missing"):
        model = TransferClassifier(tiny).fit(mixed, y)
    assert model.score(X, y) == 1.0


@pytest.mark.parametrize("code", ["blank-images", "conflicting-labels"])
def test_fit_warns_once_of_data_in_doubt(code: str, tiny: str) -> None:
    X, y = pictures()
    if code == "blank-images":
        X[4:8] = 7
    else:
        X[5] = X[4]
    with pytest.warns(UserWarning, match=rf"\[{code}\].*run_\.findings") as said:
        TransferClassifier(tiny).fit(X, y)
    assert len(said) == 1 and said[0].filename == __file__


def test_fit_refuses_when_more_than_a_fifth_is_bad(tiny: str) -> None:
    X, y = pictures()
    with pytest.raises(DataError, match="7 of 30"):
        TransferClassifier(tiny).fit([*X[:23], *[b"no picture"] * 7], y)


def test_a_class_without_usable_pictures_is_left_out_of_classes(tiny: str) -> None:
    X, y = pictures()
    labels = [*y, 2]
    with pytest.warns(UserWarning) as said:
        model = TransferClassifier(tiny).fit([*X, b""], labels)
    assert "no usable images of 2" in str(said[-1].message)
    assert model.classes_.tolist() == [0, 1] and model.predict_proba(X).shape == (30, 2)


def test_predict_names_every_bad_picture_instead_of_guessing(fitted: TransferClassifier) -> None:
    X, _ = pictures(5)
    broken = X / 255
    broken[2, 0, 0] = np.nan
    with pytest.raises(DataError, match=r"2 of 6 .*row 2: bad-array.*row 5: empty"):
        fitted.predict([*broken, b""])


# --- the protocol


def test_it_is_a_classifier_of_pictures_for_scikit_learn(tiny: str) -> None:
    tags = get_tags(TransferClassifier(tiny))
    assert is_classifier(TransferClassifier(tiny))
    assert not tags.input_tags.two_d_array and tags.input_tags.three_d_array and not tags.non_deterministic
    assert get_tags(TransferClassifier(tiny, random_state=None)).non_deterministic


def test_before_fit_nothing_is_predicted(tiny: str, tmp_path: Path) -> None:
    model = TransferClassifier(tiny)
    for ask in (model.predict, model.predict_proba, lambda X: model.save(tmp_path / "bundle")):
        with pytest.raises(NotFittedError):
            ask(pictures(2)[0])


@pytest.mark.slow
def test_cross_validation_search_and_pipeline(tiny: str) -> None:
    X, y = pictures()
    scores = cross_val_score(TransferClassifier(tiny), list(map(Image.fromarray, X)), y, cv=2, error_score="raise")
    assert scores.tolist() == [1.0, 1.0]
    pipeline = make_pipeline(FunctionTransformer(lambda X: X / 255), TransferClassifier(tiny))
    grid = {"transferclassifier__valid_fraction": [0.0, 0.25], "transferclassifier__random_weights": [True]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise", scoring="roc_auc").fit(X, y)
    assert search.best_score_ == 1.0 and search.predict(X).tolist() == y.tolist()


def test_a_copy_has_the_parameters_and_nothing_learned(fitted: TransferClassifier) -> None:
    strategy = Scratch(epochs=2)
    copy = clone(fitted).set_params(strategy=strategy, lr=0.01)
    assert copy.get_params() == {**fitted.get_params(), "strategy": strategy, "lr": 0.01}
    assert not hasattr(copy, "predictor_") and clone(copy).strategy == strategy


def test_settings_reach_the_strategy_and_mistakes_in_them_are_told(tiny: str) -> None:
    X, y = pictures(16)
    model = TransferClassifier(tiny, "scratch", epochs=2, lr=0.01, batch_size=8).fit(X, y)
    assert len(model.run_.history) == 2 and model.run_.strategy == "scratch"
    assert model.predictor_.bundle.config["training"]["settings"] == asdict(Scratch(epochs=2, lr=0.01, batch_size=8))
    with pytest.raises(ConfigError, match="valid_fraction"):
        TransferClassifier(tiny, valid_fraction=1.0).fit(X, y)
    with pytest.raises(ConfigError, match="linear_probe"):
        TransferClassifier(tiny, "linear_prob").fit(X, y)


# --- the same again


@pytest.mark.slow
def test_the_same_random_state_gives_the_same_model(tiny: str) -> None:
    X, y = pictures(16)
    settings = {"epochs": 1, "batch_size": 8}

    def probabilities(random_state: Any) -> np.ndarray:
        return TransferClassifier(tiny, "full", random_state=random_state, **settings).fit(X, y).predict_proba(X)

    first = probabilities(3)
    assert np.array_equal(first, probabilities(np.int64(3)))
    assert not np.array_equal(first, probabilities(4))
    assert np.array_equal(probabilities(np.random.RandomState(0)), probabilities(np.random.RandomState(0)))


def test_the_company_of_a_picture_does_not_change_its_answer(fitted: TransferClassifier) -> None:
    X, _ = pictures(40, seed=1)
    order = np.random.default_rng(0).permutation(len(X))
    together = fitted.predict_proba(X)
    # Convolutions add in another order in a batch of another size: up to 3e-6 was seen.
    assert np.allclose(fitted.predict_proba(X[order]), together[order], atol=2e-5)
    assert np.allclose(np.vstack([fitted.predict_proba(X[[k]]) for k in range(5)]), together[:5], atol=2e-5)


# --- the split


def test_valid_takes_its_share_and_there_is_no_test_split(tiny: str) -> None:
    X, y = pictures(40)
    model = TransferClassifier(tiny, valid_fraction=0.25).fit(X, y)
    assert {(result.split, len(result.targets)) for result in model.run_.results} == {("valid", 10)}
    assert TransferClassifier(tiny, valid_fraction=0.0).fit(X, y).run_.results == ()


def test_copies_of_a_picture_stay_on_one_side(tiny: str) -> None:
    X, y = pictures(20)
    twice = TransferClassifier(tiny, valid_fraction=0.3).fit(np.concatenate([X, X]), np.concatenate([y, y]))
    rows = {int(example.id.split()[1]) for example in twice.run_.result("valid").examples}
    assert len(rows) == 12 and {(row + 20) % 40 for row in rows} == rows
    assert "leakage-exact" not in {finding.code for finding in twice.run_.findings}


# --- what is left behind, and what travels


def test_nothing_stays_on_disk_unless_asked(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    X, y = pictures(16)
    model = pickle.loads(pickle.dumps(TransferClassifier(tiny).fit(X, y)))
    assert not list((tmp_path / "here").iterdir()) and not list((tmp_path / "temporary").iterdir())
    assert np.isfinite(model.predict_proba(X)).all(), "the bundle is in memory"
    kept = TransferClassifier(tiny, out=tmp_path / "run").fit(X, y)
    assert kept.run_.folder == tmp_path / "run" and (tmp_path / "run" / "predictions.csv").is_file()
    answers = ghep.load(tmp_path / "run" / "bundle").predict_proba(list(X))
    assert np.array_equal(answers, kept.predict_proba(X))


def hard(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Two classes of noise that cannot be distinguished, one twice as frequent."""
    X = np.random.default_rng(3).integers(0, 256, (n, SIZE, SIZE, 3), dtype=np.uint8)
    return X, np.where(np.arange(n) % 3 == 0, "rare", "usual")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["linear_probe", pytest.param("full", marks=pytest.mark.slow)])
def test_weights_of_samples_and_of_classes_move_the_answers(tiny: str, strategy: str) -> None:
    X, y = hard()

    def share(sample_weight: Any = None, **settings: Any) -> float:
        settings |= {} if strategy == "linear_probe" else {"epochs": 2, "lr": 0.01}
        model = TransferClassifier(tiny, strategy, valid_fraction=0, random_weights=True, **settings)
        return float(model.fit(X, y, sample_weight=sample_weight).predict_proba(X)[:, 0].mean())

    plain, heavy = share(), share(np.where(y == "rare", 20.0, 1.0))
    assert heavy > plain + 0.2
    assert share(class_weight={"rare": 20.0}) == heavy, "the same weights, the same model"
    assert plain < share(class_weight="balanced") < heavy
    assert share(np.full(60, 7.0)) == plain, "only ratios matter"
    assert share(np.where(y == "rare", 10.0, 0.5)) == pytest.approx(heavy, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "sample_weight", "said"),
    [
        ({}, [1.0] * 7, "one weight per example"),
        ({}, [-1.0] + [1.0] * 29, "row 0 has -1.0"),
        ({}, [float("nan")] + [1.0] * 29, "row 0 has nan"),
        ({}, [0] * 30, "all are 0"),
        ({"class_weight": "heavy"}, None, 'choose "balanced"'),
        ({"class_weight": {"nonesuch": 2}}, None, "names 'nonesuch', which is not a label of y"),
        ({"class_weight": {0: -1.0}}, None, "numbers of at least 0"),
    ],
)
def test_weights_that_cannot_be_are_a_value_error(
    tiny: str, settings: dict[str, Any], sample_weight: Any, said: str
) -> None:
    X, y = pictures()
    with pytest.raises(ValueError, match=said):
        TransferClassifier(tiny, **settings).fit(X, y, sample_weight=sample_weight)


@pytest.mark.slow
def test_a_search_loads_the_backbone_once(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    real = catalog._loaded
    monkeypatch.setattr(catalog, "_loaded", lambda request: loads.append(request.name) or real(request))
    X, y = pictures()
    TransferClassifier(tiny, random_weights=True).fit(X, y).save(tmp_path / "saved")
    loads.clear()
    search = GridSearchCV(TransferClassifier(str(tmp_path / "saved")), {"class_weight": [None, "balanced"]}, cv=2)
    ensemble = VotingClassifier([("a", search.estimator), ("b", clone(search.estimator))])
    search.fit(X, y)
    ensemble.fit(X, y)
    assert loads == [str(tmp_path / "saved")]


TERMINATED = """
import os, signal, sys
import numpy as np
import ghep.estimator
from ghep import TransferClassifier

def asked(*_, **__):
    print(*os.listdir(os.environ["TMPDIR"]), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError("it went on")

ghep.estimator.load = asked
X = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
TransferClassifier(sys.argv[1], random_weights=True).fit(X, [0, 1] * 10)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM")
@pytest.mark.slow
def test_nothing_stays_on_disk_after_a_sigterm(tiny: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TERMINATED, tiny]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "GHEP_CACHE": str(tmp_path.parent / "cache")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert "ghep-fit" in done.stdout
    assert not any(tmp_path.iterdir())


def test_the_record_lets_go_of_the_pictures(fitted: TransferClassifier) -> None:
    assert all(example.raw is None for result in fitted.run_.results for example in result.examples)


def test_a_pickle_answers_alike_and_a_damaged_one_does_not_load(fitted: TransferClassifier) -> None:
    X, _ = pictures()
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert np.array_equal(pickle.loads(pickle.dumps(again)).predict(X), fitted.predict(X))
    assert again.run_.accuracy == fitted.run_.accuracy
    state = fitted.__getstate__()
    assert "predictor_" not in state, "the network travels once, as the bundle's files"
    weights = bytearray(state["_bundle"]["model.safetensors"])
    weights[-1] ^= 1
    with pytest.raises(BundleError, match="damaged"):
        TransferClassifier().__setstate__(
            {**state, "_bundle": {**state["_bundle"], "model.safetensors": bytes(weights)}}
        )


def test_a_saved_model_is_a_bundle(fitted: TransferClassifier, tmp_path: Path) -> None:
    X, _ = pictures()
    folder = fitted.save(tmp_path / "bundle")
    assert np.array_equal(ghep.load(folder).predict_proba(list(X)), fitted.predict_proba(X))
    names = {"README.md", "config.json", "labels.json", "metrics.json", "model.safetensors"}
    assert {path.name for path in folder.iterdir()} >= names
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(ghep.load(again.save(tmp_path / "again")).predict_proba(list(X)), fitted.predict_proba(X))


# --- scikit-learn's own checks

AS_IT_IS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_estimators_unfitted,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_mixin_order,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_fit1d,
    estimator_checks.check_requires_y_none,
]
"""The checks that need no fit. The others fit rows of numbers, which are no pictures: scikit-learn skips an estimator
that says so (``two_d_array``) altogether, and it is ``OnRows`` that goes through all of them."""

QUICK = {
    "check_fit_score_takes_y",
    "check_dont_overwrite_parameters",
    "check_n_features_in_after_fitting",
    "check_estimators_pickle",
    "check_classifiers_one_label",
    "check_classifiers_regression_target",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
}


@pytest.mark.parametrize("check", AS_IT_IS, ids=lambda check: check.__name__)
def test_checks_without_fit(check: Any) -> None:
    check("TransferClassifier", TransferClassifier())


class OnRows(TransferClassifier):
    """Draws each row of numbers as a picture, four rows of four pixels to a number; nothing else is different."""

    def __init__(self, backbone: str = "tiny", *, random_state: Any = 0, valid_fraction: float = 0.2) -> None:
        super().__init__(backbone, random_state=random_state, valid_fraction=valid_fraction)

    def fit(self, X: Any, y: Any) -> OnRows:
        X, y = validate_data(self, X, y)
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        super().fit(self._drawn(X), y)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return super().predict_proba(self._drawn(validate_data(self, X, reset=False)))

    def _drawn(self, X: np.ndarray) -> np.ndarray:
        shares = (X.astype(float) - self.low_) / np.maximum(self.high_ - self.low_, 1e-9)
        return shares.clip(0, 1).repeat(4, axis=1)[:, None, :, None].repeat(4, axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.three_d_array = tags.input_tags.string = False
        return tags


def _all_checks() -> list[Any]:
    found = []
    for _, check in estimator_checks.estimator_checks_generator(OnRows()):
        name = check.func.__name__
        found.append(pytest.param(check, id=name, marks=[] if name in QUICK else [pytest.mark.slow]))
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*run_.findings has all:UserWarning")  # its data are blank images, and noise
@pytest.mark.parametrize("check", _all_checks())
def test_every_check_of_scikit_learn(check: Any, tiny: str) -> None:
    """All of them: none is expected to fail."""
    check(OnRows(tiny))
