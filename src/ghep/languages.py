"""The language of messages, help, findings, pages and reports: chosen by the user, or by the environment.

The language changes texts and how numbers are written in them. Keys, codes, names of files and fields, and the values
in JSON and CSV files are the same in every language.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghep.errors import ConfigError
from ghep.messages import LANGUAGES, language_now, use_language

FLAG = "--lang"


def language(name: str | None = None) -> str:
    """Use the language ``name`` in this process and those that it starts, and return the language in use.

    Without ``name`` nothing changes. The default is the language of the environment: ``GHEP_LANG``, then ``LC_ALL``,
    ``LC_MESSAGES`` and ``LANG``. Raises ConfigError for a language that ghep does not have.

    >>> language("vi")  # doctest: +SKIP
    'vi'
    """
    if name is not None:
        if name not in LANGUAGES:
            known = [f"{code} ({own})" for code, own in LANGUAGES.items()]
            raise ConfigError("language-unknown", name=name, known=known)
        use_language(name)
    return language_now()


def language_given(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the value of ``--lang`` and the other arguments. It may stand anywhere before ``--``; the last one counts.

    Help texts are written when the commands are loaded, so the language is taken from the arguments before that.
    """
    found: str | None = None
    rest: list[str] = []
    given = iter(arguments)
    for one in given:
        if one == "--":
            return found, [*rest, one, *given]
        if one == FLAG:
            found = next(given, "")
        elif one.startswith(f"{FLAG}="):
            found = one.partition("=")[2]
        else:
            rest.append(one)
    return found, rest
