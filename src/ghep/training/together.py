"""What several tasks add to a step: how much each loss counts, and what becomes of their gradients at the trunk.

With one task there is none of this, and a step is what it always was. With several, a plain step is still one pass back
from the weighted sum. Gradients are taken apart, a pass back for each task, where surgery or GradNorm asks for it, and
in ``LOOKS`` steps of a stage to see whether tasks conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.model.transfer import TransferModel
from ghep.multitask.gram import GradientLog, gram_of
from ghep.multitask.settings import Sharing
from ghep.multitask.surgery import SURGERY
from ghep.multitask.weighting import weighting_for
from ghep.storage.text import plain
from ghep.training.moving import State
from ghep.training.objective import Losses, factors, weighted_sum
from ghep.training.optim import ParamGroup

LOOKS = 16
"""Steps of a stage in which gradients are looked at; each costs a pass back for every task instead of one."""


@dataclass(frozen=True)
class Trunk:
    """Parameters that tasks share and that move."""

    every: tuple[nn.Parameter, ...]
    last: tuple[nn.Parameter, ...]
    """Those of the last block: what GradNorm looks at (Chen et al. 2018, section 3.1)."""


def trunk_of(model: TransferModel, groups: Sequence[ParamGroup]) -> Trunk:
    """Return what of ``groups`` is no head's."""
    heads = {id(parameter) for parameter in model.heads.parameters()}
    shared = [group for group in groups if not any(id(parameter) in heads for parameter in group.params)]
    block = shared[-1].name.partition(",")[0] if shared else ""
    last = [group for group in shared if group.name.partition(",")[0] == block]
    return Trunk(*(tuple(parameter for group in some for parameter in group.params) for some in (shared, last)))


class Together:
    """The tasks of a stage under way."""

    def __init__(
        self, tasks: Sequence[str], trunk: Trunk, parameters: Sequence[nn.Parameter], sharing: Sharing, steps: int
    ) -> None:
        self.tasks, self.trunk, self.parameters = tuple(tasks), trunk, tuple(parameters)
        self.weighting = weighting_for(sharing, self.tasks)
        self.surgeon = SURGERY[sharing.surgery] if trunk.every and sharing.surgery != "none" else None
        self.log = GradientLog(self.tasks)
        self.every = max(1, steps // LOOKS)
        self.reached: set[int] = set()
        """Parameters of the trunk that some task had a gradient at, when they were last taken apart."""

    def weights(self) -> list[float]:
        """Return what each task's loss is multiplied by in the next step."""
        return [float(weight) for weight in self.weighting.weights()]

    def backward(self, losses: Losses, *, step: int, rng: np.random.Generator) -> None:
        """Leave in ``.grad`` what the step is to follow; it is ``step`` of all steps of the stage."""
        parts = [factor * loss.mean for loss, factor in zip(losses.each, factors(losses, self.weights()), strict=True)]
        means = torch.tensor([loss.mean.item() for loss in losses.each])
        present = torch.tensor([loss.rows > 0 for loss in losses.each])
        looks = bool(self.trunk.every) and step % self.every == self.every // 2
        norms = self._norms(parts) if self.weighting.wants_norms and self.trunk.last else None
        if self.surgeon is not None or looks:
            gradients = self._apart(parts)
            if looks:
                self.log.add(gram_of(gradients), means, torch.tensor(factors(losses, self.weights())), present)
            self._follow(gradients[present.to(gradients.device)], rng)
        else:
            weighted_sum(losses, self.weights()).backward()  # type: ignore[no-untyped-call]
        self.weighting.observe(means, present, norms)

    def _apart(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the gradient of each task at the trunk (T, P), weighted; those of the heads go into ``.grad``."""
        shared = {id(parameter): place for place, parameter in enumerate(self.trunk.every)}
        self.reached = set[int]()
        found = []
        for task, part in enumerate(parts):
            last = task + 1 == len(parts)
            gradients = torch.autograd.grad(part, self.parameters, retain_graph=not last, allow_unused=True)
            flat: list[torch.Tensor] = [torch.empty(0)] * len(shared)
            for parameter, gradient in zip(self.parameters, gradients, strict=True):
                if id(parameter) in shared:
                    self.reached |= set() if gradient is None else {id(parameter)}
                    there = torch.zeros_like(parameter) if gradient is None else gradient
                    flat[shared[id(parameter)]] = there.reshape(-1).float()
                elif gradient is not None:
                    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
            found.append(torch.cat(flat))
        return torch.stack(found)

    def _follow(self, gradients: torch.Tensor, rng: np.random.Generator) -> None:
        """Put the direction that follows from ``gradients``, of the tasks that are present, into the trunk's."""
        direction = gradients.sum(0) if self.surgeon is None else self.surgeon(gradients, rng)
        first = 0
        for parameter in self.trunk.every:
            # In the parameter's own order in memory: the fused step does not look at strides.
            part = direction[first : first + parameter.numel()].view(parameter.shape)
            # What no task uses has no gradient, as after one pass back: one of zeros would let it decay.
            parameter.grad = torch.empty_like(parameter).copy_(part) if id(parameter) in self.reached else None
            first += parameter.numel()

    def _norms(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the norm (T,) of each task's weighted gradient at the last shared block."""
        norms = []
        for part in parts:
            gradients = torch.autograd.grad(part, self.trunk.last, retain_graph=True, allow_unused=True)
            there = [gradient for gradient in gradients if gradient is not None]
            norms.append(torch.nn.utils.get_total_norm(there).cpu() if there else torch.zeros(()))
        return torch.stack(norms)

    def end_epoch(self) -> None:
        """Tell the weighting that an epoch is over."""
        self.weighting.end_epoch()

    def seen(self) -> dict[str, Any] | None:
        """Return what the gradients at the trunk said so far as plain values; None if none was looked at."""
        means = asdict(self.log.means())
        return plain(means) if means["steps"] else None

    def state(self) -> State:
        """Return copies of all that the next step depends on, and of what was seen."""
        parts = {"weighting": self.weighting.state(), "log": self.log.state()}
        return {f"{part}.{name}": tensor.clone() for part, state in parts.items() for name, tensor in state.items()}

    def load(self, state: State) -> None:
        """Go on from what ``state`` returned."""
        for part, owner in (("weighting", self.weighting), ("log", self.log)):
            owner.load({name.partition(".")[2]: one for name, one in state.items() if name.startswith(f"{part}.")})
