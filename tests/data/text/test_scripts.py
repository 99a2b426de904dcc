from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghep.data.text.scripts import scripts_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("3.14 !? 🙂 — ½", {}),
        ("Giảng viên", {"LATIN": 9}),
        ("Gia\u0309ng", {"LATIN": 5}),  # the mark has no separate script
        ("Москва", {"CYRILLIC": 6}),
        ("Ελλάδα", {"GREEK": 6}),
        ("房间很干净", {"HAN": 5}),
        ("\U00020000", {"HAN": 1}),
        ("人々", {"HAN": 2}),
        ("ひらカタ", {"KANA": 4}),
        ("コーヒー", {"KANA": 4}),
        ("ｶﾀ", {"KANA": 2}),
        ("ＡＢ", {"LATIN": 2}),
        ("한국", {"HANGUL": 2}),
        ("שלום", {"HEBREW": 4}),
        ("ไทย", {"THAI": 3}),
        ("हिन्दी", {"DEVANAGARI": 3}),
        ("naïve 你好, мир", {"LATIN": 5, "HAN": 2, "CYRILLIC": 3}),
    ],
)
def test_letters_are_counted_by_script(text: str, expected: dict[str, int]) -> None:
    assert dict(scripts_of(text)) == expected


@given(st.text(max_size=40))
@pytest.mark.slow
def test_every_letter_has_one_script_and_other_characters_none(text: str) -> None:
    assert sum(scripts_of(text).values()) <= sum(letter.isalpha() for letter in text)
    assert scripts_of(text + text) == {script: 2 * count for script, count in scripts_of(text).items()}
