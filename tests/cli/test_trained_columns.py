"""The columns a model was trained on are those it is asked about; another is named in words, never read in silence."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ghep as api
from ghep.cli.app import run
from ghep.experiment.evaluation import evaluate
from ghep.model.bundle import load_bundle
from small_bert import reviews, small_bert, write_table

FIT = ["--precision", "float32", "--workers", "1", "--strategy", "full", "--epochs", "6"]
SUBJECTS, LABELS = reviews(160)
OPPOSITE = [text for pair in zip(SUBJECTS[1::2], SUBJECTS[::2], strict=True) for text in pair]
"""Texts that say the opposite of the subject."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("mails") / "mails.csv"
    return write_table(file, subject=SUBJECTS, text=OPPOSITE, label=LABELS)


@pytest.fixture(scope="module")
def bundle(data: Path) -> Path:
    root = data.parent
    asked = ["-b", small_bert(root / "bert"), "-o", str(root / "run"), *FIT]
    assert run(["fit", str(data), "--text", "subject", *asked]) == 0
    return root / "run" / "bundle"


def accuracy(bundle: Path, data: Path, **options: object) -> float:
    found = evaluate(bundle, data, split="all", **options)
    return next(score.value for score in found.results[0].scores if score.name == "accuracy")


@pytest.mark.slow
def test_the_bundle_names_its_columns(bundle: Path) -> None:
    assert load_bundle(bundle).columns == {
        "text_column": "subject",
        "label_columns": ["label"],
        "other_columns": ["text"],
    }


def test_evaluate_and_predict_read_the_column_it_was_trained_on(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accuracy(bundle, data) > 0.65
    assert run(["predict", str(bundle), str(data), "--out", str(tmp_path / "p.csv")]) == 0
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == SUBJECTS
    assert "other-column" not in capsys.readouterr().err


def test_another_column_that_is_asked_for_is_read_and_named(
    bundle: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evaluate(bundle, data, split="all", text_column="text")
    (said,) = [finding for finding in found.findings if finding.code == "other-column"]
    assert said.severity == "info"
    assert said.message == "column 'text' is used; the model was trained on column 'subject'"
    assert accuracy(bundle, data, text_column="text") < 0.35
    assert run(["predict", str(bundle), str(data), "--text", "text", "--json"]) == 0
    printed = capsys.readouterr()
    assert [row["text"] for row in json.loads(printed.out)] == OPPOSITE
    assert "info: column 'text' is used; the model was trained on column 'subject' [other-column]" in printed.err


def test_a_table_without_the_column_is_read_with_a_warning(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_table(tmp_path / "others.csv", review=SUBJECTS, label=LABELS)
    message = "column 'review' is used; the model was trained on column 'subject', which others.csv does not have"
    assert run(["evaluate", str(bundle), str(other), "--split", "all"]) == 1  # these were trained on
    assert f"warning: {message} [other-column]" in capsys.readouterr().out
    assert run(["predict", str(bundle), str(other)]) == 0
    assert f"warning: {message} [other-column]" in capsys.readouterr().err


def as_file(path: Path, columns: dict[str, list[str]]) -> Path:
    """Write columns in the format that ``path`` is called after."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if path.suffix == ".xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in [[*columns], *([*row.values()] for row in rows)]:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    elif path.suffix == ".tsv":
        path.write_text("".join("\t".join(row) + "\n" for row in [[*columns], *([*row.values()] for row in rows)]))
    else:
        path.write_text(json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["json", "jsonl", "tsv", "xlsx", "parquet"])
@pytest.mark.parametrize(
    ("columns", "cause", "remedy"),
    [
        (["text"], "has no column 'subject', which the model was trained on; 'text' was another column", "--text text"),
        (["title"], "has no column 'subject', which the model was trained on; 'title' is more likely", "--text title"),
        (["one", "two"], "has no column 'subject', which the model was trained on", "--text"),
    ],
)
def test_another_column_of_the_training_table_is_not_taken_for_the_one_that_is_missing(
    suffix: str,
    columns: list[str],
    cause: str,
    remedy: str,
    bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = as_file(tmp_path / f"new.{suffix}", {**dict.fromkeys(columns, OPPOSITE), "label": LABELS})
    for verb in ("predict", "evaluate"):
        assert run([verb, str(bundle), str(other)]) == 2
        error = capsys.readouterr().err
        assert f"new.{suffix} {cause}" in error and remedy in error
    assert run(["predict", str(bundle), str(other), "--text", columns[0]]) == 0


def test_a_table_where_no_column_can_be_told_is_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_table(tmp_path / "others.csv", one=SUBJECTS, two=OPPOSITE, label=LABELS)
    assert run(["evaluate", str(bundle), str(other)]) == 2
    assert run(["predict", str(bundle), str(other)]) == 2
    assert "--text" in capsys.readouterr().err


def test_an_older_bundle_that_names_no_columns_takes_the_usual_ones(bundle: Path, data: Path, tmp_path: Path) -> None:
    older = Path(shutil.copytree(bundle, tmp_path / "older"))
    config = json.loads((older / "config.json").read_text())
    del config["columns"]
    (older / "config.json").write_text(json.dumps(config))
    manifest = json.loads((older / "MANIFEST.json").read_text())
    written = (older / "config.json").read_bytes()
    manifest["files"]["config.json"] = {"sha256": hashlib.sha256(written).hexdigest(), "bytes": len(written)}
    (older / "MANIFEST.json").write_text(json.dumps(manifest))
    assert load_bundle(older).columns == {}
    assert accuracy(older, data) < 0.35, "the column called text"
    assert len(api.load(older).predict(SUBJECTS[:2])) == 2
