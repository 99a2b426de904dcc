"""Guess the encoding of bytes that are not UTF-8. In: bytes. Out: the name of an encoding to propose to the user.

A guess is never used automatically: every file can be decoded as latin-1, and decoding with a wrong encoding gives a
wrong text but no error. East Asian encodings are recognised by their byte pairs. Of the single-byte encodings, the
guess is the one that gives the fewest letters in positions that no language has: capitals within words, signs between
letters, accents on consonants, two scripts in one word. Turkish, Hungarian, Croatian, the Baltic languages, Hebrew and
Thai are recognised first, by rules of their spelling, because their bytes are also ordinary letters in other encodings.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_ONE_BYTE = (
    "cp1252",
    "cp1258",
    "cp1250",
    "iso8859-2",
    "iso8859-15",
    "cp1251",
    "koi8-r",
    "cp1253",
    "cp1256",
    "mac-roman",
    "cp850",
    "cp866",
)
"""In order of preference where two are equally likely."""
ONE_BYTE = ("latin-1", *_ONE_BYTE)
_SAMPLE_BYTES = 20_000
_ENOUGH = 5
"""A text with at least this many letters that only Turkish has counts as Turkish."""
_THIN = 3
"""With fewer different words than this that have bytes beyond ASCII, other encodings are shown too."""
_READINGS = 3
"""Maximum number of other readings that are shown."""
_DOUBTFUL = 10
"""Penalty of ``_oddness`` from which an encoding that the user gave is doubted: four or five impossible letters."""
_JOINING = frozenset("'\u00bf\u00a1\u2019\u2018\u00b4\u2010\u2011\u2013\u2014\u2026\u00b7\u00ad")
"""Signs that occur between letters (it’s, word—word) or at the edges of words (¿)."""
_AT_EDGES = ("Ps", "Pi", "Pf", "Pd", "Zs", "No", "Cf")
_MARKS = frozenset("\u00ae\u00a9\u2122\u00b0")
_VOWELS = frozenset("aeiouy\u0103\u00e2\u00ea\u00f4\u01a1\u01b0")
_HIGH_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH = re.compile(rb"[\x80-\xff]+")


def lines_not_utf8(data: bytes) -> tuple[list[int], list[int]]:
    """Return two lists of line numbers: lines that are not UTF-8, and lines that are UTF-8 with bytes beyond ASCII.

    A line in another encoding is rarely valid UTF-8 by chance; of lines with a single Chinese or Korean character, one
    in ten is.
    """
    wrong, right = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            try:
                line.decode()
            except UnicodeDecodeError:
                wrong.append(number)
            else:
                right.append(number)
    return wrong, right


def mostly_utf8(wrong: Sequence[int], right: Sequence[int]) -> bool:
    """Return whether a file is UTF-8 with few lines in another encoding; the arguments are from ``lines_not_utf8``."""
    return len(right) > 1 and 2 * len(right) >= len(wrong)


def likely_encoding(data: bytes, *, east_asian: bool = True) -> str:
    """Return the most likely encoding of bytes that are not UTF-8: cp1252, latin-1, cp1258, gb18030, utf-16, ..."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data[:4096]:
        if 2 * data[:4096].count(0) > len(data[:4096]):  # two or three of the four bytes of a character are zero
            return "utf-32-be" if data[:1] == b"\0" else "utf-32-le"
        return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    sample = b"\n".join(_lines_with_high_bytes(data))
    high = _HIGH.findall(sample)
    total = sum(map(len, high))
    if east_asian and 2 * sum(len(run) for run in high if len(run) > 1) >= total:
        found = max(_EAST_ASIAN, key=lambda name: _share_of_common(sample, name))
        if _share_of_common(sample, found) >= 0.6:
            return found
    if spelt := _by_spelling(sample):
        return spelt
    best = min(_ONE_BYTE, key=lambda name: _oddness(sample, name))
    if best == "cp1252" and not re.search(rb"[\x80-\x9f]", sample):
        return "latin-1"  # the same letters, and a better-known name
    return best


def other_readings(data: bytes, encoding: str) -> dict[str, str]:
    """Return a dict: encoding as likely as ``encoding`` -> a word of ``data`` as it decodes it, which differs.

    Empty unless few words have bytes beyond ASCII, so that the evidence is thin. Encodings that give signs within words
    or impossible letters are omitted.
    """
    sample = b"\n".join(_lines_with_high_bytes(data))
    if encoding not in ONE_BYTE or len(set(_HIGH_WORD.findall(sample))) >= _THIN:
        return {}
    most = _oddness(sample, encoding)
    at = next((at for at, byte in enumerate(data) if byte >= 0x80), 0)
    found: dict[str, str] = {}
    for other in _ONE_BYTE:
        word = example_in(data, first_differing(data, at, encoding, other), other)
        same = word in found.values() or word == example_in(data, first_differing(data, at, encoding, other), encoding)
        if not same and _oddness(sample, other) <= most and len(found) < _READINGS:
            found[other] = word
    return found


def likelier_encoding(data: bytes, encoding: str) -> str | None:
    """Return the encoding that is far likelier than ``encoding``, a single-byte encoding; None if there is none."""
    if data.isascii() or len(bytes(range(256)).decode(encoding, "replace")) != 256:
        return None
    likely = likely_encoding(data)
    if likely in _EAST_ASIAN:
        return likely
    sample = b"\n".join(_lines_with_high_bytes(data))
    if likely == _by_spelling(sample):
        return likely if sample.decode(likely, "replace") != sample.decode(encoding, "replace") else None
    odd = _oddness(sample, encoding)
    least = _oddness(sample, likely)
    thin = odd >= 2 and odd > least and len(set(_HIGH_WORD.findall(sample))) < _THIN
    return likely if likely in _ONE_BYTE and (thin or (odd >= _DOUBTFUL and odd >= 4 * least)) else None


class _Spelling(NamedTuple):
    """A language's letters beyond ASCII, and the encoding that they indicate.

    The letters in ``own`` decide: Western encodings use the same bytes for other letters. ``others`` may also occur.
    """

    encoding: str
    own: str
    enough: int
    others: str


_SPELLINGS = (
    _Spelling("cp1254", "ğış\u0130", _ENOUGH, "çöüâîû"),  # Turkish
    _Spelling("cp1250", "őű", _ENOUGH, "áéíóöúü"),  # Hungarian
    _Spelling("cp1250", "čćđ", 3, "šž"),  # Croatian, Slovene
    _Spelling("cp1257", "šž", 2, "õäöü"),  # Estonian
    _Spelling("cp1257", "šž", 2, "ąčęėįųū"),  # Lithuanian
    _Spelling("cp1257", "šž", 2, "āčēģīķļņū"),  # Latvian
)
_NOT_HEBREW = re.compile(
    "[\u05da\u05dd\u05df\u05e3\u05e5][\u05d0-\u05ea]|[a-z][\u05d0-\u05ea]|[^\\W\u05d0-\u05eaA-Za-z0-9_]"
)
_NOT_THAI = re.compile(
    "(?<![\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|[a-z][\u0e01-\u0e2e]"
)
"""Patterns that contradict the encoding. Hebrew: a final letter before another letter, a letter within a Latin word.
Thai: a sign without a letter below or above it, a letter within a Latin word.
"""


def _by_spelling(sample: bytes) -> str | None:
    """Return the encoding of text in a language of ``_SPELLINGS``, Hebrew or Thai; None for others or too few letters.

    Turkish is distinguished from Icelandic, which uses the same bytes, by the absence of accented letters that are not
    in the Turkish alphabet. Five letters of Hebrew occur only at the end of words. Thai signs above and below a letter
    need a consonant.
    """
    for spelling in _SPELLINGS:
        letters = _letters(sample, spelling.encoding)
        both = {letter for letter in spelling.own + spelling.others for letter in (letter, letter.upper())}
        own = [letter for letter in letters if letter in spelling.own or letter.lower() in spelling.own]
        if set(letters) <= both and len(own) >= spelling.enough and len(letters) - len(own) >= 2:
            return spelling.encoding
    hebrew = _letters(sample, "cp1255")
    if len(set(hebrew)) >= 2 * _ENOUGH and not _NOT_HEBREW.search(sample.decode("cp1255")):
        return "cp1255"
    thai = _letters(sample, "cp874")
    if len(set(thai)) >= 2 * _ENOUGH and 50 * len(_NOT_THAI.findall(sample.decode("cp874"))) <= len(thai):
        return "cp874"
    return None


def _letters(sample: bytes, encoding: str) -> str:
    """Return the letters beyond ASCII in ``sample``; empty if it is not valid in ``encoding``."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return ""
    if any(unicodedata.category(char) == "Cc" and char >= "\x80" for char in text):
        return ""
    return "".join(char for char in text if char.isalpha() and not char.isascii())


def first_differing(data: bytes, start: int, encoding: str, other: str) -> int:
    """Return the position of the first byte from ``start`` on that two single-byte encodings decode differently.

    Returns ``start`` if there is no such byte.
    """
    differ = bytes(
        byte
        for byte in range(0x80, 256)
        if len({bytes([byte]).decode(one, "replace") for one in (encoding, other)}) > 1
    )
    found = re.compile(b"[" + re.escape(differ) + b"]").search(data, start) if differ else None
    return found.start() if found else start


def example_in(data: bytes, start: int, encoding: str) -> str:
    """Return the word around byte ``start`` in ``encoding``, so that a reader can judge a guess."""
    left, right = max(data.rfind(sign, 0, start) for sign in (b" ", b"\n", b",")) + 1, start
    while right < len(data) and data[right] not in b" \r\n,":
        right += 1
    word = data[max(left, start - 30) : min(right, start + 30)].decode(encoding, "ignore")
    return word.strip("\"';|\t.,!?()")


def _lines_with_high_bytes(data: bytes) -> Iterator[bytes]:
    taken = 0
    for match in re.finditer(rb"[^\n]*[\x80-\xff][^\n]*", data):
        line = match[0][:_SAMPLE_BYTES]
        taken += len(line)
        yield line
        if taken > _SAMPLE_BYTES:
            return


def _level_1(char: str) -> bool:
    return char.encode("gb18030", "ignore")[:1] in _LEVEL_1


_LEVEL_1 = {bytes([lead]) for lead in (0xA1, 0xA3, *range(0xB0, 0xD8))}
_BIG5_COMMON = {bytes([lead]) for lead in (0xA1, 0xA2, *range(0xA4, 0xC7))}
_EAST_ASIAN: dict[str, Callable[[str], bool]] = {
    "euc-kr": lambda char: "\uac00" <= char <= "\ud7a3",
    "gb18030": _level_1,
    "big5": lambda char: char.encode("big5", "ignore")[:1] in _BIG5_COMMON,
    "shift-jis": lambda char: "\u3000" <= char <= "\u30ff",
    "euc-jp": lambda char: "\u3000" <= char <= "\u30ff",
}
"""Encoding -> whether a character of it is common: level 1 of Chinese, kana, hangul."""


def _share_of_common(sample: bytes, encoding: str) -> float:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    chars = [char for char in text if not char.isascii()]
    kana = encoding in ("shift-jis", "euc-jp")
    share = sum(map(_EAST_ASIAN[encoding], chars)) / max(1, len(chars))
    return min(1.0, 2 * share) if kana else share  # Japanese is half kana, half kanji


def _oddness(sample: bytes, encoding: str) -> float:
    """Return a penalty for letters in positions that no language has; infinity if ``sample`` cannot be decoded."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return float("inf")
    odd = 0.0
    for at, char in enumerate(text):
        if not char.isascii():
            odd += _odd_letter(text[at - 1 : at], char, text[at + 1 : at + 2])
    return odd


def _odd_letter(before: str, char: str, after: str) -> float:
    kind = unicodedata.category(char)
    if kind == "Cc":
        return 5
    if kind == "Mn":
        return 0 if before.lower() in _VOWELS and before else 3
    if char == "\u00a4":  # the generic currency sign, where Latin-9 has the euro
        return 2
    if kind in ("So", "Sm", "Sc") and char not in _MARKS and (before.isalpha() or after.isalpha()):
        return 2
    if not char.isalpha():
        return 0 if char in _JOINING or not (_in_word(before) and _in_word(after)) else 2
    odd = 2.0 * (char.isupper() and before.islower())
    if before.isalpha():
        odd += 2 * (_script(before) != _script(char))
        odd += _script(char) == "LATIN" and not before.isascii()
    return odd


def _in_word(char: str) -> bool:
    """Return whether a character is a letter, or a sign that never occurs at the edge of a word."""
    if char.isascii():
        return char.isalpha()
    return unicodedata.category(char) not in _AT_EDGES and char not in _JOINING


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "?").split()[0]


_ICONV = {
    **{"latin-1": "ISO-8859-1", "iso8859-2": "ISO-8859-2", "iso8859-15": "ISO-8859-15", "mac-roman": "MACINTOSH"},
    **{"utf-16": "UTF-16", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"},
    **{"utf-32": "UTF-32", "utf-32-le": "UTF-32LE", "utf-32-be": "UTF-32BE"},
}


def name_for_iconv(encoding: str) -> str:
    """Return the name that the command ``iconv`` uses for an encoding from ``likely_encoding``."""
    return _ICONV.get(encoding, encoding)
