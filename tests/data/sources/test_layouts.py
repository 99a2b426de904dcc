"""The layouts that data sets are published in: what is read from each, or how it is refused."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.data.sources.test_sources import png

from ghep.cli.predict import examples
from ghep.data.sources import read
from ghep.data.sources.folders.class_folders import images_in
from ghep.data.sources.folders.split_names import leftovers, odd_classes, only_numbered, split_of, splits_among
from ghep.errors import ConfigError, DataError


def make(root: Path, *names: str, **tables: str) -> Path:
    """Write three files for each name with a ``*``, one for others: images, texts, and tables by ``name_csv="..."``."""
    at = 0
    for name in names:
        for number in range(3 if "*" in name else 1):
            path = root / name.replace("*", str(number))
            path.parent.mkdir(parents=True, exist_ok=True)
            at += 1
            path.write_bytes(png(at) if path.suffix in (".jpg", ".png") else f"text {at}\n".encode())
    for name, text in tables.items():
        root.mkdir(parents=True, exist_ok=True)
        (root / name.replace("_csv", ".csv").replace("_jsonl", ".jsonl")).write_text(text)
    return root


def counts(source: Any) -> dict[str, int]:
    """Return how many examples there are by ``split:label``."""
    return dict(Counter(f"{source.splits.get(one.id, '-')}:{'/'.join(one.labels.values())}" for one in source.examples))


def codes(source: Any) -> dict[str, tuple[str, ...]]:
    return {finding.code: finding.items for finding in source.findings}


def of(splits: str, labels: str = "a b") -> dict[str, int]:
    return {f"{split}:{label}": 3 for split in splits.split() for label in labels.split()}


PREDICTED = "file,label\ntrain/a/0.jpg,b\ntrain/b/0.jpg,a\n"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *((name, "train") for name in ("train", "Training", "TRAIN", "training_set", "train2017", "images_train")),
        *((name, "train") for name in ("TrainSet", "trainset", "01_train", "Training Data", "trainval", "train (1)")),
        *((name, "valid") for name in ("val", "Valid", "dev", "validation_matched", "PublicTest", "val-images")),
        *((name, "test") for name in ("test1", "Test_Images", "testset", "testing", "PrivateTest", "test_224")),
        *((name, None) for name in ("trainers", "testudo", "valley", "device", "training_wheels", "test_tube")),
        *((name, None) for name in ("validation_mismatched", "unsupervised", "train_labels", "", "1", "contest")),
    ],
)
def test_names_of_splits(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_names_that_are_splits_only_together() -> None:
    assert splits_among(["seg_train", "seg_test", "seg_pred"]) == {"seg_train": "train", "seg_test": "test"}
    assert splits_among(["test_tube", "train_station", "train_blue", "train_red"]) == {}
    assert splits_among(["training", "validation", "evaluation"])["evaluation"] == "test"
    assert splits_among(["train", "eval", "test"])["eval"] == "valid"
    assert only_numbered(["images_001", "images_002"]) and not only_numbered(["c0", "c1"])
    assert not only_numbered(["1", "2"]) and only_numbered(["HAM_part_1", "HAM_part_2"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("cat dog augmented", "augmented"),
        ("cat dog backup_2023 heatmaps tmp thumbnails", "backup_2023 heatmaps tmp thumbnails"),
        ("cat dog old crops output results runs", "old crops output results runs"),
        ("cat checkpoints", "checkpoints"),
        ("cat,dog,New folder,New folder (2),Untitled Folder", "New folder,New folder (2),Untitled Folder"),
        (
            "cat,dog,copy of cat,Cat - Copy,dog copy (2),dog_backup,cat (1)",
            "copy of cat,Cat - Copy,dog copy (2),dog_backup,cat (1)",
        ),
        *((names, "") for names in ("old young", "old young adult", "old new cat", "person background", "tmp backup")),
        *(
            (names, "")
            for names in ("original augmented", "original fake edited", "crops weeds soil", "input output label")
        ),
        *(
            (names, "")
            for names in ("background methods results", "cat Cat dog", "photo photocopy", "glass trash paper")
        ),
        *((f"cat,dog,{name}", name) for name in ("#recycle", "node_modules", "_gsdata_", "venv", "wandb", "mlruns")),
        *((f"cat,dog,{name}", name) for name in ("previews", "_unsorted", "to_review", "à trier", "未分类", "à trier")),
        *((names, "") for names in ("recycle,trash,compost", "reviews,previews,news", "sorted,unsorted,mixed")),
        *((names, "") for names in ("approved,rejected,to_review", "cat,unsorted", "forest,tree,branch")),
        *((names, "") for names in ("carbon copy,letter", "room (1),room (2)", "cat,backup singer,dog")),
    ],
)
def test_folders_left_behind_among_classes(names: str, expected: str) -> None:
    split = "," if "," in names else " "
    assert leftovers(names.split(split)) == set(expected.split(split)) - {""}


@pytest.mark.parametrize("name", ["cache", "logs", "misc", "duplicates", "TODO"])
@pytest.mark.parametrize("start", ["", "train/"])
def test_a_class_with_an_odd_name_is_a_warning(name: str, start: str, tmp_path: Path) -> None:
    files = [f"{start}{label}/*.jpg" for label in ("a", "b", name)]
    files += [f"test/{label}/*.jpg" for label in ("a", "b", name) if start]
    source = read(make(tmp_path, *files))
    (said,) = [one for one in source.findings if one.code == "class-name-odd"]
    assert said.severity == "warning" and said.items == (name,) and f"--exclude {name}" in said.remedy
    assert f"'{name}' is taken as a class, like a, b" in said.message
    assert {label for one in source.examples for label in one.labels.values()} == {"a", "b", name}


@pytest.mark.parametrize(
    "names",
    [
        *(
            "logs branches leaves",
            "misc tools",
            "todo done",
            "cache no_cache",
            "todo doing done",
            "cache no_cache other",
        ),
        *("unique duplicates near", "cat dog catalog", "blogs news logsheet", "duplicates related unrelated"),
    ],
)
def test_healthy_classes_have_no_odd_names(names: str) -> None:
    assert odd_classes(names.split()) == [] and leftovers(names.split()) == set()


@pytest.mark.parametrize(
    ("files", "tables", "expected", "said"),
    [
        pytest.param(
            ["train/a/*.jpg", "train/b/*.jpg", "valid/a/*.jpg", "valid/b/*.jpg"],
            {"train_predictions_csv": PREDICTED},
            of("train valid"),
            {"table-ignored": ("train_predictions.csv",)},
            id="predictions alongside split folders",
        ),
        pytest.param(
            ["a/*.jpg", "b/*.jpg"],
            {"test_csv": "file,label\na/0.jpg,b\nb/0.jpg,a\n"},
            of("-"),
            {"table-ignored": ("test.csv",)},
            id="only a table of test alongside class folders",
        ),
        pytest.param(
            ["ants/*.jpg", "bees/*.jpg"],
            {"train_csv": "file,label\nants/0.jpg,ant\nbees/0.jpg,bee\n", "test_csv": "file,label\nants/1.jpg,ant\n"},
            {"train:ant": 1, "train:bee": 1, "test:ant": 1},
            {"columns-chosen": ("file", "label")},
            id="tables that divide class folders",
        ),
        pytest.param(
            ["Train/0/*.png", "Train/1/*.png", "Test/*.png"],
            {
                "Train_csv": "ClassId,Path\n"
                + "".join(f"{kind},Train/{kind}/{at}.png\n" for kind in "01" for at in range(3)),
                "Test_csv": "ClassId,Path\n0,Test/0.png\n1,Test/1.png\n",
            },
            {"train:0": 3, "train:1": 3, "test:0": 1, "test:1": 1},
            {"columns-chosen": ("Path", "ClassId")},
            id="GTSRB: tables and folders agree",
        ),
        pytest.param(
            [],
            {"sst_train_csv": "text,label\na,b\nc,d\n", "sst_test_csv": "text,label\ne,b\nf,d\n"},
            {"train:b": 1, "train:d": 1, "test:b": 1, "test:d": 1},
            {"columns-chosen": ("text", "label")},
            id="tables that are splits together",
        ),
        pytest.param(
            [],
            {"train_csv": "text,label\na,b\nc,d\n", "train_predictions_csv": "text,label\na,q\nc,q\n"},
            {"train:b": 1, "train:d": 1},
            {"columns-chosen": ("text", "label"), "table-ignored": ("train_predictions.csv",)},
            id="train.csv with a table that shares its prefix",
        ),
        pytest.param(
            ["docs/*.txt", "figures/*.png", "assets/*.png"],
            {"train_csv": "text,label\na,b\nc,d\n"},
            {"train:b": 1, "train:d": 1},
            {"columns-chosen": ("text", "label")},
            id="a repository with a table of texts",
        ),
        pytest.param(
            [f"seg_{split}/seg_{split}/{kind}/*.jpg" for split in ("train", "test") for kind in "ab"]
            + ["seg_pred/seg_pred/*.jpg"],
            {},
            of("train test"),
            {"folder-ignored": ("seg_pred",)},
            id="Intel: a prefix, and every folder twice",
        ),
        pytest.param(
            [f"{split}/{kind}/*.jpg" for split in ("training_set", "test_set") for kind in "ab"],
            {},
            of("train test"),
            {},
            id="training_set",
        ),
        pytest.param(
            [f"{split}/{kind}/*.jpg" for split in ("training", "validation", "evaluation") for kind in "ab"],
            {},
            of("train valid test"),
            {},
            id="Food-11",
        ),
        pytest.param(
            [f"{kind}/*.jpg" for kind in ("trainers", "testudo", "valley", "test_tube", "train_station")],
            {},
            of("-", "trainers testudo valley test_tube train_station"),
            {},
            id="classes that begin with words for splits",
        ),
        pytest.param(
            [f"{kind}/*.jpg" for kind in ("bus", "train")],
            {},
            of("-", "bus train"),
            {"class-named-as-split": ("train",)},
            id="train, the vehicle",
        ),
        pytest.param(
            [f"{split}/{kind}/*.jpg" for split in ("train", "val") for kind in ("bus", "train")],
            {},
            of("train valid", "bus train"),
            {},
            id="train, the vehicle, in splits",
        ),
        pytest.param(
            ["train/pos/*.txt", "train/neg/*.txt", "train/unsup/*.txt", "test/pos/*.txt", "test/neg/*.txt"],
            {},
            of("train test", "neg pos"),
            {"unlabelled-folder": tuple(f"train/unsup/{at}.txt" for at in range(3))},
            id="IMDb",
        ),
        pytest.param(
            ["train/a/*.jpg", "train/b/*.jpg", "test/*.jpg"],
            {"sample_submission_csv": "file,species\n"},
            of("train"),
            {
                "unlabelled-folder": tuple(f"test/{at}.jpg" for at in range(3)),
                "table-ignored": ("sample_submission.csv",),
            },
            id="a competition: test without classes",
        ),
        pytest.param(
            ["train/a/*.jpg", "train/b/*.jpg", "test/unknown/*.jpg"],
            {},
            of("train"),
            {"unlabelled-folder": tuple(f"test/unknown/{at}.jpg" for at in range(3))},
            id="Keras: test/unknown",
        ),
        pytest.param(
            [f"{kind}/{part}/*.png" for kind in ("covid", "normal") for part in ("images", "masks")],
            {},
            of("-", "covid normal"),
            {"annotations-ignored": tuple(f"{kind}/masks/{at}.png" for kind in ("covid", "normal") for at in range(3))},
            id="masks in each class",
        ),
        pytest.param(
            [
                "benign/b *.png",
                "benign/b *_mask.png",
                "benign/b 1_mask_1.png",
                "normal/n *.png",
                "normal/with_mask.png",
            ],
            {},
            {"-:benign": 3, "-:normal": 4},
            {
                "annotations-ignored": (
                    "benign/b 0_mask.png",
                    "benign/b 1_mask.png",
                    "benign/b 1_mask_1.png",
                    "benign/b 2_mask.png",
                )
            },
            id="BUSI: a mask for each image",
        ),
        pytest.param(
            [f"{kind}/{split}/*.jpg" for kind in ("cat", "dog") for split in ("train", "test")],
            {},
            of("train test", "cat dog"),
            {"splits-in-classes": ("cat", "dog")},
            id="splits in each class",
        ),
        pytest.param(
            [f"{style}/{kind}/*.jpg" for style in ("color", "grey") for kind in "ab"],
            {},
            {"-:color": 6, "-:grey": 6},
            {"same-folders-in-classes": ("color", "grey")},
            id="PlantVillage: the same folders in each",
        ),
        pytest.param(
            ["train/n1/images/*.jpg", "train/n2/images/*.jpg", "val/images/*.jpg", "val/val_annotations.txt"],
            {},
            of("train", "n1 n2"),
            {"unlabelled-folder": tuple(f"val/images/{at}.jpg" for at in range(3))},
            id="Tiny ImageNet",
        ),
        pytest.param(
            ["a/*.jpg", "b/*.jpg"],
            {"metadata_csv": "key,value\nx,y\n"},
            of("-"),
            {"table-ignored": ("metadata.csv",)},
            id="metadata of something else",
        ),
        pytest.param(
            [],
            {
                "train_jsonl": '{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n',
                "validation_matched_jsonl": '{"text": "c", "label": "x"}\n',
                "validation_mismatched_jsonl": '{"text": "d", "label": "x"}\n',
            },
            {"train:x": 1, "train:y": 1, "valid:x": 1},
            {"columns-chosen": ("text", "label"), "table-ignored": ("validation_mismatched.jsonl",)},
            id="MNLI",
        ),
        pytest.param(
            ["images/000/*.jpg", "images/001/*.jpg"],
            {"labels_csv": "path,label\nimages/000/0.jpg,cat\nimages/000/1.jpg,dog\nimages/001/0.jpg,dog\n"},
            {"-:cat": 1, "-:dog": 2},
            {"columns-chosen": ("path", "label")},
            id="a table of images in numbered folders",
        ),
        pytest.param(
            ["train/*.jpg", "valid/*.jpg"],
            {
                f"{split}/_classes_csv": "filename, cat, dog\n0.jpg,1,0\n1.jpg,0,1\n2.jpg,1,1\n"
                for split in ("train", "valid")
            },
            {f"{split}:{label}": 1 for split in ("train", "valid") for label in ("cat", "dog", "cat|dog")},
            {"columns-chosen": ("filename", "label")},
            id="Roboflow, several classes",
        ),
    ],
)
def test_layouts_that_are_read(
    files: list[str], tables: dict[str, str], expected: dict[str, int], said: dict[str, Any], tmp_path: Path
) -> None:
    source = read(make(tmp_path / "data", *files, **tables))
    assert counts(source) == expected
    assert codes(source) == said
    passed_over = next((one.message for one in source.findings if one.code == "table-ignored"), "")
    assert passed_over.startswith("test.csv") == ("no table is named train" in passed_over)


@pytest.mark.parametrize(
    ("files", "tables", "cause", "remedy"),
    [
        pytest.param(
            ["train/a/*.jpg", "train/b/*.jpg"],
            {"train_csv": PREDICTED},
            r"holds tables \(train.csv\) and class folders \(a, b\): they disagree",
            "--layout splits reads the folders; give .*train.csv to read the tables",
            id="a table called train.csv that swaps the labels",
        ),
        pytest.param(
            ["train/a/*.jpg", "train/b/*.jpg", "test/a/*.jpg", "test/b/*.jpg"],
            {
                "train_csv": "file,label\n"
                + "".join(f"train/{kind}/{at}.jpg,{kind}\n" for kind in "ab" for at in range(3))
            },
            "the folders have splits that the tables lack",
            "--layout splits",
            id="tables that would lose the test split",
        ),
        pytest.param(
            ["a/*.jpg", "b/*.jpg"],
            {"train_csv": "file,label\nelsewhere/0.jpg,b\nelsewhere/1.jpg,a\n"},
            "the tables do not list the files in the folders",
            "--layout classes",
            id="a table of other files",
        ),
        pytest.param(
            ["images/cat/*.jpg", "images/dog/*.jpg"],
            {"results_csv": "path,label\nimages/cat/0.jpg,cat\nimages/dog/1.jpg,cat\n"},
            "results.csv contradicts the class folders in .*images",
            "give .*images to read the folders",
            id="predictions alongside a folder of class folders",
        ),
        pytest.param(
            ["fold_1/a/*.jpg", "fold_1/b/*.jpg", "fold_2/a/*.jpg", "fold_2/b/*.jpg"],
            {},
            "fold_1, fold_2 in .* are named as parts",
            "--test .*fold_2",
            id="folds",
        ),
        pytest.param(
            ["images/*.jpg"], {}, "has no class folders: images holds parts of a data set", "table", id="images alone"
        ),
        pytest.param(
            [],
            {"train_csv": "text,label\na,b\n", "train_jsonl": '{"text": "a", "label": "b"}\n'},
            "train.csv and train.jsonl in .* both mean train",
            "--test FILE",
            id="one split in two formats",
        ),
        pytest.param(
            ["ok/*.jpg", "nok/*.jpg", "test/*.jpg"],
            {"results_csv": "file,label\nok/0.jpg,ok\nnok/0.jpg,ok\n"},
            "folders named after splits among others: test, and nok, ok",
            "--exclude test .* ignores them, --layout classes .* or give the table to read: .*results.csv",
            id="test among classes",
        ),
        pytest.param(
            ["ok/*.jpg", "nok/*.jpg", "test/ok/*.jpg", "test/nok/*.jpg"],
            {},
            "test, and nok, ok",
            "--exclude test --test .*test scores on their content",
            id="test among classes, with class folders",
        ),
        pytest.param(
            ["bus/x/*.jpg", "car/y/*.jpg", "train/z/*.jpg"],
            {},
            "train in .* could be a split .* or a class like bus, car",
            "--layout splits .* --layout classes",
            id="train, split or vehicle",
        ),
        pytest.param(
            ["cat/*.jpg", "dog/*.jpg", "masks/*.png"],
            {},
            "masks in .* is an unusual class name, unlike cat, dog",
            "--exclude masks .* --layout classes",
            id="masks among classes",
        ),
        pytest.param(
            ["cat/*.jpg", "dog/*.jpg", "dog - Copy/*.jpg", "New folder/*.jpg", "backup/*.jpg"],
            {},
            "New folder, backup, dog - Copy in .* are unusual class names, unlike cat, dog",
            "--exclude 'New folder' --exclude backup --exclude 'dog - Copy' .* --layout classes",
            id="leftovers among classes",
        ),
        pytest.param(
            ["train/cat/*.jpg", "train/dog/*.jpg", "train/samples/*.png", "val/cat/*.jpg", "val/dog/*.jpg"],
            {},
            "samples in .* is an unusual class name",
            "--exclude samples .* --layout splits",
            id="samples among classes, in splits",
        ),
        pytest.param(["train/*.jpg", "test/*.jpg"], {}, "train has no class folders", "table", id="loose"),
        pytest.param(
            ["train/cat.*.jpg", "train/dog.*.jpg", "test1/*.jpg"],
            {},
            r"whose names begin with 'cat' \(3\), 'dog' \(3\)",
            "folder per class",
            id="classes in file names",
        ),
        pytest.param(
            ["images/a/*.jpg", "images/b/*.jpg"], {}, "which contains the class folders", "give .*images", id="below"
        ),
        pytest.param(
            [f"d/d/{split}/{kind}/*.jpg" for split in ("train", "test") for kind in "ab"],
            {},
            "holds one folder, d/d, which contains the split folders: test, train",
            "give .*/d/d$",
            id="splits two levels below",
        ),
        pytest.param(
            ["archive/a b/x/PetImages/Cat/*.jpg", "archive/a b/x/PetImages/Dog/*.jpg", "archive/readme.md"],
            {},
            "holds one folder, archive/a b/x/PetImages, which contains the class folders: Cat, Dog",
            "give .*/PetImages$",
            id="classes four levels below",
        ),
        pytest.param(
            ["d/train/a/*.jpg", "d/train/b/*.jpg"],
            {},
            "is not a data set: it holds one, d",
            "give .*d$",
            id="a data set below",
        ),
        pytest.param(
            ["cat/train/*.jpg", "cat/test/*.jpg", "dog/train/*.jpg", "dog/test/*.jpg", "fox/*.jpg"],
            {},
            "cat, dog in .* have split folders, fox has none",
            "root/<class>/train",
            id="splits in some classes",
        ),
        pytest.param(
            ["images_part_1/*.jpg", "images_part_2/*.jpg"], {}, "named as parts of one data set", "table", id="parts"
        ),
        pytest.param(
            [f"{split}/{part}" for split in ("train", "valid") for part in ("images/*.jpg", "labels/*.txt")],
            {},
            "YOLO data set with boxes",
            "",
            id="YOLO by Roboflow",
        ),
        pytest.param(
            [
                f"{part}/{split}/*.{end}"
                for split in ("train", "val")
                for part, end in (("images", "jpg"), ("labels", "txt"))
            ],
            {},
            "YOLO data set with boxes",
            "",
            id="YOLO",
        ),
        pytest.param(
            ["train2017/*.jpg", "val2017/*.jpg", "annotations/instances_train2017.json"], {}, "COCO", "", id="COCO"
        ),
        pytest.param(["train/*.jpg", "train/_annotations.coco.json"], {}, "COCO", "", id="COCO by Roboflow"),
        pytest.param(["train/*.jpg", "train/*.xml"], {}, "data set with boxes", "", id="boxes with the images"),
        pytest.param(
            ["JPEGImages/*.jpg", "Annotations/*.xml", "SegmentationClass/*.png"], {}, "Pascal VOC", "", id="VOC"
        ),
        pytest.param(
            ["images/cat/*.jpg", "images/dog/*.jpg", "annotations/cat/*.png", "annotations/dog/*.png"],
            {},
            "for segmentation",
            "give .*/images to take its folders as classes: cat, dog",
            id="annotations alongside a folder of class folders",
        ),
        *(
            pytest.param(
                [f"cat/*.{suffix}", f"dog/*.{suffix}"],
                {},
                rf"no images in .*, and no .txt files; it holds 6 \.{suffix.lower()}",
                remedy,
                id=f"only {suffix}",
            )
            for suffix, remedy in (
                ("dcm", "DICOM files to PNG"),
                ("npy", "arrays as PNG"),
                ("MP4", "frames"),
                ("foo", "give root/<class>"),
            )
        ),
        pytest.param(["images/*.jpg", "masks/*.png"], {}, "for segmentation", "", id="segmentation"),
    ],
)
def test_layouts_that_are_refused_by_name(
    files: list[str], tables: dict[str, str], cause: str, remedy: str, tmp_path: Path
) -> None:
    root = make(tmp_path / "data", *files, **tables)
    with pytest.raises(DataError, match=cause) as refused:
        read(root)
    assert re.search(remedy, refused.value.remedy)
    assert len(str(refused.value).replace(str(tmp_path), "")) < 500


def rows(*names: str) -> str:
    return "".join(f'{{"file_name": "{name}", "label": "{label}"}}\n' for name, label in zip(names, "aba", strict=True))


def test_folders_alongside_splits_with_metadata_are_reported(tmp_path: Path) -> None:
    shown = ["0.jpg", "1.jpg", "2.jpg"]
    tables = {f"{folder}/metadata_jsonl": rows(*shown) for folder in ("train", "test", "extra")}
    elsewhere = {"val/metadata_jsonl": rows(*(f"../pool/{name}" for name in shown))}
    files = [f"{folder}/*.jpg" for folder in ("train", "test", "extra", "unsupervised", "pool")]
    root = make(tmp_path / "data", *files, "val/note.txt", "docs/readme.md", **tables, **elsewhere)
    source = read(root)
    assert counts(source) == {
        f"{split}:{label}": 3 - at for split in ("train", "valid", "test") for at, label in enumerate("ab", 1)
    }
    said = codes(source)
    assert said["folder-ignored"] == ("extra",)
    assert said["unlabelled-folder"] == tuple(f"unsupervised/{name}" for name in shown)
    assert {one.severity for one in source.findings if one.code in ("folder-ignored", "unlabelled-folder")} == {
        "warning"
    }
    assert "folder-ignored" not in codes(read(root, exclude=["extra"]))


@pytest.mark.parametrize("tables", [("train",), ("train", "val")])
def test_a_labelled_split_alongside_metadata_is_used(tables: tuple[str, ...], tmp_path: Path) -> None:
    rows = "".join(f'{{"file_name": "{at}.jpg", "label": "{"ab"[at % 2]}"}}\n' for at in range(3))
    files = [f"{split}/*.jpg" for split in tables]
    named = {f"{split}/metadata_jsonl": rows for split in tables}
    root = make(tmp_path / "data", *files, "test/a/*.jpg", "test/b/*.jpg", **named)
    source = read(root)
    expected = Counter({"train:a": 2, "train:b": 1, **of("test")})
    expected.update({"valid:a": 2, "valid:b": 1} if "val" in tables else {})
    assert counts(source) == dict(expected)
    assert codes(source)["labels-by-folders"] == ("test",) and "folder-ignored" not in codes(source)
    assert {one.id for one in source.examples if source.splits[one.id] == "test"} == {
        f"test/{label}/{at}.jpg" for label in "ab" for at in range(3)
    }
    assert not any(split == "test" for split in read(root, exclude=["test"]).splits.values())
    other = make(tmp_path / "other", "a/*.jpg", "b/*.jpg")
    assert counts(read(root, test=str(other))) == dict(expected)


@pytest.mark.parametrize("held", ["test/*.jpg", "test/x/*.jpg"])
def test_a_split_without_labels_alongside_metadata_is_reported(held: str, tmp_path: Path) -> None:
    rows = "".join(f'{{"file_name": "{at}.jpg", "label": "{"ab"[at % 2]}"}}\n' for at in range(3))
    root = make(tmp_path / "data", "train/*.jpg", held, **{"train/metadata_jsonl": rows})
    (said,) = [one for one in read(root).findings if one.code == "folder-ignored"]
    assert said.items == ("test",) and "no table names its 3 images" in said.message
    assert "folder-ignored" not in codes(read(root, exclude=["test"]))


@pytest.mark.parametrize(
    "pool", ["unlabelled_pool", "Unlabeled Pool", "unlabeled2017", "unlabelled-images", "unsup_set_2", "not labelled"]
)
def test_a_pool_without_labels_is_passed_over_wherever_it_lies(pool: str, tmp_path: Path) -> None:
    classes = make(tmp_path / "a", "cat/*.jpg", "dog/*.jpg", f"{pool}/batch1/*.jpg", f"{pool}/*.jpg")
    assert counts(read(classes)) == of("-", "cat dog")
    items = tuple(f"{pool}/{at}.jpg" for at in range(3)) + tuple(f"{pool}/batch1/{at}.jpg" for at in range(3))
    assert codes(read(classes)) == {"unlabelled-folder": items}
    folders = [f"{split}/{name}/*.jpg" for split in ("train", "test") for name in ("cat", "dog")]
    splits = make(tmp_path / "b", *folders, f"{pool}/*.jpg")
    assert counts(read(splits)) == of("train test", "cat dog")
    assert codes(read(splits)) == {"unlabelled-folder": items[:3]}
    (said,) = read(splits).findings
    assert said.severity == "warning" and f"ghep predict BUNDLE {splits / pool}" in said.remedy
    assert counts(read(splits, layout="splits")) == of("train test", "cat dog")
    inside = make(tmp_path / "c", *folders, f"train/{pool}/*.jpg")
    assert counts(read(inside)) == of("train test", "cat dog")
    assert counts(read(classes, layout="classes"))[f"-:{pool}"] == 6


def test_layout_and_exclude_settle_what_names_leave_open(tmp_path: Path) -> None:
    root = make(tmp_path / "a", "ok/*.jpg", "nok/*.jpg", "test/ok/*.jpg", "test/nok/*.jpg")
    assert counts(read(root, layout="classes")) == {"-:ok": 3, "-:nok": 3, "-:test": 6}
    assert counts(read(root, exclude=["test"])) == of("-", "nok ok")
    assert counts(read(root, exclude="test", test=str(root / "test"))) == of("train test", "nok ok")
    with pytest.raises(DataError, match="no folder 'tset' to exclude") as refused:
        read(root, exclude=["tset"])
    assert 'did you mean "test"' in refused.value.remedy
    with pytest.raises(ConfigError, match=r"layout='class' .classes or splits"):
        read(root, layout="class")
    both = make(tmp_path / "b", "train/a/*.jpg", "train/b/*.jpg", "extra_stuff/c/*.jpg", train_csv=PREDICTED)
    assert counts(read(both, layout="splits")) == of("train")
    assert counts(read(both / "train.csv")) == {"-:a": 1, "-:b": 1}
    masks = make(tmp_path / "c", "cat/*.jpg", "dog/*.jpg", "masks/*.jpg", "cat/masks/*.jpg")
    assert counts(read(masks, exclude=["masks"])) == of("-", "cat dog")
    several = make(tmp_path / "d", "cat/*.jpg", "dog/*.jpg", "masks/*.jpg", "backup/*.jpg", "old/*.jpg")
    with pytest.raises(DataError, match=r"backup, old in .* unlike cat, dog"):
        read(several, exclude=["masks"])
    assert counts(read(several, layout="classes")) == of("-", "backup cat dog masks old")
    left = make(tmp_path / "e", "train/cat/*.jpg", "train/dog/*.jpg", "backup/cat/*.jpg")
    assert (counts(read(left)), codes(read(left))) == (of("train", "cat dog"), {"folder-ignored": ("backup",)})
    with pytest.raises(DataError, match="--layout classes does not apply"):
        read(both / "train.csv", layout="classes")
    with pytest.raises(DataError, match="no train folder"):
        read(masks, layout="splits")


def test_links_to_folders_are_followed_once_and_never_in_circles(tmp_path: Path) -> None:
    root = make(tmp_path / "data", "train/cat/*.jpg", "train/dog/*.jpg", "test/cat/*.jpg")
    make(tmp_path / "store", "more/*.jpg", "fox/*.jpg")
    links = {
        "train/cat/more": "store/more",
        "train/cat/again": "store/more",
        "train/cat/up": "data/train",
        "train/fox": "store/fox",
        "train/dog/dead": "store/nothing",
        "test/dog": "data/train/dog",
    }
    for link, target in links.items():
        (root / link).symlink_to(tmp_path / target)
    os.mkfifo(root / "train/dog/pipe")
    source = read(root)
    assert counts(source) == {"train:cat": 6, "train:dog": 3, "train:fox": 3, "test:cat": 3, "test:dog": 3}
    assert codes(source) == {
        "not-files": ("train/cat/up", "train/dog/dead", "train/dog/pipe", "test/dog/dead", "test/dog/pipe"),
        "linked-again": ("train/cat/more",),
        "linked-twice": ("train/dog = test/dog",),
    }
    assert next(one for one in source.findings if one.code == "linked-twice").severity == "error"


def test_a_valid_folder_that_is_a_link_to_test_is_an_error(tmp_path: Path) -> None:
    root = make(tmp_path / "data", "train/a/*.jpg", "train/b/*.jpg", "test/a/*.jpg", "test/b/*.jpg")
    (root / "valid").symlink_to(root / "test")
    assert codes(read(root))["linked-twice"] == ("valid/a = test/a", "valid/b = test/b")


def test_a_link_above_the_data_set_is_not_followed(tmp_path: Path) -> None:
    root = make(tmp_path / "data", "cat/*.jpg", "dog/*.jpg")
    make(tmp_path, "private/*.jpg")
    for link in (root / "cat" / "up", root / "loop"):
        link.symlink_to(tmp_path)
    assert images_in(root) == [root / kind / f"{at}.jpg" for kind in ("cat", "dog") for at in range(3)]
    assert counts(read(root)) == of("-", "cat dog")
    assert codes(read(root)) == {"not-files": ("cat/up", "loop")}
    said = examples([str(root)], "image")[1]
    assert [(one.code, one.items) for one in said] == [("not-files", (f"{root}/loop", f"{root}/cat/up"))]
