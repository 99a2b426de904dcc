"""Parts of a Parquet file give the examples that the whole file gives, with the same names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.sources import read_as_trained
from ghep.data.sources.parts import Listed, parquet_rows
from ghep.errors import DataError
from ghep.types import Example, Modality

N = 23


def written(path: Path, columns: dict[str, Any], group: int = 5) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


@pytest.mark.parametrize(
    ("modality", "columns"),
    [
        ("text", {"text": [f"text {row}" for row in range(N)], "label": ["a"] * N}),
        ("text", {"id": [f"id-{row}" for row in range(N)], "text": [f"text {row}" for row in range(N)]}),
        ("text", {"id": [f"id-{row // 2}" for row in range(N)], "text": [f"text {row}" for row in range(N)]}),
        ("image", {"image": [f"{row}.png" for row in range(N)], "label": ["a"] * N}),
        ("image", {"image": [{"bytes": bytes([row]), "path": None} for row in range(N)]}),
        ("image", {"image": [{"bytes": bytes([row]), "path": f"{row}.png"} for row in range(N)]}),
        (
            "image",
            {"img": [b"\x89PNG" + bytes([row]) for row in range(N)], "file_name": [f"{row}.png" for row in range(N)]},
        ),
    ],
)
def test_parts_together_are_the_whole_file(modality: Modality, columns: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path / "data.parquet", columns)
    whole = read_as_trained(path, modality, {})
    assert whole is not None and len(whole[0]) == N
    rows, findings = parquet_rows(path, modality, {})
    assert len(rows) == N and findings == whole[1]
    for size in (1, 4, 7, N):
        parts = [rows.part(start, start + size) for start in range(0, N, size)]
        assert [example for part in parts for example in part.examples()] == whole[0]
    assert rows.part(3, 9).part(2, 4).examples() == whole[0][5:7]


def test_the_column_is_that_of_the_training(tmp_path: Path) -> None:
    path = written(tmp_path / "data.parquet", {"a": ["x"] * N, "b": ["y"] * N, "text": ["z"] * N})
    rows, _ = parquet_rows(path, "text", {"text_column": "b"})
    assert rows.columns == ("b",) and rows.part(8, 9).examples() == [Example("data.parquet#8", "y")]
    asked, findings = parquet_rows(path, "text", {"text_column": "b"}, text_column="a")
    assert asked.examples()[0].raw == "x" and [one.code for one in findings] == ["other-column"]


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match=r"data\.parquet"):
        parquet_rows(path, "text", {})
    rows, _ = parquet_rows(written(path, {"text": ["a"] * N}), "text", {})
    before = rows.identity()
    os.utime(path, (0, 0))
    assert rows.identity() != before  # a file that was written again is other data


def test_listed_examples_get_absolute_paths_and_an_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"1")
    listed = Listed((Example("a.png", Path("a.png")), Example("b", b"2"), Example("c", "text")))
    assert [one.raw for one in listed.absolute().examples()] == [tmp_path / "a.png", b"2", "text"]
    assert listed.part(1, 3).examples() == listed.examples()[1:]
    before = listed.identity()
    (tmp_path / "a.png").write_bytes(b"12")
    changed = listed.identity()
    assert before[0] != changed[0] and before[1:] == changed[1:]
