"""Labels that are no classes: numbers to be predicted, and columns of something else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ghep.data.check import check
from ghep.data.report import CheckReport
from ghep.errors import DataError

RANDOM = random.Random(0)


def table(folder: Path, label: Callable[[int], object], rows: int) -> Path:
    lines = [f"a text of number {at},{label(at)}" for at in range(rows)]
    (folder / "d.csv").write_text("\n".join(["text,label", *lines]))
    return folder / "d.csv"


@pytest.mark.parametrize(
    ("label", "rows", "seen"),
    [
        (lambda at: at % 196 / 20, 250, "250 labels are 196 different numbers from 0 to 9.75 (0.0, 0.05, 0.1, ...)"),
        (lambda at: round(RANDOM.uniform(-1, 1), 3), 100, "100 labels are "),
        (lambda at: round(RANDOM.gauss(20, 5), 1), 400, "400 labels are "),
        (lambda at: 100_000 + 731 * at % 9_000, 90, "90 labels are 90 different numbers from 100000 to"),
        (lambda at: f"${at / 7:.2f}", 60, "60 labels are 60 different numbers from 0 to 8.43"),
        (lambda at: f'"{10_000 + 327 * at:,}"', 60, "60 different numbers from 10000 to 29293 (10,000, "),
        (lambda at: f'"{at},5"', 60, "60 labels are 60 different numbers from 0.5 to 59.5"),
    ],
)
def test_a_regression_target_is_refused(label: Callable[[int], object], rows: int, seen: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'label' looks like a regression target") as caught:
        check(table(tmp_path, label, rows))
    assert (
        seen in caught.value.cause
        and "--regression label" in caught.value.remedy
        and "--rating label" in caught.value.remedy
    )


def test_a_column_of_names_is_no_column_of_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'label' has 60 different labels for 60 examples, nearly one for each"):
        check(table(tmp_path, lambda at: f"film {at}", 60))
    with pytest.raises(DataError, match="'label' has 57 different labels for 60 examples"):
        check(table(tmp_path, lambda at: f"film {max(at, 3)}", 60))


@pytest.mark.parametrize(
    ("label", "rows"),
    [
        (lambda at: at % 5 + 1, 50),  # stars
        (lambda at: at % 10 / 2 + 0.5, 60),  # stars in halves
        (lambda at: at % 100, 400),  # numbers of classes
        (lambda at: 10_115 + at % 30, 90),  # postal codes, three of each
        (lambda at: f"{1_067 + at % 30:05}" if at < 70 else f"{20_000 + at}", 90),  # that begin with 0
        (lambda at: at % 50 if at < 780 else at, 800),  # a tail of numbers of classes
        (lambda at: f"{at % 9}.{at % 2}", 90),  # versions
        (lambda at: f"person {at % 40}", 120),
        (lambda at: "common" if at % 3 else f"rare {at}", 150),  # a long tail
    ],
)
def test_numbers_and_many_names_can_be_classes(label: Callable[[int], object], rows: int, tmp_path: Path) -> None:
    report = check(table(tmp_path, label, rows))
    assert report.dataset.train and "labels-look-continuous" not in codes(report)


def test_many_decimals_with_many_examples_are_a_warning(tmp_path: Path) -> None:
    """As similarities that several people gave; but codes of illnesses are decimals, too."""
    report = check(table(tmp_path, lambda at: at % 26 / 5, 26 * 20))
    assert "26 different numbers from 0 to 5" in codes(report)["labels-look-continuous"]
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("label", "seen"),
    [
        (lambda at: 1950 + (at % 28 if at < 60 else at), "48 different numbers from 1950 to 2029"),  # years
        (lambda at: at % 16 if at < 70 else at, "26 different numbers from 0 to 79"),  # counts
        (lambda at: 10 * (1 + at * at % 97), "different numbers from 10 to "),  # prices
    ],
)
def test_whole_numbers_with_few_examples_each_are_a_warning(
    label: Callable[[int], object], seen: str, tmp_path: Path
) -> None:
    report = check(table(tmp_path, label, 80))
    assert codes(report)["labels-look-continuous"].startswith("'label' may be a regression target: 80 labels are ")
    assert seen in codes(report)["labels-look-continuous"]
    assert report.exit_code == 1


def codes(report: CheckReport) -> dict[str, str]:
    return {one.code: one.message for one in report.findings}
