"""Images of more than 8 bits: one scale per data set, for any range of values."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.image.audit import scan
from ghep.data.image.levels import NOMINAL, Extent, Levels, extent_of, level_findings, measured, to_8_bits
from ghep.data.image.loader import load, load_image
from ghep.data.image.pixels import PixelStore
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BadImage, BundleError
from ghep.types import Example

PREPROCESS = ImagePreprocess(16, 16, 16)


def grey(seed: int, size: int = 24) -> np.ndarray:
    """A grey image with values from 0 to 255."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (4, 4), dtype=np.uint8)).resize((size, size), 3)
    values = np.asarray(coarse).astype(int)
    return ((values - values.min()) * 255 // (values.max() - values.min())).astype(np.uint8)


def encoded(values: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, kind)
    return buffer.getvalue()


def deep_png(values: np.ndarray, colour: int) -> bytes:
    """A PNG of 16 bits per channel, (H, W, C): Pillow cannot write colour (2), grey with alpha (4) or RGBA (6)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep_tiff(
    values: np.ndarray, *, bits: int = 16, extra: tuple[int, ...] = (), photometric: int = 2, planar: bool = False
) -> bytes:
    """An uncompressed little-endian TIFF of (H, W, C) unsigned integers."""
    bands, data = values.shape[2], values.astype(f"<u{bits // 8}").tobytes()
    depth_at, data_at = 8, 8 + 2 * bands + 2 * len(extra)
    shape = [(256, 4, 1, values.shape[1]), (257, 4, 1, values.shape[0])]
    entries = [
        *shape,
        (258, 3, bands, depth_at if bands > 2 else bits * (65537 if bands == 2 else 1)),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, data_at),
        (277, 3, 1, bands),
        (278, 4, 1, values.shape[0]),
        (279, 4, 1, len(data)),
        (284, 3, 1, 1 + planar),
        *([(338, 3, len(extra), extra[0] if len(extra) <= 2 else depth_at + 2 * bands)] if extra else []),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    depths = struct.pack(f"<{bands + len(extra)}H", *[bits] * bands, *extra)
    return b"II*\0" + struct.pack("<I", data_at + len(data)) + depths + data + directory + bytes(4)


def scanned(raws: list[object]) -> tuple[PixelStore, list[np.ndarray]]:
    """Return the store and the prepared pixels after a scan of ``raws``."""
    store, examples = PixelStore(PREPROCESS), [Example(str(at), raw) for at, raw in enumerate(raws)]
    seen = scan(examples, keep=store)
    assert not seen.quarantined
    return store, [store(example) for example in examples]


IN_OTHER_WORDS = {
    "16 bits": lambda v: encoded(v.astype(np.uint16) * 257),
    "14 bits": lambda v: encoded(np.rint(v * (16383 / 255)).astype(np.uint16)),
    "12 bits": lambda v: encoded(np.rint(v * (4095 / 255)).astype(np.uint16)),
    "10 bits": lambda v: encoded(np.rint(v * (1023 / 255)).astype(np.uint16)),
    "8 bits in 16": lambda v: encoded(v.astype(np.uint16)),
    "like a CT with an offset": lambda v: encoded(np.rint(24 + v * (2000 / 255)).astype(np.uint16)),
    "a narrow window": lambda v: encoded(1000 + v.astype(np.uint16) * 2),
    "32-bit integers": lambda v: encoded(v.astype(np.int32) * 1000, "TIFF"),
    "signed": lambda v: encoded(v.astype(np.int32) * 8 - 1024, "TIFF"),
    "unsigned beyond signed": lambda v: deep_tiff(v[..., None].astype(np.uint32) << 24, bits=32, photometric=1),
    "floats to 1": lambda v: encoded(v.astype(np.float32) / 255, "TIFF"),
    "floats to 255": lambda v: encoded(v.astype(np.float32), "TIFF"),
    "floats around 0": lambda v: encoded(v.astype(np.float32) / 50 - 2.5, "TIFF"),
    "16-bit PGM": lambda v: b"P5 %d %d 4095\n" % v.shape[::-1] + np.rint(v * (4095 / 255)).astype(">u2").tobytes(),
    "12 bits in colour": lambda v: deep_png(np.rint(np.dstack([v] * 3) * (4095 / 255)).astype(np.uint16), 2),
    "12 bits in a colour TIFF": lambda v: deep_tiff(np.rint(np.dstack([v] * 3) * (4095 / 255)).astype(np.uint16)),
    "12 bits, grey and alpha": lambda v: deep_png(
        np.dstack([np.rint(v * (4095 / 255)), np.full_like(v, 1, np.uint16) * 65535]).astype(np.uint16), 4
    ),
    "12 bits, colour and alpha": lambda v: deep_png(
        np.dstack([*[np.rint(v * (4095 / 255))] * 3, np.full_like(v, 1, np.uint16) * 65535]).astype(np.uint16), 6
    ),
    "uint16 array": lambda v: np.rint(v * (4095 / 255)).astype(np.uint16),
    "int64 array": lambda v: v.astype(np.int64),
    "float64 array": lambda v: v.astype(np.float64),
    "float colour array": lambda v: np.dstack([v.astype(np.float32)] * 3),
    "PIL image": lambda v: Image.fromarray(np.rint(v * (4095 / 255)).astype(np.uint16)),
    "opened colour": lambda v: Image.open(
        io.BytesIO(deep_png(np.rint(np.dstack([v] * 3) * (4095 / 255)).astype(np.uint16), 2))
    ),
}


@pytest.mark.parametrize("how", IN_OTHER_WORDS)
def test_the_same_images_in_any_depth_give_the_same_pixels(how: str) -> None:
    images = [grey(seed) for seed in range(6)]
    images[0] = images[0] // 3  # a dark image stays dark: all images have one scale
    written = [IN_OTHER_WORDS[how](image) for image in images]
    store, found = scanned(written)
    expected = [PREPROCESS.prepare(load_image(image)) for image in images]
    for pixels, expected_ in zip(found, expected, strict=True):
        assert np.abs(pixels.astype(int) - expected_).max() <= 4
    again = ImagePreprocess.from_json(json.loads(json.dumps(store.preprocess.to_json())))
    for raw, pixels in zip(written, found, strict=True):  # prediction reads the same pixels as training
        if how != "opened colour":  # it is decoded already
            assert np.array_equal(again.decode(raw), pixels)


def test_a_hot_pixel_and_a_faulty_image_do_not_set_the_scale() -> None:
    images = [np.rint(grey(seed) * (4095 / 255)).astype(np.uint16) for seed in range(30)]
    images[3][5, 5] = images[9][0, 0] = 65535
    faulty = np.full_like(images[0], 65535)
    faulty[:4] = 100
    seen = scan([Example(str(at), image) for at, image in enumerate([*images, faulty])])
    assert seen.levels.integers == (0, 4095)
    (bad,) = seen.quarantined
    assert bad.id == "30" and bad.detail == (
        "half of the pixels are brighter than white (median 65,535); the scale of the data set is integers from 0 "
        "(black) to 4,095 (white: 12 bits)"
    )


@pytest.mark.parametrize(
    ("extents", "expected"),
    [
        ([(0, 255)], (0, 255)),
        ([(3, 900), (0, 1023)], (0, 1023)),
        ([(0, 4095)] * 50 + [(0, 5000)], (0, 5000)),
        ([(0, 4095)] * 50 + [(0, 65535)], (0, 4095)),
        ([(0, 2100)] * 50, (0, 2100)),
        ([(0, 60000)] * 50, (0, 65535)),
        ([(0, 100_000)] * 50, (0, 100_000)),
        ([(-1024, 3071)] * 50, (-1024, 3071)),
        ([(-1024, 3071)] * 50 + [(-30000, 3071)], (-1024, 3071)),
        ([(1000, 1400)] * 50, (1000, 1400)),
        ([(0, 0)] * 3, (0, 65535)),
        ([(7, 7)] * 3, (0, 65535)),
        ([(-7, -7)] * 3, (-7, 65535)),
    ],
)
def test_the_scale_of_integers(extents: list[tuple[int, int]], expected: tuple[int, int]) -> None:
    found = measured([Extent("integers", *map(float, one)) for one in extents])
    assert found == Levels(integers=expected)


def test_integers_and_floats_have_separate_scales() -> None:
    found = measured([Extent("integers", 0.0, 4000.0), Extent("floats", 0.0, 0.9), Extent("floats", 0.0, 1.0)])
    assert found == Levels((0.0, 4095.0), (0.0, 1.0))
    said = "integers from 0 (black) to 4,095 (white: 12 bits); floats from 0 (black) to 1 (white)"
    assert str(found.describe()) == said


def test_all_65536_values_are_rounded_to_nearest() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.rint(np.arange(65536) / 257).astype(np.uint8).reshape(256, 256)
    for given in (values, values.astype(np.int32), values.astype(np.int64)):
        assert np.array_equal(to_8_bits(given, Levels(integers=(0, 65535))), expected)
        assert np.array_equal(to_8_bits(given), expected)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full((4, 4), 4095, np.uint16), "the value of white is unknown"),
        (np.full((4, 4), 70000, np.int32), "integers from 70,000 to 70,000; expected 0 to 65,535"),
        (np.full((4, 4), -1, np.int16), "integers from -1 to -1"),
        (np.full((4, 4), 1.5), "floats from 1.5 to 1.5; expected 0 to 1"),
        (np.full((4, 4), 1 / 255), "floats from 0.003922 to 0.003922; expected 0 .black. to 1 .white.; .* 255 twice"),
        (np.array([[0.0, np.nan]]), "1 of 2 values are not finite"),
        (np.array([[0.0, np.inf]]), "1 of 2 values are not finite"),
    ],
)
def test_without_a_scale_an_unknown_white_is_refused(values: np.ndarray, said: str) -> None:
    with pytest.raises(BadImage, match=said) as caught:
        to_8_bits(values)
    assert caught.value.reason == "unknown-range"
    with pytest.raises(BadImage, match=said) as caught:
        load_image(values)
    assert caught.value.reason == "bad-array"


def test_an_image_for_display_is_scaled_by_its_own_range() -> None:
    values = np.rint(grey(1) * (4095 / 255)).astype(np.uint16)
    assert np.abs(np.asarray(load_image(encoded(values), levels=None)).astype(int)[..., 0] - grey(1)).max() <= 1


def write(root: Path, images: dict[str, np.ndarray]) -> Path:
    for name, values in images.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(encoded(values))
    return root


def test_check_reports_the_scale_and_the_images_that_exceed_it(tmp_path: Path) -> None:
    images = {f"{'ab'[at % 2]}/{at:02}.png": grey(at).astype(np.uint16) * 16 for at in range(40)}
    images["a/00.png"][:8] = 12240
    images |= {f"a/eight{at}.png": grey(100 + at) for at in range(10)}
    report = check(write(tmp_path, images))
    found = {finding.code: finding for finding in report.findings}
    assert found["levels-measured"].message == (
        "40 of 50 images have more than 8 bits and are converted to 8 bits: integers from 0 (black) to 4,095 "
        "(white: 12 bits). This range was measured on all of them and is saved with the model"
    )
    assert found["levels-measured"].severity == "info"
    assert found["levels-exceeded"].items == ("a/00.png: 0 to 12,240",)
    assert report.dataset.levels == Levels(integers=(0, 4095))
    assert PREPROCESS.measured_on(report.dataset).identity() != PREPROCESS.identity()


def test_a_given_scale_is_not_measured_again(tmp_path: Path) -> None:
    trained = ImagePreprocess(16, 16, 16, levels=Levels(integers=(0, 65535)))
    store = PixelStore(trained, measure=False)
    examples = [Example(str(at), grey(at).astype(np.uint16) * 16) for at in range(20)]
    seen = scan(examples, keep=store)
    assert store.preprocess == trained and seen.levels == trained.levels
    assert [finding.code for finding in seen.findings] == ["other-levels"]
    assert "to 4,095 (white: 12 bits); the model was trained on integers from 0" in seen.findings[0].message
    assert store(examples[0]).max() <= 16


TRAINED = {"16": Levels(integers=(0, 65535)), "12": Levels(integers=(0, 4095)), "255": Levels(floats=(0, 255))}
TRAINED |= {"1": Levels(floats=(0, 1)), "8": NOMINAL}


@pytest.mark.parametrize(
    ("trained", "white", "count", "severity", "said"),
    [
        ("16", 4095, 5, "error", "no value is above 6.2% of white"),
        ("16", 4095, 1, "warning", "this image has integers from 0 .black. to 4,095"),
        ("12", 255, 8, "error", "multiply them by 16.1|to 255 .white: 8 bits"),
        ("16", 16383, 5, "warning", "to 16,383"),
        ("8", 16383, 5, "warning", "the model expects integers from 0 .black. to 65,535"),
        (
            "255",
            1.0,
            12,
            "error",
            "floats from 0 .black. to 1 .white.; the model was trained on floats from 0 .* to 255",
        ),
        ("1", 1 / 255, 5, "error", "no value is above 0.4% of white"),
        ("12", 8190, 30, "warning", "to 8,191"),
        ("16", 65535, 5, None, ""),
        ("16", 20000, 1, None, ""),  # one dark image
        ("16", 20000, 19, None, ""),
        ("1", 0.7, 30, None, ""),
        ("12", 3000, 30, None, ""),
    ],
)
def test_images_with_another_scale_than_the_training_data_are_reported(
    trained: str, white: float, count: int, severity: str | None, said: str
) -> None:
    kind = "integers" if white > 254 and trained in ("8", "12", "16") else "floats"
    extents = {str(at): Extent(kind, 0.0, white) for at in range(count)}  # type: ignore[arg-type]
    findings = level_findings(extents, TRAINED[trained], count=count, given=True)
    found = [one for one in findings if one.code == "other-levels"]
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert not found or re.search(said, f"{found[0].message}; {found[0].remedy}")


def test_dark_and_blank_images_do_not_count_as_another_scale() -> None:
    extents = {str(at): Extent("integers", 0.0, 60000.0 if at else 900.0) for at in range(5)}
    assert level_findings(extents, TRAINED["16"], count=5, given=True) == []
    blank = {str(at): Extent("integers", 0.0, 0.0) for at in range(5)}
    assert level_findings(blank, TRAINED["16"], count=5, given=True) == []


@pytest.mark.parametrize("padded", [3, 40])
def test_a_padding_value_that_leaves_little_of_the_scale_is_reported(padded: int) -> None:
    images = [grey(at).astype(np.int32) * 16 - 1024 for at in range(40)]
    for image in images[:padded]:
        image[:2] = -32768
    found = {one.code: one for one in scan([Example(str(at), one) for at, one in enumerate(images)]).findings}
    said = found["levels-hardly-used"]
    assert said.severity == "warning" and len(said.items) == padded
    assert "about -1,024 to 3,05" in said.message and "from -32,768 (black)" in said.message
    assert "padding" in said.remedy and said.items[0] == "0: -32,768 to 3,056"


def test_dark_images_and_a_bright_overlay_within_the_range_use_the_scale() -> None:
    images = [grey(at).astype(np.uint16) * (257 if at % 8 == 0 else 60) for at in range(40)]
    assert [one.code for one in scan([Example(str(at), one) for at, one in enumerate(images)]).findings] == [
        "levels-measured"
    ]


def test_a_scale_of_old_data_is_measured_anew_on_new_data() -> None:
    store = PixelStore(ImagePreprocess(16, 16, 16, levels=Levels(integers=(0, 65535))))
    scan([Example(str(at), grey(at).astype(np.uint16) * 16) for at in range(20)], keep=store)
    assert store.preprocess.levels == Levels(integers=(0, 4095))


def test_images_of_8_bits_change_no_setting() -> None:
    store, _ = scanned([grey(seed) for seed in range(4)])
    assert store.preprocess == PREPROCESS and "levels" not in PREPROCESS.to_json()


@pytest.mark.parametrize("levels", [{"integers": [0]}, {"integers": [5, 5]}, {"floats": [0, float("nan")]}, {"x": []}])
def test_an_invalid_scale_is_refused(levels: dict[str, list[float]]) -> None:
    with pytest.raises(BundleError):
        ImagePreprocess.from_json({**PREPROCESS.to_json(), "levels": levels})


def test_transparency_of_deep_images_becomes_white() -> None:
    alpha = np.full((24, 24), 65535, np.uint16)
    alpha[:12] = 0
    values = np.dstack([*[grey(1).astype(np.uint16) * 257] * 3, alpha])
    for raw in (deep_png(values, 6), deep_png(values[..., 2:], 4), values):
        loaded = load(raw, levels=Levels(integers=(0, 65535)))
        assert loaded.transparent and loaded.image is not None
        pixels = np.asarray(loaded.image)
        assert (pixels[:12] == 255).all() and np.array_equal(pixels[12:, :, 0], grey(1)[12:])


def test_the_extent_of_an_image_ignores_a_thousandth_at_either_end() -> None:
    values = np.full((100, 100), 500, np.uint16)
    values[0, :9], values[1, :9] = 0, 60000
    assert extent_of(values) == Extent("integers", 500.0, 500.0)
    values[0, :50], values[1, :50] = 100, 60000
    assert extent_of(values) == Extent("integers", 100.0, 60000.0, (100.0, 500.0))
    assert str(NOMINAL.describe()) == ""
