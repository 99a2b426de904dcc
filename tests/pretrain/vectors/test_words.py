"""The words that get vectors are those that the backbone of word vectors finds in a text."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from tokenizers import Tokenizer

from ghep.data.text.word_tokens import UNKNOWN, word_tokenizer_json
from ghep.errors import DataError
from ghep.pretrain.vectors.words import read_stream, read_vocabulary

TEXTS = [
    "It's a well-made film, isn't it?  THE film ISN’T long; U.S. films are 3.14 hours.",
    "the film’s hero don't\tsay “no” … the end.\nThe end isn't near - it is",
    unicodedata.normalize("NFD", "Tiếng Việt có dấu, tiếng việt không khó: Việt Nam"),
    "tiếng Việt (có dấu) việt nam\u00a0và\u3000đây, đây và tiếng",
]


def whole_texts_by_the_backbone(texts: list[str], words: tuple[str, ...]) -> list[list[str]]:
    tokenizer = Tokenizer.from_str(word_tokenizer_json([UNKNOWN, *words]))
    return [[one for one in found.tokens if one != UNKNOWN] for found in tokenizer.encode_batch(texts)]


def test_a_stream_is_what_the_backbone_reads_in_the_same_texts() -> None:
    vocabulary = read_vocabulary(TEXTS, min_count=1)
    stream = read_stream(TEXTS, vocabulary)
    expected = whole_texts_by_the_backbone(TEXTS, vocabulary.words)
    assert sum(map(len, expected)) > 60
    for number, tokens in enumerate(expected):
        assert [vocabulary.words[place] for place in stream.words[stream.documents == number]] == tokens


def test_words_are_lower_cased_composed_and_split_at_punctuation_and_clitics() -> None:
    words = read_vocabulary(TEXTS, min_count=1).words
    assert {"film", "n't", "'s", ",", "tiếng", "việt", "well", "made"} <= set(words)
    assert all(word == unicodedata.normalize("NFC", word).lower() for word in words)
    assert not any(" " in word or "\u00a0" in word for word in words)


def test_the_vocabulary_is_sorted_by_count_then_letters_whatever_the_order_of_the_texts() -> None:
    vocabulary = read_vocabulary(TEXTS, min_count=1)
    again = read_vocabulary(TEXTS[::-1], min_count=1)
    assert vocabulary.words == again.words
    keys = [(-count, word) for count, word in zip(vocabulary.counts.tolist(), vocabulary.words, strict=True)]
    assert keys == sorted(keys)


def test_rare_words_have_no_row_and_unknown_words_leave_no_gap() -> None:
    vocabulary = read_vocabulary(["a b a c a b"], min_count=None)
    assert vocabulary.min_count == 2
    assert (vocabulary.words, vocabulary.rare) == (("a", "b"), ("c",))
    assert vocabulary.counts.tolist() == [3, 2]
    assert read_stream(["c a x b", "", "b"], vocabulary).words.tolist() == [0, 1, 1]
    assert read_stream(["c a x b", "", "b"], vocabulary).documents.tolist() == [0, 0, 2]


@pytest.mark.parametrize("texts", [["one two three"], ["same same same"], [". "]])
def test_a_corpus_without_two_repeated_words_is_refused(texts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read_vocabulary(texts, min_count=None)
    assert caught.value.code == "vectors-vocabulary-too-small"
    assert "--min-count" in caught.value.remedy


def test_a_text_without_spaces_is_no_word() -> None:
    vocabulary = read_vocabulary([f"{'x' * 200} a b a b {'x' * 200}"], min_count=None)
    assert vocabulary.words == ("a", "b")
    assert np.isin(read_stream(["x" * 200], vocabulary).words, [0, 1]).sum() == 0


def test_text_without_spaces_is_told_from_text_that_was_split_into_words() -> None:
    whole = ["服务态度不错，房间还可以。", "服务态度不错，离车站很近。"]
    split = ["服务 态度 不错 ， 房间 还 可以 。", "服务 态度 不错 ， 离 车站 很 近 。"]
    assert read_vocabulary(whole, min_count=1).unsplit > 0.7
    assert read_vocabulary(split, min_count=1).unsplit == 0
    thai, of_thai = ["หนังเรื่องนี้สนุกมากและนักแสดงเก่ง"] * 2, ["หนัง เรื่อง นี้ สนุก มาก และ นักแสดง เก่ง"] * 2
    assert read_vocabulary(thai * 2 + split, min_count=1).unsplit > 0.2
    assert read_vocabulary([*of_thai, *TEXTS, "インターネット は 速い"], min_count=1).unsplit == 0
