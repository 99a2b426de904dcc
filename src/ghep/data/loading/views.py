"""Which view of an example an epoch sees: the plain one, a fresh random one, or one of a few that can be kept.

A kept view is drawn from the content of its example and its number alone, not from seed, epoch or place. So every run
that asks for view 2 of a picture gets the same pixels, and what a frozen network makes of them can be shared by
epochs, strategies and seeds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ghep.data.image.augment import AUGMENTS, Augment


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at one example."""

    augment: Augment | None = None
    """None: the plain view."""
    number: int | None = None
    """Which of the kept views; None for a fresh one."""
    seed: tuple[int, ...] = ()
    """What a fresh view is drawn from."""

    def rng(self, digest: str) -> np.random.Generator | None:
        """Return what the view is drawn from; ``digest`` is the SHA-256 of the example's content, in hexadecimal."""
        if self.augment is None:
            return None
        if self.number is None:
            return np.random.default_rng(self.seed)
        return np.random.default_rng([int(digest[:16], 16), self.number])

    def to_json(self) -> dict[str, Any]:
        """Write what decides the pixels of a plain or kept view, beside the content: a part of a cache key."""
        if self.augment is None:
            return {"kind": "plain"}
        return {"kind": "augmented", "number": self.number, **asdict(self.augment)}


PLAIN = View()


@dataclass(frozen=True, slots=True)
class Views:
    """The views of a stage: ``augment`` is a name in AUGMENTS."""

    augment: str = "none"
    count: int = 0
    """This many views of each example are kept and rotated over the epochs; 0: a fresh one in every epoch."""

    @property
    def kept(self) -> tuple[View, ...]:
        """Return the views that can be kept; none if every epoch sees fresh ones."""
        augment = AUGMENTS[self.augment]
        return (PLAIN,) if augment is None else tuple(View(augment, number) for number in range(self.count))

    def at(self, place: int, epoch: int, seed: int) -> View:
        """Return what ``epoch`` sees of the example at ``place``; examples start the round at different views."""
        augment = AUGMENTS[self.augment]
        if augment is None:
            return PLAIN
        if not self.count:
            return View(augment, None, (seed, epoch, 1, place))
        first = int(np.random.default_rng((seed, 3, place)).integers(self.count)) if self.count > 1 else 0
        return View(augment, (first + epoch) % self.count)
