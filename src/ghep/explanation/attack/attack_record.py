"""The results of an attack, as values."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from statistics import median

import numpy as np
from PIL import Image

from ghep.explanation.attack.attack_options import AttackOptions
from ghep.explanation.attack.curve import Point
from ghep.explanation.attack.from_file import Answer
from ghep.explanation.attack.masked import Checked
from ghep.explanation.attack.transfer import Transfer
from ghep.metrics.intervals import wilson
from ghep.types import Finding, Interval


@dataclass(frozen=True)
class Attacked:
    """One photo, the changed image, and the answers to both as files."""

    name: str
    before: Answer
    """Answer to the unchanged pixels, saved as PNG."""
    after: Answer
    """Answer to the changed pixels, saved as PNG."""
    reached: bool
    """Whether ``after`` is what the attack wanted."""
    original: np.ndarray = field(repr=False)
    """uint8 (H, W, 3)."""
    png: bytes = field(repr=False)
    """The file of the changed image."""
    bound: int
    """Largest change of a value, in levels."""
    distance: float
    """Euclidean distance of the pixels in [0, 1]."""
    passes: int
    """Gradients or queries."""
    smallest: int | None = None
    """Smallest bound that was found, in levels; None: not measured, or none was found."""

    @property
    def changed(self) -> np.ndarray:
        """Return the changed image, uint8 (H, W, 3)."""
        with Image.open(io.BytesIO(self.png)) as image:
            return np.array(image)


@dataclass(frozen=True)
class Record:
    """The results of an attack on n photos."""

    model: str
    options: AttackOptions
    targets: tuple[str, ...]
    """Labels of the model that are wanted; empty for any other answer."""
    photos: tuple[Attacked, ...]
    cpu_seconds: float
    """Processor seconds of the attack itself, without the curve and the checks."""
    points: tuple[Point, ...] = ()
    checked: Checked | None = None
    transferred: Transfer | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def reached(self) -> int:
        """Number of photos whose saved file gets the wanted answer."""
        return sum(one.reached for one in self.photos)

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the share of photos that were reached."""
        return wilson(self.reached, len(self.photos))

    @property
    def smallest(self) -> float | None:
        """Median of the smallest bounds in levels; None if fewer than half of the measured photos have one."""
        measured = self.photos[: self.points[0].n] if self.points else ()
        return finite_median([inf if one.smallest is None else one.smallest for one in measured])

    @property
    def distance(self) -> float | None:
        """Median Euclidean distance of the changed images; None if fewer than half are reached."""
        return finite_median([one.distance if one.reached else inf for one in self.photos])


def finite_median(values: Sequence[float]) -> float | None:
    """Return the median of ``values``; None if it is infinite, or without values."""
    found = median(values) if values else inf
    return None if found == inf else found
