"""The examples of a bundle's run: found next to the bundle, or read from a location, and divided as the run did.

In: a bundle, and a location of data or None. Out: split -> labelled examples. A run folder records the location of its
data and, in ``predictions.csv``, which examples were in valid and test.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.loading import batches
from ghep.data.modalities import refuse_other, refuse_other_form
from ghep.data.sources.labelled import labelled_as
from ghep.errors import ConfigError
from ghep.model.bundle import Bundle
from ghep.storage.text import read_json
from ghep.types import Example

Location = str | Path | Mapping[str, str | Path]
HEADLINE = ("test", "valid", "all")
"""Splits in the order in which one is chosen to compare answers on."""


def run_data(
    bundle: Bundle, data: Location | None = None, options: Mapping[str, Any] | None = None
) -> dict[str, tuple[Example, ...]]:
    """Return split -> examples of ``data``, read with ``options`` (columns of a table and so on).

    With None, the data of the bundle's run are read again, if they are still where they were; otherwise the result is
    empty. Splits are those of the run, or for other data those that the data have; else there is one split, ``all``.
    Raises DataError for data that cannot be read.
    """
    record = _record(bundle.folder.parent)
    location = record.get("data") if data is None else data
    if not location or not _exists(location):
        if data is not None:
            raise ConfigError("export-data-missing", data=str(data))
        return {}
    read = record.get("options", {}).get("read", {}) if data is None else options or {}
    asked = {name: value for name, value in read.items() if value not in (None, [], ())}
    preprocess = bundle.model.backbone.preprocess
    source = labelled_as(tuple(task.name for task in bundle.model.tasks), location, asked, bundle.columns)
    refuse_other(source.name, source.modality, preprocess.modality, who="bundle")
    refuse_other_form(source.name, source.examples, pairs=preprocess.pairs)
    return _split(source.examples, _splits_of_run(bundle.folder.parent), source.splits)


def refitted(bundle: Bundle) -> bool:
    """Return whether the heads of the bundle's run were fitted on valid too (``--refit``)."""
    return bool(_record(bundle.folder.parent).get("options", {}).get("refit"))


def headline(splits: Mapping[str, Sequence[Example]]) -> tuple[str, tuple[Example, ...]]:
    """Return the split to compare answers on, and its examples; an empty name if there are none."""
    name = next((one for one in HEADLINE if splits.get(one)), "")
    return name, tuple(splits.get(name, ()))


def spaced(examples: Sequence[Example], most: int) -> list[Example]:
    """Return ``most`` of ``examples``, evenly spaced; all, if there are fewer."""
    return [examples[place] for place in batches.spaced(len(examples), most)]


def _split(
    examples: Sequence[Example], of_run: Mapping[str, str], of_source: Mapping[str, str]
) -> dict[str, tuple[Example, ...]]:
    """Return split -> examples: as the run divided them if these are its data, else as the data do."""
    known = bool(of_run) and of_run.keys() <= {one.id for one in examples}
    found: dict[str, list[Example]] = {}
    for one in examples:
        name = of_run.get(one.id, "train") if known else of_source.get(one.id, "all")
        found.setdefault(name, []).append(one)
    return {name: tuple(part) for name, part in found.items() if name != "left out"}


def _splits_of_run(folder: Path) -> dict[str, str]:
    """Return id -> split of the examples that the run scored, and ``left out`` for those that it could not use."""
    found = {row["id"]: row["split"] for row in _rows(folder / "predictions.csv") if row.get("split")}
    return {**{row["id"]: "left out" for row in _rows(folder / "quarantine.csv") if row.get("id")}, **found}


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _record(folder: Path) -> Mapping[str, Any]:
    try:
        record = read_json(folder / "config.json", error=ConfigError, what="the record of the run")
    except ConfigError:
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("options", {}), dict) else {}


def _exists(location: Any) -> bool:
    places = list(location.values()) if isinstance(location, Mapping) else [location]
    return all(isinstance(one, str | Path) and Path(one).exists() for one in places)
