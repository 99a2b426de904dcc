"""Canvases and moves against their definitions, in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.explanation.ideal.canvas import COLOURS, fourier_canvas, phase_canvas, photo_spectrum, pixel_canvas
from ghep.explanation.ideal.judging import variation_of
from ghep.explanation.ideal.moves import moved, view_of

CPU = torch.device("cpu")


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("height", "width"), [(24, 32), (33, 21)])
def test_a_fourier_canvas_is_the_inverse_transform_in_decorrelated_colours(height: int, width: int) -> None:
    canvas = fourier_canvas(height, width, seeded(), CPU)
    spectrum = canvas.parameters[0].detach().numpy()[0]
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    scale = 1 / np.maximum(np.sqrt(down**2 + across**2), 1 / max(height, width))
    flat = np.fft.irfft2((spectrum[..., 0] + 1j * spectrum[..., 1]) * scale, s=(height, width), norm="ortho") / 4
    expected = 1 / (1 + np.exp(-np.einsum("cd,dhw->chw", COLOURS.numpy(), flat)))
    np.testing.assert_allclose(canvas.image()[0].detach().numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(COLOURS.norm(dim=0).max(), 1)


def test_a_phase_canvas_has_the_magnitudes_and_the_mean_of_the_photos() -> None:
    rng = np.random.default_rng(0)
    photos = [rng.integers(60, 200, (20, 28, 3)).astype(np.uint8) for _ in range(3)]
    spectrum = photo_spectrum(photos)
    canvas = phase_canvas(spectrum, seeded(), CPU)
    image = canvas.image()[0].detach()
    flat = torch.einsum("dc,chw->dhw", torch.linalg.inv(COLOURS), image.logit())
    found = torch.fft.rfft2(flat, norm="ortho").abs()
    inner = (slice(None), slice(1, 10), slice(1, 14))  # coefficients that are their own mirror image must be real
    np.testing.assert_allclose(found[inner], spectrum.magnitude[inner], rtol=2e-3)
    np.testing.assert_allclose(flat.mean(dim=(1, 2)), spectrum.mean[:, 0, 0], atol=1e-4)


def test_photos_of_one_colour_have_no_magnitudes() -> None:
    spectrum = photo_spectrum([np.full((16, 16, 3), 128, np.uint8)])
    assert float(spectrum.magnitude.abs().max()) < 1e-4


def test_a_pixel_at_its_limit_can_return() -> None:
    canvas = pixel_canvas(4, 4, seeded(), CPU)
    with torch.no_grad():
        canvas.parameters[0].fill_(1.5)
    image = canvas.image()
    assert float(image.detach().max()) == 1
    torch.autograd.backward(image.sum())
    assert bool((canvas.parameters[0].grad == 1).all())


def test_a_view_without_a_move_is_the_centre_and_a_shift_is_a_crop() -> None:
    image = torch.rand(1, 3, 20, 24, generator=seeded())
    still = view_of(image, 12, 16, scale=1, angle=0, shift=(0, 0))
    np.testing.assert_allclose(still, image[:, :, 4:16, 4:20], atol=1e-5)
    shifted = view_of(image, 12, 16, scale=1, angle=0, shift=(2, -3))
    np.testing.assert_allclose(shifted, image[:, :, 6:18, 1:17], atol=1e-5)
    turned = view_of(image[:, :, :, 2:22], 20, 20, scale=1, angle=np.pi / 2, shift=(0, 0))
    expected = torch.rot90(image[:, :, :, 2:22], 1, dims=(2, 3))
    assert any(np.allclose(turned, one, atol=1e-4) for one in (expected, torch.rot90(expected, 2, dims=(2, 3))))


def test_an_enlarged_view_shows_a_smaller_part() -> None:
    image = torch.zeros(1, 3, 32, 32)
    image[..., 12:20, 12:20] = 1
    shares = [float(view_of(image, 32, 32, scale=s, angle=0, shift=(0, 0)).mean()) for s in (1, 1.5, 2)]
    np.testing.assert_allclose(shares, [1 / 16, 2.25 / 16, 1 / 4], rtol=0.1)


def test_moves_reach_every_pixel_and_depend_on_the_generator_only() -> None:
    image = torch.rand(1, 3, 40, 40, generator=seeded()).requires_grad_(True)
    generator = seeded()
    views = [moved(image, 35, 35, generator) for _ in range(60)]
    slope = torch.autograd.grad(torch.stack(views).sum(), image)[0]
    assert bool((slope > 0).all())
    assert torch.equal(moved(image, 35, 35, seeded()), views[0]) and not torch.equal(views[0], views[1])


def test_total_variation_is_the_mean_difference_of_neighbours() -> None:
    checks = np.indices((8, 10)).sum(axis=0) % 2 * 255
    image = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)
    assert variation_of(image) == pytest.approx((7 * 10 + 8 * 9) / 80)
    assert variation_of(np.full((8, 10, 3), 7, np.uint8)) == 0
