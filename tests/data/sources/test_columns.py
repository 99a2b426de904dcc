"""Which columns are taken of tables as public data sets have them, and what is said where none can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.dataset import Source
from ghep.data.sources import read, read_unlabelled
from ghep.errors import ConfigError, DataError
from ghep.types import Finding


def table(folder: Path, header: str, *rows: str, name: str = "d.csv") -> Path:
    """Write a table of 12 rows: the given ones in turns, # replaced by the number of the row."""
    lines = [rows[at % len(rows)].replace("#", str(at)) for at in range(12)]
    (folder / name).write_text("\n".join([header, *lines]), encoding="utf-8")
    return folder / name


def finding(source: Source, code: str) -> Finding | None:
    return next((one for one in source.findings if one.code == code), None)


TEXT = "a film of # words"
KNOWN: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    # header, row, content, labels, not used
    "imdb": ("review,sentiment", f"{TEXT},pos", "review", ("sentiment",), ""),
    "fine food": ("Id,UserId,Score,Time,Summary,Text", f"#,u,5,1,Good,{TEXT}", "Text", ("Score",), "'Time', 'Summary'"),
    "airline": (
        "tweet_id,airline_sentiment,negativereason,text",
        f"#,neutral,late,{TEXT}",
        "text",
        ("airline_sentiment",),
        "'negativereason'",
    ),
    "disasters": ("id,keyword,location,text,target", f"#,fire,,{TEXT},1", "text", ("target",), "'keyword', 'location'"),
    "questions": ("qid,question_text,target", f"#,{TEXT},1", "question_text", ("target",), ""),
    "tweet sentiment": (
        "textID,text,selected_text,sentiment",
        f"#,{TEXT},film,pos",
        "text",
        ("sentiment",),
        "'selected_text'",
    ),
    "index of pandas": (",text,label", f"#,{TEXT},pos", "text", ("label",), ""),
    "index, read again": ("Unnamed: 0,Emotion,Sentence", f"#,joy,{TEXT}", "Sentence", ("Emotion",), ""),
    "names of numbers": ("text,label,label_text", f"{TEXT},#,class #", "text", ("label_text",), "'label'"),
    "where texts came from": (
        "category,filename,content",
        f"sport,#.txt,{TEXT}",
        "content",
        ("category",),
        "'filename'",
    ),
    "intents": ("utt,Intent", f"{TEXT},alarm", "utt", ("Intent",), ""),
    "titles alone": ("title,label", f"{TEXT},pos", "title", ("label",), ""),
    "title and body": ("title,body,label", f"{TEXT},{TEXT},pos", "body", ("label",), "'title'"),
    "spaces": ("Review Text, Class Name", f"{TEXT},Dresses", "Review Text", ("Class Name",), ""),
    "leaves": ("image_id,label", "#.jpg,3", "image_id", ("label",), ""),
    "moles": ("lesion_id,image_id,dx,age", "l,ISIC_#,nv,40", "image_id", ("dx",), "'lesion_id', 'age'"),
    "x-rays": ("Image Index,Finding Labels,View", "#.png,a|b,PA", "Image Index", ("Finding Labels",), "'View'"),
    "birds": (
        "class id,filepaths,labels,latin",
        "0,a/#.jpg,EMU,dromaius",
        "filepaths",
        ("labels",),
        "'class id', 'latin'",
    ),
    "signs": ("Filename;Width;ClassId", "#.ppm;29;3", "Filename", ("ClassId",), "'Width'"),
    "breeds": ("image,breed", "#.jpg,boston", "image", ("breed",), ""),
}


@pytest.mark.parametrize("name", KNOWN)
def test_tables_of_public_data_sets_need_no_column_names(name: str, tmp_path: Path) -> None:
    header, row, content, labels, ignored = KNOWN[name]
    source = read(table(tmp_path, header, row))
    chosen = finding(source, "columns-chosen")
    assert chosen and chosen.items[0] == content and source.tasks == labels and len(source.examples) == 12
    assert chosen.message.partition("; not used: ")[2] == ignored


def test_case_and_spaces_of_names_do_not_matter(tmp_path: Path) -> None:
    table(tmp_path, "Text ,LABEL", f"{TEXT},x", name="train.csv")
    table(tmp_path, "text,label", f"{TEXT},y", name="test.csv")
    (tmp_path / "train.jsonl").unlink(missing_ok=True)
    source = read(tmp_path, text_column="TEXT", label_columns=["Label"])
    assert source.tasks == ("Label",) and {one.labels["Label"] for one in source.examples} == {"x", "y"}
    assert len(read(tmp_path).tasks) == 1
    both = table(tmp_path, "Text,text,label", "one,two,x", name="both.csv")
    assert read(both, text_column="Text").examples[0].raw == "one"
    assert read(both, text_column="text").examples[0].raw == "two"
    rows = read_unlabelled(table(tmp_path, "TEXT,n", f"{TEXT},1", name="new.csv"), "text", text_column="text")
    assert rows and rows[0].raw == "a film of 0 words"


@pytest.mark.parametrize(
    ("header", "rows", "example"),
    [
        (
            'neutral,"According to Gran, # is no plan"',
            ['neutral,"Sales rose # per cent, not more"', "bad,it fell # per cent"],
            "label,text",
        ),
        (
            "i did not feel humiliated;sadness",
            ["i feel so # hopeless now;sadness", "i am happy # to be here;joy"],
            "text,label",
        ),
        ("img/a.jpg,cat", ["img/#.jpg,cat", "img/b#.jpg,dog"], "path,label"),
        ("0,1", ["a film of # words,pos", "bad film of # words,neg"], "text,label"),
        (
            "news,Sales rose by 3 per cent",
            ["news,Sales rose by # per cent", "sport,the final # was a draw"],
            "label,text",
        ),
        (
            "emotion,content of the box",
            ["emotion,content of # more boxes", "joy,it was # times better so"],
            "label,text",
        ),
    ],
)
def test_a_table_without_a_header_loses_no_row_in_silence(
    header: str, rows: list[str], example: str, tmp_path: Path
) -> None:
    for options in ({}, {"text_column": "text"}):
        with pytest.raises(DataError, match="the first line looks like data, not like column names") as caught:
            read(table(tmp_path, header, *rows), **options)
        assert f"such as {example}" in caught.value.remedy


CANNOT: dict[str, tuple[str, list[str], dict[str, Any], str, str]] = {
    "two texts": ("title,description,label", ["a,b,c"], {}, "texts could be in 'title', 'description'", "--text"),
    "pairs": (
        "premise,hypothesis,label",
        ["a man # is here,he sleeps,1"],
        {},
        "holds pairs of texts, 'premise' and 'hypothesis'",
        "name both or one, text_column: --text premise --text hypothesis",
    ),
    "labels by content": (
        "text,source,toxic,user",
        [f"{TEXT},web,0,u#", f"{TEXT},app,1,u#"],
        {},
        "no column of labels",
        "they could be in 'source', 'toxic'",
    ),
    "texts by content": ("a,b,label", [f"#,{TEXT},x"], {}, "no column of images or of texts", "texts could be in 'b'"),
    "pixels": (
        ",".join(["label", *(f"pixel{at}" for at in range(784))]),
        [",".join(["1"] * 785)],
        {},
        "holds images as numbers, in the columns 'pixel0' to 'pixel783'",
        "save each row as a PNG",
    ),
    "pixels in a cell": (
        "emotion,pixels,Usage",
        [f"0,{' '.join(['70'] * 2304)},Training"],
        {},
        "holds images as numbers, in column 'pixels'",
        "save each row as a PNG",
    ),
    "a hundred columns": (
        ",".join(f"name{at}" for at in range(99)),
        [",".join("a" * 99)],
        {},
        "(99 in total)",
        "name it",
    ),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_chosen_says_what_was_seen(name: str, tmp_path: Path) -> None:
    header, rows, options, cause, remedy = CANNOT[name]
    with pytest.raises(DataError) as caught:
        read(table(tmp_path, header, *rows), **options)
    assert cause in caught.value.cause and len(caught.value.cause) < 500
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("header", "options", "second"),
    [
        ("text,text_pair,label", {}, "text_pair"),
        ("premise,hypothesis,label", {"text_column": "premise"}, "hypothesis"),
        ("sentence1,sentence2,label", {"text_column": "sentence2"}, "sentence1"),
        ("question,passage,label", {}, "passage"),
        ("text,title,label", {}, None),
    ],
)
def test_the_second_text_of_a_pair_is_not_ignored_in_silence(
    header: str, options: dict[str, Any], second: str | None, tmp_path: Path
) -> None:
    source = read(table(tmp_path, header, "a man # is out here now,he sleeps # in the bed,1"), **options)
    found = finding(source, "second-text-ignored")
    assert (found.items if found else None) == ((second,) if second else None)
    assert found is None or (found.severity == "warning" and f"'{second}' looks like the second text" in found.message)


def test_of_two_columns_of_paths_that_with_the_files_is_taken(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for at in range(12):
        (tmp_path / "images" / f"{at}.png").write_bytes(b"")
    source = read(table(tmp_path, "filename,path,label", "#.png,images/#.png,a"))
    assert source.examples[3].raw == tmp_path / "images" / "3.png"


def test_bytes_are_looked_at_before_they_are_images(tmp_path: Path) -> None:
    def kind(name: str, cells: list[bytes], **more: list[Any]) -> Source:
        pq.write_table(pa.table({name: cells, "label": ["a", "b"], **more}), tmp_path / "d.parquet")
        return read(tmp_path / "d.parquet")

    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    assert kind("data", [b"good film", "très bien".encode()]).modality == "text"
    assert kind("text", ["très bien".encode("latin-1"), b"good"]).modality == "text"
    assert kind("data", [png, png]).modality == "image"
    assert kind("image", [b"no image", b"no image"]).modality == "image"
    assert kind("blob", [b"key 1", b"key 2"], text=["one", "two"]).examples[0].raw == "one"


def test_labels_that_are_bytes_are_read_as_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["good", "bad"], "label": [b"pos", b"neg"]}), tmp_path / "d.parquet")
    assert [one.labels["label"] for one in read(tmp_path / "d.parquet").examples] == ["pos", "neg"]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (
            {"text_column": ["a", "b", "c"]},
            r"text_column=\['a', 'b', 'c'\] \(the name of a column, or of the two",
        ),
        ({"text_column": "", "label_delimiter": ""}, r"text_column='' .*; label_delimiter='' "),
        ({"label_columns": ["a", 3]}, r"label_columns=\['a', 3\]"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, Any], wrong: str, tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,label", "one,two,x")
    with pytest.raises(ConfigError, match=wrong):
        read(path, **options)


def test_a_label_column_that_is_not_there_is_not_taken_for_one_of_texts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"d\.csv has no column 'target'") as refused:
        read(table(tmp_path, "text,stars", f"{TEXT},1"), label_columns=["target"])
    assert refused.value.remedy == 'did you mean "stars"?'


def test_a_usual_name_makes_a_header_whatever_the_other_columns_are_called(tmp_path: Path) -> None:
    rows = [f"what number {number} says,{('even', 'odd')[number % 2]}" for number in range(20)]
    (tmp_path / "t.csv").write_text("\n".join(["text,odd", *rows]), encoding="utf-8")
    source = read(tmp_path / "t.csv", label_columns=["odd"])
    assert len(source.examples) == 20 and source.examples[0].labels == {"odd": "even"}
