"""Find the columns of tables that hold the examples, their labels and splits. In: tables. Out: ``Columns``, completed.

A column that the caller names is used; otherwise ghep searches for usual names, and a finding reports the choice.
If two columns are equally good, an error asks the user to name one. The column of the examples determines whether they
are images or texts.
"""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ghep.data.image.formats import ALLOWED, FORMAT_SUFFIXES, sniff
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.marked_columns import mark_of
from ghep.data.sources.tables.split_cells import find_split_column
from ghep.errors import DataError, did_you_mean
from ghep.messages import Message
from ghep.types import Modality

# Usual names in lower case without spaces and punctuation (``usual``); messages list the first of them.
PATH_NAMES = (
    *(
        "path",
        "image",
        "file",
        "filename",
        "filepath",
        "imagepath",
        "img",
        "imagefile",
        "imageid",
        "imagename",
        "images",
    ),
    *("filepaths", "filenames", "paths", "files", "imgs", "imgpath", "imgfile", "imgname", "imgid", "imageindex"),
    *("imagefilename", "imagefilepath", "imagepaths", "imagenames", "fname", "idcode", "photo", "photos", "picture"),
)
TEXT_NAMES = (
    *("text", "sentence", "review", "content", "comment", "question", "document", "tweet", "body", "message"),
    *("headline", "utterance", "reviewtext", "commenttext", "tweettext", "texts", "sentences", "reviews", "contents"),
    *("comments", "questions", "documents", "tweets", "messages", "headlines", "utterances", "utt", "reviewbody"),
    *("reviewcontent", "questiontext", "originaltext", "originaltweet", "rawtext", "fulltext", "freetext", "texta"),
    *("cleantext", "cleanedtext", "cleantweet", "cleancomment", "cleanreview", "statement", "abstract", "abstracttext"),
    *("phrase", "sms", "email", "emailtext", "posttext", "transcription", "transcript", "feedback", "query", "resume"),
    *("tweetcontent", "messagetext", "sentencetext", "documenttext", "articletext", "newstext", "consumercomplaint"),
)
WEAK_TEXT_NAMES = (
    *("title", "description", "summary", "caption", "subject", "shortdescription", "reviewtitle", "reviewheadline"),
    *("titles", "summaries", "captions", "descriptions", "article", "post", "posts", "input", "prompt"),
)
"""Often a second text next to the main one: used only if there is no other."""
SECOND_TEXT_NAMES = (
    *("textpair", "sentence2", "sentenceb", "text2", "textb", "question2", "hypothesis", "s2", "sent2", "premise2"),
    *("secondsentence", "secondtext", "passage", "context", "answer", "response"),
)
"""The second text of a pair."""
FIRST_TEXT_NAMES = ("sentence1", "sentencea", "text1", "question1", "premise", "s1", "sent1", "firstsentence")
LABEL_NAMES = (
    *("label", "class", "target", "category", "labels", "classes", "targets", "categories"),
    *("labeltext", "labelname", "classname", "categoryname", "targetname", "labelnames", "classlabel"),
)
OTHER_LABEL_NAMES = (
    *("sentiment", "stars", "rating", "score", "intent", "emotion", "breed", "diagnosis", "topic", "species"),
    *("sentiments", "star", "ratings", "starrating", "overall", "intents", "emotions", "polarity", "airlinesentiment"),
    *("dx", "tag", "tags", "genre", "genres", "labelid", "classid", "classindex", "categoryid", "findinglabels"),
    *("diseases", "disease", "findings", "variety"),
)
"""Used only if no column has a name in ``LABEL_NAMES``."""
_USUAL_NAMES = frozenset({*PATH_NAMES, *TEXT_NAMES, *FIRST_TEXT_NAMES, *SECOND_TEXT_NAMES, *LABEL_NAMES})
ID_NAME = "id"
_PLAIN_NAMES = ("text", "sentence", "label", "labels", "class", "category", "target", "image", "path", "file", "split")
"""Names that are never data, even if a cell of the column has the same text."""
_ID_NAMES = (
    *("id", "ids", "idx", "index", "uid", "uuid", "guid", "key", "rowid", "textid", "tweetid", "commentid", "qid"),
    *("docid", "sampleid", "exampleid", "sentenceid", "phraseid", "articleid", "postid", "reviewid", "userid"),
    *("indexlevel0", ""),
)
_UNNAMED = re.compile(r"Unnamed: \d+")
_PIXEL = re.compile(r"(pixel|px|p|x)?[ _]?\d+([x_]\d+)?", re.IGNORECASE)
_MANY_PIXELS = 64
_NUMBERS = re.compile(r"[\d\s.,+-]*\d[\d\s.,+-]*")
_ENDING = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
IMAGE_SUFFIXES = (*(suffix for suffixes in FORMAT_SUFFIXES.values() for suffix in suffixes), ".ppm", ".pgm", ".heic")
_SAMPLED = 50
"""Cells inspected to determine what a column holds."""
_LISTED = 8
"""Maximum number of names in a message."""


class NoContentColumn(DataError):
    """Raised if no column has a usual name for images or texts."""


class NoColumn(DataError):
    """Raised if a table lacks a column that the caller named."""

    def __init__(self, table: str, column: str, known: Iterable[str]) -> None:
        super().__init__("no-such-column", table=table, column=column, remedy=did_you_mean(column, known))
        self.table, self.column = table, column


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns to read, as given by the caller; ``None`` and ``()``: search for usual names."""

    path: str | None = None
    text: str | None = None
    labels: tuple[str, ...] = ()
    split: str | None = None
    group: str | None = None
    """The column of groups; never searched for."""
    second: str | None = None
    """The column of the second text, where each example is a pair of texts; never searched for."""

    @property
    def named(self) -> tuple[str, ...]:
        """The names of the columns to read that are known, except the group column."""
        return tuple(filter(None, (self.path, self.text, self.second, *self.labels, self.split)))

    @property
    def modality(self) -> Modality:
        """The modality of the examples; valid once their column is known."""
        return "text" if self.text else "image"

    @property
    def content(self) -> str:
        """The column of the examples, once it is known; for pairs, of the first text."""
        return str(self.text or self.path)

    @property
    def contents(self) -> tuple[str, ...]:
        """``content``, and for pairs the column of the second text."""
        return (self.content, self.second) if self.second else (self.content,)


def aligned(tables: Sequence[Table], asked: Columns) -> list[Table]:
    """Return ``tables`` with the same spelling of column names in all: the caller's, or else that of the first table.

    Names that differ only in case, spaces and punctuation are the same, unless one table has both.
    """
    spelling = {usual(name): name for name in (*tables[0].columns, *asked.named)}
    return [_renamed(table, spelling) for table in tables]


def _renamed(table: Table, spelling: Mapping[str, str]) -> Table:
    times = Counter(map(usual, table.columns))
    new = {
        name: spelling.get(usual(name), name) if usual(name) and times[usual(name)] == 1 else name
        for name in table.columns
    }
    if all(name == other for name, other in new.items()):
        return table
    columns = {new[name]: cells for name, cells in table.columns.items()}
    return replace(table, columns=columns, class_names={new[name]: one for name, one in table.class_names.items()})


def usual(name: str) -> str:
    """Return a name in lower case, without spaces and punctuation: "Review Text" and "review_text" are the same."""
    return re.sub(r"[\W_]+", "", name).casefold()


def choose(tables: Sequence[Table], asked: Columns) -> Columns:
    """Return ``asked`` with the missing columns filled in. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    path, text = _choose_content(tables, known, asked)
    split = asked.split or find_split_column(tables, known, (path, text, asked.second, asked.group), asked.labels)
    if split and all(table.split for table in tables) and not asked.split:
        split = None  # the file names define the splits
    taken = (path, text, asked.second, split, asked.group)
    labels = asked.labels or _choose_labels(tables, [key for key in known if key not in taken])
    chosen = Columns(path, text, labels, split, asked.group, asked.second)
    doubtful = [name for name in chosen.named if name not in asked.named and usual(name) not in _PLAIN_NAMES]
    if any(cell == name for name in doubtful for cell in tables[0].columns[name] if isinstance(cell, str)):
        _refuse_headless(tables[0])  # the first line is data: a class "emotion" above a column of classes
    return chosen


def choose_content(tables: Sequence[Table], asked: Columns, modality: Modality) -> Columns:
    """Return ``asked`` with the column of examples of ``modality``; labels are not required. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    return Columns(*_choose_content(tables, known, asked, only=modality), second=asked.second)


def _refuse_unknown(tables: Sequence[Table], asked: Columns) -> None:
    if asked.path and asked.text:
        raise DataError("images-and-texts-named", path=asked.path, text=asked.text)
    for wanted in asked.named:
        for table in tables:
            if wanted not in table.columns:
                _refuse_headless(table)
                content = {*PATH_NAMES, *TEXT_NAMES} if wanted in asked.labels else set()
                known = [one for one in table.columns if usual(one) not in content] or table.columns
                raise NoColumn(table.name, wanted, known)
    twice = next((name for name, count in Counter(asked.named).items() if count > 1), None)
    if twice:
        raise DataError("column-named-twice", column=twice)


def _choose_content(
    tables: Sequence[Table], known: list[str], asked: Columns, *, only: Modality | None = None
) -> tuple[str | None, str | None]:
    """Return (column of images, None) or (None, column of texts); ``only`` restricts the search to one modality."""
    if asked.path or asked.text:
        return asked.path, asked.text
    table = tables[0]
    known = [key for key in known if key not in (*asked.labels, asked.split, asked.group)]
    of_images = [key for key in known if holds_images(key, table.columns[key])]
    paths = of_images or [key for key in known if usual(key) in PATH_NAMES]
    texts = [] if of_images and not only else _named(known, TEXT_NAMES) or _text_bytes(table, known, of_images)
    paths, texts = (paths if only != "text" else []), (texts if only != "image" else [])
    if not paths and not texts and only != "image":
        _refuse_pairs(table, known)
        texts = _named(known, WEAK_TEXT_NAMES) or _named(known, FIRST_TEXT_NAMES)
    if texts:
        # Such a column names the source of a text: bbc/1.txt.
        paths = [key for key in paths if not _holds_other_files(table.columns[key])]
    if not of_images:
        paths = _most_likely_paths(table, paths)
    if len(paths) + len(texts) == 1:
        return (paths[0], None) if paths else (None, texts[0])
    if not paths and not texts:
        _refuse_pixels(table)
        _refuse_headless(table)
    if only:
        raise DataError(
            "which-column",
            table=table.name,
            modality=only,
            candidates=len(paths or texts),
            usual=(PATH_NAMES if only == "image" else TEXT_NAMES)[:8],
            columns=listed(paths or texts or table.columns),
        )
    if paths or texts:
        raise DataError(
            "several-content-columns",
            table=table.name,
            images=len(paths),
            texts=len(texts),
            image_columns=listed(paths),
            text_columns=listed(texts),
        )
    likely = [key for key in known if _holds_texts(table.columns[key])]
    raise NoContentColumn(
        "no-content-column",
        table=table.name,
        usual=(*PATH_NAMES[:4], *TEXT_NAMES[:4]),
        found=listed(table.columns),
        likely=len(likely),
        text_columns=listed(likely),
    )


def _named(known: Iterable[str], names: Sequence[str]) -> list[str]:
    return [key for key in known if usual(key) in names]


def _text_bytes(table: Table, known: Sequence[str], of_images: Sequence[str]) -> list[str]:
    """Return the columns that hold bytes and are not in ``of_images``: texts as bytes."""
    return [key for key in known if key not in of_images and holds_bytes(table.columns[key])]


def _most_likely_paths(table: Table, paths: list[str]) -> list[str]:
    """Return the columns of ``paths`` whose files exist, else those whose cells end like image files, else all."""
    if len(paths) < 2:
        return paths
    there = [key for key in paths if any(_is_file(table, cell) for cell in _sample(table.columns[key]))]
    return there or [key for key in paths if _holds_paths(table.columns[key])] or paths


def _is_file(table: Table, cell: Any) -> bool:
    try:
        return isinstance(cell, str) and (table.folder / cell.replace("\\", "/")).is_file()
    except (OSError, ValueError):
        return False


def _refuse_pairs(table: Table, known: Sequence[str]) -> None:
    first, second = _named(known, FIRST_TEXT_NAMES), _named(known, SECOND_TEXT_NAMES)
    if first and second:
        raise DataError(
            "columns-of-pairs",
            table=table.name,
            first=first[0],
            second=second[0],
            first_option=shlex.quote(first[0]),
            second_option=shlex.quote(second[0]),
        )


def _refuse_pixels(table: Table) -> None:
    pixels = [key for key in table.columns if _PIXEL.fullmatch(key)]
    if len(pixels) < _MANY_PIXELS:
        pixels = [
            key
            for key, cells in table.columns.items()
            if any(
                isinstance(one, str) and len(one.split()) >= _MANY_PIXELS and _NUMBERS.fullmatch(one)
                for one in _sample(cells)
            )
        ]
        if not pixels:
            return
    raise DataError("images-as-numbers", table=table.name, count=len(pixels), first=pixels[0], last=pixels[-1])


def _refuse_headless(table: Table) -> None:
    """Raise ``DataError`` if the first line of a table is not a header, but an example like the other lines."""
    names = [name for name in table.columns if not _is_unnamed(name)]
    if not table.header_line or not any(_is_data(name, table.columns[name]) for name in names):
        return
    if any(usual(name) in _USUAL_NAMES and name not in table.columns[name] for name in names):
        return  # a column "odd" with the cells "even" and "odd", next to one called "text"
    roles = [_role(name, table.columns[name]) for name in names]
    example = ",".join(role if roles.count(role) == 1 else f"{role}{at}" for at, role in enumerate(roles, start=1))
    raise DataError("no-header", table=table.name, cells=listed(names), header=example)


def _is_data(name: str, cells: Sequence[Any]) -> bool:
    """Return whether ``name`` is not a column name but data: a number, file or sentence, or one of ``cells``."""
    return bool(
        _NUMBERS.fullmatch(name)
        or name.lower().endswith(IMAGE_SUFFIXES)
        or len(name.split()) > 5
        or len(name) > 60
        or name in cells
    )


def _role(name: str, cells: Sequence[Any]) -> str:
    if name.lower().endswith(IMAGE_SUFFIXES):
        return "path"
    return "text" if _holds_texts(cells) else "label" if _holds_classes(name, cells) else "column"


def _sample(cells: Sequence[Any]) -> list[Any]:
    """Return the first cells that are not empty."""
    found: Iterator[Any] = (
        cell for cell in cells if cell is not None and not (isinstance(cell, str | bytes) and not cell)
    )
    return list(islice(found, _SAMPLED))


def _holds_paths(cells: Sequence[Any]) -> bool:
    sample = _sample(cells)
    files = sum(isinstance(cell, str) and cell.strip().lower().endswith(IMAGE_SUFFIXES) for cell in sample)
    return 2 * files > len(sample)


def _holds_other_files(cells: Sequence[Any]) -> bool:
    sample = _sample(cells)
    return bool(sample) and not _holds_paths(cells) and all(_ENDING.search(str(cell)) for cell in sample)


def _holds_texts(cells: Sequence[Any]) -> bool:
    texts = [cell for cell in _sample(cells) if isinstance(cell, str)]
    long = sum(len(text) > 40 or len(text.split()) > 3 for text in texts)
    return 2 * long > len(texts) and 2 * len(set(texts)) > len(texts) and not _holds_paths(cells)


def _holds_classes(name: str, cells: Sequence[Any]) -> bool:
    found = Counter(text for cell in cells if isinstance(cell, str | int | float) and (text := filled(cell)))
    few = 2 <= len(found) <= max(2, found.total() // 4) or (found.total() < len(cells) and mark_of(name, found))
    return bool(few) and all(len(text) <= 40 for text in found)


def _is_unnamed(name: str) -> bool:
    return not usual(name) or bool(_UNNAMED.fullmatch(name))


def _choose_labels(tables: Sequence[Table], known: list[str]) -> tuple[str, ...]:
    named = _named(known, LABEL_NAMES) or _named(known, OTHER_LABEL_NAMES)
    no_labels = {*PATH_NAMES, *TEXT_NAMES, *WEAK_TEXT_NAMES, *FIRST_TEXT_NAMES, *SECOND_TEXT_NAMES, *_ID_NAMES}
    others = [key for key in known if usual(key) not in no_labels and not _is_unnamed(key)]
    if not named and len(others) == 1:
        named = others
    if len(named) == 2:
        named = _names_of_numbers(tables, named[0], named[1]) or named
    if len(named) == 1:
        return (named[0],)
    _refuse_headless(tables[0])
    if named:
        raise DataError("several-label-columns", table=tables[0].name, columns=listed(named))
    likely = [key for key in others if all(_holds_classes(key, table.columns[key]) for table in tables)]
    raise DataError(
        "no-label-column",
        table=tables[0].name,
        usual=LABEL_NAMES[:4],
        found=listed(tables[0].columns),
        likely=len(likely),
        label_columns=listed(likely),
    )


def _names_of_numbers(tables: Sequence[Table], one: str, other: str) -> list[str] | None:
    """Return the column of words if two columns mean the same, one in numbers and the other in words; else None."""
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
    """Return a cell as text, ``None`` if blank. The texts "NA" and "None" are not blank."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # data frames turn integers with missing values into floats
    if isinstance(cell, (list, tuple)):
        cell = "|".join(str(part) for part in cell)
    text = cell.decode(errors="backslashreplace") if isinstance(cell, bytes) else str(cell)
    return text if text.strip() else None


def holds_bytes(cells: Sequence[Any]) -> bool:
    """Return whether a column holds bytes, objects of bytes and path, or images."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, bytes) or is_image(first) or (isinstance(first, dict) and {"bytes", "path"} <= set(first))


def is_image(cell: Any) -> bool:
    """Return whether a cell of a table in memory is an image: one of Pillow's, or an array (H, W) or (H, W, C)."""
    if hasattr(cell, "detach"):
        return False  # a tensor, whose channels may come first
    return hasattr(cell, "convert") or (hasattr(cell, "__array__") and getattr(cell, "ndim", 0) in (2, 3))


def holds_images(name: str, cells: Sequence[Any]) -> bool:
    """Return whether a column holds images: objects, objects of bytes and path, or bytes that are not text."""
    if not holds_bytes(cells) or not isinstance(next(cell for cell in cells if cell is not None), bytes):
        return holds_bytes(cells)
    found = [cell for cell in _sample(cells) if isinstance(cell, bytes)]
    if usual(name) in PATH_NAMES or any(sniff(cell[:64]) in ALLOWED for cell in found):
        return True
    return usual(name) not in TEXT_NAMES and not (found and all(map(_is_text, found)))


def _is_text(data: bytes) -> bool:
    try:
        return not _CONTROL.search(data.decode())
    except UnicodeDecodeError:
        return False


def unused(tables: Sequence[Table], chosen: Columns) -> tuple[str, ...]:
    """Return the columns that are not used, except ids and row numbers."""
    every = dict.fromkeys(name for table in tables for name in table.columns if not _is_unnamed(name))
    return tuple(name for name in every if name not in chosen.named and usual(name) not in _ID_NAMES)


def other_content(tables: Sequence[Table], chosen: Columns) -> list[str]:
    """Return the unused columns with names that texts or images usually have: "title" next to "body"."""
    names = {*PATH_NAMES, *TEXT_NAMES, *WEAK_TEXT_NAMES, *FIRST_TEXT_NAMES, *SECOND_TEXT_NAMES}
    return [name for name in unused(tables, chosen) if usual(name) in names]


def second_text(tables: Sequence[Table], chosen: Columns) -> str | None:
    """Return an unused column that may hold the second texts of pairs, by its name; None if there is none."""
    if not chosen.text or chosen.second:
        return None
    pairs = (*SECOND_TEXT_NAMES, *(FIRST_TEXT_NAMES if usual(chosen.text) in SECOND_TEXT_NAMES else ()))
    left = [name for name in unused(tables, chosen) if usual(name) in pairs]
    return next((name for name in left if any(_holds_texts(one.columns.get(name, ())) for one in tables)), None)


def is_label_name(column: str) -> bool:
    """Return whether a column has a usual name of labels: "label", "Class"."""
    return usual(column) in LABEL_NAMES


def column_names(columns: Sequence[str]) -> Message:
    """Return names for a message: "column 'text'", or "columns 'premise' and 'hypothesis'"."""
    return Message("column-names", {"count": len(columns), "names": list(map(repr, columns))})


def listed(names: Iterable[str]) -> Message:
    """Return a list of names for a message: the first of them, and the number of the others."""
    names = list(names)
    some = [repr(name if len(name) <= 60 else f"{name[:57]}...") for name in names[:_LISTED]]
    return Message("name-list", {"names": some, "count": len(names), "more": max(0, len(names) - _LISTED)})
