"""BatchNorm statistics are those of all inputs, each layer's, and only the requested ones are replaced."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.backbone.batch_norm import fair_batches, input_statistics, norm_layers, reestimate
from ghep.data.loading.views import PLAIN
from tiny import SIZE, tensors_of, tiny_backbone, tiny_data

BATCHES = [torch.randn(size, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(size)) for size in (8, 5)]


def test_input_statistics_are_those_of_all_inputs_and_change_nothing() -> None:
    backbone = tiny_backbone()
    before, first = tensors_of(backbone), next(iter(norm_layers(backbone)))
    seen = []
    layer = norm_layers(backbone)[first]
    handle = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    found = input_statistics(backbone, BATCHES)
    handle.remove()
    rows = torch.cat(seen).double().transpose(0, 1).flatten(1)
    assert found.keys() == norm_layers(backbone).keys()
    torch.testing.assert_close(found[first].mean, rows.mean(1))
    torch.testing.assert_close(found[first].variance, rows.var(1, correction=0))
    assert found[first].count == rows.shape[1]
    after = tensors_of(backbone)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_reestimated_layers_normalise_what_they_get() -> None:
    backbone = tiny_backbone()
    modes = [module.training for module in backbone.modules()]
    reestimate(backbone, [BATCHES[0]])
    # Not exactly: a batch is normalised by its own variance, and the stored one is unbiased.
    for name, statistics in input_statistics(backbone, [BATCHES[0]]).items():
        layer = norm_layers(backbone)[name]
        assert layer.running_mean is not None and layer.running_var is not None
        torch.testing.assert_close(layer.running_mean.double(), statistics.mean, atol=1e-2, rtol=1e-2)
        unbiased = statistics.variance * statistics.count / (statistics.count - 1)
        torch.testing.assert_close(layer.running_var.double(), unbiased, atol=1e-2, rtol=1e-2)
        assert layer.momentum == 0.1, "training goes back to moving averages"
    assert [module.training for module in backbone.modules()] == modes


def test_blocks_before_the_first_keep_their_statistics() -> None:
    backbone = tiny_backbone()
    before = tensors_of(backbone)
    reestimate(backbone, BATCHES, first_block=1)
    after = tensors_of(backbone)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    later = {name for index in range(1, len(backbone.blocks())) for name in backbone.block_tensors(index)}
    assert changed and {name.removeprefix("net.") for name in changed} <= later


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_input_has_no_variance(value: float) -> None:
    found = input_statistics(tiny_backbone(), [torch.full((4, 3, SIZE, SIZE), value)])
    assert all((one.variance >= 0).all() for one in found.values())


def test_batches_of_images_sorted_by_class_are_a_fair_sample() -> None:
    classes = np.repeat(np.arange(4), 40)
    batches = fair_batches(np.arange(len(classes)))
    assert sorted(np.concatenate(batches)) == list(range(len(classes)))
    assert [len(batch) for batch in batches] == [32] * 5
    assert all(np.bincount(classes[batch], minlength=4).min() > 1 for batch in batches)
    assert [len(batch) for batch in fair_batches(np.arange(70))] == [35, 35]
    assert [len(batch) for batch in fair_batches(np.arange(7))] == [7]


def test_the_variance_between_classes_is_in_the_statistics() -> None:
    data, backbone = tiny_data(96, noise=5.0), tiny_backbone()
    by_class = data.some(np.argsort(data.targets["label"], kind="stable"))
    reestimate(backbone, (by_class.inputs(part, [PLAIN] * len(part)) for part in fair_batches(np.arange(96))))
    whole = input_statistics(backbone, [data.inputs(np.arange(96), [PLAIN] * 96)])
    for name, layer in norm_layers(backbone).items():
        assert layer.running_var is not None
        torch.testing.assert_close(layer.running_var.double(), whole[name].variance, rtol=0.3, atol=1e-3)
