"""Several tasks in a training step: the weight of each loss, and surgery on the gradients of the shared parameters.

A single-task model uses none of this. With several tasks, a plain step is still one backward pass from the weighted sum
of the losses. A step has one backward pass per task where surgery or GradNorm needs it, and in ``MEASUREMENTS`` steps
of a stage to measure whether the tasks' gradients conflict.
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
from ghep.team import Team
from ghep.training.moving import State
from ghep.training.objective import Losses, factors, weighted_sum
from ghep.training.optim import ParamGroup

MEASUREMENTS = 16
"""Steps of a stage in which gradients are measured; each costs one backward pass per task instead of one in all."""


@dataclass(frozen=True)
class SharedParameters:
    """The trained parameters that all tasks share."""

    every: tuple[nn.Parameter, ...]
    last: tuple[nn.Parameter, ...]
    """The shared parameters of the last block: GradNorm uses the norms of their gradients (Chen et al. 2018, 3.1)."""


def shared_parameters(model: TransferModel, groups: Sequence[ParamGroup]) -> SharedParameters:
    """Return the parameters in ``groups`` that do not belong to a head."""
    heads = {id(parameter) for parameter in model.heads.parameters()}
    shared = [group for group in groups if not any(id(parameter) in heads for parameter in group.params)]
    block = shared[-1].name.partition(",")[0] if shared else ""
    last = [group for group in shared if group.name.partition(",")[0] == block]
    return SharedParameters(
        *(tuple(parameter for group in some for parameter in group.params) for some in (shared, last))
    )


class Together:
    """Loss weights, surgery and gradient statistics of T tasks, with P shared parameters, while a stage trains."""

    def __init__(
        self,
        tasks: Sequence[str],
        shared: SharedParameters,
        parameters: Sequence[nn.Parameter],
        sharing: Sharing,
        steps: int,
        team: Team | None = None,
    ) -> None:
        """``team``: processes that share each batch; each computes a part of the gradient of shared parameters."""
        self.team = team or Team()
        self.tasks, self.shared, self.parameters = tuple(tasks), shared, tuple(parameters)
        self.weighting = weighting_for(sharing, self.tasks)
        self.surgeon = SURGERY[sharing.surgery] if shared.every and sharing.surgery != "none" else None
        self.log = GradientLog(self.tasks)
        self.every = max(1, steps // MEASUREMENTS)
        self.reached: set[int] = set()
        """Ids of the shared parameters with a gradient from any task, when gradients were last computed per task."""

    def weights(self) -> list[float]:
        """Return the factor of each task's loss in the next step."""
        return [float(weight) for weight in self.weighting.weights()]

    def backward(self, losses: Losses, *, step: int, rng: np.random.Generator) -> None:
        """Set ``.grad`` of all parameters; ``step`` counts all steps of the stage."""
        parts = [factor * loss.mean for loss, factor in zip(losses.each, factors(losses, self.weights()), strict=True)]
        means = torch.tensor([loss.mean.item() for loss in losses.each])
        present = torch.tensor([loss.rows > 0 for loss in losses.each])
        measure = bool(self.shared.every) and step % self.every == self.every // 2
        norms = self._norms(parts) if self.weighting.wants_norms and self.shared.last else None
        kept = self._of_kept(losses.kept)
        if self.surgeon is not None or measure:
            gradients = self._by_task(parts)
            if measure:
                self.log.add(gram_of(gradients), means, torch.tensor(factors(losses, self.weights())), present)
            self._set_shared(gradients[present.to(gradients.device)], rng)
        else:
            weighted_sum(losses, self.weights()).backward()  # type: ignore[no-untyped-call]
            self.team.sum_all([one.grad for one in self.shared.every if one.grad is not None])
        for parameter, gradient in kept:
            if parameter.grad is None:
                parameter.grad = torch.empty_like(parameter).copy_(gradient)
            else:
                parameter.grad.add_(gradient)
        self.weighting.observe(means, present, norms)

    def _of_kept(self, kept: torch.Tensor | None) -> list[tuple[nn.Parameter, torch.Tensor]]:
        """Return (parameter, gradient of ``kept``) of the parameters that ``kept`` depends on.

        The term is no task: it is added after weighting and surgery.
        """
        if kept is None:
            return []
        gradients = torch.autograd.grad(kept, self.parameters, retain_graph=True, allow_unused=True)
        found = [(one, grad) for one, grad in zip(self.parameters, gradients, strict=True) if grad is not None]
        self.team.sum_all([gradient for _, gradient in found])
        return found

    def _by_task(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return each task's weighted gradient of the P shared parameters, (T, P); set ``.grad`` of the heads."""
        position = {id(parameter): index for index, parameter in enumerate(self.shared.every)}
        self.reached = set[int]()
        found = []
        for task, part in enumerate(parts):
            last = task + 1 == len(parts)
            gradients = torch.autograd.grad(part, self.parameters, retain_graph=not last, allow_unused=True)
            flat: list[torch.Tensor] = [torch.empty(0)] * len(position)
            for parameter, gradient in zip(self.parameters, gradients, strict=True):
                if id(parameter) in position:
                    self.reached |= set() if gradient is None else {id(parameter)}
                    known = torch.zeros_like(parameter) if gradient is None else gradient
                    flat[position[id(parameter)]] = known.reshape(-1).float()
                elif gradient is not None:
                    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
            found.append(torch.cat(flat))
        return self.team.sum(torch.stack(found))

    def _set_shared(self, gradients: torch.Tensor, rng: np.random.Generator) -> None:
        """Set ``.grad`` of the shared parameters from ``gradients`` (T, P) of the T tasks with labels in this batch."""
        direction = gradients.sum(0) if self.surgeon is None else self.surgeon(gradients, rng)
        first = 0
        for parameter in self.shared.every:
            # In the memory layout of the parameter: the fused step ignores strides.
            part = direction[first : first + parameter.numel()].view(parameter.shape)
            # A parameter that no task uses has no gradient, as after one backward pass: zeros would cause weight decay.
            parameter.grad = torch.empty_like(parameter).copy_(part) if id(parameter) in self.reached else None
            first += parameter.numel()

    def _norms(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the norm of each task's weighted gradient of the last shared block, (T,) for T tasks."""
        norms = []
        for part in parts:
            gradients = torch.autograd.grad(part, self.shared.last, retain_graph=True, allow_unused=True)
            known = [gradient for gradient in gradients if gradient is not None]
            self.team.sum_all(known)
            norms.append(torch.nn.utils.get_total_norm(known).cpu() if known else torch.zeros(()))
        return torch.stack(norms)

    def end_epoch(self) -> None:
        """Notify the weighting of the end of an epoch."""
        self.weighting.end_epoch()

    def seen(self) -> dict[str, Any] | None:
        """Return the gradient statistics so far, as plain values; None if none were measured."""
        means = asdict(self.log.means())
        return plain(means) if means["steps"] else None

    def state(self) -> State:
        """Return copies of everything the next step depends on, and of the gradient statistics."""
        parts = {"weighting": self.weighting.state(), "log": self.log.state()}
        return {f"{part}.{name}": tensor.clone() for part, state in parts.items() for name, tensor in state.items()}

    def load(self, state: State) -> None:
        """Restore the weighting and the gradient statistics from ``state``, a result of the method ``state``."""
        for part, owner in (("weighting", self.weighting), ("log", self.log)):
            owner.load({name.partition(".")[2]: one for name, one in state.items() if name.startswith(f"{part}.")})
