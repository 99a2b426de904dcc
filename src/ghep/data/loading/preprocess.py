"""From one raw example to the numbers a backbone was trained on; it travels in the bundle.

Three steps, split where work can be shared: ``decode`` (load and resize, or tokenise: once per example, what the
prepared store keeps), ``view`` (crop, plain or augmented, once per epoch) and ``collate`` (stack and normalise, or pad:
once per batch). This file holds the contracts; each modality implements them (``image/preprocess.py``,
``text/tokens.py``), and nothing above this room has to know which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ghep.types import Example, Finding, Modality, Raw

if TYPE_CHECKING:
    import torch

    from ghep.data.dataset import Dataset
    from ghep.data.image.augment import Augment
    from ghep.data.loading.padded import Padded


class PreparedStore(Protocol):
    """Prepared examples, each decoded once: filled by the scan, read in every epoch."""

    def keep(self, example: Example, decoded: Any) -> None:
        """Take what the scan has loaded (a picture, a text), in whichever thread it was loaded."""

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared form of an example, whether it was kept or not."""

    def lengths(self, examples: Sequence[Example]) -> np.ndarray | None:
        """Return the positions (N,) that each takes in a batch; None where all are of one size."""

    def in_words(self) -> list[str]:
        """Return lines for the plan: what is to be known of these examples before training."""

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return what the prepared training ``examples`` say against this preprocessing."""

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return an open file with what is kept, and in plain values where each example lies in it."""

    def attach(self, file: IO[bytes] | None, index: Mapping[str, Any]) -> None:
        """Keep what another process ``shared``: nothing is decoded again."""


class FittedControl(Protocol):
    """A model that knows no transfer, fitted to the training examples."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def seconds(self) -> float:
        """What fitting it took."""

    def probabilities(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return (N, K)."""


class FitsControl(Protocol):
    """Fits a control; what it computed of an example it may keep for the next time."""

    def __call__(
        self,
        examples: Sequence[Example],
        targets: NDArray[Any],
        num_classes: int,
        *,
        valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
    ) -> FittedControl:
        """Fit to ``targets``, (N,) or rows of 0 and 1 (N, K), -1 unlabelled; raise DataError where that cannot be."""


class Preprocess(Protocol):
    """What everything above asks of a preprocess, image or text."""

    @property
    def modality(self) -> Modality:
        """What kind of raw examples it takes."""

    @property
    def has_views(self) -> bool:
        """Whether ``view`` can draw augmented views."""

    @property
    def pairs(self) -> bool:
        """Whether each raw example is a pair of texts."""

    @property
    def blends(self) -> bool:
        """Whether the blend of two inputs is an input (mixup, cutmix)."""

    @property
    def control_in_fit(self) -> bool:
        """Whether every run fits the linear control too; else comparisons alone do."""

    @property
    def embeds_class_names(self) -> bool:
        """Whether the name of a class can be an example like any other: ``zero_shot`` rests on it."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Turn one raw example into its prepared form; raise BadExample for one that cannot be used."""

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:
        """Return what one epoch sees of it."""

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor | Padded:
        """Make the model's input of a batch of views."""

    def sample(self, count: int, length: int) -> torch.Tensor | Padded:
        """Return ``count`` model inputs that differ from each other and are always the same, of at most ``length``."""

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return an empty store for this preprocess."""

    def measured_on(self, dataset: Dataset) -> Preprocess:
        """Return the same with what the audit measured on ``dataset`` and prediction has to know."""

    def describe(self) -> str:
        """Say in a few words what an input is: ``224 x 224 px``."""

    def details(self) -> dict[str, str]:
        """Say more of it, by name."""

    def identity(self) -> str:
        """Return a text that changes whenever the same raw example would give other numbers: a part of cache keys."""

    def to_json(self) -> dict[str, Any]:
        """Write everything that decides what it does, in plain values; ``files`` beside it."""

    def files(self) -> dict[str, str]:
        """Return what does not go into JSON settings, by file name (a tokenizer)."""

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return the linear model that such data have as a control; ``prepared`` gives an example's prepared form."""
