"""Have the weights really arrived? Ask the network, not the loader.

A loading line that does nothing raises nothing: ``embedding.weight[i].data = vector`` leaves the weights as they were,
and a well-known course concludes from it that word vectors do not help. So three questions are put to the network
after loading:

- does every weight matrix differ from the random one it was built with?
- does the network answer otherwise than its randomly initialised twin?
- are weights and features alive: finite, and the features different for different inputs? (An infinite statistic may
  only kill its channel: the next ReLU hides it from the features.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ghep.backbone.blocks import answers, evaluating
from ghep.data.loading.padded import Inputs
from ghep.types import Finding

SAMPLE = 256
ANOTHER_SEED = 0x616761696E % 2**32
"""Of the twin that tells constants from random values."""


@dataclass(frozen=True)
class Snapshot:
    """A network as it was before its weights were loaded: a few values of every weight matrix, and its answers."""

    samples: dict[str, torch.Tensor]
    features: torch.Tensor


def snapshot(net: nn.Module, inputs: Inputs) -> Snapshot:
    """Remember ``net`` before loading, and its answers to ``inputs``: a few different ones."""
    # Norms and biases start at 1 or 0 and may rightly stay there; a random matrix never comes back by chance.
    samples = {name: _sample(parameter) for name, parameter in net.named_parameters() if parameter.ndim >= 2}
    random = {name: values for name, values in samples.items() if values.numel() > 1 and values.std() > 0}
    return Snapshot(random, _features(net, inputs))


def check_arrival(
    net: nn.Module, before: Snapshot, inputs: Inputs, *, name: str, again: Callable[..., nn.Module]
) -> tuple[Finding, ...]:
    """Compare a loaded network with its ``snapshot`` from before, of the same ``inputs``; return what is wrong.

    ``again(seed=...)`` builds the network once more, which is done only where a weight matrix did not change: the same
    values under another seed are a constant (sinusoidal positions, Mamba's ``A_log``), not a random initialisation.
    """
    return (
        *_not_finite(net, name),
        *_still_random(net, before, name, again),
        *_behaviour(_features(net, inputs), before.features, name),
    )


def _sample(parameter: nn.Parameter) -> torch.Tensor:
    return parameter.detach().flatten()[:SAMPLE].clone()


def _features(net: nn.Module, inputs: Inputs) -> torch.Tensor:
    if isinstance(inputs, torch.Tensor):
        return answers(net, inputs)
    with torch.no_grad(), evaluating(net):
        found: Inputs = net(inputs)
    return found if isinstance(found, torch.Tensor) else found.values.flatten(1)


def _not_finite(net: nn.Module, name: str) -> tuple[Finding, ...]:
    broken = tuple(key for key, tensor in net.state_dict().items() if not torch.isfinite(tensor).all())
    if not broken:
        return ()
    return (
        Finding(
            "weights-not-finite",
            "error",
            f"{len(broken)} weight tensors of {name} hold NaN or infinity ({', '.join(broken[:3])})",
            "the file is damaged; get it again",
            broken,
        ),
    )


def _still_random(net: nn.Module, before: Snapshot, name: str, again: Callable[..., nn.Module]) -> tuple[Finding, ...]:
    same = tuple(key for key, values in before.samples.items() if torch.equal(_sample(net.get_parameter(key)), values))
    if same:
        twin = again(seed=ANOTHER_SEED)
        same = tuple(key for key in same if not torch.equal(_sample(twin.get_parameter(key)), before.samples[key]))
    if not same:
        return ()
    return (
        Finding(
            "weights-not-arrived",
            "error",
            f"{len(same)} weight tensors of {name} still hold their random initial values ({', '.join(same[:3])})",
            "the file was read but not used: check the architecture, or pass another file",
            same,
        ),
    )


def _behaviour(features: torch.Tensor, random: torch.Tensor, name: str) -> tuple[Finding, ...]:
    if not torch.isfinite(features).all():
        return (
            Finding(
                "features-not-finite", "error", f"{name} outputs NaN or infinity", "the file is damaged; get it again"
            ),
        )
    if features.std(0).max() < 1e-6 * features.abs().max().clamp_min(1e-12):
        return (
            Finding(
                "features-constant",
                "error",
                f"{name} answers every input alike: its features carry nothing",
                "the weights do not belong to this architecture, or were zeroed",
            ),
        )
    if torch.allclose(features, random, rtol=1e-4, atol=1e-6):
        return (
            Finding(
                "weights-not-arrived",
                "error",
                f"{name} answers exactly as it did before its weights were loaded",
                "check that the file holds this architecture's weights",
            ),
        )
    return ()
