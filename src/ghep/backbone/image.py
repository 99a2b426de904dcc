"""Image backbones: a network over pixels, split into blocks by tracing a forward pass.

``blocks.py`` finds the blocks, ``boundary.py`` runs up to and from a boundary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blocks import find_blocks, output_of
from ghep.backbone.boundary import keep_layout, run_at, run_from
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.padded import Inputs
from ghep.errors import BackboneError
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
        """Return the features (N, D) from the activation at boundary ``k``; at the last one, the activation itself."""
        if self._checked(k) == len(self._blocks):
            return activation
        assert isinstance(activation, torch.Tensor)
        size = (self.preprocess.height, self.preprocess.width)
        return run_from(self.net, self._blocks, activation, k, size=size)

    def row_elements(self, k: int) -> int:
        """Return the number of elements of one image's activation at boundary ``k``."""
        return self.feature_dim if k == len(self._blocks) else int(np.prod(self._blocks[k - 1].shapes[-1]))

    fixed_size = True

    def example(self, count: int) -> torch.Tensor:
        """Return ``count`` black images of the native size, (count, 3, H, W)."""
        return torch.zeros(count, 3, self.preprocess.height, self.preprocess.width)

    def feature_map(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the last feature map (N, C, H, W), transposed from NHWC (Swin) or from patches NLC (ViT)."""
        out: torch.Tensor = self.net.forward_features(inputs)  # type: ignore[operator]
        if out.ndim == 3:
            tokens = out[:, int(getattr(self.net, "num_prefix_tokens", 0)) :]
            height, width = self.net.patch_embed.grid_size  # type: ignore[union-attr,misc]
            return tokens.transpose(1, 2).reshape(len(out), -1, int(height), int(width))
        if str(getattr(self.net, "output_fmt", "NCHW")).endswith("NHWC"):
            return out.permute(0, 3, 1, 2)
        return out
