"""Look at every image: what cannot be used, and the few numbers that find copies. In: examples, out: a ``Scan``.

Each file is read and decoded one time, in a pool of threads (Pillow and hashlib let go of the interpreter lock); images
of more than 8 bits a second time, once their scale is known. Images are not held: what stays is about 1.2 kB per
example, 60 MB for 50,000.

The fingerprint of an image is the sign pattern of the 64 lowest frequencies of a 32x32 grey thumbnail (a DCT
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

from ghep.data.image.formats import FORMAT_SUFFIXES, jpeg_quality, sniff
from ghep.data.image.levels import NOMINAL, Extent, Levels, level_findings, measured
from ghep.data.image.loader import Loaded, image_bytes, load
from ghep.errors import BadImage
from ghep.types import Example, Finding, Quarantined, Severity

THUMB = 32
ENOUGH = 8 * THUMB
"""Shorter side to which a large JPEG may be reduced when only its thumbnail is wanted."""
TINY = 8
"""Shorter sides than this hold next to nothing."""
ONE_COLOUR = 8
"""An image whose channels each vary by at most this, of 255, shows nothing."""
DARK, DARK_SHARE = 16, 0.999
"""An image is dark if this share of its pixels is below this grey level, of 255: road signs at night reach 16."""
MANY_ODD = 0.01
"""Of this share of the images on, odd ones are a warning."""
ODDITIES = {
    "one-colour": ("blank-images", "are of one colour", "look at them: they may be placeholders or failed exports"),
    "white-on-white": (
        "blank-on-white",
        "are of one colour once their transparent parts are laid on white",
        "lay them on another colour, and save them without transparency",
    ),
    "dark": (
        "dark-images",
        f"are nearly black: {DARK_SHARE:.1%} of their pixels are below {DARK} of 255",
        "make sure that they are exposed and exported as they should be",
    ),
}
"""Oddity -> code, message and remedy of its finding."""
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
    """Format of the content, whatever the name says; ``array`` for images in memory."""
    fingerprint: int
    """64 bits; copies differ in few of them."""
    thumb: bytes
    """Grey, 32 x 32, row by row."""
    colour: tuple[float, float, float]
    """Mean red, green and blue, 0 to 255."""
    oddity: str = ""
    """``one-colour``, ``white-on-white`` (one colour, because transparent pixels became white) or ``dark``."""
    extent: Extent | None = None
    """How far the pixels reach, of an image of more than 8 bits."""
    left_out: str = ""
    """What of the file is not used: bands, frames."""
    quality: float | None = None
    """Of a JPEG, 1 to 100, from its quantisation table (``image_format.jpeg_quality``); None for other formats."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The facts about all good examples and the list of the others, both in the order of the examples."""

    facts: tuple[Any, ...]
    """``Fact`` for images, ``TextFact`` for texts; both have ``id`` and ``digest``."""
    quarantined: tuple[Quarantined, ...]
    findings: tuple[Finding, ...] = ()
    """On what was measured on all of them together."""
    levels: Levels = NOMINAL
    """Black and white of images of more than 8 bits."""


class Keep(Protocol):
    """What becomes of the good images (``pixels.PixelStore``)."""

    levels: Levels | None
    """Black and white of images of more than 8 bits; None: they are measured, and set here."""

    @property
    def at_least(self) -> int | None:
        """Shorter side that is enough (``image.load_image``); the one that decoding the example again would ask for."""

    def keep(self, example: Example, image: Image.Image) -> None:
        """Take an image, in the thread that decoded it; what it raises stops the scan."""


Progress = Callable[[int, int], None]


def scan(
    examples: Sequence[Example], *, keep: Keep | None = None, workers: int = 2, progress: Progress | None = None
) -> Scan:
    """Read, decode and fingerprint every example once.

    ``keep`` is given each good image (upright RGB), so that nothing has to be decoded again. Images of more than 8 bits
    are measured first and read by one scale, unless ``keep`` has one.
    ``progress(done, total)`` is called after each example.
    """
    given = keep.levels if keep is not None else None
    results: dict[str, Fact | Quarantined | Extent] = {}
    done: list[str] = []

    def look(todo: Sequence[Example], levels: Levels | None) -> list[Example]:
        """Look at ``todo``; return those that have to be looked at again, with the levels measured on them."""
        for example, result in zip(todo, pool.map(lambda one: _look(one, keep, levels), todo), strict=True):
            results[example.id] = result
            if not isinstance(result, Extent):
                done.append(example.id)
                if progress:
                    progress(len(done), len(examples))
        return [example for example in todo if isinstance(results[example.id], Extent)]

    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="ghep-scan")
    try:
        levels = given or NOMINAL
        if deep := look(examples, given):
            levels = measured([extent for extent in results.values() if isinstance(extent, Extent)])
            if keep is not None:
                keep.levels = levels
            look(deep, levels)
    finally:
        pool.shutdown(cancel_futures=True)
    facts = tuple(result for result in results.values() if isinstance(result, Fact))
    bad = tuple(result for result in results.values() if isinstance(result, Quarantined))
    extents = {fact.id: fact.extent for fact in facts if fact.extent is not None}
    found = level_findings(extents, levels, count=len(facts), given=given is not None)
    return Scan(facts, bad, tuple(found), levels)


def _look(example: Example, keep: Keep | None, levels: Levels | None) -> Fact | Quarantined | Extent:
    """Return what was seen of an example; of one of more than 8 bits without ``levels``, how far it reaches."""
    raw = example.raw
    try:
        if isinstance(raw, (Image.Image, np.ndarray)):
            content, kind = b"", "array"
            loaded = load(raw, levels=levels)
        else:
            content = image_bytes(raw)
            kind = sniff(content[:1024]) or ""
            loaded = load(content, at_least=keep.at_least if keep is not None else ENOUGH, levels=levels)
    except BadImage as error:
        return Quarantined(example.id, error.reason, error.detail, raw if isinstance(raw, Path) else None)
    if loaded.image is None:
        assert loaded.extent is not None
        return loaded.extent
    digest = hashlib.sha256(content or _pixels(raw)).digest()  # the pixels last: 16-bit colour is decoded by load alone
    fact = _fact(example.id, digest, kind, loaded, loaded.image, jpeg_quality(content))
    if keep is not None:
        keep.keep(example, loaded.image)
    return fact


def _pixels(raw: Image.Image | np.ndarray[Any, Any]) -> bytes:
    if isinstance(raw, np.ndarray):
        return f"{raw.shape} {raw.dtype} ".encode() + raw.tobytes()
    return f"{raw.size} {raw.mode} ".encode() + np.asarray(raw).tobytes()


def _fact(identity: str, digest: bytes, kind: str, loaded: Loaded, image: Image.Image, quality: float | None) -> Fact:
    small = image.resize((THUMB, THUMB), Image.Resampling.BILINEAR, reducing_gap=2.0)
    thumb = np.asarray(small.convert("L"))
    red, green, blue = np.asarray(small, dtype=np.float64).mean(axis=(0, 1)).tolist()
    return Fact(
        identity,
        digest,
        *loaded.size,
        kind,
        fingerprint(thumb),
        thumb.tobytes(),
        (red, green, blue),
        _oddity(image, small, transparent=loaded.transparent),
        loaded.extent,
        loaded.left_out,
        quality,
    )


def _oddity(image: Image.Image, small: Image.Image, *, transparent: bool) -> str:
    """Return what is odd about the pixels as a network sees them; the thumbnail rules most images out."""
    if _spread(small) <= ONE_COLOUR and _spread(image) <= ONE_COLOUR:
        return "white-on-white" if transparent else "one-colour"
    if np.asarray(small.convert("L")).max() < 2 * DARK:
        below = sum(image.convert("L").histogram()[:DARK])
        if below >= DARK_SHARE * image.width * image.height:
            return "dark"
    return ""


def _spread(image: Image.Image) -> int:
    """Return the largest difference between two values of one channel."""
    used = np.array(image.histogram()).reshape(-1, 256) > 0  # (channels, values)
    return max(int(np.flatnonzero(channel)[-1] - np.flatnonzero(channel)[0]) for channel in used)


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
        message = f"{len(tiny)} images have a side shorter than {TINY} pixels"
        findings.append(Finding("tiny-images", "warning", message, "make sure that they are no placeholders", tiny))
    for oddity, (code, message, remedy) in ODDITIES.items():
        odd = tuple(fact.id for fact in facts if fact.oddity == oddity)
        if odd:
            severity: Severity = "warning" if len(odd) >= MANY_ODD * len(facts) else "info"
            findings.append(Finding(code, severity, f"{len(odd)} images {message}", remedy, odd))
    left = tuple(f"{fact.id}: {fact.left_out}" for fact in facts if fact.left_out)
    if left:
        message = f"{len(left)} files hold more than one RGB or grey image; what is beyond it is not used"
        remedy = "if it matters, save every frame or band as an image of its own"
        findings.append(Finding("partly-used", "warning", message, remedy, left))
    return findings


def _wrong_suffix(fact: Fact) -> bool:
    suffix = Path(fact.id).suffix.lower()
    known = {ending for endings in FORMAT_SUFFIXES.values() for ending in endings}
    return suffix in known and fact.format in FORMAT_SUFFIXES and suffix not in FORMAT_SUFFIXES[fact.format]
