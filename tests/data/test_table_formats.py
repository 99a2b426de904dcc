"""Tables as people and programs write them: delimiters, headers, packed files, JSON, spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ghep.data.check import check
from ghep.data.dataset import Source, place
from ghep.data.sources import read
from ghep.errors import DataError
from ghep.types import Finding


def write(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


def rows(source: Source) -> list[tuple[Any, ...]]:
    return [(one.raw, *one.labels.values()) for one in source.examples]


def finding(source: Source, code: str) -> Finding | None:
    return next((one for one in source.findings if one.code == code), None)


EXPECTED = [("good, or so; a film", "pos"), ("bad | poor", "neg")]
WRITTEN = {
    "comma": 'text,label\n"good, or so; a film",pos\nbad | poor,neg\n',
    "semicolon": 'text;label\n"good, or so; a film";pos\nbad | poor;neg\n',
    "bar": 'text|label\ngood, or so; a film|pos\n"bad | poor"|neg\n',
    "tab": "text\tlabel\ngood, or so; a film\tpos\nbad | poor\tneg\n",
    "declared": 'sep=;\ntext;label\n"good, or so; a film";pos\nbad | poor;neg\n',
    "declared in quotes": '"sep=|"\r\ntext|label\r\ngood, or so; a film|pos\r\n"bad | poor"|neg\r\n',
    "declared tab": "sep=\t\ntext\tlabel\ngood, or so; a film\tpos\nbad | poor\tneg\n",
    "spaces after commas": 'text, label\n"good, or so; a film", pos\nbad | poor, neg\n',
    "spaces in the rows": '"text","label"\n"good, or so; a film", "pos"\n"bad | poor", "neg"\n',
    "semicolon, comma in the header": 'text;label;a, b\n"good, or so; a film";pos;1,5\nbad | poor;neg;2,5\n',
    "comma at the end": 'text,label\n"good, or so; a film",pos,\nbad | poor,neg,\n',
    "empty header cells": 'text,label,,\n"good, or so; a film",pos,,\nbad | poor,neg,,\n',
    "names of rows": 'text,label\n1,"good, or so; a film",pos\n2,bad | poor,neg\n',
    "index": ',text,label\n0,"good, or so; a film",pos\n0,bad | poor,neg\n',
    "blank lines": '\n\ntext,label\n\n"good, or so; a film",pos\n  \nbad | poor,neg\n\n',
    "cells missing at empty header cells": 'text,label,\n"good, or so; a film",pos\nbad | poor,neg,\n',
}


@pytest.mark.parametrize("name", WRITTEN)
def test_delimiters_and_headers(name: str, tmp_path: Path) -> None:
    source = read(write(tmp_path / "d.csv", WRITTEN[name]))
    assert rows(source) == EXPECTED and source.tasks == ("label",)
    assert {one.code for one in source.findings} == {"columns-chosen"}


def test_a_tsv_with_commas_is_divided_by_commas(tmp_path: Path) -> None:
    assert rows(read(write(tmp_path / "d.tsv", WRITTEN["comma"]))) == EXPECTED
    assert rows(read(write(tmp_path / "e.tsv", "text, or so\tlabel\na, b\tx\n"), text_column="text, or so")) == [
        ("a, b", "x")
    ]


def test_cells_beyond_the_named_columns_are_reported(tmp_path: Path) -> None:
    """As in the usual table of spam messages, where some texts were cut at a comma."""
    path = write(tmp_path / "d.csv", "v1,v2,,,\nham,Go until jurong point,,,\nspam,Win,\t a prize, now,\n")
    source = read(path, text_column="v2", label_columns=["v1"])
    found = finding(source, "cells-without-column")
    assert found and found.severity == "warning" and "2 cells" in found.message and found.items == ("d.csv, line 3",)
    assert rows(read(path, text_column="Unnamed: 3", label_columns=["v1"]))[1] == (" now", "spam")


def test_headers_of_joined_files_are_no_examples(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "text,label\ngood,pos\ntext,label\nbad,neg\n")
    source = read(path)
    assert rows(source) == [("good", "pos"), ("bad", "neg")]
    found = finding(source, "header-repeated")
    assert found and found.items == ("d.csv, line 3",)
    assert [one.raw for one in read(write(path, "id,text,label\n1,text,label\n2,b,c\n")).examples] == ["text", "b"]


def test_rows_are_named_by_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    content = 'sep=,\ntext,label\n"two\nlines",a\n\nblank before,b\ntext,label\nafter a header,a\n'
    source = read(write(tmp_path / "d.csv", content))
    assert [place(one.id) for one in source.examples] == ["d.csv row 2", "d.csv row 4", "d.csv row 6"]
    with pytest.raises(DataError, match=r"d.csv, line 5: 3 cells, but the header has 2"):
        read(write(tmp_path / "d.csv", content.replace("text,label\nafter", "x,y,z\nafter")))
    with pytest.raises(DataError, match=r"d.csv, line 4: ',' expected after '\"'"):
        read(write(tmp_path / "d.csv", 'sep=,\ntext,label\nok,a\n"bad"quote,b\n'))


def test_a_table_of_one_column_keeps_its_blank_cells(tmp_path: Path) -> None:
    from ghep.data.sources import read_unlabelled

    found = read_unlabelled(
        write(tmp_path / "d.csv", 'text\none, two\n""\nthree\n'.replace("one, two", '"one, two"')), "text"
    )
    assert found and [one.raw for one in found] == ["one, two", "", "three"]


def test_a_table_of_spam_is_checked_from_end_to_end(tmp_path: Path) -> None:
    lines = [f"{('ham', 'spam')[at % 3 == 0]},message number {at} about things,,," for at in range(60)]
    report = check(write(tmp_path / "spam.csv", "\n".join(["v1,v2,,,", *lines])), text_column="v2")
    assert report.dataset.classes == {"v1": ("ham", "spam")} and report.exit_code == 0
