"""What gradient ascent changes, and how an image follows from it: pixels, a Fourier spectrum, or only its phases.

In: a size and a generator. Out: a ``Canvas``: parameters, and their image (1, 3, H, W) in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

SPECTRUM_SD = 0.01
"""Standard deviation of the initial spectrum (Olah et al. 2017, doi:10.23915/distill.00007)."""
CONTRAST = 0.25
"""Factor between the inverse transform and the sigmoid, from the same source."""
_ROOTS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
COLOURS = _ROOTS / _ROOTS.norm(dim=0).max()
"""Decorrelated -> RGB: the square root of the covariance of ImageNet's colours, over its largest column norm."""
SATURATED = 0.02
"""Levels nearer to black and white than this are moved to it before the inverse sigmoid, which is infinite there."""


@dataclass(frozen=True)
class Canvas:
    """An image as a function of tensors that require gradients."""

    parameters: Sequence[torch.Tensor]
    image: Callable[[], torch.Tensor]
    """Returns (1, 3, H, W) in [0, 1], with a graph."""


def pixel_canvas(height: int, width: int, generator: torch.Generator, device: torch.device) -> Canvas:
    """Return a canvas whose parameters are the pixels themselves; it starts as grey noise."""
    noise = torch.rand(1, 3, height, width, generator=generator)
    pixels = noise.to(device).requires_grad_(True)
    return Canvas([pixels], lambda: _Clamp.apply(pixels))


def fourier_canvas(height: int, width: int, generator: torch.Generator, device: torch.device) -> Canvas:
    """Return a canvas whose parameters are the spectrum of three decorrelated colours.

    A step changes all frequencies about equally, weighted by 1 / f as in photos; a step on pixels changes mostly the
    high ones (Olah et al. 2017, section "Preconditioning and Parameterization").
    """
    frequencies = _frequencies(height, width)
    scale = (1 / frequencies.clamp(min=1 / max(height, width))).to(device)[..., None]
    spectrum = SPECTRUM_SD * torch.randn(1, 3, *frequencies.shape, 2, generator=generator)
    spectrum = spectrum.to(device).requires_grad_(True)
    colours = COLOURS.to(device)

    def image() -> torch.Tensor:
        flat = torch.fft.irfft2(torch.view_as_complex(spectrum * scale), s=(height, width), norm="ortho")
        return _rgb(CONTRAST * flat, colours)

    return Canvas([spectrum], image)


def phase_canvas(spectrum: PhotoSpectrum, generator: torch.Generator, device: torch.device) -> Canvas:
    """Return a canvas whose parameters are phases; magnitudes are those of photos (MACO, arXiv:2306.06805)."""
    height, width = spectrum.size
    magnitude, mean = spectrum.magnitude.to(device), spectrum.mean.to(device)
    phase = 2 * torch.pi * torch.rand(1, *magnitude.shape, generator=generator)
    phase = phase.to(device).requires_grad_(True)
    colours = COLOURS.to(device)

    def image() -> torch.Tensor:
        flat = torch.fft.irfft2(torch.polar(magnitude.expand_as(phase), phase), s=(height, width), norm="ortho")
        return _rgb(flat + mean, colours)

    return Canvas([phase], image)


@dataclass(frozen=True)
class PhotoSpectrum:
    """How strong each frequency is in a set of photos, in decorrelated colours before the sigmoid."""

    magnitude: torch.Tensor
    """(3, H, W // 2 + 1), the mean over photos; 0 at frequency 0."""
    mean: torch.Tensor
    """(3, 1, 1), the mean of all pixels."""
    size: tuple[int, int]
    """(H, W)."""


def photo_spectrum(photos: Sequence[np.ndarray]) -> PhotoSpectrum:
    """Return the spectrum of ``photos``, uint8 (H, W, 3) of one size."""
    height, width = photos[0].shape[:2]
    magnitude, mean = torch.zeros(3, height, width // 2 + 1), torch.zeros(3, 1, 1)
    back = torch.linalg.inv(COLOURS)
    for photo in photos:
        levels = torch.from_numpy(photo.astype(np.float32) / 255).permute(2, 0, 1)
        flat = torch.einsum("dc,chw->dhw", back, levels.clamp(SATURATED, 1 - SATURATED).logit())
        centre = flat.mean(dim=(1, 2), keepdim=True)
        magnitude += torch.fft.rfft2(flat - centre, norm="ortho").abs() / len(photos)
        mean += centre / len(photos)
    return PhotoSpectrum(magnitude, mean, (height, width))


def _frequencies(height: int, width: int) -> torch.Tensor:
    """Return the frequency (H, W // 2 + 1) of each coefficient of ``rfft2``, in cycles per pixel."""
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    return torch.hypot(down, across)


def _rgb(flat: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    image: torch.Tensor = torch.einsum("cd,ndhw->nchw", colours, flat).sigmoid()
    return image


class _Clamp(torch.autograd.Function):
    """Clamp to [0, 1]; the gradient passes everywhere, so that a pixel at the limit can return."""

    @staticmethod
    def forward(_: object, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.clamp(0, 1)

    @staticmethod
    def backward(_: object, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]
