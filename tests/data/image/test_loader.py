"""Large JPEGs are decoded at a fraction of their size: never below the requested one, with almost the same pixels."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.data.image.test_levels import deep_tiff

from ghep.data.image.formats import sniff
from ghep.data.image.loader import load, load_image
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BadImage


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
def test_the_shorter_side_keeps_the_requested_pixels(
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
def test_prepared_pixels_are_close_to_those_of_a_full_decode(crop_mode: str, interpolation: str) -> None:
    preprocess = ImagePreprocess(64, 64, 72, interpolation=interpolation, crop_mode=crop_mode)
    data = encoded(photo(), quality=90)
    found, whole = preprocess.decode(data), preprocess.prepare(load_image(data))
    assert found.shape == whole.shape and not np.array_equal(found, whole)
    assert np.abs(found.astype(int) - whole).mean() < 1.5


def test_nearest_neighbour_needs_a_full_decode() -> None:
    preprocess = ImagePreprocess(64, 64, 72, interpolation="nearest")
    data = encoded(photo())
    assert preprocess.at_least is None
    assert np.array_equal(preprocess.decode(data), preprocess.prepare(load_image(data)))


def test_a_squash_keeps_twice_its_longer_side() -> None:
    assert ImagePreprocess(50, 100, 60, crop_mode="squash").at_least == 240
    assert ImagePreprocess(50, 100, 60).at_least == 120


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (deep_tiff(np.zeros((9, 9, 5)), photometric=1), "unsupported-mode", "5 bands of 16-bit integers; expected 1"),
        (deep_tiff(np.zeros((9, 9, 13)), photometric=1), "unsupported-mode", "13 bands of 16-bit integers"),
        (deep_tiff(np.zeros((9, 9, 4)), bits=8, photometric=1), "unsupported-mode", "4 bands of 8-bit integers"),
        (deep_tiff(np.zeros((9, 9, 1)), bits=64, photometric=1), "unsupported-mode", "1 band of 64-bit integers"),
        (
            deep_tiff(np.zeros((9, 9, 3)), planar=True),
            "unsupported-mode",
            "3 bands of 16-bit integers, stored one after the",
        ),
        (b"P5 20 20 255\n" + bytes(399), "truncated", "truncated"),
        (encoded(photo(64, 64), "AVIF")[:600], "truncated", "decode"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400), "plugin-missing", "pip install pillow-heif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(400), "plugin-missing", "pip install pillow-heif"),
        (b"P7\nWIDTH 3\n", "format-not-allowed", "PAM content; allowed are JPEG, PNG, WEBP, GIF, BMP, TIFF, PNM, AVIF"),
        (b"P3 is the name of a text", "not-an-image", "no known image format"),
    ],
)
def test_files_are_refused_for_the_right_reason(content: bytes, reason: str, said: str) -> None:
    with pytest.raises(BadImage, match=said) as caught:
        load_image(content)
    assert caught.value.reason == reason


@pytest.mark.parametrize("kind", ["PPM", "PGM", "PBM", "plain", "AVIF"])
def test_portable_maps_and_avif_are_read(kind: str) -> None:
    image = {"PGM": photo(64, 48).convert("L"), "PBM": photo(64, 48).convert("1")}.get(kind, photo(64, 48))
    content = encoded(image, "AVIF" if kind == "AVIF" else "PPM")
    if kind == "plain":
        content = b"P3\n# a comment\n64 48 255\n" + b" ".join(b"%d" % value for value in np.asarray(image).ravel())
    assert sniff(content) == ("AVIF" if kind == "AVIF" else "PNM")
    difference = np.abs(np.asarray(load_image(content)).astype(int) - np.asarray(image.convert("RGB")))
    assert difference.mean() < (10 if kind == "AVIF" else 1e-9)


def test_unused_parts_of_a_tiff_are_reported() -> None:
    frames = encoded(photo(20, 20), "TIFF", save_all=True, append_images=[photo(20, 20)] * 2)
    assert load(frames).left_out == "2 more frames"
    assert load(deep_tiff(np.zeros((9, 9, 4)), bits=8, extra=(0,))).left_out == "the last of 4 bands"
    assert load(deep_tiff(np.zeros((9, 9, 4)), bits=8, extra=(2,))).left_out == ""
    assert load(encoded(photo(20, 20), "TIFF")).left_out == ""


def test_pillow_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "import sys; from ghep.data.image.loader import load_image; from ghep.errors import BadImage\n"
        "try: load_image(sys.stdin.buffer.read())\nexcept BadImage as error: print(error.reason)"
    )
    for content in (deep_tiff(np.zeros((9, 9, 13)), photometric=1), deep_tiff(np.zeros((99, 99, 3)))[:9000]):
        subprocess.run([sys.executable, "-c", script], input=content, check=True)
    out, err = capfd.readouterr()
    assert out.split() == ["unsupported-mode", "truncated"] and not err
