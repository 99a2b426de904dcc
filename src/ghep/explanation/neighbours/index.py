"""The features of the training examples of a model, searched exactly.

In: a ``Subject`` and the location of its training data. Out: a ``TrainingIndex``. Training examples are recognised by
the digests that the bundle has of them, so any copy of the data will do. Features come from the store of activations if
it has them; otherwise they are computed. The index is saved next to the bundle (``bundle-neighbours/``: safetensors and
JSON, verified by hash) and used again as long as weights, preprocessing and location are the same.

Distance is one minus the cosine of centred features: each feature minus its mean over the training examples. Features
after a ReLU are positive, so that without the mean all cosines are large, and 0 does not mean unrelated. Dividing by
standard deviations found fewer neighbours of the same class in each of the data sets of ``scripts/bench neighbours``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghep.backbone.base import Backbone
from ghep.data.dataset import Source
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import modality_named, refuse_other, refuse_other_form
from ghep.data.sources.labelled import labelled_as
from ghep.data.sources.tasks import source_from
from ghep.data.text.loader import load_text
from ghep.errors import BadText, BundleError, ConfigError, DataError, GhepError
from ghep.explanation.subject import Subject
from ghep.features.frozen import FrozenPart
from ghep.features.store import opened_store
from ghep.messages import Message
from ghep.reporter import Reporter
from ghep.storage.folder import MANIFEST, read_folder, write_folder
from ghep.storage.tensors import write_arrays
from ghep.storage.text import json_of, plain, read_json, reason, write_json_atomic
from ghep.types import Example, Finding, Modality

REVISION = 2
FILES = ("features.safetensors", "examples.json")
ARRAYS = ("rows", "mean")
SHOWN_CHARACTERS = 400
"""Characters of a training text that the index holds."""


@dataclass(frozen=True, eq=False)
class TrainingIndex:
    """N training examples and their features."""

    data: str
    """The location."""
    rows: np.ndarray
    """(N, D) float32: features minus ``mean``, scaled to length 1."""
    mean: np.ndarray
    """(D,) float32: the mean of the features of the N examples."""
    ids: tuple[str, ...]
    labels: tuple[Mapping[str, str], ...]
    """Task -> label of each example."""
    digests: tuple[str, ...]
    """SHA-256 of the content of each example."""
    shown: tuple[str, ...]
    """The path of an image, or the beginning of a text; empty if there is neither."""
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        """Return N."""
        return len(self.ids)

    def unit(self, features: np.ndarray) -> np.ndarray:
        """Return features (M, D) minus the mean, scaled to length 1, float32."""
        return unit(features - self.mean)

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Return the distance (M, N) of each example to each row of ``features`` (M, D), from 0 to 2."""
        return np.asarray(1 - self.unit(features) @ self.rows.T)

    def nearest(self, features: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ``count`` nearest examples of each of ``features`` (M, D): distances and places, both (M, count).

        The nearest is first; of equally near ones, the first.
        """
        return nearest(self.distances(features), count)


def nearest(distances: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``count`` smallest of each row of ``distances`` (M, N) in ascending order, and their places."""
    count = min(count, distances.shape[1])
    places = np.argpartition(distances, count - 1, axis=1)[:, :count]
    places.sort(axis=1)
    found = np.take_along_axis(distances, places, axis=1)
    order = np.argsort(found, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(places, order, axis=1)


def unit(rows: np.ndarray) -> np.ndarray:
    """Return ``rows`` (N, D) scaled to length 1, float32; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def training_index(
    subject: Subject, *, data: str | Path | None = None, workers: int = 2, reporter: Reporter
) -> TrainingIndex:
    """Return the index of the training examples of ``subject``: the saved one, or a new one, which is saved.

    ``data`` is the location of the training data; None: the one in the record of the run, next to the bundle. If none
    of the examples there was used in training, all of them are used, with a finding. Raises ConfigError if no location
    is known, DataError if the data cannot be used.
    """
    location, options = _location(subject, data)
    folder = _folder(subject)
    key = _key(subject, location)
    found = None if folder is None else _read(folder, key)
    if found is None:
        found = _computed(subject, location, options, workers, reporter)
        if folder is not None:
            found = _saved(found, folder, key)
    return found


def _location(subject: Subject, data: str | Path | None) -> tuple[Any, Mapping[str, Any]]:
    """Return the location of the training data, and the options with which it was read."""
    if data is not None:
        return str(data), {}
    record = {} if subject.bundle is None else _record(subject.bundle.folder.parent / "config.json")
    location = record.get("data")
    places = list(location.values()) if isinstance(location, Mapping) else [location]
    if not all(isinstance(one, str) and one and Path(one).exists() for one in places):
        missing = [str(one) for one in places if isinstance(one, str) and one]
        raise ConfigError("similar-without-data", name=subject.name, places=missing, count=len(missing))
    read = record.get("options", {})
    read = read.get("read", {}) if isinstance(read, Mapping) else {}
    return location, {name: value for name, value in read.items() if value not in (None, [], "")}


def _record(path: Path) -> Mapping[str, Any]:
    with suppress(GhepError):
        found = read_json(path, error=ConfigError, what="config.json")
        if isinstance(found, Mapping):
            return found
    return {}


def _source(subject: Subject, location: Any, options: Mapping[str, Any]) -> Source:
    if subject.bundle is None:
        return source_from(location, **options)
    names = tuple(task.name for task in subject.bundle.model.tasks)
    return labelled_as(names, location, options, subject.bundle.columns)


def _computed(
    subject: Subject, location: Any, options: Mapping[str, Any], workers: int, reporter: Reporter
) -> TrainingIndex:
    source = _source(subject, location, options)
    preprocess = subject.backbone.preprocess
    refuse_other(source.name, source.modality, preprocess.modality, who="bundle")
    refuse_other_form(source.name, source.examples, pairs=preprocess.pairs)
    store = preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES, measure=False)
    labelled = tuple(one for one in source.examples if one.labels)
    seen = modality_named(source.modality).audit.scan(
        labelled, keep=store, workers=workers, progress=lambda done, total: reporter.progress("read", done, total)
    )
    digests = {fact.id: fact.digest.hex() for fact in seen.facts}
    usable = [one for one in labelled if one.id in digests]
    used, findings = _trained_on(subject, source, usable, digests)
    if not used:
        raise DataError("similar-no-examples", data=source.name)
    data = LabelledExamples(tuple(used), {}, store, preprocess, digests, store.lengths(used))
    features = features_of(subject.backbone, data, workers=workers, reporter=reporter)
    mean = features.mean(0, dtype=np.float64).astype(np.float32)
    return TrainingIndex(
        str(location),
        unit(features - mean),
        mean,
        tuple(one.id for one in used),
        tuple({task: str(label) for task, label in one.labels.items()} for one in used),
        tuple(digests[one.id] for one in used),
        tuple(shown_of(one, source.modality) for one in used),
        findings,
    )


def features_of(backbone: Backbone, data: LabelledExamples, *, workers: int, reporter: Reporter) -> np.ndarray:
    """Return the features (N, D), float32, of ``data``: from the store of activations, or computed and stored."""
    kept, _ = opened_store(None, limit_bytes=DEFAULT_LIMIT_BYTES)
    return FrozenPart(backbone, store=kept, workers=workers, progress=reporter.progress).features(data)


def _trained_on(
    subject: Subject, source: Source, usable: Sequence[Example], digests: Mapping[str, str]
) -> tuple[list[Example], tuple[Finding, ...]]:
    """Return the examples that were used in training, and a finding unless these are all of them."""
    known = set(subject.bundle.seen.get("train", ())) if subject.bundle is not None else set()
    length = len(next(iter(known), ""))
    used = [one for one in usable if known and digests[one.id][:length] in known]
    found = len({digests[one.id][:length] for one in used})
    if found == len(known) and known:
        return used, ()
    told: dict[str, Any] = {"data": source.name, "found": found, "count": len(known), "examples": len(usable)}
    if used:
        return used, (Finding.of("training-examples-missing", "warning", **told),)
    return list(usable), (Finding.of("not-training-data", "warning" if known else "info", **told),)


def shown_of(example: Example, modality: Modality) -> str:
    """Return what a page needs to show an example: the path of an image, or the beginning of a text."""
    if modality == "text" and isinstance(example.raw, Path):
        with suppress(BadText):
            return load_text(example.raw)[:SHOWN_CHARACTERS]
        return ""
    if isinstance(example.raw, Path):
        return str(example.raw.absolute())
    return example.raw[:SHOWN_CHARACTERS] if isinstance(example.raw, str) else ""


def _folder(subject: Subject) -> Path | None:
    """Return where the index is saved; None for a backbone, whose activations are in the store."""
    if subject.bundle is None:
        return None
    folder = subject.bundle.folder
    return folder.with_name(f"{folder.name}-neighbours")


def _key(subject: Subject, location: Any) -> str:
    """Return a hash of all that determines the index: weights, preprocessing, training examples and location."""
    seen = {} if subject.bundle is None else subject.bundle.seen
    parts = [REVISION, subject.backbone.fingerprint(), subject.backbone.preprocess.identity(), location, plain(seen)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _read(folder: Path, key: str) -> TrainingIndex | None:
    """Return the index in ``folder``; None if there is none, if it is damaged, or if it is of something else."""
    if not (folder / MANIFEST).is_file():
        return None
    what = Message("similar-index")
    try:
        files = read_folder(folder, error=BundleError, what=what, required=FILES, wanted=FILES)
        content = json_of(files["examples.json"], folder / "examples.json", error=BundleError, what=what)
        if content["key"] != key:
            return None
        from safetensors.numpy import load

        arrays = load(files["features.safetensors"])
        ids, labels, digests, shown = (tuple(content[name]) for name in ("ids", "labels", "digests", "shown"))
        findings = tuple(Finding.of(one["code"], one["severity"], **one["params"]) for one in content["findings"])
        found = TrainingIndex(content["data"], arrays["rows"], arrays["mean"], ids, labels, digests, shown, findings)
    except (GhepError, KeyError, TypeError, ValueError):
        return None
    return found if {len(one) for one in (ids, labels, digests, shown)} == {len(found.rows)} else None


def _saved(index: TrainingIndex, folder: Path, key: str) -> TrainingIndex:
    """Save ``index``; return it, with a finding if that is not possible."""
    content = {
        "key": key,
        "data": index.data,
        "ids": index.ids,
        "labels": index.labels,
        "digests": index.digests,
        "shown": index.shown,
        "findings": [{"code": one.code, "severity": one.severity, "params": one.params} for one in index.findings],
    }
    try:
        with write_folder(folder) as temporary:
            write_arrays(temporary / FILES[0], {name: getattr(index, name) for name in ARRAYS})
            write_json_atomic(temporary / FILES[1], plain(content))
    except (OSError, ConfigError) as error:
        from dataclasses import replace

        cause = reason(error) if isinstance(error, OSError) else error.cause
        said = Finding.of("similar-index-not-saved", "info", folder=folder, cause=cause)
        return replace(index, findings=(*index.findings, said))
    return index
