"""A backbone of 5,000 weights and pictures that a child could tell apart: what most tests train on."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone, Card
from ghep.backbone.image import ImageBackbone
from ghep.backbone.source_head import SourceHead
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.batches import LabelledExamples
from ghep.features.frozen import FrozenPart
from ghep.model.transfer import TransferModel
from ghep.reporter import Silent
from ghep.strategy.base import Plan
from ghep.strategy.fit import fit_plan
from ghep.strategy.progress import Fitted
from ghep.tasks.classification import Classification
from ghep.training.checkpoint import Checkpoints
from ghep.training.options import TrainOptions
from ghep.training.session import Session
from ghep.training.stage import Stage
from ghep.types import Example

torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other

SIZE = 16
ARCHITECTURE = Architecture(
    "small-resnet", "tiny", {"widths": [8, 16], "depths": [1, 1], "stem_stride": 1, "shortcut": "project"}
)
PREPROCESS = ImagePreprocess(SIZE, SIZE, SIZE, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
BLOCKS = 3  # conv1, layer1, layer2


def tiny_backbone(seed: int = 0, *, net: torch.nn.Module | None = None, pretrained: bool = True) -> Backbone:
    if net is None:
        net = ARCHITECTURE.build(seed=seed)
        net.load_state_dict(settled(seed))
    card = Card("tiny", "made by the test", pretrained=pretrained)
    return ImageBackbone(net, architecture=ARCHITECTURE, preprocess=PREPROCESS, card=card)


@functools.cache
def settled(seed: int) -> dict[str, torch.Tensor]:
    """Random weights with BatchNorm statistics of these pictures, as pretraining leaves them.

    With those of a fresh network, train and eval mode differ widely.
    """
    net = ARCHITECTURE.build(seed=seed)
    pictures = np.stack([example.raw for example in tiny_data(48, seed=9).examples])
    with torch.no_grad():
        for _ in range(40):
            net.train()(PREPROCESS.collate(list(pictures)))
    return net.state_dict()


def tiny_tasks(*names: str, classes: int = 3) -> list[Classification]:
    return [Classification(name, tuple(f"class {k}" for k in range(classes))) for name in names or ("label",)]


def tiny_model(seed: int = 0, *, tasks: Sequence[Classification] | None = None, dropout: float = 0.0) -> TransferModel:
    backbone = tiny_backbone(seed)
    if dropout:
        # Inside the last block, so that training it wakes a layer that draws from torch's own generator.
        backbone.net.layer2.append(torch.nn.Dropout(dropout))
    return TransferModel(backbone, tasks or tiny_tasks())


def tiny_data(
    n: int = 24, *, classes: int = 3, tasks: Sequence[str] = ("label",), seed: int = 0, noise: float = 60.0
) -> LabelledExamples:
    """Class k is bright in colour channel k; every task has the same targets."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n, dtype=np.int64) % classes
    pictures = 100 + rng.normal(0, noise, (n, SIZE, SIZE, 3))
    pictures[np.arange(n), :, :, targets] += 60
    pictures = pictures.clip(0, 255).astype(np.uint8)
    examples = tuple(
        Example(f"{seed}/{index}", picture, dict.fromkeys(tasks, f"class {target}"))
        for index, (picture, target) in enumerate(zip(pictures, targets, strict=True))
    )
    return LabelledExamples(examples, {task: targets.copy() for task in tasks}, lambda example: example.raw, PREPROCESS)


def tiny_stage(*, frozen: int = 0, **settings: Any) -> Stage:
    lrs = tuple(0.0 if index < frozen else 2e-3 for index in range(BLOCKS))
    return Stage("tiny", lrs, **{"head_lr": 1e-2, "epochs": 3, "batch_size": 8, "augment": "none", **settings})


def tensors_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    # Not state_dict: it leaves out the buffers that are not saved (Swin's relative positions).
    return {name: tensor.detach().clone() for name, tensor in [*model.named_parameters(), *model.named_buffers()]}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def changed(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> set[str]:
    return {name for name in one if not torch.equal(one[name], other[name])}


def tiny_session(*, seed: int = 0, stop: Any = None, checkpoints: Any = None, **more: Any) -> Session:
    """``more``: callbacks ``say``, ``progress`` and ``epoch`` of the reporter, and options."""
    reporter = Silent()
    for name in ("say", "progress", "epoch"):
        if name in more:
            setattr(reporter, name, more.pop(name))
    options = TrainOptions(**{"precision": "float32", "workers": 1, **more})
    known = {} if stop is None else {"stop": stop}
    return Session(options=options, seed=seed, reporter=reporter, checkpoints=checkpoints, **known)


def tiny_fit(
    model: TransferModel,
    plan: Plan,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    part: FrozenPart | None = None,
    *,
    folder: Path | None = None,
    every: float = 0.0,
    key: str = "k",
    resume: bool = False,
    source: SourceHead | None = None,
    **more: Any,
) -> Fitted:
    """``fit_plan`` with checkpoints in ``folder`` at most ``every`` seconds; ``more`` as in ``tiny_session``."""
    checkpoints = None if folder is None else Checkpoints(folder, every, key)
    saved = checkpoints.newest() if checkpoints is not None and resume else None
    session = tiny_session(checkpoints=checkpoints, **more)
    return fit_plan(model, plan, train, valid, session, part, resume_from=saved, source=source)
