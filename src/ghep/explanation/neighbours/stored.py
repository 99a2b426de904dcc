"""The features of training examples within a few seconds: from stored activations as far as the store has them.

In: a fine-tuned backbone and the examples that it was trained on. Out: their features, or the time that they would
take. A head on frozen features leaves the backbone as it was, so that its features are in the store. Where the last
blocks were fine-tuned, the store has the activations of the blocks before them, and only those last blocks run.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import BatchSource, LabelledExamples, batches_in_order
from ghep.data.loading.views import PLAIN
from ghep.features.frozen import BATCH, FrozenPart, StoredActivations
from ghep.features.store import ActivationStore

READ_BYTES = 2**29
"""Most bytes of activations that are read; features are read whatever their size."""
WARM_UP = 1.0
"""Seconds after which the remaining time is estimated: the first batches of a network are slower than the others."""


def features_within(
    seconds: float, backbone: Backbone, data: LabelledExamples, *, store: ActivationStore | None, workers: int = 2
) -> np.ndarray | float:
    """Return the features (N, D), float32, of ``data``, or the estimated seconds if these are more than ``seconds``.

    Blocks whose activations are not in ``store`` are computed where ``backbone`` is. Stored activations of training
    examples may have been computed in half precision.
    """
    source = _deepest(FrozenPart(backbone, store=store), data)
    if isinstance(source, StoredActivations) and source.boundary == len(backbone.blocks()):
        return source.matrix()
    device = next(backbone.parameters()).device
    features = np.empty((len(data), backbone.feature_dim), dtype=np.float32)
    work = np.ones(len(data)) if data.lengths is None else data.lengths.astype(float)
    began, done = time.perf_counter(), 0.0
    with evaluating(backbone), torch.no_grad():
        for batch in batches_in_order(source, batch_size=BATCH, workers=workers):
            inputs = batch.inputs.to(device)
            found = backbone.forward_from(inputs, batch.boundary) if batch.boundary else backbone(inputs)
            assert isinstance(found, torch.Tensor)
            features[batch.indices] = found.float().cpu().numpy()
            done += float(work[batch.indices].sum()) / float(work.sum())
            spent = time.perf_counter() - began
            if spent > min(WARM_UP, seconds) and spent / done > seconds:
                return spent / done
    return features


def _deepest(part: FrozenPart, data: LabelledExamples) -> BatchSource:
    """Return the activations at the last boundary for which the store has all of ``data``; ``data`` if there is none.

    It does not matter which engine computed them; rows in float32 are preferred.
    """
    digests = tuple(data.digest(place) for place in range(len(data)))
    wanted, last = set(digests), len(part.backbone.blocks())
    for boundary in range(last, 0, -1):
        if boundary < last and len(wanted) * part.row_bytes(data, boundary, half=True) > READ_BYTES:
            continue
        for table in sorted(part.tables(part.cause(data, boundary, PLAIN)), key=lambda one: not one.maker.exact):
            found = table.find(wanted)
            if len(found) == len(wanted):
                return StoredActivations(data, boundary, digests, {(PLAIN, key): row for key, row in found.items()})
    return data
