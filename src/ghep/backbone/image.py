"""Image backbones: a network over pixels, split into blocks by tracing a forward pass.

``blocks.py`` finds the blocks, ``boundary.py`` runs up to and from a boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blocks import find_blocks, output_of
from ghep.backbone.boundary import keep_layout, outputs_of, run_at, run_from, run_from_module, run_to_module
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.padded import Inputs
from ghep.errors import BackboneError, ConfigError
from ghep.types import Finding


class ImageBackbone(Backbone):
    """A backbone for images; ``forward``: pixels (N, 3, H, W) -> features (N, D)."""

    preprocess: ImagePreprocess

    def __init__(
        self,
        net: nn.Module,
        *,
        architecture: Architecture,
        preprocess: ImagePreprocess,
        card: Card,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        super().__init__(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
        example = torch.zeros(1, 3, preprocess.height, preprocess.width)
        features = output_of(net, example)
        if features.ndim != 2:
            raise BackboneError("features-not-flat", name=card.name, shape=tuple(features.shape))
        self.feature_dim = int(features.shape[1])
        self._blocks = find_blocks(net, example)
        keep_layout(net, self._blocks)

    def forward_at(self, inputs: Inputs, boundaries: Sequence[int]) -> list[Inputs]:
        """Return the activation (N, ...) at each of ``boundaries``, from one pass."""
        assert isinstance(inputs, torch.Tensor)
        return list(run_at(self.net, self._blocks, inputs, [self._checked(k) for k in boundaries]))

    def forward_from(self, activation: Inputs, k: int) -> Inputs:
        """Run the blocks after boundary ``k`` on its activation; return the features (N, D).

        At the last boundary, the activation is the features.
        """
        if self._checked(k) == len(self._blocks):
            return activation
        assert isinstance(activation, torch.Tensor)
        size = (self.preprocess.height, self.preprocess.width)
        return run_from(self.net, self._blocks, activation, k, size=size)

    def row_elements(self, k: int) -> int:
        """Return the number of elements of one image's activation at boundary ``k``."""
        return self.feature_dim if k == len(self._blocks) else int(np.prod(self._blocks[k - 1].shapes[-1]))

    def channel_means(self, activation: Inputs) -> torch.Tensor:
        """Return the mean over positions, (N, C) float32, of a feature map or of tokens; of features: the features."""
        assert isinstance(activation, torch.Tensor)
        if activation.ndim == 4:
            return activation.float().mean((1, 2) if self._channels_are_last() else (2, 3))
        return activation.float().mean(1) if activation.ndim == 3 else activation.float()

    fixed_size = True

    def example(self, count: int) -> torch.Tensor:
        """Return ``count`` black images of the native size, (count, 3, H, W)."""
        return torch.zeros(count, 3, self.preprocess.height, self.preprocess.width)

    def maps(self) -> tuple[str, ...]:
        """Return the paths of the modules whose output is a feature map of several positions, input side first."""
        return tuple(path for path, shape in outputs_of(self._blocks).items() if self._grid(shape) is not None)

    def feature_map(self, inputs: torch.Tensor, path: str) -> torch.Tensor:
        """Return the output of the module ``path``, one of ``maps()``, as (N, C, h, w), for ``inputs`` (N, 3, H, W)."""
        return self._channels_first(run_to_module(self.net, path, inputs))

    def last_map(self, inputs: torch.Tensor) -> LastMap:
        """Return the last feature map whose every position affects the features, for ``inputs`` (N, 3, H, W).

        After the last layer of a network that pools a class token, the features depend on no other token; then this is
        the map of the layer before. Raises ConfigError for a network without feature maps.
        """
        for path in reversed(self.maps()):
            with torch.no_grad():
                activation = run_to_module(self.net, path, inputs)
            activation = activation.detach().requires_grad_(True)
            with torch.enable_grad():
                features = run_from_module(
                    self.net, self._blocks, activation, path, size=(self.preprocess.height, self.preprocess.width)
                )
                slope = torch.autograd.grad(features.square().sum(), activation, retain_graph=True)[0]
            if bool(self._channels_first(slope).any()):
                return LastMap(path, activation, features, self._channels_first)
        raise ConfigError("no-feature-maps", name=self.card.name)

    def _grid(self, shape: tuple[int, ...]) -> tuple[int, int] | None:
        """Return (h, w) of an output with ``shape`` (no batch axis); None if it is not a feature map."""
        if len(shape) == 2:
            grid = getattr(getattr(self.net, "patch_embed", None), "grid_size", None)
            tokens = shape[0] - int(getattr(self.net, "num_prefix_tokens", 0))
            found = (int(grid[0]), int(grid[1])) if grid is not None and grid[0] * grid[1] == tokens else None
        elif len(shape) == 3:
            found = (shape[0], shape[1]) if self._channels_are_last() else (shape[1], shape[2])
        else:
            found = None
        return found if found is not None and found[0] * found[1] > 1 else None

    def _channels_are_last(self) -> bool:
        return str(getattr(self.net, "output_fmt", "NCHW")).endswith("NHWC")

    def _channels_first(self, output: torch.Tensor) -> torch.Tensor:
        """Return a feature map as (N, C, h, w), from NHWC (Swin) or from tokens (N, L, C), without the class token."""
        if output.ndim == 3:
            height, width = self._grid(tuple(output.shape[1:])) or (0, 0)
            tokens = output[:, output.shape[1] - height * width :]
            return tokens.transpose(1, 2).reshape(len(output), -1, height, width)
        return output.permute(0, 3, 1, 2) if self._channels_are_last() else output


@dataclass(frozen=True)
class LastMap:
    """The output of a module as a feature map, and the features that the network computes from it."""

    path: str
    """Module whose output it is."""
    activation: torch.Tensor
    """The output in the network's own layout, a leaf of the graph of ``features``."""
    features: torch.Tensor
    """(N, D), with a graph from ``activation``."""
    _channels_first: Callable[[torch.Tensor], torch.Tensor]

    def values(self) -> torch.Tensor:
        """Return the values of the feature map (N, C, h, w), without a graph."""
        return self._channels_first(self.activation.detach())

    def gradient(self, target: torch.Tensor) -> torch.Tensor:
        """Return the gradient (N, C, h, w) of ``target``, a scalar computed from ``features``, by the feature map."""
        return self._channels_first(torch.autograd.grad(target, self.activation, retain_graph=True)[0])
