"""PyTorch's engines give what the backbone gives, at every boundary, and leave it as it was."""

from __future__ import annotations

import pytest
import torch

from ghep.features.engines.choose import disagreement
from ghep.features.engines.engine import torch_bfloat16, torch_float32
from tiny import BLOCKS, SIZE, same, tensors_of, tiny_backbone

INPUTS = torch.randn(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def test_plain_is_the_backbone_itself() -> None:
    backbone = tiny_backbone().eval()
    boundaries = (1, 0, BLOCKS)
    with torch.no_grad():
        laid_out = INPUTS.contiguous(memory_format=torch.channels_last)
        expected = [backbone.forward_to(laid_out, k) for k in boundaries]
    for found, activation in zip(torch_float32(backbone, boundaries)(INPUTS), expected, strict=True):
        assert torch.equal(found, activation) and found.dtype == torch.float32


def test_half_precision_is_near_and_comes_out_as_float32() -> None:
    backbone = tiny_backbone()
    engine = torch_bfloat16(backbone, (2, BLOCKS))
    for found, expected in zip(engine(INPUTS), torch_float32(backbone, (2, BLOCKS))(INPUTS), strict=True):
        assert found.dtype == torch.float32
        assert 0 < disagreement(found.flatten(1), expected.flatten(1)) < 0.05
    assert not engine.exact


@pytest.mark.parametrize("make", [torch_float32, torch_bfloat16])
def test_a_backbone_in_training_is_run_in_eval_mode_and_left_as_it_was(make: type) -> None:
    backbone = tiny_backbone().train()
    before = tensors_of(backbone)
    (features,) = make(backbone, (BLOCKS,))(INPUTS)
    assert same(before, tensors_of(backbone)) and all(module.training for module in backbone.modules())
    assert torch.equal(features, make(backbone.eval(), (BLOCKS,))(INPUTS)[0])
    assert not features.requires_grad and not features.is_inference()


def test_the_identity_names_the_engine_and_the_version() -> None:
    assert torch_float32(tiny_backbone(), (1,)).identity == f"torch-float32/{torch.__version__}"
    assert torch_bfloat16(tiny_backbone(), (1,)).identity == f"torch-bfloat16/{torch.__version__}"
