"""A stage: a part of training in which the same parameters are trained. Every strategy is a list of stages."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ghep.multitask.settings import Sharing


@dataclass(frozen=True, slots=True)
class OptimSettings:
    """Optimiser, schedule and weight average."""

    name: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = 0.05
    """Not applied to norms and biases, as in timm and in He et al. 2018 (arXiv:1812.01187)."""
    momentum: float = 0.9
    warmup: float = 0.1
    """Fraction of the stage's steps in which the rates rise linearly from 0."""
    schedule: Literal["cosine", "triangular", "constant"] = "cosine"
    clip_norm: float = 1.0
    """Largest norm of all gradients together; 0: no clipping."""
    ema_decay: float = 0.0
    """Decay of the moving average that is evaluated and kept instead of the weights; 0: none."""
    beta2: float = 0.999
    """AdamW's decay of the mean squared gradient. Pretraining with large batches uses 0.98."""


@dataclass(frozen=True, slots=True)
class ObjectiveSettings:
    """Settings of the loss."""

    label_smoothing: float = 0.0
    mixup: float = 0.0
    """Alpha of the Beta distribution of Zhang et al. 2017 (arXiv:1710.09412); 0 is off."""
    cutmix: float = 0.0
    """Alpha of CutMix, Yun et al. 2019 (arXiv:1905.04899); 0 is off. With both, each batch uses one at random."""
    class_weights: bool = False
    """Weigh each class by the inverse of its count."""

    @property
    def blends(self) -> bool:
        """Whether each row is blended with another one of its batch."""
        return self.mixup > 0 or self.cutmix > 0


@dataclass(frozen=True, slots=True)
class Adapters:
    """Low-rank updates trained in place of the backbone's own weights (``model/lora.py``)."""

    rank: int
    alpha: float
    """The update is ``alpha / rank`` times the product of the two matrices."""
    targets: tuple[str, ...]
    """Names of the layers that get an adapter."""
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Keep:
    """A term of the loss that holds a stage near what the pretrained backbone computes (``training/keep.py``)."""

    method: Literal["l2sp", "lwf"]
    weight: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Which blocks are frozen, which are trained at which rate, and for how long.

    ``lrs`` has one learning rate per block, input first; 0 means frozen, and the frozen blocks are always the first
    ones. With ``adapters`` these are the rates of each block's adapters.
    """

    name: str
    lrs: tuple[float, ...]
    head_lr: float = 1e-3
    head: Literal["train", "solve"] = "train"
    """``solve``: all blocks are frozen and the head is solved to convergence on features, without epochs."""
    epochs: int = 0
    batch_size: int = 32
    keep_statistics: bool = False
    """Whether BatchNorm in trained blocks uses its pretrained running statistics, which then stay fixed."""
    augment: str = "light"
    views: int = 0
    """Number of augmented views of each example, used in turn; 0: a new one in every epoch."""
    patience: int = 0
    """Epochs without a better validation score (or an equal one at a smaller loss) that end the stage; 0: never."""
    optim: OptimSettings = field(default_factory=OptimSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    sharing: Sharing = field(default_factory=Sharing)
    """How several tasks share the trained parameters."""
    adapters: Adapters | None = None
    """Trained in place of the backbone's own weights, and merged into them at the end of the stage."""
    keep: Keep | None = None

    @property
    def frozen_blocks(self) -> int:
        """Number of leading blocks that are frozen and whose outputs do not change."""
        return next((index for index, lr in enumerate(self.lrs) if lr > 0), len(self.lrs))

    @property
    def still_blocks(self) -> int:
        """Number of leading blocks whose own weights do not change in this stage: all, if adapters are trained."""
        return self.frozen_blocks if self.adapters is None else len(self.lrs)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON.

        ``adapters`` and ``keep`` are left out if there are none, ``sharing`` and ``beta2`` if they are the default.
        """
        plain = {**asdict(self), "frozen_blocks": self.frozen_blocks}
        if self.optim.beta2 == OptimSettings().beta2:
            del plain["optim"]["beta2"]
        default = {"adapters": self.adapters is None, "keep": self.keep is None, "sharing": self.sharing == Sharing()}
        return {key: value for key, value in plain.items() if not default.get(key, False)}
