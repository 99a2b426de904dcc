"""Tables as people and programs write them: delimiters, headers, packed files, JSON, spreadsheets."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.check import check
from ghep.data.dataset import Source, place
from ghep.data.sources import read, read_unlabelled
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


def test_rows_are_named_as_their_format_shows_them(tmp_path: Path) -> None:
    columns = {"text": ["good", ["bad"]], "label": ["a", "b"]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    lists = pa.table({"text": [["good"], ["bad"]], "label": ["a", "b"]})
    pq.write_table(lists, tmp_path / "d.parquet")
    write(tmp_path / "d.json", json.dumps(rows))
    write(tmp_path / "d.jsonl", "\n\n".join(map(json.dumps, rows)))
    for data, where in [
        (tmp_path / "d.parquet", "d.parquet, row 1:"),
        (tmp_path / "d.json", "d.json, item 2:"),
        (tmp_path / "d.jsonl", "d.jsonl, line 3:"),
        (columns, "table, row 2:"),
    ]:
        with pytest.raises(DataError, match=f"^{where} 'text' holds a list"):
            read(data, text_column="text")
    assert place("d.parquet#0") == "d.parquet row 1"


def test_a_table_of_one_column_keeps_its_blank_cells(tmp_path: Path) -> None:
    found = read_unlabelled(
        write(tmp_path / "d.csv", 'text\none, two\n""\nthree\n'.replace("one, two", '"one, two"')), "text"
    )
    assert found and [one.raw for one in found] == ["one, two", "", "three"]


def test_a_table_of_spam_is_checked_from_end_to_end(tmp_path: Path) -> None:
    lines = [f"{('ham', 'spam')[at % 3 == 0]},message number {at} about things,,," for at in range(60)]
    report = check(write(tmp_path / "spam.csv", "\n".join(["v1,v2,,,", *lines])), text_column="v2")
    assert report.dataset.classes == {"v1": ("ham", "spam")} and report.exit_code == 0


RECORDS = [{"text": "good film", "label": "pos"}, {"text": "bad film", "label": "neg"}]
CONTENTS: dict[str, str] = {
    "d.csv": "text,label\ngood film,pos\nbad film,neg\n",
    "d.tsv": "text\tlabel\ngood film\tpos\nbad film\tneg\n",
    "d.jsonl": "\n".join(map(json.dumps, RECORDS)),
    "array/d.json": json.dumps(RECORDS, indent=2),
    "lines/d.json": "\n".join(map(json.dumps, RECORDS)),
    "array/d.jsonl": json.dumps(RECORDS),
    "data/d.json": json.dumps({"version": 1, "data": RECORDS}),
    "pandas/d.json": json.dumps({key: {str(at): row[key] for at, row in enumerate(RECORDS)} for key in RECORDS[0]}),
    "columns/d.json": json.dumps({key: [row[key] for row in RECORDS] for key in RECORDS[0]}),
    "split/d.json": json.dumps(
        {"columns": ["text", "label"], "index": [0, 1], "data": [list(r.values()) for r in RECORDS]}
    ),
    "index/d.json": json.dumps({"a": RECORDS[0], "b": RECORDS[1]}),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", CONTENTS)
def test_formats(name: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(CONTENTS[name].encode()) if packed else CONTENTS[name].encode())
    source = read(path)
    assert rows(source) == [("good film", "pos"), ("bad film", "neg")] and source.name == "d"
    found = read_unlabelled(path, "text")
    assert found is not None and [one.raw for one in found] == ["good film", "bad film"]


@pytest.mark.parametrize(
    "content", ['[["text", "label"], ["good film", "pos"]]', '["good film"]', "{}", "good film", ""]
)
def test_a_json_file_that_is_no_table_is_refused_where_it_is_to_be_predicted(content: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^d\.json"):
        read_unlabelled(write(tmp_path / "d.json", content), "text")


@pytest.mark.parametrize("suffix", [".csv.gz", ".jsonl.gz", ".json"])
def test_tables_of_splits_in_a_folder(suffix: str, tmp_path: Path) -> None:
    content = CONTENTS[{".csv.gz": "d.csv", ".jsonl.gz": "d.jsonl", ".json": "array/d.json"}[suffix]].encode()
    for split in ("train", "test"):
        (tmp_path / f"{split}{suffix}").write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    assert sorted(read(tmp_path).splits.values()) == ["test", "test", "train", "train"]


def test_json_that_is_no_table_is_none_of_the_data(tmp_path: Path) -> None:
    write(tmp_path / "data.csv", CONTENTS["d.csv"])
    for name, content in {
        "config.json": {"model": "x", "sizes": [1, 2]},
        "classes.json": ["neg", "pos"],
        "train.json": {"images": [{"id": 1}], "annotations": [{"id": 1}], "categories": []},
        "dataset_infos.json": {"default": {"features": {}}},
    }.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert len(read(tmp_path).examples) == 2


@pytest.mark.parametrize(
    ("name", "content", "cause", "remedy"),
    [
        ("d.json", {"images": [{"id": 1}], "annotations": [{"id": 1}]}, "several lists of objects: 'images'", "each"),
        ("d.json", {"model": "x", "sizes": [1, 2]}, "one object with 'model', 'sizes', not a list of rows", "objects"),
        ("d.json", ["a", "b"], "item 1 is not an object, but str", "list of objects"),
        ("d.json", "null", "d.json is null, not a list of rows", "list of objects"),
        ("d.json", "{\n", "d.json: Expecting property name", "save it again"),
        ("d.json", "[{]", "Expecting property name", "save it again"),
        ("d.csv.gz", b"\x1f\x8b\x08\x00cut", "cannot be decompressed", "download it again"),
        ("d.xlsx", b"PK\x03\x04", "d.xlsx", "CSV"),
        ("d.zip", b"PK\x03\x04", "neither a folder nor a table", "unpack it"),
        ("d.xls", b"\xd0\xcf", "neither a folder nor a table", "save it as .xlsx or as CSV"),
        ("d.txt", b"a;b", "neither a folder nor a table", "rename it to .csv"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_explain_themselves(
    name: str, content: object, cause: str, remedy: str, tmp_path: Path
) -> None:
    data = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert cause in caught.value.cause and remedy in caught.value.remedy


def test_parquet_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    wrong = pa.Array.from_buffers(pa.string(), 2, pa.array([b"good", b"tr\xe8s"]).buffers())
    pq.write_table(pa.table({"text": wrong, "label": ["a", "b"]}), tmp_path / "d.parquet")
    with pytest.raises(DataError, match=r"d.parquet, row 2: the text in column 'text' is not UTF-8"):
        read(tmp_path / "d.parquet")


def test_excel_without_openpyxl_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "d.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match="openpyxl, which reads them, is not installed") as caught:
        read(tmp_path / "d.xlsx")
    assert caught.value.remedy.startswith("pip install openpyxl")


class Sheet:
    """As openpyxl's: enough of it to be read."""

    def __init__(self, title: str, rows: list[list[Any]]) -> None:
        self.title, self.rows = title, rows

    def iter_rows(self, *, values_only: bool) -> list[tuple[Any, ...]]:
        assert values_only
        return [tuple(row) for row in self.rows]


@pytest.mark.parametrize("real", [True, False])
def test_an_excel_file(real: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [["text", "label", None, "score"], ["good film", 1, None, 0.5], [None] * 4, ["bad film", 0, None, 0.1]]
    sheets = [Sheet("films", cells), Sheet("empty", []), Sheet("more", [["text"]])]
    if real:
        book = pytest.importorskip("openpyxl").Workbook(write_only=True)
        for sheet in sheets:
            page = book.create_sheet(sheet.title)
            for row in sheet.rows:
                page.append(row)
        book.save(tmp_path / "d.xlsx")
    else:
        (tmp_path / "d.xlsx").write_bytes(b"PK")
        book = SimpleNamespace(worksheets=sheets, close=lambda: None)
        monkeypatch.setitem(sys.modules, "openpyxl", SimpleNamespace(load_workbook=lambda *_, **__: book))
    source = read(tmp_path / "d.xlsx")
    assert rows(source) == [("good film", "1"), ("bad film", "0")]
    assert [place(one.id) for one in source.examples] == ["d.xlsx row 2", "d.xlsx row 4"]
    found = finding(source, "sheets-ignored")
    assert (
        found and found.items == ("more",) and {one.code for one in source.findings} == {"columns-chosen", found.code}
    )


@pytest.mark.parametrize(
    ("sheets", "cause"),
    [
        ({"notes": [["text", "label"]], "films": [["text", "label"], ["good", "a"]]}, "'notes', the first, .* 'films'"),
        ({"films": [["text", "label"], ["good", "a"], ["bad", '=IF(1,"a","b")']]}, "row 3: 'label' is the formula"),
    ],
)
def test_excel_files_without_rows_or_values_say_where_these_are(
    sheets: dict[str, list[list[str]]], cause: str, tmp_path: Path
) -> None:
    book = pytest.importorskip("openpyxl").Workbook(write_only=True)
    for title, cells in sheets.items():
        page = book.create_sheet(title)
        for row in cells:
            page.append(row)
    book.save(tmp_path / "d.xlsx")
    with pytest.raises(DataError, match=cause):
        read(tmp_path / "d.xlsx")
