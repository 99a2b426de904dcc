"""The classifier of a backbone's source task, read from the weight file; a backbone is loaded without this classifier.

The transferability scores LEEP and NCE are computed from its predictions on the target data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import find
from ghep.backbone.weights import head_in, read_weights
from ghep.messages import Message


@dataclass(frozen=True)
class SourceHead:
    """A linear classifier of Z source classes, ``softmax(features @ weight.T + bias)``: weight (Z, D), bias (Z,)."""

    weight: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of the source classes, float64 (N, Z), for ``features`` (N, D)."""
        found: np.ndarray = softmax((features @ self.weight.T + self.bias).astype(np.float64), axis=1)
        return found


def source_head(name: str, backbone: Backbone) -> SourceHead | Message:
    """Return the classifier in the weight file of the backbone ``name``; if there is none, a message that says why."""
    blueprint = find(name)
    if blueprint is None:  # text backbones and word vectors were not pretrained as classifiers
        return Message("source-head-none")
    if blueprint.weights is None:
        return Message("source-head-hub" if backbone.card.pretrained else "source-head-no-weights")
    state = read_weights(blueprint.weights) if blueprint.state is None else dict(blueprint.state)
    if blueprint.prefix:
        heads = {name: tensor for name, tensor in state.items() if name.startswith("heads.")}
    else:
        heads = head_in(backbone.net, state)
    fitting = [name for name, one in heads.items() if one.ndim == 2 and one.shape[1] == backbone.feature_dim]
    if len(fitting) != 1:
        return Message("source-head-ambiguous", {"count": len(fitting)})
    weight = heads[fitting[0]].numpy()
    bias = heads.get(fitting[0].removesuffix("weight") + "bias")
    return SourceHead(weight, np.zeros(len(weight), np.float32) if bias is None else bias.numpy())
