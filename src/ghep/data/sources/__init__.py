"""Read a data set from disk or memory. In: a location. Out: a ``Source`` of examples; no image is decoded yet.

    folders/walk.py           a folder and everything below it
    folders/split_names.py    names of splits, and of folders that are not classes
    folders/arrangement.py    which folders are splits, and which are classes
    folders/class_folders.py  root/{train,valid,test}/<class>/*  and  root/<class>/*, of images or texts
    folders/leftovers.py      folders that look like classes but hold copies or unusable files
    layout.py                 which tables of a folder are the data set
    either.py                 tables and class folders in one place
    tables/delimited.py       CSV, TSV
    tables/json_files.py      JSON, JSON Lines
    tables/spreadsheets.py    Excel
    tables/decoding.py        the characters of a file, and its encoding
    tables/arrow.py           Parquet files, Hugging Face ``save_to_disk`` folders
    tables/one_hot.py         tables with a column for each class
    tables/columns.py         the columns of examples and labels; whether the examples are images or texts
    tables/label_cells.py     the classes in a label cell
    tables/marked_columns.py  columns in which a mark means yes and a blank means no
    tables/no_value.py        cells that mean a missing value
    tables/split_cells.py     the splits in a split column
    tables/image_paths.py     image paths of a table that lack their folder or suffix
    tables/rows.py            rows become examples
    in_memory.py              data frames, dicts of columns, datasets of Hugging Face and torchvision
    parts.py                  inputs to predict, divided into parts of files or rows; nothing is read yet
    groups.py                 which examples belong together
    held_out.py               valid and test splits from elsewhere, or without labels
    options.py                the options that define how data are read
    trained.py                the columns that a model was trained on
    labelled.py               labelled data for a trained model
    tasks.py                  several data sets become one with several tasks

The same location always gives the same source: files are sorted, so the order of a directory listing has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.data.labels import tidied
from ghep.data.numbers import with_numbers
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
from ghep.messages import Message
from ghep.storage.paths import path_named
from ghep.types import Example, Finding, Modality, Split

__all__ = ["columns_as_trained", "read", "read_as_trained", "read_rows", "read_table", "read_unlabelled"]

_OTHER_FILES = {
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"), "archive"),
    **dict.fromkeys((".xls", ".ods", ".xlsm", ".xlsb"), "spreadsheet"),
    **dict.fromkeys((".feather", ".arrow", ".pkl", ".pickle", ".npz", ".npy", ".h5"), "binary"),
    ".txt": "text",
}
"""Suffix -> kind of a file that is not read; the message says how to convert it."""


def read(
    location: Any,
    **options: Unpack[ReadOptions],
) -> Source:
    """Return the data set at ``location``: a folder of class folders, a table, or a Hugging Face dataset folder.

    Data may also be in memory: a dict of columns, a data frame, a dataset of Hugging Face or torchvision, or a dict of
    these by split.

    The options are those of ``ReadOptions``. Column names apply to tables only; without them, ghep searches for usual
    names (``path`` or ``text``, ``label``, ``split``) and a finding reports the choice. ``encoding`` is that of tables
    and texts that are not UTF-8. ``group`` says which examples must stay in one split (``groups.py``). ``layout`` and
    ``exclude`` say how to read folders with ambiguous names. ``test`` and ``valid`` are tables or folders to add as a
    split, with labels from the same columns and ids such as ``test/cat/1.jpg``. ``image_dir`` and ``suffix`` complete
    the image paths of a table. ``regression`` names tasks whose labels are real numbers; in a table they are label
    columns. Spaces around labels are removed. Raises ``DataError``, and ``ConfigError`` for an
    unknown encoding or an invalid pattern.
    """
    refuse_impossible(options)
    regression = _several(options.get("regression"))
    if regression:
        return with_numbers(read(location, **_with_label_columns(options, regression)), regression)
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


def _with_label_columns(options: ReadOptions, regression: Sequence[str]) -> ReadOptions:
    """Return ``options`` in which the names in ``regression`` are label columns.

    The default task name, ``label``, is not added unless label columns are named: it is also the task of class folders,
    and a column of this name is found without being named.
    """
    labels = _several(options.get("label_columns"))
    columns = [*labels, *(name for name in regression if name not in labels and (labels or name != DEFAULT_TASK))]
    return ReadOptions(**{**options, "regression": None, "label_columns": columns})


def _read(location: Any, options: ReadOptions, *, of_other: bool = False) -> Source:
    """Return the data at one location as a source.

    ``of_other``: the options were given for another location, so those that do not apply here are ignored.
    """
    if is_in_memory(location):
        return _of_tables(NAME, Path("memory"), *tables_in_memory(location), options)
    root = path_named(location, error=DataError, what="data")
    columns, group = _columns(options), options.get("group")
    encoding = _encoding(options)
    if not root.exists():
        raise DataError("data-missing", path=root)
    name = table_stem(root.resolve()) if root.is_file() else root.resolve().name
    layout, exclude = options.get("layout"), _several(options.get("exclude"))
    if not of_other:
        refuse_unknown_folders(root, exclude)
        if layout and root.is_file():
            raise DataError("layout-of-table", path=root, layout=layout)
    tables, findings = _tables(root, encoding, columns, layout, exclude)
    if tables is None:
        if columns.named and not of_other:
            raise DataError("class-folders-have-no-columns", path=root, columns=columns.named)
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
    unsplit = folders_without_split(source, places, exclude)
    return replace(source, findings=(*source.findings, *unsplit))


def _class_folder_split(folder: str | Path, encoding: str | None, exclude: Sequence[str]) -> Source:
    folder = Path(folder)
    return tidied(read_class_folders(folder.name, folder, encoding, exclude=exclude))


def _by_folders(splits: Mapping[Split, Path], root: Path) -> list[Finding]:
    """Return a finding for each of ``splits``: its labels are names of folders, but those of train are in a table."""
    return [
        Finding.of(
            "labels-by-folders",
            "info",
            items=(folder.name,),
            folder=folder.relative_to(root).as_posix(),
            split=split,
            name=folder.name,
        )
        for split, folder in splits.items()
    ]


def _of_tables(
    name: str, root: Path, tables: list[Table], findings: tuple[Finding, ...], options: ReadOptions
) -> Source:
    """Return the examples in ``tables``, from files or from memory, as a source."""
    columns, group = _columns(options), options.get("group")
    try:
        tables = aligned(filled, columns) if (filled := [table for table in tables if table.lines]) else []
        tables, divided = with_one_split_column(tables, columns.named) if tables and not columns.split else (tables, [])
        tables, ignored = without_unlabelled(tables, columns)
        columns = replace(columns, group=group_column(group, tables))
        tables = _with_whole_paths(tables, options, lambda given: choose(given, columns))
        source = assemble(name, root, tables, columns, label_delimiter=options.get("label_delimiter"))
    except NoContentColumn as error:
        remedy = where_they_are(tables, columns) or error.remedy
        raise DataError(error.code, remedy=remedy, **error.params) from None
    refuse_if_none_is_there(source, tables, columns)
    hint = column_hint(tables, (*columns.named, *source.tasks)) if group is None else []
    source = tidied(replace(source, findings=(*source.findings, *findings, *divided, *ignored, *hint)))
    return source if group is None else with_groups(source, group, column=columns.group is not None)


def read_unlabelled(
    location: Path,
    modality: Modality,
    **options: Unpack[ReadOptions],
) -> list[Example] | None:
    """Return the rows of a table or a Hugging Face dataset folder as examples to predict; None for other locations.

    A file with the suffix of a table counts as a table. Raises ``DataError`` for a table that cannot be read, and
    ``ConfigError`` for an unknown encoding.
    """
    found = _read_unlabelled(location, modality, options)
    return None if found is None else found[0]


def read_as_trained(
    location: Path, modality: Modality, trained: Mapping[str, Any], **options: Unpack[ReadOptions]
) -> tuple[list[Example], tuple[Finding, ...]] | None:
    """Return examples as ``read_unlabelled`` does, from the column that a model was trained on, and findings.

    ``trained`` are the columns named in the bundle. Another column is used, and a finding reports it, if ``options``
    name one or if the table lacks the columns of ``trained``. None for a location that is not a table.
    """
    found = _as_trained(location, modality, trained, options)
    return None if found is None else (found[0], column_findings(found[1], trained, options, location.name))


def columns_as_trained(
    location: Path, modality: Modality, trained: Mapping[str, Any], rows: range, **options: Unpack[ReadOptions]
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the columns from which ``read_as_trained`` reads the examples of a Parquet file, and its findings.

    They are chosen by the cells in ``rows`` only.
    """
    found = _as_trained(location, modality, trained, options, rows)
    assert found is not None
    return found[1], column_findings(found[1], trained, options, location.name)


def read_rows(
    location: Path, modality: Modality, rows: range, only: Sequence[str], **options: Unpack[ReadOptions]
) -> list[Example]:
    """Return the examples in some ``rows`` of a Parquet file, with the names that they have in the whole file.

    ``only`` are the columns to read, of which ``options`` name that of the examples. Raises ``DataError``.
    """
    found = _read_unlabelled(location, modality, options, rows, only)
    assert found is not None
    return found[0]


def _as_trained(
    location: Path, modality: Modality, trained: Mapping[str, Any], options: ReadOptions, rows: range | None = None
) -> tuple[list[Example], tuple[str, ...]] | None:
    """Return examples from the column that a model was trained on, or from another one, and the columns used."""
    errors: list[DataError] = []
    for attempt in as_trained(trained, options):
        try:
            return _read_unlabelled(location, modality, attempt, rows)
        except DataError as error:
            errors.append(error)
    raise refusal(errors, trained)


def _read_unlabelled(
    location: Path,
    modality: Modality,
    options: ReadOptions,
    rows: range | None = None,
    only: Sequence[str] | None = None,
) -> tuple[list[Example], tuple[str, ...]] | None:
    refuse_impossible(options)
    is_table = location.is_file() and table_format(location) is not None
    if not is_table and not (location.is_dir() and is_saved_dataset(location)):
        return None
    columns = _columns(options)
    if rows is None:
        tables, _ = _tables(location, _encoding(options), columns)
    else:
        _refuse_encoding(location, _encoding(options))
        tables = [read_parquet(location, location.parent, None, rows=rows, only=only)]
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
    """Return the tables with image paths completed by the options ``image_dir`` and ``suffix``, if given."""
    folders, suffix = _several(options.get("image_dir")), options.get("suffix")
    if not tables or not (folders or suffix):
        return list(tables)
    column = choose_columns(tables).path
    if column is None:
        raise DataError("image-dir-of-texts", table=tables[0].name)
    return with_whole_paths(tables, column, folders, suffix)


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _encoding(options: ReadOptions) -> str | None:
    encoding = options.get("encoding")
    return encoding_named(encoding) if encoding else None


def _tables(
    root: Path, encoding: str | None, columns: Columns, layout: str | None = None, exclude: Sequence[str] = ()
) -> tuple[list[Table] | None, tuple[Finding, ...]]:
    """Return the tables at ``root``, or None if the data set is a folder of class folders; and findings."""
    if root.is_file():
        if table_format(root) is None:
            kind = _OTHER_FILES.get(root.suffix.lower(), "other")
            raise DataError("not-a-table", path=root, suffixes=[*TABLE_SUFFIXES, PACKED], kind=kind)
        return [read_table(TableFile(root, None), root.parent, encoding)], ()
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
        return None, ignored_tables(root, tables_in(root), because="class-folders")
    if folders and {file.split for file in found.files} <= {"valid", "test"}:
        paths = [*(file.path for file in found.files), *found.ignored]
        return None, ignored_tables(root, paths, because="no-train-table", severity="warning")
    tables = [read_table(file, root, encoding) for file in found.files]
    if folders and not tables_win(tables, columns, folders):
        paths = [file.path for file in found.files]
        return None, ignored_tables(root, paths, because="no-labels", severity="warning")
    if below and (lower := _class_folders(below, exclude, sure=True)):
        refuse_other_labels(tables, columns, lower)
    return tables, (*found.findings, *ignored_tables(root, found.ignored, because="name"))


def _class_folders(root: Path, exclude: Sequence[str], *, sure: bool) -> Source | None:
    """Return the class folders in ``root`` as a source; None unless there are at least two classes, or splits.

    Raises ``Below`` if the class folders are in a folder below, and ``DataError`` if names of folders are ambiguous.
    Returns None instead if ``sure``: tables in ``root`` are certainly a data set, so no class folders are needed.
    """
    try:
        source = read_class_folders("", root, exclude=exclude)
    except DataError as error:
        if isinstance(error, Below) and not sure:
            raise
        if not isinstance(error, Ambiguous) or sure:
            return None
        tables = tables_in(root)
        remedy = Message("or-give-table", {"remedy": error.remedy, "path": tables[0]}) if tables else error.remedy
        raise DataError(error.code, remedy=remedy, **error.params) from None
    labels = {label for example in source.examples for label in example.labels.values()}
    return source if len(labels) > 1 or source.splits else None


def read_table(file: TableFile, root: Path, encoding: str | None) -> Table:
    """Return one table of a data set in the folder ``root``. Raises ``DataError`` if it cannot be read."""
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
        raise DataError("encoding-fixed-by-format", file=path.name, encoding=encoding)
