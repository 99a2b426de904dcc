"""What all tasks with classes share: targets as floats, calibrated probabilities, right and wrong answers."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ghep.metrics.calibration import Calibration, fit_temperature
from ghep.tasks.base import MISSING, Classifier, correct, labelled

if TYPE_CHECKING:
    from torch import Tensor


class OfClasses:
    """The methods of ``Classification``, ``Rating`` and ``MultiLabel`` that do not depend on the kind of task."""

    @property
    def initial_loss(self: Classifier) -> float:
        """The cross-entropy of equal probabilities: log K, with K at least 2."""
        return log(max(2, self.outputs))

    def has_label(self, targets: Tensor) -> Tensor:
        """Return whether each row has a label: bool (N,), from integers (N,) or (N, K), or floats of ``soft``."""
        if targets.is_floating_point():
            return targets.flatten(1).sum(1) > 0
        return (targets != MISSING).reshape(len(targets), -1).all(1)

    def soft(self: Classifier, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return targets as floats: (N, K) for classes (N,), or yes and no (N, 2, K) for rows of 0 and 1 (N, K).

        ``smoothing`` moves this share evenly to all classes, or to yes and no.
        """
        import torch
        from torch.nn import functional

        if targets.is_floating_point():
            soft = targets
        elif targets.ndim == 2:
            soft = torch.stack([targets == 1, targets == 0], dim=1).float()
        else:
            hot = functional.one_hot(targets.clamp_min(0), self.outputs).float()
            soft = hot * (targets >= 0).unsqueeze(1)
        if not smoothing:
            return soft
        return (1 - smoothing) * soft + smoothing * soft.sum(dim=1, keepdim=True) / soft.shape[1]

    def predict(self: Classifier, logits: NDArray[Any], calibration: float | None = None) -> NDArray[np.float64]:
        """Return probabilities (N, K) at the temperature ``calibration``; None: at temperature 1."""
        return self.probabilities(logits, 1.0 if calibration is None else calibration)

    def calibrate(self, logits: NDArray[Any], targets: NDArray[Any]) -> Calibration:
        """Return the temperature at which ``targets`` are most likely (``ghep.metrics.calibration``)."""
        return fit_temperature(logits, targets)

    def credit(self: Classifier, targets: NDArray[Any], predictions: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether the answer to each labelled row is right, bool (n,)."""
        targets = np.asarray(targets)
        given = labelled(targets)
        return correct(self.answers(predictions), targets)[given]
