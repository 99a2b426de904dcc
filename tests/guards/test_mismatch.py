"""Domain mismatch: silent on images like the source data however few, loud on others, honest where it cannot know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import input_statistics, norm_layers
from ghep.data.loading.batches import LabelledExamples
from ghep.guards import mismatch
from ghep.guards.mismatch import BAR, domain_mismatch, mismatch_findings, reestimate_on
from ghep.types import Example
from tiny import PREPROCESS, SIZE, same, tensors_of, tiny_backbone, tiny_data


def greys(count: int = 64) -> LabelledExamples:
    """Smooth grey images of low contrast; the source data are noisy colours."""
    rng = np.random.default_rng(0)
    rows = np.linspace(60, 90, SIZE)[:, None, None] + rng.normal(0, 3, (count, SIZE, SIZE, 1))
    images = np.repeat(rows, 3, axis=3).clip(0, 255).astype(np.uint8)
    examples = tuple(Example(f"grey {at}", one, {"label": "class 0"}) for at, one in enumerate(images))
    return LabelledExamples(examples, {}, lambda example: example.raw, PREPROCESS)


@pytest.mark.parametrize("count", [16, 50, 128])
def test_images_like_the_source_data_are_no_mismatch(count: int) -> None:
    for seed in range(5):
        found = domain_mismatch(tiny_backbone(), tiny_data(count, seed=seed))
        assert found.score is not None and found.score < BAR and not found.alarm
        assert found.examples == count and f"on {count} training images" in found.summary


def test_other_images_are_a_mismatch_that_names_the_numbers_and_the_way_out() -> None:
    backbone = tiny_backbone()
    before = tensors_of(backbone)
    found = domain_mismatch(backbone, greys())
    assert found.alarm and found.score is not None and found.score > BAR
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("domain-mismatch", "warning")
    assert f"{found.score:.2f}" in finding.message and "--batch-norm reestimate" in finding.remedy
    assert [one.layer for one in found.layers] == list(norm_layers(backbone))
    assert found.to_json()["layers"][0]["layer"] == found.layers[0].layer
    assert same(before, tensors_of(backbone)), "measuring changes nothing"


@pytest.mark.slow
def test_two_halves_have_no_bias_from_sampling() -> None:
    """The square of one mean is too large by the variance of the mean; the product of two means is not."""
    backbone, products, squares = tiny_backbone(), [], []
    layer = next(iter(norm_layers(backbone).values()))
    assert layer.running_mean is not None and layer.running_var is not None
    whole = input_statistics(backbone, [tiny_data(2000, seed=99).inputs(np.arange(2000), [mismatch.PLAIN] * 2000)])
    name = next(iter(whole))
    true = float(((whole[name].mean - layer.running_mean) ** 2 / (layer.running_var + layer.eps)).mean())
    for seed in range(40):
        data = tiny_data(16, seed=seed, classes=3)
        products.append(domain_mismatch(backbone, data).layers[0].shift)
        once = input_statistics(backbone, [data.inputs(np.arange(16), [mismatch.PLAIN] * 16)])[name]
        squares.append(float(((once.mean - layer.running_mean) ** 2 / (layer.running_var + layer.eps)).mean()))
    error = np.std(products) / np.sqrt(len(products))
    assert abs(np.mean(products) - true) < 4 * error
    assert np.mean(squares) > true


def without_norms() -> Backbone:
    backbone = tiny_backbone()
    for module in backbone.net.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.BatchNorm2d):
                setattr(module, name, torch.nn.GroupNorm(2, child.num_features))
    return backbone


def unmeasured() -> Backbone:
    backbone = tiny_backbone()
    for layer in norm_layers(backbone).values():
        layer.reset_running_stats()
    return backbone


@pytest.mark.parametrize(
    ("backbone", "count", "why"),
    [
        (without_norms(), 64, "has no BatchNorm"),
        (unmeasured(), 64, "has no BatchNorm"),
        (tiny_backbone(pretrained=False), 64, "has random weights"),
        (tiny_backbone(), 15, "15 training images are too few"),
        (tiny_backbone(), 0, "0 training images are too few"),
    ],
    ids=["no norm", "statistics of a new layer", "random", "few", "none"],
)
def test_what_cannot_be_judged_is_said(backbone: Backbone, count: int, why: str) -> None:
    data = greys()
    found = domain_mismatch(backbone, replace(data, examples=data.examples[:count]))
    assert found.score is None and not found.alarm and why in found.summary
    assert found.to_json()["not_judged"] == found.summary


def test_the_bar_is_exclusive() -> None:
    assert mismatch_findings("b", BAR, 50) == () and mismatch_findings("b", None, 50) == ()
    assert len(mismatch_findings("b", BAR + 0.01, 50)) == 1


def test_reestimated_statistics_are_those_of_the_images_and_the_same_each_time() -> None:
    backbone, again = tiny_backbone(), tiny_backbone()
    before = tensors_of(backbone)
    (finding,) = reestimate_on(backbone, greys())
    reestimate_on(again, greys())
    assert (finding.code, finding.severity) == (
        "batch-norm-reestimated",
        "info",
    ) and "on 64 training" in finding.message
    assert same(tensors_of(backbone), tensors_of(again))
    changed = {name for name, value in tensors_of(backbone).items() if not torch.equal(value, before[name])}
    assert changed and all(name.rpartition(".")[2].startswith(("running_", "num_batches")) for name in changed)
    after = domain_mismatch(backbone, greys())
    assert after.score is not None and after.score < BAR / 2


def test_few_images_and_networks_without_statistics() -> None:
    (finding,) = reestimate_on(tiny_backbone(), replace(greys(), examples=greys().examples[:8]))
    assert (finding.code, finding.severity) == ("batch-norm-few-images", "warning")
    backbone = without_norms()
    before = tensors_of(backbone)
    assert reestimate_on(backbone, greys()) == () and same(before, tensors_of(backbone))
