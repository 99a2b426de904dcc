"""Networks with unusual operations between layers: reproduced, or refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from ghep.backbone.layers import COMPUTED, find_layers, run_at, run_from
from ghep.data.loading.padded import Padded
from ghep.errors import BackboneError

H = 4
EXAMPLE = Padded(torch.arange(6).reshape(2, 3) % 5, torch.tensor([3, 3]))


class Layer(nn.Module):
    """Adds to its input in place; ``told`` is an extra output of an earlier layer."""

    def __init__(self, how: str, place: int) -> None:
        super().__init__()
        self.mix = nn.Linear(H, H)
        self.how, self.place = how, place

    def forward(self, values: torch.Tensor, told: torch.Tensor | None = None) -> object:
        if told is None and self.how != "alone":
            told = self.mix.weight[:1, :, None].expand(1, H, values.shape[1]).sum(1)[..., None]  # (1, L, 1)
            if self.how == "from the texts":
                told = told + values.mean()
        values += self.mix(values)
        if told is not None:
            values = values + told
        return values if self.how == "alone" else (values, None, told)


class Net(nn.Module):
    """Embeddings, three layers, the mean."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(5, H)
        self.layers = nn.ModuleList(Layer(how, place) for place in range(3))

    def forward(self, inputs: Padded) -> torch.Tensor:
        values, told = self.embed(inputs.values), None
        for layer in self.layers:
            out = layer(values, told)
            values, told = out if isinstance(out, torch.Tensor) else out[0], None if layer.how == "alone" else out[2]
        return values.mean(1)


@pytest.mark.parametrize("how", ["alone", "told"])
def test_halves_are_the_whole_whatever_layers_tell_each_other_and_overwrite(how: str) -> None:
    net = Net(how)
    layers = find_layers(net, EXAMPLE)
    extras = {"alone": (None,) * 3, "told": ((None, COMPUTED), (None, 1), (None, 1))}
    assert layers.extras == extras[how] and [block.name for block in layers.blocks][1:] == [
        "layer 1",
        "layer 2",
        "layer 3",
    ]
    with torch.no_grad():
        whole = net(EXAMPLE)
        for k, activation in enumerate(run_at(net, layers, EXAMPLE, range(5))):
            if 0 < k < 4:
                kept = activation.values.clone()
                assert torch.equal(run_from(net, layers, Padded(kept.clone(), EXAMPLE.lengths), k), whole), k
        assert torch.equal(whole, run_at(net, layers, EXAMPLE, (4,))[0])


def test_a_layer_that_needs_more_than_the_activation_is_refused() -> None:
    with pytest.raises(BackboneError, match=r"(?s)last layer of Net needs other inputs.*another backbone"):
        find_layers(Net("from the texts"), EXAMPLE)


class Odd(nn.Module):
    def __init__(self, run: Callable[[nn.Module, Padded], torch.Tensor]) -> None:
        super().__init__()
        self.embed, self.layers, self.run = nn.Embedding(5, H), nn.ModuleList([nn.Linear(H, H)]), run

    def forward(self, inputs: Padded) -> torch.Tensor:
        return self.run(self, inputs)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda net, inputs: net.layers[0](net.embed(inputs.values).mean(1)), r"take shape \(2, 4\)"),
        (
            lambda net, inputs: net.layers[0](net.embed(inputs.values + 9)),
            "cannot run on token ids: index out of range",
        ),
    ],
    ids=["pooled first", "ids too large"],
)
def test_networks_of_another_form_are_refused(run: Callable[[nn.Module, Padded], torch.Tensor], said: str) -> None:
    with pytest.raises(BackboneError, match=said):
        find_layers(Odd(run), EXAMPLE)


def test_a_network_without_a_list_of_layers_is_one_block() -> None:
    net = nn.Sequential(nn.Embedding(5, H), nn.Linear(H, H))
    net.forward = lambda inputs: net[1](net[0](inputs.values)).mean(1)  # type: ignore[method-assign]
    (block,) = find_layers(net, EXAMPLE).blocks
    assert sorted(block.parameters) == ["0.weight", "1.bias", "1.weight"]
