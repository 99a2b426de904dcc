"""Audit of images: find unusable images, and compute the fingerprints by which copies are found.

In: examples. Out: a ``Scan`` with a ``Fact`` for each usable image, and a list of unusable images.

Each file is read and decoded once, in a thread pool (Pillow and hashlib release the interpreter lock). Images of more
than 8 bits are decoded a second time, when the values of black and white are known. Images are not kept in memory:
about 1.2 kB per example remain, 60 MB for 50,000.

The fingerprint of an image is the sign pattern of the 64 lowest frequencies of a 32x32 grey thumbnail (a DCT
perceptual hash, after Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010); the
thumbnail itself is kept to verify the pairs that the hash proposes (``copies.py``).
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ghep.cluster.blocks import computed
from ghep.cluster.connect import Cluster
from ghep.data.image.formats import FORMAT_SUFFIXES, jpeg_quality, sniff
from ghep.data.image.levels import NOMINAL, Extent, Levels, level_findings, measured
from ghep.data.image.loader import Loaded, image_bytes, load
from ghep.errors import BadImage, ConfigError
from ghep.types import Example, Finding, Quarantined, Severity

THUMB = 32
ENOUGH = 8 * THUMB
"""Shorter side to which a large JPEG may be reduced when only its thumbnail is needed."""
TINY = 8
"""Images with a shorter side than this contain almost no information."""
ONE_COLOUR = 8
"""An image whose channels each vary by at most this, of 255, counts as blank."""
DARK, DARK_SHARE = 16, 0.999
"""An image is dark if this share of its pixels is below this grey level, of 255: road signs at night reach 16."""
BLOCK = 512
"""Examples that a node of a cluster inspects at a time."""
NOT_READ = ("missing", "unreadable")
"""Reasons that may be those of one node only: the file is not there, or the node may not read it."""
MANY_ODD = 0.01
"""Share of the images from which an oddity is a warning."""
_FREQUENCIES = np.cos(np.pi / THUMB * (np.arange(THUMB)[None, :] + 0.5) * np.arange(1, 9)[:, None])  # (8, 32), DCT-II


@dataclass(frozen=True, slots=True)
class Fact:
    """Measurements of one usable image: size, format, fingerprint, colours, and what is odd about it."""

    id: str
    digest: bytes
    """SHA-256 of the content as given: equal digests mean equal files."""
    width: int
    height: int
    format: str
    """Format of the content, whatever the file name; ``array`` for images in memory."""
    fingerprint: int
    """64 bits; the fingerprints of copies differ in few of them."""
    thumb: bytes
    """Grey, 32 x 32, row by row."""
    colour: tuple[float, float, float]
    """Mean red, green and blue, 0 to 255."""
    oddity: str = ""
    """``one-colour``, ``white-on-white`` (one colour, because transparent pixels became white) or ``dark``."""
    extent: Extent | None = None
    """Range of the pixel values of an image of more than 8 bits."""
    left_out: str = ""
    """Parts of the file that are not used: bands, frames."""
    quality: float | None = None
    """JPEG quality, 1 to 100, from the quantisation table (``formats.jpeg_quality``); None for other formats."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Facts of all usable examples, and a list of the unusable ones, both in the order of the examples."""

    facts: tuple[Any, ...]
    """``Fact`` for images, ``TextFact`` for texts; both have ``id`` and ``digest``."""
    quarantined: tuple[Quarantined, ...]
    findings: tuple[Finding, ...] = ()
    """Findings on all examples together."""
    levels: Levels = NOMINAL
    """Black and white of images of more than 8 bits."""


class Keep(Protocol):
    """Stores the usable images of a scan, so that they are not decoded again (``pixels.PixelStore``)."""

    levels: Levels | None
    """Black and white of images of more than 8 bits; None: the scan measures them and sets them here."""

    @property
    def at_least(self) -> int | None:
        """The ``at_least`` of ``loader.load_image``: the shorter side, in pixels, to which a JPEG may be reduced."""

    def keep(self, example: Example, image: Image.Image) -> None:
        """Store an image; called in the thread that decoded the image. An exception stops the scan."""


Progress = Callable[[int, int], None]


def scan(
    examples: Sequence[Example],
    *,
    keep: Keep | None = None,
    workers: int = 2,
    progress: Progress | None = None,
    cluster: Cluster | None = None,
) -> Scan:
    """Read, decode and fingerprint every example; return a ``Scan``.

    ``keep`` receives each usable image (upright RGB), so that no image has to be decoded again. Images of more than 8
    bits are read twice: first to measure the values of black and white for all of them together, then to convert them
    to 8 bits. They are read only once if ``keep.levels`` holds these values already.
    ``progress(done, total)`` is called after each example. The nodes of a ``cluster`` read and decode instead of this
    process; ``keep`` then receives no images, only the values of black and white.
    """
    given = keep.levels if keep is not None else None
    results: dict[str, Fact | Quarantined | Extent] = {}
    done: list[str] = []

    def inspect(todo: Sequence[Example], levels: Levels | None) -> list[Example]:
        """Inspect the examples ``todo``; return those to inspect again when their ``levels`` have been measured."""
        found: Iterable[tuple[Example, Fact | Quarantined | Extent]]
        if cluster is None or len(todo) <= BLOCK:  # starting actors would take longer
            found = zip(todo, pool.map(lambda one: _inspect(one, keep, levels), todo), strict=True)
        else:
            found = _on_nodes(cluster, todo, None if keep is None else _Reduced(keep.at_least), levels, workers)
        for example, result in found:
            results[example.id] = result
            if not isinstance(result, Extent):
                done.append(example.id)
                if progress:
                    progress(len(done), len(examples))
        return [example for example in todo if isinstance(results[example.id], Extent)]

    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="ghep-scan")
    try:
        levels = given or NOMINAL
        if deep := inspect(examples, given):
            levels = measured([extent for extent in results.values() if isinstance(extent, Extent)])
            if keep is not None:
                keep.levels = levels
            inspect(deep, levels)
    finally:
        pool.shutdown(cancel_futures=True)
    ordered = [results[identity] for identity in dict.fromkeys(example.id for example in examples)]
    facts = tuple(result for result in ordered if isinstance(result, Fact))
    bad = tuple(result for result in ordered if isinstance(result, Quarantined))
    extents = {fact.id: fact.extent for fact in facts if fact.extent is not None}
    findings = level_findings(extents, levels, count=len(facts), given=given is not None)
    return Scan(facts, bad, tuple(findings), levels)


@dataclass
class _Reduced:
    """Takes the place of a ``Keep`` on a node: images are reduced as for it, and not stored."""

    at_least: int | None
    levels: Levels | None = None

    def keep(self, example: Example, image: Image.Image) -> None: ...


def _on_nodes(
    cluster: Cluster, todo: Sequence[Example], keep: _Reduced | None, levels: Levels | None, workers: int
) -> Iterator[tuple[Example, Fact | Quarantined | Extent]]:
    """Yield each example with what its inspection on a node found, in any order.

    Raises ConfigError if a node cannot read a file that this process can.
    """
    parts = [todo[start : start + BLOCK] for start in range(0, len(todo), BLOCK)]
    blocks = [tuple(example.elsewhere() for example in part) for part in parts]
    for index, (found, host) in computed(cluster, blocks, _inspecting, (keep, levels, workers)):
        for example, result in zip(parts[index], found, strict=True):
            if isinstance(result, Quarantined) and result.path is not None:
                if result.reason in NOT_READ:
                    here = _inspect(example, keep, levels)
                    if not (isinstance(here, Quarantined) and here.reason == result.reason):
                        raise ConfigError("cluster-file-not-seen", path=example.raw, host=host, count=1)
                yield example, replace(result, path=example.raw)
            else:
                yield example, result


def _inspecting(
    how: tuple[_Reduced | None, Levels | None, int],
) -> Callable[[tuple[Example, ...]], tuple[list[Fact | Quarantined | Extent], str]]:
    """Return the function that inspects a block on a node; its second result is the name of the node."""
    keep, levels, workers = how

    def inspect(block: tuple[Example, ...]) -> tuple[list[Fact | Quarantined | Extent], str]:
        with ThreadPoolExecutor(max(1, workers)) as pool:
            return list(pool.map(lambda one: _inspect(one, keep, levels), block)), platform.node()

    return inspect


def _inspect(example: Example, keep: Keep | None, levels: Levels | None) -> Fact | Quarantined | Extent:
    """Return the facts of an example; ``Quarantined`` with the reason if it is unusable.

    Of an image of more than 8 bits, return only the range of its values if ``levels`` is None.
    """
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
    digest = hashlib.sha256(content or _pixels(raw)).digest()  # pixels last: only load decodes 16-bit colour
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
    """Return what is odd about the pixels, a value of ``Fact.oddity``; "" if nothing is.

    For most images, the thumbnail ``small`` is enough to decide; otherwise all pixels of ``image`` are examined.
    """
    if _spread(small) <= ONE_COLOUR and _spread(image) <= ONE_COLOUR:
        return "white-on-white" if transparent else "one-colour"
    if np.asarray(small.convert("L")).max() < 2 * DARK:
        below = sum(image.convert("L").histogram()[:DARK])
        if below >= DARK_SHARE * image.width * image.height:
            return "dark"
    return ""


def _spread(image: Image.Image) -> int:
    """Return the range (maximum minus minimum) of the channel with the largest range, in levels of 255."""
    used = np.array(image.histogram()).reshape(-1, 256) > 0  # (channels, values)
    return max(int(np.flatnonzero(channel)[-1] - np.flatnonzero(channel)[0]) for channel in used)


def fingerprint(thumb: np.ndarray[Any, Any]) -> int:
    """Return the 64-bit perceptual hash of a grey (32, 32) thumbnail."""
    waves = (_FREQUENCIES @ thumb.astype(np.float64) @ _FREQUENCIES.T).ravel()  # (64,)
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def image_findings(facts: Sequence[Fact], _: Sequence[Example] = ()) -> list[Finding]:
    """Return findings on the images and their files, such as tiny, blank or dark images."""
    findings = []
    wrong = [f"{fact.id}: {fact.format}" for fact in facts if _wrong_suffix(fact)]
    if wrong:
        findings.append(Finding.of("wrong-extension", "info", count=len(wrong), items=wrong))
    tiny = [f"{fact.id}: {fact.width} x {fact.height}" for fact in facts if min(fact.width, fact.height) < TINY]
    if tiny:
        findings.append(Finding.of("tiny-images", "warning", count=len(tiny), limit=TINY, items=tiny))
    blank = [fact.id for fact in facts if fact.oddity == "one-colour"]
    if blank:
        findings.append(Finding.of("blank-images", _severity(blank, facts), count=len(blank), items=blank))
    on_white = [fact.id for fact in facts if fact.oddity == "white-on-white"]
    if on_white:
        findings.append(Finding.of("blank-on-white", _severity(on_white, facts), count=len(on_white), items=on_white))
    dark = [fact.id for fact in facts if fact.oddity == "dark"]
    if dark:
        severity = _severity(dark, facts)
        finding = Finding.of("dark-images", severity, count=len(dark), share=DARK_SHARE, limit=DARK, items=dark)
        findings.append(finding)
    left = [f"{fact.id}: {fact.left_out}" for fact in facts if fact.left_out]
    if left:
        findings.append(Finding.of("partly-used", "warning", count=len(left), items=left))
    return findings


def _severity(odd: Sequence[str], facts: Sequence[Fact]) -> Severity:
    return "warning" if len(odd) >= MANY_ODD * len(facts) else "info"


def _wrong_suffix(fact: Fact) -> bool:
    suffix = Path(fact.id).suffix.lower()
    known = {ending for endings in FORMAT_SUFFIXES.values() for ending in endings}
    return suffix in known and fact.format in FORMAT_SUFFIXES and suffix not in FORMAT_SUFFIXES[fact.format]
