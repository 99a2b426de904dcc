"""Find the columns of tables that hold the examples, their labels and splits. In: tables, out: ``Columns``, all named.

A column that the caller names is taken; otherwise usual names are looked for, and what was taken is said. Nothing is
guessed between two equally good columns: that is an error that asks. Whether the examples are pictures or texts follows
from the column they are in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ghep.data.sources.tables import Table
from ghep.errors import DataError, did_you_mean
from ghep.types import Modality

PATH_NAMES = ("path", "image", "file", "filename", "filepath", "image_path", "file_name", "img", "image_file")
TEXT_NAMES = (
    *("text", "sentence", "review", "content", "comment", "question", "document", "tweet", "body", "message"),
    *("headline", "utterance", "review_text", "reviewtext", "comment_text", "tweet_text", "texts", "sentences"),
)
LABEL_NAMES = ("label", "class", "target", "category")
ID_NAME = "id"
SPLIT_COLUMN = "split"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a caller named; ``None`` and ``()`` mean: look for usual names."""

    path: str | None = None
    text: str | None = None
    labels: tuple[str, ...] = ()
    split: str | None = None
    group: str | None = None
    """The column of what belongs together; it is never looked for."""

    @property
    def named(self) -> tuple[str, ...]:
        """Return the names that there are."""
        return tuple(filter(None, (self.path, self.text, *self.labels, self.split)))

    @property
    def modality(self) -> Modality:
        """Return what the examples are, once it is known which column holds them."""
        return "text" if self.text else "image"

    @property
    def content(self) -> str:
        """Return the column that holds the examples, once it is known."""
        return str(self.text or self.path)


def choose(tables: Sequence[Table], asked: Columns) -> Columns:
    """Return ``asked`` with what it leaves open filled in. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    path, text = _choose_content(tables[0], known, asked)
    split = asked.split or next((key for key in known if key.lower() == SPLIT_COLUMN and key not in asked.labels), None)
    if split and all(table.split for table in tables) and not asked.split:
        split = None  # the files say it already
    labels = asked.labels or _choose_labels(
        tables, [key for key in known if key not in (path, text, split, asked.group)]
    )
    return Columns(path, text, labels, split, asked.group)


def choose_content(tables: Sequence[Table], asked: Columns, modality: Modality) -> Columns:
    """Return the column that holds examples of ``modality``, in tables that need no labels. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    return Columns(*_choose_content(tables[0], known, asked, only=modality))


def _refuse_unknown(tables: Sequence[Table], asked: Columns) -> None:
    if asked.path and asked.text:
        raise DataError(
            f"both a column of images, {asked.path!r}, and one of texts, {asked.text!r}, were named",
            remedy="name one, path_column (--path-column) or text_column (--text): a model takes one of them",
        )
    for wanted in asked.named:
        for table in tables:
            if wanted not in table.columns:
                raise DataError(f"{table.name} has no column {wanted!r}", remedy=did_you_mean(wanted, table.columns))
    content = asked.path or asked.text
    if content and content in (*asked.labels, asked.split):
        raise DataError(
            f"column {content!r} was named twice, for the examples and for what is said of them",
            remedy="name another column for one of the two",
        )


def _choose_content(
    table: Table, known: list[str], asked: Columns, *, only: Modality | None = None
) -> tuple[str | None, str | None]:
    """Return the column of paths and None, or None and the column of texts; ``only`` one of the two is looked for."""
    if asked.path or asked.text:
        return asked.path, asked.text
    known = [key for key in known if key not in (*asked.labels, asked.split, asked.group)]
    pictures = [key for key in known if holds_bytes(table.columns[key])]
    paths = pictures or [key for key in known if key.lower() in PATH_NAMES]
    texts = [] if pictures else [key for key in known if _usual(key) in TEXT_NAMES]
    paths, texts = (paths if only != "text" else []), (texts if only != "image" else [])
    if len(paths) + len(texts) == 1:
        return (paths[0], None) if paths else (None, texts[0])
    name_images, name_texts = "path_column (--path-column)", "text_column (--text)"
    if only:
        names_of = {"image": (PATH_NAMES, "images", name_images), "text": (TEXT_NAMES, "texts", name_texts)}
        usual_names, things, way = names_of[only]
        found = f"they could be in {_listed(paths or texts)}" if paths or texts else f"found {_listed(table.columns)}"
        looked = "" if paths or texts else f"looked for {', '.join(usual_names[:10])}, ...; "
        raise DataError(f"{table.name}: which column holds the {things}? ({looked}{found})", remedy=f"name it: {way}")
    could = [f"images could be in {_listed(paths)}"] * bool(paths) + [f"texts could be in {_listed(texts)}"] * bool(
        texts
    )
    if could:
        ways = " or ".join([name_images] * bool(paths) + [name_texts] * bool(texts))
        raise DataError(f"{table.name}: {' and '.join(could)}", remedy=f"name one: {ways}")
    usual = ", ".join((*PATH_NAMES, *TEXT_NAMES[:10]))
    raise DataError(
        f"{table.name} has no column of images or of texts (looked for {usual}, ...; found {_listed(table.columns)})",
        remedy=f"name it: {name_images} or {name_texts}",
    )


def _usual(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _choose_labels(tables: Sequence[Table], known: list[str]) -> tuple[str, ...]:
    named = [key for key in known if key.lower() in LABEL_NAMES]
    others = [key for key in known if key.lower() not in (*PATH_NAMES, ID_NAME)]
    if not named and len(others) == 1:
        named = others
    if len(named) == 2:
        named = _names_of_numbers(tables, named[0], named[1]) or named
    if len(named) == 1:
        return (named[0],)
    found = _listed(tables[0].columns)
    if named:
        cause = f"{tables[0].name}: labels could be in {_listed(named)}"
    else:
        cause = f"{tables[0].name} has no column of labels (looked for {', '.join(LABEL_NAMES)}; found {found})"
    raise DataError(cause, remedy="name one or more: label_columns (--label-column)")


def _names_of_numbers(tables: Sequence[Table], one: str, other: str) -> list[str] | None:
    """Return the column of names if two columns say the same, one in numbers and the other in words."""
    pairs = {
        (filled(a), filled(b))
        for table in tables
        for a, b in zip(table.columns[one], table.columns[other], strict=True)
        if filled(a) and filled(b)
    }
    if not len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs):
        return None
    numbers = [all(str(pair[side]).lstrip("-").isdigit() for pair in pairs) for side in (0, 1)]
    if numbers == [True, False]:
        return [other]
    return [one] if numbers == [False, True] else None


def filled(cell: Any) -> str | None:
    """Return a cell as text, ``None`` if blank. ``NA`` and ``None`` as text are labels like any other."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a column of integers with gaps becomes float on its way through data frames
    if isinstance(cell, (list, tuple)):
        cell = "|".join(str(part) for part in cell)
    text = str(cell)
    return text if text.strip() else None


def holds_bytes(cells: Sequence[Any]) -> bool:
    """Tell whether a column holds pictures: bytes, or objects of bytes and path."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, bytes) or (isinstance(first, dict) and {"bytes", "path"} <= set(first))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
