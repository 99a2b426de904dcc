"""Features are what the backbone puts out, once, and nobody can tell that it was asked."""

from __future__ import annotations

import numpy as np
import torch

from ghep.data.loader import batches_in_order
from ghep.features.extract import extract
from tiny import same, tensors_of, tiny_backbone, tiny_data


def test_features_are_those_of_forward_in_order() -> None:
    backbone, data = tiny_backbone(), tiny_data(13)
    table = extract(backbone, data, batch_size=4)
    (batch,) = batches_in_order(data, batch_size=13)
    with torch.no_grad():
        expected = backbone.eval()(batch.inputs).numpy()
    assert table.features.shape == (13, backbone.feature_dim) and table.features.dtype == np.float32
    np.testing.assert_allclose(table.features, expected, rtol=1e-5, atol=1e-6)
    assert table.ids == tuple(example.id for example in data.examples)
    assert np.array_equal(table.targets["label"], data.targets["label"])


def test_the_same_bits_each_time() -> None:
    one, other = (extract(tiny_backbone(), tiny_data(10), workers=workers) for workers in (1, 3))
    assert np.array_equal(one.features, other.features)


def test_modes_gradients_and_statistics_are_untouched() -> None:
    backbone = tiny_backbone().train()
    backbone.net.layer1.eval()
    before, modes = tensors_of(backbone), [module.training for module in backbone.modules()]
    extract(backbone, tiny_data(6))
    assert same(before, tensors_of(backbone))
    assert modes == [module.training for module in backbone.modules()]
    assert all(parameter.requires_grad and parameter.grad is None for parameter in backbone.parameters())
    assert torch.is_grad_enabled()


def test_features_can_train_a_head() -> None:
    """Tensors made under inference_mode cannot (style.md, trap 6)."""
    features = torch.from_numpy(extract(tiny_backbone(), tiny_data(6)).features)
    head = torch.nn.Linear(features.shape[1], 2)
    head(features).sum().backward()
    assert head.weight.grad is not None


def test_nothing_gives_an_empty_table() -> None:
    assert extract(tiny_backbone(), tiny_data(0)).features.shape == (0, 16)
