from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ghep.data import linear_words
from ghep.data.linear_words import INVERSE_STRENGTHS, UNTUNED, WORD, LinearWords, fit_linear_words, plain, units_of
from ghep.errors import DataError

FILLERS = ["the", "film", "a", "story", "actor", "scene", "it", "was", "then", "and", "so", "with", "music", "two"]
MOODS = (["awful", "boring", "poor"], ["plain", "usual", "fair"], ["superb", "lovely", "great"])
HAN_FILLERS = "房间酒店早餐服务前台位置交通"
HAN_MOODS = ("很差", "一般", "很好")

Texts = tuple[list[str], np.ndarray]


def reviews(count: int, seed: int = 0) -> Texts:
    """Sentences in which two words tell the class (0, 1, 2), and the others nothing."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(3, size=count)
    words = [[*rng.choice(FILLERS, 6), *rng.choice(MOODS[k], 2)] for k in targets]
    return [" ".join(rng.permutation(each)) + "." for each in words], targets


def han_reviews(count: int, seed: int = 0) -> Texts:
    """The same without spaces."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(3, size=count)
    starts = ["".join(rng.choice(list(HAN_FILLERS), 6)) for _ in targets]
    return [f"{start}{HAN_MOODS[k]}。" for start, k in zip(starts, targets, strict=True)], targets


def accuracy(words: LinearWords, texts: Sequence[str], targets: np.ndarray) -> float:
    return float((words.probabilities(texts).argmax(axis=1) == targets).mean())


@pytest.mark.parametrize(("make", "units"), [(reviews, "words"), (han_reviews, "characters")])
def test_what_words_tell_is_learnt(make: Callable[[int, int], Texts], units: str) -> None:
    words = fit_linear_words(*make(300, 0), 3, valid=make(60, 1))
    assert words.units == units
    texts, targets = make(100, 2)
    assert accuracy(words, texts, targets) > 0.97
    probabilities = words.probabilities(texts)
    assert probabilities.shape == (100, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert words.probabilities([]).shape == (0, 3)
    assert words.num_features == len(words.vectorizer.vocabulary_)
    assert words.seconds > 0


@pytest.mark.parametrize("classes", [2, 3])
def test_the_probabilities_are_those_of_logistic_regression(classes: int) -> None:
    texts, targets = reviews(200)
    texts, targets = [text for text, k in zip(texts, targets, strict=True) if k < classes], targets[targets < classes]
    words = fit_linear_words(texts, targets, classes)
    features = words.vectorizer.transform(texts)
    expected = LogisticRegression(C=UNTUNED, tol=1e-8, max_iter=5000).fit(features, targets).predict_proba(features)
    np.testing.assert_allclose(words.probabilities(texts), expected, atol=1e-3)


def test_the_regularisation_with_the_lowest_loss_on_valid_is_taken() -> None:
    texts, targets = reviews(150)
    valid_texts, agreeing = reviews(60, 1)
    for labels in (agreeing, np.random.default_rng(3).permutation(agreeing)):
        words = fit_linear_words(texts, targets, 3, valid=(valid_texts, labels))
        tried = dict(words.valid_loss)
        assert list(tried) == list(INVERSE_STRENGTHS[: len(tried)])
        assert tried[words.inverse_strength] == min(tried.values())
        assert labels is not agreeing or len(tried) == len(INVERSE_STRENGTHS)
    assert list(tried) == list(INVERSE_STRENGTHS[:2])  # where training tells nothing of valid, less of it is better
    assert fit_linear_words(texts, targets, 3).inverse_strength == UNTUNED
    assert fit_linear_words(texts, targets, 3).valid_loss == {}


def test_texts_without_a_label_are_not_there() -> None:
    texts, targets = reviews(120)
    hidden = targets.copy()
    hidden[::3] = -1
    kept = np.flatnonzero(hidden >= 0)
    valid_texts, valid_targets = reviews(40, 1)
    one = fit_linear_words(texts, hidden, 3, valid=([*valid_texts, "unseen"], np.append(valid_targets, -1)))
    other = fit_linear_words([texts[n] for n in kept], targets[kept], 3, valid=(valid_texts, valid_targets))
    np.testing.assert_array_equal(one.probabilities(texts), other.probabilities(texts))
    assert one.valid_loss == other.valid_loss
    nothing_to_choose_by = fit_linear_words(texts, targets, 3, valid=(texts, np.full(len(texts), -1)))
    assert nothing_to_choose_by.inverse_strength == UNTUNED


def test_the_same_input_gives_the_same_numbers() -> None:
    first, second = (fit_linear_words(*reviews(100), 3, valid=reviews(40, 1)) for _ in range(2))
    np.testing.assert_array_equal(first.probabilities(reviews(50, 2)[0]), second.probabilities(reviews(50, 2)[0]))


def test_a_class_that_training_has_not() -> None:
    texts, targets = reviews(150)
    of_two = np.flatnonzero(targets != 1)
    words = fit_linear_words([texts[n] for n in of_two], targets[of_two], 4, valid=reviews(60, 1))
    probabilities = words.probabilities(reviews(30, 2)[0])
    assert probabilities.shape == (30, 4)
    assert not probabilities[:, [1, 3]].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    only_unknown = fit_linear_words(
        [texts[n] for n in of_two], targets[of_two], 4, valid=(texts[:3], np.array([1, 1, 3]))
    )
    assert only_unknown.inverse_strength == UNTUNED


def test_words_never_seen_leave_the_share_of_the_classes() -> None:
    texts, targets = reviews(300)
    unseen = fit_linear_words(texts, targets, 3).probabilities(["zzz", ""])
    np.testing.assert_allclose(unseen[0], unseen[1])
    assert 0.2 < unseen.min() < unseen.max() < 0.5


def test_rare_words_are_left_out_where_there_are_many_texts() -> None:
    texts, targets = reviews(2_001)
    texts = [f"{text} once{n}" for n, text in enumerate(texts)]
    few, many = fit_linear_words(texts[:100], targets[:100], 3), fit_linear_words(texts, targets, 3)
    assert "once7" in few.vectorizer.vocabulary_
    assert not any(word.startswith("once") for word in many.vectorizer.vocabulary_)


@pytest.mark.parametrize(
    ("texts", "units"),
    [
        (["a good film", "", "42 !"], "words"),
        (["giảng viên rất vui tính ."], "words"),
        (["यह फिल्म अच्छी है"], "words"),
        (["정말 좋은 영화"], "words"),
        (["这部电影很好。", "不好看"], "characters"),
        (["この映画はとても良い"], "characters"),
        (["ภาพยนตร์เรื่องนี้ดีมาก"], "characters"),
        (["这部 iPhone 很好用的手机", "7", "!!"], "characters"),
        (["a film by 王家卫", "another one", "很好"], "words"),
        (["", "..."], "words"),
    ],
)
def test_units_go_by_the_script_of_most_texts(texts: list[str], units: str) -> None:
    assert units_of(texts) == units


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's GOOD, (really) good!", ["it's", "good", "really", "good", "!"]),
        ("giảng viên", ["giảng", "viên"]),
        ("यह हिन्दी फिल्म।", ["यह", "हिन्दी", "फिल्म"]),
        ("Ｗｈａｔ？ “no” … l’été", ["what", "?", "no", "l", "été"]),
        ("state-of-the-art 3.5 @me #tag 😀", ["state", "of", "the", "art", "3", "5", "me", "tag", "😀"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    for form in ("NFC", "NFD"):
        assert re.findall(WORD, plain(unicodedata.normalize(form, text))) == words


@pytest.mark.parametrize(
    ("texts", "targets", "message"),
    [
        (["a b", "c d"], [1, 1], r"2 labelled texts of 1 class"),
        (["a b", "c d"], [-1, -1], r"0 labelled texts of 0 class"),
        (["...", "--"], [0, 1], "no word to learn from in 2 texts"),
    ],
)
def test_texts_that_teach_nothing(texts: list[str], targets: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        fit_linear_words(texts, np.array(targets), 2)
    assert caught.value.remedy


def tagged(count: int, seed: int = 0) -> Texts:
    """Sentences with words of any of three kinds; the last column is of a class that none has."""
    rng = np.random.default_rng(seed)
    targets = np.concatenate([rng.random((count, 3)) < 0.5, np.zeros((count, 1))], axis=1).astype(np.int8)
    words = [[*rng.choice(FILLERS, 6), *(rng.choice(MOODS[k]) for k in np.flatnonzero(row))] for row in targets]
    return [" ".join(rng.permutation(each)) + "." for each in words], targets


def test_texts_of_several_classes_are_one_regression_for_each() -> None:
    texts, targets = tagged(200)
    hidden = targets.copy()
    hidden[::5] = -1
    words = fit_linear_words(texts, hidden, 4)
    features = words.vectorizer.transform(texts)
    kept = hidden[:, 0] >= 0
    probabilities = words.probabilities(texts)
    assert probabilities.shape == (200, 4) and not words.exclusive
    for k in range(3):
        theirs = LogisticRegression(C=UNTUNED, tol=1e-8, max_iter=5000).fit(features[kept], targets[kept, k])
        np.testing.assert_allclose(probabilities[:, k], theirs.predict_proba(features)[:, 1], atol=2e-3)
    assert (probabilities[:, 3] == 0).all()


def test_texts_of_several_classes_are_learnt_and_tuned_on_valid() -> None:
    valid = tagged(80, 1)
    words = fit_linear_words(*tagged(200), 4, valid=valid)
    assert words.inverse_strength == min(words.valid_loss, key=words.valid_loss.__getitem__)
    texts, targets = tagged(100, 2)
    assert ((words.probabilities(texts) > 0.5) == targets).all(axis=1).mean() > 0.9
    with pytest.raises(DataError, match="of 1 class"):
        fit_linear_words(texts, np.ones((100, 2), np.int8), 2)


def test_many_classes_keep_fewer_words(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, targets = reviews(200)
    every = fit_linear_words(texts, targets, 3)
    monkeypatch.setattr(linear_words, "FEWEST_FEATURES", 4)
    monkeypatch.setattr(linear_words, "MAX_WEIGHTS", 3 * 5)
    few = fit_linear_words(texts, targets, 3)
    assert few.num_features == 5 < every.num_features
    counts = every.vectorizer.transform(texts).astype(bool).sum(axis=0).A1
    kept = [counts[every.vectorizer.vocabulary_[word]] for word in few.vectorizer.vocabulary_]
    assert min(kept) >= np.sort(counts)[-10], "the most frequent ones"
