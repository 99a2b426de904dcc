"""Add valid and test splits from other locations, and ignore valid and test tables without labels.

In: tables, or a source and the locations of the splits. Out: the tables, or the source, to use.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.data.dataset import Source, multi_label_of
from ghep.data.sources.tables.columns import LABEL_NAMES, OTHER_LABEL_NAMES, Columns, choose, filled, listed, usual
from ghep.data.sources.tables.delimited import Table
from ghep.errors import DataError
from ghep.types import Example, Finding, LabelSet, Split, as_one_class

_NO_LABEL = "-1"
"""Hugging Face's value for labels that are kept secret."""


def without_unlabelled(tables: Sequence[Table], asked: Columns) -> tuple[list[Table], tuple[Finding, ...]]:
    """Return ``tables`` without the valid and test tables that have no labels, as in competitions; and findings.

    A valid or test table has no labels if it lacks the label columns of train, or if their cells are blank. Raises
    ``DataError`` if the label columns of train are ambiguous, or if a table without labels has another column that
    could hold labels.
    """
    train = [table for table in tables if table.split not in ("valid", "test")]
    if not train or len(train) == len(tables):
        return list(tables), ()
    try:
        labels = choose(tables, asked).labels
    except DataError:
        labels = choose(train, asked).labels
    known = {filled(cell) for table in train for column in labels for cell in table.columns[column]}
    kept: list[Table] = []
    findings = []
    for table in tables:
        if table.split not in ("valid", "test") or _has_labels(table, labels, known):
            kept.append(table)
            continue
        _refuse_renamed(table, train, labels, known - {None, _NO_LABEL})
        findings.append(
            Finding.of(
                "unlabelled-split",
                "warning",
                items=(table.name,),
                table=table.name,
                columns=listed(labels),
                split=table.split,
                rows=len(table.lines),
            )
        )
    return kept, tuple(findings)


def _has_labels(table: Table, columns: Sequence[str], known: set[str | None]) -> bool:
    """Return whether any row of ``table`` has a label; -1 is a label only if train has a class -1."""
    none = {None, _NO_LABEL} - (known - {None})
    for column in columns:
        names = table.class_names.get(column)
        for cell in table.columns.get(column, ()):
            outside = names and isinstance(cell, int) and not 0 <= cell < len(names)
            if not outside and filled(cell) not in none:
                return True
    return False


def _refuse_renamed(table: Table, train: Sequence[Table], columns: Sequence[str], known: Container[str | None]) -> None:
    """Raise ``DataError`` if a column that train lacks has a usual name of labels, or holds mostly labels of train."""
    if any(column in table.columns for column in columns):
        return
    for name, cells in table.columns.items():
        values = [text for cell in cells if (text := filled(cell)) not in (None, _NO_LABEL)]
        if not values or any(name in one.columns for one in train):
            continue
        if usual(name) in (*LABEL_NAMES, *OTHER_LABEL_NAMES) or 2 * sum(text in known for text in values) > len(values):
            raise DataError(
                "label-column-renamed",
                table=table.name,
                missing=listed(columns),
                found=name,
                columns=listed(table.columns),
                train=train[0].name,
                train_columns=listed(train[0].columns),
                column=columns[0],
            )


def with_splits(
    source: Source, places: Mapping[Split, str | Path], read: Callable[[str | Path, Mapping[str, Any]], Source]
) -> Source:
    """Return ``source`` with the data at ``places`` as its valid or test split; ``read`` reads one location.

    Raises ``DataError`` if ``source`` already has such a split, or if tasks or modality differ.
    """
    for split, place in places.items():
        own = sum(named == split for named in source.splits.values())
        if own:
            raise DataError("split-given-twice", name=source.location, split=split, count=own, path=place)
    result, groups = source, dict(source.groups)
    splits: dict[str, Split] = {example.id: source.splits.get(example.id, "train") for example in source.examples}
    for split, place in places.items():
        other = read(place, source.columns)
        examples = _of_other(source, other, split, place)
        taken = {example.id for example in result.examples}
        prefix: str = split
        while any(f"{prefix}/{example.id}" in taken for example in examples):
            prefix = f"{prefix}-"
        groups |= {f"{prefix}/{identity}": group for identity, group in other.groups.items()}
        examples = tuple(replace(example, id=f"{prefix}/{example.id}") for example in examples)
        splits |= dict.fromkeys((example.id for example in examples), split)
        findings = tuple(replace(one, message=f"--{split} {place}: {one.message}") for one in other.findings)
        result = replace(result, examples=(*result.examples, *examples), findings=(*result.findings, *findings))
    return replace(result, splits=splits, groups=groups)


def _of_other(source: Source, other: Source, split: Split, place: str | Path) -> tuple[Example, ...]:
    """Return the examples of ``other`` to use as ``split``, with labels under the task names of ``source``."""
    if other.modality != source.modality:
        raise DataError(
            "split-of-other-modality",
            split=split,
            path=place,
            given=other.modality,
            name=source.location,
            wanted=source.modality,
        )
    tasks = dict(zip(other.tasks, source.tasks, strict=False)) if len(other.tasks) == len(source.tasks) == 1 else None
    if tasks is None and set(other.tasks) != set(source.tasks):
        raise DataError(
            "split-of-other-tasks",
            split=split,
            path=place,
            given=other.tasks,
            name=source.location,
            wanted=source.tasks,
        )
    examples = other.examples
    if other.splits:
        examples = tuple(one for one in examples if other.splits.get(one.id) == split)
    if not any(one.labels for one in examples):
        if other.splits and not examples:
            raise DataError(
                "given-split-lacks-split", split=split, path=place, splits=sorted(set(other.splits.values()))
            )
        raise DataError("given-split-unlabelled", split=split, path=place)
    several = multi_label_of(source.examples, source.tasks)
    return tuple(replace(one, labels=_labels(one, tasks, several)) for one in examples)


def _labels(example: Example, tasks: Mapping[str, str] | None, several: Sequence[str]) -> dict[str, str]:
    """Return the labels of an example under the new task names; tasks in ``several`` (multi-label) get label sets."""
    named = {(tasks or {}).get(task, task): label for task, label in example.labels.items()}
    return {task: LabelSet(label) if task in several else as_one_class(label) for task, label in named.items()}
