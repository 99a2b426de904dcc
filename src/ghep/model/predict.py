"""Compute the logits of a data set. In: a model, and examples or cached activations. Out: task -> logits (N, K).

The logits are float32 and in the order of the data set. All scores and predictions use them.
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

Forward = Callable[[TransferModel, "Inputs", int], dict[str, torch.Tensor]]
"""(model, inputs, boundary) -> task -> logits."""


def plain_forward(model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
    """Return task -> logits (N, K) float32, computed channels last, which was faster on every processor measured."""
    logits: dict[str, torch.Tensor] = model(laid_out(inputs.to(model.device), torch.channels_last), boundary)
    return logits


def predict_logits(
    model: TransferModel,
    data: BatchSource,
    *,
    batch_size: int = 32,
    workers: int = 2,
    forward: Forward = plain_forward,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, np.ndarray]:
    """Return task -> logits (N, K) float32; restores the mode of every module and the gradient setting afterwards."""
    out = {task.name: np.empty((len(data), task.outputs), dtype=np.float32) for task in model.tasks}
    done = 0
    gradients: AbstractContextManager[object] = torch.no_grad() if torch.is_grad_enabled() else nullcontext()
    with gradients, evaluating(model):
        for batch in batches_in_order(data, batch_size=batch_size, workers=workers):
            for task, logits in forward(model, batch.inputs, batch.boundary).items():
                out[task][batch.indices] = logits.float().cpu().numpy()
            done += len(batch.indices)
            if progress is not None:
                progress(done, len(data))
    return out
