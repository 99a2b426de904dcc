"""Read labelled data for a trained model, with the columns and the task names of its training.

In: the tasks of a bundle, a location and read options. Out: a ``Source`` whose tasks are those of the bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.data.sources.options import ReadOptions
from ghep.data.sources.tasks import join, read_task
from ghep.data.sources.trained import as_trained, column_findings, content_column, refusal
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.types import Finding


def labelled_as(
    tasks: tuple[str, ...],
    data: str | Path | Mapping[str, str | Path],
    options: Mapping[str, Any],
    trained: Mapping[str, Any],
) -> Source:
    """Return ``data`` as a source, with the bundle's tasks as its tasks.

    The content column of the bundle's training data and the bundle's task names as label columns are tried first.
    Columns named in ``options`` take precedence. If the table lacks a column of the bundle, the usual names are tried.
    """
    if isinstance(data, Mapping):
        sources = {name: _of_task(tasks, name, place, options, trained) for name, place in data.items()}
        return join(sources, {name: str(place) for name, place in data.items()})
    source = _first_read(lambda attempt: read(data, **attempt), options, trained, labels=tasks)
    source = _with_column_findings(source, options, trained)
    if len(tasks) > 1 or len(source.tasks) > 1 or source.tasks == tasks:
        return source
    (task,), (column,) = tasks, source.tasks
    examples = tuple(
        replace(example, labels=dict(zip(tasks, example.labels.values(), strict=False))) for example in source.examples
    )
    mapped = Finding.of("label-column-mapped", "info", column=column, task=task)
    return replace(source, examples=examples, tasks=tasks, findings=(*source.findings, mapped))


def _first_read(
    read_with: Callable[[dict[str, Any]], Source],
    options: Mapping[str, Any],
    trained: Mapping[str, Any],
    *,
    labels: Sequence[str],
) -> Source:
    """Return the data read with the bundle's content and label columns, or if that fails, without some of them."""
    delimiter = {key: trained[key] for key in ("label_delimiter",) if trained.get(key)}
    errors: list[DataError] = []
    for attempt in as_trained(trained, ReadOptions(**options)):  # type: ignore[typeddict-item]
        for named in ({"label_columns": labels}, {}):
            try:
                return read_with({**delimiter, **named, **attempt})
            except DataError as error:
                errors.append(error)
    raise refusal(errors, trained)


def _with_column_findings(source: Source, options: Mapping[str, Any], trained: Mapping[str, Any]) -> Source:
    column = content_column(source.columns)
    asked = ReadOptions(**options)  # type: ignore[typeddict-item]
    findings = column_findings(column and column[1], trained, asked, source.location.name)
    return replace(source, findings=(*findings, *source.findings))


def _of_task(
    tasks: Sequence[str], name: str, place: str | Path, options: Mapping[str, Any], trained: Mapping[str, Any]
) -> Source:
    """Return the data set at ``place`` for the task ``name`` of the bundle.

    If ``name`` was a table with several label columns in training, its tasks are called ``name.column``, and the data
    set has all of them.
    """
    of_table = tuple(task.removeprefix(f"{name}.") for task in tasks if task.startswith(f"{name}."))
    if name not in tasks and not of_table:
        raise ConfigError("bundle-has-no-task", task=name, hint=did_you_mean(name, tasks))
    source = _first_read(
        lambda attempt: read_task(name, place, **attempt), options, trained, labels=of_table or (name,)
    )
    return _with_column_findings(source, options, trained)
