"""Architectures are data: they name a known builder, download nothing, and always build the same network."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.architecture import MOBILENET_V1, Architecture, cifar_resnet
from ghep.errors import BackboneError
from tiny import ARCHITECTURE, same, tensors_of

SMALL = {"widths": [8, 16], "depths": [1, 1]}


@pytest.mark.parametrize(
    "argument",
    ["pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir", "num_classes"],
)
@pytest.mark.parametrize("builder", ["timm", "timm-mobilenetv1", "small-resnet"])
def test_arguments_that_fetch_or_change_the_ending_are_refused(builder: str, argument: str) -> None:
    with pytest.raises(BackboneError, match=f"must not include {argument}"):
        Architecture(builder, "resnet18", {argument: "x"}).build()


@pytest.mark.parametrize("function", ["os.system", "torch.hub.load", "timm.create_model", "", None, MOBILENET_V1 + "x"])
def test_only_the_listed_function_may_be_named(function: str | None) -> None:
    with pytest.raises(BackboneError, match="only timm"):
        Architecture.from_card({"build": {"function": function, "args": ["x"], "kwargs": {}}})


@pytest.mark.parametrize(
    ("architecture", "suggestion"),
    [
        (Architecture("timm", "resnet_18"), '"resnet18"'),
        (Architecture("timm", "mobilnetv2_100"), '"mobilenetv2_100"'),
        (Architecture("small_resnet", "x"), '"small-resnet"'),
    ],
)
def test_an_unknown_name_suggests_close_ones(architecture: Architecture, suggestion: str) -> None:
    with pytest.raises(BackboneError, match=f"did you mean.*{suggestion}"):
        architecture.build()


@pytest.mark.parametrize(
    ("builder", "name", "arguments"),
    [
        ("timm", "resnet18.no_such_tag", {}),
        ("timm", "hf-hub:timm/resnet18", {}),
        ("timm", "local-dir:/etc", {}),
        ("timm", "", {}),
        ("timm", "resnet18", {"model_name": "resnet34"}),
        ("timm", "resnet18", {"no_such_argument": 1}),
        ("timm", "vit_tiny_patch16_224", {"img_size": "large"}),
        ("small-resnet", "x", {}),
        ("small-resnet", "x", {**SMALL, "depths": [1]}),
        ("small-resnet", "x", {**SMALL, "widths": [-8, 16]}),
        ("small-resnet", "x", {**SMALL, "widths": ["8", "16"]}),
        ("small-resnet", "x", {**SMALL, "widths": []}),
        ("small-resnet", "x", {**SMALL, "shortcut": "tunnel"}),
    ],
)
def test_what_cannot_be_built_is_the_users_mistake_and_not_a_traceback(
    builder: str, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(BackboneError):
        Architecture(builder, name, arguments).build()


@pytest.mark.parametrize(
    "card",
    [
        {"builder": "timm"},
        {"builder": "timm", "name": "resnet18", "arguments": [1]},
        {"architecture": "cifar_resnetxx"},
        {"architecture": "cifar_resnet21"},
        {"architecture": "cifar_resnet2"},
        {"architecture": "cifar_resnet", "depth": "deep"},
        {"architecture": "resnet18", "create_model": "resnet18"},
        {"architecture": "resnet18", "create_model": ["resnet18"]},
        {"build": "resnet18"},
        {"build": {"function": MOBILENET_V1, "args": [], "kwargs": {}}},
        {"build": {"function": MOBILENET_V1, "kwargs": 3}},
    ],
)
def test_a_card_that_makes_no_sense_is_an_error_that_says_so(card: dict[str, Any]) -> None:
    with pytest.raises(BackboneError):
        Architecture.from_card(card)


def test_a_card_says_the_same_as_the_architecture_it_stands_for() -> None:
    assert Architecture.from_card({"architecture": "cifar_resnet20", "depth": 20}) == cifar_resnet(20)
    arguments = {"model_name": "mobilenetv2_100", "pretrained": True, "num_classes": 1000, "pad_type": "same"}
    assert Architecture.from_card({"architecture": "other", "create_model": arguments}) == Architecture(
        "timm", "mobilenetv2_100", {"pad_type": "same"}
    )
    call = {
        "function": MOBILENET_V1,
        "args": ["mobilenetv1_100"],
        "kwargs": {"num_classes": 9, "channel_multiplier": 0.25},
    }
    assert Architecture.from_card({"build": call}) == Architecture(
        "timm-mobilenetv1", "mobilenetv1_100", {"channel_multiplier": 0.25}
    )


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_cifar_resnets_have_the_layers_and_weights_of_the_paper(depth: int) -> None:
    net = cifar_resnet(depth).build()
    convolutions = [module for module in net.modules() if isinstance(module, torch.nn.Conv2d)]
    assert len(convolutions) == depth - 1  # and the linear head
    weights = sum(parameter.numel() for parameter in net.parameters()) + 64 * 10 + 10
    millions = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}  # table 6
    assert weights / 1e6 == pytest.approx(millions[depth], abs=0.05 if depth == 110 else 0.005)


def test_json_there_and_back() -> None:
    assert Architecture.from_json(ARCHITECTURE.to_json()) == ARCHITECTURE
    assert Architecture.from_card(ARCHITECTURE.to_json()) == ARCHITECTURE


@pytest.mark.parametrize("architecture", [ARCHITECTURE, Architecture("timm", "resnet10t")], ids=["small", "timm"])
def test_the_seed_decides_and_no_global_generator_is_touched(architecture: Architecture) -> None:
    torch.manual_seed(5)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    first, again, other = architecture.build(seed=1), architecture.build(seed=1), architecture.build(seed=2)
    assert same(tensors_of(first), tensors_of(again))
    assert not same(tensors_of(first), tensors_of(other))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])
    assert random.getstate() == states[2]
