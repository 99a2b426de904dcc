"""The one image loader, for training and serving: file, bytes, picture or array in, upright RGB picture out.

A picture that cannot be used is refused with ``BadImage(reason, detail)``; the reasons are stable:

    missing             no such file
    unreadable          the operating system will not let us read it, or it is a folder
    empty               zero bytes, or an array without pixels
    too-large-file      more than ``MAX_FILE_BYTES``
    not-an-image        the bytes are no image format we know of (an HTML page saved as .jpg)
    format-not-allowed  an image, but none of JPEG, PNG, WEBP, GIF, BMP, TIFF
    too-many-pixels     more than ``MAX_PIXELS``, told from the header before anything is decoded
    too-elongated       one side more than ``MAX_ASPECT`` times the other: resizing its short side would be a bomb
    truncated           the file ends too early
    damaged             checksums, markers or the decoder say the content is broken
    unknown-range       floats outside [0, 1] or 32-bit integers outside 0..65535: nobody can tell what is white
    unsupported-mode    a colour space with no agreed way to RGB (LAB)
    bad-array           an array of another shape, dtype or range than documented
    unsupported-type    neither path, bytes, picture nor array

Decisions, so that nobody has to guess:

- The content counts, not the name: a PNG called ``x.jpg`` loads.
- EXIF (and XMP, TIFF) orientation is applied; a broken EXIF block counts as upright. Colour profiles are not applied.
- Transparent pixels are laid on white. What hides under them is arbitrary, and photos cut out for shops, logos and
  scanned pages are shown on white where people labelled them.
- 16-bit grey is divided by 257 (65535 is white), never clipped. 16-bit RGB is reduced by Pillow (the high byte).
- Float pictures in [0, 1] are multiplied by 255. Others are refused: stretching each by its own minimum and maximum
  would make brightness depend on the neighbouring pixels.
- Animations give their first frame. A picture of 1x1 pixels loads.
- Damage that leaves a valid container (flipped bits in a JPEG, changed bytes in an uncompressed BMP) cannot be seen
  here.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ghep.data.image_format import ALLOWED, fault, sniff, webp_size
from ghep.errors import BadImage

MAX_PIXELS = 64_000_000
"""A 64-megapixel picture takes 192 MB decoded."""
MAX_FILE_BYTES = 256 * 2**20
MAX_ASPECT = 256
PROBE_BYTES = 4 * 2**20
"""Files larger than this have their header read before the rest."""

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (5, 6, 7, 8)
# Called by name instead of through Image.open: no other plugin can be reached, and no process-wide pixel limit is
# involved.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}


def load_image(
    raw: Path | str | bytes | Image.Image | np.ndarray[Any, Any], *, at_least: int | None = None
) -> Image.Image:
    """Load one picture as upright RGB, all of its data read.

    ``raw`` is a path, the bytes of a file, a PIL image (left as it was), or an array: (H, W) or (H, W, 1 | 3 | 4),
    uint8, or float in [0, 1]. With ``at_least`` a JPEG file comes at 1/2, 1/4 or 1/8 of its size, as long as its
    shorter side keeps this many pixels: the decoder leaves out the frequencies that resizing would average away.
    Raises ``BadImage`` with one of the reasons above, and nothing else, for a picture that cannot be used.

        >>> load_image(np.zeros((2, 3), np.uint8)).size
        (3, 2)
    """
    return load_sized(raw, at_least=at_least)[0]


def load_sized(
    raw: Path | str | bytes | Image.Image | np.ndarray[Any, Any], *, at_least: int | None = None
) -> tuple[Image.Image, tuple[int, int]]:
    """Return ``load_image`` and the (width, height) of the whole picture, upright."""
    if isinstance(raw, np.ndarray):
        raw = _from_array(raw)
    if isinstance(raw, Image.Image):
        check_size(*raw.size)
        with _quiet():
            image = _decode(raw)
        return image, image.size
    data = image_bytes(raw)
    with _quiet():
        opened = _open(io.BytesIO(data), data[:1024])
        broken = fault(data, _kind(data[:1024]))
        if broken:
            raise BadImage(*broken)
        size = opened.size
        if at_least is not None:
            opened.draft(None, (at_least, at_least))  # nothing happens for other formats than JPEG
        image = _decode(opened)
        return image, size[::-1] if _orientation(opened) in _ON_ITS_SIDE else size


def image_bytes(raw: Path | str | bytes) -> bytes:
    """Return the bytes of a picture file; a large one is refused by its header before the rest is read."""
    if not isinstance(raw, (str, Path, bytes, bytearray, memoryview)):
        raise BadImage("unsupported-type", f"expected a path, bytes, PIL image or array, got {type(raw).__name__}")
    if isinstance(raw, (str, Path)):
        return _read(Path(raw))
    if not len(raw):
        raise BadImage("empty", "zero bytes")
    if len(raw) > MAX_FILE_BYTES:
        raise BadImage("too-large-file", f"{len(raw):,} bytes; at most {MAX_FILE_BYTES:,} are read")
    return bytes(raw)


def check_size(width: int, height: int) -> None:
    """Raise ``BadImage`` if a picture of this size must not be decoded."""
    if not width or not height:
        raise BadImage("empty", f"{width} x {height} pixels")
    if width * height > MAX_PIXELS:
        raise BadImage("too-many-pixels", f"{width} x {height} pixels; at most {MAX_PIXELS:,} are decoded")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BadImage("too-elongated", f"{width} x {height} pixels; one side may be {MAX_ASPECT} times the other")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size > MAX_FILE_BYTES:
                raise BadImage("too-large-file", f"{size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
            if size > PROBE_BYTES:
                head = file.read(1024)
                file.seek(0)
                with _quiet():
                    _open(file, head)
                file.seek(0)
            data = file.read(MAX_FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise BadImage("missing", f"no such file: {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BadImage("unreadable", getattr(error, "strerror", None) or str(error)) from None
    if not data:
        raise BadImage("empty", "zero bytes")
    return data


def _kind(head: bytes) -> str:
    kind = sniff(head)
    if kind is None:
        start = head[:24].decode("ascii", "backslashreplace")
        raise BadImage("not-an-image", f"no known image format; the content starts with {start!r}")
    if kind not in ALLOWED:
        raise BadImage("format-not-allowed", f"{kind} content; allowed are {', '.join(ALLOWED)}")
    return kind


def _open(file: IO[bytes], head: bytes) -> Image.Image:
    """Read the header only; refuse what is not allowed or too large."""
    kind = _kind(head)
    if kind == "WEBP" and (size := webp_size(head)):
        check_size(*size)
    try:
        opened = _READERS[kind](file, "")
    except Exception as error:  # hostile bytes make Pillow's parsers raise nearly anything
        data = head + file.read(MAX_FILE_BYTES)
        raise BadImage(*(fault(data, kind) or _reason_of(error, len(head) < 1024))) from None
    check_size(*opened.size)
    return opened


def _decode(opened: Image.Image) -> Image.Image:
    try:
        opened.load()
        image = _to_rgb(opened)
        turn = _UPRIGHT.get(_orientation(opened))
        upright = image.transpose(turn) if turn is not None else image.copy() if image is opened else image
        upright.info.clear()  # else its EXIF would turn it once more when it is loaded again
        return upright
    except BadImage:
        raise
    except Exception as error:
        raise BadImage(*_reason_of(error)) from None


def _reason_of(error: Exception, short: bool = False) -> tuple[str, str]:
    text = str(error) or type(error).__name__
    too_early = any(word in text.lower() for word in ("truncated", "not enough", "ended", "eof", "unexpected end"))
    return ("truncated" if too_early or short else "damaged"), text


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a broken EXIF block is no reason to refuse good pixels
        return 1
    return value if isinstance(value, int) else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image if type(image) is Image.Image else image.convert("RGB")
    if image.mode.startswith("I"):
        return _from_integers(np.asarray(image))
    if image.mode == "F":
        return _from_floats(np.asarray(image), "unknown-range")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image.convert("LA") if image.mode == "La" else image)
    if image.mode in ("1", "L", "P", "CMYK", "YCbCr", "HSV", "RGBX"):
        return image.convert("RGB")
    raise BadImage("unsupported-mode", f"pictures of mode {image.mode} have no agreed way to RGB")


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")


def _from_integers(values: np.ndarray[Any, Any]) -> Image.Image:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise BadImage("unknown-range", f"integers from {low} to {high}; expected 0 to 65535")
    grey = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)  # (H, W), rounded to nearest
    return Image.fromarray(grey).convert("RGB")


def _from_floats(values: np.ndarray[Any, Any], reason: str) -> Image.Image:
    low, high = float(values.min()), float(values.max())
    if not (low >= 0.0 and high <= 1.0):  # NaN fails both
        raise BadImage(reason, f"floats from {low:g} to {high:g}; expected 0 to 1")
    return _on_white_if_alpha(Image.fromarray(np.rint(values * 255.0).astype(np.uint8)))


def _from_array(values: np.ndarray[Any, Any]) -> Image.Image:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim != 2 and not (values.ndim == 3 and values.shape[2] in (3, 4)):
        hint = "; move the channels last" if values.ndim == 3 and values.shape[0] in (1, 3, 4) else ""
        raise BadImage("bad-array", f"shape {values.shape}; expected (H, W) or (H, W, 1, 3 or 4){hint}")
    check_size(values.shape[1], values.shape[0])
    if values.dtype.kind == "f":
        return _from_floats(values, "bad-array")
    if values.dtype != np.uint8:
        raise BadImage("bad-array", f"dtype {values.dtype}; expected uint8, or float from 0 to 1")
    return _on_white_if_alpha(Image.fromarray(np.ascontiguousarray(values)))


def _on_white_if_alpha(image: Image.Image) -> Image.Image:
    return _on_white(image) if image.mode == "RGBA" else image.convert("RGB")


_quiet_lock = threading.Lock()
_quiet_depth = 0
_quiet_filters: Any = None


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's own warnings while at least one thread loads.

    ``warnings.catch_warnings`` alone is not thread-safe before Python 3.14: two threads that overlap restore each
    other's filters. Here the first thread in saves, the last one out restores, and only warnings raised inside Pillow
    are silenced.
    """
    global _quiet_depth, _quiet_filters
    with _quiet_lock:
        if _quiet_depth == 0:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
        _quiet_depth += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_depth -= 1
            if _quiet_depth == 0:
                _quiet_filters.__exit__(None, None, None)
