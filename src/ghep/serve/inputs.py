"""The body of a request -> inputs. In: bytes and their media type. Out: raw images or texts, with names.

Four forms: the file or text itself; JSON ``{"inputs": [...]}``; a form with files (multipart); a form with text only
(urlencoded, which is also what ``curl --data`` says of a file). The body is in memory, at most ``max_body``; a part of
a form may have few and short header lines, which ``python-multipart`` checks.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ghep.data.modalities import Kind
from ghep.data.text.loader import encoding_named
from ghep.display.html import visible
from ghep.errors import ConfigError, InputsError, RequestError
from ghep.messages import text_of
from ghep.types import Raw

LONGEST_NAME = 255
FIELDS = ("inputs", "input", "text", "file", "image")
"""Names under which JSON and forms may have inputs."""
SECOND = b"second"
"""The field of a form for the second text of a pair; the one before it has the first."""
FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
RAW = ("application/octet-stream", "")
NOT_CHARSETS = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")
"""Encodings of Python that no client means. Decoding punycode takes seconds for 50 kB, and stops all other requests."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a request."""

    name: str
    raw: Raw


def inputs_of(body: bytes, content_type: str, kind: Kind, *, most: int) -> list[Input]:
    """Return the inputs in ``body``, at least one and at most ``most``.

    Raises RequestError: 415 for a media type that the model does not take, 400 for a body that is not of its media
    type, 413 for more than ``most`` inputs.
    """
    media, charset = _media_type(content_type)
    if media == MULTIPART:
        found = _of_multipart(body, content_type, kind, most)
    elif media == JSON or media.endswith("+json"):
        found = _of_json(body, kind, most)
    elif media == FORM:
        found = _of_form(body, kind, most)
    elif media in RAW or media.startswith(f"{kind.name}/"):
        found = [Input(_unnamed(0), kind.given.of_bytes(body, charset))]
    else:
        raise RequestError(415, "serve-media-type", found=f"{media:.80}", thing=kind.given.thing)
    if not found or (len(body) == 0 and media != MULTIPART):
        raise RequestError(400, "serve-no-input", thing=kind.given.thing)
    return found


def too_many(most: int, found: int) -> RequestError:
    """Return the error for a request with more than ``most`` inputs."""
    return RequestError(413, "serve-too-many-inputs", limit=most, found=found)


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``; raise RequestError (400) for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise RequestError(400, "serve-not-json", cause=f"{error!s:.200}") from None
    if not isinstance(found, dict):
        raise RequestError(400, "serve-json-not-object", found=type(found).__name__)
    return found


def _media_type(content_type: str) -> tuple[str, str | None]:
    """Return the media type in lower case and its charset, None for UTF-8; RequestError (415) for an unknown one."""
    media, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"utf-8").decode("latin-1")
    try:
        name = encoding_named(charset)
    except ConfigError:
        name = ""
    if name in ("", *NOT_CHARSETS):
        raise RequestError(415, "serve-charset", found=f"{charset:.40}")
    return media.decode("latin-1"), None if name == "utf-8" else name


def _of_json(body: bytes, kind: Kind, most: int) -> list[Input]:
    found = json_object(body)
    keys = [key for key in FIELDS if key in found]
    if len(keys) != 1:
        raise RequestError(400, "serve-json-no-inputs", found=[f"{key:.40}" for key in list(found)[:8]])
    given = found[keys[0]]
    values = given if isinstance(given, list) and keys[0] == "inputs" else [given]
    names = found.get("names")
    if names is not None and not (_are_texts(names) and len(names) == len(values)):
        raise RequestError(400, "serve-json-names", count=len(values))
    if len(values) > most:
        raise too_many(most, len(values))
    return [
        Input(_name(names[place], place) if names else _unnamed(place), raw_of_json(value, place, kind))
        for place, value in enumerate(values)
    ]


def raw_of_json(value: Any, place: int, kind: Kind) -> Raw:
    """Return the raw input that a value of JSON stands for; raise RequestError (400) if it is none."""
    try:
        return kind.given.of_json(value)
    except InputsError as error:
        raise RequestError(400, "serve-json-input", place=place, detail=error.cause, fix=error.remedy) from None


def _of_form(body: bytes, kind: Kind, most: int) -> list[Input]:
    """Return the text of a form field, or the body itself, which ``curl --data`` declares as a form."""
    head = body[:16].partition(b"=")
    if head[1] and head[0].decode("latin-1") in FIELDS:
        try:
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=4 * most, errors="strict")
        except ValueError as error:
            raise RequestError(400, "serve-not-form", cause=f"{error!s:.200}") from None
        return _limited([(_unnamed(place), value.encode()) for place, (_, value) in enumerate(pairs)], kind, most)
    return [Input(_unnamed(0), kind.given.of_bytes(body, None))]


def _limited(found: Sequence[tuple[str, bytes]], kind: Kind, most: int) -> list[Input]:
    if len(found) > most:
        raise too_many(most, len(found))
    return [Input(name, kind.given.of_bytes(content, None)) for name, content in found]


class _Parts:
    """The parts of a multipart body, as ``MultipartParser`` reports them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.found: list[tuple[str, bytes]] = []
        self.seconds: dict[int, bytes] = {}
        """Place of a text -> the second text of its pair."""
        self._field, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._disposition = b""
        self.ended = False

    def on_part_begin(self) -> None:
        self._disposition, self._data = b"", bytearray()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        data = bytes(self._data)
        name = options.get(b"filename", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            data = data.replace(b"\r\n", b"\n")  # browsers send the line ends of a text box as CRLF
            if options.get(b"name") == SECOND and self.found:
                self.seconds[len(self.found) - 1] = data
                return
        elif not name and not data:  # a file field of a form in which nothing was chosen
            return
        if len(self.found) >= self.most:
            raise too_many(self.most, self.most + 1)
        self.found.append((_name(name, len(self.found)), data))

    def on_end(self) -> None:
        self.ended = True

    def callbacks(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in dir(self) if name.startswith("on_")}


def _of_multipart(body: bytes, content_type: str, kind: Kind, most: int) -> list[Input]:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    parts = _Parts(most)
    try:
        if not boundary:
            raise FormParserError(text_of("serve-no-boundary"))
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeError, binascii.Error) as error:
        raise RequestError(400, "serve-not-form", cause=f"{error!s:.200}") from None
    if not parts.ended:
        raise RequestError(400, "serve-not-form", cause=text_of("serve-form-cut"))
    inputs = _limited(parts.found, kind, most)
    for place, second in parts.seconds.items():
        inputs[place] = Input(inputs[place].name, _pair(parts.found[place][1], second, place, kind))
    return inputs


def _pair(first: bytes, second: bytes, place: int, kind: Kind) -> Raw:
    try:
        texts = [one.decode() for one in (first, second)]
    except UnicodeDecodeError as error:
        raise RequestError(400, "serve-not-form", cause=f"{error!s:.200}") from None
    return raw_of_json(texts, place, kind)


def _name(name: str, place: int) -> str:
    """Return the last part of a file name, without control characters; ``input 3`` for an empty one."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return _unnamed(place) if last in ("", "..") else visible(last)[:LONGEST_NAME]


def _unnamed(place: int) -> str:
    return text_of("unnamed-input", place=place)


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)
