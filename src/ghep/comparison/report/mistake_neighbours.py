"""The training examples that one model of the recommended contender finds nearest to its worst mistakes.

In: a model, the data of the comparison, and ids of test examples. Out: a few training examples for each. Their features
come from the store of activations; what is not there is computed if that takes a few seconds at most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ghep.comparison.report.words import number
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import Shown, modality_named
from ghep.experiment.prepared import Prepared
from ghep.features.options import FeatureOptions
from ghep.messages import Message
from ghep.types import Number

if TYPE_CHECKING:
    from ghep.explanation.subject import Subject

SHOWN = 6
SECONDS = 5.0
"""Most seconds for the features of training examples; in the store they take none."""


@dataclass(frozen=True)
class TrainingData:
    """The data of a comparison as its runs used them."""

    prepared: Mapping[str, Prepared]
    """Backbone -> the data prepared for it."""
    options: FeatureOptions
    """How the runs computed features, and where their store is."""


@dataclass(frozen=True)
class NearExample:
    """A training example near to a mistake."""

    id: str
    label: str
    distance: float
    """From 0, the same features, to 2; 1 is unrelated."""
    shown: Shown | None
    """None for an image in memory, of which the comparison keeps no file."""
    copy: bool = False
    """Whether the check of the data found that it is a copy, equal or near, of the mistake."""


def mistake_neighbours(
    subject: Subject, prepared: Prepared, options: FeatureOptions, task: str, ids: Collection[str]
) -> dict[str, tuple[NearExample, ...]] | Message:
    """Return id -> the ``SHOWN`` nearest training examples, the nearest first, for test examples of ``prepared``.

    Returns a message that says how long the features would take if that is more than ``SECONDS``. Raises BrokenPromise
    if ``subject`` prepares examples in another way than ``prepared``.
    """
    from ghep.explanation.neighbours.index import nearest, unit
    from ghep.explanation.neighbours.stored import features_within
    from ghep.features.store import opened_store
    from ghep.model.device import device_named

    splits = prepared.labelled((), subject.backbone.preprocess)
    train, asked = splits["train"], _chosen(splits["test"], ids)
    store = opened_store(options.cache_dir, limit_bytes=options.cache_size)[0] if options.cache else None
    with subject.on(device_named(options.device)):
        known = features_within(SECONDS, subject.backbone, train, store=store, workers=options.workers)
        if isinstance(known, float):
            told = {"count": len(train), "seconds": known, "bundle": subject.name}
            return Message("mistake-near-slow", told)
        features = features_within(inf, subject.backbone, asked, store=store, workers=options.workers)
    mean = known.mean(0, dtype=np.float64).astype(np.float32)
    near, places = nearest(1 - unit(np.asarray(features) - mean) @ unit(known - mean).T, SHOWN)
    show = modality_named(prepared.dataset.modality).shown
    found = {}
    for one, distances, chosen in zip(asked.examples, near, places, strict=True):
        copies, examples = prepared.dataset.seen_copies.get(one.id, ()), [train.examples[place] for place in chosen]
        found[one.id] = tuple(
            NearExample(
                each.id,
                _written(each.labels.get(task, "")),
                max(0.0, float(distance)),
                show(each.raw, small=True) if isinstance(each.raw, str | Path | bytes) else None,
                each.id in copies,
            )
            for distance, each in zip(distances, examples, strict=True)
        )
    return found


def _chosen(data: LabelledExamples, ids: Collection[str]) -> LabelledExamples:
    """Return those of ``data`` that are called ``ids``."""
    places = [place for place, one in enumerate(data.examples) if one.id in ids]
    lengths = None if data.lengths is None else data.lengths[places]
    return replace(data, examples=tuple(data.examples[place] for place in places), lengths=lengths)


def _written(label: str | Number) -> str:
    return number(float(label)) if isinstance(label, Number) else str(label)
