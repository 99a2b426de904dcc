from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ghep.data.text import linear_ngrams
from ghep.data.text.linear_ngrams import ENOUGH, PATHS, UNTUNED, LinearNgrams, fit_linear_ngrams
from ghep.data.text.loader import TextPair
from ghep.errors import DataError

FILLERS = ["the", "film", "a", "story", "actor", "scene", "it", "was", "then", "and", "so", "with", "music", "two"]
MOODS = (["awful", "boring", "poor"], ["plain", "usual", "fair"], ["superb", "lovely", "great"])
HAN_FILLERS = "房间酒店早餐服务前台位置交通"
HAN_MOODS = ("很差", "一般", "很好")

Texts = tuple[list[str], np.ndarray]


def reviews(count: int, seed: int = 0) -> Texts:
    """Sentences in which two words determine the class (0, 1, 2), and the others carry no information."""
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


def accuracy(model: LinearNgrams, texts: Sequence[str], targets: np.ndarray) -> float:
    return float((model.probabilities(texts).argmax(axis=1) == targets).mean())


@pytest.mark.parametrize(("make", "units"), [(reviews, "words"), (han_reviews, "characters")])
def test_informative_words_are_learnt(make: Callable[[int, int], Texts], units: str) -> None:
    model = fit_linear_ngrams(*make(300, 0), 3, valid=make(120, 1))
    assert model.units == units
    texts, targets = make(100, 2)
    assert accuracy(model, texts, targets) > 0.97
    probabilities = model.probabilities(texts)
    assert probabilities.shape == (100, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.probabilities([]).shape == (0, 3)
    assert model.seconds > 0


def test_parts_of_words_are_learnt() -> None:
    """Compounds that never occur in training: a model on words alone predicts one class for all."""
    rng = np.random.default_rng(0)

    def compounds(starts: str) -> Texts:
        targets = rng.integers(2, size=200)
        ends = np.array(["feindlich", "freundlich"])[targets]
        return [f"{rng.choice(list(starts))}{place}{end}" for place, end in enumerate(ends)], targets

    model = fit_linear_ngrams(*compounds("abcdefghi"), 2)
    assert accuracy(model, *compounds("jklmnop")) == 1


def test_misspelt_words_are_recognised() -> None:
    model = fit_linear_ngrams(*reviews(300), 3)
    texts, targets = reviews(100, 2)
    for right, wrong in (("awful", "awfull"), ("superb", "suuperb"), ("boring", "borring"), ("lovely", "loveley")):
        texts = [text.replace(right, wrong) for text in texts]
    assert accuracy(model, texts, targets) > 0.9


def test_the_setting_with_the_lowest_loss_on_valid_is_chosen() -> None:
    texts, targets = reviews(150)
    valid_texts, agreeing = reviews(ENOUGH, 1)
    for labels in (agreeing, np.random.default_rng(3).permutation(agreeing)):
        model = fit_linear_ngrams(texts, targets, 3, valid=(valid_texts, labels))
        tried = dict(model.held_out_loss)
        assert tried[model.setting] == min(tried.values())
        assert {setting.kind for setting in tried} == {"svm", "logistic"}
        assert all(path[0] in tried for path in PATHS)


def test_cross_validation_on_train_chooses_where_valid_is_small() -> None:
    texts, targets = reviews(ENOUGH)
    ten = reviews(10, 1)
    small, none = (fit_linear_ngrams(texts, targets, 3, valid=valid) for valid in (ten, None))
    assert small.held_out_loss and small.held_out_loss == none.held_out_loss
    few = fit_linear_ngrams(texts[:30], targets[:30], 3, valid=ten)
    assert few.setting == UNTUNED and not few.held_out_loss and few.temperature == 1


def test_the_temperature_is_fitted_on_held_out_texts() -> None:
    texts, targets = reviews(150)
    noise = np.random.default_rng(3).integers(3, size=300)
    model = fit_linear_ngrams(texts, targets, 3, valid=(reviews(300, 1)[0], noise))
    assert model.probabilities(reviews(50, 2)[0]).max() < 0.6


def test_a_part_of_large_data_chooses_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_ngrams, "MOST_WORK", 1)
    texts, targets = reviews(400)
    model = fit_linear_ngrams(texts, targets, 3)
    assert model.held_out_loss and accuracy(model, *reviews(100, 2)) > 0.97


def test_texts_without_a_label_are_skipped() -> None:
    texts, targets = reviews(240)
    hidden = targets.copy()
    hidden[::3] = -1
    kept = np.flatnonzero(hidden >= 0)
    valid_texts, valid_targets = reviews(ENOUGH, 1)
    one = fit_linear_ngrams(texts, hidden, 3, valid=([*valid_texts, "unseen"], np.append(valid_targets, -1)))
    other = fit_linear_ngrams([texts[n] for n in kept], targets[kept], 3, valid=(valid_texts, valid_targets))
    np.testing.assert_array_equal(one.probabilities(texts), other.probabilities(texts))
    assert one.held_out_loss == other.held_out_loss


@pytest.mark.parametrize("targets", [[0, 1], [0, 0, 1], [0, 1, 2, 3]])
def test_one_text_of_a_class_is_enough(targets: list[int]) -> None:
    texts = [f"{name} film" for name in ("good", "great", "bad", "dull")][: len(targets)]
    model = fit_linear_ngrams(texts, np.array(targets), 4)
    assert model.probabilities(texts).argmax(axis=1).tolist() == targets


def test_the_same_input_gives_the_same_numbers() -> None:
    first, second = (fit_linear_ngrams(*reviews(150), 3) for _ in range(2))
    np.testing.assert_array_equal(first.probabilities(reviews(50, 2)[0]), second.probabilities(reviews(50, 2)[0]))


def test_a_class_without_training_texts() -> None:
    texts, targets = reviews(150)
    of_two = np.flatnonzero(targets != 1)
    model = fit_linear_ngrams([texts[n] for n in of_two], targets[of_two], 4, valid=reviews(150, 1))
    probabilities = model.probabilities(reviews(30, 2)[0])
    assert probabilities.shape == (30, 4)
    assert not probabilities[:, [1, 3]].any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_pairs_of_texts_are_distinguished_by_shared_ngrams() -> None:
    """The same texts on both sides; the label is whether they are equal."""
    rng = np.random.default_rng(0)

    def pairs(count: int) -> tuple[list[str], np.ndarray]:
        targets = np.arange(count) % 2
        words = [rng.choice(FILLERS, 2, replace=False) for _ in targets]
        return [TextPair(a, a if same else b) for (a, b), same in zip(words, targets, strict=True)], targets

    model = fit_linear_ngrams(*pairs(400), 2)
    assert model.pairs and accuracy(model, *pairs(100)) > 0.95


def test_unseen_ngrams_give_the_class_shares() -> None:
    texts, targets = reviews(300)
    unseen = fit_linear_ngrams(texts, targets, 3).probabilities(["ξξξ", ""])
    np.testing.assert_allclose(unseen[0], unseen[1])
    assert 0.1 < unseen.min() < unseen.max() < 0.6


@pytest.mark.parametrize(
    ("texts", "targets", "message"),
    [
        (["a b", "c d"], [1, 1], r"2 labelled texts of 1 class"),
        (["a b", "c d"], [-1, -1], r"0 labelled texts of 0 class"),
        (["  ", ""], [0, 1], "no word to learn from in 2 texts"),
    ],
)
def test_texts_without_information(texts: list[str], targets: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        fit_linear_ngrams(texts, np.array(targets), 2)
    assert caught.value.remedy


def tagged(count: int, seed: int = 0) -> Texts:
    """Sentences with words of any of three kinds; no text has the class of the last column."""
    rng = np.random.default_rng(seed)
    targets = np.concatenate([rng.random((count, 3)) < 0.5, np.zeros((count, 1))], axis=1).astype(np.int8)
    words = [[*rng.choice(FILLERS, 6), *(rng.choice(MOODS[k]) for k in np.flatnonzero(row))] for row in targets]
    return [" ".join(rng.permutation(each)) + "." for each in words], targets


@pytest.mark.parametrize("count", [60, 200])
def test_texts_of_several_classes_are_learnt(count: int) -> None:
    texts, targets = tagged(count)
    targets[::10] = -1
    model = fit_linear_ngrams(texts, targets, 4, valid=tagged(120, 1) if count > ENOUGH else None)
    assert not model.exclusive and bool(model.held_out_loss) == (count > ENOUGH)
    texts, targets = tagged(100, 2)
    assert ((model.probabilities(texts) > 0.5) == targets).mean() > 0.9
    assert (model.probabilities(texts)[:, 3] < 1e-6).all()
    with pytest.raises(DataError, match="of 1 class"):
        fit_linear_ngrams(texts, np.ones((100, 2), np.int8), 2)


def test_many_classes_keep_fewer_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_ngrams, "FEWEST_FEATURES", 4)
    monkeypatch.setattr(linear_ngrams, "MAX_WEIGHTS", 3 * 10)
    assert fit_linear_ngrams(*reviews(200), 3).tfidf.num_features == 10
