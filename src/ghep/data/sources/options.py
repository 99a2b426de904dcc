"""How data are read: every option, declared once.

``fit``, ``check``, ``compare``, ``advise``, ``evaluate`` and ``predict`` take their flags, TOML keys and keyword
arguments from ``READ_OPTIONS``; ``sources.read`` receives the values. A new option is one row here, one key of
``ReadOptions`` and its use in ``sources``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from ghep.errors import ConfigError

LAYOUTS = ("classes", "splits")


class ReadOptions(TypedDict, total=False):
    """Keyword arguments of ``sources.read``; None and a missing key both mean: not given."""

    path_column: str | None
    text_column: str | Sequence[str] | None
    label_columns: Sequence[str] | None
    label_delimiter: str | None
    split_column: str | None
    group: str | None
    encoding: str | None
    layout: str | None
    exclude: Sequence[str] | None
    test: str | Path | None
    valid: str | Path | None
    image_dir: str | Sequence[str] | None
    suffix: str | None


def is_text(value: Any) -> bool:
    """Return whether ``value`` is a string with something to read in it."""
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def is_delimiter(value: Any) -> bool:
    """Return whether ``value`` can stand between the classes of a label; a space can."""
    return isinstance(value, str) and value != ""


def is_path(value: Any) -> bool:
    """Return whether ``value`` is a path, or a string that could be one."""
    return isinstance(value, Path) or is_text(value)


def are_columns(value: Any) -> bool:
    """Return whether ``value`` is the name of a column, or a sequence of names."""
    return is_text(value) or (isinstance(value, Sequence) and not isinstance(value, str) and all(map(is_text, value)))


def are_one_or_two_columns(value: Any) -> bool:
    """Return whether ``value`` is the name of a column, or a sequence of one or two names."""
    return are_columns(value) and (isinstance(value, str) or len(value) in (1, 2))


@dataclass(frozen=True, slots=True)
class ReadOption:
    """One option, as Python, TOML files and the command line know it."""

    name: str
    """Keyword argument and TOML key."""
    flags: tuple[str, ...]
    """On the command line; the first is the one that messages and printed commands use."""
    help: str
    possible: Callable[[Any], bool]
    allowed: str
    """What ``possible`` accepts, in words."""
    several: bool = False
    """The flag may be repeated; the value is a list."""
    unlabelled: bool = False
    """Applies to data without labels too: ``predict`` has it."""
    metavar: str | None = None


READ_OPTIONS: tuple[ReadOption, ...] = (
    ReadOption(
        "path_column",
        ("--path-column",),
        "Table column with the image path or bytes.",
        is_text,
        "the name of a column",
        unlabelled=True,
    ),
    ReadOption(
        "text_column",
        ("--text", "--text-column"),
        "Table column with the text; twice for pairs of texts: --text premise --text hypothesis.",
        are_one_or_two_columns,
        "the name of a column, or of the two that hold a pair of texts",
        several=True,
        unlabelled=True,
    ),
    ReadOption(
        "label_columns",
        ("--label", "--label-column"),
        "Table column with labels; repeat it for several tasks.",
        are_columns,
        "the name of a column, or a list of them",
        several=True,
    ),
    ReadOption(
        "label_delimiter",
        ("--label-delimiter",),
        'Between the classes of a label that names several, such as ","; | unless given.',
        is_delimiter,
        "one or more characters, such as a comma",
    ),
    ReadOption(
        "split_column",
        ("--split-column",),
        "Table column that says train, valid or test.",
        is_text,
        "the name of a column",
    ),
    ReadOption(
        "group",
        ("--group",),
        "Examples with an equal value stay in one split (patients, films): a table column, or a regular expression "
        "whose one (group) is searched in each path, as in '([^/]+)_[0-9]+[.]' for p017_003.png.",
        is_text,
        "the name of a column, or a regular expression with one group",
        metavar="COLUMN|PATTERN",
    ),
    ReadOption(
        "encoding",
        ("--encoding",),
        "Encoding of tables and texts that are not UTF-8: cp1252, latin-1, utf-16, gb18030, ...",
        is_text,
        "an encoding such as utf-8 or latin-1",
        unlabelled=True,
    ),
    ReadOption(
        "layout",
        ("--layout",),
        "What the folders in DATA are, whatever their names: classes, or splits (train, valid, test).",
        LAYOUTS.__contains__,
        " or ".join(LAYOUTS),
        metavar="|".join(LAYOUTS),
    ),
    ReadOption(
        "exclude",
        ("--exclude",),
        "Pass over folders of DATA with this name, such as masks; repeat it for several.",
        are_columns,
        "the name of a folder, or a list of them",
        several=True,
        metavar="FOLDER",
    ),
    ReadOption(
        "test",
        ("--test",),
        "Table or folder that is the test split; labels from the same columns as DATA.",
        is_path,
        "the path of a table or a folder",
        metavar="FILE",
    ),
    ReadOption(
        "valid",
        ("--valid",),
        "Table or folder that is the validation split.",
        is_path,
        "the path of a table or a folder",
        metavar="FILE",
    ),
    ReadOption(
        "image_dir",
        ("--image-dir",),
        "Folder that the image paths in a table start from; relative to the table, or to where you are. Leading "
        "folders of the paths that are not in it, as in C:\\data\\x.jpg, are dropped. Repeatable.",
        are_columns,
        "the path of a folder, or a list of them",
        several=True,
        unlabelled=True,
        metavar="DIR",
    ),
    ReadOption(
        "suffix",
        ("--suffix",),
        "Ending that the image paths in a table lack, such as .jpg.",
        is_text,
        "an ending such as .jpg",
        unlabelled=True,
    ),
)
READ_OPTION_NAMES: tuple[str, ...] = tuple(option.name for option in READ_OPTIONS)


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the read options in ``options`` that were given: neither None nor an empty list."""
    return {name: options[name] for name in READ_OPTION_NAMES if options.get(name) not in (None, (), [])}


def refuse_impossible(options: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` if a read option has a value that it cannot have, naming all of them."""
    wrong = [
        f"{option.name}={options[option.name]!r} (expected {option.allowed})"
        for option in READ_OPTIONS
        if options.get(option.name) not in (None, (), []) and not option.possible(options[option.name])
    ]
    if wrong:
        raise ConfigError(f"cannot read with {'; '.join(wrong)}", remedy="correct them, or leave them out")
