"""P2: training and serving see the same pixels: a path, its bytes and the opened picture load alike, in every mode."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.image.audit import scan
from ghep.data.image.loader import load_image
from ghep.data.image.pixels import PixelStore
from ghep.data.image.preprocess import ImagePreprocess
from ghep.types import Example

GREY = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8) * 4
COLOUR = np.dstack([GREY, GREY[::-1], 255 - GREY])


def _alpha(image: Image.Image) -> Image.Image:
    image.putalpha(Image.fromarray(GREY))
    return image


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


PICTURES = {
    "1": (Image.fromarray(GREY).convert("1"), "PNG", {}),
    "L": (Image.fromarray(GREY), "PNG", {}),
    "L transparent": (Image.fromarray(GREY), "PNG", {"transparency": 40}),
    "LA": (_alpha(Image.fromarray(GREY)), "PNG", {}),
    "P": (Image.fromarray(COLOUR).quantize(32), "PNG", {}),
    "P transparent": (Image.fromarray(COLOUR).quantize(32), "PNG", {"transparency": 5}),
    "P alpha": (Image.fromarray(COLOUR).quantize(32), "PNG", {"transparency": bytes(range(0, 256, 8))}),
    "RGB": (Image.fromarray(COLOUR), "PNG", {}),
    "RGB transparent": (Image.fromarray(COLOUR), "PNG", {"transparency": (4, 96, 251)}),
    "RGBA": (_alpha(Image.fromarray(COLOUR)), "PNG", {}),
    "I;16": (Image.fromarray(GREY.astype(np.uint16) * 257), "PNG", {}),
    "I;16 tiff": (Image.fromarray(GREY.astype(np.uint16) * 257), "TIFF", {}),
    "I": (Image.fromarray(GREY.astype(np.int32) * 257), "TIFF", {}),
    "F": (Image.fromarray(GREY.astype(np.float32) / 255), "TIFF", {}),
    "CMYK": (Image.fromarray(COLOUR).convert("CMYK"), "TIFF", {}),
    "CMYK jpeg": (Image.fromarray(COLOUR).convert("CMYK"), "JPEG", {}),
    "JPEG turned": (Image.fromarray(COLOUR), "JPEG", {"exif": _exif(6)}),
    "TIFF turned": (Image.fromarray(COLOUR), "TIFF", {"exif": _exif(8)}),
    "GIF animated": (Image.fromarray(COLOUR), "GIF", {"save_all": True, "append_images": [Image.fromarray(GREY)]}),
    "WEBP": (_alpha(Image.fromarray(COLOUR)), "WEBP", {}),
    "BMP": (Image.fromarray(COLOUR), "BMP", {}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_path_bytes_and_picture_load_alike(name: str, tmp_path: Path) -> None:
    image, kind, options = PICTURES[name]
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    path = tmp_path / "picture"
    path.write_bytes(buffer.getvalue())
    by_path = load_image(path)
    assert by_path.mode == "RGB" and type(by_path) is Image.Image
    assert load_image(str(path)).tobytes() == by_path.tobytes()
    assert load_image(buffer.getvalue()).tobytes() == by_path.tobytes()
    with Image.open(path) as opened:
        assert load_image(opened).tobytes() == by_path.tobytes()
    with Image.open(path) as opened:
        opened.load()
        assert load_image(opened).tobytes() == by_path.tobytes()
    assert load_image(np.asarray(by_path)).tobytes() == by_path.tobytes()
    assert load_image(by_path).tobytes() == by_path.tobytes()


@pytest.mark.parametrize("name", ["1", "L", "I;16", "I;16 tiff", "I", "F"])
def test_grey_of_any_depth_gives_the_same_grey(name: str) -> None:
    image, kind, options = PICTURES[name]
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    expected = np.asarray(image.convert("L")) if name == "1" else GREY
    assert np.array_equal(np.asarray(load_image(buffer.getvalue()))[:, :, 1], expected)


def test_what_is_transparent_is_white() -> None:
    hidden = Image.new("RGBA", (4, 4), (200, 30, 30, 0))
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert np.asarray(load_image(hidden)).min() == 255
    assert np.unique(np.asarray(load_image(half))).tolist() == [127]


def test_the_callers_picture_is_left_alone() -> None:
    mine = Image.fromarray(COLOUR)
    load_image(mine).paste((0, 0, 0), (0, 0, 32, 24))
    assert np.array_equal(mine, COLOUR)


@pytest.mark.parametrize("crop_mode", ["center", "squash"])
def test_a_large_photo_is_the_same_in_training_and_serving(tmp_path: Path, crop_mode: str) -> None:
    """Decoded at a quarter of its size, from a path, from an upload, and by the scan that fills the pixel store."""
    preprocess = ImagePreprocess(32, 32, 36, crop_mode=crop_mode)
    path = tmp_path / "large.jpg"
    photo = Image.fromarray(COLOUR).resize((403, 301), Image.Resampling.BICUBIC)
    photo.save(path, exif=_exif(6))
    assert min(load_image(path, at_least=preprocess.at_least).size) == 76
    expected = preprocess.decode(path)
    assert np.array_equal(preprocess.decode(path.read_bytes()), expected)
    store = PixelStore(preprocess)
    scan([Example("large", path)], keep=store)
    path.unlink()  # what is kept is not decoded again
    assert np.array_equal(store(Example("large", path)), expected)
