"""The check for weights that were not loaded finds silent failures, without false alarms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.data.image.preprocess import patches
from tiny import ARCHITECTURE, SIZE, same, tensors_of

State = dict[str, torch.Tensor]


def trained(seed: int = 7) -> State:
    """Set weights that differ from any initialisation, including BatchNorm statistics."""
    net = ARCHITECTURE.build(seed=seed)
    with torch.no_grad():
        for _ in range(3):
            net.train()(torch.randn(8, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed)))
    return net.state_dict()


def codes_after(load: Callable[[nn.Module], None], net: nn.Module | None = None) -> list[str]:
    net = net or ARCHITECTURE.build(seed=0)
    before = snapshot(net, patches((SIZE, SIZE)))
    load(net)
    findings = check_arrival(net, before, patches((SIZE, SIZE)), name="tiny", rebuild=ARCHITECTURE.build)
    assert all(finding.severity == "error" and finding.remedy for finding in findings)
    return sorted({finding.code for finding in findings})


def test_weights_that_arrive_are_not_doubted() -> None:
    assert codes_after(lambda net: net.load_state_dict(trained())) == []


@pytest.mark.parametrize("name", ["resnet10t", "test_vit", "test_convnext", "test_mambaout", "test_efficientnet"])
def test_other_families_are_not_doubted_either(name: str) -> None:
    """Zero-initialised gains, class tokens and layer scales may correctly keep their initial values."""
    architecture = Architecture("timm", name)
    net = architecture.build(seed=0)
    before = snapshot(net, patches((64, 64) if "vit" not in name else net.patch_embed.img_size))
    net.load_state_dict(architecture.build(seed=1).state_dict())
    size = net.patch_embed.img_size if "vit" in name else (64, 64)
    assert check_arrival(net, before, patches(size), name=name, rebuild=architecture.build) == ()


def test_a_matrix_that_every_seed_has_alike_is_a_constant() -> None:
    """Constants such as sinusoidal positions and Mamba's A_log are the same after loading."""

    class Constant(nn.Module):
        def __init__(self, seed: int = 0) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.arange(SIZE * SIZE * 3.0).sin().reshape(SIZE * SIZE, 3))
            self.net = ARCHITECTURE.build(seed=seed)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            features: torch.Tensor = self.net(x + self.table.T.reshape(3, SIZE, SIZE))
            return features

    net, inputs = Constant(), patches((SIZE, SIZE))
    before = snapshot(net, inputs)
    net.load_state_dict({f"net.{name}": tensor for name, tensor in trained().items()} | {"table": net.table.detach()})
    assert check_arrival(net, before, inputs, name="tiny", rebuild=Constant) == ()
    with torch.no_grad():
        net.net.get_parameter("conv1.weight").copy_(ARCHITECTURE.build(seed=0).get_parameter("conv1.weight"))
    (finding,) = check_arrival(net, before, inputs, name="tiny", rebuild=Constant)
    assert finding.items == ("net.conv1.weight",)


@pytest.mark.slow
def test_a_load_that_does_nothing_is_seen() -> None:
    def assign_to_copies(net: nn.Module) -> None:
        for name, parameter in net.named_parameters():
            for row in range(len(parameter)):
                parameter[row].data = trained()[name][row]  # indexing makes a new tensor: the network keeps the old

    assert codes_after(assign_to_copies) == ["weights-not-arrived"]
    assert codes_after(lambda net: None) == ["weights-not-arrived"]
    assert codes_after(lambda net: net.load_state_dict({"other": torch.ones(1)}, strict=False)) == [
        "weights-not-arrived"
    ]


@pytest.mark.parametrize("name", [name for name, p in ARCHITECTURE.build().named_parameters() if p.ndim >= 2])
def test_one_matrix_left_at_random_is_named(name: str) -> None:
    net = ARCHITECTURE.build(seed=0)
    before = snapshot(net, patches((SIZE, SIZE)))
    net.load_state_dict({key: tensor for key, tensor in trained().items() if key != name}, strict=False)
    (finding,) = check_arrival(net, before, patches((SIZE, SIZE)), name="tiny", rebuild=ARCHITECTURE.build)
    assert finding.code == "weights-not-arrived" and finding.items == (name,) and name in finding.message


def test_zeroed_weights_are_seen() -> None:
    def zero(net: nn.Module) -> None:
        net.load_state_dict({name: torch.zeros_like(tensor) for name, tensor in trained().items()})

    def zero_one_layer(net: nn.Module) -> None:
        net.load_state_dict({**trained(), "bn1.weight": torch.zeros(8)})

    assert codes_after(zero) == ["features-constant"]
    assert codes_after(zero_one_layer) == ["features-constant"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_one_number_that_is_none_is_seen(value: float) -> None:
    def damage(net: nn.Module) -> None:
        state = trained()
        state["layer2.0.bn2.running_mean"][3] = value
        net.load_state_dict(state)

    # Infinity behind a ReLU only kills its channel: the features stay finite.
    expected = ["features-not-finite", "weights-not-finite"] if value != value else ["weights-not-finite"]
    assert codes_after(damage) == expected


def test_finite_weights_with_infinite_features_are_seen() -> None:
    def blow_up(net: nn.Module) -> None:
        net.load_state_dict({**trained(), "layer2.0.bn2.weight": torch.full((16,), 3e38)})

    assert codes_after(blow_up) == ["features-not-finite"]


def test_asking_leaves_no_trace() -> None:
    net = ARCHITECTURE.build(seed=0).train()
    net.bn1.eval()
    before, modes, states = tensors_of(net), [m.training for m in net.modules()], torch.get_rng_state()
    check_arrival(
        net, snapshot(net, patches((SIZE, SIZE))), patches((SIZE, SIZE)), name="tiny", rebuild=ARCHITECTURE.build
    )
    assert same(before, tensors_of(net))
    assert modes == [m.training for m in net.modules()]
    assert torch.equal(states, torch.get_rng_state())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())
