"""Where a network cannot be cut, the cut must not pass for one."""

from __future__ import annotations

import torch
from torch import nn

from ghep.backbone.base import Backbone, Card
from tiny import ARCHITECTURE, PREPROCESS


class Reaches(nn.Module):
    """A network whose last layer also reads the first one's output, past everything between them."""

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
    backbone = Backbone(Reaches(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("reaches", "test"))
    assert [block.name for block in backbone.blocks()] == ["stem", "middle", "last"]
    inputs = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        whole = backbone(inputs)
        assert torch.equal(backbone.forward_from(backbone.forward_to(inputs, 1), 1), whole)
        assert backbone.forward_from(backbone.forward_to(inputs, 2), 2).isnan().all(), "the stem's output is not stored"


class WorksInPlace(nn.Module):
    """A network whose every block begins by overwriting what it was given (as networks with in-place ReLU do)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1))
        self.last = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.last(self.stem(inputs)).mean((2, 3))
        return features


def test_a_stored_activation_is_not_overwritten() -> None:
    backbone = Backbone(WorksInPlace(), architecture=ARCHITECTURE, preprocess=PREPROCESS, card=Card("in place", "test"))
    with torch.no_grad():
        activation = backbone.forward_to(torch.randn(2, 3, 16, 16), 1)
        assert (activation < 0).any()
        first = backbone.forward_from(activation, 1)
        assert (activation < 0).any() and torch.equal(backbone.forward_from(activation, 1), first)
