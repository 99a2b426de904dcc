"""Every exception ghep raises on purpose: what went wrong in one line, what to do about it in another.

    GhepError
    ├── UserError            the user can fix it; the command line exits with 2
    │   ├── DataError        a folder, table or label that cannot be used
    │   │   └── BadExample   one example that cannot be used (quarantined, never fatal by itself)
    │   │       ├── BadImage
    │   │       └── BadText
    │   ├── BackboneError    a name, file or architecture that cannot become a backbone
    │   ├── BundleError      a saved folder that is damaged, incomplete or from elsewhere
    │   ├── ConfigError      an option, strategy or hyper-parameter that does not exist or cannot be
    │   │   └── InputsError  an argument of predict or fit that is not a sequence of images or texts; a ValueError, too
    │   ├── TeamError        another of the processes that train one model together has ended
    │   └── RequestError     a request that a server refuses; it has the status of the answer
    ├── Interrupted          training was asked to stop, and did; it can be resumed
    └── BrokenPromise        ghep checked itself and found a promise broken: a bug, please report it

Catch ``GhepError`` for all of them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ghep.messages import Message, is_code, plain_params, remedy_of, text_of

MOST_NAMES = 20
"""Most names that ``did_you_mean`` lists if no spelling is close."""


LONGEST_WORD = 400
"""Characters of a value in a message: longer than nearly every path, and short enough to read the rest."""
LONGEST_MESSAGE = 2_000


def bounded(text: str) -> str:
    """Return ``text`` with the middle of each very long word, and of a very long text, cut: ``...(N more)...``."""
    if len(text) > LONGEST_WORD:
        text = _LONG_WORD.sub(lambda word: _cut(word[0], LONGEST_WORD), text)
    return _cut(text, LONGEST_MESSAGE) if len(text) > LONGEST_MESSAGE else text


def _cut(text: str, most: int) -> str:
    return f"{text[: most // 2]}...({len(text) - most} more)...{text[-(most // 2) :]}"


_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


class GhepError(Exception):
    """Base class of all errors: the code of a message in the catalogue, and the parameters of that message.

    ``cause`` says what was expected and what was found, ``remedy`` how to fix it.
    """

    repeated = False
    """Whether another process of the same job reports the error, so that this one need not."""

    def __init__(self, code: str, *, remedy: str | Message = "", **params: Any) -> None:
        known = is_code(code)
        self.code = code if known else ""
        self.params: Mapping[str, Any] = params
        cause = text_of(code, **params) if known else code
        remedy = str(remedy) or (remedy_of(code, **params) if known else "")
        self.cause, self.remedy = bounded(cause), bounded(remedy)
        super().__init__(f"{self.cause}\n  {self.remedy}" if self.remedy else self.cause)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle needs to restore the error with its text: scikit-learn's worker processes send errors."""
        return _rebuilt, (type(self), str(self), vars(self))

    def to_json(self) -> dict[str, Any]:
        """Return the code, the parameters, the cause and the remedy as plain values."""
        return {"code": self.code, "params": plain_params(self.params), "cause": self.cause, "remedy": self.remedy}


def _rebuilt(kind: type[GhepError], text: str, values: Mapping[str, Any]) -> GhepError:
    error = kind.__new__(kind, text)
    vars(error).update(values)
    return error


class UserError(GhepError):
    """An error that the user can fix."""


class DataError(UserError):
    """A data set, table, folder or label that cannot be used."""


class BadExample(DataError):
    """One example that cannot be used; ``reason`` is a stable code such as ``truncated`` or ``empty``.

    ``detail`` is the text of the message ``code``; without ``code``, the text of the message ``bad-REASON``.
    """

    def __init__(self, reason: str, code: str = "", **params: Any) -> None:
        code = code or f"bad-{reason}"
        detail = text_of(code, **params) if is_code(code) else code
        super().__init__("bad-example", reason=reason, detail=detail)
        self.reason = reason
        self.detail = detail


class BadImage(BadExample):
    """One image that cannot be used; ``reason`` is for example ``truncated`` or ``too-many-pixels``."""


class BadText(BadExample):
    """One text that cannot be used; ``reason`` is for example ``empty`` or ``not-utf-8``."""


class BackboneError(UserError):
    """A backbone that cannot be found, built or loaded."""


class BundleError(UserError):
    """A bundle or checkpoint that is damaged, incomplete or not written by ghep."""


class ConfigError(UserError):
    """An option that does not exist or a value that cannot be used."""


class InputsError(ConfigError, ValueError):
    """An argument that is not a sequence of images or texts. Also a ValueError, as scikit-learn expects."""


class TeamError(UserError):
    """Another of the processes that train one model together has ended, so this one cannot continue."""


class RequestError(UserError):
    """A request that a server refuses, with the HTTP ``status`` and ``headers`` of the answer."""

    def __init__(self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.status = status
        self.headers = dict(headers or {})


class Interrupted(GhepError):
    """Training stopped on request, after its current step. The training state was saved if that was possible."""


class BrokenPromise(GhepError):
    """A promise of ghep does not hold (for example, a frozen weight changed). ghep found this by checking itself."""


def did_you_mean(word: str, known: Iterable[str]) -> Message:
    """Return the message ``did you mean "x"?`` with names like ``word``; without one, list ``known``."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if close:
        return Message("did-you-mean", {"names": [f'"{name}"' for name in close]})
    return Message("known-names", {"names": known[:MOST_NAMES], "more": max(0, len(known) - MOST_NAMES)})
