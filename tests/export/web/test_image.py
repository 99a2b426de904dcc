"""The image loader in JavaScript gives the pixels of ghep's loader, for PNG and JPEG."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, features
from tests.export.web.node import node

from ghep.data.image.levels import Levels
from ghep.data.image.loader import load_image
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BadImage
from ghep.export.web.settings import image_settings

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { loadImage } from "web/image.js";
const folder = process.argv[2];
const found = [];
for (const [index, settings] of JSON.parse(readFileSync(`${folder}/settings.json`)).entries()) {
  try {
    const { image, exact } = await loadImage(new Uint8Array(readFileSync(`${folder}/${index}.file`)), settings);
    writeFileSync(`${folder}/${index}.rgb`, image.data);
    found.push({ width: image.width, height: image.height, exact });
  } catch (error) {
    found.push({ reason: error.reason ?? error.stack });
  }
}
console.log(JSON.stringify(found));
"""
SHARED = Path(__file__).parents[3].parent / "shared" / "data"
NET = ImagePreprocess(height=224, width=224, resize_to=256)
SMALL = ImagePreprocess(height=16, width=16, resize_to=20)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def differences(folder: Path, files: dict[str, bytes], preprocess: ImagePreprocess = NET) -> list[str]:
    """What differs between Python and JavaScript; files that both refuse for one reason do not."""
    for index, data in enumerate(files.values()):
        (folder / f"{index}.file").write_bytes(data)
    (folder / "settings.json").write_text(json.dumps([image_settings(preprocess)] * len(files)), encoding="utf-8")
    out = json.loads(node(SCRIPT, folder))
    found = []
    for index, ((name, data), got) in enumerate(zip(files.items(), out, strict=True)):
        try:
            wanted = np.asarray(load_image(data, at_least=preprocess.at_least, levels=preprocess.levels))
        except BadImage as error:
            found += [] if got.get("reason") == error.reason else [f"{name}: {error.reason}, not {got}"]
            continue
        if "reason" in got or (got["height"], got["width"]) != wanted.shape[:2]:
            found.append(f"{name}: {wanted.shape}, not {got}")
            continue
        pixels = np.fromfile(folder / f"{index}.rgb", np.uint8).reshape(wanted.shape)
        if not np.array_equal(pixels, wanted):
            found.append(f"{name}: {(pixels != wanted).sum()} of {wanted.size} values differ")
    return found


def png(
    samples: np.ndarray, kind: int, bits: int, *, interlace: bool = False, chunks: dict[bytes, bytes] | None = None
) -> bytes:
    """A PNG file of ``samples`` (H, W, C), which uses all five filters; ``chunks`` come before the pixels."""
    height, width = samples.shape[:2]
    passes = PASSES if interlace else [(0, 0, 1, 1)]
    lines = b"".join(_filtered(samples[top::down, left::across], bits) for left, top, across, down in passes)
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlace))
    parts = {b"IHDR": header, **(chunks or {}), b"IDAT": zlib.compress(lines), b"IEND": b""}
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _filtered(samples: np.ndarray, bits: int) -> bytes:
    """The rows of one pass, each with the next of the five filters."""
    if not samples.size:
        return b""
    rows = samples.reshape(len(samples), -1)
    if bits == 16:
        raw = rows.astype(">u2").view(np.uint8).reshape(len(rows), -1)
    elif bits == 8:
        raw = rows.astype(np.uint8)
    else:
        spread = (rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        raw = np.packbits(spread.reshape(len(rows), -1).astype(np.uint8), axis=1)
    step = max(1, samples.shape[2] * bits // 8)
    above, lines = np.zeros(raw.shape[1], np.int32), []
    for place, line in enumerate(raw.astype(np.int32)):
        left = np.concatenate([np.zeros(step, np.int32), line])[: len(line)]
        corner = np.concatenate([np.zeros(step, np.int32), above])[: len(line)]
        guess = left + above - corner
        near = np.stack([abs(guess - left), abs(guess - above), abs(guess - corner)]).argmin(axis=0)
        paeth = np.choose(near, [left, above, corner])
        predicted = [np.zeros_like(line), left, above, (left + above) // 2, paeth][place % 5]
        lines.append(bytes([place % 5]) + ((line - predicted) % 256).astype(np.uint8).tobytes())
        above = line
    return b"".join(lines)


def noise(kind: int, bits: int, *, width: int = 23, height: int = 17) -> np.ndarray:
    rng = np.random.default_rng(100 * kind + bits)
    return rng.integers(0, 2**bits, (height, width, CHANNELS[kind]))


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


LAYOUTS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16)]
LAYOUTS += [(6, 8), (6, 16)]


@pytest.mark.parametrize("interlace", [False, True])
def test_png_of_every_layout(interlace: bool, tmp_path: Path) -> None:
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), dtype=np.uint8)
    files = {}
    for kind, bits in LAYOUTS:
        chunks = {b"PLTE": palette[: 2**bits].tobytes()} if kind == 3 else {}
        files[f"type {kind}, {bits} bits"] = png(noise(kind, bits), kind, bits, interlace=interlace, chunks=chunks)
    assert differences(tmp_path, files) == []


def test_png_with_a_transparent_colour(tmp_path: Path) -> None:
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), dtype=np.uint8).tobytes()
    rgb = noise(2, 8)
    rgb[::2] = (9, 8, 7)
    files = {
        "colour": png(rgb, 2, 8, chunks={b"tRNS": struct.pack(">HHH", 9, 8, 7)}),
        "grey": png(noise(0, 8), 0, 8, chunks={b"tRNS": struct.pack(">H", 77)}),
        "grey of 4 bits": png(noise(0, 4), 0, 4, chunks={b"tRNS": struct.pack(">H", 3)}),
        "black of 1 bit": png(noise(0, 1), 0, 1, chunks={b"tRNS": struct.pack(">H", 0)}),
        "white of 1 bit": png(noise(0, 1), 0, 1, chunks={b"tRNS": struct.pack(">H", 1)}),
        "palette": png(noise(3, 8), 3, 8, chunks={b"PLTE": palette, b"tRNS": bytes(range(200))}),
        "palette of 4 bits": png(noise(3, 4), 3, 4, chunks={b"PLTE": palette[:48], b"tRNS": b"\xff\xff\x00"}),
        "colour of 16 bits": png(noise(2, 16), 2, 16, chunks={b"tRNS": struct.pack(">HHH", *noise(2, 16)[0, 0])}),
        "grey of 16 bits": png(noise(0, 16), 0, 16, chunks={b"tRNS": struct.pack(">H", noise(0, 16)[0, 0, 0])}),
    }
    assert differences(tmp_path, files) == []


def test_png_of_16_bits_on_the_scale_of_the_training_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = {
        "12 bits": png(rng.integers(0, 4096, (400, 301, 1)), 0, 16),
        "12 bits of colour": png(rng.integers(0, 4096, (50, 60, 3)), 2, 16),
        "too bright": png(rng.integers(40_000, 65_536, (20, 20, 1)), 0, 16),
        "8 bits": png(noise(2, 8), 2, 8),
    }
    assert differences(tmp_path, files, NET.with_levels(Levels(integers=(120.0, 4095.0)))) == []
    assert differences(tmp_path, files) == []  # without a scale, 12 bits are refused


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_orientation(kind: str, tmp_path: Path) -> None:
    image = Image.fromarray(noise(2, 8).astype(np.uint8))
    files = {}
    for turn in range(10):
        exif = Image.Exif()
        exif[0x0112] = turn
        files[f"turned {turn}"] = saved(image, kind, exif=exif)
    files["broken EXIF"] = saved(image, kind, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    if kind == "JPEG":
        files["XMP"] = saved(image, kind, xmp=b'<x:xmpmeta><rdf tiff:Orientation="6"/></x:xmpmeta>')
    assert differences(tmp_path, files) == []


def photo(width: int, height: int) -> Image.Image:
    """A smooth colour image with edges, from coarse noise."""
    coarse = np.random.default_rng(width).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.LANCZOS)


def jpeg_files(count: int, most: int) -> dict[str, bytes]:
    rng = np.random.default_rng(count)
    files = {}
    for index in range(count):
        width, height = (int(side) for side in rng.integers(1, most, 2))
        image = photo(width, height).convert(str(rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"])))
        options: dict[str, Any] = {
            "quality": int(rng.integers(5, 101)),
            "progressive": bool(rng.random() < 0.4),
            "restart_marker_rows": int(rng.random() < 0.3),
        }
        if image.mode != "L":
            options["subsampling"] = int(rng.integers(0, 3))
        files[f"{index}: {image.mode} {width} x {height}, {options}"] = saved(image, "JPEG", **options)
    files["RGB"] = saved(photo(50, 40), "JPEG", keep_rgb=True)
    return files


needs_turbo = pytest.mark.skipif(not features.check("libjpeg_turbo"), reason="Pillow without libjpeg-turbo")


@pytest.mark.slow
@needs_turbo
@pytest.mark.parametrize("preprocess", [NET, SMALL], ids=["whole", "reduced"])
def test_jpeg(preprocess: ImagePreprocess, tmp_path: Path) -> None:
    assert differences(tmp_path, jpeg_files(30, 200), preprocess) == []


@needs_turbo
@pytest.mark.slow
@pytest.mark.parametrize("preprocess", [NET, SMALL], ids=["whole", "reduced"])
def test_many_jpegs(preprocess: ImagePreprocess, tmp_path: Path) -> None:
    assert differences(tmp_path, jpeg_files(200, 900), preprocess) == []


@needs_turbo
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hymenoptera", "flowers17", "cats-dogs", "pets"])
@pytest.mark.parametrize("preprocess", [NET, SMALL], ids=["whole", "reduced"])
def test_photos_of_cameras(name: str, preprocess: ImagePreprocess, tmp_path: Path) -> None:
    photos = sorted((SHARED / name).rglob("*.jp*g"))[:60]
    if not photos:
        pytest.skip(f"needs the data set {name}")
    assert differences(tmp_path, {one.name: one.read_bytes() for one in photos}, preprocess) == []


def test_unusable_files_have_the_reason_of_the_loader(tmp_path: Path) -> None:
    large = saved(Image.fromarray(noise(2, 8, width=200, height=200).astype(np.uint8)), "JPEG", quality=90)
    jpeg, whole = saved(photo(90, 80), "JPEG"), png(noise(2, 8), 2, 8)
    files = {
        "no bytes": b"",
        "half a JPEG": jpeg[: len(jpeg) // 2],
        "JPEG with a hole": large[:9000] + bytes(4096) + large[13_096:],
        "JPEG with another marker": jpeg[:-2] + b"\xff\xc9\xff\xd9",
        "JPEG without its end": jpeg[:-2],
        "half a PNG": whole[: len(whole) // 2],
        "PNG with a changed byte": whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
        "PNG without its end": whole[:-12],
        "too elongated": saved(Image.new("L", (600, 2))),
        "too many pixels": saved(Image.new("1", (9000, 8000))),
    }
    assert differences(tmp_path, files) == []
