"""Splits from elsewhere, splits without labels, images under shortened paths, columns that divide the rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.data.sources.test_layouts import codes, counts, make, of
from tests.data.sources.test_sources import save_to_disk

from ghep.data.check import check
from ghep.data.sources import read, read_unlabelled
from ghep.errors import ConfigError, DataError
from ghep.types import LabelSet


def texts(start: int, n: int, labels: str = "ab", header: str = "text,label\n") -> str:
    return header + "".join(f"text number {at},{labels[at % len(labels)]}\n" for at in range(start, start + n))


@pytest.mark.parametrize(
    "test",
    [
        "text\nwords\nmore words\n",
        "text,label\nwords,\nmore words,\n",
        "text,label\nwords,-1\nmore words,-1\n",
        "id,text\n1,words\n2,more words\n",
    ],
)
def test_a_test_table_without_labels_is_passed_over_and_never_scored(test: str, tmp_path: Path) -> None:
    root = make(tmp_path / "data", train_csv=texts(0, 30), test_csv=test)
    source = read(root)
    assert len(source.examples) == 30 and set(source.splits.values()) == {"train"}
    assert codes(source)["unlabelled-split"] == ("test.csv",)
    assert "test is not scored on its 2 rows" in " ".join(one.message for one in source.findings)
    data = check(root).dataset
    assert data.counts["test"] > 0 and all(one.id.startswith("train.csv") for one in data.test)
    assert len(read(root, label_columns=["label"]).examples) == 30


@pytest.mark.parametrize(
    ("header", "labels", "named"),
    [
        ("sentence,sentiment\n", "ab", "sentiment"),
        ("text,gold\n", "ab", "gold"),
        ("text,category\n", "xy", "category"),
        ("text,sentiment\n", ["", ""], None),
        ("text,category\n", ["-1"], None),
        ("text,source\n", ["web", "mail"], None),
    ],
)
def test_a_test_table_with_labels_under_another_name_is_refused(
    header: str, labels: Any, named: str | None, tmp_path: Path
) -> None:
    root = make(tmp_path / "data", train_csv=texts(0, 30), test_csv=texts(100, 10, labels, header))
    if named is None:
        assert codes(read(root))["unlabelled-split"] == ("test.csv",)
        return
    with pytest.raises(DataError, match=rf"test\.csv has no column 'label', .* could be in '{named}'") as refused:
        read(root)
    assert f"rename {named!r} to 'label'" in refused.value.remedy


def test_a_test_table_with_labels_under_minus_one_is_kept_where_train_has_that_class(tmp_path: Path) -> None:
    rows = "text,label\nwords,-1\nmore words,-1\n"
    root = make(tmp_path / "data", train_csv=rows + "others,1\n", test_csv=rows)
    assert counts(read(root))["test:-1"] == 2
    with pytest.raises(DataError, match="no column 'lable'"):
        read(root, label_columns=["lable"])


def test_splits_of_saved_datasets_that_are_no_splits_are_passed_over(tmp_path: Path) -> None:
    names = ["train", "validation_matched", "validation_mismatched", "test_matched", "unsupervised"]
    root = tmp_path / "saved"
    for at, name in enumerate(names):
        labels = [0, 1] if at < 3 else [-1, -1]
        content = pa.table({"text": [f"{name} 1", f"{name} 2"], "label": pa.array(labels, pa.int64())})
        save_to_disk(root / name, content, ["neg", "pos"])
    (root / "dataset_dict.json").write_text(json.dumps({"splits": names}))
    source = read(root)
    assert counts(source) == {f"{split}:{label}": 1 for split in ("train", "valid") for label in ("neg", "pos")}
    assert codes(source)["split-ignored"] == ("validation_mismatched", "unsupervised")
    assert codes(source)["unlabelled-split"] == ("test_matched",)
    (root / "dataset_dict.json").write_text(json.dumps({"splits": ["unsupervised", "test_matched"]}))
    with pytest.raises(DataError, match=r"no train split \(found unsupervised, test_matched\)"):
        read(root)
    (root / "dataset_dict.json").write_text(json.dumps({"splits": ["validation_mismatched"]}))
    assert counts(read(root)) == {"-:neg": 1, "-:pos": 1}


def test_a_hub_snapshot_with_an_unsupervised_split_and_a_missing_shard(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("train-00000-of-00002-a09b74b3ef9c3b56", "test-00000-of-00001", "unsupervised-00000-of-00001"):
        content = pa.table({"text": [f"{name} 1", f"{name} 2"], "label": ["a", "b"]})
        pq.write_table(content, tmp_path / "data" / f"{name}.parquet")
    source = read(tmp_path)
    assert counts(source) == {f"{split}:{label}": 1 for split in ("train", "test") for label in "ab"}
    assert codes(source)["table-ignored"] == ("data/unsupervised-00000-of-00001.parquet",)
    assert codes(source)["shards-missing"] == ("data/train-00001-of-00002",)


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("is_valid", "False True False True False", "train valid train valid train"),
        ("is_valid", "0 1 0 0 1", "train valid train train valid"),
        ("is_test", "_ X _ _ x", "train test train train test"),
        ("is_valid", "0 1 NaN _ 1", "train valid train train valid"),
        ("is_train", "yes _ yes _ yes", "train test train test train"),
        ("is_test", "nan nan 1 nan nan", "train train test train train"),
        ("is_test", "0 _ 0 _ 0", "- - - - -"),
        ("is_training_image", "1 1 0 1 0", "train train test train test"),
        ("is_holdout", "0 1 0 0 1", "train test train train test"),
        ("Holdout", "False True False True False", "train test train test train"),
        ("held out", "_ x _ _ x", "train test train train test"),
        ("isTest", "0.0 1.0 0.0 0.0 1.0", "train test train train test"),
        ("IsValidation", "no yes no no yes", "train valid train train valid"),
        ("is_dev", "0 1 0 0 1", "train valid train train valid"),
        ("in_test", "0 1 0 0 1", "train test train train test"),
        ("TestSet", "0 1 0 0 1", "train test train train test"),
        ("holdout", "train holdout train train holdout", "train test train train test"),
        ("is_test", "1 2 1 1 2", "- - - - -"),
        ("Usage", "Training PublicTest PrivateTest Training Training", "train valid test train train"),
        ("split", "0 0 0 1 0", "train train train test train"),
        ("partition", "0 1 2 0 0", "train valid test train train"),
        ("set", "train val train test train", "train valid train test train"),
        ("set", "blue red blue red blue", "- - - - -"),
        ("subset", "0 1 0 1 0", "- - - - -"),
        ("valid", "0 1 0 1 0", "- - - - -"),
        ("split", "train test unsupervised train train", "train test  train train"),
    ],
)
def test_columns_that_divide_the_rows(column: str, cells: str, expected: str, tmp_path: Path) -> None:
    rows = [f"text {at},{'ab'[at % 2]},{cell}\n" for at, cell in enumerate(cells.replace("_ ", " ").split(" "))]
    root = make(tmp_path / "data", all_csv=f"text,label,{column}\n" + "".join(rows))
    source = read(root / "all.csv")
    given = {one.id: source.splits.get(one.id, "-") for one in source.examples}
    assert given == {f"all.csv#{at}": split for at, split in enumerate(expected.split(" ")) if split}
    assert source.tasks == ("label",)


def test_a_split_column_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    rows = [f"text {at},{'ab'[at % 2]},{'' if at else 'maybe'}{'yes' if at == 1 else ''}\n" for at in range(5)]
    found = read(make(tmp_path / "a", all_csv="text,label,is_test\n" + "".join(rows)) / "all.csv").findings
    said = next(one for one in found if one.code == "split-column-suspected")
    assert (said.severity, said.items) == (
        "warning",
        ("is_test",),
    ) and "'maybe' (1 row), 'yes' (1 row)" in said.message
    flags = make(tmp_path / "b", all_csv="text,label,is_test\na,x,X\nb,y,\nc,x,\n") / "all.csv"
    assert "X means test (1 row), a blank cell means train (2 rows)" in next(
        one.message for one in read(flags).findings if one.code == "split-values"
    )


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        ("is_valid,is_test", "0,0 1,0 0,1 0,0 0,0", "train valid test train train"),
        ("is_train,is_val,is_test", "1,0,0 0,1,0 0,0,1 1,0,0 0,0,1", "train valid test train test"),
        (
            "is_train,is_valid",
            "True,False False,True True,False True,False True,False",
            "train valid train train train",
        ),
        ("is_train,holdout", "1, 0,x 1, 1, 1,", "train test train train train"),
    ],
)
def test_several_columns_that_divide_the_rows_are_read_together(
    columns: str, rows: str, expected: str, tmp_path: Path
) -> None:
    lines = [f"text {at},{'ab'[at % 2]},{cells}\n" for at, cells in enumerate(rows.split(" "))]
    source = read(make(tmp_path, all_csv=f"text,label,{columns}\n" + "".join(lines)) / "all.csv")
    assert [source.splits[one.id] for one in source.examples] == expected.split(" ")
    assert codes(source)["split-values"] == tuple(columns.split(","))


def test_columns_that_put_a_row_into_two_splits_are_refused(tmp_path: Path) -> None:
    table = make(tmp_path, all_csv="text,label,is_valid,is_test\na,x,0,0\nb,y,1,1\nc,x,0,1\n") / "all.csv"
    with pytest.raises(DataError, match=r"line 3 is in two splits, by the columns 'is_valid' and 'is_test'"):
        read(table)
    named = read(table, split_column="is_test")
    assert list(named.splits.values()) == ["train", "test", "test"]


def test_rows_of_train_that_another_column_holds_out_are_reported(tmp_path: Path) -> None:
    rows = ["train,0", "train,1", "test,1", "train,0", "test,0"]
    lines = [f"text {at},{'ab'[at % 2]},{cells}\n" for at, cells in enumerate(rows)]
    table = make(tmp_path, all_csv="text,label,split,is_holdout\n" + "".join(lines)) / "all.csv"
    (said,) = [one for one in read(table).findings if one.code == "split-column-suspected"]
    assert said.severity == "warning" and said.message.startswith("one row of train is held out by the column 'is_hold")
    assert "split-column-suspected" not in codes(read(table, split_column="is_holdout", label_columns=["label"]))


def test_a_flag_that_is_the_only_label_is_no_split(tmp_path: Path) -> None:
    source = read(make(tmp_path, all_csv="text,is_valid\na,1\nb,0\n") / "all.csv")
    assert counts(source) == {"-:1": 1, "-:0": 1}
    both = make(tmp_path / "both", all_csv="text,label,is_valid\na,x,1\nb,y,0\n") / "all.csv"
    assert counts(read(both)) == {"valid:x": 1, "train:y": 1}
    assert counts(read(both, label_columns=["label"])) == {"valid:x": 1, "train:y": 1}
    assert counts(read(both, label_columns=["is_valid"])) == {"-:1": 1, "-:0": 1}


def test_rows_of_test_without_labels_are_left_out_and_never_scored(tmp_path: Path) -> None:
    rows = [
        f"text number {at},{'ab'[at % 2] if at < 40 else ''},{'train' if at < 40 else 'test'}\n" for at in range(50)
    ]
    report = check(make(tmp_path, all_csv="text,label,split\n" + "".join(rows)) / "all.csv")
    assert len(report.dataset) == 40 and all(one.labels for one in report.dataset.test)
    assert next(len(one.items) for one in report.findings if one.code == "unlabelled") == 10


def test_zeros_and_ones_that_could_mean_either_are_asked_about(tmp_path: Path) -> None:
    root = make(tmp_path / "d", all_csv="text,label,split\na,x,1\nb,y,1\nc,x,0\n", folds_csv="text,label,fold\na,x,3\n")
    with pytest.raises(DataError, match=r"has 0 \(1 rows\) and 1 \(2 rows\): which is train\?"):
        read(root / "all.csv")
    with pytest.raises(DataError, match="line 2: '3' is not a split"):
        read(root / "folds.csv", split_column="fold")


def test_the_test_option_adds_a_table_with_the_columns_of_data(tmp_path: Path) -> None:
    header = "title,body,topic,label\n"
    rows = [f"t{at},body {at},{'xy'[at % 2]},{'ab'[at % 2]}\n" for at in range(40)]
    make(tmp_path, reviews_csv=header + "".join(rows[:20]), new_csv=header + "".join(rows[20:30]))
    make(tmp_path / "other", reviews_csv=header + "".join(rows[30:]))
    other, options = str(tmp_path / "other/reviews.csv"), {"text_column": "title", "label_columns": ["topic"]}
    source = read(tmp_path / "reviews.csv", test=other, valid=str(tmp_path / "new.csv"), **options)  # type: ignore[arg-type]
    assert counts(source) == {
        f"{split}:{label}": n for split, n in (("train", 10), ("valid", 5), ("test", 5)) for label in "xy"
    }
    raws = {one.id: one.raw for one in source.examples}
    assert len(raws) == 40 and raws["reviews.csv#0"] == "t0" and raws["test/reviews.csv#0"] == "t30"
    data = check(tmp_path / "reviews.csv", test=other, **options).dataset  # type: ignore[arg-type]
    assert data.counts == {"train": 16, "valid": 4, "test": 10}
    chosen = read(tmp_path / "reviews.csv", test=other, label_columns=["label"])
    assert {one.raw[:4] for one in chosen.examples} == {"body"}


def test_the_test_option_adds_folders_and_takes_only_the_test_split_of_a_data_set(tmp_path: Path) -> None:
    photos = make(tmp_path / "photos", "a/*.jpg", "b/*.jpg")
    more = make(tmp_path / "more", "a/*.jpg", "b/*.jpg")
    source = read(photos, test=str(more))
    assert counts(source) == of("train test")
    assert [one.id for one in source.examples][6:8] == ["test/a/0.jpg", "test/a/1.jpg"]
    assert source.examples[6].raw == more / "a/0.jpg"
    (more / "b" / "notes.md").write_text("seen")
    said = read(photos, test=str(more)).findings
    assert [one.message for one in said] == [f"--test {more}: one file is no image and was ignored"]
    whole = make(tmp_path / "whole", *(f"{split}/{kind}/*.jpg" for split in ("train", "test") for kind in "ab"))
    assert counts(read(photos, test=str(whole))) == of("train test")
    table = make(tmp_path / "table", "x/*.jpg", all_csv="file,kind\nx/0.jpg,a\nx/1.jpg,b\n") / "all.csv"
    assert counts(read(photos, test=str(table))) == {**of("train"), "test:a": 1, "test:b": 1}
    assert counts(read(table, test=str(more))) == {"train:a": 1, "train:b": 1, **of("test")}
    nested = make(tmp_path / "nested", "train/a/*.jpg", "train/b/*.jpg", "train/b/test/c/*.jpg")
    assert len({one.id for one in read(nested, test=str(more), layout="splits").examples}) == 15


def test_sets_of_labels_stay_sets_in_the_test_option(tmp_path: Path) -> None:
    make(tmp_path, all_csv="text,label\na,x|y\nb,x\nc,y\n", more_csv="text,label\nd,x\n")
    source = read(tmp_path / "all.csv", test=str(tmp_path / "more.csv"))
    assert all(isinstance(one.labels["label"], LabelSet) for one in source.examples)


def test_what_the_test_option_refuses(tmp_path: Path) -> None:
    photos = make(tmp_path / "photos", "train/a/*.jpg", "train/b/*.jpg", "test/a/*.jpg")
    make(tmp_path, all_csv=texts(0, 9), bare_csv="text\na\n", named_csv="text,label,split\na,b,train\n")
    wrong: list[tuple[Any, Any, str]] = [
        (photos, photos / "train", r"already has a test split \(3 examples\)"),
        (photos / "train", tmp_path / "all.csv", "holds texts, .* images"),
        (tmp_path / "all.csv", tmp_path / "bare.csv", "bare.csv has no column 'label'"),
        (tmp_path / "all.csv", tmp_path / "named.csv", r"its own splits \(train\), but not test"),
        (tmp_path / "all.csv", tmp_path / "nothing.csv", "there is nothing at"),
    ]
    for data, test, cause in wrong:
        with pytest.raises(DataError, match=cause):
            read(data, test=str(test))
    with pytest.raises(ConfigError, match="--test"):
        check({"x": photos, "y": photos / "train"}, test=str(photos))


def test_images_that_a_table_names_without_folder_or_ending(tmp_path: Path) -> None:
    dogs = make(tmp_path / "dogs", "train/x*.jpg", "test/y*.jpg")
    (dogs / "labels.csv").write_text("id,breed\n" + "".join(f"x{at},{'pug' if at else 'husky'}\n" for at in range(3)))
    (dogs / "sample_submission.csv").write_text("id,pug,husky\ny0,0.5,0.5\n")
    with pytest.raises(DataError) as refused:
        read(dogs)
    assert refused.value.remedy.endswith("--path-column id --image-dir train --suffix .jpg")
    options: Any = {"path_column": "id", "image_dir": "train", "suffix": ".jpg"}
    assert counts(read(dogs, **options)) == counts(read(dogs, **{**options, "suffix": "jpg"}))
    for data in (dogs, dogs / "labels.csv"):
        source = read(data, **options)
        assert counts(source) == {"-:husky": 1, "-:pug": 2}
        assert [one.id for one in source.examples] == [f"train/x{at}.jpg" for at in range(3)]
        assert all(one.raw.is_file() for one in source.examples)
    (dogs / "named.csv").write_text("image,breed\nx0.jpg,pug\nx1.jpg,husky\n")
    with pytest.raises(DataError, match=r"none of 2 images that named\.csv names exists") as refused:
        read(dogs / "named.csv")
    assert refused.value.remedy.endswith("read them with --path-column image --image-dir train")
    asked: Any = {"path_column": "id", "image_dir": ["test"], "suffix": ".jpg"}
    rows = read_unlabelled(dogs / "sample_submission.csv", "image", **asked)
    assert rows and rows[0].raw.is_file()


def test_a_held_out_row_of_several_classes_is_unknown_where_each_training_row_has_one(tmp_path: Path) -> None:
    make(tmp_path, train_csv=texts(0, 40), test_csv=texts(100, 20) + "two classes,b|a\nstill one class,|a\n")
    report = check(tmp_path / "train.csv", test=tmp_path / "test.csv")
    finding = next(one for one in report.findings if one.code == "labels-not-in-train")
    assert [item.split(": ", 1)[1] for item in finding.items] == ["labels in test that train lacks: 'b|a'"]
    assert report.dataset.counts["test"] == 21 and not report.dataset.multi_label
    assert {type(label) for one in report.dataset.test for label in one.labels.values()} == {str}


def test_several_image_folders_and_those_of_one_split(tmp_path: Path) -> None:
    scans = make(tmp_path / "scans", "part_1/a*.jpg", "part_2/b*.jpg")
    (scans / "meta.csv").write_text(
        "image_id,dx\n" + "".join(f"{kind}{at},{kind}\n" for kind in "ab" for at in range(3))
    )
    with pytest.raises(DataError) as refused:
        read(scans)
    assert refused.value.remedy.endswith("--path-column image_id --image-dir part_1 --image-dir part_2 --suffix .jpg")
    options: Any = {"path_column": "image_id", "image_dir": ["part_1", str(scans / "part_2")], "suffix": ".jpg"}
    source = read(scans / "meta.csv", **options)
    assert counts(source) == of("-") and all(one.raw.is_file() for one in source.examples)
    eyes = make(tmp_path / "eyes", "train_images/*.png", "test_images/*.png")
    for split in ("train", "test"):
        (eyes / f"{split}.csv").write_text("id_code,diagnosis\n0,mild\n1,none\n")
    options = {"path_column": "id_code", "image_dir": ["train_images", "test_images"], "suffix": ".png"}
    assert [one.id for one in read(eyes, **options).examples] == [
        *("test_images/0.png", "test_images/1.png", "train_images/0.png", "train_images/1.png")
    ]
    with pytest.raises(DataError, match=r"0.png is in .*train_images and in .*test_images"):
        read(eyes / "train.csv", **options)
    with pytest.raises(DataError, match=r"there is no folder .*nowhere"):
        read(eyes, image_dir="nowhere", path_column="id_code")
    with pytest.raises(DataError, match="is a table of texts: --image-dir and --suffix"):
        read(make(tmp_path / "t", all_csv=texts(0, 4)) / "all.csv", suffix=".jpg")


@pytest.mark.parametrize(
    ("start", "folder"),
    [
        ("C:\\data\\train\\", "img/a"),
        ("/content/drive/My Drive/project/img/", "."),
        ("/content/drive/My Drive/img/", "."),
        ("../input/img/", "."),
    ],
)
def test_paths_from_another_machine_are_found_in_image_dir(start: str, folder: str, tmp_path: Path) -> None:
    below = "" if folder == "img/a" else "a/"
    names = [f"{kind}{at}.png" for kind in ("cat", "dog") for at in range(4)]
    root = make(tmp_path / "data", *(f"img/a/{name}" for name in names))
    (root / "all.csv").write_text("path,label\n" + "".join(f"{start}{below}{name},{name[:3]}\n" for name in names))
    with pytest.raises(DataError, match=r"none of 8 images that all.csv names exists") as caught:
        read(root / "all.csv")
    assert caught.value.remedy.endswith(f"read them with --path-column path --image-dir {folder}")
    source = read(root / "all.csv", path_column="path", image_dir=folder)
    assert [Path(one.raw).resolve() for one in source.examples] == [root / "img/a" / name for name in names]
    assert "paths-shortened" in codes(source)


def test_paths_that_are_nowhere_name_the_part_that_is_missing(tmp_path: Path) -> None:
    rows = "".join(f"{tmp_path}/nowhere/{kind}/{at}.png,{kind}\n" for kind in "ab" for at in range(4))
    root = make(tmp_path / "data", "b/1.png", all_csv="path,label\n" + rows)
    with pytest.raises(DataError) as caught:
        check(root / "all.csv")
    assert f"there is no {tmp_path}/nowhere: " in caught.value.remedy and "--image-dir DIR" in caught.value.remedy
    make(tmp_path / "flat", *(f"{at}.png" for at in range(4)))
    flat = tmp_path / "flat" / "all.csv"
    flat.write_text("path,label\n" + rows)
    with pytest.raises(DataError, match="listed 2 times"):
        read(flat, path_column="path", image_dir=".")
