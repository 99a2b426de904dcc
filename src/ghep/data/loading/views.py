"""Choose the view of an example for an epoch: the plain view, a new random view, or one of a few numbered random views.

The plain view and numbered views are called kept, because their activations can be cached. A numbered view is drawn
from the content of the example and the number alone, not from seed, epoch or index. So every run that asks for view 2
of an image gets the same pixels, and epochs, strategies and seeds share the activations of frozen blocks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ghep.data.image.augment import AUGMENTS, Augment


@dataclass(frozen=True, slots=True)
class View:
    """One view of an example: the plain view, a random view with a ``number``, or a new one drawn from ``seed``."""

    augment: Augment | None = None
    """None: the plain view."""
    number: int | None = None
    """Number of a kept view; None for a fresh one."""
    seed: tuple[int, ...] = ()
    """Seed of a fresh view."""

    def rng(self, digest: str) -> np.random.Generator | None:
        """Return the view's random generator; None for the plain view.

        ``digest`` is the SHA-256 of the example's content, in hexadecimal.
        """
        if self.augment is None:
            return None
        if self.number is None:
            return np.random.default_rng(self.seed)
        return np.random.default_rng([int(digest[:16], 16), self.number])

    def to_json(self) -> dict[str, Any]:
        """Return the settings that, with an example's content, define a plain or numbered view, for a cache key."""
        if self.augment is None:
            return {"kind": "plain"}
        return {"kind": "augmented", "number": self.number, **asdict(self.augment)}


PLAIN = View()


@dataclass(frozen=True, slots=True)
class Views:
    """The views that a stage of training uses; ``augment`` is a name in AUGMENTS."""

    augment: str = "none"
    count: int = 0
    """Number of views per example that are kept and rotated over the epochs; 0: a fresh one in every epoch."""

    @property
    def kept(self) -> tuple[View, ...]:
        """Return the views whose activations can be cached, plain or numbered; empty if each epoch draws new views."""
        augment = AUGMENTS[self.augment]
        return (PLAIN,) if augment is None else tuple(View(augment, number) for number in range(self.count))

    def at(self, place: int, epoch: int, seed: int) -> View:
        """Return the view in ``epoch`` of the example at index ``place``; examples start at different numbers."""
        augment = AUGMENTS[self.augment]
        if augment is None:
            return PLAIN
        if not self.count:
            return View(augment, None, (seed, epoch, 1, place))
        first = int(np.random.default_rng((seed, 3, place)).integers(self.count)) if self.count > 1 else 0
        return View(augment, (first + epoch) % self.count)
