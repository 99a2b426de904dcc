"""The backbone: a network that outputs features, its ordered blocks, its preprocessing and its card."""

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
from ghep.data.loading.padded import Inputs, Padded
from ghep.data.loading.preprocess import Preprocess
from ghep.errors import BackboneError, ConfigError
from ghep.storage.hashing import fingerprint_arrays
from ghep.tasks.base import Task
from ghep.types import Example, Finding


@dataclass(frozen=True)
class Card:
    """The name, source and licence of a backbone. ``pretrained`` is False when the weights are random."""

    name: str
    source: str
    """The data it was pretrained on, or the origin of the file."""
    licence: str = "unknown"
    pretrained: bool = True
    source_labels: tuple[str, ...] = ()
    """Classes of the pretraining task, if known."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Card:
        """Return the card in the output of ``to_json``; raise BackboneError for wrong types.

        Unknown keys, written by later versions of ghep, are ignored.
        """
        if not isinstance(config, Mapping):
            raise BackboneError("card-not-an-object", found=f"{config!r:.80}")
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
            raise BackboneError("card-invalid", found=f"{dict(config)!r:.200}")
        return cls(
            **found,
            pretrained=config.get("pretrained", True),
            source_labels=tuple(str(label) for label in labels),
            details=dict(details),
        )


class Backbone(nn.Module, ABC):
    """A network without its head; ``forward``: inputs -> features (N, D). ``catalog.load_backbone`` returns a Backbone.

    The inputs are the output of ``preprocess``: a tensor of pixels (``image.py``), or padded sequences of tokens
    (``text.py``). The activation at a boundary is all that the blocks after this boundary need.
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
        refuse_lost_threads()  # the network runs once to find its blocks
        super().__init__()
        self.net = net
        self.architecture = architecture
        self.preprocess = preprocess
        self.card = card
        self.findings = findings
        self.feature_dim = 0
        """D, measured by running the network: declared widths are wrong for some networks (MobileNetV3)."""
        self.loaded_as = ""
        """The name that ``catalog.load_backbone`` was called with; empty for a backbone made otherwise."""
        self._blocks: tuple[Block, ...] = ()

    @property
    def shallow(self) -> bool:
        """Whether the network is word vectors or recurrent, so that large learning rates are safe."""
        return False

    @property
    def width(self) -> int | None:
        """Return the hidden size H of a text network with layers; None for other networks."""
        return None

    @property
    def ragged_features(self) -> bool:
        """Whether features have one row per position of a text, (N, L, H), instead of one row per example, (N, D)."""
        return False

    def blocks(self) -> tuple[Block, ...]:
        """Return the ordered blocks, input side first."""
        return self._blocks

    def forward(self, inputs: Inputs) -> Inputs:
        """Return the features (N, D)."""
        features: Inputs = self.net(inputs)
        return features

    def forward_to(self, inputs: Inputs, k: int) -> Inputs:
        """Return the activation at boundary ``k``, which is the output of the first ``k`` blocks.

        At the last boundary, these are the features.
        """
        return self.forward_at(inputs, (k,))[0]

    @abstractmethod
    def forward_at(self, inputs: Inputs, boundaries: Sequence[int]) -> list[Inputs]:
        """Return the activation at each of ``boundaries``, from one forward pass that stops at the last boundary."""

    @abstractmethod
    def forward_from(self, activation: Inputs, k: int) -> Inputs:
        """Run the blocks after boundary ``k`` on its activation; return the features (N, D).

        At the last boundary, the activation is the features.
        """

    def channel_means(self, activation: Inputs) -> torch.Tensor:
        """Return the mean over positions, (N, C) float32, of an activation at a boundary; of features: the features."""
        if isinstance(activation, Padded):
            real = activation.values.float().masked_fill(~activation.mask.unsqueeze(-1), 0.0)
            return real.sum(1) / activation.lengths.unsqueeze(-1)
        return activation.float().flatten(1)

    def next_token_loss(self, inputs: Inputs) -> torch.Tensor | None:  # noqa: ARG002
        """Return the cross-entropy (M,) in nats of each next token of ``inputs``, as a language model predicts it.

        None for a network that is no causal language model, or whose output layer is not in the network.
        """
        return None

    @abstractmethod
    def row_elements(self, k: int) -> int:
        """Return the number of elements that one image, or one position of a text, has at boundary ``k``."""

    def head_for(self, task: Task) -> nn.Module:
        """Return a new head for ``task``: a module from features to logits (N, K), here a zero linear layer."""
        return zero_head(self.feature_dim, task.outputs)

    @property
    @abstractmethod
    def fixed_size(self) -> bool:
        """Whether all inputs have one shape apart from the batch size, so that an engine can compile for it."""

    @abstractmethod
    def example(self, count: int) -> Inputs:
        """Return a batch of ``count`` synthetic inputs, on which an engine traces the network."""

    def limit_texts(self, max_length: int | None, truncate: str | None) -> None:
        """Set how many positions of a text are read and which part of a longer text is kept; None: no change.

        Raises ConfigError if the backbone does not read texts, or cannot read that many positions.
        """
        given = [name for name, value in {"max_length": max_length, "truncate": truncate}.items() if value is not None]
        if given:
            raise ConfigError("text-option-for-images", options=given, name=self.card.name)

    def cost_findings(self, lengths: np.ndarray | None) -> tuple[Finding, ...]:  # noqa: ARG002
        """Return a warning if a pass over the training inputs is expensive, as for long texts.

        ``lengths`` (N,) are the numbers of tokens of the training texts; None for images.
        """
        return ()

    def look_at(self, prepared: Callable[[Example], np.ndarray], examples: Sequence[Example]) -> None:
        """Compute statistics of the training ``examples`` that the network needs, such as the word counts of tf-idf.

        ``prepared`` returns the prepared input of an example, such as its token ids.
        """

    def block_modules(self, index: int) -> list[nn.Module]:
        """Return the modules of block ``index``."""
        return [self.net.get_submodule(path) for path in self._blocks[index].modules]

    def block_parameters(self, index: int) -> dict[str, nn.Parameter]:
        """Return the named parameters of block ``index``."""
        return {name: self.net.get_parameter(name) for name in self._blocks[index].parameters}

    def block_tensors(self, index: int) -> dict[str, torch.Tensor]:
        """Return the parameters and buffers (BatchNorm statistics) of block ``index``, by name."""
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
        """Return a hash of everything that determines the output of the first ``k`` blocks (None: all).

        The hash covers the architecture, and all parameters and buffers that do not belong to later blocks. If ``of``,
        the result of an earlier ``fingerprints()``, is given, no tensor is hashed again.
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
                "boundary-out-of-range",
                name=self.card.name,
                boundary=k,
                count=len(self._blocks),
                blocks=[block.name for block in self._blocks],
            )
        return k


def zero_head(feature_dim: int, outputs: int) -> nn.Linear:
    """Return a linear layer (D -> K) with zero weight and bias."""
    head = nn.Linear(feature_dim, outputs)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head
