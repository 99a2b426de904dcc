"""Recognise the format of an image file by its bytes, and check the file's structure before a decoder reads it.

In: bytes. Out: a format name, the size in the header, or a fault. Pillow alone is too lenient for training data: it
decodes a JPEG whose middle was zeroed to grey blocks, and raises no error for a PNG that ends too early. Checked here
are the first bytes (the file name is not used), JPEG markers, PNG chunks and their CRC, and the declared length of RIFF
and TIFF.

Sources: ITU-T T.81 annex B (JPEG markers), W3C PNG section 5 (chunks, CRC), RFC 9649 (WebP), TIFF 6.0 section 2.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Literal, NamedTuple

from ghep.messages import Message

FORMAT_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "PNM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "AVIF": (".avif",),
    "HEIC": (".heic", ".heif"),
}
"""Format -> the usual suffixes of its files."""
ALLOWED = tuple(FORMAT_SUFFIXES)
PLUGINS = {"AVIF": "'pillow>=11.3'", "HEIC": "pillow-heif"}
"""Format -> the package that reads it, for formats that Pillow alone may not read."""

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_FOREIGN = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x00\x00\x00\x0cjP", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\x00\x00\x00\x0cJXL", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"gimp xcf", "XCF"),
    (b"v/1\x01", "OpenEXR"),
    (b"SIMPLE  =", "FITS"),
    (b"DDS ", "DDS"),
    (b"icns", "ICNS"),
)


MOST_FRAMES = 1000
"""Maximum number of TIFF directories that are counted."""


class Fault(NamedTuple):
    """Why a file is damaged: a reason (``truncated`` or ``damaged``), and the message."""

    reason: str
    message: Message


def sniff(data: bytes) -> str | None:
    """Return the format, such as ``PNG``, that the first bytes show; None if they are not an image."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and data[15:18] in (b"\0\0\0", b""):  # the header size; else any text that starts with BM fits
        return "BMP"
    for magic, name in (*_MAGIC, *_FOREIGN):
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp":
        brands = {data[at : at + 4] for at in (8, *range(16, min(len(data), int.from_bytes(data[:4], "big")), 4))}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        if brands & {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"}:
            return "HEIC"
    if re.match(rb"P[1-6]\s+(?:#|\d+\s)|P[fF]\s+\d+\s", data):
        return "PNM"
    if re.match(rb"P7\s", data):
        return "PAM"
    if re.search(rb"<svg[\s>]", data[:512]):
        return "SVG"
    return None


class TiffLayout(NamedTuple):
    """The pixel layout in the first directory of a TIFF."""

    bands: int
    bits: int
    sample_format: int
    """1 unsigned integers, 2 signed, 3 floats."""
    unspecified: bool
    """Whether a band beyond the colours is marked as other than transparency (ExtraSamples 0)."""
    frames: int
    planar: bool
    """Whether bands are stored one after the other."""

    def describe(self) -> Message:
        """Return the layout as text: ``5 bands of 16-bit integers``."""
        kind = {1: "integers", 2: "integers", 3: "floats"}.get(self.sample_format, "values")
        planar = self.planar and self.bands > 1
        return Message("tiff-layout", {"bands": self.bands, "bits": self.bits, "kind": kind, "planar": planar})


def tiff_layout(data: bytes) -> TiffLayout | None:
    """Return the pixel layout that a TIFF declares; None if its directories are damaged, and for BigTIFF."""
    if len(data) < 8 or data[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], order)

    tags: dict[int, int] = {}
    frames, seen, at = 0, set[int](), number(4, 4)
    while at and at not in seen and at + 6 <= len(data) and frames < MOST_FRAMES:
        seen.add(at)
        count = number(at, 2)
        if not frames:
            for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
                kind, values = number(entry + 2, 2), number(entry + 4, 4)
                size = {1: 1, 3: 2, 4: 4}.get(kind, 0)
                place = entry + 8 if size * values <= 4 else number(entry + 8, 4)
                tags[number(entry, 2)] = number(place, size) if size else 0
        frames += 1
        at = number(at + 2 + 12 * count, 4)
    if not frames:
        return None
    return TiffLayout(
        tags.get(277, 1), tags.get(258, 1), tags.get(339, 1), tags.get(338) == 0, frames, tags.get(284) == 2
    )


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return (width, height) from the first 30 bytes of a WebP; Pillow would read the whole file first."""
    if len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def fault(data: bytes, kind: str) -> Fault | None:
    """Return what is wrong with the structure of the file; None if no fault is visible without decoding."""
    check = {"JPEG": _jpeg_fault, "PNG": _png_fault, "WEBP": _webp_fault, "TIFF": _tiff_fault}.get(kind)
    return check(data) if check else None


# In entropy-coded data 0xFF is stuffed (FF00), a restart (FFD0-D7) or a fill byte (FFFF); anything else ends the scan.
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_BETWEEN_SCANS = {0xC4, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)}
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ZERO_RUN = bytes(64)


def _jpeg_fault(data: bytes) -> Fault | None:
    at, sequential = 2, False
    zero_codes: dict[int, int] = {}
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 2 > len(data):
            return Fault("truncated", Message("jpeg-no-end"))
        if data[at] != 0xFF:
            return Fault("damaged", Message("jpeg-no-marker", {"at": at}))
        marker = data[at + 1]
        if marker == 0xD9:
            return None  # previews, motion photos and camera notes may follow the image
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if length < 2 or at > len(data):
            return Fault("truncated", Message("jpeg-segment-cut"))
        if marker == 0xC4:
            zero_codes |= _zero_codes(body)
        elif marker in _SOF:
            sequential = marker in (0xC0, 0xC1)
        elif marker == 0xDA:
            end = _SCAN_END.search(data, at)
            if end is None:
                return Fault("truncated", Message("jpeg-data-cut"))
            if data[end.start() + 1] not in _BETWEEN_SCANS:
                return Fault("damaged", Message("jpeg-bad-marker", {"at": end.start()}))
            if sequential and any(zero_codes.values()):
                hole = data.find(_ZERO_RUN, at, end.start())
                if hole >= 0:
                    return Fault("damaged", Message("jpeg-hole", {"at": hole}))
            at = end.start()


# fmt: off
_LUMINANCE = (  # ITU-T T.81 table K.1, in the zigzag order of a DQT segment
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)
# fmt: on


def _scaled_table(quality: int) -> tuple[int, ...]:
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(255, max(1, (value * percent + 50) // 100)) for value in _LUMINANCE)


_QUALITIES = {_scaled_table(quality): float(quality) for quality in range(1, 101)}


def jpeg_quality(data: bytes) -> float | None:
    """Return the quality, 1 to 100, that a JPEG was saved with, from its luminance table; None for other formats.

    If the table is none of libjpeg's, the result is an estimate to one decimal: the libjpeg quality whose table is
    about as coarse.
    """
    table = _luminance_table(data)
    if table is None:
        return None
    if table in _QUALITIES:
        return _QUALITIES[table]
    percent = 100 * sum(table) / sum(_LUMINANCE)
    return round(min(100.0, max(1.0, 5000 / percent if percent > 100 else (200 - percent) / 2)), 1)


def _luminance_table(data: bytes) -> tuple[int, ...] | None:
    """Return the 64 values of the first (luminance) quantisation table of a JPEG; None if there is none."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xD9, 0xDA):
            return None
        if marker == 0xDB and at + 5 <= len(data) and data[at + 4] & 0x0F == 0:
            size = 2 if data[at + 4] >> 4 else 1
            body = data[at + 5 : at + 5 + 64 * size]
            if len(body) == 64 * size:
                return tuple(int.from_bytes(body[i : i + size], "big") for i in range(0, 64 * size, size))
        at += 2 + length
    return None


def _zero_codes(tables: bytes) -> dict[int, int]:
    """Return a dict: table id -> the symbol that a run of zero bits means, for each Huffman table of a DHT segment.

    If the symbol is 0 (no change, or end of block), a flat area of an intact image may be stored as a long run of zero
    bytes. With any other symbol, such a run would mean many blocks with the same full set of coefficients, which no
    encoder writes: the bytes were zeroed by a sparse download or a broken disk.
    """
    symbols, at = {}, 0
    while at + 17 <= len(tables):
        count = sum(tables[at + 1 : at + 17])
        if count and at + 17 < len(tables):
            symbols[tables[at]] = tables[at + 17]
        at += 17 + count
    return symbols


def _png_fault(data: bytes) -> Fault | None:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            return Fault("truncated", Message("png-chunk-cut"))
        critical = not kind[0] & 0x20
        if critical and zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return Fault("damaged", Message("png-checksum", {"at": at}))
        if kind == b"IEND":
            return None
        at = end
    return Fault("truncated", Message("png-no-end"))


def _webp_fault(data: bytes) -> Fault | None:
    declared = int.from_bytes(data[4:8], "little") + 8
    if declared <= len(data):
        return None
    return Fault("truncated", Message("webp-cut", {"found": len(data), "expected": declared}))


def _tiff_fault(data: bytes) -> Fault | None:
    if data[2:3] == b"+" or data[3:4] == b"+":  # BigTIFF: the decoder checks it
        return None
    directory = int.from_bytes(data[4:8], "little" if data[:2] == b"II" else "big")
    if len(data) < 8 or directory + 2 > len(data):
        return Fault("truncated", Message("tiff-directory-cut"))
    return None
