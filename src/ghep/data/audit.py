"""Look at every picture once: what cannot be used, and the few numbers that find copies. In: examples, out: a ``Scan``.

Each file is read and decoded one time, in a pool of threads (Pillow and hashlib let go of the interpreter lock).
Pictures are not held: what stays is about 1.2 kB per example, 60 MB for 50,000.

The fingerprint of a picture is the sign pattern of the 64 lowest frequencies of a 32x32 grey thumbnail (a DCT
perceptual hash, after Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010); the
thumbnail itself is kept to verify what the hash proposes (``copies.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ghep.data.image import image_bytes, load_sized
from ghep.data.image_format import FORMAT_SUFFIXES, sniff
from ghep.errors import BadImage
from ghep.types import Example, Finding, Quarantined

THUMB = 32
ENOUGH = 8 * THUMB
"""Shorter side to which a large JPEG may be reduced when only its thumbnail is wanted."""
TINY = 8
"""Shorter sides than this hold next to nothing."""
_FREQUENCIES = np.cos(np.pi / THUMB * (np.arange(THUMB)[None, :] + 0.5) * np.arange(1, 9)[:, None])  # (8, 32), DCT-II


@dataclass(frozen=True, slots=True)
class Fact:
    """What one good example looks like in numbers."""

    id: str
    digest: bytes
    """SHA-256 of the content as given: equal digests are the same file."""
    width: int
    height: int
    format: str
    """Format of the content, whatever the name says; ``array`` for pictures in memory."""
    fingerprint: int
    """64 bits; copies differ in few of them."""
    thumb: bytes
    """Grey, 32 x 32, row by row."""
    colour: tuple[float, float, float]
    """Mean red, green and blue, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The facts about all good examples and the list of the others, both in the order of the examples."""

    facts: tuple[Any, ...]
    """``Fact`` for pictures, ``TextFact`` for texts; both have ``id`` and ``digest``."""
    quarantined: tuple[Quarantined, ...]


class Keep(Protocol):
    """What becomes of the good pictures (``pixels.PixelStore``)."""

    @property
    def at_least(self) -> int | None:
        """Shorter side that is enough (``image.load_image``); the one that decoding the example again would ask for."""

    def keep(self, example: Example, image: Image.Image) -> None:
        """Take a picture, in the thread that decoded it; what it raises stops the scan."""


Progress = Callable[[int, int], None]


def scan(
    examples: Sequence[Example], *, keep: Keep | None = None, workers: int = 2, progress: Progress | None = None
) -> Scan:
    """Read, decode and fingerprint every example once.

    ``keep`` is given each good picture (upright RGB), so that nothing has to be decoded again.
    ``progress(done, total)`` is called after each example.
    """
    facts: list[Fact] = []
    bad: list[Quarantined] = []
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="ghep-scan")
    try:
        for done, result in enumerate(pool.map(lambda example: _look(example, keep), examples), start=1):
            if isinstance(result, Fact):
                facts.append(result)
            else:
                bad.append(result)
            if progress:
                progress(done, len(examples))
    finally:
        pool.shutdown(cancel_futures=True)
    return Scan(tuple(facts), tuple(bad))


def _look(example: Example, keep: Keep | None) -> Fact | Quarantined:
    raw = example.raw
    try:
        if isinstance(raw, (Image.Image, np.ndarray)):
            content, kind = _pixels(raw), "array"
            image, size = load_sized(raw)
        else:
            content = image_bytes(raw)
            kind = sniff(content[:1024]) or ""
            image, size = load_sized(content, at_least=keep.at_least if keep is not None else ENOUGH)
    except BadImage as error:
        return Quarantined(example.id, error.reason, error.detail, raw if isinstance(raw, Path) else None)
    fact = _fact(example.id, hashlib.sha256(content).digest(), kind, size, image)
    if keep is not None:
        keep.keep(example, image)
    return fact


def _pixels(raw: Image.Image | np.ndarray[Any, Any]) -> bytes:
    if isinstance(raw, np.ndarray):
        return f"{raw.shape} {raw.dtype} ".encode() + raw.tobytes()
    return f"{raw.size} {raw.mode} ".encode() + np.asarray(raw).tobytes()


def _fact(identity: str, digest: bytes, kind: str, size: tuple[int, int], image: Image.Image) -> Fact:
    small = image.resize((THUMB, THUMB), Image.Resampling.BILINEAR, reducing_gap=2.0)
    thumb = np.asarray(small.convert("L"))
    red, green, blue = np.asarray(small, dtype=np.float64).mean(axis=(0, 1)).tolist()
    return Fact(identity, digest, *size, kind, fingerprint(thumb), thumb.tobytes(), (red, green, blue))


def fingerprint(thumb: np.ndarray[Any, Any]) -> int:
    """Return the 64-bit perceptual hash of a grey (32, 32) thumbnail."""
    waves = (_FREQUENCIES @ thumb.astype(np.float64) @ _FREQUENCIES.T).ravel()  # (64,)
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def image_findings(facts: Sequence[Fact], _: Sequence[Example] = ()) -> list[Finding]:
    """Return what is odd about the files themselves."""
    findings = []
    wrong = tuple(f"{fact.id}: {fact.format}" for fact in facts if _wrong_suffix(fact))
    if wrong:
        message = f"{len(wrong)} files are of another format than their name says; the content counts"
        findings.append(Finding("wrong-extension", "info", message, "rename them", wrong))
    tiny = tuple(f"{fact.id}: {fact.width} x {fact.height}" for fact in facts if min(fact.width, fact.height) < TINY)
    if tiny:
        message = f"{len(tiny)} pictures have a side shorter than {TINY} pixels"
        findings.append(Finding("tiny-images", "warning", message, "make sure that they are no placeholders", tiny))
    return findings


def _wrong_suffix(fact: Fact) -> bool:
    suffix = Path(fact.id).suffix.lower()
    known = {ending for endings in FORMAT_SUFFIXES.values() for ending in endings}
    return suffix in known and fact.format in FORMAT_SUFFIXES and suffix not in FORMAT_SUFFIXES[fact.format]
