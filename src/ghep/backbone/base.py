"""The backbone: a network that puts out features, its ordered blocks, its preprocessing and its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.blocks import Block, answers, find_blocks
from ghep.backbone.boundary import keep_layout, run_at, run_from
from ghep.data.preprocess import ImagePreprocess
from ghep.errors import BackboneError, ConfigError
from ghep.storage.hashing import fingerprint_arrays
from ghep.types import Finding


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
        """Read what ``to_json`` wrote; keys of later versions are kept in ``details``."""
        known = {key: config[key] for key in ("name", "source", "licence", "pretrained") if key in config}
        labels = tuple(str(label) for label in config.get("source_labels", ()))
        return cls(
            **{"name": "unknown", "source": "unknown", **known},
            source_labels=labels,
            details=dict(config.get("details", {})),
        )


class Backbone(nn.Module):
    """``forward``: inputs (N, 3, H, W) -> features (N, D). Build one with ``ghep.backbone.catalog.load_backbone``.

    ``feature_dim`` is measured by running the network, since quoted widths are wrong for some (MobileNetV3).
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        architecture: Architecture,
        preprocess: ImagePreprocess,
        card: Card,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        super().__init__()
        self.net = net
        self.architecture = architecture
        self.preprocess = preprocess
        self.card = card
        self.findings = findings
        example = torch.zeros(1, 3, preprocess.height, preprocess.width)
        features = answers(net, example)
        if features.ndim != 2:
            raise BackboneError(
                f"{card.name} puts out {tuple(features.shape)} for one image instead of (1, features)",
                remedy="leave global_pool out of the architecture's arguments",
            )
        self.feature_dim = int(features.shape[1])
        self._blocks = find_blocks(net, example)
        keep_layout(net, self._blocks)

    def blocks(self) -> tuple[Block, ...]:
        """Return the ordered pieces, input side first."""
        return self._blocks

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) -> (N, D)."""
        features: torch.Tensor = self.net(inputs)
        return features

    def forward_to(self, inputs: torch.Tensor, k: int) -> torch.Tensor:
        """Return the activation after the first ``k`` blocks; after all of them, the features (N, D)."""
        return self.forward_at(inputs, (k,))[0]

    def forward_at(self, inputs: torch.Tensor, boundaries: Sequence[int]) -> list[torch.Tensor]:
        """Return ``forward_to`` for each of ``boundaries``, in one pass that ends after the last of them."""
        return run_at(self.net, self._blocks, inputs, [self._checked(k) for k in boundaries])

    def forward_from(self, activation: torch.Tensor, k: int) -> torch.Tensor:
        """Return features (N, D) from the activation after the first ``k`` blocks; after all of them, itself."""
        if self._checked(k) == len(self._blocks):
            return activation
        size = (self.preprocess.height, self.preprocess.width)
        return run_from(self.net, self._blocks, activation, k, size=size)

    def feature_map(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the last spatial map, always (N, C, H, W): NHWC (Swin) and NLC (ViT) are turned round here."""
        out: torch.Tensor = self.net.forward_features(inputs)  # type: ignore[operator]
        if out.ndim == 3:
            tokens = out[:, int(getattr(self.net, "num_prefix_tokens", 0)) :]
            height, width = self.net.patch_embed.grid_size  # type: ignore[union-attr,misc]
            return tokens.transpose(1, 2).reshape(len(out), -1, int(height), int(width))
        if str(getattr(self.net, "output_fmt", "NCHW")).endswith("NHWC"):
            return out.permute(0, 3, 1, 2)
        return out

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
        text = json.dumps([self.architecture.to_json(), version("timm"), sorted(kept.items())], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _checked(self, k: int) -> int:
        if not 0 <= k <= len(self._blocks):
            raise ConfigError(
                f"{self.card.name} has {len(self._blocks)} blocks; the boundary {k} is outside",
                remedy=f"choose 0 to {len(self._blocks)}: {', '.join(block.name for block in self._blocks)}",
            )
        return k
