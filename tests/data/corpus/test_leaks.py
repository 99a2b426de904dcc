"""Test texts that are in a corpus."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from ghep.data.corpus.documents import Document
from ghep.data.corpus.leaks import How, without_leaks
from ghep.data.corpus.letters import WINDOW, letters_of, window_hashes
from ghep.data.text.loader import TextPair

TEXT = "A gorgeous, witty, seductive movie."


def found(document: str, *tests: str) -> list[tuple[int, int, How]]:
    """Return index of the test text, line and how it was found, for each leak."""
    return [(one.text, one.line, one.how) for one in without_leaks([Document("d", document)], tests)[1]]


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
    assert found(copy, "Another text of the test set.", TEXT) == [(1, 1, "whole")]
    assert kept(copy, TEXT) == []


def test_accents_composed_or_not() -> None:
    text = "Giảng viên nhiệt tình, đúng giờ."
    assert found(unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)) == [(0, 1, "whole")]


def test_within_a_longer_document() -> None:
    assert found(f"The poster said: {TEXT} I disagree.", TEXT) == [(0, 1, "part")]


LONG = (
    "Director Lasse Hallström shows that a holiday romance can be told with wit, warmth and a camera that knows where "
    "to stay, even if the last half hour asks for more patience than most of us will have brought along."
)


@pytest.mark.parametrize(
    "copy",
    [
        LONG.replace("warmth", "warmht"),
        LONG.replace("Director Lasse Hallström", "The director"),
        LONG.replace(" even if", ""),
        LONG[:150],
        LONG[60:],
        LONG.replace(" and ", " &amp; <br /><br /> and "),
        f"Someone wrote {LONG.replace('warmth', 'charm')} I agree.",
    ],
)
def test_edited_copies(copy: str) -> None:
    assert found(copy, TEXT, LONG) == [(1, 1, "edited")]


def test_what_is_not_found() -> None:
    """An edit in a short text, and other words for the same; docs/pretraining.md says so."""
    assert found(TEXT.replace("witty", "wity"), TEXT) == []
    assert found("A romance by Hallström is told with charm, though its end is too long for some.", LONG) == []


def test_windows_far_apart_are_no_copy() -> None:
    """Phrases of a text, spread over a long document."""
    filler = " ".join(f"word{number}" for number in range(40))
    spread = f" {filler} ".join(LONG[start : start + 40] for start in range(0, len(LONG), 40))
    assert found(spread, LONG) == []


def test_phrases_of_many_test_texts_do_not_count() -> None:
    phrase = "this is without any doubt one of the finest films that anyone has made in many years and it deserves"
    tests = [f"{phrase} {end}" for end in ("prizes", "an audience", "a sequel", "praise", "better music")]
    assert found(f"{phrase} none of the fame", *tests) == []


def test_edited_lines_are_dropped() -> None:
    half = LONG.index("and a camera")
    document = f"First.\n{LONG[:half].replace('wit,', 'wits,')}\n{LONG[half:]}\nLast."
    assert found(document, LONG) == [(0, 2, "edited")]
    assert kept(document, LONG) == ["First.\nLast."]


def test_lines_with_a_test_text_are_dropped_and_the_others_stay() -> None:
    document = "First line.\nIt says: a gorgeous,\nwitty, seductive\nmovie. True.\nLast line."
    assert found(document, TEXT) == [(0, 2, "part")]
    assert kept(document, TEXT) == ["First line.\nLast line."]


def test_short_texts_only_as_whole_documents() -> None:
    assert found("it is a must see for all", "a must see") == []
    assert found("A must-see!", "a must see") == [(0, 1, "whole")]
    assert found("= A must see =\nand more", "a must see") == []


def test_a_chinese_character_counts_twice() -> None:
    assert found("我住过，房间很干净服务也很好，推荐。", "房间很干净服务也很好") == [(0, 1, "part")]
    assert found("我住过，房间很干净，推荐。", "房间很干净") == []


def test_no_match_across_documents() -> None:
    documents = [Document("a", "A gorgeous, witty,"), Document("b", "seductive movie.")]
    assert without_leaks(documents, [TEXT]) == (documents, ())


def test_each_text_of_a_pair_is_searched_for() -> None:
    pair = TextPair("A man inspects the uniform of a figure.", "The man is sleeping in his bed.")
    assert found("the man is sleeping in his bed", pair) == [(0, 1, "whole")]


def test_several_texts_in_one_document_are_all_named() -> None:
    other = "one of the finest films of the year"
    leaks = without_leaks([Document("d", f"{other}. {TEXT}")], [TEXT, other])[1]
    assert [(one.text, one.beginning) for one in leaks] == [(0, TEXT), (1, other)]


def test_thousands_of_texts_that_begin_alike() -> None:
    """The window that is looked up is the rarest of a text: by the first, each document is compared with all texts."""
    tests = [f"Question of the survey: what do you think of item {number:05}?" for number in range(2_000)]
    documents = [Document(str(number), f"{tests[number]} Nothing.") for number in range(0, 2_000, 2)]
    leaks = without_leaks(documents, tests)[1]
    assert [(one.document, one.text) for one in leaks] == [(str(number), number) for number in range(0, 2_000, 2)]


def test_nothing_to_compare() -> None:
    documents = [Document("d", "Text."), Document("e", "!!!")]
    assert without_leaks(documents, []) == without_leaks(documents, ["!!!", ""]) == (documents, ())


def test_equal_to_a_search_in_strings() -> None:
    """Over many documents and batches: the hashed search finds what ``in`` finds."""
    rng = np.random.default_rng(0)
    words = ["finest", "film", "terribly", "plot", "été"]
    draw = lambda count: " ".join(rng.choice(words, count))  # noqa: E731
    documents = [Document(str(at), draw(int(rng.integers(3, 300)))) for at in range(200)]
    tests = [draw(int(rng.integers(1, 8))) for _ in range(200)] + [documents[7].text, documents[199].text[5:60]]
    plain = {at: "".join(one.text.split()) for at, one in enumerate(documents)}
    expected = {
        (str(at), number)
        for number, test in enumerate(tests)
        for at, text in plain.items()
        if (len(bare := "".join(test.split())) >= 20 and bare in text) or bare == text
    }
    leaks = without_leaks(documents, tests)[1]
    assert {(one.document, one.text) for one in leaks if one.how != "edited"} == expected
    assert len(expected) > 20


def test_hashes_differ_by_order() -> None:
    first, second = (int(window_hashes(letters_of(text))[0]) for text in ("abcdefghij", "jihgfedcba"))
    assert first != second
    assert WINDOW == 10
