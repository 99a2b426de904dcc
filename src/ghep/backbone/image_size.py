"""A network at another image size than it was pretrained at (``--image-size``).

In: an architecture, its preprocessing and a size. Out: both for that size. Convolutional networks take any size that
leaves something of the image; a ViT or Swin has to be built for it (timm's ``img_size``), and timm resamples its
position embeddings when the weights are loaded.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.blocks import answers
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError
from ghep.types import Finding

FAR = 2.0
"""Features are as good as at the pretrained size up to about this many times as large or small."""


def at_image_size(
    architecture: Architecture, preprocess: ImagePreprocess, size: int, *, name: str
) -> tuple[Architecture, ImagePreprocess]:
    """Return what takes images of ``size`` x ``size`` pixels; raise BackboneError for a network that cannot.

    The share of the image that is cropped stays what it was.
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
            answers(net, torch.zeros(1, 3, size, size))
        except Exception as error:  # assertions, shapes, unknown arguments: each network has its own
            problem = problem or str(error).strip().partition("\n")[0]
            continue
        _refuse_margin(net, size, name)
        return candidate, resized
    raise BackboneError(
        f"{name} cannot take images of {size} x {size} pixels ({problem})",
        remedy=f"leave image_size (--image-size) out, for its own {preprocess.describe()}, or take a larger one",
    )


def far_findings(preprocess: ImagePreprocess, pretrained: ImagePreprocess, *, name: str) -> tuple[Finding, ...]:
    """Warn where the images are much smaller or larger than those of the pretraining."""
    size, native = min(preprocess.height, preprocess.width), min(pretrained.height, pretrained.width)
    if native / FAR <= size <= native * FAR:
        return ()
    message = f"images are taken at {preprocess.describe()}; {name} was pretrained at {pretrained.describe()}"
    remedy = (
        f"sizes from {round(native / FAR)} to {round(native * FAR)} keep its features; compare the score with that "
        "without image_size"
    )
    return (Finding("image-size-far", "warning", message, remedy),)


def _refuse_margin(net: nn.Module, size: int, name: str) -> None:
    """Raise BackboneError for a size that is no multiple of the patches: the rest of the image would not be seen."""
    patch = getattr(getattr(net, "patch_embed", None), "patch_size", None)
    side = patch[0] if isinstance(patch, tuple | list) else patch
    if isinstance(side, int) and size % side:
        below = size - size % side
        raise BackboneError(
            f"{name} sees images in patches of {side} pixels, and {size} is no multiple of it",
            remedy=f"choose {below} or {below + side}" if below else f"choose {side} or more",
        )
