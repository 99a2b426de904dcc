"""The products of the tasks' gradients, G G' (T, T): all that surgery needs to know, and what it tells of the tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def gram_of(gradients: Tensor) -> Tensor:
    """Return (T, T) products of ``gradients`` (T, P), in float64 on the CPU."""
    return (gradients @ gradients.T).cpu().double()


@dataclass(frozen=True)
class GradientMeans:
    """Means over the steps that were looked at; of a pair over those in which both had a gradient, else NaN."""

    tasks: tuple[str, ...]
    steps: int
    cosines: tuple[tuple[float, ...], ...]
    """(T, T), 1 on the diagonal."""
    conflicting: tuple[tuple[float, ...], ...]
    """(T, T): share of the steps in which the cosine was below 0."""
    norms: tuple[float, ...]
    """(T,), of the gradients as they were weighted."""
    affinity: tuple[tuple[float, ...], ...]
    """(T, T), row i, column j: the share of the loss of j that a small step along the gradient of i takes off, over the
    share of its own loss that it takes off (Fifty et al. 2021, arXiv:2109.04617, to first order); 1 on the diagonal."""


class GradientLog:
    """Adds up steps; nothing of it depends on the order of the tasks in a step or on weights, but for the norms."""

    SUMS = ("together", "cosine", "conflict", "gain", "own_gain")

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        size = len(self.tasks)
        self._steps = torch.zeros((), dtype=torch.float64)
        self._seen, self._norm = (torch.zeros(size, dtype=torch.float64) for _ in range(2))
        self._sums = {name: torch.zeros(size, size, dtype=torch.float64) for name in self.SUMS}

    def add(self, gram: Tensor, losses: Tensor, weights: Tensor, present: Tensor) -> None:
        """Add a step: ``gram`` (T, T) of the weighted gradients, ``losses`` (T,) unweighted, their ``weights`` (T,).

        ``present`` (T,) bool; rows and columns of other tasks are not looked at.
        """
        here = present.cpu()
        gram = torch.where(here.outer(here), gram.detach().cpu().double(), 0.0)
        norms = gram.diagonal().clamp_min(0).sqrt()
        moving = (norms > 0) & (losses.detach().cpu() > 0)  # else the angle and the share of the loss are 0 / 0
        both = moving.outer(moving)
        loss = torch.where(moving, (losses.detach() * weights.detach().to(losses.device)).cpu().double(), 1.0)
        gain = gram / loss  # column j: what a step along i takes off j, as a share of the loss of j
        self._steps = self._steps + 1
        self._seen = self._seen + here
        self._norm = self._norm + norms
        step = {
            "together": both.double(),
            "cosine": gram / torch.where(both, norms.outer(norms), 1.0),
            "conflict": (gram < 0).double(),
            "gain": gain,
            "own_gain": gain.diagonal().unsqueeze(1).expand_as(gain),
        }
        for name, values in step.items():
            self._sums[name] = self._sums[name] + torch.where(both, values, 0.0)

    def means(self) -> GradientMeans:
        """Return what it comes to so far."""
        together = self._sums["together"]
        return GradientMeans(
            self.tasks,
            int(self._steps),
            cosines=_rows(_unit_diagonal(self._sums["cosine"] / together)),
            conflicting=_rows(self._sums["conflict"] / together),
            norms=tuple((self._norm / self._seen).tolist()),
            affinity=_rows(_unit_diagonal(self._sums["gain"] / self._sums["own_gain"])),
        )

    def state(self) -> dict[str, Tensor]:
        """Return copies of the sums."""
        whole = {"steps": self._steps, "seen": self._seen, "norm": self._norm, **self._sums}
        return {name: values.clone() for name, values in whole.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from them."""
        self._steps, self._seen, self._norm = (state[name].clone() for name in ("steps", "seen", "norm"))
        self._sums = {name: state[name].clone() for name in self.SUMS}


def _unit_diagonal(values: Tensor) -> Tensor:
    """1 on the diagonal, where it is known: exactly, and not but for rounding."""
    known = values.diagonal().isnan()
    values = values.clone()
    values.diagonal().copy_(torch.where(known, torch.nan, 1.0))
    return values


def _rows(values: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
