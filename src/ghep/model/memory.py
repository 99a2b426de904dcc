"""What to do when the memory of a device runs out: take half as many rows at once, and try again.

In: a computation and a batch. Out: its results for the parts of the batch that fit. The pass over the features, every
prediction and every training step use this (``predict.py``, ``features/frozen.py``, ``training/loop.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from ghep.data.loading.padded import Inputs
from ghep.errors import ConfigError
from ghep.types import Finding

_R = TypeVar("_R")


@dataclass
class RowsAtOnce:
    """How many rows of a batch a pass without gradients takes at once: all, until the device's memory runs out.

    The limit that was found holds for all later batches.
    """

    rows: int | None = None
    """None: all rows of a batch."""

    def run(self, compute: Callable[[Inputs], _R], inputs: Inputs, device: torch.device) -> list[_R]:
        """Return the results of ``compute`` for the parts of ``inputs``, in order: one part if all rows fit.

        Raises ConfigError if not even one row fits.
        """
        results: list[_R] = []
        first = 0
        while first < len(inputs):
            part = inputs[first : first + (self.rows or len(inputs))]
            result = _tried(compute, part)
            if result is None:
                self.rows = halved(len(part), device=device)
                continue
            results += result
            first += len(part)
        return results

    def findings(self, device: torch.device) -> tuple[Finding, ...]:
        """Return a finding with the limit, if there is one."""
        if self.rows is None:
            return ()
        return (Finding.of("pass-in-parts", "info", device=str(device), rows=self.rows),)


def _tried(compute: Callable[[Inputs], _R], inputs: Inputs) -> list[_R] | None:
    """Return the result as a list of one; None if the memory of the device ran out."""
    try:
        return [compute(inputs)]
    except torch.OutOfMemoryError:
        return None  # not here: the exception still holds the tensors of the failed pass


def halved(rows: int, *, device: torch.device, least: int = 1) -> int:
    """Return half of ``rows``, after giving the memory that PyTorch holds but does not use back to the device.

    Call it outside the ``except`` block: the exception holds the tensors of what failed. Raises ConfigError if fewer
    than ``least`` rows would be left.
    """
    if rows // 2 < least:
        raise ConfigError("device-memory-too-small", device=str(device), rows=rows)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()
    return rows // 2
