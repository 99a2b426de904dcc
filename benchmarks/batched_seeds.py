"""Time of training several seeds of one unfrozen tail as one batched model or one after the other.

    scripts/bench batched_seeds [--seeds 3] [--batch 16] [--steps 15] [--threads 1]

A tail is the part that a light fit trains: the last blocks of a backbone and the head, on stored activations. Each step
is forward, backward and AdamW. "batched" stacks the weights of all seeds (``torch.func``) and runs them under ``vmap``.
Batch statistics are frozen in both, which vmap needs. Weights are random: only time is measured. Prints the median time
of a step of all seeds, and the ratio; below 1 batching is faster.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
import warnings
from collections.abc import Callable

import timm
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap  # type: ignore[attr-defined]
from torch.nn.functional import cross_entropy

CLASSES = 3


def mobilenet_tail(blocks: int) -> nn.Module:
    """Return the last ``blocks`` stages of MobileNetV2 and the layers after them."""
    net = timm.create_model("mobilenetv2_100", num_classes=CLASSES)
    return nn.Sequential(*net.blocks[-blocks:], net.conv_head, net.bn2, net.global_pool, net.classifier)


def resnet_tail() -> nn.Module:
    """Return the last stage of ResNet-18 and its head."""
    net = timm.create_model("resnet18", num_classes=CLASSES)
    return nn.Sequential(net.layer4, net.global_pool, net.fc)


class TransformerTail(nn.Module):
    """The last layer of a small text encoder, the mean over tokens, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(384, 6, 1536, dropout=0.0, batch_first=True)
        self.head = nn.Linear(384, CLASSES)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Map (N, L, 384) to logits (N, CLASSES)."""
        logits: torch.Tensor = self.head(self.layer(inputs).mean(1))
        return logits


TAILS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "head on 1,280 features": (lambda: nn.Linear(1280, CLASSES), (1280,)),
    "MobileNetV2, last stage": (lambda: mobilenet_tail(1), (160, 7, 7)),
    "MobileNetV2, last two": (lambda: mobilenet_tail(2), (96, 14, 14)),
    "ResNet-18, last stage": (resnet_tail, (256, 14, 14)),
    "transformer layer, 64 tokens": (TransformerTail, (64, 384)),
}


def step_seconds(step: Callable[[], None], steps: int) -> float:
    """Return the median of ``steps`` steps, after two warm-up steps."""
    times = []
    for number in range(steps + 2):
        began = time.perf_counter()
        step()
        if number >= 2:
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def one_by_one(models: list[nn.Module], inputs: torch.Tensor, targets: torch.Tensor) -> Callable[[], None]:
    """Return a step of every model."""
    optimizers = [torch.optim.AdamW(model.parameters(), lr=1e-4) for model in models]

    def step() -> None:
        for model, optimizer in zip(models, optimizers, strict=True):
            optimizer.zero_grad()
            cross_entropy(model(inputs), targets).backward()
            optimizer.step()

    return step


def batched(models: list[nn.Module], inputs: torch.Tensor, targets: torch.Tensor) -> Callable[[], None]:
    """Return a step of all models as one."""
    stacked, buffers = stack_module_state(models)
    parameters = {name: tensor.detach().requires_grad_() for name, tensor in stacked.items()}
    skeleton = copy.deepcopy(models[0]).to("meta")
    optimizer = torch.optim.AdamW(list(parameters.values()), lr=1e-4)
    everyones = torch.stack([inputs] * len(models))

    def answer(own: dict[str, torch.Tensor], own_buffers: dict[str, torch.Tensor], own_inputs: torch.Tensor) -> object:
        return functional_call(skeleton, (own, own_buffers), (own_inputs,))

    def step() -> None:
        optimizer.zero_grad()
        logits = vmap(answer)(parameters, buffers, everyones)
        (cross_entropy(logits.flatten(0, 1), targets.repeat(len(models))) * len(models)).backward()
        optimizer.step()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore", message="There is a performance drop")  # attention has no batching rule on CPUs
    targets = torch.randint(CLASSES, (arguments.batch,))
    print("| tail | one by one, ms | batched, ms | ratio |\n|---|---|---|---|")
    for name, (make, shape) in TAILS.items():
        models = [make() for _ in range(arguments.seeds)]
        for module in (module for model in models for module in model.modules()):
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        inputs = torch.randn(arguments.batch, *shape)
        alone, together = (step_seconds(way(models, inputs, targets), arguments.steps) for way in (one_by_one, batched))
        print(f"| {name} | {1e3 * alone:.1f} | {1e3 * together:.1f} | {together / alone:.2f} |", flush=True)


if __name__ == "__main__":
    main()
