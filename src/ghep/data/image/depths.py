"""Find the number of bits that the pixel values of each file use, and report data sets that mix several bit depths.

In: the range of values of each file (``levels.extent_of``). Out: the depth or range of each file, and a finding. All
files are read on one scale, so files of 12 bits from one scanner look darker than files of 14 bits from another.

A file does not say how many of its 16 bits are used, but the largest values of many files show it: those of 12-bit
files come close to 4,095 and never exceed it. So files of a lower depth are assumed where many largest values lie just
below a power of two, few lie just above it, and others lie far above. If only exposures vary, there is no such gap.

If any file has values below 0, the files are grouped by their lowest value: z-scores or Hounsfield units reach far
below 0, values of 0 to 1 or raw scanner values begin near 0, and few files lie between. Files are also grouped by the
length of their range of values, if the ranges of some are many times as long as those of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ghep.data.dataset import label_counts
from ghep.data.image.levels import NEAR_TOP, NEAR_ZERO, Extent
from ghep.messages import Message, number_text, text_of
from ghep.types import SPLITS, Example, Finding, Split

FEWEST = 5
"""Minimum number of files of a depth; with fewer files nothing is concluded."""
SHARE = 0.02
"""Minimum share of the files, for large data sets."""
REACHED = 0.95
"""The brightest file of a depth reaches at least this share of its white."""
IN_THE_GAP = 0.1
"""Maximum number of files just above the white of a depth, as a share of those just below and of those far above."""
FAR, NO_DARK_FRAME = 16, 0.25
"""Floats up to 1 are on another scale than files that all reach FAR times as high. This does not hold if the floats are
all black frames, of which none reaches NO_DARK_FRAME.
"""
CLEARLY_BELOW_0 = 0.1
"""If this share of a file's range is below 0, its black is not 0. Noise around a black of 0 stays below this share."""
BEGIN_NEAR_0 = 0.5
"""If 0 is the black of the files without negative values, at least this share of them begins near 0."""
SHARE_OF_RANGE = 0.1
"""Minimum share of the files in a group, if only the lengths of ranges distinguish the groups."""
DIFFER = 0.2
"""Difference between two classes or splits in the share of a depth from which it is reported."""
BITS = {"integers": tuple(range(8, 17)), "floats": (8, 10, 12, 14, 16)}
"""Kind of pixels -> the depths that are distinguished."""


def _whites(kind: str) -> dict[str, float]:
    """Return a dict: name of a depth (``12 bits``) -> the pixel value that means white (4,095), in ascending order."""
    unit = {text_of("depth-unit"): 1.0} if kind == "floats" else {}
    return {**unit, **{text_of("depth-bits", bits=bits): 2.0**bits - 1 for bits in BITS[kind]}}


def any_range(depths: Iterable[str]) -> bool:
    """Return whether any of ``depths`` is a range of values (``about -2 to 3``) and not a number of bits."""
    others = {text_of("depth-other", kind=kind) for kind in BITS}
    return not set(depths) <= {*_whites("integers"), *_whites("floats"), *others}


def depths_used(extents: Mapping[str, Extent]) -> dict[str, str]:
    """Return a dict: id -> the depth that the file uses, such as ``12 bits``, for files of more than 8 bits.

    All files get the same depth, unless their largest values form groups with a gap between them. A dark file gets the
    depth of the other files.
    """
    found: dict[str, str] = {}
    for kind in BITS:
        depths = _whites(kind)
        highs = {name: one.high for name, one in extents.items() if one.kind == kind}
        if not highs:
            continue
        if min(extents[name].low for name in highs) < 0:
            found |= _ranges({name: extents[name] for name in highs}, kind)
            continue
        values = np.array(list(highs.values()))
        lower = [(depth, white) for depth, white in depths.items() if _is_lower_depth(values, white)]
        rest = values[values > lower[-1][1]] if lower else values
        other = text_of("depth-other", kind=kind)
        top = next((depth for depth, white in depths.items() if rest.max() <= white), other)
        found |= {name: next((depth for depth, white in lower if high <= white), top) for name, high in highs.items()}
    return found


def _ranges(extents: Mapping[str, Extent], kind: str) -> dict[str, str]:
    """Return a dict: id -> the range of its values as text, ``about -2 to 3``; used if some files have values below 0.

    If all files have about the same range, the text is ``other floats`` or ``other integers`` for all of them.
    """
    groups: list[dict[str, Extent]] = []
    for group in _by_black(extents):
        groups += _by_length(group)
    if len(groups) == 1:
        return dict.fromkeys(extents, text_of("depth-other", kind=kind))
    named: dict[str, str] = {}
    for group in groups:
        low, high = (float(np.median([one[at] for one in group.values()])) for at in (1, 2))
        named |= dict.fromkeys(
            group, text_of("depth-range", low=number_text(low, ".4g"), high=number_text(high, ".4g"))
        )
    return named


def _by_black(extents: Mapping[str, Extent]) -> list[dict[str, Extent]]:
    """Return two groups, files with values from 0 and files with values below 0; one group if that is unclear."""
    below = {name: one for name, one in extents.items() if one.low < -CLEARLY_BELOW_0 * (one.high - one.low)}
    from_0 = {name: one for name, one in extents.items() if one.low >= 0 and one.high > one.low}
    between = len(extents) - len(below) - len(from_0)
    near_0 = sum(one.low <= NEAR_ZERO * one.high for one in from_0.values())
    fewer = min(len(below), len(from_0))
    clear = fewer >= max(FEWEST, SHARE * len(extents)) and between <= IN_THE_GAP * fewer
    if not clear or near_0 < BEGIN_NEAR_0 * len(from_0):
        return [dict(extents)]
    return [from_0, {name: one for name, one in extents.items() if name not in from_0}]


def _by_length(extents: dict[str, Extent]) -> list[dict[str, Extent]]:
    """Return two groups if the ranges of some files are at least ``FAR`` times as long as the others'; else one."""
    ordered = sorted((one.high - one.low, name) for name, one in extents.items())
    lengths = np.array([max(length, 1e-12) for length, _ in ordered])
    fewest = max(FEWEST, round(SHARE_OF_RANGE * len(ordered)))
    places = np.arange(fewest, len(ordered) - fewest + 1)
    if not len(places):
        return [extents]
    ratios = lengths[places] / lengths[places - 1]
    if ratios.max() < FAR:
        return [extents]
    short = {name for _, name in ordered[: places[int(ratios.argmax())]]}
    return [{name: one for name, one in extents.items() if (name in short) is side} for side in (True, False)]


def _is_lower_depth(highs: np.ndarray, white: float) -> bool:
    """Return whether some of the files' largest values ``highs`` (N,) come near ``white`` and others are far above.

    If so, the files mix two depths.
    """
    own, others = highs[highs <= white], highs[highs > white]
    fewest = max(FEWEST, SHARE * len(highs))
    several = min(len(own), len(others)) >= fewest
    if white == 1 and several and own.max() >= NO_DARK_FRAME and others.min() >= FAR * own.max():
        return True
    below = int((own >= NEAR_TOP * white).sum())
    gap = int(((highs > white) & (highs <= white / NEAR_TOP)).sum())
    above = int((highs > white / NEAR_TOP).sum())
    return min(below, above) >= fewest and gap <= IN_THE_GAP * min(below, above) and bool(own.max() >= REACHED * white)


def depth_findings(
    depths: Mapping[str, str], parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]
) -> list[Finding]:
    """Return a finding if the files of ``parts`` use several ``depths`` (id -> depth).

    The finding lists the share of each depth in each split and class, where these shares differ.
    """
    files = [one for split in SPLITS for one in parts[split] if one.id in depths]
    counts = Counter(depths[one.id] for one in files)
    if len(counts) < 2:
        return []
    places: list[tuple[str, Sequence[Example]]] = [(split, parts[split]) for split in SPLITS]
    divisions = [places]
    for task in tasks:
        groups: list[tuple[str, Sequence[Example]]] = []
        for label in label_counts(files, task):
            name = text_of("depth-class-of-task", label=label, task=task) if len(tasks) > 1 else label
            groups.append((name, [one for one in files if one.labels.get(task) == label]))
        divisions.append(groups)
    items: list[str] = []
    for division in divisions:
        shares = {name: share for name, members in division if (share := _shares(depths, members))}
        if any(
            max(one.get(depth, 0.0) for one in shares.values()) - min(one.get(depth, 0.0) for one in shares.values())
            >= DIFFER
            for depth in counts
        ):
            items += [text_of("depth-shares", name=name, shares=_in_percent(one)) for name, one in shares.items()]
    first, *others = sorted(counts, key=_order)
    finding = Finding.of(
        "bit-depths-differ",
        "warning",
        first=Message("depth-count-first", {"count": counts[first], "depth": first}),
        others=[Message("depth-count", {"count": counts[depth], "depth": depth}) for depth in others],
        ranges=any_range(counts),
        items=items,
    )
    return [finding]


def _in_percent(shares: Mapping[str, float]) -> list[str]:
    return [text_of("depth-share", share=share, depth=depth) for depth, share in shares.items()]


def _shares(depths: Mapping[str, str], members: Sequence[Example]) -> dict[str, float]:
    counts = Counter(depths[one.id] for one in members if one.id in depths)
    return {depth: counts[depth] / sum(counts.values()) for depth in sorted(counts, key=_order)}


def _order(depth: str) -> tuple[float, str]:
    return {**_whites("integers"), **_whites("floats")}.get(depth, float("inf")), depth
