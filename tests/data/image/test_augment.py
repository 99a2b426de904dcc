"""Random views: inside the image, of the requested size, and deterministic for a generator."""

from __future__ import annotations

import numpy as np
import pytest

from ghep.data.image.augment import AUGMENTS, Augment, _random_box, augmented_crop
from ghep.data.image.preprocess import ImagePreprocess

SHAPES = [(32, 32), (20, 50), (50, 20), (3, 300), (1, 1)]


def image(tall: int, wide: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (tall, wide, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", sorted(name for name, augment in AUGMENTS.items() if augment))
@pytest.mark.parametrize("shape", SHAPES)
def test_views_have_the_requested_size(name: str, shape: tuple[int, int]) -> None:
    for seed in range(5):
        view = augmented_crop(image(*shape), 16, 12, AUGMENTS[name], np.random.default_rng(seed))
        assert view.shape == (16, 12, 3) and view.dtype == np.uint8


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("aspect", [1.0, 0.5, 2.0])
def test_crops_lie_inside_and_keep_their_shape(shape: tuple[int, int], aspect: float) -> None:
    augment, (tall, wide) = Augment(smallest_area=0.3, aspect=4 / 3), shape
    for seed in range(200):
        left, top, right, bottom = _random_box(tall, wide, aspect, augment, np.random.default_rng(seed))
        assert 0 <= left < right <= wide and 0 <= top < bottom <= tall
        ratio = (right - left) / (bottom - top)
        assert aspect / (4 / 3) - 1e-6 <= ratio <= aspect * (4 / 3) + 1e-6


def test_crops_of_a_square_cover_the_given_shares() -> None:
    augment = Augment(smallest_area=0.3, aspect=1.0)
    boxes = [_random_box(100, 100, 1.0, augment, np.random.default_rng(seed)) for seed in range(500)]
    shares = np.array([(right - left) * (bottom - top) / 100**2 for left, top, right, bottom in boxes])
    assert shares.min() >= 0.3 - 1e-6 and shares.max() <= 1
    assert shares.mean() == pytest.approx(0.65, abs=0.03)  # uniform between 0.3 and 1


def test_a_view_of_the_whole_image_without_changes_equals_the_image() -> None:
    still = Augment(smallest_area=1.0, aspect=1.0, mirror=0.0, light=0.0)
    pixels = image(16, 16)
    assert np.array_equal(augmented_crop(pixels, 16, 16, still, np.random.default_rng(0)), pixels)


@pytest.mark.parametrize(("mirror", "count"), [(0.0, 0), (1.0, 50)])
def test_mirror(mirror: float, count: int) -> None:
    augment = Augment(smallest_area=1.0, aspect=1.0, mirror=mirror, light=0.0)
    pixels = image(16, 16)
    views = [augmented_crop(pixels, 16, 16, augment, np.random.default_rng(seed)) for seed in range(50)]
    assert sum(np.array_equal(view, pixels[:, ::-1]) for view in views) == count


def test_no_mirror_is_for_letters_and_never_mirrors() -> None:
    assert AUGMENTS["no-mirror"].mirror == 0


def test_light_stays_within_its_bounds() -> None:
    grey = np.full((8, 8, 3), 128, np.uint8)
    augment = Augment(smallest_area=1.0, aspect=1.0, mirror=0.0, light=0.2)
    levels = [int(augmented_crop(grey, 8, 8, augment, np.random.default_rng(seed))[0, 0, 0]) for seed in range(300)]
    assert 128 - 27 <= min(levels) < 110 and 146 < max(levels) <= 128 + 26


def test_the_generator_decides() -> None:
    preprocess, pixels = ImagePreprocess(16, 16, 20), image(20, 30)
    views = [preprocess.view(pixels, AUGMENTS["standard"], np.random.default_rng([1, 2, seed])) for seed in (3, 3, 4)]
    assert np.array_equal(views[0], views[1]) and not np.array_equal(views[0], views[2])


def test_no_augmentation_is_the_centre() -> None:
    preprocess, pixels = ImagePreprocess(16, 16, 20), image(20, 20)
    assert np.array_equal(preprocess.view(pixels, None, np.random.default_rng(0)), pixels[2:18, 2:18])
