"""A stage: a stretch of training in which the same parameters move. Every strategy is a list of these."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ghep.multitask.settings import Sharing


@dataclass(frozen=True, slots=True)
class OptimSettings:
    """How parameters move."""

    name: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = 0.05
    """Not applied to norms and biases, as in timm and in He et al. 2018 (arXiv:1812.01187)."""
    momentum: float = 0.9
    warmup: float = 0.1
    """Share of the stage's steps in which the rates rise linearly from 0."""
    schedule: Literal["cosine", "triangular", "constant"] = "cosine"
    clip_norm: float = 1.0
    """Largest norm of all gradients together; 0 does not clip."""
    ema_decay: float = 0.0
    """Moving average of the weights that is evaluated and kept in their place; 0 keeps none."""


@dataclass(frozen=True, slots=True)
class ObjectiveSettings:
    """What is minimised."""

    label_smoothing: float = 0.0
    mixup: float = 0.0
    """Alpha of the Beta distribution of Zhang et al. 2017 (arXiv:1710.09412); 0 is off."""
    cutmix: float = 0.0
    """Likewise for Yun et al. 2019 (arXiv:1905.04899). With both, each batch takes one of them at random."""
    class_weights: bool = False
    """Weigh each class by the inverse of its count."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """What moves in the backbone instead of its own weights: changes of low rank (``model/lora.py``)."""

    rank: int
    alpha: float
    """The change is ``alpha / rank`` times what the two matrices make."""
    targets: tuple[str, ...]
    """Names of the layers that get one."""
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Which blocks stand still, which move and how fast, for how long.

    ``lrs`` is the table of what trains: one learning rate per block, input side first; 0 means frozen, and the frozen
    blocks are always the first ones. With ``adapters`` these are the rates of a block's adapters.
    """

    name: str
    lrs: tuple[float, ...]
    head_lr: float = 1e-3
    head: Literal["train", "solve"] = "train"
    """``solve``: everything is frozen and the head is solved to convergence on features; no epochs."""
    epochs: int = 0
    batch_size: int = 32
    keep_statistics: bool = False
    """BatchNorm in thawed blocks normalises by the running statistics it came with, and they stand still."""
    augment: str = "light"
    views: int = 0
    """This many augmented views of each example take turns; 0: a fresh one in every epoch."""
    patience: int = 0
    """Epochs without a better validation score (of equal scores, loss) after which the stage ends; 0 never."""
    optim: OptimSettings = field(default_factory=OptimSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    sharing: Sharing = field(default_factory=Sharing)
    """How several tasks share what moves."""
    adapters: Adapters | None = None
    """These move, and every weight the backbone came with stands still until they are merged at the stage's end."""

    @property
    def frozen_blocks(self) -> int:
        """Number of leading blocks that stand still, and put out what they always did."""
        return next((index for index, lr in enumerate(self.lrs) if lr > 0), len(self.lrs))

    @property
    def still_blocks(self) -> int:
        """Number of leading blocks whose own weights stand still while the stage trains: with adapters all of them."""
        return self.frozen_blocks if self.adapters is None else len(self.lrs)

    def to_json(self) -> dict[str, Any]:
        """Write plain values; adapters where there are any, and how tasks share where that is not the usual way."""
        plain = {**asdict(self), "frozen_blocks": self.frozen_blocks}
        idle = {"adapters": self.adapters is None, "sharing": self.sharing == Sharing()}
        return {key: value for key, value in plain.items() if not idle.get(key, False)}
