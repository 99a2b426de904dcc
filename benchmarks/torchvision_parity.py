"""Parity of torchvision's weights in ghep and in torchvision: features of the same pixels, by network.

    scripts/bench torchvision_parity [--only resnet50 vgg16]

Each network gets random weights, biases and BatchNorm statistics, its state_dict is saved as .pth next to a json that
names timm's network, and ghep loads it. ``difference`` is the largest of any feature, relative to the root mean square
of torchvision's features; float32 alone gives about 1e-6 to 1e-5. Features are the inputs of the last linear layer.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import torch
import torchvision
from torch import nn

from ghep.backbone.catalog import load_backbone

NETWORKS = {
    "resnet18": {"model_name": "resnet18"},
    "resnet50": {"model_name": "resnet50"},
    "vgg16": {"model_name": "vgg16"},
    "vgg16_bn": {"model_name": "vgg16_bn"},
    "inception_v3": {"model_name": "inception_v3"},
    "densenet121": {"model_name": "densenet121"},
    "mobilenet_v2": {"model_name": "mobilenetv2_100"},
    "mobilenet_v3_small": {"model_name": "mobilenetv3_small_100", "bn_eps": 1e-3},
    "mobilenet_v3_large": {"model_name": "mobilenetv3_large_100", "bn_eps": 1e-3},
    "efficientnet_b0": {"model_name": "efficientnet_b0"},
    "convnext_tiny": {"model_name": "convnext_tiny"},
    "vit_b_16": {"model_name": "vit_base_patch16_224"},
    "swin_t": {"model_name": "swin_tiny_patch4_window7_224"},
}
"""torchvision's name -> arguments of ``timm.create_model``."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench torchvision_parity", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--only", nargs="*", default=list(NETWORKS))
    arguments = parser.parse_args()
    print(f"torchvision {torchvision.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    print("| torchvision | timm | features | difference | seconds to load |")
    print("|---|---|---|---|---|")
    for name in arguments.only:
        features, difference, seconds = parity(name)
        print(
            f"| {name} | {NETWORKS[name]['model_name']} | {features} | {difference:.1e} | {seconds:.1f} |", flush=True
        )


def parity(name: str) -> tuple[int, float, float]:
    """Return the number of features, their largest relative difference, and the seconds to load."""
    torch.manual_seed(0)
    second_head = {"aux_logits": True, "init_weights": False} if name == "inception_v3" else {}
    net = torchvision.models.get_model(name, weights=None, **second_head).eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
            nn.init.normal_(module.running_mean, std=0.3)
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)  # with torchvision's initialisation MobileNet's signal vanishes
        if isinstance(getattr(module, "bias", None), torch.Tensor):
            nn.init.normal_(module.bias, std=0.3)
    size = 299 if name == "inception_v3" else 224
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(5))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.pth"
        torch.save(net.state_dict(), path)
        path.with_suffix(".json").write_text(json.dumps({"create_model": NETWORKS[name]}), encoding="utf-8")
        began = time.perf_counter()
        backbone = load_backbone(str(path)).eval()
        seconds = time.perf_counter() - began
    last = [path for path, module in net.named_modules() if isinstance(module, nn.Linear)][-1]
    net.set_submodule(last, nn.Identity())
    with torch.no_grad():
        wanted, found = net(pixels), backbone(pixels)
    if wanted.shape != found.shape:
        return wanted.shape[1], float("inf"), seconds
    return wanted.shape[1], float((wanted - found).abs().max() / wanted.square().mean().sqrt()), seconds


if __name__ == "__main__":
    main()
