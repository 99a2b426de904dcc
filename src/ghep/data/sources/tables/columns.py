"""Find the columns of tables that hold the examples, their labels and splits. In: tables, out: ``Columns``, all named.

A column that the caller names is taken; otherwise usual names are looked for, and what was taken is said. Nothing is
guessed between two equally good columns: that is an error that asks. Whether the examples are pictures or texts follows
from the column they are in.
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
from ghep.types import Modality

# Usual names, spelt in lower case without spaces and punctuation (``usual``); those that messages list come first.
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
"""Often a second text next to the one that is meant: looked for where there is no other."""
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
"""Looked for where no column is called by one of ``LABEL_NAMES``."""
_USUAL_NAMES = frozenset({*PATH_NAMES, *TEXT_NAMES, *FIRST_TEXT_NAMES, *SECOND_TEXT_NAMES, *LABEL_NAMES})
ID_NAME = "id"
_PLAIN_NAMES = ("text", "sentence", "label", "labels", "class", "category", "target", "image", "path", "file", "split")
"""Names that nobody would take for data, even where a cell of the column says the same."""
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
_LOOKED_AT = 50
"""Cells of a column that are looked at to tell what it holds."""
_LISTED = 8
"""Names that a message lists at most."""


class NoContentColumn(DataError):
    """No column has a usual name for images or texts."""


class NoColumn(DataError):
    """A table lacks a column that was named."""

    def __init__(self, table: str, column: str, known: Iterable[str]) -> None:
        super().__init__(f"{table} has no column {column!r}", remedy=did_you_mean(column, known))
        self.table, self.column = table, column


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a caller named; ``None`` and ``()`` mean: look for usual names."""

    path: str | None = None
    text: str | None = None
    labels: tuple[str, ...] = ()
    split: str | None = None
    group: str | None = None
    """The column of what belongs together; it is never looked for."""
    second: str | None = None
    """The column of the second text, where each example is a pair of texts; it is never looked for."""

    @property
    def named(self) -> tuple[str, ...]:
        """Return the names that there are."""
        return tuple(filter(None, (self.path, self.text, self.second, *self.labels, self.split)))

    @property
    def modality(self) -> Modality:
        """Return what the examples are, once it is known which column holds them."""
        return "text" if self.text else "image"

    @property
    def content(self) -> str:
        """Return the column that holds the examples, once it is known; of pairs that of the first text."""
        return str(self.text or self.path)

    @property
    def contents(self) -> tuple[str, ...]:
        """Return ``content``, and the column of the second text of pairs."""
        return (self.content, self.second) if self.second else (self.content,)


def aligned(tables: Sequence[Table], asked: Columns) -> list[Table]:
    """Return tables whose columns are spelt as the caller, or else the first table, spells them.

    Names that differ in case, spaces and punctuation alone are one name, unless one table has both of them.
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
    """Return a name in lower case, without spaces and punctuation: "Review Text" and "review_text" are one."""
    return re.sub(r"[\W_]+", "", name).casefold()


def choose(tables: Sequence[Table], asked: Columns) -> Columns:
    """Return ``asked`` with what it leaves open filled in. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    path, text = _choose_content(tables, known, asked)
    split = asked.split or find_split_column(tables, known, (path, text, asked.second, asked.group), asked.labels)
    if split and all(table.split for table in tables) and not asked.split:
        split = None  # the files say it already
    taken = (path, text, asked.second, split, asked.group)
    labels = asked.labels or _choose_labels(tables, [key for key in known if key not in taken])
    chosen = Columns(path, text, labels, split, asked.group, asked.second)
    doubtful = [name for name in chosen.named if name not in asked.named and usual(name) not in _PLAIN_NAMES]
    if any(cell == name for name in doubtful for cell in tables[0].columns[name] if isinstance(cell, str)):
        _refuse_headless(tables[0])  # a class called "emotion" at the top of the column of classes
    return chosen


def choose_content(tables: Sequence[Table], asked: Columns, modality: Modality) -> Columns:
    """Return the column that holds examples of ``modality``, in tables that need no labels. Raises ``DataError``."""
    known = [key for key in tables[0].columns if all(key in table.columns for table in tables)]
    _refuse_unknown(tables, asked)
    return Columns(*_choose_content(tables, known, asked, only=modality), second=asked.second)


def _refuse_unknown(tables: Sequence[Table], asked: Columns) -> None:
    if asked.path and asked.text:
        raise DataError(
            f"both a column of images, {asked.path!r}, and one of texts, {asked.text!r}, were named",
            remedy="name one, path_column (--path-column) or text_column (--text): a model takes one of them",
        )
    for wanted in asked.named:
        for table in tables:
            if wanted not in table.columns:
                _refuse_headless(table)
                content = {*PATH_NAMES, *TEXT_NAMES} if wanted in asked.labels else set()
                known = [one for one in table.columns if usual(one) not in content] or table.columns
                raise NoColumn(table.name, wanted, known)
    twice = next((name for name, count in Counter(asked.named).items() if count > 1), None)
    if twice:
        raise DataError(
            f"column {twice!r} was named twice; examples, labels and splits each have columns of their own",
            remedy="name it once, or name another column",
        )


def _choose_content(
    tables: Sequence[Table], known: list[str], asked: Columns, *, only: Modality | None = None
) -> tuple[str | None, str | None]:
    """Return the column of paths and None, or None and the column of texts; ``only`` one of the two is looked for."""
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
        paths = [key for key in paths if not _holds_other_files(table.columns[key])]  # where a text is from: bbc/1.txt
    if not of_images:
        paths = _most_likely_paths(table, paths)
    if len(paths) + len(texts) == 1:
        return (paths[0], None) if paths else (None, texts[0])
    if not paths and not texts:
        _refuse_pixels(table)
        _refuse_headless(table)
    name_images, name_texts = "path_column (--path-column)", "text_column (--text)"
    if only:
        names_of = {"image": (PATH_NAMES, "images", name_images), "text": (TEXT_NAMES, "texts", name_texts)}
        usual_names, things, way = names_of[only]
        found = f"they could be in {listed(paths or texts)}" if paths or texts else f"found {listed(table.columns)}"
        looked = "" if paths or texts else f"looked for {', '.join(usual_names[:8])}, ...; "
        raise DataError(f"{table.name}: which column holds the {things}? ({looked}{found})", remedy=f"name it: {way}")
    could = [f"images could be in {listed(paths)}"] * bool(paths) + [f"texts could be in {listed(texts)}"] * bool(texts)
    if could:
        ways = " or ".join([name_images] * bool(paths) + [name_texts] * bool(texts))
        raise DataError(f"{table.name}: {' and '.join(could)}", remedy=f"name one: {ways}")
    looked = ", ".join((*PATH_NAMES[:4], *TEXT_NAMES[:4]))
    likely = [key for key in known if _holds_texts(table.columns[key])]
    guess = f"; texts could be in {listed(likely)}" if likely else ""
    raise NoContentColumn(
        f"{table.name} has no column of images or of texts (looked for {looked}, ...; found {listed(table.columns)})",
        remedy=f"name it: {name_images} or {name_texts}{guess}",
    )


def _named(known: Iterable[str], names: Sequence[str]) -> list[str]:
    return [key for key in known if usual(key) in names]


def _text_bytes(table: Table, known: Sequence[str], of_images: Sequence[str]) -> list[str]:
    """Return the columns of bytes that are no images."""
    return [key for key in known if key not in of_images and holds_bytes(table.columns[key])]


def _most_likely_paths(table: Table, paths: list[str]) -> list[str]:
    """Return those of ``paths`` whose files exist, or whose cells end as images do; all of them if none stands out."""
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
            f"{table.name} holds pairs of texts, {first[0]!r} and {second[0]!r}: should the model read both, or one?",
            remedy=f"name both or one, text_column: --text {shlex.quote(first[0])} --text {shlex.quote(second[0])}",
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
    where = f"the columns {pixels[0]!r} to {pixels[-1]!r}" if len(pixels) > 1 else f"column {pixels[0]!r}"
    raise DataError(
        f"{table.name} holds images as numbers, in {where}, and ghep reads image files",
        remedy="save each row as a PNG, and write a table of path and label",
    )


def _refuse_headless(table: Table) -> None:
    """Raise ``DataError`` if the first line of a table names no columns, but is an example as all others are."""
    names = [name for name in table.columns if not _is_unnamed(name)]
    if not table.header_line or not any(_is_data(name, table.columns[name]) for name in names):
        return
    if any(usual(name) in _USUAL_NAMES and name not in table.columns[name] for name in names):
        return  # a column "odd" with the values "even" and "odd", next to one called "text"
    roles = [_role(name, table.columns[name]) for name in names]
    example = ",".join(role if roles.count(role) == 1 else f"{role}{at}" for at, role in enumerate(roles, start=1))
    raise DataError(
        f"{table.name}: the first line looks like data, not like the names of columns: {listed(names)}",
        remedy=f"add a first line that names the columns, such as {example}; or pass --text and --label",
    )


def _is_data(name: str, cells: Sequence[Any]) -> bool:
    """Tell whether what stands at the top of a column is a cell: a number, a file, a sentence, or found below again."""
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
    return list(islice(found, _LOOKED_AT))


def _holds_paths(cells: Sequence[Any]) -> bool:
    looked_at = _sample(cells)
    files = sum(isinstance(cell, str) and cell.strip().lower().endswith(IMAGE_SUFFIXES) for cell in looked_at)
    return 2 * files > len(looked_at)


def _holds_other_files(cells: Sequence[Any]) -> bool:
    looked_at = _sample(cells)
    return bool(looked_at) and not _holds_paths(cells) and all(_ENDING.search(str(cell)) for cell in looked_at)


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
    found = listed(tables[0].columns)
    likely = [key for key in others if all(_holds_classes(key, table.columns[key]) for table in tables)]
    guess = f"; they could be in {listed(likely)}" if likely and not named else ""
    if named:
        cause = f"{tables[0].name}: labels could be in {listed(named)}"
    else:
        cause = (
            f"{tables[0].name} has no column of labels (looked for {', '.join(LABEL_NAMES[:4])}, ...; found {found})"
        )
    raise DataError(cause, remedy=f"name one or more: label_columns (--label){guess}")


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
    text = cell.decode(errors="backslashreplace") if isinstance(cell, bytes) else str(cell)
    return text if text.strip() else None


def holds_bytes(cells: Sequence[Any]) -> bool:
    """Tell whether a column holds bytes, objects of bytes and path, or images themselves."""
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, bytes) or is_image(first) or (isinstance(first, dict) and {"bytes", "path"} <= set(first))


def is_image(cell: Any) -> bool:
    """Tell whether a cell of a table in memory is an image itself: one of Pillow's, or an array (H, W) or (H, W, C)."""
    if hasattr(cell, "detach"):
        return False  # a tensor, whose channels may come first
    return hasattr(cell, "convert") or (hasattr(cell, "__array__") and getattr(cell, "ndim", 0) in (2, 3))


def holds_images(name: str, cells: Sequence[Any]) -> bool:
    """Tell whether a column holds images: as they are, objects of bytes and path, or bytes that are no text."""
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
    """Return the columns that nothing is taken from, but for ids and numbers of rows."""
    every = dict.fromkeys(name for table in tables for name in table.columns if not _is_unnamed(name))
    return tuple(name for name in every if name not in chosen.named and usual(name) not in _ID_NAMES)


def other_content(tables: Sequence[Table], chosen: Columns) -> list[str]:
    """Return the unused columns that are called as columns of texts or images are: "title" next to "body"."""
    names = {*PATH_NAMES, *TEXT_NAMES, *WEAK_TEXT_NAMES, *FIRST_TEXT_NAMES, *SECOND_TEXT_NAMES}
    return [name for name in unused(tables, chosen) if usual(name) in names]


def second_text(tables: Sequence[Table], chosen: Columns) -> str | None:
    """Return the column of texts that looks like the other half of a pair of which ``chosen`` takes one, if any."""
    if not chosen.text or chosen.second:
        return None
    pairs = (*SECOND_TEXT_NAMES, *(FIRST_TEXT_NAMES if usual(chosen.text) in SECOND_TEXT_NAMES else ()))
    left = [name for name in unused(tables, chosen) if usual(name) in pairs]
    return next((name for name in left if any(_holds_texts(one.columns.get(name, ())) for one in tables)), None)


def is_label_name(column: str) -> bool:
    """Tell whether a column is called as labels usually are, whatever they say: "label", "Class"."""
    return usual(column) in LABEL_NAMES


def in_words(columns: Sequence[str]) -> str:
    """Return "column 'text'", or "columns 'premise' and 'hypothesis'"."""
    return f"column{'s' * (len(columns) > 1)} {' and '.join(map(repr, columns))}"


def listed(names: Iterable[str]) -> str:
    """Return names for a message, the first few of many."""
    names = list(names)
    listed = ", ".join(repr(name if len(name) <= 60 else f"{name[:57]}...") for name in names[:_LISTED])
    return f"{listed}, ... ({len(names)} in all)" if len(names) > _LISTED else listed
