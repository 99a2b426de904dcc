from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ghep.data.sources import read
from ghep.errors import DataError


def png(value: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (value, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def place(root: Path, *names: str) -> Path:
    for at, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(at))
    return root


def labels(source: Any, task: str = "label") -> dict[str, str | None]:
    return {example.id: example.labels.get(task) for example in source.examples}


def test_flat_class_folders_nest_and_skip_clutter(tmp_path: Path) -> None:
    place(
        tmp_path,
        "cat/a.jpg",
        "cat/deep/er/b.PNG",
        "dog/noname",
        "dog/.hidden.jpg",
        "__MACOSX/cat/x.jpg",
        "cat/Thumbs.db",
    )
    (tmp_path / "dog" / "notes.txt").write_text("BMW is no bitmap")
    source = read(tmp_path)
    assert labels(source) == {"cat/a.jpg": "cat", "cat/deep/er/b.PNG": "cat", "dog/noname": "dog"}
    assert source.splits == {} and source.tasks == ("label",)
    assert [(finding.code, finding.items) for finding in source.findings] == [("not-images", ("dog/notes.txt",))]


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "dev", "testing"), ("train", "validation", "test")]
)
def test_split_folders_by_any_usual_name(names: tuple[str, str, str], tmp_path: Path) -> None:
    place(tmp_path, *(f"{name}/{label}/1.jpg" for name in names for label in "ab"))
    source = read(tmp_path)
    assert [source.splits[f"{name}/a/1.jpg"] for name in names] == ["train", "valid", "test"]


def test_folders_beside_the_splits_are_said(tmp_path: Path) -> None:
    place(tmp_path, "train/a/1.jpg", "extra/b/1.jpg", "train/loose.jpg")
    (tmp_path / "train" / "empty").mkdir()
    found = {finding.code: finding.items for finding in read(tmp_path).findings}
    assert found == {
        "empty-class-folder": ("train/empty",),
        "no-class-folder": ("train/loose.jpg",),
        "folder-ignored": ("extra",),
    }


def test_csv_with_bom_semicolons_and_windows_paths(tmp_path: Path) -> None:
    place(tmp_path, "img/1.png")
    text = "﻿file;class;split\r\nimg\\1.png;Äpfel;train\r\n"
    (tmp_path / "d.csv").write_bytes(text.encode())
    source = read(tmp_path / "d.csv")
    assert labels(source, "class") == {"img/1.png": "Äpfel"}
    assert source.examples[0].raw == tmp_path / "img/1.png" and source.splits == {"img/1.png": "train"}
    assert source.findings[0].items == ("file", "class", "split")


def test_several_label_columns_are_several_tasks(tmp_path: Path) -> None:
    (tmp_path / "d.tsv").write_text("path\tcolour\tshape\n1.png\tred\t\n2.png\t\tround\n")
    source = read(tmp_path / "d.tsv", label_columns=["colour", "shape"])
    assert [dict(example.labels) for example in source.examples] == [{"colour": "red"}, {"shape": "round"}]
    assert source.tasks == ("colour", "shape")
    with pytest.raises(DataError, match='did you mean "colour"'):
        read(tmp_path / "d.tsv", label_columns=["color"])


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"image": "1.png", "target": 3}, {"image": "2.png"}, {"image": "3.png", "target": ["a", "b"]}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert labels(read(tmp_path / "d.jsonl"), "target") == {"1.png": "3", "2.png": None, "3.png": "a|b"}


def test_imagefolder_with_metadata(tmp_path: Path) -> None:
    place(tmp_path, "train/1.png", "test/1.png")
    for split, label in (("train", "a"), ("test", "b")):
        (tmp_path / split / "metadata.csv").write_text(f"file_name,label\n1.png,{label}\n")
    source = read(tmp_path)
    assert labels(source) == {"test/1.png": "b", "train/1.png": "a"}
    assert source.splits == {"test/1.png": "test", "train/1.png": "train"}
    assert all(example.raw.is_file() for example in source.examples)


def features(names: list[str]) -> dict[str, Any]:
    return {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": names}}


def image_table(values: list[int], labels: list[int], paths: list[str | None]) -> pa.Table:
    cells = [{"bytes": png(value), "path": path} for value, path in zip(values, paths, strict=True)]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.table({"image": pa.array(cells, kind), "label": pa.array(labels, pa.int64())})


def test_hub_snapshot_names_classes_and_splits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    info = {b"huggingface": json.dumps({"info": {"features": features(["cat", "dog"])}}).encode()}
    for at, name in enumerate(("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001")):
        content = image_table([at, at + 1], [0, -1 if at else 1], [None, None]).replace_schema_metadata(info)
        pq.write_table(content, tmp_path / "data" / f"{name}.parquet")
    source = read(tmp_path)
    assert labels(source) == {
        "data/train-00000-of-00002.parquet#0": "cat",
        "data/train-00000-of-00002.parquet#1": "dog",
        "data/train-00001-of-00002.parquet#0": "cat",
        "data/train-00001-of-00002.parquet#1": None,
        "data/validation-00000-of-00001.parquet#0": "cat",
        "data/validation-00000-of-00001.parquet#1": None,
    }
    assert sorted(set(source.splits.values())) == ["train", "valid"]
    assert source.examples[0].raw == png(0)


def save_to_disk(folder: Path, content: pa.Table, names: list[str]) -> None:
    folder.mkdir(parents=True)
    with (
        pa.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as sink,
        pa.ipc.new_stream(sink, content.schema) as out,
    ):
        out.write_table(content)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features(names)}))


def test_saved_dataset_with_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        save_to_disk(tmp_path / split, image_table([1, 2], [1, 0], [f"{split}1.png", f"{split}2.png"]), ["x", "y"])
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    source = read(tmp_path)
    assert list(labels(source).values()) == ["y", "x", "y", "x"]
    assert sorted(source.splits.values()) == ["test", "test", "train", "train"]
    assert len(read(tmp_path / "train").examples) == 2


def test_saved_dataset_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    save_to_disk(tmp_path / "d", image_table([1], [0], [None]), ["x"])
    (tmp_path / "d" / "state.json").write_text('{"_data_files": [{"filename": "../../secret.arrow"}]}')
    with pytest.raises(DataError, match="not a file in this folder"):
        read(tmp_path / "d")


def test_parquet_with_numbers_and_names_takes_the_names(tmp_path: Path) -> None:
    for split in ("train", "test"):
        cells = {"image": [png(1), png(2)], "label": [0, 1], "class": ["cat", "dog"], "file": ["a", "b"]}
        pq.write_table(pa.table(cells), tmp_path / f"{split}.parquet")
    source = read(tmp_path)
    assert source.tasks == ("class",) and set(labels(source, "class").values()) == {"cat", "dog"}
    assert "train.parquet#0" in labels(source, "class")  # file names repeat between the splits
    assert read(tmp_path, label_columns=["label"]).examples[0].labels == {"label": "0"}
    assert set(labels(read(tmp_path / "test.parquet"), "class")) == {"a", "b"}


def test_reading_does_not_depend_on_the_order_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path, *(f"{label}/{at}/{at}.jpg" for label in "bac" for at in range(9)))
    expected = read(tmp_path)
    listing = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: random.sample(found := list(listing(self)), len(found)))
    assert read(tmp_path) == expected


@pytest.mark.slow
@given(
    st.binary(max_size=300),
    st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet"]),
    st.sampled_from([b"path,label\n", b"text,label\n", b"text\tlabel\n"]),
    st.sampled_from([None, "utf-8", "latin-1", "utf-16"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_source_or_a_data_error(
    tmp_path: Path, content: bytes, suffix: str, header: bytes, encoding: str | None
) -> None:
    path = tmp_path / f"fuzz{suffix}"
    path.write_bytes(content if suffix == ".parquet" else header + content)
    try:
        read(path, encoding=encoding)
    except DataError as error:
        assert error.cause and "\n" not in error.cause
