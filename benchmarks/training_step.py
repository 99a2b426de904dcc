"""Images per second of one training step of small networks, by number format: used to choose seedling's shape.

    scripts/bench training_step [--size 64] [--batch 128] [--rounds 5]
    GOMP_SPINCOUNT=1000 scripts/bench training_step --timm mobilenetv2_100 --size 224 --batch 32     how threads wait

The best of several alternating rounds of forward, backward and an SGD step on random pixels.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.training.depthwise import QuickDepthwise
from ghep.training.memory import keep_freed_memory

CANDIDATES = {
    "32-64-128-256, depths 1-1-1-1": ((32, 64, 128, 256), (1, 1, 1, 1)),
    "32-64-192-384, depths 1-1-1-1": ((32, 64, 192, 384), (1, 1, 1, 1)),
    "32-96-192-384, depths 1-1-1-1": ((32, 96, 192, 384), (1, 1, 1, 1)),
    "32-64-192-512, depths 1-1-1-1": ((32, 64, 192, 512), (1, 1, 1, 1)),
    "32-64-160-304, depths 1-1-2-2": ((32, 64, 160, 304), (1, 1, 2, 2)),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench training_step")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--timm", help="this network of timm instead, in training as ghep trains it")
    arguments = parser.parse_args()
    networks = {name: _small(widths, depths) for name, (widths, depths) in CANDIDATES.items()}
    networks["timm mobilenetv2_050"] = Architecture("timm", "mobilenetv2_050")
    if arguments.timm:
        networks = {f"timm {arguments.timm}": Architecture("timm", arguments.timm)}
        keep_freed_memory()
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {arguments.size} px, {arguments.batch} a batch"
    )
    print(f"{'network':<32}{'parameters':>12}{'float32':>10}{'bfloat16':>10}  images/s")
    for name, architecture in networks.items():
        net = _with_head(architecture.build()).to(memory_format=torch.channels_last)
        inputs = torch.randn(arguments.batch, 3, arguments.size, arguments.size)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        speeds = _speeds(net, inputs, arguments.rounds)
        count = sum(parameter.numel() for parameter in net.parameters())
        print(f"{name:<32}{count:>12,}{speeds[False]:>10.0f}{speeds[True]:>10.0f}", flush=True)


def _small(widths: tuple[int, ...], depths: tuple[int, ...]) -> Architecture:
    arguments = {"widths": widths, "depths": depths, "stem_stride": 2, "shortcut": "project"}
    return Architecture("small-resnet", "candidate", arguments)


def _with_head(net: nn.Module) -> nn.Module:
    with torch.no_grad():
        width = net.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
    return nn.Sequential(net, nn.Linear(width, 200)).train()


def _speeds(net: nn.Module, inputs: torch.Tensor, rounds: int) -> dict[bool, float]:
    """bfloat16 or not -> images per second."""
    targets = torch.zeros(len(inputs), dtype=torch.int64)
    optimizer = torch.optim.SGD(net.parameters(), 1e-3)
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for half in times:
            began = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=half), QuickDepthwise() if half else nullcontext():
                loss = nn.functional.cross_entropy(net(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            times[half].append(time.perf_counter() - began)
    return {half: len(inputs) / min(taken) for half, taken in times.items()}


if __name__ == "__main__":
    main()
