"""Decode a table file. In: a path. Out: the text of the file, or a ``DataError`` that names the line and the remedy."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.text.encodings import (
    ONE_BYTE,
    example_in,
    first_differing,
    likelier_encoding,
    likely_encoding,
    lines_not_utf8,
    mostly_utf8,
    name_for_iconv,
    other_readings,
)
from ghep.data.text.loader import is_utf8_after_all
from ghep.errors import DataError
from ghep.messages import Message, text_of
from ghep.storage.regular import open_regular
from ghep.types import Finding

_LISTED = 8
_GZIP_MAGIC = b"\x1f\x8b"


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, decompressed if it is gzip. Raises ``DataError``."""
    try:
        with open_regular(path) as file:
            data = file.read()
        return gzip.decompress(data) if data.startswith(_GZIP_MAGIC) else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError("table-not-unpacked", path=path, problem=error) from None
    except OSError as error:
        found = "yes" if path.is_file() else "no"
        raise DataError("table-not-opened", path=path, problem=error.strerror, found=found) from None


def decoded(path: Path, encoding: str | None) -> str:
    """Return a file as text, decoded as UTF-8 or the encoding given. Raises ``DataError``."""
    data = read_bytes(path)
    if encoding is not None:
        return _as(encoding, data, path)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff", codecs.BOM_UTF32_BE))
    if marked or b"\0" in data[:4096]:
        if not marked and 8 * data.count(b"\0") < len(data):
            line = data.count(b"\n", 0, data.index(b"\0")) + 1
            raise DataError("zero-byte", file=path.name, line=line, count=data.count(0))
        likely = likely_encoding(data)
        raise DataError("not-utf-8-text", file=path.name, encoding=likely.upper()[:6], remedy=_convert(path, likely))
    try:
        return data.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        _refuse_some_lines(path, data)
        likely = likely_encoding(data)
        word = example_in(data, first_differing(data, error.start, likely, "cp1252"), likely)
        others = other_readings(data, likely)
        raise DataError(
            "byte-not-utf-8",
            remedy=_convert(path, likely),
            **_place(path, data, error),
            encoding=likely,
            word=word,
            others=len(others),
            readings=_readings(others),
        ) from None


def _readings(words: Mapping[str, str]) -> list[Message]:
    return [Message("encoding-reads", {"encoding": encoding, "word": word}) for encoding, word in words.items()]


def encoding_findings(path: Path, encoding: str) -> tuple[Finding, ...]:
    """Return a warning if another encoding is far more likely than ``encoding``, which the user gave."""
    data = read_bytes(path)
    wrong, right = ([], []) if b"\0" in data or _is_utf8(encoding) else lines_not_utf8(data)
    if mostly_utf8(wrong, right):
        line = data.split(b"\n")[right[0] - 1]
        at = next(at for at, byte in enumerate(line) if byte >= 0x80)
        finding = Finding.of(
            "encoding-doubtful",
            "warning",
            items=[text_of("place-in-table", table=path.name, unit="line", number=number) for number in wrong],
            message="encoding-doubtful-lines",
            file=path.name,
            encoding=encoding,
            count=len(right),
            read=example_in(line, at, encoding),
            word=example_in(line, at, "utf-8"),
            line=right[0],
            lines=_numbers(wrong),
        )
        return (finding,)
    likely = likelier_encoding(data, encoding)
    if likely is None:
        return _few_words(path, data, encoding)
    start = next(at for at, byte in enumerate(data) if byte >= 0x80)
    start = first_differing(data, start, likely, encoding)
    finding = Finding.of(
        "encoding-doubtful",
        "warning",
        items=(path.name,),
        file=path.name,
        encoding=encoding,
        likely=likely,
        likely_word=example_in(data, start, likely),
        word=example_in(data, start, encoding),
    )
    return (finding,)


def _few_words(path: Path, data: bytes, encoding: str) -> tuple[Finding, ...]:
    """Return a finding if ``data`` has so few words beyond ASCII that other encodings are as likely as ``encoding``."""
    named = next((name for name in ONE_BYTE if codecs.lookup(name).name == codecs.lookup(encoding).name), None)
    others = other_readings(data, named) if named and not data.isascii() else {}
    if not others:
        return ()
    start = next(at for at, byte in enumerate(data) if byte >= 0x80)
    word = example_in(data, first_differing(data, start, encoding, next(iter(others))), encoding)
    finding = Finding.of(
        "encoding-doubtful",
        "info",
        items=(path.name,),
        message="encoding-doubtful-few-words",
        file=path.name,
        encoding=encoding,
        word=word,
        readings=_readings(others),
    )
    return (finding,)


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def _refuse_some_lines(path: Path, data: bytes) -> None:
    """Raise ``DataError`` if most lines are UTF-8 and some are not; the error names these lines."""
    wrong, right = lines_not_utf8(data)
    if not mostly_utf8(wrong, right):
        return
    lines = data.split(b"\n")
    others = b"\n".join(lines[number - 1] for number in right).decode()
    bad = b"\n".join(lines[number - 1] for number in wrong)
    likely = likely_encoding(bad, east_asian=any("\u2e80" <= sign <= "\ud7ff" for sign in others))
    first = lines[wrong[0] - 1]
    word = example_in(first, _not_utf8_at(first), likely)
    raise DataError(
        "some-lines-not-utf-8",
        file=path.name,
        count=len(wrong),
        lines=_numbers(wrong),
        encoding=likely,
        first=wrong[0],
        word=word,
        iconv=name_for_iconv(likely),
    )


def _not_utf8_at(line: bytes) -> int:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _numbers(lines: Sequence[int]) -> Message:
    return Message("line-numbers", {"lines": lines[:_LISTED], "more": max(0, len(lines) - _LISTED)})


def _as(encoding: str, data: bytes, path: Path) -> str:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        _refuse_some_lines(path, data)
        raise DataError("byte-not-in-encoding", **_place(path, data, error), encoding=encoding) from None
    if "\0" in text[:4096]:
        raise DataError("zero-bytes-in-encoding", file=path.name, encoding=encoding, likely=likely_encoding(data))
    if is_utf8_after_all(data, encoding):
        raise DataError("table-is-utf-8", file=path.name, encoding=encoding)
    return text


def _place(path: Path, data: bytes, error: UnicodeDecodeError) -> dict[str, Any]:
    line = data.count(b"\n", 0, error.start) + 1
    return {"file": path.name, "line": line, "byte": f"0x{data[error.start]:02x}"}


def _convert(path: Path, encoding: str) -> Message:
    values = {"encoding": encoding, "iconv": name_for_iconv(encoding), "file": path.name}
    return Message("convert-to-utf-8", values)
