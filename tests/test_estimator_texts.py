"""The estimator on texts: whatever they come in, and in scikit-learn's hands."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import ghep
from ghep import TransferClassifier
from ghep.backbone.installed import at_hand
from ghep.data.loading.inputs import guess_modality
from ghep.errors import DataError
from small_bert import reviews, small_bert

X, Y = reviews(80)


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    return small_bert(tmp_path_factory.mktemp("bert") / "bert")


@pytest.fixture(scope="session")
def fitted(bert: str) -> TransferClassifier:
    return TransferClassifier(bert).fit(X, Y)


class Series:
    """What a data frame's column shows of itself: an ``__array__`` and an index that is not 0, 1, 2."""

    def __init__(self, values: list[str]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.values, dtype=object)

    def __getitem__(self, key: int) -> str:
        raise KeyError(key)


@pytest.mark.slow
def test_every_form_of_the_same_texts_gives_the_same_model(
    bert: str, fitted: TransferClassifier, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{place}.txt" for place in range(len(X))]
    for path, text in zip(paths, X, strict=True):
        path.write_text(text, encoding="utf-8")
    forms: dict[str, Any] = {
        "tuple": tuple(X),
        "array of str": np.array(X),
        "array of objects": np.array(X, dtype=object),
        "column": np.array(X, dtype=object)[:, None],
        "series": Series(X),
        "bytes": [text.encode() for text in X],
        "paths": paths,
    }
    expected = fitted.predict_proba(X)
    for name, form in forms.items():
        assert np.array_equal(fitted.predict_proba(form), expected), name
    for name in ("array of objects", "series", "bytes", "paths"):
        again = TransferClassifier(bert).fit(forms[name], Y)
        assert np.array_equal(again.predict_proba(X), expected), name


def test_it_learns_and_labels_come_back_as_they_were_given(bert: str) -> None:
    for names in (np.array(["x", "y"]), np.array([10, 9]), np.array([True, False])):
        y = names[[int(label == "up") for label in Y]]
        model = TransferClassifier(bert).fit(X, y)
        assert model.classes_.tolist() == sorted(names.tolist()) and model.predict(X).dtype == names.dtype
        assert model.score(X, y) > 0.8
        assert model.run_.backbone == Path(bert).name and model.predictor_.modality == "text"


@pytest.mark.slow
def test_ratings_are_scored_by_distance_and_keep_their_columns(bert: str) -> None:
    stars = np.array([9, 10, 2, 1])[[2 * (place % 3 == 0) + int(label == "up") for place, label in enumerate(Y)]]
    for y in (stars, stars.astype(str), stars / 2):
        model = TransferClassifier(bert, rating=True).fit(X, y)
        assert model.classes_.tolist() == sorted(set(y.tolist())), "as scikit-learn sorts them"
        assert [float(name) for name in model.predictor_.classes()] == sorted(set(map(float, y.tolist())))
        probabilities = model.predict_proba(X)
        assert np.array_equal(model.classes_[probabilities.argmax(axis=1)], model.predict(X))
        assert model.predict(X).tolist() == [
            type(y.tolist()[0])(one.label or "") for one in model.predictor_.predict(X)
        ]
        assert {score.name for score in model.run_.results[0].scores} >= {"mae", "quadratic_kappa"}
    with pytest.raises(ValueError, match="y holds 'down' in row 0, expected numbers because of rating=True"):
        TransferClassifier(bert, rating=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"[cC]ontinuous"):
        TransferClassifier(bert).fit(X, stars / 4)


@pytest.mark.slow
def test_cross_validation_search_and_pipeline(bert: str) -> None:
    every = np.array(X, dtype=object)
    scores = cross_val_score(TransferClassifier(bert), every, Y, cv=2, error_score="raise")
    assert scores.shape == (2,) and min(scores) > 0.6
    assert cross_val_score(TransferClassifier(bert), X, Y, cv=KFold(2), error_score="raise").min() > 0.6
    pipeline = make_pipeline(
        FunctionTransformer(lambda texts: [text.upper() for text in texts]), TransferClassifier(bert)
    )
    grid = {"transferclassifier__valid_fraction": [0.0, 0.25]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise", scoring="roc_auc").fit(X, Y)
    assert search.best_score_ > 0.6 and len(search.predict(X)) == len(X)


def test_a_copy_has_the_parameters_and_nothing_learned(fitted: TransferClassifier) -> None:
    copy = clone(fitted).set_params(rating=True)
    assert copy.get_params() == {**fitted.get_params(), "rating": True}
    assert not hasattr(copy, "predictor_")


def test_a_pickle_and_a_saved_bundle_answer_alike(fitted: TransferClassifier, tmp_path: Path) -> None:
    expected = fitted.predict_proba(X)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(X), expected)
    assert np.array_equal(ghep.load(again.save(tmp_path / "bundle")).predict_proba(X), expected)
    assert all(example.raw is None for result in again.run_.results for example in result.examples)


@pytest.mark.slow
def test_bad_texts_are_left_out_in_fit_and_named_in_predict(bert: str, fitted: TransferClassifier) -> None:
    with pytest.warns(UserWarning, match=r"2 of 80 texts .* left out: row 3: empty, no characters; row 5: uns"):
        model = TransferClassifier(bert).fit([*X[:3], "", X[4], None, *X[6:]], Y)
    assert model.run_.results
    with pytest.raises(DataError, match=r"2 of 3 texts cannot be used: row 1: empty: .*; row 2: unsupported-type") as e:
        fitted.predict(["good", " ", 3.0])
    assert "answers for each text" in str(e.value)
    with pytest.warns(UserWarning) as said:
        model = TransferClassifier(bert).fit([*X, ""], [*Y, "sideways"])
    assert "no usable texts of sideways" in str(said[-1].message)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("one text", "the input is one str; expected a sequence of texts"),
        ([], r"0 texts \(0 sample"),
        (np.zeros((3, 4)), r"shape \(3, 4\) and dtype float64; expected a list or an array \(N,\) of texts"),
        (np.array([["a", "b", "c"]]), r"shape \(1, 3\)"),
        (7, "of type int; expected a list or an array of texts"),
    ],
)
def test_what_is_no_sequence_of_texts_is_a_value_error(fitted: TransferClassifier, given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted.predict(given)


def test_pairs_are_refused_by_a_model_of_single_texts(fitted: TransferClassifier) -> None:
    with pytest.raises(DataError, match="trained on single texts, and this is a pair"):
        fitted.predict(np.array([["a", "b"]]))


def test_the_backbone_says_what_strings_are(bert: str, small_backbone: str, photos: Path) -> None:
    names = [f"{text}.jpg" for text in X]
    assert TransferClassifier(bert).fit(names, Y).predictor_.modality == "text", "they look like files, and are none"
    with pytest.raises(DataError, match="80 of 80 files cannot be used"):
        TransferClassifier(small_backbone).fit(X, Y)
    with pytest.raises(DataError, match=r"images in memory holds images, but .* takes texts"):
        TransferClassifier(bert).fit(np.zeros((80, 8, 8)), Y)


def test_what_strings_are_when_nobody_says() -> None:
    for pictures in (
        ["a.jpg", "b/c.PNG"],
        ["a.jpg", "b.jpg", "photo"],
        np.array(["x.webp"]),
        [b"..."],
        [Path("a.txt.png")],
    ):
        assert guess_modality(pictures) == "image"
    for texts in (
        ["What a film!", "see cat.jpg", "no"],
        np.array(["x"], dtype=object),
        Series(["dull"]),
        [Path("a.txt")],
    ):
        assert guess_modality(texts) == "text"
    for others in ([], np.zeros((2, 3, 3)), [np.zeros((3, 3))], 7, None):
        assert guess_modality(others) == "image"


@pytest.mark.slow
@pytest.mark.skipif("minilm" not in at_hand(), reason="minilm is not installed")
def test_texts_are_minilms_unless_a_backbone_is_named() -> None:
    model = TransferClassifier().fit(X[:40], Y[:40])
    assert model.run_.backbone == "minilm" and model.score(X, Y) > 0.9
