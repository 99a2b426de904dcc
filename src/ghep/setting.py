"""A setting is declared once, where it is used: name, type, default, check, flag and panel of the help.

    rank: int | None = setting(None, whole(1), panel=LEARNING)

Flags, TOML keys, keyword arguments, checks and the help of the command line come from ``settings_of``. Help and the
description of possible values are in the catalogue: ``setting-rank`` and its attribute ``.allowed``.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, get_type_hints, is_typeddict

from ghep.messages import attribute_of, is_code, text_of

COMMON, LEARNING, TASKS, RUNNING, READING = "common", "learning", "tasks", "running", "reading"
"""Panels of the help, in this order; their titles are ``panel-NAME``."""
PANELS = (COMMON, LEARNING, TASKS, RUNNING, READING)
Unit = Literal["", "seconds", "bytes"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of Python, TOML files and the command line: its names, type, default, check and help."""

    name: str = ""
    """Keyword argument and TOML key."""
    type: Any = None
    default: Any = None
    possible: Callable[[Any], bool] | None = None
    """A check: whether a value can be used. None: the code that takes the setting checks the value."""
    choices: tuple[str, ...] = ()
    """All values that can be used; empty if they cannot be listed."""
    wrong: Callable[[Any], str | None] | None = None
    """A function that returns what is wrong with a value, where ``allowed`` says too little; None if nothing is."""
    panel: str = RUNNING
    flags: tuple[str, ...] = ()
    """Flags on the command line; derived from the name unless given."""
    unit: Unit = ""
    """Unit of the value. In flags and files, seconds and bytes may be written as 30m and 8G."""
    several: bool = False
    """The flag may be repeated; the value is a list."""
    text: bool = False
    """The flag takes text, whatever the type: a list with commas, or a word in place of a number."""
    by_name: bool = False
    """The flag takes NAME=NUMBER and may be repeated; the value is a mapping."""
    metavar: str | None = None
    verbs: tuple[str, ...] = ("fit",)

    @property
    def flag(self) -> str:
        """Return the flag that messages and printed commands use."""
        return self.flags[0].partition("/")[0] if self.flags else f"--{self.name.replace('_', '-')}"

    def help(self, verb: str) -> str:
        """Return the help text of the setting for the command ``verb``."""
        own = f"setting-{verb}-{self.name}"
        return text_of(own) if is_code(own) else text_of(f"setting-{self.name}")

    def allowed(self) -> str:
        """Return a text that says which values the setting may have."""
        if self.choices:
            return text_of("setting-choices", names=list(self.choices))
        return attribute_of(f"setting-{self.name}", "allowed")

    def refusal(self, value: Any) -> str:
        """Return a text that says why ``value`` cannot be used; empty if it can be."""
        possible = self.possible or (self.choices.__contains__ if self.choices else lambda _: True)
        try:
            if possible(value):
                return ""
        except TypeError:  # an unhashable value among choices
            pass
        return self.refused(value, (self.wrong and self.wrong(value)) or "")

    def refused(self, value: Any, why: str = "") -> str:
        """Return a text that says that ``value`` cannot be used, and ``why``, or which values the setting may have."""
        return text_of("setting-refused", name=self.name, value=f"{value!r:.80}", allowed=why or self.allowed())


def setting(default: Any = None, possible: Callable[[Any], bool] | None = None, **values: Any) -> Any:
    """Return a dataclass field that declares a setting; ``values`` are fields of ``Setting``."""
    metadata = {"setting": Setting(default=default, possible=possible, **values)}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@cache
def settings_of(kind: type) -> Mapping[str, Setting]:
    """Return name -> setting, in the order in which ``kind`` declares them.

    ``kind`` is a dataclass, or a TypedDict with ``Annotated`` keys.
    """
    hints = get_type_hints(kind, include_extras=True)
    if is_typeddict(kind):
        return {
            name: dataclasses.replace(hint.__metadata__[0], name=name, type=hint.__origin__)
            for name, hint in hints.items()
        }
    return {
        field.name: dataclasses.replace(field.metadata["setting"], name=field.name, type=hints[field.name])
        for field in dataclasses.fields(kind)
        if "setting" in field.metadata
    }


def refusals(settings: Mapping[str, Setting], values: Mapping[str, Any]) -> list[str]:
    """Return a text for each value that cannot be used, in the order of ``settings``; None means: not given."""
    given = ((one, values[name]) for name, one in settings.items() if values.get(name) is not None)
    return [said for one, value in given if (said := one.refusal(value))]


def with_signature(settings: Mapping[str, Setting]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator for functions with ``**options``: ``help`` then shows one keyword for each setting."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        own = inspect.signature(function)
        first = [one for one in own.parameters.values() if one.kind is not one.VAR_KEYWORD]
        named = {one.name for one in first}
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one.type)
            for name, one in settings.items()
            if name not in named and one.verbs
        ]
        function.__signature__ = own.replace(parameters=[*first, *more])  # type: ignore[attr-defined]
        return function

    return decorate


# Checks of values. True and false are not numbers.


def is_bool(value: Any) -> bool:
    """Whether ``value`` is True or False; a word such as "no" is not a bool."""
    return isinstance(value, bool)


def within(low: float, high: float = inf, *, without: tuple[float, ...] = ()) -> Callable[[Any], bool]:
    """Return a check for numbers from ``low`` to ``high``, both included, except those in ``without``."""
    return lambda value: (
        isinstance(value, (int, float)) and not is_bool(value) and low <= value <= high and value not in without
    )


def above(low: float) -> Callable[[Any], bool]:
    """Return a check for finite numbers above ``low``."""
    return within(low, inf, without=(low, inf))


def whole(low: int, high: float = inf) -> Callable[[Any], bool]:
    """Return a check for whole numbers from ``low`` to ``high``."""
    return lambda value: isinstance(value, int) and not is_bool(value) and low <= value <= high


def is_text(value: Any) -> bool:
    """Whether ``value`` is a string that is not blank and has no NUL character."""
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def is_path(value: Any) -> bool:
    """Whether ``value`` is a path, or a string that could be one."""
    return isinstance(value, Path) or is_text(value)


def are_texts(value: Any) -> bool:
    """Whether ``value`` is a string or a sequence of strings, none of them blank (``is_text``)."""
    return is_text(value) or (isinstance(value, Sequence) and not isinstance(value, str) and all(map(is_text, value)))


def are_names(value: Any) -> bool:
    """Whether ``value`` is a string, or a list or tuple of at least one string, and no string is empty."""
    several = [value] if isinstance(value, str) else value
    return isinstance(several, (list, tuple)) and bool(several) and all(isinstance(n, str) and n for n in several)


def numbers_by_name(value: Any) -> bool:
    """Whether ``value`` maps names to finite numbers of at least 0, of which at least one is above 0."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(name, str) for name in value):
        return False
    return all(within(0, inf, without=(inf,))(one) for one in value.values()) and any(value.values())
