"""The control for text backbones: a linear model on n-grams (``linear_ngrams.py``), fitted to examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.data.text.linear_ngrams import NAME, LinearNgrams, RidgeNgrams, fit_linear_ngrams, fit_ridge_ngrams
from ghep.data.text.loader import load_text
from ghep.types import Example


class TextControl:
    """A linear model on n-grams, as the control of a text backbone."""

    name = NAME

    def __init__(self, fitted: LinearNgrams | RidgeNgrams) -> None:
        self.fitted = fitted
        self.seconds = fitted.seconds

    def outputs(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return class probabilities (N, K), or numbers (N, 1) on the scale of the targets."""
        texts = [load_text(example.raw) for example in examples]
        return self.fitted.numbers(texts) if isinstance(self.fitted, RidgeNgrams) else self.fitted.probabilities(texts)


def fit_text_control(
    examples: Sequence[Example],
    targets: NDArray[Any],
    num_classes: int,
    *,
    valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
) -> TextControl:
    """Return a classifier, or a ridge regression if ``targets`` are floats, fitted on the n-grams of ``examples``."""
    texts = [load_text(example.raw) for example in examples]
    held_out = None if valid is None else ([load_text(example.raw) for example in valid[0]], valid[1])
    if targets.dtype.kind == "f":
        return TextControl(fit_ridge_ngrams(texts, targets, valid=held_out))
    return TextControl(fit_linear_ngrams(texts, targets, num_classes, valid=held_out))
