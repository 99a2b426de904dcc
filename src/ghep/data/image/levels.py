"""What is black and what is white in images of more than 8 bits: one scale for a data set, measured and kept.

A 16-bit file often holds 10, 12 or 14 bits, a CT has offsets or negative values, floats may lie anywhere. Divided by
the largest value of its type, such an image is nearly black; stretched by its own minimum and maximum, its brightness
depends on its neighbouring pixels. So the audit measures every image (``extent_of``), ``measured`` makes one scale
of it, and the preprocessing keeps the scale for prediction and evaluation.

In: pixel values as they were decoded, integers or floats. Out: uint8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from ghep.errors import BadImage
from ghep.types import Finding

Kind = Literal["integers", "floats"]
Range = tuple[float, float]
"""The value that is black and the one that is white."""
Values = np.ndarray[Any, Any]

OUTSIDE = 0.001
"""Share of an image's pixels at either end that does not count: hot and dead pixels."""
SAMPLED = 200_000
"""At most about this many pixels of an image are sorted to measure it."""
FEW_IMAGES = 0.01
"""Share of the images, at least one, that extends the scale to no more than ``EXTENDED`` times its length."""
EXTENDED = 2.0
NEAR_TOP = 0.75
"""A maximum of at least this share of 2^bits - 1 (of 1.0 for floats) means that this value is white."""
NEAR_ZERO = 0.05
"""A minimum of at most this share of white means that 0 is black."""
OTHER_SCALE = ((20, 1 / 2), (5, 1 / 4), (1, 1 / 16))
"""From so many images on, none of which reaches this share of white: they were saved with another scale. Of a few it
takes more, as they may just be dark."""
NEARLY_BLACK = 1 / 16
"""Images of which none reaches this share of white are nearly black to the model: with ``SEVERAL``, an error."""
SEVERAL = 5
HARDLY_USED = 1 / 8
"""Half of the images use no more than this share of the scale: others set it."""
APART = 0.75
"""No value in so large a part of an image's range: what lies on the smaller side of the gap is no content."""
TOO_DARK = 1 / 64
"""Floats without a measured scale, all of them below this and not all 0, are no images in [0, 1]: nothing is seen."""
FEWEST_LEVELS = 4096
"""16-bit integers without a measured scale have to reach this value: below it nobody can tell what is white."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Black and white of integers and of floats; None where the training data had no such images.

    Without a measured range 65535 is white for integers that reach ``FEWEST_LEVELS``, and 1.0 for floats in [0, 1].
    """

    integers: Range | None = None
    floats: Range | None = None

    def to_json(self) -> dict[str, list[float]]:
        """Return what was measured, by kind; empty if nothing was."""
        return {kind: list(found) for kind in ("integers", "floats") if (found := getattr(self, kind)) is not None}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Levels:
        """Read what ``to_json`` wrote; raise ValueError for what cannot be a scale."""
        unknown = set(config) - {"integers", "floats"}
        if unknown:
            raise ValueError(f"levels are of integers and floats, not of {', '.join(sorted(unknown))}")
        ranges = {}
        for kind, found in config.items():
            black, white = (float(value) for value in found)
            if not (math.isfinite(black) and math.isfinite(white) and black < white):
                raise ValueError(f"levels of {kind} are black < white, both finite; found {black:g} and {white:g}")
            ranges[kind] = (black, white)
        return cls(**ranges)

    def describe(self) -> str:
        """Return ``integers from 0 (black) to 4,095 (white: 12 bits)``; empty if nothing was measured."""
        return "; ".join(
            f"{kind} from {_number(found[0])} (black) to {_number(found[1])} (white{_bits(kind, *found)})"
            for kind in ("integers", "floats")
            if (found := getattr(self, kind)) is not None
        )


NOMINAL = Levels()
"""Nothing was measured."""


class Extent(NamedTuple):
    """How far the pixels of one image reach, without ``OUTSIDE`` of them at either end."""

    kind: Kind
    low: float
    high: float
    content: Range | None = None
    """The same without a value far from all others, such as padding or an overlay; None if there is no such value."""


def extent_of(values: Values) -> Extent:
    """Measure one image (H, W, ...); raise BadImage for values that are not finite."""
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
    """Return one scale for images that reach so far: all of them, but for a few that are out of all proportion."""
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
    """Return uint8 (H, W, ...): black is 0, white is 255, rounded to nearest; what lies outside is clipped.

    Raises BadImage(reason) for values that are not finite, for an image of which more than half lies outside the
    scale, and, without a measured scale, for values whose white nobody can tell.
    """
    _require_finite(values, reason)
    kind = _kind(values)
    given: Range | None = getattr(levels, kind)
    black, white = given or _nominal(values, kind, reason)
    if given and not black <= (middle := float(np.median(_sample(values)))) <= white:
        raise BadImage(
            reason,
            f"half of its pixels are {'brighter than white' if middle > white else 'darker than black'} (median "
            f"{_number(middle)}); the scale of the data set is {levels.describe()}",
        )
    if values.dtype in (np.uint8, np.uint16):  # a table is faster than arithmetic on every pixel
        table: Values = _scaled(np.arange(np.iinfo(values.dtype).max + 1), black, white)
        return table[values]
    return _scaled(values, black, white)


def level_findings(extents: Mapping[str, Extent], used: Levels, *, count: int, given: bool) -> list[Finding]:
    """Return what is to be known of the scale: which one was found, and which images it does not fit.

    ``extents`` are those of the images with more than 8 bits, by id, of ``count`` images in all. ``given``: the scale
    comes from the data that the model was trained on.
    """
    if not extents:
        return []
    if given:
        return [*_other_levels(list(extents.values()), used), *_exceeded(extents, used)]
    message = (
        f"{len(extents):,} of {count:,} images have more than 8 bits: {used.describe()}, "
        "measured on all of them and kept with the model"
    )
    remedy = "to choose another range, save them as 8-bit images"
    measured_ = Finding("levels-measured", "info", message, remedy)
    return [measured_, *_hardly_used(extents, used), *_exceeded(extents, used)]


def _other_levels(extents: Sequence[Extent], used: Levels) -> list[Finding]:
    """Say that images taken together have another scale than those that the model was trained on.

    Integers and floats that it was trained on none of have the nominal scale.
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
        trained = f"was trained on {Levels(**{kind: there}).describe()}"
        trained = trained if getattr(used, kind) else f"takes {kind} from {_number(there[0])} to {_number(there[1])}"
        these = "this image has" if count == 1 else "these images have"
        black = reached <= NEARLY_BLACK
        message = f"{these} {Levels(**{kind: here}).describe()}; the model {trained}, and reads them so"
        message += f": at most {max(reached, 0):.1%} of white, nearly black" if black else ""
        factor = (there[1] - there[0]) / (here[1] - here[0])
        times = f": multiply them by {_number(float(f'{factor:.3g}'))}" if black and here[0] == there[0] == 0 else ""
        remedy = f"save them with the range of the training images{times}"
        findings.append(Finding("other-levels", "error" if black and count >= SEVERAL else "warning", message, remedy))
    return findings


def _hardly_used(extents: Mapping[str, Extent], used: Levels) -> list[Finding]:
    """Say that most images use a small part of the scale, which a few others set: by a padding value, an overlay."""
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
        ends = tuple(
            f"{name}: {_number(one.low)} to {_number(one.high)}"
            for name, one in ours.items()
            if one.low < low - far or one.high > high + far
        )
        if 0 < share <= HARDLY_USED and ends:
            message = (
                f"half of the images use {share:.0%} of the scale or less (about {_number(low)} to {_number(high)} of "
                f"{used.describe()}): {len(ends)} {'images set' if len(ends) > 1 else 'image sets'} it, and the others "
                "have little contrast"
            )
            remedy = (
                "if these hold a value that stands for padding or an overlay, replace it by the black or white of the "
                "others; or save all as 8-bit images with the range that matters"
            )
            findings.append(Finding("levels-hardly-used", "warning", message, remedy, ends))
    return findings


def _exceeded(extents: Mapping[str, Extent], used: Levels) -> list[Finding]:
    beyond = []
    for name, extent in extents.items():
        found: Range | None = getattr(used, extent.kind)
        if (
            found
            and (slack := (found[1] - found[0]) * NEAR_ZERO)
            and not (found[0] - slack <= extent.low and extent.high <= found[1] + slack)
        ):
            beyond.append(f"{name}: {_number(extent.low)} to {_number(extent.high)}")
    if not beyond:
        return []
    message = f"{len(beyond):,} images reach beyond black or white ({used.describe()}) and are clipped there"
    remedy = "save them with the range of the others, if they are not of the same kind"
    return [Finding("levels-exceeded", "warning", message, remedy, tuple(beyond))]


def _kind(values: Values) -> Kind:
    return "floats" if values.dtype.kind == "f" else "integers"


def _require_finite(values: Values, reason: str = "unknown-range") -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise BadImage(reason, f"{count:,} of {values.size:,} values are not finite (NaN or infinite)")


def _sample(values: Values) -> Values:
    """Return values from all over the image; the step shares no factor with a row, else it would follow columns."""
    step = max(1, values.size // SAMPLED)
    while step > 1 and math.gcd(step, math.prod(values.shape[1:])) > 1:
        step += 1
    sample: Values = values.reshape(-1)[::step]
    return sample


def _rounded(kind: Kind | str, low: float, high: float) -> Range:
    """Return black and white: the ends of a number of bits (1.0 for floats) where the values come near them."""
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
            raise BadImage(reason, f"floats from {_number(low)} to {_number(high)}; expected 0 to 1")
        if 0 < high < TOO_DARK:
            raise BadImage(
                reason,
                f"floats from {_number(low)} to {_number(high)}; expected 0 (black) to 1 (white); were they divided by "
                "255 twice?",
            )
        return 0.0, 1.0
    if low < 0 or high > 65535:
        raise BadImage(reason, f"integers from {_number(low)} to {_number(high)}; expected 0 to 65,535")
    if high < FEWEST_LEVELS:
        raise BadImage(
            reason,
            f"integers from {_number(low)} to {_number(high)} of more than 8 bits, and the model was trained on none: "
            "which value is white cannot be known; save it as an 8-bit image",
        )
    return 0.0, 65535.0


def _scaled(values: Values, black: float, white: float) -> Values:
    scaled = (values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
    bytes_: Values = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return bytes_


def _bits(kind: str, black: float, white: float) -> str:
    bits = math.log2(white + 1) if black == 0 and white > 1 else 0.0
    return f": {bits:.0f} bits" if kind == "integers" and bits == round(bits) and bits else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
