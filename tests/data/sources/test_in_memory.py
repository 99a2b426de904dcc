"""Tables in memory are read like tables from files, whatever library holds them, and none is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
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
            return np.array([cell is None or (isinstance(cell, float) and cell != cell) for cell in self.cells])

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
        ({"text": ["a b", "c d"], "label": ["x"]}, "'text' has length 2, 'label' has length 1"),
        ({"text": [], "label": []}, "no rows"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(data)


def test_fit_takes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="text_column=3"):
        ghep.fit(Frame(COLUMNS), text_column=3, out=tmp_path / "r")
    with pytest.raises(DataError, match="nonesuch"):
        ghep.fit(Frame(COLUMNS), text_column="nonesuch", label_columns=["stars"], out=tmp_path / "r")


def random_image(at: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(at).integers(0, 256, (8, 8, 3), dtype=np.uint8))


class Pairs:
    """A dataset as torchvision has them."""

    def __init__(self, rows: list[tuple[Any, Any]], classes: list[str] | None = None, transform: Any = None) -> None:
        self.rows, self.transform = rows, transform
        if classes:
            self.classes = classes

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        return self.rows[at]


@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize("make", [dict, Frame])
def test_a_column_may_hold_images_themselves(make: Any, as_array: bool) -> None:
    images = [np.asarray(random_image(at)) if as_array else random_image(at) for at in range(4)]
    found = read(make({"photo": images, "label": ["a", "b", "a", "b"]}))
    assert found.modality == "image" and all(
        one.raw is image for one, image in zip(found.examples, images, strict=True)
    )
    assert [one.id for one in found.examples] == [f"table#{at}" for at in range(4)]
    stacked = read({"photo": np.stack([np.asarray(one) for one in images]), "label": ["a", "b", "a", "b"]})
    assert all(np.array_equal(one.raw, np.asarray(image)) for one, image in zip(stacked.examples, images, strict=True))


def test_a_dataset_of_pairs_by_split_and_a_part_of_it() -> None:
    rows = [(random_image(at), np.int64(at % 3)) for at in range(12)]
    train, test = Pairs(rows, ["ant", "bee", "cat"]), Pairs(rows[:3], ["ant", "bee", "cat"])
    part = torch.utils.data.Subset(torch.utils.data.Subset(train, [1, 2, 3, 5]), torch.tensor([3, 0]))  # type: ignore[arg-type]
    found = read({"train": train, "val": part, "test": test})
    assert [one.labels["label"] for one in found.examples] == ["ant", "bee", "cat"] * 4 + [
        "cat",
        "bee",
        "ant",
        "bee",
        "cat",
    ]
    assert [found.splits[one.id] for one in found.examples] == ["train"] * 12 + ["valid"] * 2 + ["test"] * 3
    assert found.examples[12].raw is rows[5][0]
    texts = read([("a good film", "pos"), ("a bad film", "neg"), ("so so", "neg")])
    assert texts.modality == "text" and [one.labels["label"] for one in texts.examples] == ["pos", "neg", "neg"]


def test_files_of_an_image_folder_are_not_decoded(tmp_path: Path) -> None:
    from torchvision.datasets import ImageFolder

    for at in range(6):
        file = tmp_path / "data" / "ab"[at % 2] / f"{at}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        random_image(at).save(file)
    folder = ImageFolder(str(tmp_path / "data"))
    parts = {"train": [0, 1, 2, 3, 4], "test": [5]}
    found = read({name: torch.utils.data.Subset(folder, part) for name, part in parts.items()})
    assert all(isinstance(one.raw, Path) and one.raw.is_file() for one in found.examples)
    assert [one.labels["label"] for one in found.examples] == ["a"] * 3 + ["b"] * 3
    with pytest.raises(DataError, match="ImageFolder has a transform"):
        read(ImageFolder(str(tmp_path / "data"), transform=lambda image: image))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (Pairs([(torch.zeros(3, 8, 8), 0)] * 2), "the type Tensor; expected an image"),
        ({"image": torch.zeros(2, 3, 8, 8), "label": ["x", "y"]}, "'image' holds tensors"),
        ([("a text", "x"), ("b", "y", 3)], "row 2 is not a pair"),
        (Pairs([(1, "a text")] * 2), "the type int; expected an image"),
        (Pairs([("a text", np.array([0, 1]))] * 2), "row 1: the label has the type ndarray"),
        ({"val": Pairs([("a text", 0)] * 2), "test": Pairs([("a text", 0)] * 2)}, "has no train split"),
        (
            {"val": Pairs([("a text", 0)] * 2), "dev": Pairs([("a text", 0)] * 2), "train": Pairs([("b", 0)])},
            "both mean",
        ),
    ],
)
def test_pairs_that_cannot_be_are_refused(data: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(data)


def test_a_dataset_of_hugging_face(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    files = [str(tmp_path / f"{at}.png") for at in range(8)]
    for at, file in enumerate(files):
        random_image(at).save(file)
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["ant", "bee"])})
    whole = datasets.Dataset.from_dict({"image": files, "label": [0, 1] * 4}, features=features)
    found = read(whole.select([5, 0]))
    assert [one.labels["label"] for one in found.examples] == ["bee", "ant"]
    parts = read(datasets.DatasetDict({"train": whole, "test": whole.select([1]), "unsupervised": whole}))
    assert list(parts.splits.values()) == ["train"] * 8 + ["test"]
    assert [one.code for one in parts.findings if one.code == "split-ignored"]
    decoded = datasets.Dataset.from_dict(
        {"image": [random_image(at) for at in range(8)], "label": [0, 1] * 4}, features=features
    )
    assert check({"train": whole, "test": decoded}).leaks  # decoded from bytes, and the same


def test_a_frame_of_pandas(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS)
    found, expected = read(frame, **NAMED), read(COLUMNS, **NAMED)
    assert [(one.raw, one.labels) for one in found.examples] == [(one.raw, one.labels) for one in expected.examples]
    frame["image"] = [random_image(at) for at in range(40)]
    assert read(frame, path_column="image", label_columns=["stars"]).examples[3].raw == random_image(3)


def test_pandas_is_not_imported() -> None:
    code = "import sys; from ghep.data.sources import read; read({'text': ['a b', 'c d'], 'label': [0, 1]})"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'pandas' not in sys.modules"], check=True)
