"""Read a table file as text. In: a path, out: its characters, or a ``DataError`` that names place and remedy."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

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
from ghep.storage.regular import open_regular
from ghep.types import Finding

_LISTED = 8
_GZIP_MAGIC = b"\x1f\x8b"


def read_bytes(path: Path) -> bytes:
    """Return what is in a file, unpacked if it is packed by gzip. Raises ``DataError``."""
    try:
        with open_regular(path) as file:
            data = file.read()
        return gzip.decompress(data) if data.startswith(_GZIP_MAGIC) else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} cannot be unpacked: {error}", remedy="download it again") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", remedy="check the permissions") from None


def decoded(path: Path, encoding: str | None) -> str:
    """Return a file as text: UTF-8, or the encoding that was named. Raises ``DataError``."""
    data = read_bytes(path)
    if encoding is not None:
        return _as(encoding, data, path)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff", codecs.BOM_UTF32_BE))
    if marked or b"\0" in data[:4096]:
        if not marked and 8 * data.count(b"\0") < len(data):
            line = data.count(b"\n", 0, data.index(b"\0")) + 1
            raise DataError(
                f"{path.name}, line {line}: there is a zero byte, which no text has; {data.count(0)} in the file",
                remedy=f"save it again, or take them out: tr -d '\\000' < {path.name} > clean-{path.name}",
            )
        likely = likely_encoding(data)
        raise DataError(
            f"{path.name} is not UTF-8 text; line 1 looks like {likely.upper()[:6]}", remedy=_convert(path, likely)
        )
    try:
        return data.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        _refuse_some_lines(path, data)
        likely = likely_encoding(data)
        cause = f"{_place(path, data, error)} is not UTF-8; it looks like {likely}, which reads "
        cause += repr(example_in(data, first_differing(data, error.start, likely, "cp1252"), likely))
        others = other_readings(data, likely)
        if others:
            cause += f"; few words say so, and {_in_words(others)}"
        raise DataError(cause, remedy=_convert(path, likely)) from None


def _in_words(readings: Mapping[str, str]) -> str:
    return ", ".join(f"{encoding} reads {word!r}" for encoding, word in readings.items())


def encoding_findings(path: Path, encoding: str) -> tuple[Finding, ...]:
    """Return a warning if a file is far likelier to be in another encoding than in the one that was named."""
    data = read_bytes(path)
    wrong, right = ([], []) if b"\0" in data or _is_utf8(encoding) else lines_not_utf8(data)
    if mostly_utf8(wrong, right):
        line = data.split(b"\n")[right[0] - 1]
        at = next(at for at, byte in enumerate(line) if byte >= 0x80)
        message = (
            f"{len(right)} lines of {path.name} are UTF-8 and were read as {encoding}, which makes "
            f"{example_in(line, at, encoding)!r} of {example_in(line, at, 'utf-8')!r} (line {right[0]})"
        )
        remedy = f"leave --encoding out and save the other lines as UTF-8: {_numbers(wrong)}"
        items = tuple(f"{path.name}, line {number}" for number in wrong)
        return (Finding("encoding-doubtful", "warning", message, remedy, items),)
    likely = likelier_encoding(data, encoding)
    if likely is None:
        return _thin(path, data, encoding)
    start = next(at for at, byte in enumerate(data) if byte >= 0x80)
    start = first_differing(data, start, likely, encoding)
    likelier, named = example_in(data, start, likely), example_in(data, start, encoding)
    message = (
        f"{path.name} was read as {encoding} and looks like {likely}, which reads {likelier!r} where that has {named!r}"
    )
    remedy = f"if that is right, give --encoding {likely}"
    return (Finding("encoding-doubtful", "warning", message, remedy, (path.name,)),)


def _thin(path: Path, data: bytes, encoding: str) -> tuple[Finding, ...]:
    """Return what there is to say where few words tell by which encoding they are read."""
    named = next((name for name in ONE_BYTE if codecs.lookup(name).name == codecs.lookup(encoding).name), None)
    others = other_readings(data, named) if named and not data.isascii() else {}
    if not others:
        return ()
    start = next(at for at, byte in enumerate(data) if byte >= 0x80)
    word = example_in(data, first_differing(data, start, encoding, next(iter(others))), encoding)
    message = f"{path.name} has few words that tell its encoding: {encoding} reads {word!r}, {_in_words(others)}"
    return (Finding("encoding-doubtful", "info", message, "give the --encoding that reads it right", (path.name,)),)


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def _refuse_some_lines(path: Path, data: bytes) -> None:
    """Raise ``DataError`` that names the lines which are not UTF-8, if the others are."""
    wrong, right = lines_not_utf8(data)
    if not mostly_utf8(wrong, right):
        return
    lines = data.split(b"\n")
    others = b"\n".join(lines[number - 1] for number in right).decode()
    bad = b"\n".join(lines[number - 1] for number in wrong)
    likely = likely_encoding(bad, east_asian=any("\u2e80" <= sign <= "\ud7ff" for sign in others))
    first = lines[wrong[0] - 1]
    word = example_in(first, _not_utf8_at(first), likely)
    verb = "looks" if len(wrong) == 1 else "look"
    raise DataError(
        f"{path.name} is UTF-8 except for line{'s' * (len(wrong) > 1)} {_numbers(wrong)}, which {verb} like {likely}: "
        f"line {wrong[0]} then reads {word!r}",
        remedy=f"correct these lines; what line {wrong[0]} should be: "
        f"sed -n {wrong[0]}p {path.name} | iconv -f {name_for_iconv(likely)} -t utf-8",
    )


def _not_utf8_at(line: bytes) -> int:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _numbers(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
    return ", ".join(map(str, lines[:_LISTED])) + more


def _as(encoding: str, data: bytes, path: Path) -> str:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        _refuse_some_lines(path, data)
        cause = f"{_place(path, data, error)} is not {encoding}"
        raise DataError(cause, remedy="name the encoding that it was saved in, or save it as UTF-8") from None
    if "\0" in text[:4096]:
        cause = f"{path.name} read as {encoding} has zero bytes in it: it is in another encoding"
        likely = likely_encoding(data)
        raise DataError(cause, remedy=f"try --encoding {likely} (encoding=...), or save it as UTF-8")
    if is_utf8_after_all(data, encoding):
        raise DataError(
            f"{path.name} is UTF-8; read as {encoding}, its letters would become others (Ã© for é)",
            remedy="leave --encoding out; of tables in different encodings save all as UTF-8",
        )
    return text


def _place(path: Path, data: bytes, error: UnicodeDecodeError) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    return f"{path.name}, line {line}: byte 0x{data[error.start]:02x}"


def _convert(path: Path, encoding: str) -> str:
    save = f"iconv -f {name_for_iconv(encoding)} -t utf-8 {path.name} > utf8-{path.name}"
    return f"say so: --encoding {encoding} (encoding=...), or save it as UTF-8, for example: {save}"
