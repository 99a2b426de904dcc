"""Sequences of different lengths in one tensor, padded on the right: the input of a text backbone.

``Padded`` has the methods that the loader, the training loop and the store of activations call on a tensor (``len``,
``to``, ``[rows]``), so the same code works with images (a tensor) and texts (a ``Padded``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ghep.messages import text_of

if TYPE_CHECKING:
    import torch

Inputs: TypeAlias = "torch.Tensor | Padded"
"""Input of a backbone, at its beginning or at a boundary."""


@dataclass(frozen=True, slots=True, eq=False)
class Padded:
    """N sequences of up to L positions; values beyond the length of a sequence are zero and must not be used."""

    values: torch.Tensor
    """(N, L) token ids, (N, L, C) characters of words, or (N, L, H) activations."""
    lengths: torch.Tensor
    """(N,) int64, each 1 to L, on the device of ``values``."""

    @property
    def mask(self) -> torch.Tensor:
        """Return bool (N, L): True inside a sequence, False in its padding."""
        import torch

        places = torch.arange(self.values.shape[1], device=self.values.device)
        return places < self.lengths[:, None]

    @property
    def device(self) -> torch.device:
        """The device of ``values`` and ``lengths``."""
        return self.values.device

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, rows: Any) -> Padded:
        return Padded(self.values[rows], self.lengths[rows])

    def to(self, *args: Any, **kwargs: Any) -> Padded:
        """Return a copy on another device or with another dtype, which applies to the values only."""
        values = self.values.to(*args, **kwargs)
        return Padded(values, self.lengths.to(values.device, non_blocking=kwargs.get("non_blocking", False)))

    def pin_memory(self) -> Padded:
        """Return a copy in pinned memory, from which a GPU copies while the CPU continues."""
        return Padded(self.values.pin_memory(), self.lengths.pin_memory())

    def float(self) -> Padded:
        """Return a copy with float32 values."""
        return Padded(self.values.float(), self.lengths)

    def half(self) -> Padded:
        """Return a copy with float16 values."""
        return Padded(self.values.half(), self.lengths)

    def cpu(self) -> Padded:
        """Return a copy on the CPU."""
        return self.to("cpu")

    def rows(self) -> list[torch.Tensor]:
        """Return each sequence without its padding: N tensors (length, ...)."""
        return [row[:length] for row, length in zip(self.values, self.lengths.tolist(), strict=True)]

    def flatten(self, start: int = 0) -> torch.Tensor:
        """Return the values alone, with the axes from ``start`` on flattened."""
        return self.values.flatten(start)


def padded_arrays(sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return arrays (length, ...) that differ only in length as (values (N, L, ...), lengths (N,) int64), zero-padded.

    Integers become int64, floats float32.
    """
    lengths = np.array([len(one) for one in sequences], dtype=np.int64)
    first = sequences[0]
    dtype = np.float32 if first.dtype.kind == "f" else np.int64
    values = np.zeros((len(sequences), int(lengths.max()), *first.shape[1:]), dtype=dtype)
    for row, one in zip(values, sequences, strict=True):
        row[: len(one)] = one
    return values, lengths


def pad(sequences: Sequence[np.ndarray]) -> Padded:
    """Return arrays (length, ...) that differ only in length as one Padded, from ``padded_arrays``."""
    import torch

    values, lengths = padded_arrays(sequences)
    return Padded(torch.from_numpy(values), torch.from_numpy(lengths))


def parts(inputs: Inputs) -> tuple[torch.Tensor, ...]:
    """Return a tuple of the tensors in ``inputs``: one, or values and lengths of a Padded; ``whole`` is the inverse."""
    return (inputs.values, inputs.lengths) if isinstance(inputs, Padded) else (inputs,)


def whole(tensors: Sequence[torch.Tensor]) -> Inputs:
    """Return the inputs whose tensors ``parts`` returned."""
    return Padded(*tensors) if len(tensors) == 2 else tensors[0]


def padded_to(inputs: Inputs, length: int) -> Inputs:
    """Return sequences padded to at least ``length`` positions; other inputs unchanged."""
    import torch

    if not isinstance(inputs, Padded) or (missing := length - inputs.values.shape[1]) <= 0:
        return inputs
    zeros = inputs.values.new_zeros((len(inputs), missing, *inputs.values.shape[2:]))
    return Padded(torch.cat([inputs.values, zeros], dim=1), inputs.lengths)


def joined(batches: Sequence[Inputs]) -> Inputs:
    """Return several batches as one: tensors, or Padded whose values have the same length L."""
    import torch

    return whole([torch.cat(tensors) for tensors in zip(*map(parts, batches), strict=True)])


def laid_out(inputs: Inputs, memory_format: torch.memory_format) -> Inputs:
    """Return feature maps (N, C, H, W) in ``memory_format``, other inputs unchanged. Values do not change."""
    import torch

    if isinstance(inputs, Padded):
        return inputs
    return inputs.contiguous(memory_format=memory_format if inputs.ndim == 4 else torch.contiguous_format)


def on_device(inputs: Inputs, device: torch.device) -> Inputs:
    """Return ``inputs`` on ``device``. The CPU does not wait for a copy from pinned memory to a CUDA GPU."""
    return inputs.to(device, non_blocking=device.type == "cuda")


def as_rows(inputs: Inputs, dtype: str) -> list[np.ndarray]:
    """Return one array per example: feature maps with channels last (H, W, C), sequences without padding."""
    if isinstance(inputs, Padded):
        return [row.float().cpu().numpy().astype(dtype, copy=False) for row in inputs.rows()]
    rows = inputs.permute(0, 2, 3, 1) if inputs.ndim == 4 else inputs
    return list(rows.float().cpu().numpy().astype(dtype, copy=False))


def finite_rows(inputs: Inputs, dtype: str) -> list[np.ndarray]:
    """Return the arrays of ``as_rows``; raise FloatingPointError if a number is not finite in ``dtype``."""
    rows = as_rows(inputs, dtype)
    if not all(np.isfinite(row).all() for row in rows):
        raise FloatingPointError(text_of("activations-not-finite", dtype=dtype))
    return rows


def from_rows(rows: Sequence[np.ndarray], *, ragged: bool) -> Inputs:
    """Return float32 inputs from the arrays of ``as_rows``; ``ragged``: they are sequences (length, H)."""
    import torch

    if ragged:
        return pad([row.astype(np.float32, copy=False) for row in rows])
    batch = torch.from_numpy(np.stack(rows).astype(np.float32, copy=False))
    return batch.permute(0, 3, 1, 2) if batch.ndim == 4 else batch
