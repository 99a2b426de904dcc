"""Test texts that are in a corpus."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from ghep.data.corpus.documents import Document
from ghep.data.corpus.leaks import WINDOW, _hashes, letters_of, without_leaks
from ghep.data.text.loader import TextPair

TEXT = "A gorgeous, witty, seductive movie."


def found(document: str, *tests: str) -> list[tuple[int, int, bool]]:
    """Return index of the test text, line and whether it is the whole document, for each leak."""
    return [(one.text, one.line, one.whole) for one in without_leaks([Document("d", document)], tests)[1]]


def kept(document: str, *tests: str) -> list[str]:
    return [one.text for one in without_leaks([Document("d", document)], tests)[0]]


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        "a gorgeous , witty , seductive movie .",
        "AGORGEOUSWITTYSEDUCTIVEMOVIE",
        "a gor-geous\u00a0witty<>seductive_movie!!!",
        "ａ　ｇｏｒｇｅｏｕｓ　ｗｉｔｔｙ　ｓｅｄｕｃｔｉｖｅ　ｍｏｖｉｅ",
    ],
)
def test_only_letters_count(copy: str) -> None:
    assert found(copy, "Another text of the test set.", TEXT) == [(1, 1, True)]
    assert kept(copy, TEXT) == []


def test_accents_composed_or_not() -> None:
    text = "Giảng viên nhiệt tình, đúng giờ."
    assert found(unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)) == [(0, 1, True)]


def test_within_a_longer_document() -> None:
    assert found(f"The poster said: {TEXT} I disagree.", TEXT) == [(0, 1, False)]


def test_a_changed_letter_hides_a_copy() -> None:
    """What is not searched for; docs/pretraining.md says so."""
    assert found(TEXT.replace("witty", "wity"), TEXT) == []


def test_lines_with_a_test_text_are_dropped_and_the_others_stay() -> None:
    document = "First line.\nIt says: a gorgeous,\nwitty, seductive\nmovie. True.\nLast line."
    assert found(document, TEXT) == [(0, 2, False)]
    assert kept(document, TEXT) == ["First line.\nLast line."]


def test_short_texts_only_as_whole_documents() -> None:
    assert found("it is a must see for all", "a must see") == []
    assert found("A must-see!", "a must see") == [(0, 1, True)]
    assert found("= A must see =\nand more", "a must see") == []


def test_a_chinese_character_counts_twice() -> None:
    assert found("我住过，房间很干净服务也很好，推荐。", "房间很干净服务也很好") == [(0, 1, False)]
    assert found("我住过，房间很干净，推荐。", "房间很干净") == []


def test_no_match_across_documents() -> None:
    documents = [Document("a", "A gorgeous, witty,"), Document("b", "seductive movie.")]
    assert without_leaks(documents, [TEXT]) == (documents, ())


def test_each_text_of_a_pair_is_searched_for() -> None:
    pair = TextPair("A man inspects the uniform of a figure.", "The man is sleeping in his bed.")
    assert found("the man is sleeping in his bed", pair) == [(0, 1, True)]


def test_several_texts_in_one_document_are_all_named() -> None:
    other = "one of the finest films of the year"
    leaks = without_leaks([Document("d", f"{other}. {TEXT}")], [TEXT, other])[1]
    assert [(one.text, one.beginning) for one in leaks] == [(0, TEXT), (1, other)]


def test_nothing_to_compare() -> None:
    documents = [Document("d", "Text."), Document("e", "!!!")]
    assert without_leaks(documents, []) == without_leaks(documents, ["!!!", ""]) == (documents, ())


def test_equal_to_a_search_in_strings() -> None:
    """Over many documents and batches: the hashed search finds what ``in`` finds."""
    rng = np.random.default_rng(0)
    words = ["finest", "film", "terribly", "plot", "été"]
    draw = lambda count: " ".join(rng.choice(words, count))  # noqa: E731
    documents = [Document(str(at), draw(int(rng.integers(3, 400)))) for at in range(400)]
    tests = [draw(int(rng.integers(1, 8))) for _ in range(200)] + [documents[7].text, documents[399].text[5:60]]
    plain = {at: "".join(one.text.split()) for at, one in enumerate(documents)}
    expected = {
        (str(at), number)
        for number, test in enumerate(tests)
        for at, text in plain.items()
        if (len(bare := "".join(test.split())) >= 20 and bare in text) or bare == text
    }
    leaks = without_leaks(documents, tests)[1]
    assert {(one.document, one.text) for one in leaks} == expected
    assert len(expected) > 20


def test_hashes_differ_by_order() -> None:
    first, second = (int(_hashes(letters_of(text))[0]) for text in ("abcdefghij", "jihgfedcba"))
    assert first != second
    assert WINDOW == 10
