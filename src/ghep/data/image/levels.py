"""Convert images of more than 8 bits to 8 bits, on one scale per data set that is measured and saved with the model.

In: decoded pixel values, integers or floats. Out: uint8. The scale is a value of black and a value of white.

A 16-bit file often contains 10, 12 or 14 bits, a CT has offsets or negative values, floats may have any range. If the
values were divided by the maximum of their type, such an image would be nearly black. If each image were stretched by
its own minimum and maximum, the same tissue or object would differ in brightness between images. So the audit measures
every image (``extent_of``), ``measured`` derives one scale, and the preprocessing keeps it for prediction and
evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from ghep.errors import BadImage
from ghep.messages import Message, text_of
from ghep.types import Finding

Kind = Literal["integers", "floats"]
Range = tuple[float, float]
"""The value of black and the value of white."""
Values = np.ndarray[Any, Any]

OUTSIDE = 0.001
"""Share of an image's darkest and of its brightest pixels that is ignored, such as hot and dead pixels."""
SAMPLED = 200_000
"""Approximate maximum number of pixels of an image that are sorted to measure it."""
FEW_IMAGES = 0.01
"""Share of the images (at least one image) whose extreme values may extend the scale to at most ``EXTENDED`` times its
length.
"""
EXTENDED = 2.0
NEAR_TOP = 0.75
"""A maximum of at least this share of 2^bits - 1 (of 1.0 for floats) means that this value is white."""
NEAR_ZERO = 0.05
"""A minimum of at most this share of white means that 0 is black."""
OTHER_SCALE = ((20, 1 / 2), (5, 1 / 4), (1, 1 / 16))
"""(number of images, share of white): if none of at least so many images reaches the share, they were saved with
another scale. The share is lower for few images, which may just be dark."""
NEARLY_BLACK = 1 / 16
"""If no image reaches this share of white, the model sees them as nearly black: an error from ``SEVERAL`` images on."""
SEVERAL = 5
HARDLY_USED = 1 / 8
"""If half of the images use no more than this share of the scale, other images set it."""
APART = 0.75
"""If this share of an image's range has no value in it, the values on the smaller side of the gap are not content."""
TOO_DARK = 1 / 64
"""Floats without a measured scale that are all below this, and not all 0, are not in [0, 1]: they would look black."""
FEWEST_LEVELS = 4096
"""16-bit integers without a measured scale must reach this value: below it the value of white is unknown."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The pixel values of black and white, for integer and for float images; None if the training data had none.

    Without measured values, black is 0. White is 65535 for integer images that reach ``FEWEST_LEVELS``, and 1.0 for
    float images in [0, 1]; other images are refused.
    """

    integers: Range | None = None
    floats: Range | None = None

    def to_json(self) -> dict[str, list[float]]:
        """Return a dict with [black, white] under the keys ``integers`` and ``floats``, unless not measured."""
        return {kind: list(found) for kind in ("integers", "floats") if (found := getattr(self, kind)) is not None}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Levels:
        """Return the levels in the output of ``to_json``; raise ValueError for an invalid scale."""
        unknown = set(config) - {"integers", "floats"}
        if unknown:
            raise ValueError(text_of("levels-kinds", kinds=sorted(unknown)))
        ranges = {}
        for kind, found in config.items():
            black, white = (float(value) for value in found)
            if not (math.isfinite(black) and math.isfinite(white) and black < white):
                raise ValueError(text_of("levels-order", kind=kind, black=black, white=white))
            ranges[kind] = (black, white)
        return cls(**ranges)

    def describe(self) -> Message:
        """Return a message: ``integers from 0 (black) to 4,095 (white: 12 bits)``; empty if nothing was measured."""
        integers = None if self.integers is None else _range_message("integers", *self.integers)
        floats = None if self.floats is None else _range_message("floats", *self.floats)
        if integers and floats:
            return Message("levels-both", {"integers": integers, "floats": floats})
        return integers or floats or Message("levels-none")


NOMINAL = Levels()
"""The levels of a data set on which nothing was measured."""


class Extent(NamedTuple):
    """Range of the pixel values of one image, without the share ``OUTSIDE`` of the darkest and brightest pixels."""

    kind: Kind
    low: float
    high: float
    content: Range | None = None
    """The range without an isolated value, such as padding or an overlay; None if there is no such value."""


def extent_in(values: Sequence[Any]) -> Extent:
    """Return the extent whose fields were written as a list of JSON."""
    kind, low, high, content = values
    return Extent(kind, low, high, None if content is None else (content[0], content[1]))


def extent_of(values: Values) -> Extent:
    """Return the range of the values of one image (H, W, ...); raise BadImage if a value is not finite."""
    _require_finite(values)
    ordered = np.sort(_sample(values))
    first, last = np.rint((len(ordered) - 1) * np.array((OUTSIDE, 1 - OUTSIDE))).astype(int)
    inner = ordered[first : last + 1].astype(np.float64)
    low, high = float(inner[0]), float(inner[-1])
    content = None
    if high > low:
        widest = int(np.diff(inner).argmax())
        below, above = float(inner[widest]), float(inner[widest + 1])
        if above - below >= APART * (high - low):
            content = (low, below) if 2 * (widest + 1) >= len(inner) else (above, high)
    return Extent(_kind(values), low, high, content)


def measured(extents: Sequence[Extent]) -> Levels:
    """Return one scale, black and white, that covers the ranges of values of all images except a few outliers."""
    ranges: dict[str, Range] = {}
    for kind in ("integers", "floats"):
        lows = np.array([one.low for one in extents if one.kind == kind])
        highs = np.array([one.high for one in extents if one.kind == kind])
        if not len(lows):
            continue
        low = float(np.quantile(lows, FEW_IMAGES, method="higher"))
        high = float(np.quantile(highs, 1 - FEW_IMAGES, method="lower"))
        span = EXTENDED * (high - low)
        if span > 0:
            high, low = float(highs[highs <= low + span].max()), float(lows[lows >= high - span].min())
        ranges[kind] = _rounded(kind, low, high)
    return Levels(**ranges)


def to_8_bits(values: Values, levels: Levels = NOMINAL, *, reason: str = "unknown-range") -> Values:
    """Return ``values`` as uint8 (H, W, ...): black becomes 0, white becomes 255; values outside are clipped.

    Raises BadImage(reason) for values that are not finite, if more than half of the image lies outside the scale, and,
    without a measured scale, if the value of white is unknown.
    """
    _require_finite(values, reason)
    kind = _kind(values)
    given: Range | None = getattr(levels, kind)
    black, white = given or _nominal(values, kind, reason)
    if given and not black <= (middle := float(np.median(_sample(values)))) <= white:
        side = "brighter" if middle > white else "darker"
        raise BadImage(reason, "levels-outside", side=side, median=middle, levels=levels.describe())
    if values.dtype in (np.uint8, np.uint16):  # a lookup table is faster than arithmetic on every pixel
        table: Values = _scaled(np.arange(np.iinfo(values.dtype).max + 1), black, white)
        return table[values]
    return _scaled(values, black, white)


def level_findings(extents: Mapping[str, Extent], used: Levels, *, count: int, given: bool) -> list[Finding]:
    """Return findings on the scale ``used``: its black and white, and which images do not fit the scale.

    ``extents``: id -> range of values, for the images with more than 8 bits; ``count`` is the number of all images.
    ``given``: the scale was measured on the data that the model was trained on, not on these images.
    """
    if not extents:
        return []
    if given:
        return [*_other_scale_findings(list(extents.values()), used), *_exceeding_findings(extents, used)]
    found = Finding.of("levels-measured", "info", deep=len(extents), count=count, levels=used.describe())
    return [found, *_low_contrast_findings(extents, used), *_exceeding_findings(extents, used)]


def _other_scale_findings(extents: Sequence[Extent], used: Levels) -> list[Finding]:
    """Return findings if these images, taken together, have another scale than the training images.

    If the model was not trained on integer images, or on float images, the expected scale is 0 to 65535, or 0 to 1.
    """
    findings = []
    own = measured(extents)
    for kind in ("integers", "floats"):
        ours = [one for one in extents if one.kind == kind]
        here: Range | None = getattr(own, kind)
        there: Range = getattr(used, kind) or ((0.0, 65535.0) if kind == "integers" else (0.0, 1.0))
        if not here or all(one.low == one.high for one in ours):
            continue
        count = len(ours)
        length = (here[1] - here[0]) / (there[1] - there[0])
        reached = (here[1] - there[0]) / (there[1] - there[0])
        bar = next(share for fewest, share in OTHER_SCALE if count >= fewest)
        if length <= 2 and reached > bar and (length >= bar or count < OTHER_SCALE[0][0]):
            continue
        black = reached <= NEARLY_BLACK
        factor = (there[1] - there[0]) / (here[1] - here[0])
        finding = Finding.of(
            "other-levels",
            "error" if black and count >= SEVERAL else "warning",
            count=count,
            found=Levels(**{kind: here}).describe(),
            trained=getattr(used, kind) is not None,
            expected=Levels(**{kind: there}).describe(),
            black=black,
            share=max(reached, 0.0),
            factor=float(f"{factor:.3g}") if black and here[0] == there[0] == 0 else 0,
        )
        findings.append(finding)
    return findings


def _low_contrast_findings(extents: Mapping[str, Extent], used: Levels) -> list[Finding]:
    """Return findings if most images use a small part of the scale, because a padding value or an overlay in a few
    images set black or white.
    """
    findings = []
    for kind in ("integers", "floats"):
        found: Range | None = getattr(used, kind)
        ours = {name: one for name, one in extents.items() if one.kind == kind}
        if not found or not ours:
            continue
        content = np.array([one.content or (one.low, one.high) for one in ours.values()])  # (N, 2)
        share = float(np.median(content[:, 1] - content[:, 0])) / (found[1] - found[0])
        low, high = np.median(content, axis=0).tolist()
        far = 0.5 * (found[1] - found[0])
        ends = [
            text_of("levels-item", name=name, low=one.low, high=one.high)
            for name, one in ours.items()
            if one.low < low - far or one.high > high + far
        ]
        if 0 < share <= HARDLY_USED and ends:
            finding = Finding.of(
                "levels-hardly-used",
                "warning",
                share=share,
                low=low,
                high=high,
                levels=used.describe(),
                count=len(ends),
                items=ends,
            )
            findings.append(finding)
    return findings


def _exceeding_findings(extents: Mapping[str, Extent], used: Levels) -> list[Finding]:
    beyond = []
    for name, extent in extents.items():
        found: Range | None = getattr(used, extent.kind)
        if (
            found
            and (slack := (found[1] - found[0]) * NEAR_ZERO)
            and not (found[0] - slack <= extent.low and extent.high <= found[1] + slack)
        ):
            beyond.append(text_of("levels-item", name=name, low=extent.low, high=extent.high))
    if not beyond:
        return []
    return [Finding.of("levels-exceeded", "warning", count=len(beyond), levels=used.describe(), items=beyond)]


def _kind(values: Values) -> Kind:
    return "floats" if values.dtype.kind == "f" else "integers"


def _require_finite(values: Values, reason: str = "unknown-range") -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise BadImage(reason, "levels-not-finite", count=count, total=values.size)


def _sample(values: Values) -> Values:
    """Return every n-th value of the image; n shares no factor with the row length, so that all columns are sampled."""
    step = max(1, values.size // SAMPLED)
    while step > 1 and math.gcd(step, math.prod(values.shape[1:])) > 1:
        step += 1
    sample: Values = values.reshape(-1)[::step]
    return sample


def _rounded(kind: Kind | str, low: float, high: float) -> Range:
    """Return black and white: ``low`` and ``high``, rounded to 0 and to the maximum of a bit depth if close to them.

    For floats 1.0 is such a maximum too.
    """
    tops = [2.0**bits - 1 for bits in range(8, 17)]
    if kind == "floats":
        tops = [1.0, *tops]
    white = next((top for top in tops if NEAR_TOP * top <= high <= top), high)
    black = 0.0 if 0 <= low <= NEAR_ZERO * white else low
    return (black, white) if black < white else (min(0.0, black), max(tops[-1] if kind == "integers" else 1.0, high))


def _nominal(values: Values, kind: Kind, reason: str) -> Range:
    low, high = float(values.min()), float(values.max())
    if kind == "floats":
        if low < 0 or high > 1:
            raise BadImage(reason, "levels-floats-range", low=low, high=high)
        if 0 < high < TOO_DARK:
            raise BadImage(reason, "levels-floats-dark", low=low, high=high)
        return 0.0, 1.0
    if low < 0 or high > 65535:
        raise BadImage(reason, "levels-integers-range", low=low, high=high)
    if high < FEWEST_LEVELS:
        raise BadImage(reason, "levels-white-unknown", low=low, high=high)
    return 0.0, 65535.0


def _scaled(values: Values, black: float, white: float) -> Values:
    scaled = (values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
    bytes_: Values = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return bytes_


def _range_message(kind: Kind, black: float, white: float) -> Message:
    bits = math.log2(white + 1) if kind == "integers" and black == 0 and white > 1 else 0.0
    whole = int(bits) if bits == round(bits) else 0
    return Message("levels-range", {"kind": kind, "black": black, "white": white, "bits": whole})
