from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ghep.storage import fingerprint_arrays, sha256_bytes, sha256_file


def test_hashes_are_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc" * 100_000)
    assert sha256_file(tmp_path / "x") == sha256_bytes(b"abc" * 100_000) == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_order_and_layout_do_not_count() -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.ones(4)
    assert fingerprint_arrays({"a": a, "b": b}) == fingerprint_arrays({"b": b, "a": np.asfortranarray(a)})


@pytest.mark.parametrize(
    "other",
    [
        {"a": np.zeros(4, np.float32), "c": np.zeros(2)},
        {"a": np.zeros((2, 2), np.float32), "b": np.zeros(2)},
        {"a": np.zeros(4, np.int32), "b": np.zeros(2)},
        {"a": np.array([0, 0, 0, -0.0], np.float32), "b": np.zeros(2)},
        {"a": np.zeros(4, np.float32)},
        {"b": np.zeros(4, np.float32), "a": np.zeros(2)},
    ],
    ids=["name", "shape", "dtype", "bit", "missing", "swapped"],
)
def test_every_change_counts(other: dict[str, np.ndarray]) -> None:
    assert fingerprint_arrays({"a": np.zeros(4, np.float32), "b": np.zeros(2)}) != fingerprint_arrays(other)


@pytest.mark.parametrize(
    "array",
    [np.array(3), np.zeros((0, 3)), np.arange(6.0).reshape(2, 3), np.array(["2026-01-01"], "M8[D]"), np.ones(2, "?")],
    ids=["scalar", "empty", "matrix", "no buffer", "booleans"],
)
def test_bytes_that_are_not_copied_hash_like_those_that_are(array: np.ndarray) -> None:
    class Copied:
        shape, dtype, tobytes = array.shape, array.dtype, array.tobytes

    assert fingerprint_arrays({"": array}) == fingerprint_arrays({"": Copied()})
