"""What was chosen for sharing, as plain values that a plan can hold. With one task all of it is idle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mixing = Literal["proportional", "equal", "sqrt", "temperature"]
Weighting = Literal["fixed", "uncertainty", "gradnorm", "dwa"]
Surgery = Literal["none", "pcgrad", "cagrad", "upgrad"]


@dataclass(frozen=True, slots=True)
class Sharing:
    """How tasks share the trunk in a stage."""

    mixing: Mixing = "proportional"
    """Shares of rows by the tasks' numbers of labels n: n, 1, n^(1/2), n^(1/temperature), divided by their sum."""
    mixing_temperature: float = 2.0
    weighting: Weighting = "fixed"
    task_weights: tuple[tuple[str, float], ...] = ()
    """(task, weight of its loss) where it is fixed; 1 for a task that is not named."""
    surgery: Surgery = "none"
    """What becomes of the tasks' gradients at the trunk before they are added."""
