"""Photos without labels: read, checked, without copies of a task's test photos, some of them held out.

In: folders, tables or files. Out: ``Photos``. Labels that a folder or table has are not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ghep.data.image.audit import Fact, Scan
from ghep.data.image.levels import Levels
from ghep.data.loading.preprocess import PreparedStore
from ghep.data.modalities import modality_named
from ghep.data.sources import read_as_trained
from ghep.data.sources.folders.class_folders import images_in
from ghep.data.sources.layout import is_saved_dataset, tables_in
from ghep.data.splitting.copies import exact_groups, near_pairs
from ghep.errors import DataError
from ghep.messages import Message
from ghep.reporter import Reporter
from ghep.storage.paths import path_named
from ghep.types import Example, Finding, Quarantined

HELD_OUT = 0.05
FEWEST_HELD_OUT, MOST_HELD_OUT = 16, 128
"""Photos that are held out: enough to measure a mismatch (``guards/mismatch.py``)."""
FEWEST_USED = 32
"""Photos that are not held out, below which statistics are unreliable."""
SHOWN = 3


@dataclass(frozen=True)
class Photos:
    """Usable photos, those that are used and those that are held out."""

    name: str
    used: tuple[Example, ...]
    held_out: tuple[Example, ...]
    levels: Levels
    """Black and white of images of more than 8 bits, measured on all of them."""
    unusable: tuple[Quarantined, ...]
    dropped: Mapping[str, str]
    """Photo -> the test photo that it is a copy of."""
    findings: tuple[Finding, ...]
    digest: str
    """SHA-256 of the content of all usable photos and of which are held out."""


def read_photos(
    location: str | Path | Sequence[str | Path],
    store: PreparedStore,
    *,
    exclude: Sequence[Any] = (),
    held_out: float = HELD_OUT,
    seed: int = 0,
    workers: int = 2,
    reporter: Reporter,
) -> Photos:
    """Return the photos at ``location``, decoded into ``store``; files that are no usable image are left out.

    ``location`` is a folder (all images in it and below it), an image, a table with a column of images or paths, or
    several of these. ``exclude`` are test photos of a task, as paths, bytes, images or arrays: copies of them, equal or
    near, are dropped. The share ``held_out`` of the photos, drawn from ``seed``, is held out, within bounds.

    Raises DataError if there are no photos, or too few usable ones.
    """
    places = [location] if isinstance(location, str | Path) else list(location)
    examples, findings = _examples([path_named(one, error=DataError, what=Message("photos")) for one in places])
    scan = modality_named("image").audit.scan
    found: Scan = scan(examples, keep=store, workers=workers, progress=lambda *done: reporter.progress("read", *done))
    dropped = _copies_of_test(found.facts, exclude, workers) if exclude else {}
    usable = {fact.id: fact for fact in found.facts if fact.id not in dropped}
    needed = FEWEST_USED + FEWEST_HELD_OUT
    if len(usable) < needed:
        raise DataError(
            "photos-too-few",
            data=places[0],
            count=len(usable),
            needed=needed,
            total=len(examples),
            unusable=len(found.quarantined),
            such=[f"{one.id} ({one.detail})" for one in found.quarantined[:SHOWN]],
            dropped=len(dropped),
        )
    count = min(MOST_HELD_OUT, max(FEWEST_HELD_OUT, round(held_out * len(usable))))
    order = np.random.default_rng(seed).permutation(len(usable))
    kept = [example for example in examples if example.id in usable]
    used, judged = (tuple(kept[at] for at in sorted(part)) for part in (order[count:], order[:count]))
    return Photos(
        Path(places[0]).name,
        used,
        judged,
        found.levels,
        found.quarantined,
        dropped,
        (*findings, *found.findings, *_findings(found.quarantined, dropped)),
        _digest(used, judged, usable),
    )


def _examples(places: Sequence[Path]) -> tuple[list[Example], tuple[Finding, ...]]:
    """Return the images at ``places``, with ids that are different, and findings of reading tables."""
    found: dict[str, Example] = {}
    findings: list[Finding] = []
    for place in places:
        read, said = _examples_in(place)
        findings += said
        found |= {one.id: one for one in read} if len(places) == 1 else {f"{place}/{one.id}": one for one in read}
    return [replace(one, id=name, labels={}) for name, one in found.items()], tuple(findings)


def _examples_in(place: Path) -> tuple[list[Example], Sequence[Finding]]:
    if not place.exists():
        raise DataError("photos-not-found", path=place)
    if place.is_dir() and not is_saved_dataset(place):
        files = images_in(place)
        if files:
            return [Example(file.relative_to(place).as_posix(), file) for file in files], ()
        tables = tables_in(place)
        if not tables:
            raise DataError("photos-none", path=place)
    else:
        tables = [place]
    read: list[Example] = []
    findings: list[Finding] = []
    for table in tables:
        rows = read_as_trained(table, "image", {})
        read += rows[0] if rows is not None else [Example(table.name, table)]
        findings += rows[1] if rows is not None else ()
    return read, findings


def _copies_of_test(facts: Sequence[Fact], exclude: Sequence[Any], workers: int) -> dict[str, str]:
    """Return a dict: id of a photo -> name of the test photo that it is a copy of, equal or near."""
    tests = [Example(f"\0{at}", Path(raw) if isinstance(raw, str) else raw) for at, raw in enumerate(exclude)]
    names = {test.id: str(test.raw) if isinstance(test.raw, Path) else f"test photo {test.id[1:]}" for test in tests}
    both = [*facts, *modality_named("image").audit.scan(tests, keep=None, workers=workers, progress=None).facts]
    groups = [*exact_groups(both), *near_pairs(both)]
    found: dict[str, str] = {}
    for group in groups:
        held = [one for one in group if one in names]
        found |= {one: names[held[0]] for one in group if one not in names} if held else {}
    return found


def _findings(unusable: Sequence[Quarantined], dropped: Mapping[str, str]) -> list[Finding]:
    found = []
    if unusable:
        items = [f"{one.id}: {one.reason}, {one.detail}" for one in unusable]
        found.append(Finding.of("photos-unusable", "warning", items=items, count=len(items), such=items[:SHOWN]))
    if dropped:
        items = [f"{one} = {test}" for one, test in dropped.items()]
        found.append(Finding.of("photos-in-test", "warning", items=items, count=len(items), such=items[:SHOWN]))
    return found


def _digest(used: Sequence[Example], held_out: Sequence[Example], facts: Mapping[str, Fact]) -> str:
    """Return a hash that depends on the photos and on which are held out, not on their names."""
    whole = hashlib.sha256()
    for part in (used, held_out):
        for digest in sorted(facts[one.id].digest for one in part):
            whole.update(digest)
        whole.update(b"\0")
    return whole.hexdigest()
