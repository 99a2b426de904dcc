from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.data.sources.folders.class_folders import texts_in
from ghep.data.text.loader import MAX_CHARACTERS, load_text
from ghep.errors import BadText, ConfigError, DataError

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def raws(source: Source) -> dict[str, Any]:
    return {example.id: example.raw for example in source.examples}


def said(source: Source) -> tuple[str, ...]:
    return next(finding.items for finding in source.findings if finding.code == "columns-chosen")


@pytest.mark.parametrize("name", ["text", "Sentence", "review", "Review Text", "tweet", "BODY", "content", "message"])
def test_a_text_column_by_any_usual_name_is_said_aloud(name: str, tmp_path: Path) -> None:
    table = write(tmp_path / "d.csv", f'{name},label,length\n"good, really",pos,3\nNA,neg,1\nnull,None,2\n,pos,0\n')
    source = read(table)
    assert source.modality == "text" and source.tasks == ("label",)
    assert raws(source) == {"d.csv#0": "good, really", "d.csv#1": "NA", "d.csv#2": "null", "d.csv#3": ""}
    assert [example.labels["label"] for example in source.examples] == ["pos", "neg", "None", "pos"]
    assert said(source) == (name, "label")
    assert "texts from column" in source.findings[0].message


def test_a_named_text_column_is_taken_and_nothing_is_said_where_nothing_was_chosen(tmp_path: Path) -> None:
    table = write(tmp_path / "d.csv", "path,title,body,kind\na.png,One,the first,x\nb.png,Two,the second,y\n")
    source = read(table, text_column="title", label_columns=["kind"])
    assert raws(source) == {"d.csv#0": "One", "d.csv#1": "Two"} and source.findings == ()


def test_text_and_one_other_column_need_no_names(tmp_path: Path) -> None:
    source = read(write(tmp_path / "d.csv", "id,comment,mood\n7,well made,good\n9,so so,bad\n"))
    assert source.tasks == ("mood",) and raws(source) == {"7": "well made", "9": "so so"}


@pytest.mark.parametrize("ids", [("1", "1"), ("1", ""), ("a", "a\u0007"), ("\ud800", "b")])
def test_ids_that_are_not_unique_names_give_way_to_rows(ids: tuple[str, str], tmp_path: Path) -> None:
    rows = [{"id": one, "text": "words", "label": "x"} for one in ids]
    write(tmp_path / "d.jsonl", "\n".join(map(json.dumps, rows)))
    assert list(raws(read(tmp_path / "d.jsonl"))) == ["d.jsonl#0", "d.jsonl#1"]


def test_tables_named_after_splits(tmp_path: Path) -> None:
    for name in ("train", "dev", "test"):
        write(tmp_path / f"{name}.tsv", f"id\tsentence\tlabel\n0\t{name} it\t1\n")
    source = read(tmp_path)
    assert raws(source) == {"dev.tsv#0": "dev it", "test.tsv#0": "test it", "train.tsv#0": "train it"}
    assert source.splits == {"dev.tsv#0": "valid", "test.tsv#0": "test", "train.tsv#0": "train"}


def test_json_lines_keep_what_json_can_say(tmp_path: Path) -> None:
    rows = [{"text": "a\u2028b\r\n", "label": 1}, {"text": 12, "label": 0}, {"label": 1}, {"text": None, "label": None}]
    write(tmp_path / "d.jsonl", "\n".join(map(json.dumps, rows)))
    source = read(tmp_path / "d.jsonl")
    assert list(raws(source).values()) == ["a\u2028b\r\n", "12", "", ""]
    assert [dict(example.labels) for example in source.examples] == [{"label": "1"}, {"label": "0"}, {"label": "1"}, {}]


def test_labels_are_what_can_be_printed(tmp_path: Path) -> None:
    write(tmp_path / "d.jsonl", '{"text": "a", "label": "cut \\ud83d"}\n{"text": "b", "label": "\\ud83d\\ude42"}')
    assert [one.labels["label"] for one in read(tmp_path / "d.jsonl").examples] == ["cut \ufffd", "🙂"]


def test_hugging_face_folders_of_texts(tmp_path: Path) -> None:
    table = pa.table({"sentence": ["one", "two", None], "label": [0, 1, -1], "idx": [0, 1, 2]})
    features = {"sentence": {"_type": "Value"}, "label": {"_type": "ClassLabel", "names": ["neg", "pos"]}}
    info = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    (tmp_path / "hub" / "data").mkdir(parents=True)
    pq.write_table(table.replace_schema_metadata(info), tmp_path / "hub" / "data" / "train-00000-of-00001.parquet")
    saved = tmp_path / "saved"
    saved.mkdir()
    with pa.OSFile(str(saved / "a.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    (saved / "state.json").write_text(json.dumps({"_data_files": [{"filename": "a.arrow"}]}))
    (saved / "dataset_info.json").write_text(json.dumps({"features": features}))
    for source in (read(tmp_path / "hub"), read(saved)):
        assert source.modality == "text" and list(raws(source).values()) == ["one", "two", ""]
        assert [dict(one.labels) for one in source.examples] == [{"label": "neg"}, {"label": "pos"}, {}]


def test_pictures_in_a_table_are_pictures_whatever_is_written_beside_them(tmp_path: Path) -> None:
    pq.write_table(pa.table({"image": [b"1", b"2"], "text": ["a", "b"], "label": [0, 1]}), tmp_path / "d.parquet")
    assert read(tmp_path / "d.parquet").modality == "image"
    assert read(tmp_path / "d.parquet", text_column="text").modality == "text"


def test_quotation_marks_in_tables_with_tabs(tmp_path: Path) -> None:
    """Corpora are published with bare marks, spreadsheets write quoted cells: lines tell which."""
    bare = 'text\tlabel\n"so called" art\t1\n" open\t0\nthe "end" of it\t1\n'
    assert list(raws(read(write(tmp_path / "bare.tsv", bare))).values()) == [
        '"so called" art',
        '" open',
        'the "end" of it',
    ]
    joined = 'text\tlabel\r\n" one\t0\r\ntwo "\t1\r\n\r\n'
    assert list(raws(read(write(tmp_path / "joined.tsv", joined))).values()) == ['" one', 'two "']
    quoted = 'text\tlabel\n"he said ""no""\nand\tleft"\t1\n"plain"\t0\n'
    assert list(raws(read(write(tmp_path / "quoted.tsv", quoted))).values()) == ['he said "no"\nand\tleft', "plain"]


def test_a_long_document_is_one_cell(tmp_path: Path) -> None:
    long = "word " * 100_000
    source = read(write(tmp_path / "d.csv", f'text,label\n"{long}",a\n"{"x" * (MAX_CHARACTERS + 1)}",b\n'))
    assert load_text(source.examples[0].raw) == long
    with pytest.raises(BadText, match="too-long"):
        load_text(source.examples[1].raw)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8", "UTF-8-sig"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_tables_in_a_named_encoding(encoding: str, suffix: str, tmp_path: Path) -> None:
    rows = '{"text": "très bien", "label": "é"}' if suffix == ".jsonl" else "text,label\ntrès bien,é\n"
    path = write(tmp_path / f"d{suffix}", rows.replace(",", "\t") if suffix == ".tsv" else rows, encoding)
    (example,) = read(path, encoding=encoding).examples
    assert (example.raw, example.labels) == ("très bien", {"label": "é"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_the_mark_at_the_beginning_is_no_part_of_a_name(encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "\ufefftext,label\nbien,a\n", encoding)
    assert said(read(path, encoding=encoding)) == ("text", "label")


def test_a_wrong_encoding_says_so(tmp_path: Path) -> None:
    wide = write(tmp_path / "wide.csv", "text,label\nbien,a\n", "utf-16")
    with pytest.raises(DataError, match="contains zero bytes") as caught:
        read(wide, encoding="latin-1")
    assert "--encoding utf-16" in caught.value.remedy
    with pytest.raises(DataError, match=r"d.csv, line 2: byte 0xc3 is not ascii"):
        read(write(tmp_path / "d.csv", "text,label\né,a\n"), encoding="ascii")
    with pytest.raises(ConfigError, match="unknown text encoding 'latin-11'"):
        read(tmp_path / "d.csv", encoding="latin-11")
    pq.write_table(pa.table({"text": ["a"], "label": [0]}), tmp_path / "d.parquet")
    with pytest.raises(DataError, match="UTF-8 by its format"):
        read(tmp_path / "d.parquet", encoding="latin-1")


def folder(root: Path, *names: str, encoding: str = "utf-8") -> Path:
    for name in names:
        write(root / name, f"très {name}", encoding)
    return root


def test_folders_of_texts(tmp_path: Path) -> None:
    folder(tmp_path, "train/pos/1.txt", "train/neg/deep/2.TXT", "test/pos/3.txt", "train/urls.txt", "train/pos/.x.txt")
    write(tmp_path / "train" / "neg" / "notes.md", "no example")
    source = read(tmp_path)
    assert source.modality == "text"
    assert {one.id: one.labels["label"] for one in source.examples} == {
        "train/neg/deep/2.TXT": "neg",
        "train/pos/1.txt": "pos",
        "test/pos/3.txt": "pos",
    }
    assert source.examples[0].raw == tmp_path / "train/neg/deep/2.TXT"
    assert source.splits["test/pos/3.txt"] == "test"
    assert {finding.code: finding.items for finding in source.findings} == {
        "not-texts": ("train/neg/notes.md",),
        "no-class-folder": ("train/urls.txt",),
    }
    assert texts_in(tmp_path / "train" / "pos") == [tmp_path / "train/pos/1.txt"]


def test_notes_beside_pictures_are_no_examples_and_a_logo_is_none_either(tmp_path: Path) -> None:
    """Annotations come one to a picture, with a list of classes on top."""
    boxes = folder(
        tmp_path / "boxes", *(f"{kind}/{at}.{end}" for kind in "ab" for at in range(3) for end in ("jpg", "txt"))
    )
    folder(boxes, "a/classes.txt")
    assert read(boxes).modality == "image" and len(read(boxes).examples) == 6
    essays = folder(tmp_path / "essays", *(f"{kind}/{at}.txt" for kind in "ab" for at in range(5)), "a/logo.png")
    assert read(essays).modality == "text" and len(read(essays).examples) == 10


def test_a_folder_of_texts_in_a_named_encoding(tmp_path: Path) -> None:
    folder(tmp_path, "a/1.txt", "b/2.txt", encoding="latin-1")
    (tmp_path / "a" / "0.txt").write_bytes(b"\x81\x8d")
    assert all(isinstance(raw, Path) for raw in raws(read(tmp_path)).values())
    source = raws(read(tmp_path, encoding="cp1252"))
    assert (source["a/1.txt"], source["b/2.txt"]) == ("très a/1.txt", "très b/2.txt")
    with pytest.raises(BadText, match="not-utf-8: byte 0x81 at 0 is not cp1252"):
        load_text(source["a/0.txt"])
    pictures = folder(tmp_path / "pictures", "a/1.jpg", "b/1.jpg")
    with pytest.raises(DataError, match="--encoding does not apply"):
        read(pictures, encoding="latin-1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "labels", "count"),
    [
        ("movie-polarity", (), 10_659),
        ("movie-rating", (), 11_839),
        ("trec", (), 5_865),
        ("trec", ("fine_label",), 5_865),
        ("vi-sentiment", (), 16_002),
        ("vi-sentiment", ("label", "topic"), 16_002),
        ("zh-sentiment", (), 7_764),
    ],
)
def test_real_tables(name: str, labels: tuple[str, ...], count: int) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"needs the data set {name}")
    source = read(SHARED / name, label_columns=labels)
    assert source.modality == "text" and len(source.examples) == count and source.tasks == (labels or ("label",))
