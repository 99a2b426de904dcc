"""Bundles with random weights, saved and loaded, in seconds: what the Hugging Face form is tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blueprint import preprocess_of
from ghep.model.bundle import Bundle, load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification

ANIMAL = Classification("animal", ("ant", "bee", "<wasp>"))
TEMPERATURE = 1.7
SCORE = {"low": 0.81, "high": 0.95, "level": 0.95, "n": 90, "higher_is_better": True}
METRICS = {
    "scores": {
        "test": {
            "animal": {
                "accuracy": {"value": 0.9, **SCORE},
                "macro_f1": {"value": 0.88, **SCORE, "low": None, "high": None, "level": None},
                "majority": {"value": 0.35},
                "scratch": {"value": 0.5, **SCORE, "paired": {"difference": 0.4, "low": 0.3, "high": 0.5, "p": 0.01}},
            }
        }
    }
}
CARD = "---\nlibrary_name: ghep\n---\n\n# old title\n\nuse\n\n## Data\n\nread from /home/ann/secret/ants.csv\n"


def timm_backbone(name: str = "test_resnet", *, size: int | None = None, **arguments: Any) -> Backbone:
    """Return timm's network with random weights that reads images of ``size`` x ``size`` pixels."""
    architecture = Architecture("timm", name, arguments)
    net = architecture.build(seed=0)
    card = Card(f"timm/{name}.random", "random weights", "Apache-2.0")
    numbers = {} if size is None else {"input_size": (3, size, size)}
    return assemble(net, architecture=architecture, preprocess=preprocess_of(net, numbers), card=card)


def bundle_of(
    folder: Path,
    backbone: Backbone,
    *tasks: Task,
    calibration: Mapping[str, float] | None = None,
    scale: float = 0.3,
    dtype: str = "float32",
) -> Bundle:
    """Return a saved bundle of ``backbone`` whose heads (by default one of ``ANIMAL``) have random weights."""
    tasks = tasks or (ANIMAL,)
    model = TransferModel(backbone, tasks).eval()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        for parameter in model.heads.parameters():
            parameter.normal_(std=scale)
    known = dict.fromkeys((task.name for task in tasks), TEMPERATURE) if calibration is None else calibration
    training = {"data": "photos/ants.csv"}
    save_bundle(
        folder, model, calibration=known, training=training, metrics=METRICS, card=CARD, dtype=dtype, columns={}
    )
    return load_bundle(folder)


def photos(folder: Path, count: int = 6) -> list[Path]:
    """Write smooth images of several sizes and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, paths = np.random.default_rng(0), []
    for place in range(count):
        small = Image.fromarray(rng.integers(0, 255, (5, 4 + place, 3), dtype=np.uint8))
        path = folder / f"{place}.{('png', 'jpg')[place % 2]}"
        small.resize((150 + 40 * place, 170), Image.Resampling.BICUBIC).save(path)
        paths.append(path)
    return paths


def python_blocks(text: str) -> Sequence[str]:
    """Return the code of each fenced block of Python in a Markdown text."""
    return [part.partition("```")[0] for part in text.split("```python\n")[1:]]


def named(raws: Sequence[Any]) -> dict[str, Any]:
    return {f"input {place}": raw for place, raw in enumerate(raws)}
