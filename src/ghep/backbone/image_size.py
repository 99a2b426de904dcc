"""Use a network at an image size that differs from its pretraining (``--image-size``).

In: an architecture, its preprocessing and a size. Out: architecture and preprocessing for that size. Convolutional
networks take any size whose feature map is not empty. A ViT or Swin must be built for the size (timm's ``img_size``),
and timm resamples the position embeddings when the weights are loaded.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.blocks import output_of
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError
from ghep.types import Finding

FAR = 2.0
"""Features stay as good as at the pretrained size up to about this factor, larger or smaller."""


def at_image_size(
    architecture: Architecture, preprocess: ImagePreprocess, size: int, *, name: str
) -> tuple[Architecture, ImagePreprocess]:
    """Return architecture and preprocessing for images of ``size`` x ``size`` pixels, with the same crop ratio.

    Raises BackboneError if the network cannot take the size.
    """
    native = min(preprocess.height, preprocess.width)
    resized = replace(preprocess, height=size, width=size, resize_to=max(size, size * preprocess.resize_to // native))
    sized = replace(architecture, arguments={**architecture.arguments, "img_size": size})
    problem = ""
    for candidate in (architecture, sized):
        if candidate is sized and architecture.builder != "timm":
            continue
        try:
            net = candidate.build()
            output_of(net, torch.zeros(1, 3, size, size))
        except Exception as error:  # assertions, shapes, unknown arguments: networks differ in what they raise
            problem = problem or str(error).strip().partition("\n")[0]
            continue
        _refuse_margin(net, size, name)
        return candidate, resized
    raise BackboneError("image-size-unusable", name=name, size=size, problem=problem, pretrained=preprocess.describe())


def far_findings(preprocess: ImagePreprocess, pretrained: ImagePreprocess, *, name: str) -> tuple[Finding, ...]:
    """Return a warning if images are more than FAR times smaller or larger than the images used in pretraining."""
    size, native = min(preprocess.height, preprocess.width), min(pretrained.height, pretrained.width)
    if native / FAR <= size <= native * FAR:
        return ()
    return (
        Finding.of(
            "image-size-far",
            "warning",
            name=name,
            size=preprocess.describe(),
            pretrained=pretrained.describe(),
            smallest=round(native / FAR),
            largest=round(native * FAR),
        ),
    )


def _refuse_margin(net: nn.Module, size: int, name: str) -> None:
    """Raise BackboneError unless ``size`` is a multiple of the patch size: pixels at the margin would be ignored."""
    patch = getattr(getattr(net, "patch_embed", None), "patch_size", None)
    side = patch[0] if isinstance(patch, tuple | list) else patch
    if isinstance(side, int) and size % side:
        below = size - size % side
        raise BackboneError("image-size-patches", name=name, size=size, patch=side, below=below, above=below + side)
