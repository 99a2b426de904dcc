"""Random moves before each step: an image of a class should still be one when shifted, turned or scaled a little.

In: an image larger than the network's input. Out: a random view of the size of that input, with gradients.
"""

from __future__ import annotations

import math

import torch

JITTER = 0.15
"""Largest shift in each direction, as a share of the input."""
SCALES = (0.6, 1.3)
DEGREES = 15.0
"""The three ranges are wider than those of Olah et al. 2017 (12 of 224 pixels, 0.9 to 1.1, 10 degrees), with which
other networks recognised fewer of the images."""


def moved(image: torch.Tensor, height: int, width: int, generator: torch.Generator) -> torch.Tensor:
    """Return a view (1, 3, ``height``, ``width``) of ``image`` (1, 3, H, W); beyond its edge the image is mirrored.

    Shift, angle and scale are uniform (Olah et al. 2017, doi:10.23915/distill.00007).
    """
    draw = torch.rand(4, generator=generator).tolist()
    scale = SCALES[0] + draw[0] * (SCALES[1] - SCALES[0])
    angle = math.radians(DEGREES) * (2 * draw[1] - 1)
    down, across = (JITTER * size * (2 * one - 1) for size, one in ((height, draw[2]), (width, draw[3])))
    return view_of(image, height, width, scale=scale, angle=angle, shift=(down, across))


def centred(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the centre of ``image``, which is what a network sees of it after its preprocessing."""
    top, left = round((image.shape[2] - height) / 2), round((image.shape[3] - width) / 2)
    return image[:, :, top : top + height, left : left + width]


def view_of(
    image: torch.Tensor, height: int, width: int, *, scale: float, angle: float, shift: tuple[float, float]
) -> torch.Tensor:
    """Return the view with this scale (above 1: enlarged), angle in radians and shift in pixels; bilinear."""
    tall, wide = image.shape[2:]
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    matrix = [
        [cos * width / wide, -sin * height / wide, 2 * shift[1] / wide],
        [sin * width / tall, cos * height / tall, 2 * shift[0] / tall],
    ]
    grid = torch.nn.functional.affine_grid(
        torch.tensor([matrix], device=image.device), [1, 3, height, width], align_corners=False
    )
    return torch.nn.functional.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
