"""Columns in which a mark says yes and a blank says no, and those in which a blank is a missing label."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.check import check
from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.errors import DataError
from ghep.types import Finding

TWO = ["toxic", "insult"]


def table(folder: Path, rows: str, header: str = "text,toxic,insult") -> Path:
    """Write a row for each word of ``rows``; "_" is a blank cell."""
    path = folder / "d.csv"
    lines = [f"text {at},{cells.replace('_', '')}" for at, cells in enumerate(rows.split())]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def labels(source: Source) -> list[str]:
    return [",".join(one.labels.get(task, "_") for task in source.tasks) for one in source.examples]


def said(source: Source) -> list[Finding]:
    return [one for one in source.findings if one.code == "blank-read-as-no"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("X,_ X,X _,_", "X,no X,X no,no"),
        ("x,_ X,x _,_ x,_", "x,no x,x no,no x,no"),  # two spellings of one mark
        ("1,_ _,1 _,_", "1,0 0,1 0,0"),
        ("1.0,_ _,1 _,_", "1,0 0,1 0,0"),
        ("yes,_ _,yes _,_", "yes,no no,yes no,no"),
        ("TRUE,_ _,TRUE _,_", "TRUE,FALSE FALSE,TRUE FALSE,FALSE"),
        ("Y,_ _,Y _,_", "Y,N N,Y N,N"),
        ("✓,_ _,✓ _,_", "✓,no no,✓ no,no"),
        ("toxic,_ _,Insult _,_", "toxic,no no,Insult no,no"),
        ("x,nan nan,#N/A x,x", "x,no no,no x,x"),
        ("x,_ _,_", "x,no no,no"),  # no mark at all in one of the columns
    ],
)
def test_a_blank_next_to_one_mark_means_no(rows: str, expected: str, tmp_path: Path) -> None:
    source = read(table(tmp_path, rows), label_columns=TWO)
    assert labels(source) == expected.split()
    (finding,) = said(source)
    assert finding.severity == "warning" and finding.items == tuple(TWO)


def test_the_finding_counts_cells_and_rows_without_a_mark(tmp_path: Path) -> None:
    (finding,) = said(read(table(tmp_path, "X,_ X,X _,_ _,_"), label_columns=TWO))
    assert finding.message == (
        "in 'toxic', 'insult' each cell is 'X' or blank, and a blank was read as 'no': 5 of 8 cells; 2 rows have no "
        "mark at all"
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,_ 0,1 _,0", "1,_ 0,1 _,0"),  # no is written out, a blank is missing
        ("1,_ _,0 1,1", "1,_ _,0 1,1"),
        ("good,_ bad,x _,x", "good,no bad,x _,x"),  # a task of two classes, with a missing label, next to marks
        ("x,- -,x -,-", "x,- -,x -,-"),
    ],
)
def test_other_blanks_are_missing_labels(rows: str, expected: str, tmp_path: Path) -> None:
    source = read(table(tmp_path, rows), label_columns=TWO)
    assert labels(source) == expected.split()
    assert "labels-look-missing" not in {one.code for one in source.findings}, "x and - are yes and no"


def test_one_marked_column_is_enough_unless_it_is_called_as_labels_are(tmp_path: Path) -> None:
    rows = "X _ X _ _ X"
    assert labels(read(table(tmp_path, rows, "text,spam"))) == ["X", "no", "X", "no", "no", "X"]
    path = table(tmp_path, rows, "text,label")
    assert labels(read(path)) == rows.split()
    with pytest.raises(
        DataError, match=r"'label' has only one class, 'X'.* 3 cells are blank, which are missing"
    ) as error:
        check(path)
    assert "if a blank means no, write that in the blank cells" in error.value.remedy
    with pytest.raises(DataError, match="3 cells are blank"):
        check(table(tmp_path, "1,_ _,0 _,1 1,_ _,1", "text,toxic,insult"), label_columns=TWO)


def test_marked_columns_are_named_where_no_column_is_called_as_labels_are(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(table(tmp_path, "X,_ X,X _,_"))
    assert error.value.remedy.endswith("they could be in 'toxic', 'insult'")


def test_a_test_split_without_any_mark_has_no_labels(tmp_path: Path) -> None:
    path = table(tmp_path, "X,_,train X,X,train _,_,train _,_,test _,_,test", "text,toxic,insult,split")
    assert labels(read(path, label_columns=TWO)) == ["X,no", "X,X", "no,no", "_,_", "_,_"]
    path = table(tmp_path, "X,_,train X,X,train _,X,test _,_,test _,_,unsupervised", "text,toxic,insult,split")
    assert labels(read(path, label_columns=TWO)) == ["X,no", "X,X", "no,X", "no,no"]


def test_parquet_of_true_and_null(tmp_path: Path) -> None:
    content = pa.table({"text": ["a", "b", "c"], "toxic": [True, None, None], "insult": [None, True, None]})
    pq.write_table(content, tmp_path / "d.parquet")
    assert labels(read(tmp_path / "d.parquet", label_columns=TWO)) == ["True,False", "False,True", "False,False"]
