"""One pass of a frozen backbone over a data set: examples in, a table of features out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loader import LabelledExamples, batches_in_order

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FeatureTable:
    """Features of one split, in the order of its examples."""

    ids: tuple[str, ...]
    features: np.ndarray
    """float32 (N, D)."""
    targets: Mapping[str, np.ndarray]


def extract(
    backbone: Backbone,
    data: LabelledExamples,
    *,
    batch_size: int = 32,
    workers: int = 2,
    progress: Progress | None = None,
) -> FeatureTable:
    """Run ``backbone`` over ``data`` once, in eval mode and without gradients, in float32."""
    features = np.empty((len(data), backbone.feature_dim), dtype=np.float32)
    device = next(backbone.parameters()).device
    # no_grad, not inference_mode: heads are trained on these tensors afterwards.
    with torch.no_grad(), evaluating(backbone):
        for batch in batches_in_order(data, batch_size=batch_size, workers=workers):
            inputs = batch.inputs.to(device).contiguous(memory_format=torch.channels_last)
            features[batch.indices] = backbone(inputs).float().cpu().numpy()
            if progress is not None:
                progress(int(batch.indices[-1]) + 1, len(data))
    ids = tuple(example.id for example in data.examples)
    return FeatureTable(ids, features, data.targets)
