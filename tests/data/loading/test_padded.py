"""Sequences of different lengths in one tensor: nothing is lost by padding, storing or restoring."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ghep.data.loading.padded import Padded, as_rows, from_rows, laid_out, pad

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5)
TRAILING = st.sampled_from([(), (3,)])


def sequences(lengths: list[int], trailing: tuple[int, ...], dtype: type) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(1, 99, (length, *trailing)).astype(dtype) for length in lengths]


@given(LENGTHS, TRAILING, st.sampled_from([np.int16, np.int32, np.int64, np.float16, np.float32]))
def test_padding_can_be_undone(lengths: list[int], trailing: tuple[int, ...], dtype: type) -> None:
    given_ = sequences(lengths, trailing, dtype)
    padded = pad(given_)
    assert padded.values.shape == (len(lengths), max(lengths), *trailing) and len(padded) == len(lengths)
    assert padded.values.dtype == (torch.float32 if np.dtype(dtype).kind == "f" else torch.int64)
    assert padded.lengths.dtype == torch.int64 and padded.lengths.tolist() == lengths
    assert padded.mask.sum(1).tolist() == lengths and not padded.values[~padded.mask].any()
    for row, one in zip(padded.rows(), given_, strict=True):
        assert np.array_equal(row.numpy(), one)


@given(LENGTHS)
def test_rows_of_the_store_are_restored(lengths: list[int]) -> None:
    padded = pad(sequences(lengths, (3,), np.float32))
    for dtype in ("float32", "float16"):
        rows = as_rows(padded, dtype)
        assert [row.dtype for row in rows] == [np.dtype(dtype)] * len(lengths)
        again = from_rows(rows, ragged=True)
        assert isinstance(again, Padded) and torch.equal(again.values, padded.values)
        assert torch.equal(again.lengths, padded.lengths)


@pytest.mark.parametrize("shape", [(2, 5), (2, 3, 4, 6)], ids=["features", "maps"])
def test_tensors_of_one_size_are_restored(shape: tuple[int, ...]) -> None:
    values = torch.randn(shape)
    rows = as_rows(values, "float32")
    assert rows[0].shape == (shape[1:] if len(shape) == 2 else (4, 6, 3)), "maps are stored channels last"
    assert torch.equal(from_rows(rows, ragged=False), values)


def test_it_behaves_like_a_tensor_of_inputs() -> None:
    padded = pad(sequences([2, 4, 1], (3,), np.float32))
    some = padded[torch.tensor([2, 0])]
    assert some.lengths.tolist() == [1, 2] and torch.equal(some.values, padded.values[[2, 0]])
    assert padded.half().values.dtype == torch.float16 and padded.half().float().values.dtype == torch.float32
    moved = padded.to("cpu", torch.bfloat16)
    assert moved.values.dtype == torch.bfloat16 and moved.lengths.dtype == torch.int64
    assert padded.device == padded.cpu().device and padded.flatten(1).shape == (3, 12)
    assert laid_out(padded, torch.channels_last) is padded
    maps = laid_out(torch.zeros(2, 3, 4, 4), torch.channels_last)
    assert isinstance(maps, torch.Tensor) and maps.is_contiguous(memory_format=torch.channels_last)
    assert laid_out(torch.zeros(2, 3), torch.channels_last).shape == (2, 3)
