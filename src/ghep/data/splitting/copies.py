"""Find copies: equal content, or the same image saved again or resized. ``text/audit.py`` finds near copies of texts.

In: the facts of a scan. Out: pairs and groups of ids, and findings on them.

Copies of images are found in two steps. First, the 64-bit fingerprints propose pairs. Two fingerprints that differ in
at most seven of their bits agree in at least one of their eight bytes, so only images with an equal byte at the same
position are compared (Manku et al., WWW 2007, section 3). Second, the thumbnails of a pair must meet four conditions:

- After subtracting the mean, the difference is small relative to the contrast of the image, both in the grey values and
  in their fine structure (the residual of a 3x3 mean).
- The mean colours agree.
- No position differs much more than the values around it. Encoding and resizing change an image a little everywhere
  and most at edges, whereas another object in front of a fixed camera changes one place.
- If a few extreme values make nearly all of the contrast, such as text burnt into dark images, the other values agree
  too.

Images with almost no fine structure (sky, a blank wall) resemble each other, so only equal files count as copies.

The thresholds below were measured on nine data sets, 17,079 photos (2 CPU cores, Pillow 13). 5,040 copies of 720 photos
(JPEG quality 40 to 90, WebP, scaled by 0.5 to 1.5) were compared with all pairs of different photos that have close
fingerprints. For photos of 100 pixels and more (2,800 copies), copies had a fine difference of up to 0.23 and a grey
difference of up to 0.09; the closest different photos, frames of one film, had a fine difference of at least 0.30. The
largest local difference of 2,099 copies of 300 photos was 0.56; all but one were below 0.42, and 99 of 100 below 0.30.
A small object moving in front of a fixed camera gave 0.4 to 1.5. In images below about 64 pixels, strong compression
causes differences of this size; such copies are missed, so that different images are not reported as copies. Crops,
mirrored and recoloured copies are not searched for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

import numpy as np

from ghep.data.image.audit import THUMB, Fact
from ghep.messages import text_of
from ghep.types import Example, Finding, Split

Array = np.ndarray[Any, Any]
Pair = tuple[str, str]

MANY = 10_000
"""Above this number of pairs between two groups of copies, not every pair is listed."""
LISTED = 5
"""Maximum number of equal examples that one line of a finding names."""
DENSE = 0.02
"""Above this share of candidate pairs, a block is compared by one matrix product."""
NEAREST = 32
"""Pairs kept per image in a dense block: its closest ones."""
MAX_BITS = 7
MAX_GREY = 0.12
MAX_FINE = 0.25
MAX_COLOUR = 12.0
"""Maximum difference of copies in the mean of a colour channel, in levels of 255."""
MAX_LOCAL = 0.45
"""Maximum difference of copies at one position of the thumbnail, relative to LOCAL_FLOOR plus the range of the 3x3
values around it.
"""
LOCAL_FLOOR = 16.0
"""Added to the range of values in ``MAX_LOCAL``, in levels of 255."""
EXTREME = 0.2
"""Share of a thumbnail's lowest and of its highest values that count as extreme; the rest is compared by itself."""
DOMINATED = 0.25
"""If the rest has at most this share of the contrast, an overlay (burnt-in text) may be the only similarity."""
MIN_REST = 0.7
"""Standard deviation of the rest, in levels of 255, above which it is compared."""
MAX_REST = 0.55
"""Maximum difference of the rests of two copies relative to their contrast, after subtracting ``ROUNDED``; different
images under one overlay had 0.63 and more.
"""
ROUNDED = 1 / 6
"""Mean squared difference of two values that were rounded to levels."""
MIN_FINE_CONTRAST = 1.5
"""Standard deviation of the fine structure, in levels of 255, below which an image is nearly empty."""


class Hashed(Protocol):
    """The interface that ``Fact`` (images) and ``TextFact`` have in common: the id and the digest of an example."""

    @property
    def id(self) -> str:
        """Return the id of the example."""

    @property
    def digest(self) -> bytes:
        """Return the SHA-256 of the example's content."""


_BITS = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)
_CHUNK = 2_000_000


def exact_groups(facts: Iterable[Hashed]) -> list[tuple[str, ...]]:
    """Return the groups of two or more ids whose content is equal byte by byte."""
    groups: dict[bytes, list[str]] = defaultdict(list)
    for fact in facts:
        groups[fact.digest].append(fact.id)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def near_pairs(facts: Sequence[Fact]) -> dict[Pair, float]:
    """Return a dict: pair of ids -> distance, for different files that show the same image, sorted.

    The distance is the difference of the fine structures, 0 to ``MAX_FINE``. Of several equal files, only the first is
    compared.
    """
    first = {fact.digest: fact for fact in reversed(facts)}
    facts = [fact for fact in facts if first[fact.digest] is fact]
    facts = [fact for fact, textured in zip(facts, _textured(facts), strict=True) if textured]
    if len(facts) < 2:
        return {}
    grey = _thumbs(facts)
    colour = np.array([fact.colour for fact in facts], dtype=np.float32)  # (N, 3)
    found = {
        (min(facts[a].id, facts[b].id), max(facts[a].id, facts[b].id)): distance
        for left, right in _candidates([fact.fingerprint for fact in facts])
        for a, b, distance in _verified(grey, colour, left, right)
    }
    return dict(sorted(found.items()))


def _thumbs(facts: Sequence[Fact]) -> Array:
    return np.frombuffer(b"".join(fact.thumb for fact in facts), dtype=np.uint8).reshape(-1, THUMB, THUMB)


def _textured(facts: Sequence[Fact]) -> list[bool]:
    """Return, for each image, whether it has enough fine structure to be compared; nearly empty images have not."""
    textured: list[bool] = []
    for at in range(0, len(facts), 4096):
        _, fine = _structure(_thumbs(facts[at : at + 4096]))
        textured += (_spread(fine) >= MIN_FINE_CONTRAST).tolist()
    return textured


def _candidates(fingerprints: Sequence[int]) -> Iterator[tuple[Array, Array]]:
    """Yield arrays (left, right) of the indices of pairs whose fingerprints differ in at most ``MAX_BITS`` bits.

    Each pair is yielded once, for the first byte in which the fingerprints are equal.
    """
    bytes_ = np.frombuffer(b"".join(value.to_bytes(8, "big") for value in fingerprints), np.uint8).reshape(-1, 8)
    for place in range(8):
        order = np.argsort(bytes_[:, place], kind="stable")
        _, starts = np.unique(bytes_[order, place], return_index=True)
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            members = order[start:end]
            step = max(1, _CHUNK // max(1, len(members)))
            for at in range(0, len(members), step):
                rows = members[at : at + step]
                differ = bytes_[rows][:, None, :] ^ bytes_[members][None, :, :]
                near = _BITS[differ].sum(axis=2, dtype=np.uint8) <= MAX_BITS
                left, right = np.nonzero(near & differ[:, :, :place].all(axis=2))
                left, right = rows[left], members[right]
                yield left[left < right], right[left < right]


def _verified(grey: Array, colour: Array, left: Array, right: Array) -> Iterator[tuple[int, int, float]]:
    """Yield (index, index, distance of the fine structures) for the pairs (left, right) that are copies."""
    same = np.abs(colour[left] - colour[right]).max(axis=1, initial=0.0) <= MAX_COLOUR
    order = np.argsort(right[same], kind="stable")
    left, right = left[same][order], right[same][order]
    others = np.unique(right)
    for at in range(0, len(others), 4096):
        block = others[at : at + 4096]
        start, end = np.searchsorted(right, (block[0], block[-1] + 1))
        yield from _verified_block(grey, left[start:end], right[start:end])


def _verified_block(grey: Array, left: Array, right: Array) -> Iterator[tuple[int, int, float]]:
    rows, row = np.unique(left, return_inverse=True)
    columns, column = np.unique(right, return_inverse=True)
    if len(row) >= DENSE * len(rows) * len(columns):  # frames of a fixed camera: nearly all pairs are candidates
        _, fine_a = _structure(grey[rows])
        _, fine_b = _structure(grey[columns])
        estimate = _distances(fine_a, fine_b)[row, column]
        near = np.flatnonzero(estimate <= 1.05 * MAX_FINE)
        near = near[np.lexsort((estimate[near], row[near]))]
        first = np.searchsorted(row[near], row[near], side="left")
        near = near[np.arange(len(near)) - first < NEAREST]
        left, right = left[near], right[near]
    for at in range(0, len(left), 4096):
        a, b = left[at : at + 4096], right[at : at + 4096]
        (grey_a, fine_a), (grey_b, fine_b) = _structure(grey[a]), _structure(grey[b])
        distance = _spread(fine_a - fine_b) / np.minimum(_spread(fine_a), _spread(fine_b))
        same = (distance <= MAX_FINE) & (
            _spread(grey_a - grey_b) <= MAX_GREY * np.minimum(_spread(grey_a), _spread(grey_b))
        )
        same[same] = _largest_local_difference(grey_a[same], grey_b[same]) <= MAX_LOCAL
        same[same] = ~_alike_by_extremes(grey_a[same], grey_b[same])
        yield from zip(a[same].tolist(), b[same].tolist(), distance[same].tolist(), strict=True)


def _distances(one: Array, other: Array) -> Array:
    """Return the distances (A, B) of all fine structures in ``one`` (A, 32, 32) and ``other`` (B, 32, 32)."""
    a, b = one.reshape(len(one), -1), other.reshape(len(other), -1)
    squares_a, squares_b = (a**2).mean(axis=1), (b**2).mean(axis=1)
    apart = squares_a[:, None] + squares_b[None, :] - 2 / a.shape[1] * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(apart, 0) / np.minimum(squares_a[:, None], squares_b[None, :])))


def _largest_local_difference(one: Array, other: Array) -> Array:
    """Return (N,): the largest difference of two thumbnails at one position, relative to the contrast around it."""
    around = np.minimum(_local_range(one), _local_range(other))
    return np.asarray((np.abs(one - other) / (LOCAL_FLOOR + around)).max(axis=(1, 2), initial=0.0))


def _alike_by_extremes(one: Array, other: Array) -> Array:
    """Return (N,): whether two thumbnails (N, 32, 32) agree only in a few extreme values and differ in the others."""
    rest_a, rest_b = _without_extremes(one), _without_extremes(other)
    contrast = np.minimum(_spread(rest_a), _spread(rest_b))
    dominated = contrast <= DOMINATED * np.minimum(_spread(one), _spread(other))
    apart = np.sqrt(np.maximum(_spread(rest_a - rest_b) ** 2 - ROUNDED, 0))
    return np.asarray(dominated & (contrast >= MIN_REST) & (apart > MAX_REST * contrast))


def _without_extremes(values: Array) -> Array:
    """Return thumbnails (N, 32, 32) with extreme values clipped to the range of the other values, and mean zero."""
    if not len(values):
        return values
    low, high = np.quantile(values, (EXTREME, 1 - EXTREME), axis=(1, 2), keepdims=True)
    rest = values.clip(low, high)
    return np.asarray(rest - rest.mean(axis=(1, 2), keepdims=True))


def _local_range(values: Array) -> Array:
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = [padded[:, i : i + THUMB, j : j + THUMB] for i in range(3) for j in range(3)]
    return np.asarray(np.maximum.reduce(around) - np.minimum.reduce(around))


def _structure(grey: Array) -> tuple[Array, Array]:
    """Return thumbnails (N, 32, 32) with mean zero, and their residual after subtracting the 3x3 mean."""
    values = grey.astype(np.float32)
    values -= values.mean(axis=(1, 2), keepdims=True)
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = sum(padded[:, i : i + THUMB, j : j + THUMB] for i in range(3) for j in range(3))
    return values, values - np.asarray(around) / 9.0


def _spread(values: Array) -> Array:
    return np.asarray(np.sqrt((values**2).mean(axis=(1, 2))))


def copy_groups(exact: Iterable[Sequence[str]], near: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return a dict: id -> the smallest id among it and its copies, for every id that has a copy."""
    parent: dict[str, str] = {}

    def root(identity: str) -> str:
        while parent.setdefault(identity, identity) != identity:
            parent[identity] = parent[parent[identity]]
            identity = parent[identity]
        return identity

    for group in (*exact, *near):
        for other in group[1:]:
            low, high = sorted((root(group[0]), root(other)))
            parent[high] = low
    return {identity: root(identity) for identity in list(parent)}


def pairs_within(group: Sequence[str]) -> list[Pair]:
    """Return all pairs of ids in ``group``; if there are more than ``MANY``, only each member with the first."""
    members = sorted(group)
    every = len(members) * (len(members) - 1) // 2 <= MANY
    return [(a, b) for at, a in enumerate(members if every else members[:1]) for b in members[at + 1 :]]


def across_splits(
    exact: Iterable[Sequence[str]], near: Iterable[Pair], split_of: Mapping[str, Split]
) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of equal examples, and the pairs of near copies, that are in different splits.

    Between two groups of copies with more than ``MANY`` pairs ("ok" in a thousand reviews), not all pairs are returned:
    every example is in one pair, with an example of the other group.
    """
    exact = list(exact)
    twins = {identity: group for group in exact for identity in group}
    equal = {pair for group in exact for pair in _apart(group, group, split_of)}
    alike = {pair for a, b in near for pair in _apart(twins.get(a, (a,)), twins.get(b, (b,)), split_of)}
    return sorted(equal), sorted(alike)


def _apart(one: Sequence[str], other: Sequence[str], split_of: Mapping[str, Split]) -> Iterator[Pair]:
    """Yield the pairs of a member of ``one`` and a member of ``other`` in different splits, the smaller id first."""
    left, right = _by_split(one, split_of), _by_split(other, split_of)
    for here, there in product(left, right):
        if here != there:
            a, b = left[here], right[there]
            few = len(a) * len(b) <= MANY
            for pair in product(a, b) if few else (*((x, b[0]) for x in a), *((a[0], y) for y in b)):
                yield (min(pair), max(pair))


def _by_split(group: Sequence[str], split_of: Mapping[str, Split]) -> dict[Split, list[str]]:
    parts: dict[Split, list[str]] = {}
    for identity in group:
        if identity in split_of:
            parts.setdefault(split_of[identity], []).append(identity)
    return parts


def copy_findings(
    exact: Sequence[Sequence[str]],
    near: Mapping[Pair, float],
    split_of: Mapping[str, Split],
    examples: Sequence[Example],
    things: str,
    *,
    shown: Callable[[str], str] = str,
    cut: Iterable[Pair] = (),
) -> list[Finding]:
    """Return the findings on copies: leaks between splits, contradicting labels, duplicates.

    ``things`` is ``images`` or ``texts``. ``shown`` formats an id for display. Pairs in ``cut`` were separated on
    purpose and are reported by ``chain_findings``.
    """

    def pair(sides: Pair) -> str:
        return " ~ ".join(map(shown, sides))

    equal_leaks, near_leaks = across_splits(exact, near, split_of)
    known = set(cut)
    leaks = [pair(one) for one in near_leaks if one not in known]
    conflicts = _conflicts(exact, near, examples, shown)
    groups = [_listed([shown(one) for one in group]) for group in exact]
    labels = {example.id: example.labels for example in examples}
    repeated = [pair(one) for one in near if _share_a_task(*one, labels)]
    findings = [
        Finding.of("leakage-exact", "error", items=map(pair, equal_leaks), count=len(equal_leaks), things=things),
        Finding.of("leakage-near", "error", items=leaks, count=len(leaks), things=things),
        Finding.of("conflicting-labels", "warning", items=conflicts, count=len(conflicts)),
        Finding.of("exact-duplicates", "warning", items=groups, count=len(groups), things=things),
        Finding.of("near-duplicates", "info", items=repeated, count=len(repeated), things=things),
    ]
    return [finding for finding in findings if finding.items]


def _listed(group: Sequence[str]) -> str:
    """Return the ids of equal examples as one text; for a large group, the first ids and the size of the group."""
    if len(group) <= LISTED:
        return " = ".join(group)
    return " = ".join([*group[: LISTED - 1], text_of("copies-in-all", count=len(group))])


def _share_a_task(one: str, other: str, labels: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether two copies are labelled for the same task, so that they count twice for it."""
    return one not in labels or other not in labels or not labels[one].keys().isdisjoint(labels[other])


def _conflicts(
    exact: Iterable[Sequence[str]], near: Iterable[Pair], examples: Iterable[Example], shown: Callable[[str], str]
) -> list[str]:
    """Return one line for each group of copies with different labels: one contradicting pair and the number of others.

    Only pairs that are copies of each other are compared, not the two ends of a chain of near copies.
    """
    exact = list(exact)
    labels = {example.id: example.labels for example in examples}
    twins = {identity: group for group in exact for identity in group}
    pairs = {pair for group in exact for pair in pairs_within(group)}
    pairs |= {pair for a, b in near for pair in _representatives(twins.get(a, (a,)), twins.get(b, (b,)), labels)}
    disagreeing = sorted(pair for pair in pairs if _disagree(labels.get(pair[0], {}), labels.get(pair[1], {})))
    group_of = copy_groups(exact, near)
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in disagreeing:
        groups[group_of[pair[0]]].append(pair)
    lines = []
    for found in groups.values():
        line = " ~ ".join(f"{shown(one)} ({', '.join(labels[one].values())})" for one in found[0])
        lines.append(text_of("copies-conflict", pair=line, more=len(found) - 1))
    return lines


def _representatives(
    one: Sequence[str], other: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> Iterator[Pair]:
    """Yield pairs between two groups of equal examples; of examples with the same labels, only the first is used."""
    left, right = (list({str(labels.get(i)): i for i in reversed(group)}.values()) for group in (one, other))
    for a, b in product(left, right):
        yield (min(a, b), max(a, b))


def _disagree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(task in other and label != other[task] for task, label in one.items())
