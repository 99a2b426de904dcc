"""Write a checked data set as JSON, for another process on the same machine; no pickle.

``dataset_json``: a ``Dataset`` -> plain values for ``json``. ``dataset_from``: these values -> an equal ``Dataset``.
Examples must be paths or texts (``can_be_carried``); bytes, images and arrays in memory cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ghep.data.dataset import Dataset
from ghep.data.image.levels import Levels
from ghep.data.text.loader import Refused, TextPair
from ghep.types import SPLITS, Example, Finding, LabelSet, Number, Quarantined, Split

PLAIN = ("name", "digests", "modality", "places", "groups", "weights", "columns")
"""Fields of a data set that are valid JSON as they are."""


def can_be_carried(dataset: Dataset) -> bool:
    """Return whether every example is a path or a text, which another process can read."""
    kinds = {type(one.raw) for split in SPLITS for one in dataset.examples(split)}
    return all(issubclass(kind, str | Path | Refused) for kind in kinds)


def dataset_json(dataset: Dataset) -> dict[str, Any]:
    """Return ``dataset`` as dicts, lists, strings and numbers, which ``json`` can write."""
    return {
        **{name: getattr(dataset, name) for name in PLAIN},
        "location": str(dataset.location),
        **{split: [_example_json(one) for one in dataset.examples(split)] for split in SPLITS},
        "classes": {task: list(names) for task, names in dataset.classes.items()},
        "findings": [asdict(one) for one in dataset.findings],
        "quarantined": [
            {**asdict(one), "path": None if one.path is None else str(one.path)} for one in dataset.quarantined
        ],
        "seen_copies": {identity: list(copies) for identity, copies in dataset.seen_copies.items()},
        "levels": dataset.levels.to_json(),
    }


def dataset_from(values: Mapping[str, Any]) -> Dataset:
    """Return the data set from ``values``, the output of ``dataset_json``."""
    examples: dict[Split, tuple[Example, ...]] = {split: tuple(map(_example, values[split])) for split in SPLITS}
    return Dataset(
        **{name: values[name] for name in PLAIN},
        location=Path(values["location"]),
        train=examples["train"],
        valid=examples["valid"],
        test=examples["test"],
        classes={task: tuple(names) for task, names in values["classes"].items()},
        findings=tuple(Finding.read(one) for one in values["findings"]),
        quarantined=tuple(_quarantined(one) for one in values["quarantined"]),
        seen_copies={identity: tuple(copies) for identity, copies in values["seen_copies"].items()},
        levels=Levels.from_json(values["levels"]),
    )


def _quarantined(values: Mapping[str, Any]) -> Quarantined:
    found = Quarantined(**values)
    return found if found.path is None else replace(found, path=Path(found.path))


def _example_json(example: Example) -> list[Any]:
    return [example.id, _raw_json(example.raw), {task: _label_json(label) for task, label in example.labels.items()}]


def _label_json(label: str) -> Any:
    if isinstance(label, LabelSet):
        return {"set": str(label)}
    return {"number": str(label)} if isinstance(label, Number) else label


def _label(values: Any) -> str:
    if not isinstance(values, Mapping):
        return str(values)
    return LabelSet(values["set"]) if "set" in values else Number(values["number"])


def _raw_json(raw: Any) -> Any:
    if isinstance(raw, TextPair):
        return {"pair": [raw.first, raw.second]}
    if isinstance(raw, Refused):
        return {"refused": [str(raw.path), raw.reason, raw.detail]}
    return {"path": str(raw)} if isinstance(raw, Path) else str(raw)


def _example(values: tuple[str, Any, Mapping[str, Any]]) -> Example:
    identity, raw, labels = values
    return Example(
        identity,
        _raw(raw),
        {task: _label(label) for task, label in labels.items()},
    )


def _raw(values: Any) -> Any:
    if isinstance(values, str):
        return values
    if "pair" in values:
        return TextPair(*values["pair"])
    if "refused" in values:
        path, reason, detail = values["refused"]
        return Refused(Path(path), reason, detail)
    return Path(values["path"])
