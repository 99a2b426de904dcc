"""A boundary where a network cannot be cut must be detected."""

from __future__ import annotations

import torch
from torch import nn

from ghep.backbone.base import Card
from ghep.backbone.image import ImageBackbone
from tiny import ARCHITECTURE, BLOCKS, PREPROCESS, SIZE, tiny_backbone


class Reaches(nn.Module):
    """A network with a skip connection from the first to the last layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1))
        self.middle = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1))
        self.last = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        first = self.stem(inputs)
        features: torch.Tensor = self.last(self.middle(first) + first).mean((2, 3))
        return features


def test_a_connection_across_the_boundary_gives_nan_and_never_a_wrong_number() -> None:
    backbone = ImageBackbone(Reaches(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("reaches", "test"))
    assert [block.name for block in backbone.blocks()] == ["stem", "middle", "last"]
    inputs = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        whole = backbone(inputs)
        assert torch.equal(backbone.forward_from(backbone.forward_to(inputs, 1), 1), whole)
        assert backbone.forward_from(backbone.forward_to(inputs, 2), 2).isnan().all(), "the stem's output is not stored"


class WorksInPlace(nn.Module):
    """A network in which every block overwrites its input (as with in-place ReLU)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1))
        self.last = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.last(self.stem(inputs)).mean((2, 3))
        return features


def test_a_stored_activation_is_not_overwritten() -> None:
    backbone = ImageBackbone(
        WorksInPlace(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("in place", "test")
    )
    with torch.no_grad():
        activation = backbone.forward_to(torch.randn(2, 3, 16, 16), 1)
        assert (activation < 0).any()
        first = backbone.forward_from(activation, 1)
        assert (activation < 0).any() and torch.equal(backbone.forward_from(activation, 1), first)


def test_one_pass_for_several_boundaries_keeps_what_later_layers_overwrite() -> None:
    backbone = ImageBackbone(
        WorksInPlace(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("in place", "test")
    )
    inputs = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        alone = [backbone.forward_to(inputs, k) for k in (2, 1, 0, 1)]
        together = backbone.forward_at(inputs, (2, 1, 0, 1))
    assert (alone[1] < 0).any() and together[0].shape == (2, backbone.feature_dim)
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one, other)


def test_the_pass_ends_at_the_last_boundary_and_leaves_no_hook() -> None:
    backbone = ImageBackbone(Reaches(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("reaches", "test"))
    calls: list[str] = []
    hooks = [dict(module._forward_hooks) for module in backbone.modules()]
    for name, module in backbone.net.named_children():
        module.register_forward_pre_hook(lambda *_, name=name: calls.append(name))
    backbone.forward_at(torch.randn(1, 3, 16, 16), (0, 1, 2))
    assert calls == ["stem", "middle"]
    assert hooks == [dict(module._forward_hooks) for module in backbone.modules()]
    assert backbone.forward_at(torch.randn(1, 3, 16, 16), ()) == []


def test_a_fingerprint_knows_what_lies_before_its_boundary_and_nothing_after() -> None:
    backbone, count = tiny_backbone(), len(tiny_backbone().blocks())
    before = [backbone.fingerprint(k) for k in range(count + 1)]
    assert len(set(before)) == count + 1
    for index in range(count):
        for name, tensor in backbone.block_tensors(index).items():
            old = tensor.detach().clone()
            with torch.no_grad():
                tensor.view(-1)[0] += 1
            after = [backbone.fingerprint(k) for k in range(count + 1)]
            assert [one == other for one, other in zip(before, after, strict=True)] == [
                k <= index for k in range(count + 1)
            ], name
            with torch.no_grad():
                tensor.copy_(old)


def test_gradients_of_the_last_maps_keep_their_memory_layout() -> None:
    """The gradient of mean pooling is expanded over each map, without a memory layout."""
    backbone, gradients = tiny_backbone().to(memory_format=torch.channels_last), list[torch.Tensor]()

    def watch(_: nn.Module, __: object, output: torch.Tensor) -> None:
        output.register_hook(gradients.append)  # type: ignore[no-untyped-call]

    backbone.block_modules(BLOCKS - 1)[-1].register_forward_hook(watch)
    backbone(torch.randn(2, 3, SIZE, SIZE).contiguous(memory_format=torch.channels_last)).sum().backward()
    assert gradients[0].is_contiguous(memory_format=torch.channels_last)
