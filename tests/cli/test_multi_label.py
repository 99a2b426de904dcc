"""The command line on labels that name several classes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ghep.cli.app import run
from tagged import tagged_pictures, tagged_texts

TAGS = ["--label", "tags"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tagged_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def bundle(pictures: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    columns = ["--label", "tags", "--label", "stripes", "--precision", "float32"]
    assert run(["fit", str(pictures), "--backbone", small_backbone, "--out", str(out), *columns]) == 0
    return out / "bundle"


@pytest.mark.slow
def test_predict_prints_the_whole_answer_and_then_the_top(
    bundle: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    files = sorted(map(str, pictures.parent.glob("1*.png")))
    assert run(["predict", str(bundle), *files, "--task", "tags", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert run(["predict", str(bundle), *files, "--task", "tags"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        [one["label"] or "(none)", f"{one['probability']:.4f}"] for one in said
    ]
    assert {one["label"] for one in said} >= {"", "red", "blue|red|rows"}
    assert run(["predict", str(bundle), files[0], "--task", "tags", "--top", "2"]) == 0
    _, label, probability, best, first, other, second = capsys.readouterr().out.strip().split("\t")
    assert label == (said[0]["label"] or "(none)") and float(first) >= float(second)
    assert {best, other} < {"blue", "red", "rows"}
    assert float(probability) == pytest.approx(said[0]["probability"], abs=1e-4)


def test_predict_writes_a_table_for_several_tasks(
    bundle: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", str(bundle), str(pictures.parent / "0.png"), "--out", str(tmp_path / "p.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0].rpartition(" ")[2] for line in lines] == ["(tags)", "(stripes)"]
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["task"] for row in rows] == ["tags", "stripes"]
    yes = [name for name in ("blue", "red", "rows") if float(rows[0][f"p:{name}"]) > 0.5]
    assert rows[0]["label"] == "|".join(yes) and rows[1]["p:red"] == ""


def test_check_and_evaluate_count_classes(bundle: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["check", str(pictures), *TAGS]) in (0, 1)
    told = capsys.readouterr().out
    assert "multi-label" in told and "blue|red" not in told
    assert [line.split()[0] for line in told.splitlines() if line[:4] in ("blue", "red ", "rows")] == [
        *("blue", "red", "rows"),
    ]
    assert run(["evaluate", str(bundle), str(pictures), *TAGS]) in (0, 1)
    told = capsys.readouterr().out
    assert "hamming_loss" in told and "mean_average_precision" in told


def test_advise_says_that_it_knows_one_class_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, vectors = tagged_texts(tmp_path)
    assert run(["advise", str(table), "--label", "about", "--backbones", vectors]) == 2
    assert "about is multi-label" in capsys.readouterr().err
