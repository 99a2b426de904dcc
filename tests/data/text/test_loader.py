from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghep.data.text import loader as room
from ghep.data.text.loader import Refused, encoding_named, load_text, read_text
from ghep.errors import BadText, ConfigError


def reason(raw: Any) -> str:
    with pytest.raises(BadText) as caught:
        load_text(raw)
    return caught.value.reason


def test_path_bytes_and_text_are_one_text(tmp_path: Path) -> None:
    said = "Giảng viên nhiệt tình. 很好 🙂\r\n"
    (tmp_path / "a.txt").write_bytes(said.encode("utf-8-sig"))
    assert load_text(tmp_path / "a.txt") == load_text(said.encode()) == load_text("\ufeff" + said) == said


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", "empty"),
        (" \t\n\u3000\u00a0\u200b\ufeff", "empty"),
        (b"", "empty"),
        ("a\0b" + "c" * 99, "not-text"),
        ("\x01\x02" * 9, "not-text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not-text"),
        ("né".encode("latin-1"), "not-utf-8"),
        ("ab".encode("utf-16"), "not-utf-8"),
        (None, "unsupported-type"),
        (3.0, "unsupported-type"),
        (Path("nowhere.txt"), "missing"),
        (Path(), "unreadable"),
        (Path("a\0b"), "unreadable"),
        (Refused(Path("a.txt"), "not-utf-8", "byte 0x81"), "not-utf-8"),
    ],
)
def test_each_bad_text_has_its_reason(raw: Any, expected: str) -> None:
    assert reason(raw) == expected


def test_binary_data_is_distinguished_from_text() -> None:
    for good in ("NA", "None", "null", "nan", "0", ".", "🙂", "\x1b[1mbold\x1b[0m text", "\u200fשלום"):
        assert load_text(good) == good


def test_a_text_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(load_text("x" * room.MAX_CHARACTERS)) == room.MAX_CHARACTERS
    assert reason("x" * (room.MAX_CHARACTERS + 1)) == "too-long"
    assert reason(b"x" * (4 * room.MAX_CHARACTERS + 1)) == "too-long"
    with (tmp_path / "bomb.txt").open("wb") as file:
        file.truncate(2**40)  # sparse: takes no space on disk
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    assert reason(tmp_path / "bomb.txt") == "too-long"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("cut \ud83d", "cut \ufffd"), ("\ude42 cut", "\ufffd cut"), ("\ud83d\ude42", "🙂"), ("🙂\udc80é", "🙂\ufffdé")],
)
def test_lone_surrogates_do_not_crash_later(raw: str, expected: str) -> None:
    assert load_text(raw) == expected


@given(st.text(st.characters(), max_size=60) | st.binary(max_size=60))
def test_any_input_is_valid_utf8_or_refused(raw: str | bytes) -> None:
    try:
        loaded = load_text(raw)
    except BadText as error:
        assert error.reason in {"empty", "not-text", "not-utf-8"} and "\n" not in error.detail
    else:
        assert load_text(loaded.encode()) == load_text(loaded) and loaded.strip()


def test_only_text_encodings_are_accepted() -> None:
    assert encoding_named("latin-1") == encoding_named("L1") and encoding_named("UTF8") == "utf-8"
    for wrong in ("latin-11", "hex", "rot13", "a\0b", "no such"):
        with pytest.raises(ConfigError, match="unknown text encoding"):
            encoding_named(wrong)
    with pytest.raises(ConfigError, match='did you mean "latin-1"'):
        encoding_named("latin-11")


def test_a_file_in_a_given_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("œuvre".encode("cp1252"))
    assert read_text(tmp_path / "a.txt", "cp1252") == "œuvre"
    (tmp_path / "b.txt").write_bytes("œuvre".encode("utf-16"))
    assert read_text(tmp_path / "b.txt", "utf-16") == "œuvre"
    with pytest.raises(BadText, match="is not ascii"):
        read_text(tmp_path / "a.txt", "ascii")
