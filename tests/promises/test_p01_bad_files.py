"""P1: a bad file never kills a run and is never trained on silently."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check, prepare
from ghep.data.image.loader import load_image
from ghep.errors import BadImage, DataError
from ghep.types import Example


def photo(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """A picture with structure at several scales, different for each seed."""
    rng = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)).resize(size, 3), dtype=float)
        for n in (3, 7, 15)
    ]
    return Image.fromarray((sum(layers) / 3).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A well-formed PNG of any size in few bytes of memory: grey, all zero."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    packer, row = zlib.compressobj(9), bytes(width + 1)
    packed = b"".join(packer.compress(row) for _ in range(min(height, 200))) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def damaged(data: bytes, filling: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + filling + data[middle + len(filling) :]


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Name -> content and the reason it is refused for."""
    jpeg = encoded(photo(900, (320, 240)), "JPEG", quality=90)
    progressive = encoded(photo(901, (320, 240)), "JPEG", quality=90, progressive=True)
    png = encoded(photo(902), "PNG")
    noise = np.random.default_rng(3).bytes(1024)
    floats = Image.fromarray(np.linspace(-3, 900, 64 * 64, dtype=np.float32).reshape(64, 64))
    return {
        "zero.jpg": (b"", "empty"),
        "html.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "not-an-image"),
        "header.jpg": (jpeg[:20], "truncated"),
        "half.jpg": (jpeg[: len(jpeg) // 2], "truncated"),
        "last100.jpg": (jpeg[:-100], "truncated"),
        "half-progressive.jpg": (progressive[: len(progressive) // 2], "truncated"),
        "half.png": (png[: len(png) // 2], "truncated"),
        "no-end.png": (png[:-12], "truncated"),
        "hole.jpg": (damaged(jpeg, bytes(600)), "damaged"),
        "noise.jpg": (damaged(jpeg, noise), "damaged"),
        "noise.png": (damaged(png, noise), "damaged"),
        "half.webp": (encoded(photo(903), "WEBP")[:400], "truncated"),
        "half.tif": (encoded(photo(904), "TIFF")[:5000], "truncated"),
        "half.bmp": (encoded(photo(905), "BMP")[:5000], "truncated"),
        "half.gif": (encoded(photo(906), "GIF")[:2000], "truncated"),
        "range.tif": (encoded(floats, "TIFF"), "unknown-range"),
        "eps.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "format-not-allowed"),
        "bomb85.png": (png_bomb(10_000, 8_500), "too-many-pixels"),
        "bomb160.png": (png_bomb(16_000, 10_000), "too-many-pixels"),
        "bomb400.png": (png_bomb(20_000, 20_000), "too-many-pixels"),
        "line.png": (encoded(photo(907, (5000, 1)), "PNG"), "too-elongated"),
    }


def odd_but_good_files() -> dict[str, bytes]:
    """Name -> content that looks like trouble and loads all the same."""
    deep = Image.fromarray(np.asarray(photo(950).convert("L"), dtype=np.uint16) * 257)
    unit = Image.fromarray(np.asarray(photo(951).convert("L"), dtype=np.float32) / 255)
    palette = photo(952).quantize(16)
    alpha = photo(953).convert("RGBA")
    alpha.putalpha(Image.fromarray(np.tile(np.arange(96, dtype=np.uint8), (72, 1))))
    files = {
        "deep.png": encoded(deep, "PNG"),
        "unit.tif": encoded(unit, "TIFF"),
        "cmyk.jpg": encoded(photo(954).convert("CMYK"), "JPEG"),
        "la.png": encoded(photo(955).convert("LA"), "PNG"),
        "palette.png": encoded(palette, "PNG", transparency=3),
        "alpha.png": encoded(alpha, "PNG"),
        "animated.gif": encoded(photo(956), "GIF", save_all=True, append_images=[photo(957)]),
        "really-png.jpg": encoded(photo(958), "PNG"),
        "one.png": encoded(photo(959, (1, 1)), "PNG"),
    }
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f"exif{orientation}.jpg"] = encoded(photo(960 + orientation), "JPEG", exif=exif)
    return files


def write_clean(root: Path, count: int = 80) -> None:
    for at in range(count):
        folder = root / ("cat", "dog")[at % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"good{at:02}.jpg").write_bytes(encoded(photo(at), "JPEG", quality=90))


def pixels_of(root: Path) -> dict[str, bytes]:
    class Pixels(dict):
        at_least = None
        levels = None

        def keep(self, example: Example, image: Image.Image) -> None:
            self[example.id] = image.tobytes()

    seen = Pixels()
    prepare(root, keep=seen)
    return seen


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A clean folder, and the same with bad and odd neighbours."""
    clean, mixed = tmp_path_factory.mktemp("clean"), tmp_path_factory.mktemp("mixed")
    write_clean(clean)
    write_clean(mixed)
    for name, (content, _) in bad_files().items():
        (mixed / "cat" / f"bad-{name}").write_bytes(content)
    for name, content in odd_but_good_files().items():
        (mixed / "dog" / f"odd-{name}").write_bytes(content)
    return clean, mixed


def test_the_quarantine_list_is_exact(folders: tuple[Path, Path]) -> None:
    data = prepare(folders[1])
    expected = {f"cat/bad-{name}": reason for name, (_, reason) in bad_files().items()}
    assert {bad.id: bad.reason for bad in data.quarantined} == expected
    assert len(data) == 80 + len(odd_but_good_files())
    assert next(finding for finding in data.findings if finding.code == "quarantined").severity == "warning"


def test_good_files_are_bit_equal_beside_bad_ones(folders: tuple[Path, Path]) -> None:
    clean, mixed = pixels_of(folders[0]), pixels_of(folders[1])
    assert len(clean) == 80
    assert {name: mixed[name] for name in clean} == clean


def test_strict_refuses_any_bad_file(folders: tuple[Path, Path]) -> None:
    with pytest.raises(DataError, match="21 of 118 files cannot be used"):
        prepare(folders[1], strict=True)
    prepare(folders[0], strict=True)


def test_over_a_fifth_bad_stops_with_a_message(tmp_path: Path) -> None:
    write_clean(tmp_path, 79)
    for at in range(20):
        (tmp_path / "cat" / f"z{at:02}.jpg").write_bytes(b"<html>")
    with pytest.raises(
        DataError, match=r"20 of 99 files cannot be used: 20 not-an-image; such as cat/z00.jpg, cat/z01.jpg"
    ):
        prepare(tmp_path)
    write_clean(tmp_path, 80)
    assert len(prepare(tmp_path).quarantined) == 20  # exactly a fifth


def test_too_many_bad_files_are_named_with_their_causes(tmp_path: Path) -> None:
    write_clean(tmp_path, 20)
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)
    for at in range(12):
        (tmp_path / "cat" / f"z{at:02}.heic").write_bytes(heic)
    (tmp_path / "cat" / "zz.jpg").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        prepare(tmp_path)
    assert caught.value.cause == (
        "13 of 33 files cannot be used: 12 plugin-missing, 1 empty; such as cat/z00.heic, cat/z01.heic "
        "(HEIC content; to read it: pip install pillow-heif); cat/zz.jpg (zero bytes)"
    )


@pytest.mark.slow
@pytest.mark.parametrize("at_least", [None, 120, 30])
@pytest.mark.parametrize("name", sorted(bad_files()))
def test_each_bad_file_is_refused_for_its_reason(name: str, at_least: int | None) -> None:
    """Decoding at 1/2 and 1/8 of the size still reads all of the data."""
    content, reason = bad_files()[name]
    with pytest.raises(BadImage) as caught:
        load_image(content, at_least=at_least)
    assert caught.value.reason == reason


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    upright = np.zeros((40, 60, 3), np.uint8)
    upright[:20, :30] = (250, 0, 0)
    upright[20:, :30] = (0, 250, 0)
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turned))
    for kind, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        assert np.array_equal(load_image(encoded(stored, kind, exif=exif, **options)), upright), kind


def test_check_names_the_wrong_extension(folders: tuple[Path, Path]) -> None:
    report = check(folders[1])
    named = next(finding for finding in report.findings if finding.code == "wrong-extension")
    assert named.items == ("dog/odd-really-png.jpg: PNG",)
    assert report.to_json()["exit_code"] == report.exit_code
