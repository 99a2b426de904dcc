"""Words of a text as spelt in the vocabulary, and letters of words as in ELMo."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from ghep.data.text.word_bytes import BEGIN, END, FILL, NUM_BYTES, word_bytes
from ghep.data.text.word_tokens import UNKNOWN, is_cased, split_words, word_tokenizer_json
from ghep.errors import ConfigError


def tokens(text: str, *words: str) -> list[str]:
    vocabulary = (UNKNOWN, *words)
    encoded = Tokenizer.from_str(word_tokenizer_json(vocabulary)).encode(text)
    assert encoded.tokens == [vocabulary[place] for place in encoded.ids]
    return encoded.tokens


def test_a_token_s_id_is_its_place_and_unknown_words_are_zero() -> None:
    tokenizer = Tokenizer.from_str(word_tokenizer_json((UNKNOWN, "the", "film", ".")))
    assert tokenizer.encode("The film, the FILM.").ids == [1, 2, 0, 1, 2, 3]
    assert tokenizer.get_vocab_size() == 4
    assert tokenizer.encode(" \n").ids == []


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("the end.Now (the", ["the", "end", ".", "now"], ["the", "end", ".", "now", UNKNOWN, "the"]),
        ("the U.S. is", ["the", "u.s.", "is", "u", "s", "."], ["the", "u.s.", "is"]),
        ("well-known, wellknown", ["well-known", "well", "known"], ["well-known", UNKNOWN, UNKNOWN]),
        ("well-known", ["well", "known", "-"], ["well", "-", "known"]),
        ("a well-knowns", ["well-known", "well", "-", "a"], ["a", "well", "-", UNKNOWN]),  # whole words only
        ("pay 3.14 or 3.1", ["3.14", "3", "1", ".", "pay", "or"], ["pay", "3.14", "or", "3", ".", "1"]),
        ("I said no.", ["i", "said", "no", "no.", "."], ["i", "said", "no", "."]),
        ("don't don’t DON'T", ["don't", "do", "n't"], ["don't"] * 3),
        ("can't isn’t it's", ["ca", "n't", "is", "it", "'s"], ["ca", "n't", "is", "n't", "it", "'s"]),
        ("it's", ["it", "'", "s"], ["it", "'", "s"]),
        ("don’t", ["don’t", "don't"], ["don’t"]),
        ("sinh_viên không", ["sinh_viên", "không"], ["sinh_viên", "không"]),
        ("kho\u0302ng", ["kho\u0302ng", "kh\u00f4ng"], ["kh\u00f4ng"]),  # letters and accents, decomposed or composed
    ],
)
def test_words_are_split_as_in_the_vocabulary(text: str, words: list[str], expected: list[str]) -> None:
    assert tokens(text, *words) == expected


def test_text_is_lower_cased_only_if_no_word_has_upper_case() -> None:
    assert tokens("Apple apple", "apple") == ["apple", "apple"]
    assert tokens("Apple apple APPLE", "apple", "Apple") == ["Apple", "apple", UNKNOWN]


def test_a_few_capitals_do_not_make_a_vocabulary_cased() -> None:
    words = [f"word{number}" for number in range(5000)]
    assert not is_cased([*words, "UNK", "-LRB-"])
    assert is_cased([*words, *(f"Word{number}" for number in range(10))])


@pytest.mark.parametrize("words", [[], ["the"], [UNKNOWN, "the", "a", "the"]])
def test_an_invalid_vocabulary_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError, match="vocabulary"):
        word_tokenizer_json(words)


def test_words_without_a_vocabulary_are_split_as_in_the_penn_treebank() -> None:
    assert split_words("It's a well-made film, isn’t it?") == (
        ["It", "'s", "a", "well", "-", "made", "film", ",", "is", "n't", "it", "?"]
    )
    assert split_words("DON'T") == ["DO", "N'T"]
    assert split_words(" \t") == []


def test_words_as_letters() -> None:
    found = word_bytes(["cát", "", "x" * 99], 8)
    assert found.tolist() == [
        [BEGIN, ord("c") + 1, 0xC3 + 1, 0xA1 + 1, ord("t") + 1, END, FILL, FILL],
        [BEGIN, END, *[FILL] * 6],
        [BEGIN, *[ord("x") + 1] * 6, END],
    ]
    assert word_bytes(["a"]).shape == (1, 50) and word_bytes([]).shape == (0, 50)
    assert found.dtype.kind == "i" and found.min() > 0 and found.max() < NUM_BYTES
    assert np.array_equal(word_bytes(["\udcff"]), word_bytes(["?"]))  # a lone surrogate cannot be encoded as UTF-8
