"""``TransferRegressor`` is scikit-learn's in protocol and ghep's in everything else."""

# ruff: noqa: N803, N806 - images are X in scikit-learn

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score
from sklearn.utils import estimator_checks
from sklearn.utils.validation import check_is_fitted, validate_data

import ghep
from ghep import TransferRegressor
from ghep.errors import DataError

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


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("backbone") / "tiny.json"
    path.write_text(json.dumps(CARD), encoding="utf-8")
    return str(path)


def images(n: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images as bright as their number: uint8 (N, 16, 16, 3) and float64 (N,), from -1 to 1."""
    rng = np.random.default_rng(seed)
    y = rng.uniform(-1, 1, n)
    noise = rng.normal(0, 10, (n, SIZE, SIZE, 3))
    return (128 + 90 * y[:, None, None, None] + noise).clip(0, 255).astype(np.uint8), y


@pytest.fixture(scope="module")
def fitted(tiny: str) -> TransferRegressor:
    return TransferRegressor(tiny).fit(*images())


def test_it_predicts_numbers_with_intervals(fitted: TransferRegressor, tmp_path: Path) -> None:
    X, y = images(40, seed=1)
    predicted, ends = fitted.predict(X), fitted.predict_interval(X)
    assert predicted.dtype == np.float64 and predicted.shape == (40,) and ends.shape == (40, 2)
    assert fitted.score(X, y) == r2_score(y, predicted) > 0.9
    assert ((ends[:, 0] < predicted) & (predicted < ends[:, 1])).all()
    assert ((ends[:, 0] <= y) & (y <= ends[:, 1])).mean() >= 0.7
    assert is_regressor(fitted) and fitted.run_.primary.name == "r2"
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(X), predicted)
    saved = ghep.load(fitted.save(tmp_path / "bundle")).predict(list(X))
    assert [one.value for one in saved] == pytest.approx(predicted.tolist())
    assert not hasattr(clone(fitted), "run_")


@pytest.mark.slow
def test_cross_validation_and_training(tiny: str) -> None:
    X, y = images(60)
    assert cross_val_score(TransferRegressor(tiny), X, y, cv=3).min() > 0.8
    light = TransferRegressor(tiny, strategy="light", epochs=6, lr=1e-2, valid_fraction=0.0).fit(X, y)
    assert light.score(*images(30, seed=2)) > 0.8 and np.isnan(light.predict_interval(X[:2])).all()


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (None, "y is missing|requires y"),
        (["old"] * 60, "expected finite numbers"),
        ([1.0] * 59 + [np.nan], "row 59"),
        ([1.0] * 59 + [np.inf], "row 59"),
        ([1.0] * 60, "60 samples with equal numbers"),
        (np.ones((60, 2)), "shape"),
        ([1.0, 2.0], "inconsistent numbers of samples"),
    ],
)
def test_what_are_no_numbers_is_a_value_error(tiny: str, y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TransferRegressor(tiny).fit(images()[0], y)


def test_unusable_images_are_named(fitted: TransferRegressor) -> None:
    with pytest.raises(DataError, match="row 1"):
        fitted.predict([images()[0][0], b"no image"])


AS_IT_IS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_estimators_unfitted,
    estimator_checks.check_mixin_order,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_set_params,
    estimator_checks.check_requires_y_none,
]
"""The checks that need no fit; ``OnRows`` goes through all of them."""


@pytest.mark.parametrize("check", AS_IT_IS, ids=lambda check: check.__name__)
def test_checks_without_fit(check: Any) -> None:
    check("TransferRegressor", TransferRegressor())


class OnRows(TransferRegressor):
    """Draws each row of numbers as an image, four rows of four pixels to a number; nothing else is different."""

    def __init__(self, backbone: str = "tiny", *, random_state: Any = 0, valid_fraction: float = 0.2) -> None:
        super().__init__(backbone, random_state=random_state, valid_fraction=valid_fraction)

    def fit(self, X: Any, y: Any) -> OnRows:
        X, y = validate_data(self, X, y, y_numeric=True)
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        super().fit(self._drawn(X), y)
        return self

    def predict(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return super().predict(self._drawn(validate_data(self, X, reset=False)))

    def _drawn(self, X: np.ndarray) -> np.ndarray:
        shares = (X.astype(float) - self.low_) / np.maximum(self.high_ - self.low_, 1e-9)
        return shares.clip(0, 1).repeat(4, axis=1)[:, None, :, None].repeat(4, axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.three_d_array = tags.input_tags.string = False
        return tags


FLOAT32 = "check_methods_subset_invariance"
"""A check with a tolerance of 1e-7, which float32 sums in another order do not keep."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*run_.findings has all:UserWarning")  # its data are blank images, and noise
@pytest.mark.parametrize(
    "check",
    [
        pytest.param(one, id=one.func.__name__)
        for _, one in estimator_checks.estimator_checks_generator(OnRows())
        if one.func.__name__ != FLOAT32
    ],
)
def test_every_check_of_scikit_learn(check: Any, tiny: str) -> None:
    """All of them but one: none is expected to fail."""
    check(OnRows(tiny))


def test_the_other_images_of_a_call_hardly_change_a_number(fitted: TransferRegressor) -> None:
    X, _ = images(20, seed=3)
    together = fitted.predict(X)
    np.testing.assert_allclose([fitted.predict(X[n : n + 1])[0] for n in range(20)], together, atol=1e-4)
