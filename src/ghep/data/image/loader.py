"""The image loader of training and prediction. In: a file, bytes, PIL image or array. Out: an upright RGB image.

An unusable image raises ``BadImage(reason, ...)``; the reasons are stable:

    missing             no such file
    unreadable          the operating system refuses to read it, or it is a folder
    empty               zero bytes, or an array without pixels
    too-large-file      more than ``MAX_FILE_BYTES``
    not-an-image        the bytes are no known image format (an HTML page saved as .jpg)
    format-not-allowed  an image in another format than ``ALLOWED``
    plugin-missing      an allowed format, but the Pillow plugin that reads it is not installed (HEIC)
    too-many-pixels     more than ``MAX_PIXELS``, read from the header before anything is decoded
    too-elongated       one side more than ``MAX_ASPECT`` times the other: resizing its short side would exhaust memory
    truncated           the file ends too early
    damaged             checksums, markers or the decoder report broken content
    unknown-range       more than 8 bits, and white is unknown, or half of the pixels are outside [black, white]
    unsupported-mode    a colour space without a defined conversion to RGB (LAB), a TIFF of more than 4 bands
    bad-array           an array of another shape, dtype or range than documented
    unsupported-type    neither path, bytes, image nor array

Decisions:

- The format is recognised by the content, not by the name: a PNG called ``x.jpg`` loads.
- EXIF (and XMP, TIFF) orientation is applied; a broken EXIF block counts as upright. Colour profiles are not applied.
- Transparent pixels become white. Their stored colour is arbitrary, and product photos, logos and scanned pages are
  labelled on a white background.
- More than 8 bits (16- and 32-bit integers, floats, grey or colour) are scaled by ``levels.Levels``: one black and one
  white for a whole data set. Stretching each image by its own minimum and maximum would make brightness depend on the
  neighbouring pixels.
- Of animations the first frame is used. An image of 1x1 pixels loads.
- Damage that leaves a valid container (flipped bits in a JPEG, changed bytes in an uncompressed BMP) is not detected.
"""

from __future__ import annotations

import functools
import importlib
import io
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from ghep.data.image.formats import ALLOWED, PLUGINS, Fault, fault, sniff, tiff_layout, webp_size
from ghep.data.image.levels import NOMINAL, Extent, Levels, extent_of, measured, to_8_bits
from ghep.errors import BadImage
from ghep.messages import Message, text_of
from ghep.storage.regular import open_regular

MAX_PIXELS = 64_000_000
"""A 64-megapixel image takes 192 MB decoded."""
MAX_FILE_BYTES = 256 * 2**20
MAX_ASPECT = 256
PROBE_BYTES = 4 * 2**20
"""Files larger than this have their header read before the rest."""

_ORIENTATION = 0x0112
_SAMPLE_FORMAT = 339
_DEEP_COLOUR = re.compile(r"(?:LA|RGB|RGBX|RGBA|[RGBA]);16[BLN]")
"""Pillow's names for 16 bits per channel, of which it keeps 8, and the byte order: big, little, native."""
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
# Called by name instead of through Image.open: no other plugin can be reached, and no process-wide pixel limit applies.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "PNM": PpmImagePlugin.PpmImageFile,
}
_OPTIONAL_READERS = {"AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"), "HEIC": ("pillow_heif", "HeifImageFile")}
# Without a handler, Python's last resort would print on stderr what Pillow logs about a file it refuses.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Loaded(NamedTuple):
    """An image, and facts about its file: size, value range, transparency, parts that are not used."""

    image: Image.Image | None
    """Upright RGB; None for more than 8 bits without ``levels``: these have to be measured first."""
    size: tuple[int, int]
    """Width and height of the whole image, upright."""
    extent: Extent | None = None
    """Range of the pixel values of an image of more than 8 bits."""
    transparent: bool = False
    """Whether any pixel was transparent, and became white."""
    left_out: str = ""
    """Parts of the file that are not used: ``the last of 4 bands``, ``29 more frames``."""


class _Deep(NamedTuple):
    """The pixel values, and the transparency, of an image of more than 8 bits."""

    values: np.ndarray[Any, Any]
    """(H, W) or (H, W, 3), integers or floats."""
    alpha: Image.Image | None = None
    """8 bits."""


def load_image(
    raw: Path | str | bytes | Image.Image | np.ndarray[Any, Any],
    *,
    at_least: int | None = None,
    levels: Levels | None = NOMINAL,
) -> Image.Image:
    """Return one image as upright RGB, completely decoded.

    ``raw`` is a path, the bytes of a file, a PIL image (not modified), or an array: (H, W) or (H, W, 1 | 3 | 4),
    uint8, or other integers or floats. ``levels`` is the scale of images of more than 8 bits; None scales each by its
    own range, which is for display and not for training. With ``at_least`` a JPEG file is decoded at 1/2, 1/4 or 1/8 of
    its size, as long as its shorter side keeps this many pixels: the decoder omits the frequencies that resizing would
    average away. Raises only ``BadImage``, with a reason listed at the top of this file, for an unusable image.

        >>> load_image(np.zeros((2, 3), np.uint8)).size
        (3, 2)
    """
    found = load(raw, at_least=at_least, levels=levels)
    if found.image is None and found.extent is not None:
        found = load(raw, levels=measured([found.extent]))
    assert found.image is not None
    return found.image


def load(
    raw: Path | str | bytes | Image.Image | np.ndarray[Any, Any],
    *,
    at_least: int | None = None,
    levels: Levels | None = NOMINAL,
) -> Loaded:
    """Return the image of ``load_image`` with facts about its file.

    If ``levels`` is None, the range of the values of an image of more than 8 bits is measured, and no image returned.
    """
    if isinstance(raw, np.ndarray):
        return _from_array(raw, levels)
    if isinstance(raw, ImageFile.ImageFile) and (data := _file_content(raw)) is not None:
        raw = data
    if isinstance(raw, Image.Image):
        check_size(*raw.size)
        with _quiet():
            return _decode(raw, levels)
    data = image_bytes(raw)
    with _quiet():
        kind = _kind(data[:1024])
        opened = _open(io.BytesIO(data), data[:1024])
        broken = fault(data, kind)
        if broken:
            raise BadImage(broken.reason, broken.message.code, **broken.message.params)
        if kind == "TIFF":
            _refuse_planar_tiff(data)
        size = opened.size
        if at_least is not None:
            opened.draft(None, (at_least, at_least))  # affects JPEG only
        found = _decode(opened, levels, data=data)
        size = size[::-1] if _orientation(opened) in _ON_ITS_SIDE else size
        return found._replace(size=size, left_out=_left_out(opened, data, kind))


def image_bytes(raw: Path | str | bytes) -> bytes:
    """Return the bytes of an image file; a large one is checked by its header before the rest is read."""
    if not isinstance(raw, (str, Path, bytes, bytearray, memoryview)):
        raise BadImage("unsupported-type", "image-unsupported-type", type=type(raw).__name__)
    if isinstance(raw, (str, Path)):
        return _read(Path(raw))
    if not len(raw):
        raise BadImage("empty", "image-no-bytes")
    if len(raw) > MAX_FILE_BYTES:
        raise BadImage("too-large-file", "image-too-large", found=len(raw), limit=MAX_FILE_BYTES)
    return bytes(raw)


def pixels_in(raw: Any) -> int:
    """Return the number of pixels that the header of a file's bytes, a PIL image or an array declares; else 0.

    0 stands for a file that ``load_image`` would refuse by its header.
    """
    if isinstance(raw, Image.Image):
        return raw.width * raw.height
    if isinstance(raw, np.ndarray):
        return int(np.prod(raw.shape[:2]))
    try:
        data = image_bytes(raw)
        with _quiet():
            opened = _open(io.BytesIO(data), data[:1024])
        return opened.width * opened.height
    except BadImage:
        return 0


def check_size(width: int, height: int) -> None:
    """Raise ``BadImage`` if an image of this size cannot be decoded safely."""
    if not width or not height:
        raise BadImage("empty", "image-no-pixels", width=width, height=height)
    if width * height > MAX_PIXELS:
        raise BadImage("too-many-pixels", "image-too-many-pixels", width=width, height=height, limit=MAX_PIXELS)
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BadImage("too-elongated", "image-too-elongated", width=width, height=height, limit=MAX_ASPECT)


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise BadImage("too-large-file", "image-too-large", found=size, limit=MAX_FILE_BYTES)
            if size > PROBE_BYTES:
                head = file.read(1024)
                file.seek(0)
                with _quiet():
                    _open(file, head)
                file.seek(0)
            data = file.read(MAX_FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise BadImage("missing", "image-missing", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BadImage("unreadable", "image-unreadable", cause=getattr(error, "strerror", None) or error) from None
    if not data:
        raise BadImage("empty", "image-no-bytes")
    return data


def _kind(head: bytes) -> str:
    kind = sniff(head)
    if kind is None:
        start = head[:24].decode("ascii", "backslashreplace")
        raise BadImage("not-an-image", "image-unknown-format", start=repr(start))
    if kind not in ALLOWED:
        raise BadImage("format-not-allowed", "image-format-not-allowed", format=kind, allowed=ALLOWED)
    if _reader(kind) is None:
        raise BadImage("plugin-missing", "image-plugin-missing", format=kind, package=PLUGINS[kind])
    return kind


@functools.cache
def _reader(kind: str) -> Any:
    """Return Pillow's class that reads files of the format ``kind``; None if its plugin is not installed."""
    if kind in _READERS:
        return _READERS[kind]
    module, name = _OPTIONAL_READERS[kind]
    with suppress(ImportError, AttributeError):
        if kind != "AVIF" or features.check("avif"):
            return getattr(importlib.import_module(module), name)
    return None


def _open(file: IO[bytes], head: bytes) -> Image.Image:
    """Return the image with only the header read; BadImage if the format is not allowed or the image too large."""
    kind = _kind(head)
    if kind == "WEBP" and (size := webp_size(head)):
        check_size(*size)
    try:
        opened: Image.Image = _reader(kind)(file, "")
    except Exception as error:  # Pillow's parsers raise almost any exception for hostile bytes
        file.seek(0)
        data = file.read(MAX_FILE_BYTES)
        broken = fault(data, kind) or _unknown_tiff(data, kind, error) or _fault_of(error, len(head) < 1024)
        raise BadImage(broken.reason, broken.message.code, **broken.message.params) from None
    check_size(*opened.size)
    return opened


def _unknown_tiff(data: bytes, kind: str, error: Exception) -> Fault | None:
    """Return the fault if a TIFF has a layout or compression that Pillow does not support, else None."""
    layout = tiff_layout(data) if kind == "TIFF" else None
    if layout is not None and (layout.bands > 4 or "mode" in str(error)):
        return Fault("unsupported-mode", Message("tiff-unsupported-layout", {"layout": layout.describe()}))
    if layout is not None and isinstance(error, KeyError):
        return Fault("unsupported-mode", Message("tiff-unknown-compression", {"compression": error}))
    return None


def _refuse_planar_tiff(data: bytes) -> None:
    """Raise BadImage for a TIFF with planar 16-bit bands: Pillow reads the first half of each band as 8-bit pixels."""
    layout = tiff_layout(data)
    if layout is not None and layout.planar and layout.bands > 1 and layout.bits > 8:
        raise BadImage("unsupported-mode", "tiff-planar", layout=layout.describe())


def _frames(opened: Image.Image) -> int:
    """Return the number of frames of an opened file; 1 if damage after the first frame prevents counting."""
    try:
        return int(getattr(opened, "n_frames", 1))
    except Exception:  # Pillow's parsers raise almost any exception for hostile bytes
        return 1


def _left_out(opened: Image.Image, data: bytes, kind: str) -> str:
    """Return a text on the unused parts: further frames, TIFF bands other than red, green, blue and alpha."""
    layout = tiff_layout(data) if kind == "TIFF" else None
    more = (_frames(opened) if layout is None else layout.frames) - 1
    left = [text_of("image-more-frames", count=more)] if more > 0 else []
    if layout is not None and layout.bands == 4 and layout.unspecified:
        left.append(text_of("image-last-band"))
    return text_of("image-left-out", parts=left) if left else ""


def _decode(opened: Image.Image, levels: Levels | None, *, data: bytes | None = None) -> Loaded:
    try:
        deep = _deep(opened, data)
        if deep is None:
            opened.load()
            image, transparent = _to_rgb(opened)
            extent = None
        else:
            extent, transparent = extent_of(deep.values), _is_transparent(deep.alpha)
            size = opened.size[::-1] if _orientation(opened) in _ON_ITS_SIDE else opened.size
            if levels is None:
                return Loaded(None, size, extent, transparent)
            image = _to_image(deep, levels)
        turn = _UPRIGHT.get(_orientation(opened))
        upright = image.transpose(turn) if turn is not None else image.copy() if image is opened else image
        upright.info.clear()  # otherwise its EXIF would rotate it again when it is loaded again
        return Loaded(upright, upright.size, extent, transparent)
    except BadImage:
        raise
    except Exception as error:
        broken = _fault_of(error)
        raise BadImage(broken.reason, broken.message.code, **broken.message.params) from None


def _deep(opened: Any, data: bytes | None) -> _Deep | None:
    """Return the pixel values of an image of more than 8 bits; None for other images.

    Pillow keeps only the high byte of 16-bit colour. To get the low byte, the file is decoded again as if the two bytes
    of each value were swapped.
    """
    if opened.mode.startswith("I") or opened.mode == "F":
        opened.load()
        values = np.asarray(opened)
        tags = getattr(opened, "tag_v2", None)
        if values.dtype == np.int32 and tags is not None and tags.get(_SAMPLE_FORMAT, (1,))[0] == 1:
            values = values.view(np.uint32)  # Pillow has no unsigned 32-bit integers
        return _Deep(values)
    if data is None or not _is_deep_colour(opened):
        return None
    if opened.mode == "RGBA" and _rawmode(opened.tile[0]) == "LA;16B":  # four bytes per pixel, of which Pillow keeps 2
        opened.tile = [tile._replace(args="RGBA") for tile in opened.tile]
        pairs = np.asarray(opened).astype(np.uint16)  # (H, W, 4)
        return _Deep(pairs[..., 0] << 8 | pairs[..., 1], Image.fromarray(pairs[..., 2].astype(np.uint8)))
    low: Any = _open(io.BytesIO(data), data[:1024])
    low.tile = [_with_swapped_bytes(tile) for tile in low.tile]
    high_bytes, low_bytes = np.asarray(opened), np.asarray(low)  # (H, W, 3 or 4)
    values = high_bytes[..., :3].astype(np.uint16) << 8 | low_bytes[..., :3]
    return _Deep(values, Image.fromarray(high_bytes[..., 3]) if high_bytes.shape[2] == 4 else None)


def _is_deep_colour(opened: Any) -> bool:
    return bool(getattr(opened, "tile", None)) and _DEEP_COLOUR.fullmatch(_rawmode(opened.tile[0])) is not None


def _rawmode(tile: Any) -> str:
    """Return Pillow's name for the layout of the pixels in the file, such as ``RGB;16B``; ``tile`` is Pillow's too."""
    args = tile.args[0] if isinstance(tile.args, tuple) and tile.args else tile.args
    return str(args)


def _with_swapped_bytes(tile: Any) -> Any:
    rawmode = _rawmode(tile)
    native = "L" if sys.byteorder == "little" else "B"
    swapped = rawmode[:-1] + {"B": "L", "L": "B", "N": "B" if native == "L" else "L"}[rawmode[-1]]
    return tile._replace(args=(swapped, *tile.args[1:]) if isinstance(tile.args, tuple) else swapped)


def _file_content(image: Any) -> bytes | None:
    """Return the file content of an opened image of 16-bit colour, of which Pillow would decode the high bytes only.

    None for other images.
    """
    file = getattr(image, "fp", None)
    if file is None or not _is_deep_colour(image):
        return None
    at = file.tell()
    file.seek(0)
    data: bytes = file.read(MAX_FILE_BYTES)
    file.seek(at)
    return data


def _to_image(deep: _Deep, levels: Levels, *, reason: str = "unknown-range") -> Image.Image:
    image = Image.fromarray(to_8_bits(deep.values, levels, reason=reason))
    if deep.alpha is None:
        return image.convert("RGB")
    image = image.convert("RGBA")
    image.putalpha(deep.alpha)
    return _on_white(image)


def _is_transparent(alpha: Image.Image | None) -> bool:
    return alpha is not None and int(np.asarray(alpha).min()) < 255


def _fault_of(error: Exception, short: bool = False) -> Fault:
    text = " ".join(str(error).split()) or type(error).__name__
    too_early = any(word in text.lower() for word in ("truncated", "not enough", "ended", "eof", "unexpected end"))
    return Fault("truncated" if too_early or short else "damaged", Message("image-decoder", {"cause": text}))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a broken EXIF block does not make the pixels unusable
        return 1
    return value if isinstance(value, int) else 1


def _to_rgb(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return the image as RGB, and whether any pixel was transparent."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return (image if type(image) is Image.Image else image.convert("RGB")), False
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layer = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        return _on_white(layer), _is_transparent(layer.getchannel("A"))
    if image.mode in ("1", "L", "P", "CMYK", "YCbCr", "HSV", "RGBX"):
        return image.convert("RGB"), False
    raise BadImage("unsupported-mode", "image-mode", mode=image.mode)


def _on_white(layer: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")


def _from_array(values: np.ndarray[Any, Any], levels: Levels | None) -> Loaded:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim != 2 and not (values.ndim == 3 and values.shape[2] in (3, 4)):
        channels = "first" if values.ndim == 3 and values.shape[0] in (1, 3, 4) else "none"
        raise BadImage("bad-array", "image-array-shape", shape=str(values.shape), channels=channels)
    check_size(values.shape[1], values.shape[0])
    if values.dtype == np.bool_ or values.dtype.kind not in "uif":
        raise BadImage("bad-array", "image-array-dtype", dtype=values.dtype)
    size = values.shape[1], values.shape[0]
    if values.dtype == np.uint8:
        image, transparent = _to_rgb(Image.fromarray(np.ascontiguousarray(values)))
        return Loaded(image, size, None, transparent)
    deep = _Deep(values)
    if values.ndim == 3 and values.shape[2] == 4:
        opaque = 1.0 if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
        alpha = np.rint(values[..., 3] * (255 / opaque)).clip(0, 255).astype(np.uint8)
        deep = _Deep(values[..., :3], Image.fromarray(alpha))
    try:
        extent = extent_of(deep.values)
    except BadImage as error:
        raise BadImage("bad-array", error.detail) from None
    image_ = None if levels is None else _to_image(deep, levels, reason="bad-array")
    return Loaded(image_, size, extent, _is_transparent(deep.alpha))


_quiet_lock = threading.Lock()
_quiet_depth = 0
_quiet_filters: Any = None


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's own warnings while at least one thread loads.

    ``warnings.catch_warnings`` is not thread-safe before Python 3.14: two overlapping threads restore each other's
    filters. Here the first thread saves and the last one restores, and only warnings raised inside Pillow are silenced.
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
