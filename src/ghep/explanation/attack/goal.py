"""What an attack wants of the logits. In: logits (N, K). Out: a margin (N,), which is above 0 once the goal is reached.

A margin is a difference of logits. Unlike cross-entropy of probabilities, its gradient does not vanish where the model
is certain (Carlini and Wagner 2017, arXiv 1608.04644, section IV), and unlike the difference of logits ratio of
AutoAttack it is defined for two classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

LOSSES = ("soft", "margin")
"""``soft``: the log-odds of the wanted classes; ``margin``: the best wanted logit minus the best other logit."""


@dataclass(frozen=True)
class Goal:
    """The wanted classes of N photos.

    For exclusive classes, ``wanted`` is bool (N, K): the answer should be one of them. Otherwise it is float (N, K): 1
    where an output should become positive, -1 where it should become negative, 0 where it does not matter; one of them
    is enough.
    """

    wanted: torch.Tensor

    def rows(self, places: Sequence[int]) -> Goal:
        """Return the goal of some of the photos."""
        return Goal(self.wanted[list(places)])

    def margin(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the margin (N,) by which the goal is reached, in logits; negative if it is not."""
        if self.wanted.dtype != torch.bool:
            signed = (logits * self.wanted).masked_fill(self.wanted == 0, -torch.inf)
            return signed.amax(1)
        inside = logits.masked_fill(~self.wanted, -torch.inf)
        outside = logits.masked_fill(self.wanted, -torch.inf)
        return inside.amax(1) - outside.amax(1)

    def loss(self, logits: torch.Tensor, kind: str) -> torch.Tensor:
        """Return what an attack increases, (N,): see ``LOSSES``. For two classes both are the same."""
        if kind == "margin" or self.wanted.dtype != torch.bool:
            return self.margin(logits)
        inside = logits.masked_fill(~self.wanted, -torch.inf)
        outside = logits.masked_fill(self.wanted, -torch.inf)
        return inside.logsumexp(1) - outside.logsumexp(1)


def another_answer(logits: torch.Tensor, *, exclusive: bool) -> Goal:
    """Return the untargeted goal: any answer but the one that ``logits`` (N, K) give."""
    if not exclusive:
        return Goal(torch.where(logits > 0, -1.0, 1.0).to(logits.device))
    return Goal(~torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1]).bool())


def one_of(outputs: Sequence[int], logits: torch.Tensor, *, exclusive: bool) -> Goal:
    """Return the targeted goal: one of ``outputs``."""
    wanted = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device)
    wanted[:, list(outputs)] = True
    return Goal(wanted if exclusive else wanted.float())


def runner_up(logits: torch.Tensor, *, exclusive: bool) -> Goal:
    """Return the goal of the class with the second highest logit; for classes that are not exclusive, one more flip.

    Unlike "any other answer", strong noise does not reach it by chance.
    """
    if not exclusive:
        nearest = logits.abs().argmin(1, keepdim=True)
        return Goal(
            torch.zeros_like(logits).scatter_(1, nearest, torch.where(logits > 0, -1.0, 1.0).gather(1, nearest))
        )
    second = logits.topk(2, dim=1).indices[:, 1]
    return Goal(torch.nn.functional.one_hot(second, logits.shape[1]).bool())
