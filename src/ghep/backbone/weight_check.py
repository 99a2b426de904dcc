"""Check after loading that the weights of a network changed and that its outputs make sense.

Loading code can fail silently: ``embedding.weight[i].data = vector`` leaves the weights unchanged, and a well-known
course concluded from this mistake that word vectors do not help. So the network itself is checked, not the loader's
report:

- does every weight matrix differ from its random initialisation?
- do the outputs differ from those before loading?
- are weights and features finite, and do the features differ between inputs? (Weights are checked too because a ReLU
  can hide an infinite statistic: only its channel dies.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ghep.backbone.blocks import evaluating, output_of
from ghep.data.loading.padded import Inputs
from ghep.types import Finding

SAMPLE = 256
"""Values of each weight matrix that are compared."""
EXAMPLES = 3
"""Tensor names in a message."""
ANOTHER_SEED = 0x616761696E % 2**32
"""Seed of a second random initialisation, which distinguishes constants from random values."""


@dataclass(frozen=True)
class Snapshot:
    """A network before its weights are loaded: some values of every random weight matrix, and the outputs."""

    samples: dict[str, torch.Tensor]
    features: torch.Tensor


def snapshot(net: nn.Module, inputs: Inputs) -> Snapshot:
    """Return the snapshot of ``net`` before loading; ``inputs`` are a few different examples."""
    # Norms and biases start at 1 or 0 and may correctly stay there; a random matrix never recurs by chance.
    samples = {name: _sample(parameter) for name, parameter in net.named_parameters() if parameter.ndim >= 2}
    random = {name: values for name, values in samples.items() if values.numel() > 1 and values.std() > 0}
    return Snapshot(random, _features(net, inputs))


def check_arrival(
    net: nn.Module, before: Snapshot, inputs: Inputs, *, name: str, rebuild: Callable[..., nn.Module]
) -> tuple[Finding, ...]:
    """Compare a loaded network with its ``snapshot`` on the same ``inputs``; return findings, empty if all is well.

    ``rebuild(seed=...)`` builds the network with random weights. It is called only if a weight matrix did not change:
    values that are the same with another seed are constants (sinusoidal positions, Mamba's ``A_log``) and need not
    change.
    """
    return (
        *_not_finite(net, name),
        *_still_random(net, before, name, rebuild),
        *_behaviour(_features(net, inputs), before.features, name),
    )


def _sample(parameter: nn.Parameter) -> torch.Tensor:
    return parameter.detach().flatten()[:SAMPLE].clone()


def _features(net: nn.Module, inputs: Inputs) -> torch.Tensor:
    if isinstance(inputs, torch.Tensor):
        return output_of(net, inputs)
    with torch.no_grad(), evaluating(net):
        found: Inputs = net(inputs)
    return found if isinstance(found, torch.Tensor) else found.values.flatten(1)


def _not_finite(net: nn.Module, name: str) -> tuple[Finding, ...]:
    broken = tuple(key for key, tensor in net.state_dict().items() if not torch.isfinite(tensor).all())
    if not broken:
        return ()
    found = Finding.of(
        "weights-not-finite", "error", items=broken, count=len(broken), name=name, examples=broken[:EXAMPLES]
    )
    return (found,)


def _still_random(
    net: nn.Module, before: Snapshot, name: str, rebuild: Callable[..., nn.Module]
) -> tuple[Finding, ...]:
    same = tuple(key for key, values in before.samples.items() if torch.equal(_sample(net.get_parameter(key)), values))
    if same:
        twin = rebuild(seed=ANOTHER_SEED)
        same = tuple(key for key in same if not torch.equal(_sample(twin.get_parameter(key)), before.samples[key]))
    if not same:
        return ()
    found = Finding.of("weights-not-arrived", "error", items=same, count=len(same), name=name, examples=same[:EXAMPLES])
    return (found,)


def _behaviour(features: torch.Tensor, random: torch.Tensor, name: str) -> tuple[Finding, ...]:
    if not torch.isfinite(features).all():
        return (Finding.of("features-not-finite", "error", name=name),)
    if features.std(0).max() < 1e-6 * features.abs().max().clamp_min(1e-12):
        return (Finding.of("features-constant", "error", name=name),)
    if torch.allclose(features, random, rtol=1e-4, atol=1e-6):
        return (Finding.of("weights-not-arrived", "error", message="weights-without-effect", name=name),)
    return ()
