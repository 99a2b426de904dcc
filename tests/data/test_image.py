"""Large JPEGs are decoded at a fraction of their size: never below what is asked for, and nearly the same pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ghep.data.image import load, load_image
from ghep.data.preprocess import ImagePreprocess


def photo(width: int = 800, height: int = 600) -> Image.Image:
    """Structure at every scale down to single pixels."""
    rng = np.random.default_rng(0)
    layers = [Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)) for n in (5, 20, 80, 320)]
    sizes = [np.asarray(layer.resize((width, height), Image.Resampling.BICUBIC), dtype=float) for layer in layers]
    return Image.fromarray(np.average(sizes, axis=0, weights=[4, 3, 2, 1]).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("at_least", "size"),
    [(None, (800, 600)), (301, (800, 600)), (300, (400, 300)), (151, (400, 300)), (150, (200, 150)), (1, (100, 75))],
)
@pytest.mark.parametrize("progressive", [False, True])
def test_the_shorter_side_keeps_what_is_asked_for(
    at_least: int | None, size: tuple[int, int], progressive: bool
) -> None:
    data = encoded(photo(), progressive=progressive)
    loaded = load(data, at_least=at_least)
    assert loaded.image is not None and loaded.image.size == size and loaded.size == (800, 600)
    assert load_image(data, at_least=at_least).tobytes() == loaded.image.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_other_formats_are_decoded_whole(kind: str) -> None:
    assert load_image(encoded(photo(200, 100), kind), at_least=10).size == (200, 100)
    assert load_image(photo(200, 100), at_least=10).size == (200, 100)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_every_kind_of_jpeg_can_be_reduced(mode: str) -> None:
    reduced = load_image(encoded(photo().convert(mode)), at_least=100)
    assert reduced.mode == "RGB" and reduced.size == (200, 150)
    whole = load_image(encoded(photo().convert(mode))).resize((200, 150), Image.Resampling.BOX)
    assert np.abs(np.asarray(reduced, dtype=int) - np.asarray(whole)).mean() < 2


@pytest.mark.parametrize("crop_mode", ["center", "squash"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_prepared_pixels_are_nearly_those_of_the_whole(crop_mode: str, interpolation: str) -> None:
    preprocess = ImagePreprocess(64, 64, 72, interpolation=interpolation, crop_mode=crop_mode)
    data = encoded(photo(), quality=90)
    found, whole = preprocess.decode(data), preprocess.prepare(load_image(data))
    assert found.shape == whole.shape and not np.array_equal(found, whole)
    assert np.abs(found.astype(int) - whole).mean() < 1.5


def test_nearest_neighbour_asks_for_the_whole() -> None:
    preprocess = ImagePreprocess(64, 64, 72, interpolation="nearest")
    data = encoded(photo())
    assert preprocess.at_least is None
    assert np.array_equal(preprocess.decode(data), preprocess.prepare(load_image(data)))


def test_a_squash_keeps_twice_its_longer_side() -> None:
    assert ImagePreprocess(50, 100, 60, crop_mode="squash").at_least == 240
    assert ImagePreprocess(50, 100, 60).at_least == 120
