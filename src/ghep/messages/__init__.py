"""The words of ghep: every message has a stable code and named parameters; its English is in ``en/*.ftl``.

Each other language has a folder with the same files, codes and parameters. ``language_now`` is the language in use:
that of ``use_language``, else of the environment (``GHEP_LANG``, then ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``).

Catalogues are written in Fluent (https://projectfluent.org), which has plural forms and the number formats of a
language. A message may have a remedy:

    data-folder-empty = { $folder } holds no images and no tables
        .remedy = pass a folder with one subfolder per class, or a table

Code names it: ``raise DataError("data-folder-empty", folder=folder)``. ``tests/messages/`` checks that each code in the
source is in the catalogue, with the same parameters. Nothing is parsed before the first message is needed, and then
only that message.
"""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

DEFAULT = "en"
LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
"""Code -> its own name of each language that comes with ghep."""
VARIABLE = "GHEP_LANG"
"""Environment variable with the language; processes that ghep starts inherit it."""
NONE = "–"
"""What has no value (None, NaN): never a 0."""
MINUS = "−"
LONGEST = 2_000
"""Characters of a parameter; Fluent takes 2,500."""


class _Language:
    """The language that was chosen, the same for all threads of the process; empty: that of the environment."""

    name = ""


_language = _Language()
_parsing = threading.Lock()
STRICT: ContextVar[bool] = ContextVar("ghep-strict-messages", default=False)
"""Whether a parameter that is missing is an error, as in tests; a user gets its name in the message instead."""
_only_here: ContextVar[str] = ContextVar("ghep-language-here", default="")
"""The language of one thread, while it reads what was written in another one."""
_extra: dict[str, Mapping[str, str]] = {}
"""Locale -> code -> its Fluent source, of locales that do not come with ghep."""

_ENTRY = re.compile(r"^([a-z][\w-]*) *=", re.MULTILINE)
_VARIABLE = re.compile(r"\$([A-Za-z]\w*)")
_REFERENCE = re.compile(r"\{ *([a-z][\w-]*)(?:\.[\w-]+)? *\}")


@dataclass(frozen=True)
class Message:
    """A message as a code and parameters; ``str`` returns its text in the language in use."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return text_of(self.code, **self.params)

    def to_json(self) -> dict[str, Any]:
        """Return the code, the parameters and the text."""
        return {"code": self.code, "params": plain_params(self.params), "text": str(self)}


def language_now() -> str:
    """Return the code of the language in use."""
    return _only_here.get() or _language.name or _of_environment()


def use_language(name: str) -> None:
    """Use the language ``name`` from now on, also in processes that are started later."""
    _language.name = name
    os.environ[VARIABLE] = name


def _of_environment() -> str:
    """Return the language of the first variable that is set, such as ``vi`` of ``vi_VN.UTF-8``; else English."""
    given = next(filter(None, map(os.environ.get, (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    name = re.split(r"[_.@-]", given)[0].lower()
    return name if name in LANGUAGES else DEFAULT


def text_of(code: str, **params: Any) -> str:
    """Return the message ``code`` with ``params``, in the language in use. Raises KeyError for an unknown code."""
    return _formatted(code, None, params)


def remedy_of(code: str, **params: Any) -> str:
    """Return the remedy of the message ``code``; empty where it has none."""
    return _formatted(code, "remedy", params)


def attribute_of(code: str, attribute: str, **params: Any) -> str:
    """Return another attribute of the message ``code``; empty where it has none."""
    return _formatted(code, attribute, params)


def is_code(code: str) -> bool:
    """Whether the catalogue has a message ``code``."""
    return code in _sources(DEFAULT) or code in _sources(language_now())


def plain_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``params`` as plain values for JSON.

    Numbers stay numbers, nested messages become their code, parameters and text, everything else becomes text.
    """
    return {name: _plain(value) for name, value in params.items()}


@contextmanager
def locale(name: str, catalogue: Mapping[str, str] | None = None) -> Iterator[None]:
    """Use the language ``name`` in this block.

    ``catalogue`` (code -> Fluent source) has the messages of a language that does not come with ghep.
    """
    if catalogue is not None:
        _extra[name] = catalogue
        _sources.cache_clear()
        _bundle.cache_clear()
    before, _language.name = _language.name, name
    try:
        yield
    finally:
        _language.name = before


@contextmanager
def language_here(name: str) -> Iterator[None]:
    """Use the language ``name`` in this block, in this thread only."""
    token = _only_here.set(name)
    try:
        yield
    finally:
        _only_here.reset(token)


def translated(code: str, params: Mapping[str, Any], text: str) -> Message | None:
    """Return the message that was stored as ``text``, for the language in use; None if that is not certain.

    ``code`` and ``params`` were stored with it, as plain values. The message is the one, called ``code`` or otherwise,
    that has these parameters and was ``text`` in one of the languages.
    """
    params = {name: _restored(value) for name, value in params.items()}
    wanted = set(params)
    names = [
        name for name in _sources(DEFAULT) if name == code or set(_VARIABLE.findall(_sources(DEFAULT)[name])) == wanted
    ]
    for name in sorted(names, key=lambda one: one != code):
        for written in (language_now(), *LANGUAGES):
            with language_here(written), suppress(KeyError):
                if text_of(name, **params) == text:
                    return Message(name, params)
    return None


def _restored(value: Any) -> Any:
    if isinstance(value, Mapping) and {"code", "params", "text"} <= set(value) and value["code"] in _sources(DEFAULT):
        return Message(value["code"], {name: _restored(one) for name, one in value["params"].items()})
    return [_restored(one) for one in value] if isinstance(value, list) else value


def catalogue(name: str = DEFAULT) -> Mapping[str, str]:
    """Return code -> Fluent source of every message of a language."""
    return _sources(name)


def _formatted(code: str, attribute: str | None, params: Mapping[str, Any]) -> str:
    name = language_now()
    name = name if code in _sources(name) else DEFAULT
    bundle = _bundle(name)
    _add(bundle, name, code)
    message = bundle.get_message(code)
    pattern = message.value if attribute is None else message.attributes.get(attribute)
    if pattern is None:
        return ""
    text, errors = bundle.format_pattern(pattern, {key: _argument(value) for key, value in params.items()})
    if errors and STRICT.get():
        raise KeyError(f"message {code}: {'; '.join(map(str, errors))}; parameters: {', '.join(params) or 'none'}")
    return str(text)


def _argument(value: Any) -> Any:
    """Return ``value`` as Fluent takes it: numbers keep their type, lists their items, everything else is text."""
    from fluent.runtime.types import FluentType

    if value is None:
        return math.nan
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return _names_type()([str(one) for one in value])
    return value if isinstance(value, int | float | FluentType) else _bounded(str(value))


def _bounded(text: str) -> str:
    """Cut the middle of a parameter that is longer than Fluent takes (it would write {???} for the whole)."""
    if len(text) <= LONGEST:
        return text
    cut = text_of("cut-out", count=len(text) - LONGEST)
    return f"{text[: LONGEST // 2]}...{cut}...{text[-LONGEST // 2 :]}"


@cache
def _names_type() -> Any:
    from fluent.runtime.types import FluentType

    class Names(FluentType):  # type: ignore[misc]
        """A parameter of several names: written with commas, unless a message calls ``LIST``, ``OR`` or ``EACH``."""

        def __init__(self, names: Sequence[str]) -> None:
            self.names = names

        def format(self, _locale: Any) -> str:
            return listed_plainly(self.names)

    return Names


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | float) or value is None else str(value)


@cache
def _sources(name: str) -> Mapping[str, str]:
    """Return code -> its Fluent source. Nothing is parsed: that takes far longer (``scripts/bench messages``)."""
    if name in _extra:
        return _extra[name]
    folder = files("ghep.messages") / name
    if not folder.is_dir():
        return {}
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".ftl"):
            found |= sources_in(file.read_text(encoding="utf-8"))
    return found


def sources_in(catalogue: str) -> dict[str, str]:
    """Return code -> Fluent source of each message in ``catalogue``, the text of a .ftl file."""
    entries = list(_ENTRY.finditer(catalogue))
    ends = [*(entry.start() for entry in entries[1:]), len(catalogue)]
    return {entry[1]: catalogue[entry.start() : end] for entry, end in zip(entries, ends, strict=True)}


@cache
def _bundle(name: str) -> Any:
    from fluent.runtime import FluentBundle

    return FluentBundle([DEFAULT if name in _extra else name], functions=FUNCTIONS, use_isolating=False)


def _add(bundle: Any, name: str, code: str) -> None:
    """Add the message ``code`` of the language ``name``, and those it refers to, to a Fluent ``bundle``, once."""
    if bundle.has_message(code):
        return
    with _parsing:
        _parse(bundle, name, code)


def _parse(bundle: Any, name: str, code: str) -> None:
    from fluent.runtime import FluentResource

    source = _sources(name).get(code)
    if source is None:
        raise KeyError(f"no message has the code {code}")
    bundle.add_resource(FluentResource(source))
    for other in _REFERENCE.findall(source):
        if not bundle.has_message(other):
            _parse(bundle, name, other)


# Functions of the catalogues. Each takes what Fluent gives it, a number or ``Names``, and returns text.

_DECIMAL_COMMA = {"vi": str.maketrans(".,", ",.")}
_UNITS = {"vi": {"s": "s", "min": "phút", "h": "giờ", " %": "%"}}
_WORDS = {"vi": {"and": "và", "or": "hoặc"}}
_DECIMALS = re.compile(r"\d,\d")


def number_text(value: object, form: str = "") -> str:
    """Return ``value`` as text in the language in use; ``form`` is a format such as ``.3f`` or ``,.0f``.

    Vietnamese has a comma before decimals and a point between thousands: 1.234,5.
    """
    return as_written_here(format(value, form))


def percent(share: float, form: str = ".0f") -> str:
    """Return a share as a percentage in the language in use: 12 %, −3 %; in Vietnamese 12%."""
    unit = _UNITS.get(language_now(), {}).get(" %", " %")
    return f"{number_text(100 * share, form).replace('-', MINUS)}{unit}"


def as_written_here(number: str) -> str:
    """Return an English number, such as 1,234.5, as the language in use writes it."""
    separators = _DECIMAL_COMMA.get(language_now())
    return number.translate(separators) if separators else number


def _between(items: Sequence[str]) -> str:
    """Return what separates items: a semicolon if one of them is a number with a decimal comma."""
    return "; " if language_now() in _DECIMAL_COMMA and any(map(_DECIMALS.search, items)) else ", "


def listed_plainly(items: Sequence[str]) -> str:
    """Return items as a list without "and": a, b, c; numbers with a decimal comma have semicolons between them."""
    return _between(items).join(items)


def _word(english: str) -> str:
    return _WORDS.get(language_now(), {}).get(english, english)


def _number(value: Any) -> float:
    """Return a parameter as a number; NaN for one that is missing."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _items(value: Any) -> list[str]:
    if hasattr(value, "names"):
        return list(value.names)
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return [value if isinstance(value, str) else value.format(None)]  # one name, or a parameter that is missing


def duration(seconds: Any) -> str:
    """Return a time as text, for ``DURATION($seconds)`` in a message: 0.42 s, 12.3 s, 3.4 min, 1.5 h."""
    value = _number(seconds)
    if math.isnan(value):
        return NONE
    if value < 119.95:
        text, unit = f"{value:.2f}" if value < 1 else f"{value:.1f}", "s"
    else:
        text, unit = (f"{value / 60:.1f}", "min") if value < 7200 else (f"{value / 3600:.1f}", "h")
    return f"{as_written_here(text)} {_UNITS.get(language_now(), {}).get(unit, unit)}"


def number_of_bytes(count: Any) -> str:
    """Return a size as text, for ``BYTES($count)`` in a message: 512 B, 1.5 KiB, 20 MiB, 3.2 GiB."""
    value = _number(count)
    if math.isnan(value):
        return NONE
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{number_text(value, '.1f')} {unit}"
        value /= 1024
    return f"{number_text(value, '.1f')} GiB"


def score(value: Any) -> str:
    """Return a score with three decimals, for ``SCORE($accuracy)`` in a message."""
    given = _number(value)
    return number_text(given, ".3f") if math.isfinite(given) else NONE


def points(value: Any, sign: str = "always") -> str:
    """Return a difference of accuracies in hundredths, for ``POINTS($difference)`` in a message: +1.3.

    ``POINTS($size, sign: "auto")`` writes no plus: 1.3.
    """
    given = _number(value)
    if math.isnan(given):
        return NONE
    text = f"{100 * given:+.1f}" if sign == "always" else f"{100 * given:.1f}"
    return as_written_here(text.replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", MINUS))


def p_value(value: Any, sign: str = "auto") -> str:
    """Return a p-value with two significant digits or as "< 0.001", for ``P($p)`` in a message.

    ``P($p, sign: "always")`` writes "= 0.04" instead of "0.04".
    """
    given = _number(value)
    if math.isnan(given):
        return NONE
    if given < 0.001:
        return as_written_here("< 0.001")
    digits = number_text(given, ".2f" if given >= 0.095 else ".2g")
    return f"= {digits}" if sign == "always" else digits


def plain_value(value: Any) -> str:
    """Return a number as text, for ``VALUE($pixel)`` in a message.

    Whole numbers have all digits (65,535), others four significant digits.
    """
    given = _number(value)
    if math.isnan(given):
        return NONE
    return number_text(given, ",.0f" if given == round(given, 0) else ",.4g")


def digits(value: Any) -> str:
    """Return a number with three significant digits, for ``DIGITS($lr)`` in a message: 0.001, 3e-05, 12.5."""
    given = _number(value)
    return NONE if math.isnan(given) else number_text(given, ".3g").replace("-", MINUS if given < 0 else "-", 1)


def typed(value: Any) -> str:
    """Return a number as an option takes it, the same in every language, for ``TYPED($lr)`` in a message: 0.001."""
    return f"{_number(value):.3g}"


def listed(names: Any) -> str:
    """Return names as a list with "and", for ``LIST($names)`` in a message: a, b and c."""
    return _joined(_items(names), _word("and"))


def either(names: Any) -> str:
    """Return names as a list with "or", for ``OR($names)`` in a message: a, b or c."""
    return _joined(_items(names), _word("or"))


def _joined(given: list[str], word: str) -> str:
    if len(given) < 2:
        return "".join(given)
    return f"{_between(given).join(given[:-1])} {word} {given[-1]}"


def each(items: Any) -> str:
    """Return phrases, which may have commas in them, separated by semicolons, for ``EACH($wrong)`` in a message."""
    return "; ".join(_items(items))


FUNCTIONS = {
    "BYTES": number_of_bytes,
    "DIGITS": digits,
    "DURATION": duration,
    "EACH": each,
    "LIST": listed,
    "OR": either,
    "P": p_value,
    "POINTS": points,
    "SCORE": score,
    "TYPED": typed,
    "VALUE": plain_value,
}
