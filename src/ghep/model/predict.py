"""Compute the logits of a data set. In: a model, and examples or cached activations. Out: task -> logits (N, K).

The logits are float32 and in the order of the data set. All scores and predictions use them. The features that the
logits are computed from may be used as well, batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import BatchSource, batches_in_order
from ghep.data.loading.padded import Inputs, laid_out
from ghep.model.transfer import TransferModel

Forward = Callable[[TransferModel, "Inputs", int], "Inputs"]
"""(model, inputs, boundary) -> features (N, D)."""
UseFeatures = Callable[[np.ndarray, np.ndarray], None]
"""Called with the places (n,) of a batch and its features (n, D), float32."""


def plain_forward(model: TransferModel, inputs: Inputs, boundary: int = 0) -> Inputs:
    """Return features (N, D), computed channels last, which was faster on every processor measured."""
    return model.backbone.forward_from(laid_out(inputs.to(model.device), torch.channels_last), boundary)


def predict_logits(
    model: TransferModel,
    data: BatchSource,
    *,
    batch_size: int = 32,
    workers: int = 2,
    forward: Forward = plain_forward,
    progress: Callable[[int, int], None] | None = None,
    use_features: UseFeatures | None = None,
) -> dict[str, np.ndarray]:
    """Return task -> logits (N, K) float32; restores the mode of every module and the gradient setting afterwards.

    ``use_features`` gets the features of each batch, if the backbone gives one vector per example.
    """
    out = {task.name: np.empty((len(data), task.outputs), dtype=np.float32) for task in model.tasks}
    done = 0
    gradients: AbstractContextManager[object] = torch.no_grad() if torch.is_grad_enabled() else nullcontext()
    with gradients, evaluating(model):
        for batch in batches_in_order(data, batch_size=batch_size, workers=workers):
            features = forward(model, batch.inputs, batch.boundary)
            for task, logits in model.from_features(features).items():
                out[task][batch.indices] = logits.float().cpu().numpy()
            if use_features is not None and not model.backbone.ragged_features:
                assert isinstance(features, torch.Tensor)
                use_features(batch.indices, features.float().cpu().numpy())
            done += len(batch.indices)
            if progress is not None:
                progress(done, len(data))
    return out
