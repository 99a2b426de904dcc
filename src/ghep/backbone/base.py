"""The backbone: a network that puts out features, its ordered blocks, its preprocessing and its card."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.blocks import Block
from ghep.backbone.forked import refuse_lost_threads
from ghep.data.loading.padded import Inputs
from ghep.data.loading.preprocess import Preprocess
from ghep.errors import BackboneError, ConfigError
from ghep.storage.hashing import fingerprint_arrays
from ghep.tasks.base import Task
from ghep.types import Example, Finding


@dataclass(frozen=True)
class Card:
    """Where a backbone comes from. ``pretrained`` is False when the weights are random."""

    name: str
    source: str
    """What it was raised on, where the file came from."""
    licence: str = "unknown"
    pretrained: bool = True
    source_labels: tuple[str, ...] = ()
    """Classes it was trained to tell apart, where known."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Write plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Card:
        """Read what ``to_json`` wrote, and leave out keys of later versions; raise BackboneError for other types."""
        if not isinstance(config, Mapping):
            raise BackboneError(f"a card is an object, this is {config!r:.80}", remedy="save the bundle again")
        labels, details = config.get("source_labels", []), config.get("details", {})
        found = {
            "name": config.get("name", "unknown"),
            "source": config.get("source", "unknown"),
            "licence": config.get("licence", "unknown"),
        }
        if not (
            all(isinstance(text, str) for text in found.values())
            and isinstance(config.get("pretrained", True), bool)
            and isinstance(labels, list)
            and isinstance(details, Mapping)
        ):
            raise BackboneError(f"not the card of a backbone: {dict(config)!r:.200}", remedy="save the bundle again")
        return cls(
            **found,
            pretrained=config.get("pretrained", True),
            source_labels=tuple(str(label) for label in labels),
            details=dict(details),
        )


class Backbone(nn.Module, ABC):
    """``forward``: inputs -> features (N, D). Build one with ``ghep.backbone.catalog.load_backbone``.

    What inputs are is between its preprocess and its network: a tensor of pixels (``image.py``), or padded sequences of
    tokens (``text.py``). A boundary between two blocks carries what the later ones need, and nothing else.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        architecture: Architecture,
        preprocess: Preprocess,
        card: Card,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        refuse_lost_threads()  # to find its blocks the network runs once
        super().__init__()
        self.net = net
        self.architecture = architecture
        self.preprocess = preprocess
        self.card = card
        self.findings = findings
        self.feature_dim = 0
        """D, measured by running the network: quoted widths are wrong for some (MobileNetV3)."""
        self._blocks: tuple[Block, ...] = ()

    @property
    def shallow(self) -> bool:
        """Whether it is word vectors, or recurrent: nothing in it amplifies a large step."""
        return False

    @property
    def width(self) -> int | None:
        """Return H of the states that the layers of a text network work on; None for others."""
        return None

    @property
    def ragged_features(self) -> bool:
        """Whether features have a row for each position of an example."""
        return False

    def blocks(self) -> tuple[Block, ...]:
        """Return the ordered pieces, input side first."""
        return self._blocks

    def forward(self, inputs: Inputs) -> Inputs:
        """Return the features (N, D)."""
        features: Inputs = self.net(inputs)
        return features

    def forward_to(self, inputs: Inputs, k: int) -> Inputs:
        """Return the activation after the first ``k`` blocks; after all of them, the features."""
        return self.forward_at(inputs, (k,))[0]

    @abstractmethod
    def forward_at(self, inputs: Inputs, boundaries: Sequence[int]) -> list[Inputs]:
        """Return ``forward_to`` for each of ``boundaries``, in one pass that ends after the last of them."""

    @abstractmethod
    def forward_from(self, activation: Inputs, k: int) -> Inputs:
        """Return the features from the activation after the first ``k`` blocks; after all of them, itself."""

    @abstractmethod
    def row_elements(self, k: int) -> int:
        """Return how many numbers an activation after ``k`` blocks holds, per example or per position of one."""

    def head_for(self, task: Task) -> nn.Module:
        """Return the module that turns features into the logits (N, K) of ``task``: a linear layer of zeros."""
        return zero_head(self.feature_dim, task.outputs)

    @property
    @abstractmethod
    def fixed_size(self) -> bool:
        """Whether all inputs but for their number are of one size: an engine may compile for that alone."""

    @abstractmethod
    def example(self, count: int) -> Inputs:
        """Return ``count`` made-up inputs, for engines that trace."""

    def limit_texts(self, max_length: int | None, truncate: str | None) -> None:
        """Read at most ``max_length`` positions of a text, and keep that part of a longer one; None leaves it as it is.

        Raises ConfigError where the backbone reads no texts, or not so many positions.
        """
        given = [name for name, value in {"max_length": max_length, "truncate": truncate}.items() if value is not None]
        if given:
            raise ConfigError(
                f"{' and '.join(given)} came with {self.card.name}, which reads images",
                remedy="leave it out, or choose a backbone for texts",
            )

    def cost_findings(self, lengths: np.ndarray | None) -> tuple[Finding, ...]:  # noqa: ARG002
        """Report training inputs that are expensive for this backbone; ``lengths`` (N,) are their positions."""
        return ()

    def look_at(self, prepared: Callable[[Example], np.ndarray], examples: Sequence[Example]) -> None:
        """See the training examples before anything is trained (some word vectors weigh words by their counts)."""

    def block_modules(self, index: int) -> list[nn.Module]:
        """Return the modules of block ``index``."""
        return [self.net.get_submodule(path) for path in self._blocks[index].modules]

    def block_parameters(self, index: int) -> dict[str, nn.Parameter]:
        """Return the named parameters of block ``index``."""
        return {name: self.net.get_parameter(name) for name in self._blocks[index].parameters}

    def block_tensors(self, index: int) -> dict[str, torch.Tensor]:
        """Return parameters and buffers (BatchNorm statistics) of block ``index`` by name."""
        paths = self._blocks[index].modules
        buffers = {
            f"{path}.{name}": buffer for path in paths for name, buffer in self.net.get_submodule(path).named_buffers()
        }
        return {**self.block_parameters(index), **buffers}

    def fingerprints(self) -> dict[str, str]:
        """Return a hash of each parameter and buffer, by name."""
        tensors = (*self.net.named_parameters(), *self.net.named_buffers())
        return {name: fingerprint_arrays({"": tensor.detach().cpu().numpy()}) for name, tensor in tensors}

    def fingerprint(self, k: int | None = None, *, of: Mapping[str, str] | None = None) -> str:
        """Return a hash over all that decides what the first ``k`` blocks (None: all) put out.

        That is the architecture and every weight and buffer, but for those of later blocks. ``of`` are
        ``fingerprints()`` that were taken before.
        """
        k = len(self._blocks) if k is None else self._checked(k)
        later = {name for index in range(k, len(self._blocks)) for name in self.block_tensors(index)}
        kept = {name: value for name, value in (of or self.fingerprints()).items() if name not in later}
        text = json.dumps(
            [self.architecture.to_json(), self.architecture.library(), sorted(kept.items())], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def _checked(self, k: int) -> int:
        if not 0 <= k <= len(self._blocks):
            raise ConfigError(
                f"{self.card.name} has {len(self._blocks)} blocks; the boundary {k} is outside",
                remedy=f"choose 0 to {len(self._blocks)}: {', '.join(block.name for block in self._blocks)}",
            )
        return k


def zero_head(feature_dim: int, outputs: int) -> nn.Linear:
    """Return a linear layer of zeros (D -> K)."""
    head = nn.Linear(feature_dim, outputs)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head
