"""Sequences of different lengths in one tensor, filled up on the right: what a text backbone takes instead of pixels.

It answers to what the loader, the loop and the store ask of a tensor of inputs (``len``, ``to``, ``[rows]``), so they
need not know which of the two they carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import torch

Inputs: TypeAlias = "torch.Tensor | Padded"
"""What a backbone takes, at its beginning or at a boundary."""


@dataclass(frozen=True, slots=True, eq=False)
class Padded:
    """N sequences of up to L positions; what lies beyond the length of one is zero, and nobody may read it."""

    values: torch.Tensor
    """(N, L) token ids, (N, L, C) characters of words, or (N, L, H) activations."""
    lengths: torch.Tensor
    """(N,) int64, each 1 to L, on the device of ``values``."""

    @property
    def mask(self) -> torch.Tensor:
        """Return bool (N, L): where a sequence is, and where it is filled up."""
        import torch

        places = torch.arange(self.values.shape[1], device=self.values.device)
        return places < self.lengths[:, None]

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.values.device

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: Any) -> Padded:
        return Padded(self.values[rows], self.lengths[rows])

    def to(self, *args: Any, **kwargs: Any) -> Padded:
        """Move both tensors; a dtype is that of the values."""
        values = self.values.to(*args, **kwargs)
        return Padded(values, self.lengths.to(values.device))

    def float(self) -> Padded:
        """Return values as float32."""
        return Padded(self.values.float(), self.lengths)

    def half(self) -> Padded:
        """Return values as float16."""
        return Padded(self.values.half(), self.lengths)

    def cpu(self) -> Padded:
        """Return it in main memory."""
        return self.to("cpu")

    def rows(self) -> list[torch.Tensor]:
        """Return each sequence without what it is filled up with: N tensors (length, ...)."""
        return [row[:length] for row, length in zip(self.values, self.lengths.tolist(), strict=True)]

    def flatten(self, start: int = 0) -> torch.Tensor:
        """Return the values alone, their axes from ``start`` on in one."""
        return self.values.flatten(start)


def pad(sequences: Sequence[np.ndarray]) -> Padded:
    """Stack arrays (length, ...) that differ in their lengths only; integers become int64, floats float32."""
    import torch

    lengths = np.array([len(one) for one in sequences], dtype=np.int64)
    first = sequences[0]
    dtype = np.float32 if first.dtype.kind == "f" else np.int64
    values = np.zeros((len(sequences), int(lengths.max()), *first.shape[1:]), dtype=dtype)
    for row, one in zip(values, sequences, strict=True):
        row[: len(one)] = one
    return Padded(torch.from_numpy(values), torch.from_numpy(lengths))


def parts(inputs: Inputs) -> tuple[torch.Tensor, ...]:
    """Return the tensors that ``inputs`` are made of; ``whole`` puts them together again."""
    return (inputs.values, inputs.lengths) if isinstance(inputs, Padded) else (inputs,)


def whole(tensors: Sequence[torch.Tensor]) -> Inputs:
    """Return inputs made of ``parts``."""
    return Padded(*tensors) if len(tensors) == 2 else tensors[0]


def laid_out(inputs: Inputs, memory_format: torch.memory_format) -> Inputs:
    """Lay ``inputs`` out in memory; only maps (N, C, H, W) have a choice. Values do not change."""
    import torch

    if isinstance(inputs, Padded):
        return inputs
    return inputs.contiguous(memory_format=memory_format if inputs.ndim == 4 else torch.contiguous_format)


def as_rows(inputs: Inputs, dtype: str) -> list[np.ndarray]:
    """Return one array per example: maps channels last (H, W, C), sequences without what they are filled up with."""
    if isinstance(inputs, Padded):
        return [row.float().cpu().numpy().astype(dtype, copy=False) for row in inputs.rows()]
    rows = inputs.permute(0, 2, 3, 1) if inputs.ndim == 4 else inputs
    return list(rows.float().cpu().numpy().astype(dtype, copy=False))


def from_rows(rows: Sequence[np.ndarray], *, ragged: bool) -> Inputs:
    """Return float32 inputs of what ``as_rows`` gave; ``ragged``: rows (length, H) of sequences."""
    import torch

    if ragged:
        return pad([row.astype(np.float32, copy=False) for row in rows])
    batch = torch.from_numpy(np.stack(rows).astype(np.float32, copy=False))
    return batch.permute(0, 3, 1, 2) if batch.ndim == 4 else batch
