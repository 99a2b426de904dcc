"""Images per second, set-up and disagreement of each engine that can run a frozen backbone, on your own photos.

    scripts/bench engines PHOTOS [--backbones mobilenetv2_100.imagenet.safetensors timm/resnet50 ...] [--rounds 5]

PHOTOS is a folder of images, at any depth. Backbones named timm/... get random weights here. Engines alternate and the
best round of each counts, so that other processes disturb all equally; "plain, NCHW" is PyTorch without channels_last.
Disagreement is that of ``engines/choose.py``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.features.engines.choose import CANDIDATES, disagreement
from ghep.features.engines.engine import Engine, UnavailableError, torch_float32


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench engines")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--backbones", nargs="+", default=["seedling", "timm/resnet50", "timm/vit_small_patch16_224"])
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"torch {torch.__version__}, {arguments.threads} threads, {arguments.images} photos, {arguments.rounds} rounds"
    )
    print(f"{'backbone':<36}{'engine':<20}{'images/s':>10}{'set-up s':>10}{'disagreement':>14}")
    for name in arguments.backbones:
        backbone = load_backbone(name, random_weights=name.startswith("timm/")).eval()
        _compare(name, backbone, _sample(backbone, arguments.photos, arguments.images), arguments.rounds)


def _compare(name: str, backbone: Backbone, sample: torch.Tensor, rounds: int) -> None:
    end = len(backbone.blocks())
    plain, reference = torch_float32(backbone, (end,)), None
    runs: dict[str, Callable[[], object]] = {"plain, NCHW": lambda: _unlaid(backbone, sample)}
    setups, apart = {"plain, NCHW": 0.0}, {"plain, NCHW": 0.0}
    for engine_name, make in [
        ("torch-float32", torch_float32),
        *((each.name, each.make) for each in CANDIDATES if "cpu" in each.devices),
    ]:
        try:
            engine, setups[engine_name], features = _set_up(make, backbone, sample, end)
        except UnavailableError as error:
            print(f"{Path(name).stem:<36}{engine_name:<20}  {error}")
            continue
        reference = plain(sample)[0] if reference is None else reference
        apart[engine_name] = disagreement(features, reference)
        runs[engine_name] = lambda engine=engine: engine(sample)  # type: ignore[misc]
    seconds = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for engine_name, run in runs.items():
            seconds[engine_name] = min(seconds[engine_name], _seconds(run))
    for engine_name, taken in seconds.items():
        speed, setup = len(sample) / taken, setups[engine_name]
        print(
            f"{Path(name).stem:<36}{engine_name:<20}{speed:>10.0f}{setup:>10.1f}{apart[engine_name]:>14.4f}", flush=True
        )


def _set_up(
    make: Callable[..., Engine], backbone: Backbone, sample: torch.Tensor, end: int
) -> tuple[Engine, float, torch.Tensor]:
    """Return the engine, the seconds until its first eight outputs, and the features of the sample."""
    began = time.perf_counter()
    engine = make(backbone, (end,))
    engine(sample[:8])
    return engine, time.perf_counter() - began, engine(sample)[0]


def _unlaid(backbone: Backbone, sample: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return backbone(sample.contiguous())


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _sample(backbone: Backbone, photos: Path, count: int) -> torch.Tensor:
    files = sorted(file for file in photos.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = files[:: max(1, len(files) // count)][:count]
    preprocess = backbone.preprocess
    return preprocess.collate([preprocess.view(preprocess.decode(file)) for file in chosen])


if __name__ == "__main__":
    main()
