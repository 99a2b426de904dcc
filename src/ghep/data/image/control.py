"""The control for image backbones: a linear model on gradients and colours (``linear_hog.py``), fitted to examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.data.image.linear_hog import (
    BATCH,
    NAME,
    SIDE,
    LinearHog,
    RidgeHog,
    fit_linear_hog,
    fit_ridge_hog,
    hog_features,
    to_square,
)
from ghep.types import Example


class ImageControls:
    """Fits the linear model to examples; caches their features, 8 KiB per example."""

    def __init__(self, prepared: Callable[[Example], np.ndarray]) -> None:
        self.prepared = prepared
        self.known: dict[str, NDArray[np.float32]] = {}
        self.seconds = 0.0
        """Time taken to compute all cached features."""

    def __call__(
        self,
        examples: Sequence[Example],
        targets: NDArray[Any],
        num_classes: int,
        *,
        valid: tuple[Sequence[Example], NDArray[Any]] | None = None,  # noqa: ARG002 - chosen by leave-one-out
    ) -> ImageControl:
        """Return a classifier, or a ridge regression if ``targets`` are floats, fitted on gradients and colours."""
        features = self.features(examples)
        numeric = targets.dtype.kind == "f"
        fitted = fit_ridge_hog(features, targets) if numeric else fit_linear_hog(features, targets, num_classes)
        return ImageControl(fitted, self, fitted.seconds + self.seconds * len(examples) / len(self.known))

    def features(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """Return the features (N, F) of ``examples``."""
        start = time.perf_counter()
        missing = [example for example in examples if example.id not in self.known]
        for first in range(0, len(missing), BATCH):
            batch = missing[first : first + BATCH]
            made = hog_features(np.stack([to_square(self.prepared(one)) for one in batch]))
            self.known |= {example.id: row for example, row in zip(batch, made, strict=True)}
        self.seconds += time.perf_counter() - start
        rows = [self.known[example.id] for example in examples]
        return np.stack(rows) if rows else hog_features(np.zeros((0, SIDE, SIDE, 3), np.uint8))


class ImageControl:
    """A linear model on gradients and colours, as the control of an image backbone."""

    name = NAME

    def __init__(self, fitted: LinearHog | RidgeHog, controls: ImageControls, seconds: float) -> None:
        self.fitted, self.controls, self.seconds = fitted, controls, seconds

    def outputs(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return class probabilities (N, K), or numbers (N, 1) on the scale of the targets."""
        features = self.controls.features(examples)
        return (
            self.fitted.numbers(features) if isinstance(self.fitted, RidgeHog) else self.fitted.probabilities(features)
        )
