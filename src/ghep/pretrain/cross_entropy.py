"""The cross-entropy of predicted tokens, computed from their states in groups of a fixed size.

The logits of a thousand places over a vocabulary of 30,000 take 120 MB, several times over. How many places are
predicted differs from step to step, and an allocator that serves ever other sizes of that magnitude keeps more and
more memory: 15 GB after 20 minutes of a small BERT. Groups of one size reuse each other's memory.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional

GROUP = 256
"""Places of a group, on a CPU; other devices have allocators of their own."""


def cross_entropy(
    logits: Callable[[torch.Tensor], torch.Tensor], states: torch.Tensor, wanted: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy (M,) float32 of the ids ``wanted`` (M,); ``logits`` maps states (M, H) to (M, V).

    The last group is filled up with places whose loss is left out.
    """
    count = len(wanted)
    if states.device.type != "cpu" or count <= GROUP:
        return functional.cross_entropy(logits(states).float(), wanted, reduction="none")
    filled = torch.arange(count + -count % GROUP).clamp_(max=count - 1)
    groups = zip(torch.split(states[filled], GROUP), torch.split(wanted[filled], GROUP), strict=True)
    nats = [functional.cross_entropy(logits(some).float(), ids, reduction="none") for some, ids in groups]
    return torch.cat(nats)[:count]
