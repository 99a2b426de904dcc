"""Read labelled source data, ``--source-data``: examples of the classes that a backbone was pretrained on.

In: a location, a backbone and its source head. Out: ``SourceData``, whose targets are outputs of that head.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ghep.backbone.base import Backbone
from ghep.backbone.source_head import SourceHead
from ghep.backbone.source_labels import outputs_of_labels, source_labels
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import modality_named, refuse_other
from ghep.data.sources.tasks import source_from
from ghep.errors import ConfigError, DataError
from ghep.guards.forgetting import SOURCE, SourceData
from ghep.messages import Message
from ghep.types import Finding

SHOWN = 5


def read_source_data(
    location: str | Path, backbone: Backbone, head: SourceHead | Message, *, limit_bytes: int, workers: int = 2
) -> SourceData:
    """Return the labelled examples at ``location``, a folder with a folder per class or a table, as source data.

    A label is the name of a source class, a synonym, its WordNet id or its index. Examples whose label means no class,
    or several, are left out with a finding, and so are unusable files. Raises ConfigError if the backbone has no source
    head, DataError if the data have several tasks, no usable example or no known label.
    """
    name = backbone.card.name
    if isinstance(head, Message):
        raise ConfigError("source-data-without-head", name=name, data=location, cause=head)
    source = source_from(location)
    preprocess = backbone.preprocess
    refuse_other(source.name, source.modality, preprocess.modality, who=name)
    if len(source.tasks) != 1:
        raise DataError("source-data-several-tasks", data=location, tasks=list(source.tasks))
    labels = {one.id: str(one.labels[source.tasks[0]]) for one in source.examples if one.labels}
    classes, findings = source_labels(name, backbone.card.source_labels, len(head.weight))
    outputs = outputs_of_labels(classes, list(labels.values()))
    unknown = {one: label for one, label in labels.items() if label not in outputs}
    if len(unknown) == len(labels):
        found = list(dict.fromkeys(labels.values()))
        raise DataError(
            "source-data-unknown-labels", data=location, count=len(found), name=name, examples=found[:SHOWN]
        )
    if unknown:
        left_out = list(dict.fromkeys(unknown.values()))
        findings += (
            Finding.of("source-labels-left-out", "warning", items=unknown, count=len(unknown), labels=left_out[:SHOWN]),
        )
    known = tuple(one for one in source.examples if labels.get(one.id) in outputs)
    store = preprocess.prepared_store(limit_bytes=limit_bytes, measure=False)
    audit = modality_named(source.modality).audit
    bad = {one.id for one in audit.scan(known, keep=store, workers=workers).quarantined}
    usable = tuple(one for one in known if one.id not in bad)
    if not usable:
        raise DataError("no-usable-labelled-example", cause=Message("source-data-unusable"), things=audit.things)
    if bad:
        findings += (Finding.of("source-files-left-out", "warning", items=sorted(bad), count=len(bad)),)
    targets = np.array([outputs[labels[one.id]] for one in usable], dtype=np.int64)
    examples = LabelledExamples(usable, {SOURCE: targets}, store, preprocess, lengths=store.lengths(usable))
    return SourceData(examples, source.name, findings)
