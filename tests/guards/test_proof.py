"""The proof notices what peers miss: a frozen tensor that moved, a thawed one that did not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ghep.backbone.base import Backbone
from ghep.errors import BrokenPromise
from ghep.guards.proof import findings_of, prove
from tiny import BLOCKS, tiny_backbone, tiny_stage

TENSORS = [(index, name) for index in range(BLOCKS) for name in tiny_backbone().block_tensors(index)]


def nudge(tensor: torch.Tensor) -> None:
    """Change one number by as little as there is."""
    with torch.no_grad():
        flat = tensor.view(-1)
        if tensor.is_floating_point():
            flat[-1] = torch.nextafter(flat[-1], flat[-1] + 1)
        else:
            flat[-1] += 1


def shake(backbone: Backbone, first: int) -> None:
    for index in range(first, BLOCKS):
        for tensor in backbone.block_tensors(index).values():
            nudge(tensor)


def test_every_tensor_of_the_network_has_a_print() -> None:
    backbone = tiny_backbone()
    names = [name for name, _ in [*backbone.net.named_parameters(), *backbone.net.named_buffers()]]
    assert sorted(backbone.fingerprints()) == sorted(names)


@pytest.mark.parametrize("frozen", range(BLOCKS + 1))
def test_frozen_and_moved(frozen: int) -> None:
    backbone = tiny_backbone()
    before = backbone.fingerprints()
    shake(backbone, frozen)
    proof = prove(backbone, before, (tiny_stage(frozen=frozen),))
    assert list(proof.blocks.values()) == ["frozen"] * frozen + ["moved"] * (BLOCKS - frozen)
    assert findings_of(proof) == ()


@pytest.mark.parametrize(("index", "name"), TENSORS, ids=[name for _, name in TENSORS])
def test_one_bit_of_a_frozen_tensor_is_a_broken_promise(index: int, name: str) -> None:
    """BatchNorm statistics and counters too."""
    backbone = tiny_backbone()
    before = backbone.fingerprints()
    nudge(backbone.block_tensors(index)[name])
    with pytest.raises(BrokenPromise, match=name.replace(".", r"\.")):
        prove(backbone, before, (tiny_stage(frozen=index + 1),))


def test_what_any_stage_thawed_may_move() -> None:
    backbone = tiny_backbone()
    before = backbone.fingerprints()
    shake(backbone, 1)
    stages = tuple(tiny_stage(frozen=frozen) for frozen in (3, 2, 1))
    assert prove(backbone, before, stages).blocks == {"conv1": "frozen", "layer1": "moved", "layer2": "moved"}


def test_a_thawed_parameter_that_did_not_move_is_named() -> None:
    backbone = tiny_backbone()
    before = backbone.fingerprints()
    for tensor in (t for name, t in backbone.block_tensors(2).items() if name != "layer2.0.conv2.weight"):
        nudge(tensor)
    proof = prove(backbone, before, (tiny_stage(frozen=2),))
    (finding,) = findings_of(proof)
    assert finding.code == "thawed-but-still" and finding.items == ("layer2.0.conv2.weight",)
    assert finding.severity == "warning" and "layer2.0.conv2.weight" in finding.message


def test_a_parameter_no_output_depends_on_is_named_after_training() -> None:
    """Trap 4: it counts as trainable and never moves."""
    backbone = tiny_backbone()
    backbone.net.layer2.register_parameter("unused", nn.Parameter(torch.ones(3)))
    whole = tiny_backbone(net=backbone.net)
    before = whole.fingerprints()
    optimizer = torch.optim.AdamW(whole.parameters(), lr=0.01)
    whole(torch.randn(4, 3, 16, 16)).square().mean().backward()
    optimizer.step()
    assert prove(whole, before, (tiny_stage(),)).still == ("layer2.unused",)
