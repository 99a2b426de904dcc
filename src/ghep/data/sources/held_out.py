"""Valid and test splits that lie elsewhere are added, those without labels passed over. In, out: tables or a source."""

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
"""What Hugging Face writes for labels that are kept secret."""


def without_unlabelled(tables: Sequence[Table], asked: Columns) -> tuple[list[Table], tuple[Finding, ...]]:
    """Take tables of valid and test out that have no labels, as competitions hand them out.

    Where train has its label columns and such a table has none of them, or nothing in them, it can be neither scored
    nor chosen by. Raises ``DataError`` for columns of train that cannot be settled, and for such a table with a column
    of its own that could hold its labels.
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
        message = f"{table.name} has no labels ({listed(labels)}) and was passed over: {table.split} is"
        message += f" not scored on its {len(table.lines)} rows"
        remedy = f"nothing to do; predict them with ghep predict BUNDLE {table.name}"
        findings.append(Finding("unlabelled-split", "warning", message, remedy, (table.name,)))
    return kept, tuple(findings)


def _has_labels(table: Table, columns: Sequence[str], known: set[str | None]) -> bool:
    """Tell whether ``table`` has a label; -1 is none where train has no class -1."""
    none = {None, _NO_LABEL} - (known - {None})
    for column in columns:
        names = table.class_names.get(column)
        for cell in table.columns.get(column, ()):
            outside = names and isinstance(cell, int) and not 0 <= cell < len(names)
            if not outside and filled(cell) not in none:
                return True
    return False


def _refuse_renamed(table: Table, train: Sequence[Table], columns: Sequence[str], known: Container[str | None]) -> None:
    """Raise ``DataError`` if a column that train lacks is called as labels are, or holds mostly the labels of train."""
    if any(column in table.columns for column in columns):
        return
    for name, cells in table.columns.items():
        values = [text for cell in cells if (text := filled(cell)) not in (None, _NO_LABEL)]
        if not values or any(name in one.columns for one in train):
            continue
        if usual(name) in (*LABEL_NAMES, *OTHER_LABEL_NAMES) or 2 * sum(text in known for text in values) > len(values):
            raise DataError(
                f"{table.name} has no column {listed(columns)}, and its labels could be in {name!r}: its columns are "
                f"{listed(table.columns)}, those of {train[0].name} are {listed(train[0].columns)}",
                remedy=f"name the columns of {table.name} as those of {train[0].name}: rename {name!r} to "
                f"{columns[0]!r}; if {name!r} holds no labels, remove it or give {train[0].name} alone",
            )


def with_splits(
    source: Source, places: Mapping[Split, str | Path], read: Callable[[str | Path, Mapping[str, Any]], Source]
) -> Source:
    """Return ``source`` with what lies at ``places`` as its valid or test split; ``read`` reads one of them.

    Raises ``DataError`` where ``source`` has such a split of its own, and where tasks or modality differ.
    """
    for split, place in places.items():
        own = sum(named == split for named in source.splits.values())
        if own:
            raise DataError(
                f"{source.location} has a {split} split of its own ({own} examples), and --{split} {place} was given",
                remedy=f"leave --{split} out, or give the train split alone as DATA",
            )
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
        said = tuple(replace(one, message=f"--{split} {place}: {one.message}") for one in other.findings)
        result = replace(result, examples=(*result.examples, *examples), findings=(*result.findings, *said))
    return replace(result, splits=splits, groups=groups)


def _of_other(source: Source, other: Source, split: Split, place: str | Path) -> tuple[Example, ...]:
    """Return the examples of ``other`` that are of ``split``, with labels under the tasks of ``source``."""
    if other.modality != source.modality:
        cause = f"--{split} {place} holds {other.modality}s, {source.location} {source.modality}s"
        raise DataError(cause, remedy="give both as images or both as texts")
    tasks = dict(zip(other.tasks, source.tasks, strict=False)) if len(other.tasks) == len(source.tasks) == 1 else None
    if tasks is None and set(other.tasks) != set(source.tasks):
        cause = f"--{split} {place} has labels in {', '.join(other.tasks)}, {source.location} in "
        raise DataError(cause + ", ".join(source.tasks), remedy="name columns that both have: --label")
    examples = other.examples
    if other.splits:
        examples = tuple(one for one in examples if other.splits.get(one.id) == split)
    if not any(one.labels for one in examples):
        found = ", ".join(sorted(set(other.splits.values())))
        cause = f"--{split} {place} has splits of its own ({found}), none of them {split}" if other.splits else ""
        raise DataError(
            cause if cause and not examples else f"--{split} {place} has no labels: there is nothing to score on",
            remedy=f"leave --{split} out; predict what has no labels with ghep predict",
        )
    several = multi_label_of(source.examples, source.tasks)
    return tuple(replace(one, labels=_labels(one, tasks, several)) for one in examples)


def _labels(example: Example, tasks: Mapping[str, str] | None, several: Sequence[str]) -> dict[str, str]:
    """Return the labels of an example under other names, as sets of classes for the tasks in ``several`` only."""
    named = {(tasks or {}).get(task, task): label for task, label in example.labels.items()}
    return {task: LabelSet(label) if task in several else as_one_class(label) for task, label in named.items()}
