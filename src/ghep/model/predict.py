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
from ghep.data.loading.padded import Inputs, laid_out, on_device
from ghep.model.device import exact_float32
from ghep.model.transfer import TransferModel
from ghep.team import Team

Forward = Callable[[TransferModel, "Inputs", int], "Inputs"]
"""(model, inputs, boundary) -> features (N, D)."""
UseFeatures = Callable[[np.ndarray, np.ndarray], None]
"""Called with the places (n,) of a batch and its features (n, D), float32."""


def plain_forward(model: TransferModel, inputs: Inputs, boundary: int = 0) -> Inputs:
    """Return features (N, D), computed channels last, which was faster on every processor measured."""
    inputs = laid_out(on_device(inputs, model.device), torch.channels_last)
    with exact_float32(model.device):
        return model.backbone.forward_from(inputs, boundary)


def predict_logits(
    model: TransferModel,
    data: BatchSource,
    *,
    batch_size: int = 32,
    workers: int = 2,
    forward: Forward = plain_forward,
    progress: Callable[[int, int], None] | None = None,
    use_features: UseFeatures | None = None,
    team: Team | None = None,
) -> dict[str, np.ndarray]:
    """Return task -> logits (N, K) float32; restores the mode of every module and the gradient setting afterwards.

    ``use_features`` gets the features of each batch, if the backbone gives one vector per example. If the memory of the
    device runs out, batches are computed in parts (``model.at_once``); ConfigError if not even one example fits. The
    processes of a ``team`` compute the batches in turn, and each returns all logits.
    """
    out = {task.name: np.zeros((len(data), task.outputs), dtype=np.float32) for task in model.tasks}
    done, keep = 0, use_features is not None and not model.backbone.ragged_features
    every = slice(None) if team is None else slice(team.rank, None, team.size)

    def answers(inputs: Inputs) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        features = forward(model, inputs, data.boundary)
        logits = {task: one.float().cpu().numpy() for task, one in model.from_features(features).items()}
        return logits, features.float().cpu().numpy() if keep and isinstance(features, torch.Tensor) else None

    gradients: AbstractContextManager[object] = torch.no_grad() if torch.is_grad_enabled() else nullcontext()
    with gradients, evaluating(model):
        for batch in batches_in_order(data, batch_size=batch_size, workers=workers, every=every):
            first = 0
            for found, features in model.at_once.run(answers, batch.inputs, model.device):
                places = batch.indices[first : first + len(next(iter(found.values())))]
                first += len(places)
                for task, logits in found.items():
                    out[task][places] = logits
                if use_features is not None and features is not None:
                    use_features(places, features)
            done += len(batch.indices)
            if progress is not None:
                progress(done, len(data))
    if team is not None:
        for logits_of_all in out.values():
            team.sum(torch.from_numpy(logits_of_all))  # in place: the rows of the other processes are zero
    return out
