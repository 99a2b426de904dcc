"""Find copies: the same content, or the same picture saved again or resized. In: the facts of a scan, out: pairs and
groups. (Texts that are alike are found in ``text_audit.py``.)

Pictures take two steps. The 64-bit fingerprint proposes: cut into eight bytes, two fingerprints that differ in at most
seven bits agree in at least one byte, so only pictures that share a byte at the same place are compared (Manku et al.,
WWW 2007, section 3). The thumbnail decides: after the mean is taken away, the difference has to be small against the
contrast of the image, in the grey values and in their fine structure (what is left when a 3x3 mean is taken away),
the mean colours have to agree, and no place may differ by more than its neighbourhood explains: encoding and resizing
change an image a little everywhere and most at its edges, another object in front of a fixed camera changes one place.
Where a few extreme places make nearly all of the contrast, as a text does that is burnt into dark images, the rest has
to agree by itself.
Images with next to no fine structure (sky, a blank wall) match everything and therefore nothing: only equal files
count.

The limits come from measurements on nine data sets, 17,079 photos (2 CPU cores, Pillow 13): 5,040 copies of 720 of them
(JPEG quality 40 to 90, WebP, scaled by 0.5 to 1.5) against all pairs of different photos whose fingerprints are close.
For photos of 100 pixels and more (2,800 copies) a copy reached 0.23 in the fine and 0.09 in the grey difference; the
closest different photos, frames of one film, started at 0.30 in the fine difference. The largest local difference of
2,099 copies of 300 photos was 0.56, with all but one below 0.42 and 99 of 100 below 0.30; a small object that moves in
front of a fixed camera gave 0.4 to 1.5. Below about 64 pixels an
encoder's noise is as large as that, and strongly compressed copies are missed rather than different pictures accused.
Crops, mirrored and recoloured copies are not looked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple, Protocol

import numpy as np

from ghep.data.image.audit import THUMB, Fact
from ghep.types import Example, Finding, Severity, Split

Array = np.ndarray[Any, Any]
Pair = tuple[str, str]

MANY = 10_000
"""Pairs between two groups of copies, above which not every pair is named."""
LISTED = 5
"""Equal examples that one line names."""
DENSE = 0.02
"""Share of all pairs of a block from which they are compared by one product of matrices."""
NEAREST = 32
"""Where nearly everything is alike, the pairs that are kept for an image in a block: its closest ones."""
MAX_BITS = 7
MAX_GREY = 0.12
MAX_FINE = 0.25
MAX_COLOUR = 12.0
"""Levels of 255 by which the mean of a channel may differ."""
MAX_LOCAL = 0.45
"""Difference at one place of the thumbnail, in shares of ``LOCAL_FLOOR`` and the range of the 3x3 values around it."""
LOCAL_FLOOR = 16.0
"""Levels of 255."""
EXTREME = 0.2
"""Share of the thumbnail at either end of its values that is set aside, to compare the rest by itself."""
DOMINATED = 0.25
"""The rest has at most this share of the contrast: an overlay, such as a burnt-in text, may be all that is alike."""
MIN_REST = 0.7
"""Standard deviation of the rest, in levels of 255, from which it shows something."""
MAX_REST = 0.55
"""Difference of two rests, in shares of their contrast, without ``ROUNDED``: 0.63 and more was seen of different images
under one overlay."""
ROUNDED = 1 / 6
"""Mean square of the difference of two values that were rounded to levels."""
MIN_FINE_CONTRAST = 1.5
"""Standard deviation of the fine structure, in levels of 255, below which a picture is nearly empty."""


class CopyWords(NamedTuple):
    """What copies are called: "equal files", "different files that show the same picture"."""

    things: str
    equal: str
    alike: str
    how: str = ""
    """How they come about, in brackets."""


class Hashed(Protocol):
    """What every fact has, of a picture or of a text."""

    @property
    def id(self) -> str:
        """Return the id of the example."""

    @property
    def digest(self) -> bytes:
        """Return the SHA-256 of its content."""


_BITS = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)
_CHUNK = 2_000_000


def exact_groups(facts: Iterable[Hashed]) -> list[tuple[str, ...]]:
    """Return the groups of two or more ids whose content is equal byte for byte."""
    groups: dict[bytes, list[str]] = defaultdict(list)
    for fact in facts:
        groups[fact.digest].append(fact.id)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def near_pairs(facts: Sequence[Fact]) -> dict[Pair, float]:
    """Return the pairs of ids that show one image in different files, sorted, with how far apart their sides are.

    The distance is that of the fine structure, 0 to ``MAX_FINE``. Equal files are named once.
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
    """Tell which pictures are not nearly empty; the others would all be proposed for each other."""
    textured: list[bool] = []
    for at in range(0, len(facts), 4096):
        _, fine = _structure(_thumbs(facts[at : at + 4096]))
        textured += (_spread(fine) >= MIN_FINE_CONTRAST).tolist()
    return textured


def _candidates(fingerprints: Sequence[int]) -> Iterator[tuple[Array, Array]]:
    """Yield index arrays of pairs that differ in at most ``MAX_BITS`` bits, each pair once: at the first equal byte."""
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
    """Yield the pairs of indices that really are copies, with the distance of their fine structures."""
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
    if len(row) >= DENSE * len(rows) * len(columns):  # frames of a fixed camera: nearly all with all
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
    """Return the distances (A, B) of all fine structures in ``one`` (A, 32, 32) and ``other``, up to rounding."""
    a, b = one.reshape(len(one), -1), other.reshape(len(other), -1)
    squares_a, squares_b = (a**2).mean(axis=1), (b**2).mean(axis=1)
    apart = squares_a[:, None] + squares_b[None, :] - 2 / a.shape[1] * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(apart, 0) / np.minimum(squares_a[:, None], squares_b[None, :])))


def _largest_local_difference(one: Array, other: Array) -> Array:
    """Return (N,): the largest difference of two thumbnails (N, 32, 32) relative to the contrast around that place."""
    around = np.minimum(_local_range(one), _local_range(other))
    return np.asarray((np.abs(one - other) / (LOCAL_FLOOR + around)).max(axis=(1, 2), initial=0.0))


def _alike_by_extremes(one: Array, other: Array) -> Array:
    """Return (N,): whether two thumbnails (N, 32, 32) agree in a few extreme places alone, and differ in the rest."""
    rest_a, rest_b = _without_extremes(one), _without_extremes(other)
    contrast = np.minimum(_spread(rest_a), _spread(rest_b))
    dominated = contrast <= DOMINATED * np.minimum(_spread(one), _spread(other))
    apart = np.sqrt(np.maximum(_spread(rest_a - rest_b) ** 2 - ROUNDED, 0))
    return np.asarray(dominated & (contrast >= MIN_REST) & (apart > MAX_REST * contrast))


def _without_extremes(values: Array) -> Array:
    """Return thumbnails (N, 32, 32) with their largest and smallest values cut to those of the rest, and mean zero."""
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
    """Return thumbnails (N, 32, 32) with mean zero, and what is left of them without their 3x3 mean."""
    values = grey.astype(np.float32)
    values -= values.mean(axis=(1, 2), keepdims=True)
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = sum(padded[:, i : i + THUMB, j : j + THUMB] for i in range(3) for j in range(3))
    return values, values - np.asarray(around) / 9.0


def _spread(values: Array) -> Array:
    return np.asarray(np.sqrt((values**2).mean(axis=(1, 2))))


def copy_groups(exact: Iterable[Sequence[str]], near: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return id -> the smallest id among its copies, for every id that has one: what a split must keep together."""
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
    """Return all pairs of ``group``; of a group with more than ``MANY`` of them, each member with the first."""
    members = sorted(group)
    every = len(members) * (len(members) - 1) // 2 <= MANY
    return [(a, b) for at, a in enumerate(members if every else members[:1]) for b in members[at + 1 :]]


def across_splits(
    exact: Iterable[Sequence[str]], near: Iterable[Pair], split_of: Mapping[str, Split]
) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs (equal, alike) whose two sides lie in different splits.

    Every pair is named, except between sides that make more than ``MANY`` of them, as "ok" does in a thousand
    reviews: there every example is still named, with one from the other side.
    """
    exact = list(exact)
    twins = {identity: group for group in exact for identity in group}
    equal = {pair for group in exact for pair in _apart(group, group, split_of)}
    alike = {pair for a, b in near for pair in _apart(twins.get(a, (a,)), twins.get(b, (b,)), split_of)}
    return sorted(equal), sorted(alike)


def _apart(one: Sequence[str], other: Sequence[str], split_of: Mapping[str, Split]) -> Iterator[Pair]:
    """Yield the pairs of a member of ``one`` and a member of ``other`` in another split, the smaller id first."""
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


def _of_one(message: str) -> str:
    """Return ``pairs of ... lie`` or ``groups of ... carry`` as it is said of a single one."""
    for several, one in (
        ("pairs of", "pair of"),
        ("groups of", "group of"),
        (" lie in ", " lies in "),
        ("carry", "carries"),
    ):
        message = message.replace(several, one)
    return message


def copy_findings(
    exact: Sequence[Sequence[str]],
    near: Mapping[Pair, float],
    split_of: Mapping[str, Split],
    examples: Sequence[Example],
    words: CopyWords,
    *,
    shown: Callable[[str], str] = str,
    cut: Iterable[Pair] = (),
) -> list[Finding]:
    """Return the findings on copies: leaks between splits, contradicting labels, repeats.

    ``shown`` writes an id for a reader. Pairs in ``cut`` were separated on purpose and are reported elsewhere.
    """
    findings: list[Finding] = []

    def say(code: str, severity: Severity, message: str, remedy: str, items: Iterable[str]) -> None:
        found = tuple(items)
        if found:
            said = message if len(found) > 1 else _of_one(message)
            findings.append(Finding(code, severity, f"{len(found)} {said}", remedy, found))

    def pair(sides: Pair) -> str:
        return " ~ ".join(map(shown, sides))

    equal_leaks, near_leaks = across_splits(exact, near, split_of)
    known = set(cut)
    remove = f"remove one side of each pair: a score on {words.things} seen in training says nothing"
    lie = "lie in different splits"
    say("leakage-exact", "error", f"pairs of {words.equal} {lie}", remove, map(pair, equal_leaks))
    leaks = (one for one in near_leaks if one not in known)
    say("leakage-near", "error", f"pairs of {words.alike} {lie}", remove, map(pair, leaks))
    conflicts = _conflicts(exact, near, examples, shown)
    say("conflicting-labels", "warning", "groups of copies carry different labels", "decide on one label", conflicts)
    keep = "keep one of each; copies count twice in training and in the score"
    groups = (_listed([shown(one) for one in group]) for group in exact)
    say("exact-duplicates", "warning", f"groups of {words.equal}", keep, groups)
    labels = {example.id: example.labels for example in examples}
    twice = (pair(one) for one in near if _for_one_task(*one, labels))
    say("near-duplicates", "info", f"pairs of {words.alike} {words.how}".rstrip(), keep, twice)
    return findings


def _listed(group: Sequence[str]) -> str:
    """Join the names of equal examples; of a large group its first ones and how many there are."""
    more = f" = ... ({len(group)} in all)" if len(group) > LISTED else ""
    return " = ".join(group[: LISTED - 1] if more else group) + more


def _for_one_task(one: str, other: str, labels: Mapping[str, Mapping[str, str]]) -> bool:
    """Tell copies that count twice from those that different tasks have, once each."""
    return one not in labels or other not in labels or not labels[one].keys().isdisjoint(labels[other])


def _conflicts(
    exact: Iterable[Sequence[str]], near: Iterable[Pair], examples: Iterable[Example], shown: Callable[[str], str]
) -> list[str]:
    """Return a line for each group of copies with different labels: one pair that disagrees, and how many more do.

    Only pairs that are copies of each other count, not those at two ends of a chain.
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
    return [
        " ~ ".join(f"{shown(one)} ({', '.join(labels[one].values())})" for one in found[0])
        + (f" and {len(found) - 1} more pairs" if len(found) > 1 else "")
        for found in groups.values()
    ]


def _representatives(
    one: Sequence[str], other: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> Iterator[Pair]:
    """Yield the pairs of two groups of equal examples, of each group only the first example of each label."""
    left, right = (list({str(labels.get(i)): i for i in reversed(group)}.values()) for group in (one, other))
    for a, b in product(left, right):
        yield (min(a, b), max(a, b))


def _disagree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(task in other and label != other[task] for task, label in one.items())
