"""Every exception ghep raises on purpose: what went wrong in one line, what to do about it in another.

    GhepError
    ├── UserError            the user can mend it; the command line exits with 2
    │   ├── DataError        a folder, table or label that cannot be used
    │   │   └── BadExample   one example that cannot be used (quarantined, never fatal by itself)
    │   │       ├── BadImage
    │   │       └── BadText
    │   ├── BackboneError    a name, file or architecture that cannot become a backbone
    │   ├── BundleError      a saved folder that is damaged, incomplete or from elsewhere
    │   └── ConfigError      an option, strategy or hyper-parameter that does not exist or cannot be
    │       └── InputsError  what was passed to predict or fit is no sequence of images or texts; a ValueError, too
    ├── Interrupted          training was asked to stop, and did; it can be resumed
    └── BrokenPromise        ghep checked itself and found a promise broken: a bug, please report it

Catch ``GhepError`` for all of them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

MOST_NAMES = 20
"""Names that ``did_you_mean`` lists where none is close."""


LONGEST_WORD = 400
"""Characters of a value in a message: longer than nearly every path, and short enough to read the rest."""
LONGEST_MESSAGE = 2_000


def bounded(text: str) -> str:
    """Return a message in which no value is so long that the reader loses the rest: the middle of it is cut."""
    if len(text) > LONGEST_WORD:
        text = _LONG_WORD.sub(lambda word: _cut(word[0], LONGEST_WORD), text)
    return _cut(text, LONGEST_MESSAGE) if len(text) > LONGEST_MESSAGE else text


def _cut(text: str, most: int) -> str:
    return f"{text[: most // 2]}...({len(text) - most} more)...{text[-(most // 2) :]}"


_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


class GhepError(Exception):
    """Root of the tree. ``cause`` says what was expected and what came, ``remedy`` what to do."""

    def __init__(self, cause: str, *, remedy: str = "") -> None:
        cause, remedy = bounded(cause), bounded(remedy)
        super().__init__(f"{cause}\n  {remedy}" if remedy else cause)
        self.cause = cause
        self.remedy = remedy


class UserError(GhepError):
    """Something the user can mend."""


class DataError(UserError):
    """A data set, table, folder or label that cannot be used."""


class BadExample(DataError):
    """One example that cannot be used; ``reason`` is a stable code such as ``truncated`` or ``empty``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}", remedy="replace it, or leave it out")
        self.reason = reason
        self.detail = detail


class BadImage(BadExample):
    """One image that cannot be used; reasons are such as ``truncated`` or ``too-many-pixels``."""


class BadText(BadExample):
    """One text that cannot be used; reasons are such as ``empty`` or ``not-utf-8``."""


class BackboneError(UserError):
    """A backbone that cannot be found, built or loaded."""


class BundleError(UserError):
    """A bundle or checkpoint that is damaged, incomplete or not ours."""


class ConfigError(UserError):
    """An option that does not exist or a value that cannot be used."""


class InputsError(ConfigError, ValueError):
    """What was passed in memory is no sequence of images or texts. A ValueError, too, as scikit-learn expects."""


class Interrupted(GhepError):
    """Training was asked to stop, and did after its current step; what it had reached was saved if it could be."""


class BrokenPromise(GhepError):
    """A promise ghep checks on itself did not hold (for example a frozen weight that moved)."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``'did you mean "x"?'`` for close spellings, else the list of what is known."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f'"{name}"' for name in close) + "?"
    more = len(known) - MOST_NAMES
    return "known: " + ", ".join(known[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
