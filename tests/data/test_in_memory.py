"""Tables in memory are read like tables from files, whatever library holds them, and none is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

import ghep
from ghep.data.check import check
from ghep.data.sources import read
from ghep.data.sources.tasks import source_from
from ghep.errors import ConfigError, DataError

COLUMNS = {
    "review": [f"review number {at}" for at in range(40)],
    "stars": [at % 2 for at in range(40)],
    "part": ["train"] * 30 + ["test"] * 10,
}
NAMED = {"text_column": "review", "label_columns": ["stars"], "split_column": "part"}


class Frame:
    """A data frame as pandas has it, as far as it is asked."""

    class Series:
        def __init__(self, cells: list[Any]) -> None:
            self.cells = cells

        def isna(self) -> np.ndarray:
            return np.array([cell is None or cell != cell for cell in self.cells])

        def tolist(self) -> list[Any]:
            return self.cells

        def __iter__(self) -> Any:
            raise AssertionError("asked for numpy scalars")

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.held = columns
        self.columns = np.array(list(columns))

    def __getitem__(self, name: str) -> Frame.Series:
        return Frame.Series(self.held[name])

    def __eq__(self, other: object) -> Any:
        raise ValueError("The truth value of a DataFrame is ambiguous")

    __hash__ = None  # type: ignore[assignment]


def as_file(tmp_path: Path) -> Path:
    rows = ["review,stars,part", *(",".join(map(str, row)) for row in zip(*COLUMNS.values(), strict=True))]
    file = tmp_path / "table.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


@pytest.mark.parametrize("make", [dict, Frame, pa.table], ids=["dict", "frame", "arrow"])
def test_it_is_read_as_the_same_table_from_a_file(make: Any, tmp_path: Path) -> None:
    found, expected = source_from(make(COLUMNS), **NAMED), read(as_file(tmp_path), **NAMED)
    assert [(one.raw, one.labels) for one in found.examples] == [(one.raw, one.labels) for one in expected.examples]
    assert list(found.splits.values()) == list(expected.splits.values())
    assert (found.modality, found.tasks, found.name) == ("text", ("stars",), "table")
    assert check(make(COLUMNS), **NAMED).dataset.counts["test"] == 10


def test_missing_cells_paths_and_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for at in range(4):
        Image.new("RGB", (8, 8), (at * 60, 0, 0)).save(f"{at}.png")
    labels = np.array(["a", "b", "a", "b"])
    found = read({"file": [tmp_path / "0.png", Path("1.png"), "2.png", "3.png"], "label": labels})
    assert [one.raw.resolve() for one in found.examples] == [tmp_path / f"{at}.png" for at in range(4)]
    gaps = read(Frame({"text": ["x one", "y two", "z three"], "label": ["a", None, float("nan")]}))
    assert [dict(one.labels) for one in gaps.examples] == [{"label": "a"}, {}, {}]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": ["a b", "c d"], "label": ["x"]}, "'text' has 2, 'label' has 1"),
        ({"image": [Image.new("RGB", (4, 4))] * 2, "label": ["x", "y"]}, "'image' holds images"),
        ({"image": [np.zeros((4, 4, 3))] * 2, "label": ["x", "y"]}, "'image' holds images"),
        ({"text": [], "label": []}, "no rows"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(data)


def test_fit_takes_it_and_compare_says_why_not(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="text_column=3"):
        ghep.fit(Frame(COLUMNS), text_column=3, out=tmp_path / "r")
    with pytest.raises(DataError, match="nonesuch"):
        ghep.fit(Frame(COLUMNS), text_column="nonesuch", label_columns=["stars"], out=tmp_path / "r")
    with pytest.raises(ConfigError, match="save the table to a file"):
        ghep.compare(COLUMNS, out=tmp_path / "c")


def test_pandas_is_not_imported() -> None:
    code = "import sys; from ghep.data.sources import read; read({'text': ['a b', 'c d'], 'label': [0, 1]})"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'pandas' not in sys.modules"], check=True)
