"""Read the documents of a corpus from files. In: files and folders. Out: documents, and findings on how they were read.

    a text file            divided into documents by ``documents.py``; with any suffix if it is named itself
    a table                CSV, TSV, JSON (Lines), Parquet, Excel: each row is a document, the text is in one column
    a folder               its text files (.txt) and tables at any depth, and ``save_to_disk`` folders of Hugging Face
    many short text files  in a folder with ``MANY`` or more, half of them below ``SHORT`` bytes, each is a document

Parts of a data set that are named valid or test are left out if there is a train part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple, Protocol, TypeVar

from ghep.data.corpus.documents import Document, Rule, documents_in
from ghep.data.sources import read_table
from ghep.data.sources.folders.split_names import split_of
from ghep.data.sources.folders.walk import Folder, walk
from ghep.data.sources.layout import PACKED, TableFile, is_saved_dataset, is_table, table_format
from ghep.data.sources.tables.arrow import read_saved
from ghep.data.sources.tables.columns import Columns
from ghep.data.sources.tables.decoding import decoded, encoding_findings, read_bytes
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.rows import unlabelled
from ghep.data.text.loader import load_text
from ghep.errors import BadText, DataError
from ghep.storage.paths import path_named
from ghep.types import Finding, Raw, Split

TEXT_SUFFIX = ".txt"
MANY = 10
SHORT = 100_000
"""Bytes: reviews have 1,300, pages of the web 5,000, novels 500,000, files of one document a line millions."""
_SHARD = re.compile(r"[-_.]\d+(?:-of-\d+)?(?:-[0-9a-f]{16})?$")
"""The number of a part of a split: ``train-00000-of-00003``."""
_HEAD = 1 << 16
"""Bytes inspected to distinguish text from other data."""
_CONTROL = bytes({*range(1, 32), 127} - set(b"\t\n\r\f\x1b"))
MAX_CONTROL_SHARE = 0.02
"""Share of control characters, without zero bytes, from which a file is not text: compressed data has 0.1."""
_MAGIC = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"BZh")
_UNCLEAR_COLUMN = ("no-content-column", "which-column", "several-content-columns", "columns-of-pairs")


class _File(NamedTuple):
    """A file or ``save_to_disk`` folder to read; ``root`` is what the user named."""

    path: Path
    root: Path
    split: Split | None = None
    whole: bool = False
    """Whether the file is one document."""

    @property
    def name(self) -> str:
        """Path relative to what the user named, and the name of a file that the user named."""
        return self.path.relative_to(self.root).as_posix() if self.path != self.root else self.path.name


@dataclass(slots=True)
class Read:
    """The documents of files, and what was found while they were read."""

    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rules: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Name of a file -> how it is divided (a ``Rule``, or ``row``), and the number of documents."""
    columns: dict[str, str] = field(default_factory=dict)
    """Name of a table -> its column with the texts."""
    unusable: list[tuple[str, str]] = field(default_factory=list)
    """Id of a document that cannot be used, and the reason."""


def read_files(places: Sequence[str | Path], *, column: str | None, rule: Rule | None, encoding: str | None) -> Read:
    """Return the documents in ``places``, files and folders, in the order of their names. Raises ``DataError``."""
    roots = [path_named(place, error=DataError, what="corpus") for place in places]
    files: list[_File] = []
    read = Read()
    for root in roots:
        if not root.exists():
            raise DataError("corpus-missing", path=root)
        found, findings = _files(root)
        files += found
        read.findings += findings
    if not files:
        raise DataError("corpus-without-files", paths=list(map(str, roots)))
    for file in files:
        if file.path.is_dir() or table_format(file.path):
            _add_table(read, file, column, encoding)
        else:
            _add_text(read, file, rule, encoding)
    return read


def _files(root: Path) -> tuple[list[_File], list[Finding]]:
    """Return the files of a corpus at ``root``, and findings on those that are left out."""
    if root.is_file() or is_saved_dataset(root):
        return [_File(root, root)], []
    found: list[_File] = []
    others: list[Path] = []
    for folder in _below(walk(root)):
        if is_saved_dataset(folder.path):
            found.append(_File(folder.path, root, _split(folder.path, root)))
            continue
        sizes = [path.stat().st_size for path in folder.files if _is_text_file(path)]
        whole = len(sizes) >= MANY and median(sizes) < SHORT
        for path in folder.files:
            is_text = _is_text_file(path)
            if is_text or is_table(path):
                found.append(_File(path, root, _split(path, root), whole and is_text))
            else:
                others.append(path)
    findings = []
    if found and others:
        names = [path.relative_to(root).as_posix() for path in others]
        findings.append(
            Finding.of("corpus-files-ignored", "info", items=names, count=len(names), first=names[0], folder=root.name)
        )
    used, left_out = _without_held_out(found)
    findings += _left_out([file.name for file in left_out], root)
    return sorted(used, key=lambda file: file.name), findings


class _HasSplit(Protocol):
    @property
    def split(self) -> Split | None: ...


Part = TypeVar("Part", bound=_HasSplit)


def _without_held_out(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Return the parts to read, and those that are valid or test and left out, if there is a train part."""
    if not any(part.split == "train" for part in parts):
        return list(parts), []
    held_out = ("valid", "test")
    return [one for one in parts if one.split not in held_out], [one for one in parts if one.split in held_out]


def _left_out(names: Sequence[str], place: Path) -> list[Finding]:
    if not names:
        return []
    return [
        Finding.of("corpus-splits-left-out", "info", items=names, count=len(names), first=names[0], place=place.name)
    ]


def _below(folder: Folder) -> Iterator[Folder]:
    """Yield ``folder`` and the folders below it, except those in a ``save_to_disk`` folder."""
    yield folder
    if not is_saved_dataset(folder.path):
        for below in folder.folders:
            yield from _below(below)


def _is_text_file(path: Path) -> bool:
    name = path.name.lower()
    return name.removesuffix(PACKED).endswith(TEXT_SUFFIX)


def _split(path: Path, root: Path) -> Split | None:
    """Return the split in the name of a file, or of the nearest folder below ``root``; None for none."""
    stem = Path(path.stem).stem if path.suffix.lower() == PACKED else path.stem
    names = [_SHARD.sub("", stem), *(parent.name for parent in path.parents if root in parent.parents)]
    return next((split for name in names if (split := split_of(name))), None)


def _add_text(read: Read, file: _File, rule: Rule | None, encoding: str | None) -> None:
    data = read_bytes(file.path)[:_HEAD]
    if _is_binary(data):
        raise DataError("corpus-not-text", path=file.path)
    text = decoded(file.path, encoding)
    if encoding:
        read.findings += encoding_findings(file.path, encoding)
    used, pieces = documents_in(text, rule or ("file" if file.whole else None))
    read.rules[file.name] = (used, len(pieces))
    _add(read, [(f"{file.name}:{line}", piece) for line, piece in pieces])


def _is_binary(data: bytes) -> bool:
    """Return whether data is neither text nor UTF-16 or UTF-32, for which ``decoded`` has an error of its own."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    if data.startswith(_MAGIC):
        return True
    control = len(data) - len(data.translate(None, _CONTROL))
    return control > MAX_CONTROL_SHARE * len(data) and 4 * data.count(0) < len(data)


def _add_table(read: Read, file: _File, column: str | None, encoding: str | None) -> None:
    if file.path.is_file():
        tables = [read_table(TableFile(file.path, None), file.path.parent, encoding)]
    else:
        every, findings = read_saved(file.path)
        read.findings += findings
        tables, left_out = _without_held_out(every)
        read.findings += _left_out([table.name for table in left_out], file.path)
    for table in tables:
        read.findings += table.findings
        name = f"{file.name}/{table.name}" if file.path.is_dir() else file.name
        rows, read.columns[name] = _rows(table, name, column) if table.lines else ([], "")
        read.rules[name] = ("row", len(rows))
        _add(read, rows)


def _rows(table: Table, name: str, column: str | None) -> tuple[list[tuple[str, Raw]], str]:
    """Return the id and the text of each row, and the column of the texts. Raises ``DataError`` if that is unclear."""
    try:
        examples, (chosen, *_) = unlabelled(Path(name), [table], Columns(text=column), "text")
    except DataError as error:
        if error.code not in _UNCLEAR_COLUMN:
            raise
        columns = [repr(one) for one in table.columns]
        raise DataError("corpus-column-unclear", table=name, count=len(columns), columns=columns) from None
    folder = name.removesuffix(table.name)
    rows = [
        (f"{folder}{one.id}" if one.id.startswith(f"{table.name}#") else f"{name}:{one.id}", one.raw)
        for one in examples
    ]
    return rows, chosen


def _add(read: Read, texts: Sequence[tuple[str, Raw]]) -> None:
    """Add the texts that can be used, as training would read them, and the reasons why others cannot."""
    for identity, raw in texts:
        try:
            text = load_text(raw).strip()
        except BadText as error:
            read.unusable.append((identity, error.reason))
        else:
            read.documents.append(Document(identity, text))
