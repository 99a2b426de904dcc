r"""The text loader of training and prediction. In: a text, file or bytes. Out: a ``str`` that any tokenizer can read.

An unusable text raises ``BadText(reason, ...)``; the reasons are stable:

    missing             no such file
    unreadable          the operating system refuses to read it, or it is a folder
    empty               only white space and characters without width
    too-long            more than ``MAX_CHARACTERS``
    not-utf-8           a file in another encoding than UTF-8, or than the given one
    wrong-encoding      a file in UTF-8, although another encoding was given
    not-text            zero bytes, or many control characters
    unsupported-type    neither text, path nor bytes
    not-a-pair          one text, for a model that was trained on pairs of texts (``wrong_form``)
    a-pair              two texts, for a model that was trained on single ones

Decisions:

- A ``str`` is the text itself, never the name of a file.
- Files are UTF-8 unless an encoding is given. The encoding is never guessed: every file can be decoded as latin-1,
  which garbles UTF-8 without any error.
- A byte order mark at the beginning is removed. Case, accents, line ends and spaces are left to the tokenizer.
- A lone surrogate, left where a text was cut (JSON allows ``"\ud83d"``), becomes U+FFFD, and two matching surrogates
  become their character, because surrogates cannot be encoded as UTF-8.
"""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ghep.data.text.encodings import example_in, likely_encoding
from ghep.errors import BadText, ConfigError, did_you_mean
from ghep.storage.regular import open_regular
from ghep.types import Raw

MAX_CHARACTERS = 1_000_000
"""A novel has half a million; a longer file is probably a mistake, and would take a tokenizer minutes."""
MAX_CONTROL_SHARE = 0.1
USUAL_ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16", "cp1250", "cp1251", "cp1258", "gb18030", "big5", "shift-jis")

_BYTES_PER_CHARACTER = 4  # maximum, in UTF-8 and in every other encoding in use
_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))  # the last space is U+3000
_NOTHING = _SPACES + "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class TextPair(str):
    r"""Two texts that are one example: a premise and a hypothesis, a question and an answer.

    As a string, the pair is both texts, the second on a new line. ``content`` keeps the texts separate.

    >>> pair = TextPair("A man sleeps.", "He is awake.")
    >>> pair.second, str(pair)
    ('He is awake.', 'A man sleeps.\nHe is awake.')
    """

    first: str
    second: str

    def __new__(cls, first: str, second: str) -> TextPair:
        """Return the pair of the two texts."""
        pair = super().__new__(cls, f"{first}\n{second}")
        pair.first, pair.second = first, second
        return pair

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return the arguments for copying and pickling."""
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class Refused:
    """Takes the place of a text that could not be decoded in the given encoding; ``load_text`` raises the reason."""

    path: Path
    reason: str
    detail: str


def load_text(raw: Raw) -> str:
    r"""Return one text: a ``str`` is a text already, a path and bytes are decoded as UTF-8.

    Raises only ``BadText``, with a reason listed at the top of this file, for an unusable text.

        >>> load_text(b"caf\xc3\xa9")
        'café'
    """
    if isinstance(raw, Refused):
        raise BadText(raw.reason, raw.detail)
    if isinstance(raw, TextPair):
        return TextPair(_side(raw.first, "first"), _side(raw.second, "second"))
    if isinstance(raw, Path):
        return read_text(raw, "utf-8")
    if isinstance(raw, bytes):
        return _checked(_decoded(raw, "utf-8"))
    if isinstance(raw, str):
        return _checked(raw)
    raise BadText("unsupported-type", "text-unsupported-type", type=type(raw).__name__)


def texts_in(text: str) -> tuple[str, ...]:
    """Return the two texts of a pair, or a tuple of the one text."""
    return (text.first, text.second) if isinstance(text, TextPair) else (text,)


def content(text: str) -> bytes:
    """Return a loaded text in UTF-8, for hashing; a zero byte, which no text contains, separates a pair's texts."""
    return "\0".join(texts_in(text)).encode()


def wrong_form(raw: Raw, *, pairs: bool) -> BadText | None:
    """Return the error if ``raw`` is a single text and the model reads ``pairs``, or the reverse; else None."""
    if isinstance(raw, TextPair) == pairs or isinstance(raw, Refused):
        return None
    if pairs:
        return BadText("not-a-pair", "text-not-a-pair")
    return BadText("a-pair", "text-is-a-pair")


def _side(text: str, which: str) -> str:
    try:
        return _checked(text)
    except BadText as error:
        raise BadText(error.reason, "text-of-pair", side=which, detail=error.detail) from None


def read_text(path: Path, encoding: str) -> str:
    """Return a file, decoded in ``encoding``, as one text; raise ``BadText`` as ``load_text`` does."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _BYTES_PER_CHARACTER * MAX_CHARACTERS:
                raise BadText("too-long", "text-too-many-bytes", found=size, limit=MAX_CHARACTERS)
            data = file.read()
    except FileNotFoundError:
        raise BadText("missing", "text-missing") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise BadText("unreadable", "text-unreadable", cause=getattr(error, "strerror", None) or error) from None
    text = _checked(_decoded(data, encoding))
    if is_utf8_after_all(data, encoding):
        raise BadText("wrong-encoding", "text-is-utf-8", encoding=encoding)
    return text


def encoding_named(name: str) -> str:
    """Return the canonical name of a text encoding; raise ConfigError for an unknown one."""
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        hint = did_you_mean(name, USUAL_ENCODINGS)
        raise ConfigError("encoding-unknown", name=repr(name), hint=hint) from None


def is_utf8_after_all(data: bytes, encoding: str) -> bool:
    """Return whether ``data`` is UTF-8, although the user gave another ``encoding``.

    If that is a single-byte encoding, one letter in UTF-8 is proof: no word contains "Ã©". Byte pairs, as in Chinese
    encodings, can be valid UTF-8 by chance in short texts.
    """
    if encoding.startswith(("utf", "ascii")) or data.isascii():
        return False
    try:
        letters = sum(not char.isascii() for char in data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return False
    return letters >= (1 if _is_one_byte(encoding) else 20)


def _is_one_byte(encoding: str) -> bool:
    return len(bytes(range(256)).decode(encoding, "replace")) == 256


def without_lone_halves(text: str) -> str:
    """Return ``text`` without lone surrogates: matching pairs are joined, others replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _decoded(data: bytes, encoding: str) -> str:
    if len(data) > _BYTES_PER_CHARACTER * MAX_CHARACTERS:
        raise BadText("too-long", "text-too-many-bytes", found=len(data), limit=MAX_CHARACTERS)
    if encoding == "utf-8" and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadText("not-utf-8", "text-utf-16")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in data and not encoding.startswith(("utf-16", "utf-32")):
            raise BadText("not-text", "text-zero-byte", at=data.index(0)) from None
        at, byte = error.start, f"0x{data[error.start]:02x}"
        if encoding != "utf-8":
            raise BadText("not-utf-8", "text-not-in-encoding", byte=byte, at=at, encoding=encoding) from None
        likely = likely_encoding(data)
        example = repr(example_in(data, at, likely))
        raise BadText(
            "not-utf-8", "text-not-utf-8", byte=byte, at=at, encoding=encoding, likely=likely, example=example
        ) from None


def _checked(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise BadText("too-long", "text-too-many-characters", found=len(text), limit=MAX_CHARACTERS)
    if not text.strip(_NOTHING):
        raise BadText("empty", "text-only-spaces" if text else "text-no-characters")
    control = len(_CONTROL.findall(text))
    if "\0" in text:
        raise BadText("not-text", "text-zero-character", at=text.index(chr(0)))
    if control > MAX_CONTROL_SHARE * len(text):
        raise BadText("not-text", "text-control-characters", count=control, total=len(text))
    return without_lone_halves(text)
