from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from ghep.data.text import ngrams
from ghep.data.text.loader import TextPair
from ghep.data.text.ngrams import WORD, count_ngrams, fit_tfidf, plain, units_of


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
def test_units_follow_the_script_of_most_texts(texts: list[str], units: str) -> None:
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


TEXTS = ["A good film , a GOOD one !", "giảng viên rất vui", "x", "", "so-so 😀 l'été"]


def test_features_are_those_of_tfidf_vectorizers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inner products of hashed features equal those of scikit-learn's, except for words shorter than an n-gram."""
    monkeypatch.setattr(ngrams, "CHARACTERS", {"words": (2, 3), "characters": (1, 4)})  # no n-gram is longer than " x "
    counts = count_ngrams(TEXTS, "words")
    ours = fit_tfidf(counts, max_features=10_000).features(counts).toarray()
    arguments = {"preprocessor": plain, "sublinear_tf": True}
    words = TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), **arguments)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), **arguments)
    theirs = np.concatenate([one.fit_transform(TEXTS).toarray() for one in (words, characters)], axis=1)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-6)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = count_ngrams(TEXTS, "words")
    monkeypatch.setattr(ngrams, "CHUNK", 5)
    for one, other in zip(whole, count_ngrams(TEXTS, "words"), strict=True):
        assert (one != other).nnz == 0


def test_text_without_spaces_has_character_ngrams_only() -> None:
    (counts,) = count_ngrams(["很好很好"], "characters")
    assert counts.sum() == 4 + 5 + 4 + 3 and counts.max() == 2, "beginning and end are part of n-grams"


def test_the_texts_of_a_pair_have_separate_features() -> None:
    pairs = [TextPair("a dog", "a cat"), TextPair("a cat", "a dog"), TextPair("a dog", "a dog")]
    counts = count_ngrams(pairs, "words", pairs=True)
    assert len(counts) == 6
    rows = fit_tfidf(counts, max_features=10_000).features(counts).toarray()
    assert not np.allclose(rows[0], rows[1]) and not np.allclose(rows[0], rows[2])
    first, second, both = counts[:3]
    assert (both[2] != first[2]).nnz == 0 and both[0].sum() == 1, "of a dog and a cat the article is shared"
    assert (first[0] != second[1]).nnz == 0


def test_rare_ngrams_are_dropped_if_there_are_many_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["once here", "again", "again"]
    counts = count_ngrams(texts, "words")
    every = fit_tfidf(counts, max_features=10_000).num_features
    monkeypatch.setattr(ngrams, "MANY_TEXTS", 2)
    common = fit_tfidf(counts, max_features=10_000)
    assert common.num_features < every and common.features(counts).toarray()[0].sum() == 0
    frequent = fit_tfidf(count_ngrams(texts, "words"), max_features=4)
    assert list(map(len, frequent.kept)) == [1, 2], "half of the features of each kind"


def test_only_the_beginnings_of_many_long_texts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "MOST_CHARACTERS", 10)
    monkeypatch.setattr(ngrams, "SHORTEST_BEGINNING", 5)
    words, characters = count_ngrams(["abcde fghij", "abcde klmno"], "words")
    assert (characters[0] != characters[1]).nnz == 0 and (words[0] != words[1]).nnz > 0
