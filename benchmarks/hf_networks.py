"""Which of timm's networks an export in Hugging Face's form can express: the smallest of each module, random weights.

    .venv/bin/python benchmarks/hf_networks.py [PATTERN ...]

For each network: whether ``timm.create_model("local-dir:...")`` computes backbone and head, and the largest difference
of a logit, relative to the largest logit or 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import timm
import torch
from timm.models._registry import _module_to_models

from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Card
from ghep.backbone.blueprint import preprocess_of
from ghep.errors import GhepError
from ghep.export.hf_head import head_of
from ghep.export.hf_images import write_timm_folder
from ghep.model.bundle import Bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification

TASK = Classification("label", ("a", "b", "c"))
TEMPERATURE = 1.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*")
    names = [name for pattern in parser.parse_args().patterns for name in timm.list_models(pattern)]
    for name in names or smallest_of_each_module():
        began = time.perf_counter()
        print(f"{name:40} {outcome(name)}  ({time.perf_counter() - began:.0f} s)", flush=True)


def smallest_of_each_module() -> Iterator[str]:
    for _, names in sorted(_module_to_models.items()):
        yield min(sorted(names), key=size)


def size(name: str) -> float:
    """Return the number of parameters, counted without allocating them."""
    try:
        with torch.device("meta"):
            return float(sum(one.numel() for one in timm.create_model(name).parameters()))
    except Exception:
        return float("inf")


def outcome(name: str) -> str:
    try:
        architecture = Architecture("timm", name)
        net = architecture.build(seed=0)
        backbone = assemble(
            net, architecture=architecture, preprocess=preprocess_of(net, {}), card=Card(name, "random")
        )
    except Exception as error:
        return f"no backbone: {type(error).__name__}: {str(error).splitlines()[0]}"
    model = TransferModel(backbone, [TASK]).eval()
    torch.manual_seed(1)
    torch.nn.init.normal_(model.head(TASK.name).weight, std=0.1)
    torch.nn.init.normal_(model.head(TASK.name).bias)
    head = head_of(Bundle(model, {TASK.name: TEMPERATURE}, {}, Path()), TASK)
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_timm_folder(Path(folder), model, head)
            loaded = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        except GhepError as error:
            return f"refused: {error.cause}"
        except Exception as error:
            return f"FAILED: {type(error).__name__}: {error}"
        pixels = backbone.preprocess.sample(2, 0)
        with torch.no_grad():
            expected = model(pixels)[TASK.name] / TEMPERATURE
            difference = float((loaded(pixels) - expected).abs().max() / expected.abs().max().clamp_min(1))
    return f"loads, largest difference {difference:.1e}"


if __name__ == "__main__":
    sys.exit(main())
