"""Inner products of the tasks' gradients (the Gram matrix, T x T): the input of surgery, and of statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def gram_of(gradients: Tensor) -> Tensor:
    """Return the inner products (T, T) of ``gradients`` (T, P), float64 on the CPU."""
    return (gradients @ gradients.T).cpu().double()


@dataclass(frozen=True)
class GradientMeans:
    """Gradient statistics (cosines, conflicts, norms, affinities), averaged over the measured steps.

    The mean for a pair of tasks is over the steps in which both had a gradient; NaN if there was no such step.
    """

    tasks: tuple[str, ...]
    steps: int
    cosines: tuple[tuple[float, ...], ...]
    """(T, T), 1 on the diagonal."""
    conflicting: tuple[tuple[float, ...], ...]
    """(T, T), fraction of the steps with a negative cosine."""
    norms: tuple[float, ...]
    """(T,), norms of the weighted gradients."""
    affinity: tuple[tuple[float, ...], ...]
    """(T, T), row i, column j: what a small step along the gradient of task i does for task j. It is the relative
    decrease of the loss of j divided by that of the loss of i, to first order (Fifty et al. 2021, arXiv:2109.04617);
    1 on the diagonal."""


class GradientLog:
    """Adds up gradient statistics over steps; ``means()`` averages them. Only the norms depend on the loss weights."""

    SUMS = ("together", "cosine", "conflict", "gain", "own_gain")

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        size = len(self.tasks)
        self._steps = torch.zeros((), dtype=torch.float64)
        self._seen, self._norm = (torch.zeros(size, dtype=torch.float64) for _ in range(2))
        self._sums = {name: torch.zeros(size, size, dtype=torch.float64) for name in self.SUMS}

    def add(self, gram: Tensor, losses: Tensor, weights: Tensor, present: Tensor) -> None:
        """Add a step: ``gram`` (T, T) of the weighted gradients, ``losses`` (T,) unweighted, their ``weights`` (T,).

        ``present`` (T,) bool says which tasks had labels in the step; rows and columns of other tasks are ignored.
        """
        here = present.cpu()
        gram = torch.where(here.outer(here), gram.detach().cpu().double(), 0.0)
        norms = gram.diagonal().clamp_min(0).sqrt()
        nonzero = (norms > 0) & (losses.detach().cpu() > 0)  # else the cosine and the gain are 0 / 0
        both = nonzero.outer(nonzero)
        loss = torch.where(nonzero, (losses.detach() * weights.detach().to(losses.device)).cpu().double(), 1.0)
        gain = gram / loss  # row i, column j: relative decrease of the loss of j by a step along i
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
        """Return the means over the steps that were added so far."""
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
        """Return copies of the sums over steps, by name, for a checkpoint."""
        whole = {"steps": self._steps, "seen": self._seen, "norm": self._norm, **self._sums}
        return {name: values.clone() for name, values in whole.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore the sums from ``state``, the result of an earlier ``state()``."""
        self._steps, self._seen, self._norm = (state[name].clone() for name in ("steps", "seen", "norm"))
        self._sums = {name: state[name].clone() for name in self.SUMS}


def _unit_diagonal(values: Tensor) -> Tensor:
    """Return ``values`` (T, T) with the diagonal set to exactly 1, without rounding error; NaN on it stays NaN."""
    unknown = values.diagonal().isnan()
    values = values.clone()
    values.diagonal().copy_(torch.where(unknown, torch.nan, 1.0))
    return values


def _rows(values: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
