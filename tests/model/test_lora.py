"""LoRA: the outputs do not change at first, only adapters are trained, and merging restores a plain backbone."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn
from torch.nn import functional

from ghep.errors import ConfigError
from ghep.model.lora import adapters_in, add_lora, linear_layers, merge_lora, refuse_unused, remove_lora, size_of
from ghep.model.targets import ATTENTION, matching
from tiny import BLOCKS, SIZE, same, tensors_of, tiny_backbone, tiny_model
from tiny_transformer import ADAPTED, NAMES, tiny_transformer

CONVOLUTIONS = ("conv1", "conv2", "0")
"""Last name parts of all convolutions of the tiny residual network: 3x3 with and without stride, and a 1x1 shortcut."""
INPUTS = torch.randn(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


class Turned(nn.Module):
    """Two of GPT-2's layers: the weight is (inputs, outputs)."""

    def __init__(self) -> None:
        from transformers.pytorch_utils import Conv1D

        super().__init__()
        self.c_attn = Conv1D(12, 3)
        self.c_proj = Conv1D(4, 12)
        for parameter in self.parameters():
            nn.init.normal_(parameter)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.c_proj(self.c_attn(inputs.mean((2, 3))).tanh())


def backbone(kind: str) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "convolution":
            return tiny_backbone().eval()
        return tiny_transformer().backbone if kind == "linear" else tiny_backbone(net=Turned())


def learn(net: nn.Module) -> None:
    """Set the adapters to random values, as if trained."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for adapter in adapters_in(net).values():
            adapter.b.normal_(0, 0.3, generator=generator)


@pytest.mark.parametrize("kind", ["linear", "turned", "convolution"])
def test_merged_equals_unmerged(kind: str) -> None:
    net = backbone(kind)
    plain, names = net(INPUTS), list(tensors_of(net))
    add_lora(net, 4, 8, CONVOLUTIONS if kind == "convolution" else ATTENTION, seed=0)
    assert torch.equal(net(INPUTS), plain), "it starts as it was"
    learn(net)
    unmerged = net(INPUTS)
    assert not torch.allclose(unmerged, plain, atol=1e-2)
    merge_lora(net)
    torch.testing.assert_close(net(INPUTS), unmerged, atol=1e-5, rtol=1e-5)
    assert list(tensors_of(net)) == names and not adapters_in(net)


def test_the_adapter_is_the_formula_of_the_paper() -> None:
    net = tiny_transformer().backbone
    (path, *_) = add_lora(net, 3, 12, seed=0)
    learn(net)
    layer = net.net.get_submodule(path)
    inputs = torch.randn(2, 5, 16)
    adapter = adapters_in(net.net)[path]
    weight = layer.weight + 12 / 3 * adapter.b @ adapter.a
    torch.testing.assert_close(layer(inputs), functional.linear(inputs, weight, layer.bias))


def test_gradients_are_those_of_the_weight_seen_through_the_other_factor() -> None:
    """For W + s B A the chain rule says dL/dB = s dL/dW A^T and dL/dA = s B^T dL/dW."""
    net = tiny_transformer().backbone
    paths = add_lora(net, 2, 6, (*ATTENTION, "patch_embed.proj"), seed=0)
    assert paths == ("patch_embed.proj", *ADAPTED)
    learn(net)
    net(INPUTS).square().sum().backward()
    for path in paths:
        adapter, full = adapters_in(net.net)[path], net.net.get_submodule(path).weight.grad.flatten(1)
        torch.testing.assert_close(adapter.b.grad, 3 * full @ adapter.a.T, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(adapter.a.grad, 3 * adapter.b.T @ full, atol=1e-4, rtol=1e-4)


# Convolutions

SHAPES = {
    "1x1": {"kernel_size": 1},
    "1x1, stride": {"kernel_size": 1, "stride": 2},
    "3x3": {"kernel_size": 3, "padding": 1},
    "3x3, stride": {"kernel_size": 3, "padding": 1, "stride": 2, "bias": False},
    "3x3, dilated": {"kernel_size": 3, "padding": 2, "dilation": 2},
    "1x5": {"kernel_size": (1, 5), "padding": (0, 2), "stride": (2, 1)},
    "same": {"kernel_size": 5, "padding": "same"},
    "by reflection": {"kernel_size": 5, "padding": 2, "padding_mode": "reflect"},
    "around": {"kernel_size": 3, "padding": 1, "stride": 2, "padding_mode": "circular"},
}
SAME = {
    "TensorFlow's": {"kernel_size": 3, "stride": 2},
    "TensorFlow's, dilated": {"kernel_size": 3, "dilation": 3},
    "TensorFlow's, 1x1": {"kernel_size": 1, "stride": 2},
}


def convolution(shape: str) -> nn.Conv2d:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        if shape in SAME:
            return timm.layers.Conv2dSame(6, 10, **SAME[shape])
        return nn.Conv2d(6, 10, **SHAPES[shape])


def small(layer: nn.Module) -> nn.Module:
    """A backbone around ``layer``."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first = nn.Conv2d(3, 6, 3)
    return tiny_backbone(net=nn.Sequential(first, layer, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())).eval()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["rows", "channels last"])
@pytest.mark.parametrize("size", [12, 13, 14])
@pytest.mark.parametrize("shape", [*SHAPES, *SAME])
def test_a_convolution_with_an_adapter_is_the_convolution_by_the_merged_weight(
    shape: str, size: int, layout: torch.memory_format
) -> None:
    net = small(convolution(shape)).to(memory_format=layout)
    layer = net.net[1]
    inputs = torch.randn(2, 6, size, size, generator=torch.Generator().manual_seed(size)).to(memory_format=layout)
    plain = layer(inputs)
    assert add_lora(net, 3, 12, ("1",), seed=0) == ("1",)
    assert torch.equal(layer(inputs), plain), "it starts as it was, to the bit"
    adapter, before = adapters_in(net)["net.1"], layer.weight.detach().clone()
    learn(net)
    unmerged = layer(inputs)
    assert unmerged.shape == plain.shape and not torch.allclose(unmerged, plain, atol=1e-2)
    merge_lora(net)
    torch.testing.assert_close(layer(inputs), unmerged, atol=1e-5, rtol=1e-5)
    change = torch.einsum("or,rchw->ochw", adapter.b, adapter.a.view(3, *before.shape[1:]))
    torch.testing.assert_close(layer.weight, before + 12 / 3 * change)
    assert layer.weight.is_contiguous(memory_format=layout) and not adapters_in(net)


class Doubled(nn.Conv2d):
    """Transforms its weight."""

    def _conv_forward(self, inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        return super()._conv_forward(inputs, weight / weight.norm(), bias)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: nn.Conv2d(6, 6, 3, groups=6),
        lambda: nn.Conv2d(6, 10, 3, groups=2),
        lambda: timm.layers.Conv2dSame(6, 6, 3, groups=6),
        lambda: timm.layers.StdConv2d(6, 10, 3),
        lambda: timm.layers.ScaledStdConv2dSame(6, 10, 3),
        lambda: Doubled(6, 10, 3),
        lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(6, 10, 3)),
        lambda: nn.ConvTranspose2d(6, 10, 3),
    ],
    ids=[
        "depthwise",
        "grouped",
        "depthwise, same",
        "standardised",
        "scaled",
        "of its own",
        "weight norm",
        "transposed",
    ],
)
def test_a_convolution_whose_weight_cannot_take_the_change_is_left_alone(layer: Callable[[], nn.Module]) -> None:
    net = small(layer())
    assert [path for block in linear_layers(net) for path in block] == ["0"]
    with pytest.raises(ConfigError, match="matched no layer"):
        add_lora(net, 2, 4, ("1",), seed=0)


def test_sizes_are_of_the_matrices() -> None:
    assert size_of(convolution("1x5")) == (6 * 5, 10) and size_of(convolution("1x1")) == (6, 10)
    net = small(convolution("3x3"))
    add_lora(net, 4, 8, ("1",), seed=0)
    adapter = adapters_in(net)["net.1"]
    assert (adapter.a.shape, adapter.b.shape) == ((4, 54), (10, 4))
    assert 0.8 / math.sqrt(54) < adapter.a.detach().abs().max() <= 1 / math.sqrt(54)


def test_statistics_of_batch_norm_around_adapters_stand_still() -> None:
    model = tiny_model()
    before = {name: buffer.clone() for name, buffer in model.backbone.named_buffers()}
    add_lora(model.backbone, 2, 4, CONVOLUTIONS, seed=0)
    model.freeze(BLOCKS)
    model.train()
    for _ in range(2):
        model(INPUTS)["label"].sum().backward()
    assert before and all(torch.equal(buffer, before[name]) for name, buffer in model.backbone.named_buffers())
    moving = {name for name, parameter in model.backbone.named_parameters() if parameter.requires_grad}
    assert moving and all(".lora." in name for name in moving)
    assert {name for name, parameter in model.named_parameters() if parameter.grad is not None} == {
        *(f"backbone.{name}" for name in moving),
        *(f"heads.{name}" for name, _ in model.heads.named_parameters()),
    }


# Names


def test_only_layers_behind_the_frozen_blocks_are_adapted() -> None:
    net = tiny_transformer().backbone
    assert [block.name for block in net.blocks()] == list(NAMES)
    assert [len(paths) for paths in linear_layers(net)] == [1, 4, 4, 4]
    for frozen in range(4):
        assert add_lora(net, 2, 4, seed=0, frozen_blocks=frozen) == ADAPTED[max(0, frozen - 1) :]
        remove_lora(net)


def test_targets_are_names_or_ends_of_paths() -> None:
    net = tiny_transformer().backbone
    assert add_lora(net, 2, 4, ("mlp.fc1", "blocks.1.attn.proj"), seed=0) == (
        *("blocks.0.mlp.fc1", "blocks.1.attn.proj", "blocks.1.mlp.fc1", "blocks.2.mlp.fc1"),
    )


def test_a_layer_that_is_shared_gets_one_adapter() -> None:
    class Shared(nn.Module):
        """Two blocks, each with a shared layer and one of its own."""

        def __init__(self) -> None:
            super().__init__()
            both = nn.Linear(3, 3)
            self.first, self.last = (nn.Sequential(both, nn.Tanh(), nn.Linear(3, 3)) for _ in range(2))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return self.last(self.first(inputs.mean((2, 3))))

    net = tiny_backbone(net=Shared())
    assert len(net.blocks()) == 2
    assert add_lora(net, 2, 4, ("0", "2"), seed=0) == ("first.0", "first.2", "last.2")
    learn(net)
    unmerged = net(INPUTS)
    merge_lora(net)
    torch.testing.assert_close(net(INPUTS), unmerged)


def test_nothing_matched_is_an_error_that_names_what_there_is() -> None:
    """It would be a linear probe."""
    net = tiny_transformer().backbone
    with pytest.raises(
        ConfigError, match=r"matched no layer of tiny \(looked for layers called quary.*proj, qkv, fc1, fc2"
    ):
        add_lora(net, 2, 4, ("quary", "kv"), seed=0)
    with pytest.raises(ConfigError, match=r"matched no layer of tiny .*conv1, conv2, 0"):
        add_lora(tiny_backbone(), 2, 4, seed=0)  # no attention
    depthwise = nn.Sequential(nn.Conv2d(3, 6, 3, groups=3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ConfigError, match=r"(?s)matched no layer of tiny .*no linear layer.*choose the strategy light"):
        add_lora(tiny_backbone(net=depthwise), 2, 4, seed=0)
    assert not adapters_in(net)


def test_the_same_seed_draws_the_same_adapters() -> None:
    one, other, another = (tiny_transformer().backbone for _ in range(3))
    for place, (net, seed) in enumerate(((one, 3), (other, 3), (another, 4))):
        torch.manual_seed(place)
        add_lora(net, 2, 4, seed=seed)
    assert same(tensors_of(one), tensors_of(other)) and not same(tensors_of(one), tensors_of(another))
    drawn = torch.cat([adapter.a.flatten() for adapter in adapters_in(one).values()]).detach()
    assert 0.8 / math.sqrt(16) < drawn.abs().max() <= 1 / math.sqrt(16)


def test_adapters_that_learnt_nothing_leave_every_bit() -> None:
    """Includes -0.0, which becomes 0.0 if 0.0 is added."""
    net = tiny_transformer().backbone
    with torch.no_grad():
        net.net.get_submodule(ADAPTED[0]).weight[0] = -0.0
    before = net.fingerprints()
    add_lora(net, 2, 4, seed=0)
    assert merge_lora(net) == ADAPTED and net.fingerprints() == before


def test_removed_is_as_it_was() -> None:
    net = tiny_transformer().backbone
    before, plain = net.fingerprints(), net(INPUTS)
    add_lora(net, 2, 4, seed=0)
    learn(net)
    remove_lora(net)
    assert net.fingerprints() == before and torch.equal(net(INPUTS), plain)
    assert not any(module._forward_hooks for module in net.net.blocks.modules())


def test_a_layer_that_is_never_called_is_refused() -> None:
    """The network reads its weight without calling it, so an adapter would silently stay at zero."""

    class Past(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.qkv = nn.Linear(3, 4), nn.Linear(4, 12)
            self.block = nn.Sequential(self.qkv, nn.Linear(12, 3))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return functional.linear(self.first(inputs.mean((2, 3))), self.qkv.weight)

    past = Past()
    net = tiny_backbone(net=past)
    add_lora(net, 2, 4, ("first",), seed=0)
    with pytest.raises(ConfigError, match=r"layer that tiny never calls \(first\)"):
        refuse_unused(net)
    net(INPUTS)
    refuse_unused(net)


def test_dropout_acts_in_training_only() -> None:
    model = tiny_transformer()
    add_lora(model.backbone, 2, 4, seed=0, dropout=0.5)
    learn(model.backbone)
    model.freeze(4)
    for training in (False, True):
        model.train(training)
        assert torch.equal(model.backbone(INPUTS), model.backbone(INPUTS)) is not training
        assert not any(module.training for block in range(4) for module in model.backbone.block_modules(block))


FAMILIES = {
    "bert": (2, {}),
    "roberta": (2, {}),
    "electra": (2, {"embedding_size": 8}),
    "distilbert": (2, {"dim": 8, "hidden_dim": 16, "n_heads": 2, "n_layers": 2}),
    "mpnet": (2, {}),
    "deberta-v2": (2, {}),
    "modernbert": (1, {"global_attn_every_n_layers": 1, "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}),
    "gpt2": (1, {"n_embd": 8, "n_head": 2, "n_layer": 2}),
    "opt": (2, {"ffn_dim": 16, "word_embed_proj_dim": 8}),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_usual_names_find_the_attention_of(family: str) -> None:
    from transformers import AutoConfig, AutoModel

    each, sizes = FAMILIES[family]
    usual = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = AutoConfig.for_model(family, **{"vocab_size": 20, **(usual | sizes if "n_head" not in sizes else sizes)})
    with torch.device("meta"):
        net = AutoModel.from_config(config)
    layers = [[path for path, module in net.named_modules() if type(module).__name__ in ("Linear", "Conv1D")]]
    assert len(matching(layers, ATTENTION)[0]) == 2 * each
