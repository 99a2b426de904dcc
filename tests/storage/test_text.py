from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.errors import DataError
from ghep.storage import read_json, write_json_atomic, write_text_atomic


def read(path: Path, **more: Any) -> Any:
    return read_json(path, error=DataError, what="the labels", **more)


def test_numpy_and_nan_become_json(tmp_path: Path) -> None:
    obj = {"b": np.float32(0.5), "a": [np.int64(3), np.nan, float("inf")], "c": np.arange(2), 4: None, "d": Path("x/y")}
    write_json_atomic(tmp_path / "x.json", obj)
    text = (tmp_path / "x.json").read_text()
    assert read(tmp_path / "x.json") == {"b": 0.5, "a": [3, None, None], "c": [0, 1], "4": None, "d": "x/y"}
    assert list(json.loads(text)) == ["b", "a", "c", "4", "d"]
    assert text.startswith('{\n  "b"')
    assert text.endswith("}\n")


@pytest.mark.parametrize("obj", [{1.5: 1}, object(), {1, 2}, b"x"])
def test_types_without_json_form_are_refused(tmp_path: Path, obj: object) -> None:
    with pytest.raises(TypeError):
        write_json_atomic(tmp_path / "x.json", obj)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a": 1, "a": 2}', b"NaN", b"[Infinity]", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000],
    ids=["empty", "torn", "twice", "nan", "infinity", "binary", "deep", "digits"],
)
def test_bad_json_names_the_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "labels.json").write_bytes(data)
    with pytest.raises(DataError, match=r"the labels: .*labels\.json is not valid JSON") as caught:
        read(tmp_path / "labels.json")
    assert caught.value.remedy


def test_missing_and_large(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read(tmp_path / "x.json")
    with pytest.raises(DataError, match="cannot read"):
        read(tmp_path / "a\0b")
    (tmp_path / "x.json").write_text('"' + "x" * 100 + '"')
    assert read(tmp_path / "x.json", limit_bytes=102) == "x" * 100
    with pytest.raises(DataError, match="larger than 101 bytes"):
        read(tmp_path / "x.json", limit_bytes=101)


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
def test_a_failed_write_keeps_the_old_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_text_atomic(tmp_path / "x.txt", "old\n")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(os, name, fail)
        write_text_atomic(tmp_path / "x.txt", "new\n")
    assert (tmp_path / "x.txt").read_text() == "old\n"
    assert len(list(tmp_path.iterdir())) == 1
    write_text_atomic(tmp_path / "x.txt", "mèo\r\n")
    assert (tmp_path / "x.txt").read_bytes() == "mèo\r\n".encode()
