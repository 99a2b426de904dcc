"""A message: a code, parameters, and its text in the language in use."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ghep.messages
from ghep.errors import BadImage, DataError, did_you_mean
from ghep.messages import STRICT, Message, language_here, locale, plain_params, remedy_of, sources_in, text_of


def test_numbers_lists_and_messages_as_parameters() -> None:
    assert text_of("known-names", names=["a", "b"], more=0) == "known: a, b"
    assert text_of("known-names", names=["a", "b"], more=1200) == "known: a, b and 1,200 more"
    assert text_of("did-you-mean", names=['"a"', '"b"', '"c"']) == 'did you mean "a", "b" or "c"?'
    nested = Message("known-names", {"names": ["x"], "more": 0})
    error = DataError("bad-example", reason="r", detail=nested)
    assert str(error) == "r: known: x\n  replace the example, or leave it out"


@pytest.mark.parametrize(
    ("pattern", "value", "text"),
    [
        ("DURATION($x)", 0.421, "0.42 s"),
        ("DURATION($x)", 12.34, "12.3 s"),
        ("DURATION($x)", 204, "3.4 min"),
        ("DURATION($x)", 7300, "2.0 h"),
        ("DURATION($x)", None, "–"),
        ("BYTES($x)", 512, "512 B"),
        ("BYTES($x)", 20 * 2**20, "20 MiB"),
        ("BYTES($x)", 3.2 * 2**30, "3.2 GiB"),
        ("SCORE($x)", 0.96078, "0.961"),
        ("POINTS($x)", -0.013, "−1.3"),
        ("POINTS($x)", -0.0001, "0.0"),
        ('POINTS($x, sign: "auto")', 0.013, "1.3"),
        ("DIGITS($x)", 3e-5, "3e-05"),
        ("DIGITS($x)", -12.345, "−12.3"),
        ("P($x)", 0.0432, "0.043"),
        ('P($x, sign: "always")', 0.0432, "= 0.043"),
        ('P($x, sign: "always")', 1e-5, "< 0.001"),
        ("P($x)", 1e-5, "< 0.001"),
        ("VALUE($x)", 65535.0, "65,535"),
        ("VALUE($x)", 0.0123456, "0.01235"),
        ("LIST($x)", ["a"], "a"),
        ("LIST($x)", ["a", "b, c", "d"], "a, b, c and d"),
        ("$x", math.nan, "NaN"),
        ("$x", True, "true"),
    ],
)
def test_functions(pattern: str, value: object, text: str) -> None:
    name = "".join(letter for letter in f"try-{pattern}-{text}" if letter.isalpha() or letter == "-")
    with locale(name, {"case": f"case = {{ {pattern} }}"}):
        assert text_of("case", x=value) == text


def test_the_other_language_is_used_and_english_where_it_has_no_message() -> None:
    with locale("test-vi", sources_in("did-you-mean = có phải { $names }?\n")):
        assert str(did_you_mean("lihgt", ["light", "full"])) == 'có phải "light"?'
        assert str(did_you_mean("x", ["light"])) == "known: light"
    assert str(did_you_mean("lihgt", ["light", "full"])) == 'did you mean "light"?'


def test_json_has_code_parameters_and_text() -> None:
    hint = did_you_mean("lihgt", ["light"])
    assert hint.to_json() == {
        "code": "did-you-mean",
        "params": {"names": ['"light"']},
        "text": 'did you mean "light"?',
    }
    assert plain_params({"one": hint, "two": {3}, "three": None})["one"]["code"] == "did-you-mean"


def test_an_unknown_code_and_a_missing_parameter() -> None:
    with pytest.raises(KeyError, match="no message has the code nothing-like-it"):
        text_of("nothing-like-it")
    assert text_of("did-you-mean") == "did you mean names?", "a user gets the message all the same"
    token = STRICT.set(True)
    try:
        with pytest.raises(KeyError, match="Unknown external: names"):
            text_of("did-you-mean")
    finally:
        STRICT.reset(token)


def test_a_message_without_a_remedy_has_none() -> None:
    assert remedy_of("did-you-mean", names=["a"]) == ""


def test_a_bad_example_keeps_its_reason() -> None:
    error = BadImage("truncated", "the file ends early")
    assert (error.reason, error.detail, error.cause) == (
        "truncated",
        "the file ends early",
        "truncated: the file ends early",
    )


def test_a_long_parameter_is_cut_in_the_middle() -> None:
    text = text_of("did-you-mean", names="a" * 3000 + "end")
    assert text.startswith("did you mean aaa") and text.endswith("end?") and "(1,003 more)" in text
    with language_here("vi"):
        assert "...(còn 1.003 ký tự)..." in text_of("did-you-mean", names="a" * 3000 + "end")


def test_no_code_is_in_two_catalogues() -> None:
    folder = Path(ghep.messages.__file__).parent / "en"
    codes = [code for file in folder.glob("*.ftl") for code in sources_in(file.read_text(encoding="utf-8"))]
    assert sorted(codes) == sorted(set(codes))


def test_threads_write_in_the_language_in_use() -> None:
    with locale("test-threads", {"did-you-mean": "did-you-mean = { $names } ạ?"}), ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda number: text_of("did-you-mean", names=number), range(50)))
    assert told == [f"{number} ạ?" for number in range(50)]
