"""Images and texts of the kinds that deployed models read wrongly: rotated, transparent, 16-bit, emoji, very long.

They are made here, always the same, so that every export can be compared on them without any data.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from ghep.data.text.loader import TextPair
from ghep.types import Modality, Raw

ORIENTATION = 0x0112
"""EXIF tag of the orientation, 1 to 8."""
SECOND = "The second text of each pair."


def odd_inputs(modality: Modality, *, pairs: bool = False) -> dict[str, Raw]:
    """Return name -> input: about 30 images, as the content of files, or texts; with ``pairs``, pairs of texts.

    A few cannot be used at all (an empty file): the reason must be the same wherever they are read.
    """
    if modality == "image":
        return dict(odd_images())
    return {name: TextPair(text, SECOND) if pairs else text for name, text in odd_texts().items()}


def odd_images() -> Mapping[str, bytes]:
    """Return name -> content of an image file."""
    photo = _photo(360, 240)
    grey = photo.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    twelve_bits = Image.fromarray(np.asarray(grey).astype(np.uint16) * 16)
    alpha = photo.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(photo.size))
    palette = photo.quantize(64)
    jpeg = _file(photo, "JPEG", quality=90)
    return {
        "photo.jpg": jpeg,
        **{f"orientation {turn}.jpg": _file(photo, "JPEG", exif=_turned(turn)) for turn in (2, 3, 5, 6, 8)},
        "progressive.jpg": _file(photo, "JPEG", progressive=True, quality=75),
        "no subsampling.jpg": _file(photo, "JPEG", subsampling=0, quality=95),
        "grey.jpg": _file(grey, "JPEG"),
        "cmyk.jpg": _file(photo.convert("CMYK"), "JPEG"),
        "huge.jpg": _file(photo.resize((4000, 3000), Image.Resampling.NEAREST), "JPEG", quality=85),
        "photo.png": _file(photo, "PNG"),
        "grey.png": _file(grey, "PNG"),
        "grey and alpha.png": _file(alpha.convert("LA"), "PNG"),
        "black and white.png": _file(photo.convert("1"), "PNG"),
        "alpha.png": _file(alpha, "PNG"),
        "palette.png": _file(palette, "PNG"),
        "transparent palette.png": _file(palette, "PNG", transparency=3),
        "16 bits.png": _file(deep, "PNG"),
        "12 bits.png": _file(twelve_bits, "PNG"),
        "16 bits.tif": _file(deep, "TIFF"),
        "photo.tif": _file(photo, "TIFF"),
        "photo.bmp": _file(photo, "BMP"),
        "photo.webp": _file(photo, "WEBP", lossless=True),
        "palette.gif": _file(palette, "GIF"),
        "two frames.gif": _file(palette, "GIF", save_all=True, append_images=[_photo(360, 240, 1).quantize(64)]),
        "1 x 1.png": _file(photo.resize((1, 1)), "PNG"),
        "2 x 3.png": _file(photo.resize((2, 3)), "PNG"),
        "very wide.png": _file(photo.resize((1000, 4)), "PNG"),
        "very tall.png": _file(photo.resize((4, 1000)), "PNG"),
        "truncated.jpg": jpeg[: len(jpeg) // 2],
        "page.jpg": b"<!doctype html><title>404</title>",
        "empty.jpg": b"",
    }


def odd_texts() -> Mapping[str, str]:
    """Return name -> text."""
    sentence = "A long film, but never a dull one, and the end is good. "
    return {
        "sentence": sentence,
        "one letter": "a",
        "capitals": "NOT A SINGLE DULL MOMENT!!!",
        "digits": "3,000.50 1e-7 0x1F ½ Ⅷ ²",
        "emoji": "👍 great 🦊🎬",
        "joined emoji": "👍🏽 👨‍👩‍👧 🏳️‍🌈 🇻🇳",
        "Chinese": "这部电影很好。",
        "Japanese": "とても良い映画でした。アニメ",
        "Korean": "정말 좋은 영화였다",
        "Thai": "หนังดีมาก",
        "Vietnamese": "Phim hay lắm, nhưng hơi dài.",
        "Arabic": "فيلم جيد جدا",
        "Hebrew in English": "the film שלום עולם was good",
        "direction marks": "good \u202enoitcerid\u202c film \u200f!",
        "composed": "café naïve Å",
        "combining marks": "cafe\u0301 nai\u0308ve A\u030a",
        "many marks": "g\u0301\u0302\u0303\u0308o\u0323\u0304\u0306od",
        "ligatures": "ﬁlm ﬂow ﬀ ĳ ß İ ı",
        "wide letters": "ｇｏｏｄ　ｆｉｌｍ",
        "zero width": "go\u200bod\u200d fi\ufefflm",
        "soft hyphen": "won\u00adder\u00adful",
        "unknown signs": "\ue000 \U000f0000 \U00010348 \ufffd",
        "control characters": "good\x00 fi\x07lm\x1b[0m\x7f",
        "white space": "  two\t spaces \n\n and\u00a0lines\u2028here  ",
        "special tokens": "[CLS] good [SEP] [MASK] [PAD] <s> </s> <pad> <|endoftext|>",
        "markup": "<b>bold</b> &amp; <script>alert(1)</script>",
        "address": "https://example.com/a?b=c#d me@example.com #film @you",
        "one long word": "o" * 600,
        "repeated sign": "!" * 700,
        "10,000 characters": sentence * (10_000 // len(sentence)),
        "10,000 signs without a space": "好" * 10_000,
        "blank": "   ",
        "empty": "",
    }


def _photo(width: int, height: int, seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def _turned(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    return exif


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
