"""The classifier a backbone had on its source task: what LEEP and NCE ask. A backbone is loaded without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import find
from ghep.backbone.weights import head_in, read_weights


@dataclass(frozen=True)
class SourceHead:
    """``softmax(features @ weight.T + bias)``: weight (Z, D), bias (Z,)."""

    weight: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(N, D) -> (N, Z), float64."""
        found: np.ndarray = softmax((features @ self.weight.T + self.bias).astype(np.float64), axis=1)
        return found


def source_head(name: str, backbone: Backbone) -> SourceHead | str:
    """Return the classifier in the file that ``name`` was loaded from; else, in words, why there is none."""
    blueprint = find(name)
    if blueprint is None:  # text backbones and word vectors: none of them classified anything
        return "it was not raised to tell classes apart"
    if blueprint.weights is None:
        return (
            "its weights come from a hub, without their classifier" if backbone.card.pretrained else "it has no weights"
        )
    state = read_weights(blueprint.weights) if blueprint.state is None else dict(blueprint.state)
    if blueprint.prefix:
        left = {name: tensor for name, tensor in state.items() if name.startswith("heads.")}
    else:
        left = head_in(backbone.net, state)
    fitting = [name for name, one in left.items() if one.ndim == 2 and one.shape[1] == backbone.feature_dim]
    if len(fitting) != 1:
        return f"its file holds {len(fitting)} classifiers of its features"
    weight = left[fitting[0]].numpy()
    bias = left.get(fitting[0].removesuffix("weight") + "bias")
    return SourceHead(weight, np.zeros(len(weight), np.float32) if bias is None else bias.numpy())
