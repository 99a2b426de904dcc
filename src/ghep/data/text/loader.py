r"""The one text loader, for training and serving: text, file or bytes in, a ``str`` that any tokenizer can take out.

A text that cannot be used is refused with ``BadText(reason, detail)``; the reasons are stable:

    missing             no such file
    unreadable          the operating system will not let us read it, or it is a folder
    empty               nothing in it but white space and characters without width
    too-long            more than ``MAX_CHARACTERS``
    not-utf-8           a file in another encoding than UTF-8, or than the one that was named
    wrong-encoding      a file in UTF-8, while another encoding was named
    not-text            zero bytes or so many control characters that it is no text
    unsupported-type    neither text, path nor bytes
    not-a-pair          one text, for a model that was trained on pairs of texts (``wrong_form``)
    a-pair              two texts, for a model that was trained on single ones

Decisions, so that nobody has to guess:

- A ``str`` is the text itself, never the name of a file.
- Files are UTF-8 unless an encoding is named. None is guessed: latin-1 fits every file, and what it makes of UTF-8 is
  wrong without a sign.
- A byte order mark at the beginning goes. Nothing else is taken away: case, accents, line ends and spaces are the
  tokenizer's business.
- Half of a character beyond U+FFFF, left behind where a text was cut (JSON can say ``"\ud83d"``), becomes U+FFFD; two
  halves beside each other become the character. Nothing that takes UTF-8 could take them as they are.
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
"""A novel has half a million; what is longer is a file by mistake, and would take a tokenizer minutes."""
MAX_CONTROL_SHARE = 0.1
USUAL_ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16", "cp1250", "cp1251", "cp1258", "gb18030", "big5", "shift-jis")

_BYTES_PER_CHARACTER = 4  # at most, in UTF-8 and in every other encoding in use
_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))  # the last one is U+3000
_NOTHING = _SPACES + "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class TextPair(str):
    r"""Two texts that are one example: a premise and a hypothesis, a question and an answer.

    As a string it reads as both, the second on a new line. ``content`` keeps the cut between them.

    >>> pair = TextPair("A man sleeps.", "He is awake.")
    >>> pair.second, str(pair)
    ('He is awake.', 'A man sleeps.\nHe is awake.')
    """

    first: str
    second: str

    def __new__(cls, first: str, second: str) -> TextPair:
        """Join the two."""
        pair = super().__new__(cls, f"{first}\n{second}")
        pair.first, pair.second = first, second
        return pair

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return what a copy is made of."""
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class Refused:
    """A raw that was read with the source, as it needed an encoding, and could not be: ``load_text`` says why."""

    path: Path
    reason: str
    detail: str


def load_text(raw: Raw) -> str:
    r"""Load one text: a ``str`` is one already, a path and bytes are read as UTF-8.

    Raises ``BadText`` with one of the reasons above, and nothing else, for a text that cannot be used.

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
    raise BadText("unsupported-type", f"expected text, a path or bytes, got {type(raw).__name__}")


def texts_in(text: str) -> tuple[str, ...]:
    """Return the two texts of a pair, or the one text."""
    return (text.first, text.second) if isinstance(text, TextPair) else (text,)


def content(text: str) -> bytes:
    """Return a loaded text in UTF-8, to be hashed; the two of a pair with a zero between, which no text holds."""
    return "\0".join(texts_in(text)).encode()


def wrong_form(raw: Raw, *, pairs: bool) -> BadText | None:
    """Return why ``raw`` is nothing for a model trained on ``pairs`` of texts, or on single texts; None if it is."""
    if isinstance(raw, TextPair) == pairs or isinstance(raw, Refused):
        return None
    if pairs:
        return BadText("not-a-pair", "the model was trained on pairs of texts, and this is one text")
    return BadText("a-pair", "the model was trained on single texts, and this is a pair of texts")


def _side(text: str, which: str) -> str:
    try:
        return _checked(text)
    except BadText as error:
        raise BadText(error.reason, f"the {which} text: {error.detail}") from None


def read_text(path: Path, encoding: str) -> str:
    """Read a file as one text; raise ``BadText`` as ``load_text`` does."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _BYTES_PER_CHARACTER * MAX_CHARACTERS:
                raise BadText("too-long", f"{size:,} bytes; at most {MAX_CHARACTERS:,} characters are read")
            data = file.read()
    except FileNotFoundError:
        raise BadText("missing", "no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise BadText("unreadable", getattr(error, "strerror", None) or str(error)) from None
    text = _checked(_decoded(data, encoding))
    if is_utf8_after_all(data, encoding):
        raise BadText("wrong-encoding", f"it is UTF-8, not {encoding}")
    return text


def encoding_named(name: str) -> str:
    """Return ``name`` if it is an encoding of texts; raise ConfigError with the usual ones if not."""
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        known = did_you_mean(name, USUAL_ENCODINGS)
        raise ConfigError(f"no encoding of texts is called {name!r}", remedy=known) from None


def is_utf8_after_all(data: bytes, encoding: str) -> bool:
    """Tell whether ``data``, said to be in another encoding, has letters in UTF-8 that this could not be by chance.

    One such letter is enough where a letter is one byte: no word has "Ã©" in it. Pairs of bytes, as in Chinese
    encodings, are valid UTF-8 by chance in short texts.
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
    """Return ``text`` as UTF-8 can hold it: two halves of a character joined, one alone replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _decoded(data: bytes, encoding: str) -> str:
    if len(data) > _BYTES_PER_CHARACTER * MAX_CHARACTERS:
        raise BadText("too-long", f"{len(data):,} bytes; at most {MAX_CHARACTERS:,} characters are read")
    if encoding == "utf-8" and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadText("not-utf-8", "it begins as UTF-16 does; it looks like utf-16")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in data and not encoding.startswith(("utf-16", "utf-32")):
            raise BadText("not-text", f"a zero byte, at byte {data.index(0)}") from None
        detail = f"byte 0x{data[error.start]:02x} at {error.start} is not {encoding}"
        if encoding == "utf-8":
            likely = likely_encoding(data)
            detail += f"; it looks like {likely}, which reads {example_in(data, error.start, likely)!r}"
        raise BadText("not-utf-8", detail) from None


def _checked(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise BadText("too-long", f"{len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    if not text.strip(_NOTHING):
        raise BadText("empty", "no characters but spaces" if text else "no characters")
    control = len(_CONTROL.findall(text))
    if "\0" in text:
        raise BadText("not-text", f"a zero character, at {text.index(chr(0))}")
    if control > MAX_CONTROL_SHARE * len(text):
        raise BadText("not-text", f"{control} of {len(text)} characters are control characters")
    return without_lone_halves(text)
