"""The options that define how a data set is read, such as the label columns of a table. Each is declared once, here.

The commands that read data (``check``, ``fit``, ``evaluate``, ``predict`` and others) take their flags, TOML keys and
keyword arguments for reading data from ``READ_OPTIONS`` and pass the values to ``sources.read``. To add an option, add
a key to ``ReadOptions``, its help to the catalogue (``setting-NAME``), and its use to ``sources``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

from ghep.errors import ConfigError
from ghep.setting import READING, Setting, are_texts, is_path, is_text, refusals, settings_of

LEARNING = ("fit", "compare", "advise", "check", "doctor")
LABELLED = (*LEARNING, "evaluate", "export")
ANY = (*LABELLED, "predict")
"""Commands that read data to learn from, those that read data with labels, and those with or without."""
LAYOUTS = ("classes", "splits")


def is_delimiter(value: Any) -> bool:
    """Return whether ``value`` can separate the classes of a label; a space can."""
    return isinstance(value, str) and value != ""


def are_one_or_two_columns(value: Any) -> bool:
    """Return whether ``value`` is the name of a column, or a sequence of one or two names."""
    return are_texts(value) and (isinstance(value, str) or len(value) in (1, 2))


class ReadOptions(TypedDict, total=False):
    """Keyword arguments of ``sources.read``; None and a missing key both mean: not given."""

    path_column: Annotated[str | None, Setting(possible=is_text, panel=READING, verbs=ANY)]
    text_column: Annotated[
        str | Sequence[str] | None,
        Setting(
            possible=are_one_or_two_columns,
            flags=("--text", "--text-column"),
            several=True,
            panel=READING,
            verbs=ANY,
        ),
    ]
    label_columns: Annotated[
        Sequence[str] | None,
        Setting(possible=are_texts, flags=("--label", "--label-column"), several=True, panel=READING, verbs=LABELLED),
    ]
    regression: Annotated[
        Sequence[str] | None, Setting(possible=are_texts, several=True, panel=READING, verbs=LEARNING, metavar="COLUMN")
    ]
    label_delimiter: Annotated[str | None, Setting(possible=is_delimiter, panel=READING, verbs=LABELLED)]
    split_column: Annotated[str | None, Setting(possible=is_text, panel=READING, verbs=LABELLED)]
    group: Annotated[str | None, Setting(possible=is_text, panel=READING, verbs=LABELLED, metavar="COLUMN|PATTERN")]
    encoding: Annotated[str | None, Setting(possible=is_text, panel=READING, verbs=ANY)]
    layout: Annotated[str | None, Setting(choices=LAYOUTS, panel=READING, verbs=LABELLED, metavar="|".join(LAYOUTS))]
    exclude: Annotated[
        Sequence[str] | None,
        Setting(possible=are_texts, several=True, panel=READING, verbs=LABELLED, metavar="FOLDER"),
    ]
    test: Annotated[str | Path | None, Setting(possible=is_path, panel=READING, verbs=LABELLED, metavar="FILE")]
    valid: Annotated[str | Path | None, Setting(possible=is_path, panel=READING, verbs=LABELLED, metavar="FILE")]
    image_dir: Annotated[
        str | Sequence[str] | None,
        Setting(possible=are_texts, several=True, panel=READING, verbs=ANY, metavar="DIR"),
    ]
    suffix: Annotated[str | None, Setting(possible=is_text, panel=READING, verbs=ANY)]


READ_OPTIONS: Mapping[str, Setting] = settings_of(ReadOptions)
READ_OPTION_NAMES: tuple[str, ...] = tuple(READ_OPTIONS)


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the read options in ``options`` that the user gave, which are neither None nor an empty list."""
    return {name: options[name] for name in READ_OPTION_NAMES if options.get(name) not in (None, (), [])}


def refuse_impossible(options: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` if read options have invalid values; the error names all such options."""
    wrong = refusals(READ_OPTIONS, given_options(options))
    if wrong:
        raise ConfigError("read-options-refused", wrong=wrong)
