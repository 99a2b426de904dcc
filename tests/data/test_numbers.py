"""Numbers as labels: how they are read, summarised, and divided into splits."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ghep.cli.app import run as cli
from ghep.data.carried import dataset_from, dataset_json
from ghep.data.check import check, prepare
from ghep.data.numbers import numbers_in, range_of, values_of, with_numbers
from ghep.data.sources import read
from ghep.data.sources.tasks import source_from
from ghep.errors import ConfigError, DataError
from ghep.types import Example, Number


def table(folder: Path, rows: Sequence[tuple[str, ...]], columns: Sequence[str] = ("text", "price")) -> Path:
    file = folder / "data.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([columns, *rows])
    return file


def prices(count: int = 60, seed: int = 0) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    return [(f"a text about thing {n} of the list", f"{rng.lognormal(3, 1):.2f}") for n in range(count)]


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (["3", "3.50", "-1e3", " 7 "], [3, 3.5, -1000, 7]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["10,327", "1,000,000", "12"], [10327, 1000000, 12]),
        (["$12", "$ 7.50", "40 %", "€3"], [12, 7.5, 40, 3]),
        (["-$0.94", "$-3", "0.20 €", "\u22121.5"], [-0.94, -3, 0.2, -1.5]),
    ],
)
def test_numbers_in_the_spellings_of_tables(labels: list[str], numbers: list[float]) -> None:
    assert list(numbers_in(labels).values()) == numbers


@pytest.mark.parametrize("label", ["", "old", "nan", "1e999", "12 or 13", "3-4", "1.2.3", "--3", "-$-3"])
def test_anything_else_is_no_number(label: str) -> None:
    assert numbers_in([label, "3"]) == {"3": 3.0}


def test_one_flag_is_enough_for_a_table(tmp_path: Path) -> None:
    source = read(table(tmp_path, prices()), regression="price")
    assert source.tasks == ("price",)
    assert all(isinstance(one.labels["price"], Number) for one in source.examples)
    assert source.columns["label_columns"] == ("price",)


def test_a_number_next_to_classes(tmp_path: Path) -> None:
    rows = [(text, price, "ab"[n % 2]) for n, (text, price) in enumerate(prices())]
    dataset = prepare(table(tmp_path, rows, ("text", "price", "kind")), label_columns=["kind"], regression=["price"])
    assert dataset.tasks == ("kind", "price") and dataset.regression == ("price",)
    assert dataset.classes == {"kind": ("a", "b"), "price": ()}


def test_class_folders_whose_names_are_numbers(tmp_path: Path) -> None:
    for age in ("7", "12", "31"):
        (tmp_path / "ages" / age).mkdir(parents=True)
        for n in range(5):
            (tmp_path / "ages" / age / f"{n}.txt").write_text(f"text {n} by a person of this age, {age}")
    source = read(tmp_path / "ages", regression=["label"])
    assert sorted({one.labels["label"] for one in source.examples}) == ["12", "31", "7"]
    assert values_of(source.examples, "label").mean() == pytest.approx((7 + 12 + 31) / 3)


def test_a_blank_is_no_label_and_another_word_is_an_error(tmp_path: Path) -> None:
    rows = prices()
    rows[3] = (rows[3][0], "")
    source = read(table(tmp_path, rows), regression="price")
    assert len(values_of(source.examples, "price")) == 59
    rows[4], rows[5] = (rows[4][0], "cheap"), (rows[5][0], "expensive")
    with pytest.raises(DataError, match=r'2 of 59 labels of .price. are not numbers.*"cheap".*"expensive"') as error:
        read(table(tmp_path, rows), regression="price")
    assert "without --regression" in error.value.remedy


def test_a_name_that_is_no_task_is_an_error(tmp_path: Path) -> None:
    source = read(table(tmp_path, prices()), label_columns=["price"])
    with pytest.raises(ConfigError, match=r"no task prise.*price"):
        with_numbers(source, "prise")


def test_numbers_in_several_places(tmp_path: Path) -> None:
    places = {"one": tmp_path / "a", "two": tmp_path / "b"}
    for n, folder in enumerate(places.values()):
        folder.mkdir()
        table(folder, prices(seed=n))
    joined = {name: f"{folder / 'data.csv'}:price" for name, folder in places.items()}
    source = source_from(joined, regression=["two"])
    assert {type(one.labels.get("one", "")) for one in source.examples} == {str}
    assert all(isinstance(one.labels["two"], Number) for one in source.examples if "two" in one.labels)


def test_numbers_in_memory_and_in_a_separate_test_file(tmp_path: Path) -> None:
    texts, numbers = zip(*prices(), strict=True)
    source = read({"text": list(texts), "price": [float(one) for one in numbers]}, regression="price")
    assert values_of(source.examples, "price").tolist() == [float(one) for one in numbers]
    (tmp_path / "test").mkdir()
    held_out = table(tmp_path / "test", prices(20, seed=9))
    source = read(table(tmp_path, prices()), regression="price", test=held_out)
    assert all(isinstance(one.labels["price"], Number) for one in source.examples)
    assert list(source.splits.values()).count("test") == 20


def test_every_split_has_small_and_large_numbers(tmp_path: Path) -> None:
    """Stratified by ranges: with plain random splits of 200 skewed numbers the medians differ by a fifth and more."""
    dataset = prepare(table(tmp_path, prices(200)), regression="price")
    every = np.log(values_of((*dataset.train, *dataset.valid, *dataset.test), "price"))
    for split in ("train", "valid", "test"):
        found = np.log(values_of(dataset.examples(split), "price"))
        assert np.abs(np.quantile(found, (0.25, 0.5, 0.75)) - np.quantile(every, (0.25, 0.5, 0.75))).max() < 0.25


def test_equal_numbers_are_in_one_range() -> None:
    labels = [1.0] * 30 + [2.0] * 5 + [3.0] * 15
    examples = [Example(str(n), None, {"x": Number.of(one)}) for n, one in enumerate(labels)]
    ranges = range_of(examples, "x")
    assert [len({ranges[one.id] for one in examples if one.labels["x"] == Number.of(n)}) for n in (1.0, 2.0, 3.0)] == [
        1,
        1,
        1,
    ]


def test_labels_that_are_all_equal_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"all 40 numbers of .price. are equal"):
        check(table(tmp_path, [(text, "3") for text, _ in prices(40)]), regression="price")


def test_the_check_says_what_the_numbers_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path, prices(200))
    report = check(file, regression="price")
    assert {one.code for one in report.findings} >= {"regression"}
    numbers = report.to_json()["numbers"]["price"]
    assert sum(one["count"] for one in numbers.values()) == 200
    assert report.to_json()["classes"] == {}
    assert cli(["check", str(file), "--regression", "price"]) == 0
    said = capsys.readouterr().out
    assert "standard deviation" in said and f"{numbers['train']['median']:.4g}" in said
    assert "median" in report._repr_html_()


def test_few_different_numbers_and_numbers_beyond_train_are_reported(tmp_path: Path) -> None:
    rows = [(text, str(n % 5), "train") for n, (text, _) in enumerate(prices(60))]
    rows += [(f"other {text}", str(3 + n % 5), "test") for n, (text, _) in enumerate(prices(20, seed=5))]
    report = check(table(tmp_path, rows, ("text", "stars", "split")), regression="stars")
    found = {one.code: one for one in report.findings}
    assert "--rating stars" in found["regression"].remedy
    assert found["numbers-beyond-train"].params["count"] == sum(3 + n % 5 > 4 for n in range(20))


def test_numbers_that_are_taken_as_classes_name_both_flags(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="looks like a regression target") as error:
        check(table(tmp_path, prices(200)), label_columns=["price"])
    assert "--regression price" in error.value.remedy and "--rating price" in error.value.remedy
    whole = [(text, str(n % 31 * 7)) for n, (text, _) in enumerate(prices(90))]
    findings = {one.code: one for one in check(table(tmp_path, whole), label_columns=["price"]).findings}
    if "labels-look-continuous" in findings:
        assert "--regression price" in findings["labels-look-continuous"].remedy


def test_a_data_set_with_numbers_is_carried_to_another_process(tmp_path: Path) -> None:
    dataset = prepare(table(tmp_path, prices()), regression="price")
    again = dataset_from(json.loads(json.dumps(dataset_json(dataset))))
    assert again.regression == ("price",) and again.train == dataset.train


def test_commas_and_outliers_are_reported(tmp_path: Path) -> None:
    rows = [(text, f"{1000 + n:,}") for n, (text, _) in enumerate(prices(50))]
    findings = {one.code: one for one in check(table(tmp_path, rows), regression="price").findings}
    assert '"1,000" was read as 1000' in findings["commas-in-numbers"].message
    rows = [(text, "1e7" if n == 7 else str(n % 13)) for n, (text, _) in enumerate(prices(50))]
    findings = {one.code: one for one in check(table(tmp_path, rows), regression="price").findings}
    assert findings["outlying-numbers"].items == ("10000000",) and "logarithm" in findings["outlying-numbers"].remedy
    rows = [(text, "7" if n == 7 else "0") for n, (text, _) in enumerate(prices(50))]
    assert "outlying-numbers" not in {one.code for one in check(table(tmp_path, rows), regression="price").findings}
