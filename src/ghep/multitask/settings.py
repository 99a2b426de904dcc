"""The settings for training several tasks on one backbone, as plain values. With one task they have no effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mixing = Literal["proportional", "equal", "sqrt", "temperature"]
Weighting = Literal["fixed", "uncertainty", "gradnorm", "dwa"]
Surgery = Literal["none", "pcgrad", "cagrad", "upgrad"]


@dataclass(frozen=True, slots=True)
class Sharing:
    """The settings that decide how tasks share the trained parameters of a stage."""

    mixing: Mixing = "proportional"
    """Shares of rows by the tasks' numbers of labels n: n, 1, n^(1/2) or n^(1/temperature), divided by their sum."""
    mixing_temperature: float = 2.0
    weighting: Weighting = "fixed"
    task_weights: tuple[tuple[str, float], ...] = ()
    """(task, weight of its loss) for the fixed weighting; 1 for a task that is not named."""
    surgery: Surgery = "none"
    """How the tasks' gradients of the shared parameters are changed before they are summed."""
