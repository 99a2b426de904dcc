"""P4: unusable data explains itself: one line of cause, one of remedy; odd data is a finding, never a surprise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check, prepare
from ghep.errors import ConfigError, DataError
from ghep.types import SPLITS


def photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    Image.fromarray(small).resize((32, 32), Image.Resampling.BICUBIC).save(path)


def folder(root: Path, **classes: int) -> Path:
    seed = 0
    for name, count in classes.items():
        for at in range(count):
            photo(root / name.replace("__", "/") / f"{at:03}.png", seed := seed + 1)
    return root


def table(root: Path, text: str | bytes, name: str = "data.csv", images: int = 40) -> Path:
    for at in range(images):
        photo(root / f"{at}.png", at)
    (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return root / name


def rows(label: Callable[[int], str], count: int = 40) -> str:
    return "".join(f"{at}.png,{label(at)}\n" for at in range(count))


def _bad_rows(root: Path, header: str, extra: str) -> Path:
    return table(root, header + rows(lambda at: "cd"[at % 2]) + extra)


def texts(root: Path, table_: str | bytes, name: str = "data.csv") -> Path:
    (root / name).write_bytes(table_.encode() if isinstance(table_, str) else table_)
    return root / name


def reviews(label: Callable[[int], str], count: int = 40, text: str = "review number {}") -> str:
    return "".join(f"{text.format(at)},{label(at)}\n" for at in range(count))


GOOD_TEXTS = "text,label\n" + reviews(lambda at: "cd"[at % 2])


def text_folder(root: Path, contents: dict[str, bytes]) -> Path:
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


CASES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "missing folder": (lambda root: root / "nowhere", "there is nothing at", "give the path"),
    "empty folder": (lambda root: root, "no images in", "give root/<class>"),
    "empty class folders": (lambda root: [(root / n).mkdir() for n in "ab"] and root, "no images in", "give root"),
    "loose images": (lambda root: table(root, "x", "notes.txt").parent, "no images in", "directly contains 40 images"),
    "not a table": (lambda root: table(root, "x", "notes.txt"), "neither a folder nor a table", "give a folder"),
    "one class": (lambda root: folder(root, cat=5), "only one class, 'cat'", "two classes"),
    "one image per class": (lambda root: folder(root, a=1, b=1, c=1), "one example each", "three examples"),
    "no train": (lambda root: folder(root, test__a=3, test__b=3), "no train folder", "add train/<class>/"),
    "two valid": (lambda root: folder(root, train__a=3, val__a=3, dev__b=3), "both mean valid", "merge"),
    "one class in train": (
        lambda root: folder(root, train__a=3, test__a=3, test__b=3),
        "the train split has only one class",
        "put examples of every class into train",
    ),
    "data set one level down": (
        lambda root: folder(root, x__train__a=3, x__train__b=3),
        "not a data set: it holds one, x",
        "give",
    ),
    "all labels missing": (
        lambda root: table(root, "path,label\n" + rows(lambda _: " ")),
        "all labels",
        "--label-column",
    ),
    "header only": (lambda root: table(root, "path,label\n"), "has no rows", "one row per image"),
    "empty table": (lambda root: table(root, ""), "is empty", "give a header line"),
    "latin-1": (
        lambda root: table(root, ("path,label\n" + rows(lambda at: "né"[at % 2])).encode("latin-1")),
        "data.csv, line 3: byte 0xe9 is not UTF-8",
        "iconv -f ISO-8859-1",
    ),
    "utf-16": (
        lambda root: table(root, ("path,label\n" + rows(lambda at: "ab"[at % 2])).encode("utf-16")),
        "looks like UTF-16",
        "iconv -f UTF-16",
    ),
    "ragged": (lambda root: _bad_rows(root, "path,label\n", "x.png,a,b\n"), "line 42: 3 cells", "double quotes"),
    "open quote": (lambda root: _bad_rows(root, "path,label\n", 'x.png,"a\n'), "unexpected end of data", "quotes"),
    "duplicate paths": (
        lambda root: _bad_rows(root, "path,label\n", "./3.png,c\n"),
        "3.png is listed 2 times: data.csv, line 5; data.csv, line 42",
        "list each image once",
    ),
    "blank path": (lambda root: _bad_rows(root, "path,label\n", ",c\n"), "data.csv, line 42: no path", "fill in"),
    "address": (lambda root: _bad_rows(root, "path,label\n", "https://a/b.png,c\n"), "is a URL", "download"),
    "header twice": (lambda root: table(root, "path,label,label\na,b,c\n"), "names 'label' twice", "rename"),
    "no path column": (lambda root: table(root, "where,label\na,b\n"), "no column of images", "--path-column"),
    "two path columns": (
        lambda root: table(root, "path,image,label\na,b,c\n"),
        "could be in 'path', 'image'",
        "name one",
    ),
    "two label columns": (
        lambda root: table(root, "path,label,class\na,b,c\n"),
        "could be in 'label', 'class'",
        "name",
    ),
    "no label column": (lambda root: table(root, "path,x,y\na,b,c\n"), "no column of labels", "--label"),
    "unknown split": (
        lambda root: table(root, "path,label,split\n1.png,b,fold3\n"),
        "'fold3' is not a split",
        "use one of",
    ),
    "files missing": (
        lambda root: table(root, "path,label\n" + rows(lambda at: "cd"[at % 2]), images=0),
        "40 of 40 files cannot be used: 40 missing",
        "start at the folder of the table",
    ),
    "bad json": (lambda root: table(root, '{"path": "a"}\n{oops\n', "d.jsonl"), "d.jsonl, line 2", "one JSON object"),
    "json list": (lambda root: table(root, "[1]\n", "d.jsonl"), "line 1: not an object", "write"),
    "broken parquet": (lambda root: table(root, b"PAR1 no", "d.parquet"), "cannot be read", "again"),
    "several tables": (
        lambda root: table(root, "path\n", "b.csv") and table(root, "path\n", "a.csv").parent,
        "several tables: a.csv, b.csv",
        "give one as DATA",
    ),
}

TEXT_CASES: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str, str]] = {
    "latin-1": (
        lambda root: texts(root, GOOD_TEXTS.replace("number 1,", "numéro 1,").encode("latin-1")),
        {},
        "data.csv, line 3: byte 0xe9 is not UTF-8",
        "name it: --encoding latin-1",
    ),
    "utf-16": (lambda root: texts(root, GOOD_TEXTS.encode("utf-16")), {}, "looks like UTF-16", "--encoding utf-16"),
    "wrong encoding": (
        lambda root: texts(root, GOOD_TEXTS.encode("utf-16")),
        {"encoding": "latin-1"},
        "contains zero bytes",
        "--encoding utf-16",
    ),
    "no such encoding": (
        lambda root: texts(root, GOOD_TEXTS),
        {"encoding": "latin-11"},
        "unknown text encoding 'latin-11'",
        'did you mean "latin-1"',
    ),
    "ragged": (
        lambda root: texts(root, GOOD_TEXTS + "good, but long,c\n"),
        {},
        "line 42: 3 cells, but the header has 2",
        "put text that contains the delimiter in double quotes",
    ),
    "empty texts only": (
        lambda root: texts(root, "text,label\n" + reviews(lambda at: "cd"[at % 2], text="  ")),
        {},
        "40 of 40 texts cannot be used: 40 empty; such as data.csv row 2, ",
        "replace or remove them",
    ),
    "one class": (
        lambda root: texts(root, "text,label\n" + reviews(lambda _: "NA")),
        {},
        "only one class, 'NA' (40 examples)",
        "at least two classes",
    ),
    "labels missing": (
        lambda root: texts(root, "text,label\n" + reviews(lambda _: " ")),
        {},
        "all labels of 'label' are missing",
        "--label-column",
    ),
    "text column missing": (
        lambda root: texts(root, GOOD_TEXTS),
        {"text_column": "test"},
        "has no column 'test'",
        'did you mean "text"',
    ),
    "no text column": (
        lambda root: texts(root, GOOD_TEXTS.replace("text,", "words,", 1)),
        {},
        "has no column of images or of texts",
        "text_column (--text)",
    ),
    "both were named": (
        lambda root: texts(root, "path,text,label\na,b,c\n"),
        {"path_column": "path", "text_column": "text"},
        "both a column of images, 'path', and one of texts, 'text', were named",
        "name one",
    ),
    "both are there": (
        lambda root: texts(root, "filename,text,label\na,b,c\n"),
        {},
        "images could be in 'filename' and texts could be in 'text'",
        "name one: path_column (--path-column) or text_column (--text)",
    ),
    "two text columns": (
        lambda root: texts(root, "question,content,label\na,b,c\n"),
        {},
        "texts could be in 'question', 'content'",
        "name one: text_column (--text)",
    ),
    "text and label are one": (
        lambda root: texts(root, GOOD_TEXTS),
        {"text_column": "text", "label_columns": ["text"]},
        "column 'text' was named twice",
        "name another column",
    ),
    "lists of words": (
        lambda root: texts(root, '{"text": ["a", "b"], "label": 1}\n', "d.jsonl"),
        {},
        "d.jsonl, line 1: 'text' holds a list, not text",
        "--text",
    ),
    "columns of a folder": (
        lambda root: text_folder(root, {"a/1.txt": b"one", "b/2.txt": b"two"}),
        {"text_column": "text"},
        "it has no columns, but text was requested",
        "leave out the columns",
    ),
    "loose texts": (
        lambda root: text_folder(root, {f"{at}.txt": b"one" for at in range(3)}),
        {},
        "no images in",
        "it directly contains 3 texts",
    ),
    "binary files": (
        lambda root: text_folder(root, {f"{kind}/{at}.txt": b"\x7fELF\0\1\2" for kind in "ab" for at in range(5)}),
        {},
        "10 of 10 texts cannot be used: 10 not-text; such as a/0.txt, a/1.txt, a/2.txt (",
        "replace or remove",
    ),
    "strict": (
        lambda root: texts(root, GOOD_TEXTS + ",c\n"),
        {"strict": True},
        "1 of 41 texts cannot be used: 1 empty",
        "without --strict",
    ),
    "a backbone for images": (
        lambda root: texts(root, GOOD_TEXTS),
        {"expect": "image"},
        "data holds texts, but the backbone takes images",
        "choose a backbone for them",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line_of_cause_and_one_of_remedy(name: str, tmp_path: Path) -> None:
    make, cause, remedy = CASES[name]
    _explains_itself(make(tmp_path), {}, cause, remedy)


@pytest.mark.parametrize("name", TEXT_CASES)
def test_unusable_texts_explain_themselves(name: str, tmp_path: Path) -> None:
    make, options, cause, remedy = TEXT_CASES[name]
    _explains_itself(make(tmp_path), options, cause, remedy)


def _explains_itself(location: Path, options: dict[str, Any], cause: str, remedy: str) -> None:
    with pytest.raises((DataError, ConfigError)) as caught:
        prepare(location, **options)
    assert cause in caught.value.cause, caught.value.cause
    assert remedy in caught.value.remedy, caught.value.remedy
    assert "\n" not in caught.value.cause and "\n" not in caught.value.remedy
    assert (caught.value.__cause__ is None and caught.value.__suppress_context__) or caught.value.__context__ is None


def codes(location: Path, **options: object) -> dict[str, tuple[str, tuple[str, ...]]]:
    report = check(location, **options)  # type: ignore[arg-type]
    json.dumps(report.to_json())
    return {finding.code: (finding.severity, finding.items) for finding in report.findings}


def test_class_names_that_mean_the_same(tmp_path: Path) -> None:
    text = "path,label\n" + rows(
        lambda at: ("cat", "Cat ", "cta", "car", "dog")[at % 5 if at < 10 or at % 5 != 2 else 0]
    )
    found = codes(table(tmp_path, text))
    assert found["class-names-alike"] == ("error", ("'Cat' (8) = 'cat' (14)",))
    assert found["class-name-typo"] == ("warning", ("'cta' (2) = 'cat' (14)",))
    assert check(tmp_path / "data.csv").exit_code == 2


def test_na_and_none_are_labels_and_blank_is_missing(tmp_path: Path) -> None:
    text = "path,label\n" + rows(lambda at: ("NA", "None", "null", " ")[at % 4])
    data = prepare(table(tmp_path, text))
    assert data.classes == {"label": ("NA", "None", "null")}
    assert len(data) == 30
    assert codes(tmp_path / "data.csv")["unlabelled"][0] == "warning"


def test_labels_that_train_lacks_are_set_aside(tmp_path: Path) -> None:
    folder(tmp_path, train__a=12, train__b=12, test__a=3, test__z=2)
    report = check(tmp_path)
    assert {bad.id: bad.reason for bad in report.dataset.quarantined} == {
        "test/z/000.png": "label-not-in-train",
        "test/z/001.png": "label-not-in-train",
    }
    found = codes(tmp_path)
    assert found["labels-not-in-train"][0] == "error" and report.exit_code == 2
    assert found["class-absent-from-test"] == ("warning", ("b",))


def test_few_and_uneven_classes_are_findings(tmp_path: Path) -> None:
    folder(tmp_path, train__a=40, train__b=4, test__a=3, test__b=3)
    found = codes(tmp_path)
    assert found["imbalance"] == ("warning", ("a", "b"))
    assert found["few-examples"] == ("warning", ("b: 3",))
    assert check(tmp_path).exit_code == 1


def test_a_good_folder_has_nothing_to_say(tmp_path: Path) -> None:
    report = check(folder(tmp_path, cat=20, car=20))
    assert [finding.code for finding in report.findings] == ["split-made"]
    assert report.exit_code == 0


def test_words_that_mean_nothing_elsewhere_are_texts_and_labels_and_blank_is_neither(tmp_path: Path) -> None:
    words = ("NA", "None", "null", "nan", " ")
    table_ = "text,label\n" + "".join(f"{word} {at},{word}\n" for at in range(10) for word in words)
    texts(tmp_path, table_ + "NA,None\nNone,NA\nnull,nan\nnan,null\n ,NA\n")
    data = prepare(tmp_path / "data.csv")
    assert data.modality == "text" and data.classes == {"label": ("NA", "None", "nan", "null")}
    assert {"NA", "None", "null", "nan"} <= {example.raw for split in SPLITS for example in data.examples(split)}
    assert [(bad.id, bad.reason) for bad in data.quarantined] == [("data.csv#54", "empty")]
    found = codes(tmp_path / "data.csv")
    assert found["unlabelled"][0] == found["quarantined"][0] == "warning" and len(found["unlabelled"][1]) == 10


def test_a_folder_with_bad_texts_is_used_without_them(tmp_path: Path) -> None:
    good = {
        f"{kind}/{at:02}.txt": f"{kind} text of number {at}".encode() for kind in ("neg", "pos") for at in range(12)
    }
    bad = {
        "neg/empty.txt": (b" \n", "empty"),
        "neg/latin.txt": ("très".encode("latin-1"), "not-utf-8"),
        "pos/wide.txt": ("text".encode("utf-16"), "not-utf-8"),
        "pos/binary.txt": (b"\x89PNG\r\n\0\0", "not-text"),
    }
    text_folder(tmp_path, good | {name: content for name, (content, _) in bad.items()})
    report = check(tmp_path)
    assert {one.id: one.reason for one in report.dataset.quarantined} == {
        name: reason for name, (_, reason) in bad.items()
    }
    assert len(report.dataset) == 24 and report.exit_code == 1
    again = prepare(tmp_path, encoding="latin-1")  # as latin-1 everything is a letter, zero bytes are not
    assert {one.id: one.reason for one in again.quarantined} == {
        "neg/empty.txt": "empty",
        "pos/wide.txt": "not-text",
        "pos/binary.txt": "not-text",
    }


def test_an_encoding_that_fits_and_is_wrong_is_found_out(tmp_path: Path) -> None:
    """latin-1 decodes every file; what it would make of UTF-8 is refused."""
    path = texts(tmp_path, GOOD_TEXTS.replace("number 1,", "numéro 1,"))
    with pytest.raises(DataError, match=r"data.csv is UTF-8; read as iso8859-1, its letters would become others"):
        check(path, encoding="latin-1")
    assert "mojibake" not in codes(path)


def test_good_texts_have_nothing_to_say(tmp_path: Path) -> None:
    report = check(texts(tmp_path, GOOD_TEXTS))
    assert [finding.code for finding in report.findings] == ["columns-chosen", "split-made"]
    assert report.exit_code == 0 and (report.smallest, report.largest) == ((15,), (16,))
    assert report.to_json()["modality"] == "text"
