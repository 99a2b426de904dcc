"""A missing device is an error, never a silent fallback."""

from __future__ import annotations

import pytest
import torch

from ghep.errors import ConfigError
from ghep.model.device import device_named, exact_float32


def test_auto_is_the_accelerator_or_the_cpu() -> None:
    assert device_named("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert device_named("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:99x", "xla"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="device"):
        device_named(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
def test_cuda_without_cuda_is_refused() -> None:
    with pytest.raises(ConfigError, match="no CUDA GPU"):
        device_named("cuda")


def test_float32_means_all_its_bits_while_it_has_to() -> None:
    assert torch.backends.cudnn.allow_tf32, "PyTorch's default"
    with exact_float32(torch.device("cuda", 0)):
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32
