"""The contract of image backbones, for every family in ghep, with random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from ghep.backbone.architecture import cifar_resnet
from ghep.backbone.base import Backbone, Card
from ghep.backbone.boundary import run_to_module
from ghep.backbone.catalog import load_backbone
from ghep.backbone.image import ImageBackbone
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification
from tiny import same, tensors_of

ROOT = Path(__file__).parents[2]
LIGHT = (
    "mobilenetv1_100",
    "mobilenetv3_small_050",
    "mobilenetv4_conv_small",
    "vit_tiny_patch16_224",
    # timm's miniature networks of whole families
    "test_resnet",
    "test_convnext",
    "test_vit2",
    "test_byobnet",
    "test_nfnet",
    "test_coatnet",
    "test_maxvit",
    "test_mambaout",
)
HEAVY = (
    "vgg11",
    "resnet18",
    "resnet50",
    "inception_v3",
    "mobilenetv2_100",
    "mobilenetv3_large_100",
    "efficientnet_b0",
    "tf_efficientnetv2_s",
    "convnext_tiny",
    "swin_tiny_patch4_window7_224",
)
MEAN_OF_MAP = {"resnet", "inception", "mobilenetv1", "mobilenetv2", "efficientnet", "tf", "swin", "cifar", "seedling"}
"""Families whose features are the mean of the last map; others add a norm or a convolution."""
OF_ANY_SIZE = ("resnet", "inception", "mobilenet", "efficientnet", "tf_", "convnext")
"""Networks that take images of any size, and get smaller ones than the native."""


def build(name: str) -> Backbone:
    if name == "cifar_resnet20":
        architecture = cifar_resnet(20)
        preprocess = ImagePreprocess(32, 32, 32)
        return ImageBackbone(
            architecture.build(), architecture=architecture, preprocess=preprocess, card=Card(name, "random")
        )
    if name == "seedling":
        return load_backbone(str(ROOT / "recipes" / "seedling" / "seedling.json"))
    return load_backbone(f"timm/{name}", random_weights=True)


@pytest.fixture(
    scope="module",
    params=[
        "cifar_resnet20",
        "seedling",
        *LIGHT,
        *(pytest.param(name, marks=pytest.mark.slow) for name in HEAVY),
    ],
)
def named(request: pytest.FixtureRequest) -> Iterator[tuple[str, Backbone]]:
    yield request.param, build(request.param).eval()


@pytest.fixture
def backbone(named: tuple[str, Backbone]) -> Backbone:
    named[1].requires_grad_(True)
    return named[1].eval()


@pytest.fixture
def inputs(named: tuple[str, Backbone], backbone: Backbone) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    height, width = backbone.preprocess.height, backbone.preprocess.width
    if named[0].startswith(OF_ANY_SIZE):
        height, width = 128, 128
    return torch.randn(2, 3, height, width, generator=generator)


def test_blocks_are_ordered_and_named(backbone: Backbone) -> None:
    names = [block.name for block in backbone.blocks()]
    assert len(names) >= 4
    assert len(set(names)) == len(names)
    order = {name: place for place, (name, _) in enumerate(backbone.net.named_modules())}
    first = [order[block.modules[0]] for block in backbone.blocks()]
    assert first == sorted(first)


def test_every_parameter_and_buffer_is_in_exactly_one_block(backbone: Backbone) -> None:
    owned = [name for block in backbone.blocks() for name in block.parameters]
    assert sorted(owned) == sorted(name for name, _ in backbone.net.named_parameters())
    tensors = [name for index in range(len(backbone.blocks())) for name in backbone.block_tensors(index)]
    buffers = [name for name, _ in backbone.net.named_buffers()]
    assert sorted(tensors) == sorted(owned + buffers)


def test_no_block_is_empty_and_none_holds_nearly_everything(backbone: Backbone) -> None:
    layers = [sum(p.ndim >= 2 for p in backbone.block_parameters(i).values()) for i in range(len(backbone.blocks()))]
    assert min(layers) >= 1
    assert max(layers) <= 0.75 * sum(layers)


def test_feature_dim_is_what_comes_out(backbone: Backbone, inputs: torch.Tensor) -> None:
    with torch.no_grad():
        features = backbone(inputs)
    assert features.shape == (2, backbone.feature_dim)
    assert torch.isfinite(features).all()


@pytest.mark.slow
def test_two_halves_are_the_whole_at_every_boundary(backbone: Backbone, inputs: torch.Tensor) -> None:
    with torch.no_grad():
        whole = backbone(inputs)
        boundaries = range(len(backbone.blocks()) + 1)
        in_one_pass = backbone.forward_at(inputs.clone(), boundaries)
        for k in boundaries:
            images = inputs.clone()
            activation = backbone.forward_to(images, k)
            kept = activation.clone()
            assert torch.equal(in_one_pass[k], kept), k
            # Only the activation is used: neither the images nor the blocks before the boundary.
            if k:
                images.fill_(float("nan"))
            with poisoned(backbone, k):
                assert torch.equal(backbone.forward_from(activation, k), whole), k
            assert torch.equal(activation, kept), "forward_from changed the activation it was given"


def test_gradients_flow_through_the_second_half_as_through_the_whole(backbone: Backbone, inputs: torch.Tensor) -> None:
    k = len(backbone.blocks()) - 2
    last = list(backbone.block_parameters(len(backbone.blocks()) - 1).values())
    whole = torch.autograd.grad(backbone(inputs).square().mean(), last)
    with torch.no_grad():
        activation = backbone.forward_to(inputs, k)
    half = torch.autograd.grad(backbone.forward_from(activation, k).square().mean(), last)
    for one, other in zip(half, whole, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_the_network_is_left_as_it_was(backbone: Backbone, inputs: torch.Tensor) -> None:
    before = tensors_of(backbone)
    modes = [module.training for module in backbone.modules()]
    hooks = [dict(module._forward_hooks) for module in backbone.modules()]
    with torch.no_grad():
        backbone.forward_from(backbone.forward_to(inputs, 2), 2)
        backbone.feature_map(inputs, backbone.maps()[-1])
    backbone.last_map(inputs)
    assert same(before, tensors_of(backbone))
    assert modes == [module.training for module in backbone.modules()]
    assert hooks == [dict(module._forward_hooks) for module in backbone.modules()]
    assert not any("forward" in vars(module) for module in backbone.modules())


def test_a_boundary_outside_is_an_error_that_lists_the_blocks(backbone: Backbone, inputs: torch.Tensor) -> None:
    for k in (-1, len(backbone.blocks()) + 1):
        with pytest.raises(ConfigError, match=backbone.blocks()[0].name):
            backbone.forward_to(inputs, k)


def test_feature_maps_are_nchw(named: tuple[str, Backbone], backbone: Backbone, inputs: torch.Tensor) -> None:
    with torch.no_grad():
        out = backbone.feature_map(inputs, backbone.maps()[-1])
        features = backbone(inputs)
    assert out.ndim == 4 and len(out) == 2
    assert out.shape[2] == out.shape[3] < backbone.preprocess.height
    if named[0].startswith(("vit", "swin")):
        raw = run_to_module(backbone.net, backbone.maps()[-1], inputs)
        # Token 1 + row * W + column is position (row, column) of the map; token 0 is the class token.
        place = raw[:, 1 + 3 * out.shape[3] + 5] if named[0].startswith("vit") else raw[:, 3, 5]
        assert torch.equal(out[:, :, 3, 5], place), "rows are rows: transposed, not mirrored"
    if any(named[0].startswith(family) for family in MEAN_OF_MAP):
        torch.testing.assert_close(out.mean((2, 3)), features, rtol=1e-4, atol=1e-5)


def test_the_last_map_has_a_gradient_at_every_position_and_gives_the_features(
    backbone: Backbone, inputs: torch.Tensor
) -> None:
    for parameter in backbone.parameters():
        parameter.requires_grad_(False)
    found = backbone.last_map(inputs)
    slope = found.gradient(found.features[:, :3].sum())
    assert found.values().shape == slope.shape and slope.ndim == 4 and slope.abs().sum() > 0
    assert (slope.abs().sum(1) > 0).float().mean() > 0.9
    with torch.no_grad():
        torch.testing.assert_close(found.features, backbone(inputs), rtol=1e-4, atol=1e-5)
    for parameter in backbone.parameters():
        parameter.requires_grad_(True)


@pytest.mark.slow
def test_frozen_blocks_have_no_gradient_and_do_not_move_by_a_bit(backbone: Backbone, inputs: torch.Tensor) -> None:
    count = len(backbone.blocks())
    model = TransferModel(backbone, [Classification("label", ("a", "b"))])
    with torch.no_grad():
        model.head("label").weight.normal_(generator=torch.Generator().manual_seed(0))
    state = tensors_of(backbone)
    try:
        for k in {0, count // 2, count - 1, count}:
            _restore(backbone, state)
            _train_one_step(model, inputs, k)
            for index in range(count):
                parameters = backbone.block_parameters(index).values()
                moved = [
                    name for name, tensor in backbone.block_tensors(index).items() if not _equal(tensor, state, name)
                ]
                if index < k:
                    assert all(p.grad is None and not p.requires_grad for p in parameters)
                    assert not moved
                else:
                    # None would mean that no output depends on it. Zero is possible: ResNets start with residual
                    # branches of weight zero, whose convolutions get no gradient in the first step.
                    assert all(p.grad is not None for p in parameters), index
                    assert any(p.grad.abs().max() > 0 for p in parameters), index
                    assert moved
            model.zero_grad(set_to_none=True)
    finally:
        _restore(backbone, state)
        backbone.requires_grad_(True)


def _train_one_step(model: TransferModel, inputs: torch.Tensor, k: int) -> None:
    model.train()
    model.freeze(k)
    assert model.training
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    nn.functional.cross_entropy(model(inputs)["label"], torch.tensor([0, 1])).backward()
    optimizer.step()


def _restore(backbone: Backbone, state: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in [*backbone.named_parameters(), *backbone.named_buffers()]:
            tensor.copy_(state[name])


def _equal(tensor: torch.Tensor, state: dict[str, torch.Tensor], name: str) -> bool:
    return torch.equal(tensor, state[f"net.{name}"])


class poisoned:  # noqa: N801 - reads as a verb in a with statement
    """Set parameters of the first ``k`` blocks to NaN in the block, so that any use shows in the outputs."""

    def __init__(self, backbone: Backbone, k: int) -> None:
        self.parameters = [p for index in range(k) for p in backbone.block_parameters(index).values()]

    def __enter__(self) -> None:
        self.kept = [parameter.detach().clone() for parameter in self.parameters]
        self._fill([torch.full_like(parameter, float("nan")) for parameter in self.parameters])

    def __exit__(self, *_: object) -> None:
        self._fill(self.kept)

    def _fill(self, values: list[torch.Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)
