"""Interfaces of preprocessing, which turns raw examples (images, texts) into the inputs of a backbone.

There are three steps, so that results can be reused: ``decode`` (load and resize, or tokenise; once per example, cached
in a PreparedStore), ``view`` (crop, plain or augmented; once per epoch) and ``collate`` (stack and normalise, or pad;
once per batch). Each modality implements these protocols (``image/preprocess.py``, ``text/tokens.py``), so the rest of
the code does not depend on the modality. A bundle contains its preprocessing.
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
    """Cache of prepared examples: filled when the audit loads each example, read in every epoch."""

    def keep(self, example: Example, decoded: Any) -> None:
        """Store an image or text that the audit has loaded; called in the thread that loaded it."""

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared form of an example, from the cache or decoded now."""

    def lengths(self, examples: Sequence[Example]) -> np.ndarray | None:
        """Return the length (N,) of each example in positions; None if all examples have one size."""

    def plan_lines(self) -> list[str]:
        """Return lines for the plan that describe the prepared examples."""

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return findings if this preprocessing does not suit the training ``examples``."""

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return an open file with the cached examples, and a JSON-ready index: where each example is in the file."""

    def attach(self, content: IO[bytes] | np.ndarray | None, index: Mapping[str, Any]) -> None:
        """Use the cached examples of another process: the file and the index that ``shared`` returned there.

        Instead of the file, ``content`` may be its bytes (B,) uint8 in memory.
        """


class FittedControl(Protocol):
    """A control without transfer, fitted to the training examples."""

    @property
    def name(self) -> str:
        """The control's name in tables."""

    @property
    def seconds(self) -> float:
        """Seconds that fitting took."""

    def outputs(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return class probabilities (N, K), or numbers (N, 1) on the scale of the targets."""


class FitsControl(Protocol):
    """A function that fits a control to examples; it may cache the features of each example."""

    def __call__(
        self,
        examples: Sequence[Example],
        targets: NDArray[Any],
        num_classes: int,
        *,
        valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
    ) -> FittedControl:
        """Return a control fitted to ``targets``: (N,), or rows of 0 and 1 (N, K), -1 for unlabelled; or numbers (N,).

        ``valid`` are examples and targets on which settings may be chosen. Raises DataError if no model can be fitted.
        """


class Preprocess(Protocol):
    """The interface of a preprocessing of images or texts."""

    @property
    def modality(self) -> Modality:
        """The modality of the raw examples."""

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the arrays of ``arrays``, in order: the inputs of an exported graph."""

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
        """Whether the name of a class can be preprocessed as an input; the strategy ``zero_shot`` requires it."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Return the prepared form of a raw example; raise BadExample if it cannot be used."""

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:
        """Return one view of a prepared example: plain, or augmented by ``augment`` with numbers from ``rng``."""

    def arrays(self, views: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Return a batch of views as arrays: the pixels, or the padded texts and their lengths. Needs no torch."""

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor | Padded:
        """Return the arrays of ``arrays`` as one model input."""

    def sample(self, count: int, length: int) -> torch.Tensor | Padded:
        """Return ``count`` synthetic model inputs, different from each other, of at most ``length`` positions."""

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return an empty store for this preprocessing.

        ``measure``: the audit measures on these examples what the preprocessing needs (black and white of images);
        otherwise the preprocessing has these values already.
        """

    def measured_on(self, dataset: Dataset) -> Preprocess:
        """Return a copy with the values that the audit measured on ``dataset`` and that prediction needs."""

    def describe(self) -> str:
        """Return a short description of an input: ``224 x 224 px``."""

    def details(self) -> dict[str, str]:
        """Return a dict: name of a further setting -> its value as text."""

    def identity(self) -> str:
        """Return a text that changes whenever the same raw example would give other inputs; part of cache keys."""

    def to_json(self) -> dict[str, Any]:
        """Return all settings as JSON values; larger parts, such as a tokenizer, are in ``files``."""

    def files(self) -> dict[str, str]:
        """Return a dict: file name -> content of what does not fit into the JSON settings, such as a tokenizer."""

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return the linear control for this modality; ``prepared`` returns an example's prepared form."""
