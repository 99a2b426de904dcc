from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ghep.storage.tensors import write_tensors


def test_tensors_of_any_layout_are_restored(tmp_path: Path) -> None:
    tensors = {
        "map": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "turned": torch.randn(3, 4).T,
        "weight": torch.nn.Parameter(torch.randn(3)),
        "count": torch.tensor(7),
        "none": torch.zeros(0, 2),
    }
    write_tensors(tmp_path / "x.safetensors", tensors)
    found = load_file(tmp_path / "x.safetensors")
    assert found.keys() == tensors.keys() and all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_a_full_disk_is_an_oserror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import safetensors.torch

    def full(*_: object, **__: object) -> None:
        raise safetensors.SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(OSError, match="No space left") as told:
        write_tensors(tmp_path / "x.safetensors", {})
    assert told.value.errno == errno.ENOSPC and told.value.filename == str(tmp_path / "x.safetensors")


def test_other_errors_of_the_library_are_unchanged(tmp_path: Path) -> None:
    shared = torch.zeros(3)
    with pytest.raises(RuntimeError, match="share memory"):
        write_tensors(tmp_path / "x.safetensors", {"a": shared, "b": shared})
