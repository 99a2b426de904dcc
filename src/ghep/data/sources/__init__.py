"""Read a data set as it lies on disk; in: a location, out: a ``Source`` of examples, with nothing decoded yet.

    walk.py         a folder and all below it
    split_names.py  the names that splits go by, and folders that are no class
    arrangement.py  which folders are splits, which are classes
    folders.py      root/{train,valid,test}/<class>/*  and  root/<class>/*, of images or of texts
    layout.py       which tables of a folder are the data set
    either.py       tables and class folders in one place
    tables.py       CSV, TSV
    json_tables.py  JSON, JSON Lines
    spreadsheets.py Excel
    decoding.py     the characters of a file, in which encoding
    arrow.py        Parquet files, Hugging Face ``save_to_disk`` folders
    one_hot.py      tables with a column for each class
    columns.py      which column holds the examples, which are labels; whether they are images or texts
    label_cells.py  what the cells of a label column name
    marks.py        columns in which a mark says yes and a blank says no
    no_value.py     cells that say there is no value
    split_cells.py  what the cells of a split column mean
    located.py      images that a table names by less than their path
    in_memory.py    data frames, dicts of columns, datasets of Hugging Face and torchvision
    rows.py         rows become examples
    groups.py       which examples belong together
    held_out.py     valid and test splits from elsewhere, or without labels
    options.py      the options that say how data are read
    trained.py      the columns that a model was trained on
    tasks.py        several data sets become one, of several tasks

The same location gives the same source: everything is sorted, nothing depends on the order of a directory listing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from ghep.data.dataset import Source
from ghep.data.labels import tidied
from ghep.data.sources.either import refuse_other_labels, tables_win
from ghep.data.sources.folders.arrangement import Ambiguous, Below
from ghep.data.sources.folders.class_folders import (
    folders_without_split,
    read_class_folders,
    refuse_unknown_folders,
    splits_with_classes,
)
from ghep.data.sources.folders.split_names import split_of
from ghep.data.sources.groups import column_hint, group_column, with_groups
from ghep.data.sources.held_out import with_splits, without_unlabelled
from ghep.data.sources.in_memory import NAME, is_in_memory, tables_in_memory
from ghep.data.sources.layout import (
    ONE_HOT,
    PACKED,
    TABLE_SUFFIXES,
    TableFile,
    ignored_tables,
    is_saved_dataset,
    possible_tables,
    sure_tables,
    table_format,
    table_stem,
    tables_in,
)
from ghep.data.sources.options import ReadOptions, refuse_impossible
from ghep.data.sources.tables.arrow import read_parquet, read_saved
from ghep.data.sources.tables.columns import Columns, NoContentColumn, aligned, choose, choose_content
from ghep.data.sources.tables.decoding import encoding_findings
from ghep.data.sources.tables.delimited import Table, read_delimited
from ghep.data.sources.tables.image_paths import refuse_if_none_is_there, where_they_are, with_whole_paths
from ghep.data.sources.tables.json_files import read_json, read_json_lines
from ghep.data.sources.tables.one_hot import from_one_hot
from ghep.data.sources.tables.rows import assemble, unlabelled
from ghep.data.sources.tables.split_cells import with_one_split_column
from ghep.data.sources.tables.spreadsheets import read_spreadsheet
from ghep.data.sources.trained import as_trained, column_findings, refusal
from ghep.data.text.loader import encoding_named
from ghep.errors import DataError
from ghep.storage.paths import path_named
from ghep.types import Example, Finding, Modality, Split

__all__ = ["read", "read_as_trained", "read_unlabelled"]

_UNPACK = "unpack it, and give the folder or the table that was in it"
_OTHER_FILES = {
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"), _UNPACK),
    **dict.fromkeys((".xls", ".ods", ".xlsm", ".xlsb"), "save it as .xlsx or as CSV (UTF-8)"),
    **dict.fromkeys((".feather", ".arrow", ".pkl", ".pickle", ".npz", ".npy", ".h5"), "save it as Parquet or CSV"),
    ".txt": "give a folder with one folder per class; if it is a table, call it .csv, or .tsv if tabs are in it",
}
"""Ending -> what to do with a file that is not read."""


def read(
    location: Any,
    **options: Unpack[ReadOptions],
) -> Source:
    """Read the data set at ``location``: a folder of class folders, a table, or a Hugging Face dataset folder.

    Data may be in memory, too: a dict of columns, a data frame, a dataset of Hugging Face or torchvision, or a dict of
    these by split.

    The column names are for tables only; left out, usual names (``path`` or ``text``, ``label``, ``split``) are looked
    for and what was taken is said in a Finding. ``encoding`` is that of tables and texts which are not UTF-8; ``group``
    says which examples stay in one split (``groups.py``). ``layout`` and ``exclude`` settle what the folders are whose
    names leave it open; ``test`` and ``valid`` are tables or folders to add as a split, with labels from the same
    columns and ids such as ``test/cat/1.jpg``; ``image_dir`` and ``suffix`` complete the image paths of a table. Spaces
    around labels are taken off. Raises ``DataError``, and ``ConfigError`` for an encoding or a pattern that cannot be.
    """
    refuse_impossible(options)
    held_out: dict[Split, str | Path | None] = {"valid": options.get("valid"), "test": options.get("test")}
    places = {split: place for split, place in held_out.items() if place}
    source = _read(location, options)
    if not places:
        return source

    def read_other(place: str | Path, columns: Mapping[str, Any]) -> Source:
        layout = "classes" if options.get("layout") == "classes" else None
        its = {**options, "split_column": None, "layout": layout, **columns}
        return _read(place, ReadOptions(**its), of_other=True)  # type: ignore[typeddict-item]

    return tidied(with_splits(source, places, read_other))


def _read(location: Any, options: ReadOptions, *, of_other: bool = False) -> Source:
    """Read one location; ``of_other``: the options were given for another, so that some may not apply here."""
    if is_in_memory(location):
        return _of_tables(NAME, Path("memory"), *tables_in_memory(location), options)
    root = path_named(location, error=DataError, what="the data")
    columns, group = _columns(options), options.get("group")
    encoding = _encoding(options)
    if not root.exists():
        raise DataError(f"there is nothing at {root}", remedy="give the path of a folder or of a table")
    name = table_stem(root.resolve()) if root.is_file() else root.resolve().name
    layout, exclude = options.get("layout"), _several(options.get("exclude"))
    if not of_other:
        refuse_unknown_folders(root, exclude)
        if layout and root.is_file():
            raise DataError(f"{root} is a table: --layout {layout} means nothing there", remedy="leave --layout out")
    tables, findings = _tables(root, encoding, columns, layout, exclude)
    if tables is None:
        if columns.named and not of_other:
            raise DataError(
                f"{root} is a folder of class folders: it has no columns, and {', '.join(columns.named)} was asked for",
                remedy="leave the columns out (the class is the folder's name), or give the table that has them",
            )
        source = read_class_folders(name, root, encoding, layout=layout, exclude=exclude)
        source = tidied(replace(source, findings=(*source.findings, *findings)))
        return source if group is None else with_groups(source, group, column=False)
    source = _of_tables(name, root, tables, findings, options)
    split_folders = {root / Path(table.name).parent for table in tables if split_of(Path(table.name).parent.name)}
    if not split_folders:
        return source
    places = sorted({folder.parent for folder in split_folders})
    if len(source.tasks) == 1 and not of_other:
        asked = {split for split in ("valid", "test") if options.get(split)}
        with_classes = splits_with_classes(source, places, exclude)
        labelled = {split: folder for split, folder in with_classes.items() if split not in asked}
        source = with_splits(source, labelled, lambda place, _: _class_folder_split(place, encoding, exclude))
        source = replace(source, findings=(*source.findings, *_by_folders(labelled, root)))
    said = folders_without_split(source, places, exclude)
    return replace(source, findings=(*source.findings, *said))


def _class_folder_split(folder: str | Path, encoding: str | None, exclude: Sequence[str]) -> Source:
    folder = Path(folder)
    return tidied(read_class_folders(folder.name, folder, encoding, exclude=exclude))


def _by_folders(splits: Mapping[Split, Path], root: Path) -> list[Finding]:
    """Say which splits have their labels from class folders, while train has them from a table."""
    return [
        Finding(
            "labels-by-folders",
            "info",
            f"{folder.relative_to(root).as_posix()} has no table like that of train: the labels of {split} are the "
            "names of its folders",
            f"nothing to do if they are; if they are not, leave it out: --exclude {folder.name}",
            (folder.name,),
        )
        for split, folder in splits.items()
    ]


def _of_tables(
    name: str, root: Path, tables: list[Table], findings: tuple[Finding, ...], options: ReadOptions
) -> Source:
    """Turn tables, from files or from memory, into a source."""
    columns, group = _columns(options), options.get("group")
    try:
        tables = aligned(filled, columns) if (filled := [table for table in tables if table.lines]) else []
        tables, divided = with_one_split_column(tables, columns.named) if tables and not columns.split else (tables, [])
        tables, passed_over = without_unlabelled(tables, columns)
        columns = replace(columns, group=group_column(group, tables))
        tables = _with_whole_paths(tables, options, lambda given: choose(given, columns))
        source = assemble(name, root, tables, columns, label_delimiter=options.get("label_delimiter"))
    except NoContentColumn as error:
        raise DataError(error.cause, remedy=where_they_are(tables, columns) or error.remedy) from None
    refuse_if_none_is_there(source, tables, columns)
    hint = column_hint(tables, (*columns.named, *source.tasks)) if group is None else []
    source = tidied(replace(source, findings=(*source.findings, *findings, *divided, *passed_over, *hint)))
    return source if group is None else with_groups(source, group, column=columns.group is not None)


def read_unlabelled(
    location: Path,
    modality: Modality,
    **options: Unpack[ReadOptions],
) -> list[Example] | None:
    """Read the rows of a table or a Hugging Face dataset folder as examples to predict; None: ``location`` is neither.

    A file called as a table is one, whatever it holds. Raises ``DataError`` for a table that cannot be read,
    ``ConfigError`` for an encoding that does not exist.
    """
    found = _read_unlabelled(location, modality, options)
    return None if found is None else found[0]


def read_as_trained(
    location: Path, modality: Modality, trained: Mapping[str, Any], **options: Unpack[ReadOptions]
) -> tuple[list[Example], tuple[Finding, ...]] | None:
    """Return ``read_unlabelled`` of the column that a model was trained on, and a finding where it is another.

    ``trained`` are the columns that its bundle names. They hold unless ``options`` name one, or the table lacks them.
    """
    errors: list[DataError] = []
    for attempt in as_trained(trained, options):
        try:
            found = _read_unlabelled(location, modality, attempt)
        except DataError as error:
            errors.append(error)
            continue
        return None if found is None else (found[0], column_findings(found[1], trained, options, location.name))
    raise refusal(errors, trained)


def _read_unlabelled(
    location: Path, modality: Modality, options: ReadOptions
) -> tuple[list[Example], tuple[str, ...]] | None:
    refuse_impossible(options)
    is_table = location.is_file() and table_format(location) is not None
    if not is_table and not (location.is_dir() and is_saved_dataset(location)):
        return None
    columns = _columns(options)
    tables, _ = _tables(location, _encoding(options), columns)
    tables = [table for table in tables or [] if table.lines]
    tables = _with_whole_paths(tables, options, lambda given: choose_content(given, columns, modality))
    return unlabelled(location, tables, columns, modality)


def _columns(options: ReadOptions) -> Columns:
    text, second = (*_several(options.get("text_column")), None, None)[:2]
    return Columns(
        options.get("path_column"),
        text,
        _several(options.get("label_columns")),
        options.get("split_column"),
        second=second,
    )


def _with_whole_paths(
    tables: Sequence[Table], options: ReadOptions, choose_columns: Callable[[Sequence[Table]], Columns]
) -> list[Table]:
    """Complete the image paths in the tables by image_dir and suffix, if these are given."""
    folders, suffix = _several(options.get("image_dir")), options.get("suffix")
    if not tables or not (folders or suffix):
        return list(tables)
    column = choose_columns(tables).path
    if column is None:
        raise DataError(
            f"{tables[0].name} is a table of texts: --image-dir and --suffix mean nothing there",
            remedy="leave them out, or name the column of image paths: --path-column",
        )
    return with_whole_paths(tables, column, folders, suffix)


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _encoding(options: ReadOptions) -> str | None:
    encoding = options.get("encoding")
    return encoding_named(encoding) if encoding else None


def _tables(
    root: Path, encoding: str | None, columns: Columns, layout: str | None = None, exclude: Sequence[str] = ()
) -> tuple[list[Table] | None, tuple[Finding, ...]]:
    """Return the tables at ``root`` and what there is to say about them; None for a folder of class folders."""
    if root.is_file():
        if table_format(root) is None:
            raise DataError(
                f"{root} is neither a folder nor a table ({', '.join(TABLE_SUFFIXES)}, {PACKED})",
                remedy=_OTHER_FILES.get(
                    root.suffix.lower(),
                    "give a folder with one folder per class, or a table of paths or texts and labels",
                ),
            )
        return [_read_table(TableFile(root, None), root.parent, encoding)], ()
    if is_saved_dataset(root):
        _refuse_encoding(root, encoding)
        return read_saved(root)
    if layout:
        return None, ()
    found = sure_tables(root)
    folders = below = None
    if not columns.named:
        try:
            folders = _class_folders(root, exclude, sure=bool(found.files))
        except Below as error:
            below = error.folder
    if not found.files and not folders:
        found = possible_tables(root)
    if not found.files:
        return None, ignored_tables(root, tables_in(root), because="the class folders are the data set")
    if folders and {file.split for file in found.files} <= {"valid", "test"}:
        paths = [*(file.path for file in found.files), *found.ignored]
        because = "the class folders are the training data, and no table is named train"
        return None, ignored_tables(root, paths, because=because, severity="warning")
    tables = [_read_table(file, root, encoding) for file in found.files]
    if folders and not tables_win(tables, columns, folders):
        because = "it names no files and labels"
        return None, ignored_tables(root, [file.path for file in found.files], because=because, severity="warning")
    if below and (lower := _class_folders(below, exclude, sure=True)):
        refuse_other_labels(tables, columns, lower)
    said = ignored_tables(root, found.ignored, because="not part of the data set by name")
    return tables, (*found.findings, *said)


def _class_folders(root: Path, exclude: Sequence[str], *, sure: bool) -> Source | None:
    """Return the class folders in ``root`` if there are two classes, or splits.

    Raises ``Below``, and ``DataError`` if these could be meant; with ``sure`` tables alongside, they are not.
    """
    try:
        source = read_class_folders("", root, exclude=exclude)
    except DataError as error:
        if isinstance(error, Below) and not sure:
            raise
        if not isinstance(error, Ambiguous) or sure:
            return None
        tables = tables_in(root)
        table = f"; or give the table that is meant: {tables[0]}" if tables else ""
        raise DataError(error.cause, remedy=error.remedy + table) from None
    labels = {label for example in source.examples for label in example.labels.values()}
    return source if len(labels) > 1 or source.splits else None


def _read_table(file: TableFile, root: Path, encoding: str | None) -> Table:
    table = _parsed(file, root, encoding)
    return replace(table, findings=(*table.findings, *encoding_findings(file.path, encoding))) if encoding else table


def _parsed(file: TableFile, root: Path, encoding: str | None) -> Table:
    suffix = table_format(file.path)
    if suffix in (".parquet", ".xlsx"):
        _refuse_encoding(file.path, encoding)
        return (read_parquet if suffix == ".parquet" else read_spreadsheet)(file.path, root, file.split)
    if suffix == ".json":
        return read_json(file.path, root, file.split, encoding)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(file.path, root, file.split, encoding)
    table = read_delimited(file.path, root, file.split, encoding)
    return from_one_hot(table) if file.path.name == ONE_HOT else table


def _refuse_encoding(path: Path, encoding: str | None) -> None:
    if encoding:
        raise DataError(f"{path.name} is UTF-8 by its format, not {encoding}", remedy="leave --encoding out")
