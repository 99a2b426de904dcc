"""``ghep predict`` and ``ghep evaluate`` on texts: files, lines, rows of tables, standard input."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

import ghep as api
from ghep.cli.app import run
from small_bert import reviews, small_bert, write_table

FIT = ["--precision", "float32", "--workers", "1"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("texts")
    texts, labels = reviews(120)
    data = write_table(root / "reviews.csv", text=texts, label=labels)
    assert run(["fit", str(data), "-b", small_bert(root / "bert"), "-o", str(root / "run"), *FIT]) == 0
    return root / "run" / "bundle"


@pytest.fixture(scope="module")
def pictures(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pictures") / "run"
    assert run(["fit", str(photos), "-b", small_backbone, "-o", str(out), *FIT]) == 0
    return out / "bundle"


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def typed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


@pytest.mark.slow
def test_a_table_keeps_its_rows_in_order_with_id_text_and_answers(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["=a good film", "", "bad,\nvery bad", "a good film", "a good film", "very " * 50]
    table = write_table(tmp_path / "new.csv", id=[str(k) for k in (9, 3, 5, 7, 1, 2)], review=texts)
    assert run(["predict", str(bundle), str(table), "--out", str(tmp_path / "p.csv")]) == 1
    rows = read(tmp_path / "p.csv")
    assert [row["input"] for row in rows] == ["9", "3", "5", "7", "1", "2"]
    assert [row["text"] for row in rows] == ["'=a good film", *texts[1:]], "whole, and never a formula"
    assert [row["problem"].partition(":")[0] for row in rows] == ["", "empty", "", "", "", ""]
    answers = api.load(bundle).predict(texts)
    assert [row["p:up"] for row in rows] == [f"{one.probabilities['up']:.6f}" if one.label else "" for one in answers]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6, "one line a row"
    assert [line.split("\t")[0] for line in lines[:3]] == ["=a good film", "3", "bad,\\nvery bad"]
    assert lines[5].split("\t")[0] == ("very " * 50)[:57] + "..."


def test_rows_without_ids_are_named_by_table_and_row_and_json_is_exact(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"words": "a fine story", "n": 1}, {"words": None, "n": 2}, {"words": "=dull " * 30, "n": 3}]
    (tmp_path / "new.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(["predict", str(bundle), str(tmp_path / "new.jsonl"), "--text", "words", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["input"] for one in found] == [f"new.jsonl#{row}" for row in range(3)]
    assert [one["text"] for one in found] == ["a fine story", "", "=dull " * 30]
    assert [one["problem"] for one in found] == [None, "empty: no characters", None]


def test_lines_of_files_and_of_standard_input_keep_their_places(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = "\ufeffa good film\r\n\na bad\u2028film\nawful".encode()
    (tmp_path / "l.csv").write_bytes(data)
    assert run(["predict", str(bundle), "--lines", str(tmp_path / "l.csv"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["text"] for one in found] == ["a good film", "", "a bad\u2028film", "awful"]
    assert [one["input"] for one in found] == [f"{tmp_path / 'l.csv'}:{line}" for line in range(1, 5)]
    typed(monkeypatch, data)
    assert run(["predict", str(bundle), "--lines", "-", "--json"]) == 1
    piped = json.loads(capsys.readouterr().out)
    assert [one["probabilities"] for one in piped] == [one["probabilities"] for one in found]
    assert [one["input"] for one in piped] == ["-:1", "-:2", "-:3", "-:4"]


def test_standard_input_is_one_text(
    bundle: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, b"a good film\nand a fine story\n")
    assert run(["predict", str(bundle), "-", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["probabilities"] == api.load(bundle).predict([b"a good film\nand a fine story\n"])[0].probabilities


class Closed(io.StringIO):
    """A pipe whose reader has left, as of ``| head``."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_the_file_is_whole_before_anything_is_printed(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, _ = reviews(40, seed=3)
    table = write_table(tmp_path / "new.csv", text=texts)
    for number, flags in enumerate(([], ["--json"])):
        out = tmp_path / f"{number}.csv"
        with monkeypatch.context() as patch, contextlib.suppress(BrokenPipeError):
            patch.setattr(sys, "stdout", Closed())
            run(["predict", str(bundle), str(table), "--out", str(out), *flags])
        assert [row["text"] for row in read(out)] == texts


def test_files_and_folders_are_one_text_each_and_every_argument_is_answered_in_its_order(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "deep"
    folder.mkdir(parents=True)
    (folder / "b.txt").write_text("a bad film", encoding="utf-8")
    (folder.parent / "a.txt").write_bytes("très good".encode("latin-1"))
    (folder / "notes.md").write_text("no example", encoding="utf-8")
    b, a = str(folder / "b.txt"), str(folder.parent / "a.txt")
    asked = ["predict", str(bundle), b, str(folder.parent), str(folder / "*.txt"), a]
    assert run([*asked, "--out", str(tmp_path / "p.csv")]) == 1
    rows = read(tmp_path / "p.csv")
    assert [row["input"] for row in rows] == [b, a, b, b, a] and "text" not in rows[0]
    assert "not-utf-8" in rows[1]["problem"] and rows[0] == rows[2] == rows[3] and rows[0]["label"]
    said = capsys.readouterr().err
    assert "warning: 2 files are named more than once" in said and "[named-twice]" in said and b in said
    assert run(["predict", str(bundle), b, b, "--json"]) == 0
    one, two = json.loads(capsys.readouterr().out)
    assert one == two
    assert run([*asked, "--encoding", "latin-1", "--json"]) == 0
    capsys.readouterr()
    assert run(["predict", str(bundle), str(folder / "notes.md")]) == 0, "a file that is named is a text"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["What a film!"], 'What a film! matches no text\n  fix: .*echo "some words" | ghep predict BUNDLE -'),
        (["EMPTY"], "matches no text"),
        (["TABLE"], "which column holds the texts.*'a', 'b'\\)\n  fix: name it: text_column \\(--text\\)"),
        (["TABLE", "--text", "c"], "no column 'c'"),
        (["TABLE", "--path-column", "a"], "takes texts"),
        (["TABLE", "--lines", "--encoding", "latin-11"], "latin-1"),
        (["LATIN", "--lines"], "line 2: byte 0xe9 is not utf-8\n  fix: .*--encoding"),
        (["BARE"], "has no rows"),
    ],
)
def test_a_mistake_is_one_line_of_cause_and_one_of_remedy(
    bundle: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "EMPTY").mkdir()
    write_table(tmp_path / "t.csv", a=["1"], b=["2"])
    (tmp_path / "bare.csv").write_text("text,label\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("good\ncafé".encode("latin-1"))
    names = {"EMPTY": "EMPTY", "TABLE": "t.csv", "LATIN": "latin.txt", "BARE": "bare.csv"}
    given = [str(tmp_path / names[one]) if one in names else one for one in arguments]
    code = run(["predict", str(bundle), *given])
    told = capsys.readouterr().err
    assert code == 2 and told.count("error: ") == 1 and re.search(said, told), told


@pytest.mark.slow
def test_pictures_come_from_tables_and_lists_too(
    pictures: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted((photos / "test" / "rows").iterdir())[:3]
    expected = [one.probabilities for one in api.load(pictures).predict(files)]
    twice = [*map(str, files), "", str(files[0])]
    table = write_table(tmp_path / "t.csv", file=twice, text=["words"] * 5)
    (tmp_path / "list.txt").write_text("\n".join(twice) + "\n", encoding="utf-8")
    for asked in ([str(table)], ["--lines", str(tmp_path / "list.txt")]):
        assert run(["predict", str(pictures), *asked, "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert [one["problem"] is None for one in found] == [True, True, True, False, True]
        assert [one["probabilities"]["rows"] for one in found[:3]] == pytest.approx(
            [one["rows"] for one in expected], abs=2e-5
        )
        assert "text" not in found[0] and found[3]["problem"].startswith("empty")
        assert found[3]["input"] in ("t.csv#3", f"{tmp_path / 'list.txt'}:4")
    buffer = io.BytesIO()
    Image.open(files[0]).save(buffer, "PNG")
    typed(monkeypatch, buffer.getvalue())
    assert run(["predict", str(pictures), "-"]) == 0


def test_evaluate_agrees_with_the_run_and_speaks_of_texts(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bundle.parents[1] / "reviews.csv"
    texts, labels = reviews(40, seed=5)
    new = write_table(tmp_path / "new.csv", comment=[*texts, ""], label=[*labels, "up"])
    assert run(["evaluate", str(bundle), str(new), "--out", str(tmp_path / "e"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scores"]["all"]["label"]["accuracy"]["n"] == 40
    assert [one["reason"] for one in found["quarantined"]] == ["empty"]
    answers = api.load(bundle).predict(texts)
    rows = read(tmp_path / "e" / "predictions.csv")
    assert [row["predicted"] for row in rows] == [one.label for one in answers]
    assert [float(row["p:up"]) for row in rows] == pytest.approx([one.probabilities["up"] for one in answers], abs=1e-5)
    assert run(["evaluate", str(bundle), str(data)]) == 1
    told = capsys.readouterr().out
    assert "scored-on-training-data" in told and "picture" not in told and "image" not in told
    assert run(["evaluate", str(bundle), str(photos)]) == 2
    assert "photos holds images, but the bundle takes texts" in capsys.readouterr().err
