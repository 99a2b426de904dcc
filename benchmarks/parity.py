"""How well exports agree with their bundles, how large and how fast they are: each family of backbones x each format.

    .venv/bin/python benchmarks/parity.py [--data PHOTOS] [--only NAME ...] [--formats onnx openvino torch-export]

Each backbone gets a random head of 5 classes. Answers are compared from the file or text to the label, on the odd
inputs of ``ghep export`` and on ``--count`` images of PHOTOS (without: noise) or sentences. The time per input is that
of the network alone, in batches of 8, the fastest of ``--rounds`` rounds, in which PyTorch and the export alternate. A
network that a format cannot express has its reason in the table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from ghep.backbone.base import Backbone  # noqa: E402
from ghep.backbone.batch_norm import reestimate  # noqa: E402
from ghep.backbone.catalog import load_backbone  # noqa: E402
from ghep.errors import GhepError  # noqa: E402
from ghep.export.odd_inputs import odd_inputs  # noqa: E402
from ghep.export.parity import parity  # noqa: E402
from ghep.export.predictor import Predictor  # noqa: E402
from ghep.export.runtime import load  # noqa: E402
from ghep.export.write import WRITERS, write_export  # noqa: E402
from ghep.model.bundle import load_bundle, save_bundle  # noqa: E402
from ghep.model.transfer import TransferModel  # noqa: E402
from ghep.tasks.classification import Classification  # noqa: E402
from ghep.types import Modality, Raw  # noqa: E402
from tiny_texts import texts as sentences  # noqa: E402
from tiny_texts import write_family  # noqa: E402

TASK = Classification("label", ("a", "b", "c", "d", "e"))
BATCH = 8
IMAGES = (
    "resnet18",
    "mobilenetv2_100",
    "mobilenetv3_small_100",
    "efficientnet_b0",
    "vit_tiny_patch16_224",
    "convnext_atto",
    "swin_tiny_patch4_window7_224",
    "inception_v3",
    "vgg11",
)
"""Architectures of timm, with random weights."""
FAMILIES = ("bert", "roberta", "mpnet", "xlnet", "gpt2", "opt", "t5", "glove", "tfidf", "bilm", "bilm-letters")
"""Tiny text networks with random weights."""
NAMED = ("seedling", "efficientnet-lite0", "minilm")
"""Backbones with real weights, if they are installed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--formats", nargs="*", default=list(WRITERS))
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    print(
        "| backbone | format | labels equal | largest difference | MB | ms per input | PyTorch, ms | exported in, s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in given.only or (*NAMED, *FAMILIES, *IMAGES):
        with tempfile.TemporaryDirectory() as folder:
            try:
                bundle = bundle_of(name, Path(folder), given.data)
            except GhepError as error:
                print(f"| {name} | | not here: {error.cause[:120]} | | | | | |", flush=True)
                continue
            for row in rows(bundle, given.formats, given.data, given.count, given.rounds):
                print(f"| {name} | {row} |", flush=True)


def bundle_of(name: str, folder: Path, data: Path | None) -> Path:
    """Save a bundle of the backbone ``name`` with a random head whose logits have a spread of about 1 on the inputs."""
    if name in FAMILIES:
        backbone = load_backbone(write_family(name, folder / "weights"))
    else:
        backbone = load_backbone(f"timm/{name}" if name in IMAGES else name, random_weights=name in IMAGES)
    torch.manual_seed(1)
    preprocess = backbone.preprocess
    raws = inputs_of(preprocess.modality, data, 32).values()
    sample = preprocess.collate([preprocess.view(preprocess.decode(raw), None, None) for raw in raws])
    if name in IMAGES:
        _bring_to_life(backbone, sample)
    model = TransferModel(backbone, [TASK]).eval()
    head = model.head(TASK.name)
    with torch.no_grad():
        features = backbone(sample)
        features = features if isinstance(features, torch.Tensor) else features.values.flatten(0, 1)
        torch.nn.init.normal_(head.weight)
        spread = (features @ head.weight.T).std(dim=0)
        if not (spread > 0).all():
            raise SystemExit(f"{name}: all inputs have the same features, so that nothing would be compared")
        head.weight /= spread[:, None]
        head.bias.copy_(-(features @ head.weight.T).mean(dim=0))
    save_bundle(folder / "bundle", model, calibration={TASK.name: 1.0}, training={}, metrics={}, card="# card")
    return folder / "bundle"


def _bring_to_life(backbone: Backbone, sample: torch.Tensor) -> None:
    """Give random weights the scales of trained ones.

    A fresh network ends its residual branches with a factor of zero or nearly zero, and its BatchNorm layers have no
    statistics: an export could leave out most of it and agree.
    """
    with torch.no_grad():
        for name, weight in backbone.net.named_parameters():
            if weight.abs().max() < 1e-3 and not name.endswith("bias"):
                weight.copy_(torch.rand_like(weight) + 0.5)
    reestimate(backbone, [sample])


def rows(bundle: Path, formats: Sequence[str], data: Path | None, count: int, rounds: int) -> Iterator[str]:
    loaded = load_bundle(bundle)
    expected = Predictor(loaded, engine="torch-float32")
    inputs = inputs_of(expected.modality, data, count)
    prepared = [one for one in expected.prepare(list(inputs.values())) if isinstance(one, np.ndarray)]
    for kind in formats:
        began = time.perf_counter()
        try:
            folder = write_export(loaded, kind, bundle.with_name(kind))
        except GhepError as error:
            yield f"{kind} | not exported: {error.cause[:160].replace('|', '/')} | | | | |"
            continue
        seconds = time.perf_counter() - began
        found = load(folder)
        sets = {"some": inputs, "odd": odd_inputs(expected.modality, pairs=expected.pairs)}
        told = parity(expected, found, sets, of={})
        n, equal = (sum(one[key] for one in told["compared"]) for key in ("n", "equal_labels"))
        worst = max(one["largest_difference"] for one in told["compared"])
        size = sum((folder / name).stat().st_size for name in found.exported.files) / 1e6
        own, torchs = fastest([found.logits, expected.logits], prepared, rounds)
        yield f"{kind} | {equal} of {n} | {worst:.0e} | {size:.1f} | {own:.1f} | {torchs:.1f} | {seconds:.0f}"


def inputs_of(modality: Modality, data: Path | None, count: int) -> dict[str, Raw]:
    if modality == "text":
        return {str(place): text for place, (text, _) in enumerate(sentences(count, longest=40))}
    if data is None:
        rng = np.random.default_rng(0)
        return {str(place): rng.integers(0, 256, (240, 320, 3), dtype=np.uint8) for place in range(count)}
    files = sorted(path for path in data.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return {path.name: path for path in files[:: max(1, len(files) // count)][:count]}


def fastest(
    each: Sequence[Callable[[Sequence[np.ndarray]], Any]], prepared: Sequence[np.ndarray], rounds: int
) -> list[float]:
    """Return the milliseconds per input of each function, the fastest of ``rounds`` rounds after one to warm up."""
    best = [float("inf")] * len(each)
    batches = [prepared[start : start + BATCH] for start in range(0, 4 * BATCH, BATCH)]
    for attempt in range(rounds + 1):
        for place, run in enumerate(each):
            began = time.perf_counter()
            for batch in batches:
                run(batch)
            spent = 1e3 * (time.perf_counter() - began) / sum(map(len, batches))
            best[place] = best[place] if attempt == 0 else min(best[place], spent)
    return best


if __name__ == "__main__":
    main()
