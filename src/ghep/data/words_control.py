"""The control of text backbones: the linear model on words, over examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.data.linear_words import LinearWords, fit_linear_words
from ghep.data.text import load_text
from ghep.types import Example


class WordsControl:
    """A linear model on words, as the control of a text backbone."""

    name = "linear model on words"

    def __init__(self, fitted: LinearWords) -> None:
        self.fitted = fitted
        self.seconds = fitted.seconds

    def probabilities(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return (N, K)."""
        return self.fitted.probabilities([load_text(example.raw) for example in examples])


def fit_words_control(
    examples: Sequence[Example],
    targets: NDArray[Any],
    num_classes: int,
    *,
    valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
) -> WordsControl:
    """Fit a linear model on the words of ``examples``."""
    texts = [load_text(example.raw) for example in examples]
    beside = None if valid is None else ([load_text(example.raw) for example in valid[0]], valid[1])
    return WordsControl(fit_linear_words(texts, targets, num_classes, valid=beside))
