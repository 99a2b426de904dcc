"""Join several data sets into one with several tasks. In: name of a task -> path. Out: a ``Source`` whose examples have
the labels from all data sets that contain the example.

    cars      road/cars           cars/train/car/1.jpg          {"cars": "car"}
    people    road/pedestrians    people/train/person/1.jpg     {"people": "person"}

The same content in several data sets (equal text, equal bytes of a file) is one example with the labels of each. If the
data sets put it into different splits, ``joined_splits.py`` decides.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from os.path import commonpath
from pathlib import Path
from typing import Any, Protocol

from ghep.data.dataset import Part, Source
from ghep.data.numbers import with_numbers
from ghep.data.sources import read
from ghep.data.sources.in_memory import is_in_memory
from ghep.data.splitting.copies import copy_groups
from ghep.data.text.loader import content
from ghep.errors import ConfigError, DataError, GhepError, UserError
from ghep.messages import Message
from ghep.types import Example, Finding, Raw, Split


class InMemory(Protocol):
    """Data in memory: a data frame, a dict of columns, a dataset of Hugging Face or torchvision (``in_memory.py``)."""

    def __getitem__(self, name: Any, /) -> Any:
        """Return the column called ``name``."""


Readable = str | Path | Source | Mapping[str, str | Path] | InMemory
"""Forms of input data: a location, a source, the location of each task, or a table in memory."""

LONGEST_NAME = 60
"""Maximum length of the name of joined sources, which becomes part of a folder name."""
_HELD_OUT = ("test", "valid", "train", None)
_Each = Callable[[Source], Source]


def source_from(data: Readable, *, each: _Each | None = None, **columns: Any) -> Source:
    """Return ``data`` as a source: read from one location, or joined from several.

    ``each`` is a function applied to every source before joining. ``columns`` are the options of ``sources.read`` for
    each location, except ``regression``, which names tasks of the joined source.
    Raises ``DataError``, and ``ConfigError`` for invalid task names.
    """
    if isinstance(data, Mapping) and not is_in_memory(data):
        regression = columns.pop("regression", None)
        return with_numbers(read_tasks(data, each=each, **columns), regression)
    source = with_numbers(data, columns.get("regression")) if isinstance(data, Source) else read(data, **columns)
    return source if each is None else each(source)


def read_tasks(places: Mapping[str, str | Path], *, each: _Each | None = None, **columns: Any) -> Source:
    """Return the data sets of several tasks, joined; ``places``: name -> path, or path:column for a label column.

    A data set with one label column gives one task, called name; with several, the tasks are called ``name.column``.
    >>> read_tasks({"cars": "road/cars", "people": "road/pedestrians"}).tasks  # doctest: +SKIP
    ('cars', 'people')
    """
    _refuse_names(places)
    for split in ("test", "valid"):
        if columns.get(split):
            raise ConfigError("one-split-for-several-tasks", split=split, path=columns[split], count=len(places))
    sources = {name: read_task(name, place, **columns) for name, place in places.items()}
    if each is not None:
        sources = {name: each(source) for name, source in sources.items()}
    return join(sources, {name: str(place) for name, place in places.items()})


def read_task(name: str, place: str | Path, **columns: Any) -> Source:
    """Return the data set of one task, to be joined; ``place`` is a path, or path:column. Errors name the task.

    A path that exists as given, including the colon, is a path.
    """
    text = str(place)
    path, colon, column = text.rpartition(":")
    if colon and path and column and not Path(text).exists() and Path(path).exists():
        text, columns = path, {**columns, "label_columns": (column,)}
    try:
        return read(text, **columns)
    except UserError as error:
        # Re-raise the same error, of whatever class, with a new cause: some classes have more attributes.
        cause = Message(error.code, error.params) if error.code else error.cause
        GhepError.__init__(error, "in-task", task=name, cause=cause, remedy=error.remedy)
        raise


def join(sources: Mapping[str, Source], places: Mapping[str, str] | None = None) -> Source:
    """Return sources of one modality joined into one; ``places``: name -> where the source comes from, for display.

    Raises ``DataError`` for images with texts, ``ConfigError`` for invalid names or two tasks with one name.
    """
    _refuse_names(sources)
    _refuse_mixed(sources)
    parts = [_part(name, source, (places or {}).get(name)) for name, source in sources.items()]
    _refuse_twice([task for part in parts for task in part.tasks])
    together = list(_same_content(parts))
    examples, splits, places_of = _merged(parts, together)
    findings = [
        replace(finding, message=f"{part.name}: {finding.message}") for part in parts for finding in part.findings
    ]
    return Source(
        _name(list(sources)),
        _common([source.location for source in sources.values()]),
        examples,
        splits,
        tuple(task for part in parts for task in part.tasks),
        (*findings, *_shared(parts, together)),
        modality=parts[0].modality,
        parts=tuple(Part(part.name, part.location, part.tasks, places_of[part.name]) for part in parts),
        groups=_joined_groups(parts, together),
        columns=_common_columns(sources.values()),
    )


def _common_columns(sources: Iterable[Source]) -> dict[str, Any]:
    """Return the read options that name columns and are the same in all sources, except those of label columns."""
    every = [source.columns for source in sources]
    return {
        option: column
        for option, column in every[0].items()
        if option != "label_columns" and all(one.get(option) == column for one in every)
    }


def _refuse_names(names: Iterable[str]) -> None:
    names = list(names)
    if not names:
        raise ConfigError("no-task-named")
    for name in names:
        plain = name.isprintable() and name == name.strip() and not set(name) & set("/\\=")
        if not plain or not name.strip("."):
            raise ConfigError("task-name-invalid", name=repr(name))


def _refuse_mixed(sources: Mapping[str, Source]) -> None:
    kinds: dict[str, list[str]] = defaultdict(list)
    for name, source in sources.items():
        kinds[source.modality].append(name)
    if len(kinds) > 1:
        by_modality = [
            Message("tasks-of-modality", {"tasks": names, "modality": modality}) for modality, names in kinds.items()
        ]
        raise DataError("images-and-texts-joined", tasks=by_modality)


def _refuse_twice(tasks: Sequence[str]) -> None:
    twice = [task for task, count in Counter(tasks).items() if count > 1]
    if twice:
        raise ConfigError("tasks-of-one-name", names=twice)


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the joined sources; the ids and tasks in it have the source's name as a prefix."""

    name: str
    location: str
    examples: tuple[Example, ...]
    splits: Mapping[str, Split]
    tasks: tuple[str, ...]
    findings: tuple[Finding, ...]
    modality: Any
    groups: Mapping[str, str]


def _part(name: str, source: Source, place: str | None) -> _Part:
    called = {task: name if len(source.tasks) == 1 else f"{name}.{task}" for task in source.tasks}
    examples = tuple(
        Example(f"{name}/{one.id}", one.raw, {called[task]: label for task, label in one.labels.items()})
        for one in source.examples
    )
    splits = {f"{name}/{identity}": split for identity, split in source.splits.items()}
    groups = {f"{name}/{identity}": group for identity, group in source.groups.items()}
    location = place or str(source.location)
    return _Part(name, location, examples, splits, tuple(called.values()), source.findings, source.modality, groups)


def _same_content(parts: Sequence[_Part]) -> Iterator[tuple[str, ...]]:
    """Yield tuples of ids that become one example because their content is equal, at most one id of each data set.

    If a data set has several copies, a copy in test is matched with a copy in test of the other data set first, and so
    on by split and position. Copies without a match stay separate examples.
    """
    for members in _by_content(parts):
        columns = [
            sorted(ids, key=lambda identity: _HELD_OUT.index(part.splits.get(identity)))
            for part, ids in zip(parts, members, strict=True)
            if ids
        ]
        for together in zip_longest(*columns):
            ids = tuple(identity for identity in together if identity is not None)
            if len(ids) > 1:
                yield ids


def _by_content(parts: Sequence[_Part]) -> Iterator[list[list[str]]]:
    """Yield, for each content in several data sets, a list of the ids in each. Only files of equal size are hashed."""
    sizes = [{one.id: _size(one.raw) for one in part.examples} for part in parts]
    often = Counter(size for found in sizes for size in set(found.values()) - {None})
    found: dict[bytes, list[list[str]]] = {}
    for at, part in enumerate(parts):
        for one in part.examples:
            size = sizes[at][one.id]
            digest = _digest(one.raw) if size is not None and often[size] > 1 else None
            if digest is not None:
                found.setdefault(digest, [[] for _ in parts])[at].append(one.id)
    yield from (members for members in found.values() if sum(map(bool, members)) > 1)


def _size(raw: Raw) -> int | None:
    """Return the size of an example in bytes, None if it is unknown."""
    if isinstance(raw, str):
        return len(content(raw))
    if isinstance(raw, bytes):
        return len(raw) or None  # empty: no image in this row
    try:
        return raw.stat().st_size if isinstance(raw, Path) and raw.is_file() else None
    except (OSError, ValueError):
        return None  # the audit reports the problem


def _digest(raw: Raw) -> bytes | None:
    try:
        data = content(raw) if isinstance(raw, str) else raw.read_bytes() if isinstance(raw, Path) else raw
    except (OSError, ValueError):
        return None
    return hashlib.sha256(data).digest()


def _merged(
    parts: Sequence[_Part], together: Sequence[tuple[str, ...]]
) -> tuple[tuple[Example, ...], dict[str, Split], dict[str, dict[str, Split]]]:
    """Merge each set of ids in ``together`` into one example with the first id.

    Returns the examples, the most held-out split that a data set names for each (test before valid before train), and
    the splits that each data set names.
    """
    first = {identity: ids[0] for ids in together for identity in ids}
    named = {
        part.name: {first.get(identity, identity): split for identity, split in part.splits.items()} for part in parts
    }
    splits: dict[str, Split] = {}
    for held_out in _HELD_OUT:
        for own in named.values():
            for identity, split in own.items():
                if split == held_out:
                    splits.setdefault(identity, split)
    examples: dict[str, Example] = {}
    for part in parts:
        for one in part.examples:
            identity = first.get(one.id, one.id)
            before = examples.get(identity, Example(identity, one.raw))
            examples[identity] = replace(before, labels={**before.labels, **one.labels})
    return tuple(examples.values()), splits, named


def _joined_groups(parts: Sequence[_Part], together: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Return a dict, id -> group, for the joined examples; groups of one name, or that share an example, become one."""
    groups = {identity: group for part in parts for identity, group in part.groups.items()}
    first = {identity: ids[0] for ids in together for identity in ids}
    shared = [[groups[identity] for identity in ids if identity in groups] for ids in together]
    same = copy_groups([names for names in shared if names], [])
    return {first.get(identity, identity): same.get(group, group) for identity, group in groups.items()}


def _shared(parts: Sequence[_Part], together: Sequence[tuple[str, ...]]) -> list[Finding]:
    if not together:
        return []
    part_of = {one.id: part.name for part in parts for one in part.examples}
    shared: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for ids in together:
        shared[tuple(part_of[identity] for identity in ids)].append(" = ".join(ids))
    counts = [Message("count-of-parts", {"count": len(items), "parts": list(names)}) for names, items in shared.items()]
    finding = Finding.of(
        "tasks-share-examples",
        "info",
        items=[item for group in shared.values() for item in group],
        count=sum(map(len, shared.values())),
        modality=parts[0].modality,
        counts="; ".join(map(str, counts)),
    )
    return [finding]


def _name(names: Sequence[str]) -> str:
    whole = "+".join(names)
    return whole if len(whole) <= LONGEST_NAME else f"{names[0]}+{len(names) - 1}-more"


def _common(locations: Sequence[Path]) -> Path:
    """Return the folder that contains all locations, or the first location if only the file system's root does."""
    if len({location.absolute() for location in locations}) == 1:
        return locations[0]
    try:
        common = Path(commonpath([location.absolute() for location in locations]))
    except ValueError:  # different drives
        return locations[0]
    return common if common.parent != common else locations[0]
