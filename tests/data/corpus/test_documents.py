"""Which parts of a file are documents."""

from __future__ import annotations

import pytest

from ghep.data.corpus.documents import documents_in
from ghep.data.text.loader import MAX_CHARACTERS

ARTICLES = " \n = Du Fu = \n \n A poet .\n \n = = Life = = \n \n He was born .\n \n = Kiss You = \n \n A song .\n"


def texts(text: str, rule: str | None = None) -> list[str]:
    return [one for _, one in documents_in(text, rule)[1]]  # type: ignore[arg-type]


def test_reviews_are_one_a_line() -> None:
    assert documents_in("Fine.\nBad.\n") == ("line", [(1, "Fine."), (2, "Bad.")])


def test_a_blank_line_among_many_reviews_is_no_border() -> None:
    reviews = [f"Review {number}." for number in range(300)]
    rule, found = documents_in("\n".join([*reviews[:150], "", *reviews[150:]]))
    assert rule == "line"
    assert [one for _, one in found] == reviews
    assert found[150][0] == 152  # the line, with the blank one counted


def test_speeches_are_separated_by_blank_lines() -> None:
    play = "First Citizen:\nSpeak.\n\nAll:\nResolved,\nresolved.\n"
    assert documents_in(play) == ("paragraph", [(1, "First Citizen:\nSpeak."), (4, "All:\nResolved,\nresolved.")])


def test_articles_begin_with_a_heading_of_the_first_level() -> None:
    rule, found = documents_in(ARTICLES)
    assert rule == "article"
    assert [(line, one.split("\n")[0].strip()) for line, one in found] == [(2, "= Du Fu ="), (10, "= Kiss You =")]
    assert "= = Life = =" in found[0][1]


def test_an_equation_is_no_heading() -> None:
    assert len(texts(ARTICLES.replace("A song .", "It is\n = 3 = \nor so ."))) == 2


def test_separators_of_language_models() -> None:
    story = "Once.\n\nThe end.\n<|endoftext|>\nTwice.\n<|endoftext|>\n"
    assert documents_in(story) == ("separator", [(1, "Once.\n\nThe end."), (5, "Twice.")])


@pytest.mark.parametrize(
    ("rule", "count"), [("line", 3), ("paragraph", 2), ("file", 1), ("article", 1), ("separator", 1)]
)
def test_a_rule_can_be_given(rule: str, count: int) -> None:
    assert len(texts("One.\nTwo.\n\nThree.", rule)) == count


def test_windows_lines_and_odd_line_ends() -> None:
    """``str.splitlines`` would cut a review at U+2028, U+0085, form feeds and the like."""
    assert texts("a fine\u2028film\x85and\x0c long\r\nbad\rworse\n") == [
        "a fine\u2028film\x85and\x0c long",
        "bad",
        "worse",
    ]


def test_no_text_no_documents() -> None:
    assert texts("") == texts(" \n\n \n") == []


def test_a_text_without_borders_is_cut_at_white_space() -> None:
    """As text8 and other corpora of one line."""
    text = "word " * (MAX_CHARACTERS // 2)
    found = texts(text)
    assert len(found) == 3
    assert all(len(one) <= MAX_CHARACTERS and set(one.split(" ")) == {"word"} for one in found)
    assert " ".join(found) == text.strip()
