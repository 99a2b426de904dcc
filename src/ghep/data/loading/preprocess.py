"""Protocols of preprocessing: from one raw example to the numbers a backbone was trained on. Saved in the bundle.

Three steps, split where work can be shared: ``decode`` (load and resize, or tokenise; once per example, kept in the
prepared store), ``view`` (crop, plain or augmented; once per epoch) and ``collate`` (stack and normalise, or pad; once
per batch). Each modality implements these protocols (``image/preprocess.py``, ``text/tokens.py``), and no layer above
needs to know the modality.
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
    """Prepared examples, each decoded once: filled during the scan, read in every epoch."""

    def keep(self, example: Example, decoded: Any) -> None:
        """Take an image or text that the scan has loaded, in the thread that loaded it."""

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared form of an example, kept or not."""

    def lengths(self, examples: Sequence[Example]) -> np.ndarray | None:
        """Return the positions (N,) that each takes in a batch; None where all have one size."""

    def plan_lines(self) -> list[str]:
        """Return lines for the plan that describe these examples."""

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return findings about the prepared training ``examples`` that this preprocessing does not suit."""

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return an open file with the kept examples, and an index of their places in it, in plain values."""

    def attach(self, file: IO[bytes] | None, index: Mapping[str, Any]) -> None:
        """Use the examples that another process ``shared``, without decoding them again."""


class FittedControl(Protocol):
    """A control without transfer, fitted to the training examples."""

    @property
    def name(self) -> str:
        """Its name in tables."""

    @property
    def seconds(self) -> float:
        """Seconds that fitting took."""

    def probabilities(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return class probabilities (N, K)."""


class FitsControl(Protocol):
    """Fits a control; may cache what it computes of each example."""

    def __call__(
        self,
        examples: Sequence[Example],
        targets: NDArray[Any],
        num_classes: int,
        *,
        valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
    ) -> FittedControl:
        """Fit to ``targets``, (N,) or rows of 0 and 1 (N, K), -1 unlabelled; raise DataError if impossible."""


class Preprocess(Protocol):
    """The interface of a preprocess, image or text."""

    @property
    def modality(self) -> Modality:
        """The modality of its raw examples."""

    @property
    def has_views(self) -> bool:
        """Whether ``view`` can draw augmented views."""

    @property
    def pairs(self) -> bool:
        """Whether each raw example is a pair of texts."""

    @property
    def blends(self) -> bool:
        """Whether a blend of two inputs is a valid input (mixup, cutmix)."""

    @property
    def control_in_fit(self) -> bool:
        """Whether every run also fits the linear control; otherwise only comparisons do."""

    @property
    def embeds_class_names(self) -> bool:
        """Whether a class name can be an example; ``zero_shot`` needs that."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Return the prepared form of a raw example; raise BadExample if it cannot be used."""

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:
        """Return what one epoch sees of a prepared example."""

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor | Padded:
        """Return the model input of a batch of views."""

    def sample(self, count: int, length: int) -> torch.Tensor | Padded:
        """Return ``count`` fixed model inputs, different from each other, of at most ``length``."""

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return an empty store for this preprocess."""

    def measured_on(self, dataset: Dataset) -> Preprocess:
        """Return the same with values that the audit measured on ``dataset`` and prediction needs."""

    def describe(self) -> str:
        """Return a short description of an input: ``224 x 224 px``."""

    def details(self) -> dict[str, str]:
        """Return further settings, name -> description."""

    def identity(self) -> str:
        """Return a text that changes whenever the same raw example would give other numbers; part of cache keys."""

    def to_json(self) -> dict[str, Any]:
        """Return all settings as plain values; ``files`` holds the rest."""

    def files(self) -> dict[str, str]:
        """Return file name -> content of what does not fit into JSON settings (a tokenizer)."""

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return the linear control for this modality; ``prepared`` returns an example's prepared form."""
