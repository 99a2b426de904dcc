"""Find copies: the same content, or the same picture saved again or resized. In: the facts of a scan, out: pairs and
groups. (Texts that are alike are found in ``text_audit.py``.)

Pictures take two steps. The 64-bit fingerprint proposes: cut into eight bytes, two fingerprints that differ in at most
seven bits agree in at least one byte, so only pictures that share a byte at the same place are compared (Manku et al.,
WWW 2007, section 3). The thumbnail decides: after the mean is taken away, the difference has to be small against the
contrast of the picture, in the grey values and in their fine structure (what is left when a 3x3 mean is taken away),
and the mean colours have to agree. Pictures with next to no fine structure (sky, a blank wall) match everything and
therefore nothing: only equal files count.

The limits come from measurements on nine data sets, 17,079 photos (2 CPU cores, Pillow 13): 5,040 copies of 720 of them
(JPEG quality 40 to 90, WebP, scaled by 0.5 to 1.5) against all pairs of different photos whose fingerprints are close.
For photos of 100 pixels and more (2,800 copies) a copy reached 0.23 in the fine and 0.09 in the grey difference; the
closest different photos, frames of one film, started at 0.30 in the fine difference. Below about 64 pixels an
encoder's noise is as large as that, and strongly compressed copies are missed rather than different pictures accused.
Crops, mirrored and recoloured copies are not looked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple, Protocol

import numpy as np

from ghep.data.audit import THUMB, Fact
from ghep.types import Example, Finding, Split

Array = np.ndarray[Any, Any]
Pair = tuple[str, str]

MANY = 10_000
"""Pairs between two groups of copies, above which not every pair is named."""
MAX_BITS = 7
MAX_GREY = 0.12
MAX_FINE = 0.25
MAX_COLOUR = 12.0
"""Levels of 255 by which the mean of a channel may differ."""
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


def near_pairs(facts: Sequence[Fact]) -> list[Pair]:
    """Return the pairs of ids that show one picture in different files, sorted; equal files are named once."""
    first = {fact.digest: fact for fact in reversed(facts)}
    facts = [fact for fact in facts if first[fact.digest] is fact]
    facts = [fact for fact, textured in zip(facts, _textured(facts), strict=True) if textured]
    if len(facts) < 2:
        return []
    grey = _thumbs(facts)
    colour = np.array([fact.colour for fact in facts], dtype=np.float32)  # (N, 3)
    pairs = [
        tuple(sorted((facts[a].id, facts[b].id)))
        for left, right in _candidates([fact.fingerprint for fact in facts])
        for a, b in zip(*_verified(grey, colour, left, right), strict=True)
    ]
    return sorted({(a, b) for a, b in pairs})


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


def _verified(grey: Array, colour: Array, left: Array, right: Array) -> tuple[list[int], list[int]]:
    good_left: list[int] = []
    good_right: list[int] = []
    for at in range(0, len(left), 4096):
        a, b = left[at : at + 4096], right[at : at + 4096]
        same = np.abs(colour[a] - colour[b]).max(axis=1) <= MAX_COLOUR
        a, b = a[same], b[same]
        (grey_a, fine_a), (grey_b, fine_b) = _structure(grey[a]), _structure(grey[b])
        contrast = np.minimum(_spread(fine_a), _spread(fine_b))
        same = (_spread(fine_a - fine_b) <= MAX_FINE * contrast) & (
            _spread(grey_a - grey_b) <= MAX_GREY * np.minimum(_spread(grey_a), _spread(grey_b))
        )
        good_left += a[same].tolist()
        good_right += b[same].tolist()
    return good_left, good_right


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


def copy_findings(
    exact: Sequence[Sequence[str]],
    near: Sequence[Pair],
    split_of: Mapping[str, Split],
    examples: Sequence[Example],
    words: CopyWords,
) -> list[Finding]:
    """Return the findings on copies: leaks between splits, contradicting labels, repeats."""
    findings: list[Finding] = []

    def say(code: str, severity: Any, message: str, remedy: str, items: Iterable[str]) -> None:
        found = tuple(items)
        if found:
            findings.append(Finding(code, severity, f"{len(found)} {message}", remedy, found))

    equal_leaks, near_leaks = across_splits(exact, near, split_of)
    remove = f"remove one side of each pair: a score on {words.things} seen in training says nothing"
    lie = "lie in different splits"
    say("leakage-exact", "error", f"pairs of {words.equal} {lie}", remove, map(_pair, equal_leaks))
    say("leakage-near", "error", f"pairs of {words.alike} {lie}", remove, map(_pair, near_leaks))
    conflicts = _conflicts(exact, near, examples)
    say("conflicting-labels", "warning", "groups of copies carry different labels", "decide on one label", conflicts)
    keep = "keep one of each; copies count twice in training and in the score"
    say("exact-duplicates", "warning", f"groups of {words.equal}", keep, map(" = ".join, exact))
    labels = {example.id: example.labels for example in examples}
    twice = (pair for pair in near if _for_one_task(*pair, labels))
    say("near-duplicates", "info", f"pairs of {words.alike} {words.how}".rstrip(), keep, map(_pair, twice))
    return findings


def _for_one_task(one: str, other: str, labels: Mapping[str, Mapping[str, str]]) -> bool:
    """Tell copies that count twice from those that different tasks have, once each."""
    return one not in labels or other not in labels or not labels[one].keys().isdisjoint(labels[other])


def _pair(pair: Pair) -> str:
    return " ~ ".join(pair)


def _conflicts(exact: Iterable[Sequence[str]], near: Iterable[Pair], examples: Iterable[Example]) -> list[str]:
    labels = {example.id: example.labels for example in examples}
    groups: dict[str, list[str]] = defaultdict(list)
    for identity, first in copy_groups(exact, near).items():
        groups[first].append(identity)
    found = []
    for group in groups.values():
        tasks = {task for identity in group for task in labels.get(identity, {})}
        if any(len({labels[i][task] for i in group if task in labels.get(i, {})}) > 1 for task in tasks):
            said = [f"{i} ({'|'.join(labels.get(i, {}).values())})" for i in sorted(group)]
            found.append(" ~ ".join(said))
    return sorted(found)
