"""Cost of small networks: parameters, milliseconds per image on one core, images per second of training.

    OMP_NUM_THREADS=1 python recipes/seedling/architectures.py [NAME ...] [--sizes 64 96 128]

The best of several rounds on random pixels, channels last. Forward: float32, batches of 16. Training: forward and
backward of batches of 64 in the faster of float32 and bfloat16.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from ghep.backbone.architecture import Architecture


def _residual(widths: list[int], depths: list[int]) -> Architecture:
    arguments = {"widths": widths, "depths": depths, "stem_stride": 2, "shortcut": "project"}
    return Architecture("small-resnet", "candidate", arguments)


CANDIDATES = {
    "small-resnet 32-64-160-304, depths 1-1-2-2": _residual([32, 64, 160, 304], [1, 1, 2, 2]),
    "small-resnet 32-96-192-384, depths 1-1-1-1": _residual([32, 96, 192, 384], [1, 1, 1, 1]),
    "small-resnet 24-48-128-320, depths 1-1-2-2": _residual([24, 48, 128, 320], [1, 1, 2, 2]),
    "mobilenetv1_025": Architecture("timm-mobilenetv1", "mobilenetv1_100", {"channel_multiplier": 0.25}),
    **{
        name: Architecture("timm", name)
        for name in (
            *("regnetx_002", "regnety_002", "fasternet_t0", "cs3darknet_focus_s", "resnet10t", "convnext_atto"),
            *("mobilenetv4_conv_small", "mobilenetv3_small_100", "mobilenetv2_050", "lcnet_100", "efficientvit_b0"),
        )
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of CANDIDATES, or any that timm has")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 96, 128])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads; ms forward, images/s of training, at each size"
    )
    print(f"{'network':<44}{'parameters':>11}{'width':>6}" + "".join(f"{size:>9} px    " for size in given.sizes))
    for name in given.names or CANDIDATES:
        net = CANDIDATES.get(name, Architecture("timm", name)).build().to(memory_format=torch.channels_last)
        count = sum(parameter.numel() for parameter in net.parameters())
        costs = [_cost(net, size, given.rounds) for size in given.sizes]
        cells = "".join(f"{milliseconds:8.2f}{speed:7.0f}" for milliseconds, speed in costs)
        print(f"{name:<44}{count:>11,}{_width(net):>6}{cells}", flush=True)


def _cost(net: nn.Module, size: int, rounds: int) -> tuple[float, float]:
    """Return milliseconds of a forward pass per image, and images per second of training."""
    pixels = torch.randn(64, 3, size, size).contiguous(memory_format=torch.channels_last)

    def forward() -> None:
        with torch.no_grad():
            net(pixels[:16])

    def train(narrow: bool) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            loss = net(pixels).float().square().mean()
        loss.backward()  # type: ignore[no-untyped-call]

    net.eval()
    seconds = _best(forward, rounds)
    net.train()
    return 1000 * seconds / 16, 64 / min(_best(partial(train, narrow), rounds) for narrow in (False, True))


def _best(work: Callable[[], None], rounds: int) -> float:
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _width(net: nn.Module) -> int:
    with torch.no_grad():
        return int(net.eval()(torch.zeros(1, 3, 64, 64)).shape[1])


if __name__ == "__main__":
    main()
